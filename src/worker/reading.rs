//! From what a server answered to what a source listed.

use std::time::Duration;

use crate::domain::cadence::Quiet;
use crate::domain::entry::Found;
use crate::domain::freshness::{Freshness, Validators};
use crate::domain::link::Link;
use crate::domain::poll::Outcome;
use crate::domain::source::{Declared, Selectors, SourceKind};
use crate::domain::text::Language;
use crate::ingest::feed::{self, Hints};
use crate::ingest::fetch::{Answer, Fetched};
use crate::ingest::list::{self, Child, Sitemap};

/// What a poll learned, before anything is stored.
#[derive(Debug, Clone)]
pub struct Reading {
    /// How it ended.
    pub outcome: Outcome,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// Bytes as sent.
    pub bytes: u64,
    /// Why, where it was no success.
    pub reason: Option<String>,
    /// What was odd.
    pub warnings: Vec<String>,
    /// What a feed calls itself; empty where it does not.
    pub title: String,
    /// The language a feed declares.
    pub language: Option<Language>,
    /// The site a feed belongs to.
    pub home: Option<Link>,
    /// What was listed; empty unless the document was read.
    pub entries: Vec<Found>,
    /// What to send at the next request: replaced by every answer that was read, renewed by "not modified".
    pub validators: Option<Validators>,
    /// How long the server wants the answer to be taken as good.
    pub freshness: Option<Freshness>,
    /// What the document asks of pollers.
    pub hints: Option<Hints>,
    /// Where the server moved the source for good.
    pub moved: Option<Link>,
    /// The address whose server asks to be left alone: the source's own, or where redirects led.
    pub waits_at: Option<Link>,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
    /// Further sitemaps to read in place of this one.
    pub children: Vec<Child>,
    /// Whether it was asked without validators although there were some.
    pub asked_plainly: bool,
    /// Whether entries were left for later, since the source's cap for the day was reached.
    pub left_for_later: bool,
}

/// Reads what was fetched for `source`. Takes as long as the document is large: not for a thread that others wait for.
pub fn read(source: &Declared, listed_before: u32, fetched: Fetched) -> Reading {
    match fetched {
        Fetched::New(answer) => read_answer(source, listed_before, *answer),
        Fetched::NotModified {
            validators,
            freshness,
            moved,
        } => Reading {
            status: Some(304),
            validators,
            freshness: Some(freshness),
            moved,
            ..Reading::new(Outcome::Unchanged)
        },
        Fetched::Gone => ended(
            Outcome::Gone,
            Some(410),
            "its server says that it is gone for good".to_owned(),
        ),
        Fetched::Wait {
            status,
            at,
            retry_after,
            reason,
        } => Reading {
            waits_at: Some(at),
            retry_after,
            ..ended(Outcome::Error, Some(status), reason)
        },
        Fetched::Refused { reason } => ended(Outcome::Refused, None, reason),
        Fetched::Failed { status, reason } => ended(Outcome::Error, status, reason),
    }
}

/// A poll of a source that lists nothing by itself.
pub fn nothing() -> Reading {
    Reading::new(Outcome::Unchanged)
}

/// A poll that ended without anything listed.
pub fn ended(outcome: Outcome, status: Option<u16>, reason: String) -> Reading {
    Reading {
        status,
        reason: Some(reason),
        ..Reading::new(outcome)
    }
}

impl Reading {
    fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            status: None,
            bytes: 0,
            reason: None,
            warnings: Vec::new(),
            title: String::new(),
            language: None,
            home: None,
            entries: Vec::new(),
            validators: None,
            freshness: None,
            hints: None,
            moved: None,
            waits_at: None,
            retry_after: None,
            children: Vec::new(),
            asked_plainly: false,
            left_for_later: false,
        }
    }
}

fn read_answer(source: &Declared, listed_before: u32, answer: Answer) -> Reading {
    let read = match source.kind {
        SourceKind::Feed => read_feed(&answer),
        SourceKind::Page => read_page(source, listed_before, &answer),
        SourceKind::Sitemap => read_sitemap(&answer),
        SourceKind::Tip => Ok(nothing()),
    };
    // A document that could not be read leaves no validators: the next answer must come whole.
    let mut reading = read.unwrap_or_else(|reason| ended(Outcome::Error, None, reason));
    if reading.outcome.is_success() {
        reading.validators = Some(answer.validators);
        reading.freshness = Some(answer.freshness);
        if answer.moved.is_some() {
            reading.outcome = Outcome::Moved;
            reading.moved = answer.moved;
        }
    }
    Reading {
        status: Some(answer.status),
        bytes: answer.wire_bytes,
        ..reading
    }
}

fn read_feed(answer: &Answer) -> Result<Reading, String> {
    let feed = feed::parse(&answer.bytes, answer.content_type.as_deref(), &answer.link).map_err(|e| e.to_string())?;
    let (title, language, home) = (feed.title, feed.language, feed.home);
    let mut warnings = feed.warnings;
    if Quiet::read(&feed.hints.skip_hours, &feed.hints.skip_days).1 {
        warnings.push("it asks never to be read, at all hours or on all days; that is passed over".to_owned());
    }
    Ok(Reading {
        title,
        language,
        home,
        hints: Some(feed.hints),
        ..listing(feed.entries, warnings)
    })
}

/// A page on which nothing matches any more is broken: that is never the same as "nothing new".
fn read_page(source: &Declared, listed_before: u32, answer: &Answer) -> Result<Reading, String> {
    let none = Selectors::default();
    let selectors = source.rules.selectors.as_ref().unwrap_or(&none);
    let page = list::read_page(&answer.bytes, answer.content_type.as_deref(), &answer.link, selectors)
        .map_err(|e| e.to_string())?;
    if page.matched == 0 && listed_before > 0 {
        return Err(format!(
            "nothing on the page matches any more; it listed {listed_before} entries before"
        ));
    }
    if page.entries.is_empty() && listed_before > 0 {
        return Err(format!(
            "no entry can be made of what matches on the page; it listed {listed_before} entries before"
        ));
    }
    Ok(listing(page.entries, page.warnings))
}

fn read_sitemap(answer: &Answer) -> Result<Reading, String> {
    let sitemap = list::read_sitemap(&answer.bytes, answer.content_type.as_deref(), &answer.link);
    Ok(match sitemap.map_err(|e| e.to_string())? {
        Sitemap::Entries(page) => listing(page.entries, page.warnings),
        Sitemap::Index { children, warnings } => Reading {
            warnings,
            children,
            ..Reading::new(Outcome::Ok)
        },
    })
}

fn listing(entries: Vec<Found>, warnings: Vec<String>) -> Reading {
    let outcome = if entries.is_empty() {
        Outcome::EmptyOk
    } else {
        Outcome::Ok
    };
    Reading {
        warnings,
        entries,
        ..Reading::new(outcome)
    }
}
