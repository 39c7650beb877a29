//! Two databases behind one face; the only file that knows that there are two.
//!
//! A statement is a constant and a tuple of parameters. That a parameter or a row suits both databases is checked by the
//! compiler (the bounds of [`Parameters`] and [`Row`]); that a statement does, by running every store test on both.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, FromRow, Postgres, Sqlite, Transaction};

use super::StoreError;
pub use super::parameters::{And, Parameters};
use super::parameters::{each, postgres, sqlite};
use super::statement::{Among, Many, Placeholders, ROWS_A_STATEMENT, padded};

/// Connections that only read, on SQLite. One more writes: sharing one pool made a write wait ten times as long.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 10;
/// Prepared statements that a connection keeps: each of our tables is written with up to 32 statements of different lengths,
/// and the drivers' own limit of 100 would prepare the wide ones again and again.
const STATEMENTS_KEPT: usize = 512;
/// How long a statement waits for SQLite's write lock.
const SQLITE_BUSY_SECONDS: u64 = 30;
/// What no statement of ours needs, and what would hold up all others if one did.
const POSTGRES_LIMITS: [(&str, &str); 3] = [
    ("statement_timeout", "120s"),
    ("lock_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "120s"),
];
/// How long a command waits for a connection before it says that the database cannot be reached.
const CONNECT_SECONDS: u64 = 10;
/// How long it takes at the most to learn why the database cannot be reached.
const CAUSE_SECONDS: u64 = 2;
/// SQLite before this can lose a database in WAL mode when two connections check-point at once.
const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);

/// An open database.
#[derive(Debug, Clone)]
pub enum Db {
    /// A file of ours.
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Those that read.
        readers: SqlitePool,
    },
    /// Somebody's server.
    Postgres(PgPool),
}

/// A transaction that writes; nothing of it is kept unless [`Write::commit`] is called.
#[derive(Debug)]
pub struct Write {
    pub(super) within: Within,
    /// How many writes this program kept; one more once this one is.
    pub(super) kept: Arc<AtomicU64>,
}

/// The transaction of one or the other database.
#[derive(Debug)]
pub(super) enum Within {
    /// On the file.
    Sqlite(Transaction<'static, Sqlite>),
    /// On the server.
    Postgres(Transaction<'static, Postgres>),
}

/// A row that can be read from both databases.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl Db {
    /// Opens the SQLite file at `path`, making it if there is none.
    pub async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .statement_cache_capacity(STATEMENTS_KEPT)
            .busy_timeout(Duration::from_secs(SQLITE_BUSY_SECONDS));
        let opened = |source| StoreError::opening(path.display().to_string(), why_not(path, source));
        let writer = lasting(1).connect_with(options.clone()).await.map_err(opened)?;
        let readers = lasting(SQLITE_READERS).connect_with(options).await.map_err(opened)?;
        refuse_old_sqlite(&readers).await?;
        Ok(Self::Sqlite { writer, readers })
    }

    /// Connects to the PostgreSQL server that `url` names; to use `schema` there, where one is given.
    pub async fn open_postgres(url: &str, schema: Option<&'static str>) -> Result<Self, StoreError> {
        let options =
            PgConnectOptions::from_str(url).map_err(|source| StoreError::opening("at the address given", source))?;
        let options = options
            .options(POSTGRES_LIMITS)
            .options(schema.map(|schema| ("search_path", schema)))
            .statement_cache_capacity(STATEMENTS_KEPT);
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(Duration::from_secs(CONNECT_SECONDS))
            .connect_with(options.clone())
            .await;
        match pool {
            Ok(pool) => Ok(Self::Postgres(pool)),
            Err(error) => Err(StoreError::opening(
                format!("at {}:{}", options.get_host(), options.get_port()),
                cause(error, &options).await,
            )),
        }
    }

    /// Every row that `sql` finds.
    pub async fn all<R: Row>(&self, sql: &'static str, parameters: impl Parameters) -> Result<Vec<R>, StoreError> {
        let rows = match self {
            Self::Sqlite { readers, .. } => sqlx::query_as_with(sql, sqlite(parameters)?).fetch_all(readers).await,
            Self::Postgres(pool) => sqlx::query_as_with(sql, postgres(parameters)?).fetch_all(pool).await,
        };
        Ok(rows?)
    }

    /// The one row that `sql` finds; none is an error.
    pub async fn one<R: Row>(&self, sql: &'static str, parameters: impl Parameters) -> Result<R, StoreError> {
        self.maybe(sql, parameters).await?.ok_or(StoreError::Missing)
    }

