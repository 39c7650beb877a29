//! `docent publish`.

use crate::app;
use crate::config::Storage;
use crate::worker::publish;

/// What `docent publish` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Let out the scheduled editions and picks whose time has come, as a running docent does by itself
    #[arg(long, required = true)]
    due: bool,
    #[command(flatten)]
    storage: Storage,
}

/// Lets out what is due and says what that was.
pub fn run(args: Args) -> anyhow::Result<()> {
    debug_assert!(args.due, "the only way so far, and required");
    super::block_on(async move {
        let store = app::open_store(&args.storage).await?;
        let went = publish::once(&store, app::now(), app::fresh_id).await?;
        for edition in &went.editions {
            super::print_line(&format!("edition {edition} went out"))?;
        }
        for pick in &went.picks {
            super::print_line(&format!("pick {pick} went out"))?;
        }
        for edition in &went.called_back {
            super::print_line(&format!("edition {edition} has no pick in it and is a draft again"))?;
        }
        if went.is_empty() {
            super::print_line("nothing is due")?;
        }
        Ok(())
    })
}
