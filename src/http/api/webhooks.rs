//! `/api/v1/webhooks`: who is told of events.

use axum::extract::{OriginalUri, Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::deliveries::DeliveryAnswer;
use super::public_id;
use crate::domain::editor::ShownName;
use crate::domain::event::EventKind;
use crate::domain::link::Link;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{SigningSecret, WebhookId};
use crate::http::body::{Body, set};
use crate::http::caller::Admins;
use crate::http::error::Problem;
use crate::http::once::Kept;
use crate::http::paging::{self, Asked, Listed, PageQuery, page};
use crate::http::precondition::{self, IfMatch, outdated};
use crate::http::state::State;
use crate::store::webhooks::{NewWebhook, WEBHOOKS_MAX, Webhook, WebhookChange};

/// Bytes of an address.
const LINK_BYTES_MAX: usize = 2048;

/// A webhook to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookWish {
    /// Its name for people.
    #[schema(value_type = String, min_length = 1, max_length = 80)]
    name: ShownName,
    /// Where it is told, by POST.
    #[schema(max_length = 2048)]
    link: String,
    /// What it is told of; everything, if none is named.
    #[schema(value_type = Vec<String>, max_items = 13)]
    #[serde(default)]
    kinds: Vec<EventKind>,
}

/// What is to be otherwise: a merge patch (RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookPatch {
    /// Its name for people.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, min_length = 1, max_length = 80)]
    name: Option<ShownName>,
    /// Where it is told, by POST.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, max_length = 2048)]
    link: Option<String>,
    /// What it is told of; everything, if none is named.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = Vec<String>, max_items = 13)]
    kinds: Option<Vec<EventKind>>,
    /// Whether it is told anything.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = bool)]
    enabled: Option<bool>,
}

/// A webhook, without what its messages are signed with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookAnswer {
    /// Its name for programs.
    id: String,
    /// Its name for people.
    name: String,
    /// Where it is told.
    link: String,
    /// What it is told of; empty for everything.
    #[schema(value_type = Vec<String>)]
    kinds: Vec<EventKind>,
    /// Whether it is told anything.
    enabled: bool,
    /// Since when it is not.
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Timestamp>,
    /// Why, if that was not somebody's wish.
    disabled_because: Option<String>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
}

/// A webhook that was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookMade {
    /// The webhook.
    webhook: WebhookAnswer,
    /// What its messages are signed with, as Standard Webhooks writes it. It is told this once; an answer sent again has none.
    secret: Option<String>,
}

/// The webhooks, the oldest first
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", params(PageQuery),
    responses((status = OK, body = Listed<WebhookAnswer>), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    _: Admins,
    Shared(state): Shared<State>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<PageQuery>,
) -> Result<Response, Problem> {
    let (limit, cursor) = (
        paging::limit(asked.limit.as_deref())?,
        paging::cursor("webhooks", asked.cursor.as_deref())?,
    );
    let after = WebhookId(cursor.map_or(0, |(_, id)| id));
    let webhooks = state.store.webhooks_after(after, limit + 1).await?;
    let listed: Listed<WebhookAnswer> = paging::cut("webhooks", webhooks, limit, |last| (0, last.id.0));
    Ok(page(&uri.to_string(), listed))
}

/// Add a webhook
///
/// Messages follow Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature`, and a body of `type`,
/// `timestamp` and `data`. Each is sent at least once, always under the same id. The secret is in the answer and nowhere else.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = WebhookWish,
    responses((status = CREATED, body = WebhookMade), (status = CONFLICT, description = "There are too many", body = Problem, content_type = "application/problem+json")))]
pub async fn add(
    Admins(caller): Admins,
    Shared(state): Shared<State>,
    Body(wish): Body<WebhookWish>,
) -> Result<Response, Problem> {
    let secret = SigningSecret::of(&(state.fresh_secret)());
    let new = NewWebhook {
        public_id: (state.fresh_id)(),
        name: wish.name.into(),
        link: reachable(&state, &wish.link).await?,
        secret: secret.clone(),
        kinds: wanted(wish.kinds)?,
        by: caller.id,
        at: state.clock.now(),
    };
    let added = state.store.add_webhook(new).await?;
    let webhook = added.ok_or_else(|| Problem::conflict(&format!("there are {WEBHOOKS_MAX} webhooks already")))?;
    Ok(made(webhook.into(), &secret))
}

