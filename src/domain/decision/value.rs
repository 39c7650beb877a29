//! What a cell holds.

use serde::{Deserialize, Serialize};

use super::{Cell, NoteText, Reason, Status};
use crate::domain::article::ArticleId;
use crate::domain::list::Topics;
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;

/// What a cell holds. Kept as JSON, whose form follows from the cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Of [`Cell::Status`].
    Status(Stand),
    /// Of [`Cell::Note`]; `None`: there is none.
    Note(Option<Note>),
    /// Of [`Cell::Topics`]; `None`: those of its sources.
    Topics(Option<Topics>),
    /// Of [`Cell::Lead`]; none where a story lost its articles.
    Lead(Option<ArticleId>),
    /// Of [`Cell::Articles`].
    Articles(Box<Whereabouts>),
    /// Of [`Cell::List`]: whether the story stands on it.
    Picked(bool),
}

/// Where a story stands, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// Where.
    pub status: Status,
    /// Why it was dismissed.
    pub reason: Option<Reason>,
}

/// What an editor says about a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// In words.
    pub text: NoteText,
    /// Whether readers may see it, beside a pick that it is carried into; else it is for editors.
    pub public: bool,
}

/// Where the articles of an act are, and what else it left behind: enough to do it and to take it back, whichever came last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whereabouts {
    /// The story that they are in.
    pub story: StoryId,
    /// They, and why they are there.
    pub articles: Vec<Member>,
    /// The articles that lead the stories concerned.
    pub leads: Vec<(StoryId, ArticleId)>,
    /// Stories whose address leads to that story with them.
    pub followers: Vec<StoryId>,
    /// What is said about which two articles.
    pub said: Vec<Said>,
}

/// An article in a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Member {
    /// Which.
    pub id: ArticleId,
    /// The article that it was matched with.
    pub joined_with: Option<ArticleId>,
    /// Why.
    pub joined_because: Option<String>,
}

/// What was said about two articles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The one with the smaller key.
    pub one: ArticleId,
    /// The other.
    pub other: ArticleId,
    /// Whether they tell the same, who said so, and when; none if nothing was said.
    pub word: Option<(bool, String, Timestamp)>,
}

impl Value {
    /// Reads the JSON that `cell` holds.
    pub fn read(cell: Cell, json: &str) -> Option<Self> {
        fn from<T: serde::de::DeserializeOwned>(json: &str) -> Option<T> {
            serde_json::from_str(json).ok()
        }
        match cell {
            Cell::Status => from(json).map(Self::Status),
            Cell::Note => from(json).map(Self::Note),
            Cell::Topics => {
                let topics: Option<Vec<String>> = from(json)?;
                let tidy = |topics: Vec<String>| Topics::tidy(topics.iter().map(String::as_str));
                Some(Self::Topics(topics.map(tidy)))
            }
            Cell::Lead => from(json).map(Self::Lead),
            Cell::Articles => from(json).map(|at| Self::Articles(Box::new(at))),
            Cell::List(_) => from(json).map(Self::Picked),
        }
    }
}

impl Stand {
    /// Stands there without a reason.
    pub const fn at(status: Status) -> Self {
        Self { status, reason: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::ListId;

    #[test]
    fn a_value_is_read_back_as_it_was_written() {
        let note = Note {
            text: NoteText::parse("worth it").unwrap(),
            public: true,
        };
        let at = Whereabouts {
            story: StoryId(4),
            articles: vec![Member {
                id: ArticleId(1),
                joined_with: None,
                joined_because: Some("same text".to_owned()),
            }],
            leads: vec![(StoryId(4), ArticleId(1))],
            followers: vec![StoryId(9)],
            said: vec![Said {
                one: ArticleId(1),
                other: ArticleId(2),
                word: Some((true, "Ada".to_owned(), Timestamp::from_millis(5))),
            }],
        };
        let topics = Topics::tidy(["art", "schools"]);
        for (cell, value) in [
            (Cell::Status, Value::Status(Stand::at(Status::Held))),
            (Cell::Note, Value::Note(Some(note))),
            (Cell::Note, Value::Note(None)),
            (Cell::Topics, Value::Topics(Some(topics))),
            (Cell::Topics, Value::Topics(None)),
            (Cell::Lead, Value::Lead(Some(ArticleId(3)))),
            (Cell::Articles, Value::Articles(Box::new(at))),
            (Cell::List(ListId(1)), Value::Picked(true)),
        ] {
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(Value::read(cell, &json), Some(value), "{json}");
        }
    }
}
