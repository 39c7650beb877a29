//! The page that a form stood on: shown again after the form, whole or the part of it that our script puts in place.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::lists::bench::Bench;
use super::story::Page;
use super::{Said, back_to, last_act, parts, render, wants_parts};
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::site::sentence;
use crate::http::state::State;

/// A page that is made of one part beneath the bar.
#[derive(Debug, PartialEq, Eq)]
pub enum Stood {
    /// What is being made of a list.
    List(String),
    /// An edition.
    Edition(String),
    /// A story.
    Story(String),
}

impl Stood {
    /// The page at the address `back`.
    pub fn at(back: &str) -> Option<Self> {
        let path = back.split(['?', '#']).next().unwrap_or_default();
        let (kind, name) = path.strip_prefix("/desk/")?.split_once('/')?;
        let name = Some(name.to_owned()).filter(|name| !name.contains('/'))?;
        match kind {
            "lists" => Some(Self::List(name)),
            "editions" => Some(Self::Edition(name)),
            "stories" => Some(Self::Story(name)),
            _ => None,
        }
    }

    /// The page with `said` at its top.
    async fn page(&self, state: &State, caller: &Caller, said: Said) -> Result<Response, Problem> {
        match self {
            Self::List(slug) => {
                Bench::of_list(state, caller, slug)
                    .await?
                    .page(state, caller, said)
                    .await
            }
            Self::Edition(id) => {
                Bench::of_edition(state, caller, id)
                    .await?
                    .page(state, caller, said)
                    .await
            }
            Self::Story(id) => Page::of(state, caller, id).await?.page(state, caller, said).await,
        }
    }

    /// The part of it that changes.
    async fn part(&self, state: &State, caller: &Caller) -> Result<String, Problem> {
        let (place, part) = match self {
            Self::List(slug) => ("bench", render(&Bench::of_list(state, caller, slug).await?)?),
            Self::Edition(id) => ("bench", render(&Bench::of_edition(state, caller, id).await?)?),
            Self::Story(id) => ("story", render(&Page::of(state, caller, id).await?)?),
        };
        Ok(format!(
            "<template data-for=\"{place}\" data-how=\"inside\">{part}</template>"
        ))
    }
}

/// Answers a form that stood at `back`, by what was done, in words, or by why it could not be done.
pub async fn answer(
    state: &State,
    caller: &Caller,
    headers: &HeaderMap,
    back: &str,
    came: Result<String, Problem>,
) -> Result<Response, Problem> {
    let (status, words) = match came {
        Ok(words) => (StatusCode::OK, words),
        Err(problem) if is_refusal(problem.status()) => (problem.status(), sentence(&problem.told())),
        Err(problem) => return Err(problem),
    };
    let said = Said {
        words,
        undo: last_act(state, caller.id).await?,
        redo: None,
        back: back.to_owned(),
    };
    again(state, caller, headers, status, said).await
}

/// The same with what is said.
pub async fn again(
    state: &State,
    caller: &Caller,
    headers: &HeaderMap,
    status: StatusCode,
    said: Said,
) -> Result<Response, Problem> {
    let stood = Stood::at(&said.back);
    if wants_parts(headers) {
        let part = match &stood {
            Some(stood) => stood.part(state, caller).await?,
            None => String::new(),
        };
        // Our script reads what is said; a browser's console is not to cry of it.
        return Ok(parts(part + &render(&said)?));
    }
    match stood {
        Some(stood) if status != StatusCode::OK => {
            let page = stood.page(state, caller, said).await?;
            Ok((status, page).into_response())
        }
        _ => Ok(back_to(&said.back)),
    }
}

/// Whether the page itself can say why.
fn is_refusal(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED | StatusCode::UNPROCESSABLE_ENTITY
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_its_address() {
        for (back, expected) in [
            ("/desk/lists/reading", Some(Stood::List("reading".to_owned()))),
            ("/desk/editions/7#items", Some(Stood::Edition("7".to_owned()))),
            ("/desk/stories/7?x=1", Some(Stood::Story("7".to_owned()))),
            ("/desk/lists/reading/rules", None),
            ("/desk/lists", None),
            ("/desk", None),
            ("https://elsewhere.example/desk/lists/a", None),
        ] {
            assert_eq!(Stood::at(back), expected, "{back}");
        }
    }
}
