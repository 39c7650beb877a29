//! `/api/v1/sessions`: the browsers that somebody is signed in with.

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::time::Timestamp;
use crate::http::caller::{Owns, Proof};
use crate::http::error::Problem;
use crate::http::paging::Listed;
use crate::http::state::State;

/// A browser that somebody is signed in with.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionAnswer {
    /// Its name.
    id: String,
    /// When somebody signed in.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// When it was last used, give or take a minute.
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    /// What the browser calls itself.
    agent: String,
    /// Where it called from.
    address: String,
    /// Whether it is the one that asks.
    is_this: bool,
}

/// One's own sessions, the last used first
#[utoipa::path(get, path = "/sessions", tag = "account", responses((status = OK, body = Listed<SessionAnswer>)))]
pub async fn list(Owns(caller): Owns, Shared(state): Shared<State>) -> Result<Json<Listed<SessionAnswer>>, Problem> {
    let sessions = state.store.sessions_of(caller.id, state.clock.now()).await?;
    let items = sessions.into_iter().map(|session| SessionAnswer {
        is_this: caller.proof == Proof::Session(session.public_id.clone()),
        id: session.public_id,
        made_at: session.made_at,
        seen_at: session.seen_at,
        agent: session.agent,
        address: session.address,
    });
    Ok(Json(Listed {
        items: items.collect(),
        next_cursor: None,
    }))
}

/// Sign out everywhere, here too
#[utoipa::path(delete, path = "/sessions", tag = "account", responses((status = NO_CONTENT)))]
pub async fn end_all(Owns(caller): Owns, Shared(state): Shared<State>) -> Result<StatusCode, Problem> {
    state.store.end_sessions(caller.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign out elsewhere
#[utoipa::path(delete, path = "/sessions/{id}", tag = "account", params(("id" = String, Path, description = "The session's name")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn end(
    Owns(caller): Owns,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    if super::is_id(&id) && state.store.end_session(caller.id, &id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("session"))
    }
}
