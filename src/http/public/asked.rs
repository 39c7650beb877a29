//! What is asked for, from the path alone.

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use crate::domain::channel::{Document, Format, Scope};
use crate::domain::list::TOPIC_CHARS_MAX;
use crate::domain::month::Month;
use crate::domain::source::Slug;
use crate::http::error::Problem;

/// A document of a channel: `/lists/{slug}/topics/{topic}/archive/{file}` and what is shorter.
#[derive(Debug)]
pub struct Asked {
    /// Of which lists and topic.
    pub scope: Scope,
    /// The newest, or a month.
    pub document: Document,
    /// As the end of the path says it; none for pages.
    pub format: Option<Format>,
    /// The path as it was sent: a name for the answer.
    pub path: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let mut asked = Self {
            scope: Scope::default(),
            document: Document::Current,
            format: extension(parts.uri.path()).and_then(Format::of_extension),
            path: parts.uri.path().to_owned(),
        };
        let named = match RawPathParams::from_request_parts(parts, state).await {
            Ok(named) => named,
            Err(RawPathParamsRejection::MissingPathParams(_)) => return Ok(asked),
            Err(_) => return Err(Problem::not_found("page")),
        };
        for (name, value) in &named {
            asked.take(name, value).ok_or_else(|| Problem::not_found(name))?;
        }
        Ok(asked)
    }
}

impl Asked {
    /// Takes a part of the path. `None` if it cannot be the name of anything.
    fn take(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "slug" => self.scope.list = Some(Slug::parse(value)?),
            "topic" => {
                let topic = value.to_lowercase();
                let fits = topic.chars().count() <= TOPIC_CHARS_MAX && !topic.chars().any(char::is_control);
                self.scope.topic = Some(topic).filter(|_| fits);
                self.scope.topic.as_ref()?;
            }
            _ => {
                let month = match self.format {
                    Some(format) => value.strip_suffix(format.extension())?.strip_suffix('.')?,
                    None => value,
                };
                self.document = Document::Archive(Month::parse(month)?);
            }
        }
        Some(())
    }
}

/// What the last part of `path` ends with.
fn extension(path: &str) -> Option<&str> {
    let file = path.rsplit('/').next()?;
    file.rsplit_once('.').map(|(_, extension)| extension)
}
