//! What readers and other sites fetch: feeds, boxes, inserts, lists of sources. Nobody is asked who they are, no cookie is
//! read or set, and nothing that was not published can be seen.

pub mod asked;
pub mod boxes;
pub mod feeds;
pub mod finished;
pub mod inserts;
pub mod shelf;
pub mod sources;

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use super::error::Problem;
use super::state::State;
use crate::domain::channel::Publisher;

use asked::Asked;
use shelf::Shelf;

/// Who publishes, and what was made for readers.
#[derive(Debug)]
pub struct Publishing {
    /// Who publishes, and where.
    pub publisher: Publisher,
    /// Which sites may show a box in a frame, as `frame-ancestors` has it.
    pub frame_ancestors: String,
    /// Finished answers.
    pub shelf: Shelf,
}

impl Publishing {
    /// With nothing made yet.
    pub fn new(publisher: Publisher, frame_ancestors: String) -> Self {
        Self {
            publisher,
            frame_ancestors,
            shelf: Shelf::default(),
        }
    }
}

/// Answers with what went out in a month: a page, or a feed where the path ends like one.
pub async fn of_month(state: Shared<Arc<State>>, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    if asked.format.is_some() {
        feeds::show(state, headers, asked).await
    } else {
        super::site::list::show(state, headers, asked).await
    }
}

/// A header of our own making. Addresses and digests are ASCII, so this never is the empty one.
pub(super) fn header(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static(""))
}
