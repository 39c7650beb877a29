//! `/api/v1/sources`.

pub mod change;
pub mod import;

use axum::extract::{OriginalUri, Path, State as Shared};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::source::{Slug, Source};
use crate::domain::time::Timestamp;
use crate::http::caller::Reads;
use crate::http::error::Problem;
use crate::http::paging::{self, Asked, Listed, PageQuery, page};
use crate::http::precondition;
use crate::http::state::State;
use crate::store::polls::Attempt;

/// Attempts shown of a source.
const ATTEMPTS_SHOWN: u32 = 50;

/// A place we read.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceAnswer {
    /// Its name for programs.
    id: String,
    /// Its name for people.
    name: String,
    /// How it is read: `feed`, `page` or `sitemap`.
    kind: &'static str,
    /// What is polled.
    link: String,
    /// The site people know.
    home: Option<String>,
    /// The language it is declared to write in.
    language: Option<String>,
    /// What it writes about.
    topics: Vec<String>,
    /// Whether `sources.toml` holds it.
    declared: bool,
    /// Its health in a word.
    health: String,
    /// Since when it has that health.
    #[schema(value_type = Option<String>, format = DateTime)]
    health_since: Option<Timestamp>,
    /// When it was last polled.
    #[schema(value_type = Option<String>, format = DateTime)]
    polled_at: Option<Timestamp>,
    /// When it is polled next; none if it is not polled any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_poll_at: Option<Timestamp>,
    /// Failed polls in a row.
    failures: u32,
    /// Whether an editor set it aside for a while.
    paused: bool,
    /// Since when it is not polled any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    retired_at: Option<Timestamp>,
}

/// A source with its last attempts.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceWithAttempts {
    /// The source.
    source: SourceAnswer,
    /// Its last polls, newest first.
    attempts: Vec<AttemptAnswer>,
}

/// One poll of a source.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptAnswer {
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// How long it took, in milliseconds, waiting for its turn not counted.
    took_ms: i64,
    /// `ok`, `unchanged`, `empty-ok`, `moved`, `gone`, `refused` or `error`.
    outcome: String,
    /// The HTTP status, where there was one.
    status: Option<i64>,
    /// Bytes as sent.
    bytes: i64,
    /// Entries listed.
    listed: i64,
    /// Entries newly stored.
    items: i64,
    /// Why, where the outcome is no success.
    reason: Option<String>,
    /// What was odd.
    warnings: Vec<String>,
}

/// The sources, retired ones left out
#[utoipa::path(get, path = "/sources", tag = "sources", params(PageQuery),
    responses((status = OK, body = Listed<SourceAnswer>), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    _: Reads,
    Shared(state): Shared<State>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let (limit, cursor) = (
        paging::limit(asked.limit.as_deref())?,
        paging::cursor("sources", asked.cursor.as_deref())?,
    );
    let after = cursor.map_or(0, |(_, id)| id);
    let sources = state.store.sources_after(after, limit + 1).await?;
    let listed: Listed<SourceAnswer> = paging::cut("sources", sources, limit, |last| (0, last.id.0));
    Ok(page(&uri.to_string(), listed))
}

/// A source and its last attempts
#[utoipa::path(get, path = "/sources/{id}", tag = "sources", params(("id" = String, Path, description = "The source's name for programs")),
    responses((status = OK, body = SourceWithAttempts, headers(("ETag" = String, description = "Changes with the answer"))), (status = NOT_MODIFIED, description = "As `If-None-Match` has it"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    _: Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let source = find(&state, &id).await?;
    let attempts = state.store.attempts(source.id, ATTEMPTS_SHOWN).await?;
    let attempts = attempts.into_iter().map(AttemptAnswer::from).collect();
    let version = source.version;
    let source = source.into();
    precondition::json(&headers, version, &SourceWithAttempts { source, attempts })
}

/// The source called `id`.
pub async fn find(state: &State, id: &str) -> Result<Source, Problem> {
    let missing = || Problem::not_found("source");
    let slug = Slug::parse(id).ok_or_else(missing)?;
    state.store.source(&slug).await?.ok_or_else(missing)
}

impl From<Source> for SourceAnswer {
    fn from(source: Source) -> Self {
        let polled = source.retired_at.is_none() && source.gone_at.is_none() && !source.paused;
        let declared = source.declared;
        Self {
            id: declared.slug.to_string(),
            name: declared.name,
            kind: declared.kind.as_str(),
            link: declared.link.to_string(),
            home: declared.home.map(|home| home.to_string()),
            language: declared.language.map(|language| language.to_string()),
            topics: declared.topics,
            declared: source.in_file,
            health: source.health.0,
            health_since: source.health.1,
            polled_at: source.polled_at,
            next_poll_at: polled.then_some(source.next_poll_at),
            failures: source.failures,
            paused: source.paused,
            retired_at: source.retired_at,
        }
    }
}

impl From<Attempt> for AttemptAnswer {
    fn from(attempt: Attempt) -> Self {
        Self {
            at: attempt.at,
            took_ms: attempt.took_ms,
            outcome: attempt.outcome,
            status: attempt.status,
            bytes: attempt.bytes,
            listed: attempt.listed,
            items: attempt.fresh,
            reason: attempt.reason,
            warnings: attempt.warnings,
        }
    }
}
