//! A reading list, its picks and its editions.

use serde::{Deserialize, Serialize};

pub mod pick;
pub mod topic;

pub use pick::{Original, Pick, PickText};
pub use topic::Topics;

/// A list's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct ListId(pub i64);

/// A pick's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct PickId(pub i64);

/// An edition's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct EditionId(pub i64);

/// How often a thing was changed: who changes it says which version they saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Version(pub i64);

/// How far a pick or an edition has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Stage {
    /// Being written; nobody outside sees it.
    Draft,
    /// Goes out by itself at its time.
    Scheduled,
    /// Went out.
    Published,
    /// Went out and was taken back.
    Withdrawn,
    /// Was taken from the list before it went out.
    Dropped,
}

impl Stage {
    /// The word for it, as it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
            Self::Dropped => "dropped",
        }
    }
}

/// What holds for all picks and editions of a list. Kept as one JSON value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListRules {
    /// The longest excerpt, in words; an outlet may allow less.
    pub excerpt_words: u32,
    /// How many picks an edition should have.
    pub target: Option<u32>,
    /// How many picks of one outlet an edition may have.
    pub per_outlet: Option<u32>,
}

impl Default for ListRules {
    fn default() -> Self {
        Self {
            excerpt_words: 60,
            target: None,
            per_outlet: None,
        }
    }
}

impl ListRules {
    /// The longest excerpt of a pick whose outlet allows `outlet` words.
    pub fn excerpt_words_for(&self, outlet: Option<u32>) -> u32 {
        outlet.map_or(self.excerpt_words, |outlet| outlet.min(self.excerpt_words))
    }
}
