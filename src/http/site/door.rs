//! `/login` and `/logout`: in and out.

use askama::Template;
use axum::Form;
use axum::extract::{FromRequestParts, RawQuery, State as Shared};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use url::form_urlencoded;

use super::{page, style};
use crate::domain::editor::Scope;
use crate::domain::password::Offered;
use crate::http::caller::{Caller, Proof, caller};
use crate::http::client::Client;
use crate::http::error::Problem;
use crate::http::state::State;
use crate::http::{cookie, host, sign_in};

/// Where somebody goes who was not on their way anywhere.
pub const START: &str = "/desk";
/// Bytes of the way that somebody was on.
const NEXT_BYTES_MAX: usize = 2000;

/// Somebody who is signed in and opens a page. Anybody else is led to the door, and back when they are in.
#[derive(Debug)]
pub struct Visitor(pub Caller);

/// The same of whoever may suggest stories.
pub struct Suggesting(pub Caller);

/// The same of whoever may decide, pick and publish.
pub struct Editing(pub Caller);

/// The same of whoever may set up sources, lists and people.
pub struct Administering(pub Caller);

/// What the form at the door holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInForm {
    name: String,
    password: Offered,
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "site/login.html", config = "src/askama.toml")]
struct Door {
    style: String,
    notice: String,
    name: String,
    next: String,
}

/// Shows the door, or what is behind it to whoever is in.
pub async fn show(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
    mut parts: Parts,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let next = pairs.find_map(|(name, value)| (name == "next").then_some(value));
    let next = safe_next(&next.unwrap_or_default()).to_owned();
    if caller(&mut parts, &state).await.is_ok() {
        return Ok(Redirect::to(&next).into_response());
    }
    let notice = if takes_cookies(&state, &parts.headers, &parts.uri) {
        ""
    } else {
        "Browsers keep the sign-in of this address by https only. Open docent by its https address, or on the machine itself."
    };
    page(&Door::new(notice, "", &next))
}

/// Lets somebody in.
pub async fn enter(
    Shared(state): Shared<State>,
    client: Client,
    uri: Uri,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Result<Response, Problem> {
    let next = safe_next(&form.next);
    let refusal = match sign_in::prove(&state, &client, &form.name, form.password).await {
        Ok(Some(editor)) => {
            let cookie = sign_in::begin(&state, &client, editor, &headers, &uri).await?;
            return Ok(([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response());
        }
        Ok(None) => sign_in::unproven(),
        Err(problem) => problem,
    };
    let notice = refusal.to_string();
    let body = page(&Door::new(&super::sentence(&notice), &form.name, next))?;
    // With the headers of the problem: when to come again.
    let (mut parts, _) = refusal.into_response().into_parts();
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok((parts.status, parts.headers, body).into_response())
}

/// Lets somebody out.
pub async fn leave(Shared(state): Shared<State>, mut parts: Parts) -> Result<Response, Problem> {
    if let Ok(Caller {
        id,
        proof: Proof::Session(session),
        ..
    }) = caller(&mut parts, &state).await
    {
        state.store.end_session(id, &session).await?;
    }
    let gone = cookie::unset(&parts.headers, &parts.uri);
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/login")).into_response())
}

/// `next` if it leads to a page of ours; else the start page. Whatever a browser might read as the address of another host is
/// none: two slashes, a backslash, a control character or a blank (which browsers drop), a scheme.
pub fn safe_next(next: &str) -> &str {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let is_visible = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_path =
        path.starts_with('/') && !path.contains("//") && !path.split('/').any(|part| part == "." || part == "..");
    if is_visible && is_path && next.len() <= NEXT_BYTES_MAX {
        next
    } else {
        START
    }
}

/// Whether the browser will keep the cookie: on this machine, or by https, as far as that is known.
fn takes_cookies(state: &State, headers: &HeaderMap, uri: &Uri) -> bool {
    let is_local = host::named(headers, uri).is_some_and(host::is_this_machine);
    let forwarded = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    is_local || forwarded || state.outside.starts_with("https://")
}

impl Door {
    fn new(notice: &str, name: &str, next: &str) -> Self {
        Self {
            style: style::path(),
            notice: notice.to_owned(),
            name: name.to_owned(),
            next: next.to_owned(),
        }
    }
}

impl FromRequestParts<State> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Response> {
        match caller(parts, state).await {
            Ok(caller) => Ok(Self(caller)),
            Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
                let here = parts.uri.path_and_query().map_or(START, |here| here.as_str());
                let query = form_urlencoded::Serializer::new(String::new())
                    .append_pair("next", here)
                    .finish();
                Err(Redirect::to(&format!("/login?{query}")).into_response())
            }
            Err(problem) => Err(problem.into_response()),
        }
    }
}

/// The extractor `name` of visitors who may do what `scope` names.
macro_rules! extractor {
    ($name:ident, $scope:expr) => {
        impl FromRequestParts<State> for $name {
            type Rejection = Response;

            async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Response> {
                let Visitor(caller) = Visitor::from_request_parts(parts, state).await?;
                caller.must($scope).map_err(Problem::into_response)?;
                Ok(Self(caller))
            }
        }
    };
}

extractor!(Suggesting, Scope::Suggest);
extractor!(Editing, Scope::Edit);
extractor!(Administering, Scope::Admin);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_leads_to_our_own_pages_only() {
        for next in [
            "/desk",
            "/desk?q=a%20b&sort=newest",
            "/api",
            "/desk?next=//evil.example",
            "/a/b/c#d",
        ] {
            assert_eq!(safe_next(next), next);
        }
        for next in [
            "",
            "desk",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "/ /evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/.//evil.example",
            "/..//evil.example",
            "/desk/../..//evil.example",
            "/\u{0}/evil.example",
            "/／evil.example",
            "?//evil.example",
        ] {
            assert_eq!(safe_next(next), START, "{next:?}");
        }
    }
}
