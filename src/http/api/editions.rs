//! `/api/v1/editions`, and the editions of a list: picks that go out together.

use axum::extract::{OriginalUri, Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::pick_answer::{PickAnswer, StageName};
use crate::domain::list::checks::Finding;
use crate::domain::list::wording::{ABOUT_CHARS_MAX, HEADLINE_CHARS_MAX, Line, Prose};
use crate::domain::list::{EditionId, Stage};
use crate::domain::time::Timestamp;
use crate::http::api::{acting, lists, public_id};
use crate::http::body::{Body, given, set};
use crate::http::caller::{Edits, Reads};
use crate::http::error::Problem;
use crate::http::paging::{self, Asked, Listed, page};
use crate::http::precondition::{self, IfMatch, outdated};
use crate::http::state::State;
use crate::store::StoreError;
use crate::store::editions::{EditionChange, EditionFilter, EditionLine, NewEdition};

/// An edition of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditionAnswer {
    /// Its name, for ever.
    id: String,
    /// Its list.
    list: String,
    /// Which issue of the list it is, from 1 on.
    number: i64,
    /// Its title.
    title: String,
    /// What stands before its picks, plain text.
    intro: String,
    /// How far it has come.
    #[schema(value_type = StageName)]
    stage: &'static str,
    /// When it goes out by itself if it is scheduled; until then, when it is meant to.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// When it first went out.
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Timestamp>,
    /// When it was withdrawn.
    #[schema(value_type = Option<String>, format = DateTime)]
    withdrawn_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// How many picks stand in it.
    pick_count: i64,
}

/// An edition with its picks.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditionWholeAnswer {
    /// The edition.
    edition: EditionAnswer,
    /// Its picks in their order, those too that were withdrawn.
    picks: Vec<PickAnswer>,
}

/// An edition to be made.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditionWish {
    /// Its title; by its number if not given.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 300)]
    title: Option<Line<HEADLINE_CHARS_MAX>>,
    /// What stands before its picks, plain text.
    #[serde(default)]
    #[schema(value_type = String, max_length = 2000)]
    intro: Prose<ABOUT_CHARS_MAX>,
    /// When it is meant to go out; by the list's cadence if not given.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
}

/// What is to change of an edition, as a merge patch (RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditionPatch {
    /// Its title.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, min_length = 1, max_length = 300, required = false)]
    title: Option<Line<HEADLINE_CHARS_MAX>>,
    /// What stands before its picks, plain text.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, max_length = 2000, required = false)]
    intro: Option<Prose<ABOUT_CHARS_MAX>>,
    /// When a draft is meant to go out.
    #[expect(clippy::option_option, reason = "as a merge patch has it")]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Option<Timestamp>>,
}

/// When an edition goes out by itself.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditionDueWish {
    /// When; when it is meant to, if not given.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
}

/// Something that was found before something went out.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingAnswer {
    /// How grave it is: with an error it cannot go out.
    #[schema(value_type = SeverityName)]
    severity: &'static str,
    /// What it is.
    #[schema(value_type = FindingName)]
    kind: &'static str,
    /// The pick; none if it is about the whole.
    pick: Option<String>,
    /// In words.
    detail: String,
}

/// How grave a finding is.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum SeverityName {
    /// It cannot go out so.
    Error,
    /// Somebody should look at it.
    Warning,
}

/// What can be found.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum FindingName {
    /// There is nothing to go out.
    Empty,
    /// Fewer picks than the list aims at.
    TooFew,
    /// More picks than the list aims at.
    TooMany,
    /// More picks of one outlet than the list wants.
    OutletCrowded,
    /// A picture that nobody described.
    AltMissing,
    /// Nothing is quoted.
    ExcerptMissing,
    /// More is quoted than the list wants.
    ExcerptLong,
    /// More is quoted than the outlet allows.
    ExcerptNotAllowed,
    /// There is no address that readers could follow.
    LinkMissing,
    /// The page is gone.
    LinkDead,
    /// The page could not be read.
    LinkFailing,
    /// The story went out before.
    AlreadyRan,
    /// An article of the same title or address went out before.
    AnotherVersionRan,
}

/// Which editions of a list are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EditionsQuery {
    /// How many items, at most 200; 50 if not given.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only those that have come so far.
    stage: Option<String>,
}

/// The editions of a list, the last first
#[utoipa::path(get, path = "/lists/{id}/editions", tag = "editions", params(("id" = String, Path, description = "The list's name in addresses"), EditionsQuery),
    responses((status = OK, body = Listed<EditionAnswer>), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    _: Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<EditionsQuery>,
) -> Result<Response, Problem> {
    let limit = paging::limit(asked.limit.as_deref())?;
    let filter = asked.filter()?;
    let list = lists::named(&state, &id).await?;
    let editions = state.store.editions(list.id, filter, limit + 1).await?;
    let listed: Listed<EditionAnswer> = paging::cut("editions", editions, limit, |line| (line.edition.number, 0));
    Ok(page(&uri.to_string(), listed))
}

