//! A block for somebody's own mail: the last edition of a list.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::finished::Made;
use super::shelf::{self, Wanted};
use crate::domain::channel::Channel;
use crate::domain::source::Slug;
use crate::http::error::Problem;
use crate::http::state::State;
use crate::publish::insert;

const LIFETIME: &str = "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400";

/// Answers with HTML.
pub async fn html(
    state: Shared<Arc<State>>,
    slug: Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    show(state, slug, uri, headers, "text/html; charset=utf-8", insert::html).await
}

/// Answers with plain text.
pub async fn text(
    state: Shared<Arc<State>>,
    slug: Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    show(state, slug, uri, headers, "text/plain; charset=utf-8", insert::plain).await
}

async fn show(
    Shared(state): Shared<Arc<State>>,
    Path(slug): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    kind: &'static str,
    write: fn(&Channel) -> String,
) -> Result<Response, Problem> {
    let list = Slug::parse(&slug).ok_or_else(|| Problem::not_found("list"))?;
    let wanted = Wanted {
        name: uri.path(),
        list: Some(&list),
        ends: false,
    };
    shelf::answer(&state, &headers, wanted, async || {
        let channel = state.store.insert(&list, &state.publishing.publisher).await?;
        let channel = channel.ok_or_else(|| Problem::not_found("list"))?;
        Ok(Made {
            kind,
            lifetime: LIFETIME,
            headers: Vec::new(),
            body: write(&channel).into_bytes(),
        })
    })
    .await
}
