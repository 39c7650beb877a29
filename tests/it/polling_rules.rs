//! When a poller comes, how often, and what it takes of what it finds.

use std::fmt::Write;
use std::time::Duration;

use docent::config::SourcesFile;
use docent::domain::poll::Outcome;
use docent::domain::source::{Declared, SourceKind};
use docent::domain::time::Timestamp;
use docent::worker::sources::lay_over;

use crate::polling::{rss, tags, titles};
use crate::support::database::TestDatabase;
use crate::support::site::{FakeSite, Reply};
use crate::support::worker::{Setup, TestWorker, slug};

crate::on_both_databases!(
    hours_that_a_feed_names_are_slept_through_unless_it_names_all,
    many_feeds_of_one_host_are_asked_one_after_the_other_and_apart,
    sources_added_together_come_in_minutes_and_each_at_its_own_time,
    a_source_that_brings_much_is_polled_more_often,
    a_touched_document_brings_nothing,
    only_gets_are_sent_and_what_cannot_be_read_is_not_asked_for_again_at_once,
    a_cap_holds_no_changes_back,
    a_not_modified_renews_what_is_sent_and_how_long_is_waited,
    an_adopted_address_outlives_the_file_that_names_the_old_one,
    a_source_read_by_other_rules_is_read_whole_once,
    a_source_given_another_address_is_asked_plainly_and_soon,
    what_leaves_the_document_and_comes_back_is_known,
);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

async fn hours_that_a_feed_names_are_slept_through_unless_it_names_all(database: TestDatabase) {
    let quiet = |hours: std::ops::Range<u8>| {
        let hours = hours.fold(String::new(), |mut all, hour| {
            let _ = write!(all, "<hour>{hour}</hour>");
            all
        });
        rss(&["One"]).replace(
            "<title>t</title>",
            &format!("<title>t</title><skipHours>{hours}</skipHours>"),
        )
    };
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/some", Reply::feed(quiet(12..20)).etag("\"1\""));
    site.put("/all", Reply::feed(quiet(0..24)).etag("\"1\""));
    worker.add_feed("some", &site.link("/some")).await;
    worker.add_feed("all", &site.link("/all")).await;
    worker.poll_due().await;
    for _ in 0..15 {
        worker.pass(HOUR / 2);
        worker.poll_due().await;
    }
    assert_eq!(site.count("/some"), 1, "it is between noon and eight");
    worker.pass(HOUR + HOUR / 2);
    worker.poll_due().await;
    assert_eq!(site.count("/some"), 2);
    assert!(site.count("/all") > 4);
    let all = worker.source("all").await.id;
    let attempts = database.store.attempts(all, 1).await.unwrap();
    assert!(attempts[0].warnings[0].contains("never to be read"), "{attempts:?}");
}

async fn many_feeds_of_one_host_are_asked_one_after_the_other_and_apart(database: TestDatabase) {
    let gap = Duration::from_millis(20);
    let setup = Setup {
        gap,
        ..Setup::default()
    };
    let (site, worker) = (FakeSite::start().await, TestWorker::with(&database.store, setup));
    for number in 0..12 {
        site.put(&format!("/feed{number}"), Reply::feed(rss(&["One"])));
        worker
            .add_feed(&format!("s{number}"), &site.link(&format!("/feed{number}")))
            .await;
    }
    let mut polled = 0;
    for _ in 0..12 {
        polled += worker.poll_due().await.len();
        worker.pass(gap);
    }
    assert_eq!(polled, 12);
    let requests = site.requests();
    assert!(requests.iter().all(|seen| seen.at_once == 1));
    assert!(
        requests
            .windows(2)
            .all(|pair| pair[1].at.duration_since(pair[0].at) >= gap)
    );
}

async fn sources_added_together_come_in_minutes_and_each_at_its_own_time(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let file = file(&database, |text| {
        for number in 0..60 {
            let _ = writeln!(
                text,
                "[[source]]\nid = \"s{number}\"\nname = \"S\"\nlink = \"{}\"",
                site.link(&format!("/{number}"))
            );
        }
    });
    lay_over(&worker.tools, &file).await.unwrap();
    let all = database.store.sources().await.unwrap();
    let mut firsts: Vec<Timestamp> = all.iter().map(|source| source.next_poll_at).collect();
    firsts.sort_unstable();
    let last = firsts[59].since(worker.now());
    assert!(
        last <= Duration::from_mins(4) && last >= Duration::from_mins(2),
        "{last:?}"
    );
    firsts.dedup();
    assert!(firsts.len() > 55, "{}", firsts.len());
}

