//! JSON Feed 1.0 and 1.1, read with patience: a field of the wrong type is coerced where it can be, else it is absent.
//!
//! Items are read one by one, so that no document stands in memory as a tree.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::draft::Draft;
use super::gather::{AUTHORS_MAX, Entries, TITLE_CHARS_MAX, TOPICS_MAX, authors_line, cut};
use super::prose::Prose;
use super::shallow::Shallow;
use super::xml::{is_picture, join};
use super::{Feed, Format, Hints, ParseError, Warnings, date};
use crate::domain::entry::Picture;
use crate::domain::link::Link;
use crate::domain::text::Language;

/// The longest text of an item taken, in bytes.
const TEXT_BYTES_MAX: usize = 512 * 1024;

/// The longest other value taken, in bytes.
const VALUE_BYTES_MAX: usize = 256 * 1024;

/// Reads a JSON Feed.
pub fn read(document: &str, base: &Link) -> Result<Feed, ParseError> {
    let document = mended(document);
    let mut reader = Reader::new(base);
    let mut source = serde_json::Deserializer::from_str(&document);
    let outcome = (&mut source).deserialize_any(Top(&mut reader));
    if !reader.is_feed() {
        return Err(ParseError::NotAFeed {
            what: if outcome.is_ok() {
                "JSON of another kind"
            } else {
                "a text that begins like JSON"
            },
        });
    }
    if let Err(error) = outcome {
        return Err(ParseError::Broken { why: error.to_string() });
    }
    reader.finish()
}

/// Half surrogates and raw control characters, which JSON does not allow, replaced, so that they cost no more than themselves.
fn mended(document: &str) -> Cow<'_, str> {
    let has_surrogates = document.contains("\\ud") || document.contains("\\uD");
    if !has_surrogates && !document.contains(|c: char| c.is_ascii_control()) {
        return Cow::Borrowed(document);
    }
    let mut mended = String::with_capacity(document.len());
    let mut rest = document;
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        mended.extend(before.chars().map(|c| if c.is_ascii_control() { ' ' } else { c }));
        let whole = match surrogate(escape) {
            Some(0xD800..0xDC00) if escape.get(6..).and_then(surrogate).is_some_and(|low| low >= 0xDC00) => 12,
            Some(_) => {
                mended.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            // An escape and the sign behind it, which may be another backslash.
            None => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        let (escape, after) = escape.split_at_checked(whole).unwrap_or((escape, ""));
        mended.push_str(escape);
        rest = after;
    }
    mended.extend(rest.chars().map(|c| if c.is_ascii_control() { ' ' } else { c }));
    Cow::Owned(mended)
}

/// The surrogate that `text` begins with, escaped.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    (0xD800..0xE000).contains(&code).then_some(code)
}

struct Reader<'a> {
    base: &'a Link,
    version: Option<String>,
    has_items: bool,
    feed: Draft,
    hints: Hints,
    entries: Entries,
    warnings: Warnings,
}

impl<'a> Reader<'a> {
    fn new(base: &'a Link) -> Self {
        Self {
            base,
            version: None,
            has_items: false,
            feed: Draft::default(),
            hints: Hints::default(),
            entries: Entries::default(),
            warnings: Warnings::default(),
        }
    }

    fn is_feed(&self) -> bool {
        self.has_items
            || self
                .version
                .as_deref()
                .is_some_and(|version| version.contains("jsonfeed.org"))
    }

    fn finish(mut self) -> Result<Feed, ParseError> {
        let seen = self.entries.seen;
        let author = authors_line(&self.feed.authors);
        let language = self.feed.language.take();
        let entries = self
            .entries
            .finish(language.as_ref(), author.as_deref(), &mut self.warnings);
        if entries.is_empty() && seen > 0 {
            let why = format!("it has {seen} items, and none of them could be read");
            return Err(ParseError::Broken { why });
        }
        let title = self
            .feed
            .title
            .take()
            .map(|title| title.line(VALUE_BYTES_MAX))
            .unwrap_or_default();
        let is_first = self
            .version
            .is_some_and(|version| version.trim_end_matches('/').ends_with("/1"));
        Ok(Feed {
            format: if is_first { Format::Json10 } else { Format::Json11 },
            title: cut(&title, TITLE_CHARS_MAX).0,
            language,
            home: self.feed.link.take(),
            entries,
            warnings: self.warnings.into_lines(),
            hints: self.hints,
        })
    }

    /// A field of the feed itself.
    fn feed_field(&mut self, name: &str, value: &Value) {
        match name {
            "version" => self.version = text(value),
            "title" => offer(self.plain(value), |title| self.feed.title.offer(0, title)),
            "home_page_url" => offer(self.link(value), |link| self.feed.link.offer(0, link)),
            "next_url" => self.hints.next = self.link(value),
            "language" => self
                .feed
                .offer_language(0, text(value).as_deref().and_then(Language::parse).as_ref()),
            "authors" => self.feed.authors = self.authors(0, value),
            "author" => self.feed.authors.extend(self.authors(1, value)),
            "hubs" => self.hints.hub = many(value).find_map(|hub| self.link(hub.get("url")?)),
            _ => {}
        }
    }

