//! A month in UTC: what went out in it is archived together.

use std::fmt;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::time::Timestamp;

/// A month of a year, in UTC: `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month in which `instant` lies.
    pub fn of(instant: Timestamp) -> Self {
        let day = TimeZone::UTC.to_datetime(instant.to_jiff()).date();
        Self {
            year: day.year(),
            month: day.month(),
        }
    }

    /// Reads four digits, a hyphen and two digits. `None` if they name no month.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        Date::new(year, month, 1).ok()?;
        Some(Self { year, month })
    }

    /// Its first instant.
    pub fn start(self) -> Timestamp {
        let first = TimeZone::UTC.to_timestamp(date(self.year, self.month, 1).at(0, 0, 0, 0));
        first.map_or_else(|_| Timestamp::from_millis(i64::MIN), Timestamp::from)
    }

    /// The first instant after it.
    pub fn end(self) -> Timestamp {
        self.next()
            .map_or_else(|| Timestamp::from_millis(i64::MAX), Self::start)
    }

    /// The one before; itself at the beginning of time.
    #[must_use]
    pub fn before(self) -> Self {
        let first = self.start().millis();
        Self::of(Timestamp::from_millis(first.saturating_sub(1)))
    }

    fn next(self) -> Option<Self> {
        let (year, month) = match self.month {
            12 => (self.year.checked_add(1)?, 1),
            month => (self.year, month + 1),
        };
        Date::new(year, month, 1).ok()?;
        Some(Self { year, month })
    }

    /// For people: `November 2026`.
    pub fn name(self) -> String {
        date(self.year, self.month, 1).strftime("%B %Y").to_string()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_and_written_alike() {
        for (text, read) in [
            ("2026-11", true),
            ("0001-01", true),
            ("2026-13", false),
            ("2026-00", false),
            ("2026-1", false),
            ("26-11", false),
            ("2026-011", false),
            ("+026-11", false),
            ("2026", false),
            ("", false),
        ] {
            let month = Month::parse(text);
            assert_eq!(month.is_some(), read, "{text:?}");
            if let Some(month) = month {
                assert_eq!(month.to_string(), text);
            }
        }
    }

    #[test]
    fn a_month_holds_its_instants_and_no_others() {
        let month = Month::parse("2026-12").unwrap();
        assert_eq!(month.start().to_string(), "2026-12-01T00:00:00Z");
        assert_eq!(month.end().to_string(), "2027-01-01T00:00:00Z");
        assert_eq!(Month::of(month.start()), month);
        assert!(Month::of(month.end()) > month);
        assert_eq!(month.name(), "December 2026");
    }

    #[test]
    fn the_ends_of_time_have_months_too() {
        for millis in [i64::MIN, i64::MAX] {
            let month = Month::of(Timestamp::from_millis(millis));
            assert!(month.start() <= month.end());
        }
    }
}
