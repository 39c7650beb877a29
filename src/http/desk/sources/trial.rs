//! Trying a rule before it holds: what it would take of the entries that are stored, and what not.

use axum::extract::{Path, State as Shared};
use axum::response::Response;

use super::ago;
use super::detail::page;
use super::edit::{Form, read};
use crate::domain::source::Rules;
use crate::domain::time::Timestamp;
use crate::http::api::sources::find;
use crate::http::desk::fields::{Faults, Fields};
use crate::http::error::Problem;
use crate::http::site::door::Editing;
use crate::http::state::State;
use crate::ingest::clean;
use crate::store::overview::Judged;

/// Entries that a rule is tried on.
const ENTRIES_TRIED: u32 = 300;
/// Titles shown of each kind.
const TITLES_SHOWN: usize = 20;

/// What a rule would do.
pub struct Trial {
    pub taken: Vec<Shown>,
    pub left: Vec<Shown>,
    pub taken_count: usize,
    pub left_count: usize,
}

/// An entry that was tried.
pub struct Shown {
    pub title: String,
    pub at: String,
}

/// Shows what the rules of a form would take, and saves nothing.
pub async fn show(
    Editing(caller): Editing,
    Shared(state): Shared<State>,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let source = find(&state, &slug).await?;
    let mut faults = Faults::default();
    let rules = read(&fields, &source.declared, &mut faults).rules;
    let entries = state.store.entries_to_judge(source.id, ENTRIES_TRIED).await?;
    let trial = Trial::of(&rules, entries, state.clock.now());
    let form = Form::typed(&source, &fields, &faults);
    page(&state, &caller, source, &Fields::default(), (form, Some(trial))).await
}

impl Trial {
    fn of(rules: &Rules, entries: Vec<Judged>, now: Timestamp) -> Self {
        let is_taken = |entry: &Judged| rules.takes(&entry.title, &clean::text(entry.html.0.as_str()));
        let (taken, left): (Vec<Judged>, Vec<Judged>) = entries.into_iter().partition(is_taken);
        let shown = |entries: Vec<Judged>| {
            let first = entries.into_iter().take(TITLES_SHOWN);
            first
                .map(|entry| Shown {
                    title: entry.title,
                    at: ago(entry.found_at, now),
                })
                .collect()
        };
        Self {
            taken_count: taken.len(),
            left_count: left.len(),
            taken: shown(taken),
            left: shown(left),
        }
    }
}
