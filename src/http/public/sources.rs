//! The sources, for other readers to take in.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use crate::domain::source::SourceKind;
use crate::http::error::Problem;
use crate::http::state::State;
use crate::http::tag;
use crate::publish::opml;

const LIFETIME: HeaderValue = HeaderValue::from_static("public, max-age=3600, stale-if-error=86400");

/// Answers with OPML of everything that is read.
pub async fn opml(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Result<Response, Problem> {
    let sources = state.store.sources().await?;
    let live = sources
        .into_iter()
        .filter(|source| source.retired_at.is_none() && source.declared.kind != SourceKind::Tip);
    let mut declared: Vec<_> = live.map(|source| source.declared).collect();
    declared.sort_by(|one, other| one.slug.cmp(&other.slug));
    let title = format!("{}: sources", state.publishing.publisher.home.host());
    let mut response = tag::bytes(
        &headers,
        "text/x-opml; charset=utf-8",
        opml::write(&title, None, &declared),
    );
    let own = response.headers_mut();
    own.insert(CACHE_CONTROL, LIFETIME);
    own.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}
