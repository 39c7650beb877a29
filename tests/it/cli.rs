//! The program as a person runs it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::support::app::feed;
use crate::support::database::TestDatabase;
use crate::support::http::try_ask;
use crate::support::program::{Serving, command, docent};
use crate::support::site::{FakeSite, Hold, Reply};
use crate::support::worker::TestWorker;

const STORIES: &[(&str, &str)] = &[
    (
        "Museum roof repaired",
        "Workers have mended the leaking roof above the painting gallery after a wet winter.",
    ),
    (
        "Curator retires",
        "After forty years the keeper of coins at the city museum hands over her magnifying glass.",
    ),
];

#[test]
fn each_command_tells_its_settings() {
    let folder = tempfile::tempdir().unwrap();
    for (command, settings) in [
        (
            &["serve"][..],
            &[
                "--listen",
                "--data",
                "--sources",
                "--fetch-allow",
                "--public-url",
                "DOCENT_LISTEN",
            ][..],
        ),
        (&["demo"], &["--listen", "--keep"]),
        (&["poll"], &["--now", "--json", "--fetch-gap", "DOCENT_FETCH_GAP"]),
        (&["source"], &["list", "add", "try", "import", "export"]),
        (&["source", "list"], &["--json", "--data"]),
        (&["source", "add"], &["--id", "--dry-run", "--to-file"]),
        (&["source", "try"], &["--item", "--link", "--date"]),
        (&["source", "import"], &["<FILES>", "--database"]),
        (&["source", "export"], &["--opml"]),
        (&["list"], &["list", "add"]),
        (&["list", "add"], &["--slug", "--cadence", "--target"]),
        (&["publish"], &["--due"]),
        (&["backup"], &["--data", "<FILE>"]),
        (&["restore"], &["--replace", "<FILE>"]),
        (&["editor"], &["list", "add", "disable", "role", "reset"]),
        (&["editor", "add"], &["--role", "--shown-name", "--public-url"]),
        (&["token"], &["list", "add", "revoke"]),
        (&["token", "add"], &["--name", "--scope", "--expires"]),
        (&["search"], &["--limit", "--json", "<QUERY>"]),
        (&["export"], &["--data", "DOCENT_DATABASE"]),
        (&["reindex"], &["--data"]),
        (&["reextract"], &["--data"]),
        (&["check"], &["--sources"]),
        (&["migrate"], &["--database"]),
        (&["parse"], &["--json", "<FILE>"]),
        (&["extract"], &["--json", "<FILES>"]),
        (&["clean"], &["--json"]),
        (&["openapi"], &["--log"]),
    ] {
        let ran = docent(folder.path(), &[command, &["--help"]].concat());
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{command:?}");
        for setting in settings {
            assert!(ran.out.contains(setting), "{command:?} does not name {setting}");
        }
    }
    let served = docent(folder.path(), &["serve", "--help"]).out;
    let headings = served
        .lines()
        .filter(|line| line.ends_with(':') && !line.starts_with(' '));
    assert_eq!(
        headings.collect::<Vec<_>>(),
        ["Options:", "Storage:", "Sources:", "Fetching:", "Web:", "Logging:"],
        "many settings are told in groups"
    );
    let whole = docent(folder.path(), &["--help"]).out;
    let listed = whole
        .lines()
        .filter(|line| line.starts_with("  ") && !line.trim().starts_with('-'));
    assert_eq!(listed.filter(|line| !line.starts_with("   ")).count(), 21, "{whole}");
}

