//! `docent serve`.

use crate::app;
use crate::config::Settings;

/// What `docent serve` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    settings: Settings,
}

/// Runs until a signal ends it.
pub fn run(args: Args) -> anyhow::Result<()> {
    super::block_on(app::serve(args.settings))
}
