//! The lists: which there are, what is due, and what holds for each.

use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};

use super::fields::Fields;
use super::{Place, Said, Shell, html, stand, when};
use crate::domain::editor::Scope;
use crate::domain::list::Stage;
use crate::domain::site::Site;
use crate::http::api::acting;
use crate::http::api::lists::{ListPatch, ListWish, named};
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::site::door::{Administering, Visitor};
use crate::http::site::sentence;
use crate::http::state::State;
use crate::store::StoreError;
use crate::store::editions::{EditionFilter, EditionLine};
use crate::store::lists::ReadingList;

pub mod bench;
pub mod editions;
mod findings;
pub mod picks;
mod sheet;

/// Longest excerpt that the form proposes for a new list, in words.
const EXCERPT_WORDS_PROPOSED: &str = "60";
/// Picks of an edition that the form proposes for a new list.
const TARGET_PROPOSED: &str = "5";

#[derive(Template)]
#[template(path = "desk/lists/index.html", config = "src/askama.toml")]
struct Index {
    shell: Shell,
    lists: Vec<Line>,
    may_set_up: bool,
    wanted: Wanted,
}

/// A list as a line.
struct Line {
    slug: String,
    name: String,
    language: String,
    cadence: String,
    /// The newest edition, and how far it has come.
    edition: Option<(String, String, &'static str)>,
    waiting: i64,
    next: String,
    is_archived: bool,
}

#[derive(Template)]
#[template(path = "desk/lists/rules.html", config = "src/askama.toml")]
struct Rules {
    shell: Shell,
    slug: String,
    heading: String,
    version: i64,
    is_archived: bool,
    wanted: Wanted,
}

/// What somebody wrote in the form of a list.
#[derive(Default)]
struct Wanted {
    name: String,
    about: String,
    language: String,
    cadence: String,
    target: String,
    per_outlet: String,
    excerpt_words: String,
    /// Its place among the lists.
    place: String,
}

/// Shows all lists.
pub async fn show(Visitor(caller): Visitor, Shared(state): Shared<State>) -> Result<Response, Problem> {
    let said = Said::nothing(&state, caller.id, "/desk/lists").await?;
    html(&Index::new(&state, &caller, said, Wanted::proposed()).await?)
}

/// Makes a list.
pub async fn add(
    Administering(caller): Administering,
    Shared(state): Shared<State>,
    fields: Fields,
) -> Result<Response, Problem> {
    let wanted = Wanted::read(&fields);
    let new = body::read::<ListWish>(wanted.json().to_string().as_bytes()).and_then(ListWish::read);
    let made = match new {
        Ok(new) => state
            .store
            .make_list(new, state.clock.now(), state.fresh_id)
            .await
            .map_err(taken),
        Err(problem) => Err(problem),
    };
    match made {
        Ok(list) => Ok(Redirect::to(&format!("/desk/lists/{}", list.slug)).into_response()),
        Err(problem) => {
            let said = refused(&problem, "/desk/lists");
            let page = html(&Index::new(&state, &caller, said, wanted).await?)?;
            Ok((problem.status(), page).into_response())
        }
    }
}

/// Shows what holds for a list.
pub async fn rules(
    Administering(caller): Administering,
    Shared(state): Shared<State>,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    let list = named(&state, &slug).await?;
    let said = Said::nothing(&state, caller.id, &format!("/desk/lists/{slug}/rules")).await?;
    let wanted = Wanted::of(&list);
    html(&Rules::new(&state, &caller, said, (&list, wanted)).await?)
}

/// Changes what holds for a list.
pub async fn change(
    Administering(caller): Administering,
    Shared(state): Shared<State>,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let list = named(&state, &slug).await?;
    let wanted = Wanted::read(&fields);
    match changed(&state, &caller, &list, (&fields, &wanted)).await {
        Ok(()) => Ok(Redirect::to(&format!("/desk/lists/{slug}")).into_response()),
        Err(problem) => {
            let said = refused(&problem, &format!("/desk/lists/{slug}/rules"));
            let page = html(&Rules::new(&state, &caller, said, (&list, wanted)).await?)?;
            Ok((problem.status(), page).into_response())
        }
    }
}

/// Archives a list, or takes it back into use.
pub async fn archive(
    Administering(caller): Administering,
    Shared(state): Shared<State>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let list = named(&state, &slug).await?;
    let came = if fields.has("restore") {
        state.store.restore_list(list.id).await.map(|()| "in use again")
    } else {
        let now = state.clock.now();
        let done = state.store.archive_list(list.id, list.version, now).await;
        done.map(|()| "archived; what went out stays")
    };
    let came = came.map(|what| format!("“{}” is {what}.", list.told.name));
    let back = format!("/desk/lists/{slug}");
    stand::answer(&state, &caller, &headers, &back, came.map_err(Problem::from)).await
}

async fn changed(
    state: &State,
    caller: &Caller,
    list: &ReadingList,
    (fields, wanted): (&Fields, &Wanted),
) -> Result<(), Problem> {
    if fields.raw("version") != list.version.0.to_string() {
        return Err(Problem::new(
            StatusCode::PRECONDITION_FAILED,
            Some("somebody else changed the list meanwhile; look at both and save again".to_owned()),
        ));
    }
    let mut asked = wanted.json();
    if let (Some(place), Some(asked)) = (wanted.place(), asked.as_object_mut()) {
        asked.insert("place".to_owned(), place);
    }
    let patch = body::read::<ListPatch>(asked.to_string().as_bytes())?;
    let change = patch.read(list)?;
    let acting = acting(caller, state);
    state.store.change_list(list.id, list.version, change, acting).await?;
    Ok(())
}

fn taken(error: StoreError) -> Problem {
    match error {
        StoreError::Taken(_) => Problem::conflict("there is a list of that name; give it another one"),
        other => other.into(),
    }
}

fn refused(problem: &Problem, back: &str) -> Said {
    Said {
        words: sentence(&problem.told()),
        back: back.to_owned(),
        ..Said::default()
    }
}

impl Index {
    async fn new(state: &State, caller: &Caller, said: Said, wanted: Wanted) -> Result<Self, Problem> {
        let site: Site = state.store.site().await?;
        let mut lists = Vec::new();
        for list in state.store.lists().await? {
            lists.push(Line::new(state, &site, list).await?);
        }
        Ok(Self {
            shell: Shell::new(state, caller, Place::Lists, said).await?,
            lists,
            may_set_up: caller.scope >= Scope::Admin,
            wanted,
        })
    }
}

impl Line {
    async fn new(state: &State, site: &Site, list: ReadingList) -> Result<Self, Problem> {
        let zone = when::zone(&list.rules, site);
        let newest = state.store.editions(list.id, EditionFilter::default(), 1).await?;
        let open = state.store.open_editions(list.id, 1).await?;
        let next = open.first().and_then(|line| line.edition.due_at);
        let edition = |line: &EditionLine| {
            let edition = &line.edition;
            let stage = edition.stage.as_str();
            (
                edition.title.clone(),
                format!("/desk/editions/{}", edition.public_id),
                stage,
            )
        };
        Ok(Self {
            slug: list.slug.to_string(),
            language: list.told.language.map(|tag| tag.to_string()).unwrap_or_default(),
            cadence: list
                .rules
                .cadence
                .map(|cadence| cadence.to_string())
                .unwrap_or_default(),
            edition: newest.first().map(edition),
            waiting: state.store.count_waiting(list.id).await?,
            next: match (next, open.first().map(|line| line.edition.stage)) {
                (Some(at), Some(Stage::Scheduled)) => when::told(at, &zone),
                (Some(at), _) => format!("meant for {}", when::told(at, &zone)),
                (None, _) => String::new(),
            },
            is_archived: list.archived_at.is_some(),
            name: list.told.name,
        })
    }
}

impl Rules {
    async fn new(
        state: &State,
        caller: &Caller,
        said: Said,
        (list, wanted): (&ReadingList, Wanted),
    ) -> Result<Self, Problem> {
        Ok(Self {
            shell: Shell::new(state, caller, Place::Lists, said).await?,
            slug: list.slug.to_string(),
            heading: list.told.name.clone(),
            version: list.version.0,
            is_archived: list.archived_at.is_some(),
            wanted,
        })
    }
}

impl Wanted {
    fn proposed() -> Self {
        Self {
            target: TARGET_PROPOSED.to_owned(),
            excerpt_words: EXCERPT_WORDS_PROPOSED.to_owned(),
            ..Self::default()
        }
    }

