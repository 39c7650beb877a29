//! Sources: what is read, how each is doing, and what it brings.
//!
//! Knows the same functions as the API's sources. Must not hold a rule of its own.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use url::form_urlencoded;

use super::fields::Fields;
use super::picture::{Bar, attempts_line};
use super::row::{age, day};
use super::{Place, Said, Shell, back_to, html};
use crate::domain::editor::Scope;
use crate::domain::health::Health;
use crate::domain::poll::Outcome;
use crate::domain::source::Slug;
use crate::domain::time::Timestamp;
use crate::http::api::sources::change;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::site::door::{Editing, Visitor, safe_next};
use crate::http::state::State;
use crate::store::overview::{Mark, Since, SourceFilter, SourceLine};

pub mod add;
pub mod detail;
pub mod edit;
pub mod import;
pub mod trial;

/// Sources looked at for one page; with more, words must narrow them.
const SOURCES_MAX: u32 = 1_000;
/// Rows on a page.
const ROWS_A_PAGE: usize = 100;
/// Sources that one form may name.
const CHOSEN_MAX: usize = 200;
/// What "a week" and "a month" mean in the counts.
const WEEK: std::time::Duration = std::time::Duration::from_hours(7 * 24);
const MONTH: std::time::Duration = std::time::Duration::from_hours(30 * 24);
const MINUTE_MILLIS: i64 = 60_000;
const HOUR_MILLIS: i64 = 60 * MINUTE_MILLIS;
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;

/// Health in the order of what wants a look first.
const STATES: [&str; 9] = [
    "broken", "refused", "gone", "flaky", "slow", "quiet", "new", "paused", "healthy",
];

/// What the rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Name,
    Health,
    Next,
    Week,
    Picked,
}

/// What somebody asks the page for. What is not known is passed over.
#[derive(Debug, Clone)]
struct Asked {
    words: String,
    health: String,
    sort: Sort,
    /// The slug of the row that the page begins behind.
    after: String,
}

#[derive(Template)]
#[template(path = "desk/sources/table.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    words: String,
    health: String,
    sort: &'static str,
    states: Vec<Choice>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    count: String,
    next: Option<String>,
    back: String,
    may_edit: bool,
    is_bare: bool,
    address: String,
    fault: String,
}

/// A link that narrows.
struct Choice {
    name: &'static str,
    count: i64,
    link: String,
    is_here: bool,
}

/// The head of a column, by which the rows can be sorted.
struct Column {
    name: &'static str,
    class: &'static str,
    link: String,
    order: &'static str,
}

struct Row {
    slug: String,
    name: String,
    about: String,
    state: String,
    state_words: String,
    next: String,
    week: i64,
    picked: String,
    line: String,
}

/// Shows the table.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::read(query.as_deref().unwrap_or_default());
    table(&state, &caller, &query, ("", "")).await
}

/// Polls, pauses or takes up what was chosen.
pub async fn act(_: Editing, Shared(state): Shared<State>, fields: Fields) -> Result<Response, Problem> {
    let slugs: Vec<Slug> = fields.all("id").filter_map(Slug::parse).take(CHOSEN_MAX).collect();
    let act = fields.text("all").to_owned();
    let mut done = 0;
    for slug in &slugs {
        let changed = match act.as_str() {
            "poll" => match state.store.source(slug).await? {
                Some(source) => change::ask_for_poll(&state, &source).await?.is_some(),
                None => false,
            },
            "pause" => state.store.pause_source(slug, true).await?,
            "resume" => state.store.pause_source(slug, false).await?,
            _ => return Err(Problem::bad_field("/all", "poll, pause or resume")),
        };
        done += usize::from(changed);
    }
    Ok(told(fields.text("back"), &act, done))
}

