//! The page of a list, of all lists, of a topic, or of a month: what went out, for people.

use std::sync::Arc;

use askama::Template;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_SECURITY_POLICY, LINK};
use axum::response::Response;

use super::style;
use crate::domain::channel::{Channel, Correction, Document, Format, Item};
use crate::domain::month::Month;
use crate::domain::time::Timestamp;
use crate::http::content_policy;
use crate::http::error::Problem;
use crate::http::public::asked::Asked;
use crate::http::public::finished::Made;
use crate::http::public::shelf::{self, Wanted};
use crate::http::state::State;
use crate::publish;

/// Short: an editor who has published wants to see it.
const LIFETIME: &str = "public, max-age=60, stale-while-revalidate=3600, stale-if-error=86400";
/// The language of the page itself.
const OWN_LANGUAGE: &str = "en";

#[derive(Template)]
#[template(path = "site/list.html", config = "src/askama.toml")]
struct ListPage {
    style: String,
    language: String,
    title: String,
    about: Vec<String>,
    home: String,
    month: Option<String>,
    feeds: Vec<Feed>,
    items: Vec<Entry>,
    lists: Vec<Named>,
    older: Option<Named>,
    newer: Option<Named>,
    is_of_all: bool,
}

struct Feed {
    name: &'static str,
    kind: &'static str,
    link: String,
}

struct Named {
    name: String,
    link: String,
}

struct Entry {
    anchor: String,
    headline: String,
    link: String,
    language: String,
    note: Vec<String>,
    excerpt: Vec<String>,
    outlet: Option<String>,
    byline: String,
    dated: Option<Day>,
    published: Day,
    picture: Option<Picture>,
    topics: Vec<Named>,
    list: String,
    correction: Option<Correct>,
}

struct Correct {
    day: Day,
    words: Vec<String>,
}

struct Day {
    time: String,
    shown: String,
}

struct Picture {
    link: String,
    alt: String,
}

/// Answers with the page.
pub async fn show(Shared(state): Shared<Arc<State>>, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let wanted = Wanted {
        name: &asked.path,
        list: asked.scope.list.as_ref(),
        ends: false,
    };
    shelf::answer(&state, &headers, wanted, async || made(&state, &asked).await).await
}

/// The page of `channel`, as it is shown.
pub fn write(channel: &Channel, lists: Vec<(String, String)>) -> Result<String, Problem> {
    super::text(&ListPage::new(channel, lists))
}

async fn made(state: &State, asked: &Asked) -> Result<Made, Problem> {
    let publisher = &state.publishing.publisher;
    let channel = state.store.channel(&asked.scope, asked.document, publisher).await?;
    let channel = channel.ok_or_else(|| Problem::not_found("page"))?;
    let mut lists = Vec::new();
    if asked.scope.list.is_none() {
        let all = state.store.lists().await?.into_iter();
        let live = all.filter(|list| list.archived_at.is_none());
        lists.extend(live.map(|list| {
            let link = publisher.at(&["lists", list.slug.as_str()]).to_string();
            (list.told.name, link)
        }));
    }
    let alternates = Format::ALL.map(|format| {
        let link = channel.feed(Document::Current, format);
        let kind = format.media_type();
        (
            LINK,
            crate::http::public::header(&format!("<{link}>; rel=\"alternate\"; type=\"{kind}\"")),
        )
    });
    let mut headers = alternates.to_vec();
    headers.push((CONTENT_SECURITY_POLICY, content_policy(state)));
    Ok(Made {
        kind: "text/html; charset=utf-8",
        lifetime: LIFETIME,
        headers,
        body: write(&channel, lists)?.into_bytes(),
    })
}

impl ListPage {
    fn new(channel: &Channel, lists: Vec<(String, String)>) -> Self {
        let month = |month: Month| Named {
            name: month.name(),
            link: channel.scope.month(&channel.publisher, month).to_string(),
        };
        let to_current = || Named {
            name: "Newest".to_owned(),
            link: channel.page.to_string(),
        };
        let shown_month = match channel.document {
            Document::Archive(month) => Some(month),
            Document::Current => None,
        };
        Self {
            style: style::path(),
            language: channel
                .language
                .as_ref()
                .map_or_else(|| OWN_LANGUAGE.to_owned(), ToString::to_string),
            title: channel.title.as_str().to_owned(),
            about: channel.about.paragraphs().map(str::to_owned).collect(),
            home: channel.page.to_string(),
            month: shown_month.map(Month::name),
            feeds: feeds(channel),
            items: channel.items.iter().map(|item| Entry::new(item, channel)).collect(),
            lists: lists.into_iter().map(|(name, link)| Named { name, link }).collect(),
            older: channel.older.map(month),
            newer: shown_month.map(|_| channel.newer.map_or_else(to_current, month)),
            is_of_all: channel.scope.list.is_none(),
        }
    }
}

fn feeds(channel: &Channel) -> Vec<Feed> {
    [
        ("RSS", Format::Rss),
        ("Atom", Format::Atom),
        ("JSON Feed", Format::Json),
    ]
    .into_iter()
    .map(|(name, format)| Feed {
        name,
        kind: format.media_type(),
        link: channel.feed(Document::Current, format).to_string(),
    })
    .collect()
}

impl Entry {
    fn new(item: &Item, channel: &Channel) -> Self {
        let of_topic = |topic: &str| {
            let topic = topic.to_lowercase();
            let list = channel.scope.list.as_ref().map(crate::domain::source::Slug::as_str);
            let path: Vec<&str> = match list {
                Some(slug) => vec!["lists", slug, "topics", &topic],
                None => vec!["topics", &topic],
            };
            channel.publisher.at(&path).to_string()
        };
        Self {
            anchor: item.public_id.clone(),
            headline: item.headline.as_str().to_owned(),
            link: item.target().to_string(),
            language: item.language.as_ref().map(ToString::to_string).unwrap_or_default(),
            note: item.note.paragraphs().map(str::to_owned).collect(),
            excerpt: item.excerpt.paragraphs().map(str::to_owned).collect(),
            outlet: item.attributed_to().map(|outlet| outlet.as_str().to_owned()),
            byline: item.byline.as_str().to_owned(),
            dated: item.dated.map(Day::of),
            published: Day::of(item.published),
            picture: item.picture.as_ref().map(|picture| Picture {
                link: picture.link.to_string(),
                alt: picture.alt.as_str().to_owned(),
            }),
            topics: item
                .topics
                .iter()
                .map(|topic| Named {
                    name: topic.as_str().to_owned(),
                    link: of_topic(topic.as_str()),
                })
                .collect(),
            list: item.list.as_str().to_owned(),
            correction: item.correction.as_ref().map(Correct::of),
        }
    }
}

impl Correct {
    fn of(correction: &Correction) -> Self {
        Self {
            day: Day::of(correction.at),
            words: correction.text.paragraphs().map(str::to_owned).collect(),
        }
    }
}

impl Day {
    fn of(at: Timestamp) -> Self {
        Self {
            time: at.to_string(),
            shown: publish::day(at),
        }
    }
}