    fn of(list: &ReadingList) -> Self {
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let (told, rules) = (&list.told, &list.rules);
        Self {
            name: told.name.clone(),
            about: told.about.clone(),
            language: told.language.as_ref().map(ToString::to_string).unwrap_or_default(),
            cadence: rules.cadence.as_ref().map(ToString::to_string).unwrap_or_default(),
            target: number(rules.target),
            per_outlet: number(rules.per_outlet),
            excerpt_words: rules.excerpt_words.to_string(),
            place: String::new(),
        }
    }

    fn read(fields: &Fields) -> Self {
        let field = |name| fields.raw(name).trim().to_owned();
        Self {
            name: field("name"),
            about: field("about"),
            language: field("language"),
            cadence: field("cadence"),
            target: field("target"),
            per_outlet: field("per_outlet"),
            excerpt_words: field("excerpt_words"),
            place: field("place"),
        }
    }

    /// As the API is told of it, so that one reader judges both.
    fn json(&self) -> Value {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        json!({
            "name": self.name,
            "about": self.about,
            "language": text(&self.language),
            "rules": {
                "cadence": text(&self.cadence),
                "target": number(&self.target),
                "per_outlet": number(&self.per_outlet),
                "excerpt_words": number(&self.excerpt_words),
            },
        })
    }

    fn place(&self) -> Option<Value> {
        (!self.place.is_empty()).then(|| number(&self.place))
    }
}

/// A number if it is one, nothing for nothing; anything else stays text, and is refused as that.
fn number(text: &str) -> Value {
    match text.parse::<u32>() {
        Ok(number) => number.into(),
        Err(_) if text.is_empty() => Value::Null,
        Err(_) => text.into(),
    }
}
