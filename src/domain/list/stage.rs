//! How far a pick or an edition has come, and what may be done from there.

use std::fmt;

use serde::{Deserialize, Serialize};

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

/// What an editor does with a pick or an edition as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Lets it go out by itself at a time, or at another time than before.
    Schedule,
    /// Makes a draft of what was scheduled.
    CallBack,
    /// Lets it go out now; what was withdrawn comes back.
    Publish,
    /// Takes back what went out.
    Withdraw,
}

/// What cannot be done from where a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is {} and cannot be {act}; only what is {} can", .from.as_str(), .act.possible_from())]
pub struct NotNow {
    from: Stage,
    act: Act,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Scheduled,
        Self::Published,
        Self::Withdrawn,
        Self::Dropped,
    ];

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

    /// The stage of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == name)
    }

    /// Where `act` leads from here.
    pub const fn after(self, act: Act) -> Result<Self, NotNow> {
        match (self, act) {
            (Self::Draft | Self::Scheduled, Act::Schedule) => Ok(Self::Scheduled),
            (Self::Scheduled, Act::CallBack) => Ok(Self::Draft),
            (Self::Draft | Self::Scheduled | Self::Withdrawn, Act::Publish) => Ok(Self::Published),
            (Self::Published, Act::Withdraw) => Ok(Self::Withdrawn),
            (from, act) => Err(NotNow { from, act }),
        }
    }

    /// Whether it has not gone out and still may.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Scheduled)
    }
}

impl Act {
    const fn possible_from(self) -> &'static str {
        match self {
            Self::Schedule => "a draft or scheduled",
            Self::CallBack => "scheduled",
            Self::Publish => "a draft, scheduled or withdrawn",
            Self::Withdraw => "published",
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Schedule => "scheduled",
            Self::CallBack => "called back",
            Self::Publish => "published",
            Self::Withdraw => "withdrawn",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_act_leads_from_each_stage_where_it_should() {
        use Stage::{Draft, Dropped, Published, Scheduled, Withdrawn};
        let table = [
            (Act::Schedule, [Some(Scheduled), Some(Scheduled), None, None, None]),
            (Act::CallBack, [None, Some(Draft), None, None, None]),
            (
                Act::Publish,
                [Some(Published), Some(Published), None, Some(Published), None],
            ),
            (Act::Withdraw, [None, None, Some(Withdrawn), None, None]),
        ];
        for (act, expected) in table {
            for (from, expected) in [Draft, Scheduled, Published, Withdrawn, Dropped]
                .into_iter()
                .zip(expected)
            {
                assert_eq!(from.after(act).ok(), expected, "{act} from {}", from.as_str());
            }
        }
    }

    #[test]
    fn a_refusal_says_what_would_be_possible() {
        let refused = Stage::Draft.after(Act::CallBack).unwrap_err().to_string();
        assert_eq!(
            refused,
            "it is draft and cannot be called back; only what is scheduled can"
        );
    }
}
