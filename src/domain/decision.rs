//! A decision: one act of an editor on a story, written once.

use serde::{Deserialize, Serialize};

/// A decision's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct DecisionId(pub i64);

/// Where a story stands, for everybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Status {
    /// Nobody decided.
    #[default]
    New,
    /// Somebody thinks that it should be picked.
    Suggested,
    /// To be looked at again.
    Held,
    /// Not for us.
    Dismissed,
}
