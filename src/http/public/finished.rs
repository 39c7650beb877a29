//! An answer that is made once and sent often: its bytes in each encoding, and the headers by which it is kept elsewhere.

use std::sync::OnceLock;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;

use super::header;
use crate::domain::time::Timestamp;
use crate::http::tag;

/// Shorter bodies are sent as they are.
const PACKED_BYTES_MIN: usize = 1024;
/// How hard br tries, from 0 to 11; beyond this it takes ten times as long for a few bytes.
const BROTLI_QUALITY: u32 = 5;
/// Bytes that br looks back, as a power of two.
const BROTLI_WINDOW: u32 = 22;
/// Lets pages of every site use what is public, also those that are cut off from others.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What somebody made, to be finished.
#[derive(Debug)]
pub struct Made {
    /// Its media type with its charset.
    pub kind: &'static str,
    /// How long it may be kept.
    pub lifetime: &'static str,
    /// Headers besides those that every answer has.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// An answer, ready to be sent.
#[derive(Debug)]
pub struct Finished {
    tag: String,
    changed_at: Timestamp,
    last_modified: HeaderValue,
    whole: HeaderMap,
    unchanged: HeaderMap,
    body: Bytes,
    gzip: OnceLock<Bytes>,
    brotli: OnceLock<Bytes>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Finished {
    /// Finishes what was made of things that last changed at `changed_at`. The tag is made of the bytes, so it changes with whatever changes them, and with nothing else.
    pub fn new(made: Made, changed_at: Timestamp) -> Self {
        let tag = format!("\"{}\"", tag::digest(&made.body));
        let last_modified = header(&date(changed_at));
        let mut unchanged = HeaderMap::from_iter([
            (ETAG, header(&tag)),
            (LAST_MODIFIED, last_modified.clone()),
            (CACHE_CONTROL, HeaderValue::from_static(made.lifetime)),
            (VARY, HeaderValue::from_static("accept-encoding")),
            (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        ]);
        let mut whole = unchanged.clone();
        whole.insert(CONTENT_TYPE, HeaderValue::from_static(made.kind));
        whole.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        whole.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
        for (name, value) in made.headers {
            if name == axum::http::header::LINK {
                unchanged.append(name.clone(), value.clone());
            }
            whole.append(name, value);
        }
        Self {
            tag,
            changed_at,
            last_modified,
            whole,
            unchanged,
            body: made.body.into(),
            gzip: OnceLock::new(),
            brotli: OnceLock::new(),
        }
    }

    /// About how many bytes it takes to keep it.
    pub fn weight(&self) -> usize {
        self.body.len().saturating_mul(2)
    }

    /// Answers who asked so: with 304 if they have it already.
    pub fn answer(&self, asked: &HeaderMap) -> Response {
        if self.is_known(asked) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.headers_mut() = self.unchanged.clone();
            return response;
        }
        let (encoding, bytes) = self.packed(asked);
        let mut headers = self.whole.clone();
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        headers.insert(CONTENT_LENGTH, bytes.len().into());
        let mut response = Response::new(Body::from(bytes));
        *response.headers_mut() = headers;
        response
    }

    /// What they sent of tags wins over what they sent of dates (RFC 9110).
    fn is_known(&self, asked: &HeaderMap) -> bool {
        if asked.contains_key(IF_NONE_MATCH) {
            return tag::is_known(asked, &self.tag);
        }
        let Some(since) = asked.get(IF_MODIFIED_SINCE) else {
            return false;
        };
        since == self.last_modified
            || since
                .to_str()
                .ok()
                .and_then(instant)
                .is_some_and(|since| self.changed_at.millis().div_euclid(1000) <= since.millis().div_euclid(1000))
    }

    fn packed(&self, asked: &HeaderMap) -> (Option<&'static str>, Bytes) {
        let encoding = if self.body.len() < PACKED_BYTES_MIN {
            Encoding::Identity
        } else {
            wanted(asked)
        };
        match encoding {
            Encoding::Identity => (None, self.body.clone()),
            Encoding::Gzip => (Some("gzip"), self.gzip.get_or_init(|| gzip(&self.body)).clone()),
            Encoding::Brotli => (Some("br"), self.brotli.get_or_init(|| brotli(&self.body)).clone()),
        }
    }
}

/// The best encoding that they take. `*` and odd weights are passed over: bytes as they are suit everybody.
fn wanted(asked: &HeaderMap) -> Encoding {
    let lines = asked.get_all(ACCEPT_ENCODING).into_iter();
    let named = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    let mut best = Encoding::Identity;
    for one in named {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight
            .trim()
            .strip_prefix("q=")
            .map_or(Some(1.0), |q| q.trim().parse::<f32>().ok());
        if weight.is_none_or(|weight| weight <= 0.0) {
            continue;
        }
        match name.trim() {
            name if name.eq_ignore_ascii_case("br") => best = Encoding::Brotli,
            name if name.eq_ignore_ascii_case("gzip") && best == Encoding::Identity => best = Encoding::Gzip,
            _ => {}
        }
    }
    best
}

fn gzip(body: &[u8]) -> Bytes {
    use std::io::Write as _;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let packed = packer.write_all(body).and_then(|()| packer.finish());
    packed.expect("a Vec takes every write").into()
}

fn brotli(body: &[u8]) -> Bytes {
    use std::io::Write as _;
    let mut packed = Vec::new();
    let mut packer = brotli::CompressorWriter::new(&mut packed, 4096, BROTLI_QUALITY, BROTLI_WINDOW);
    packer.write_all(body).expect("a Vec takes every write");
    drop(packer);
    packed.into()
}

/// As HTTP writes dates.
fn date(at: Timestamp) -> String {
    at.to_jiff().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A date as HTTP writes it; the two forms of the last century are passed over.
fn instant(text: &str) -> Option<Timestamp> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text);
    date.ok().map(Timestamp::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished() -> Finished {
        let made = Made {
            kind: "text/plain; charset=utf-8",
            lifetime: "public, max-age=900",
            headers: Vec::new(),
            body: "long ".repeat(1000).into_bytes(),
        };
        Finished::new(made, Timestamp::parse("2026-03-02T12:00:00.250Z").unwrap())
    }

    fn asked(headers: &[(HeaderName, &str)]) -> HeaderMap {
        headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn who_has_it_already_is_told_so() {
        let finished = finished();
        let own = finished.tag.clone();
        for (headers, status) in [
            (vec![], 200),
            (vec![(IF_NONE_MATCH, own.as_str())], 304),
            (vec![(IF_NONE_MATCH, "\"other\"")], 200),
            (vec![(IF_MODIFIED_SINCE, "Mon, 02 Mar 2026 12:00:00 GMT")], 304),
            (vec![(IF_MODIFIED_SINCE, "Mon, 02 Mar 2026 11:59:59 GMT")], 200),
            (vec![(IF_MODIFIED_SINCE, "Tue, 03 Mar 2026 00:00:00 GMT")], 304),
            (vec![(IF_MODIFIED_SINCE, "yesterday")], 200),
            (
                vec![
                    (IF_NONE_MATCH, "\"other\""),
                    (IF_MODIFIED_SINCE, "Mon, 02 Mar 2026 12:00:00 GMT"),
                ],
                200,
            ),
        ] {
            let response = finished.answer(&asked(&headers));
            assert_eq!(response.status(), status, "{headers:?}");
            assert_eq!(response.headers()[ETAG], own);
            assert_eq!(response.headers()[CACHE_CONTROL], "public, max-age=900");
            assert_eq!(response.headers()[VARY], "accept-encoding");
        }
    }

    #[test]
    fn the_body_is_packed_as_they_can_open_it() {
        let finished = finished();
        for (accept, encoding) in [
            (None, None),
            (Some("gzip"), Some("gzip")),
            (Some("gzip, deflate, br"), Some("br")),
            (Some("br;q=0, GZIP;q=0.5"), Some("gzip")),
            (Some("gzip;q=0"), None),
            (Some("gzip;q=x"), None),
            (Some("*"), None),
        ] {
            let headers: Vec<_> = accept.map(|accept| (ACCEPT_ENCODING, accept)).into_iter().collect();
            let response = finished.answer(&asked(&headers));
            let sent = response
                .headers()
                .get(CONTENT_ENCODING)
                .map(|sent| sent.to_str().unwrap());
            assert_eq!(sent, encoding, "{accept:?}");
        }
    }
}
