//! An edition: picks of a list that go out together, in an order.

use super::{EditionId, ListId, Stage, Version};
use crate::domain::time::Timestamp;

/// A dated issue of a list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Edition {
    /// Its key.
    pub id: EditionId,
    /// Its name outside, for ever.
    pub public_id: String,
    /// Its list.
    pub list_id: ListId,
    /// Which issue of the list it is, from 1 on.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// What stands before its picks, plain text; empty for nothing.
    pub intro: String,
    /// How far it has come.
    pub stage: Stage,
    /// When it goes out by itself if it is scheduled; until then, when it is meant to.
    pub due_at: Option<Timestamp>,
    /// When it first went out.
    pub published_at: Option<Timestamp>,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// How often it was changed.
    pub version: Version,
}

impl Edition {
    /// What an edition is called until somebody gives it a title.
    pub fn title_of(number: i64) -> String {
        format!("No. {number}")
    }
}
