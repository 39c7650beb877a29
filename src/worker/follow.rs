//! Carries the store's changes into the index.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::compare;
use crate::search::{Change, Document, Index};
use crate::store::stories::{Changes, StoryText};
use crate::store::{Revision, Store};

/// Stories read with one step, about.
const STORIES_A_STEP: u32 = 1_000;
/// How long a follower that is up to date waits before it looks again.
const LOOK_EVERY_MILLIS: u64 = 250;
/// How often the index is held against the store.
const COMPARE_EVERY_MINUTES: u64 = 10;
/// How long it waits after a failure.
const AFTER_FAILURE_SECONDS: u64 = 5;

/// Follows the store until `stop`.
pub async fn run(store: Store, index: Arc<Index>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut comparison = tokio::time::interval(Duration::from_mins(COMPARE_EVERY_MINUTES));
    loop {
        let pause = match once(&store, &index).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => Duration::from_millis(LOOK_EVERY_MILLIS),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the index does not follow the store");
                Duration::from_secs(AFTER_FAILURE_SECONDS)
            }
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
            _ = comparison.tick() => {
                if let Err(error) = compare::once(&store, &index).await {
                    tracing::error!(error = format!("{error:#}"), "index and store could not be compared");
                }
            }
        }
    }
}

/// One step. Whether there was anything to do.
pub async fn once(store: &Store, index: &Arc<Index>) -> anyhow::Result<bool> {
    let seen = Revision(index.cursor());
    // Read first: whatever is written while the changes are read has a greater one.
    let newest = store.revision().await?;
    if newest <= seen {
        return Ok(false);
    }
    let Changes { put, drop, upto } = store.changes_since(seen, STORIES_A_STEP).await?;
    // Writes that touch no story are followed too, so that the index can say that it has caught up.
    let Revision(upto) = upto.unwrap_or(newest);
    let puts = put.into_iter().map(|text| Change::Put(Box::new(document(text))));
    let changes: Vec<Change> = puts
        .chain(drop.into_iter().map(|story| Change::Drop(story.0)))
        .collect();
    let index = Arc::clone(index);
    tokio::task::spawn_blocking(move || index.apply(changes, upto)).await??;
    Ok(true)
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
