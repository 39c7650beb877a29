//! A story on a page of its own: its text, its articles, what was decided, and what is printed of it on each list.

use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::response::Response;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::row::age;
use super::{PickList, Place, Said, Shell, html, pick_lists, render, when};
use crate::domain::decision::{Cell, Deed};
use crate::domain::editor::Scope;
use crate::domain::list::Stage;
use crate::domain::site::Site;
use crate::domain::time::Timestamp;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::site::door::Visitor;
use crate::http::state::State;
use crate::store::checks::Run;
use crate::store::decisions::{DecisionLine, Whose};
use crate::store::stories::{ArticleLine, Sighting, StoryWhole};

pub mod form;
pub mod save;
pub mod text;

use form::PickForm;
use text::{Article, about};

/// Decisions shown of a story.
const DECISIONS_SHOWN: u32 = 100;

#[derive(Template)]
#[template(path = "desk/story/story.html", config = "src/askama.toml")]
struct Whole {
    shell: Shell,
    title: String,
    story: String,
}

/// A story.
#[derive(Template)]
#[template(path = "desk/story/page.html", config = "src/askama.toml")]
pub struct Page {
    id: String,
    back: String,
    lead: Article,
    articles: Vec<Told>,
    sightings: Vec<Seen>,
    ran: Vec<Ran>,
    decisions: Vec<Done>,
    /// What is printed of it on lists.
    pub forms: Vec<PickForm>,
    /// The lists that it can be picked for.
    lists: Vec<PickList>,
    status: &'static str,
    note: String,
    note_is_private: bool,
    topics: String,
    may_decide: bool,
}

/// An article of the story.
struct Told {
    id: String,
    title: String,
    link: String,
    language: String,
    about: String,
    because: Option<String>,
    is_lead: bool,
}

struct Seen {
    source: String,
    title: String,
    link: String,
    at: String,
    time: String,
}

/// That it went out before.
struct Ran {
    words: String,
    is_this: bool,
}

struct Done {
    who: String,
    what: &'static str,
    list: String,
    at: String,
    time: String,
    undone: bool,
    /// Its name, if nothing lies on it and it can be taken back.
    undo: Option<String>,
}

/// The page of a story.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let page = Page::of(&state, &caller, &id).await?;
    let said = Said::nothing(&state, caller.id, &page.back).await?;
    page.page(&state, &caller, said).await
}

/// The story called `id`, with everything.
async fn whole(state: &State, id: &str) -> Result<StoryWhole, Problem> {
    let missing = || Problem::not_found("story");
    let id = Uuid::parse_str(id).map_err(|_| missing())?;
    state.store.story(&id.to_string()).await?.ok_or_else(missing)
}

impl Page {
    /// Of the story called `id`, or of the one that it was merged into.
    pub async fn of(state: &State, caller: &Caller, id: &str) -> Result<Self, Problem> {
        let whole = whole(state, id).await?;
        let (site, now): (Site, _) = (state.store.site().await?, state.clock.now());
        let line = &whole.line;
        let decisions = state
            .store
            .decisions(Whose::About(line.id), None, DECISIONS_SHOWN)
            .await?;
        let runs = state.store.runs(line.id).await?;
        let may_decide = caller.scope >= Scope::Edit;
        let back = format!("/desk/stories/{}", line.public_id);
        let forms = PickForm::all(state, line.id, &back, &site).await?;
        let open = |list: &PickList| {
            !forms
                .iter()
                .any(|form| form.slug == list.slug.as_str() && form.is_live())
        };
        let lists = pick_lists(state).await?.into_iter().filter(open).collect();
        let curated = &line.curated;
        let note = curated.note.as_ref();
        Ok(Self {
            id: line.public_id.clone(),
            lead: whole
                .articles
                .first()
                .cloned()
                .map_or_else(Article::empty, Article::from),
            articles: whole
                .articles
                .iter()
                .map(|(article, _)| Told::new(article, line.lead.id == article.id))
                .collect(),
            sightings: whole.sightings.iter().map(|seen| Seen::new(seen, now)).collect(),
            ran: runs.iter().map(|run| Ran::new(run, &site.time_zone.rules())).collect(),
            decisions: Done::all(decisions, may_decide, now),
            status: line.status.as_str(),
            note: note.map(|note| note.text.as_str().to_owned()).unwrap_or_default(),
            note_is_private: note.is_some_and(|note| !note.public),
            topics: curated
                .topics
                .as_ref()
                .map(|topics| topics.as_slice().join(", "))
                .unwrap_or_default(),
            back,
            forms,
            lists,
            may_decide,
        })
    }

    /// The whole page, with `said` at its top.
    pub async fn page(self, state: &State, caller: &Caller, said: Said) -> Result<Response, Problem> {
        html(&Whole {
            shell: Shell::new(state, caller, Place::Elsewhere, said).await?,
            title: self.lead.title.clone(),
            story: render(&self)?,
        })
    }
}

impl Told {
    fn new(line: &ArticleLine, is_lead: bool) -> Self {
        Self {
            id: line.id.0.to_string(),
            title: line.title.clone(),
            link: line.link.as_ref().map(ToString::to_string).unwrap_or_default(),
            language: line.language.as_ref().map(ToString::to_string).unwrap_or_default(),
            about: about(line),
            because: line.joined_because.clone(),
            is_lead,
        }
    }
}

impl Seen {
    fn new(sighting: &Sighting, now: Timestamp) -> Self {
        Self {
            source: sighting.name.clone(),
            title: sighting.title.clone(),
            link: sighting.link.as_ref().map(ToString::to_string).unwrap_or_default(),
            at: age(sighting.found_at, now),
            time: sighting.found_at.to_string(),
        }
    }
}

impl Ran {
    fn new(run: &Run, zone: &TimeZone) -> Self {
        let what = if run.same_story {
            "Already ran"
        } else {
            "Another version ran"
        };
        Self {
            words: format!("{what} in {} on {}", run.list_name, when::day(run.at, zone)),
            is_this: run.same_story,
        }
    }
}

impl Done {
    /// The decisions, the last first. Only what lies on top of its cell can be taken back.
    fn all(decisions: Vec<DecisionLine>, may_decide: bool, now: Timestamp) -> Vec<Self> {
        let mut covered: Vec<Cell> = Vec::new();
        let mut done = Vec::with_capacity(decisions.len());
        for decision in decisions {
            let is_turn = matches!(decision.deed, Deed::Undo | Deed::Redo);
            let is_top = !is_turn && !decision.undone && !covered.contains(&decision.cell);
            if is_top {
                covered.push(decision.cell);
            }
            done.push(Self {
                who: decision.by,
                what: decision.deed.told(),
                list: decision.list.map(|slug| slug.to_string()).unwrap_or_default(),
                at: age(decision.at, now),
                time: decision.at.to_string(),
                undone: decision.undone,
                undo: (is_top && may_decide).then_some(decision.public_id),
            });
        }
        done
    }
}

/// Whether a pick stands on its list, or went out on it.
const fn is_live(stage: Stage) -> bool {
    matches!(stage, Stage::Draft | Stage::Scheduled | Stage::Published)
}
