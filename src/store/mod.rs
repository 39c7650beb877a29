//! The only place that speaks SQL.
//!
//! Knows the domain and the database. Must not know other people's servers, the index, formats or requests.
//! The database is the truth and decides uniqueness; whatever else exists can be made from it again.

use std::path::Path;
use std::sync::Arc;

use sqlx::error::ErrorKind;
use thiserror::Error;

pub mod articles;
pub mod corrections;
mod db;
pub mod entries;
pub mod following;
pub mod hosts;
pub mod leases;
pub mod polls;
pub mod sources;
mod statement;
pub mod stories;

pub use db::{Db, Write};

/// Why the store could not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is no such row.
    #[error("no such row")]
    Missing,
    /// What was to be written exists already.
    #[error("exists already")]
    Taken(#[source] sqlx::Error),
    /// The database could not be opened or reached.
    #[error("cannot open the database {what}: {}", plain(source))]
    Unreachable {
        /// Which one.
        what: String,
        /// Why.
        source: sqlx::Error,
    },
    /// The SQLite library is too old to be trusted with a database.
    #[error("SQLite {version} is too old: versions before 3.51.3 can lose data")]
    OldSqlite {
        /// The version found.
        version: String,
    },
    /// The tables could not be brought up to date.
    #[error("cannot bring the tables up to date: {0}")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// Something in the database cannot be read back as what was written.
    #[error("cannot read {what} from the database")]
    Unreadable {
        /// Which column, of what.
        what: &'static str,
    },
    /// Anything else the database says.
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().map(sqlx::error::DatabaseError::kind) {
            Some(ErrorKind::UniqueViolation) => Self::Taken(error),
            _ => Self::Database(error),
        }
    }
}

/// The store.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    /// The run of a program that writes through it.
    run: Option<Arc<str>>,
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
        Self::ready(Db::open_postgres(url).await?).await
    }

    async fn ready(db: Db) -> Result<Self, StoreError> {
        db.migrate().await?;
        Ok(Self { db, run: None })
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
        sqlx::Error::PoolTimedOut => "no answer in time".to_owned(),
        other => other.to_string(),
    }
}
