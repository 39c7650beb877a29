//! How polls leave their sources: what each remembers, when it is read next, how healthy it is.

use std::time::Duration;

use super::Tools;
use super::history::{History, history};
use super::poll::Ended;
use super::reading::Reading;
use crate::domain::cadence::{self, Ending, Quiet, Standing, Wishes};
use crate::domain::event::EventKind;
use crate::domain::health;
use crate::domain::link::Link;
use crate::domain::poll::Outcome;
use crate::domain::source::{Memory, Source, SourceKind};
use crate::domain::time::Timestamp;
use crate::ingest::feed::Hints;
use crate::store::StoreError;
use crate::store::events::Told;
use crate::store::polls::{Attempt, Saved, Settling};
use crate::store::sources::Settled;

/// How soon pages are looked for again that an editor asked for and that could not be read at once.
const TIPS_AGAIN: Duration = Duration::from_mins(15);

/// Writes down how polls went, all of them together. A server that asked to be left alone is left alone by all of its sources.
pub async fn settle(tools: &Tools, polls: &[Ended]) -> Result<(), StoreError> {
    let now = tools.now();
    let mut settling = Vec::with_capacity(polls.len());
    let mut histories = Vec::with_capacity(polls.len());
    // First of all, since the end of a lease lets the next source of its host begin.
    for Ended { source, polled } in polls {
        if let Some(until) = cadence::host_hold(ending(&polled.reading), now) {
            let own = source.declared.link.host();
            let other = polled.reading.waits_at.as_ref().map(Link::host);
            for host in std::iter::once(own).chain(other.filter(|host| *host != own)) {
                tools.store.hold_host(host, until).await?;
            }
        }
    }
    for poll in polls {
        let (left, history) = leave(tools, poll, now).await?;
        settling.push(left);
        histories.push(history);
    }
    let held = tools.store.settle_polls(&tools.name, settling).await?;
    for (Ended { source, polled }, history) in polls.iter().zip(histories) {
        if source.declared.kind == SourceKind::Tip {
            tools.store.hurry_tips(source.id, polled.began, now).await?;
        }
        if held.contains(&source.id) {
            tools.histories.keep(source.id, history);
        } else {
            tracing::warn!(source.id = %source.declared.slug, "the lease ran out before the poll ended");
        }
    }
    Ok(())
}

/// How a poll leaves its source, and what is remembered of how that did.
async fn leave(tools: &Tools, poll: &Ended, now: Timestamp) -> Result<(Settling, History), StoreError> {
    let Ended { source, polled } = poll;
    let ending = ending(&polled.reading);
    let memory = remember(poll, now);
    let adopted = cadence::moved_to(&memory.moves).cloned();
    if let Some(link) = &adopted {
        tracing::info!(source.id = %source.declared.slug, %link, "moved for good: read there from now on");
    }
    let failures = if polled.reading.outcome.is_success() {
        0
    } else {
        source.failures.saturating_add(1)
    };
    let attempt = attempt(poll);
    let mut history = history(tools, source, polled.saved != Saved::default()).await?;
    history.add(&attempt);
    let next = cadence::next_poll(
        &Standing {
            slug: &source.declared.slug,
            published: &history.published,
            last: ending,
            failures,
            wishes: memory.wishes,
            every: source.declared.rules.every,
        },
        now,
    );
    let health = health(source, &history, now);
    let settled = Settled {
        memory: adopt(memory, source, adopted.as_ref()),
        link: adopted,
        next_poll_at: match (source.declared.kind, next) {
            (SourceKind::Tip, _) => now.plus(TIPS_AGAIN),
            (_, next) => next.map_or(now.plus(cadence::INTERVAL_MAX), |next| next.at),
        },
        failures,
        gone_at: gone_at(source, ending, now),
        told: told(tools, source, &health.0, now),
        health,
        polled_at: polled.began,
        leased_until: now.plus(tools.gap),
    };
    let settling = Settling {
        source: source.id,
        settled,
        attempt,
    };
    Ok((settling, history))
}

/// What was gone comes back by an answer only: not because an editor asked for it once more in vain.
fn gone_at(source: &Source, ending: Ending, now: Timestamp) -> Option<Timestamp> {
    match ending {
        Ending::Read { .. } => None,
        Ending::Gone => source.gone_at.or(Some(now)),
        Ending::Wait { .. } | Ending::Forbidden | Ending::Failed => source.gone_at,
    }
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

/// What a source remembers after a poll. A failed poll changes hardly anything of it.
fn remember(Ended { source, polled }: &Ended, now: Timestamp) -> Memory {
    let reading = &polled.reading;
    let mut memory = source.memory.clone();
    if !reading.outcome.is_success() {
        // A server that is stuck on "not modified" says so to a plain request too, and once is enough.
        if reading.asked_plainly && reading.status == Some(304) {
            memory.plain_at = Some(now);
            memory.left_at = memory.left_at.map(|left_at| cadence::left_since(Some(left_at), now));
        }
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
        Some(target) if memory.stays_from.as_ref() != Some(target) => {
            cadence::note_move(&mut memory.moves, target, now);
        }
        _ => memory.moves.clear(),
    }
    if reading.left_for_later {
        memory.left_at = Some(cadence::left_since(memory.left_at, now));
    } else if reading.status != Some(304) {
        memory.left_at = None;
    }
    memory
}

/// The old address is kept for undoing; what was learned of it is not: validators belong to one address.
fn adopt(memory: Memory, source: &Source, adopted: Option<&Link>) -> Memory {
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

fn attempt(Ended { polled, .. }: &Ended) -> Attempt {
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

/// Others are told when a source cannot be read any more, and when it can be again.
fn told(tools: &Tools, source: &Source, health: &str, now: Timestamp) -> Option<Told> {
    let is_out = |health: &str| matches!(health, "broken" | "refused" | "gone");
    let kind = match (is_out(&source.health.0), is_out(health)) {
        (false, true) => EventKind::SourceBroken,
        (true, false) => EventKind::SourceMended,
        (false, false) | (true, true) => return None,
    };
    let declared = &source.declared;
    Some(Told {
        kind,
        public: false,
        body: serde_json::json!({ "source": declared.slug.to_string(), "name": declared.name, "health": health }),
        at: now,
        public_id: (tools.fresh_id)(),
    })
}

/// A new word of health counts from now; the same word keeps its date.
fn health(source: &Source, history: &History, now: Timestamp) -> (String, Option<Timestamp>) {
    let published: &[Timestamp] = match source.declared.kind {
        // Editors keep no rhythm.
        SourceKind::Tip => &[],
        _ => &history.published,
    };
    let word = health::health(&history.attempts, published, source.paused, now).as_str();
    let (before, since) = &source.health;
    let since = if before == word { *since } else { Some(now) };
    (word.to_owned(), since)
}