async fn a_source_that_brings_much_is_polled_more_often(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let mut before = Duration::ZERO;
    for (id, gap, silence) in [
        ("fifty-a-day", DAY / 50, Duration::ZERO),
        ("one-a-day", DAY, HOUR),
        ("one-a-month", 30 * DAY, DAY),
        ("dead", DAY / 50, 365 * DAY),
    ] {
        let items = (0..12_u32).fold(String::new(), |mut all, number| {
            let at = worker.now().minus(silence + gap * number);
            let _ = write!(
                all,
                "<entry><id>urn:{id}:{number}</id><title>{id} {number}</title><updated>{at}</updated><published>{at}</published></entry>"
            );
            all
        });
        let feed = format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title>{items}</feed>");
        site.put(&format!("/{id}"), Reply::feed(feed).etag("\"1\""));
        worker.add_feed(id, &site.link(&format!("/{id}"))).await;
        assert_eq!(worker.poll(id).await.items, 12);
        let due = worker.until_due(id).await;
        assert!((Duration::from_mins(15)..=DAY).contains(&due), "{id}: {due:?}");
        assert!(due > before || due > 21 * HOUR, "{id}: {due:?} after {before:?}");
        before = due;
    }
    assert!(before > 21 * HOUR);
}

async fn a_touched_document_brings_nothing(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let dated = |date: &str| Reply::feed(rss(&["One", "Two"])).last_modified(date);
    site.put_sequence("/feed", vec![dated("yesterday"), dated("today"), dated("today")]);
    worker.add_feed("a", &site.link("/feed")).await;
    worker.poll("a").await;
    let revision = database.store.revision().await.unwrap();
    assert_eq!(worker.poll("a").await.items, 0);
    worker.poll("a").await;
    assert_eq!(database.store.last_change().await.unwrap(), revision);
    let sent: Vec<_> = site
        .requests()
        .into_iter()
        .filter(|seen| seen.path == "/feed")
        .collect();
    assert_eq!(sent[2].header("if-modified-since"), Some(&b"today"[..]));
}

async fn only_gets_are_sent_and_what_cannot_be_read_is_not_asked_for_again_at_once(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/feed", Reply::page("<html><body>Please log in</body></html>"));
    worker.add_feed("a", &site.link("/feed")).await;
    worker.poll_due().await;
    worker.pass(HOUR);
    worker.poll_due().await;
    assert_eq!(site.count("/feed"), 1);
    assert!(site.requests().iter().all(|seen| seen.method == "GET"));
}

async fn a_cap_holds_no_changes_back(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let changed = rss(&["Two", "One"]).replace("<title>One<", "<title>One at last<");
    site.put_sequence("/feed", vec![Reply::feed(rss(&["One"])), Reply::feed(changed)]);
    let mut source = Declared::new(slug("a"), "A".to_owned(), SourceKind::Feed, site.link("/feed"));
    source.rules.articles = false;
    source.rules.cap_per_day = Some(1);
    worker.add(&source).await;
    assert_eq!(worker.poll("a").await.items, 1);
    assert_eq!(worker.poll("a").await.items, 0);
    assert_eq!(titles(&database).await, ["One at last"]);
    worker.pass(25 * HOUR);
    assert_eq!(worker.poll("a").await.items, 1);
}

async fn a_not_modified_renews_what_is_sent_and_how_long_is_waited(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let renewed = Reply::status(304)
        .etag("\"2\"")
        .header("Cache-Control", "max-age=43200");
    site.put_sequence("/feed", vec![Reply::feed(rss(&["One"])).etag("\"1\""), renewed]);
    worker.add_feed("a", &site.link("/feed")).await;
    worker.poll("a").await;
    worker.poll("a").await;
    let due = worker.until_due("a").await;
    assert!(due >= 12 * HOUR, "{due:?}");
    worker.poll("a").await;
    assert_eq!(tags(&site), [None, Some("\"1\"".to_owned()), Some("\"2\"".to_owned())]);
}

