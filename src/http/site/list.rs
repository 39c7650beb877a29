//! The page of a list, of all lists, of a topic, or of a month: what went out, for people.

use std::sync::Arc;

use askama::Template;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;

use super::cover::{Cover, Named, Place, Subject, described, first_picture, here, told_language};
use super::entry::{Day, Entry, paragraphs};
use crate::domain::channel::{Channel, Document, Publisher, Scope};
use crate::domain::link::Link;
use crate::domain::month::Month;
use crate::domain::site::Site;
use crate::domain::text::{Language, Line, Prose};
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::public::asked::Asked;
use crate::http::public::finished::Made;
use crate::http::public::shelf::{self, Wanted};
use crate::http::state::State;
use crate::publish::linked_data;
use crate::store::channels::EditionHead;
use crate::store::contents::Twin;
use crate::store::lists::ReadingList;

/// Editions named beside the items of their list.
const EDITIONS_BESIDE: usize = 6;

#[derive(Template)]
#[template(path = "site/list.html", config = "src/askama.toml")]
struct ListPage {
    cover: Cover,
    /// What the title stands under: a list, above its topics and months.
    above: Option<Named>,
    title: String,
    title_language: String,
    about: Vec<String>,
    items: Vec<Entry>,
    lists: Vec<Named>,
    editions: Vec<Issue>,
    archive: Option<String>,
    embed: Option<String>,
    older: Option<Named>,
    newer: Option<Named>,
    is_closed: bool,
}

/// An edition, as it is named beside others.
pub struct Issue {
    pub name: String,
    pub link: String,
    pub day: Day,
}

/// What stands on the page beside its items.
#[derive(Default)]
struct Beside {
    list: Option<ReadingList>,
    lists: Vec<ReadingList>,
    editions: Vec<EditionHead>,
    twins: Vec<Twin>,
}

/// Answers with the page.
pub async fn show(Shared(state): Shared<Arc<State>>, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let wanted = Wanted::page(&asked.path);
    shelf::answer(&state, &headers, wanted, async || made(&state, &asked).await).await
}

/// The page of `channel`, as it is shown.
pub fn write(channel: &Channel, site: &Site) -> Result<String, Problem> {
    super::text(&ListPage::new(channel, site, Beside::default()))
}

async fn made(state: &State, asked: &Asked) -> Result<Made, Problem> {
    let store = &state.store;
    let publisher = &state.publishing.publisher;
    let site = store.site().await?;
    let channel = store.channel(&asked.scope, asked.document, publisher).await?;
    let is_whole = asked.scope == Scope::default() && asked.document == Document::Current;
    let channel = channel.or_else(|| is_whole.then(|| no_lists(publisher)));
    let channel = channel.ok_or_else(|| Problem::not_found("page"))?;
    let names: Vec<String> = channel.items.iter().map(|item| item.public_id.clone()).collect();
    let mut beside = Beside {
        twins: store.twins(&names).await?,
        ..Beside::default()
    };
    if let Some(slug) = &asked.scope.list {
        beside.list = store.list(slug).await?;
    } else if asked.scope.topic.is_none() && asked.document == Document::Current {
        beside.lists = store.lists().await?;
    }
    if let (Some(list), None) = (&beside.list, &asked.scope.topic) {
        beside.editions = store.published_editions(list.id).await?;
    }
    let page = ListPage::new(&channel, &site, beside);
    Ok(page.cover.finish(state, super::text(&page)?))
}

/// What all lists bring where there is none yet.
fn no_lists(publisher: &Publisher) -> Channel {
    let scope = Scope::default();
    Channel {
        id: scope.id(publisher),
        document: Document::Current,
        title: Line::default(),
        about: Prose::default(),
        language: None,
        page: scope.page(publisher),
        publisher: publisher.clone(),
        updated: Timestamp::from_millis(0),
        older: None,
        newer: None,
        is_closed: false,
        items: Vec::new(),
        scope,
    }
}

