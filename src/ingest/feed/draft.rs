//! What was read of one entry, or of the feed itself, before it is cleaned and cut.

use super::prose::Prose;
use crate::domain::entry::Picture;
use crate::domain::link::Link;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;

/// A value for which several fields of a format may speak: the one of the lowest rank counts, among equals the first.
#[derive(Debug)]
pub struct Ranked<T>(Option<(u8, T)>);

impl<T> Ranked<T> {
    /// Takes `value`, if nothing better was said before.
    pub fn offer(&mut self, rank: u8, value: T) {
        if self.0.as_ref().is_none_or(|(known, _)| rank < *known) {
            self.0 = Some((rank, value));
        }
    }

    /// The best value so far.
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    /// The best value.
    pub fn take(self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }
}

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// What was read, field by field.
#[derive(Debug, Default)]
pub struct Draft {
    /// The source's own name for it.
    pub id: Ranked<String>,
    /// Whether the id is the address of the page too, if it is an address (`isPermaLink`).
    pub id_is_link: bool,
    /// The page.
    pub link: Ranked<Link>,
    /// The title.
    pub title: Ranked<Prose>,
    /// Who wrote it: those of the lowest rank count, in order.
    pub authors: Vec<(u8, Prose)>,
    /// When it was published.
    pub published: Ranked<Timestamp>,
    /// When it was last changed.
    pub updated: Ranked<Timestamp>,
    /// The short text.
    pub summary: Ranked<Prose>,
    /// The long text.
    pub content: Ranked<Prose>,
    /// The language it is written in.
    pub language: Ranked<Language>,
    /// The picture that goes with it.
    pub image: Ranked<Picture>,
    /// What it is about.
    pub topics: Vec<Prose>,
}

impl Draft {
    /// Takes a language, if there is one.
    pub fn offer_language(&mut self, rank: u8, language: Option<&Language>) {
        if let Some(language) = language {
            self.language.offer(rank, language.clone());
        }
    }
}
