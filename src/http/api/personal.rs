//! `/api/v1/stories/{id}/seen` and `…/hidden`: what each editor keeps for themselves.

use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;

use super::public_id;
use crate::http::caller::{Caller, Reads};
use crate::http::error::Problem;
use crate::http::state::State;
use crate::store::StoreError;
use crate::store::curated::Personal;

/// You have seen a story
#[utoipa::path(put, path = "/stories/{id}/seen", tag = "stories", params(("id" = String, Path, description = "The story's name")),
    responses((status = NO_CONTENT, description = "Kept"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn see(
    Reads(caller): Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    keep(&state, &caller, &id, Personal::Seen).await
}

/// You have not seen a story
#[utoipa::path(delete, path = "/stories/{id}/seen", tag = "stories", params(("id" = String, Path, description = "The story's name")),
    responses((status = NO_CONTENT, description = "Forgotten"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn unsee(
    Reads(caller): Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    forget(&state, &caller, &id, Personal::Seen).await
}

/// You do not want to see a story again
///
/// Everybody else still sees it.
#[utoipa::path(put, path = "/stories/{id}/hidden", tag = "stories", params(("id" = String, Path, description = "The story's name")),
    responses((status = NO_CONTENT, description = "Kept"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn hide(
    Reads(caller): Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    keep(&state, &caller, &id, Personal::Hidden).await
}

/// You want to see a story again
#[utoipa::path(delete, path = "/stories/{id}/hidden", tag = "stories", params(("id" = String, Path, description = "The story's name")),
    responses((status = NO_CONTENT, description = "Forgotten"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn unhide(
    Reads(caller): Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    forget(&state, &caller, &id, Personal::Hidden).await
}

async fn keep(state: &State, caller: &Caller, id: &str, kept: Personal) -> Result<StatusCode, Problem> {
    let (story, now) = (public_id(id, "story")?, state.clock.now());
    let done = state.store.keep_personal(caller.id, &story, kept, now).await;
    done.map_err(no_story)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn forget(state: &State, caller: &Caller, id: &str, kept: Personal) -> Result<StatusCode, Problem> {
    let done = state
        .store
        .forget_personal(caller.id, &public_id(id, "story")?, kept)
        .await;
    done.map_err(no_story)?;
    Ok(StatusCode::NO_CONTENT)
}

fn no_story(error: StoreError) -> Problem {
    match error {
        StoreError::Missing => Problem::not_found("story"),
        other => other.into(),
    }
}
