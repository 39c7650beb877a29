//! Typed text into a [`Query`].

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};

use super::languages;
use super::query::{Clause, Form, Order, Part, Picked, Query, Text, What};
use super::schema::cut;
use super::tokens::Words;
use crate::domain::link::Link;
use crate::domain::time::Timestamp;

/// What is read of a query, in bytes.
const QUERY_BYTES_MAX: usize = 1_000;

/// The wishes read of a query; further ones are left out.
const CLAUSES_MAX: usize = 24;

/// The shortest beginning of a word that is looked up, in characters.
const PREFIX_CHARS_MIN: usize = 2;

/// Reads what somebody typed. Never fails: what is not understood is read as words or left out, and [`Query::notes`] says so.
///
/// Words are all wanted; `"…"` is a phrase, `-` before anything says that it must not be, `word*` is any word that begins so,
/// `a OR b` takes either. `source:`, `list:`, `lang:`, `topic:`, `before:`, `after:`, `picked:`, `by:`, `title:` and `sort:`
/// take a word or a phrase; the same of `source:`, `list:`, `lang:` or `topic:` twice takes either. Dates are `2026`,
/// `2026-03` or `2026-03-09`, in UTC. A whole web address finds the story of that page.
pub fn read(text: &str) -> Query {
    let mut query = Query::default();
    let read = cut(text, QUERY_BYTES_MAX);
    if read.len() < text.len() {
        query
            .notes
            .push("the search is too long, its end was left out".to_owned());
    }
    let mut either = false;
    for piece in (Pieces { rest: read }) {
        if piece.name.is_none() && !piece.quoted && !piece.unwanted {
            match piece.value {
                "OR" | "|" => {
                    either = true;
                    continue;
                }
                "AND" => continue,
                _ => {}
            }
        }
        if query.clauses.len() >= CLAUSES_MAX {
            query
                .notes
                .push(format!("only the first {CLAUSES_MAX} parts of the search were read"));
            break;
        }
        if let Some(what) = what(&piece, &mut query) {
            let clause = Clause {
                unwanted: piece.unwanted,
                what,
            };
            push(&mut query.clauses, clause, either);
        }
        either = false;
    }
    query
}

/// One piece of a query as typed: `-name:"value"`.
#[derive(Debug)]
struct Piece<'a> {
    unwanted: bool,
    name: Option<&'a str>,
    value: &'a str,
    quoted: bool,
    /// All of it but for the minus.
    whole: &'a str,
}

/// Cuts a query into pieces.
struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let text = self.rest.trim_start();
        if text.is_empty() {
            return None;
        }
        let (unwanted, text) = match text.strip_prefix('-') {
            Some(rest) if rest.starts_with(|c: char| !c.is_whitespace() && c != '-') => (true, rest),
            _ => (false, text),
        };
        let name_end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (name, after) = text.split_at_checked(name_end).unwrap_or((text, ""));
        let colon = after.strip_prefix([':', '：']).filter(|_| !name.is_empty());
        let (name, after) = colon.map_or((None, text), |after| (Some(name), after));
        let (value, quoted, rest) = value(after);
        self.rest = rest;
        let whole = text.get(..text.len() - rest.len()).unwrap_or_default();
        Some(Piece {
            unwanted,
            name,
            value,
            quoted,
            whole,
        })
    }
}

