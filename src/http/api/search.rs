//! `/api/v1/search`.

use axum::extract::{OriginalUri, State as Shared};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::stories::StoryAnswer;
use crate::http::caller::Reads;
use crate::http::error::Problem;
use crate::http::find::{Finding, Found, find, not_yet, read_cursor};
use crate::http::paging::{self, Asked, paged};
use crate::http::state::State;
use crate::search::{self, Facets, Order, Query};

/// What is searched for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words, "phrases", -exclusions, prefix*, and `source:`, `list:`, `lang:`, `topic:`, `before:`, `after:`, `picked:`, `by:`.
    q: Option<String>,
    /// `relevance` or `newest`; if not given, `relevance` where there are words to judge by.
    #[param(value_type = Option<Sorting>)]
    sort: Option<String>,
    /// How many items, at most 200; 50 if not given.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The order of what was found.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Sorting {
    /// Those that fit the words best.
    Relevance,
    /// The youngest.
    Newest,
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

/// How many of those found are of which kind, the most first.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetsAnswer {
    months: Vec<CountAnswer>,
    sources: Vec<CountAnswer>,
    languages: Vec<CountAnswer>,
    topics: Vec<CountAnswer>,
    lists: Vec<CountAnswer>,
}

/// A value and how many have it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountAnswer {
    value: String,
    count: u64,
}

/// Stories by words, by source, date, language and topic
#[utoipa::path(get, path = "/search", tag = "search", params(SearchQuery),
    responses((status = OK, body = SearchAnswer), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, description = "The index is being made", body = Problem, content_type = "application/problem+json")))]
pub async fn ask(
    _: Reads,
    Shared(state): Shared<State>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<SearchQuery>,
) -> Result<Response, Problem> {
    let limit = paging::limit(asked.limit.as_deref())?;
    let query = asked.query()?;
    let after = asked.cursor.as_deref().map(|cursor| read_cursor(&query, cursor));
    if !state.has_caught_up() {
        return Err(not_yet());
    }
    let found = find(&state.store, &state.index, query, limit, after.transpose()?).await?;
    let answer = SearchAnswer::from(found);
    Ok(paged(&uri.to_string(), answer.next_cursor.clone(), answer))
}

/// `query` in the order that the parameter `sort` asks for.
pub fn sorted(query: Query, sort: Option<&str>) -> Result<Query, Problem> {
    match sort {
        None | Some("") => Ok(query),
        Some("relevance") => Ok(query.sorted(Order::Relevance)),
        Some("newest") => Ok(query.sorted(Order::Newest)),
        Some(_) => Err(Problem::bad_parameter("sort", "relevance or newest")),
    }
}

impl SearchQuery {
    fn query(&self) -> Result<Query, Problem> {
        sorted(
            search::read(self.q.as_deref().unwrap_or_default()),
            self.sort.as_deref(),
        )
    }
}

impl From<Finding> for SearchAnswer {
    fn from(found: Finding) -> Self {
        Self {
            items: found.hits.into_iter().map(HitAnswer::from).collect(),
            next_cursor: found.next_cursor,
            total: found.total,
            read_as: found.query.as_read(),
            notes: found.query.notes().to_vec(),
            some_words: found.some_words,
            facets: found.facets.map(FacetsAnswer::from),
        }
    }
}

impl From<Found> for HitAnswer {
    fn from(hit: Found) -> Self {
        Self {
            story: hit.story.into(),
            score: hit.score,
            snippet: hit.passage.to_html(),
        }
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
