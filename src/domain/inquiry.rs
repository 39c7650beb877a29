//! An inquiry: somebody asks what could be read at an address, before it becomes a source.

use serde::{Deserialize, Serialize};

use super::entry::Found;
use super::link::Link;
use super::source::{Declared, Rules, Slug, SourceKind};
use super::text::Language;
use super::time::Timestamp;

/// Entries shown of what was found.
const TITLES_SHOWN: usize = 5;

/// An inquiry's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct InquiryId(pub i64);

/// What came of an inquiry. Kept as one JSON value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Every address that was tried, in order, and what came of it in words.
    pub tried: Vec<(Link, String)>,
    /// The first that lists entries.
    pub found: Option<Offer>,
}

/// A source as it could be added, and what it lists now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    slug: String,
    /// Its name for people.
    pub name: String,
    /// How it is read.
    pub kind: SourceKind,
    /// What would be polled.
    pub link: Link,
    /// The site people know.
    pub home: Option<Link>,
    language: Option<String>,
    rules: Rules,
    /// The newest entries.
    pub newest: Vec<Title>,
    /// How many it lists in all.
    pub entries: u32,
    /// What was odd.
    pub warnings: Vec<String>,
}

/// An entry of what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Title {
    /// Its title.
    pub title: String,
    /// Its address.
    pub link: Option<Link>,
    /// When it was published, as the source says it.
    pub published_at: Option<Timestamp>,
}

impl Offer {
    /// What `declared` lists now, in its order.
    pub fn new(declared: Declared, entries: &[Found], warnings: Vec<String>) -> Self {
        let newest = entries.iter().take(TITLES_SHOWN).map(|found| Title {
            title: found.title.clone(),
            link: found.link.clone(),
            published_at: found.published,
        });
        Self {
            newest: newest.collect(),
            entries: u32::try_from(entries.len()).unwrap_or(u32::MAX),
            warnings,
            slug: declared.slug.to_string(),
            name: declared.name,
            kind: declared.kind,
            link: declared.link,
            home: declared.home,
            language: declared.language.map(|language| language.to_string()),
            rules: declared.rules,
        }
    }

    /// The source as it would be added. `None` if what was kept is not what was written.
    pub fn declared(&self) -> Option<Declared> {
        Some(Declared {
            slug: Slug::parse(&self.slug)?,
            name: self.name.clone(),
            kind: self.kind,
            link: self.link.clone(),
            home: self.home.clone(),
            language: self.language.as_deref().and_then(Language::parse),
            topics: Vec::new(),
            rules: self.rules.clone(),
        })
    }

    /// The language that it says it is written in.
    pub fn language(&self) -> Option<Language> {
        self.language.as_deref().and_then(Language::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_was_found_is_offered_and_declared_as_it_was() {
        let link = Link::parse("https://museum.example/feed").unwrap();
        let slug = Slug::parse("museum").unwrap();
        let mut declared = Declared::new(slug, "Museum".to_owned(), SourceKind::Feed, link);
        declared.language = Language::parse("fr");
        declared.rules.articles = false;
        let offer = Offer::new(declared.clone(), &[], Vec::new());
        let kept: Offer = serde_json::from_str(&serde_json::to_string(&offer).unwrap()).unwrap();
        assert_eq!(kept.declared(), Some(declared));
    }
}
