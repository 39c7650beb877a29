//! `/api/v1/search`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{OriginalUri, State as Shared};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::stories::StoryAnswer;
use crate::domain::story::StoryId;
use crate::http::error::Problem;
use crate::http::paging::{Asked, PageQuery, paged};
use crate::http::state::State;
use crate::search::{self, Ask, Facets, Index, Order, Place, Query, Scope};
use crate::store::Store;
use crate::store::stories::{StoryLine, StoryText};

/// What is searched for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words, "phrases", -exclusions, prefix*, and `source:`, `list:`, `lang:`, `topic:`, `before:`, `after:`, `picked:`, `by:`.
    q: Option<String>,
    /// `relevance` or `newest`; as the query says if not given.
    sort: Option<String>,
    /// How many items, at most 200; 50 if not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    /// This page of what was found.
    pub items: Vec<HitAnswer>,
    /// What to send as `cursor` for the next page; none on the last.
    pub next_cursor: Option<String>,
    /// How many stories there are in all.
    pub total: u64,
    /// How the search was read, in words.
    pub read_as: String,
    /// What of it could not be read.
    pub notes: Vec<String>,
    /// Whether no story had all the words, and these have half of them at least.
    pub some_words: bool,
    /// Counts by month, source, language, topic and list; on the first page only.
    pub facets: Option<FacetsAnswer>,
}

/// A story that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct HitAnswer {
    /// The story.
    pub story: StoryAnswer,
    /// How well it fits; 0 where the order is by date.
    pub score: f32,
    /// A passage as HTML: escaped text with `<mark>` around what was searched for.
    pub snippet: String,
}

/// How many of the stories found are of which kind, the most first.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetsAnswer {
    months: Vec<CountAnswer>,
    sources: Vec<CountAnswer>,
    languages: Vec<CountAnswer>,
    topics: Vec<CountAnswer>,
    lists: Vec<CountAnswer>,
}

/// A value and how many stories have it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountAnswer {
    value: String,
    count: u64,
}

/// Stories by words, by source, date, language and topic
#[utoipa::path(get, path = "/search", tag = "search", params(SearchQuery),
    responses((status = OK, body = SearchAnswer), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json")))]
pub async fn ask(
    Shared(state): Shared<State>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<SearchQuery>,
) -> Result<Response, Problem> {
    let limit = PageQuery {
        limit: asked.limit,
        cursor: None,
    }
    .limit()?;
    let query = asked.query()?;
    let after = asked.cursor.as_deref().map(|cursor| {
        Place::parse(cursor).ok_or_else(|| Problem::bad_parameter("cursor", "not a cursor of this search"))
    });
    let answer = find(&state.store, &state.index, query, limit, after.transpose()?).await?;
    Ok(paged(&uri.to_string(), answer.next_cursor.clone(), answer))
}

/// Finds stories: the index says which and in what order, the rows come from the store.
pub async fn find(
    store: &Store,
    index: &Arc<Index>,
    query: Query,
    limit: u32,
    after: Option<Place>,
) -> Result<SearchAnswer, Problem> {
    let ask = Ask {
        scope: Scope::Desk,
        limit: limit as usize,
        after,
        facets: after.is_none(),
    };
    let (hits, query) = {
        let index = Arc::clone(index);
        let found = tokio::task::spawn_blocking(move || index.ask(&query, &ask).map(|hits| (hits, query))).await;
        found.map_err(|_| Problem::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, None))??
    };
    let ids: Vec<StoryId> = hits.items.iter().map(|hit| StoryId(hit.story)).collect();
    let lines = store.stories_by_id(&ids).await?;
    let mut lines: HashMap<StoryId, StoryLine> = lines.into_iter().map(|line| (line.id, line)).collect();
    let texts = store.texts(&ids).await?;
    let texts: HashMap<StoryId, StoryText> = texts.into_iter().map(|text| (text.id, text)).collect();
    let mut marker = search::Marker::new(&query);
    let mut items = Vec::with_capacity(ids.len());
    for hit in &hits.items {
        let id = StoryId(hit.story);
        let (Some(line), Some(text)) = (lines.remove(&id), texts.get(&id)) else {
            continue;
        };
        let snippet = marker.snippet(&text.text, text.lead.language.as_ref()).to_html();
        items.push(HitAnswer {
            story: line.into(),
            score: hit.score,
            snippet,
        });
    }
    let full = hits.items.len() == limit as usize;
    Ok(SearchAnswer {
        items,
        next_cursor: hits.items.last().filter(|_| full).map(|hit| hit.place.to_string()),
        total: hits.total,
        read_as: query.as_read(),
        notes: query.notes().to_vec(),
        some_words: hits.some_words,
        facets: hits.facets.map(FacetsAnswer::from),
    })
}

impl SearchQuery {
    fn query(&self) -> Result<Query, Problem> {
        let query = search::read(self.q.as_deref().unwrap_or_default());
        Ok(match self.sort.as_deref() {
            None | Some("") => query,
            Some("relevance") => query.sorted(Order::Relevance),
            Some("newest") => query.sorted(Order::Newest),
            Some(_) => return Err(Problem::bad_parameter("sort", "relevance or newest")),
        })
    }
}

impl From<Facets> for FacetsAnswer {
    fn from(facets: Facets) -> Self {
        let counts = |counts: Vec<(String, u64)>| {
            counts
                .into_iter()
                .map(|(value, count)| CountAnswer { value, count })
                .collect()
        };
        Self {
            months: counts(facets.months),
            sources: counts(facets.sources),
            languages: counts(facets.languages),
            topics: counts(facets.topics),
            lists: counts(facets.lists),
        }
    }
}
