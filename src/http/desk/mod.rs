//! The desk: pages that editors work on. Each is whole without script; script adds keys, and swaps parts.
//!
//! Knows what the API knows, and the same functions below. Must not hold a rule: what may be decided, the store says.
//! A request with the header `X-Parts` is one of our script: it is answered with `<template data-for="…">` for each element
//! that changed, instead of a page.

use askama::Template;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::caller::Caller;
use super::error::Problem;
use super::site::door::safe_next;
use super::site::style;
use super::state::State;
use crate::domain::decision::Deed;
use crate::domain::editor::EditorId;
use crate::domain::site::{Site, Theme};
use crate::domain::source::Slug;
use crate::store::decisions::Whose;

pub mod act;
pub mod assets;
pub mod fields;
mod keys;
pub mod lists;
pub mod month;
pub mod picture;
pub mod preview;
pub mod progress;
mod row;
pub mod search;
pub mod settings;
pub mod sources;
mod stand;
pub mod story;
pub mod tip;
pub mod triage;
mod when;

/// Sent by our script.
const PARTS: HeaderName = HeaderName::from_static("x-parts");
/// Acts of an editor looked through for the last that can be undone.
const ACTS_LOOKED_THROUGH: u32 = 100;
/// Letters of a title that a sentence about it repeats.
const TITLE_CHARS_SAID: usize = 70;

/// A page of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Triage,
    Search,
    Lists,
    Sources,
    Settings,
    Elsewhere,
}

/// What each page has around its own.
struct Shell {
    site: String,
    who: String,
    theme: &'static str,
    is_dense: bool,
    keys: String,
    base: String,
    style: String,
    script: String,
    icon: String,
    places: Vec<Way>,
    said: Said,
    is_demo: bool,
}

/// A way to another page.
struct Way {
    name: &'static str,
    link: &'static str,
    /// What the key does that goes there.
    key: &'static str,
    is_here: bool,
}

/// What is said of the last act, and what can be taken back.
#[derive(Debug, Default, Clone, Template)]
#[template(path = "desk/said.html", config = "src/askama.toml")]
pub struct Said {
    words: String,
    undo: Option<String>,
    redo: Option<String>,
    back: String,
}

/// A list that a story can be picked for.
struct PickList {
    slug: Slug,
    name: String,
}

impl Shell {
    async fn new(state: &State, caller: &Caller, here: Place, said: Said) -> Result<Self, Problem> {
        let site: Site = state.store.site().await?;
        let preferences = state.store.preferences(caller.id).await?;
        Ok(Self {
            site: site.name,
            who: caller.shown_name.to_string(),
            theme: match preferences.theme {
                Theme::System => "",
                theme => theme.as_str(),
            },
            is_dense: preferences.dense,
            keys: if preferences.keys_off {
                String::new()
            } else {
                keys::table(&preferences.keys)
            },
            base: style::path(),
            style: assets::path("desk.css"),
            script: assets::path("desk.js"),
            icon: assets::path("icon.svg"),
            places: ways(here),
            said,
            is_demo: state.demo.is_some(),
        })
    }
}

impl Said {
    /// Nothing is said; the editor's last act can be undone.
    async fn nothing(state: &State, editor: EditorId, back: &str) -> Result<Self, Problem> {
        Ok(Self {
            undo: last_act(state, editor).await?,
            back: back.to_owned(),
            ..Self::default()
        })
    }
}

fn ways(here: Place) -> Vec<Way> {
    [
        ("Triage", "/desk", "go_triage", Place::Triage),
        ("Search", "/desk/search", "", Place::Search),
        ("Lists", "/desk/lists", "go_lists", Place::Lists),
        ("Sources", "/desk/sources", "go_sources", Place::Sources),
        ("Settings", "/desk/settings", "", Place::Settings),
    ]
    .map(|(name, link, key, place)| Way {
        name,
        link,
        key,
        is_here: place == here,
    })
    .into()
}

/// The batch of the last thing that this editor decided and that still holds.
async fn last_act(state: &State, editor: EditorId) -> Result<Option<String>, Problem> {
    let acts = state
        .store
        .decisions(Whose::Of(editor), None, ACTS_LOOKED_THROUGH)
        .await?;
    let mut undoable = acts
        .into_iter()
        .filter(|act| !act.undone && !matches!(act.deed, Deed::Undo | Deed::Redo));
    Ok(undoable.next().map(|act| act.batch))
}

/// The lists that take picks, in their order.
async fn pick_lists(state: &State) -> Result<Vec<PickList>, Problem> {
    let lists = state.store.lists().await?;
    let open = lists.into_iter().filter(|list| list.archived_at.is_none());
    Ok(open
        .map(|list| PickList {
            slug: list.slug,
            name: list.told.name,
        })
        .collect())
}

/// A title in a sentence about it.
fn quoted(title: &str) -> String {
    let cut: String = title.chars().take(TITLE_CHARS_SAID).collect();
    let rest = if cut.len() < title.len() { "…" } else { "" };
    format!("“{cut}{rest}”")
}

/// Whether our script asks.
fn wants_parts(headers: &HeaderMap) -> bool {
    headers.contains_key(PARTS)
}

/// Answers with a page or with parts of one.
fn html(template: &impl Template) -> Result<Response, Problem> {
    super::site::page(template)
}

/// Parts that were rendered one by one.
fn parts(parts: String) -> Response {
    Html(parts).into_response()
}

fn render(template: &impl Template) -> Result<String, Problem> {
    template.render().map_err(|error| {
        tracing::error!(%error, "a part of a page could not be made");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None)
    })
}

/// Back to the page that a form stood on.
fn back_to(back: &str) -> Response {
    Redirect::to(safe_next(back)).into_response()
}
