//! Feeds: of a list or of all, whole or one topic, the newest items or those of a month.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

use super::asked::Asked;
use super::finished::Made;
use super::header;
use super::shelf::{self, Wanted};
use crate::domain::channel::{Channel, Document, Format};
use crate::http::error::Problem;
use crate::http::state::State;
use crate::publish;

/// Pollers take this for their interval.
const LIFETIME: &str = "public, max-age=900, stale-while-revalidate=3600, stale-if-error=86400";
/// What is past changes by corrections only.
const LIFETIME_OF_ARCHIVES: &str = "public, max-age=86400, stale-while-revalidate=604800, stale-if-error=604800";

/// Answers with a feed.
pub async fn show(Shared(state): Shared<Arc<State>>, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let format = asked.format.ok_or_else(|| Problem::not_found("feed"))?;
    let wanted = Wanted {
        name: &asked.path,
        list: asked.scope.list.as_ref(),
        ends: true,
    };
    shelf::answer(&state, &headers, wanted, async || {
        let publisher = &state.publishing.publisher;
        let channel = state.store.channel(&asked.scope, asked.document, publisher).await?;
        let channel = channel.ok_or_else(|| Problem::not_found("feed"))?;
        Ok(Made {
            kind: kind(format),
            lifetime: match asked.document {
                Document::Current => LIFETIME,
                Document::Archive(_) => LIFETIME_OF_ARCHIVES,
            },
            headers: links(&channel, format),
            body: publish::feed(&channel, format),
        })
    })
    .await
}

/// The media type with its charset, where it has one.
pub const fn kind(format: Format) -> &'static str {
    match format {
        Format::Rss => "application/rss+xml; charset=utf-8",
        Format::Atom => "application/atom+xml; charset=utf-8",
        Format::Json => "application/feed+json",
    }
}

/// Where this is, and who tells of changes (WebSub).
fn links(channel: &Channel, format: Format) -> Vec<(HeaderName, HeaderValue)> {
    let link = |to: &str, relation: &str| (LINK, header(&format!("<{to}>; rel=\"{relation}\"")));
    let own = link(channel.address(format).as_str(), "self");
    let hub = channel.hub().map(|hub| link(hub.as_str(), "hub"));
    std::iter::once(own).chain(hub).collect()
}
