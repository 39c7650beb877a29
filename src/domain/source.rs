//! A source: a place we read.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cadence::{Sighting, Wishes};
use super::freshness::Validators;
use super::link::Link;
use super::text::Language;
use super::time::Timestamp;

/// The longest name of a source that programs use, in characters.
const SLUG_CHARS_MAX: usize = 64;

/// How many numbers are tried behind a slug before giving up.
const SLUG_TRIES_MAX: u32 = 10_000;

/// What a hyphen and such a number take, in characters.
const SLUG_NUMBER_CHARS_MAX: usize = 6;

/// A source's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct SourceId(pub i64);

/// The name of a source for programs and addresses: `id` in `sources.toml`, stable for ever. Lower-case letters, digits and
/// single hyphens between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Slug(String);

impl Slug {
    /// Takes `text` if it has the form of a slug.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        let hyphens = text.starts_with('-') || text.ends_with('-') || text.contains("--");
        let fits = !text.is_empty() && text.len() <= SLUG_CHARS_MAX;
        (plain && fits && !hyphens).then(|| Self(text.to_owned()))
    }

    /// Makes a slug out of a name for people, as near to it as the form allows. `None` if nothing of it can be kept.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut slug = String::new();
        for c in name.chars().flat_map(char::to_lowercase) {
            if slug.len() >= SLUG_CHARS_MAX {
                break;
            }
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        Self::parse(slug.trim_end_matches('-'))
    }

    /// A slug for a source called `name` at `link` that `taken` does not know: made of the name, else of the host, with a
    /// number behind it where need be. `None` if [`SLUG_TRIES_MAX`] of them are taken.
    pub fn free(name: &str, link: &Link, taken: impl Fn(&Self) -> bool) -> Option<Self> {
        let first = Self::from_name(name).or_else(|| Self::from_name(link.host()))?;
        let start: String = first.0.chars().take(SLUG_CHARS_MAX - SLUG_NUMBER_CHARS_MAX).collect();
        let start = start.trim_end_matches('-');
        std::iter::once(first.clone())
            .chain((2..SLUG_TRIES_MAX).filter_map(|number| Self::parse(&format!("{start}-{number}"))))
            .find(|slug| !taken(slug))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// How a source is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A page that lists articles, read by selectors, else by its JSON-LD.
    Page,
    /// A sitemap or news sitemap.
    Sitemap,
    /// No place at all: what editors add by its address. Nothing is polled but the pages behind.
    Tip,
}

impl SourceKind {
    /// The word used in `sources.toml`, in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Page => "page",
            Self::Sitemap => "sitemap",
            Self::Tip => "tip",
        }
    }
}

/// Where the parts of an entry stand in a list page. Each is a list of alternatives, the first that matches wins; a part
/// is a CSS selector, with `@name` behind it for an attribute (`h3 a@href`), relative to the item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selectors {
    /// One match an entry.
    pub item: Vec<String>,
    /// The entry's title.
    pub title: Vec<String>,
    /// The entry's address.
    pub link: Vec<String>,
    /// When it was published.
    pub date: Vec<String>,
    /// Its short text.
    pub excerpt: Vec<String>,
    /// Its picture.
    pub image: Vec<String>,
}

impl Selectors {
    /// The parts beside their names in `sources.toml`, in its order.
    pub fn parts(&self) -> [(&'static str, &[String]); 6] {
        [
            ("item", &self.item),
            ("title", &self.title),
            ("link", &self.link),
            ("date", &self.date),
            ("excerpt", &self.excerpt),
            ("image", &self.image),
        ]
    }

    /// Takes one alternative apart into its CSS selector (empty: the item itself) and the attribute asked for, if any.
    /// An `@` inside a selector's own strings (`a[href*="@x"]`) names no attribute.
    pub fn split(part: &str) -> (&str, Option<&str>) {
        let attribute = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':'))
        };
        match part.rsplit_once('@') {
            Some((css, name)) if attribute(name.trim()) => (css.trim(), Some(name.trim())),
            _ => (part.trim(), None),
        }
    }
}

/// What an editor or `sources.toml` decides about reading a source, beyond where it is. Kept as one JSON value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Never polled more often than this.
    pub every: Option<Duration>,
    /// If not empty, only entries with one of these terms in title or summary are taken.
    pub include: Vec<String>,
    /// Entries with one of these terms are not taken.
    pub exclude: Vec<String>,
    /// At most so many new entries in 24 hours.
    pub cap_per_day: Option<u32>,
    /// The longest excerpt that the outlet allows us to print, in words.
    pub excerpt_words: Option<u32>,
    /// Whether the page behind each entry is fetched.
    pub articles: bool,
    /// Selectors of what to keep of an article page; empty: the extractor decides.
    pub keep: Vec<String>,
    /// Selectors of what to remove from an article page.
    pub drop: Vec<String>,
    /// Where entries stand in a list page.
    pub selectors: Option<Selectors>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            every: None,
            include: Vec::new(),
            exclude: Vec::new(),
            cap_per_day: None,
            excerpt_words: None,
            articles: true,
            keep: Vec::new(),
            drop: Vec::new(),
            selectors: None,
        }
    }
}

/// A source as declared: in `sources.toml`, at the desk, or by an OPML file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Its name for programs.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// How it is read.
    pub kind: SourceKind,
    /// What is polled.
    pub link: Link,
    /// The site people know.
    pub home: Option<Link>,
    /// The language it writes in, weighed against what is found.
    pub language: Option<Language>,
    /// What it writes about.
    pub topics: Vec<String>,
    /// How it is to be read.
    pub rules: Rules,
}

