//! The index follows the store, and is mended where it does not.

use std::sync::Arc;

use docent::domain::time::Timestamp;
use docent::search::{Ask, Change, Document, Index, read};
use docent::store::Store;
use docent::worker::compare::{self, Comparison};
use docent::worker::{Holding, follow};

use crate::support::database::TestDatabase;
use crate::support::site::{FakeSite, Reply};
use crate::support::worker::TestWorker;

crate::on_both_databases!(
    a_story_is_found_as_soon_as_the_index_has_followed,
    what_the_index_lacks_or_has_too_much_is_mended_and_counted,
    more_than_one_step_mends_is_mended_with_the_next,
    what_the_follower_has_still_to_bring_is_no_difference,
    an_index_that_followed_what_a_restored_backup_lost_is_made_anew,
    an_index_under_which_a_backup_was_restored_is_made_anew,
    a_check_says_where_index_and_database_differ,
    an_index_made_anew_tells_what_the_old_one_told,
    an_index_in_use_is_not_made_anew_but_can_be_searched,
);

async fn a_story_is_found_as_soon_as_the_index_has_followed(database: TestDatabase) {
    let index = followed(&database).await;
    let hits = index.ask(&read("harbour"), &everything()).unwrap();
    assert_eq!(hits.total, 1);
    assert_eq!(index.cursor().revision, database.store.revision().await.unwrap().0);
}

async fn what_the_index_lacks_or_has_too_much_is_mended_and_counted(database: TestDatabase) {
    let (store, index) = (&database.store, followed(&database).await);
    let healthy = compare::once(store, &index, Holding::Stories).await.unwrap();
    assert_eq!(healthy, mended(0), "a healthy index is left alone");
    let before = index.keys().unwrap();
    let changes = vec![Change::Drop(before[0]), Change::Put(Box::new(never_stored(900)))];
    index.apply(changes, index.cursor()).unwrap();
    assert_eq!(compare::once(store, &index, Holding::Stories).await.unwrap(), mended(2));
    assert_eq!(index.keys().unwrap(), before);
    assert_eq!(compare::once(store, &index, Holding::Stories).await.unwrap(), mended(0));
    assert_eq!(index.repairs(), 2);
}

async fn more_than_one_step_mends_is_mended_with_the_next(database: TestDatabase) {
    let (store, index) = (&database.store, followed(&database).await);
    let before = index.keys().unwrap();
    let puts = (900..2_200).map(|story| Change::Put(Box::new(never_stored(story))));
    index.apply(puts.collect(), index.cursor()).unwrap();
    let first = compare::once(store, &index, Holding::Stories).await.unwrap();
    assert_eq!((first.mended, first.more), (1_000, true));
    assert_eq!(
        compare::once(store, &index, Holding::Stories).await.unwrap(),
        mended(300)
    );
    assert_eq!(index.keys().unwrap(), before);
}

async fn what_the_follower_has_still_to_bring_is_no_difference(database: TestDatabase) {
    let (store, index) = (&database.store, followed(&database).await);
    let before = index.keys().unwrap();
    collect(store, "late", &["A late story"]).await;
    database
        .meddle(
            "update story set gone_at = 1, revision = (select value from counter where name = 'revision') where id = 1",
        )
        .await;
    assert_eq!(compare::once(store, &index, Holding::Stories).await.unwrap(), mended(0));
    assert_eq!(index.keys().unwrap(), before);
}

async fn an_index_that_followed_what_a_restored_backup_lost_is_made_anew(database: TestDatabase) {
    drop(followed(&database).await);
    database.store.close().await;
    let restored = database.copied().await;
    let live = database.open_again().await;
    collect(&live, "lost", &["A lost story"]).await;
    let index = open(&database, &live).await;
    follow_all(&live, &index).await;
    let lost = index.cursor();
    drop(index);
    // As `docent poll` before `docent serve`: the restored database takes the same revisions, and more.
    collect(&restored.store, "kept", &["A kept story"]).await;
    collect(&restored.store, "more", &["One more story"]).await;
    assert!(restored.store.revision().await.unwrap().0 > lost.revision);
    let index = open(&database, &restored.store).await;
    assert!(follow::has_followed_lost_writes(&restored.store, &index).await.unwrap());
    follow_all(&restored.store, &index).await;
    assert_eq!(titles_found(&index, "lost"), 0);
    assert_eq!((titles_found(&index, "kept"), index.count()), (1, 4));
    assert!(!follow::has_followed_lost_writes(&restored.store, &index).await.unwrap());
}

