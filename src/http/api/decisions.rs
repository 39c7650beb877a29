//! `/api/v1/decisions`, those of a story, and those of a batch.

use axum::Json;
use axum::extract::{OriginalUri, Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::acts::{ActAsked, name};
use super::public_id;
use super::stories::{NoteAnswer, StoryAnswer, whole};
use crate::domain::decision::{Act, DecisionId, Value};
use crate::domain::editor::{EditorId, Scope};
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;
use crate::http::body::Body;
use crate::http::caller::{Caller, Reads, Suggests};
use crate::http::error::Problem;
use crate::http::paging::{self, Asked, Listed, PageQuery, page};
use crate::http::precondition::{self, outdated};
use crate::http::state::State;
use crate::store::StoreError;
use crate::store::decisions::{Batch, DecisionLine, Hand, Outcome, Whose};

/// Stories that one request decides about, at the most.
const STORIES_MAX: usize = 200;

/// One act of an editor on a story.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionAnswer {
    /// Its name.
    id: String,
    /// The story that it is about.
    story: String,
    /// The story that it was merged into, or split off.
    other: Option<String>,
    /// What of the story: `status`, `note`, `topics`, `lead`, `articles`, or `list:` and the name of a list.
    cell: String,
    /// What was done: `suggest`, `hold`, `dismiss`, `reopen`, `note`, `topics`, `lead`, `merge`, `split`, `pick`, `unpick`,
    /// `undo` or `redo`.
    act: &'static str,
    /// Who did it.
    by: ByAnswer,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What stood there before.
    before: HeldAnswer,
    /// What stood there after.
    after: HeldAnswer,
    /// The decision that an undo or a redo is about.
    of: Option<String>,
    /// What it is undone together with.
    batch: String,
    /// Whether it is undone.
    undone: bool,
}

/// An editor.
#[derive(Debug, Serialize, ToSchema)]
pub struct ByAnswer {
    /// Their name for programs.
    id: String,
    /// Their name for people.
    name: String,
}

/// What a cell holds; only what belongs to that cell is there.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct HeldAnswer {
    /// Where the story stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// Why it was dismissed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What is said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<NoteAnswer>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    topics: Option<Vec<String>>,
    /// The article that leads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead: Option<String>,
    /// The story that the articles are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<String>,
    /// Whether it stands on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    picked: Option<bool>,
}

/// A decision that was made, and the story as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecidedAnswer {
    /// The decision.
    decision: DecisionAnswer,
    /// The story.
    story: StoryAnswer,
}

/// What is to be done to many stories.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManyAsked {
    /// Which, by name.
    #[schema(min_items = 1, max_items = 200)]
    stories: Vec<String>,
    /// What.
    decision: ActAsked,
}

/// What came of acts that are undone together.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer {
    /// Their common name, by which all of them are undone.
    batch: String,
    /// For each thing named, in the order given, what came of it.
    items: Vec<OutcomeAnswer>,
}

/// What came of one of many acts.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutcomeAnswer {
    /// What it was done to: a story, or a decision that was undone.
    id: String,
    /// `done`, `refused` or `missing`.
    outcome: &'static str,
    /// The decision, where it was done.
    decision: Option<String>,
    /// Why, where it was refused.
    detail: Option<String>,
}

/// Which decisions are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DecisionsQuery {
    /// How many items, at most 200; 50 if not given.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only those of this editor; `me` is you.
    by: Option<String>,
}

/// The decisions, the last first
#[utoipa::path(get, path = "/decisions", tag = "decisions", params(DecisionsQuery),
    responses((status = OK, body = Listed<DecisionAnswer>), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    Reads(caller): Reads,
    Shared(state): Shared<State>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<DecisionsQuery>,
) -> Result<Response, Problem> {
    let whose = match asked.by.as_deref() {
        None => Whose::All,
        Some("me") => Whose::Of(caller.id),
        Some(name) => Whose::Of(editor(&state, name).await?),
    };
    listed(
        &state,
        &uri.to_string(),
        whose,
        asked.limit.as_deref(),
        asked.cursor.as_deref(),
    )
    .await
}

/// The decisions about a story and about those that were merged into it, the last first
#[utoipa::path(get, path = "/stories/{id}/decisions", tag = "decisions", params(("id" = String, Path, description = "The story's name"), PageQuery),
    responses((status = OK, body = Listed<DecisionAnswer>), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn of_story(
    _: Reads,
    Shared(state): Shared<State>,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
    Asked(asked): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let story = state.store.story_version(&public_id(&id, "story")?).await?;
    let (story, _) = story.ok_or_else(|| Problem::not_found("story"))?;
    let whose = Whose::About(story);
    listed(
        &state,
        &uri.to_string(),
        whose,
        asked.limit.as_deref(),
        asked.cursor.as_deref(),
    )
    .await
}

/// Decides about a story
///
/// A story that was merged into another is decided about as that one. `If-Match` says which version was seen: acts that
/// replace text want it, the others take it.
#[utoipa::path(post, path = "/stories/{id}/decisions", tag = "decisions", params(("id" = String, Path, description = "The story's name")),
    request_body = ActAsked,
    responses((status = CREATED, body = DecidedAnswer), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"), (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It does not go with what stands; the detail says why", body = Problem, content_type = "application/problem+json"), (status = PRECONDITION_FAILED, description = "Somebody decided since; `current` is the story now", body = Problem, content_type = "application/problem+json"), (status = UNPROCESSABLE_ENTITY, body = Problem, content_type = "application/problem+json"), (status = PRECONDITION_REQUIRED, body = Problem, content_type = "application/problem+json")))]
