//! How the pages look: one file, under a name that changes with it, so that it may be kept for ever.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::http::tag;

const STYLE: &str = include_str!("style.css");
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Where the style lies.
pub fn path() -> String {
    format!("/assets/style-{}.css", tag::digest(STYLE.as_bytes()))
}

/// Answers with it.
pub async fn show(asked: HeaderMap) -> Response {
    let mut response = tag::bytes(&asked, "text/css; charset=utf-8", STYLE);
    response.headers_mut().insert(header::CACHE_CONTROL, FOR_EVER);
    response
}
