//! The accent colour as pages show it: an admin chooses one, and it stays readable on light and on dark ground.

use super::site::Colour;

/// What WCAG 2.2 asks of text at the least (AA): how many times as bright one of two colours is, 5 % of white added to each.
const CONTRAST_MIN: f64 = 4.5;
/// Steps between a colour and black or white; each is tried.
const STEPS: u8 = 100;
/// The grounds that letters stand on in light pages: paper, and what is raised above it. `reader.css` has the same.
pub const LIGHT_GROUNDS: [&str; 2] = ["#fcfaf6", "#f3efe7"];
/// The grounds of dark pages.
pub const DARK_GROUNDS: [&str; 2] = ["#181613", "#24211c"];
/// The accent where none is set.
const DEFAULT: &str = "#8c2f14";

/// One accent in two strengths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accent {
    /// For light pages.
    pub light: Colour,
    /// For dark pages.
    pub dark: Colour,
}

impl Accent {
    /// The colour that was chosen, as near to it as can be read: darker where it is too faint on light ground, lighter where
    /// it is too dark on dark ground.
    pub fn of(chosen: Option<&Colour>) -> Self {
        let channels = chosen.map_or(channels(DEFAULT), |colour| channels(colour.as_str()));
        Self {
            light: readable(channels, [0.0; 3], LIGHT_GROUNDS),
            dark: readable(channels, [255.0; 3], DARK_GROUNDS),
        }
    }
}

/// The first colour on the way from `colour` to `end` that can be read on each of `grounds`.
fn readable(colour: [f64; 3], end: [f64; 3], grounds: [&str; 2]) -> Colour {
    let on_the_way = |step: u8| {
        let share = f64::from(step) / f64::from(STEPS);
        let [red, green, blue] = [0, 1, 2].map(|at: usize| {
            let (from, to) = (colour.get(at).copied(), end.get(at).copied());
            let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
            (from + (to - from) * share).round()
        });
        [red, green, blue]
    };
    let is_readable = |colour: &[f64; 3]| {
        let worst = grounds.map(|ground| contrast(*colour, channels(ground)));
        worst.iter().all(|contrast| *contrast >= CONTRAST_MIN)
    };
    written((0..=STEPS).map(on_the_way).find(is_readable).unwrap_or(end))
}

/// How far two colours are apart, from 1 to 21, as WCAG 2 counts it.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// How bright a colour is, from 0 to 1 (WCAG 2, "relative luminance").
fn luminance(colour: [f64; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let share = channel / 255.0;
        if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    });
    0.0722_f64.mul_add(blue, 0.2126_f64.mul_add(red, 0.7152 * green))
}

/// Red, green and blue of `#rrggbb`, from 0 to 255.
fn channels(colour: &str) -> [f64; 3] {
    let number = u32::from_str_radix(colour.trim_start_matches('#'), 16).unwrap_or_default();
    [16, 8, 0].map(|shift| f64::from(number >> shift & 0xff))
}

fn written(colour: [f64; 3]) -> Colour {
    let mut text = "#".to_owned();
    for channel in colour {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is held between 0 and 255"
        )]
        let byte = channel.clamp(0.0, 255.0) as u8;
        text.push_str(&format!("{byte:02x}"));
    }
    Colour::parse(&text).expect("a number sign and three times two hexadecimal digits are a colour")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accent_is_kept_where_it_can_be_read_and_moved_where_it_cannot() {
        for (chosen, light, dark) in [
            // Fine on light ground as it is.
            ("#8c2f14", "#8c2f14", "#b57a69"),
            ("#1f4e79", "#1f4e79", "#6d8ca8"),
            // Too faint on light ground.
            ("#ffcc00", "#856a00", "#ffcc00"),
            ("#ffffff", "#6b6b6b", "#ffffff"),
            // Too dark on dark ground.
            ("#000000", "#000000", "#8a8a8a"),
        ] {
            let accent = Accent::of(Colour::parse(chosen).as_ref());
            assert_eq!((accent.light.as_str(), accent.dark.as_str()), (light, dark), "{chosen}");
        }
    }

    #[test]
    fn every_accent_can_be_read_on_every_ground() {
        for red in (0..=255).step_by(51) {
            for green in (0..=255).step_by(51) {
                for blue in (0..=255).step_by(51) {
                    let chosen = Colour::parse(&format!("#{red:02x}{green:02x}{blue:02x}"));
                    let accent = Accent::of(chosen.as_ref());
                    for (shown, grounds) in [(&accent.light, LIGHT_GROUNDS), (&accent.dark, DARK_GROUNDS)] {
                        for ground in grounds {
                            let contrast = contrast(channels(shown.as_str()), channels(ground));
                            assert!(
                                contrast >= CONTRAST_MIN,
                                "{chosen:?} as {shown:?} on {ground}: {contrast}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn contrast_is_counted_as_the_standard_counts_it() {
        for (one, other, expected) in [
            ("#000000", "#ffffff", 21.0),
            ("#777777", "#ffffff", 4.48),
            ("#123456", "#123456", 1.0),
        ] {
            let counted = contrast(channels(one), channels(other));
            assert!((counted - expected).abs() < 0.01, "{one} on {other}: {counted}");
        }
    }
}
