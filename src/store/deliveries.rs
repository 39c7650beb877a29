//! Deliveries: events on their way, each to one webhook or to the WebSub hub.
//!
//! A delivery that is due is leased to whoever sends it, so that no two send it at once; whoever dies while sending leaves a
//! lease that runs out, and it is sent again under the same name. The end of a lease tells one try from the next: what a try
//! brought is written down only while its lease stands.

use std::collections::BTreeSet;

use super::db::Write;
use super::leases::NEXT_CLAIM;
use super::{Store, StoreError, json};
use crate::domain::event::EventKind;
use crate::domain::link::Link;
use crate::domain::source::Slug;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{DeliveryId, SigningSecret, WebhookId};

/// Deliveries at once to one webhook: one that does not answer must not hold up the others.
const AT_ONCE_TO_ONE: i64 = 2;
/// Deliveries to the hub that go with one ping.
const PER_PING_MAX: i64 = 500;

/// A try that was begun: which, and the end of its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// The delivery.
    pub delivery: DeliveryId,
    /// How many tries there were, this one counted.
    pub number: u32,
    until: Timestamp,
}

/// An event that is to be sent to a webhook now.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The try.
    pub attempt: Try,
    /// To whom.
    pub webhook: WebhookId,
    /// Where.
    pub link: Link,
    /// What it is signed with.
    pub secret: SigningSecret,
    /// The event's name: the same with each try.
    pub event: String,
    /// What happened.
    pub kind: EventKind,
    /// When it happened.
    pub at: Timestamp,
    /// The particulars.
    pub body: serde_json::Value,
}

/// Changes that the hub is told of with one ping.
#[derive(Debug, Clone, Default)]
pub struct Ping {
    /// The tries, one for each change.
    pub attempts: Vec<Try>,
    /// The lists whose feeds read otherwise.
    pub lists: BTreeSet<Slug>,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It was taken.
    Done {
        /// The answer's status.
        status: u16,
    },
    /// It is tried again then.
    Again {
        /// When.
        at: Timestamp,
        /// The answer's status, if there was one.
        status: Option<u16>,
        /// For people.
        reason: String,
    },
    /// It is not tried any more.
    Failed {
        /// The answer's status, if there was one.
        status: Option<u16>,
        /// For people.
        reason: String,
    },
}

/// A delivery as editors see it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Delivery {
    /// Its key.
    pub id: DeliveryId,
    /// The event's name.
    pub event: String,
    /// What happened.
    pub kind: EventKind,
    /// When it happened.
    pub at: Timestamp,
    /// Tries that were begun.
    pub tries: i64,
    /// When the last one was.
    pub tried_at: Option<Timestamp>,
    /// When it is tried next, if it is open.
    pub next_at: Timestamp,
    /// When it was taken.
    pub done_at: Option<Timestamp>,
    /// Since when it is not tried any more.
    pub failed_at: Option<Timestamp>,
    /// The status of the last answer.
    pub status: Option<i64>,
    /// Why the last try was no success.
    pub reason: Option<String>,
}

#[derive(sqlx::FromRow)]
struct OutgoingRow {
    tries: i64,
    webhook_id: WebhookId,
    link: Link,
    secret: SigningSecret,
    event: String,
    kind: EventKind,
    at: Timestamp,
    body: String,
}

impl Store {
    /// Begins a try of deliveries to webhooks that are due at `now`, the longest due first, at most `limit`. Each is leased
    /// until `until`, before which it must have ended.
    pub async fn claim_deliveries(
        &self,
        limit: u32,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let mut write = self.db.begin().await?;
        write.run(NEXT_CLAIM, ()).await?;
        let parameters = (until, now, AT_ONCE_TO_ONE, i64::from(limit));
        let mut claimed: Vec<(DeliveryId,)> = write.all(CLAIM, parameters).await?;
        claimed.sort_unstable();
        let mut outgoing = Vec::with_capacity(claimed.len());
        for (delivery,) in claimed {
            outgoing.push(outgoing_of(&mut write, delivery, until).await?);
        }
        write.commit().await?;
        Ok(outgoing)
    }

    /// The same for everything that the hub is to be told; `None` if there is nothing, or if somebody tells it just now.
    pub async fn claim_ping(&self, now: Timestamp, until: Timestamp) -> Result<Option<Ping>, StoreError> {
        let mut write = self.db.begin().await?;
        write.run(NEXT_CLAIM, ()).await?;
        let claimed: Vec<(DeliveryId, i64)> = write.all(CLAIM_PING, (until, now, PER_PING_MAX)).await?;
        let mut ping = Ping::default();
        for (delivery, tries) in claimed {
            let (body,): (String,) = write.one(BODY, (delivery,)).await?;
            let body: serde_json::Value = json(&body, "the body of an event")?;
            ping.lists
                .extend(body.get("list").and_then(|list| list.as_str()).and_then(Slug::parse));
            ping.attempts.push(attempt(delivery, tries, until));
        }
        write.commit().await?;
        Ok(Some(ping).filter(|ping| !ping.attempts.is_empty()))
    }

