//! What is being made of a list: the edition that goes out next, the picks that wait, and what went out.

use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::response::Response;
use jiff::tz::TimeZone;

use super::sheet::{Item, Sheet};
use crate::domain::editor::Scope;
use crate::domain::list::Stage;
use crate::domain::site::Site;
use crate::domain::time::Timestamp;
use crate::http::api::{editions, lists};
use crate::http::caller::Caller;
use crate::http::desk::{Place, Said, Shell, html, render, when};
use crate::http::error::Problem;
use crate::http::site::door::Visitor;
use crate::http::state::State;
use crate::store::editions::{EditionFilter, EditionLine};
use crate::store::lists::ReadingList;
use crate::store::picks::PickLine;

/// Picks that wait, shown at once.
const WAITING_SHOWN: u32 = 60;
/// Editions that went out, and picks that went out alone, shown at once.
const PAST_SHOWN: u32 = 12;
/// Editions that may be open beside each other; of more, the next ones are shown.
const OPEN_SHOWN: u32 = 12;

#[derive(Template)]
#[template(path = "desk/lists/workbench.html", config = "src/askama.toml")]
struct Workbench {
    shell: Shell,
    title: String,
    bench: String,
}

/// A list being worked on.
#[derive(Template)]
#[template(path = "desk/lists/bench.html", config = "src/askama.toml")]
pub struct Bench {
    slug: String,
    name: String,
    language: String,
    about: Vec<String>,
    is_archived: bool,
    /// The address of this page.
    back: String,
    sheet: Option<Sheet>,
    /// The open editions beside the one that is shown.
    others: Vec<Other>,
    waiting: Vec<Item>,
    waiting_count: i64,
    /// How many of those are not shown.
    unshown: i64,
    /// When a pick that goes out alone is proposed to.
    alone_due: String,
    alone: Vec<Alone>,
    past: Vec<Past>,
    zone: String,
    may_edit: bool,
    may_set_up: bool,
}

struct Other {
    title: String,
    link: String,
    stage: &'static str,
}

/// A pick that went out by itself.
struct Alone {
    item: Item,
    at: String,
    is_out: bool,
}

/// An edition that went out.
struct Past {
    title: String,
    link: String,
    stage: &'static str,
    at: String,
    picks: i64,
    is_here: bool,
}

/// The page of a list: its next edition.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    let bench = Bench::of_list(&state, &caller, &slug).await?;
    let said = Said::nothing(&state, caller.id, &bench.back).await?;
    bench.page(&state, &caller, said).await
}

/// The page of one edition.
pub async fn show_edition(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let bench = Bench::of_edition(&state, &caller, &id).await?;
    let said = Said::nothing(&state, caller.id, &bench.back).await?;
    bench.page(&state, &caller, said).await
}

impl Bench {
    /// Of the list called `slug`, with the edition that goes out next.
    pub async fn of_list(state: &State, caller: &Caller, slug: &str) -> Result<Self, Problem> {
        let list = lists::named(state, slug).await?;
        let open = state.store.open_editions(list.id, OPEN_SHOWN).await?;
        let back = format!("/desk/lists/{slug}");
        let edition = open.first().cloned();
        Self::new(state, caller, list, (edition, open, back)).await
    }

    /// Of the edition called `id`.
    pub async fn of_edition(state: &State, caller: &Caller, id: &str) -> Result<Self, Problem> {
        let edition = editions::named(state, id).await?;
        let list = lists::named(state, edition.list_slug.as_str()).await?;
        let open = state.store.open_editions(list.id, OPEN_SHOWN).await?;
        let back = format!("/desk/editions/{id}");
        Self::new(state, caller, list, (Some(edition), open, back)).await
    }

    /// The whole page, with `said` at its top.
    pub async fn page(self, state: &State, caller: &Caller, said: Said) -> Result<Response, Problem> {
        let title = match &self.sheet {
            Some(sheet) => format!("{}: {}", self.name, sheet.title),
            None => self.name.clone(),
        };
        html(&Workbench {
            shell: Shell::new(state, caller, Place::Lists, said).await?,
            title,
            bench: render(&self)?,
        })
    }

