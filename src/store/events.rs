//! Events: what is told to others, and to whom.
//!
//! An event and its deliveries are written in the transaction that they tell of: whatever happened is told, and nothing is
//! told that did not happen.

use std::time::Duration;

use super::db::Write;
use super::leases::NEXT_CLAIM;
use super::{Store, StoreError, json, to_json};
use crate::domain::event::{EventId, EventKind};
use crate::domain::link::Link;
use crate::domain::time::Timestamp;

/// How long a hub is not told of a change, so that changes which follow each other are told together.
pub const HUB_WAIT_SECONDS: u64 = 2;

/// Events forgotten with one transaction, so that no other write waits for long.
const EVENTS_A_SWEEP: i64 = 500;

/// What is to be told.
#[derive(Debug, Clone)]
pub struct Told {
    /// What happened.
    pub kind: EventKind,
    /// Whether everybody may know; the rest is for editors.
    pub public: bool,
    /// The particulars: a JSON object. About a list, its slug is in it as `list`.
    pub body: serde_json::Value,
    /// When.
    pub at: Timestamp,
    /// The event's name, which nothing else has.
    pub public_id: String,
}

/// An event as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its key.
    pub id: EventId,
    /// Its name outside.
    pub public_id: String,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// The particulars.
    pub body: serde_json::Value,
    /// Whether everybody may know.
    pub public: bool,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    id: EventId,
    public_id: String,
    kind: EventKind,
    at: Timestamp,
    body: String,
    public: bool,
}

impl Store {
    /// The events behind `after`, in the order in which they happened, at most `limit`.
    pub async fn events_after(&self, after: EventId, limit: u32) -> Result<Vec<Event>, StoreError> {
        let rows: Vec<EventRow> = self.db.all(EVENTS_AFTER, (after, i64::from(limit))).await?;
        rows.into_iter().map(Event::try_from).collect()
    }

    /// The event of that public name, if it is still kept.
    pub async fn event_id(&self, public_id: &str) -> Result<Option<EventId>, StoreError> {
        let row: Option<(EventId,)> = self.db.maybe(EVENT_ID, (public_id.to_owned(),)).await?;
        Ok(row.map(|(id,)| id))
    }

    /// The last event that happened, and its public name if it is still kept.
    pub async fn last_event(&self) -> Result<(EventId, Option<String>), StoreError> {
        self.db.one(LAST_EVENT, ()).await
    }

    /// Forgets events older than `before`, and their deliveries, some at a time. How many events.
    pub async fn forget_events(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let mut write = self.db.begin().await?;
            write.run(NEXT_CLAIM, ()).await?;
            write.run(FORGET_DELIVERIES, (before, EVENTS_A_SWEEP)).await?;
            let some = write.run(FORGET_EVENTS, (before, EVENTS_A_SWEEP)).await?;
            write.commit().await?;
            forgotten += some;
            if some == 0 {
                return Ok(forgotten);
            }
        }
    }

    /// Remembers the WebSub hub that is told of changed feeds; `None`: no hub is told.
    pub async fn set_hub(&self, hub: Option<&Link>) -> Result<(), StoreError> {
        match hub {
            Some(hub) => self.db.run(SET_HUB, (hub.clone(),)).await?,
            None => self.db.run(FORGET_HUB, ()).await?,
        };
        Ok(())
    }
}

/// Writes an event, and a delivery to each webhook that wants to hear of it, and one to the hub if feeds read otherwise now.
pub(super) async fn tell(write: &mut Write, told: Told) -> Result<EventId, StoreError> {
    let Told {
        kind,
        public,
        body,
        at,
        public_id,
    } = told;
    let id = insert_event(write, (public_id, kind, at, to_json(&body), public)).await?;
    let webhooks: Vec<(i64, String)> = write.all(ENABLED_WEBHOOKS, ()).await?;
    for (webhook, kinds) in webhooks {
        let kinds: Vec<EventKind> = json(&kinds, "the kinds of a webhook")?;
        if kinds.is_empty() || kinds.contains(&kind) {
            write.run(INSERT_DELIVERY, (id, webhook, at)).await?;
        }
    }
    if public && kind.changes_feeds() {
        let due = at.plus(Duration::from_secs(HUB_WAIT_SECONDS));
        write.run(INSERT_DELIVERY_TO_HUB, (id, due)).await?;
    }
    Ok(id)
}

/// Writes an event that nobody is told of by itself: its name, kind, time, body, and whether everybody may know.
pub(super) async fn insert_event(
    write: &mut Write,
    (public_id, kind, at, body, public): (String, EventKind, Timestamp, String, bool),
) -> Result<EventId, StoreError> {
    let (id,): (EventId,) = write.one(TAKE_EVENT, ()).await?;
    write.run(INSERT_EVENT, (id, public_id, kind, at, body, public)).await?;
    Ok(id)
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            public_id: row.public_id,
            kind: row.kind,
            at: row.at,
            body: json(&row.body, "the body of an event")?,
            public: row.public,
        })
    }
}

const EVENTS_AFTER: &str = "\
select id, public_id, kind, at, body, public from event where id > $1 order by id limit $2";

const EVENT_ID: &str = "select id from event where public_id = $1";

const LAST_EVENT: &str = "\
select c.value, e.public_id from counter c left join event e on e.id = c.value where c.name = 'event'";

/// The oldest, which are those of the lowest keys.
const FORGET_EVENTS: &str = "\
delete from event where id in (select id from event where at < $1 order by id limit $2)";

const FORGET_DELIVERIES: &str = "\
delete from delivery where event_id in (select id from event where at < $1 order by id limit $2)";

const SET_HUB: &str = "\
insert into fact (name, value) values ('hub', $1) on conflict (name) do update set value = excluded.value";

const FORGET_HUB: &str = "delete from fact where name = 'hub'";

/// The counter's row is held until the transaction ends: events become visible in the order of their keys.
const TAKE_EVENT: &str = "update counter set value = value + 1 where name = 'event' returning value";

const INSERT_EVENT: &str = "insert into event (id, public_id, kind, at, body, public) values ($1, $2, $3, $4, $5, $6)";

const ENABLED_WEBHOOKS: &str = "select id, kinds from webhook where disabled_at is null order by id";

const INSERT_DELIVERY: &str = "insert into delivery (event_id, webhook_id, next_at) values ($1, $2, $3)";

const INSERT_DELIVERY_TO_HUB: &str = "\
insert into delivery (event_id, webhook_id, next_at)
select $1, null, $2 from fact where name = 'hub'";