pub async fn decide(
    Suggests(caller): Suggests,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(asked): Body<ActAsked>,
) -> Result<Response, Problem> {
    let (id, act) = (public_id(&id, "story")?, asked.act("")?);
    caller.must(act.scope())?;
    let wants = act.replaces_text() || headers.contains_key(header::IF_MATCH);
    let known = wants.then(|| precondition::read(&headers)).transpose()?;
    let admits = |version| known.as_ref().is_none_or(|known| known.admits(version));
    match state.store.decide(&id, &act, &hand(&caller, &state), admits).await {
        Ok(decision) => decided(&state, StatusCode::CREATED, &decision).await,
        Err(StoreError::Missing) => Err(Problem::not_found("story")),
        Err(StoreError::Outdated) => Err(stale(&state, &id).await?),
        Err(other) => Err(other.into()),
    }
}

/// Decides about many stories alike
///
/// What cannot be done to one of them is told, and done to the others. All of it is undone together.
#[utoipa::path(post, path = "/decisions", tag = "decisions", request_body = ManyAsked,
    responses((status = OK, body = BatchAnswer), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"), (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"), (status = UNPROCESSABLE_ENTITY, body = Problem, content_type = "application/problem+json")))]
pub async fn decide_many(
    Suggests(caller): Suggests,
    Shared(state): Shared<State>,
    Body(asked): Body<ManyAsked>,
) -> Result<Json<BatchAnswer>, Problem> {
    let act = asked.decision.act("/decision")?;
    caller.must(act.scope())?;
    if asked.stories.is_empty() || asked.stories.len() > STORIES_MAX {
        return Err(Problem::bad_field("/stories", "1 to 200 names of stories"));
    }
    if matches!(act, Act::Lead(_) | Act::Split(_)) {
        return Err(Problem::bad_field(
            "/decision/act",
            "an article is one of one story only",
        ));
    }
    let named = asked.stories.iter().enumerate();
    let stories: Result<Vec<String>, Problem> = named.map(|(at, id)| name(id, &format!("/stories/{at}"))).collect();
    let stories = stories?;
    let batch = state.store.decide_all(&stories, &act, &hand(&caller, &state)).await?;
    Ok(Json(batch.into()))
}

/// Undoes a decision
///
/// The last one of its kind about its story can be undone, whoever made it. To undo an undo is to make hold again.
#[utoipa::path(post, path = "/decisions/{id}/undo", tag = "decisions", params(("id" = String, Path, description = "The decision's name")),
    responses((status = OK, body = DecidedAnswer), (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "Others lie on it; the detail says whose", body = Problem, content_type = "application/problem+json")))]
pub async fn undo(
    Suggests(caller): Suggests,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let turned = state
        .store
        .undo(&public_id(&id, "decision")?, &hand(&caller, &state))
        .await;
    decided(&state, StatusCode::OK, &turned.map_err(no_decision)?).await
}

/// Makes a decision hold again that was undone
#[utoipa::path(post, path = "/decisions/{id}/redo", tag = "decisions", params(("id" = String, Path, description = "The decision's name")),
    responses((status = OK, body = DecidedAnswer), (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "Others came between; the detail says whose", body = Problem, content_type = "application/problem+json")))]
pub async fn redo(
    Suggests(caller): Suggests,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let turned = state
        .store
        .redo(&public_id(&id, "decision")?, &hand(&caller, &state))
        .await;
    decided(&state, StatusCode::OK, &turned.map_err(no_decision)?).await
}

