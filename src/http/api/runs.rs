//! `/api/v1/stories/{id}/runs`: where a story ran before.

use axum::extract::{Path, State as Shared};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::time::Timestamp;
use crate::http::api::public_id;
use crate::http::caller::Reads;
use crate::http::error::Problem;
use crate::http::paging::{Listed, whole};
use crate::http::state::State;
use crate::store::checks::Run;

/// That a story, or another version of it, ran.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunAnswer {
    /// The pick.
    pick: String,
    /// The list.
    list: String,
    /// The list's name for people.
    list_name: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Whether it was this very story; else an article of the same title or address in another.
    same_story: bool,
}

/// Where a story ran, or another version of it, the last first
#[utoipa::path(get, path = "/stories/{id}/runs", tag = "stories", params(("id" = String, Path, description = "The story's name")),
    responses((status = OK, body = Listed<RunAnswer>), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn list(_: Reads, Shared(state): Shared<State>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = public_id(&id, "story")?;
    let story = state
        .store
        .story(&id)
        .await?
        .ok_or_else(|| Problem::not_found("story"))?;
    let runs = state.store.runs(story.line.id).await?;
    Ok(whole(runs, RunAnswer::from))
}

impl From<Run> for RunAnswer {
    fn from(run: Run) -> Self {
        Self {
            pick: run.pick,
            list: run.list.to_string(),
            list_name: run.list_name,
            at: run.at,
            same_story: run.same_story,
        }
    }
}
