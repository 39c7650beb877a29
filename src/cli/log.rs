//! What is told on standard error.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Logging};

/// Starts telling. Errors name the filter that cannot be read.
pub fn start(logging: &Logging) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_new(&logging.filter).with_context(|| format!("read the log filter {:?}", logging.filter))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match logging.format {
        LogFormat::Text => subscriber.with_target(false).init(),
        LogFormat::Json => subscriber.json().init(),
    }
    Ok(())
}
