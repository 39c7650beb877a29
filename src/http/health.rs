//! How the program is: for supervisors and for Prometheus.

use axum::extract::State as Shared;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::caller::caller;
use super::client::Client;
use super::error::Problem;
use super::state::State;
use crate::domain::editor::Scope;

/// What a scraper wants to hear (the OpenMetrics text form).
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The program runs.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// The program can do its work: the database answers and both indexes have caught up once.
pub async fn ready(Shared(state): Shared<State>) -> Response {
    match state.store.revision().await {
        Ok(_) if state.has_caught_up() && state.has_printed_caught_up() => "ready\n".into_response(),
        Ok(_) => problem("the index has not caught up yet").into_response(),
        Err(_) => problem("the database does not answer").into_response(),
    }
}

/// Figures, each made from the database and the index at the moment of asking: nothing is counted here on the side. For programs on
/// this machine, and for who may set things up.
pub async fn metrics(Shared(state): Shared<State>, client: Client, mut parts: Parts) -> Result<Response, Problem> {
    if !client.is_local {
        caller(&mut parts, &state).await?.must(Scope::Admin)?;
    }
    let now = state.clock.now();
    let mut registry = Registry::with_prefix("docent");
    let sources = Family::<[(&'static str, String); 1], Gauge>::default();
    for (health, count) in state.store.count_sources_by_health().await? {
        sources.get_or_create(&[("health", health)]).set(count);
    }
    registry.register("sources", "Sources that are read, by health", sources);
    let due = state.store.next_due().await?.map_or(0, |due| now.since(due).as_secs());
    gauge(
        &mut registry,
        "poll_overdue_seconds",
        "How long the longest due source has been due",
        signed(due),
    );
    gauge(
        &mut registry,
        "stories",
        "Stories that live",
        signed(state.store.count_stories().await?),
    );
    gauge(
        &mut registry,
        "stories_indexed",
        "Stories in the index",
        signed(state.index.count()),
    );
    gauge(
        &mut registry,
        "picks_indexed",
        "Picks in the index that readers search",
        signed(state.printed.count()),
    );
    let revision = state.store.revision().await?;
    gauge(&mut registry, "revision", "Write transactions so far", revision.0);
    gauge(
        &mut registry,
        "index_revision",
        "The last revision the index has looked at",
        state.index.cursor().revision,
    );
    let repairs = Counter::<u64>::default();
    repairs.inc_by(state.index.repairs() + state.printed.repairs());
    registry.register(
        "index_repairs",
        "Stories and picks in which an index had to be mended, since the program started",
        repairs,
    );
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None))?;
    Ok(([(header::CONTENT_TYPE, METRICS_TYPE)], text).into_response())
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn problem(detail: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, Some(detail.to_owned()))
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
