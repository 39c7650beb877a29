//! `/searches/{secret}/feed.atom`: what a saved search finds, for whoever has its key.

use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use crate::domain::link::Link;
use crate::domain::secret::Secret;
use crate::domain::text::{Line, Prose};
use crate::http::error::Problem;
use crate::http::find::{Found, find, not_yet};
use crate::http::state::State;
use crate::http::tag;
use crate::publish::matches::{Match, Matches, write};
use crate::search::{Order, read};
use crate::store::searches::SavedSearch;

/// Stories in the feed.
const ENTRIES: u32 = 50;
/// No search engine shows what only the holder of a key may see.
const UNLISTED: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-robots-tag"),
    HeaderValue::from_static("noindex"),
);

/// Answers with the feed. It is private, as every answer is that does not say otherwise.
pub async fn feed(
    Shared(state): Shared<State>,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let key = Secret::read(&secret).ok_or_else(|| Problem::not_found("feed"))?;
    let saved = state.store.search_by_key(&key.digest()).await?;
    let saved = saved.ok_or_else(|| Problem::not_found("feed"))?;
    if !state.has_caught_up() {
        return Err(not_yet());
    }
    let query = read(&saved.query).sorted(Order::Newest);
    let found = find(&state.store, &state.index, query, ENTRIES, None).await?;
    let matches = matches(&state, &saved, &feed_path(&key), found.hits)?;
    let feed = tag::bytes(&headers, "application/atom+xml; charset=utf-8", write(&matches));
    Ok(([UNLISTED], feed).into_response())
}

/// Where the feed lies that `key` opens.
pub fn feed_path(key: &Secret) -> String {
    format!("/searches/{}/feed.atom", key.reveal())
}

fn matches(state: &State, saved: &SavedSearch, own: &str, found: Vec<Found>) -> Result<Matches, Problem> {
    let ours = |path: &str| Link::parse(&state.link(path)).ok_or_else(|| Problem::not_found("feed"));
    let publisher = &state.publishing.publisher;
    let query: String = form_urlencoded::byte_serialize(saved.query.as_bytes()).collect();
    let entries = found.into_iter().map(|found| {
        let lead = found.story.lead;
        let id = found.story.public_id;
        Ok(Match {
            link: match lead.link {
                Some(link) => link,
                None => ours(&format!("/desk/stories/{id}"))?,
            },
            id: publisher.name(&format!("stories/{id}")),
            title: Line::new(&lead.title),
            excerpt: Prose::new(&lead.excerpt),
            outlet: Line::new(lead.site_name.as_deref().unwrap_or_default()),
            found: found.story.found_at,
        })
    });
    Ok(Matches {
        id: publisher.name(&format!("searches/{}", saved.public_id)),
        title: Line::new(&saved.name),
        own: ours(own)?,
        page: ours(&format!("/desk/search?q={query}"))?,
        author: Line::new(&saved.saved_by),
        saved: saved.made_at,
        entries: entries.collect::<Result<_, Problem>>()?,
    })
}
