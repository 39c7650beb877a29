//! A decision: one act of an editor on a story, written once.
//!
//! Each is about one [`Cell`] of its story. What stands in a cell follows from the log alone; [`Ledger`] says how.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::article::ArticleId;
use super::editor::Scope;
use super::list::{ListId, Topics};
use super::source::Slug;

mod ledger;
mod value;

pub use ledger::{Entry, Ledger, Obstacle, Standing};
pub use value::{Member, Note, Said, Stand, Value, Whereabouts};

/// The longest reason for a dismissal, in characters.
pub const REASON_CHARS_MAX: usize = 500;
/// The longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 4_000;

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

/// A thing about a story that can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cell {
    /// Where it stands.
    Status,
    /// What is said about it.
    Note,
    /// What it is about.
    Topics,
    /// Which article stands for it.
    Lead,
    /// In which story its articles are.
    Articles,
    /// Whether it stands on a list.
    List(ListId),
}

/// What an editor wants done with a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Somebody should pick it.
    Suggest,
    /// It is to be looked at again.
    Hold,
    /// It is not for us.
    Dismiss(Option<Reason>),
    /// It is as if nobody had decided.
    Reopen,
    /// Says something about it, in place of what was said; `None` says nothing.
    Note(Option<Note>),
    /// Says what it is about; `None` leaves that to its sources.
    Topics(Option<Topics>),
    /// Lets this article stand for it.
    Lead(ArticleId),
    /// It tells what another one tells, which has this name, and joins it.
    Merge(String),
    /// This article tells something else, and gets a story of its own.
    Split(ArticleId),
    /// Puts it on a list.
    Pick(Slug),
    /// Takes it from a list, if it has not gone out.
    Unpick(Slug),
}

/// The word for what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Deed {
    /// [`Act::Suggest`]
    Suggest,
    /// [`Act::Hold`]
    Hold,
    /// [`Act::Dismiss`]
    Dismiss,
    /// [`Act::Reopen`]
    Reopen,
    /// [`Act::Note`]
    Note,
    /// [`Act::Topics`]
    Topics,
    /// [`Act::Lead`]
    Lead,
    /// [`Act::Merge`]
    Merge,
    /// [`Act::Split`]
    Split,
    /// [`Act::Pick`]
    Pick,
    /// [`Act::Unpick`]
    Unpick,
    /// A decision was taken back.
    Undo,
    /// A decision that was taken back holds again.
    Redo,
}

/// Text of at most `CHARS_MAX` characters that somebody typed: not empty, and without control characters but line ends and tabs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Typed<const CHARS_MAX: usize>(String);

/// Why a story was dismissed.
pub type Reason = Typed<REASON_CHARS_MAX>;

/// What an editor says about a story.
pub type NoteText = Typed<NOTE_CHARS_MAX>;

/// Why a text cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("1 to {chars_max} characters, none of them a control character")]
pub struct NotTyped {
    chars_max: usize,
}

impl Status {
    /// The word for it, as it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Suggested => "suggested",
            Self::Held => "held",
            Self::Dismissed => "dismissed",
        }
    }

    /// Reads [`Status::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::New, Self::Suggested, Self::Held, Self::Dismissed];
        all.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether a suggestion may change it: one by somebody who may only suggest does not overrule an editor.
    pub const fn may_be_suggested(self) -> bool {
        matches!(self, Self::New | Self::Suggested)
    }
}

impl Cell {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "status" => Some(Self::Status),
            "note" => Some(Self::Note),
            "topics" => Some(Self::Topics),
            "lead" => Some(Self::Lead),
            "articles" => Some(Self::Articles),
            _ => text
                .strip_prefix("list:")?
                .parse()
                .ok()
                .map(|id| Self::List(ListId(id))),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => out.write_str("status"),
            Self::Note => out.write_str("note"),
            Self::Topics => out.write_str("topics"),
            Self::Lead => out.write_str("lead"),
            Self::Articles => out.write_str("articles"),
            Self::List(ListId(id)) => write!(out, "list:{id}"),
        }
    }
}

