//! Lets out what is due: scheduled editions and picks, at their time.
//!
//! All rules are the store's, and so is the promise that nothing goes out twice; any number of workers may look.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Tools;
use crate::domain::time::Timestamp;
use crate::store::publishing::WentOut;
use crate::store::{Store, StoreError};

/// How long the loop waits at the most before it looks again: something may have been scheduled meanwhile.
const LOOK_EVERY_MILLIS: u64 = 2_000;

/// Looks every few seconds, and when something is due, until `stop`.
pub async fn run(tools: Arc<Tools>, stop: CancellationToken) -> anyhow::Result<()> {
    while !stop.is_cancelled() {
        let pause = match step(&tools).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(%error, "what is due cannot go out");
                Duration::from_millis(LOOK_EVERY_MILLIS)
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    Ok(())
}

/// Lets out everything that is due at `now`.
pub async fn once(store: &Store, now: Timestamp, fresh_id: fn() -> String) -> Result<WentOut, StoreError> {
    let mut all = WentOut::default();
    loop {
        let went = store.publish_due(now, fresh_id).await?;
        if went.is_empty() {
            return Ok(all);
        }
        all.editions.extend(went.editions);
        all.picks.extend(went.picks);
        all.called_back.extend(went.called_back);
    }
}

/// One look; how long to wait until the next.
async fn step(tools: &Tools) -> Result<Duration, StoreError> {
    let went = once(&tools.store, tools.now(), tools.fresh_id).await?;
    if !went.is_empty() {
        let (editions, picks) = (went.editions.len(), went.picks.len());
        tracing::info!(editions, picks, "went out");
    }
    for edition in &went.called_back {
        tracing::warn!(edition.id = %edition, "an edition was due without a pick in it, and is a draft again");
    }
    let longest = Duration::from_millis(LOOK_EVERY_MILLIS);
    let next = tools.store.next_publication().await?;
    Ok(next.map_or(longest, |due| due.since(tools.now()).min(longest)))
}
