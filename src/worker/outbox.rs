//! Tells others what happened: webhooks as Standard Webhooks has it, and the WebSub hub.
//!
//! What is to be told lies in the store, written together with what it tells of. Here it is leased, sent without holding
//! anything, and what came of it written down. Whoever dies in between has sent it and not noted it: then it is sent again,
//! under the same id, by which the receiver knows it.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

use super::Tools;
use crate::domain::event::EventKind;
use crate::domain::link::Link;
use crate::domain::source::Slug;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{seconds, wait_after};
use crate::ingest::fetch::{Parcel, Sent};
use crate::store::StoreError;
use crate::store::deliveries::{Ended, Outgoing, Ping, Try};

/// Messages on their way at once.
const AT_ONCE: usize = 16;
/// A try ends well within this: the fetcher's limits see to it.
const LEASE_SECONDS: u64 = 120;
/// How long the loop waits before it looks again.
const LOOK_EVERY_MILLIS: u64 = 500;
/// How long it waits after the database failed.
const AFTER_FAILURE_SECONDS: u64 = 5;
/// The status by which a receiver says that it wants nothing any more.
const GONE: u16 = 410;

/// The hub that tells subscribers of feeds that these have changed, and where readers find the feeds.
#[derive(Debug, Clone)]
pub struct Hub {
    /// Where it is told.
    pub link: Link,
    /// The address under which readers reach this service.
    pub home: Link,
    /// The feeds of a list, as paths.
    pub feeds: fn(&Slug) -> Vec<String>,
}

/// A message, as its receiver reads it.
#[derive(Serialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: EventKind,
    timestamp: Timestamp,
    data: &'a serde_json::Value,
}

