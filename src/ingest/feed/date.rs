//! Dates as feeds write them.
//!
//! What is certain is read, in many spellings; what would be a guess (an unknown zone, a day past the month's end, a bare
//! number, day and month as numbers) is no date. A time without a zone is taken as UTC.

use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};

use crate::domain::time::Timestamp;

/// The longest text looked at, in bytes.
const DATE_BYTES_MAX: usize = 100;

/// The years that a date may lie in: earlier ones are mistakes, later ones have no four digits.
const YEARS: std::ops::RangeInclusive<i16> = 1000..=9999;

/// Two-digit years from here on belong to the twentieth century, as in RFC 2822.
const CENTURY_PIVOT: i16 = 50;

/// Names of zones that mean one thing, with their distance from UTC in minutes.
const ZONES: &[(&str, i16)] = &[
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("akst", -540),
    ("akdt", -480),
    ("hst", -600),
    ("bst", 60),
    ("west", 60),
    ("cet", 60),
    ("mez", 60),
    ("cest", 120),
    ("mesz", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("jst", 540),
    ("kst", 540),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
];

/// Zones named without saying whether it is summer there.
const SEASONAL_ZONES: &[(&str, &str)] = &[
    ("et", "EST5EDT,M3.2.0,M11.1.0"),
    ("ct", "CST6CDT,M3.2.0,M11.1.0"),
    ("mt", "MST7MDT,M3.2.0,M11.1.0"),
    ("pt", "PST8PDT,M3.2.0,M11.1.0"),
];

/// Beginnings of the months' names in English, French, German, Spanish, Italian, Portuguese and Dutch; a name is of the first
/// month that has a beginning of it.
const MONTHS: [&[&str]; 12] = [
    &["jan", "jän", "gen", "ene"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "maa", "mrt", "mrz"],
    &["apr", "avr", "abr"],
    &["may", "mai", "mag", "mei"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "aoû", "aou", "ago"],
    &["sep", "set"],
    &["oct", "okt", "ott", "out"],
    &["nov"],
    &["dec", "déc", "dez", "dic"],
];

/// Beginnings of the days' names in the same languages, and words that stand between the parts of a date.
const FILLERS: &[&str] = &[
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "lun", "mar", "mer", "mié", "mie", "jeu", "jue", "ven", "vie",
    "sam", "sáb", "sab", "dim", "dom", "die", "mit", "don", "fre", "son", "gio", "seg", "ter", "qua", "qui", "sex",
    "maa", "din", "woe", "vri", "zat", "zon", "mo", "di", "mi", "do", "fr", "sa", "so", "de", "del", "at", "à", "um",
    "uhr", "of", "the", "le", "om", "alle",
];

/// Reads a date in one of the spellings that feeds use. `None` for anything else.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > DATE_BYTES_MAX {
        return None;
    }
    let parts = iso(text).or_else(|| words(text))?;
    parts.instant()
}

/// The parts of a date that were found so far.
#[derive(Debug, Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    time: Option<Time>,
    afternoon: Option<bool>,
    zone: Option<Zone>,
}

#[derive(Debug)]
enum Zone {
    Fixed(Offset),
    Seasonal(TimeZone),
}

impl Parts {
    fn instant(self) -> Option<Timestamp> {
        let year = self.year.filter(|year| YEARS.contains(year))?;
        let date = Date::new(year, self.month?, self.day?).ok()?;
        let mut time = self.time.unwrap_or_default();
        if let Some(afternoon) = self.afternoon {
            let hour = time.hour();
            if !(1..=12).contains(&hour) {
                return None;
            }
            let hour = hour % 12 + if afternoon { 12 } else { 0 };
            time = Time::new(hour, time.minute(), time.second(), 0).ok()?;
        }
        let local = date.to_datetime(time);
        let instant = match self.zone {
            Some(Zone::Seasonal(zone)) => zone.to_timestamp(local),
            Some(Zone::Fixed(offset)) => offset.to_timestamp(local),
            None => Offset::UTC.to_timestamp(local),
        };
        instant.ok().map(Timestamp::from)
    }
}

/// `2024-01-02`, `2024-01-02T03:04:05.5+02:00` and their kin: year first, signs between the numbers.
fn iso(text: &str) -> Option<Parts> {
    let (date, rest) = match text.find(|c: char| !c.is_ascii_digit() && c != '-' && c != '/') {
        Some(at) => text.split_at_checked(at)?,
        None => (text, ""),
    };
    let mut numbers = date.split(['-', '/']);
    let (year, month, day) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let whole =
        year.len() == 4 && (1..=2).contains(&month.len()) && (1..=2).contains(&day.len()) && numbers.next().is_none();
    if !whole {
        return None;
    }
    let mut parts = Parts {
        year: year.parse().ok(),
        month: month.parse().ok(),
        day: day.parse().ok(),
        ..Parts::default()
    };
    let rest = rest.strip_prefix(['T', 't', '_']).unwrap_or(rest);
    take_words(&mut parts, rest)?;
    Some(parts)
}

