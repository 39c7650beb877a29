//! How a poll leaves its source: what it remembers, when it is read next, how healthy it is.

use std::time::Duration;

use super::Tools;
use super::poll::Polled;
use super::reading::Reading;
use crate::domain::cadence::{self, Ending, Quiet, Sighting, Standing, Wishes};
use crate::domain::health::{self, AttemptSummary};
use crate::domain::poll::Outcome;
use crate::domain::source::{Memory, Source};
use crate::domain::time::Timestamp;
use crate::ingest::feed::Hints;
use crate::store::StoreError;
use crate::store::polls::Attempt;
use crate::store::sources::Settled;

/// Entries whose dates show a source's rhythm.
const RHYTHM_ENTRIES: u32 = 20;
/// Attempts that show a source's health.
const HEALTH_ATTEMPTS: u32 = 20;
/// Redirects remembered of a source.
const MOVES_MAX: usize = 32;

/// Writes down how a poll went. A server that asked to be left alone is left alone by all of its sources.
pub async fn settle(tools: &Tools, source: &Source, polled: &Polled) -> Result<(), StoreError> {
    let now = tools.now();
    let ending = ending(&polled.reading);
    let memory = remember(source, polled, now);
    let adopted = cadence::moved_to(&memory.moves).cloned();
    let failures = if polled.reading.outcome.is_success() {
        0
    } else {
        source.failures.saturating_add(1)
    };
    let published = tools.store.rhythm(source.id, RHYTHM_ENTRIES).await?;
    let next = cadence::next_poll(
        &Standing {
            slug: &source.declared.slug,
            published: &published,
            last: ending,
            failures,
            wishes: memory.wishes,
            every: source.declared.rules.every,
        },
        now,
    );
    let attempt = attempt(polled);
    let health = health(tools, source, &attempt, &published, now).await?;
    let settled = Settled {
        memory: adopt(memory, source, adopted.as_ref()),
        link: adopted.clone(),
        next_poll_at: next.map_or(now.plus(cadence::INTERVAL_MAX), |next| next.at),
        failures,
        gone_at: (ending == Ending::Gone).then_some(source.gone_at.unwrap_or(now)),
        health,
        polled_at: polled.began,
        leased_until: now.plus(tools.gap),
    };
    if !tools
        .store
        .settle_poll(source.id, &tools.name, &settled, &attempt)
        .await?
    {
        tracing::warn!(source.id = %source.declared.slug, "the lease ran out before the poll ended");
    }
    if let Some(until) = cadence::host_hold(ending, now) {
        tools.store.hold_host(source.declared.link.host(), until).await?;
    }
    if let Some(link) = adopted {
        tracing::info!(source.id = %source.declared.slug, %link, "moved for good: read there from now on");
    }
    Ok(())
}

fn ending(reading: &Reading) -> Ending {
    match (reading.outcome, reading.status) {
        (Outcome::Gone, _) => Ending::Gone,
        (Outcome::Error, Some(status @ (429 | 503))) => Ending::Wait {
            status,
            retry_after: reading.retry_after,
        },
        (Outcome::Error, Some(403)) => Ending::Forbidden,
        (Outcome::Error | Outcome::Refused, _) => Ending::Failed,
        (Outcome::Ok | Outcome::Unchanged | Outcome::EmptyOk | Outcome::Moved, _) => Ending::Read {
            validators: reading.status == Some(304) || reading.validators.as_ref().is_some_and(|v| !v.is_empty()),
        },
    }
}

/// What a source remembers after a poll. A failed poll changes nothing of it.
fn remember(source: &Source, polled: &Polled, now: Timestamp) -> Memory {
    let reading = &polled.reading;
    let mut memory = source.memory.clone();
    if !reading.outcome.is_success() {
        return memory;
    }
    if reading.status == Some(304) {
        memory.validators = match (memory.validators.take(), reading.validators.clone()) {
            (Some(old), Some(newer)) => Some(old.renewed_by(newer)),
            (old, newer) => newer.or(old),
        };
    } else {
        memory.validators = reading.validators.clone().filter(|validators| !validators.is_empty());
        memory.read_at = Some(now);
        memory.wishes = reading.hints.as_ref().map_or_else(Wishes::default, wishes);
    }
    if let Some(freshness) = reading.freshness {
        memory.wishes.freshness = freshness;
    }
    if reading.asked_plainly {
        memory.plain_at = Some(now);
    }
    if polled.listed > 0 {
        memory.listed = u32::try_from(polled.listed).unwrap_or(u32::MAX);
    }
    match &reading.moved {
        Some(target) => {
            memory.moves.push(Sighting {
                at: now,
                target: target.clone(),
            });
            let surplus = memory.moves.len().saturating_sub(MOVES_MAX);
            memory.moves.drain(..surplus);
        }
        None => memory.moves.clear(),
    }
    memory
}

/// The old address is kept for undoing; what was learned of it is not: validators belong to one address.
fn adopt(memory: Memory, source: &Source, adopted: Option<&crate::domain::link::Link>) -> Memory {
    if adopted.is_none() {
        return memory;
    }
    let link_before = Some(source.declared.link.clone());
    Memory {
        link_before,
        moves: Vec::new(),
        ..memory
    }
}

fn wishes(hints: &Hints) -> Wishes {
    let (quiet, _) = Quiet::read(&hints.skip_hours, &hints.skip_days);
    Wishes {
        ttl: hints.ttl,
        update_period: hints.update_period,
        quiet,
        ..Wishes::default()
    }
}

fn attempt(polled: &Polled) -> Attempt {
    let reading = &polled.reading;
    Attempt {
        at: polled.began,
        took_ms: i64::try_from(polled.took.as_millis()).unwrap_or(i64::MAX),
        outcome: reading.outcome.as_str().to_owned(),
        status: reading.status.map(i64::from),
        bytes: i64::try_from(reading.bytes).unwrap_or(i64::MAX),
        listed: i64::try_from(polled.listed).unwrap_or(i64::MAX),
        fresh: i64::from(polled.saved.fresh),
        reason: reading.reason.clone(),
        warnings: reading.warnings.clone(),
    }
}

/// A new word of health counts from now; the same word keeps its date.
async fn health(
    tools: &Tools,
    source: &Source,
    last: &Attempt,
    published: &[Timestamp],
    now: Timestamp,
) -> Result<(String, Option<Timestamp>), StoreError> {
    let mut attempts = vec![summary(last)];
    attempts.extend(
        tools
            .store
            .attempts(source.id, HEALTH_ATTEMPTS)
            .await?
            .iter()
            .map(summary),
    );
    let word = health::health(&attempts, published, source.paused, now).as_str();
    let (before, since) = &source.health;
    Ok(if before == word {
        (word.to_owned(), *since)
    } else {
        (word.to_owned(), Some(now))
    })
}

fn summary(attempt: &Attempt) -> AttemptSummary {
    AttemptSummary {
        at: attempt.at,
        outcome: Outcome::parse(&attempt.outcome).unwrap_or(Outcome::Error),
        took: Duration::from_millis(u64::try_from(attempt.took_ms).unwrap_or(0)),
        fresh: u32::try_from(attempt.fresh).unwrap_or(0),
    }
}
