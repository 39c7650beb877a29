//! `/api/v1/published`: what readers may search.

use axum::extract::{OriginalUri, State as Shared};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::search::{FacetsAnswer, Sorting, sorted};
use crate::domain::text::Line;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::find::{Finding, FoundPick, find_printed, read_cursor};
use crate::http::paging::{Asked, paged};
use crate::http::state::State;
use crate::search::{self, Query};

/// What a reader may ask at once, in characters.
const WORDS_CHARS_MAX: usize = 200;
/// Items on a page if the reader does not say.
const ITEMS_DEFAULT: u32 = 20;
/// Items on a page at the most.
const ITEMS_MAX: u32 = 50;
/// How long an answer may be kept, by whoever.
const LIFETIME: HeaderValue = HeaderValue::from_static("public, max-age=60");
/// Pages of every site may ask.
const EVERY_SITE: HeaderValue = HeaderValue::from_static("*");

/// What is searched for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublishedQuery {
    /// Words, "phrases", -exclusions, prefix*, and `list:`, `topic:`, `source:`, `lang:`, `before:`, `after:`, `by:` (an author);
    /// 200 characters at most.
    #[param(max_length = 200)]
    q: Option<String>,
    /// `relevance` or `newest`; if not given, `relevance` where there are words to judge by.
    #[param(value_type = Option<Sorting>)]
    sort: Option<String>,
    /// How many items, at most 50; 20 if not given.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 50)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedAnswer {
    /// This page of what was found.
    items: Vec<PublishedItemAnswer>,
    /// What to send as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
    /// How many items there are in all.
    total: u64,
    /// How the search was read, in words.
    read_as: String,
    /// What of it could not be read.
    notes: Vec<String>,
    /// Whether no item had all the words, and these have half of them at least.
    some_words: bool,
    /// Counts by month of publication, source, language, topic and list; on the first page only.
    facets: Option<FacetsAnswer>,
}

/// A pick as its list prints it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedItemAnswer {
    /// Its name, for ever.
    id: String,
    /// The list, for programs.
    list: String,
    /// The list, for people.
    list_name: String,
    /// Our headline.
    headline: String,
    /// The article.
    link: Option<String>,
    /// Our page that holds it.
    page: String,
    /// What is quoted, plain text.
    excerpt: String,
    /// Why it is worth reading, plain text; empty for none.
    note: String,
    /// What it is about.
    topics: Vec<String>,
    /// Who published the article.
    outlet: String,
    /// Who wrote the article; empty where that is not known.
    byline: String,
    /// The language of the article.
    language: Option<String>,
    /// When it was published here.
    #[schema(value_type = String, format = DateTime)]
    published_at: Timestamp,
    /// How well it fits; 0 where the order is by date.
    score: f32,
    /// A passage as HTML: escaped text with `<mark>` around what was searched for.
    snippet: String,
}

/// What was published, by words, list, topic, source, date and language; for everybody
#[utoipa::path(get, path = "/published", tag = "search", params(PublishedQuery), security(()),
    responses((status = OK, body = PublishedAnswer), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, description = "The index is being made", body = Problem, content_type = "application/problem+json")))]
pub async fn find(
    Shared(state): Shared<State>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<PublishedQuery>,
) -> Result<Response, Problem> {
    let (query, limit) = (asked.query()?, asked.limit()?);
    let after = asked.cursor.as_deref().map(|cursor| read_cursor(&query, cursor));
    let found = find_printed(&state, query, limit, after.transpose()?).await?;
    let headers = [
        (header::CACHE_CONTROL, LIFETIME),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, EVERY_SITE),
    ];
    let answer = PublishedAnswer::from(found);
    Ok((headers, paged(&uri.to_string(), answer.next_cursor.clone(), answer)).into_response())
}

impl PublishedQuery {
    fn query(&self) -> Result<Query, Problem> {
        let words = self.q.as_deref().unwrap_or_default();
        if words.chars().nth(WORDS_CHARS_MAX).is_some() {
            return Err(Problem::bad_parameter("q", "200 characters at most"));
        }
        sorted(search::read(words), self.sort.as_deref())
    }

    fn limit(&self) -> Result<u32, Problem> {
        match self.limit.as_deref().map_or(Ok(ITEMS_DEFAULT), str::parse) {
            Ok(limit @ 1..=ITEMS_MAX) => Ok(limit),
            _ => Err(Problem::bad_parameter("limit", "a number from 1 to 50")),
        }
    }
}

impl From<Finding<FoundPick>> for PublishedAnswer {
    fn from(found: Finding<FoundPick>) -> Self {
        Self {
            items: found.hits.into_iter().map(PublishedItemAnswer::from).collect(),
            next_cursor: found.next_cursor,
            total: found.total,
            read_as: found.query.as_read(),
            notes: found.query.notes().to_vec(),
            some_words: found.some_words,
            facets: found.facets.map(FacetsAnswer::from),
        }
    }
}

impl From<FoundPick> for PublishedItemAnswer {
    fn from(found: FoundPick) -> Self {
        let item = found.item;
        Self {
            id: item.public_id,
            list: found.list.as_str().to_owned(),
            list_name: item.list.as_str().to_owned(),
            headline: item.headline.as_str().to_owned(),
            link: item.link.map(|link| link.as_str().to_owned()),
            page: item.page.as_str().to_owned(),
            excerpt: item.excerpt.as_str().to_owned(),
            note: item.note.as_str().to_owned(),
            topics: item.topics.iter().map(Line::as_str).map(str::to_owned).collect(),
            outlet: item.outlet.as_str().to_owned(),
            byline: item.byline.as_str().to_owned(),
            language: item.language.map(|language| language.as_str().to_owned()),
            published_at: item.published,
            score: found.score,
            snippet: found.passage.to_html(),
        }
    }
}
