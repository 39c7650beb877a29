//! What stands around each page for readers: the name of the site, ways to its other pages, feeds, and what machines are told.

use axum::http::header::{CONTENT_SECURITY_POLICY, LINK, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderName, HeaderValue};

use super::style;
use crate::domain::channel::{Channel, Document, Format, Item, Picture, Publisher, Scope};
use crate::domain::excerpt;
use crate::domain::link::Link;
use crate::domain::site::Site;
use crate::http::public::finished::Made;
use crate::http::public::header;
use crate::http::state::State;
use crate::http::{HTTPS_ONLY, OPENER_POLICY, content_policy};

/// Short: an editor who has published wants to see it.
const LIFETIME: &str = "public, max-age=60, stale-while-revalidate=3600, stale-if-error=86400";
/// The language of the pages' own words.
const OWN_LANGUAGE: &str = "en";
/// Words of a description, as search engines and social cards show it.
const DESCRIPTION_WORDS: u32 = 36;
/// Headlines that describe a page which says nothing of itself.
const HEADLINES_TOLD: usize = 3;

/// What a page is about.
#[derive(Debug)]
pub struct Subject {
    /// Its title; empty on the front page, which is called as the site is.
    pub title: String,
    /// What it says of itself, in a sentence or two; the site's own line if empty.
    pub about: String,
    /// The one address of it.
    pub page: Link,
    /// The picture that stands for it.
    pub picture: Option<Picture>,
    /// Whose feeds bring what it shows, and what they are called.
    pub feeds: Option<(String, Scope)>,
    /// What it lists, as JSON-LD that is safe inside a `script` element; empty for nothing.
    pub data: String,
    /// Where it stands among the others.
    pub place: Place,
}

/// The pages that each page leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The front page.
    Front,
    /// The lists.
    Lists,
    /// The topics.
    Topics,
    /// What is read.
    Sources,
    /// Who publishes.
    About,
    /// The search.
    Search,
    /// None of them.
    Elsewhere,
}

/// The frame of a page, for its template.
#[derive(Debug)]
pub struct Cover {
    pub name: String,
    pub tagline: String,
    pub language: String,
    pub title: String,
    pub description: String,
    pub canonical: String,
    pub picture: Option<Shown>,
    pub style: String,
    pub icon: String,
    pub feeds: Vec<Feed>,
    pub data: String,
    pub ways: Vec<Way>,
    pub front: String,
    pub search: String,
    pub opml: String,
    pub desk: String,
    pub home: Option<Named>,
    pub is_front: bool,
}

/// A picture as it is shown.
#[derive(Debug)]
pub struct Shown {
    pub link: String,
    pub alt: String,
}

/// A feed as it is offered.
#[derive(Debug)]
pub struct Feed {
    pub name: &'static str,
    pub title: String,
    pub kind: &'static str,
    pub link: String,
}

/// A name that leads somewhere.
#[derive(Debug)]
pub struct Named {
    pub name: String,
    pub link: String,
}

/// A way to another page.
#[derive(Debug)]
pub struct Way {
    pub name: &'static str,
    pub link: String,
    pub is_here: bool,
}

impl Cover {
    /// Around a page about `subject`.
    pub fn new(site: &Site, publisher: &Publisher, subject: Subject) -> Self {
        let Subject { title, about, .. } = subject;
        let is_front = subject.place == Place::Front;
        let about = [about, site.tagline.clone()]
            .into_iter()
            .find(|text| !text.trim().is_empty());
        let about = about
            .unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        Self {
            description: excerpt::shorten(&about, DESCRIPTION_WORDS),
            title: if is_front { site.name.clone() } else { title },
            canonical: subject.page.to_string(),
            picture: subject.picture.map(|picture| Shown::of(&picture)),
            style: here(&publisher.at(&["style", &style::name(site)])),
            icon: here(&publisher.at(&["favicon.svg"])),
            feeds: subject
                .feeds
                .map(|(title, scope)| feeds(&title, &scope, publisher))
                .unwrap_or_default(),
            data: subject.data,
            ways: ways(publisher, subject.place),
            front: here(&publisher.root()),
            search: here(&publisher.at(&["search"])),
            opml: here(&publisher.at(&["sources.opml"])),
            desk: here(&publisher.at(&["desk"])),
            home: site.home.as_ref().map(|home| Named {
                name: home.host().trim_start_matches("www.").to_owned(),
                link: home.to_string(),
            }),
            name: site.name.clone(),
            tagline: site.tagline.clone(),
            language: told_language(&site.language),
            is_front,
        }
    }