    async fn new(
        state: &State,
        caller: &Caller,
        list: ReadingList,
        (edition, open, back): (Option<EditionLine>, Vec<EditionLine>, String),
    ) -> Result<Self, Problem> {
        let (site, now): (Site, _) = (state.store.site().await?, state.clock.now());
        let zone = when::zone(&list.rules, &site);
        let shown = edition.as_ref().map(|line| line.edition.id);
        let others = open.into_iter().filter(|line| Some(line.edition.id) != shown);
        let others = others.map(Other::from).collect();
        let past = state
            .store
            .editions(list.id, EditionFilter::default(), PAST_SHOWN)
            .await?;
        let past = past.into_iter().filter(|line| !line.edition.stage.is_open());
        let past = past.map(|line| Past::new(line, &zone, shown.map(|id| id.0))).collect();
        let alone = state.store.picks_alone(list.id, PAST_SHOWN).await?;
        let words_max = list.rules.excerpt_words;
        let sheet = match edition {
            Some(edition) => Some(Sheet::new(state, &list, edition, (&zone, now)).await?),
            None => None,
        };
        let waiting = state.store.waiting_picks(list.id, WAITING_SHOWN).await?;
        let waiting_count = state.store.count_waiting(list.id).await?;
        Ok(Self {
            waiting: Item::all(waiting, words_max, &zone),
            unshown: waiting_count.saturating_sub(i64::from(WAITING_SHOWN)),
            waiting_count,
            alone_due: when::field(when::proposed(None, &list.rules, &zone, now), &zone),
            alone: alone
                .into_iter()
                .map(|line| Alone::new(line, words_max, &zone))
                .collect(),
            past,
            others,
            sheet,
            zone: when::name(&zone).to_owned(),
            may_edit: caller.scope >= Scope::Edit,
            may_set_up: caller.scope >= Scope::Admin,
            about: about(&list),
            slug: list.slug.to_string(),
            language: list.told.language.map(|tag| tag.to_string()).unwrap_or_default(),
            is_archived: list.archived_at.is_some(),
            name: list.told.name,
            back,
        })
    }
}

/// What holds for the list, in a few words each.
fn about(list: &ReadingList) -> Vec<String> {
    let rules = &list.rules;
    let cadence = rules.cadence.as_ref().map(ToString::to_string);
    let target = rules.target.map(|target| format!("{target} picks an edition"));
    let outlet = rules.per_outlet.map(|most| format!("at most {most} of one outlet"));
    let words = Some(format!("{} words quoted", rules.excerpt_words));
    [cadence, target, outlet, words].into_iter().flatten().collect()
}

impl Past {
    fn new(line: EditionLine, zone: &TimeZone, shown: Option<i64>) -> Self {
        let edition = line.edition;
        let at = |at: Option<Timestamp>| at.map(|at| when::day(at, zone)).unwrap_or_default();
        Self {
            is_here: shown == Some(edition.id.0),
            link: format!("/desk/editions/{}", edition.public_id),
            title: edition.title,
            stage: edition.stage.as_str(),
            at: at(edition.published_at),
            picks: line.picks,
        }
    }
}

impl Alone {
    fn new(line: PickLine, words_max: u32, zone: &TimeZone) -> Self {
        Self {
            at: line.pick.published_at.map(|at| when::day(at, zone)).unwrap_or_default(),
            is_out: line.pick.stage == Stage::Published,
            item: Item::new(line, words_max, zone),
        }
    }
}

impl From<EditionLine> for Other {
    fn from(line: EditionLine) -> Self {
        Self {
            link: format!("/desk/editions/{}", line.edition.public_id),
            stage: line.edition.stage.as_str(),
            title: line.edition.title,
        }
    }
}
