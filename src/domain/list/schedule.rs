//! When the next edition of a list is due: `Fridays 09:00 Europe/London`.
//!
//! A schedule is days, a time of day and a zone of the IANA database, separated by blanks. Days are `daily`, `weekdays`,
//! weekdays with commas or `and` between them, or `monthly` and a day (`monthly 1`, `monthly last`); a month that has no such
//! day takes its last.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::time::Timestamp;

/// The longest schedule read, in bytes.
const SCHEDULE_BYTES_MAX: usize = 200;
/// Days looked at before giving up: two months hold every kind of day.
const DAYS_SEARCHED_MAX: usize = 64;
/// Every weekday, in the order in which they are written.
const WEEK: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Mondays"),
    (Weekday::Tuesday, "Tuesdays"),
    (Weekday::Wednesday, "Wednesdays"),
    (Weekday::Thursday, "Thursdays"),
    (Weekday::Friday, "Fridays"),
    (Weekday::Saturday, "Saturdays"),
    (Weekday::Sunday, "Sundays"),
];
/// The letters by which a weekday is known.
const WEEKDAY_LETTERS: usize = 3;
const LAST_DAY: i8 = 31;

/// Certain days, at a time of day, in a zone. Written as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    days: Days,
    time: Time,
    zone: TimeZone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Days {
    /// One bit for each day of [`WEEK`].
    Weekly(u8),
    /// A day of the month, or the month's last if it is shorter.
    Monthly(i8),
}

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSchedule {
    /// It is not days, a time and a zone.
    #[error("write it as days, time and zone, such as \"Fridays 09:00 Europe/London\"")]
    Form,
    /// The days cannot be read.
    #[error("no days: {0:?}; take weekdays (\"Mondays, Fridays\"), \"weekdays\", \"daily\" or \"monthly 1\"")]
    Days(String),
    /// The time cannot be read.
    #[error("no time of day: {0:?}; write hours and minutes, as in 09:00")]
    Time(String),
    /// There is no such zone.
    #[error("no time zone: {0:?}; take a name of the IANA database, as in Europe/London")]
    Zone(String),
}

impl Schedule {
    /// Reads a schedule.
    pub fn parse(text: &str) -> Result<Self, NoSchedule> {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        let (zone, time) = (words.pop(), words.pop());
        let (Some(zone), Some(time), false) = (zone, time, words.is_empty() || text.len() > SCHEDULE_BYTES_MAX) else {
            return Err(NoSchedule::Form);
        };
        Ok(Self {
            days: read_days(&words).ok_or_else(|| NoSchedule::Days(words.join(" ")))?,
            time: read_time(time).ok_or_else(|| NoSchedule::Time(time.to_owned()))?,
            zone: read_zone(zone).ok_or_else(|| NoSchedule::Zone(zone.to_owned()))?,
        })
    }

    /// The zone in which its time of day is meant.
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The first time after `after`; none at the end of time. Where clocks go forward over it, it is as much later; where they
    /// go back over it, it is the first of the two.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let local = after.to_jiff().to_zoned(self.zone.clone()).date();
        // A day that was left out altogether is counted with the next, so the day before may still be to come.
        let mut day = local.checked_sub(1.day()).unwrap_or(local);
        for _ in 0..DAYS_SEARCHED_MAX {
            let at = day.to_datetime(self.time).to_zoned(self.zone.clone()).ok();
            let at = at
                .filter(|_| self.days.hold(day))
                .map(|at| Timestamp::from(at.timestamp()));
            if let Some(at) = at.filter(|at| *at > after) {
                return Some(at);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }
}

impl Days {
    fn hold(self, day: Date) -> bool {
        match self {
            Self::Weekly(days) => days & bit(day.weekday()) != 0,
            Self::Monthly(wanted) => day.day() == wanted.min(day.days_in_month()),
        }
    }
}

fn read_days(words: &[&str]) -> Option<Days> {
    match words {
        [word] if word.eq_ignore_ascii_case("daily") => Some(Days::Weekly(0b111_1111)),
        [word] if word.eq_ignore_ascii_case("weekdays") => Some(Days::Weekly(0b001_1111)),
        [word, day] if word.eq_ignore_ascii_case("monthly") => read_day_of_month(day).map(Days::Monthly),
        words => {
            let joined = words.join(" ").to_ascii_lowercase().replace(" and ", ",");
            let days = joined.split(',').map(|word| read_weekday(word.trim()));
            let bits: u8 = days
                .map(|day| day.map(bit))
                .try_fold(0, |all, day| day.map(|day| all | day))?;
            Some(Days::Weekly(bits))
        }
    }
}

fn read_day_of_month(day: &str) -> Option<i8> {
    if day.eq_ignore_ascii_case("last") {
        return Some(LAST_DAY);
    }
    let plain = day.len() <= 2 && day.bytes().all(|b| b.is_ascii_digit());
    let number = day.parse().ok().filter(|_| plain)?;
    (1..=LAST_DAY).contains(&number).then_some(number)
}

/// `friday`, `fridays`, `fri`.
fn read_weekday(word: &str) -> Option<Weekday> {
    let known = WEEK.iter().find(|(_, name)| {
        let plural = name.to_ascii_lowercase();
        let singular = plural.trim_end_matches('s');
        word == plural || word == singular || Some(word) == plural.get(..WEEKDAY_LETTERS)
    });
    known.map(|(day, _)| *day)
}

/// `09:00`, on a clock of 24 hours.
fn read_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let formed = (1..=2).contains(&hour.len()) && minute.len() == 2 && digits(hour) && digits(minute);
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    Time::new(hour, minute, 0, 0).ok().filter(|_| formed)
}

