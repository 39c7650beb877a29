//! The box that other sites show.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header::REFERRER_POLICY};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use super::finished::Made;
use super::header;
use super::shelf::{self, Wanted};
use crate::domain::channel::{Channel, Document, Scope};
use crate::domain::source::Slug;
use crate::http::error::Problem;
use crate::http::state::State;
use crate::http::tag;
use crate::publish::embed::{self, COUNT_DEFAULT, COUNT_MAX, FRAME_SCRIPT, FRAME_STYLE, Shape, Theme};

const LIFETIME: &str = "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400";
const SCRIPT_LIFETIME: HeaderValue = HeaderValue::from_static("public, max-age=86400, stale-while-revalidate=604800");
const HTML: &str = "text/html; charset=utf-8";

/// How a box is wanted. What is not known is passed over: a box on somebody's page had better show something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// How much it shows.
    pub shape: Shape,
    /// Light or dark; as the reader prefers if neither is said.
    pub theme: Option<Theme>,
}

/// Answers with a page for a frame.
pub async fn frame(
    Shared(state): Shared<Arc<State>>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let look = Look::read(query.as_deref().unwrap_or_default());
    let list = Slug::parse(&slug).ok_or_else(|| Problem::not_found("list"))?;
    let wanted = Wanted {
        name: &format!("frame {list} {look:?}"),
        list: Some(&list),
        ends: false,
    };
    shelf::answer(&state, &headers, wanted, async || {
        let channel = channel(&state, &list).await?;
        Ok(Made {
            kind: HTML,
            lifetime: LIFETIME,
            headers: framed(&state.publishing.frame_ancestors),
            body: embed::frame(&channel, look.shape, look.theme).into_bytes(),
        })
    })
    .await
}

/// Answers with a piece of HTML.
pub async fn fragment(
    Shared(state): Shared<Arc<State>>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let look = Look::read(query.as_deref().unwrap_or_default());
    let list = Slug::parse(&slug).ok_or_else(|| Problem::not_found("list"))?;
    let wanted = Wanted {
        name: &format!("fragment {list} {:?}", look.shape),
        list: Some(&list),
        ends: false,
    };
    shelf::answer(&state, &headers, wanted, async || {
        let channel = channel(&state, &list).await?;
        Ok(Made {
            kind: HTML,
            lifetime: LIFETIME,
            headers: Vec::new(),
            body: embed::fragment(&channel, look.shape).into_bytes(),
        })
    })
    .await
}

/// Answers with the script for other sites.
pub async fn script(headers: HeaderMap) -> Response {
    let mut response = tag::bytes(&headers, "text/javascript; charset=utf-8", embed::SCRIPT);
    let own = response.headers_mut();
    own.insert(CACHE_CONTROL, SCRIPT_LIFETIME);
    own.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    response
}

/// The headers of a page that may stand in a frame of the sites named.
pub fn framed(ancestors: &str) -> Vec<(HeaderName, HeaderValue)> {
    // Our own page shows the box too, where it may be shown at all.
    let ancestors = match ancestors {
        "*" | "'none'" | "'self'" => ancestors.to_owned(),
        sites => format!("'self' {sites}"),
    };
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src 'self' https:; base-uri 'none'; form-action 'none'; \
         frame-ancestors {ancestors}",
        digest(FRAME_STYLE),
        digest(FRAME_SCRIPT)
    );
    vec![
        (CONTENT_SECURITY_POLICY, header(&policy)),
        (
            REFERRER_POLICY,
            HeaderValue::from_static("strict-origin-when-cross-origin"),
        ),
    ]
}

async fn channel(state: &State, list: &Slug) -> Result<Channel, Problem> {
    let scope = Scope {
        list: Some(list.clone()),
        topic: None,
    };
    let channel = state
        .store
        .channel(&scope, Document::Current, &state.publishing.publisher);
    channel.await?.ok_or_else(|| Problem::not_found("list"))
}

impl Look {
    /// Reads the query of a box's address.
    pub fn read(query: &str) -> Self {
        let mut look = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match (&*name, &*value) {
                ("theme", "light") => look.theme = Some(Theme::Light),
                ("theme", "dark") => look.theme = Some(Theme::Dark),
                ("pictures", "yes") => look.shape.pictures = true,
                ("count", count) => look.shape.count = count.parse().unwrap_or(COUNT_DEFAULT).clamp(1, COUNT_MAX),
                _ => {}
            }
        }
        look
    }

    /// The query that asks for it, without what is so anyway; empty if nothing is left.
    pub fn query(self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if self.shape.count != COUNT_DEFAULT {
            query.append_pair("count", &self.shape.count.to_string());
        }
        if self.shape.pictures {
            query.append_pair("pictures", "yes");
        }
        match self.theme {
            Some(Theme::Light) => query.append_pair("theme", "light"),
            Some(Theme::Dark) => query.append_pair("theme", "dark"),
            None => &mut query,
        };
        query.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_shown_whatever_it_is_asked_for() {
        for (query, count, pictures, theme) in [
            ("", COUNT_DEFAULT, false, None),
            ("count=2&theme=dark", 2, false, Some(Theme::Dark)),
            ("count=0&pictures=yes", 1, true, None),
            ("count=1000&pictures=no", COUNT_MAX, false, None),
            ("count=-1&theme=pink&x", COUNT_DEFAULT, false, None),
        ] {
            let look = Look {
                shape: Shape { count, pictures },
                theme,
            };
            assert_eq!(Look::read(query), look, "{query}");
            assert_eq!(Look::read(&look.query()), look, "{query}");
        }
    }
}