impl ListPage {
    fn new(channel: &Channel, site: &Site, beside: Beside) -> Self {
        let publisher = &channel.publisher;
        let month = match channel.document {
            Document::Archive(month) => Some(month),
            Document::Current => None,
        };
        let title = titled(channel, month);
        let own = told_language(channel.language.as_ref().map_or(&site.language, Language::as_str));
        let is_whole = channel.scope.topic.is_none() && month.is_none();
        let list = channel.scope.list.as_ref().filter(|_| is_whole);
        let zone = site.time_zone.rules();
        let editions = beside.editions.iter().filter(|_| is_whole).take(EDITIONS_BESIDE);
        let editions = editions.map(|head| Issue::new(head, channel, &zone)).collect();
        let is_lists = is_whole && channel.scope.list.is_none();
        Self {
            title_language: own,
            about: if month.is_none() {
                paragraphs(&channel.about)
            } else {
                Vec::new()
            },
            items: Entry::all(channel, site, &beside.twins),
            lists: beside
                .lists
                .iter()
                .filter(|list| list.archived_at.is_none())
                .map(|list| named(list, channel))
                .collect(),
            editions,
            archive: channel.scope.topic.is_none().then(|| here(&below(channel, "archive"))),
            embed: list.map(|_| here(&below(channel, "embed"))),
            older: channel.older.map(|month| month_page(channel, month)),
            newer: month.map(|_| newer(channel)),
            is_closed: beside.list.is_some_and(|list| list.archived_at.is_some()),
            above: above(channel, month),
            cover: Cover::new(
                site,
                publisher,
                subject(
                    channel,
                    &title,
                    month,
                    if is_lists { Place::Lists } else { Place::Elsewhere },
                ),
            ),
            title,
        }
    }
}

impl Issue {
    /// An edition of the list that `channel` is of.
    pub fn new(head: &EditionHead, channel: &Channel, zone: &jiff::tz::TimeZone) -> Self {
        Self {
            name: head.title.clone(),
            link: here(&below(channel, &format!("editions/{}", head.number))),
            day: Day::of(head.published_at, zone),
        }
    }
}

/// Below the page of a list, or below the front page where it is about all lists.
fn below(channel: &Channel, path: &str) -> Link {
    let mut parts = Vec::new();
    if let Some(slug) = &channel.scope.list {
        parts.extend(["lists", slug.as_str()]);
    }
    parts.extend(path.split('/'));
    channel.publisher.at(&parts)
}

fn subject(channel: &Channel, title: &str, month: Option<Month>, place: Place) -> Subject {
    let page = month.map_or_else(
        || channel.page.clone(),
        |month| channel.scope.month(&channel.publisher, month),
    );
    let whole = match month {
        Some(_) => format!("{}: {title}", channel.title.as_str()),
        None => title.to_owned(),
    };
    Subject {
        title: whole,
        about: described(channel),
        data: linked_data::item_list(channel, page.as_str()),
        page,
        picture: first_picture(&channel.items, &channel.publisher),
        feeds: (!channel.title.is_empty()).then(|| (channel.title.as_str().to_owned(), channel.scope.clone())),
        place,
    }
}

fn titled(channel: &Channel, month: Option<Month>) -> String {
    match (month, &channel.scope.list, &channel.scope.topic) {
        (Some(month), ..) => month.name(),
        (None, None, None) => "All lists".to_owned(),
        (None, _, Some(topic)) => spelt(topic, channel).to_owned(),
        (None, ..) => channel.title.as_str().to_owned(),
    }
}

/// The topic as the items that have it write it.
fn spelt<'a>(topic: &'a str, channel: &'a Channel) -> &'a str {
    let mut written = channel.items.iter().flat_map(|item| &item.topics).map(Line::as_str);
    written.find(|own| own.to_lowercase() == topic).unwrap_or(topic)
}

/// What the page is a part of.
fn above(channel: &Channel, month: Option<Month>) -> Option<Named> {
    let publisher = &channel.publisher;
    let title = channel.title.as_str();
    match (month, &channel.scope.list, &channel.scope.topic) {
        (Some(_), None, None) => Some(Named::new("All lists", &channel.page)),
        (Some(_), ..) => Some(Named::new(title, &channel.page)),
        (None, Some(slug), Some(topic)) => {
            let list = title
                .strip_suffix(&format!(": {}", spelt(topic, channel)))
                .unwrap_or(title);
            Some(Named::new(list, &publisher.at(&["lists", slug.as_str()])))
        }
        (None, None, Some(_)) => Some(Named::new("Topics", &publisher.at(&["topics"]))),
        (None, _, None) => None,
    }
}

fn newer(channel: &Channel) -> Named {
    let newest = || Named::new("Newest", &channel.page);
    channel.newer.map_or_else(newest, |month| month_page(channel, month))
}

fn month_page(channel: &Channel, month: Month) -> Named {
    Named::new(&month.name(), &channel.scope.month(&channel.publisher, month))
}

fn named(list: &ReadingList, channel: &Channel) -> Named {
    Named::new(&list.told.name, &channel.publisher.at(&["lists", list.slug.as_str()]))
}