/// Undoes what can be undone of decisions that one request made
#[utoipa::path(post, path = "/batches/{id}/undo", tag = "decisions", params(("id" = String, Path, description = "The batch's name")),
    responses((status = OK, body = BatchAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn undo_batch(
    Suggests(caller): Suggests,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Json<BatchAnswer>, Problem> {
    let batch = state
        .store
        .undo_batch(&public_id(&id, "batch")?, &hand(&caller, &state))
        .await;
    Ok(Json(batch.map_err(no_batch)?.into()))
}

/// Makes hold again what can be of decisions that one request made
#[utoipa::path(post, path = "/batches/{id}/redo", tag = "decisions", params(("id" = String, Path, description = "The batch's name")),
    responses((status = OK, body = BatchAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn redo_batch(
    Suggests(caller): Suggests,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Json<BatchAnswer>, Problem> {
    let batch = state
        .store
        .redo_batch(&public_id(&id, "batch")?, &hand(&caller, &state))
        .await;
    Ok(Json(batch.map_err(no_batch)?.into()))
}

async fn listed(
    state: &State,
    uri: &str,
    whose: Whose,
    limit: Option<&str>,
    cursor: Option<&str>,
) -> Result<Response, Problem> {
    let (limit, cursor) = (paging::limit(limit)?, paging::cursor("decisions", cursor)?);
    let before = cursor.map(|(_, id)| DecisionId(id));
    let lines = state.store.decisions(whose, before, limit + 1).await?;
    let listed: Listed<DecisionAnswer> = paging::cut("decisions", lines, limit, |last| (0, last.id.0));
    Ok(page(uri, listed))
}

async fn editor(state: &State, name: &str) -> Result<EditorId, Problem> {
    let unknown = || Problem::bad_parameter("by", "me, or the name of an editor");
    let name = Uuid::parse_str(name).map_err(|_| unknown())?.to_string();
    Ok(state.store.editor(&name).await?.ok_or_else(unknown)?.id)
}

fn hand(caller: &Caller, state: &State) -> Hand {
    Hand {
        editor: caller.id,
        name: caller.shown_name.to_string(),
        overrules: caller.scope >= Scope::Edit,
        at: state.clock.now(),
        fresh_id: state.fresh_id,
    }
}

async fn decided(state: &State, status: StatusCode, decision: &str) -> Result<Response, Problem> {
    let missing = || Problem::not_found("decision");
    let line = state.store.decision(decision).await?.ok_or_else(missing)?;
    let story = state.store.story_line(&line.story).await?.ok_or_else(missing)?;
    let answer = DecidedAnswer {
        decision: line.into(),
        story: story.into(),
    };
    Ok((status, Json(answer)).into_response())
}

async fn stale(state: &State, story: &str) -> Result<Problem, Problem> {
    let current = whole(state, story).await?;
    Ok(outdated(current.version(), &current))
}

fn no_decision(error: StoreError) -> Problem {
    match error {
        StoreError::Missing => Problem::not_found("decision"),
        other => other.into(),
    }
}

fn no_batch(error: StoreError) -> Problem {
    match error {
        StoreError::Missing => Problem::not_found("batch"),
        other => other.into(),
    }
}

impl From<DecisionLine> for DecisionAnswer {
    fn from(line: DecisionLine) -> Self {
        let cell = match &line.list {
            Some(list) => format!("list:{list}"),
            None => line.cell.to_string(),
        };
        let name_of = |story| {
            if story == line.story_id {
                Some(line.story.clone())
            } else {
                line.other.clone()
            }
        };
        Self {
            before: HeldAnswer::new(line.before, name_of),
            after: HeldAnswer::new(line.after, name_of),
            id: line.public_id,
            other: line.other.clone(),
            cell,
            act: line.deed.as_str(),
            by: ByAnswer {
                id: line.editor,
                name: line.by,
            },
            at: line.at,
            of: line.of,
            batch: line.batch,
            undone: line.undone,
            story: line.story.clone(),
        }
    }
}

impl HeldAnswer {
    fn new(value: Value, name_of: impl Fn(StoryId) -> Option<String>) -> Self {
        let none = Self::default();
        match value {
            Value::Status(own) => Self {
                status: Some(own.status.as_str()),
                reason: own.reason.map(String::from),
                ..none
            },
            Value::Note(note) => Self {
                note: note.map(NoteAnswer::from),
                ..none
            },
            Value::Topics(own) => Self {
                topics: own.map(|topics| topics.as_slice().to_vec()),
                ..none
            },
            Value::Lead(lead) => Self {
                lead: lead.map(|lead| lead.0.to_string()),
                ..none
            },
            Value::Articles(at) => Self {
                story: name_of(at.story),
                ..none
            },
            Value::Picked(picked) => Self {
                picked: Some(picked),
                ..none
            },
        }
    }
}

impl From<Batch> for BatchAnswer {
    fn from(batch: Batch) -> Self {
        Self {
            batch: batch.id,
            items: batch.outcomes.into_iter().map(OutcomeAnswer::from).collect(),
        }
    }
}

impl From<(String, Outcome)> for OutcomeAnswer {
    fn from((id, outcome): (String, Outcome)) -> Self {
        let (outcome, decision, detail) = match outcome {
            Outcome::Done(decision) => ("done", Some(decision), None),
            Outcome::Refused(why) => ("refused", None, Some(why)),
            Outcome::Missing => ("missing", None, None),
        };
        Self {
            id,
            outcome,
            decision,
            detail,
        }
    }
}
