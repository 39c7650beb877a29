//! `/archive` and `/lists/{slug}/archive`: the months and editions of a list, or of all lists, for walking through.

use std::sync::Arc;

use askama::Template;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;

use super::cover::{Cover, Named, Place, Subject, here, told_language};
use super::entry::Day;
use crate::domain::channel::{Publisher, Scope};
use crate::domain::list::Edition;
use crate::domain::month::Month;
use crate::domain::site::Site;
use crate::domain::source::Slug;
use crate::domain::text::Language;
use crate::http::error::Problem;
use crate::http::public::asked::Asked;
use crate::http::public::finished::Made;
use crate::http::public::shelf::{self, Wanted};
use crate::http::state::State;
use crate::store::channels::EditionHead;
use crate::store::lists::ReadingList;

#[derive(Template)]
#[template(path = "site/archive.html", config = "src/askama.toml")]
struct ArchivePage {
    cover: Cover,
    above: Named,
    language: String,
    years: Vec<Year>,
}

struct Year {
    year: String,
    months: Vec<MonthLine>,
}

struct MonthLine {
    name: String,
    link: String,
    items: usize,
    editions: Vec<IssueLine>,
}

struct IssueLine {
    title: String,
    number: i64,
    link: String,
    day: Day,
}

/// Answers with the page.
pub async fn show(Shared(state): Shared<Arc<State>>, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let wanted = Wanted::page(&asked.path);
    shelf::answer(&state, &headers, wanted, async || {
        made(&state, asked.scope.clone()).await
    })
    .await
}

async fn made(state: &State, scope: Scope) -> Result<Made, Problem> {
    let store = &state.store;
    let (list, editions) = if let Some(slug) = &scope.list {
        let list = store.list(slug).await?.ok_or_else(|| Problem::not_found("list"))?;
        let editions = store.published_editions(list.id).await?;
        (Some(list), editions)
    } else {
        (None, Vec::new())
    };
    let months = store.published_months(list.as_ref().map(|list| list.id)).await?;
    let site = store.site().await?;
    let page = ArchivePage::new(&scope, list, &site, &state.publishing.publisher, (&months, &editions));
    Ok(page.cover.finish(state, super::text(&page)?))
}

impl ArchivePage {
    fn new(
        scope: &Scope,
        list: Option<ReadingList>,
        site: &Site,
        publisher: &Publisher,
        (months, editions): (&[(Month, usize)], &[EditionHead]),
    ) -> Self {
        let mut years: Vec<Year> = Vec::new();
        for (month, items) in months {
            let line = MonthLine::new(*month, *items, scope, publisher, (editions, site));
            let name = month.to_string();
            let year = name.split('-').next().unwrap_or_default();
            match years.last_mut() {
                Some(last) if last.year == year => last.months.push(line),
                _ => years.push(Year {
                    year: year.to_owned(),
                    months: vec![line],
                }),
            }
        }
        let language = list.as_ref().and_then(|list| list.told.language.as_ref());
        let language = told_language(language.map_or(&site.language, Language::as_str));
        let name = list.map_or_else(|| "All lists".to_owned(), |list| list.told.name);
        let page = scope.page(publisher);
        let own = match &scope.list {
            Some(slug) => publisher.at(&["lists", slug.as_str(), "archive"]),
            None => publisher.at(&["archive"]),
        };
        let subject = Subject {
            title: format!("{name}: archive"),
            about: format!("Everything that was published on {name}, by month."),
            page: own,
            picture: None,
            feeds: (!months.is_empty()).then(|| (name.clone(), scope.clone())),
            data: String::new(),
            place: Place::Elsewhere,
        };
        Self {
            cover: Cover::new(site, publisher, subject),
            above: Named::new(&name, &page),
            language,
            years,
        }
    }
}

impl MonthLine {
    fn new(
        month: Month,
        items: usize,
        scope: &Scope,
        publisher: &Publisher,
        (editions, site): (&[EditionHead], &Site),
    ) -> Self {
        let zone = site.time_zone.rules();
        let own = editions
            .iter()
            .filter(|edition| Month::of(edition.published_at) == month);
        let line = |edition: &EditionHead| {
            let slug = scope.list.as_ref().map(Slug::as_str);
            let number = edition.number.to_string();
            IssueLine {
                title: if edition.title == Edition::title_of(edition.number) {
                    String::new()
                } else {
                    edition.title.clone()
                },
                number: edition.number,
                link: here(&publisher.at(&["lists", slug.unwrap_or_default(), "editions", &number])),
                day: Day::of(edition.published_at, &zone),
            }
        };
        Self {
            name: month.name().split(' ').next().unwrap_or_default().to_owned(),
            link: here(&scope.month(publisher, month)),
            items,
            editions: own.map(line).collect(),
        }
    }
}