/// The table, with an address that could not be used and why, if there is one.
pub(super) async fn table(
    state: &State,
    caller: &Caller,
    query: &Fields,
    (address, fault): (&str, &str),
) -> Result<Response, Problem> {
    let asked = Asked::read(query);
    let now = state.clock.now();
    let since = Since {
        week: now.minus(WEEK),
        month: now.minus(MONTH),
    };
    let mut lines = state
        .store
        .source_lines(&asked.filter(), since, SOURCES_MAX + 1)
        .await?;
    let more = lines.len() > SOURCES_MAX as usize;
    lines.truncate(SOURCES_MAX as usize);
    let count = lines.len();
    let picked = state.store.picked_by_source(since.month).await?;
    let mut rows: Vec<(SourceLine, i64)> = lines
        .into_iter()
        .map(|line| {
            let count = picked.get(&line.id).copied().unwrap_or(0);
            (line, count)
        })
        .collect();
    asked.sort(&mut rows);
    let begin = rows
        .iter()
        .position(|(line, _)| line.slug == asked.after)
        .map_or(0, |at| at + 1);
    let mut rows = rows.split_off(begin.min(rows.len()));
    let rest = rows.split_off(ROWS_A_PAGE.min(rows.len()));
    let last = rows.last().filter(|_| !rest.is_empty());
    let next = last.map(|(line, _)| asked.link(&[("after", &line.slug)]));
    let ids: Vec<_> = rows.iter().map(|(line, _)| line.id).collect();
    let marks = state.store.last_marks(&ids).await?;
    let rows: Vec<Row> = rows
        .into_iter()
        .map(|(line, picked)| {
            let marks = marks.get(&line.id).map(Vec::as_slice).unwrap_or_default();
            Row::new(line, picked, marks, now)
        })
        .collect();
    let counts = state.store.count_sources_by_state().await?;
    let back = asked.link(&[("after", &asked.after)]);
    let said = said(state, caller, query, &back).await?;
    html(&Page {
        shell: Shell::new(state, caller, Place::Sources, said).await?,
        states: asked.choices(&counts),
        columns: asked.columns(),
        is_bare: counts.is_empty() && rows.is_empty() && asked.health.is_empty(),
        words: asked.words,
        health: asked.health,
        sort: asked.sort.word(),
        rows,
        count: if more {
            format!("More than {SOURCES_MAX} sources; narrow them by words")
        } else {
            counted(count)
        },
        next,
        back,
        may_edit: caller.scope >= Scope::Edit,
        address: address.to_owned(),
        fault: fault.to_owned(),
    })
}

/// Back to `back`, which says what was done to how many.
fn told(back: &str, act: &str, done: usize) -> Response {
    let back = safe_next(back);
    let (path, query) = back.split_once('?').unwrap_or((back, ""));
    let mut fields = form_urlencoded::Serializer::new(String::new());
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "did" && name != "to");
    fields
        .extend_pairs(kept)
        .append_pair("did", act)
        .append_pair("to", &done.to_string());
    back_to(&format!("{path}?{}", fields.finish()))
}

/// What `query` says was done.
async fn said(state: &State, caller: &Caller, query: &Fields, back: &str) -> Result<Said, Problem> {
    let count: usize = query.text("to").parse().unwrap_or(0);
    let words = match (query.text("did"), count) {
        ("poll" | "pause" | "resume", 0) => "Nothing was done: choose sources that are read.".to_owned(),
        ("poll", count) => format!("{} as soon as may be.", polled(count)),
        ("pause", count) => format!("Paused {}.", counted(count)),
        ("resume", count) => format!("{} read again.", is_are(count)),
        ("add", count) => format!("Added {}.", counted(count)),
        ("saved", _) => "Saved.".to_owned(),
        ("retire", _) => "Retired. Its stories stay.".to_owned(),
        ("restore", _) => "It is read again.".to_owned(),
        ("known", _) => "That is read already, as this source.".to_owned(),
        ("back", _) => "Moved back to its old address.".to_owned(),
        _ => String::new(),
    };
    Ok(Said {
        words,
        ..Said::nothing(state, caller.id, back).await?
    })
}

fn polled(count: usize) -> String {
    match count {
        1 => "The source is polled".to_owned(),
        count => format!("{count} sources are polled"),
    }
}

fn is_are(count: usize) -> String {
    match count {
        1 => "The source is".to_owned(),
        count => format!("{count} sources are"),
    }
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 source".to_owned(),
        count => format!("{count} sources"),
    }
}

