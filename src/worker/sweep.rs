//! Retention: what is kept only for a while.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Tools;
use crate::domain::time::Timestamp;
use crate::store::{Store, StoreError};

/// How often the sweep looks.
const SWEEP_EVERY_MINUTES: u64 = 60;

/// How long events are kept: a follower who was away so long is told so.
const KEEP_EVENTS_DAYS: u64 = 30;

/// How much a sweep forgot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Raw pages.
    pub pages: u64,
    /// Polls of which there were enough younger ones.
    pub attempts: u64,
    /// Sessions, links, tries and answers that nothing follows from any more.
    pub doors: u64,
    /// Events.
    pub events: u64,
}

/// Sweeps every hour, until `stop`.
pub async fn run(tools: Arc<Tools>, keep_pages: Duration, stop: CancellationToken) -> anyhow::Result<()> {
    loop {
        match once(&tools.store, keep_pages, tools.now()).await {
            Ok(Swept {
                pages,
                attempts,
                doors,
                events,
            }) if pages + attempts + doors + events > 0 => {
                tracing::info!(pages, attempts, doors, events, "swept");
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the sweep failed"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(Duration::from_secs(SWEEP_EVERY_MINUTES * 60)) => {}
        }
    }
}

/// Forgets raw pages older than `keep_pages`, polls that nobody looks at any more, what once opened a door, and old
/// events.
pub async fn once(store: &Store, keep_pages: Duration, now: Timestamp) -> Result<Swept, StoreError> {
    Ok(Swept {
        pages: store.forget_pages(now.minus(keep_pages)).await?,
        attempts: store.forget_attempts().await?,
        events: store
            .forget_events(now.minus(Duration::from_secs(KEEP_EVENTS_DAYS * 24 * 60 * 60)))
            .await?,
        doors: store.forget_sessions(now).await?
            + store.forget_invitations(now).await?
            + store.forget_tries(now).await?
            + store.forget_answers(now).await?,
    })
}
