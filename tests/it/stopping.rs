//! A signal ends the program in order, and in time.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::app::feed;
use crate::support::database::TestDatabase;
use crate::support::line::Line;
use crate::support::program::{Serving, command, signal, wait_for};
use crate::support::site::{FakeSite, Hold, Reply};
use crate::support::worker::slug;

/// What runs may end within the drain; a few seconds more are for saying goodbye.
const DRAIN_AND_FAREWELL: Duration = Duration::from_secs(20 + 8);
/// What is stopped at once has a few seconds for saying goodbye.
const FAREWELL: Duration = Duration::from_secs(8);

crate::on_both_databases!(what_serve_reads_when_it_is_told_to_stop_is_read_to_its_end);

const STORIES: &[(&str, &str)] = &[(
    "Museum roof repaired",
    "Workers have mended the leaking roof above the painting gallery after a wet winter.",
)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_does_not_keep_the_program_from_ending() {
    let Some(database) = TestDatabase::postgres().await else {
        return;
    };
    let line = Line::to(&database.setting).await;
    let mut serving = Serving::start_alone(database.folder.path(), &["--database", &line.setting]);
    line.hush();
    serving.signal("TERM");
    let ended = serving.wait_for(DRAIN_AND_FAREWELL).expect("it ends in time");
    assert_eq!(ended.code(), Some(0), "{}", serving.read_log());
}

async fn what_serve_reads_when_it_is_told_to_stop_is_read_to_its_end(database: TestDatabase) {
    let folder = database.folder.path();
    let sites = Sites::declared_in(folder).await;
    let settings = [
        "--database",
        &database.setting,
        "--fetch-gap",
        "0",
        "--fetch-per-host",
        "2",
    ];
    let serve = || Serving::start_alone(folder, &settings);
    let mut serving = serve();
    let now = docent::app::now();
    for id in ["gazette", "courier"] {
        assert!(database.store.ask_for_poll(&slug(id), now, now).await.unwrap());
    }
    until_asked(&sites.first, "/gazette").await;
    until_asked(&sites.second, "/courier").await;
    serving.signal("TERM");
    serving.await_log("stopping");
    sites.hold.release();
    let ended = serving.wait_for(FAREWELL).expect("it ends in time");
    assert_eq!(ended.code(), Some(0));
    assert_eq!(
        database.count("select count(*) from entry").await,
        2,
        "one of each source"
    );
    assert_eq!(
        database
            .count("select count(*) from source where leased_by is not null")
            .await,
        0
    );

    let mut again = serve();
    again.await_log("listening");
    again.signal("TERM");
    assert_eq!(again.wait().code(), Some(0));
    assert_eq!(sites.first.count("/gazette"), 1, "what was read is not due again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_that_is_told_to_stop_ends_what_runs_and_begins_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let sites = Sites::declared_in(folder.path()).await;
    let mut polling = sites.poll(folder.path(), &["--json"]).await;
    signal(&polling.child, "TERM");
    polling.await_log("stopping");
    sites.hold.release();
    let (code, out, err) = polling.end();
    let report: Value = serde_json::from_str(&out).expect("one report");
    assert_eq!((&report["source"], &report["items"]), (&"gazette".into(), &1.into()));
    assert_eq!(sites.second.count("/courier"), 0);
    assert_eq!(code, Some(1));
    assert!(
        err.ends_with("docent: stopped by a signal; not polled: 1 of 2 sources\n"),
        "{err}"
    );
    assert_eq!(leases(folder.path()).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_that_is_stopped_at_once_still_tells_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let sites = Sites::declared_in(folder.path()).await;
    let mut polling = sites.poll(folder.path(), &[]).await;
    signal(&polling.child, "INT");
    polling.await_log("stopping");
    signal(&polling.child, "INT");
    let (code, out, err) = polling.end();
    assert_eq!(out, "nothing was polled\n");
    assert_eq!(code, Some(1));
    assert!(
        err.ends_with("docent: stopped by a signal; not polled: 2 of 2 sources\n"),
        "{err}"
    );
    assert_eq!(leases(folder.path()).await, 0);
}

/// Two sites of one feed each; the first keeps its answer back.
struct Sites {
    first: FakeSite,
    second: FakeSite,
    hold: Hold,
}

/// `docent poll`, in the middle of its first poll.
struct Polling {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
}

impl Sites {
    async fn declared_in(folder: &Path) -> Self {
        let hold = Hold::new();
        let (first, second) = (FakeSite::start().await, FakeSite::start().await);
        first.put("/gazette", Reply::feed(feed("gazette", STORIES)).held(&hold));
        second.put("/courier", Reply::feed(feed("courier", STORIES)));
        let declare = |id: &str, link: &dyn std::fmt::Display| {
            format!("[[source]]\nid = \"{id}\"\nname = \"The {id}\"\nlink = \"{link}\"\narticles = false\n\n")
        };
        let file = declare("gazette", &first.link("/gazette")) + &declare("courier", &second.link("/courier"));
        std::fs::write(folder.join("sources.toml"), file).unwrap();
        Self { first, second, hold }
    }

    /// Begins to poll one source after the other.
    async fn poll(&self, folder: &Path, arguments: &[&str]) -> Polling {
        let all = [
            &["poll", "gazette", "courier", "--now", "--fetch-at-once", "1"],
            &["--fetch-allow", "127.0.0.0/8", "--fetch-gap", "0"][..],
            arguments,
        ];
        let mut child = command(folder, &all.concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        until_asked(&self.first, "/gazette").await;
        Polling { child, log }
    }
}

/// Waits until a path is being read.
async fn until_asked(site: &FakeSite, path: &str) {
    while site.count(path) == 0 {
        tokio::task::yield_now().await;
    }
}

impl Polling {
    fn await_log(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(
                self.log.read_line(&mut line).unwrap(),
                0,
                "the log ends without {text:?}"
            );
        }
    }

    /// Its exit code, what it printed and the rest of what it logged.
    fn end(mut self) -> (Option<i32>, String, String) {
        let ended = wait_for(&mut self.child, FAREWELL).expect("it ends in time");
        let (mut out, mut err) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.log.read_to_string(&mut err).unwrap();
        (ended.code(), out, err)
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn leases(folder: &Path) -> i64 {
    let file = format!("sqlite://{}", folder.join("data/docent.db").display());
    let pool = sqlx::SqlitePool::connect(&file).await.unwrap();
    let held = sqlx::query_scalar("select count(*) from source where leased_by is not null");
    held.fetch_one(&pool).await.unwrap()
}
