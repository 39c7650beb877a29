//! What a request wants done with a story.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::article::ArticleId;
use crate::domain::decision::{Act, Note, NoteText, Reason};
use crate::domain::list::Topics;
use crate::domain::source::Slug;
use crate::http::error::Problem;

/// What is to be done with a story.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum ActAsked {
    /// Somebody should pick it.
    Suggest {},
    /// It is to be looked at again.
    Hold {},
    /// It is not for us.
    Dismiss {
        /// Why.
        #[serde(default)]
        #[schema(value_type = Option<String>, max_length = 500)]
        reason: Option<Reason>,
    },
    /// It is as if nobody had decided.
    Reopen {},
    /// Says something about it, in place of what was said.
    Note {
        /// In words; null takes away what was said.
        #[schema(value_type = Option<String>, max_length = 4000)]
        text: Option<NoteText>,
        /// Whether it is for editors only; else it is carried into a pick.
        #[serde(default)]
        private: bool,
    },
    /// Says what it is about.
    Topics {
        /// At most 12, of 60 characters each; null leaves that to its sources.
        #[schema(max_items = 12)]
        topics: Option<Vec<String>>,
    },
    /// Lets an article of it stand for it.
    Lead {
        /// The article.
        #[schema(max_length = 20)]
        article: String,
    },
    /// It tells what another one tells, and joins it.
    Merge {
        /// The other.
        #[schema(max_length = 36)]
        into: String,
    },
    /// An article of it tells something else, and gets a story of its own.
    Split {
        /// The article.
        #[schema(max_length = 20)]
        article: String,
    },
    /// Puts it on a list.
    Pick {
        /// The list.
        #[schema(max_length = 64)]
        list: String,
    },
    /// Takes it from a list, if it has not gone out.
    Unpick {
        /// The list.
        #[schema(max_length = 64)]
        list: String,
    },
}

impl ActAsked {
    /// The act, read at the place of the body that `pointer` names.
    pub fn act(self, pointer: &str) -> Result<Act, Problem> {
        let list = |list: &str| {
            let bad = || Problem::bad_field(&format!("{pointer}/list"), "not the name of a list");
            Slug::parse(list).ok_or_else(bad)
        };
        let article = |article: &str| {
            let bad = |_| Problem::bad_field(&format!("{pointer}/article"), "not the name of an article");
            article.parse().map(ArticleId).map_err(bad)
        };
        Ok(match self {
            Self::Suggest {} => Act::Suggest,
            Self::Hold {} => Act::Hold,
            Self::Dismiss { reason } => Act::Dismiss(reason),
            Self::Reopen {} => Act::Reopen,
            Self::Note { text, private } => Act::Note(text.map(|text| Note { text, public: !private })),
            Self::Topics { topics } => Act::Topics(topics.map(|topics| tidy(&topics, pointer)).transpose()?),
            Self::Lead { article: id } => Act::Lead(article(&id)?),
            Self::Merge { into } => Act::Merge(name(&into, &format!("{pointer}/into"))?),
            Self::Split { article: id } => Act::Split(article(&id)?),
            Self::Pick { list: slug } => Act::Pick(list(&slug)?),
            Self::Unpick { list: slug } => Act::Unpick(list(&slug)?),
        })
    }
}

/// The name of a story.
pub fn name(text: &str, pointer: &str) -> Result<String, Problem> {
    let bad = |_| Problem::bad_field(pointer, "not the name of a story");
    Uuid::parse_str(text).map(|id| id.to_string()).map_err(bad)
}

/// Topics that would be left out are told and not left out: a person typed them.
fn tidy(given: &[String], pointer: &str) -> Result<Topics, Problem> {
    let topics = Topics::tidy(given.iter().map(String::as_str));
    if topics.as_slice().len() == given.len() {
        return Ok(topics);
    }
    let detail = "at most 12 topics of 1 to 60 characters on one line, none twice";
    Err(Problem::bad_field(&format!("{pointer}/topics"), detail))
}
