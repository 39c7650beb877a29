//! A backup holds everything, is of one moment, and is restored whole or not at all.

use std::path::Path;

use docent::app::fresh_id;
use docent::domain::time::Timestamp;
use docent::store::Store;
use docent::store::backup::{self, BackupError, Header};

use crate::on_both_databases;
use crate::support::database::TestDatabase;
use crate::support::program::docent;
use crate::support::site::{FakeSite, Reply};
use crate::support::worker::TestWorker;

on_both_databases!(
    every_table_and_column_is_in_a_backup,
    what_is_restored_is_what_was_there_on_either_database,
    keys_given_out_afterwards_are_new,
    a_backup_is_of_one_moment,
    a_database_that_is_not_empty_is_left_alone,
    a_damaged_backup_changes_nothing,
    an_index_of_the_old_database_is_not_taken_for_one_of_the_restored,
    a_restored_database_takes_the_place_of_the_old_one_which_is_kept,
);

fn at() -> Timestamp {
    Timestamp::parse("2026-06-01T12:00:00Z").unwrap()
}

async fn back_up(store: &Store) -> (Vec<u8>, Header) {
    let mut file = Vec::new();
    let header = store.back_up(&mut file, at(), |_| {}).await.unwrap();
    (file, header)
}

/// The lines of a backup, without the name of the database.
fn lines(file: &[u8]) -> Vec<String> {
    let text = String::from_utf8(zstd::decode_all(file).unwrap()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.retain(|line| !line.contains("\"identity\"") && !line.starts_with("{\"end\""));
    lines
}

async fn fill(database: &TestDatabase) -> TestWorker {
    let worker = TestWorker::new(&database.store);
    let site = FakeSite::start().await;
    let items: String = (0..100)
        .map(|number| {
            format!(
                "<item><title>Museum {number} – «ü» 博物館 \u{1f3db}</title><link>https://gazette.example/{number}</link>\
                 <description>Text of the story number {number}, told at \"length\".</description></item>"
            )
        })
        .collect();
    site.put(
        "/feed",
        Reply::feed(format!(
            "<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>"
        )),
    );
    worker.add_feed("gazette", &site.link("/feed")).await;
    assert_eq!(worker.poll("gazette").await.items, 100);
    database.store.identity("the-first").await.unwrap();
    // Bytes and a fraction, which a feed alone does not bring.
    database
        .meddle("insert into page (article_id, link, body, fetched_at) values (1, 'https://gazette.example/0', '\\000\\377a', 5)")
        .await;
    database
        .meddle("update article set agreement = 0.7071067811865476 where id = 1")
        .await;
    worker
}

async fn every_table_and_column_is_in_a_backup(database: TestDatabase) {
    let (file, _) = back_up(&database.store).await;
    let mut written: Vec<String> = Vec::new();
    for line in lines(&file) {
        let Ok(line) = serde_json::from_str::<serde_json::Value>(&line) else {
            continue;
        };
        if let (Some(table), Some(columns)) = (line["table"].as_str(), line["columns"].as_array()) {
            written.extend(
                columns
                    .iter()
                    .map(|column| format!("{table}.{}", column.as_str().unwrap())),
            );
        }
    }
    written.sort();
    assert_eq!(written, columns_of(&database).await);
}

/// As the database itself lists them.
async fn columns_of(database: &TestDatabase) -> Vec<String> {
    let rows: Vec<(String,)> = if database.setting.starts_with("postgres") {
        let pool = sqlx::PgPool::connect(&database.setting).await.unwrap();
        let sql = "select table_name || '.' || column_name from information_schema.columns
                   where table_schema = 'public' and table_name <> '_sqlx_migrations'";
        sqlx::query_as(sql).fetch_all(&pool).await.unwrap()
    } else {
        let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", database.setting))
            .await
            .unwrap();
        let sql = "select t.name || '.' || c.name from sqlite_master t join pragma_table_info(t.name) c
                   where t.type = 'table' and t.name <> '_sqlx_migrations'";
        sqlx::query_as(sql).fetch_all(&pool).await.unwrap()
    };
    let mut columns: Vec<String> = rows.into_iter().map(|(column,)| column).collect();
    columns.sort();
    columns
}

async fn what_is_restored_is_what_was_there_on_either_database(database: TestDatabase) {
    fill(&database).await;
    let (file, header) = back_up(&database.store).await;
    assert_eq!((header.rows["source"], header.rows["entry"]), (1, 100));
    let mut others = vec![TestDatabase::sqlite().await];
    others.extend(TestDatabase::postgres().await);
    for other in others {
        assert_eq!(
            other.store.restore(file.as_slice(), "another", |_| {}).await.unwrap(),
            header
        );
        let (again, _) = back_up(&other.store).await;
        assert!(lines(&again) == lines(&file), "on {}", other.setting);
        assert_eq!(
            other.store.revision().await.unwrap(),
            database.store.revision().await.unwrap()
        );
        let exported = |database: &TestDatabase| {
            let ran = docent(database.folder.path(), &["export", "--database", &database.setting]);
            assert_eq!(ran.code, Some(0), "{}", ran.err);
            ran.out
        };
        assert_eq!(exported(&other), exported(&database));
    }
}

async fn keys_given_out_afterwards_are_new(database: TestDatabase) {
    let worker = fill(&database).await;
    let (file, _) = back_up(&database.store).await;
    let mut others = vec![TestDatabase::sqlite().await];
    others.extend(TestDatabase::postgres().await);
    for other in others {
        other.store.restore(file.as_slice(), "another", |_| {}).await.unwrap();
        let site = FakeSite::start().await;
        let beside = TestWorker::new(&other.store);
        site.put(
            "/feed",
            Reply::feed(crate::support::app::feed("herald", &[("A new story", "Its own text.")])),
        );
        beside.add_feed("herald", &site.link("/feed")).await;
        assert_eq!(beside.poll("herald").await.items, 1);
    }
    drop(worker);
}

/// What is written while it is made is not in it.
async fn a_backup_is_of_one_moment(database: TestDatabase) {
    fill(&database).await;
    let (whole, _) = back_up(&database.store).await;
    let other = database.open_again().await;
    let mut file = Vec::new();
    let handle = tokio::runtime::Handle::current();
    let mut wrote = false;
    let backup = database.store.back_up(&mut file, at(), |_| {
        if !wrote {
            wrote = true;
            let other = other.clone();
            tokio::task::block_in_place(|| {
                handle.block_on(async move {
                    other
                        .pause_source(&crate::support::worker::slug("gazette"), true)
                        .await
                        .unwrap();
                    other.identity("late").await.unwrap();
                });
            });
        }
    });
    backup.await.unwrap();
    assert!(lines(&file) == lines(&whole));
    assert!(
        database
            .store
            .source(&crate::support::worker::slug("gazette"))
            .await
            .unwrap()
            .unwrap()
            .paused
    );
}

async fn a_database_that_is_not_empty_is_left_alone(database: TestDatabase) {
    fill(&database).await;
    let (file, _) = back_up(&database.store).await;
    let refused = database.store.restore(file.as_slice(), "another", |_| {}).await;
    assert!(
        matches!(
            refused,
            Err(BackupError::NotEmpty {
                table: "source",
                rows: 1
            })
        ),
        "{refused:?}"
    );
    assert!(lines(&back_up(&database.store).await.0) == lines(&file));
}

async fn a_damaged_backup_changes_nothing(database: TestDatabase) {
    let full = TestDatabase::sqlite().await;
    fill(&full).await;
    let (file, _) = back_up(&full.store).await;
    let plain = String::from_utf8(zstd::decode_all(file.as_slice()).unwrap()).unwrap();
    let packed = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
    let (empty, _) = back_up(&database.store).await;
    for (what, damaged) in [
        ("cut", file[..file.len() / 2].to_vec()),
        ("cut at its end", file[..file.len() - 1].to_vec()),
        ("flipped", flipped(&file)),
        ("nothing", Vec::new()),
        ("text", b"hello".to_vec()),
        ("changed", packed(&plain.replacen("Museum 7 ", "Museum 8 ", 1))),
        ("without a row", packed(&without(&plain, "Museum 7 "))),
        ("without its end", packed(&without(&plain, "{\"end\""))),
        ("with more behind", [file.clone(), packed("[]\n")].concat()),
        (
            "newer",
            packed(&plain.replacen("\"docent_backup\":1", "\"docent_backup\":2", 1)),
        ),
        (
            "of newer tables",
            packed(&plain.replacen("\"schema\":", "\"schema\":9", 1)),
        ),
        (
            "with another table",
            packed(&plain.replacen("\"table\":\"host\"", "\"table\":\"pg_user\"", 1)),
        ),
        (
            "with another column",
            packed(&plain.replacen("\"hold_until\"", "\"1)--\"", 1)),
        ),
    ] {
        assert!(backup::check(damaged.as_slice(), |_| {}).is_err(), "{what}");
        let restored = database.store.restore(damaged.as_slice(), "another", |_| {}).await;
        assert!(restored.is_err(), "{what}: {restored:?}");
        if what.contains("newer") {
            assert!(
                matches!(restored, Err(BackupError::Newer { .. })),
                "{what}: {restored:?}"
            );
        }
    }
    assert!(lines(&back_up(&database.store).await.0) == lines(&empty));
    assert!(backup::check(file.as_slice(), |_| {}).is_ok());
}

fn flipped(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    let middle = file.len() / 2;
    file[middle] ^= 1;
    file
}

fn without(text: &str, part: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains(part));
    lines.fold(String::new(), |text, line| text + line + "\n")
}

