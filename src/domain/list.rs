//! A reading list, its picks and its editions.

use serde::{Deserialize, Serialize};

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
