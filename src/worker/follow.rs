//! Carries the store's changes into the index.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::compare::{self, Comparison};
use crate::search::{Change, Cursor, Document, Index};
use crate::store::following::{Changes, StoryText};
use crate::store::{Revision, Store};

/// Stories read with one step, about.
const STORIES_A_STEP: u32 = 1_000;
/// How long a follower that is up to date waits before it looks again; with its commit, the time from stored to found.
const LOOK_EVERY_MILLIS: u64 = 250;
/// How often the index is held against the store.
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
pub async fn run(store: Store, index: Arc<Index>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut compare_at = Instant::now();
    loop {
        let pause = match step(&store, &index).await {
            Ok(Step::Full) => Duration::ZERO,
            // What comes in small pieces is gathered: each commit waits for the disk and leaves a segment to be merged.
            Ok(Step::Part | Step::Nothing) => Duration::from_millis(LOOK_EVERY_MILLIS),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the index does not follow the store");
                Duration::from_secs(AFTER_FAILURE_SECONDS)
            }
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
            () = tokio::time::sleep_until(compare_at) => {
                compare_at = Instant::now() + compared(&store, &index).await;
            }
        }
    }
}

/// One step. Whether there was anything to do.
pub async fn once(store: &Store, index: &Arc<Index>) -> anyhow::Result<bool> {
    Ok(step(store, index).await? != Step::Nothing)
}

async fn step(store: &Store, index: &Arc<Index>) -> anyhow::Result<Step> {
    // Read first: whatever is written while the changes are read has a greater one.
    let newest = store.revision().await?;
    forget_lost_writes(store, index).await?;
    let seen = Revision(index.cursor().revision);
    if newest <= seen {
        return Ok(Step::Nothing);
    }
    let Changes { put, drop, upto } = store.changes_since(seen, STORIES_A_STEP).await?;
    // Writes that touch no story are followed too, so that the index can say that it has caught up.
    let upto = upto.unwrap_or(newest);
    let cursor = Cursor {
        revision: upto.0,
        history: store.history_at(upto).await?,
    };
    let puts = put.into_iter().map(|text| Change::Put(Box::new(document(text))));
    let changes: Vec<Change> = puts
        .chain(drop.into_iter().map(|story| Change::Drop(story.0)))
        .collect();
    let brought = match changes.len() {
        count if count >= STORIES_A_STEP as usize => Step::Full,
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
async fn compared(store: &Store, index: &Arc<Index>) -> Duration {
    match compare::once(store, index).await {
        Ok(Comparison { more: true, .. }) => Duration::ZERO,
        Ok(_) => Duration::from_mins(COMPARE_EVERY_MINUTES),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "index and store could not be compared");
            Duration::from_secs(AFTER_FAILURE_SECONDS)
        }
    }
}

pub(super) fn document(story: StoryText) -> Document {
    Document {
        story: story.id.0,
        title: story.lead.title,
        byline: story.lead.byline,
        text: story.text,
        notes: String::new(),
        sources: story
            .sources
            .into_iter()
            .map(|source| (source.slug, source.name))
            .collect(),
        language: story.lead.language,
        topics: story.topics,
        lists: Vec::new(),
        picked: None,
        editors: Vec::new(),
        link: story.lead.link,
        published: story.lead.published_at,
        found: story.found_at,
        public: false,
    }
}