#[expect(clippy::too_many_lines, reason = "a table")]
#[test]
fn a_bad_setting_is_told_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let busy = busy.local_addr().unwrap().to_string();
    fs::write(folder.path().join("file"), "").unwrap();
    fs::write(
        folder.path().join("text"),
        "no database, but some lines of text\n".repeat(40),
    )
    .unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    for (arguments, told) in [
        (
            &["poll", "--data", "file"][..],
            "docent: cannot make the folder file: File exists",
        ),
        (
            &["serve", "--listen", "127.0.0.1:0", "--data", "file/x"],
            "docent: cannot make the folder file/x: Not a directory",
        ),
        (&["poll", "--sources", "."], "docent: cannot read .: Is a directory"),
        (
            &["poll", "--database", "folder"],
            "docent: cannot open the database folder: Is a directory",
        ),
        (
            &["poll", "--database", "text"],
            "docent: cannot open the database text: file is not a database",
        ),
        (
            &["poll", "--database", ""],
            "docent: --database (DOCENT_DATABASE) is empty",
        ),
        (
            &["poll", "--database", "postgres//u:hush@h/d"],
            "docent: the address of a PostgreSQL database begins with postgres://",
        ),
        (
            &["poll", "--database", "postgres://u:hush@127.0.0.1:port/d"],
            "docent: cannot open the database at the address given: invalid port number",
        ),
        (
            &["poll", "--sources", "folder"],
            "docent: cannot read folder: Is a directory",
        ),
        (
            &["source", "import", "missing"],
            "docent: cannot read missing: No such file",
        ),
        (
            &["poll", "--database", "mysql://u:hush@h/d"],
            "docent: a database is a file or begins with postgres://",
        ),
        (
            &["poll", "--database", "postgres://nobody:hush@127.0.0.1:1/d"],
            "docent: cannot open the database at 127.0.0.1:1: Connection refused",
        ),
        (
            &["poll", "--fetch-allow", "10.0.0.0/99"],
            "docent: the setting fetch-allow: \"10.0.0.0/99\" is not a network",
        ),
        (
            &["poll", "nobody"],
            "docent: there is no source called \"nobody\"; `docent source list` names them",
        ),
        (
            &["editor", "role", "nobody", "admin"],
            "docent: nobody signs in as \"nobody\"; `docent editor list` names them",
        ),
        (&["editor", "add", "a b"], "docent: a name to sign in with is 2 to 64"),
        (
            &["serve", "--listen", &busy],
            &format!("docent: cannot listen on {busy}: Address already in use"),
        ),
        (
            &["source", "add", "not an address"],
            "docent: \"not an address\" is neither an address",
        ),
    ] {
        let ran = docent(folder.path(), arguments);
        let last = ran.err.lines().last().unwrap_or_default();
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(1), ""),
            "{arguments:?}: {}",
            ran.err
        );
        assert!(last.starts_with(told), "{arguments:?}: {}", ran.err);
        assert!(
            !ran.err.contains("hush") && !ran.err.contains("panicked"),
            "{}",
            ran.err
        );
        assert_eq!(ran.err.matches("docent: ").count(), 1, "{arguments:?}: {}", ran.err);
        assert!(ran.err.matches("(os error").count() <= 1, "{arguments:?}: {}", ran.err);
    }
    for arguments in [
        &["poll", "--fetch-gap", "soon"][..],
        &["serve", "--listen", "here"],
        &["search"],
        &["dance"],
        &[],
    ] {
        let ran = docent(folder.path(), arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(
            ran.err.contains("--help") || ran.err.contains("Usage"),
            "{arguments:?}: {}",
            ran.err
        );
    }
}

#[test]
fn what_helps_is_told_with_what_was_wrong() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    let serving = Serving::start_alone(folder.path(), &[]);
    let taken = serving.address.to_string();
    for (arguments, help) in [
        (
            &["serve", "--listen", &taken][..],
            "; another program does, perhaps docent itself; --listen (DOCENT_LISTEN) names another port",
        ),
        (
            &["serve", "--listen", "203.0.113.9:80"],
            "; --listen (DOCENT_LISTEN) names another address and port",
        ),
        (
            &["serve", "--listen", "127.0.0.1:0"],
            ": docent runs on it already; stop that one first",
        ),
        (
            &["serve", "--listen", "127.0.0.1:0", "--data", "file"],
            "; --data (DOCENT_DATA) names another folder",
        ),
        (
            &["migrate", "--database", "folder"],
            "; --database (DOCENT_DATABASE) names another",
        ),
        (
            &["migrate", "--database", "postgres://nobody:hush@127.0.0.1:1/d"],
            "; --database (DOCENT_DATABASE) names another",
        ),
    ] {
        let ran = docent(folder.path(), arguments);
        assert_eq!(ran.code, Some(1), "{arguments:?}");
        assert!(ran.err.trim_end().ends_with(help), "{arguments:?}: {}", ran.err);
    }
    let ran = docent(folder.path(), &["serve", "--listen", "localhost:80"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("such as 127.0.0.1:8080"), "{}", ran.err);
}

#[test]
fn a_file_that_cannot_be_read_is_a_failure_and_one_of_another_kind_is_none() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("text"), "no feed\n").unwrap();
    for (command, own) in [("parse", "not a feed"), ("extract", "no feed")] {
        let ran = docent(folder.path(), &[command, "--json", "text"]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{command}");
        let ran = docent(folder.path(), &[command, "--json", "missing", "text"]);
        assert_eq!(
            (ran.code, ran.err.as_str()),
            (Some(1), "docent: 1 of 2 files could not be read\n"),
            "{command}"
        );
        let lines: Vec<&str> = ran.out.lines().collect();
        assert!(lines[0].contains("No such file"), "{command}: {}", ran.out);
        assert!(lines[1].contains(own), "{command}: {}", ran.out);
    }
}

