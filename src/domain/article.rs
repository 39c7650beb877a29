//! An article: the page on the web that entries point to.

use super::entry::Picture;
use super::link::Link;
use super::text::{CleanHtml, Language};
use super::time::Timestamp;

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
