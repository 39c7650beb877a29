//! `/api/v1/editors`: who works here.

use axum::extract::{OriginalUri, Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::editor::{EditorName, Role, ShownName};
use crate::domain::time::Timestamp;
use crate::http::body::{Body, set};
use crate::http::caller::{Admins, Reads};
use crate::http::error::Problem;
use crate::http::once::Kept;
use crate::http::paging::{self, Asked, Listed, PageQuery, page};
use crate::http::precondition::{self, IfMatch, outdated};
use crate::http::state::State;
use crate::store::StoreError;
use crate::store::editors::{Editor, EditorChange, NewEditor};

/// An editor.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EditorAnswer {
    /// Their name for programs.
    id: String,
    /// What they sign in with.
    name: String,
    /// Their name for people.
    shown_name: String,
    /// What they may do.
    #[schema(value_type = RoleName)]
    role: &'static str,
    /// Whether they are shut out.
    disabled: bool,
    /// Whether they chose a password.
    has_password: bool,
    /// When they were added.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// When they were last here, give or take a minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    seen_at: Option<Timestamp>,
}

/// What an editor may do. Each may do what those before it may.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum RoleName {
    /// Reads everything and suggests stories.
    Contributor,
    /// Decides, picks and publishes.
    Editor,
    /// Sets up sources, lists and people.
    Admin,
}

/// What somebody may do this time, or a program with a token. Each allows what those before it allow.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum ScopeName {
    /// To read stories, decisions and lists.
    Read,
    /// To suggest stories.
    Suggest,
    /// To decide, pick and publish.
    Edit,
    /// To set up sources, lists and people.
    Admin,
}

/// An editor to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditorWish {
    /// What they sign in with: letters, digits and `. _ - + @`; a mail address will do.
    #[schema(value_type = String, min_length = 2, max_length = 64, pattern = "^[A-Za-z0-9._+@-]+$")]
    name: EditorName,
    /// Their name for people; the other one, if not given.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 80, pattern = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$")]
    shown_name: Option<ShownName>,
    /// What they may do.
    #[schema(value_type = RoleName)]
    role: Role,
}

/// What is to change of an editor, as a merge patch (RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditorPatch {
    /// What they sign in with.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, min_length = 2, max_length = 64, pattern = "^[A-Za-z0-9._+@-]+$", required = false)]
    name: Option<EditorName>,
    /// Their name for people.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, min_length = 1, max_length = 80, pattern = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$", required = false)]
    shown_name: Option<ShownName>,
    /// What they may do. Their sessions end with a change.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = RoleName, required = false)]
    role: Option<Role>,
    /// Whether they are shut out, at once and with every token of theirs.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = bool, required = false)]
    disabled: Option<bool>,
}

/// An editor who was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditorMade {
    /// The editor.
    editor: EditorAnswer,
    /// By which they choose a password.
    invitation: InvitationAnswer,
}

/// A link that works once, by which somebody chooses a password.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationAnswer {
    /// The link, to be handed to them. It is told this once; an answer sent again has none.
    link: Option<String>,
    /// Until when it works.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// The editors, the first first
#[utoipa::path(get, path = "/editors", tag = "editors", params(PageQuery),
    responses((status = OK, body = Listed<EditorAnswer>), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    _: Reads,
    Shared(state): Shared<State>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let (limit, cursor) = (
        paging::limit(asked.limit.as_deref())?,
        paging::cursor("editors", asked.cursor.as_deref())?,
    );
    let after = cursor.map_or(0, |(_, id)| id);
    let editors = state.store.editors_after(after, limit + 1).await?;
    let listed: Listed<EditorAnswer> = paging::cut("editors", editors, limit, |last| (0, last.id.0));
    Ok(page(&uri.to_string(), listed))
}

/// An editor
#[utoipa::path(get, path = "/editors/{id}", tag = "editors", params(("id" = String, Path, description = "The editor's name for programs")),
    responses((status = OK, body = EditorAnswer, headers(("ETag" = String, description = "Changes with the answer"))), (status = NOT_MODIFIED, description = "As `If-None-Match` has it"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    _: Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let editor = find(&state, &id).await?;
    precondition::json(&headers, editor.version, &EditorAnswer::from(editor))
}

/// Add an editor
///
/// They choose a password by the link in the answer, within a day.
#[utoipa::path(post, path = "/editors", tag = "editors", request_body = EditorWish,
    responses((status = CREATED, body = EditorMade), (status = CONFLICT, body = Problem, content_type = "application/problem+json")))]
