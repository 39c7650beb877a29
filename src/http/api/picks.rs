//! `/api/v1/picks`, and the picks of a list: stories chosen for it, with what is printed of them.

use axum::extract::{OriginalUri, Path, State as Shared};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::editions::{self, FindingAnswer};
use super::pick_answer::{PickAnswer, PickVersionAnswer};
use crate::domain::link::Link;
use crate::domain::list::wording::{
    ALT_CHARS_MAX, CORRECTION_CHARS_MAX, EXCERPT_CHARS_MAX, HEADLINE_CHARS_MAX, Line, NOTE_CHARS_MAX, Prose,
};
use crate::domain::list::{ListId, Pick, PickId, Place, Stage, Topics, Version};
use crate::domain::time::Timestamp;
use crate::http::api::{acting, lists, public_id};
use crate::http::body::{Body, given, set};
use crate::http::caller::{Edits, Reads};
use crate::http::error::Problem;
use crate::http::paging::{self, Asked, Listed, page, whole};
use crate::http::precondition::{self, IfMatch, outdated};
use crate::http::state::State;
use crate::store::picks::{PickFilter, PickLine};
use crate::store::{Move, PickChange, RestoreFrom, StoreError};

/// What is to change of a pick, as a merge patch (RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PickPatch {
    /// Our headline.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, min_length = 1, max_length = 300, required = false)]
    headline: Option<Line<HEADLINE_CHARS_MAX>>,
    /// What is quoted, plain text.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, max_length = 8000, required = false)]
    excerpt: Option<Prose<EXCERPT_CHARS_MAX>>,
    /// Why it is worth reading, plain text.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, max_length = 2000, required = false)]
    note: Option<Prose<NOTE_CHARS_MAX>>,
    /// The picture; `null` for none.
    #[expect(clippy::option_option, reason = "as a merge patch has it")]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ImagePatch>)]
    image: Option<Option<ImagePatch>>,
    /// What it is about.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = Vec<String>, max_items = 12, required = false)]
    topics: Option<Topics>,
    /// What readers are told of a change after it has gone out.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, max_length = 500, required = false)]
    correction: Option<Prose<CORRECTION_CHARS_MAX>>,
}

/// What is to change of a picture.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImagePatch {
    /// Where it lies.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, max_length = 4096, required = false)]
    link: Option<Link>,
    /// What it shows.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, max_length = 500, required = false)]
    alt: Option<Prose<ALT_CHARS_MAX>>,
}

/// Where a pick is to stand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveWish {
    /// The edition; `null` for none. Left out, it stays in its own, or goes where the pick stands that it is put beside.
    #[expect(clippy::option_option, reason = "as a merge patch has it")]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    edition: Option<Option<String>>,
    /// Its place there; the last if not said.
    #[serde(default)]
    to: PlaceName,
    /// The pick that it is put beside, with `before` and `after`.
    pick: Option<String>,
}

/// A place among others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlaceName {
    /// Before all others.
    First,
    /// Behind all others.
    #[default]
    Last,
    /// Right before another.
    Before,
    /// Right behind another.
    After,
}

/// What a pick is to be taken back to: one of both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreWish {
    /// What the article's own words are restored of.
    original: Option<RestoreName>,
    /// The version whose text is restored.
    version: Option<i64>,
}

/// What the article's own words are restored of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RestoreName {
    /// The excerpt.
    Excerpt,
    /// Headline, excerpt and picture.
    All,
}

/// When something goes out by itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DueWish {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
}

/// Which picks of a list are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PicksQuery {
    /// How many items, at most 200; 50 if not given.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only those that have come so far; or `unplaced` for those that have not gone out and stand in no edition, in the order
    /// made by hand. The others are sorted by when they were picked, the last first.
    stage: Option<String>,
}

/// Which picks are wanted.
enum Wanted {
    Unplaced,
    All(Option<Stage>),
}

