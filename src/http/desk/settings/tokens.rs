//! What one's own programs sign in with; and the bookmark that tips a page.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::Response;

use super::{Around, Shell, Way, answer, done};
use crate::domain::editor::{Scope, ShownName};
use crate::domain::time::Timestamp;
use crate::http::api::tokens::TokenWish;
use crate::http::caller::Caller;
use crate::http::desk::fields::{Faults, Field, Fields};
use crate::http::desk::row::{age, day};
use crate::http::error::Problem;
use crate::http::site::door::Visitor;
use crate::http::state::State;
use crate::store::tokens::Token;

const PATH: &str = "/desk/settings/tokens";
/// Tokens shown.
const TOKENS_SHOWN: u32 = 200;
/// How long a token may live, in days, and how that is called; nothing for as long as its editor does.
const LIVES: [(&str, &str); 4] = [
    ("365", "a year"),
    ("90", "90 days"),
    ("7", "a week"),
    ("", "until it is revoked"),
];
/// Scopes, the widest last, and what they are for.
const SCOPES: [(Scope, &str); 4] = [
    (Scope::Read, "read stories, decisions, lists"),
    (Scope::Suggest, "suggest stories"),
    (Scope::Edit, "decide, pick, publish"),
    (Scope::Admin, "set everything up"),
];

#[derive(Template)]
#[template(path = "desk/settings/tokens.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    ways: Vec<Way>,
    secret: Option<String>,
    tokens: Vec<Shown>,
    fields: Vec<Field>,
    scopes: Vec<(&'static str, &'static str, bool)>,
    scope_fault: String,
    bookmark: String,
}

struct Shown {
    id: String,
    name: String,
    about: String,
    is_dead: bool,
}

/// Shows them.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    caller.must_own()?;
    let query = Fields::read(query.as_deref().unwrap_or_default());
    page(&state, &caller, &query, (&Faults::default(), None)).await
}

/// Makes one, and shows its secret this once.
pub async fn add(Visitor(caller): Visitor, Shared(state): Shared<State>, fields: Fields) -> Result<Response, Problem> {
    caller.must_own()?;
    let mut faults = Faults::default();
    let name = faults.take("name", ShownName::parse(fields.text("name")));
    let scopes = SCOPES.into_iter().map(|(scope, _)| scope);
    let scopes: Vec<Scope> = scopes
        .filter(|scope| fields.all("scope").any(|word| word == scope.as_str()))
        .collect();
    let days = fields
        .number("days")
        .ok()
        .flatten()
        .map(|days| u64::from(days.min(3650)));
    let expires_at = days.map(|days| state.clock.now().plus(Duration::from_hours(days * 24)));
    if let Some(name) = name {
        match TokenWish::of(name, scopes, expires_at).make(&state, &caller) {
            Ok((new, secret)) => {
                state.store.add_token(new).await?;
                let secret = Some(secret.reveal_as_token());
                return page(&state, &caller, &Fields::default(), (&faults, secret)).await;
            }
            Err(problem) => faults.note("scope", problem.first_fault().trim_end_matches('.')),
        }
    }
    page(&state, &caller, &fields, (&faults, None)).await
}

/// Lets one work no more.
pub async fn revoke(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    caller.must_own()?;
    if !state.store.revoke_token(caller.id, &id, state.clock.now()).await? {
        return Err(Problem::not_found("token"));
    }
    Ok(done(PATH, "revoked"))
}

async fn page(
    state: &State,
    caller: &Caller,
    fields: &Fields,
    (faults, secret): (&Faults, Option<String>),
) -> Result<Response, Problem> {
    let now = state.clock.now();
    let mut tokens = state.store.tokens_after(caller.id, 0, TOKENS_SHOWN).await?;
    tokens.reverse();
    let Around { shell, ways } = Around::new(state, caller, PATH, fields).await?;
    let page = Page {
        shell,
        ways,
        secret,
        tokens: tokens.into_iter().map(|token| Shown::new(token, now)).collect(),
        fields: [
            Field {
                is_required: true,
                most: 80,
                hint: "What it is for, such as “the newsletter script”.",
                ..Field::line("name", "Name", fields.text("name"))
            },
            Field::choice("days", "It works for", fields.text("days"), &LIVES),
        ]
        .map(|field| field.told(faults))
        .into(),
        scopes: SCOPES
            .into_iter()
            .filter(|(scope, _)| *scope <= caller.scope)
            .map(|(scope, words)| {
                let is_ticked = fields.all("scope").any(|word| word == scope.as_str());
                (scope.as_str(), words, is_ticked)
            })
            .collect(),
        scope_fault: faults.of("scope").to_owned(),
        bookmark: bookmark(state),
    };
    answer(&page, !faults.is_empty())
}

/// A bookmark that sends the page that is looked at here.
fn bookmark(state: &State) -> String {
    let tip = state.link("/desk/tip");
    format!("javascript:void(open('{tip}?url='+encodeURIComponent(location.href),'_blank','noopener'))")
}

impl Shown {
    fn new(token: Token, now: Timestamp) -> Self {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        let used = token.used_at.map_or("never used".to_owned(), |at| match age(at, now) {
            now if now == "now" => "used just now".to_owned(),
            ago => format!("last used {ago} ago"),
        });
        let is_over = token.expires_at.is_some_and(|at| at <= now);
        let end = match (token.revoked_at, token.expires_at) {
            (Some(at), _) => format!("revoked on {}", day(at)),
            (None, Some(at)) if is_over => format!("ended on {}", day(at)),
            (None, Some(at)) => format!("works until {}", day(at)),
            (None, None) => "works until it is revoked".to_owned(),
        };
        Self {
            is_dead: is_over || token.revoked_at.is_some(),
            about: [format!("may {}", scopes.join(", ")), used, end].join(" · "),
            id: token.public_id,
            name: token.name,
        }
    }
}