pub async fn add(_: Admins, Shared(state): Shared<State>, Body(wish): Body<EditorWish>) -> Result<Response, Problem> {
    let new = NewEditor {
        public_id: (state.fresh_id)(),
        shown_name: wish.shown_name.unwrap_or_else(|| ShownName::from(&wish.name)),
        name: wish.name,
        role: wish.role,
        at: state.clock.now(),
    };
    let editor = state.store.add_editor(new).await.map_err(taken)?;
    let (link, expires_at) = invite_by_link(&state, &editor).await?;
    let editor = EditorAnswer::from(editor);
    let place = format!("/api/v1/editors/{}", editor.id);
    Ok(told_once(&place, link, |link| EditorMade {
        editor: editor.clone(),
        invitation: InvitationAnswer { link, expires_at },
    }))
}

/// Change an editor
#[utoipa::path(patch, path = "/editors/{id}", tag = "editors", request_body = EditorPatch,
    params(("id" = String, Path, description = "The editor's name for programs"), ("If-Match" = String, Header, description = "The `ETag` of what is to be changed")),
    responses((status = OK, body = EditorAnswer, headers(("ETag" = String, description = "Of what it is now"))),
        (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "The name is taken, or nobody would be left to set things up", body = Problem, content_type = "application/problem+json")))]
pub async fn change(
    _: Admins,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    if_match: IfMatch,
    Body(patch): Body<EditorPatch>,
) -> Result<Response, Problem> {
    let standing = find(&state, &id).await?;
    if_match.check(standing.version, &EditorAnswer::from(standing.clone()))?;
    let changed = state
        .store
        .change_editor(&id, standing.version, patch.into(), state.clock.now())
        .await;
    match changed {
        Ok(editor) => precondition::json(&HeaderMap::new(), editor.version, &EditorAnswer::from(editor)),
        Err(StoreError::Outdated) => {
            let now = find(&state, &id).await?;
            Err(outdated(now.version, &EditorAnswer::from(now)))
        }
        Err(error) => Err(taken(error)),
    }
}

/// Invite an editor anew
///
/// For one who forgot their password: within 30 minutes they choose another. Earlier links stop working.
#[utoipa::path(post, path = "/editors/{id}/invitations", tag = "editors", params(("id" = String, Path, description = "The editor's name for programs")),
    responses((status = CREATED, body = InvitationAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "The editor is shut out", body = Problem, content_type = "application/problem+json")))]
pub async fn invite(_: Admins, Shared(state): Shared<State>, Path(id): Path<String>) -> Result<Response, Problem> {
    let editor = find(&state, &id).await?;
    if editor.disabled_at.is_some() {
        return Err(Problem::conflict("this editor is shut out; let them in first"));
    }
    let (link, expires_at) = invite_by_link(&state, &editor).await?;
    let place = format!("/api/v1/editors/{id}");
    Ok(told_once(&place, link, |link| InvitationAnswer { link, expires_at }))
}

/// The editor called `id`.
pub async fn find(state: &State, id: &str) -> Result<Editor, Problem> {
    let editor = if super::is_id(id) {
        state.store.editor(id).await?
    } else {
        None
    };
    editor.ok_or_else(|| Problem::not_found("editor"))
}

/// Makes a link by which `editor` chooses a password: the link, and until when it works.
pub async fn invite_by_link(state: &State, editor: &Editor) -> Result<(String, Timestamp), Problem> {
    let secret = (state.fresh_secret)();
    let made = state.store.invite(editor, &secret.digest(), state.clock.now()).await?;
    Ok((
        state.link(&format!("/invitations/{}", secret.reveal())),
        made.expires_at,
    ))
}

/// 201 with `link` in the answer and without it in what is kept of the answer.
fn told_once<T: Serialize>(place: &str, link: String, answer: impl Fn(Option<String>) -> T) -> Response {
    let kept = Kept(serde_json::to_string(&answer(None)).unwrap_or_default());
    let place = [(header::LOCATION, place.to_owned())];
    (StatusCode::CREATED, Extension(kept), place, Json(answer(Some(link)))).into_response()
}

/// What is said to who wants a name that somebody has.
pub fn taken(error: StoreError) -> Problem {
    match error {
        StoreError::Taken(_) => Problem::conflict("the name is taken").at("/name", "somebody else signs in with it"),
        other => other.into(),
    }
}

impl From<Editor> for EditorAnswer {
    fn from(editor: Editor) -> Self {
        Self {
            id: editor.public_id,
            name: editor.name.into(),
            shown_name: editor.shown_name.into(),
            role: editor.role.as_str(),
            disabled: editor.disabled_at.is_some(),
            has_password: editor.has_password,
            made_at: editor.made_at,
            seen_at: editor.seen_at,
        }
    }
}

impl From<EditorPatch> for EditorChange {
    fn from(patch: EditorPatch) -> Self {
        Self {
            name: patch.name,
            shown_name: patch.shown_name,
            role: patch.role,
            disabled: patch.disabled,
        }
    }
}