#[test]
fn what_stands_in_the_way_of_a_restored_database_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| docent(folder.path(), arguments);
    assert_eq!(run(&["backup", "kept"]).code, Some(0));
    fs::create_dir(folder.path().join("data/docent.db.restoring")).unwrap();
    let ran = run(&["restore", "kept", "--replace"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err
            .contains("docent: cannot open the database ./data/docent.db.restoring: Is a directory"),
        "{}",
        ran.err
    );
}

#[test]
fn a_folder_without_rights_is_told() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(closed.join("try"), "").is_ok() {
        println!("left out: whoever runs this test may write everywhere");
        return;
    }
    for command in ["poll", "serve", "export", "migrate"] {
        let ran = docent(folder.path(), &[command, "--data", "closed/data"]);
        assert_eq!(ran.code, Some(1), "{command}");
        assert!(
            ran.err
                .contains("cannot make the folder closed/data: Permission denied"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn a_mistake_in_the_sources_file_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let good = "[[source]]\nid = \"a\"\nname = \"A\"\nkind = \"feed\"\nlink = \"https://a.example/feed\"\n";
    for (text, places) in [
        (
            format!("{good}colour = \"red\"\n"),
            &["sources.toml:6:1: colour: unknown key"][..],
        ),
        (good.replace("\"feed\"\n", "\"fed\"\n"), &["sources.toml:4:8: kind: "]),
        (good.replace("https://", "gopher://"), &["sources.toml:5:8: link: "]),
        (good.replace("name = \"A\"\n", ""), &["sources.toml:1:1: name: missing"]),
        (good.replace("\"a\"", "\"A b\""), &["sources.toml:2:6: id: "]),
        (format!("{good}{good}"), &["sources.toml:7:6: id: "]),
        (
            format!("{good}every = \"soon\"\nwords = 1\n"),
            &["sources.toml:6:9: every: ", "sources.toml:7:1: words: unknown key"],
        ),
        ("[[source]\n".to_owned(), &["sources.toml:1:"]),
    ] {
        fs::write(folder.path().join("sources.toml"), &text).unwrap();
        for command in ["poll", "serve"] {
            let ran = docent(folder.path(), &[command]);
            assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{text}");
            for place in places {
                assert!(ran.err.contains(place), "{place} is not in {}", ran.err);
            }
        }
    }
}

#[test]
fn without_sources_poll_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let ran = docent(folder.path(), &["poll"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("docent source add"), "{}", ran.out);
}

#[test]
fn the_document_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let printed: Value = serde_json::from_str(&docent(folder.path(), &["openapi"]).out).unwrap();
    assert_eq!(printed, serde_json::to_value(docent::http::openapi()).unwrap());
}

#[test]
#[expect(clippy::too_many_lines, reason = "one walk from its beginning to its end")]
fn editors_and_their_tokens_are_seen_to_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| docent(folder.path(), arguments);
    let added = run(&[
        "editor",
        "add",
        "Ada@museum.example",
        "--shown-name",
        "Ada Lovelace",
        "--role",
        "admin",
    ]);
    assert!(
        added
            .out
            .contains(" ada@museum.example can choose a password by http://127.0.0.1:8080/invitations/"),
        "{added:?}"
    );
    let public = ["--public-url", "https://read.museum.example"];
    let reset = run(&[&["editor", "reset", "ada@museum.example"][..], &public].concat());
    assert!(
        reset.out.contains(" by https://read.museum.example/invitations/"),
        "{reset:?}"
    );
    assert_eq!(run(&["editor", "add", "zoe"]).code, Some(0));
    let editors = run(&["editor", "list", "--json"]).json();
    let told: Vec<Value> = editors
        .iter()
        .map(|editor| serde_json::json!([editor["name"], editor["shown_name"], editor["role"]]))
        .collect();
    assert_eq!(
        told,
        [
            serde_json::json!(["ada@museum.example", "Ada Lovelace", "admin"]),
            serde_json::json!(["zoe", "zoe", "editor"]),
        ]
    );
    for (arguments, told) in [
        (
            &["editor", "add", "ZOE"][..],
            "docent: somebody signs in as zoe already",
        ),
        (
            &["editor", "role", "ada@museum.example", "editor"],
            "docent: ada@museum.example is the last admin who can sign in",
        ),
        (
            &["editor", "disable", "ada@museum.example"],
            "docent: ada@museum.example is the last admin who can sign in",
        ),
        (
            &["token", "add", "zoe", "--name", "x", "--scope", "admin"],
            "docent: zoe may do no more than edit, and so may their tokens",
        ),
        (
            &["token", "add", "nobody", "--name", "x"],
            "docent: nobody signs in as \"nobody\"",
        ),
        (&["token", "revoke", "zoe", "x"], "docent: zoe has no token \"x\""),
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.trim_end().lines().last().unwrap().starts_with(told), "{ran:?}");
    }
    let token = run(&[
        "token",
        "add",
        "zoe",
        "--name",
        "a script",
        "--scope",
        "read,suggest",
        "--expires",
        "90d",
    ])
    .out;
    assert!(token.starts_with("docent_") && token.trim().len() == 79, "{token}");
    let listed = run(&["token", "list", "zoe"]).out;
    assert!(
        listed.contains("a script  (read,suggest)  never used, works until ") && !listed.contains("docent_"),
        "{listed}"
    );
    let id = listed.split(' ').next().unwrap();
    assert_eq!(run(&["token", "revoke", "zoe", id]).code, Some(0));
    assert!(run(&["token", "list", "zoe"]).out.contains("revoked "));
    assert_eq!(run(&["editor", "disable", "zoe"]).out, "zoe is shut out\n");
    assert_eq!(
        run(&["editor", "reset", "zoe"]).code,
        Some(1),
        "no way in for who is shut out"
    );
    assert_eq!(
        run(&["editor", "disable", "zoe", "--undo"]).out,
        "zoe is let in again\n"
    );
    assert_eq!(
        run(&["editor", "role", "zoe", "contributor"]).out,
        "zoe is contributor from now on\n"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_collected_can_be_searched_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let site = FakeSite::start().await;
    declare(folder.path(), &site, &["gazette"]);
    let poll = [
        "poll",
        "--now",
        "--json",
        "--fetch-allow",
        "127.0.0.0/8",
        "--fetch-gap",
        "0",
    ];
    let polled = docent(folder.path(), &poll).json();
    assert_eq!(polled.len(), 1);
    for (field, value) in [
        ("source", Value::from("gazette")),
        ("name", "The gazette".into()),
        ("outcome", "ok".into()),
        ("items", 2.into()),
        ("status", 200.into()),
        ("reason", Value::Null),
    ] {
        assert_eq!(polled[0][field], value, "{field}");
    }
    assert!(polled[0]["seconds"].is_f64() && polled[0]["bytes"].as_u64() > Some(300));

    let exported = docent(folder.path(), &["export"]).json();
    assert_eq!(exported.len(), 2);
    let roof = exported
        .iter()
        .find(|article| article["title"] == STORIES[0].0)
        .unwrap();
    for (field, value) in [
        ("url", "https://gazette.example/0"),
        ("canonical", "https://gazette.example/0"),
        ("lang", "en"),
        ("published", "2026-03-02T11:00:00Z"),
        ("source", "gazette"),
        ("text", STORIES[0].1),
    ] {
        assert_eq!(roof[field], value, "{field}");
    }
    assert!(roof["cluster"].is_string());

    let apart = docent(folder.path(), &["search", "museum", "-roof", "--json"]).json();
    let found = docent(folder.path(), &["search", "museum -roof", "--json"]).json();
    assert_eq!(apart, found);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        (&found[0]["title"], &found[0]["source"]),
        (&"Curator retires".into(), &"gazette".into())
    );
    assert_eq!(found[1]["total"], 1);
    assert_eq!(
        found[1]["facets"]["sources"],
        serde_json::json!([{"value": "gazette", "count": 1}])
    );
    let read_as = found[1]["read_as"].as_str().unwrap();
    assert!(read_as.contains("museum") && read_as.contains("roof"), "{read_as}");

    let listed = docent(folder.path(), &["source", "list", "--json"]).json();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["health"]),
        (&"gazette".into(), &"quiet".into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_who_goes_away_is_no_fault() {
    let database = TestDatabase::sqlite().await;
    let site = FakeSite::start().await;
    let long = "museum ".repeat(8_000);
    let titles: Vec<String> = (0..20).map(|number| format!("Find {number}")).collect();
    let stories: Vec<(&str, &str)> = titles.iter().map(|title| (title.as_str(), long.as_str())).collect();
    site.put("/gazette", Reply::feed(feed("gazette", &stories)));
    let worker = TestWorker::new(&database.store);
    worker.add_feed("gazette", &site.link("/gazette")).await;
    worker.poll("gazette").await;
    let mut child = command(database.folder.path(), &["export", "--database", "docent.db"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.starts_with('{'));
    let ended = child.wait_with_output().unwrap();
    assert_eq!(
        (ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()),
        (Some(0), "")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_whose_reader_went_away_gives_its_leases_back() {
    let folder = tempfile::tempdir().unwrap();
    let site = FakeSite::start().await;
    declare(folder.path(), &site, &["gazette", "courier"]);
    let hold = Hold::new();
    site.put("/courier", Reply::feed(feed("courier", STORIES)).held(&hold));
    let arguments = [
        "poll",
        "--now",
        "--json",
        "--fetch-allow",
        "127.0.0.0/8",
        "--fetch-gap",
        "0",
        "--fetch-per-host",
        "2",
    ];
    let mut child = command(folder.path(), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(
        (
            ended.status.code(),
            String::from_utf8_lossy(&ended.stderr).contains("docent: ")
        ),
        (Some(0), false)
    );
    let file = format!("sqlite://{}", folder.path().join("data/docent.db").display());
    let pool = sqlx::SqlitePool::connect(&file).await.unwrap();
    let held = sqlx::query_scalar::<_, i64>("select count(*) from source where leased_by is not null");
    assert_eq!(held.fetch_one(&pool).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_named_twice_is_polled_once() {
    let folder = tempfile::tempdir().unwrap();
    let site = FakeSite::start().await;
    declare(folder.path(), &site, &["gazette"]);
    let arguments = [
        "poll",
        "gazette",
        "gazette",
        "--now",
        "--json",
        "--fetch-allow",
        "127.0.0.0/8",
        "--fetch-gap",
        "0",
    ];
    let ran = docent(folder.path(), &arguments);
    assert_eq!((ran.json().len(), site.count("/gazette")), (1, 1));
    assert!(!ran.err.contains("left out"), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_story_is_found_soon_after_it_was_stored_and_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path());
    serving.await_answer("/readyz", |answer| answer.status == 200);
    let site = FakeSite::start().await;
    site.put("/gazette", Reply::feed(feed("gazette", STORIES)));
    let database = folder.path().join("data/docent.db");
    let store = docent::store::Store::open_sqlite(&database).await.unwrap();
    let worker = TestWorker::new(&store);
    worker.add_feed("gazette", &site.link("/gazette")).await;
    worker.poll("gazette").await;
    let is_found = |answer: &crate::support::http::Answer| answer.json()["total"] == 1;
    serving.await_answer("/api/v1/search?q=leaking", is_found);
    store.close().await;

    serving.signal("KILL");
    assert_eq!(serving.wait().signal(), Some(9));
    let again = Serving::start(folder.path());
    again.await_answer("/readyz", |answer| answer.status == 200);
    assert!(is_found(
        &again.await_answer("/api/v1/search?q=leaking", |answer| answer.status == 200)
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_leaves_the_running_sources_alone() {
    let folder = tempfile::tempdir().unwrap();
    let site = FakeSite::start().await;
    declare(folder.path(), &site, &["gazette"]);
    let serving = Serving::start(folder.path());
    let good = fs::read_to_string(folder.path().join("sources.toml")).unwrap();
    fs::write(folder.path().join("sources.toml"), good.replace("kind", "kin")).unwrap();
    serving.signal("HUP");
    let told = serving.await_log("the sources stay as they were");
    assert!(told.contains("sources.toml:4:1: kin: unknown key"), "{told}");
    let ids = |answer: &crate::support::http::Answer| -> Vec<String> {
        let items = answer.json()["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(&serving.await_answer("/api/v1/sources", |_| true)), ["gazette"]);
    declare(folder.path(), &site, &["gazette", "courier"]);
    serving.signal("HUP");
    serving.await_answer("/api/v1/sources", |answer| ids(answer) == ["gazette", "courier"]);
}

#[test]
fn a_signal_ends_it_in_order() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut serving = Serving::start(folder.path());
        assert_ne!(serving.address.port(), 0);
        serving.signal(signal);
        assert_eq!(serving.wait().code(), Some(0), "{signal}");
        assert!(try_ask(serving.address, "GET", "/", &[]).is_err());
    }
}

/// Feeds of a played site, and a file that declares them.
fn declare(folder: &Path, site: &FakeSite, ids: &[&str]) {
    let mut file = String::new();
    for id in ids {
        site.put(&format!("/{id}"), Reply::feed(feed(id, STORIES)));
        let link = site.link(&format!("/{id}"));
        file.push_str(&format!(
            "[[source]]\nid = \"{id}\"\nname = \"The {id}\"\nkind = \"feed\"\nlink = \"{link}\"\narticles = false\n\n"
        ));
    }
    fs::write(folder.join("sources.toml"), file).unwrap();
}
