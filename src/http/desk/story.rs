//! A story: its text, beside the rows and on a page of its own.

use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::http::HeaderMap;
use axum::response::Response;
use uuid::Uuid;

use super::row::{age, day};
use super::{Place, Said, Shell, html, wants_parts};
use crate::domain::text::CleanHtml;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::site::door::Visitor;
use crate::http::state::State;
use crate::ingest::clean;
use crate::store::decisions::{DecisionLine, Whose};
use crate::store::stories::{ArticleLine, Sighting, StoryWhole};

/// Decisions shown of a story.
const DECISIONS_SHOWN: u32 = 100;

#[derive(Template)]
#[template(path = "desk/text.html", config = "src/askama.toml")]
struct Text {
    id: String,
    lead: Article,
    others: Vec<Article>,
    note: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/story.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    text: Text,
    sightings: Vec<Seen>,
    decisions: Vec<Done>,
}

struct Article {
    title: String,
    link: String,
    language: String,
    about: String,
    because: Option<String>,
    html: CleanHtml,
}

struct Seen {
    source: String,
    title: String,
    link: String,
    at: String,
    time: String,
}

struct Done {
    who: String,
    what: &'static str,
    at: String,
    time: String,
    undone: bool,
}

/// The text alone, for our script.
pub async fn text(
    Visitor(_): Visitor,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let text = Text::new(whole(&state, &id).await?);
    if wants_parts(&headers) {
        let text = super::render(&text)?;
        return Ok(super::parts(format!(
            "<template data-for=\"text\" data-how=\"inside\">{text}</template>"
        )));
    }
    html(&text)
}

/// The page of a story.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let whole = whole(&state, &id).await?;
    let decisions = state
        .store
        .decisions(Whose::About(whole.line.id), None, DECISIONS_SHOWN)
        .await?;
    let back = format!("/desk/stories/{}", whole.line.public_id);
    let said = Said::nothing(&state, caller.id, &back).await?;
    let now = state.clock.now();
    html(&Page {
        shell: Shell::new(&state, &caller, Place::Elsewhere, said).await?,
        sightings: whole
            .sightings
            .iter()
            .map(|sighting| Seen::new(sighting, now))
            .collect(),
        decisions: decisions.into_iter().map(|decision| Done::new(decision, now)).collect(),
        text: Text::new(whole),
    })
}

async fn whole(state: &State, id: &str) -> Result<StoryWhole, Problem> {
    let missing = || Problem::not_found("story");
    let id = Uuid::parse_str(id).map_err(|_| missing())?;
    state.store.story(&id.to_string()).await?.ok_or_else(missing)
}

impl Text {
    fn new(whole: StoryWhole) -> Self {
        let mut articles = whole.articles.into_iter().map(Article::from);
        Self {
            id: whole.line.public_id,
            note: whole.line.curated.note.map(|note| note.text.as_str().to_owned()),
            lead: articles.next().unwrap_or_else(Article::empty),
            others: articles.collect(),
        }
    }
}

impl Article {
    /// What stands where a story has no article any more.
    fn empty() -> Self {
        Self {
            title: "Gone".to_owned(),
            link: String::new(),
            language: String::new(),
            about: String::new(),
            because: None,
            html: CleanHtml::default(),
        }
    }
}

impl From<(ArticleLine, CleanHtml)> for Article {
    fn from((line, html): (ArticleLine, CleanHtml)) -> Self {
        let published = line.published_at.map(day);
        let words = (line.words > 0).then(|| format!("{} words", line.words));
        let about = [line.site_name, line.byline, published, words];
        Self {
            about: about.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            title: line.title,
            link: line.link.map(|link| link.to_string()).unwrap_or_default(),
            language: line.language.map(|language| language.to_string()).unwrap_or_default(),
            because: line.joined_because,
            html: clean::without_pictures(&html),
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

impl Done {
    fn new(decision: DecisionLine, now: Timestamp) -> Self {
        Self {
            who: decision.by,
            what: decision.deed.told(),
            at: age(decision.at, now),
            time: decision.at.to_string(),
            undone: decision.undone,
        }
    }
}