/// `Tue, 02 Jan 2024 03:04:05 GMT`, `January 2, 2024 3:04 pm`, `Tue Jan 2 03:04:05 2024`, `2 de enero de 2024` and their kin.
fn words(text: &str) -> Option<Parts> {
    let mut parts = Parts::default();
    take_words(&mut parts, text)?;
    Some(parts)
}

/// Takes a part out of each word of `text`. `None` if one of them is not understood.
fn take_words(parts: &mut Parts, text: &str) -> Option<()> {
    let text = text.split('(').next().unwrap_or_default().to_lowercase();
    for word in text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
    {
        let dashed = word.contains('-') && word.contains(char::is_alphabetic) && !word.contains(':');
        if dashed && !is_zone(word) {
            for piece in word.split('-') {
                take_word(parts, piece)?;
            }
        } else {
            take_word(parts, word)?;
        }
    }
    Some(())
}

fn take_word(parts: &mut Parts, word: &str) -> Option<()> {
    if word.contains(':') && word.starts_with(|c: char| c.is_ascii_digit()) && parts.time.is_none() {
        return take_time(parts, word);
    }
    if let Some(afternoon) = half_of_day(word) {
        parts.afternoon = Some(afternoon);
        return Some(());
    }
    if let Some(number) = day_number(word) {
        return take_number(parts, number);
    }
    if parts.month.is_none()
        && let Some(month) = month(word, parts.day.is_some())
    {
        parts.month = Some(month);
        return Some(());
    }
    if (parts.time.is_some() || parts.year.is_some())
        && let Some(zone) = zone(word)
    {
        // A name behind an offset says the same again.
        parts.zone.get_or_insert(zone);
        return Some(());
    }
    FILLERS.iter().any(|filler| is_short_for(filler, word)).then_some(())
}

/// A number of one or two digits is the day, then the year; one of four digits is the year.
fn take_number(parts: &mut Parts, number: &str) -> Option<()> {
    match number.len() {
        1 | 2 if parts.day.is_none() => parts.day = Some(number.parse().ok()?),
        2 if parts.year.is_none() => {
            let year: i16 = number.parse().ok()?;
            parts.year = Some(year + if year < CENTURY_PIVOT { 2000 } else { 1900 });
        }
        4 if parts.year.is_none() => parts.year = Some(number.parse().ok()?),
        _ => return None,
    }
    Some(())
}

/// `03:04`, `03:04:05.25`, with a zone or `pm` right behind it if need be.
fn take_time(parts: &mut Parts, word: &str) -> Option<()> {
    let end = word
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.'))
        .unwrap_or(word.len());
    let (clock, behind) = word.split_at_checked(end)?;
    // Nobody publishes by the millisecond: fractions are dropped.
    let clock = clock.split('.').next()?;
    let mut numbers = clock.split(':');
    let (hour, minute, second) = (numbers.next()?, numbers.next()?, numbers.next().unwrap_or("0"));
    let whole = [hour, minute, second].iter().all(|n| (1..=2).contains(&n.len())) && numbers.next().is_none();
    if !whole {
        return None;
    }
    // A leap second is told as the second before it.
    let second = second
        .parse::<i8>()
        .ok()
        .map(|second| if second == 60 { 59 } else { second })?;
    parts.time = Some(Time::new(hour.parse().ok()?, minute.parse().ok()?, second, 0).ok()?);
    if let Some(afternoon) = half_of_day(behind) {
        parts.afternoon = Some(afternoon);
    } else if !behind.is_empty() {
        parts.zone = Some(zone(behind)?);
    }
    Some(())
}

fn half_of_day(word: &str) -> Option<bool> {
    match word {
        "am" | "a.m." => Some(false),
        "pm" | "p.m." => Some(true),
        _ => None,
    }
}

/// The digits of `2`, `2.`, `2nd`.
fn day_number(word: &str) -> Option<&str> {
    let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (digits, behind) = word.split_at_checked(end)?;
    let plain = matches!(behind, "" | "." | "st" | "nd" | "rd" | "th" | "er" | "º");
    (!digits.is_empty() && plain).then_some(digits)
}

/// The month that `word` names. `mar` before any number may be a Tuesday in French, Spanish or Italian.
fn month(word: &str, after_day: bool) -> Option<i8> {
    if !after_day && matches!(word, "mardi" | "martes" | "martedì" | "maandag") {
        return None;
    }
    let at = MONTHS
        .iter()
        .position(|names| names.iter().any(|name| is_month_name(name, word)))?;
    i8::try_from(at + 1).ok()
}

