//! `/api/v1/invitations`: links that work once, by which somebody chooses a password.

use axum::Json;
use axum::extract::{Path, State as Shared};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::editors::EditorAnswer;
use crate::domain::password::Password;
use crate::domain::secret::Secret;
use crate::http::body::Body;
use crate::http::error::Problem;
use crate::http::state::State;

/// Whom an invitation is for.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitedAnswer {
    /// What they sign in with.
    name: String,
    /// Their name for people.
    shown_name: String,
}

/// A password that somebody chooses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordWish {
    /// 12 to 1024 bytes; a sentence is a good one.
    #[schema(value_type = String, min_length = 12, max_length = 1024)]
    password: Password,
}

/// Whom an invitation is for
#[utoipa::path(get, path = "/invitations/{secret}", tag = "account", security(()), params(("secret" = String, Path, description = "The end of the link")),
    responses((status = OK, body = InvitedAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn show(Shared(state): Shared<State>, Path(secret): Path<String>) -> Result<Json<InvitedAnswer>, Problem> {
    let secret = Secret::read(&secret).ok_or_else(worn)?;
    let invited = state.store.invited(&secret.digest(), state.clock.now()).await?;
    let editor = invited.ok_or_else(worn)?;
    Ok(Json(InvitedAnswer {
        name: editor.name.into(),
        shown_name: editor.shown_name.into(),
    }))
}

/// Choose a password
///
/// The link works no more, and every session of theirs ends.
#[utoipa::path(post, path = "/invitations/{secret}", tag = "account", security(()), request_body = PasswordWish, params(("secret" = String, Path, description = "The end of the link")),
    responses((status = OK, body = EditorAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, body = Problem, content_type = "application/problem+json")))]
pub async fn accept(
    Shared(state): Shared<State>,
    Path(secret): Path<String>,
    Body(wish): Body<PasswordWish>,
) -> Result<Json<EditorAnswer>, Problem> {
    let digest = Secret::read(&secret).ok_or_else(worn)?.digest();
    // Nobody makes us hash who has no invitation.
    let invited = state.store.invited(&digest, state.clock.now()).await?;
    invited.ok_or_else(worn)?;
    let hash = state.hasher.hash(wish.password, (state.fresh_secret)()).await?;
    let editor = state.store.accept_invitation(&digest, hash, state.clock.now()).await?;
    Ok(Json(editor.ok_or_else(worn)?.into()))
}

fn worn() -> Problem {
    let detail = "this link does not work, or not any more; ask an admin for another".to_owned();
    Problem::new(axum::http::StatusCode::NOT_FOUND, Some(detail))
}
