//! Settings: one's own account and desk, and what admins set up.
//!
//! Knows the same functions as the API. Must not hold a rule of its own. A secret is in the answer to the form that asked for
//! it, once, and nowhere else.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::fields::Fields;
use super::{Place, Said, Shell, back_to, html};
use crate::domain::editor::Scope;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::state::State;

pub mod account;
pub mod appearance;
pub mod export;
pub mod people;
pub mod shortcuts;
pub mod site;
pub mod tokens;
pub mod webhooks;

/// What each page of settings has around its own.
struct Around {
    shell: Shell,
    ways: Vec<Way>,
}

struct Way {
    name: &'static str,
    link: &'static str,
    is_here: bool,
}

/// The pages, each with who may see it.
const WAYS: [(&str, &str, Scope); 8] = [
    ("Account", "/desk/settings", Scope::Read),
    ("Appearance", "/desk/settings/appearance", Scope::Read),
    ("Keys", "/desk/keys", Scope::Read),
    ("Tokens and tools", "/desk/settings/tokens", Scope::Read),
    ("Site", "/desk/settings/site", Scope::Admin),
    ("People", "/desk/settings/people", Scope::Admin),
    ("Webhooks", "/desk/settings/webhooks", Scope::Admin),
    ("Export", "/desk/settings/export", Scope::Edit),
];

impl Around {
    /// Of the page at `here`, which `query` asks for.
    async fn new(state: &State, caller: &Caller, here: &str, query: &Fields) -> Result<Self, Problem> {
        let words = match query.text("did") {
            "saved" => "Saved.",
            "password" => "Your password is changed; every other browser is signed out.",
            "ended" => "Signed out there.",
            "revoked" => "Revoked: it does not work any more.",
            "deleted" => "Deleted.",
            "tried" => "A test is on its way; see below what comes of it.",
            "again" => "It is sent again.",
            "in" => "They may come in again.",
            "out" => "They are shut out, and signed out everywhere.",
            _ => "",
        };
        let said = Said {
            words: words.to_owned(),
            ..Said::nothing(state, caller.id, here).await?
        };
        let seen = WAYS.into_iter().filter(|(.., scope)| caller.scope >= *scope);
        Ok(Self {
            shell: Shell::new(state, caller, Place::Settings, said).await?,
            ways: seen
                .map(|(name, link, _)| Way {
                    name,
                    link,
                    is_here: link == here,
                })
                .collect(),
        })
    }
}

/// Back to `path`, which says what was done.
fn done(path: &str, what: &str) -> Response {
    back_to(&format!("{path}?did={what}"))
}

/// A page with faults in its form, or without.
fn answer(page: &impl askama::Template, has_fault: bool) -> Result<Response, Problem> {
    let page = html(page)?;
    Ok(if has_fault {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}
