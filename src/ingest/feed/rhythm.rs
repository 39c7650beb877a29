//! What feeds say about how often they change, out of their words for it.

use std::time::Duration;

use jiff::civil::Weekday;

/// The longest time to live believed, in minutes: a month.
const TTL_MINUTES_MAX: u64 = 31 * 24 * 60;

/// `ttl`: whole minutes.
pub fn ttl(text: &str) -> Option<Duration> {
    let minutes: u64 = text.trim().parse().ok()?;
    (1..=TTL_MINUTES_MAX)
        .contains(&minutes)
        .then(|| Duration::from_mins(minutes))
}

/// `sy:updatePeriod`, divided by `sy:updateFrequency` (once, where it is not said).
pub fn period(name: &str, frequency: Option<u32>) -> Option<Duration> {
    let hours = match name.trim().to_ascii_lowercase().as_str() {
        "hourly" => 1,
        "daily" => 24,
        "weekly" => 7 * 24,
        "monthly" => 30 * 24,
        "yearly" => 365 * 24,
        _ => return None,
    };
    Duration::from_hours(hours).checked_div(frequency.unwrap_or(1).max(1))
}

/// An hour of `skipHours`: 0 to 23, and 24 for midnight.
pub fn hour(text: &str) -> Option<u8> {
    let hour: u8 = text.trim().parse().ok()?;
    (hour <= 24).then_some(hour % 24)
}

/// A day of `skipDays`, by its English name.
pub fn day(text: &str) -> Option<Weekday> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_about_the_rhythm_is_nothing() {
        for (text, expected) in [
            ("240", Some(14_400)),
            ("0", None),
            ("-5", None),
            ("x", None),
            ("1000000000", None),
        ] {
            assert_eq!(ttl(text).map(|ttl| ttl.as_secs()), expected, "{text}");
        }
        assert_eq!(period("daily", Some(2)), Some(Duration::from_hours(12)));
        assert_eq!(period("Hourly", Some(0)), Some(Duration::from_hours(1)));
        assert_eq!(period("often", None), None);
        assert_eq!(
            [hour("24"), hour("7"), hour("25"), hour("x")],
            [Some(0), Some(7), None, None]
        );
        assert_eq!(day(" Sunday "), Some(Weekday::Sunday));
    }
}
