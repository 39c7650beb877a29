//! Lists of sources that are taken in: OPML, or one address a line. Each line is told before anything is saved.

use std::collections::{HashMap, HashSet};

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::cadence;
use crate::domain::link::Link;
use crate::domain::source::{Declared, Slug};
use crate::http::body::Body;
use crate::http::caller::Edits;
use crate::http::error::Problem;
use crate::http::state::State;
use crate::ingest::opml::Listed;
use crate::ingest::{discover, opml};

/// Sources that one list may add.
const SOURCES_MAX: usize = 2_000;
/// Characters of a list.
const TEXT_CHARS_MAX: usize = 1_000_000;

/// A list of sources.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportWish {
    /// OPML, or one address a line.
    #[schema(max_length = 1_000_000)]
    text: String,
    /// Whether only to tell what each line is, and to add nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What came of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportAnswer {
    /// Each line, in the order of the list.
    items: Vec<LineAnswer>,
}

/// A line of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineAnswer {
    /// What the list calls it, or the line itself.
    name: String,
    /// Its address; none if there is none in it.
    link: Option<String>,
    /// `new`, `known`, `no_address`, or `added`.
    state: &'static str,
    /// The source that it is, where it is known or was added.
    source: Option<String>,
}

/// A line of a list, and what is known of it.
#[derive(Debug, Clone)]
pub struct Line {
    /// What the list calls it, or the line itself.
    pub name: String,
    /// What it is.
    pub is: LineIs,
}

/// What a line of a list is.
#[derive(Debug, Clone)]
pub enum LineIs {
    /// A source that is not read yet.
    New(Listed),
    /// One that is.
    Known(Link, Slug),
    /// Nothing that could be read.
    NoAddress,
}

/// Take in a list of sources
///
/// Each address is taken as a feed, unseen; those that are read already are left alone.
#[utoipa::path(post, path = "/sources/import", tag = "sources", request_body = ImportWish, responses((status = OK, body = ImportAnswer)))]
pub async fn import(
    _: Edits,
    Shared(state): Shared<State>,
    Body(wish): Body<ImportWish>,
) -> Result<(StatusCode, Json<ImportAnswer>), Problem> {
    if wish.text.chars().count() > TEXT_CHARS_MAX {
        return Err(Problem::bad_field("/text", "at most 1,000,000 characters"));
    }
    let lines = read(&state, &wish.text).await?;
    let mut added = HashMap::new();
    if !wish.dry_run {
        added = add(&state, lines.iter().filter_map(Line::fresh).cloned().collect()).await?;
    }
    let items = lines.into_iter().map(|line| LineAnswer::new(line, &added)).collect();
    Ok((StatusCode::OK, Json(ImportAnswer { items })))
}

/// What each line of `text` is.
pub async fn read(state: &State, text: &str) -> Result<Vec<Line>, Problem> {
    let sources = state.store.sources().await?;
    let alive = sources.into_iter().filter(|source| source.retired_at.is_none());
    let mut known: HashMap<String, Slug> = HashMap::new();
    for source in alive {
        for link in [&source.declared_link, &source.declared.link] {
            known.insert(link.identity(), source.declared.slug.clone());
        }
    }
    let (listed, refused) = listed(text)?;
    let mut seen = HashSet::new();
    let mut lines = Vec::new();
    for entry in listed {
        if !seen.insert(entry.link.identity()) {
            continue;
        }
        let is = match known.get(&entry.link.identity()) {
            Some(slug) => LineIs::Known(entry.link.clone(), slug.clone()),
            None => LineIs::New(entry.clone()),
        };
        lines.push(Line { name: entry.name, is });
    }
    lines.extend(refused.into_iter().map(|name| Line {
        name,
        is: LineIs::NoAddress,
    }));
    if lines.len() > SOURCES_MAX {
        let detail = format!("at most {SOURCES_MAX} lines at once");
        return Err(Problem::bad_field("/text", &detail));
    }
    Ok(lines)
}

/// Adds these as feeds, their first polls spread; the slug of each by its address.
pub async fn add(state: &State, listed: Vec<Listed>) -> Result<HashMap<String, Slug>, Problem> {
    let sources = state.store.sources().await?;
    let mut taken: HashSet<Slug> = sources.into_iter().map(|source| source.declared.slug).collect();
    let mut all: Vec<Declared> = Vec::with_capacity(listed.len());
    for entry in listed {
        if let Some(declared) = entry.declare(|slug| taken.contains(slug)) {
            taken.insert(declared.slug.clone());
            all.push(declared);
        }
    }
    let now = state.clock.now();
    let mut added = HashMap::new();
    for declared in &all {
        let first_poll = cadence::first_poll(&declared.slug, all.len(), now);
        state.store.add_source(declared, now, first_poll).await?;
        added.insert(declared.link.to_string(), declared.slug.clone());
    }
    Ok(added)
}

/// The feeds of OPML or of lines, and what is no address.
fn listed(text: &str) -> Result<(Vec<Listed>, Vec<String>), Problem> {
    if text.trim_start().starts_with('<') {
        let read = opml::read(text.trim_start().as_bytes(), None)
            .map_err(|why| Problem::bad_field("/text", &why.to_string()))?;
        return Ok((read.listed, read.warnings));
    }
    let (links, refused) = discover::addresses(text);
    let named = |link: Link| Listed {
        name: link.host().to_owned(),
        link,
        home: None,
        language: None,
        topics: Vec::new(),
    };
    Ok((links.into_iter().map(named).collect(), refused))
}

impl Line {
    /// What could be added of it.
    pub const fn fresh(&self) -> Option<&Listed> {
        match &self.is {
            LineIs::New(listed) => Some(listed),
            LineIs::Known(..) | LineIs::NoAddress => None,
        }
    }
}

impl LineAnswer {
    fn new(line: Line, added: &HashMap<String, Slug>) -> Self {
        let (link, state, source) = match line.is {
            LineIs::Known(link, slug) => (Some(link.to_string()), "known", Some(slug.to_string())),
            LineIs::NoAddress => (None, "no_address", None),
            LineIs::New(listed) => {
                let link = listed.link.to_string();
                match added.get(&link) {
                    Some(slug) => (Some(link), "added", Some(slug.to_string())),
                    None => (Some(link), "new", None),
                }
            }
        };
        Self {
            name: line.name,
            link,
            state,
            source,
        }
    }
}
