//! Dates as list pages and sitemaps write them.
//!
//! What cannot be read for certain is no date: a day and a month in figures with slashes between them, two dates in one
//! text, a bare number, an unknown zone. A date without a zone is taken as UTC, one without a time as its midnight.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::time::Timestamp;

/// The longest text looked at, in bytes.
const DATE_BYTES_MAX: usize = 200;

/// The years that a page can mean.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2199;

/// Month names in English, French, German, Spanish, Italian, Portuguese and Dutch, and abbreviations that are no
/// beginnings of one.
const MONTHS: [&[&str]; 12] = [
    &[
        "january", "januar", "jänner", "janvier", "enero", "gennaio", "janeiro", "januari",
    ],
    &[
        "february",
        "februar",
        "feber",
        "février",
        "fevrier",
        "febrero",
        "febbraio",
        "fevereiro",
        "februari",
    ],
    &[
        "march", "märz", "maerz", "mars", "marzo", "março", "marco", "maart", "mrt", "mrz",
    ],
    &["april", "avril", "abril", "aprile"],
    &["may", "mai", "mayo", "maggio", "maio", "mei"],
    &["june", "juni", "juin", "junio", "giugno", "junho"],
    &["july", "juli", "juillet", "julio", "luglio", "julho"],
    &["august", "août", "aout", "agosto", "augustus"],
    &[
        "september",
        "septembre",
        "septiembre",
        "setiembre",
        "settembre",
        "setembro",
    ],
    &["october", "oktober", "octobre", "octubre", "ottobre", "outubro"],
    &["november", "novembre", "noviembre", "novembro"],
    &[
        "december",
        "dezember",
        "décembre",
        "decembre",
        "diciembre",
        "dicembre",
        "dezembro",
    ],
];

/// Words between the parts of a date that say nothing: `12 de marzo de 2026`, `the 1st of May`.
const PARTICLES: [&str; 5] = ["de", "del", "di", "of", "the"];

/// The shortest abbreviation of a month that is taken, in characters.
const ABBREVIATION_CHARS_MIN: usize = 3;

/// Reads one date. `None` for what is none, or not for certain.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > DATE_BYTES_MAX {
        return None;
    }
    instant(text)
        .or_else(|| civil(text))
        .or_else(|| day(text).and_then(midnight))
}

fn instant(text: &str) -> Option<Timestamp> {
    // Ruby and some sites put a space before the zone of ISO 8601.
    let spaced = text.rsplit_once(' ').and_then(|(moment, zone)| match zone {
        "UTC" => Some(format!("{moment}Z")),
        _ if zone.starts_with(['+', '-']) => Some(format!("{moment}{zone}")),
        _ => None,
    });
    let iso = Timestamp::parse(text).or_else(|| Timestamp::parse(&spaced?));
    iso.filter(|instant| YEARS.contains(&instant.to_jiff().to_zoned(TimeZone::UTC).year()))
        .or_else(|| {
            let parser = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
            parser.parse_timestamp(text).ok().map(Timestamp::from)
        })
}

/// ISO 8601 without a zone: a date and a time, or a date.
fn civil(text: &str) -> Option<Timestamp> {
    let shaped = text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().get(7) == Some(&b'-');
    let moment: jiff::civil::DateTime = shaped.then(|| text.parse().ok()).flatten()?;
    let instant = moment.to_zoned(TimeZone::UTC).ok()?.timestamp();
    YEARS.contains(&moment.year()).then(|| instant.into())
}

fn midnight(date: Date) -> Option<Timestamp> {
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().into())
}

/// The one day that a text names.
fn day(text: &str) -> Option<Date> {
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '/' | '-')))
        .map(|word| word.trim_matches(['.', '-', '/']))
        .filter(|word| !word.is_empty())
        .collect();
    let mut days = figures(&words)
        .map(Some)
        .chain(named(&words))
        .chain(east_asian(text).map(Some));
    let first = days.next()?;
    if days.all(|other| other == first) { first } else { None }
}

/// `31.12.2025`, `2025.12.31`, `2025/12/31`: forms whose order nobody doubts.
fn figures<'w>(words: &'w [&str]) -> impl Iterator<Item = Date> + 'w {
    words.iter().filter_map(|word| {
        let numbers = |separator| -> Option<[&str; 3]> { word.split(separator).collect::<Vec<_>>().try_into().ok() };
        let dotted = numbers('.');
        let [year, month, day] = match dotted {
            Some([day, month, year]) if year.len() == 4 => [year, month, day],
            other => other.or_else(|| numbers('/')).or_else(|| numbers('-'))?,
        };
        date(year, number(month, 2)?, day)
    })
}

/// A month by name with its day and year beside it: `12 March 2026`, `March 12, 2026`, `2026 March 12`, `12 de marzo de
/// 2026`. `None` stands for a month with a day and no year, which makes what else the text names a part of a range.
fn named<'w>(words: &'w [&str]) -> impl Iterator<Item = Option<Date>> + 'w {
    let parts: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !PARTICLES.contains(&word.to_lowercase().as_str()))
        .collect();
    (0..parts.len()).filter_map(move |at| {
        let month = month(parts.get(at)?)?;
        let before = at
            .checked_sub(1)
            .and_then(|at| parts.get(at))
            .copied()
            .unwrap_or_default();
        let after = parts.get(at + 1).copied().unwrap_or_default();
        let behind = parts.get(at + 2).copied().unwrap_or_default();
        let day = date(after, month, before)
            .or_else(|| date(behind, month, after))
            .or_else(|| date(before, month, after));
        let beside_day = number(before, 2).is_some() || number(after, 2).is_some();
        // `mar. 12 mai`: Tuesday, in the languages in which its name begins as March does.
        let weekday = number(before, 2).is_none() && self::month(behind).is_some();
        (day.is_some() || beside_day && !weekday).then_some(day)
    })
}

