//! How figures are spread.

/// The figure below which `part` of `whole` lie: the median for 1 of 2.
pub fn at_part(figures: &[f64], part: usize, whole: usize) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = (sorted.len() * part / whole).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or(f64::NAN)
}
