//! Answers that a client may keep: a strong `ETag`, and 304 to whoever has it already.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::error::Problem;

/// Bytes of the digest that become the tag.
const TAG_BYTES: usize = 16;

/// Answers with `thing` as JSON.
pub fn json(asked: &HeaderMap, thing: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(thing).map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None))?;
    Ok(bytes(asked, "application/json", body))
}

/// Answers with `body`. The tag is made of the very bytes, so it changes with whatever changes them, and with nothing else.
pub fn bytes(asked: &HeaderMap, kind: &'static str, body: impl Into<Vec<u8>>) -> Response {
    let body = body.into();
    let tag = format!("\"{}\"", digest(&body));
    let known = is_known(asked, &tag);
    let Ok(tag) = HeaderValue::from_str(&tag) else {
        return body.into_response();
    };
    if known {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let headers = [
        (header::ETAG, tag),
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
    ];
    (headers, body).into_response()
}

/// A name for these bytes, in hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let number = digest
        .iter()
        .take(TAG_BYTES)
        .fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    format!("{number:032x}")
}

/// Whether `If-None-Match` names `tag`, compared weakly, as RFC 9110 wants for it.
pub fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let lines = asked.get_all(header::IF_NONE_MATCH).into_iter();
    let known = lines.filter_map(|line| line.to_str().ok());
    known
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|own| own == "*" || own.strip_prefix("W/").unwrap_or(own) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_in_each_way_to_write_it() {
        for (asked, known) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(asked));
            assert_eq!(is_known(&headers, "\"a\""), known, "{asked}");
        }
        assert!(!is_known(&HeaderMap::new(), "\"a\""));
    }
}
