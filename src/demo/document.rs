//! What an outlet of the demonstration sends: its feed in its form, its front page, its stories.

use askama::Template;
use serde_json::json;

use super::texts::{Form, Item, Outlet};
use crate::domain::escape;
use crate::domain::time::Timestamp;

/// A text that is published.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    pub item: &'a Item,
    pub link: String,
    pub at: Timestamp,
    pub picture: Option<Picture<'a>>,
}

/// A picture by its address, and what it shows.
#[derive(Debug, Clone)]
pub struct Picture<'a> {
    pub link: String,
    pub alt: &'a str,
}

#[derive(Template)]
#[template(path = "demo/page.html", config = "src/askama.toml")]
struct Page<'a> {
    outlet: &'a Outlet,
    entry: &'a Entry<'a>,
    json: String,
}

#[derive(Template)]
#[template(path = "demo/front.html", config = "src/askama.toml")]
struct Front<'a> {
    outlet: &'a Outlet,
    entries: &'a [Entry<'a>],
    feed: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "demo/rss.xml", config = "src/askama.toml")]
struct Rss<'a> {
    outlet: &'a Outlet,
    entries: &'a [Entry<'a>],
    home: &'a str,
}

#[derive(Template)]
#[template(path = "demo/rdf.xml", config = "src/askama.toml")]
struct Rdf<'a> {
    outlet: &'a Outlet,
    entries: &'a [Entry<'a>],
    home: &'a str,
}

#[derive(Template)]
#[template(path = "demo/atom.xml", config = "src/askama.toml")]
struct Atom<'a> {
    outlet: &'a Outlet,
    entries: &'a [Entry<'a>],
    home: &'a str,
    changed: Timestamp,
}

impl Entry<'_> {
    /// Its first paragraph.
    pub fn summary(&self) -> &str {
        self.item.paragraphs.first().copied().unwrap_or_default()
    }

    fn day(&self) -> String {
        self.at.to_jiff().strftime("%Y-%m-%d").to_string()
    }

    fn rfc_822(&self) -> String {
        rfc_822(self.at)
    }
}

/// A time as RSS and HTTP write it.
pub fn rfc_822(at: Timestamp) -> String {
    at.to_jiff().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The media type of an outlet's feed; none for a form that is none.
pub const fn media_type(form: Form) -> Option<&'static str> {
    match form {
        Form::Rss => Some("application/rss+xml"),
        Form::Rdf => Some("application/rdf+xml"),
        Form::Atom => Some("application/atom+xml"),
        Form::Json => Some("application/feed+json"),
        Form::Page => None,
    }
}

/// An outlet's feed, or the page that stands for one; `home` is the outlet's address with a slash at its end.
pub fn listing(outlet: &Outlet, entries: &[Entry<'_>], home: &str) -> askama::Result<String> {
    match outlet.form {
        Form::Rss => Rss { outlet, entries, home }.render(),
        Form::Rdf => Rdf { outlet, entries, home }.render(),
        Form::Atom => {
            let changed = entries.iter().map(|entry| entry.at).max();
            let changed = changed.unwrap_or(Timestamp::from_millis(0));
            Atom {
                outlet,
                entries,
                home,
                changed,
            }
            .render()
        }
        Form::Json => Ok(json_feed(outlet, entries, home)),
        Form::Page => front(outlet, entries),
    }
}

/// An outlet's front page.
pub fn front(outlet: &Outlet, entries: &[Entry<'_>]) -> askama::Result<String> {
    let feed = media_type(outlet.form);
    Front { outlet, entries, feed }.render()
}

/// The page of a story.
pub fn page(outlet: &Outlet, entry: &Entry<'_>) -> askama::Result<String> {
    let json = json!({
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": entry.item.title,
        "datePublished": entry.at,
        "inLanguage": outlet.language,
        "author": entry.item.byline.map(|name| json!({"@type": "Person", "name": name})),
        "publisher": {"@type": "Organization", "name": outlet.name},
        "image": entry.picture.as_ref().map(|picture| &picture.link),
        "url": entry.link,
    });
    let json = escape::json_in_script(&json.to_string()).into_owned();
    Page { outlet, entry, json }.render()
}

fn json_feed(outlet: &Outlet, entries: &[Entry<'_>], home: &str) -> String {
    let items = entries.iter().map(|entry| {
        json!({
            "id": entry.link,
            "url": entry.link,
            "title": entry.item.title,
            "summary": entry.summary(),
            "content_text": entry.summary(),
            "date_published": entry.at,
            "authors": entry.item.byline.map(|name| [json!({"name": name})]),
            "image": entry.picture.as_ref().map(|picture| &picture.link),
        })
    });
    json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "description": outlet.about,
        "home_page_url": home,
        "feed_url": format!("{home}feed.json"),
        "language": outlet.language,
        "items": items.collect::<Vec<_>>(),
    })
    .to_string()
}
