//! `/sources`: what is read, for people; the same for programs is OPML.

use askama::Template;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;

use super::cover::{Cover, Place, Subject};
use crate::domain::source::{Declared, SourceKind};
use crate::http::error::Problem;
use crate::http::public::header;
use crate::http::state::State;
use crate::http::tag;
use crate::search::language_name;

/// Sources are added now and then; nobody waits for it.
const LIFETIME: &str = "public, max-age=300, stale-if-error=86400";

#[derive(Template)]
#[template(path = "site/sources.html", config = "src/askama.toml")]
struct SourcesPage {
    cover: Cover,
    sources: Vec<SourceLine>,
}

struct SourceLine {
    name: String,
    language: String,
    home: String,
    host: String,
    feed: Option<String>,
    kind: &'static str,
    in_language: Option<String>,
    topics: Vec<String>,
}

/// Answers with the page.
pub async fn show(Shared(state): Shared<State>, headers: HeaderMap) -> Result<Response, Problem> {
    let publisher = &state.publishing.publisher;
    let site = state.store.site().await?;
    let sources = state.store.sources().await?.into_iter();
    let live = sources.filter(|source| source.retired_at.is_none() && source.declared.kind != SourceKind::Tip);
    let mut sources: Vec<SourceLine> = live.map(|source| SourceLine::new(source.declared)).collect();
    sources.sort_by_cached_key(|source| (source.name.to_lowercase(), source.home.clone()));
    let subject = Subject {
        title: "Sources".to_owned(),
        about: format!("What the editors of {} read.", site.name),
        page: publisher.at(&["sources"]),
        picture: None,
        feeds: None,
        data: String::new(),
        place: Place::Sources,
    };
    let page = SourcesPage {
        cover: Cover::new(&site, publisher, subject),
        sources,
    };
    let mut response = tag::bytes(&headers, "text/html; charset=utf-8", super::text(&page)?);
    response.headers_mut().insert(CACHE_CONTROL, header(LIFETIME));
    Ok(response)
}

impl SourceLine {
    fn new(source: Declared) -> Self {
        let home = source.home.as_ref().unwrap_or(&source.link);
        Self {
            host: home.host().trim_start_matches("www.").to_owned(),
            home: home.to_string(),
            feed: (source.kind == SourceKind::Feed).then(|| source.link.to_string()),
            kind: match source.kind {
                SourceKind::Feed => "feed",
                SourceKind::Page => "page",
                SourceKind::Sitemap => "site map",
                SourceKind::Tip => "tips",
            },
            in_language: source
                .language
                .as_ref()
                .map(|language| language_name(language).to_owned()),
            language: source
                .language
                .map(|language| super::cover::told_language(language.as_str()))
                .unwrap_or_default(),
            name: source.name,
            topics: source.topics,
        }
    }
}
