//! The page of an edition: what went out together, in its order, between the editions before and after it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::cover::{Cover, Named, Place, Subject, described, first_picture, here, told_language};
use super::entry::{Day, Entry, paragraphs};
use super::list::Issue;
use crate::domain::channel::Channel;
use crate::domain::list::Edition;
use crate::domain::site::Site;
use crate::domain::source::Slug;
use crate::domain::text::{Language, Prose};
use crate::http::error::Problem;
use crate::http::public::finished::Made;
use crate::http::public::shelf::{self, Wanted};
use crate::http::state::State;
use crate::publish::linked_data;
use crate::store::channels::EditionHead;
use crate::store::contents::Twin;
use crate::store::lists::ReadingList;

#[derive(Template)]
#[template(path = "site/edition.html", config = "src/askama.toml")]
struct EditionPage {
    cover: Cover,
    heading: Heading,
    items: Vec<Entry>,
    older: Option<Issue>,
    newer: Option<Issue>,
    archive: String,
}

/// What stands above the items of an edition.
pub struct Heading {
    pub list: Named,
    pub language: String,
    /// Its own title; empty where it has none but its number.
    pub title: String,
    pub number: i64,
    pub link: String,
    pub day: Day,
    pub intro: Vec<String>,
}

/// Answers with the page. An edition is known by its number for ever.
pub async fn show(
    Shared(state): Shared<Arc<State>>,
    Path((slug, number)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let list = Slug::parse(&slug).ok_or_else(|| Problem::not_found("list"))?;
    let wanted = Wanted::page(uri.path());
    let number = read_number(&number).ok_or_else(|| Problem::not_found("edition"))?;
    shelf::answer(&state, &headers, wanted, async || made(&state, &list, number).await).await
}

async fn made(state: &State, slug: &Slug, number: i64) -> Result<Made, Problem> {
    let store = &state.store;
    let publisher = &state.publishing.publisher;
    let list = store.list(slug).await?.ok_or_else(|| Problem::not_found("list"))?;
    let found = store.published_edition(slug, Some(number), publisher).await?;
    let (channel, head) = found.ok_or_else(|| Problem::not_found("edition"))?;
    let names: Vec<String> = channel.items.iter().map(|item| item.public_id.clone()).collect();
    let twins = store.twins(&names).await?;
    let beside = store.editions_beside(list.id, &head).await?;
    let page = EditionPage::new(&channel, &list, &head, &store.site().await?, (&twins, beside));
    Ok(page.cover.finish(state, super::text(&page)?))
}

impl EditionPage {
    fn new(
        channel: &Channel,
        list: &ReadingList,
        head: &EditionHead,
        site: &Site,
        (twins, (older, newer)): (&[Twin], (Option<EditionHead>, Option<EditionHead>)),
    ) -> Self {
        let publisher = &channel.publisher;
        let zone = site.time_zone.rules();
        let issue = |head: EditionHead| Issue::new(&head, channel, &zone);
        let heading = Heading::new(channel, list, head, site);
        let page = publisher.at(&["lists", list.slug.as_str(), "editions", &head.number.to_string()]);
        let subject = Subject {
            title: format!("{}, {}", channel.title.as_str(), heading.day.shown),
            about: described(channel),
            data: linked_data::item_list(channel, page.as_str()),
            page,
            picture: first_picture(&channel.items, publisher),
            feeds: Some((list.told.name.clone(), channel.scope.clone())),
            place: Place::Elsewhere,
        };
        Self {
            cover: Cover::new(site, publisher, subject),
            heading,
            items: Entry::all(channel, site, twins),
            older: older.map(issue),
            newer: newer.map(issue),
            archive: here(&publisher.at(&["lists", list.slug.as_str(), "archive"])),
        }
    }
}

impl Heading {
    /// Of an edition that went out.
    pub fn new(channel: &Channel, list: &ReadingList, head: &EditionHead, site: &Site) -> Self {
        let publisher = &channel.publisher;
        let number = head.number.to_string();
        let is_plain = head.title == Edition::title_of(head.number);
        Self {
            list: Named::new(&list.told.name, &publisher.at(&["lists", list.slug.as_str()])),
            language: told_language(list.told.language.as_ref().map_or(&site.language, Language::as_str)),
            title: if is_plain { String::new() } else { head.title.clone() },
            number: head.number,
            link: here(&publisher.at(&["lists", list.slug.as_str(), "editions", &number])),
            day: Day::of(head.published_at, &site.time_zone.rules()),
            intro: paragraphs(&Prose::new(&head.intro)),
        }
    }
}

/// A number as addresses have it: the one way to write it.
fn read_number(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number > 0 && number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_has_one_address() {
        for (text, number) in [
            ("1", Some(1)),
            ("120", Some(120)),
            ("01", None),
            ("+1", None),
            ("0", None),
            ("-1", None),
            ("x", None),
        ] {
            assert_eq!(read_number(text), number, "{text}");
        }
    }
}