    /// The row that `sql` finds, if any.
    pub async fn maybe<R: Row>(&self, sql: &'static str, parameters: impl Parameters) -> Result<Option<R>, StoreError> {
        let row = match self {
            Self::Sqlite { readers, .. } => {
                sqlx::query_as_with(sql, sqlite(parameters)?)
                    .fetch_optional(readers)
                    .await
            }
            Self::Postgres(pool) => {
                sqlx::query_as_with(sql, postgres(parameters)?)
                    .fetch_optional(pool)
                    .await
            }
        };
        Ok(row?)
    }

    /// Every row that `among` finds for `values`, some dozens of values with each statement.
    pub async fn all_among<R: Row, T>(&self, among: &Among, values: &[T]) -> Result<Vec<R>, StoreError>
    where
        T: Clone + Send,
        (T,): Parameters,
    {
        let mut found = Vec::new();
        for batch in values.chunks(ROWS_A_STATEMENT) {
            let sql = AssertSqlSafe(among.sql(self.placeholders()));
            found.extend(match self {
                Self::Sqlite { readers, .. } => {
                    sqlx::query_as_with(sql, each::<_, SqliteArguments>(padded(batch))?)
                        .fetch_all(readers)
                        .await?
                }
                Self::Postgres(pool) => {
                    sqlx::query_as_with(sql, each::<_, PgArguments>(padded(batch))?)
                        .fetch_all(pool)
                        .await?
                }
            });
        }
        Ok(found)
    }

    /// Runs a single statement that writes and that no follower needs to hear of. How many rows it touched.
    pub async fn run(&self, sql: &'static str, parameters: impl Parameters) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => sqlx::query_with(sql, sqlite(parameters)?)
                .execute(writer)
                .await?
                .rows_affected(),
            Self::Postgres(pool) => sqlx::query_with(sql, postgres(parameters)?)
                .execute(pool)
                .await?
                .rows_affected(),
        })
    }

    /// Begins a transaction. Its first statement must write: SQLite then waits for its lock instead of failing.
    pub(super) async fn begin(&self) -> Result<Write, StoreError> {
        let within = match self {
            Self::Sqlite { writer, .. } => Within::Sqlite(writer.begin().await?),
            Self::Postgres(pool) => Within::Postgres(pool.begin().await?),
        };
        Ok(Write {
            within,
            kept: Arc::default(),
        })
    }

    /// Brings the tables up to date under the database's own lock.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { writer, .. } => sqlx::migrate!("migrations/sqlite").run(writer).await?,
            Self::Postgres(pool) => sqlx::migrate!("migrations/postgres").run(pool).await?,
        }
        Ok(())
    }

    /// Closes every connection; SQLite folds its log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    const fn placeholders(&self) -> Placeholders {
        match self {
            Self::Sqlite { .. } => Placeholders::Plain,
            Self::Postgres(_) => Placeholders::Numbered,
        }
    }

    /// Whether this is the kind of database that serves one program only.
    pub const fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }
}

impl Write {
    /// Every row that `sql` finds.
    pub async fn all<R: Row>(&mut self, sql: &'static str, parameters: impl Parameters) -> Result<Vec<R>, StoreError> {
        let rows = match &mut self.within {
            Within::Sqlite(tx) => sqlx::query_as_with(sql, sqlite(parameters)?).fetch_all(&mut **tx).await,
            Within::Postgres(tx) => {
                sqlx::query_as_with(sql, postgres(parameters)?)
                    .fetch_all(&mut **tx)
                    .await
            }
        };
        Ok(rows?)
    }

    /// The one row that `sql` finds or returns; none is an error.
    pub async fn one<R: Row>(&mut self, sql: &'static str, parameters: impl Parameters) -> Result<R, StoreError> {
        self.maybe(sql, parameters).await?.ok_or(StoreError::Missing)
    }

    /// The row that `sql` finds or returns, if any.
    pub async fn maybe<R: Row>(
        &mut self,
        sql: &'static str,
        parameters: impl Parameters,
    ) -> Result<Option<R>, StoreError> {
        let row = match &mut self.within {
            Within::Sqlite(tx) => {
                sqlx::query_as_with(sql, sqlite(parameters)?)
                    .fetch_optional(&mut **tx)
                    .await
            }
            Within::Postgres(tx) => {
                sqlx::query_as_with(sql, postgres(parameters)?)
                    .fetch_optional(&mut **tx)
                    .await
            }
        };
        Ok(row?)
    }