/// Its health as a word and since when, where that says more.
fn state_words(word: &str, since: Option<Timestamp>) -> String {
    match (Health::read(word, since), since) {
        (Some(Health::Broken { since } | Health::Quiet { since }), _) => format!("{word} since {}", day(since)),
        (Some(_), _) => word.to_owned(),
        (None, _) => "not yet read".to_owned(),
    }
}

/// When `at` will be, as short as can be.
fn until(at: Timestamp, now: Timestamp) -> String {
    match at.millis().saturating_sub(now.millis()) {
        ..MINUTE_MILLIS => "now".to_owned(),
        millis @ ..HOUR_MILLIS => format!("in {} min", millis / MINUTE_MILLIS),
        millis @ ..DAY_MILLIS => format!("in {} h", millis / HOUR_MILLIS),
        millis => format!("in {} d", millis / DAY_MILLIS),
    }
}

/// What is to be seen in a line of polls, in words.
fn line_words(marks: &[(bool, i64)]) -> String {
    let failed = marks.iter().filter(|(is_read, _)| !is_read).count();
    let fresh: i64 = marks.iter().map(|(_, fresh)| fresh).sum();
    match (marks.len(), failed) {
        (0, _) => "no polls yet".to_owned(),
        (polls, 0) => format!("{polls} polls, none failed, {fresh} new"),
        (polls, failed) => format!("{polls} polls, {failed} failed, {fresh} new"),
    }
}

fn is_read(outcome: &str) -> bool {
    Outcome::parse(outcome).is_some_and(Outcome::is_success)
}

impl Sort {
    const ALL: [(Self, &'static str, &'static str, &'static str); 5] = [
        (Self::Name, "name", "Source", ""),
        (Self::Health, "health", "Health", ""),
        (Self::Next, "next", "Next poll", "wide"),
        (Self::Week, "week", "New a week", "number"),
        (Self::Picked, "picked", "Picked", "number wide"),
    ];

    fn word(self) -> &'static str {
        let found = Self::ALL.into_iter().find(|(sort, ..)| *sort == self);
        found.map_or("name", |(_, word, ..)| word)
    }
}

impl Asked {
    fn read(query: &Fields) -> Self {
        let sorted = Sort::ALL.into_iter().find(|(_, word, ..)| *word == query.text("sort"));
        let health = query.text("health");
        let is_known = STATES.contains(&health) || health == "retired";
        Self {
            words: query.text("q").chars().take(200).collect(),
            health: if is_known { health.to_owned() } else { String::new() },
            sort: sorted.map_or(Sort::Name, |(sort, ..)| sort),
            after: query.text("after").to_owned(),
        }
    }

    fn filter(&self) -> SourceFilter {
        let retired = self.health == "retired";
        SourceFilter {
            words: self.words.clone(),
            health: if retired { String::new() } else { self.health.clone() },
            retired,
        }
    }

    fn sort(&self, rows: &mut [(SourceLine, i64)]) {
        let state = |line: &SourceLine| STATES.iter().position(|state| *state == line.health);
        let next = |line: &SourceLine| line.next_poll_at.map_or(i64::MAX, Timestamp::millis);
        rows.sort_by(|(one, one_picked), (other, other_picked)| {
            let order = match self.sort {
                Sort::Name => std::cmp::Ordering::Equal,
                Sort::Health => state(one).cmp(&state(other)),
                Sort::Next => next(one).cmp(&next(other)),
                Sort::Week => other.week.cmp(&one.week),
                Sort::Picked => part(*other_picked, other.month).cmp(&part(*one_picked, one.month)),
            };
            order.then_with(|| one.name.to_lowercase().cmp(&other.name.to_lowercase()))
        });
    }