fn is_month_name(start: &str, word: &str) -> bool {
    // `juin` and `juil` are longer than what they begin with in English.
    let letters_only = word.trim_end_matches('.').chars().all(char::is_alphabetic);
    letters_only && word.starts_with(start)
}

fn is_short_for(start: &str, word: &str) -> bool {
    let word = word.trim_end_matches('.');
    let whole = start.chars().count() < 3 || matches!(start, "del" | "uhr" | "the");
    if whole {
        word == start
    } else {
        word.starts_with(start) && word.chars().all(|c| c.is_alphabetic() || c == '-')
    }
}

fn is_zone(word: &str) -> bool {
    zone(word).is_some()
}

/// `+0200`, `-05:00`, `gmt+2`, `est`, `et`.
fn zone(word: &str) -> Option<Zone> {
    if let Some((_, rule)) = SEASONAL_ZONES.iter().find(|(name, _)| *name == word) {
        return TimeZone::posix(rule).ok().map(Zone::Seasonal);
    }
    if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == word) {
        return offset(*minutes);
    }
    let number = ["gmt", "utc", "ut"]
        .iter()
        .find_map(|name| word.strip_prefix(name))
        .unwrap_or(word);
    let (sign, digits) = match (number.strip_prefix('+'), number.strip_prefix(['-', '\u{2212}'])) {
        (Some(digits), _) => (1, digits),
        (_, Some(digits)) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() <= 2 => (digits, "0"),
        None => digits.split_at_checked(digits.len().checked_sub(2)?)?,
    };
    let all_digits = [hours, minutes]
        .iter()
        .all(|n| (1..=2).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()));
    let (hours, minutes): (i16, i16) = (hours.parse().ok()?, minutes.parse().ok()?);
    // The farthest zones there are: 14 hours east, 12 hours west.
    if !all_digits || hours > 14 || minutes > 59 {
        return None;
    }
    offset(sign * (hours * 60 + minutes))
}

fn offset(minutes: i16) -> Option<Zone> {
    Offset::from_seconds(i32::from(minutes) * 60).ok().map(Zone::Fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_many_spellings() {
        for (text, expected) in [
            ("Tue, 02 Jan 2024 03:04:05 +0200", "2024-01-02T01:04:05Z"),
            ("2 Jan 2024 03:04 GMT", "2024-01-02T03:04:00Z"),
            ("Tue, 02 Jan 24 03:04:05 EST", "2024-01-02T08:04:05Z"),
            ("Sun, 06 Nov 94 08:49:37 PST", "1994-11-06T16:49:37Z"),
            ("Tue Jan  2 03:04:05 2024", "2024-01-02T03:04:05Z"),
            ("January 2, 2024 3:04 pm", "2024-01-02T15:04:00Z"),
            ("Jan 2nd, 2024 12:30AM ET", "2024-01-02T05:30:00Z"),
            ("Jul 2, 2024 12:30 PT", "2024-07-02T19:30:00Z"),
            ("02-Jan-2024 03:04:05 GMT+2", "2024-01-02T01:04:05Z"),
            ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
            ("2024-01-02T03:04:05.25-0100", "2024-01-02T04:04:05Z"),
            ("2024-01-02 03:04:05", "2024-01-02T03:04:05Z"),
            ("2024-01-02T03:04", "2024-01-02T03:04:00Z"),
            ("2024/1/2", "2024-01-02T00:00:00Z"),
            ("2024-01-02", "2024-01-02T00:00:00Z"),
            ("\n 2 January 2024 \t", "2024-01-02T00:00:00Z"),
            ("1 juin 2025 10:00", "2025-06-01T10:00:00Z"),
            ("mardi 2 juillet 2024", "2024-07-02T00:00:00Z"),
            ("Di, 2. Jän 2024 03:04:05 MEZ", "2024-01-02T02:04:05Z"),
            ("2 de enero de 2024", "2024-01-02T00:00:00Z"),
            ("mar, 05 mar 2024 10:00:00 +0100", "2024-03-05T09:00:00Z"),
            ("Sat, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59Z"),
            ("Tue, 02 Jan 2024 03:04:05 +0000 (UTC)", "2024-01-02T03:04:05Z"),
            ("Mon, 02 Jan 2124 03:04:05 GMT", "2124-01-02T03:04:05Z"),
        ] {
            let read = parse(text).map(|time| time.to_string());
            assert_eq!(read.as_deref(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn a_guess_is_no_date() {
        for text in [
            "",
            "yesterday",
            "1704164645",
            "2024",
            "01/02/2024",
            "Mon, 32 Foo 2025 25:61:61 +9999",
            "2025-06-01T00:00:00+99:00",
            "31 Feb 2024 00:00:00 GMT",
            "2024-13-01",
            "Tue, 02 Jan 2024 03:04:05 XYZ",
            "Tue, 02 Jan 0000 03:04:05 GMT",
            "99999999999999999999",
            "é:é",
            "13:00 pm 2 Jan 2024",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
