//! A database of its own for each test.

use std::path::Path;

use docent::store::Store;
use tempfile::TempDir;

use super::line::Line;

/// Names the server on which tests may make databases; set by `tests/run`.
const SERVER: &str = "TEST_POSTGRES_URL";

/// An empty database with all tables. A SQLite file goes with it; a PostgreSQL database goes with its server.
pub struct TestDatabase {
    pub store: Store,
    /// As `--database` takes it.
    pub setting: String,
    /// For whatever else a test keeps.
    pub folder: TempDir,
}

impl TestDatabase {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("docent.db");
        let store = open_sqlite(&path).await;
        Self {
            store,
            setting: path.display().to_string(),
            folder,
        }
    }

    /// `None`, and a line that says so, where no server is named.
    #[expect(
        clippy::disallowed_methods,
        reason = "how tests/run tells the tests where its server is"
    )]
    pub async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var(SERVER) else {
            println!("left out: {SERVER} is not set; tests/run sets it");
            return None;
        };
        let name = fresh_name();
        let admin = sqlx::PgPool::connect(&server).await.expect("the server answers");
        let create = sqlx::AssertSqlSafe(format!("create database {name}"));
        sqlx::query(create).execute(&admin).await.expect("a new database");
        admin.close().await;
        let setting = with_database(&server, &name);
        let store = open_postgres(&setting).await;
        Some(Self {
            store,
            setting,
            folder: tempfile::tempdir().expect("a folder"),
        })
    }

    /// Runs a statement that docent never would, to see how it bears the consequences.
    pub async fn meddle(&self, sql: &'static str) {
        if self.setting.starts_with("postgres") {
            let pool = sqlx::PgPool::connect(&self.setting).await.expect("the server answers");
            sqlx::query(sql).execute(&pool).await.expect("a statement");
            pool.close().await;
        } else {
            let url = format!("sqlite://{}", self.setting);
            let pool = sqlx::SqlitePool::connect(&url).await.expect("the file opens");
            sqlx::query(sql).execute(&pool).await.expect("a statement");
            pool.close().await;
        }
    }

    /// The number that a statement finds.
    pub async fn count(&self, sql: &'static str) -> i64 {
        if self.setting.starts_with("postgres") {
            let pool = sqlx::PgPool::connect(&self.setting).await.expect("the server answers");
            let (count,): (i64,) = sqlx::query_as(sql).fetch_one(&pool).await.expect("a number");
            pool.close().await;
            count
        } else {
            let url = format!("sqlite://{}", self.setting);
            let pool = sqlx::SqlitePool::connect(&url).await.expect("the file opens");
            let (count,): (i64,) = sqlx::query_as(sql).fetch_one(&pool).await.expect("a number");
            pool.close().await;
            count
        }
    }

    /// Everything that the database holds, last uses left out; on SQLite.
    pub async fn dump(&self) -> String {
        let url = format!("sqlite://{}", self.setting);
        let pool = sqlx::SqlitePool::connect(&url).await.expect("the file opens");
        let tables: Vec<(String,)> =
            sqlx::query_as("select name from sqlite_master where type = 'table' order by name")
                .fetch_all(&pool)
                .await
                .expect("tables");
        let mut dump = String::new();
        for (table,) in tables {
            let ask = sqlx::AssertSqlSafe(format!("select name from pragma_table_info('{table}')"));
            let columns: Vec<(String,)> = sqlx::query_as(ask).fetch_all(&pool).await.expect("columns");
            let kept = columns.iter().filter(|(name,)| {
                !matches!(
                    (table.as_str(), name.as_str()),
                    ("editor" | "session", "seen_at") | ("token", "used_at")
                )
            });
            let quoted: Vec<String> = kept.map(|(name,)| format!("quote({name})")).collect();
            let ask = sqlx::AssertSqlSafe(format!("select {} from {table} order by 1", quoted.join(" || ',' || ")));
            let rows: Vec<(String,)> = sqlx::query_as(ask).fetch_all(&pool).await.expect("rows");
            for (row,) in rows {
                dump.push_str(&format!("{table}: {row}\n"));
            }
        }
        pool.close().await;
        dump
    }

    /// The same database, opened once more, as another program would.
    pub async fn open_again(&self) -> Store {
        if self.setting.starts_with("postgres") {
            open_postgres(&self.setting).await
        } else {
            open_sqlite(self.setting.as_ref()).await
        }
    }

    /// The same database, opened over `line`.
    pub async fn behind(&self, line: &Line) -> Self {
        Self {
            store: open_postgres(&line.setting).await,
            setting: line.setting.clone(),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// A copy as it is now, opened; this one must have been closed.
    pub async fn copied(&self) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        if !self.setting.starts_with("postgres") {
            let path = folder.path().join("docent.db");
            std::fs::copy(&self.setting, &path).expect("a copy");
            return Self {
                store: open_sqlite(&path).await,
                setting: path.display().to_string(),
                folder,
            };
        }
        let (of, name) = (name_of(&self.setting), fresh_name());
        let admin = sqlx::PgPool::connect(&with_database(&self.setting, "postgres")).await;
        let admin = admin.expect("the server answers");
        let create = sqlx::AssertSqlSafe(format!("create database {name} template {of}"));
        sqlx::query(create).execute(&admin).await.expect("a new database");
        admin.close().await;
        let setting = with_database(&self.setting, &name);
        Self {
            store: open_postgres(&setting).await,
            setting,
            folder,
        }
    }
}

async fn open_sqlite(path: &Path) -> Store {
    let store = Store::open_sqlite(path).await.expect("an open database");
    store.for_run(&fresh_name())
}

async fn open_postgres(setting: &str) -> Store {
    let store = Store::open_postgres(setting).await.expect("an open database");
    store.for_run(&fresh_name())
}

fn fresh_name() -> String {
    format!("test_{}", uuid::Uuid::now_v7().simple())
}

/// `server` with its path replaced by `name`.
fn with_database(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).expect("an address");
    url.set_path(name);
    url.into()
}

fn name_of(setting: &str) -> String {
    let url = url::Url::parse(setting).expect("an address");
    url.path().trim_start_matches('/').to_owned()
}