/// A webhook
#[utoipa::path(get, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path, description = "The webhook's name")),
    responses((status = OK, body = WebhookAnswer, headers(("ETag" = String, description = "For `If-Match`"))), (status = NOT_MODIFIED, description = "As `If-None-Match` has it"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    _: Admins,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let webhook = named(&state, &id).await?;
    precondition::json(&headers, webhook.version, &WebhookAnswer::from(webhook))
}

/// Change a webhook
///
/// What waits for one that is switched off is not sent any more.
#[utoipa::path(patch, path = "/webhooks/{id}", tag = "webhooks", request_body = WebhookPatch,
    params(("id" = String, Path, description = "The webhook's name"), ("If-Match" = String, Header, description = "The `ETag` of what is to be changed")),
    responses((status = OK, body = WebhookAnswer, headers(("ETag" = String, description = "Of what it is now"))), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn change(
    _: Admins,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    if_match: IfMatch,
    Body(patch): Body<WebhookPatch>,
) -> Result<Response, Problem> {
    let webhook = named(&state, &id).await?;
    if_match.check(webhook.version, &WebhookAnswer::from(webhook.clone()))?;
    let change = patch.read(&state, &webhook).await?;
    let now = state.clock.now();
    match state
        .store
        .change_webhook(webhook.id, webhook.version, change, now)
        .await?
    {
        Some(webhook) => precondition::json(&HeaderMap::new(), webhook.version, &WebhookAnswer::from(webhook)),
        None => Err(changed_meanwhile(&state, &id).await),
    }
}

/// Delete a webhook and the log of its deliveries
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "The webhook's name"), ("If-Match" = String, Header, description = "The `ETag` of what is to be deleted")),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn remove(
    _: Admins,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let webhook = named(&state, &id).await?;
    if_match.check(webhook.version, &WebhookAnswer::from(webhook.clone()))?;
    if state.store.delete_webhook(webhook.id, webhook.version).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(changed_meanwhile(&state, &id).await)
    }
}

/// Send a webhook a test message
#[utoipa::path(post, path = "/webhooks/{id}/test", tag = "webhooks", params(("id" = String, Path, description = "The webhook's name")),
    responses((status = ACCEPTED, body = DeliveryAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "It is switched off", body = Problem, content_type = "application/problem+json")))]
pub async fn test(_: Admins, Shared(state): Shared<State>, Path(id): Path<String>) -> Result<Response, Problem> {
    let webhook = named(&state, &id).await?;
    if webhook.disabled.is_some() {
        return Err(Problem::conflict("the webhook is switched off; switch it on first"));
    }
    let now = state.clock.now();
    let delivery = state.store.test_webhook(&webhook, &(state.fresh_id)(), now).await?;
    let delivery = state.store.delivery(delivery).await?;
    let delivery = delivery.ok_or_else(|| Problem::not_found("delivery"))?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryAnswer::from(delivery))).into_response())
}

/// The webhook of that public name.
pub async fn named(state: &State, id: &str) -> Result<Webhook, Problem> {
    let webhook = state.store.webhook(&public_id(id, "webhook")?).await?;
    webhook.ok_or_else(|| Problem::not_found("webhook"))
}

async fn changed_meanwhile(state: &State, id: &str) -> Problem {
    match named(state, id).await {
        Ok(webhook) => outdated(webhook.version, &WebhookAnswer::from(webhook)),
        Err(problem) => problem,
    }
}

/// An address that may be called now. It is judged again with each message.
pub async fn reachable(state: &State, text: &str) -> Result<Link, Problem> {
    let link = Link::parse(text).filter(|_| text.len() <= LINK_BYTES_MAX);
    let link = link.ok_or_else(|| Problem::bad_field("/link", "not an address of the web: http:// or https://…"))?;
    let judged = state.fetcher.may_call(&link).await;
    judged.map_err(|why| Problem::bad_field("/link", &format!("messages cannot be sent there: {why}")))?;
    Ok(link)
}

fn wanted(kinds: Vec<EventKind>) -> Result<Vec<EventKind>, Problem> {
    if kinds.len() <= EventKind::ALL.len() {
        Ok(kinds)
    } else {
        Err(Problem::bad_field("/kinds", "there are not so many kinds"))
    }
}

fn made(webhook: WebhookAnswer, secret: &SigningSecret) -> Response {
    let kept = WebhookMade {
        webhook: webhook.clone(),
        secret: None,
    };
    let kept = Kept(serde_json::to_string(&kept).unwrap_or_default());
    let place = [(header::LOCATION, format!("/api/v1/webhooks/{}", webhook.id))];
    let secret = Some(secret.expose().to_owned());
    let answer = WebhookMade { webhook, secret };
    (StatusCode::CREATED, Extension(kept), place, Json(answer)).into_response()
}

impl WebhookPatch {
    /// How the webhook is to be. An address that stays is not judged again: switching off works whatever it is.
    async fn read(self, state: &State, webhook: &Webhook) -> Result<WebhookChange, Problem> {
        let link = match self.link {
            Some(link) if link != webhook.link.as_str() => reachable(state, &link).await?,
            _ => webhook.link.clone(),
        };
        Ok(WebhookChange {
            name: self.name.map_or_else(|| webhook.name.clone(), String::from),
            link,
            kinds: wanted(self.kinds.unwrap_or_else(|| webhook.kinds.clone()))?,
            enabled: self.enabled.unwrap_or(webhook.disabled.is_none()),
        })
    }
}

impl From<Webhook> for WebhookAnswer {
    fn from(webhook: Webhook) -> Self {
        let (disabled_at, disabled_because) = webhook.disabled.map_or((None, None), |(at, why)| (Some(at), why));
        Self {
            id: webhook.public_id,
            name: webhook.name,
            link: webhook.link.to_string(),
            kinds: webhook.kinds,
            enabled: disabled_at.is_none(),
            disabled_at,
            disabled_because,
            made_at: webhook.made_at,
        }
    }
}