    fn choices(&self, counts: &[(String, i64)]) -> Vec<Choice> {
        let all = counts.iter().map(|(_, count)| count).sum();
        let choice = |name: &'static str, count, health: &str| Choice {
            name,
            count,
            link: Self {
                health: health.to_owned(),
                ..self.clone()
            }
            .link(&[]),
            is_here: self.health == health,
        };
        let mut choices = vec![choice("all", all, "")];
        for state in STATES {
            let count = counts
                .iter()
                .find(|(known, _)| known == state)
                .map_or(0, |(_, count)| *count);
            if count > 0 || self.health == state {
                choices.push(choice(state, count, state));
            }
        }
        choices.push(choice("retired", -1, "retired"));
        choices
    }

    fn columns(&self) -> Vec<Column> {
        let column = |(sort, _, name, class): (Sort, _, _, _)| Column {
            name,
            class,
            link: Self { sort, ..self.clone() }.link(&[]),
            order: match (self.sort == sort, sort) {
                (false, _) => "",
                (true, Sort::Week | Sort::Picked) => "descending",
                (true, _) => "ascending",
            },
        };
        Sort::ALL.into_iter().map(column).collect()
    }

    /// The address of this view, with `more` behind it.
    fn link(&self, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let sort = if self.sort == Sort::Name { "" } else { self.sort.word() };
        for (name, value) in [("q", self.words.as_str()), ("health", &self.health), ("sort", sort)]
            .into_iter()
            .chain(more.iter().copied())
        {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        match query.finish() {
            query if query.is_empty() => "/desk/sources".to_owned(),
            query => format!("/desk/sources?{query}"),
        }
    }
}

impl Row {
    fn new(line: SourceLine, picked: i64, marks: &[Mark], now: Timestamp) -> Self {
        let told: Vec<(bool, i64)> = marks.iter().map(|mark| (is_read(&mark.outcome), mark.fresh)).collect();
        let bars: Vec<Bar> = told
            .iter()
            .map(|(is_read, fresh)| Bar {
                is_read: *is_read,
                fresh: *fresh,
                title: String::new(),
            })
            .collect();
        let read = line.polled_at.map(|at| format!("read {}", ago(at, now)));
        let file = line.declared.then(|| "sources.toml".to_owned());
        let about = [Some(line.link.host().to_owned()), read, file];
        Self {
            state_words: state_words(&line.health, line.health_since),
            next: line.next_poll_at.map_or("–".to_owned(), |at| until(at, now)),
            picked: match (picked, line.month) {
                (0, _) | (_, 0) => "–".to_owned(),
                (picked, month) => format!("{} %", (picked * 100 + month / 2) / month),
            },
            line: attempts_line(&bars, &line_words(&told)),
            about: about.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            slug: line.slug,
            name: line.name,
            state: line.health,
            week: line.week,
        }
    }
}

/// How long ago, in words.
fn ago(at: Timestamp, now: Timestamp) -> String {
    match age(at, now) {
        now if now == "now" => "just now".to_owned(),
        age if age.ends_with("min") || age.ends_with('h') || age.ends_with('d') => format!("{age} ago"),
        day => format!("on {day}"),
    }
}

/// Picked of what was seen, in thousandths.
const fn part(picked: i64, seen: i64) -> i64 {
    if seen <= 0 { 0 } else { picked * 1000 / seen }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_is_asked_is_read_forgivingly_and_written_back() {
        let read = |query: &str| Asked::read(&Fields::read(query)).link(&[]);
        assert_eq!(
            read("q=art&health=broken&sort=week&x=1"),
            "/desk/sources?q=art&health=broken&sort=week"
        );
        assert_eq!(read("health=ill&sort=colour"), "/desk/sources");
    }

    #[test]
    fn a_time_to_come_and_one_gone_by_are_told_shortly() {
        let now = Timestamp::parse("2026-03-12T12:00:00Z").unwrap();
        for (at, coming, gone) in [
            ("2026-03-12T12:00:30Z", "now", "just now"),
            ("2026-03-12T12:40:00Z", "in 40 min", "just now"),
            ("2026-03-13T12:00:00Z", "in 1 d", "just now"),
            ("2026-03-12T09:00:00Z", "now", "3 h ago"),
            ("2026-02-01T09:00:00Z", "now", "on 1 February 2026"),
        ] {
            let at = Timestamp::parse(at).unwrap();
            assert_eq!((until(at, now).as_str(), ago(at, now).as_str()), (coming, gone));
        }
    }

    #[test]
    fn polls_are_told_in_words_too() {
        assert_eq!(line_words(&[]), "no polls yet");
        assert_eq!(line_words(&[(true, 2), (false, 0)]), "2 polls, 1 failed, 2 new");
    }
}