async fn an_index_of_the_old_database_is_not_taken_for_one_of_the_restored(database: TestDatabase) {
    let full = TestDatabase::sqlite().await;
    fill(&full).await;
    let (file, _) = back_up(&full.store).await;
    database
        .store
        .restore(file.as_slice(), &fresh_id(), |_| {})
        .await
        .unwrap();
    let (old, new) = (
        full.store.identity("x").await.unwrap(),
        database.store.identity("x").await.unwrap(),
    );
    assert_eq!(old, "the-first");
    assert_ne!(old, new);
}

async fn a_restored_database_takes_the_place_of_the_old_one_which_is_kept(database: TestDatabase) {
    fill(&database).await;
    let (file, _) = back_up(&database.store).await;
    let path = database.folder.path().join("all.backup");
    let told = docent(
        database.folder.path(),
        &["backup", "all.backup", "--database", &database.setting],
    );
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("1 sources, 100 articles"), "{}", told.out);
    assert!(lines(&std::fs::read(&path).unwrap())[1..] == lines(&file)[1..]);
    database
        .store
        .pause_source(&crate::support::worker::slug("gazette"), true)
        .await
        .unwrap();
    database.store.close().await;
    let restore = |more: &[&str]| {
        let mut arguments = vec!["restore", "all.backup", "--database", &database.setting];
        arguments.extend(more);
        docent(database.folder.path(), &arguments)
    };
    let refused = restore(&[]);
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(refused.err.contains("--replace"), "{}", refused.err);
    let restored = restore(&["--replace"]);
    assert_eq!(restored.code, Some(0), "{}", restored.err);
    let kind = if database.setting.starts_with("postgres") {
        "schema"
    } else {
        "file"
    };
    assert!(
        restored.out.contains(&format!("the old one is the {kind} ")),
        "{}",
        restored.out
    );
    let store = database.open_again().await;
    let source = store
        .source(&crate::support::worker::slug("gazette"))
        .await
        .unwrap()
        .unwrap();
    assert!(!source.paused);
    if let Some((_, old)) = restored.out.split_once("the old one is the file ") {
        let old = old.lines().next().unwrap_or_default();
        let old = Store::open_sqlite(Path::new(old)).await.unwrap();
        assert!(
            old.source(&crate::support::worker::slug("gazette"))
                .await
                .unwrap()
                .unwrap()
                .paused
        );
    }
}
