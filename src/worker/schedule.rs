//! Who is due; how many at once; one at a time for each host, by a lease.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::Tools;
use super::poll::{self, Ended, Report};
use crate::domain::source::{Source, SourceId};
use crate::store::StoreError;
use crate::store::leases::Claim;

/// A lease runs so long, and is renewed while its poll runs.
pub const LEASE_SECONDS: u64 = 120;
/// How often leases are renewed.
const RENEW_SECONDS: u64 = 40;
/// How long the loop waits at the most before it looks for due sources again: others may have asked for a poll.
const LOOK_EVERY_SECONDS: u64 = 1;
/// How long it waits after the database failed.
const AFTER_FAILURE_SECONDS: u64 = 5;

/// Sources leased at the most, for each poll that may run: asking for a few at a time costs more than polling them.
const LEASED_FOR_EACH: usize = 4;

/// The sources that this worker holds: those that wait for their poll, and those whose poll runs.
struct Held {
    waiting: VecDeque<Source>,
    polls: JoinSet<Ended>,
}

/// Polls whatever is due, until `stop`; then waits for the polls that run.
pub async fn run(tools: Arc<Tools>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut held = Held::new();
    let mut renewal = tokio::time::interval(Duration::from_secs(RENEW_SECONDS));
    while !stop.is_cancelled() {
        let pause = match held.claim(&tools).await {
            Ok(()) => LOOK_EVERY_SECONDS,
            Err(error) => {
                tracing::error!(%error, "no sources can be claimed");
                AFTER_FAILURE_SECONDS
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            Some(first) = held.polls.join_next() => held.end(&tools, first).await.iter().for_each(Report::log),
            () = tokio::time::sleep(Duration::from_secs(pause)), if held.waiting.is_empty() => {}
            _ = renewal.tick() => {
                for source in &held.waiting {
                    renew(&tools, source.id).await;
                }
            }
        }
    }
    held.waiting.clear();
    while let Some(first) = held.polls.join_next().await {
        held.end(&tools, first).await.iter().for_each(Report::log);
    }
    Ok(())
}

/// Polls everything that is due, and what becomes due on the same hosts meanwhile, and returns: one step of [`run`].
pub async fn once(tools: &Arc<Tools>) -> Result<Vec<Report>, StoreError> {
    let mut reports = Vec::new();
    let mut held = Held::new();
    loop {
        held.claim(tools).await?;
        match held.polls.join_next().await {
            None => return Ok(reports),
            Some(first) => reports.extend(held.end(tools, first).await),
        }
    }
}

impl Held {
    fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            polls: JoinSet::new(),
        }
    }

    /// Leases what is due if nothing waits any more, and begins as many polls as may run.
    async fn claim(&mut self, tools: &Arc<Tools>) -> Result<(), StoreError> {
        let at_once = tools.at_once as usize;
        if self.waiting.is_empty() && self.polls.len() < at_once {
            let more = at_once * LEASED_FOR_EACH - self.polls.len();
            self.waiting = tools.store.claim_due(&lease(tools, more), tools.now()).await?.into();
        }
        self.begin(tools);
        Ok(())
    }

    fn begin(&mut self, tools: &Arc<Tools>) {
        while self.polls.len() < tools.at_once as usize
            && let Some(source) = self.waiting.pop_front()
        {
            let tools = Arc::clone(tools);
            self.polls.spawn(async move { poll::run(&tools, source).await });
        }
    }

    /// Writes down the poll that ended first, and all that have ended since, while the next ones run.
    async fn end(&mut self, tools: &Arc<Tools>, first: Result<Ended, JoinError>) -> Vec<Report> {
        let mut ended: Vec<Ended> = survivor(first).into_iter().collect();
        while let Some(more) = self.polls.try_join_next() {
            ended.extend(survivor(more));
        }
        self.begin(tools);
        poll::write_down(tools, &ended).await;
        ended.into_iter().map(Ended::report).collect()
    }
}

/// What this worker asks for.
pub fn lease(tools: &Tools, sources: usize) -> Claim {
    Claim {
        worker: tools.name.clone(),
        until: tools.now().plus(Duration::from_secs(LEASE_SECONDS)),
        sources_max: u32::try_from(sources).unwrap_or(u32::MAX),
        per_host: tools.per_host,
    }
}

/// Does `work` on a source that this worker holds, and keeps the lease on it meanwhile.
pub(super) async fn holding<T>(tools: &Tools, source: SourceId, mut work: impl Future<Output = T> + Unpin) -> T {
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(Duration::from_secs(RENEW_SECONDS)) => renew(tools, source).await,
        }
    }
}

async fn renew(tools: &Tools, source: SourceId) {
    let now = tools.now();
    let until = now.plus(Duration::from_secs(LEASE_SECONDS));
    if let Err(error) = tools.store.renew_lease(&tools.name, source, now, until).await {
        tracing::error!(%error, "a lease could not be renewed");
    }
}

/// A poll that crashed is a bug of ours: told, counted, and no reason to stop. Its lease runs out by itself.
fn survivor(ended: Result<Ended, JoinError>) -> Option<Ended> {
    ended
        .inspect_err(|crash| tracing::error!(error = %crash, "a poll crashed"))
        .ok()
}
