//! `/api/v1/searches`: searches that editors saved.

use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::public_id;
use crate::domain::editor::ShownName;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::http::body::{Body, set};
use crate::http::caller::{Caller, Reads, Suggests};
use crate::http::error::Problem;
use crate::http::once::Kept;
use crate::http::paging::{Listed, whole};
use crate::http::precondition::{self, IfMatch, outdated};
use crate::http::site::matches::feed_path;
use crate::http::state::State;
use crate::search::read;
use crate::store::searches::{NewSearch, SEARCHES_MAX, SavedSearch, SearchChange};

/// Characters of a search.
const QUERY_CHARS_MAX: usize = 500;

/// A search to be saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchWish {
    /// Its name for people.
    #[schema(value_type = String, min_length = 1, max_length = 80)]
    name: ShownName,
    /// What is searched for, as one types it.
    #[schema(min_length = 1, max_length = 500)]
    query: String,
    /// Whether other editors see it too.
    #[serde(default)]
    shared: bool,
}

/// What is to be otherwise: a merge patch (RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchPatch {
    /// Its name for people.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, min_length = 1, max_length = 80)]
    name: Option<ShownName>,
    /// What is searched for, as one types it.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, min_length = 1, max_length = 500)]
    query: Option<String>,
    /// Whether other editors see it too.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = bool)]
    shared: Option<bool>,
}

/// A saved search, without the key to its feed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SavedSearchAnswer {
    /// Its name for programs.
    id: String,
    /// Its name for people.
    name: String,
    /// What is searched for, as it was typed.
    query: String,
    /// How that is read, in words.
    read_as: String,
    /// Whether other editors see it too.
    shared: bool,
    /// Who saved it.
    saved_by: String,
    /// Whether that is the caller.
    own: bool,
    /// When it was saved.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// When its feed got the address that it has.
    #[schema(value_type = String, format = DateTime)]
    key_made_at: Timestamp,
}

/// A saved search whose feed got an address.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchMade {
    /// The search.
    search: SavedSearchAnswer,
    /// The address of its feed, which opens it to whoever has it. It is told this once; an answer sent again has none.
    feed: Option<String>,
}

/// The caller's saved searches, and those that others share, by name
#[utoipa::path(get, path = "/searches", tag = "search", responses((status = OK, body = Listed<SavedSearchAnswer>)))]
pub async fn list(Reads(caller): Reads, Shared(state): Shared<State>) -> Result<Response, Problem> {
    let searches = state.store.saved_searches(caller.id).await?;
    Ok(whole(searches, |saved| SavedSearchAnswer::of(saved, &caller)))
}

/// Save a search
///
/// Its feed lies at a secret address: the newest stories that it finds, for whoever has the address. That is in the answer and
/// nowhere else.
#[utoipa::path(post, path = "/searches", tag = "search", request_body = SearchWish,
    responses((status = CREATED, body = SearchMade), (status = CONFLICT, description = "There are too many", body = Problem, content_type = "application/problem+json")))]
pub async fn add(
    Suggests(caller): Suggests,
    Shared(state): Shared<State>,
    Body(wish): Body<SearchWish>,
) -> Result<Response, Problem> {
    let key = (state.fresh_secret)();
    let new = NewSearch {
        public_id: (state.fresh_id)(),
        by: caller.id,
        name: wish.name.into(),
        query: searchable(&wish.query)?,
        shared: wish.shared,
        key: key.digest(),
        at: state.clock.now(),
    };
    let saved = state.store.save_search(new).await?;
    let saved = saved.ok_or_else(|| Problem::conflict(&format!("you have saved {SEARCHES_MAX} searches already")))?;
    Ok(made(
        StatusCode::CREATED,
        SavedSearchAnswer::of(saved, &caller),
        &state,
        &key,
    ))
}

