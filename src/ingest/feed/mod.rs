//! Feeds: bytes in, [`Found`] entries out, whatever the bytes are.
//!
//! The way of a document: bytes to text (`decode`), text to pieces (`token`, `reference`), pieces to elements in good order
//! (`outline`, `namespace`), elements to drafts (`xml`, with `field` for what each name means; or `json`), drafts to clean
//! entries under unique keys (`gather`). One pass, no recursion, nothing refused that can be read.
//!
//! Knows the domain and `ingest::clean`. Must not know where the bytes came from, what was read before, or the time: the
//! same bytes give the same entries.

use std::time::Duration;

use jiff::civil::Weekday;

use crate::domain::entry::Found;
use crate::domain::link::Link;
use crate::domain::text::Language;

pub(super) use decode::decode;

mod date;
mod decode;
mod draft;
mod field;
mod gather;
mod json;
mod namespace;
mod outline;
mod prose;
mod reference;
mod rhythm;
mod shallow;
mod token;
mod xml;

/// The longest document read, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 50 * 1024 * 1024;

/// Kinds of warnings kept of one document.
const WARNINGS_MAX: usize = 20;

/// The vocabulary a feed is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RSS 0.91 to 0.94, and 2.0.
    Rss,
    /// RSS 0.90 and 1.0, which are RDF.
    Rdf,
    /// Atom 0.3, the draft.
    Atom03,
    /// Atom (RFC 4287).
    Atom10,
    /// JSON Feed 1.0.
    Json10,
    /// JSON Feed 1.1.
    Json11,
}

impl Format {
    /// The name that people know.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rss => "rss 2.0",
            Self::Rdf => "rdf",
            Self::Atom03 => "atom 0.3",
            Self::Atom10 => "atom 1.0",
            Self::Json10 => "json feed 1.0",
            Self::Json11 => "json feed 1.1",
        }
    }
}

/// A feed as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// What it is written in.
    pub format: Format,
    /// Its own name, plain; empty where it gives none.
    pub title: String,
    /// The language it declares for all of its entries.
    pub language: Option<Language>,
    /// The site it belongs to.
    pub home: Option<Link>,
    /// What it lists, in its order; at most some thousand.
    pub entries: Vec<Found>,
    /// What was mended, cut or left out, for the people who care for the source.
    pub warnings: Vec<String>,
    /// What it says about being polled.
    pub hints: Hints,
}

/// What a feed says about being polled. Wishes: whoever plans the polls weighs them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// How long it may be kept (`ttl`).
    pub ttl: Option<Duration>,
    /// How often it changes (`sy:updatePeriod` over `sy:updateFrequency`).
    pub update_period: Option<Duration>,
    /// Hours of the day in GMT, 0 to 23, without news.
    pub skip_hours: Vec<u8>,
    /// Days of the week in GMT without news.
    pub skip_days: Vec<Weekday>,
    /// Who tells of changes (WebSub).
    pub hub: Option<Link>,
    /// Where older entries are (RFC 5005, and `next_url` of JSON Feed).
    pub next: Option<Link>,
}

/// Why there is no feed to be had from some bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// It is something else.
    #[error("not a feed but {what}")]
    NotAFeed {
        /// What it seems to be, with its article.
        what: &'static str,
    },
    /// It is a feed, but nothing of what it lists could be read: never to be taken for "nothing new".
    #[error("broken feed: {why}")]
    Broken {
        /// What was found.
        why: String,
    },
    /// It is longer than [`DOCUMENT_BYTES_MAX`].
    #[error("a document of {bytes} bytes is too large to be read")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
}

/// Reads RSS, Atom or JSON Feed out of `bytes`. `content_type` is the header they came with (its charset counts, its type
/// does not), `base` the address they came from in the end.
///
/// The same bytes always give the same entries under the same keys. No two entries share a key.
pub fn parse(bytes: &[u8], content_type: Option<&str>, base: &Link) -> Result<Feed, ParseError> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(ParseError::TooLarge { bytes: bytes.len() });
    }
    if bytes.starts_with(&[0x1F, 0x8B]) {
        return Err(ParseError::NotAFeed {
            what: "compressed data",
        });
    }
    let document = decode(bytes, content_type);
    let start = document.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if start.is_empty() {
        return Err(ParseError::NotAFeed {
            what: "an empty document",
        });
    }
    if !start.starts_with(['{', '[']) {
        return xml::read(&document, base);
    }
    // Warnings of a server may begin with a bracket too.
    match xml::read(&document, base) {
        Err(ParseError::NotAFeed { .. }) => json::read(start, base),
        read => read,
    }
}

/// What is to be told about a document, each kind once.
#[derive(Debug, Default)]
struct Warnings(Vec<(&'static str, usize)>);

impl Warnings {
    fn note(&mut self, what: &'static str) {
        if let Some((_, times)) = self.0.iter_mut().find(|(known, _)| *known == what) {
            *times = times.saturating_add(1);
        } else if self.0.len() < WARNINGS_MAX {
            self.0.push((what, 1));
        }
    }

    fn into_lines(self) -> Vec<String> {
        let line = |(what, times)| {
            if times == 1 {
                String::from(what)
            } else {
                format!("{what} ({times} times)")
            }
        };
        self.0.into_iter().map(line).collect()
    }
}