impl Act {
    /// The word for it.
    pub const fn deed(&self) -> Deed {
        match self {
            Self::Suggest => Deed::Suggest,
            Self::Hold => Deed::Hold,
            Self::Dismiss(_) => Deed::Dismiss,
            Self::Reopen => Deed::Reopen,
            Self::Note(_) => Deed::Note,
            Self::Topics(_) => Deed::Topics,
            Self::Lead(_) => Deed::Lead,
            Self::Merge(_) => Deed::Merge,
            Self::Split(_) => Deed::Split,
            Self::Pick(_) => Deed::Pick,
            Self::Unpick(_) => Deed::Unpick,
        }
    }

    /// What somebody must be allowed to do who does it.
    pub const fn scope(&self) -> Scope {
        match self {
            Self::Suggest => Scope::Suggest,
            _ => Scope::Edit,
        }
    }

    /// Whether it replaces what somebody wrote, so that who does it has to say what they saw.
    pub const fn replaces_text(&self) -> bool {
        matches!(self, Self::Note(_) | Self::Topics(_))
    }
}

impl Deed {
    /// The word, as it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suggest => "suggest",
            Self::Hold => "hold",
            Self::Dismiss => "dismiss",
            Self::Reopen => "reopen",
            Self::Note => "note",
            Self::Topics => "topics",
            Self::Lead => "lead",
            Self::Merge => "merge",
            Self::Split => "split",
            Self::Pick => "pick",
            Self::Unpick => "unpick",
            Self::Undo => "undo",
            Self::Redo => "redo",
        }
    }

    /// What somebody did, as a sentence goes on after their name.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Suggest => "suggested it",
            Self::Hold => "held it",
            Self::Dismiss => "dismissed it",
            Self::Reopen => "reopened it",
            Self::Note => "changed its note",
            Self::Topics => "changed its topics",
            Self::Lead => "chose its lead",
            Self::Merge => "merged it",
            Self::Split => "split it off",
            Self::Pick => "picked it",
            Self::Unpick => "took it from the list",
            Self::Undo => "undid that",
            Self::Redo => "made that hold again",
        }
    }
}

impl<const CHARS_MAX: usize> Typed<CHARS_MAX> {
    /// Takes `text` without the blanks around it.
    pub fn parse(text: &str) -> Result<Self, NotTyped> {
        let text = text.trim();
        let plain = !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
        if plain && !text.is_empty() && text.chars().count() <= CHARS_MAX {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotTyped { chars_max: CHARS_MAX })
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const CHARS_MAX: usize> TryFrom<String> for Typed<CHARS_MAX> {
    type Error = NotTyped;

    fn try_from(text: String) -> Result<Self, NotTyped> {
        Self::parse(&text)
    }
}

impl<const CHARS_MAX: usize> From<Typed<CHARS_MAX>> for String {
    fn from(text: Typed<CHARS_MAX>) -> Self {
        text.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_read_back_as_it_was_written() {
        for cell in [
            Cell::Status,
            Cell::Note,
            Cell::Topics,
            Cell::Lead,
            Cell::Articles,
            Cell::List(ListId(7)),
        ] {
            assert_eq!(Cell::parse(&cell.to_string()), Some(cell));
        }
        for bad in ["", "list:", "list:x", "statuses"] {
            assert_eq!(Cell::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_typed_is_bounded_and_plain() {
        for (text, taken) in [
            (" a\nb ", Some("a\nb")),
            ("12345", Some("12345")),
            ("123456", None),
            ("", None),
            (" \n", None),
            ("a\u{0}", None),
        ] {
            let typed = Typed::<5>::parse(text);
            assert_eq!(typed.as_ref().ok().map(Typed::as_str), taken, "{text:?}");
        }
    }
}