    fn item(&mut self, item: &Value) {
        if !item.is_object() {
            self.entries.seen = self.entries.seen.saturating_add(1);
            self.warnings.note("an item that is no object is left out");
            return;
        }
        let mut draft = Draft::default();
        let field = |name: &str| item.get(name).unwrap_or(&Value::Null);
        offer(text(field("id")), |id| draft.id.offer(0, id));
        for (rank, name) in [(0, "url"), (1, "external_url")] {
            offer(self.link(field(name)), |link| draft.link.offer(rank, link));
        }
        offer(self.plain(field("title")), |title| draft.title.offer(0, title));
        offer(self.plain(field("summary")), |summary| draft.summary.offer(0, summary));
        offer(self.prose(field("content_html"), true), |content| {
            draft.content.offer(0, content);
        });
        offer(self.prose(field("content_text"), false), |content| {
            draft.content.offer(1, content);
        });
        offer(self.date(field("date_published")), |time| {
            draft.published.offer(0, time);
        });
        offer(self.date(field("date_modified")), |time| draft.updated.offer(0, time));
        for (rank, name) in [(0, "image"), (1, "banner_image")] {
            offer(self.link(field(name)), |link| draft.image.offer(rank, picture(link)));
        }
        for attachment in many(field("attachments")) {
            let kind = attachment.get("mime_type").and_then(Value::as_str).unwrap_or_default();
            let address = attachment.get("url").and_then(Value::as_str).unwrap_or_default();
            if is_picture(kind, "", address) {
                offer(join(self.base, address), |link| draft.image.offer(2, picture(link)));
            }
        }
        draft.authors = self.authors(0, field("authors"));
        draft.authors.extend(self.authors(1, field("author")));
        draft.topics = self.topics(field("tags"));
        draft.offer_language(0, text(field("language")).as_deref().and_then(Language::parse).as_ref());
        self.entries.push(draft, &mut self.warnings);
    }

    fn date(&mut self, value: &Value) -> Option<crate::domain::time::Timestamp> {
        let written = text(value)?;
        let time = date::parse(&written);
        if time.is_none() {
            self.warnings.note("a date cannot be read");
        }
        time
    }

    /// Objects with a `name`, or names, one or a list of them.
    fn authors(&self, rank: u8, value: &Value) -> Vec<(u8, Prose)> {
        let name = |author: &Value| self.plain(author.get("name").unwrap_or(author));
        many(value)
            .filter_map(name)
            .map(|name| (rank, name))
            .take(AUTHORS_MAX)
            .collect()
    }

    /// A list, or words with commas between.
    fn topics(&self, value: &Value) -> Vec<Prose> {
        let listed: Vec<String> = match value {
            Value::String(words) => words.split(',').take(TOPICS_MAX).map(str::to_owned).collect(),
            other => many(other).filter_map(text).take(TOPICS_MAX).collect(),
        };
        let proses = listed.into_iter().map(|raw| Prose {
            raw,
            is_html: false,
            base: self.base.clone(),
        });
        proses.collect()
    }

    fn plain(&self, value: &Value) -> Option<Prose> {
        self.prose(value, false)
    }

    fn prose(&self, value: &Value, is_html: bool) -> Option<Prose> {
        let mut raw = text(value)?;
        raw.truncate(raw.floor_char_boundary(TEXT_BYTES_MAX));
        Some(Prose {
            raw,
            is_html,
            base: self.base.clone(),
        })
    }

    fn link(&self, value: &Value) -> Option<Link> {
        join(self.base, value.as_str()?)
    }
}

/// Hands on a value that is there.
fn offer<T>(value: Option<T>, take: impl FnOnce(T)) {
    if let Some(value) = value {
        take(value);
    }
}

fn picture(link: Link) -> Picture {
    Picture {
        link,
        alt: String::new(),
    }
}

/// A string, or a number as one, without characters that no text may hold. `None` for all else, and if nothing is left.
fn text(value: &Value) -> Option<String> {
    let written = match value {
        Value::String(text) => super::reference::allowed(text).trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!written.is_empty()).then_some(written)
}

/// The members of a list; a value that stands alone is a list of one.
fn many(value: &Value) -> impl Iterator<Item = &Value> {
    let listed = match value {
        Value::Array(list) => list.as_slice(),
        Value::Null => &[],
        alone => std::slice::from_ref(alone),
    };
    listed.iter()
}

/// The outermost value: an object, if it is a feed.
struct Top<'r, 'a>(&'r mut Reader<'a>);

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON Feed")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "items" => {
                    self.0.has_items = true;
                    map.next_value_seed(Items(&mut *self.0))?;
                }
                "version" | "title" | "home_page_url" | "next_url" | "language" | "authors" | "author" | "hubs" => {
                    let value = map.next_value_seed(Shallow::new())?;
                    self.0.feed_field(&name, &value);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<(), S::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// The list of items.
struct Items<'r, 'a>(&'r mut Reader<'a>);

impl<'de> serde::de::DeserializeSeed<'de> for Items<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of items")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<(), S::Error> {
        while let Some(item) = list.next_element_seed(Shallow::new())? {
            self.0.item(&item);
        }
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        // Items under names of their own.
        while map.next_key::<IgnoredAny>()?.is_some() {
            let item = map.next_value_seed(Shallow::new())?;
            self.0.item(&item);
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
