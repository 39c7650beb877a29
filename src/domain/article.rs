//! An article: the page on the web that entries point to.

use super::entry::Picture;
use super::fingerprint::Features;
use super::link::Link;
use super::text::{CleanHtml, Language};
use super::time::Timestamp;

pub use super::recognise::ArticleId;

/// What is known of the page behind an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    /// Not wanted: the source says so, or there is no address.
    None,
    /// To be fetched, or fetched again.
    Due,
    /// Fetched and read.
    Done,
    /// Given up after several tries, or no page of text.
    Failed,
    /// We may not: robots.txt, an address that is not allowed, a limit.
    Refused,
    /// Its server says that it is gone for good.
    Gone,
}

impl PageState {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Due => "due",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Gone => "gone",
        }
    }
}

/// An article as it is about to be written: put together from the entry and, where it was fetched, the page.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its canonical address.
    pub link: Option<Link>,
    /// Its title.
    pub title: String,
    /// Who wrote it.
    pub byline: Option<String>,
    /// The outlet as it calls itself.
    pub site_name: Option<String>,
    /// When it was published, and how that was found.
    pub published: Option<(Timestamp, &'static str)>,
    /// When it was last changed, as its publisher says.
    pub updated: Option<Timestamp>,
    /// Its language, and how that was found.
    pub language: Option<(Language, &'static str)>,
    /// Its lead picture.
    pub image: Option<Picture>,
    /// Its first sentences.
    pub excerpt: String,
    /// Its words, a line a block.
    pub text: String,
    /// Its text with markup.
    pub html: CleanHtml,
    /// How many words it has.
    pub words: u32,
    /// How far two extractors agree about it, from 0 to 1.
    pub agreement: Option<f64>,
    /// Whether its publisher says that it is not free to read.
    pub paywalled: bool,
    /// What is known of the page.
    pub page: PageState,
    /// How often the page was asked for in vain.
    pub page_tries: u32,
    /// Why there is no page.
    pub page_reason: Option<String>,
    /// What it is compared by.
    pub features: Features,
}

/// Stub.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "stub")]
pub struct Extract { pub title: String, pub byline: Option<String>, pub published: Option<(Timestamp, DateFrom)>, pub updated: Option<Timestamp>, pub site_name: Option<String>, pub language: Option<(Language, LanguageFrom)>, pub canonical: Option<Link>, pub image: Option<Picture>, pub excerpt: String, pub text: String, pub html: CleanHtml, pub words: u32, pub agreement: Option<f64>, pub paywalled: bool }
/// Stub.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "stub")]
pub enum DateFrom { JsonLd }
impl DateFrom {
    /// Word.
    pub fn as_str(self) -> &'static str { "json-ld" }
}
/// Stub.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "stub")]
pub enum LanguageFrom { Declared }
impl LanguageFrom {
    /// Word.
    pub fn as_str(self) -> &'static str { "declared" }
}