/// The picks of a list
#[utoipa::path(get, path = "/lists/{id}/picks", tag = "picks", params(("id" = String, Path, description = "The list's name in addresses"), PicksQuery),
    responses((status = OK, body = Listed<PickAnswer>), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    _: Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<PicksQuery>,
) -> Result<Response, Problem> {
    let limit = paging::limit(asked.limit.as_deref())?;
    let wanted = asked.wanted()?;
    let cursor = paging::cursor(wanted.cursor_name(), asked.cursor.as_deref())?;
    let list = lists::named(&state, &id).await?;
    let picks = wanted.read(&state, list.id, cursor, limit + 1).await?;
    let listed: Listed<PickAnswer> = paging::cut(wanted.cursor_name(), picks, limit, |line| {
        (line.pick.position, line.pick.id.0)
    });
    Ok(page(&uri.to_string(), listed))
}

/// A pick
#[utoipa::path(get, path = "/picks/{id}", tag = "picks", params(("id" = String, Path, description = "The pick's name")),
    responses((status = OK, body = PickAnswer, headers(("ETag" = String, description = "Changes with the answer"))), (status = NOT_MODIFIED, description = "As `If-None-Match` has it"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    _: Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let line = named(&state, &id).await?;
    precondition::json(&headers, line.pick.version.0, &PickAnswer::from(line))
}

/// Change what is printed of a pick
///
/// After it has gone out this is a correction, which readers see as such.
#[utoipa::path(patch, path = "/picks/{id}", tag = "picks", request_body = PickPatch,
    params(("id" = String, Path, description = "The pick's name"), ("If-Match" = String, Header, description = "The `ETag` of what is to be changed")),
    responses((status = OK, body = PickAnswer, headers(("ETag" = String, description = "Of what it is now"))), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "It was taken from the list", body = Problem, content_type = "application/problem+json")))]
pub async fn change(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    if_match: IfMatch,
    Body(patch): Body<PickPatch>,
) -> Result<Response, Problem> {
    let line = named(&state, &id).await?;
    if_match.check(line.pick.version.0, &PickAnswer::from(line.clone()))?;
    let (pick, version) = (line.pick.id, line.pick.version);
    let change = patch.over(line.pick)?;
    let done = state
        .store
        .change_pick(pick, version, change, acting(&caller, &state))
        .await;
    now(&state, &id, done).await
}

