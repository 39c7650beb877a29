//! Webhooks: who is told of events.

use super::events::insert_event;
use super::leases::NEXT_CLAIM;
use super::{Store, StoreError, json, to_json};
use crate::domain::editor::EditorId;
use crate::domain::event::EventKind;
use crate::domain::link::Link;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{DeliveryId, SigningSecret, WebhookId};

/// Webhooks at the most: each event is written once more for each of them.
pub const WEBHOOKS_MAX: i64 = 50;
/// Why the deliveries of a webhook that is disabled are not made.
const SWITCHED_OFF: &str = "the webhook was switched off";

/// Somebody who is told of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its key.
    pub id: WebhookId,
    /// Its name outside.
    pub public_id: String,
    /// Its name for people.
    pub name: String,
    /// Where it is told.
    pub link: Link,
    /// What it is told of; empty for everything.
    pub kinds: Vec<EventKind>,
    /// When it was added.
    pub made_at: Timestamp,
    /// Since when it is told nothing any more, and why, if that was not an editor's wish.
    pub disabled: Option<(Timestamp, Option<String>)>,
    /// Counts its changes.
    pub version: i64,
}

/// A webhook to be added.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Its name outside, which nothing else has.
    pub public_id: String,
    /// Its name for people.
    pub name: String,
    /// Where it is told.
    pub link: Link,
    /// What its messages are signed with.
    pub secret: SigningSecret,
    /// What it is told of; empty for everything.
    pub kinds: Vec<EventKind>,
    /// Who adds it.
    pub by: EditorId,
    /// When.
    pub at: Timestamp,
}

/// How a webhook is to be from now on.
#[derive(Debug, Clone)]
pub struct WebhookChange {
    /// Its name for people.
    pub name: String,
    /// Where it is told.
    pub link: Link,
    /// What it is told of; empty for everything.
    pub kinds: Vec<EventKind>,
    /// Whether it is told anything.
    pub enabled: bool,
}

#[derive(sqlx::FromRow)]
struct WebhookRow {
    id: WebhookId,
    public_id: String,
    name: String,
    link: Link,
    kinds: String,
    made_at: Timestamp,
    disabled_at: Option<Timestamp>,
    disabled_because: Option<String>,
    version: i64,
}

impl Store {
    /// Adds a webhook. `None` if there are too many.
    pub async fn add_webhook(&self, new: NewWebhook) -> Result<Option<Webhook>, StoreError> {
        let (mut write, _) = self.write().await?;
        let (count,): (i64,) = write.one(COUNT, ()).await?;
        if count >= WEBHOOKS_MAX {
            return Ok(None);
        }
        let kinds = to_json(&new.kinds);
        let parameters = (new.public_id, new.name, new.link, new.secret, kinds, new.at, new.by);
        let row: WebhookRow = write.one(INSERT, parameters).await?;
        write.commit().await?;
        row.try_into().map(Some)
    }

    /// The webhooks behind `after`, oldest first, at most `limit`.
    pub async fn webhooks_after(&self, after: WebhookId, limit: u32) -> Result<Vec<Webhook>, StoreError> {
        let rows: Vec<WebhookRow> = self.db.all(WEBHOOKS_AFTER, (after, i64::from(limit))).await?;
        rows.into_iter().map(Webhook::try_from).collect()
    }

    /// The webhook of that public name.
    pub async fn webhook(&self, public_id: &str) -> Result<Option<Webhook>, StoreError> {
        let row: Option<WebhookRow> = self.db.maybe(WEBHOOK, (public_id.to_owned(),)).await?;
        row.map(Webhook::try_from).transpose()
    }

    /// Changes a webhook that still is of `version`; `None` if it is not. What waits for one that is switched off is not sent
    /// any more, unless somebody asks for it.
    pub async fn change_webhook(
        &self,
        id: WebhookId,
        version: i64,
        change: WebhookChange,
        at: Timestamp,
    ) -> Result<Option<Webhook>, StoreError> {
        let (mut write, _) = self.write().await?;
        write.run(NEXT_CLAIM, ()).await?;
        let kinds = to_json(&change.kinds);
        let parameters = (id, version, change.name, change.link, kinds, change.enabled, at);
        let Some(row): Option<WebhookRow> = write.maybe(CHANGE, parameters).await? else {
            return Ok(None);
        };
        if !change.enabled {
            write.run(GIVE_UP, (id, at, SWITCHED_OFF)).await?;
        }
        write.commit().await?;
        row.try_into().map(Some)
    }

