//! The only place that speaks SQL.
//!
//! Knows the domain and the database. Must not know other people's servers, the index, formats or requests.
//! The database is the truth and decides uniqueness; whatever else exists can be made from it again.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::migrate::MigrateError;
use thiserror::Error;

pub mod answered;
pub mod articles;
pub mod backup;
pub mod channels;
pub mod checks;
pub mod contents;
pub mod corrections;
pub mod curated;
mod curated_words;
mod db;
pub mod decisions;
pub mod deliveries;
pub mod desk;
pub mod editions;
pub mod editors;
pub mod entries;
pub mod events;
mod fault;
pub mod following;
pub mod hosts;
pub mod inquiries;
pub mod invitations;
pub mod leases;
pub mod lists;
mod neighbourhood;
mod order;
pub mod overview;
mod parameters;
mod pick_texts;
pub mod picks;
pub mod polls;
mod press;
pub mod printed;
pub mod publishing;
pub mod searches;
pub mod sessions;
pub mod settings;
pub mod sources;
mod statement;
pub mod stories;
mod tables;
pub mod throttle;
pub mod tips;
pub mod tokens;
pub mod webhooks;
pub mod whole;

use crate::domain::editor::EditorId;
use crate::domain::time::Timestamp;

pub use curated_words::{CuratedWords, PickWords};
pub use db::{Db, Write};
pub use order::Move;
pub use pick_texts::{PickChange, PickVersion, RestoreFrom};

use fault::Fault;

/// Why the store could not do what it was asked. Where the text holds the cause, the cause is not handed on once more.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is no such row.
    #[error("no such row")]
    Missing,
    /// What was to be written exists already.
    #[error("exists already")]
    Taken(#[source] sqlx::Error),
    /// What was to be changed was changed by somebody else meanwhile.
    #[error("changed meanwhile")]
    Outdated,
    /// Nobody would be left who could set up sources, lists and people.
    #[error("the last admin stays one")]
    LastAdmin,
    /// What was asked does not go with what stands; in words for whoever asked.
    #[error("{0}")]
    Refused(String),
    /// Whoever asked may not do that to this thing; in words for them.
    #[error("{0}")]
    Denied(String),
    /// The database could not be opened or reached.
    #[error("cannot open the database {what}: {}", plain(cause))]
    Unreachable {
        /// Which one.
        what: String,
        /// Why.
        cause: sqlx::Error,
    },
    /// The SQLite library is too old to be trusted with a database.
    #[error("SQLite {version} is too old: versions before 3.51.3 can lose data")]
    OldSqlite {
        /// The version found.
        version: String,
    },
    /// The tables could not be brought up to date.
    #[error("cannot bring the tables up to date: {0}")]
    Migration(MigrateError),
    /// Something in the database cannot be read back as what was written.
    #[error("cannot read {what} from the database")]
    Unreadable {
        /// Which column, of what.
        what: &'static str,
    },
    /// The database is lost, busy or overloaded: the same may succeed later.
    #[error("the database does not answer: {}", plain(.0))]
    Away(sqlx::Error),
    /// There is no space left where the database writes.
    #[error("disk full: the database cannot write ({}); free some space", plain(.0))]
    Full(sqlx::Error),
    /// Anything else the database says.
    #[error("database: {}", plain(.0))]
    Database(sqlx::Error),
}

impl StoreError {
    /// Of a database that could not be opened.
    fn opening(what: impl Into<String>, cause: sqlx::Error) -> Self {
        match Fault::of(&cause) {
            Fault::Full => Self::Full(cause),
            _ => Self::Unreachable {
                what: what.into(),
                cause,
            },
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)
                if matches!(Fault::of(&source), Fault::Away | Fault::Full) =>
            {
                source.into()
            }
            other => Self::Migration(other),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match Fault::of(&error) {
            Fault::Taken => Self::Taken(error),
            Fault::Away => Self::Away(error),
            Fault::Full => Self::Full(error),
            Fault::Other => Self::Database(error),
        }
    }
}

/// The store.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    /// The run of a program that writes through it.
    run: Option<Arc<str>>,
    kept: Arc<AtomicU64>,
}

/// Who acts, when, and where names come from.
#[derive(Debug, Clone, Copy)]
pub struct Acting {
    /// The editor.
    pub by: EditorId,
    /// When.
    pub at: Timestamp,
    /// Names that nothing else has.
    pub fresh_id: fn() -> String,
}

