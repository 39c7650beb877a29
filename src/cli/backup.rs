//! `docent backup` and `docent restore`.

use std::fs::{self, File, OpenOptions};
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use indicatif::ProgressBar;

use crate::app;
use crate::config::Storage;
use crate::store::Store;
use crate::store::backup::{self, BackupError, Header, Progress};
use crate::worker::presence;

/// Only its owner reads a backup: it holds what signs webhooks.
const FILE_MODE: u32 = 0o600;
/// Rows after which the progress is shown again.
const ROWS_A_LOOK: u64 = 256;

/// What `docent backup` is told.
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// The file to write; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    storage: Storage,
}

/// What `docent restore` is told.
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// A file that `docent backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Take the place of a database that is not empty; the old one is kept beside
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    storage: Storage,
}

/// Writes everything into a file, also while docent serves. A file that was begun and not finished does not get the name.
pub fn back_up(args: BackupArgs) -> anyhow::Result<()> {
    super::block_on(async move {
        let told = || format!("cannot write {}", args.file.display());
        anyhow::ensure!(!args.file.exists(), "{} exists already", args.file.display());
        let store = app::open_store(&args.storage).await?;
        let part = unfinished(&args.file);
        let options = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(FILE_MODE)
            .open(&part);
        let file = options.with_context(told)?;
        let bar = ProgressBar::no_length();
        let written = store
            .back_up(BufWriter::new(&file), app::now(), |reached| show(&bar, reached))
            .await;
        bar.finish_and_clear();
        let header = written.inspect_err(|_| drop(fs::remove_file(&part)))?;
        file.sync_all().with_context(told)?;
        fs::rename(&part, &args.file).with_context(told)?;
        super::print_line(&format!("{}: {}", args.file.display(), sentence(&header)))
    })
}

/// Fills an empty database from a file, or puts one in the place of another.
pub fn restore(args: RestoreArgs) -> anyhow::Result<()> {
    super::block_on(async move {
        // All of it is read once before anything is written, so that a damaged file is told as such.
        let bar = ProgressBar::no_length();
        backup::check(open(&args.file)?, |reached| show(&bar, reached))?;
        let done = if args.replace {
            replace(&args, &bar).await?
        } else {
            let store = app::open_store(&args.storage).await?;
            let header = fill(&store, open(&args.file)?, &bar).await.map_err(with_advice)?;
            store.close().await;
            sentence(&header)
        };
        bar.finish_and_clear();
        super::print_line(&format!("restored: {done}"))
    })
}

/// The new database is made beside the old one, and takes its place only when it is whole.
async fn replace(args: &RestoreArgs, bar: &ProgressBar) -> anyhow::Result<String> {
    let data = &args.storage.data;
    anyhow::ensure!(
        !presence::is_anybody_there(data),
        "docent is running on {}; stop it first",
        data.display()
    );
    let beside = app::open_beside(&args.storage).await?;
    let header = fill(&beside.store, open(&args.file)?, bar).await?;
    let old = beside.take_place(app::now()).await?;
    Ok(format!("{}; the old one is {old}", sentence(&header)))
}

async fn fill(store: &Store, file: File, bar: &ProgressBar) -> Result<Header, BackupError> {
    store
        .restore(file, &app::fresh_id(), |reached| show(bar, reached))
        .await
}

fn with_advice(error: BackupError) -> anyhow::Error {
    match error {
        BackupError::NotEmpty { .. } => anyhow::anyhow!(
            "{error}; name an empty one by --database, or say --replace, which keeps the old one beside"
        ),
        error => error.into(),
    }
}

fn open(file: &Path) -> anyhow::Result<File> {
    File::open(file).with_context(|| format!("cannot read {}", file.display()))
}

fn show(bar: &ProgressBar, reached: Progress) {
    if reached.done.is_multiple_of(ROWS_A_LOOK) {
        bar.set_length(reached.all);
        bar.set_position(reached.done);
    }
}

fn sentence(header: &Header) -> String {
    let count = |table| header.rows.get(table).copied().unwrap_or_default();
    format!(
        "{} rows of {}: {} sources, {} articles, {} stories, {} lists, {} picks",
        header.rows.values().sum::<i64>(),
        header.made_at,
        count("source"),
        count("article"),
        count("story"),
        count("list"),
        count("pick"),
    )
}

fn unfinished(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    name.into()
}
