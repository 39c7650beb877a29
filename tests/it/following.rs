//! The index follows the store, and is mended where it does not.

use std::sync::Arc;

use docent::search::{Ask, Change, Index, Scope, read};
use docent::worker::{compare, follow};

use crate::support::database::TestDatabase;
use crate::support::site::{FakeSite, Reply};
use crate::support::worker::TestWorker;

crate::on_both_databases!(
    a_story_is_found_as_soon_as_the_index_has_followed,
    what_the_index_lacks_or_has_too_much_is_mended_in_one_step,
    an_index_made_anew_tells_what_the_old_one_told,
    an_index_in_use_is_not_made_anew_but_can_be_searched,
);

async fn a_story_is_found_as_soon_as_the_index_has_followed(database: TestDatabase) {
    let index = followed(&database).await;
    let hits = index.ask(&read("harbour"), &everything()).unwrap();
    assert_eq!(hits.total, 1);
    assert_eq!(index.cursor(), database.store.revision().await.unwrap().0);
}

async fn what_the_index_lacks_or_has_too_much_is_mended_in_one_step(database: TestDatabase) {
    let index = followed(&database).await;
    assert_eq!(
        compare::once(&database.store, &index).await.unwrap(),
        0,
        "a healthy index is left alone"
    );
    let before = index.stories().unwrap();
    index.apply(vec![Change::Drop(before[0])], index.cursor()).unwrap();
    assert_eq!(compare::once(&database.store, &index).await.unwrap(), 1);
    assert_eq!(index.stories().unwrap(), before);
    assert_eq!(compare::once(&database.store, &index).await.unwrap(), 0);
}

async fn an_index_made_anew_tells_what_the_old_one_told(database: TestDatabase) {
    let index = followed(&database).await;
    let before = index.stories().unwrap();
    drop(index);
    std::fs::remove_dir_all(database.folder.path().join("index")).unwrap();
    let index = open(&database).await;
    while follow::once(&database.store, &index).await.unwrap() {}
    assert_eq!(index.stories().unwrap(), before);
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
    let before = index.stories().unwrap();
    index.apply(vec![Change::Drop(before[0])], index.cursor()).unwrap();
    assert_eq!(index.stories().unwrap(), before[1..], "whoever has it goes on writing");
}

/// An index that has followed a store with two stories.
async fn followed(database: &TestDatabase) -> Arc<Index> {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let items = "<item><title>The harbour is mended</title><link>/a</link></item>\
        <item><title>A weekend of music</title><link>/b</link></item>";
    site.put(
        "/feed",
        Reply::feed(format!(
            "<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>"
        )),
    );
    worker.add_feed("a", &site.link("/feed")).await;
    worker.poll("a").await;
    let index = open(database).await;
    while follow::once(&database.store, &index).await.unwrap() {}
    index
}

async fn open(database: &TestDatabase) -> Arc<Index> {
    let folder = database.folder.path().join("index");
    std::fs::create_dir_all(&folder).unwrap();
    let identity = database.store.identity("test").await.unwrap();
    let revision = database.store.revision().await.unwrap().0;
    Arc::new(Index::open(&folder, &identity, revision).unwrap())
}

fn everything() -> Ask {
    Ask {
        scope: Scope::Desk,
        limit: 10,
        after: None,
        facets: false,
    }
}
