//! How the program ends: the signals, what may still run after the first of them, and the last words to the database.

use std::time::Duration;

use tokio::signal::unix::{self, Signal, SignalKind};

use crate::worker::Tools;

/// How long running polls and requests may take to end after the first signal.
const DRAIN_SECONDS: u64 = 20;
/// How long giving back leases and closing the database may take: the database may be what was lost.
const FAREWELL_SECONDS: u64 = 4;

/// The signals that end the program. From the moment they are listened for, none of them ends it by itself.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
        })
    }

    /// Waits for one of them.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Lets `running` end, for a while, or until another signal. `None` if it did not.
    pub async fn drain<T>(&mut self, running: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            ended = running => return Some(ended),
            () = tokio::time::sleep(Duration::from_secs(DRAIN_SECONDS)) => tracing::warn!("stopped before everything had ended"),
            () = self.next() => tracing::warn!("second signal: stopped at once"),
        }
        None
    }
}

/// Gives back what the worker of `tools` holds and closes the database, if it lets itself be closed. Leases that could not be
/// given back run out by themselves.
pub async fn leave(tools: &Tools) {
    let farewell = async {
        if let Err(error) = tools.store.release_leases(&tools.name).await {
            tracing::warn!(%error, "leases could not be given back and will run out by themselves");
        }
        tools.store.close().await;
    };
    if tokio::time::timeout(Duration::from_secs(FAREWELL_SECONDS), farewell)
        .await
        .is_err()
    {
        tracing::warn!("the database did not answer in time and was left open");
    }
}
