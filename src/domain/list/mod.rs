//! A reading list, its picks and its editions.

use serde::{Deserialize, Serialize};

pub mod checks;
mod edition;
mod merge;
mod pick;
mod place;
mod schedule;
mod stage;
mod topics;
pub mod wording;

pub use edition::Edition;
pub use merge::{Part, Wording, merge};
pub use pick::{Original, Pick, PickText};
pub use place::{Place, Room, room_at};
pub use schedule::{NoSchedule, Schedule};
pub use stage::{Act, NotNow, Stage};
pub use topics::{NoTopics, TOPIC_CHARS_MAX, TOPICS_MAX, Topics};

/// The longest excerpt of a list that says nothing of it, in words.
const EXCERPT_WORDS_DEFAULT: u32 = 60;

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
    /// When its editions are due; none if by hand alone.
    pub cadence: Option<Schedule>,
}

impl Default for ListRules {
    fn default() -> Self {
        Self {
            excerpt_words: EXCERPT_WORDS_DEFAULT,
            target: None,
            per_outlet: None,
            cadence: None,
        }
    }
}

/// Reads the JSON value that a column holds.
impl TryFrom<String> for ListRules {
    type Error = serde_json::Error;

    fn try_from(json: String) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&json)
    }
}

impl ListRules {
    /// The longest excerpt of a pick whose outlet allows `outlet` words.
    pub fn excerpt_words_for(&self, outlet: Option<u32>) -> u32 {
        outlet.map_or(self.excerpt_words, |outlet| outlet.min(self.excerpt_words))
    }
}
