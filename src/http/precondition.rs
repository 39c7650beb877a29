//! Changes by one who knows what they change: `If-Match` (RFC 9110, 13.1.1), and the tags that it names.
//!
//! A tag is a thing's version and a digest of the very bytes sent. By the whole of it a kept answer is known; by the version
//! alone a change is judged, so that what counts as no change (a last use, a sighting) is in nobody's way.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::Problem;
use super::tag;

/// Tags that one header may name.
const TAGS_MAX: usize = 32;

/// The versions that a request may change, by its `If-Match`. Without that header it is refused with 428.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Option<Vec<i64>>);

impl IfMatch {
    /// Whether the thing may be changed that is of `version` now.
    pub fn admits(&self, version: i64) -> bool {
        self.0.as_ref().is_none_or(|versions| versions.contains(&version))
    }

    /// Refuses with 412 and the thing as it is, unless its `version` is one that the caller knows.
    pub fn check(&self, version: i64, thing: &impl Serialize) -> Result<(), Problem> {
        if self.admits(version) {
            Ok(())
        } else {
            Err(outdated(version, thing))
        }
    }
}

/// Answers with `thing` as JSON and with its tag; with 304 to whoever has it already.
pub fn json(asked: &HeaderMap, version: i64, thing: &impl Serialize) -> Result<Response, Problem> {
    let body = bytes(thing)?;
    let tag = tag_of(version, &body);
    let is_known = tag::is_known(asked, &tag);
    let tag = HeaderValue::try_from(tag).expect("digits and quotes are visible ASCII");
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let kind = HeaderValue::from_static("application/json");
    Ok(([(header::ETAG, tag), (header::CONTENT_TYPE, kind)], body).into_response())
}

/// 412: somebody else changed the thing; this is what it has become.
pub fn outdated(version: i64, thing: &impl Serialize) -> Problem {
    let detail = "it was changed meanwhile; `current` is what it has become".to_owned();
    let problem = Problem::new(StatusCode::PRECONDITION_FAILED, Some(detail));
    match (bytes(thing), serde_json::to_value(thing)) {
        (Ok(body), Ok(current)) => problem.with_current(current, tag_of(version, &body)),
        _ => problem,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(&parts.headers)
    }
}

/// A weak tag names nothing here (RFC 9110 wants the strong comparison); a foreign one names no version of ours.
pub fn read(headers: &HeaderMap) -> Result<IfMatch, Problem> {
    let mut lines = headers.get_all(header::IF_MATCH).into_iter().peekable();
    if lines.peek().is_none() {
        let detail = "say by If-Match which version is to be changed: the ETag of the answer you have".to_owned();
        return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, Some(detail)));
    }
    let tags = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    let mut versions = Vec::new();
    for tag in tags.map(str::trim).take(TAGS_MAX) {
        if tag == "*" {
            return Ok(IfMatch(None));
        }
        versions.extend(version_in(tag));
    }
    Ok(IfMatch(Some(versions)))
}

fn version_in(tag: &str) -> Option<i64> {
    let inside = tag.strip_prefix('"')?.strip_suffix('"')?;
    inside.split_once('.')?.0.parse().ok()
}

fn tag_of(version: i64, body: &[u8]) -> String {
    format!("\"{version}.{}\"", tag::digest(body))
}

fn bytes(thing: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(thing).map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_let_through_by_the_version_it_knows() {
        for (sent, version, admitted) in [
            ("\"7.abc\"", 7, true),
            ("\"7.def\"", 7, true),
            ("\"6.abc\", \"7.abc\"", 7, true),
            ("*", 7, true),
            ("\"6.abc\"", 7, false),
            ("W/\"7.abc\"", 7, false),
            ("\"7\"", 7, false),
            ("7.abc", 7, false),
            ("", 7, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(sent));
            assert_eq!(read(&headers).unwrap().admits(version), admitted, "{sent}");
        }
        assert!(read(&HeaderMap::new()).is_err());
    }
}