    /// The page `body` inside this, as an answer: with the feeds told in its head too.
    pub fn finish(&self, state: &State, body: String) -> Made {
        let told = |feed: &Feed| {
            let link = format!("<{}>; rel=\"alternate\"; type=\"{}\"", feed.link, feed.kind);
            (LINK, header(&link))
        };
        let fixed = [(REFERRER_POLICY, "same-origin"), (OPENER_POLICY, "same-origin")];
        let https = self
            .canonical
            .starts_with("https:")
            .then_some((STRICT_TRANSPORT_SECURITY, HTTPS_ONLY));
        let fixed = fixed.into_iter().chain(https);
        let fixed = fixed.map(|(name, value)| (name, HeaderValue::from_static(value)));
        let policy = [(CONTENT_SECURITY_POLICY, content_policy(state))];
        let headers: Vec<(HeaderName, HeaderValue)> = self.feeds.iter().map(told).chain(fixed).chain(policy).collect();
        Made {
            kind: "text/html; charset=utf-8",
            lifetime: LIFETIME,
            headers,
            body: body.into_bytes(),
        }
    }
}

impl Shown {
    pub fn of(picture: &Picture) -> Self {
        Self {
            link: picture.link.to_string(),
            alt: picture.alt.as_str().to_owned(),
        }
    }
}

impl Named {
    pub fn new(name: &str, link: &Link) -> Self {
        Self {
            name: name.to_owned(),
            link: here(link),
        }
    }
}

/// An address of ours from one of our pages: without the host, so that it holds under whatever name the page is read.
pub fn here(link: &Link) -> String {
    let url = link.url();
    let mut path = url.path().to_owned();
    for (sign, rest) in [('?', url.query()), ('#', url.fragment())] {
        if let Some(rest) = rest {
            path.push(sign);
            path.push_str(rest);
        }
    }
    path
}

/// What `lang` says of words in that language; empty where it is that of the pages' own words.
pub fn told_language(language: &str) -> String {
    Some(language)
        .filter(|code| *code != OWN_LANGUAGE)
        .unwrap_or_default()
        .to_owned()
}

/// What describes a page: what it says of itself, else what its first items are.
pub fn described(channel: &Channel) -> String {
    if !channel.about.is_empty() {
        return channel.about.as_str().to_owned();
    }
    let headlines = channel
        .items
        .iter()
        .take(HEADLINES_TOLD)
        .map(|item| item.headline.as_str());
    headlines.collect::<Vec<_>>().join(" · ")
}

/// The picture of the newest item that has one.
pub fn first_picture(items: &[Item], publisher: &Publisher) -> Option<Picture> {
    let mut pictures = items.iter().filter_map(|item| item.picture.as_ref());
    pictures.find(|picture| picture.can_be_shown(publisher)).cloned()
}

fn feeds(title: &str, scope: &Scope, publisher: &Publisher) -> Vec<Feed> {
    [
        ("RSS", Format::Rss),
        ("Atom", Format::Atom),
        ("JSON Feed", Format::Json),
    ]
    .into_iter()
    .map(|(name, format)| Feed {
        name,
        title: format!("{title} ({name})"),
        kind: format.media_type(),
        link: scope.feed(publisher, Document::Current, format).to_string(),
    })
    .collect()
}

fn ways(publisher: &Publisher, here_is: Place) -> Vec<Way> {
    [
        ("Lists", "lists", Place::Lists),
        ("Topics", "topics", Place::Topics),
        ("Sources", "sources", Place::Sources),
        ("About", "about", Place::About),
        ("Search", "search", Place::Search),
    ]
    .into_iter()
    .map(|(name, path, place)| Way {
        name,
        link: here(&publisher.at(&[path])),
        is_here: place == here_is,
    })
    .collect()
}