/// The value that `text` begins with, whether it stood in quotation marks, and what follows.
fn value(text: &str) -> (&str, bool, &str) {
    if let Some(inner) = text.strip_prefix(is_quote) {
        let end = inner.find(is_quote).unwrap_or(inner.len());
        let (value, rest) = inner.split_at_checked(end).unwrap_or((inner, ""));
        return (value, true, rest.strip_prefix(is_quote).unwrap_or(rest));
    }
    let end = text
        .find(|c: char| c.is_whitespace() || is_quote(c))
        .unwrap_or(text.len());
    let (value, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (value, false, rest)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»' | '＂')
}

/// What a piece asks for; `None` for nothing. Says in the query's notes what it does not understand.
fn what(piece: &Piece<'_>, query: &mut Query) -> Option<What> {
    let Some(name) = piece.name else {
        return words(Part::Anywhere, piece.value, piece.quoted, query).map(What::Text);
    };
    let name = name.to_ascii_lowercase();
    let value = piece.value.trim();
    let known = matches!(
        name.as_str(),
        "source"
            | "list"
            | "lang"
            | "language"
            | "topic"
            | "before"
            | "after"
            | "since"
            | "picked"
            | "by"
            | "title"
            | "sort"
    );
    if !known {
        if let Some(link) = Link::parse(piece.whole) {
            return Some(What::Link(link));
        }
        query
            .notes
            .push(format!("“{name}:” is no operator and was read as a word"));
        return words(Part::Anywhere, piece.whole, piece.quoted, query).map(What::Text);
    }
    if value.is_empty() {
        query
            .notes
            .push(format!("“{name}:” was left out, as nothing follows it"));
        return None;
    }
    let understood = match name.as_str() {
        "source" => Some(What::Source(value.to_owned())),
        "list" => Some(What::List(value.to_owned())),
        "topic" => Some(What::Topic(value.to_owned())),
        "by" => return words(Part::By, value, piece.quoted, query).map(What::Text),
        "title" => return words(Part::Title, value, piece.quoted, query).map(What::Text),
        "lang" | "language" => languages::named(value).map(What::Language),
        "before" => period(value).map(|(start, _)| What::Before(start, value.to_owned())),
        "after" | "since" => period(value).map(|(start, _)| What::Since(start, value.to_owned())),
        "picked" => picked(value).map(What::Picked),
        _ => {
            match value.to_ascii_lowercase().as_str() {
                "newest" | "date" => query.sort = Some(Order::Newest),
                "relevance" | "best" => query.sort = Some(Order::Relevance),
                _ => query
                    .notes
                    .push(format!("“sort:{value}” was left out: it takes newest or relevance")),
            }
            return None;
        }
    };
    if understood.is_none() {
        let takes = match name.as_str() {
            "lang" | "language" => "a language, such as fr or French",
            "picked" => "yes, no or a date such as 2026-03",
            _ => "a date such as 2026, 2026-03 or 2026-03-09",
        };
        query
            .notes
            .push(format!("“{name}:{value}” was left out: it takes {takes}"));
    }
    understood
}

/// The wish for the words of `text`; `None` if there are none in it.
fn words(part: Part, text: &str, quoted: bool, query: &mut Query) -> Option<Text> {
    let mut places = Words::of(text);
    let first = places.next()?;
    let last = places.last().unwrap_or(first);
    let starred = !quoted && text.get(last.1..).is_some_and(|rest| rest.starts_with('*'));
    let words = text.get(first.0..last.1).unwrap_or(text).to_owned();
    let long_enough = words.chars().count() >= PREFIX_CHARS_MIN;
    if starred && !long_enough {
        query.notes.push(format!(
            "“{words}*” was read as a word: a beginning takes {PREFIX_CHARS_MIN} letters"
        ));
    }
    let form = match (quoted, starred && long_enough) {
        // A lone word in quotation marks, too, is wanted as it stands and not by its stem.
        (true, _) => Form::Phrase,
        (false, true) => Form::Prefix,
        (false, false) => Form::Word,
    };
    Some(Text { part, form, words })
}

fn picked(value: &str) -> Option<Picked> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "any" => Some(Picked::Yes),
        "no" | "false" | "never" => Some(Picked::No),
        _ => period(value).map(|(start, end)| Picked::Within(start, end, value.to_owned())),
    }
}

/// The first instant of a year, month or day, and the first after it.
fn period(text: &str) -> Option<(Timestamp, Timestamp)> {
    let mut parts = text.split('-');
    let year: i16 = number(parts.next()?, 4)?;
    let month: Option<i8> = parts
        .next()
        .map(|part| number(part, 2))
        .map_or(Some(None), |month| month.map(Some))?;
    let day: Option<i8> = parts
        .next()
        .map(|part| number(part, 2))
        .map_or(Some(None), |day| day.map(Some))?;
    if parts.next().is_some() {
        return None;
    }
    let start = Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).ok()?;
    let length: Span = match (month, day) {
        (None, _) => 1.year(),
        (_, None) => 1.month(),
        _ => 1.day(),
    };
    let end = start.checked_add(length).ok()?;
    Some((instant(start)?, instant(end)?))
}

