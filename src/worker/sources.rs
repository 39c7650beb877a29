//! `sources.toml` laid over the table: at the start, and whenever the operator asks.

use std::sync::Arc;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use super::Tools;
use crate::config::{self, SourcesFile};
use crate::domain::cadence;
use crate::domain::source::Declared;
use crate::store::sources::Laid;

/// Reads the file and lays it over the table. A mistake in the file changes nothing. No file at all is no mistake: sources
/// may be added by command.
pub async fn lay_over(tools: &Tools, file: &SourcesFile) -> anyhow::Result<Laid> {
    let Some(declared) = read(file)? else {
        tracing::info!(file = %file.shown(), "there is no sources file; sources can be added by command");
        return Ok(Laid::default());
    };
    let now = tools.now();
    let laid = tools
        .store
        .lay_sources_over(&declared, now, |source, together| {
            cadence::first_poll(&source.slug, together, now)
        })
        .await?;
    if laid != Laid::default() {
        tracing::info!(
            added = laid.added.len(),
            changed = laid.changed.len(),
            retired = laid.retired.len(),
            "sources laid over"
        );
    }
    Ok(laid)
}

/// What the file declares; `None` if there is no file.
pub fn read(file: &SourcesFile) -> anyhow::Result<Option<Vec<Declared>>> {
    let text = match std::fs::read_to_string(&file.path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.shown())),
    };
    Ok(Some(config::sources::read(&text, &file.shown())?))
}

/// Lays the file over again at each SIGHUP, until `stop`. A mistake is told and leaves the running sources alone.
pub async fn reload_on_signal(tools: Arc<Tools>, file: SourcesFile, stop: CancellationToken) -> anyhow::Result<()> {
    let mut hangups = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?;
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = hangups.recv() => {
                if let Err(error) = lay_over(&tools, &file).await {
                    tracing::error!("the sources stay as they were: {error:#}");
                }
            }
        }
    }
}
