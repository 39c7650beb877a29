//! A poll: one attempt to read a source.

use std::fmt;

use serde::Serialize;

/// How a poll ended. A poll cannot fail: each of these is a result that is counted and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The source was read and listed entries.
    Ok,
    /// The server said that nothing changed.
    Unchanged,
    /// The source was read and listed nothing; what was known is kept.
    EmptyOk,
    /// Read at another address, to which the server moved the source for good.
    Moved,
    /// The server said that the source is gone for good (410).
    Gone,
    /// A limit or rule of ours stopped the poll.
    Refused,
    /// The server, the network or the document failed.
    Error,
}

impl Outcome {
    /// Every outcome, in the order of the enum.
    pub const ALL: [Self; 7] = [
        Self::Ok,
        Self::Unchanged,
        Self::EmptyOk,
        Self::Moved,
        Self::Gone,
        Self::Refused,
        Self::Error,
    ];

    /// The word used in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unchanged => "unchanged",
            Self::EmptyOk => "empty-ok",
            Self::Moved => "moved",
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::Error => "error",
        }
    }

    /// Reads the word back. `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word)
    }

    /// Whether the source could be reached and read.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Ok | Self::Unchanged | Self::EmptyOk | Self::Moved)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_is_written_as_it_is_read() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
            assert_eq!(serde_json::to_string(&outcome).unwrap(), format!("\"{outcome}\""));
        }
        assert_eq!(Outcome::parse("crash"), None);
    }
}
