//! `/`: what we are reading, for people who come by.

use std::sync::Arc;

use askama::Template;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;

use super::cover::{Cover, Named, Place, Subject, described, first_picture, here, told_language};
use super::edition::Heading;
use super::entry::Entry;
use crate::domain::channel::{Channel, Publisher, Scope};
use crate::domain::excerpt;
use crate::domain::site::Site;
use crate::domain::text::Language;
use crate::http::error::Problem;
use crate::http::public::finished::Made;
use crate::http::public::shelf::{self, Wanted};
use crate::http::state::State;
use crate::publish::linked_data;
use crate::store::channels::EditionHead;
use crate::store::contents::Twin;
use crate::store::lists::ReadingList;

/// Items of a first list that has no editions.
const NEWEST_ITEMS: i64 = 8;
/// Titles of each other list.
const TITLES_OF_OTHERS: i64 = 3;
/// Other lists shown with their titles; of more, the page of all lists tells.
const OTHERS_SHOWN: usize = 12;
/// Words of what a list says of itself: about a sentence.
const SENTENCE_WORDS: u32 = 24;

#[derive(Template)]
#[template(path = "site/front.html", config = "src/askama.toml")]
struct FrontPage {
    cover: Cover,
    lead: Option<Lead>,
    others: Vec<Other>,
}

/// The first list.
struct Lead {
    list: Named,
    language: String,
    edition: Option<Heading>,
    about: String,
    items: Vec<Entry>,
    archive: String,
}

/// Another list.
struct Other {
    list: Named,
    language: String,
    about: String,
    titles: Vec<Title>,
}

struct Title {
    text: String,
    language: String,
    link: String,
    outlet: String,
}

/// What the first list has to show.
struct Shown {
    list: ReadingList,
    channel: Channel,
    head: Option<EditionHead>,
    twins: Vec<Twin>,
}

/// Answers with the page.
pub async fn show(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Result<Response, Problem> {
    let wanted = Wanted::page("/");
    shelf::answer(&state, &headers, wanted, async || made(&state).await).await
}

async fn made(state: &State) -> Result<Made, Problem> {
    let publisher = &state.publishing.publisher;
    let site = state.store.site().await?;
    let mut lists = state
        .store
        .lists()
        .await?
        .into_iter()
        .filter(|list| list.archived_at.is_none());
    let first = match lists.next() {
        Some(list) => Some(newest(state, list).await?),
        None => None,
    };
    let mut others = Vec::new();
    for list in lists.take(OTHERS_SHOWN) {
        let channel = state.store.newest(&list.slug, publisher, TITLES_OF_OTHERS).await?;
        others.extend(channel.map(|channel| Other::new(&list, &channel, &site)));
    }
    let page = FrontPage {
        cover: Cover::new(&site, publisher, subject(first.as_ref(), &site, publisher)),
        lead: first.map(|shown| Lead::new(&shown, &site)),
        others,
    };
    Ok(page.cover.finish(state, super::text(&page)?))
}

/// The edition of a list that went out last, or its newest picks if it has none.
async fn newest(state: &State, list: ReadingList) -> Result<Shown, Problem> {
    let (store, publisher) = (&state.store, &state.publishing.publisher);
    let edition = store.published_edition(&list.slug, None, publisher).await?;
    let (channel, head) = if let Some((channel, head)) = edition {
        (channel, Some(head))
    } else {
        let channel = store.newest(&list.slug, publisher, NEWEST_ITEMS).await?;
        (channel.ok_or_else(|| Problem::not_found("list"))?, None)
    };
    let names: Vec<String> = channel.items.iter().map(|item| item.public_id.clone()).collect();
    Ok(Shown {
        twins: store.twins(&names).await?,
        list,
        channel,
        head,
    })
}

fn subject(first: Option<&Shown>, site: &Site, publisher: &Publisher) -> Subject {
    let page = publisher.root();
    let channel = first.map(|shown| &shown.channel);
    Subject {
        title: String::new(),
        about: if site.tagline.is_empty() {
            channel.map(described).unwrap_or_default()
        } else {
            site.tagline.clone()
        },
        picture: channel.and_then(|channel| first_picture(&channel.items, publisher)),
        feeds: channel.map(|_| (format!("{}: all lists", site.name), Scope::default())),
        data: channel
            .map(|channel| linked_data::item_list(channel, page.as_str()))
            .unwrap_or_default(),
        page,
        place: Place::Front,
    }
}

impl Lead {
    fn new(shown: &Shown, site: &Site) -> Self {
        let Shown {
            list,
            channel,
            head,
            twins,
        } = shown;
        let publisher = &channel.publisher;
        Self {
            list: Named::new(&list.told.name, &publisher.at(&["lists", list.slug.as_str()])),
            language: language_of(list, site),
            edition: head.as_ref().map(|head| Heading::new(channel, list, head, site)),
            about: list.told.about.clone(),
            items: Entry::all(channel, site, twins),
            archive: here(&publisher.at(&["lists", list.slug.as_str(), "archive"])),
        }
    }
}

impl Other {
    fn new(list: &ReadingList, channel: &Channel, site: &Site) -> Self {
        let own = language_of(list, site);
        let titles = channel.items.iter().map(|item| Title {
            text: item.headline.as_str().to_owned(),
            language: item
                .headline_language
                .as_ref()
                .map_or_else(|| own.clone(), |own| told_language(own.as_str())),
            link: item.link.as_ref().map_or_else(|| here(&item.page), ToString::to_string),
            outlet: item
                .attributed_to()
                .map(|outlet| outlet.as_str().to_owned())
                .unwrap_or_default(),
        });
        Self {
            list: Named::new(&list.told.name, &channel.publisher.at(&["lists", list.slug.as_str()])),
            about: excerpt::shorten(&list.told.about, SENTENCE_WORDS),
            titles: titles.collect(),
            language: own,
        }
    }
}

fn language_of(list: &ReadingList, site: &Site) -> String {
    told_language(list.told.language.as_ref().map_or(&site.language, Language::as_str))
}
