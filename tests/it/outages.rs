//! The database or its disk is lost for a while.

use crate::api::assert_problem;
use crate::on_both_databases;
use crate::support::app::TestApp;
use crate::support::database::TestDatabase;

on_both_databases!(what_needs_a_lost_database_is_to_be_asked_again);

const STORIES: &[(&str, &str)] = &[(
    "Museum roof repaired",
    "Workers have mended the leaking roof above the painting gallery after a wet winter.",
)];

async fn what_needs_a_lost_database_is_to_be_asked_again(database: TestDatabase) {
    let app = TestApp::with_stories(database, STORIES).await;
    app.database.store.close().await;
    for path in [
        "/api/v1/stories",
        "/api/v1/stories/0198c0de-0000-7000-8000-000000000000",
        "/api/v1/sources",
        "/api/v1/sources/gazette",
        "/api/v1/search?q=museum",
        "/readyz",
        "/metrics",
    ] {
        let answer = app.get(path);
        assert_problem(&answer, 503, path);
        assert_eq!(answer.header("retry-after"), Some("5"), "{path}");
    }
    assert_eq!(app.get("/healthz").status, 200);
}