/// Take the text of a pick back to the article's own words, or to an earlier version
#[utoipa::path(post, path = "/picks/{id}/restore", tag = "picks", request_body = RestoreWish, params(("id" = String, Path, description = "The pick's name")),
    responses((status = OK, body = PickAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It was taken from the list", body = Problem, content_type = "application/problem+json")))]
pub async fn restore(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    Body(wish): Body<RestoreWish>,
) -> Result<Response, Problem> {
    let from = wish.read()?;
    let pick = named(&state, &id).await?.pick;
    let done = state
        .store
        .restore_text(pick.id, pick.version, from, acting(&caller, &state))
        .await;
    if matches!(done, Err(StoreError::Missing)) {
        return Err(Problem::bad_field("/version", "there is no such version of the text"));
    }
    now(&state, &id, done).await
}

/// Move a pick: among others, into an edition, out of one
#[utoipa::path(post, path = "/picks/{id}/move", tag = "picks", request_body = MoveWish, params(("id" = String, Path, description = "The pick's name")),
    responses((status = OK, body = PickAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It cannot stand there", body = Problem, content_type = "application/problem+json")))]
pub async fn relocate(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    Body(wish): Body<MoveWish>,
) -> Result<Response, Problem> {
    let pick = named(&state, &id).await?.pick;
    let to = wish.read(&state).await?;
    let done = state.store.move_pick(pick.id, to, acting(&caller, &state)).await;
    now(&state, &id, done).await
}

/// Let a pick go out by itself at a time
///
/// One that stands in an edition goes out with that.
#[utoipa::path(post, path = "/picks/{id}/schedule", tag = "picks", request_body = DueWish, params(("id" = String, Path, description = "The pick's name")),
    responses((status = OK, body = PickAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It cannot be scheduled now", body = Problem, content_type = "application/problem+json")))]
pub async fn schedule(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    Body(wish): Body<DueWish>,
) -> Result<Response, Problem> {
    let pick = named(&state, &id).await?.pick;
    let done = state
        .store
        .schedule_pick(pick.id, wish.due_at, acting(&caller, &state))
        .await;
    now(&state, &id, done).await
}

/// Make a draft of a scheduled pick
#[utoipa::path(post, path = "/picks/{id}/call-back", tag = "picks", params(("id" = String, Path, description = "The pick's name")),
    responses((status = OK, body = PickAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It is not scheduled", body = Problem, content_type = "application/problem+json")))]
pub async fn call_back(_: Edits, Shared(state): Shared<State>, Path(id): Path<String>) -> Result<Response, Problem> {
    let pick = named(&state, &id).await?.pick;
    let done = state.store.call_back_pick(pick.id).await;
    now(&state, &id, done).await
}

/// Publish a pick now
///
/// One that was withdrawn comes back at its place, as a correction.
#[utoipa::path(post, path = "/picks/{id}/publish", tag = "picks", params(("id" = String, Path, description = "The pick's name")),
    responses((status = OK, body = PickAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It cannot go out", body = Problem, content_type = "application/problem+json")))]
pub async fn publish(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let pick = named(&state, &id).await?.pick;
    let done = state.store.publish_pick(pick.id, acting(&caller, &state)).await;
    now(&state, &id, done).await
}

/// Withdraw a pick that went out
#[utoipa::path(post, path = "/picks/{id}/withdraw", tag = "picks", params(("id" = String, Path, description = "The pick's name")),
    responses((status = OK, body = PickAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It is not out", body = Problem, content_type = "application/problem+json")))]
pub async fn withdraw(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let pick = named(&state, &id).await?.pick;
    let done = state.store.withdraw_pick(pick.id, acting(&caller, &state)).await;
    now(&state, &id, done).await
}

/// Every version of a pick's text, the last first
#[utoipa::path(get, path = "/picks/{id}/versions", tag = "picks", params(("id" = String, Path, description = "The pick's name")),
    responses((status = OK, body = Listed<PickVersionAnswer>), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn versions(_: Reads, Shared(state): Shared<State>, Path(id): Path<String>) -> Result<Response, Problem> {
    let pick = named(&state, &id).await?.pick;
    let versions = state.store.pick_versions(pick.id).await?;
    Ok(whole(versions, PickVersionAnswer::from))
}

/// What is to be said of a pick before it goes out
#[utoipa::path(get, path = "/picks/{id}/checks", tag = "picks", params(("id" = String, Path, description = "The pick's name")),
    responses((status = OK, body = Listed<FindingAnswer>), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn checks(_: Reads, Shared(state): Shared<State>, Path(id): Path<String>) -> Result<Response, Problem> {
    let line = named(&state, &id).await?;
    let list = lists::named(&state, line.list_slug.as_str()).await?;
    let findings = state.store.check_pick(line.pick, &list.rules).await?;
    Ok(whole(findings, FindingAnswer::from))
}

/// The pick called `id`.
pub async fn named(state: &State, id: &str) -> Result<PickLine, Problem> {
    let id = public_id(id, "pick")?;
    state.store.pick(&id).await?.ok_or_else(|| Problem::not_found("pick"))
}

/// The pick as it is after something was done to it, or could not be done.
async fn now(state: &State, id: &str, done: Result<(), StoreError>) -> Result<Response, Problem> {
    let line = named(state, id).await?;
    let version = line.pick.version.0;
    match done {
        Ok(()) => precondition::json(&HeaderMap::new(), version, &PickAnswer::from(line)),
        Err(StoreError::Outdated) => Err(outdated(version, &PickAnswer::from(line))),
        Err(error) => Err(error.into()),
    }
}

impl PicksQuery {
    fn wanted(&self) -> Result<Wanted, Problem> {
        let unknown = || Problem::bad_parameter("stage", "a stage such as draft, or unplaced");
        match self.stage.as_deref() {
            None => Ok(Wanted::All(None)),
            Some("unplaced") => Ok(Wanted::Unplaced),
            Some(name) => Stage::parse(name)
                .map(|stage| Wanted::All(Some(stage)))
                .ok_or_else(unknown),
        }
    }
}

impl Wanted {
    async fn read(
        &self,
        state: &State,
        list: ListId,
        cursor: Option<(i64, i64)>,
        limit: u32,
    ) -> Result<Vec<PickLine>, StoreError> {
        match self {
            Self::Unplaced => {
                let after = cursor.map(|(position, id)| (position, PickId(id)));
                state.store.unplaced_picks(list, after, limit).await
            }
            Self::All(only) => {
                let filter = PickFilter {
                    stage: *only,
                    before: cursor.map(|(_, id)| PickId(id)),
                };
                state.store.picks(list, filter, limit).await
            }
        }
    }

    const fn cursor_name(&self) -> &'static str {
        match self {
            Self::Unplaced => "unplaced",
            Self::All(_) => "picks",
        }
    }
}

impl PickPatch {
    fn over(self, pick: Pick) -> Result<PickChange, Problem> {
        let (image, image_alt) = match self.image {
            None => (None, None),
            Some(None) => (Some(None), Some(None)),
            Some(Some(patch)) => {
                let link = patch.link.or(pick.text.image);
                let missing = || Problem::bad_field("/image/link", "there is no picture yet; say where it lies");
                let alt = patch.alt.map(|alt| Some(alt.0).filter(|alt| !alt.is_empty()));
                (Some(Some(link.ok_or_else(missing)?)), alt)
            }
        };
        Ok(PickChange {
            headline: self.headline.map(|headline| headline.0),
            excerpt: self.excerpt.map(|excerpt| excerpt.0),
            note: self.note.map(|note| note.0),
            image,
            image_alt,
            topics: self.topics,
            correction: self.correction.map(|correction| correction.0),
        })
    }
}

impl RestoreWish {
    fn read(&self) -> Result<RestoreFrom, Problem> {
        match (self.original, self.version) {
            (Some(RestoreName::Excerpt), None) => Ok(RestoreFrom::OriginalExcerpt),
            (Some(RestoreName::All), None) => Ok(RestoreFrom::Original),
            (None, Some(version)) => Ok(RestoreFrom::Version(Version(version))),
            _ => Err(Problem::bad_field("", "give one of original, version")),
        }
    }
}

impl MoveWish {
    async fn read(self, state: &State) -> Result<Move, Problem> {
        let edition = match self.edition {
            None => None,
            Some(None) => Some(None),
            Some(Some(id)) => Some(Some(editions::mentioned(state, &id, "/edition").await?)),
        };
        let beside = match (self.to, self.pick) {
            (PlaceName::Before | PlaceName::After, Some(id)) => mentioned(state, &id).await?,
            (PlaceName::Before | PlaceName::After, None) => {
                return Err(Problem::bad_field("/pick", "say which pick it is put beside"));
            }
            (PlaceName::First | PlaceName::Last, Some(_)) => {
                return Err(Problem::bad_field("/pick", "only with before and after"));
            }
            (PlaceName::First, None) => {
                return Ok(Move {
                    edition,
                    place: Place::First,
                });
            }
            (PlaceName::Last, None) => {
                return Ok(Move {
                    edition,
                    place: Place::Last,
                });
            }
        };
        let place = if self.to == PlaceName::Before {
            Place::Before(beside)
        } else {
            Place::After(beside)
        };
        Ok(Move { edition, place })
    }
}

async fn mentioned(state: &State, id: &str) -> Result<PickId, Problem> {
    let unknown = || Problem::bad_field("/pick", "there is no pick of that name");
    let id = public_id(id, "pick").map_err(|_| unknown())?;
    state
        .store
        .pick(&id)
        .await?
        .map(|line| line.pick.id)
        .ok_or_else(unknown)
}
