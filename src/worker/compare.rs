//! Holds the index against the store. They agree by construction; that they do is looked at all the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::follow::document;
use crate::domain::story::StoryId;
use crate::search::{Change, Index};
use crate::store::following::Standing;
use crate::store::{Revision, Store};

/// Keys read from the store with one statement.
const KEYS_A_STEP: u32 = 10_000;
/// Differences mended with one step; the next steps mend the rest.
const REPAIRS_A_STEP: usize = 1_000;

/// What a comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// Stories put into the index or taken out of it; 0 if all is well.
    pub mended: usize,
    /// Whether there is more to mend, with the next step.
    pub more: bool,
}

/// Where index and store differ, by the keys of stories, beyond what following will bring.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Stories that the index lacks.
    pub missing: Vec<StoryId>,
    /// Stories that the index has and the store does not.
    pub surplus: Vec<StoryId>,
}

/// Mends at most a thousand differences. Never to run beside [`follow`](super::follow).
pub async fn once(store: &Store, index: &Arc<Index>) -> anyhow::Result<Comparison> {
    let Differences { missing, surplus } = differences(store, index).await?;
    let found = missing.len() + surplus.len();
    if found == 0 {
        return Ok(Comparison { mended: 0, more: false });
    }
    let drops = surplus.into_iter().map(|story| Change::Drop(story.0));
    let mut changes: Vec<Change> = drops.take(REPAIRS_A_STEP).collect();
    let missing = missing.get(..REPAIRS_A_STEP - changes.len()).unwrap_or(&missing);
    let texts = store.texts(missing).await?.into_iter();
    changes.extend(texts.map(|text| Change::Put(Box::new(document(text)))));
    let mended = changes.len();
    tracing::error!(
        mended,
        found,
        "the index did not tell what the store tells; it is mended"
    );
    let index = Arc::clone(index);
    tokio::task::spawn_blocking(move || index.mend(changes)).await??;
    Ok(Comparison {
        mended,
        // What cannot be mended now is left to a later comparison.
        more: mended > 0 && found > REPAIRS_A_STEP,
    })
}

/// Compares without mending. The index must stand still meanwhile; the store may go on: what it changed after the index's
/// cursor is for the follower, and not judged.
pub async fn differences(store: &Store, index: &Index) -> anyhow::Result<Differences> {
    let cursor = Revision(index.cursor().revision);
    let mut surplus: BTreeSet<i64> = index.stories()?.into_iter().collect();
    let mut missing = Vec::new();
    let mut after = StoryId(0);
    loop {
        let step = store.stories_known_at(cursor, after, KEYS_A_STEP).await?;
        let Some(last) = step.last() else { break };
        after = last.id;
        for Standing { id, is_settled } in step {
            if !surplus.remove(&id.0) && is_settled {
                missing.push(id);
            }
        }
    }
    Ok(Differences {
        missing,
        surplus: surplus.into_iter().map(StoryId).collect(),
    })
}
