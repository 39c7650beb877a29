//! A source: how it is doing, what its polls brought, what it lists, and how it is read.

use askama::Template;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::edit::Form;
use super::trial::Trial;
use super::{WEEK, ago, is_read, line_words, said, state_words, until};
use crate::domain::editor::Scope;
use crate::domain::health::Health;
use crate::domain::source::{Source, SourceKind};
use crate::domain::time::Timestamp;
use crate::http::api::sources::find;
use crate::http::caller::Caller;
use crate::http::desk::fields::{Faults, Fields};
use crate::http::desk::picture::{Bar, attempts_line};
use crate::http::desk::row::day;
use crate::http::desk::{Place, Shell, html, parts, render, wants_parts};
use crate::http::error::Problem;
use crate::http::site::door::Visitor;
use crate::http::state::State;
use crate::store::polls::Attempt;
use crate::store::stories::{StoryFilter, StoryLine};

/// Polls shown as a line, and of these as rows.
const ATTEMPTS_SHOWN: u32 = 60;
const ATTEMPTS_LISTED: usize = 12;
/// Stories shown of it.
const STORIES_SHOWN: u32 = 8;

#[derive(Template)]
#[template(path = "desk/sources/detail.html", config = "src/askama.toml")]
#[expect(clippy::struct_excessive_bools, reason = "what a template shows or leaves out")]
struct Page {
    shell: Shell,
    slug: String,
    name: String,
    link: String,
    home: String,
    facts: Vec<(&'static str, String)>,
    state: String,
    state_words: String,
    state_sentence: String,
    is_retired: bool,
    is_paused: bool,
    in_file: bool,
    may_edit: bool,
    moved_from: Option<String>,
    part: String,
    line: String,
    attempts: Vec<Row>,
    form: Form,
    trial: Option<Trial>,
    file_says: Vec<(&'static str, String)>,
}

/// The newest stories, or that the first are being fetched.
#[derive(Template)]
#[template(path = "desk/sources/newest.html", config = "src/askama.toml")]
struct Newest {
    slug: String,
    is_waiting: bool,
    stories: Vec<Shown>,
}

struct Shown {
    id: String,
    title: String,
    language: String,
    at: String,
    time: String,
}

struct Row {
    at: String,
    time: String,
    outcome: String,
    is_read: bool,
    status: String,
    bytes: String,
    listed: i64,
    fresh: i64,
    took: String,
    notes: Vec<String>,
}

/// Shows it.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let source = find(&state, &slug).await?;
    if wants_parts(&headers) {
        let part = render(&Newest::of(&state, &source).await?)?;
        return Ok(parts(format!("<template data-for=\"newest\">{part}</template>")));
    }
    let query = Fields::read(query.as_deref().unwrap_or_default());
    let form = Form::of(&source, &Faults::default());
    page(&state, &caller, source, &query, (form, None)).await
}

/// The page of `source` with a form as it was filled in and what a trial showed.
pub async fn page(
    state: &State,
    caller: &Caller,
    source: Source,
    query: &Fields,
    (form, trial): (Form, Option<Trial>),
) -> Result<Response, Problem> {
    let now = state.clock.now();
    let attempts = state.store.attempts(source.id, ATTEMPTS_SHOWN).await?;
    let here = format!("/desk/sources/{}", source.declared.slug);
    let said = said(state, caller, query, &here).await?;
    let part = render(&Newest::of(state, &source).await?)?;
    let word = if source.paused { "paused" } else { &source.health.0 };
    let facts = facts(state, &source).await?;
    let has_fault = form.has_fault();
    let line = line_of(&attempts);
    let declared = source.declared;
    let page = Page {
        shell: Shell::new(state, caller, Place::Sources, said).await?,
        state: word.to_owned(),
        state_words: state_words(word, source.health.1),
        state_sentence: sentence_of(word, source.health.1, attempts.first()),
        is_retired: source.retired_at.is_some(),
        is_paused: source.paused,
        in_file: source.in_file,
        may_edit: caller.scope >= Scope::Edit,
        moved_from: source.memory.link_before.map(|link| link.to_string()),
        attempts: attempts
            .into_iter()
            .take(ATTEMPTS_LISTED)
            .map(|one| Row::new(one, now))
            .collect(),
        file_says: super::edit::file_says(&declared),
        slug: declared.slug.to_string(),
        name: declared.name,
        link: declared.link.to_string(),
        home: declared.home.map(|home| home.to_string()).unwrap_or_default(),
        facts,
        part,
        line,
        form,
        trial,
    };
    let answer = html(&page)?;
    Ok(if has_fault {
        (StatusCode::UNPROCESSABLE_ENTITY, answer).into_response()
    } else {
        answer
    })
}

/// Its health in a sentence. One poll that failed changes no health, and is told all the same.
fn sentence_of(word: &str, since: Option<Timestamp>, last: Option<&Attempt>) -> String {
    let health = Health::read(word, since);
    let has_failed = last.is_some_and(|last| !is_read(&last.outcome));
    match health {
        Some(Health::Healthy) if has_failed => {
            "Its last poll failed; it is tried again before anything is said of it.".to_owned()
        }
        Some(health) => health.sentence(),
        None => "It has not been read yet.".to_owned(),
    }
}

/// What is known of it in short.
async fn facts(state: &State, source: &Source) -> Result<Vec<(&'static str, String)>, Problem> {
    let now = state.clock.now();
    let stops = source.paused || source.gone_at.is_some() || source.retired_at.is_some();
    let month = now.minus(super::MONTH);
    let (week, seen, picked) = (
        state.store.count_entries_since(source.id, now.minus(WEEK)).await?,
        state.store.count_entries_since(source.id, month).await?,
        state
            .store
            .picked_by_source(month)
            .await?
            .get(&source.id)
            .copied()
            .unwrap_or(0),
    );
    let kind = match source.declared.kind {
        SourceKind::Feed => "a feed",
        SourceKind::Page => "a page that lists articles",
        SourceKind::Sitemap => "a sitemap",
        SourceKind::Tip => "what editors add by its address",
    };
    Ok(vec![
        ("Kind", kind.to_owned()),
        (
            "Last read",
            source.polled_at.map_or("never".to_owned(), |at| ago(at, now)),
        ),
        (
            "Next poll",
            if stops {
                "none".to_owned()
            } else {
                until(source.next_poll_at, now)
            },
        ),
        ("New in a week", week.to_string()),
        ("Picked in 30 days", format!("{picked} of {seen}")),
        ("Here since", day(source.added_at)),
    ])
}

fn line_of(attempts: &[Attempt]) -> String {
    let bars: Vec<Bar> = attempts
        .iter()
        .rev()
        .map(|attempt| Bar {
            is_read: is_read(&attempt.outcome),
            fresh: attempt.fresh,
            title: format!(
                "{}: {}, {} new",
                attempt.at.to_jiff().strftime("%-d %b %H:%M"),
                attempt.outcome,
                attempt.fresh
            ),
        })
        .collect();
    let told: Vec<(bool, i64)> = bars.iter().map(|bar| (bar.is_read, bar.fresh)).collect();
    attempts_line(&bars, &line_words(&told))
}

impl Newest {
    async fn of(state: &State, source: &Source) -> Result<Self, Problem> {
        let filter = StoryFilter {
            source: Some(source.declared.slug.clone()),
            ..StoryFilter::default()
        };
        let stories = state.store.stories(&filter, STORIES_SHOWN).await?;
        let now = state.clock.now();
        let is_read = source.polled_at.is_some() || source.paused || source.retired_at.is_some();
        Ok(Self {
            slug: source.declared.slug.to_string(),
            is_waiting: !is_read,
            stories: stories.into_iter().map(|story| Shown::new(story, now)).collect(),
        })
    }
}

impl Shown {
    fn new(story: StoryLine, now: Timestamp) -> Self {
        let at = story.lead.published_at.unwrap_or(story.found_at).min(story.found_at);
        Self {
            id: story.public_id,
            title: story.lead.title,
            language: story
                .lead
                .language
                .map(|language| language.to_string())
                .unwrap_or_default(),
            at: ago(at, now),
            time: at.to_string(),
        }
    }
}

impl Row {
    fn new(attempt: Attempt, now: Timestamp) -> Self {
        Self {
            at: ago(attempt.at, now),
            time: attempt.at.to_string(),
            is_read: is_read(&attempt.outcome),
            outcome: attempt.outcome,
            status: attempt.status.map_or("–".to_owned(), |status| status.to_string()),
            bytes: bytes(attempt.bytes),
            listed: attempt.listed,
            fresh: attempt.fresh,
            took: match attempt.took_ms {
                ..1000 => format!("{} ms", attempt.took_ms),
                millis => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
            },
            notes: attempt.reason.into_iter().chain(attempt.warnings).collect(),
        }
    }
}

/// A size as people read it.
fn bytes(count: i64) -> String {
    match count {
        ..1 => "–".to_owned(),
        1..1000 => format!("{count} B"),
        1000..1_000_000 => format!("{} kB", count / 1000),
        _ => format!("{}.{} MB", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_at_a_glance() {
        for (count, told) in [(0, "–"), (12, "12 B"), (48_213, "48 kB"), (2_340_000, "2.3 MB")] {
            assert_eq!(bytes(count), told);
        }
    }
}