/// `2026年3月12日`, `2026년 3월 12일`.
fn east_asian(text: &str) -> impl Iterator<Item = Date> {
    let tight: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    [('年', '月', '日'), ('년', '월', '일')]
        .into_iter()
        .filter_map(move |(year_sign, month_sign, day_sign)| {
            let (year, rest) = tight.split_once(year_sign)?;
            let (month, rest) = rest.split_once(month_sign)?;
            let (day, rest) = rest.split_once(day_sign)?;
            let year: String = year.chars().rev().take_while(char::is_ascii_digit).collect();
            let year: String = year.chars().rev().collect();
            if rest.contains(year_sign) {
                None
            } else {
                date(&year, number(month, 2)?, day)
            }
        })
}

fn date(year: &str, month: i8, day: &str) -> Option<Date> {
    if year.len() != 4 {
        return None;
    }
    let year: i16 = year.parse().ok().filter(|year| YEARS.contains(year))?;
    let day = ["st", "nd", "rd", "th", "er", "º", "ª"]
        .iter()
        .find_map(|ending| day.strip_suffix(ending))
        .unwrap_or(day);
    Date::new(year, month, number(day, 2)?).ok()
}

fn number(text: &str, digits_max: usize) -> Option<i8> {
    let digits = !text.is_empty() && text.len() <= digits_max && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The month that a word names, in full or cut short. A cut that fits two months names none.
fn month(word: &str) -> Option<i8> {
    let word = word.to_lowercase();
    if word.chars().count() < ABBREVIATION_CHARS_MIN {
        return None;
    }
    let whole = |names: &&[&str]| names.iter().any(|name| *name == word);
    let cut = |names: &&[&str]| names.iter().any(|name| name.starts_with(&word));
    let whole_at = MONTHS.iter().position(whole);
    let mut cut_at = (1_i8..)
        .zip(&MONTHS)
        .filter(|(_, names)| cut(names))
        .map(|(month, _)| month);
    match whole_at {
        Some(index) => i8::try_from(index + 1).ok(),
        None => cut_at.next().filter(|_| cut_at.next().is_none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_the_forms_that_pages_use() {
        for (text, expected) in [
            ("2026-03-12T09:30:00Z", "2026-03-12T09:30:00Z"),
            ("2026-03-12T09:30:00+01:00", "2026-03-12T08:30:00Z"),
            ("2026-03-12T09:30", "2026-03-12T09:30:00Z"),
            ("2026-03-12 09:30:15", "2026-03-12T09:30:15Z"),
            ("2026-03-12", "2026-03-12T00:00:00Z"),
            ("Thu, 12 Mar 2026 09:30:00 GMT", "2026-03-12T09:30:00Z"),
            ("Thu, 12 Mar 2026 09:30:00 +0100", "2026-03-12T08:30:00Z"),
            ("12 March 2026", "2026-03-12T00:00:00Z"),
            ("March 12, 2026", "2026-03-12T00:00:00Z"),
            ("Mar. 12th, 2026", "2026-03-12T00:00:00Z"),
            (
                "Published on Thursday, 12 March 2026 by the press office",
                "2026-03-12T00:00:00Z",
            ),
            ("mar. 10 mai 2026", "2026-05-10T00:00:00Z"),
            ("2026-03-12T09:30:00+0100", "2026-03-12T08:30:00Z"),
            ("2026-03-12T09:30:00.123Z", "2026-03-12T09:30:00.123Z"),
            ("2026-03-12T09:30Z", "2026-03-12T09:30:00Z"),
            ("2026-03-12 09:30:00 +02:00", "2026-03-12T07:30:00Z"),
            ("1er mars 2026", "2026-03-01T00:00:00Z"),
            ("12 août 2026", "2026-08-12T00:00:00Z"),
            ("Donnerstag, 12. März 2026", "2026-03-12T00:00:00Z"),
            ("12 de marzo de 2026", "2026-03-12T00:00:00Z"),
            ("12 giugno 2026", "2026-06-12T00:00:00Z"),
            ("12 de março de 2026", "2026-03-12T00:00:00Z"),
            ("12 maart 2026", "2026-03-12T00:00:00Z"),
            ("12 mei 2026", "2026-05-12T00:00:00Z"),
            ("12.03.2026", "2026-03-12T00:00:00Z"),
            ("2026.03.12", "2026-03-12T00:00:00Z"),
            ("2026/03/12", "2026-03-12T00:00:00Z"),
            ("2026年3月12日", "2026-03-12T00:00:00Z"),
            ("2026년 3월 12일", "2026-03-12T00:00:00Z"),
        ] {
            assert_eq!(
                read(text).map(|time| time.to_string()).as_deref(),
                Some(expected),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_is_no_date_for_certain_is_none() {
        for text in [
            "",
            "yesterday",
            "2 hours ago",
            "March 2026",
            "12 March",
            "2026",
            "1773307800",
            "03/12/2026",
            "25/12/2026",
            "31.02.2026",
            "30 February 2026",
            "12 March – 4 May 2026, 3 June 2026",
            "12 March 2026 – 4 May 2026",
            "12 March – 4 May 2026",
            "12 mar 20266",
            "12 ma 2026",
            "12 ju 2026",
            "12 jui 2026",
            "0001-01-01T00:00:00Z",
            "年月日",
            "2026年99月99日",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(read(&"1 March 2026 ".repeat(50)), None);
    }
}