/// Make an edition of a list, a draft
#[utoipa::path(post, path = "/lists/{id}/editions", tag = "editions", request_body = EditionWish, params(("id" = String, Path, description = "The list's name in addresses")),
    responses((status = CREATED, body = EditionWholeAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "The list is archived", body = Problem, content_type = "application/problem+json")))]
pub async fn add(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    Body(wish): Body<EditionWish>,
) -> Result<Response, Problem> {
    let list = lists::named(&state, &id).await?.id;
    let new = NewEdition {
        list,
        title: wish.title.map(|title| title.0),
        intro: wish.intro.0,
        due_at: wish.due_at,
    };
    let name = state.store.make_edition(new, acting(&caller, &state)).await?;
    let place = format!("/api/v1/editions/{name}");
    let answer = now(&state, &name, Ok(())).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], answer).into_response())
}

/// An edition with its picks
#[utoipa::path(get, path = "/editions/{id}", tag = "editions", params(("id" = String, Path, description = "The edition's name")),
    responses((status = OK, body = EditionWholeAnswer, headers(("ETag" = String, description = "Changes with the answer"))), (status = NOT_MODIFIED, description = "As `If-None-Match` has it"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    _: Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let line = named(&state, &id).await?;
    let version = line.edition.version.0;
    precondition::json(&headers, version, &told(&state, line).await?)
}

/// Change the title, the introduction or the time of an edition
#[utoipa::path(patch, path = "/editions/{id}", tag = "editions", request_body = EditionPatch,
    params(("id" = String, Path, description = "The edition's name"), ("If-Match" = String, Header, description = "The `ETag` of what is to be changed")),
    responses((status = OK, body = EditionWholeAnswer, headers(("ETag" = String, description = "Of what it is now"))), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "It is not a draft and is to have another time", body = Problem, content_type = "application/problem+json")))]
pub async fn change(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    if_match: IfMatch,
    Body(patch): Body<EditionPatch>,
) -> Result<Response, Problem> {
    let edition = admitted(&state, &id, &if_match).await?.edition;
    let change = EditionChange {
        title: patch.title.map(|title| title.0),
        intro: patch.intro.map(|intro| intro.0),
        due_at: patch.due_at,
    };
    let done = state
        .store
        .change_edition(edition.id, edition.version, change, acting(&caller, &state))
        .await;
    now(&state, &id, done).await
}

