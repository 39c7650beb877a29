//! What a source lists, as read and not yet known.

use super::digest::digest;
use super::link::Link;
use super::text::{CleanHtml, Language};
use super::time::Timestamp;

/// The name a source itself gives an entry (guid, `atom:id`, `rdf:about`); where it gives none, one we derive
/// that is the same at every poll. Unique within its source only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct EntryKey(pub String);

/// A picture on somebody's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Where it lies.
    pub link: Link,
    /// What it shows, for those who do not see it; empty where the publisher said nothing.
    pub alt: String,
}

/// One line of a source as it was read: clean, bounded, and not yet recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The source's own name for it.
    pub key: EntryKey,
    /// The page it points to; `None` where it has none that is http or https.
    pub link: Option<Link>,
    /// Plain text; empty where the source gives none.
    pub title: String,
    /// Who wrote it, as plain text.
    pub author: Option<String>,
    /// When the source says it was published.
    pub published: Option<Timestamp>,
    /// When the source says it was last changed.
    pub updated: Option<Timestamp>,
    /// The source's short text, plain.
    pub summary: String,
    /// The source's long text (else its short one) as HTML.
    pub content: CleanHtml,
    /// The language the source declares for this entry (else for the whole).
    pub language: Option<Language>,
    /// The picture that goes with it.
    pub image: Option<Picture>,
    /// The source's own categories.
    pub topics: Vec<String>,
}

impl Found {
    /// A digest of what a reader would notice if it changed: title and words. Tells a changed entry from one that is only
    /// listed again; dates, addresses and markup do not count, since servers change them without anybody writing.
    pub fn digest(&self) -> String {
        digest(&[&self.title, &self.summary])
    }
}
