//! What an answer says about the next question: validators, how long it stays fresh, when to try again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::link::Link;
use super::time::Timestamp;

/// The longest validator kept, in bytes. Sent back longer, it would make servers refuse the request itself.
pub const VALIDATOR_BYTES_MAX: usize = 8 * 1024;

/// The longest wait that `Retry-After` can ask for: a week. One answer must not silence a source for years.
pub const RETRY_AFTER_MAX: Duration = Duration::from_hours(7 * 24);

/// The parts of an HTTP date: weekday, day, month, year, three of the time, zone; more are no date.
const DATE_PARTS_MAX: usize = 10;

/// What a server sent to recognise its own answer by. Opaque: kept and sent back byte for byte, never read.
/// Each char stands for one byte (latin-1), so that any header fits a text column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The address that answered. They are sent to no other, for there they would mean something else.
    pub link: Link,
    /// The `ETag` header with its quotes.
    pub etag: Option<String>,
    /// The `Last-Modified` header, a date or not.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Keeps what the answer of `link` bore, without validators longer than [`VALIDATOR_BYTES_MAX`].
    pub fn new(link: Link, etag: Option<String>, last_modified: Option<String>) -> Self {
        let fits = |text: &String| !text.is_empty() && text.chars().count() <= VALIDATOR_BYTES_MAX;
        Self {
            link,
            etag: etag.filter(fits),
            last_modified: last_modified.filter(fits),
        }
    }

    /// Whether there is nothing to send back, so that the next request will be a plain one.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// These with the parts that a 304 renewed.
    #[must_use]
    pub fn renewed_by(&self, newer: Self) -> Self {
        Self {
            link: newer.link,
            etag: newer.etag.or_else(|| self.etag.clone()),
            last_modified: newer.last_modified.or_else(|| self.last_modified.clone()),
        }
    }
}

/// The headers of an answer that speak of time.
#[derive(Debug, Clone, Copy, Default)]
pub struct CacheHeaders<'a> {
    /// `Cache-Control`.
    pub cache_control: Option<&'a str>,
    /// `Age`.
    pub age: Option<&'a str>,
    /// `Expires`.
    pub expires: Option<&'a str>,
    /// `Date`.
    pub date: Option<&'a str>,
}

/// How long a server wants its answer to be taken as good (RFC 9111, as far as it concerns somebody who polls).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// Time from the answer on; never zero. `None` if the server did not say, or said "not at all".
    pub lifetime: Option<Duration>,
}

impl Freshness {
    /// Reads `max-age` less `Age`, else `Expires` less `Date` (less `now` without a `Date`). What cannot be read counts as
    /// not said; `no-cache` and `no-store` ask for nothing that a poller could do.
    pub fn read(headers: CacheHeaders<'_>, now: Timestamp) -> Self {
        let control = Control::read(headers.cache_control.unwrap_or_default());
        let lifetime = if control.never {
            None
        } else if let Some(max_age) = control.max_age {
            let age = headers.age.and_then(seconds).unwrap_or_default();
            Some(max_age.saturating_sub(age))
        } else {
            let date = headers.date.and_then(parse_http_date).unwrap_or(now);
            headers
                .expires
                .and_then(parse_http_date)
                .map(|expires| expires.since(date))
        };
        Self {
            lifetime: lifetime.filter(|span| !span.is_zero()),
        }
    }
}

/// Reads `Retry-After`, in seconds or as a date, at most [`RETRY_AFTER_MAX`]. `None` for what is no wait: zero, the past, junk.
pub fn parse_retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let wait = seconds(text).or_else(|| parse_http_date(text).map(|until| until.since(now)))?;
    (!wait.is_zero()).then(|| wait.min(RETRY_AFTER_MAX))
}

/// Reads a date in any of HTTP's three forms (RFC 9110, 5.6.7). The day of the week is not compared. A year of two digits
/// is the one nearest to 2000.
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    let parts: Vec<&str> = text
        .split([' ', ',', '-', ':', '\t'])
        .filter(|part| !part.is_empty())
        .take(DATE_PARTS_MAX)
        .collect();
    let (day, month, year, clock) = match *parts.as_slice() {
        // `Sun, 06 Nov 1994 08:49:37 GMT` and `Sunday, 06-Nov-94 08:49:37 GMT`; `Sun Nov  6 08:49:37 1994`.
        [_, day, month, year, h, m, s, "GMT" | "UTC"] | [_, month, day, h, m, s, year] => (day, month, year, [h, m, s]),
        _ => return None,
    };
    let year: i16 = match (year.len(), year.parse().ok()?) {
        (2, short @ 0..=49) => 2000 + short,
        (2, short @ 50..=99) => 1900 + short,
        (4, long @ 1..=9999) => long,
        _ => return None,
    };
    let [hour, minute, second] = clock.map(|part| part.parse::<i8>().ok());
    // A leap second is the second before it.
    let second = second?.min(59);
    let time =
        jiff::civil::DateTime::new(year, month_number(month)?, day.parse().ok()?, hour?, minute?, second, 0).ok()?;
    let instant = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(instant.timestamp().into())
}

