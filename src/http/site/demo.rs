//! `/demo/…`: the link that `docent demo` prints. It works once and signs in whoever opens it, without a password; anywhere but
//! in a demonstration it is no page at all.

use axum::extract::{Path, State as Shared};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};

use super::door::START;
use super::welcome;
use crate::domain::password::Password;
use crate::domain::secret::Secret;
use crate::http::caller::caller;
use crate::http::client::Client;
use crate::http::error::Problem;
use crate::http::state::State;

/// Signs in, and leads to Triage.
pub async fn enter(
    Shared(state): Shared<State>,
    Path(secret): Path<String>,
    client: Client,
    uri: Uri,
    headers: HeaderMap,
    mut parts: Parts,
) -> Result<Response, Problem> {
    if state.demo.is_none() {
        return Err(Problem::not_found("page"));
    }
    if caller(&mut parts, &state).await.is_ok() {
        return Ok(Redirect::to(START).into_response());
    }
    let Some(digest) = Secret::read(&secret).map(|secret| secret.digest()) else {
        return welcome::worn();
    };
    let unknown = Password::parse(&(state.fresh_secret)().reveal()).map_err(|_| Problem::not_found("page"))?;
    let hash = state.hasher.hash(unknown, (state.fresh_secret)()).await?;
    match state.store.accept_invitation(&digest, hash, state.clock.now()).await? {
        Some(editor) => welcome::enter(&state, (client, uri, headers), editor.id).await,
        None => welcome::worn(),
    }
}
