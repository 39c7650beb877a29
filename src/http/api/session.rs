//! `/api/v1/session`: who is signed in here; and `/api/v1/password`.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::editors::{EditorAnswer, RoleName, ScopeName};
use crate::domain::password::{Offered, Password};
use crate::http::body::Body;
use crate::http::caller::{Caller, Owns, Proof, Reads};
use crate::http::client::Client;
use crate::http::error::Problem;
use crate::http::state::State;
use crate::http::{cookie, sign_in};

/// What somebody signs in with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The name to sign in with.
    #[schema(max_length = 200)]
    name: String,
    /// The password.
    #[schema(value_type = String, max_length = 1024)]
    password: Offered,
}

/// A password, and another in its place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The one that is to go.
    #[schema(value_type = String, max_length = 1024)]
    current: Offered,
    /// The one that is to come: 12 to 1024 bytes.
    #[schema(value_type = String, min_length = 12, max_length = 1024)]
    new: Password,
}

/// Who is signed in, and how.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallerAnswer {
    /// Their name for programs.
    id: String,
    /// What they sign in with.
    name: String,
    /// Their name for people.
    shown_name: String,
    /// What they may do at all.
    #[schema(value_type = RoleName)]
    role: &'static str,
    /// What they may do this time.
    #[schema(value_type = ScopeName)]
    scope: &'static str,
    /// The session, if they came with a cookie.
    session: Option<String>,
    /// The token, if they came with one.
    token: Option<String>,
}

/// Sign in
///
/// Answers with a cookie. Too many tries are answered with 429, a name that nobody has like a wrong password.
#[utoipa::path(post, path = "/session", tag = "account", request_body = SignIn, security(()),
    responses((status = OK, body = EditorAnswer, headers(("Set-Cookie" = String, description = "The session"))),
        (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
        (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds to wait"))),
        (status = SERVICE_UNAVAILABLE, body = Problem, content_type = "application/problem+json")))]
pub async fn begin(
    Shared(state): Shared<State>,
    client: Client,
    uri: Uri,
    headers: HeaderMap,
    Body(asked): Body<SignIn>,
) -> Result<Response, Problem> {
    let proven = sign_in::prove(&state, &client, &asked.name, asked.password).await?;
    let editor = proven.ok_or_else(sign_in::unproven)?;
    let cookie = sign_in::begin(&state, &client, editor, &headers, &uri).await?;
    let editor = state.store.editor_of(editor).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(EditorAnswer::from(editor))).into_response())
}

/// Who is signed in
#[utoipa::path(get, path = "/session", tag = "account", responses((status = OK, body = CallerAnswer)))]
pub async fn show(Reads(caller): Reads) -> Json<CallerAnswer> {
    Json(caller.into())
}

/// Sign out here
#[utoipa::path(delete, path = "/session", tag = "account",
    responses((status = NO_CONTENT), (status = CONFLICT, description = "A token asks, which is revoked and does not sign out", body = Problem, content_type = "application/problem+json")))]
pub async fn end(
    Owns(caller): Owns,
    Shared(state): Shared<State>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Proof::Session(session) = &caller.proof else {
        return Err(Problem::conflict("a token does not sign out, it is revoked"));
    };
    state.store.end_session(caller.id, session).await?;
    Ok((
        StatusCode::NO_CONTENT,
        [(header::SET_COOKIE, cookie::unset(&headers, &uri))],
    )
        .into_response())
}

/// Change one's own password
///
/// Every session ends; the browser that asked gets a new one.
#[utoipa::path(post, path = "/password", tag = "account", request_body = PasswordChange,
    responses((status = NO_CONTENT),
        (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds to wait"))),
        (status = SERVICE_UNAVAILABLE, body = Problem, content_type = "application/problem+json")))]
pub async fn change_password(
    Owns(caller): Owns,
    Shared(state): Shared<State>,
    client: Client,
    uri: Uri,
    headers: HeaderMap,
    Body(asked): Body<PasswordChange>,
) -> Result<Response, Problem> {
    let proven = sign_in::prove(&state, &client, caller.name.as_str(), asked.current).await?;
    proven.ok_or_else(|| Problem::forbidden("the current password is another").at("/current", "not the password"))?;
    let hash = state.hasher.hash(asked.new, (state.fresh_secret)()).await?;
    state.store.change_password(caller.id, hash).await?;
    match caller.proof {
        Proof::Token(_) => Ok(StatusCode::NO_CONTENT.into_response()),
        Proof::Session(_) => {
            let cookie = sign_in::begin(&state, &client, caller.id, &headers, &uri).await?;
            Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
        }
    }
}

impl From<Caller> for CallerAnswer {
    fn from(caller: Caller) -> Self {
        let (session, token) = match caller.proof {
            Proof::Session(id) => (Some(id), None),
            Proof::Token(id) => (None, Some(id)),
        };
        Self {
            id: caller.public_id,
            name: caller.name.into(),
            shown_name: caller.shown_name.into(),
            role: caller.role.as_str(),
            scope: caller.scope.as_str(),
            session,
            token,
        }
    }
}
