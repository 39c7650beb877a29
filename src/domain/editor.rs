//! An editor: who works at the desk, and what they may do.

use serde::{Deserialize, Serialize};

/// An editor's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct EditorId(pub i64);

/// What an editor may do. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Role {
    /// Reads everything and suggests stories.
    Contributor,
    /// Decides, picks and publishes.
    Editor,
    /// Sets up sources, lists and people.
    Admin,
}

/// What a token may be used for. Each allows what those before it allow; nobody's token allows more than their role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To read stories, decisions and lists.
    Read,
    /// To suggest stories.
    Suggest,
    /// To decide, pick and publish.
    Edit,
    /// To set up sources, lists and people.
    Admin,
}

impl Role {
    /// The widest that somebody of this role may do.
    pub const fn scope(self) -> Scope {
        match self {
            Self::Contributor => Scope::Suggest,
            Self::Editor => Scope::Edit,
            Self::Admin => Scope::Admin,
        }
    }
}
