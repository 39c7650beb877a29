//! Holds an index against the store. They agree by construction; that they do is looked at all the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::holding::Holding;
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
    /// Documents put into the index or taken out of it; 0 if all is well.
    pub mended: usize,
    /// Whether there is more to mend, with the next step.
    pub more: bool,
}

/// Where index and store differ, by keys, beyond what following will bring.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// What the index lacks.
    pub missing: Vec<i64>,
    /// What the index has and the store does not.
    pub surplus: Vec<i64>,
}

/// Mends at most a thousand differences. Never to run beside [`follow`](super::follow).
pub async fn once(store: &Store, index: &Arc<Index>, holding: Holding) -> anyhow::Result<Comparison> {
    let Differences { missing, surplus } = differences(store, index, holding).await?;
    let found = missing.len() + surplus.len();
    if found == 0 {
        return Ok(Comparison { mended: 0, more: false });
    }
    let drops = surplus.into_iter().map(Change::Drop);
    let mut changes: Vec<Change> = drops.take(REPAIRS_A_STEP).collect();
    let missing = missing.get(..REPAIRS_A_STEP - changes.len()).unwrap_or(&missing);
    changes.extend(holding.put(store, missing).await?);
    let mended = changes.len();
    tracing::error!(
        ?holding,
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
pub async fn differences(store: &Store, index: &Index, holding: Holding) -> anyhow::Result<Differences> {
    let cursor = Revision(index.cursor().revision);
    let mut surplus: BTreeSet<i64> = index.keys()?.into_iter().collect();
    let mut missing = Vec::new();
    let mut after = 0;
    loop {
        let step = holding.known_at(store, cursor, after, KEYS_A_STEP).await?;
        let Some(last) = step.last() else { break };
        after = last.id;
        for Standing { id, is_settled } in step {
            if !surplus.remove(&id) && is_settled {
                missing.push(id);
            }
        }
    }
    Ok(Differences {
        missing,
        surplus: surplus.into_iter().collect(),
    })
}
