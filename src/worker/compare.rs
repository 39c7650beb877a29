//! Holds the index against the store. They agree by construction; that they do is looked at all the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::follow::document;
use crate::domain::story::StoryId;
use crate::search::{Change, Index};
use crate::store::Store;

/// Keys read from the store with one statement.
const KEYS_A_STEP: u32 = 10_000;
/// Differences mended with one step; the next steps mend the rest.
const REPAIRS_A_STEP: usize = 1_000;

/// Puts stories into the index that it lacks, and takes out those that the store does not have. How many: none, if all is
/// well, or if the index has not caught up and so cannot be judged. Never to run beside [`follow`](super::follow).
pub async fn once(store: &Store, index: &Arc<Index>) -> anyhow::Result<usize> {
    let revision = store.revision().await?;
    let cursor = index.cursor();
    if cursor != revision.0 {
        return Ok(0);
    }
    let stored = stored(store).await?;
    let indexed: BTreeSet<i64> = index.stories()?.into_iter().collect();
    if store.revision().await? != revision {
        return Ok(0);
    }
    let missing: Vec<StoryId> = stored
        .difference(&indexed)
        .take(REPAIRS_A_STEP)
        .map(|key| StoryId(*key))
        .collect();
    let surplus = indexed
        .difference(&stored)
        .take(REPAIRS_A_STEP)
        .map(|key| Change::Drop(*key));
    let texts = store.texts(&missing).await?.into_iter();
    let changes: Vec<Change> = texts
        .map(|text| Change::Put(Box::new(document(text))))
        .chain(surplus)
        .collect();
    let repairs = changes.len();
    if repairs > 0 {
        tracing::error!(repairs, "the index did not tell what the store tells; it was mended");
        let index = Arc::clone(index);
        tokio::task::spawn_blocking(move || index.apply(changes, cursor)).await??;
    }
    Ok(repairs)
}

async fn stored(store: &Store) -> anyhow::Result<BTreeSet<i64>> {
    let mut keys = BTreeSet::new();
    let mut after = StoryId(0);
    loop {
        let step = store.story_ids(after, KEYS_A_STEP).await?;
        let Some(last) = step.last() else { return Ok(keys) };
        after = *last;
        keys.extend(step.into_iter().map(|story| story.0));
    }
}