/// A saved search
#[utoipa::path(get, path = "/searches/{id}", tag = "search", params(("id" = String, Path, description = "The search's name")),
    responses((status = OK, body = SavedSearchAnswer, headers(("ETag" = String, description = "For `If-Match`"))), (status = NOT_MODIFIED, description = "As `If-None-Match` has it"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    Reads(caller): Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let saved = named(&state, &caller, &id).await?;
    precondition::json(&headers, saved.version, &SavedSearchAnswer::of(saved, &caller))
}

/// Change a saved search
#[utoipa::path(patch, path = "/searches/{id}", tag = "search", request_body = SearchPatch,
    params(("id" = String, Path, description = "The search's name"), ("If-Match" = String, Header, description = "The `ETag` of what is to be changed")),
    responses((status = OK, body = SavedSearchAnswer, headers(("ETag" = String, description = "Of what it is now"))), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn change(
    Suggests(caller): Suggests,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    if_match: IfMatch,
    Body(patch): Body<SearchPatch>,
) -> Result<Response, Problem> {
    let saved = own(&state, &caller, &id).await?;
    if_match.check(saved.version, &SavedSearchAnswer::of(saved.clone(), &caller))?;
    let change = SearchChange {
        name: patch.name.map_or_else(|| saved.name.clone(), String::from),
        query: patch
            .query
            .map_or_else(|| Ok(saved.query.clone()), |query| searchable(&query))?,
        shared: patch.shared.unwrap_or(saved.shared),
    };
    let changed = state.store.change_search(&saved, change).await?;
    let now = named(&state, &caller, &id).await?;
    let (version, answer) = (now.version, SavedSearchAnswer::of(now, &caller));
    if changed {
        precondition::json(&HeaderMap::new(), version, &answer)
    } else {
        Err(outdated(version, &answer))
    }
}

/// Delete a saved search and its feed
#[utoipa::path(delete, path = "/searches/{id}", tag = "search",
    params(("id" = String, Path, description = "The search's name"), ("If-Match" = String, Header, description = "The `ETag` of what is to be deleted")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn remove(
    Suggests(caller): Suggests,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let saved = own(&state, &caller, &id).await?;
    if_match.check(saved.version, &SavedSearchAnswer::of(saved.clone(), &caller))?;
    if state.store.delete_search(&saved).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let now = own(&state, &caller, &id).await?;
    Err(outdated(now.version, &SavedSearchAnswer::of(now, &caller)))
}

/// Give the feed of a saved search another address
///
/// Whoever has the address before sees nothing any more.
#[utoipa::path(post, path = "/searches/{id}/key", tag = "search", params(("id" = String, Path, description = "The search's name")),
    responses((status = OK, body = SearchMade), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn renew(
    Suggests(caller): Suggests,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let saved = own(&state, &caller, &id).await?;
    let key = (state.fresh_secret)();
    let now = state.clock.now();
    state.store.renew_search_key(&saved, key.digest(), now).await?;
    let saved = own(&state, &caller, &id).await?;
    Ok(made(
        StatusCode::OK,
        SavedSearchAnswer::of(saved, &caller),
        &state,
        &key,
    ))
}

/// The saved search of that public name, if the caller sees it.
async fn named(state: &State, caller: &Caller, id: &str) -> Result<SavedSearch, Problem> {
    let saved = state.store.saved_search(&public_id(id, "search")?, caller.id).await?;
    saved.ok_or_else(|| Problem::not_found("search"))
}

/// The same, if it is the caller's.
async fn own(state: &State, caller: &Caller, id: &str) -> Result<SavedSearch, Problem> {
    let saved = named(state, caller, id).await?;
    if saved.editor_id == caller.id {
        Ok(saved)
    } else {
        Err(Problem::forbidden("only whoever saved a search may change it"))
    }
}

fn searchable(query: &str) -> Result<String, Problem> {
    let query = query.trim().to_owned();
    if query.is_empty() || query.chars().nth(QUERY_CHARS_MAX).is_some() || query.contains('\0') {
        return Err(Problem::bad_field("/query", "1 to 500 characters"));
    }
    Ok(query)
}

fn made(status: StatusCode, search: SavedSearchAnswer, state: &State, key: &Secret) -> Response {
    let kept = SearchMade {
        search: search.clone(),
        feed: None,
    };
    let kept = Kept(serde_json::to_string(&kept).unwrap_or_default());
    let place = [(header::LOCATION, format!("/api/v1/searches/{}", search.id))];
    let feed = Some(state.link(&feed_path(key)));
    (status, Extension(kept), place, Json(SearchMade { search, feed })).into_response()
}

impl SavedSearchAnswer {
    fn of(saved: SavedSearch, caller: &Caller) -> Self {
        Self {
            id: saved.public_id,
            name: saved.name,
            read_as: read(&saved.query).as_read(),
            query: saved.query,
            shared: saved.shared,
            saved_by: saved.saved_by,
            own: saved.editor_id == caller.id,
            made_at: saved.made_at,
            key_made_at: saved.key_made_at,
        }
    }
}
