//! Everything, to take away: JSON lines, OPML, `sources.toml`; and how a backup is made.

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream::try_unfold;
use serde::Serialize;

use super::{Around, Shell, Way, answer};
use crate::config::sources::render;
use crate::domain::decision::DecisionId;
use crate::domain::list::{ListId, PickId};
use crate::domain::source::SourceKind;
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;
use crate::http::api::decisions::DecisionAnswer;
use crate::http::api::pick_answer::PickAnswer;
use crate::http::api::stories::StoryAnswer;
use crate::http::desk::fields::Fields;
use crate::http::error::Problem;
use crate::http::site::door::Editing;
use crate::http::state::State;
use crate::store::StoreError;
use crate::store::decisions::Whose;
use crate::store::picks::PickFilter;
use crate::store::stories::StoryFilter;

const PATH: &str = "/desk/settings/export";
/// Things read with one statement.
const THINGS_A_STEP: u32 = 200;
const JSON_LINES: &str = "application/jsonl; charset=utf-8";

#[derive(Template)]
#[template(path = "desk/settings/export.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    ways: Vec<Way>,
}

/// Shows what can be taken away.
pub async fn show(Editing(caller): Editing, Shared(state): Shared<State>) -> Result<Response, Problem> {
    let Around { shell, ways } = Around::new(&state, &caller, PATH, &Fields::default()).await?;
    answer(&Page { shell, ways }, false)
}

/// Sends it, as it is read.
pub async fn send(_: Editing, Shared(state): Shared<State>, Path(name): Path<String>) -> Result<Response, Problem> {
    let (kind, body) = match name.as_str() {
        "stories.jsonl" => (JSON_LINES, stories(state)),
        "decisions.jsonl" => (JSON_LINES, decisions(state)),
        "picks.jsonl" => (JSON_LINES, picks(state).await?),
        "sources.toml" => ("application/toml; charset=utf-8", Body::from(sources(&state).await?)),
        _ => return Err(Problem::not_found("export")),
    };
    let file =
        HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).expect("the names above are visible ASCII");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, file),
    ];
    Ok((headers, body).into_response())
}

fn stories(state: State) -> Body {
    let steps = try_unfold((state, None::<(Timestamp, StoryId)>), |(state, before)| async move {
        let filter = StoryFilter {
            before,
            ..StoryFilter::default()
        };
        let stories = state.store.stories(&filter, THINGS_A_STEP).await?;
        let Some(last) = stories.last() else { return Ok(None) };
        let next = (last.found_at, last.id);
        Ok::<_, StoreError>(Some((
            lines(stories.into_iter().map(StoryAnswer::from)),
            (state, Some(next)),
        )))
    });
    Body::from_stream(steps)
}

fn decisions(state: State) -> Body {
    let steps = try_unfold((state, None::<DecisionId>), |(state, before)| async move {
        let decisions = state.store.decisions(Whose::All, before, THINGS_A_STEP).await?;
        let Some(last) = decisions.last() else { return Ok(None) };
        let next = last.id;
        Ok::<_, StoreError>(Some((
            lines(decisions.into_iter().map(DecisionAnswer::from)),
            (state, Some(next)),
        )))
    });
    Body::from_stream(steps)
}

async fn picks(state: State) -> Result<Body, Problem> {
    let lists: Vec<ListId> = state.store.lists().await?.into_iter().map(|list| list.id).collect();
    let begin = (state, lists, None::<PickId>);
    let steps = try_unfold(begin, |(state, mut lists, mut before)| async move {
        while let Some(list) = lists.last().copied() {
            let filter = PickFilter {
                before,
                ..PickFilter::default()
            };
            let picks = state.store.picks(list, filter, THINGS_A_STEP).await?;
            before = picks.last().map(|line| line.pick.id);
            if before.is_none() {
                lists.pop();
                continue;
            }
            let lines = lines(picks.into_iter().map(PickAnswer::from));
            return Ok::<_, StoreError>(Some((lines, (state, lists, before))));
        }
        Ok(None)
    });
    Ok(Body::from_stream(steps))
}

async fn sources(state: &State) -> Result<String, Problem> {
    let sources = state.store.sources().await?;
    let live = sources
        .into_iter()
        .filter(|source| source.retired_at.is_none() && source.declared.kind != SourceKind::Tip);
    Ok(render(&live.map(|source| source.declared).collect::<Vec<_>>()))
}

/// Each as JSON on a line of its own.
fn lines(things: impl Iterator<Item = impl Serialize>) -> Bytes {
    let mut text = String::new();
    for line in things.filter_map(|thing| serde_json::to_string(&thing).ok()) {
        text.push_str(&line);
        text.push('\n');
    }
    text.into()
}
