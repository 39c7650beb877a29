//! How sources did lately, remembered from one poll to the next, so that a poll that finds nothing new reads nothing either.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Tools;
use crate::domain::health::AttemptSummary;
use crate::domain::poll::Outcome;
use crate::domain::source::{Source, SourceId};
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::polls::Attempt;

/// Entries whose dates show a source's rhythm.
const RHYTHM_ENTRIES: u32 = 20;
/// Attempts that show a source's health.
const HEALTH_ATTEMPTS: u32 = 20;
/// Sources remembered, 900 bytes each; beyond this all are forgotten, and the store asked again.
const SOURCES_MAX: usize = 16_384;

/// What is remembered of sources.
#[derive(Debug, Default)]
pub struct Histories(Mutex<HashMap<SourceId, History>>);

/// How a source did lately.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// The poll up to which this is all: if the source was polled since, somebody else knows more.
    polled_at: Option<Timestamp>,
    /// The last polls, newest first.
    pub(super) attempts: Vec<AttemptSummary>,
    /// When the last entries were published, else found; newest first.
    pub(super) published: Vec<Timestamp>,
}

/// The last polls and entries of `source` before the poll that is ending: from memory if it is up to date, else from the store.
/// The entries are read again if this poll `brought` any.
pub(super) async fn history(tools: &Tools, source: &Source, brought: bool) -> Result<History, StoreError> {
    let kept = tools.histories.take(source);
    let published = match &kept {
        Some(kept) if !brought => kept.published.clone(),
        _ => tools.store.rhythm(source.id, RHYTHM_ENTRIES).await?,
    };
    let attempts = match kept {
        Some(kept) => kept.attempts,
        None => tools
            .store
            .attempts(source.id, HEALTH_ATTEMPTS)
            .await?
            .iter()
            .map(summary)
            .collect(),
    };
    Ok(History {
        polled_at: source.polled_at,
        attempts,
        published,
    })
}

impl History {
    /// Takes down the poll that ends.
    pub(super) fn add(&mut self, attempt: &Attempt) {
        self.polled_at = Some(attempt.at);
        self.attempts.truncate((HEALTH_ATTEMPTS - 1) as usize);
        self.attempts.insert(0, summary(attempt));
    }
}

impl Histories {
    /// Remembers how `source` did, up to the poll that was written down.
    pub(super) fn keep(&self, source: SourceId, history: History) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= SOURCES_MAX {
            kept.clear();
        }
        kept.insert(source, history);
    }

    fn take(&self, source: &Source) -> Option<History> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&source.id)
            .filter(|history| history.polled_at == source.polled_at)
    }
}

fn summary(attempt: &Attempt) -> AttemptSummary {
    AttemptSummary {
        at: attempt.at,
        outcome: Outcome::parse(&attempt.outcome).unwrap_or(Outcome::Error),
        took: Duration::from_millis(u64::try_from(attempt.took_ms).unwrap_or(0)),
        fresh: u32::try_from(attempt.fresh).unwrap_or(0),
    }
}