    /// Runs `sql`. How many rows it touched.
    pub async fn run(&mut self, sql: &'static str, parameters: impl Parameters) -> Result<u64, StoreError> {
        Ok(match &mut self.within {
            Within::Sqlite(tx) => sqlx::query_with(sql, sqlite(parameters)?)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Within::Postgres(tx) => sqlx::query_with(sql, postgres(parameters)?)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }

    /// Inserts `rows`, many with each statement: four to five times as fast as one by one. How many were inserted.
    pub async fn run_many<P: Parameters>(&mut self, many: &Many, rows: Vec<P>) -> Result<u64, StoreError> {
        let mut inserted = 0;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let batch: Vec<P> = rows.by_ref().take(ROWS_A_STATEMENT).collect();
            let sql = AssertSqlSafe(many.sql(batch.len(), self.placeholders()));
            inserted += match &mut self.within {
                Within::Sqlite(tx) => sqlx::query_with(sql, each::<_, SqliteArguments>(batch)?)
                    .execute(&mut **tx)
                    .await?
                    .rows_affected(),
                Within::Postgres(tx) => sqlx::query_with(sql, each::<_, PgArguments>(batch)?)
                    .execute(&mut **tx)
                    .await?
                    .rows_affected(),
            };
        }
        Ok(inserted)
    }

    /// Every row that `many` returns for `rows`, many with each statement.
    pub async fn all_many<R: Row, P: Parameters>(&mut self, many: &Many, rows: Vec<P>) -> Result<Vec<R>, StoreError> {
        let mut found = Vec::new();
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let batch: Vec<P> = rows.by_ref().take(ROWS_A_STATEMENT).collect();
            let sql = AssertSqlSafe(many.sql(batch.len(), self.placeholders()));
            found.extend(match &mut self.within {
                Within::Sqlite(tx) => {
                    sqlx::query_as_with(sql, each::<_, SqliteArguments>(batch)?)
                        .fetch_all(&mut **tx)
                        .await?
                }
                Within::Postgres(tx) => {
                    sqlx::query_as_with(sql, each::<_, PgArguments>(batch)?)
                        .fetch_all(&mut **tx)
                        .await?
                }
            });
        }
        Ok(found)
    }

    /// Every row that `among` finds for `values`, some dozens of values with each statement.
    pub async fn all_among<R: Row, T>(&mut self, among: &Among, values: &[T]) -> Result<Vec<R>, StoreError>
    where
        T: Clone + Send,
        (T,): Parameters,
    {
        let mut found = Vec::new();
        for batch in values.chunks(ROWS_A_STATEMENT) {
            let sql = AssertSqlSafe(among.sql(self.placeholders()));
            found.extend(match &mut self.within {
                Within::Sqlite(tx) => {
                    sqlx::query_as_with(sql, each::<_, SqliteArguments>(padded(batch))?)
                        .fetch_all(&mut **tx)
                        .await?
                }
                Within::Postgres(tx) => {
                    sqlx::query_as_with(sql, each::<_, PgArguments>(padded(batch))?)
                        .fetch_all(&mut **tx)
                        .await?
                }
            });
        }
        Ok(found)
    }

    const fn placeholders(&self) -> Placeholders {
        match &self.within {
            Within::Sqlite(_) => Placeholders::Plain,
            Within::Postgres(_) => Placeholders::Numbered,
        }
    }

    /// Keeps what was written.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.within {
            Within::Sqlite(tx) => tx.commit().await?,
            Within::Postgres(tx) => tx.commit().await?,
        }
        self.kept.fetch_add(1, Ordering::Release);
        Ok(())
    }
}

/// A connection to a file does not die: none is tested before each use, and none is made anew with time.
fn lasting(connections: u32) -> SqlitePoolOptions {
    let pool = SqlitePoolOptions::new().max_connections(connections);
    pool.test_before_acquire(false).idle_timeout(None).max_lifetime(None)
}

/// SQLite says only that it cannot open a file; the system says why.
fn why_not(path: &Path, error: sqlx::Error) -> sqlx::Error {
    let mut options = std::fs::OpenOptions::new();
    let opened = options.read(true).write(true).create(true).truncate(false).open(path);
    opened.err().map_or(error, sqlx::Error::Io)
}

/// A pool tries again and again and at last only says that it was in vain; one more try says why.
async fn cause(error: sqlx::Error, options: &PgConnectOptions) -> sqlx::Error {
    if !matches!(error, sqlx::Error::PoolTimedOut) {
        return error;
    }
    match tokio::time::timeout(Duration::from_secs(CAUSE_SECONDS), options.connect()).await {
        Ok(Err(cause)) => cause,
        _ => error,
    }
}

async fn refuse_old_sqlite(pool: &SqlitePool) -> Result<(), StoreError> {
    let (version,): (String,) = sqlx::query_as("select sqlite_version()").fetch_one(pool).await?;
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) < SQLITE_VERSION_MIN {
        return Err(StoreError::OldSqlite { version });
    }
    Ok(())
}
