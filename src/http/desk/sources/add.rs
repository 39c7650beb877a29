//! Adding by any address: it is asked about, what was tried is told, and what was found is added by one press.

use askama::Template;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::HeaderMap;
use axum::response::Response;
use url::form_urlencoded;

use super::{ago, table};
use crate::domain::editor::{EditorId, Scope};
use crate::domain::inquiry::{Answer, Title};
use crate::domain::link::Link;
use crate::domain::source::{Rules, Selectors, Source, SourceKind};
use crate::domain::time::Timestamp;
use crate::http::api::inquiries::{self, SelectorsWish};
use crate::http::api::sources::change::{self, SourceWish};
use crate::http::desk::fields::Fields;
use crate::http::desk::{Place, Said, Shell, back_to, html, parts, render, wants_parts};
use crate::http::error::Problem;
use crate::http::site::door::{Editing, Visitor};
use crate::http::site::sentence;
use crate::http::state::State;
use crate::store::inquiries::{Inquiry, NewInquiry};

/// Inquiries that one page shows.
const INQUIRIES_MAX: usize = 100;

#[derive(Template)]
#[template(path = "desk/sources/inquiry.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    heading: String,
    part: String,
    is_waiting: bool,
}

/// What came of one address so far.
#[derive(Template)]
#[template(path = "desk/sources/answer.html", config = "src/askama.toml")]
struct One {
    id: String,
    link: String,
    is_waiting: bool,
    known: Option<Known>,
    offer: Option<Offered>,
    tried: Vec<(String, String)>,
    /// The source that these selectors were tried for, if they can be kept.
    trial: Option<Known>,
    selectors: Vec<(&'static str, &'static str, String)>,
    is_by_selectors: bool,
    may_edit: bool,
}

/// What came of several.
#[derive(Template)]
#[template(path = "desk/sources/answers.html", config = "src/askama.toml")]
struct Several {
    here: String,
    is_waiting: bool,
    ones: Vec<One>,
    found: usize,
}

struct Known {
    slug: String,
    name: String,
}

struct Offered {
    name: String,
    kind: &'static str,
    link: String,
    about: String,
    language: String,
    newest: Vec<Shown>,
    warnings: Vec<String>,
}

struct Shown {
    title: String,
    link: String,
    at: String,
    time: String,
}

/// Asks about an address, or leads to the source that reads it already.
pub async fn ask(Editing(caller): Editing, Shared(state): Shared<State>, fields: Fields) -> Result<Response, Problem> {
    let typed = fields.text("address");
    let Ok(link) = inquiries::address(typed) else {
        let fault = "That is not an address of the web. Copy it from the address bar of your browser.";
        return table(&state, &caller, &Fields::default(), (typed, fault)).await;
    };
    if let Some(known) = state.store.source_at(&link).await? {
        return Ok(back_to(&format!("/desk/sources/{}?did=known", known.declared.slug)));
    }
    let id = inquire(&state, link, None, caller.id).await?;
    Ok(back_to(&format!("/desk/inquiries/{id}")))
}

/// Asks what selectors find on a page; or adds what was chosen of several inquiries.
pub async fn ask_or_add(
    Editing(caller): Editing,
    Shared(state): Shared<State>,
    fields: Fields,
) -> Result<Response, Problem> {
    if fields.text("all") == "add" {
        let mut added = 0;
        for id in fields.all("id").take(INQUIRIES_MAX) {
            let wish = SourceWish::of(id.to_owned(), None);
            added += usize::from(change::take(&state, wish).await.is_ok());
        }
        return Ok(back_to(&format!("/desk/sources?did=add&to={added}")));
    }
    let link = inquiries::address(fields.text("link"))?;
    let rules = selectors(&fields).rules()?;
    let id = inquire(&state, link, Some(rules), caller.id).await?;
    Ok(back_to(&format!("/desk/inquiries/{id}")))
}

/// Shows what came of an inquiry so far.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let inquiry = inquiries::find(&state, &id).await?;
    let one = One::new(&state, inquiry, caller.scope >= Scope::Edit).await?;
    let (is_waiting, host) = (one.is_waiting, one.link.clone());
    let part = render(&one)?;
    if wants_parts(&headers) {
        return Ok(parts(format!("<template data-for=\"answer\">{part}</template>")));
    }
    let said = Said::nothing(&state, caller.id, "/desk/sources").await?;
    html(&Page {
        shell: Shell::new(&state, &caller, Place::Sources, said).await?,
        heading: host,
        part,
        is_waiting,
    })
}

/// Shows what came of several.
pub async fn show_several(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let fields = Fields::read(query.as_deref().unwrap_or_default());
    let mut ones = Vec::new();
    for id in fields.all("of").take(INQUIRIES_MAX) {
        let inquiry = inquiries::find(&state, id).await?;
        ones.push(One::new(&state, inquiry, caller.scope >= Scope::Edit).await?);
    }
    let is_waiting = ones.iter().any(|one| one.is_waiting);
    let part = render(&Several {
        here: place_of(fields.all("of")),
        is_waiting,
        found: ones
            .iter()
            .filter(|one| one.offer.is_some() && one.known.is_none())
            .count(),
        ones,
    })?;
    if wants_parts(&headers) {
        return Ok(parts(format!("<template data-for=\"answer\">{part}</template>")));
    }
    let said = Said::nothing(&state, caller.id, "/desk/sources").await?;
    html(&Page {
        shell: Shell::new(&state, &caller, Place::Sources, said).await?,
        heading: "Several addresses".to_owned(),
        part,
        is_waiting,
    })
}

