//! `docent reindex` and `docent reextract`: making again what follows from what is kept.

use indicatif::ProgressBar;

use crate::app;
use crate::config::{Fetching, Storage};
use crate::worker::{Holding, follow, reread};

/// What `docent reindex` is told.
#[derive(Debug, clap::Args)]
pub struct ReindexArgs {
    #[command(flatten)]
    storage: Storage,
}

/// What `docent reextract` is told.
#[derive(Debug, clap::Args)]
pub struct ReextractArgs {
    /// Only articles of these sources, by id; all if none is named
    #[arg(value_name = "SOURCE")]
    named: Vec<String>,
    #[command(flatten)]
    storage: Storage,
    #[command(flatten)]
    fetching: Fetching,
}

/// Empties the indexes and makes them anew.
pub fn reindex(args: ReindexArgs) -> anyhow::Result<()> {
    super::block_on(async move {
        let store = app::open_store(&args.storage).await?;
        let index = app::make_index_anew(&args.storage, &store, Holding::Stories).await?;
        let printed = app::make_index_anew(&args.storage, &store, Holding::Printed).await?;
        let bar = ProgressBar::new(store.count_stories().await?);
        while follow::once(&store, &index, Holding::Stories).await? {
            bar.set_position(index.count());
        }
        while follow::once(&store, &printed, Holding::Printed).await? {}
        bar.finish_and_clear();
        super::print_line(&format!(
            "{} stories and {} published picks indexed",
            index.count(),
            printed.count()
        ))
    })
}

/// Reads the kept pages again.
pub fn reextract(args: ReextractArgs) -> anyhow::Result<()> {
    super::block_on(async move {
        let store = app::open_store(&args.storage).await?;
        let tools = app::open_tools(&args.fetching, None, store)?;
        let bar = ProgressBar::new_spinner();
        let read = reread::all(&tools, &args.named, |done| {
            bar.set_message(format!("{done} articles read again"));
        })
        .await?;
        bar.finish_and_clear();
        super::print_line(&format!("{read} articles read again"))
    })
}
