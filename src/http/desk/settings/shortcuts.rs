//! What each key does, shown and changed.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;

use super::{Around, Shell, Way, answer, done};
use crate::domain::site::Preferences;
use crate::http::caller::Caller;
use crate::http::desk::fields::Fields;
use crate::http::desk::keys::{self, Own, SHORTCUTS};
use crate::http::error::Problem;
use crate::http::site::door::Visitor;
use crate::http::state::State;

const PATH: &str = "/desk/keys";

#[derive(Template)]
#[template(path = "desk/settings/shortcuts.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    ways: Vec<Way>,
    is_off: bool,
    rows: Vec<Row>,
    is_own: bool,
    has_fault: bool,
}

struct Row {
    name: &'static str,
    does: &'static str,
    keys: String,
    usual: String,
    fault: String,
}

/// Shows them.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::read(query.as_deref().unwrap_or_default());
    let preferences = state.store.preferences(caller.id).await?;
    page(&state, &caller, &query, &preferences).await
}

/// Changes them, or brings back the usual ones.
pub async fn save(Visitor(caller): Visitor, Shared(state): Shared<State>, fields: Fields) -> Result<Response, Problem> {
    let mut preferences = state.store.preferences(caller.id).await?;
    if fields.has("usual") {
        preferences.keys = Own::new();
        preferences.keys_off = false;
    } else {
        preferences.keys_off = fields.has("off");
        preferences.keys = own(&fields);
    }
    if !preferences.is_bounded() || !keys::conflicts(&preferences.keys).is_empty() {
        return page(&state, &caller, &Fields::default(), &preferences).await;
    }
    state.store.prefer(caller.id, &preferences).await?;
    Ok(done(PATH, "saved"))
}

/// The keys that are not the usual ones.
fn own(fields: &Fields) -> Own {
    let mut own = Own::new();
    for shortcut in SHORTCUTS.iter().filter(|shortcut| fields.has(shortcut.name)) {
        let typed = fields.text(shortcut.name);
        if typed != shortcut.keys.join(" ") {
            own.insert(shortcut.name.to_owned(), typed.to_owned());
        }
    }
    own
}

async fn page(state: &State, caller: &Caller, query: &Fields, preferences: &Preferences) -> Result<Response, Problem> {
    let Around { shell, ways } = Around::new(state, caller, PATH, query).await?;
    let conflicts = keys::conflicts(&preferences.keys);
    let rows = SHORTCUTS.iter().map(|shortcut| {
        let usual = shortcut.keys.join(" ");
        let fault = conflicts.iter().find(|(name, _)| *name == shortcut.name);
        Row {
            name: shortcut.name,
            does: shortcut.does,
            keys: preferences
                .keys
                .get(shortcut.name)
                .cloned()
                .unwrap_or_else(|| usual.clone()),
            usual,
            fault: fault.map(|(_, why)| why.clone()).unwrap_or_default(),
        }
    });
    let page = Page {
        shell,
        ways,
        is_off: preferences.keys_off,
        rows: rows.collect(),
        is_own: preferences.keys_off || !preferences.keys.is_empty(),
        has_fault: !conflicts.is_empty(),
    };
    answer(&page, !conflicts.is_empty())
}
