//! Searches: the index says which stories and in what order, the rows come from the store.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::StatusCode;

use super::error::Problem;
use crate::domain::digest::digest;
use crate::domain::story::StoryId;
use crate::search::{Ask, Facets, Index, Place, Query, Scope, Snippet};
use crate::store::Store;
use crate::store::stories::StoryLine;

/// What a cursor of a search begins with.
const CURSOR: &str = "search";
/// Digits of the digest by which a cursor knows its search.
const MARK_DIGITS: usize = 12;

/// What was found.
#[derive(Debug)]
pub struct Finding {
    /// How the search was read.
    pub query: Query,
    /// This page of what was found.
    pub hits: Vec<Found>,
    /// How many stories there are in all.
    pub total: u64,
    /// How many are of which kind; on the first page only.
    pub facets: Option<Facets>,
    /// Whether no story had all the words, and these have half of them at least.
    pub some_words: bool,
    /// What leads to the next page; none on the last.
    pub next_cursor: Option<String>,
}

/// A story that was found.
#[derive(Debug)]
pub struct Found {
    /// The story.
    pub story: StoryLine,
    /// How well it fits; 0 where the order is by date.
    pub score: f32,
    /// Its headline, with what was searched for marked.
    pub title: Snippet,
    /// The passage that fits best.
    pub passage: Snippet,
}

/// Finds at most `limit` stories, from `after` on.
pub async fn find(
    store: &Store,
    index: &Arc<Index>,
    query: Query,
    limit: u32,
    after: Option<Place>,
) -> Result<Finding, Problem> {
    let ask = Ask {
        scope: Scope::Desk,
        // One more, which tells whether there is a next page.
        limit: (limit as usize).saturating_add(1),
        after,
        facets: after.is_none(),
    };
    let (mut hits, query) = {
        let index = Arc::clone(index);
        let found = tokio::task::spawn_blocking(move || index.ask(&query, &ask).map(|hits| (hits, query))).await;
        found.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None))??
    };
    let more = hits.items.len() > limit as usize;
    hits.items.truncate(limit as usize);
    let next_cursor = hits.items.last().filter(|_| more);
    let next_cursor = next_cursor.map(|last| write_cursor(&query, last.place));
    let ids: Vec<StoryId> = hits.items.iter().map(|hit| StoryId(hit.story)).collect();
    let stories = store.stories_found(&ids).await?.into_iter();
    let mut stories: HashMap<StoryId, (StoryLine, String)> = stories.map(|found| (found.0.id, found)).collect();
    let mut marker = index.marker(&query);
    let found = hits.items.iter().filter_map(|hit| {
        // A story that has gone since the index looked is left out.
        let (line, text) = stories.remove(&StoryId(hit.story))?;
        let language = line.lead.language.as_ref();
        Some(Found {
            title: marker.whole(&line.lead.title, language),
            passage: marker.snippet(&text, language),
            score: hit.score,
            story: line,
        })
    });
    Ok(Finding {
        hits: found.collect(),
        total: hits.total,
        facets: hits.facets,
        some_words: hits.some_words,
        next_cursor,
        query,
    })
}

/// The place that a cursor of this very search holds.
pub fn read_cursor(query: &Query, cursor: &str) -> Result<Place, Problem> {
    let place = || {
        let (mark, place) = cursor.strip_prefix(CURSOR)?.strip_prefix('.')?.split_once('.')?;
        Place::parse(place).filter(|_| mark == mark_of(query))
    };
    place().ok_or_else(|| Problem::bad_parameter("cursor", "not a cursor of this search; leave it out to begin anew"))
}

fn write_cursor(query: &Query, place: Place) -> String {
    format!("{CURSOR}.{}.{place}", mark_of(query))
}

/// A place means something within its own search and order only, so the cursor is marked with what the search was read as.
fn mark_of(query: &Query) -> String {
    digest(&[&query.as_read()]).chars().take(MARK_DIGITS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Order, read};

    #[test]
    fn a_cursor_is_read_back_by_its_own_search_only() {
        let query = read("museum roof");
        let place = Place::parse("3f800000.1700000000000.12").expect("a place");
        let cursor = write_cursor(&query, place);
        assert_eq!(read_cursor(&query, &cursor).ok(), Some(place));
        assert_eq!(read_cursor(&read(" museum  roof "), &cursor).ok(), Some(place));
        for foreign in [
            read("museum"),
            read("museum -roof"),
            query.clone().sorted(Order::Newest),
        ] {
            assert!(read_cursor(&foreign, &cursor).is_err(), "{}", foreign.as_read());
        }
        for bad in ["", "search", "search..", "stories.1.2", "3f800000.1700000000000.12"] {
            assert!(read_cursor(&query, bad).is_err(), "{bad:?}");
        }
    }
}
