//! What the tests share: the parts of the outer world, played, and docent itself on both databases.

pub mod app;
pub mod browser;
pub mod database;
pub mod desk;
pub mod editors;
pub mod fetching;
pub mod http;
pub mod line;
pub mod program;
pub mod site;
pub mod worker;

/// Runs each of these tests on SQLite and, where `TEST_POSTGRES_URL` names a server, on PostgreSQL too.
///
/// A test is an `async fn name(database: TestDatabase)` in the module that calls this.
#[macro_export]
macro_rules! on_both_databases {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::support::database::TestDatabase::sqlite().await).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(database) = $crate::support::database::TestDatabase::postgres().await {
                    super::$test(database).await;
                }
            })*
        }
    };
}
