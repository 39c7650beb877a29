//! Events: what is told to others, and to whom.
//!
//! An event and its deliveries are written in the transaction that they tell of: whatever happened is told, and nothing is
//! told that did not happen.

use std::time::Duration;

use super::db::Write;
use super::{Store, StoreError, json, to_json};
use crate::domain::event::{EventId, EventKind};
use crate::domain::link::Link;
use crate::domain::time::Timestamp;

/// How long a hub is not told of a change, so that changes which follow each other are told together.
pub const HUB_WAIT_SECONDS: u64 = 2;

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

impl Store {
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
    let (id,): (EventId,) = write.one(TAKE_EVENT, ()).await?;
    write
        .run(INSERT_EVENT, (id, public_id, kind, at, to_json(&body), public))
        .await?;
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
