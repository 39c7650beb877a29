//! What the headers of an answer say.

use reqwest::header::{HeaderMap, HeaderValue};

use crate::domain::freshness::{CacheHeaders, Freshness, Validators};
use crate::domain::link::Link;
use crate::domain::time::Timestamp;

pub(super) struct Head {
    pub(super) content_type: Option<String>,
    pub(super) validators: Validators,
    pub(super) freshness: Freshness,
    pub(super) content_location: Option<Link>,
}

impl Head {
    /// Reads the headers that `link` answered with.
    pub(super) fn read(headers: &HeaderMap, link: &Link, now: Timestamp) -> Self {
        let [control, age, expires, date] =
            ["cache-control", "age", "expires", "date"].map(|name| first(headers, name));
        let cache = CacheHeaders {
            cache_control: control.as_deref(),
            age: age.as_deref(),
            expires: expires.as_deref(),
            date: date.as_deref(),
        };
        Self {
            content_type: first(headers, "content-type"),
            validators: Validators::new(link.clone(), first(headers, "etag"), first(headers, "last-modified")),
            freshness: Freshness::read(cache, now),
            content_location: first(headers, "content-location").and_then(|text| link.join(&text)),
        }
    }
}

/// The first header of that name, each byte a char (latin-1), so that [`to_value`] gives back the same bytes.
pub(super) fn first(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .map(|value| value.as_bytes().iter().copied().map(char::from).collect())
}

/// The bytes behind a text of [`first`]. `None` if it is none, which a damaged database could give.
pub(super) fn to_value(text: &str) -> Option<HeaderValue> {
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    HeaderValue::from_bytes(&bytes?).ok()
}

/// The size of all headers as HTTP/1.1 would write them.
pub(super) fn bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}