/// The count of write transactions; the one clock by which followers keep up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct Revision(pub i64);

impl Store {
    /// Opens the SQLite file at `path` and brings its tables up to date.
    pub async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        Self::ready(Db::open_sqlite(path).await?).await
    }

    /// Connects to the PostgreSQL server at `url` and brings its tables up to date.
    pub async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        Self::ready(Db::open_postgres(url, None).await?).await
    }

    async fn ready(db: Db) -> Result<Self, StoreError> {
        db.migrate().await?;
        Ok(Self {
            db,
            run: None,
            kept: Arc::default(),
        })
    }

    /// The store as one run of a program writes to it, under a name that no other run has. By these names
    /// [`Store::history_at`] tells writes that were lost, when a backup was restored, from those that took their revisions.
    pub fn for_run(self, name: &str) -> Self {
        Self {
            run: Some(name.into()),
            ..self
        }
    }

    /// Begins a transaction that writes, and its revision. Its first statement adds one to the revision, so that SQLite takes
    /// its lock at the start and waits, and revisions become visible in their order.
    pub async fn write(&self) -> Result<(Write, Revision), StoreError> {
        let mut write = self.db.begin().await?;
        write.kept = Arc::clone(&self.kept);
        let run = self.run.as_deref().unwrap_or_default().to_owned();
        let (revision, is_known): (Revision, bool) = write.one(NEXT_REVISION, (run.clone(),)).await?;
        if !is_known && !run.is_empty() {
            write.run(INSERT_RUN, (run, revision)).await?;
        }
        Ok((write, revision))
    }

    /// The name of what led to `revision`: the run that wrote it, or the last one before that is known. Two databases that
    /// tell the same name for a revision were one database until then.
    pub async fn history_at(&self, revision: Revision) -> Result<String, StoreError> {
        let run: Option<(String,)> = self.db.maybe(RUN_AT, (revision,)).await?;
        Ok(run.map(|(name,)| name).unwrap_or_default())
    }

    /// How many writes this program kept since it opened the database: as long as it stays the same, nothing that this program
    /// read has become another by its own doing.
    pub fn kept_writes(&self) -> u64 {
        self.kept.load(Ordering::Acquire)
    }

    /// The revision of the last write that was kept.
    pub async fn revision(&self) -> Result<Revision, StoreError> {
        let (revision,): (Revision,) = self.db.one(REVISION, ()).await?;
        Ok(revision)
    }

    /// The name of this database, which no other has. The first caller's `candidate` becomes it.
    pub async fn identity(&self, candidate: &str) -> Result<String, StoreError> {
        self.db.run(INSERT_IDENTITY, (candidate.to_owned(),)).await?;
        let (identity,): (String,) = self.db.one(IDENTITY, ()).await?;
        Ok(identity)
    }

    /// Whether the database answers.
    pub async fn answers(&self) -> bool {
        self.revision().await.is_ok()
    }

    /// Whether only one program may use this database at a time.
    pub const fn is_for_one(&self) -> bool {
        self.db.is_sqlite()
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

const NEXT_REVISION: &str = "\
update counter set value = value + 1 where name = 'revision'
returning value, exists (select 1 from run where run.name = $1) as is_known";

const INSERT_RUN: &str = "insert into run (name, revision) values ($1, $2)";
const RUN_AT: &str = "select name from run where revision <= $1 order by revision desc limit 1";
const REVISION: &str = "select value from counter where name = 'revision'";
const INSERT_IDENTITY: &str = "insert into fact (name, value) values ('identity', $1) on conflict (name) do nothing";
const IDENTITY: &str = "select value from fact where name = 'identity'";

/// Reads a JSON column that this crate wrote.
fn json<T: serde::de::DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable { what })
}

/// Writes a JSON column.
fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our own types have string keys and no failing serialiser")
}

/// What the driver says, without its own prefixes.
fn plain(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(inner) => inner.message().to_owned(),
        sqlx::Error::Io(inner) => inner.to_string(),
        sqlx::Error::Configuration(inner) => inner.to_string(),
        sqlx::Error::PoolTimedOut => "no answer in time".to_owned(),
        other => other.to_string(),
    }
}