fn read_zone(name: &str) -> Option<TimeZone> {
    let zone = TimeZoneDatabase::bundled().get(name).ok()?;
    // What has no name cannot be written down again.
    zone.iana_name().is_some().then_some(zone)
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

impl fmt::Display for Schedule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.days {
            Days::Weekly(0b111_1111) => out.write_str("daily")?,
            Days::Weekly(0b001_1111) => out.write_str("weekdays")?,
            Days::Weekly(days) => {
                let days_of_week = WEEK.iter().filter(|(day, _)| days & bit(*day) != 0);
                let names: Vec<&str> = days_of_week.map(|(_, name)| *name).collect();
                out.write_str(&names.join(", "))?;
            }
            Days::Monthly(LAST_DAY) => out.write_str("monthly last")?,
            Days::Monthly(day) => write!(out, "monthly {day}")?,
        }
        let zone = self.zone.iana_name().unwrap_or("UTC");
        write!(out, " {:02}:{:02} {zone}", self.time.hour(), self.time.minute())
    }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_written_as_it_is_read() {
        for (text, expected) in [
            ("Fridays 09:00 Europe/London", "Fridays 09:00 Europe/London"),
            ("fri 9:00 europe/london", "Fridays 09:00 Europe/London"),
            (
                "Friday, Monday  07:30  America/New_York",
                "Mondays, Fridays 07:30 America/New_York",
            ),
            ("mon and wed 23:59 Asia/Tokyo", "Mondays, Wednesdays 23:59 Asia/Tokyo"),
            ("Tuesday,Tuesday,Sat 00:00 UTC", "Tuesdays, Saturdays 00:00 UTC"),
            ("daily 08:00 UTC", "daily 08:00 UTC"),
            ("weekdays 08:00 UTC", "weekdays 08:00 UTC"),
            ("monthly 1 09:00 Europe/Berlin", "monthly 1 09:00 Europe/Berlin"),
            ("MONTHLY Last 09:00 Europe/Berlin", "monthly last 09:00 Europe/Berlin"),
            ("monthly 31 09:00 Europe/Berlin", "monthly last 09:00 Europe/Berlin"),
        ] {
            let schedule = Schedule::parse(text).unwrap();
            assert_eq!(schedule.to_string(), expected, "{text}");
            assert_eq!(Schedule::parse(expected), Ok(schedule));
        }
    }

    #[test]
    fn what_is_no_schedule_is_refused_with_the_part_that_is_wrong() {
        for (text, expected) in [
            ("", "write it as"),
            ("09:00 Europe/London", "write it as"),
            ("Freitags 09:00 Europe/London", "no days: \"Freitags\""),
            ("Fridays, 09:00 Europe/London", "no days"),
            ("monthly 0 09:00 UTC", "no days"),
            ("monthly 32 09:00 UTC", "no days"),
            ("monthly +1 09:00 UTC", "no days"),
            ("Fridays 9 UTC", "no time"),
            ("Fridays 24:00 UTC", "no time"),
            ("Fridays 09:60 UTC", "no time"),
            ("Fridays 09:0 UTC", "no time"),
            ("Fridays +9:00 UTC", "no time"),
            ("Fridays 09:00 Europe/Atlantis", "no time zone: \"Europe/Atlantis\""),
            ("Fridays 09:00 +02:00", "no time zone"),
        ] {
            let refused = Schedule::parse(text).unwrap_err().to_string();
            assert!(refused.starts_with(expected), "{text}: {refused}");
        }
        assert_eq!(Schedule::parse(&"fri,".repeat(100)), Err(NoSchedule::Form));
    }

    #[test]
    fn the_next_time_is_right_across_changes_of_the_clock() {
        for (schedule, after, expected) in [
            // Nine in London is eight in UTC while it is summer.
            (
                "Fridays 09:00 Europe/London",
                "2026-03-20T09:00:00Z",
                "2026-03-27T09:00:00Z",
            ),
            (
                "Fridays 09:00 Europe/London",
                "2026-03-27T09:00:00Z",
                "2026-04-03T08:00:00Z",
            ),
            (
                "Fridays 09:00 Europe/London",
                "2026-10-23T08:00:00Z",
                "2026-10-30T09:00:00Z",
            ),
            // A moment before it is still that day's.
            (
                "Fridays 09:00 Europe/London",
                "2026-10-30T08:59:59.999Z",
                "2026-10-30T09:00:00Z",
            ),
            // Half past two does not exist in Berlin on 29 March 2026, and exists twice on 25 October.
            (
                "daily 02:30 Europe/Berlin",
                "2026-03-28T12:00:00Z",
                "2026-03-29T01:30:00Z",
            ),
            (
                "daily 02:30 Europe/Berlin",
                "2026-03-29T01:30:00Z",
                "2026-03-30T00:30:00Z",
            ),
            (
                "daily 02:30 Europe/Berlin",
                "2026-10-24T12:00:00Z",
                "2026-10-25T00:30:00Z",
            ),
            (
                "daily 02:30 Europe/Berlin",
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z",
            ),
            (
                "Sundays 02:30 America/New_York",
                "2026-03-02T00:00:00Z",
                "2026-03-08T07:30:00Z",
            ),
            (
                "Sundays 01:30 America/New_York",
                "2026-10-26T00:00:00Z",
                "2026-11-01T05:30:00Z",
            ),
            (
                "Sundays 01:30 America/New_York",
                "2026-11-01T05:30:00Z",
                "2026-11-08T06:30:00Z",
            ),
            // Clocks there move by half an hour.
            (
                "Sundays 02:15 Australia/Lord_Howe",
                "2026-10-03T00:00:00Z",
                "2026-10-03T15:45:00Z",
            ),
        ] {
            assert_next(schedule, after, expected);
        }
    }

    #[test]
    fn the_next_time_is_right_where_days_are_skipped_and_months_are_short() {
        for (schedule, after, expected) in [
            // Where the day that was skipped was a Friday, it is held with the Saturday.
            (
                "Fridays 09:00 Pacific/Apia",
                "2011-12-29T00:00:00Z",
                "2011-12-30T19:00:00Z",
            ),
            (
                "daily 09:00 Pacific/Apia",
                "2011-12-30T19:00:00Z",
                "2011-12-31T19:00:00Z",
            ),
            // A zone that never changes, ahead of UTC by a part of an hour.
            (
                "Mondays 00:10 Asia/Kathmandu",
                "2026-06-07T12:00:00Z",
                "2026-06-07T18:25:00Z",
            ),
            // Months of all lengths.
            ("monthly last 12:00 UTC", "2026-01-31T12:00:00Z", "2026-02-28T12:00:00Z"),
            ("monthly 30 12:00 UTC", "2028-01-30T12:00:00Z", "2028-02-29T12:00:00Z"),
            ("monthly 30 12:00 UTC", "2028-02-29T12:00:00Z", "2028-03-30T12:00:00Z"),
            (
                "monthly 1 09:00 Europe/London",
                "2026-03-01T09:00:00Z",
                "2026-04-01T08:00:00Z",
            ),
            ("weekdays 08:00 UTC", "2026-03-06T08:00:00Z", "2026-03-09T08:00:00Z"),
            (
                "Mondays, Fridays 08:00 UTC",
                "2026-03-06T08:00:00Z",
                "2026-03-09T08:00:00Z",
            ),
        ] {
            assert_next(schedule, after, expected);
        }
    }

    fn assert_next(schedule: &str, after: &str, expected: &str) {
        let next = Schedule::parse(schedule)
            .unwrap()
            .next(Timestamp::parse(after).unwrap());
        assert_eq!(next, Timestamp::parse(expected), "{schedule} after {after}");
    }

    #[test]
    fn the_ends_of_time_have_no_next() {
        let schedule = Schedule::parse("daily 08:00 UTC").unwrap();
        assert_eq!(schedule.next(Timestamp::from_millis(i64::MAX)), None);
        assert!(schedule.next(Timestamp::from_millis(i64::MIN)).is_some());
    }

    #[test]
    fn each_next_time_is_later_and_on_its_day_and_hour() {
        for text in [
            "Fridays 09:00 Europe/London",
            "daily 01:30 America/Sao_Paulo",
            "monthly last 23:59 Africa/Casablanca",
        ] {
            let schedule = Schedule::parse(text).unwrap();
            let mut at = Timestamp::parse("2000-01-01T00:00:00Z").unwrap();
            for _ in 0..2_000 {
                let next = schedule.next(at).unwrap();
                assert!(next > at, "{text}");
                let local = next.to_jiff().to_zoned(schedule.zone.clone());
                assert!(schedule.days.hold(local.date()), "{text}: {local}");
                at = next;
            }
        }
    }
}