    /// Deletes a webhook that still is of `version`, and the log of its deliveries. Whether it was.
    pub async fn delete_webhook(&self, id: WebhookId, version: i64) -> Result<bool, StoreError> {
        let (mut write, _) = self.write().await?;
        write.run(NEXT_CLAIM, ()).await?;
        let held = write.maybe::<(i64,)>(HOLD, (id, version)).await?;
        if held.is_none() {
            return Ok(false);
        }
        write.run(DELETE_DELIVERIES, (id,)).await?;
        write.run(DELETE, (id,)).await?;
        write.commit().await?;
        Ok(true)
    }

    /// Sends `webhook` a test message, whatever it wants to hear of. The delivery to look for in the log.
    pub async fn test_webhook(
        &self,
        webhook: &Webhook,
        public_id: &str,
        at: Timestamp,
    ) -> Result<DeliveryId, StoreError> {
        let (mut write, _) = self.write().await?;
        let body = serde_json::json!({ "webhook": webhook.public_id, "name": webhook.name });
        let kind = EventKind::WebhookTest;
        let event = insert_event(&mut write, (public_id.to_owned(), kind, at, to_json(&body), false)).await?;
        let (delivery,): (DeliveryId,) = write.one(INSERT_TEST, (event, webhook.id, at)).await?;
        write.commit().await?;
        Ok(delivery)
    }

    /// Tells a webhook nothing any more, since its receiver said that it is gone; `because` is shown to editors.
    pub async fn disable_webhook(&self, id: WebhookId, at: Timestamp, because: &str) -> Result<(), StoreError> {
        let (mut write, _) = self.write().await?;
        write.run(NEXT_CLAIM, ()).await?;
        write.run(DISABLE, (id, at, because.to_owned())).await?;
        write.run(GIVE_UP, (id, at, because.to_owned())).await?;
        write.commit().await
    }
}

impl TryFrom<WebhookRow> for Webhook {
    type Error = StoreError;

    fn try_from(row: WebhookRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            public_id: row.public_id,
            name: row.name,
            link: row.link,
            kinds: json(&row.kinds, "the kinds of a webhook")?,
            made_at: row.made_at,
            disabled: row.disabled_at.map(|at| (at, row.disabled_because)),
            version: row.version,
        })
    }
}

const COUNT: &str = "select count(*) from webhook";

const INSERT: &str = "\
insert into webhook (public_id, name, link, secret, kinds, made_at, made_by) values ($1, $2, $3, $4, $5, $6, $7)
returning id, public_id, name, link, kinds, made_at, disabled_at, disabled_because, version";

const WEBHOOKS_AFTER: &str = "\
select id, public_id, name, link, kinds, made_at, disabled_at, disabled_because, version
from webhook where id > $1 order by id limit $2";

const WEBHOOK: &str = "\
select id, public_id, name, link, kinds, made_at, disabled_at, disabled_because, version
from webhook where public_id = $1";

const CHANGE: &str = "\
update webhook set name = $3, link = $4, kinds = $5, version = version + 1,
    disabled_at = case when $6 then null else coalesce(disabled_at, $7) end,
    disabled_because = case when $6 then null else disabled_because end
where id = $1 and version = $2
returning id, public_id, name, link, kinds, made_at, disabled_at, disabled_because, version";

const HOLD: &str = "update webhook set version = version + 1 where id = $1 and version = $2 returning id";

const DELETE_DELIVERIES: &str = "delete from delivery where webhook_id = $1";

const DELETE: &str = "delete from webhook where id = $1";

const INSERT_TEST: &str = "\
insert into delivery (event_id, webhook_id, next_at) values ($1, $2, $3) returning id";

const DISABLE: &str = "\
update webhook set disabled_at = coalesce(disabled_at, $2), disabled_because = $3, version = version + 1 where id = $1";

const GIVE_UP: &str = "\
update delivery set failed_at = $2, reason = $3, leased_until = 0
where webhook_id = $1 and done_at is null and failed_at is null";
