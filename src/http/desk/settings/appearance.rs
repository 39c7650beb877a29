//! How one's desk looks.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;

use super::{Around, Shell, Way, answer, done};
use crate::domain::site::Theme;
use crate::http::desk::fields::Fields;
use crate::http::error::Problem;
use crate::http::site::door::Visitor;
use crate::http::state::State;

const PATH: &str = "/desk/settings/appearance";

#[derive(Template)]
#[template(path = "desk/settings/appearance.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    ways: Vec<Way>,
    theme: &'static str,
    is_dense: bool,
}

/// Shows it.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::read(query.as_deref().unwrap_or_default());
    let preferences = state.store.preferences(caller.id).await?;
    let Around { shell, ways } = Around::new(&state, &caller, PATH, &query).await?;
    let page = Page {
        shell,
        ways,
        theme: preferences.theme.as_str(),
        is_dense: preferences.dense,
    };
    answer(&page, false)
}

/// Remembers it.
pub async fn save(Visitor(caller): Visitor, Shared(state): Shared<State>, fields: Fields) -> Result<Response, Problem> {
    let mut preferences = state.store.preferences(caller.id).await?;
    preferences.theme = Theme::parse(fields.text("theme")).unwrap_or(preferences.theme);
    preferences.dense = fields.text("rows") == "dense";
    state.store.prefer(caller.id, &preferences).await?;
    Ok(done(PATH, "saved"))
}
