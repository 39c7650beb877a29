//! `/setup/…` and `/invitations/…`: links that work once, by which somebody chooses a password.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::door::START;
use super::{page, sentence, style};
use crate::domain::editor::{EditorId, EditorName, Role, ShownName};
use crate::domain::password::Password;
use crate::domain::secret::{Secret, SecretDigest};
use crate::http::client::Client;
use crate::http::error::Problem;
use crate::http::sign_in;
use crate::http::state::State;
use crate::store::editors::NewEditor;

/// What the first editor fills in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstForm {
    name: String,
    #[serde(default)]
    shown_name: String,
    password: String,
}

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
    is_first: bool,
    works: bool,
    name: String,
    shown_name: String,
}

/// What of the browser's request a new session wants to know.
pub(super) type Browser = (Client, Uri, HeaderMap);

/// Shows the page on which the first editor makes themselves.
pub async fn show_first(Shared(state): Shared<State>, Path(secret): Path<String>) -> Result<Response, Problem> {
    match first_link(&state, &secret).await? {
        Some(_) => page(&Welcome::first("", "", "")),
        None => worn(),
    }
}

/// Makes the first editor, an admin, and lets them in.
pub async fn accept_first(
    Shared(state): Shared<State>,
    Path(secret): Path<String>,
    client: Client,
    uri: Uri,
    headers: HeaderMap,
    Form(form): Form<FirstForm>,
) -> Result<Response, Problem> {
    let Some(digest) = first_link(&state, &secret).await? else {
        return worn();
    };
    let (first, password) = match form.read(&state) {
        Ok(read) => read,
        Err(mistake) => return refused(&Welcome::first(&sentence(&mistake), &form.name, &form.shown_name)),
    };
    let hash = state.hasher.hash(password, (state.fresh_secret)()).await?;
    match state.store.accept_first(&digest, first, hash).await? {
        Some(editor) => enter(&state, (client, uri, headers), editor.id).await,
        None => worn(),
    }
}

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

async fn first_link(state: &State, secret: &str) -> Result<Option<SecretDigest>, Problem> {
    let Some(digest) = Secret::read(secret).map(|secret| secret.digest()) else {
        return Ok(None);
    };
    let works = state.store.invites_first(&digest, state.clock.now()).await?;
    Ok(works.then_some(digest))
}

/// Begins a session of `editor` in this browser, and leads to the desk.
pub(super) async fn enter(
    state: &State,
    (client, uri, headers): Browser,
    editor: EditorId,
) -> Result<Response, Problem> {
    let cookie = sign_in::begin(state, &client, editor, &headers, &uri).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(START)).into_response())
}

fn refused(welcome: &Welcome) -> Result<Response, Problem> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(welcome)?).into_response())
}

/// Says that the link does not work, or not any more.
pub(super) fn worn() -> Result<Response, Problem> {
    let welcome = Welcome {
        works: false,
        ..Welcome::invited("", "")
    };
    Ok((StatusCode::NOT_FOUND, page(&welcome)?).into_response())
}

impl FirstForm {
    fn read(&self, state: &State) -> Result<(NewEditor, Password), String> {
        let name = EditorName::parse(&self.name).map_err(|mistake| mistake.to_string())?;
        let shown_name = match self.shown_name.trim() {
            "" => ShownName::from(&name),
            shown => ShownName::parse(shown).map_err(|mistake| mistake.to_string())?,
        };
        let password = Password::parse(&self.password).map_err(|mistake| mistake.to_string())?;
        let first = NewEditor {
            public_id: (state.fresh_id)(),
            name,
            shown_name,
            role: Role::Admin,
            at: state.clock.now(),
        };
        Ok((first, password))
    }
}

impl Welcome {
    fn first(notice: &str, name: &str, shown_name: &str) -> Self {
        Self {
            is_first: true,
            shown_name: shown_name.to_owned(),
            ..Self::invited(notice, name)
        }
    }

    fn invited(notice: &str, name: &str) -> Self {
        Self {
            style: style::path(),
            notice: notice.to_owned(),
            is_first: false,
            works: true,
            name: name.to_owned(),
            shown_name: String::new(),
        }
    }
}
