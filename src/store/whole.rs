//! A whole database: read as it is at one moment, written anew, put in the place of another. Beside `db`, the only file that
//! knows that there are two.
//!
//! Statements are made of the constants here and in `tables`, of digits, and of the name that the server itself gives its
//! schema.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::TryStreamExt;
use serde_json::Value;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, ColumnIndex, Decode, Encode, Postgres, Row, Sqlite, Transaction, Type};

use super::db::{Db, Within, Write};
use super::tables::{Kind, Table};
use super::{Store, StoreError};
use crate::domain::time::Timestamp;

/// Before whom a long reading need not hurry on PostgreSQL.
const UNHURRIED: [&str; 2] = [
    "set local statement_timeout = 0",
    "set local idle_in_transaction_session_timeout = 0",
];
/// How PostgreSQL begins to show one moment only.
const ONE_MOMENT: &str = "begin isolation level repeatable read read only";
/// How PostgreSQL is told that keys come from outside.
const OVERRIDING: &str = "overriding system value";

/// Where a database is made that takes the place of another later: a file beside, and a schema beside.
const BESIDE: &str = "restoring";
/// The files of a SQLite database, by what is behind the name.
const SQLITE_FILES: [&str; 3] = ["", "-wal", "-shm"];

/// A new database that takes the place of another once it is whole.
pub struct Beside {
    /// The new one.
    pub store: Store,
    place: Place,
}

enum Place {
    File(PathBuf),
    /// The server's address.
    Schema(String),
}

impl Beside {
    /// Makes a database beside the file at `path`, which nobody may be using.
    pub async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        let new = with_suffix(path, &format!(".{BESIDE}"));
        for suffix in SQLITE_FILES {
            match std::fs::remove_file(with_suffix(&new, suffix)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(file_error(&new, error)),
                _ => {}
            }
        }
        let store = Store::open_sqlite(&new).await?;
        let place = Place::File(path.to_owned());
        Ok(Self { store, place })
    }

    /// Makes a schema beside the one that is used at `url`. `None` if somebody else is using that database now.
    pub async fn postgres(url: &str) -> Result<Option<Self>, StoreError> {
        let Db::Postgres(pool) = Db::open_postgres(url, None).await? else {
            return Ok(None);
        };
        let mut connection = pool.acquire().await?;
        let (others,): (i64,) = sqlx::query_as(COUNT_OTHERS).fetch_one(&mut *connection).await?;
        if others > 0 {
            return Ok(None);
        }
        for sql in [DROP_BESIDE, CREATE_BESIDE] {
            sqlx::query(sql).execute(&mut *connection).await?;
        }
        drop(connection);
        pool.close().await;
        let store = Store::ready(Db::open_postgres(url, Some(SCHEMA_BESIDE)).await?).await?;
        let place = Place::Schema(url.to_owned());
        Ok(Some(Self { store, place }))
    }

    /// Puts the new one in the place of the old one, which is kept. Where that is now, for people.
    pub async fn take_place(self, now: Timestamp) -> Result<String, StoreError> {
        self.store.close().await;
        let stamp = now.to_jiff().strftime("%Y%m%d%H%M%S").to_string();
        match self.place {
            Place::File(path) => swap_files(&path, &stamp).map_err(|error| file_error(&path, error)),
            Place::Schema(url) => swap_schemas(&url, &stamp).await,
        }
    }
}