/// Delete a draft; its picks stay, in no edition
#[utoipa::path(delete, path = "/editions/{id}", tag = "editions",
    params(("id" = String, Path, description = "The edition's name"), ("If-Match" = String, Header, description = "The `ETag` of what is to be deleted")),
    responses((status = NO_CONTENT, description = "It is gone"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It is no draft", body = Problem, content_type = "application/problem+json")))]
pub async fn delete(
    _: Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    if_match: IfMatch,
) -> Result<Response, Problem> {
    let edition = admitted(&state, &id, &if_match).await?.edition;
    match state.store.delete_edition(edition.id, edition.version).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        refused => now(&state, &id, refused).await,
    }
}

/// Let an edition go out by itself
///
/// It can be called back until then. What a check calls an error is refused.
#[utoipa::path(post, path = "/editions/{id}/schedule", tag = "editions", request_body = EditionDueWish, params(("id" = String, Path, description = "The edition's name")),
    responses((status = OK, body = EditionWholeAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It cannot be scheduled now", body = Problem, content_type = "application/problem+json")))]
pub async fn schedule(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    Body(wish): Body<EditionDueWish>,
) -> Result<Response, Problem> {
    let edition = named(&state, &id).await?.edition;
    let done = state
        .store
        .schedule_edition(edition.id, wish.due_at, acting(&caller, &state))
        .await;
    now(&state, &id, done).await
}

/// Make a draft of a scheduled edition
#[utoipa::path(post, path = "/editions/{id}/call-back", tag = "editions", params(("id" = String, Path, description = "The edition's name")),
    responses((status = OK, body = EditionWholeAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It is not scheduled", body = Problem, content_type = "application/problem+json")))]
pub async fn call_back(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let edition = named(&state, &id).await?.edition;
    let done = state.store.call_back_edition(edition.id, acting(&caller, &state)).await;
    now(&state, &id, done).await
}

/// Publish an edition now, with its picks
///
/// One that was withdrawn comes back at its place, as a correction.
#[utoipa::path(post, path = "/editions/{id}/publish", tag = "editions", params(("id" = String, Path, description = "The edition's name")),
    responses((status = OK, body = EditionWholeAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It cannot go out", body = Problem, content_type = "application/problem+json")))]
pub async fn publish(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let edition = named(&state, &id).await?.edition;
    let done = state.store.publish_edition(edition.id, acting(&caller, &state)).await;
    now(&state, &id, done).await
}

/// Withdraw an edition that went out, and its picks with it
#[utoipa::path(post, path = "/editions/{id}/withdraw", tag = "editions", params(("id" = String, Path, description = "The edition's name")),
    responses((status = OK, body = EditionWholeAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It is not out", body = Problem, content_type = "application/problem+json")))]
pub async fn withdraw(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let edition = named(&state, &id).await?.edition;
    let done = state.store.withdraw_edition(edition.id, acting(&caller, &state)).await;
    now(&state, &id, done).await
}

/// What is to be said of an edition before it goes out
#[utoipa::path(get, path = "/editions/{id}/checks", tag = "editions", params(("id" = String, Path, description = "The edition's name")),
    responses((status = OK, body = Listed<FindingAnswer>), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn checks(_: Reads, Shared(state): Shared<State>, Path(id): Path<String>) -> Result<Response, Problem> {
    let line = named(&state, &id).await?;
    let list = lists::named(&state, line.list_slug.as_str()).await?;
    let findings = state.store.check_edition(line.edition.id, &list.rules).await?;
    Ok(paging::whole(findings, FindingAnswer::from))
}

/// The edition that a body names at `pointer`.
pub async fn mentioned(state: &State, id: &str, pointer: &str) -> Result<EditionId, Problem> {
    let unknown = || Problem::bad_field(pointer, "there is no edition of that name");
    let id = public_id(id, "edition").map_err(|_| unknown())?;
    state
        .store
        .edition(&id)
        .await?
        .map(|line| line.edition.id)
        .ok_or_else(unknown)
}

/// The edition called `id`.
pub async fn named(state: &State, id: &str) -> Result<EditionLine, Problem> {
    let id = public_id(id, "edition")?;
    state
        .store
        .edition(&id)
        .await?
        .ok_or_else(|| Problem::not_found("edition"))
}

/// The edition, if the caller knows it as it is.
async fn admitted(state: &State, id: &str, if_match: &IfMatch) -> Result<EditionLine, Problem> {
    let line = named(state, id).await?;
    let version = line.edition.version.0;
    if !if_match.admits(version) {
        return Err(outdated(version, &told(state, line).await?));
    }
    Ok(line)
}

/// The edition as it is after something was done to it, or could not be done.
async fn now(state: &State, id: &str, done: Result<(), StoreError>) -> Result<Response, Problem> {
    let line = named(state, id).await?;
    let version = line.edition.version.0;
    match done {
        Ok(()) => precondition::json(&HeaderMap::new(), version, &told(state, line).await?),
        Err(StoreError::Outdated) => Err(outdated(version, &told(state, line).await?)),
        Err(error) => Err(error.into()),
    }
}

async fn told(state: &State, line: EditionLine) -> Result<EditionWholeAnswer, Problem> {
    let picks = state.store.edition_picks(line.edition.id).await?;
    Ok(EditionWholeAnswer {
        edition: line.into(),
        picks: picks.into_iter().map(PickAnswer::from).collect(),
    })
}

impl EditionsQuery {
    fn filter(&self) -> Result<EditionFilter, Problem> {
        let unknown = || Problem::bad_parameter("stage", "a stage such as draft");
        let stage = self
            .stage
            .as_deref()
            .map(|name| Stage::parse(name).ok_or_else(unknown))
            .transpose()?;
        let cursor = paging::cursor("editions", self.cursor.as_deref())?;
        Ok(EditionFilter {
            stage,
            before: cursor.map(|(number, _)| number),
        })
    }
}

impl From<EditionLine> for EditionAnswer {
    fn from(line: EditionLine) -> Self {
        let edition = line.edition;
        Self {
            id: edition.public_id,
            list: line.list_slug.to_string(),
            number: edition.number,
            title: edition.title,
            intro: edition.intro,
            stage: edition.stage.as_str(),
            due_at: edition.due_at,
            published_at: edition.published_at,
            withdrawn_at: edition.withdrawn_at,
            made_at: edition.made_at,
            pick_count: line.picks,
        }
    }
}

impl From<Finding> for FindingAnswer {
    fn from(finding: Finding) -> Self {
        Self {
            severity: finding.severity.as_str(),
            kind: finding.kind.as_str(),
            pick: finding.pick,
            detail: finding.detail,
        }
    }
}
