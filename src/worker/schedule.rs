//! Who is due; how many at once; one at a time for each host, by a lease.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Tools;
use super::poll::{Report, poll};
use crate::domain::source::Source;
use crate::store::StoreError;
use crate::store::sources::Claim;

/// A lease runs so long, and is renewed while its poll runs.
pub const LEASE_SECONDS: u64 = 120;
/// How often leases are renewed.
const RENEW_SECONDS: u64 = 40;
/// How long the loop waits at the most before it looks for due sources again: others may have asked for a poll.
const LOOK_EVERY_SECONDS: u64 = 1;
/// How long it waits after the database failed.
const AFTER_FAILURE_SECONDS: u64 = 5;

/// Polls whatever is due, until `stop`; then waits for the polls that run.
pub async fn run(tools: Arc<Tools>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut polls = JoinSet::new();
    let mut renewal = tokio::time::interval(Duration::from_secs(RENEW_SECONDS));
    while !stop.is_cancelled() {
        let free = (tools.at_once as usize).saturating_sub(polls.len());
        let pause = match claim(&tools, free).await {
            Ok(sources) => {
                let pause = if sources.is_empty() { LOOK_EVERY_SECONDS } else { 0 };
                for source in sources {
                    let tools = Arc::clone(&tools);
                    polls.spawn(async move { poll(&tools, source).await });
                }
                pause
            }
            Err(error) => {
                tracing::error!(%error, "no sources can be claimed");
                AFTER_FAILURE_SECONDS
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            Some(ended) = polls.join_next(), if pause > 0 || polls.len() >= tools.at_once as usize => log(ended),
            () = tokio::time::sleep(Duration::from_secs(pause)), if polls.len() < tools.at_once as usize => {}
            _ = renewal.tick() => renew(&tools).await,
        }
    }
    while let Some(ended) = polls.join_next().await {
        log(ended);
    }
    Ok(())
}

/// Polls everything that is due, and what becomes due on the same hosts meanwhile, and returns: one step of [`run`].
pub async fn once(tools: &Arc<Tools>) -> Result<Vec<Report>, StoreError> {
    let mut reports = Vec::new();
    let mut polls = JoinSet::new();
    loop {
        let free = (tools.at_once as usize).saturating_sub(polls.len());
        for source in claim(tools, free).await? {
            let tools = Arc::clone(tools);
            polls.spawn(async move { poll(&tools, source).await });
        }
        match polls.join_next().await {
            None => return Ok(reports),
            Some(ended) => reports.extend(ended.ok()),
        }
    }
}

/// Leases what is due, as much as there is room for.
async fn claim(tools: &Tools, free: usize) -> Result<Vec<Source>, StoreError> {
    if free == 0 {
        return Ok(Vec::new());
    }
    let now = tools.now();
    tools.store.claim_due(&lease(tools, free), now).await
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

/// Keeps this worker's leases.
pub async fn renew(tools: &Tools) {
    let now = tools.now();
    if let Err(error) = tools
        .store
        .renew_leases(&tools.name, now, now.plus(Duration::from_secs(LEASE_SECONDS)))
        .await
    {
        tracing::error!(%error, "leases could not be renewed");
    }
}

/// A poll that crashed is a bug of ours: told, counted, and no reason to stop. Its lease runs out by itself.
fn log(ended: Result<Report, tokio::task::JoinError>) {
    match ended {
        Ok(report) => report.log(),
        Err(crash) => tracing::error!(error = %crash, "a poll crashed"),
    }
}