/// Adds what an inquiry found; or lets the source that reads there be read by the selectors that it tried.
pub async fn take(
    _: Editing,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    if fields.has("keep") {
        return keep(&state, &id).await;
    }
    let name = Some(fields.text("name").to_owned()).filter(|name| !name.is_empty());
    let declared = change::take(&state, SourceWish::of(id, name)).await?;
    Ok(back_to(&format!("/desk/sources/{}", declared.slug)))
}

/// Lets the source at the address of an inquiry be read by the rules that were tried.
async fn keep(state: &State, id: &str) -> Result<Response, Problem> {
    let inquiry = inquiries::find(state, id).await?;
    let source = trial_of(state, &inquiry).await?;
    let source =
        source.ok_or_else(|| Problem::conflict("there is no source of the desk that these selectors are for"))?;
    let mut wanted = source.clone();
    wanted.declared.rules.selectors = inquiry.rules.and_then(|rules| rules.selectors);
    if !state.store.change_source(&source, &wanted).await? {
        return Err(Problem::conflict("the source was changed meanwhile; try once more"));
    }
    change::ask_for_poll(state, &wanted).await?;
    Ok(back_to(&format!("/desk/sources/{}?did=saved", source.declared.slug)))
}

/// Writes down that `by` asks about `link`. The inquiry's name.
pub async fn inquire(state: &State, link: Link, rules: Option<Rules>, by: EditorId) -> Result<String, Problem> {
    let new = NewInquiry {
        public_id: (state.fresh_id)(),
        link,
        rules,
        by,
        at: state.clock.now(),
    };
    state.store.inquire(&new).await?;
    Ok(new.public_id)
}

/// Where several inquiries are shown together.
pub fn place_of<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(ids.map(|id| ("of", id)));
    format!("/desk/inquiries?{}", query.finish())
}

/// The selectors that a form holds, alternatives on lines of their own.
pub fn selectors(fields: &Fields) -> SelectorsWish {
    SelectorsWish {
        item: fields.lines("item"),
        title: fields.lines("title"),
        link: fields.lines("at"),
        date: fields.lines("date"),
        excerpt: fields.lines("excerpt"),
        image: fields.lines("image"),
    }
}

/// Selectors as a form shows them: field, label, alternatives on lines of their own.
pub fn selector_fields(selectors: Option<&Selectors>) -> Vec<(&'static str, &'static str, String)> {
    let none = Selectors::default();
    let selectors = selectors.unwrap_or(&none);
    [
        ("item", "Each entry", &selectors.item),
        ("title", "Its title", &selectors.title),
        ("at", "Its address", &selectors.link),
        ("date", "Its date", &selectors.date),
        ("excerpt", "Its short text", &selectors.excerpt),
    ]
    .map(|(field, label, alternatives)| (field, label, alternatives.join("\n")))
    .into()
}

/// The list page of the desk that the selectors of an inquiry are for.
async fn trial_of(state: &State, inquiry: &Inquiry) -> Result<Option<Source>, Problem> {
    if inquiry.rules.as_ref().is_none_or(|rules| rules.selectors.is_none()) {
        return Ok(None);
    }
    let known = state.store.source_at(&inquiry.link).await?;
    Ok(known.filter(|source| source.declared.kind == SourceKind::Page && !source.in_file))
}

impl One {
    async fn new(state: &State, inquiry: Inquiry, may_edit: bool) -> Result<Self, Problem> {
        let is_waiting = inquiry.answer.is_none();
        let trial = trial_of(state, &inquiry).await?;
        let Answer { tried, found } = inquiry.answer.clone().unwrap_or_default();
        let mut known = state.store.source_at(&inquiry.link).await?;
        if let Some(offer) = found.as_ref().filter(|_| known.is_none()) {
            known = state.store.source_at(&offer.link).await?;
        }
        let named = |source: Source| Known {
            slug: source.declared.slug.to_string(),
            name: source.declared.name,
        };
        let is_by_selectors = inquiry.rules.as_ref().is_some_and(|rules| rules.selectors.is_some());
        let now = state.clock.now();
        Ok(Self {
            id: inquiry.public_id,
            link: inquiry.link.to_string(),
            is_waiting,
            known: known.filter(|_| trial.is_none()).map(named),
            selectors: selector_fields(inquiry.rules.as_ref().and_then(|rules| rules.selectors.as_ref())),
            trial: trial.filter(|_| found.is_some()).map(named),
            tried: tried
                .into_iter()
                .map(|(link, result)| (link.to_string(), sentence(&result)))
                .collect(),
            offer: found.map(|offer| Offered {
                about: match offer.entries {
                    1 => "lists 1 entry".to_owned(),
                    entries => format!("lists {entries} entries"),
                },
                language: offer
                    .language()
                    .map(|language| language.to_string())
                    .unwrap_or_default(),
                kind: match offer.kind {
                    SourceKind::Feed => "A feed",
                    SourceKind::Page | SourceKind::Tip => "A page that is read by its form",
                    SourceKind::Sitemap => "A sitemap",
                },
                link: offer.link.to_string(),
                newest: offer.newest.into_iter().map(|title| Shown::new(title, now)).collect(),
                name: offer.name,
                warnings: offer.warnings,
            }),
            is_by_selectors,
            may_edit,
        })
    }
}

impl Shown {
    fn new(title: Title, now: Timestamp) -> Self {
        Self {
            title: title.title,
            link: title.link.map(|link| link.to_string()).unwrap_or_default(),
            at: title.published_at.map_or("no date".to_owned(), |at| ago(at, now)),
            time: title.published_at.map(|at| at.to_string()).unwrap_or_default(),
        }
    }
}
