//! One's own account: the browsers that one is signed in with, and one's password.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::{Around, Shell, Way, answer, done};
use crate::domain::password::{Offered, Password};
use crate::http::caller::{Caller, Proof};
use crate::http::client::Client;
use crate::http::desk::fields::{Faults, Field, Fields};
use crate::http::desk::row::{age, day};
use crate::http::error::Problem;
use crate::http::sign_in;
use crate::http::site::door::Visitor;
use crate::http::state::State;

const PATH: &str = "/desk/settings";

#[derive(Template)]
#[template(path = "desk/settings/account.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    ways: Vec<Way>,
    name: String,
    shown_name: String,
    role: &'static str,
    sessions: Vec<Browser>,
    fields: Vec<Field>,
}

struct Browser {
    id: String,
    agent: String,
    address: String,
    since: String,
    seen: String,
    is_this: bool,
}

/// Shows it.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    caller.must_own()?;
    let query = Fields::read(query.as_deref().unwrap_or_default());
    page(&state, &caller, &query, &Faults::default()).await
}

/// Ends one session, or every one.
pub async fn sign_out(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.must_own()?;
    if fields.has("all") {
        state.store.end_sessions(caller.id).await?;
        return Ok(Redirect::to("/login").into_response());
    }
    state.store.end_session(caller.id, fields.text("id")).await?;
    Ok(done(PATH, "ended"))
}

/// Changes one's password, and signs out every other browser.
pub async fn change_password(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    client: Client,
    uri: Uri,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    caller.must_own()?;
    let mut faults = Faults::default();
    let current = Offered::from(fields.raw("current").to_owned());
    if let Some(new) = faults.take("new", Password::parse(fields.raw("new"))) {
        match sign_in::prove(&state, &client, caller.name.as_str(), current).await {
            Ok(Some(_)) => {
                let hash = state.hasher.hash(new, (state.fresh_secret)()).await?;
                state.store.change_password(caller.id, hash).await?;
                let cookie = sign_in::begin(&state, &client, caller.id, &headers, &uri).await?;
                return Ok(([(header::SET_COOKIE, cookie)], done(PATH, "password")).into_response());
            }
            Ok(None) => faults.note("current", "that is not your password"),
            Err(problem) => faults.note("current", &problem.to_string()),
        }
    }
    page(&state, &caller, &Fields::default(), &faults).await
}

async fn page(state: &State, caller: &Caller, query: &Fields, faults: &Faults) -> Result<Response, Problem> {
    let now = state.clock.now();
    let sessions = state.store.sessions_of(caller.id, now).await?;
    let Around { shell, ways } = Around::new(state, caller, PATH, query).await?;
    let page = Page {
        shell,
        ways,
        name: caller.name.to_string(),
        shown_name: caller.shown_name.to_string(),
        role: caller.role.as_str(),
        sessions: sessions
            .into_iter()
            .map(|session| Browser {
                is_this: caller.proof == Proof::Session(session.public_id.clone()),
                agent: browser(&session.agent).to_owned(),
                id: session.public_id,
                address: session.address,
                since: day(session.made_at),
                seen: age(session.seen_at, now),
            })
            .collect(),
        fields: [
            Field::password("current", "Your password now", "current-password"),
            Field {
                hint: "At least 12 characters; a sentence is a good one.",
                ..Field::password("new", "The new one", "new-password")
            },
        ]
        .map(|field| field.told(faults))
        .into(),
    };
    answer(&page, !faults.is_empty())
}

/// What of a browser's long name people know.
fn browser(agent: &str) -> &str {
    let known = [
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let found = known.into_iter().find(|(mark, _)| agent.contains(mark));
    match found {
        Some((_, name)) => name,
        None if agent.is_empty() => "A browser",
        None => agent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_by_the_name_that_people_know() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36";
        for (agent, name) in [
            (chrome, "Chrome"),
            ("Mozilla/5.0 Gecko/20100101 Firefox/132.0", "Firefox"),
            ("curl/8", "curl/8"),
        ] {
            assert_eq!(browser(agent), name);
        }
    }
}
