//! Retention: what is kept only for a while.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::time::{Clock, Timestamp};
use crate::store::{Store, StoreError};

/// How often the sweep looks.
const SWEEP_EVERY_MINUTES: u64 = 60;

/// Sweeps every hour, until `stop`.
pub async fn run(store: Store, keep_pages: Duration, clock: Clock, stop: CancellationToken) -> anyhow::Result<()> {
    loop {
        match once(&store, keep_pages, clock.now()).await {
            Ok(0) => {}
            Ok(pages) => tracing::info!(pages, "old pages swept"),
            Err(error) => tracing::error!(%error, "the sweep failed"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(Duration::from_secs(SWEEP_EVERY_MINUTES * 60)) => {}
        }
    }
}

/// Forgets raw pages older than `keep_pages`. How many.
pub async fn once(store: &Store, keep_pages: Duration, now: Timestamp) -> Result<u64, StoreError> {
    store.forget_pages(now.minus(keep_pages)).await
}
