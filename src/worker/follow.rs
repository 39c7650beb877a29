//! Carries the store's changes into an index.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::compare::{self, Comparison};
use super::holding::Holding;
use crate::search::{Cursor, Index};
use crate::store::{Revision, Store};

/// Stories or picks read with one step, about.
const READ_A_STEP: u32 = 1_000;
/// How long a follower that is up to date waits before it looks again; with its commit, the time from stored to found.
const LOOK_EVERY_MILLIS: u64 = 250;
/// How often an index is held against the store.
const COMPARE_EVERY_MINUTES: u64 = 10;
/// How long it waits after a failure.
const AFTER_FAILURE_SECONDS: u64 = 5;

/// What a step brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Nothing: the index is up to date.
    Nothing,
    /// All there was.
    Part,
    /// As much as a step may; there is likely more.
    Full,
}

/// Follows the store until `stop`.
pub async fn run(store: Store, index: Arc<Index>, holding: Holding, stop: CancellationToken) -> anyhow::Result<()> {
    let mut compare_at = Instant::now();
    loop {
        let pause = match step(&store, &index, holding).await {
            Ok(Step::Full) => Duration::ZERO,
            // What comes in small pieces is gathered: each commit waits for the disk and leaves a segment to be merged.
            Ok(Step::Part | Step::Nothing) => Duration::from_millis(LOOK_EVERY_MILLIS),
            Err(error) => {
                tracing::error!(
                    ?holding,
                    error = format!("{error:#}"),
                    "the index does not follow the store"
                );
                Duration::from_secs(AFTER_FAILURE_SECONDS)
            }
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
            () = tokio::time::sleep_until(compare_at) => {
                compare_at = Instant::now() + compared(&store, &index, holding).await;
            }
        }
    }
}

/// One step. Whether there was anything to do.
pub async fn once(store: &Store, index: &Arc<Index>, holding: Holding) -> anyhow::Result<bool> {
    Ok(step(store, index, holding).await? != Step::Nothing)
}

async fn step(store: &Store, index: &Arc<Index>, holding: Holding) -> anyhow::Result<Step> {
    // Read first: whatever is written while the changes are read has a greater one.
    let newest = holding.newest(store).await?;
    forget_lost_writes(store, index).await?;
    let seen = Revision(index.cursor().revision);
    if newest <= seen {
        return Ok(Step::Nothing);
    }
    let (changes, upto) = holding.changes_since(store, seen, READ_A_STEP).await?;
    // Writes that touch no story are followed too, so that the index can say that it has caught up.
    let upto = upto.unwrap_or(newest);
    let cursor = Cursor {
        revision: upto.0,
        history: store.history_at(upto).await?,
    };
    let brought = match changes.len() {
        count if count >= READ_A_STEP as usize => Step::Full,
        _ => Step::Part,
    };
    let index = Arc::clone(index);
    tokio::task::spawn_blocking(move || index.apply(changes, cursor)).await??;
    Ok(brought)
}

/// Empties an index that has followed lost writes: whatever they told may be in it, and what took their revisions may not.
pub async fn forget_lost_writes(store: &Store, index: &Arc<Index>) -> anyhow::Result<()> {
    if !has_followed_lost_writes(store, index).await? {
        return Ok(());
    }
    let revision = index.cursor().revision;
    tracing::warn!(
        revision,
        "the index followed writes that the database has lost; it is built anew"
    );
    let index = Arc::clone(index);
    tokio::task::spawn_blocking(move || index.empty()).await??;
    Ok(())
}

/// Whether the index followed writes that the store does not have any more, as after a backup was restored.
pub async fn has_followed_lost_writes(store: &Store, index: &Index) -> anyhow::Result<bool> {
    let seen = index.cursor();
    let revision = Revision(seen.revision);
    Ok(revision > store.revision().await? || store.history_at(revision).await? != seen.history)
}

/// Compares, and says when to compare again.
async fn compared(store: &Store, index: &Arc<Index>, holding: Holding) -> Duration {
    match compare::once(store, index, holding).await {
        Ok(Comparison { more: true, .. }) => Duration::ZERO,
        Ok(_) => Duration::from_mins(COMPARE_EVERY_MINUTES),
        Err(error) => {
            tracing::error!(
                ?holding,
                error = format!("{error:#}"),
                "index and store could not be compared"
            );
            Duration::from_secs(AFTER_FAILURE_SECONDS)
        }
    }
}
