//! What the names of the many vocabularies mean.

use super::namespace::Space;
use super::outline::Element;
use super::prose::Style;

/// What an element's text tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// A title.
    Title,
    /// An address.
    Link,
    /// The source's own name for an entry.
    Id,
    /// When it was published.
    Published,
    /// When it was changed.
    Updated,
    /// Who wrote it.
    Author,
    /// Its short text.
    Summary,
    /// Its long text.
    Content,
    /// What it is about.
    Topic,
    /// What language it is in.
    Language,
    /// The address of its picture.
    Image,
    /// How long the feed may be kept.
    Ttl,
    /// In what period it changes.
    Period,
    /// How often in that period.
    Frequency,
    /// An hour without news.
    Hour,
    /// A day without news.
    Day,
}

/// The field that an element of an entry (or of the feed itself) tells, and its rank among those that tell the same.
pub fn of(element: &Element<'_>, in_entry: bool) -> Option<(Field, u8)> {
    use Space::{Atom, Content, Dublin, Html, Itunes, Media, Rhythm, Rss};
    let found = match (element.space, &*element.local) {
        (Rss | Atom, "title") => (Field::Title, 0),
        (Dublin, "title") => (Field::Title, 1),
        (Media, "title") => (Field::Title, 2),
        (Itunes, "title") => (Field::Title, 3),
        (Rss | Atom, "link") => (Field::Link, 1),
        (Rss | Atom, "guid" | "id") => (Field::Id, 0),
        (Dublin, "identifier") => (Field::Id, 2),
        (Rss | Atom, "pubdate" | "published" | "issued") => (Field::Published, 0),
        (Dublin, "date" | "issued") => (Field::Published, 1),
        (Rss | Atom | Dublin, "created" | "available") => (Field::Published, 2),
        (Rss | Atom, "updated" | "modified") => (Field::Updated, 0),
        (Dublin, "modified") => (Field::Updated, 1),
        (Atom, "author") | (Dublin, "creator") => (Field::Author, 0),
        (Rss, "author") => (Field::Author, 1),
        (Itunes, "author") => (Field::Author, 2),
        (Rss | Atom, "description" | "summary") => (Field::Summary, 0),
        (Dublin, "description" | "abstract") => (Field::Summary, 1),
        (Itunes, "summary") => (Field::Summary, 2),
        (Media, "description") | (Itunes, "subtitle") => (Field::Summary, 3),
        (Content, "encoded") | (Rss | Atom, "content") => (Field::Content, 0),
        (Html, "body" | "div") | (Rss, "body" | "fullitem") if in_entry => (Field::Content, 1),
        (Rss | Atom, "category") | (Dublin, "subject") => (Field::Topic, 0),
        (Rss | Dublin, "language") => (Field::Language, 0),
        (Rss, "image") if in_entry => (Field::Image, 4),
        (Rss, "ttl") if !in_entry => (Field::Ttl, 0),
        (Rhythm, "updateperiod") if !in_entry => (Field::Period, 0),
        (Rhythm, "updatefrequency") if !in_entry => (Field::Frequency, 0),
        (Rss, "hour") if !in_entry => (Field::Hour, 0),
        (Rss, "day") if !in_entry => (Field::Day, 0),
        _ => return None,
    };
    Some(found)
}

/// Whether what stands in the element stands in its parent in truth.
pub fn is_transparent(element: &Element<'_>) -> bool {
    match element.space {
        Space::Rss => matches!(&*element.local, "channel" | "skiphours" | "skipdays"),
        Space::Media => matches!(&*element.local, "group" | "content"),
        _ => false,
    }
}

/// How the text of a field is to be read. `None` where it is no text at all but some file.
pub fn style(field: Field, element: &Element<'_>) -> Option<Style> {
    let typed = matches!(field, Field::Title | Field::Summary | Field::Content);
    let kind = element.attribute("type").unwrap_or_default().to_ascii_lowercase();
    match element.space {
        _ if !typed => Some(Style::Plain),
        Space::Html => Some(Style::Inline),
        Space::Media if kind != "html" => Some(Style::Plain),
        Space::Atom => atom_style(&kind, element.attribute("mode")),
        _ => Some(Style::Html),
    }
}

/// RFC 4287, 3.1.1 and 4.1.3.3, and `mode` of Atom 0.3.
fn atom_style(kind: &str, mode: Option<&str>) -> Option<Style> {
    if mode.is_some_and(|mode| mode.eq_ignore_ascii_case("base64")) {
        return None;
    }
    let inline = mode.is_some_and(|mode| mode.eq_ignore_ascii_case("xml"));
    match kind {
        "xhtml" | "application/xhtml+xml" | "application/xhtml" => Some(Style::Inline),
        "html" | "text/html" if inline => Some(Style::Inline),
        "" | "text" | "text/plain" => Some(Style::Plain),
        kind if kind.ends_with("xml") => Some(Style::Inline),
        kind if kind.starts_with("text/") || !kind.contains('/') => Some(Style::Html),
        _ => None,
    }
}