async fn an_adopted_address_outlives_the_file_that_names_the_old_one(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/old", Reply::redirect(301, "/new"));
    site.put("/new", Reply::feed(rss(&["One"])).etag("\"1\"").conditional());
    let declare = |path: &str, name: &str| {
        let text = format!(
            "[[source]]\nid = \"a\"\nname = \"{name}\"\nlink = \"{}\"\narticles = false\n",
            site.link(path)
        );
        file(&database, |all| all.push_str(&text))
    };
    lay_over(&worker.tools, &declare("/old", "A")).await.unwrap();
    for _ in 0..3 {
        worker.poll("a").await;
        worker.pass(DAY);
    }
    assert_eq!(worker.source("a").await.declared.link, site.link("/new"));
    let unchanged = lay_over(&worker.tools, &declare("/old", "A")).await.unwrap();
    assert_eq!(unchanged.changed, []);
    lay_over(&worker.tools, &declare("/old", "Another name")).await.unwrap();
    let source = worker.source("a").await;
    assert_eq!(
        (&*source.declared.name, &source.declared.link),
        ("Another name", &site.link("/new"))
    );
    lay_over(&worker.tools, &declare("/new", "Another name")).await.unwrap();
    assert_eq!(
        worker.poll("a").await.outcome,
        Outcome::Unchanged,
        "what was learned is kept"
    );
    lay_over(&worker.tools, &declare("/elsewhere", "Another name"))
        .await
        .unwrap();
    assert_eq!(worker.source("a").await.declared.link, site.link("/elsewhere"));
}

async fn a_source_read_by_other_rules_is_read_whole_once(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put(
        "/feed",
        Reply::feed(rss(&["Museum opens", "Football"]))
            .etag("\"1\"")
            .conditional(),
    );
    let declare = |include: &str| {
        let link = site.link("/feed");
        let text = format!(
            "[[source]]\nid = \"a\"\nname = \"A\"\nlink = \"{link}\"\narticles = false\ninclude = [{include}]\n"
        );
        file(&database, |all| all.push_str(&text))
    };
    lay_over(&worker.tools, &declare("\"museum\"")).await.unwrap();
    assert_eq!(worker.poll("a").await.items, 1);
    assert_eq!(worker.poll("a").await.outcome, Outcome::Unchanged);
    lay_over(&worker.tools, &declare("\"museum\", \"football\""))
        .await
        .unwrap();
    assert_eq!(worker.poll("a").await.items, 1);
    assert_eq!(worker.poll("a").await.outcome, Outcome::Unchanged);
}

async fn a_source_given_another_address_is_asked_plainly_and_soon(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/gone", Reply::status(410));
    site.put("/feed", Reply::feed(rss(&["One"])).etag("\"1\"").conditional());
    let declare = |path: &str| {
        let text = format!(
            "[[source]]\nid = \"a\"\nname = \"A\"\nlink = \"{}\"\narticles = false\n",
            site.link(path)
        );
        file(&database, |all| all.push_str(&text))
    };
    lay_over(&worker.tools, &declare("/gone")).await.unwrap();
    assert_eq!(worker.poll_due().await[0].outcome, Outcome::Gone);
    lay_over(&worker.tools, &declare("/feed")).await.unwrap();
    assert_eq!(worker.poll_due().await[0].items, 1);
}

async fn what_leaves_the_document_and_comes_back_is_known(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let feeds = [&["One", "Two"][..], &["Two"], &["One", "Two"]];
    site.put_sequence("/feed", feeds.map(|titles| Reply::feed(rss(titles))).to_vec());
    worker.add_feed("a", &site.link("/feed")).await;
    let mut items = Vec::new();
    for _ in feeds {
        items.push(worker.poll("a").await.items);
    }
    assert_eq!(items, [2, 0, 0]);
    assert_eq!(titles(&database).await, ["One", "Two"]);
}

/// A sources file with what `write` puts into it.
fn file(database: &TestDatabase, write: impl FnOnce(&mut String)) -> SourcesFile {
    let mut text = String::new();
    write(&mut text);
    let path = database.folder.path().join("sources.toml");
    std::fs::write(&path, text).unwrap();
    SourcesFile { path }
}