async fn an_index_under_which_a_backup_was_restored_is_made_anew(database: TestDatabase) {
    drop(followed(&database).await);
    database.store.close().await;
    let restored = database.copied().await;
    let live = database.open_again().await;
    collect(&live, "lost", &["A lost story"]).await;
    let index = open(&database, &live).await;
    follow_all(&live, &index).await;
    follow_all(&restored.store, &index).await;
    assert_eq!((titles_found(&index, "lost"), index.count()), (0, 2));
}

async fn a_check_says_where_index_and_database_differ(database: TestDatabase) {
    let index = followed(&database).await;
    let before = index.keys().unwrap();
    let check = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_docent"));
        command.args(["check"]).env("DOCENT_DATA", database.folder.path());
        let ended = command.env("DOCENT_DATABASE", &database.setting).output().unwrap();
        (
            ended.status.success(),
            String::from_utf8_lossy(&ended.stdout).into_owned(),
        )
    };
    let (passed, told) = check();
    assert!(
        passed && told.contains("search index: 2 stories, as the database has them\n"),
        "{told}"
    );
    collect(&database.store, "late", &["A late story"]).await;
    let (passed, told) = check();
    assert!(
        passed && told.contains("as the database has them; it is ") && told.contains("behind\n"),
        "{told}"
    );
    let changes = vec![Change::Drop(before[0]), Change::Put(Box::new(never_stored(900)))];
    index.apply(changes, index.cursor()).unwrap();
    let (passed, told) = check();
    let sentence = "search index: it lacks 1 stories that the database has, and holds 1 that the database has not";
    assert!(!passed && told.contains(sentence), "{told}");
}

async fn an_index_made_anew_tells_what_the_old_one_told(database: TestDatabase) {
    let index = followed(&database).await;
    let before = index.keys().unwrap();
    drop(index);
    std::fs::remove_dir_all(database.folder.path().join("index")).unwrap();
    let index = open(&database, &database.store).await;
    follow_all(&database.store, &index).await;
    assert_eq!(index.keys().unwrap(), before);
}

async fn an_index_in_use_is_not_made_anew_but_can_be_searched(database: TestDatabase) {
    let index = followed(&database).await;
    let docent = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_docent"));
        command.args(arguments).env("DOCENT_DATA", database.folder.path());
        command.env("DOCENT_DATABASE", &database.setting).output().unwrap()
    };
    let refused = docent(&["reindex"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && told.contains("docent runs on it already"),
        "{told}"
    );
    let searched = docent(&["search", "harbour"]);
    let told = String::from_utf8_lossy(&searched.stdout).into_owned();
    assert!(
        searched.status.success() && told.contains("The harbour is mended"),
        "{told}"
    );
    let before = index.keys().unwrap();
    index.apply(vec![Change::Drop(before[0])], index.cursor()).unwrap();
    assert_eq!(index.keys().unwrap(), before[1..], "whoever has it goes on writing");
}

/// An index that has followed a store with two stories.
async fn followed(database: &TestDatabase) -> Arc<Index> {
    collect(&database.store, "a", &["The harbour is mended", "A weekend of music"]).await;
    let index = open(database, &database.store).await;
    follow_all(&database.store, &index).await;
    index
}

/// Adds a source and polls it once.
async fn collect(store: &Store, source: &str, titles: &[&str]) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(store));
    let items: String = (titles.iter())
        .map(|title| {
            format!(
                "<item><title>{title}</title><link>/{source}/{}</link></item>",
                title.len()
            )
        })
        .collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>");
    site.put("/feed", Reply::feed(feed));
    worker.add_feed(source, &site.link("/feed")).await;
    worker.poll(source).await;
}

async fn open(database: &TestDatabase, store: &Store) -> Arc<Index> {
    let folder = database.folder.path().join("index");
    std::fs::create_dir_all(&folder).unwrap();
    let identity = store.identity("test").await.unwrap();
    let revision = store.revision().await.unwrap().0;
    Arc::new(Index::open(&folder, &identity, revision).unwrap())
}

async fn follow_all(store: &Store, index: &Arc<Index>) {
    while follow::once(store, index, Holding::Stories).await.unwrap() {}
}

fn titles_found(index: &Index, word: &str) -> u64 {
    index.ask(&read(&format!("title:{word}")), &everything()).unwrap().total
}

fn mended(mended: usize) -> Comparison {
    Comparison { mended, more: false }
}

/// A story that the index holds and no store ever held.
fn never_stored(story: i64) -> Document {
    Document {
        key: story,
        title: "Never stored".to_owned(),
        byline: None,
        text: String::new(),
        notes: String::new(),
        sources: Vec::new(),
        language: None,
        topics: Vec::new(),
        lists: Vec::new(),
        picked: Vec::new(),
        editors: Vec::new(),
        link: None,
        published: None,
        found: Timestamp::from_millis(story),
    }
}

fn everything() -> Ask {
    Ask {
        limit: 10,
        after: None,
        facets: false,
    }
}
