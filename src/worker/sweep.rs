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
/// How long it is known what was found at an address that somebody asked about.
const KEEP_INQUIRIES_DAYS: u64 = 30;
/// Seconds of a day.
const DAY_SECONDS: u64 = 24 * 60 * 60;

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
    /// Addresses that somebody asked about.
    pub inquiries: u64,
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
                inquiries,
            }) if pages + attempts + doors + events + inquiries > 0 => {
                tracing::info!(pages, attempts, doors, events, inquiries, "swept");
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

/// Forgets raw pages older than `keep_pages`, polls that nobody looks at any more, what once opened a door, old
/// events and inquiries.
pub async fn once(store: &Store, keep_pages: Duration, now: Timestamp) -> Result<Swept, StoreError> {
    Ok(Swept {
        pages: store.forget_pages(now.minus(keep_pages)).await?,
        attempts: store.forget_attempts().await?,
        events: store
            .forget_events(now.minus(Duration::from_secs(KEEP_EVENTS_DAYS * DAY_SECONDS)))
            .await?,
        inquiries: store
            .forget_inquiries(now.minus(Duration::from_secs(KEEP_INQUIRIES_DAYS * DAY_SECONDS)))
            .await?,
        doors: store.forget_sessions(now).await?
            + store.forget_invitations(now).await?
            + store.forget_tries(now).await?
            + store.forget_answers(now).await?,
    })
}
