//! `docent check` and `docent migrate`.

use std::path::Path;

use anyhow::Context;

use crate::app;
use crate::config::{Settings, Storage};
use crate::domain::time::Timestamp;
use crate::ingest::guard::Allow;
use crate::search::SearchError;
use crate::store::Store;
use crate::worker::compare::{self, Differences};
use crate::worker::{self, Holding, follow};

/// A clock before this is wrong: the program is younger.
const CLOCK_MIN: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// What `docent check` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    settings: Settings,
}

/// What `docent migrate` is told.
#[derive(Debug, clap::Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    storage: Storage,
}

/// Says of each part whether it is in order; fails if one is not.
pub fn run(args: Args) -> anyhow::Result<()> {
    super::block_on(async move {
        let settings = args.settings;
        let mut faults = 0;
        faults += tell("sources", sources(&settings))?;
        faults += tell("allowed networks", allowed(&settings))?;
        faults += tell("data folder", writable(&settings.storage.data))?;
        faults += tell("database", database(&settings.storage).await)?;
        faults += tell("search index", index(&settings.storage, Holding::Stories).await)?;
        faults += tell("readers' index", index(&settings.storage, Holding::Printed).await)?;
        faults += tell("decisions", decisions(&settings.storage).await)?;
        faults += tell("clock", clock(app::now()))?;
        anyhow::ensure!(faults == 0, "{faults} of these are not in order");
        Ok(())
    })
}

/// Opening the store brings its tables up to date.
pub fn migrate(args: MigrateArgs) -> anyhow::Result<()> {
    super::block_on(async move {
        app::open_store(&args.storage).await?;
        super::print_line("the tables are up to date")
    })
}

fn tell(part: &str, found: anyhow::Result<String>) -> anyhow::Result<u32> {
    match found {
        Ok(detail) => super::print_line(&format!("ok      {part}: {detail}")).map(|()| 0),
        Err(error) => super::print_line(&format!("FAULT   {part}: {error:#}")).map(|()| 1),
    }
}

fn sources(settings: &Settings) -> anyhow::Result<String> {
    let shown = settings.sources.shown();
    Ok(match worker::sources::read(&settings.sources)? {
        Some(declared) => format!("{} in {shown}", declared.len()),
        None => format!("there is no {shown}; sources can be added by command"),
    })
}

fn allowed(settings: &Settings) -> anyhow::Result<String> {
    Allow::parse(&settings.fetching.allow)?;
    Ok(match settings.fetching.allow.join(", ") {
        none if none.is_empty() => "public addresses only".to_owned(),
        some => format!("public addresses, and {some}"),
    })
}

fn writable(folder: &Path) -> anyhow::Result<String> {
    std::fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))?;
    let probe = folder.join(".docent-check");
    std::fs::write(&probe, b"docent").with_context(|| format!("write into {}", folder.display()))?;
    std::fs::remove_file(&probe)?;
    Ok(format!("{} can be written to", folder.display()))
}

async fn database(storage: &Storage) -> anyhow::Result<String> {
    let store = app::open_store(storage).await?;
    let stories = store.count_stories().await?;
    let kind = if store.is_for_one() { "SQLite" } else { "PostgreSQL" };
    store.close().await;
    Ok(format!("{kind} answers, {stories} stories"))
}

/// Compares an index with the database as of the index's cursor: what came later is for the follower to bring.
async fn index(storage: &Storage, holding: Holding) -> anyhow::Result<String> {
    let store = app::open_store(storage).await?;
    let found = compared(storage, &store, holding).await;
    store.close().await;
    found
}

async fn compared(storage: &Storage, store: &Store, holding: Holding) -> anyhow::Result<String> {
    if holding.newest(store).await?.0 == 0 {
        return Ok("there is nothing yet that it could hold".to_owned());
    }
    let index = match app::open_index_to_read(storage, store, holding).await {
        Ok(index) => index,
        Err(error) if matches!(error.downcast_ref(), Some(SearchError::Absent(_))) => {
            return Ok("there is none yet; docent makes it when it starts".to_owned());
        }
        Err(error) => return Err(error),
    };
    anyhow::ensure!(
        !follow::has_followed_lost_writes(store, &index).await?,
        "it followed writes that the database has lost; docent makes it anew when it starts"
    );
    let things = match holding {
        Holding::Stories => "stories",
        Holding::Printed => "published picks",
    };
    let Differences { missing, surplus } = compare::differences(store, &index, holding).await?;
    anyhow::ensure!(
        missing.is_empty() && surplus.is_empty(),
        "it lacks {} {things} that the database has, and holds {} that the database has not; a running docent mends it, \
         and so does `docent reindex`",
        missing.len(),
        surplus.len()
    );
    let behind = match holding.newest(store).await?.0 - index.cursor().revision {
        0 => String::new(),
        1 => "; it is 1 revision behind".to_owned(),
        revisions => format!("; it is {revisions} revisions behind"),
    };
    Ok(format!("{} {things}, as the database has them{behind}", index.count()))
}

/// What stands is what the log of decisions says.
async fn decisions(storage: &Storage) -> anyhow::Result<String> {
    let store = app::open_store(storage).await?;
    let checked = store.check_decisions().await;
    store.close().await;
    let (count, differences) = checked?;
    if let Some(first) = differences.first() {
        anyhow::bail!(
            "{} cells do not hold what the log says, the {first} first",
            differences.len()
        );
    }
    Ok(format!("{count} in the log, and what stands follows from them"))
}

fn clock(now: Timestamp) -> anyhow::Result<String> {
    anyhow::ensure!(now > CLOCK_MIN, "it says {now}, which is before this program was made");
    Ok(format!("it is {now}"))
}
