//! Searches: an index says what was found and in what order, the rows come from the store. Editors search the stories; readers
//! search what was printed, in an index that was never told anything else.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::StatusCode;

use super::error::Problem;
use super::state::State;
use crate::domain::channel::{Item, Scope};
use crate::domain::decision::Reason;
use crate::domain::digest::digest;
use crate::domain::list::PickId;
use crate::domain::source::Slug;
use crate::domain::story::StoryId;
use crate::search::{Ask, Facets, Hit, Hits, Index, Marker, Place, Query, Snippet};
use crate::store::Store;
use crate::store::printed::PrintedPick;
use crate::store::stories::StoryLine;

/// What a cursor of a search begins with.
const CURSOR: &str = "search";
/// Digits of the digest by which a cursor knows its search.
const MARK_DIGITS: usize = 12;

/// What was found: stories, or picks.
#[derive(Debug)]
pub struct Finding<T = Found> {
    /// How the search was read.
    pub query: Query,
    /// This page of what was found.
    pub hits: Vec<T>,
    /// How many there are in all.
    pub total: u64,
    /// How many are of which kind; on the first page only.
    pub facets: Option<Facets>,
    /// Whether none had all the words, and these have half of them at least.
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

/// A published pick that was found.
#[derive(Debug)]
pub struct FoundPick {
    /// The pick as its list prints it.
    pub item: Item,
    /// Its list.
    pub list: Slug,
    /// The source that first listed its article, for programs.
    pub source: Option<Slug>,
    /// How well it fits; 0 where the order is by date.
    pub score: f32,
    /// Its headline, with what was searched for marked.
    pub title: Snippet,
    /// The passage of excerpt and note that fits best.
    pub passage: Snippet,
}

/// A page as the index tells it.
struct Page {
    query: Query,
    hits: Hits,
    next_cursor: Option<String>,
}

/// Finds at most `limit` stories, from `after` on.
pub async fn find(
    store: &Store,
    index: &Arc<Index>,
    query: Query,
    limit: u32,
    after: Option<Place>,
) -> Result<Finding, Problem> {
    let page = Page::ask(index, query, limit, after).await?;
    let ids: Vec<StoryId> = page.hits.items.iter().map(|hit| StoryId(hit.key)).collect();
    let stories = store.stories_found(&ids).await?.into_iter();
    let mut stories: HashMap<i64, (StoryLine, String)> = stories.map(|found| (found.0.id.0, found)).collect();
    let mut marker = index.marker(&page.query);
    Ok(page.with(|hit| {
        let (line, text) = stories.remove(&hit.key)?;
        let language = line.lead.language.as_ref();
        Some(Found {
            title: marker.whole(&line.lead.title, language),
            passage: passage(&mut marker, &text, &line),
            score: hit.score,
            story: line,
        })
    }))
}

/// Finds at most `limit` picks that are out, from `after` on, by what is printed of them.
pub async fn find_printed(
    state: &State,
    query: Query,
    limit: u32,
    after: Option<Place>,
) -> Result<Finding<FoundPick>, Problem> {
    if !state.has_printed_caught_up() {
        return Err(not_yet());
    }
    let page = Page::ask(&state.printed, query, limit, after).await?;
    let ids: Vec<PickId> = page.hits.items.iter().map(|hit| PickId(hit.key)).collect();
    let picks = state.store.printed(&ids).await?.into_iter();
    let mut picks: HashMap<i64, PrintedPick> = picks.map(|pick| (pick.id.0, pick)).collect();
    let mut marker = state.printed.marker(&page.query);
    Ok(page.with(|hit| {
        let PrintedPick { printed, .. } = picks.remove(&hit.key)?;
        let (list, source) = (printed.list_slug.clone(), printed.original.source_slug.clone());
        let (headline, body) = (printed.headline(), printed.body());
        let language = printed.original.language.clone();
        let scope = Scope {
            list: Some(list.clone()),
            topic: None,
        };
        Some(FoundPick {
            item: Item::new(printed, &scope, &state.publishing.publisher),
            list,
            source,
            score: hit.score,
            title: marker.whole(headline.as_str(), language.as_ref()),
            passage: marker.snippet(&body, language.as_ref()),
        })
    }))
}

/// The index is being made: asked again in a while, it answers.
pub fn not_yet() -> Problem {
    let why = "the search index is being made; try again";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, Some(why.to_owned()))
}

/// The place that a cursor of this very search holds.
pub fn read_cursor(query: &Query, cursor: &str) -> Result<Place, Problem> {
    let place = || {
        let (mark, place) = cursor.strip_prefix(CURSOR)?.strip_prefix('.')?.split_once('.')?;
        Place::parse(place).filter(|_| mark == mark_of(query))
    };
    place().ok_or_else(|| Problem::bad_parameter("cursor", "not a cursor of this search; leave it out to begin anew"))
}

/// The passage that fits best: of the story; or, where that has none of the words, of what editors wrote about it.
fn passage(marker: &mut Marker, text: &str, line: &StoryLine) -> Snippet {
    let language = line.lead.language.as_ref();
    let passage = marker.snippet(text, language);
    if passage.has_marks() {
        return passage;
    }
    let curated = &line.curated;
    let note = curated.note.iter().map(|note| note.text.as_str());
    let headlines = curated.picks.iter().map(|pick| pick.headline.as_str());
    let written = note.chain(curated.reason.iter().map(Reason::as_str)).chain(headlines);
    let mut passages = written.map(|text| marker.snippet(text, language));
    passages.find(Snippet::has_marks).unwrap_or(passage)
}

impl Page {
    /// Asks the index, which may wait for the disk.
    async fn ask(index: &Arc<Index>, query: Query, limit: u32, after: Option<Place>) -> Result<Self, Problem> {
        let ask = Ask {
            // One more, which tells whether there is a next page.
            limit: (limit as usize).saturating_add(1),
            after,
            facets: after.is_none(),
        };
        let index = Arc::clone(index);
        let found = tokio::task::spawn_blocking(move || index.ask(&query, &ask).map(|hits| (hits, query))).await;
        let (mut hits, query) = found.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None))??;
        let more = hits.items.len() > limit as usize;
        hits.items.truncate(limit as usize);
        let last = hits.items.last().filter(|_| more);
        Ok(Self {
            next_cursor: last.map(|last| write_cursor(&query, last.place)),
            hits,
            query,
        })
    }

    /// The page with what `row` has for each hit; what has gone since the index looked is left out.
    fn with<T>(self, row: impl FnMut(&Hit) -> Option<T>) -> Finding<T> {
        Finding {
            hits: self.hits.items.iter().filter_map(row).collect(),
            total: self.hits.total,
            facets: self.hits.facets,
            some_words: self.hits.some_words,
            next_cursor: self.next_cursor,
            query: self.query,
        }
    }
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
