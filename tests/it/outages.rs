//! The database or its disk is lost for a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use docent::worker::schedule;

use crate::api::assert_problem;
use crate::on_both_databases;
use crate::support::app::{TestApp, feed};
use crate::support::database::TestDatabase;
use crate::support::line::Line;
use crate::support::program::Serving;
use crate::support::site::{FakeSite, Hold, Reply};
use crate::support::worker::TestWorker;

on_both_databases!(what_needs_a_lost_database_is_to_be_asked_again);

const STORIES: &[(&str, &str)] = &[(
    "Museum roof repaired",
    "Workers have mended the leaking roof above the painting gallery after a wet winter.",
)];

/// Pages that need the database.
const NEEDY: &[&str] = &[
    "/api/v1/stories",
    "/api/v1/sources/gazette",
    "/api/v1/search?q=museum",
    "/readyz",
    "/metrics",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_and_comes_back_costs_no_poll() {
    let Some(database) = TestDatabase::postgres().await else {
        return;
    };
    let line = Line::to(&database.setting).await;
    let app = TestApp::with_stories(database.behind(&line).await, STORIES).await;
    let hold = Hold::new();
    app.site
        .put("/courier", Reply::feed(feed("courier", STORIES)).held(&hold));
    app.worker.add_feed("courier", &app.site.link("/courier")).await;
    let tools = Arc::clone(&app.worker.tools);
    let polling = tokio::spawn(async move { schedule::once(&tools).await });
    while app.site.count("/courier") == 0 {
        tokio::task::yield_now().await;
    }
    line.cut();
    hold.release();
    let _ = polling.await.unwrap();
    for path in NEEDY {
        let answer = app.get(path);
        assert_problem(&answer, 503, path);
        assert_eq!(answer.header("retry-after"), Some("5"), "{path}");
    }
    assert_eq!(app.get("/healthz").status, 200);

    line.mend();
    for path in NEEDY {
        assert_eq!(app.get(path).status, 200, "{path}");
    }
    assert_eq!(
        database.count("select count(*) from entry").await,
        1,
        "the gazette's alone"
    );
    app.worker.pass(Duration::from_secs(schedule::LEASE_SECONDS));
    let polls = app.worker.poll_due().await;
    let told: Vec<_> = polls.iter().map(|poll| (poll.source.as_str(), poll.items)).collect();
    assert_eq!(told, [("courier", 1)]);
    assert_eq!(database.count("select count(*) from entry").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_the_server_ends_are_made_anew_unseen() {
    let Some(database) = TestDatabase::postgres().await else {
        return;
    };
    let app = TestApp::with_stories(database, STORIES).await;
    app.database
        .meddle("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
        .await;
    for path in NEEDY {
        assert_eq!(app.get(path).status, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_docent_goes_on_when_its_database_comes_back() {
    let Some(database) = TestDatabase::postgres().await else {
        return;
    };
    let line = Line::to(&database.setting).await;
    let mut serving = Serving::start_alone(
        database.folder.path(),
        &["--database", &line.setting, "--fetch-gap", "0"],
    );
    serving.await_answer("/readyz", |answer| answer.status == 200);
    line.cut();
    serving.await_log("no sources can be claimed");
    assert_problem(&serving.await_answer("/readyz", |_| true), 503, "/readyz");

    line.mend();
    serving.await_answer("/readyz", |answer| answer.status == 200);
    let site = FakeSite::start().await;
    site.put("/gazette", Reply::feed(feed("gazette", STORIES)));
    TestWorker::new(&database.store)
        .add_feed("gazette", &site.link("/gazette"))
        .await;
    let begun = Instant::now();
    while database.count("select count(*) from entry").await == 0 {
        assert!(begun.elapsed() < Duration::from_mins(1), "it polls again");
    }
    serving.signal("TERM");
    assert_eq!(serving.wait().code(), Some(0));
}

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
