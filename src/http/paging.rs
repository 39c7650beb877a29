//! Lists by the page: `limit`, an opaque `cursor`, and the way to the next page.

use std::collections::HashSet;

use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use utoipa::{IntoParams, ToSchema};

use super::error::Problem;

/// Items on a page if the client does not say.
const ITEMS_DEFAULT: u32 = 50;
/// Items on a page at the most.
const ITEMS_MAX: u32 = 200;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page; none on the last.
    pub next_cursor: Option<String>,
}

/// Which page is wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many items, at most 200; 50 if not given.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<String>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// How many items to give, of the parameter `limit`.
pub fn limit(asked: Option<&str>) -> Result<u32, Problem> {
    match asked.map_or(Ok(ITEMS_DEFAULT), str::parse) {
        Ok(limit @ 1..=ITEMS_MAX) => Ok(limit),
        _ => Err(Problem::bad_parameter("limit", "a number from 1 to 200")),
    }
}

/// The two numbers that a cursor of the list called `list` holds.
pub fn cursor(list: &str, asked: Option<&str>) -> Result<Option<(i64, i64)>, Problem> {
    let read = asked.map(|cursor| {
        read_cursor(list, cursor)
            .ok_or_else(|| Problem::bad_parameter("cursor", "not a cursor of this list; leave it out to begin anew"))
    });
    read.transpose()
}

/// The page of the list called `list` that `items` are, of which one more than `limit` was asked for: that tells whether there is
/// a next one. `place` is what a cursor says of its last item.
pub fn cut<T, A: From<T>>(list: &str, mut items: Vec<T>, limit: u32, place: impl Fn(&T) -> (i64, i64)) -> Listed<A> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next_cursor = items.last().filter(|_| more).map(|last| {
        let (first, second) = place(last);
        write_cursor(list, first, second)
    });
    Listed {
        items: items.into_iter().map(A::from).collect(),
        next_cursor,
    }
}

/// Writes a cursor of the list called `list`.
pub fn write_cursor(list: &str, first: i64, second: i64) -> String {
    format!("{list}.{first}.{second}")
}

/// Answers with a page of a list, and with a `Link` to the next one.
pub fn page<T: Serialize>(path_and_query: &str, listed: Listed<T>) -> Response {
    paged(path_and_query, listed.next_cursor.clone(), listed)
}

/// Answers with a list that is one page.
pub fn whole<T, A: Serialize>(all: Vec<T>, answer: impl Fn(T) -> A) -> Response {
    let items = all.into_iter().map(answer).collect();
    Json(Listed {
        items,
        next_cursor: None,
    })
    .into_response()
}

/// Answers with `body`, and with a `Link` to the page that `cursor` leads to.
pub fn paged(path_and_query: &str, cursor: Option<String>, body: impl Serialize) -> Response {
    let mut headers = HeaderMap::new();
    if let Some(cursor) = cursor {
        let link = format!("<{}>; rel=\"next\"", with_cursor(path_and_query, &cursor));
        if let Ok(link) = HeaderValue::from_str(&link) {
            headers.insert(header::LINK, link);
        }
    }
    (headers, Json(body)).into_response()
}

/// A query string of known parameters, each at most once. An unknown one is refused: a filter that is misspelt and passed
/// over would answer with what nobody asked for.
#[derive(Debug)]
pub struct Asked<T>(pub T);

impl<T: serde::de::DeserializeOwned + IntoParams, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let known: Vec<String> = T::into_params(|| None)
            .into_iter()
            .map(|parameter| parameter.name)
            .collect();
        let mut seen = HashSet::new();
        for (name, _) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            if !known.iter().any(|known| *known == name) {
                let detail = format!("not a parameter of this list; known are {}", known.join(", "));
                return Err(Problem::bad_parameter(&name, &detail));
            }
            if !seen.insert(name.clone()) {
                return Err(Problem::bad_parameter(&name, "given more than once"));
            }
        }
        Query::try_from_uri(&parts.uri)
            .map(|Query(asked)| Self(asked))
            .map_err(|refusal| Problem::new(StatusCode::BAD_REQUEST, Some(refusal.body_text())))
    }
}

fn read_cursor(list: &str, cursor: &str) -> Option<(i64, i64)> {
    let mut parts = cursor.strip_prefix(list)?.strip_prefix('.')?.split('.');
    let first = parts.next()?.parse().ok()?;
    let second = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some((first, second))
}

fn with_cursor(path_and_query: &str, cursor: &str) -> String {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let kept = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let pairs: Vec<&str> = kept.collect();
    let joined = pairs.join("&");
    let separator = if joined.is_empty() { "" } else { "&" };
    format!("{path}?{joined}{separator}cursor={cursor}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_by_its_own_list_only() {
        let cursor = write_cursor("stories", -5, 77);
        assert_eq!(read_cursor("stories", &cursor), Some((-5, 77)));
        for foreign in [
            "sources.1.2",
            "stories.1",
            "stories.1.2.3",
            "stories.x.y",
            "",
            "stories",
        ] {
            assert_eq!(read_cursor("stories", foreign), None, "{foreign:?}");
        }
    }

    #[test]
    fn the_link_to_the_next_page_keeps_the_question() {
        assert_eq!(
            with_cursor("/api/v1/stories?lang=en&cursor=old&limit=5", "c"),
            "/api/v1/stories?lang=en&limit=5&cursor=c"
        );
        assert_eq!(with_cursor("/api/v1/stories", "c"), "/api/v1/stories?cursor=c");
    }
}
