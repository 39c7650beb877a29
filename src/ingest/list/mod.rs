//! A page or sitemap that lists articles, into entries.
//!
//! A page is read by its source's selectors; where the source has none, by its own JSON-LD. Nothing is guessed: what the
//! page does not say of an entry stays empty, and an entry's key is its link, since a page gives no other.

use std::collections::HashMap;

use crate::domain::entry::{EntryKey, Found, Picture};
use crate::domain::link::Link;
use crate::domain::source::Selectors;
use crate::domain::text::{CleanHtml, Language};
use crate::ingest::{charset, clean};

pub use sitemap::{Child, Sitemap, read_sitemap};

mod date;
mod jsonld;
mod select;
mod sitemap;
pub(super) mod tree;

/// The most entries taken from one page.
const ENTRIES_MAX: usize = 300;

/// The most warnings told of one page.
const WARNINGS_MAX: usize = 20;

/// The longest title taken, in characters.
const TITLE_CHARS_MAX: usize = 500;

/// The longest summary taken, in characters.
const SUMMARY_CHARS_MAX: usize = 2_000;

/// The longest alternative text of a picture, and the longest name of an author, in characters.
const NAME_CHARS_MAX: usize = 300;

/// Of a text with markup, so many characters are read for each that is wanted.
const MARKUP_FACTOR: usize = 8;

/// What a list page told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The entries in the order of the page, each link once.
    pub entries: Vec<Found>,
    /// What was odd, for the editor who looks after the source.
    pub warnings: Vec<String>,
    /// How many places the selectors (or the JSON-LD) matched, whether or not an entry could be made of them. Nothing
    /// matched on a page that used to give entries is a break.
    pub matched: usize,
}

/// Why a page or sitemap could not be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// A selector of the source is none.
    #[error("{part}: not a css selector: {css:?}")]
    Selector {
        /// The part of the entry, as in `sources.toml`.
        part: &'static str,
        /// The selector.
        css: String,
    },
    /// The bytes are no sitemap.
    #[error("not a sitemap: its root is {root:?}")]
    NotSitemap {
        /// The name of the root element; empty where there is none.
        root: String,
    },
    /// The bytes are packed and cannot be unpacked.
    #[error("could not unpack the sitemap")]
    Packed,
}

/// Reads the entries of a list page that came as `bytes` from `base`, by `selectors`, or, where these name no item, by
/// the page's JSON-LD. A page on which nothing matches is no error; see [`ListPage::matched`].
pub fn read_page(
    bytes: &[u8],
    content_type: Option<&str>,
    base: &Link,
    selectors: &Selectors,
) -> Result<ListPage, ListError> {
    let plan = select::Plan::compile(selectors)?;
    let mut gather = Gather::default();
    let text = charset::decode(bytes, content_type, base);
    let page = tree::parse(&text, &mut gather.warnings);
    let place = Place {
        base: tree::base(&page, base),
        page: base.clone(),
        language: tree::language(&page),
    };
    let matched = match plan {
        Some(plan) => select::read(&page, &plan, &place, &mut gather),
        None => jsonld::read(&page, &place, &mut gather),
    };
    Ok(gather.into_page(matched))
}

/// Where a page stands and what holds for all of it.
#[derive(Debug)]
struct Place {
    /// What its addresses are relative to.
    base: Link,
    /// Its own address.
    page: Link,
    language: Option<Language>,
}

/// Entries as they are gathered: bounded, and each link once.
#[derive(Debug, Default)]
struct Gather {
    entries: Vec<Found>,
    /// Where the entry of a link stands in `entries`.
    places: HashMap<String, usize>,
    warnings: Vec<String>,
    left_out: usize,
}

impl Gather {
    /// Takes an entry; one whose link is known already fills what that one left open.
    fn add(&mut self, found: Found) {
        let Some(link) = &found.link else { return };
        let identity = link.identity();
        if let Some(known) = self
            .places
            .get(&identity)
            .and_then(|place| self.entries.get_mut(*place))
        {
            complete(known, found);
        } else if self.entries.len() < ENTRIES_MAX {
            self.places.insert(identity, self.entries.len());
            self.entries.push(found);
        } else {
            self.left_out += 1;
        }
    }

    fn warn(&mut self, warning: impl Into<String>) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(warning.into());
        }
    }

    fn into_page(mut self, matched: usize) -> ListPage {
        if self.left_out > 0 {
            let left_out = self.left_out;
            self.warn(format!("took {ENTRIES_MAX} entries and left {left_out} out"));
        }
        ListPage {
            entries: self.entries,
            warnings: self.warnings,
            matched,
        }
    }
}

fn complete(known: &mut Found, other: Found) {
    if known.title.is_empty() {
        known.title = other.title;
    }
    if known.summary.is_empty() {
        known.summary = other.summary;
        known.content = other.content;
    }
    known.author = known.author.take().or(other.author);
    known.published = known.published.or(other.published);
    known.updated = known.updated.or(other.updated);
    known.image = known.image.take().or(other.image);
}

/// An entry of which only the link is known.
fn bare(link: Link, language: Option<Language>) -> Found {
    Found {
        key: EntryKey(link.canonical().to_string()),
        link: Some(link),
        title: String::new(),
        author: None,
        published: None,
        updated: None,
        summary: String::new(),
        content: CleanHtml::default(),
        language,
        image: None,
        topics: Vec::new(),
    }
}

/// Puts a plain text into an entry as its summary and, marked up as one paragraph, as its content.
fn summarise(found: &mut Found, text: &str, base: &Link) {
    if text.is_empty() {
        return;
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    found.content = clean::html(&format!("<p>{escaped}</p>"), base);
    text.clone_into(&mut found.summary);
}

/// As [`one_line`], for a text that publishers often copy from a page with its markup and character references.
fn plain(text: &str, chars: usize) -> String {
    if text.contains(['&', '<']) {
        let start: String = text.chars().take(chars.saturating_mul(MARKUP_FACTOR)).collect();
        one_line(&clean::text(&start), chars)
    } else {
        one_line(text, chars)
    }
}

/// Foreign text as one line of at most `chars` characters, without control characters.
fn one_line(text: &str, chars: usize) -> String {
    let words = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let spaced = words
        .enumerate()
        .flat_map(|(index, word)| (index > 0).then_some(' ').into_iter().chain(word.chars()));
    let line: String = spaced.take(chars).collect();
    line.trim_end().to_owned()
}

/// A picture, if `address` is one that can be fetched.
fn picture(address: &str, alt: &str, base: &Link) -> Option<Picture> {
    Some(Picture {
        link: base.join(address)?,
        alt: one_line(alt, NAME_CHARS_MAX),
    })
}

#[cfg(test)]
mod tests;