/// Sends whatever is due, until `stop`; then waits for what is on its way.
pub async fn run(tools: Arc<Tools>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut sending = JoinSet::new();
    while !stop.is_cancelled() {
        let pause = match begin(&tools, &mut sending).await {
            Ok(_) => Duration::from_millis(LOOK_EVERY_MILLIS),
            Err(error) => {
                tracing::error!(%error, "nothing can be told to others");
                Duration::from_secs(AFTER_FAILURE_SECONDS)
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            Some(_) = sending.join_next() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    while sending.join_next().await.is_some() {}
    Ok(())
}

/// Sends everything that is due, and returns when all has ended: one step of [`run`]. How many messages and pings were sent.
pub async fn once(tools: &Arc<Tools>) -> Result<usize, StoreError> {
    let mut sending = JoinSet::new();
    let mut sent = 0;
    loop {
        sent += begin(tools, &mut sending).await?;
        if sending.join_next().await.is_none() {
            return Ok(sent);
        }
    }
}

/// Begins as many messages as may be on their way. How many were begun.
async fn begin(tools: &Arc<Tools>, sending: &mut JoinSet<()>) -> Result<usize, StoreError> {
    while sending.try_join_next().is_some() {}
    let room = AT_ONCE.saturating_sub(sending.len());
    if room == 0 {
        return Ok(0);
    }
    let now = tools.now();
    let until = now.plus(Duration::from_secs(LEASE_SECONDS));
    let limit = u32::try_from(room).unwrap_or(u32::MAX);
    let outgoing = tools.store.claim_deliveries(limit, now, until).await?;
    let mut begun = outgoing.len();
    for message in outgoing {
        let tools = Arc::clone(tools);
        spawn(sending, async move { deliver(&tools, message).await });
    }
    if let Some(ping) = tools.store.claim_ping(now, until).await? {
        begun += 1;
        let tools = Arc::clone(tools);
        spawn(sending, async move { tell_hub(&tools, ping).await });
    }
    Ok(begun)
}

/// A message whose sending crashed is a bug of ours, and no reason to stop: its lease runs out and it is sent again.
fn spawn(sending: &mut JoinSet<()>, work: impl Future<Output = Result<(), StoreError>> + Send + 'static) {
    let work = std::panic::AssertUnwindSafe(work).catch_unwind();
    sending.spawn(async move {
        match work.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "what came of a message could not be written down"),
            Err(_) => tracing::error!("sending a message crashed"),
        }
    });
}

async fn deliver(tools: &Tools, message: Outgoing) -> Result<(), StoreError> {
    let sent = send(tools, &message).await;
    let now = tools.now();
    let ended = ended(message.attempt, sent, now);
    tools.store.end_delivery(message.attempt, &ended, now).await?;
    match ended {
        Ended::Done { status } => {
            tracing::debug!(event.id = message.event, status, "a webhook was told");
        }
        Ended::Again { status, reason, .. } | Ended::Failed { status, reason } => {
            tracing::warn!(event.id = message.event, status, reason, "a webhook was not told");
            if status == Some(GONE) {
                tools.store.disable_webhook(message.webhook, now, &reason).await?;
            }
        }
    }
    Ok(())
}

/// The same event has the same id and the same bytes with each try; only the time of sending, and so the signature, differ.
async fn send(tools: &Tools, message: &Outgoing) -> Sent {
    let body = Message {
        kind: message.kind,
        timestamp: message.at,
        data: &message.body,
    };
    let now = tools.now();
    let body = serde_json::to_vec(&body).unwrap_or_default();
    let Some(signature) = message.secret.sign(&message.event, now, &body) else {
        return Sent::Failed {
            reason: "the webhook's secret cannot be used; add the webhook anew".to_owned(),
        };
    };
    let parcel = Parcel {
        link: &message.link,
        content_type: "application/json",
        headers: vec![
            ("webhook-id", message.event.clone()),
            ("webhook-timestamp", seconds(now).to_string()),
            ("webhook-signature", signature),
        ],
        body,
    };
    tools.fetcher.post(parcel, now).await
}

/// All changes of a batch in one request. A hub that is not configured any more is told nothing.
async fn tell_hub(tools: &Tools, ping: Ping) -> Result<(), StoreError> {
    let sent = match &tools.hub {
        Some(hub) => {
            let parcel = Parcel {
                link: &hub.link,
                content_type: "application/x-www-form-urlencoded",
                headers: Vec::new(),
                body: form(hub, &ping).into_bytes(),
            };
            tools.fetcher.post(parcel, tools.now()).await
        }
        None => Sent::Answered {
            status: GONE,
            retry_after: None,
            reason: "no hub is configured any more".to_owned(),
        },
    };
    let now = tools.now();
    if let Sent::Answered { reason, .. } | Sent::Failed { reason } = &sent {
        tracing::warn!(reason, "the hub was not told");
    }
    for attempt in ping.attempts {
        let ended = ended(attempt, sent.clone(), now);
        tools.store.end_delivery(attempt, &ended, now).await?;
    }
    Ok(())
}

/// Some hubs read `hub.url`, others `hub.topic`: WebSub leaves it open, so both are sent.
fn form(hub: &Hub, ping: &Ping) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("hub.mode", "publish");
    for path in ping.lists.iter().flat_map(hub.feeds) {
        if let Some(feed) = hub.home.join(&path) {
            form.append_pair("hub.url", feed.as_str());
            form.append_pair("hub.topic", feed.as_str());
        }
    }
    form.finish()
}

/// What a try comes to: done, again after a while that grows and is at least what the receiver asks for, or never again.
fn ended(attempt: Try, sent: Sent, now: Timestamp) -> Ended {
    let (status, retry_after, reason) = match sent {
        Sent::Taken { status } => return Ended::Done { status },
        Sent::Answered {
            status,
            retry_after,
            reason,
        } => (Some(status), retry_after, reason),
        Sent::Failed { reason } => (None, None, reason),
    };
    match wait_after(attempt.number).filter(|_| status != Some(GONE)) {
        Some(wait) => Ended::Again {
            at: now.plus(wait.max(retry_after.unwrap_or_default())),
            status,
            reason,
        },
        None => Ended::Failed { status, reason },
    }
}