fn number<N: std::str::FromStr>(text: &str, digits_max: usize) -> Option<N> {
    let digits = (1..=digits_max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn instant(date: Date) -> Option<Timestamp> {
    let zoned = date.to_zoned(TimeZone::UTC).ok()?;
    Some(Timestamp::from(zoned.timestamp()))
}

/// Adds `clause`, joined to the last one by "or" if both are wishes for words.
fn push(clauses: &mut Vec<Clause>, clause: Clause, either: bool) {
    if either
        && !clause.unwanted
        && let What::Text(text) = &clause.what
        && let Some(last) = clauses.last_mut().filter(|last| !last.unwanted)
    {
        match &mut last.what {
            What::Either(texts) => return texts.push(text.clone()),
            What::Text(first) => {
                last.what = What::Either(vec![first.clone(), text.clone()]);
                return;
            }
            _ => {}
        }
    }
    clauses.push(clause);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_says_how_it_was_read() {
        for (typed, expected) in [
            ("", "all stories, newest first"),
            ("museum", "stories with the word “museum”, best match first"),
            (
                "museum roof source:alliance-blog before:2026-03-01 sort:newest",
                "stories with the words “museum” and “roof”, from source alliance-blog, before 2026-03-01, newest first",
            ),
            (
                "\"night at the museum\" -film",
                "stories with the phrase “night at the museum”, without “film”, best match first",
            ),
            ("museu*", "stories with a word beginning with “museu”, best match first"),
            (
                "fire OR flood roof",
                "stories with the word “roof” and “fire” or “flood”, best match first",
            ),
            (
                "title:louvre by:\"Anna Berg\" lang:french lang:de",
                "stories, with the word “louvre” in the headline, by “Anna Berg”, in French or German, best match first",
            ),
            (
                "topic:\"deep sea\" list:friday after:2026 picked:2026-03",
                "stories, in list friday, on deep sea, from 2026 on, picked in 2026-03, newest first",
            ),
            (
                "-source:spam picked:no",
                "stories, not from source spam, not picked, newest first",
            ),
            (
                "https://example.org/a?id=1",
                "stories, with the address https://example.org/a?id=1, newest first",
            ),
        ] {
            assert_eq!(read(typed).as_read(), expected, "{typed}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (typed, expected) in [
            (
                "before:soon",
                "“before:soon” was left out: it takes a date such as 2026, 2026-03 or 2026-03-09",
            ),
            (
                "after:2026-13",
                "“after:2026-13” was left out: it takes a date such as 2026, 2026-03 or 2026-03-09",
            ),
            (
                "lang:gibberish",
                "“lang:gibberish” was left out: it takes a language, such as fr or French",
            ),
            ("foo:bar", "“foo:” is no operator and was read as a word"),
            ("source:", "“source:” was left out, as nothing follows it"),
            ("a*", "“a*” was read as a word: a beginning takes 2 letters"),
            ("sort:up", "“sort:up” was left out: it takes newest or relevance"),
        ] {
            assert_eq!(read(typed).notes(), [expected], "{typed}");
        }
    }

    #[test]
    fn a_date_is_a_year_a_month_or_a_day() {
        for (text, expected) in [
            ("2026", Some(("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"))),
            ("2026-12", Some(("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"))),
            ("2024-02-29", Some(("2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"))),
            ("2026-3-9", Some(("2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z"))),
            ("2025-02-29", None),
            ("2026-01-01-01", None),
            ("2026-", None),
            ("9999-12-31", None),
            ("99999", None),
            ("-5", None),
        ] {
            let found = period(text).map(|(start, end)| (start.to_string(), end.to_string()));
            assert_eq!(
                found,
                expected.map(|(start, end)| (start.to_owned(), end.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn a_long_search_is_cut_and_says_so() {
        let query = read(&"museum ".repeat(1_000));
        assert!(query.clauses.len() <= CLAUSES_MAX);
        assert_eq!(query.notes().len(), 2);
    }
}
