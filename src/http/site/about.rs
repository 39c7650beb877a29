//! `/about`: who publishes, how stories are chosen, and how to follow.

use std::sync::Arc;

use askama::Template;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;

use super::cover::{Cover, Place, Subject, here, told_language};
use super::entry::paragraphs;
use crate::domain::channel::{Document, Format, Publisher, Scope};
use crate::domain::text::Prose;
use crate::http::error::Problem;
use crate::http::public::finished::Made;
use crate::http::public::shelf::{self, Wanted};
use crate::http::state::State;
use crate::store::lists::ReadingList;

#[derive(Template)]
#[template(path = "site/about.html", config = "src/askama.toml")]
struct AboutPage {
    cover: Cover,
    language: String,
    about: Vec<String>,
    lists: Vec<Followed>,
    sources: String,
}

/// A list and the ways to follow it.
struct Followed {
    name: String,
    language: String,
    link: String,
    rss: String,
    atom: String,
    json: String,
    embed: String,
}

/// Answers with the page.
pub async fn show(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Result<Response, Problem> {
    let wanted = Wanted::page("/about");
    shelf::answer(&state, &headers, wanted, async || made(&state).await).await
}

async fn made(state: &State) -> Result<Made, Problem> {
    let publisher = &state.publishing.publisher;
    let site = state.store.site().await?;
    let lists = state.store.lists().await?;
    let live: Vec<&ReadingList> = lists.iter().filter(|list| list.archived_at.is_none()).collect();
    let all = || (format!("{}: all lists", site.name), Scope::default());
    let subject = Subject {
        title: format!("About {}", site.name),
        about: site.about.clone(),
        page: publisher.at(&["about"]),
        picture: None,
        feeds: (!live.is_empty()).then(all),
        data: String::new(),
        place: Place::About,
    };
    let page = AboutPage {
        language: told_language(&site.language),
        about: paragraphs(&Prose::new(&site.about)),
        lists: live
            .into_iter()
            .map(|list| Followed::new(list, publisher, &site.language))
            .collect(),
        sources: here(&publisher.at(&["sources"])),
        cover: Cover::new(&site, publisher, subject),
    };
    Ok(page.cover.finish(state, super::text(&page)?))
}

impl Followed {
    fn new(list: &ReadingList, publisher: &Publisher, site_language: &str) -> Self {
        let scope = Scope {
            list: Some(list.slug.clone()),
            topic: None,
        };
        let feed = |format| here(&scope.feed(publisher, Document::Current, format));
        let language = list.told.language.as_ref();
        Self {
            name: list.told.name.clone(),
            language: told_language(language.map_or(site_language, |own| own.as_str())),
            link: here(&scope.page(publisher)),
            rss: feed(Format::Rss),
            atom: feed(Format::Atom),
            json: feed(Format::Json),
            embed: here(&publisher.at(&["lists", list.slug.as_str(), "embed"])),
        }
    }
}
