//! `/api/v1/webhooks/{id}/deliveries` and `/api/v1/deliveries`: what webhooks were sent, and what came of it.

use axum::Json;
use axum::extract::{OriginalUri, Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::webhooks::named;
use crate::domain::event::EventKind;
use crate::domain::time::Timestamp;
use crate::domain::webhook::DeliveryId;
use crate::http::caller::Admins;
use crate::http::error::Problem;
use crate::http::paging::{self, Asked, Listed, PageQuery, page};
use crate::http::state::State;
use crate::store::deliveries::Delivery;

/// One event on its way to one webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryAnswer {
    /// Its name for programs.
    id: String,
    /// The event's id: what is sent as `webhook-id`.
    event: String,
    /// What happened.
    #[schema(value_type = String)]
    kind: EventKind,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `waiting`, `done` or `failed`.
    state: &'static str,
    /// Tries that were begun.
    tries: i64,
    /// When the last one was.
    #[schema(value_type = Option<String>, format = DateTime)]
    tried_at: Option<Timestamp>,
    /// When it is tried next.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
    /// The status of the last answer.
    status: Option<i64>,
    /// Why the last try was no success.
    reason: Option<String>,
}

/// What a webhook was sent, newest first
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "webhooks", params(("id" = String, Path, description = "The webhook's name"), PageQuery),
    responses((status = OK, body = Listed<DeliveryAnswer>), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    _: Admins,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let (limit, cursor) = (
        paging::limit(asked.limit.as_deref())?,
        paging::cursor("deliveries", asked.cursor.as_deref())?,
    );
    let webhook = named(&state, &id).await?;
    let before = DeliveryId(cursor.map_or(i64::MAX, |(_, id)| id));
    let deliveries = state.store.deliveries(webhook.id, before, limit + 1).await?;
    let listed: Listed<DeliveryAnswer> = paging::cut("deliveries", deliveries, limit, |last| (0, last.id.0));
    Ok(page(&uri.to_string(), listed))
}

/// Send a delivery again
///
/// Under the same id, with all its tries before it.
#[utoipa::path(post, path = "/deliveries/{id}/retry", tag = "webhooks", params(("id" = String, Path, description = "The delivery's name")),
    responses((status = ACCEPTED, body = DeliveryAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "It is on its way, or its webhook is switched off", body = Problem, content_type = "application/problem+json")))]
pub async fn retry(_: Admins, Shared(state): Shared<State>, Path(id): Path<String>) -> Result<Response, Problem> {
    let missing = || Problem::not_found("delivery");
    let id = id.parse().map(DeliveryId).map_err(|_| missing())?;
    state.store.delivery(id).await?.ok_or_else(missing)?;
    if !state.store.send_again(id, state.clock.now()).await? {
        return Err(Problem::conflict(
            "it is on its way just now, or its webhook is switched off",
        ));
    }
    let delivery = state.store.delivery(id).await?.ok_or_else(missing)?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryAnswer::from(delivery))).into_response())
}

impl From<Delivery> for DeliveryAnswer {
    fn from(delivery: Delivery) -> Self {
        let state = match (delivery.done_at, delivery.failed_at) {
            (Some(_), _) => "done",
            (None, Some(_)) => "failed",
            (None, None) => "waiting",
        };
        Self {
            id: delivery.id.0.to_string(),
            event: delivery.event,
            kind: delivery.kind,
            at: delivery.at,
            state,
            tries: delivery.tries,
            tried_at: delivery.tried_at,
            next_at: (state == "waiting").then_some(delivery.next_at),
            status: delivery.status,
            reason: delivery.reason,
        }
    }
}
