//! `/invitations/…`: links that work once, by which somebody chooses a password.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::door::START;
use super::{page, sentence, style};
use crate::domain::editor::EditorId;
use crate::domain::password::Password;
use crate::domain::secret::Secret;
use crate::http::client::Client;
use crate::http::error::Problem;
use crate::http::sign_in;
use crate::http::state::State;

/// What an invited editor fills in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordForm {
    password: String,
}

#[derive(Template)]
#[template(path = "site/welcome.html", config = "src/askama.toml")]
struct Welcome {
    style: String,
    notice: String,
    works: bool,
    name: String,
}

/// What of the browser's request a new session wants to know.
pub type Browser = (Client, Uri, HeaderMap);

/// Shows the page on which an invited editor chooses a password.
pub async fn show(Shared(state): Shared<State>, Path(secret): Path<String>) -> Result<Response, Problem> {
    let Some(secret) = Secret::read(&secret) else {
        return worn();
    };
    match state.store.invited(&secret.digest(), state.clock.now()).await? {
        Some(editor) => page(&Welcome::invited("", editor.name.as_str())),
        None => worn(),
    }
}

/// Takes the password, and lets the editor in.
pub async fn accept(
    Shared(state): Shared<State>,
    Path(secret): Path<String>,
    client: Client,
    uri: Uri,
    headers: HeaderMap,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Problem> {
    let Some(digest) = Secret::read(&secret).map(|secret| secret.digest()) else {
        return worn();
    };
    let Some(editor) = state.store.invited(&digest, state.clock.now()).await? else {
        return worn();
    };
    let password = match Password::parse(&form.password) {
        Ok(password) => password,
        Err(mistake) => return refused(&Welcome::invited(&sentence(&mistake.to_string()), editor.name.as_str())),
    };
    let hash = state.hasher.hash(password, (state.fresh_secret)()).await?;
    match state.store.accept_invitation(&digest, hash, state.clock.now()).await? {
        Some(editor) => enter(&state, (client, uri, headers), editor.id).await,
        None => worn(),
    }
}

/// Lets `editor` in, to where somebody begins.
pub async fn enter(state: &State, (client, uri, headers): Browser, editor: EditorId) -> Result<Response, Problem> {
    let cookie = sign_in::begin(state, &client, editor, &headers, &uri).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(START)).into_response())
}

fn refused(welcome: &Welcome) -> Result<Response, Problem> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(welcome)?).into_response())
}

/// Says that a link does not work.
pub fn worn() -> Result<Response, Problem> {
    let welcome = Welcome {
        works: false,
        ..Welcome::invited("", "")
    };
    Ok((StatusCode::NOT_FOUND, page(&welcome)?).into_response())
}

impl Welcome {
    fn invited(notice: &str, name: &str) -> Self {
        Self {
            style: style::path(),
            notice: notice.to_owned(),
            works: true,
            name: name.to_owned(),
        }
    }
}
