//! Spans of time as people write them: `500ms`, `1s`, `2m`, `1h30m`, `7d`, `0`.

use std::time::Duration;

/// The units, longest first, in milliseconds.
const UNITS: [(&str, u64); 6] = [
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The longest text read as a span, in bytes.
const SPAN_BYTES_MAX: usize = 40;

/// Reads whole numbers with a unit each, added up. Only zero may stand without a unit; fractions and signs are refused.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("not a span of time such as 30s, 2h or 1d: {text:?}");
    let mut rest = text.trim();
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() || rest.len() > SPAN_BYTES_MAX {
        return Err(wrong());
    }
    let mut millis = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, behind) = rest.split_at(digits);
        let letters = behind.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let (_, each) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        millis = number
            .checked_mul(*each)
            .and_then(|part| millis.checked_add(part))
            .ok_or_else(wrong)?;
        rest = behind.trim_start();
    }
    Ok(Duration::from_millis(millis))
}

/// Writes `span` with the longest unit that measures it whole, so that [`parse`] reads it back. Parts of a
/// millisecond are dropped.
pub fn write(span: Duration) -> String {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0".to_owned();
    }
    let (unit, each) = UNITS
        .iter()
        .find(|(_, each)| millis.is_multiple_of(*each))
        .unwrap_or(&("ms", 1));
    format!("{}{unit}", millis / each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_with_its_units() {
        for (text, expected) in [
            ("0", Some(0)),
            ("500ms", Some(500)),
            ("1s", Some(1_000)),
            ("2m", Some(120_000)),
            ("1h30m", Some(5_400_000)),
            ("1h 30m", Some(5_400_000)),
            (" 7d ", Some(604_800_000)),
            ("", None),
            ("5", None),
            ("s", None),
            ("1.5h", None),
            ("-1s", None),
            ("2 h", None),
            ("1y", None),
            ("1S", None),
            ("99999999999999999999s", None),
            ("18446744073709551615w", None),
        ] {
            assert_eq!(parse(text).ok(), expected.map(Duration::from_millis), "{text:?}");
        }
    }

    #[test]
    fn a_written_span_is_read_back() {
        for (millis, text) in [
            (0, "0"),
            (1, "1ms"),
            (1_500, "1500ms"),
            (7_200_000, "2h"),
            (5_400_000, "90m"),
            (604_800_000, "1w"),
        ] {
            assert_eq!(write(Duration::from_millis(millis)), text);
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)));
        }
    }
}
