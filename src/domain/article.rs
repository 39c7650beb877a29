//! An article: the page on the web that entries point to.

use super::entry::Picture;
use super::fingerprint::Features;
use super::link::Link;
use super::text::{CleanHtml, Language};
use super::time::Timestamp;

pub use super::recognise::ArticleId;

/// What a page tells of the article on it. What could not be found is empty or `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extract {
    /// The headline, plain.
    pub title: String,
    /// Who wrote it, plain.
    pub byline: Option<String>,
    /// When it was first published, and where that was found.
    pub published: Option<(Timestamp, DateFrom)>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// The name of the outlet.
    pub site_name: Option<String>,
    /// The language it is written in, and how that was found.
    pub language: Option<(Language, LanguageFrom)>,
    /// The address that the page gives as its own, absolute. A claim, to be judged before it is believed.
    pub canonical: Option<Link>,
    /// The lead picture.
    pub image: Option<Picture>,
    /// The beginning of the text in whole sentences; without a text, the page's own description.
    pub excerpt: String,
    /// The text, plain, a line a block.
    pub text: String,
    /// The text with its markup.
    pub html: CleanHtml,
    /// How many words the text has; in scripts without blanks, characters.
    pub words: u32,
    /// How far two extractors agree, 0 to 1: the words that both took, of all they took. Below 0.8 the text wants an eye.
    pub agreement: Option<f64>,
    /// Whether the publisher marks it as not free to read.
    pub paywalled: bool,
    /// How far the extraction came.
    pub outcome: Outcome,
}

/// Where a date of publication was found, the most trusted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateFrom {
    /// `datePublished` in JSON-LD.
    JsonLd,
    /// A `meta` element.
    Meta,
    /// `itemprop` in the body.
    Microdata,
    /// A `time` element by the headline.
    TimeElement,
    /// The page's address.
    Address,
}

impl DateFrom {
    /// The word used in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JsonLd => "json-ld",
            Self::Meta => "meta",
            Self::Microdata => "microdata",
            Self::TimeElement => "time",
            Self::Address => "address",
        }
    }
}

/// How a language was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LanguageFrom {
    /// The page or its source says so, and the text does not say otherwise.
    Declared,
    /// By the text.
    Detected,
}

impl LanguageFrom {
    /// The word used in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Detected => "detected",
        }
    }
}

/// How far an extraction came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// All was tried.
    #[default]
    Full,
    /// Metadata only: there were too many elements.
    TooLarge,
    /// Metadata only: it took too long.
    TooSlow,
    /// Metadata only: an extractor broke.
    Failed,
}

impl Outcome {
    /// The word used in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::TooLarge => "too-large",
            Self::TooSlow => "too-slow",
            Self::Failed => "failed",
        }
    }
}

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