/// The two things a poller reads in `Cache-Control`.
#[derive(Debug, Default)]
struct Control {
    never: bool,
    max_age: Option<Duration>,
}

impl Control {
    fn read(text: &str) -> Self {
        let mut control = Self::default();
        for directive in text.split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-cache" | "no-store" => control.never = true,
                "max-age" if control.max_age.is_none() => control.max_age = seconds(value.trim().trim_matches('"')),
                _ => {}
            }
        }
        control
    }
}

fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than fit are a very long time, not a mistake.
    digits.then(|| Duration::from_secs(text.parse().unwrap_or(u64::from(u32::MAX)).min(u64::from(u32::MAX))))
}

fn month_number(name: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let at = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
    i8::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-06-01T12:00:00Z";

    fn now() -> Timestamp {
        Timestamp::parse(NOW).unwrap()
    }

    #[test]
    fn an_http_date_is_read_in_each_of_its_three_forms() {
        let expected = Timestamp::parse("1994-11-06T08:49:37Z");
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "sun, 6 nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_http_date_is_not_read() {
        for text in [
            "",
            "0",
            "-1",
            "never",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:00:00 GMT",
            "06 Nov 1994",
            "Sun, 06 Nov 1994 08:49:37 CET",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn max_age_less_age_is_the_lifetime_and_stands_before_expires() {
        let later = "Mon, 01 Jun 2026 13:00:00 GMT";
        for (cache_control, age, expires, date, expected) in [
            (Some("max-age=43200"), Some("3600"), None, None, Some(39_600)),
            (Some("public, Max-Age=60"), None, Some(later), None, Some(60)),
            (Some("max-age=\"60\""), None, None, None, Some(60)),
            (Some("max-age=60, max-age=7200"), None, None, None, Some(60)),
            (Some("max-age=60"), Some("61"), None, None, None),
            (Some("max-age=0"), None, Some(later), None, None),
            (Some("max-age=-1"), None, Some(later), None, Some(3600)),
            (Some("no-cache, max-age=60"), None, Some(later), None, None),
            (Some("no-store"), None, Some(later), None, None),
            (Some("s-maxage=60"), None, None, None, None),
            (
                Some("max-age=99999999999999999999999"),
                None,
                None,
                None,
                Some(u64::from(u32::MAX)),
            ),
            (None, None, Some(later), None, Some(3600)),
            (
                None,
                None,
                Some(later),
                Some("Mon, 01 Jun 2026 12:30:00 GMT"),
                Some(1800),
            ),
            (None, None, Some(later), Some("junk"), Some(3600)),
            (None, None, Some("0"), None, None),
            (None, None, Some("-1"), None, None),
            (None, None, Some("Thu, 01 Jan 1970 00:00:00 GMT"), None, None),
            (None, None, None, None, None),
        ] {
            let headers = CacheHeaders {
                cache_control,
                age,
                expires,
                date,
            };
            let lifetime = Freshness::read(headers, now()).lifetime;
            assert_eq!(lifetime.map(|span| span.as_secs()), expected, "{headers:?}");
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date_and_capped_at_a_week() {
        for (text, expected) in [
            ("120", Some(120)),
            (" 120 ", Some(120)),
            ("Mon, 01 Jun 2026 12:02:00 GMT", Some(120)),
            ("Mon, 01 Jun 2026 11:00:00 GMT", None),
            ("Thu, 01 Jan 1970 00:00:00 GMT", None),
            ("-1", None),
            ("0", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
            ("1000000000", Some(604_800)),
            ("Fri, 31 Dec 2999 00:00:00 GMT", Some(604_800)),
        ] {
            let wait = parse_retry_after(text, now());
            assert_eq!(wait.map(|span| span.as_secs()), expected, "{text}");
        }
    }

    #[test]
    fn a_304_renews_the_parts_it_bears() {
        let link = Link::parse("https://example.org/feed").unwrap();
        let old = Validators::new(link.clone(), Some("\"a\"".into()), Some("yesterday".into()));
        let new = old.renewed_by(Validators::new(link, Some("\"b\"".into()), None));
        assert_eq!(
            (new.etag.as_deref(), new.last_modified.as_deref()),
            (Some("\"b\""), Some("yesterday"))
        );
    }

    #[test]
    fn a_validator_that_no_server_would_take_back_is_not_kept() {
        let link = Link::parse("https://example.org/feed").unwrap();
        assert!(Validators::new(link.clone(), Some("e".repeat(VALIDATOR_BYTES_MAX + 1)), None).is_empty());
        assert!(!Validators::new(link, Some("e".repeat(VALIDATOR_BYTES_MAX)), None).is_empty());
    }
}
