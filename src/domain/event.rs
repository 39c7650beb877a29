//! An event: something that happened here and that others are told of.

use serde::{Deserialize, Serialize};

/// An event's key in the database: a count, so that events are told in the order in which they happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct EventId(pub i64);

/// What happened. Serialised by the name that is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text")]
pub enum EventKind {
    /// An editor decided about a story.
    #[serde(rename = "story.decided")]
    #[sqlx(rename = "story.decided")]
    StoryDecided,
    /// A decision was undone, or an undone one made again.
    #[serde(rename = "decision.undone")]
    #[sqlx(rename = "decision.undone")]
    DecisionUndone,
    /// A story was chosen for a list.
    #[serde(rename = "pick.made")]
    #[sqlx(rename = "pick.made")]
    PickMade,
    /// A pick went out.
    #[serde(rename = "pick.published")]
    #[sqlx(rename = "pick.published")]
    PickPublished,
    /// A pick was changed after it had gone out.
    #[serde(rename = "pick.corrected")]
    #[sqlx(rename = "pick.corrected")]
    PickCorrected,
    /// A pick that had gone out was taken back.
    #[serde(rename = "pick.withdrawn")]
    #[sqlx(rename = "pick.withdrawn")]
    PickWithdrawn,
    /// An edition got the time at which it goes out.
    #[serde(rename = "edition.scheduled")]
    #[sqlx(rename = "edition.scheduled")]
    EditionScheduled,
    /// An edition went out, with all its picks.
    #[serde(rename = "edition.published")]
    #[sqlx(rename = "edition.published")]
    EditionPublished,
    /// An edition that had gone out was taken back.
    #[serde(rename = "edition.withdrawn")]
    #[sqlx(rename = "edition.withdrawn")]
    EditionWithdrawn,
    /// What readers see of a list itself was changed: its name, its description, its order.
    #[serde(rename = "list.changed")]
    #[sqlx(rename = "list.changed")]
    ListChanged,
    /// A source that could be read cannot be read any more.
    #[serde(rename = "source.broken")]
    #[sqlx(rename = "source.broken")]
    SourceBroken,
    /// A source that could not be read can be read again.
    #[serde(rename = "source.mended")]
    #[sqlx(rename = "source.mended")]
    SourceMended,
    /// Nothing happened: somebody tries whether they are told.
    #[serde(rename = "webhook.test")]
    #[sqlx(rename = "webhook.test")]
    WebhookTest,
}

impl EventKind {
    /// Every kind, in the order in which they are described.
    pub const ALL: [Self; 13] = [
        Self::StoryDecided,
        Self::DecisionUndone,
        Self::PickMade,
        Self::PickPublished,
        Self::PickCorrected,
        Self::PickWithdrawn,
        Self::EditionScheduled,
        Self::EditionPublished,
        Self::EditionWithdrawn,
        Self::ListChanged,
        Self::SourceBroken,
        Self::SourceMended,
        Self::WebhookTest,
    ];

    /// The name that is sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StoryDecided => "story.decided",
            Self::DecisionUndone => "decision.undone",
            Self::PickMade => "pick.made",
            Self::PickPublished => "pick.published",
            Self::PickCorrected => "pick.corrected",
            Self::PickWithdrawn => "pick.withdrawn",
            Self::EditionScheduled => "edition.scheduled",
            Self::EditionPublished => "edition.published",
            Self::EditionWithdrawn => "edition.withdrawn",
            Self::ListChanged => "list.changed",
            Self::SourceBroken => "source.broken",
            Self::SourceMended => "source.mended",
            Self::WebhookTest => "webhook.test",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether feeds read otherwise after it, so that a WebSub hub wants to know.
    pub const fn changes_feeds(self) -> bool {
        matches!(
            self,
            Self::PickPublished
                | Self::PickCorrected
                | Self::PickWithdrawn
                | Self::EditionPublished
                | Self::EditionWithdrawn
                | Self::ListChanged
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_by_its_name_everywhere_and_read_back() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(EventKind::parse(kind.as_str()), Some(kind));
        }
    }
}
