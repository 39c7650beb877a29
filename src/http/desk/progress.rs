//! How far the first polls have come: told in triage until every source was read once.

use askama::Template;
use axum::extract::State as Shared;
use axum::response::Response;

use super::{parts, render};
use crate::http::error::Problem;
use crate::http::site::door::Visitor;
use crate::http::state::State;

#[derive(Template)]
#[template(path = "desk/progress.html", config = "src/askama.toml")]
struct Progress {
    sources: i64,
    read: i64,
    stories: u64,
    is_done: bool,
}

/// How far they are now, for our script.
pub async fn show(Visitor(_): Visitor, Shared(state): Shared<State>) -> Result<Response, Problem> {
    let round = state.store.first_round().await?;
    let progress = Progress {
        is_done: round.read >= round.sources,
        sources: round.sources,
        read: round.read,
        stories: state.store.count_stories().await?,
    };
    Ok(parts(format!(
        "<template data-for=\"progress\">{}</template>",
        render(&progress)?
    )))
}

/// What triage shows of it: nothing once all were read.
pub async fn part(state: &State) -> Result<String, Problem> {
    let round = state.store.first_round().await?;
    if round.read >= round.sources {
        return Ok(String::new());
    }
    render(&Progress {
        is_done: false,
        sources: round.sources,
        read: round.read,
        stories: state.store.count_stories().await?,
    })
}