    /// Writes down how a try ended. Whether its lease still stood.
    pub async fn end_delivery(&self, attempt: Try, ended: &Ended, now: Timestamp) -> Result<bool, StoreError> {
        let (done, failed) = match ended {
            Ended::Done { .. } => (Some(now), None),
            Ended::Again { .. } => (None, None),
            Ended::Failed { .. } => (None, Some(now)),
        };
        let (status, reason, next) = match ended {
            Ended::Done { status } => (Some(*status), None, now),
            Ended::Again { at, status, reason } => (*status, Some(reason.clone()), *at),
            Ended::Failed { status, reason } => (*status, Some(reason.clone()), now),
        };
        let parameters = (
            attempt.delivery,
            attempt.until,
            done,
            failed,
            status.map(i64::from),
            reason,
            next,
        );
        Ok(self.db.run(END, parameters).await? > 0)
    }

    /// The deliveries to a webhook whose keys are below `before`, newest first, at most `limit`.
    pub async fn deliveries(
        &self,
        webhook: WebhookId,
        before: DeliveryId,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.db.all(DELIVERIES, (webhook, before, i64::from(limit))).await
    }

    /// One delivery to a webhook.
    pub async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.db.maybe(DELIVERY, (id,)).await
    }

    /// Sends a delivery again at `at`, with all its tries before it. Whether there is one that is not under way, to a webhook
    /// that is not switched off.
    pub async fn send_again(&self, id: DeliveryId, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.db.run(SEND_AGAIN, (id, at)).await? > 0)
    }
}

async fn outgoing_of(write: &mut Write, delivery: DeliveryId, until: Timestamp) -> Result<Outgoing, StoreError> {
    let row: OutgoingRow = write.one(OUTGOING, (delivery,)).await?;
    Ok(Outgoing {
        attempt: attempt(delivery, row.tries, until),
        webhook: row.webhook_id,
        link: row.link,
        secret: row.secret,
        event: row.event,
        kind: row.kind,
        at: row.at,
        body: json(&row.body, "the body of an event")?,
    })
}

fn attempt(delivery: DeliveryId, tries: i64, until: Timestamp) -> Try {
    Try {
        delivery,
        number: u32::try_from(tries).unwrap_or(u32::MAX),
        until,
    }
}

/// Of the longest due, those of each webhook are numbered; those fit whose number and the tries that run at their webhook stay
/// within the limit.
const CLAIM: &str = "\
update delivery set leased_until = $1, tries = tries + 1, tried_at = $2
where id in (
    select due.id from (
        select d.id, d.next_at,
            row_number() over (partition by d.webhook_id order by d.next_at, d.id)
                + (select count(*) from delivery busy where busy.webhook_id = d.webhook_id and busy.leased_until > $2
                    and busy.done_at is null and busy.failed_at is null) as place
        from delivery d
        join webhook w on w.id = d.webhook_id
        where d.next_at <= $2 and d.leased_until <= $2 and d.done_at is null and d.failed_at is null
            and w.disabled_at is null
    ) due
    where due.place <= $3
    order by due.next_at, due.id
    limit $4
)
returning id";

const OUTGOING: &str = "\
select d.tries, d.webhook_id, w.link, w.secret, e.public_id as event, e.kind, e.at, e.body
from delivery d
join webhook w on w.id = d.webhook_id
join event e on e.id = d.event_id
where d.id = $1";

/// While a ping runs, no other begins.
const CLAIM_PING: &str = "\
update delivery set leased_until = $1, tries = tries + 1, tried_at = $2
where id in (
    select d.id from delivery d
    where d.webhook_id is null and d.next_at <= $2 and d.leased_until <= $2 and d.done_at is null and d.failed_at is null
        and not exists (
            select 1 from delivery busy
            where busy.webhook_id is null and busy.leased_until > $2 and busy.done_at is null and busy.failed_at is null
        )
    order by d.next_at, d.id
    limit $3
)
returning id, tries";

const BODY: &str = "select e.body from event e join delivery d on d.event_id = e.id where d.id = $1";

const END: &str = "\
update delivery set done_at = $3, failed_at = $4, status = $5, reason = $6, next_at = $7, leased_until = 0
where id = $1 and leased_until = $2 and done_at is null and failed_at is null";

const DELIVERIES: &str = "\
select d.id, e.public_id as event, e.kind, e.at, d.tries, d.tried_at, d.next_at, d.done_at, d.failed_at, d.status, d.reason
from delivery d
join event e on e.id = d.event_id
where d.webhook_id = $1 and d.id < $2
order by d.id desc limit $3";

const DELIVERY: &str = "\
select d.id, e.public_id as event, e.kind, e.at, d.tries, d.tried_at, d.next_at, d.done_at, d.failed_at, d.status, d.reason
from delivery d
join event e on e.id = d.event_id
where d.id = $1 and d.webhook_id is not null";

const SEND_AGAIN: &str = "\
update delivery set next_at = $2, tries = 0, done_at = null, failed_at = null, reason = null, status = null
where id = $1 and leased_until <= $2
    and webhook_id in (select id from webhook where disabled_at is null)";