/// What a source remembers from poll to poll. Kept as one JSON value; nothing asks the database about it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// What to send at the next request.
    pub validators: Option<Validators>,
    /// What its server and its document ask of pollers.
    pub wishes: Wishes,
    /// How many entries it listed when it last listed any.
    pub listed: u32,
    /// When a new answer last came.
    pub read_at: Option<Timestamp>,
    /// When it was last asked without validators although there were some.
    pub plain_at: Option<Timestamp>,
    /// Permanent redirects seen since the last answer without one.
    pub moves: Vec<Sighting>,
    /// Its address before it was last moved to another, for undoing that.
    pub link_before: Option<Link>,
    /// An address that it was moved to and that an editor took back: it is not moved there again.
    pub stays_from: Option<Link>,
    /// Since when entries wait that its cap left for later.
    pub left_at: Option<Timestamp>,
}

/// A source as it stands in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its key.
    pub id: SourceId,
    /// What was declared of it, and where it is read now.
    pub declared: Declared,
    /// Where it was declared to be; it is read elsewhere after its server moved it for good.
    pub declared_link: Link,
    /// Whether `sources.toml` holds it; else it was added at the desk or by a command.
    pub in_file: bool,
    /// When it came to be.
    pub added_at: Timestamp,
    /// Whether an editor set it aside for a while.
    pub paused: bool,
    /// Since when it is no longer read; its entries stay.
    pub retired_at: Option<Timestamp>,
    /// Since when its server says that it is gone for good.
    pub gone_at: Option<Timestamp>,
    /// What it remembers from poll to poll.
    pub memory: Memory,
    /// When it is read next.
    pub next_poll_at: Timestamp,
    /// Failed polls in a row.
    pub failures: u32,
    /// When it was last read.
    pub polled_at: Option<Timestamp>,
    /// Its health in a word, and since when.
    pub health: (String, Option<Timestamp>),
    /// Changes with whatever is declared of it, and not with what polls bring.
    pub version: i64,
}

impl Rules {
    /// Whether an entry with this title and summary is taken: it has one of the terms to include, if there are any, and none of
    /// those to exclude. Terms are compared without regard to case.
    pub fn takes(&self, title: &str, summary: &str) -> bool {
        if self.include.is_empty() && self.exclude.is_empty() {
            return true;
        }
        let text = format!("{title}\n{summary}").to_lowercase();
        let has = |term: &String| text.contains(&term.to_lowercase());
        (self.include.is_empty() || self.include.iter().any(has)) && !self.exclude.iter().any(has)
    }
}

impl Source {
    /// Whether it was declared just so; where its server moved it does not matter.
    pub fn is_declared_as(&self, declared: &Declared) -> bool {
        let own = Declared {
            link: self.declared_link.clone(),
            ..self.declared.clone()
        };
        own == *declared
    }

    /// Whether `link`, declared now, sends it elsewhere: it is neither where it was declared to be nor where it is read.
    pub fn is_sent_to(&self, link: &Link) -> bool {
        *link != self.declared_link && *link != self.declared.link
    }
}

impl Declared {
    /// What lists the articles that editors add by their address.
    pub fn tips(taken: impl Fn(&Slug) -> bool) -> Option<Self> {
        // A name that leads nowhere, by RFC 2606.
        let link = Link::parse("https://tips.invalid/")?;
        let slug = Slug::free("Tips", &link, taken)?;
        Some(Self::new(slug, "Tips".to_owned(), SourceKind::Tip, link))
    }

    /// A source of which only the least is known; the rest as where `sources.toml` says nothing.
    pub fn new(slug: Slug, name: String, kind: SourceKind, link: Link) -> Self {
        Self {
            slug,
            name,
            kind,
            link,
            home: None,
            language: None,
            topics: Vec::new(),
            rules: Rules::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_selector_ends_in_the_attribute_asked_for() {
        for (part, expected) in [
            ("h3 a", ("h3 a", None)),
            ("h3 a@href", ("h3 a", Some("href"))),
            ("@data-date", ("", Some("data-date"))),
            ("", ("", None)),
            (r#"a[href*="@x"]"#, (r#"a[href*="@x"]"#, None)),
            (r#"a[href*="@x"] @title"#, (r#"a[href*="@x"]"#, Some("title"))),
        ] {
            assert_eq!(Selectors::split(part), expected, "{part:?}");
        }
    }

    #[test]
    fn a_taken_slug_gets_a_number() {
        let link = Link::parse("https://news.example.org/feed").unwrap();
        for (name, taken, expected) in [
            ("The Blog", &[][..], "the-blog"),
            ("The Blog", &["the-blog"][..], "the-blog-2"),
            ("The Blog", &["the-blog", "the-blog-2"][..], "the-blog-3"),
            ("美術手帖", &[][..], "news-example-org"),
        ] {
            let slug = Slug::free(name, &link, |slug| taken.contains(&slug.as_str()));
            assert_eq!(slug.as_ref().map(Slug::as_str), Some(expected));
        }
        let long = "x".repeat(80);
        let slug = Slug::free(&long, &link, |slug| !slug.as_str().ends_with("-2"));
        assert!(slug.is_some_and(|slug| slug.as_str().ends_with("x-2")));
    }

    #[test]
    fn rules_survive_being_kept_as_json() {
        let rules = Rules {
            every: Some(Duration::from_hours(2)),
            include: vec!["museum".to_owned()],
            cap_per_day: Some(20),
            selectors: Some(Selectors {
                item: vec!["li".to_owned()],
                ..Selectors::default()
            }),
            ..Rules::default()
        };
        let json = serde_json::to_string(&rules).unwrap();
        assert_eq!(serde_json::from_str::<Rules>(&json).unwrap(), rules);
        assert_eq!(serde_json::from_str::<Rules>("{}").unwrap(), Rules::default());
    }
}