/// The number of the last migration that this program knows.
pub(super) fn newest_schema() -> i64 {
    let migrations = sqlx::migrate!("migrations/sqlite");
    migrations.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The old one's log goes with it: what is in there is part of it.
fn swap_files(path: &Path, stamp: &str) -> std::io::Result<String> {
    let old = with_suffix(path, &format!(".before-{stamp}"));
    for suffix in SQLITE_FILES {
        match std::fs::rename(with_suffix(path, suffix), with_suffix(&old, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let new = with_suffix(path, &format!(".{BESIDE}"));
    for suffix in SQLITE_FILES {
        match std::fs::rename(with_suffix(&new, suffix), with_suffix(path, suffix)) {
            Err(error) if suffix.is_empty() || error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(format!("the file {}", old.display()))
}

async fn swap_schemas(url: &str, stamp: &str) -> Result<String, StoreError> {
    let Db::Postgres(pool) = Db::open_postgres(url, None).await? else {
        return Err(StoreError::Missing);
    };
    let mut transaction = pool.begin().await?;
    let (used,): (String,) = sqlx::query_as(SCHEMA_USED).fetch_one(&mut *transaction).await?;
    let old = format!("docent_before_{stamp}");
    for sql in [
        format!("alter schema {used} rename to {old}"),
        format!("alter schema {SCHEMA_BESIDE} rename to {used}"),
    ] {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    pool.close().await;
    Ok(format!("the schema {old}"))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn file_error(path: &Path, error: std::io::Error) -> StoreError {
    StoreError::opening(path.display().to_string(), error.into())
}

const SCHEMA_BESIDE: &str = "docent_restoring";

const DROP_BESIDE: &str = "drop schema if exists docent_restoring cascade";

const CREATE_BESIDE: &str = "create schema docent_restoring";

/// As it is written in a statement.
const SCHEMA_USED: &str = "select quote_ident(current_schema())";

const COUNT_OTHERS: &str = "\
select count(*) from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()";

/// The database as it was when this began, whatever is written meanwhile.
pub(super) enum Snapshot {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Snapshot {
    pub(super) async fn begin(db: &Db) -> Result<Self, StoreError> {
        Ok(match db {
            // From its first statement on, it sees what there was then.
            Db::Sqlite { readers, .. } => Self::Sqlite(readers.begin().await?),
            Db::Postgres(pool) => {
                let mut transaction = pool.begin_with(ONE_MOMENT).await?;
                for sql in UNHURRIED {
                    sqlx::query(sql).execute(&mut *transaction).await?;
                }
                Self::Postgres(transaction)
            }
        })
    }

    /// How many rows `table` has.
    pub(super) async fn count(&mut self, table: &Table) -> Result<i64, StoreError> {
        let sql = AssertSqlSafe(table.count());
        let (count,): (i64,) = match self {
            Self::Sqlite(transaction) => sqlx::query_as(sql).fetch_one(&mut **transaction).await?,
            Self::Postgres(transaction) => sqlx::query_as(sql).fetch_one(&mut **transaction).await?,
        };
        Ok(count)
    }

    /// Gives each row of `table` to `take`, one at a time.
    pub(super) async fn each<E: From<StoreError>>(
        &mut self,
        table: &Table,
        mut take: impl FnMut(Vec<Value>) -> Result<(), E>,
    ) -> Result<(), E> {
        let columns = table.columns();
        let sql = AssertSqlSafe(table.select());
        match self {
            Self::Sqlite(transaction) => {
                let mut rows = sqlx::query(sql).fetch(&mut **transaction);
                while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
                    take(cells(&row, &columns).map_err(StoreError::from)?)?;
                }
            }
            Self::Postgres(transaction) => {
                let mut rows = sqlx::query(sql).fetch(&mut **transaction);
                while let Some(row) = rows.try_next().await.map_err(StoreError::from)? {
                    take(cells(&row, &columns).map_err(StoreError::from)?)?;
                }
            }
        }
        Ok(())
    }
}

impl Write {
    /// How many rows `table` has.
    pub(super) async fn count(&mut self, table: &Table) -> Result<i64, StoreError> {
        let sql = AssertSqlSafe(table.count());
        let (count,): (i64,) = match &mut self.within {
            Within::Sqlite(transaction) => sqlx::query_as(sql).fetch_one(&mut **transaction).await?,
            Within::Postgres(transaction) => sqlx::query_as(sql).fetch_one(&mut **transaction).await?,
        };
        Ok(count)
    }

    /// Writes rows of `table` with the keys that they have.
    pub(super) async fn put(
        &mut self,
        table: &Table,
        columns: &[(&'static str, Kind)],
        rows: Vec<Vec<Value>>,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let count = rows.len();
        match &mut self.within {
            Within::Sqlite(transaction) => {
                let sql = AssertSqlSafe(table.insert(columns, "", count));
                let arguments: SqliteArguments = arguments(columns, rows)?;
                sqlx::query_with(sql, arguments).execute(&mut **transaction).await?;
            }
            Within::Postgres(transaction) => {
                let overriding = if table.gives_keys { OVERRIDING } else { "" };
                let sql = AssertSqlSafe(table.insert(columns, overriding, count));
                let arguments: PgArguments = arguments(columns, rows)?;
                sqlx::query_with(sql, arguments).execute(&mut **transaction).await?;
            }
        }
        Ok(())
    }

    /// Lets the database give out keys of `table` behind those that are there. SQLite does so by itself.
    pub(super) async fn go_on_with_keys(&mut self, table: &Table) -> Result<(), StoreError> {
        if let Within::Postgres(transaction) = &mut self.within {
            let sql = AssertSqlSafe(table.go_on_with_keys());
            sqlx::query(sql).execute(&mut **transaction).await?;
        }
        Ok(())
    }

    /// Takes the time that writing a whole database takes.
    pub(super) async fn unhurried(&mut self) -> Result<(), StoreError> {
        if let Within::Postgres(transaction) = &mut self.within {
            for sql in UNHURRIED {
                sqlx::query(sql).execute(&mut **transaction).await?;
            }
        }
        Ok(())
    }
}

fn cells<'r, R>(row: &'r R, columns: &[(&'static str, Kind)]) -> Result<Vec<Value>, sqlx::Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    Option<bool>: Decode<'r, R::Database> + Type<R::Database>,
    Option<f64>: Decode<'r, R::Database> + Type<R::Database>,
    Option<Vec<u8>>: Decode<'r, R::Database> + Type<R::Database>,
{
    let cell = |(at, (_, kind)): (usize, &(&str, Kind))| {
        Ok(match kind {
            Kind::Number => row.try_get::<Option<i64>, _>(at)?.into(),
            Kind::Text => row.try_get::<Option<String>, _>(at)?.into(),
            Kind::Flag => row.try_get::<Option<bool>, _>(at)?.into(),
            Kind::Real => row.try_get::<Option<f64>, _>(at)?.into(),
            Kind::Bytes => row
                .try_get::<Option<Vec<u8>>, _>(at)?
                .map(|bytes| BASE64.encode(bytes))
                .into(),
        })
    };
    columns.iter().enumerate().map(cell).collect()
}

fn arguments<A>(columns: &[(&'static str, Kind)], rows: Vec<Vec<Value>>) -> Result<A, StoreError>
where
    A: Arguments + Default,
    Option<i64>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
    Option<String>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
    Option<bool>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
    Option<f64>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
    Option<Vec<u8>>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for row in rows {
        for ((_, kind), value) in columns.iter().zip(row) {
            add(&mut arguments, *kind, value).map_err(sqlx::Error::Encode)?;
        }
    }
    Ok(arguments)
}

fn add<A>(arguments: &mut A, kind: Kind, value: Value) -> Result<(), sqlx::error::BoxDynError>
where
    A: Arguments,
    Option<i64>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
    Option<String>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
    Option<bool>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
    Option<f64>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
    Option<Vec<u8>>: for<'q> Encode<'q, A::Database> + Type<A::Database>,
{
    match kind {
        Kind::Number => arguments.add(serde_json::from_value::<Option<i64>>(value)?),
        Kind::Text => arguments.add(serde_json::from_value::<Option<String>>(value)?),
        Kind::Flag => arguments.add(serde_json::from_value::<Option<bool>>(value)?),
        Kind::Real => arguments.add(serde_json::from_value::<Option<f64>>(value)?),
        Kind::Bytes => {
            let text: Option<String> = serde_json::from_value(value)?;
            arguments.add(text.map(|text| BASE64.decode(text)).transpose()?)
        }
    }
}
