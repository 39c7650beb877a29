//! The search over everything: one field, what narrows it down, and rows as in triage, under the same keys.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;

use super::row::Row;
use super::triage::Numbered;
use super::{PickList, Place, Said, Shell, html, pick_lists};
use crate::domain::editor::Scope;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::find::{Finding, Found, find, read_cursor};
use crate::http::question::{Choice, Kind, Question, by, language, month_name, month_term};
use crate::http::site::door::Visitor;
use crate::http::site::sentence;
use crate::http::state::State;
use crate::search::Facets;

/// Where the page lies.
const PATH: &str = "/desk/search";
/// Stories on a page.
const STORIES_A_PAGE: u32 = 30;
/// Values of a facet that are shown at once; up to [`VALUES_MAX`] stand behind them, folded.
const VALUES_SHOWN: usize = 7;
/// Values of a facet that are shown at all.
const VALUES_MAX: usize = 40;

#[derive(Template)]
#[template(path = "desk/search.html", config = "src/askama.toml")]
struct Search {
    shell: Shell,
    words: String,
    sort: &'static str,
    notices: Vec<String>,
    read_as: String,
    count: String,
    orders: Vec<Choice>,
    rows: Vec<Row>,
    back: String,
    lists: Vec<Numbered>,
    may_decide: bool,
    is_first: bool,
    first: String,
    next: Option<String>,
    facets: Vec<Facet>,
    is_empty: bool,
}

struct Facet {
    name: &'static str,
    shown: Vec<Choice>,
    folded: Vec<Choice>,
}

/// Who looks, and when: what a row looks like depends on it.
struct Sight {
    may_decide: bool,
    now: Timestamp,
    lists: Vec<PickList>,
}

/// Shows it.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    RawQuery(asked): RawQuery,
) -> Result<Response, Problem> {
    let mut asked = Question::read(asked.as_deref().unwrap_or_default());
    let mut notices = Vec::new();
    if !state.has_caught_up() {
        notices.push("The stories are being indexed; not all of them are here yet.".to_owned());
    }
    let query = asked.query();
    let place = asked
        .cursor
        .as_deref()
        .map(|cursor| read_cursor(&query, cursor))
        .transpose();
    let place = place.unwrap_or_else(|_| {
        notices.push("That address leads nowhere any more; this is the first page.".to_owned());
        asked.cursor = None;
        None
    });
    let found = find(&state.store, &state.index, query, STORIES_A_PAGE, place).await?;
    let back = asked.link(PATH);
    let said = Said::nothing(&state, caller.id, &back).await?;
    let shell = Shell::new(&state, &caller, Place::Search, said).await?;
    let lists = pick_lists(&state).await?;
    let sight = Sight {
        may_decide: caller.scope >= Scope::Edit,
        now: state.clock.now(),
        lists,
    };
    html(&Search::new(shell, &asked, found, notices, sight))
}

impl Search {
    fn new(shell: Shell, asked: &Question, found: Finding, mut notices: Vec<String>, sight: Sight) -> Self {
        notices.extend(found.query.notes().iter().map(|note| sentence(note)));
        if found.some_words {
            notices.push("No story has all of these words; these have at least half of them.".to_owned());
        }
        let next = found.next_cursor.as_deref();
        let is_first = asked.cursor.is_none();
        Self {
            shell,
            back: asked.link(PATH),
            may_decide: sight.may_decide,
            words: asked.words.clone(),
            sort: asked.sort_name(),
            read_as: sentence(&found.query.as_read()),
            count: counted(found.total),
            orders: asked.orders(PATH, Some(found.query.order())),
            next: next.map(|cursor| asked.from(Some(cursor)).link(PATH)),
            first: asked.from(None).link(PATH),
            facets: found
                .facets
                .map(|facets| Facet::all(facets, found.total, asked, &found.hits))
                .unwrap_or_default(),
            is_empty: asked.words.is_empty() && is_first && found.total == 0 && notices.is_empty(),
            rows: found.hits.into_iter().map(|hit| sight.row(hit)).collect(),
            lists: Numbered::all(sight.lists),
            is_first,
            notices,
        }
    }
}

impl Sight {
    fn row(&self, hit: Found) -> Row {
        let row = Row::new(hit.story, &self.lists, self.may_decide, self.now);
        row.found(hit.title, hit.passage)
    }
}

impl Facet {
    fn all(facets: Facets, total: u64, asked: &Question, hits: &[Found]) -> Vec<Self> {
        let source = |slug: &str| {
            let mut sources = hits.iter().flat_map(|hit| &hit.story.sources);
            let known = sources.find(|source| source.slug.as_str() == slug);
            known.map_or_else(|| slug.to_owned(), |source| source.name.clone())
        };
        let of = |name, values, kind: &Kind| {
            let mut shown = asked.narrower(PATH, (total, VALUES_MAX), values, kind);
            let folded = shown.split_off(VALUES_SHOWN.min(shown.len()));
            Self { name, shown, folded }
        };
        let all = [
            of("Month", facets.months, &Kind::new(&month_name, &month_term)),
            of("Source", facets.sources, &Kind::new(&source, &by("source"))),
            of("Language", facets.languages, &Kind::new(&language, &by("lang"))),
            of("Topic", facets.topics, &Kind::new(&str::to_owned, &by("topic"))),
            of("List", facets.lists, &Kind::new(&str::to_owned, &by("list"))),
        ];
        all.into_iter().filter(|facet| !facet.shown.is_empty()).collect()
    }
}

fn counted(total: u64) -> String {
    match total {
        0 => "No stories".to_owned(),
        1 => "1 story".to_owned(),
        many => format!("{many} stories"),
    }
}
