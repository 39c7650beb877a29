//! What is told on standard error.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Logging};

/// Never told, whatever the filter says: these lines name whole addresses, and a link that works once is an address.
const NEVER_TOLD: &str = "tower_http::csrf::service=off";

/// Starts telling, `usual` where nobody says what. Errors name the filter that cannot be read.
pub fn start(logging: &Logging, usual: &str) -> anyhow::Result<()> {
    let filter = logging.filter.as_deref().unwrap_or(usual);
    let filter = EnvFilter::try_new(filter).with_context(|| format!("read the log filter {filter:?}"))?;
    let never = NEVER_TOLD.parse().expect("a directive of ours can be read");
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter.add_directive(never))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match logging.format {
        LogFormat::Text => subscriber.with_target(false).init(),
        LogFormat::Json => subscriber.json().init(),
    }
    Ok(())
}
