//! The web of the demonstration: every outlet on a host of its own under `.localhost`, all on one port of this machine.
//!
//! Browsers and docent take such names for the machine itself, so the originals can be opened, and each outlet counts as a site.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

use super::document::{self, Entry, Picture};
use super::picture;
use super::texts::{Form, Manner, Outlet, When, outlets};
use crate::domain::link::Link;
use crate::domain::source::{Declared, Selectors, Slug, SourceKind};
use crate::domain::text::Language;
use crate::domain::time::{Clock, Timestamp};

/// An unsteady server fails each time after so many answers.
const UNSTEADY_EVERY: usize = 3;
/// A closing server is gone from so many days before the start on.
const CLOSED_DAYS: u64 = 20;

/// All outlets, as their servers know them.
#[derive(Debug)]
pub struct Origin {
    outlets: Vec<Outlet>,
    port: u16,
    /// When the demonstration starts: what texts count their days from.
    start: Timestamp,
    /// The time, which runs through the weeks before the start first.
    clock: Clock,
    /// When each text that arrives later was let out.
    released: Mutex<Vec<Timestamp>>,
    /// How often unsteady servers were asked.
    asked: AtomicUsize,
}

impl Origin {
    /// Listens on a free port of this machine.
    pub async fn open(start: Timestamp, clock: Clock) -> anyhow::Result<(Arc<Self>, TcpListener)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.context("listen for the sample outlets")?;
        let origin = Self {
            outlets: outlets(),
            port: listener
                .local_addr()
                .context("ask for the port of the sample outlets")?
                .port(),
            start,
            clock,
            released: Mutex::default(),
            asked: AtomicUsize::default(),
        };
        Ok((Arc::new(origin), listener))
    }

    /// Answers until it is dropped.
    pub async fn answer(self: Arc<Self>, listener: TcpListener) -> std::io::Result<()> {
        axum::serve(listener, Router::new().fallback(answer).with_state(self)).await
    }

    /// The private networks that have to be allowed for it.
    pub fn networks(&self) -> Vec<String> {
        vec![format!("127.0.0.1:{}", self.port), format!("[::1]:{}", self.port)]
    }

    /// Where its pictures are, as a content policy names it.
    pub fn pictures(&self) -> String {
        format!("http://*.localhost:{}", self.port)
    }

    /// Its outlets as sources.
    pub fn sources(&self) -> Vec<Declared> {
        self.outlets.iter().filter_map(|outlet| self.source(outlet)).collect()
    }

    /// How many texts arrive while the demonstration runs.
    pub fn to_come(&self) -> usize {
        let items = self.outlets.iter().flat_map(|outlet| &outlet.items);
        items.filter(|item| matches!(item.when, When::Soon(_))).count()
    }

    /// Lets out the next text that arrives later. The outlet that wrote it; none when there is no more.
    pub fn release(&self) -> Option<Slug> {
        let mut released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
        let next = When::Soon(released.len() + 1);
        let outlet = self
            .outlets
            .iter()
            .find(|outlet| outlet.items.iter().any(|item| item.when == next))?;
        released.push(self.clock.now());
        Slug::parse(outlet.slug)
    }

    /// The address of a text, told by its outlet and its name there; none where the outlet does not exist.
    pub fn link_of(&self, place: &str) -> Option<String> {
        let (outlet, slug) = place.split_once('/')?;
        let outlet = self.outlets.iter().find(|own| own.slug == outlet)?;
        Some(self.link(outlet.slug, slug))
    }

    /// Whether a text, told in the same way, is published by now.
    pub fn is_out(&self, place: &str) -> bool {
        let Some((outlet, slug)) = place.split_once('/') else {
            return false;
        };
        let outlet = self.outlets.iter().find(|own| own.slug == outlet);
        outlet.is_some_and(|outlet| self.entries(outlet).iter().any(|entry| entry.item.slug == slug))
    }

    fn link(&self, outlet: &str, slug: &str) -> String {
        format!("{}{slug}", self.home(outlet))
    }

    fn home(&self, outlet: &str) -> String {
        format!("http://{outlet}.localhost:{}/", self.port)
    }

    fn source(&self, outlet: &Outlet) -> Option<Declared> {
        let home = self.home(outlet.slug);
        let link = Link::parse(&format!("{}{}", home.trim_end_matches('/'), outlet.listing()))?;
        let is_page = outlet.form == Form::Page;
        let kind = if is_page { SourceKind::Page } else { SourceKind::Feed };
        let mut declared = Declared::new(Slug::parse(outlet.slug)?, outlet.name.to_owned(), kind, link);
        declared.home = Link::parse(&home);
        declared.language = Language::parse(outlet.language);
        declared.topics = outlet.topics.iter().map(|topic| (*topic).to_owned()).collect();
        declared.rules.selectors = is_page.then(|| Selectors {
            item: vec!["li.notice".to_owned()],
            title: vec!["h2 a".to_owned()],
            link: vec!["h2 a@href".to_owned()],
            date: vec!["time@datetime".to_owned()],
            excerpt: vec!["p.summary".to_owned()],
            image: Vec::new(),
        });
        Some(declared)
    }

    /// What an outlet has published by now, the latest first.
    fn entries<'a>(&self, outlet: &'a Outlet) -> Vec<Entry<'a>> {
        let now = self.clock.now();
        let released = self.released.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let published = |when| match when {
            When::Before(span) => Some(self.start.minus(span)),
            When::Soon(number) => released.get(number - 1).copied(),
        };
        let mut entries: Vec<Entry<'a>> = outlet
            .items
            .iter()
            .filter_map(|item| {
                let at = published(item.when).filter(|at| *at <= now)?;
                let link = self.link(outlet.slug, &item.slug);
                let picture = item.picture.map(|alt| Picture {
                    link: self.link(outlet.slug, &format!("pictures/{}.svg", item.slug)),
                    alt,
                });
                Some(Entry {
                    item,
                    link,
                    at,
                    picture,
                })
            })
            .collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
        entries
    }

    /// How the server of an outlet fails just now, if it does.
    fn fault(&self, outlet: &Outlet) -> Option<StatusCode> {
        match outlet.manner {
            Manner::Steady => None,
            Manner::Unsteady => {
                let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
                asked
                    .is_multiple_of(UNSTEADY_EVERY)
                    .then_some(StatusCode::SERVICE_UNAVAILABLE)
            }
            Manner::Closing => {
                let closes = self.start.minus(Duration::from_hours(CLOSED_DAYS * 24));
                (self.clock.now() >= closes).then_some(StatusCode::GONE)
            }
        }
    }

    fn respond(&self, outlet: &Outlet, path: &str, headers: &HeaderMap) -> askama::Result<Response> {
        let entries = self.entries(outlet);
        if path == outlet.listing() {
            if let Some(fault) = self.fault(outlet) {
                return Ok(fault.into_response());
            }
            let kind = document::media_type(outlet.form).unwrap_or("text/html; charset=utf-8");
            let body = document::listing(outlet, &entries, &self.home(outlet.slug))?;
            return Ok(unless_known(headers, kind, body, &entries));
        }
        let html = |body: String| ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response();
        if path == "/" {
            return Ok(html(document::front(outlet, &entries)?));
        }
        let named = |name: &str| entries.iter().find(|entry| entry.item.slug == name);
        let shown = path
            .strip_prefix("/pictures/")
            .and_then(|name| named(name.strip_suffix(".svg")?));
        if let Some((slug, alt)) = shown.and_then(|entry| Some((&entry.item.slug, entry.item.picture?))) {
            let svg = picture::of(slug, alt);
            return Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response());
        }
        match path.strip_prefix('/').and_then(named) {
            Some(entry) => Ok(html(document::page(outlet, entry)?)),
            None => Ok(StatusCode::NOT_FOUND.into_response()),
        }
    }
}

async fn answer(Shared(origin): Shared<Arc<Origin>>, uri: Uri, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let name = host.and_then(|host| host.split('.').next());
    let Some(outlet) = origin.outlets.iter().find(|outlet| Some(outlet.slug) == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let response = origin.respond(outlet, uri.path(), &headers);
    response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// A document with validators; 304 to who has it already.
fn unless_known(headers: &HeaderMap, kind: &'static str, body: String, entries: &[Entry<'_>]) -> Response {
    let changed = entries.first().map_or(Timestamp::from_millis(0), |entry| entry.at);
    let tag = format!("\"{}-{}\"", entries.len(), changed.millis());
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let validators = [(header::ETAG, tag), (header::LAST_MODIFIED, document::rfc_822(changed))];
    if is_known {
        return (StatusCode::NOT_MODIFIED, validators).into_response();
    }
    (validators, [(header::CONTENT_TYPE, kind)], body).into_response()
}
