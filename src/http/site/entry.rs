//! An item on a page for readers, and days as they are told there.

use jiff::tz::TimeZone;

use super::cover::{Named, Shown, here, told_language};
use crate::domain::channel::{Channel, Correction, Item, Publisher, Scope};
use crate::domain::link::Link;
use crate::domain::month::Month;
use crate::domain::site::Site;
use crate::domain::text::{Language, Prose};
use crate::domain::time::Timestamp;
use crate::store::contents::Twin;

/// An item, for its template.
#[derive(Debug)]
pub struct Entry {
    pub anchor: String,
    pub page: String,
    pub headline: String,
    pub headline_language: String,
    /// The language of what our editors wrote; empty where it is that of the page.
    pub own_language: String,
    pub link: String,
    pub language: String,
    pub note: Vec<String>,
    pub excerpt: Vec<String>,
    pub outlet: String,
    pub byline: String,
    pub dated: Option<Day>,
    pub published: Day,
    /// Whether the item before went out on the same day.
    pub is_same_day: bool,
    pub picture: Option<Shown>,
    pub topics: Vec<Named>,
    /// Its list, on pages of several.
    pub list: Option<Named>,
    pub also_in: Vec<Named>,
    pub correction: Option<Correct>,
}

/// What was put right.
#[derive(Debug)]
pub struct Correct {
    pub day: Day,
    pub words: Vec<String>,
}

/// A day, for programs and for people.
#[derive(Debug, PartialEq, Eq)]
pub struct Day {
    pub time: String,
    pub shown: String,
}

impl Entry {
    /// The items of `channel`. `twins` are those of its items that stand on other lists too.
    pub fn all(channel: &Channel, site: &Site, twins: &[Twin]) -> Vec<Self> {
        let zone = site.time_zone.rules();
        let own = told_language(channel.language.as_ref().map_or(&site.language, Language::as_str));
        let mut entries: Vec<Self> = Vec::new();
        for item in &channel.items {
            let mut entry = Self::new(item, &channel.publisher, &zone, &own);
            if channel.scope.list.is_some() {
                entry.list = None;
            }
            entry.also_in = also_in(item, channel, twins);
            let before = entries.last().map(|before| before.published.shown.as_str());
            entry.is_same_day = before == Some(entry.published.shown.as_str());
            entries.push(entry);
        }
        entries
    }

    /// An item that may be of any list. `own` is the language of what our editors wrote, empty where it is that of the page.
    pub fn new(item: &Item, publisher: &Publisher, zone: &TimeZone, own: &str) -> Self {
        let code = |language: &Language| told_language(language.as_str());
        let headline_language = item.headline_language.as_ref();
        Self {
            anchor: item.public_id.clone(),
            page: here(&item.page),
            headline: item.headline.as_str().to_owned(),
            headline_language: headline_language.map_or_else(|| own.to_owned(), code),
            own_language: own.to_owned(),
            link: item.link.as_ref().map_or_else(|| here(&item.page), ToString::to_string),
            language: item.language.as_ref().map(code).unwrap_or_default(),
            note: paragraphs(&item.note),
            excerpt: paragraphs(&item.excerpt),
            outlet: item
                .attributed_to()
                .map(|outlet| outlet.as_str().to_owned())
                .unwrap_or_default(),
            byline: item.byline.as_str().to_owned(),
            dated: item.dated.map(|at| Day::of(at, zone)),
            published: Day::of(item.published, zone),
            is_same_day: false,
            picture: item
                .picture
                .as_ref()
                .filter(|picture| picture.can_be_shown(publisher))
                .map(Shown::of),
            topics: item
                .topics
                .iter()
                .map(|topic| Named::new(topic.as_str(), &topic_page(topic.as_str(), publisher)))
                .collect(),
            list: Some(Named::new(
                item.list.as_str(),
                &publisher.at(&["lists", item.list_slug.as_str()]),
            )),
            also_in: Vec::new(),
            correction: item.correction.as_ref().map(|correction| Correct::of(correction, zone)),
        }
    }
}

impl Correct {
    fn of(correction: &Correction, zone: &TimeZone) -> Self {
        Self {
            day: Day::of(correction.at, zone),
            words: paragraphs(&correction.text),
        }
    }
}

impl Day {
    /// The day that it was at `at` in that zone.
    pub fn of(at: Timestamp, zone: &TimeZone) -> Self {
        let there = at.to_jiff().to_zoned(zone.clone());
        Self {
            time: at.to_string(),
            shown: there.strftime("%-d %B %Y").to_string(),
        }
    }
}

/// The texts of `prose`, a paragraph each.
pub fn paragraphs(prose: &Prose) -> Vec<String> {
    prose.paragraphs().map(str::to_owned).collect()
}

/// The page of a topic, over all lists.
pub fn topic_page(topic: &str, publisher: &Publisher) -> Link {
    let scope = Scope {
        list: None,
        topic: Some(topic.to_lowercase()),
    };
    scope.page(publisher)
}

/// The other lists on which the story of `item` stands, each once.
fn also_in(item: &Item, channel: &Channel, twins: &[Twin]) -> Vec<Named> {
    let mut lists = Vec::new();
    let mut known = Vec::new();
    for twin in twins.iter().filter(|twin| twin.of == item.public_id) {
        if !known.contains(&&twin.list_slug) {
            known.push(&twin.list_slug);
            let scope = Scope {
                list: Some(twin.list_slug.clone()),
                topic: None,
            };
            let page = scope.month(&channel.publisher, Month::of(twin.published_at));
            lists.push(Named {
                name: twin.list_name.clone(),
                link: format!("{}#{}", here(&page), twin.public_id),
            });
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_told_as_it_was_in_the_zone_of_the_site() {
        let at = Timestamp::parse("2026-03-01T23:30:00Z").unwrap();
        for (zone, shown) in [
            ("UTC", "1 March 2026"),
            ("Europe/Berlin", "2 March 2026"),
            ("America/New_York", "1 March 2026"),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            assert_eq!(Day::of(at, &zone).shown, shown);
        }
    }
}
