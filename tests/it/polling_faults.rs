//! What goes wrong in a poll, on either side, and what it must not cost.

use std::sync::Arc;
use std::time::Duration;

use docent::domain::poll::Outcome;
use docent::domain::source::{Declared, Selectors, SourceKind};
use docent::ingest::fetch::Limits;
use docent::store::stories::StoryFilter;
use docent::worker::schedule;

use crate::polling::{rss, tags, titles};
use crate::support::database::TestDatabase;
use crate::support::site::{FakeSite, Hold, Reply};
use crate::support::worker::{Setup, TestWorker, slug};

crate::on_both_databases!(
    a_poll_that_crashes_is_counted_and_costs_its_neighbours_nothing,
    what_could_not_be_stored_is_read_again,
    a_poll_whose_lease_ran_out_doubles_nothing_and_undoes_nothing,
    what_two_workers_read_at_once_is_stored_once,
    a_server_that_takes_too_long_is_given_up_and_tried_less_often,
    a_server_that_only_ever_says_not_modified_is_asked_plainly_once,
    what_is_gone_stays_gone_when_it_is_asked_by_hand_in_vain,
    servers_that_refuse_are_left_alone_for_hours,
    the_wait_that_a_server_asks_for_is_read_in_each_form,
    a_server_behind_a_redirect_that_asks_to_be_left_alone_is_left_alone,
    a_list_page_that_matches_and_gives_no_entry_is_an_error,
    a_sitemap_that_an_index_names_in_vain_is_told_and_read_again,
    a_sitemap_is_not_read_against_robots_txt,
);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

async fn a_poll_that_crashes_is_counted_and_costs_its_neighbours_nothing(database: TestDatabase) {
    let site = FakeSite::start().await;
    let setup = Setup {
        fresh_id: || panic!("played: a fault of docent"),
        ..Setup::default()
    };
    let worker = TestWorker::with(&database.store, setup);
    site.put("/feed", Reply::feed(rss(&["One"])).etag("\"1\"").conditional());
    site.put("/empty", Reply::feed(rss(&[])).etag("\"1\""));
    worker.add_feed("a", &site.link("/feed")).await;
    worker.add_feed("b", &site.link("/empty")).await;
    let mut outcomes: Vec<_> = worker
        .poll_due()
        .await
        .into_iter()
        .map(|r| (r.source, r.outcome))
        .collect();
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(outcomes, [(slug("a"), Outcome::Error), (slug("b"), Outcome::EmptyOk)]);
    let crashed = worker.source("a").await;
    assert_eq!(crashed.failures, 1);
    let attempts = database.store.attempts(crashed.id, 9).await.unwrap();
    assert!(attempts[0].reason.as_ref().unwrap().contains("fault of docent"));
    assert!(worker.until_due("a").await > HOUR, "it is not tried again at once");
    let mended = worker.beside(&database.store);
    assert_eq!(mended.poll("a").await.items, 1, "no validators were kept");
}

async fn what_could_not_be_stored_is_read_again(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/feed", Reply::feed(rss(&["One"])).etag("\"1\"").conditional());
    worker.add_feed("a", &site.link("/feed")).await;
    database.meddle("alter table story rename to story_away").await;
    let report = worker.poll("a").await;
    assert_eq!(report.outcome, Outcome::Error);
    assert!(report.reason.unwrap().contains("could not be stored"));
    database.meddle("alter table story_away rename to story").await;
    worker.pass(DAY);
    assert_eq!(worker.poll_due().await[0].items, 1);
    assert_eq!(tags(&site), [None, None]);
    assert_eq!(worker.source("a").await.failures, 0);
}

async fn a_poll_whose_lease_ran_out_doubles_nothing_and_undoes_nothing(database: TestDatabase) {
    let (site, slow) = (FakeSite::start().await, TestWorker::new(&database.store));
    let hold = Hold::new();
    let first = Reply::feed(rss(&["One"])).etag("\"1\"").held(&hold);
    site.put_sequence("/feed", vec![first, Reply::feed(rss(&["Two", "One"])).etag("\"2\"")]);
    slow.add_feed("a", &site.link("/feed")).await;
    let tools = Arc::clone(&slow.tools);
    let running = tokio::spawn(async move { schedule::once(&tools).await.unwrap() });
    while site.count("/feed") == 0 {
        tokio::task::yield_now().await;
    }
    slow.pass(Duration::from_secs(schedule::LEASE_SECONDS + 1));
    let quick = slow.beside(&database.open_again().await);
    assert_eq!(quick.poll_due().await[0].items, 2);
    let settled = quick.source("a").await;
    hold.release();
    assert_eq!(running.await.unwrap()[0].items, 0, "it is all there already");
    assert_eq!(
        quick.source("a").await,
        settled,
        "who lost the lease writes nothing down"
    );
    assert_eq!(database.store.attempts(settled.id, 9).await.unwrap().len(), 1);
    assert_eq!(titles(&database).await, ["One", "Two"]);
}

async fn what_two_workers_read_at_once_is_stored_once(database: TestDatabase) {
    let (site, here) = (FakeSite::start().await, TestWorker::new(&database.store));
    let there = here.beside(&database.open_again().await);
    let names = [
        "Museum opens",
        "Gallery closes",
        "Painting found",
        "Statue sold",
        "Archive burns",
    ];
    for number in 0..6 {
        let path = format!("/feed{number}");
        site.put(&path, Reply::feed(rss(&names)));
        here.add_feed(&format!("s{number}"), &site.link(&path)).await;
    }
    let poll = async |worker: &TestWorker, numbers: [u32; 3]| {
        for number in numbers {
            worker.poll(&format!("s{number}")).await;
        }
    };
    tokio::join!(poll(&here, [0, 2, 4]), poll(&there, [1, 3, 5]));
    let stories = database.store.stories(&StoryFilter::default(), 100).await.unwrap();
    assert_eq!(stories.len(), names.len());
    assert!(
        stories
            .iter()
            .all(|story| (story.articles, story.sources.len()) == (1, 6))
    );
}

async fn a_server_that_takes_too_long_is_given_up_and_tried_less_often(database: TestDatabase) {
    let (site, hold) = (FakeSite::start().await, Hold::new());
    let limits = Limits {
        first_byte: Duration::from_millis(100),
        ..Limits::default()
    };
    let setup = Setup {
        limits,
        ..Setup::default()
    };
    let worker = TestWorker::with(&database.store, setup);
    site.put("/feed", Reply::feed(rss(&["One"])).held(&hold));
    worker.add_feed("a", &site.link("/feed")).await;
    let mut waits = Vec::new();
    for _ in 0..3 {
        let report = worker.poll("a").await;
        assert!(!report.outcome.is_success() && report.reason.is_some());
        waits.push(worker.until_due("a").await);
    }
    assert!(waits[0] < waits[1] && waits[1] < waits[2], "{waits:?}");
    assert!(matches!(&*worker.source("a").await.health.0, "broken" | "refused"));
}

async fn a_server_that_only_ever_says_not_modified_is_asked_plainly_once(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let first = Reply::feed(rss(&["One"])).etag("\"1\"");
    site.put_sequence("/feed", vec![first, Reply::status(304)]);
    worker.add_feed("a", &site.link("/feed")).await;
    worker.poll("a").await;
    worker.pass(9 * DAY);
    assert_eq!(worker.poll("a").await.outcome, Outcome::Error);
    for _ in 0..3 {
        worker.pass(9 * DAY);
        assert_eq!(worker.poll("a").await.outcome, Outcome::Unchanged);
    }
    let tag = || Some("\"1\"".to_owned());
    assert_eq!(tags(&site), [None, None, tag(), tag(), tag()]);
}

async fn what_is_gone_stays_gone_when_it_is_asked_by_hand_in_vain(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let back = Reply::feed(rss(&["One"])).etag("\"1\"");
    site.put_sequence("/feed", vec![Reply::status(410), Reply::status(500), back]);
    worker.add_feed("a", &site.link("/feed")).await;
    worker.poll("a").await;
    worker.poll("a").await;
    worker.pass(2 * DAY);
    assert_eq!(worker.poll_due().await.len(), 0);
    assert_eq!(worker.poll("a").await.items, 1);
    worker.pass(2 * DAY);
    assert_eq!(worker.poll_due().await.len(), 1, "an answer brings it back");
}

async fn servers_that_refuse_are_left_alone_for_hours(database: TestDatabase) {
    for (status, first, second) in [
        (401, HOUR, 2 * HOUR),
        (403, 4 * HOUR, 8 * HOUR),
        (429, 4 * HOUR, 8 * HOUR),
    ] {
        let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
        site.put("/feed", Reply::status(status));
        let id = format!("s{status}");
        worker.add_feed(&id, &site.link("/feed")).await;
        for (polls, least) in [(1, first), (2, second)] {
            assert_eq!(worker.poll(&id).await.outcome, Outcome::Error);
            let due = worker.until_due(&id).await;
            assert!(due >= least * 9 / 10, "{status}: {due:?}");
            worker.pass(due.checked_sub(Duration::from_secs(1)).unwrap());
            worker.poll_due().await;
            assert_eq!(site.count("/feed"), polls);
            worker.pass(Duration::from_secs(1));
        }
    }
}

async fn the_wait_that_a_server_asks_for_is_read_in_each_form(database: TestDatabase) {
    for (number, (retry_after, least, most)) in [
        ("90000", 90_000, 100_000),
        ("Wed, 04 Mar 2026 12:00:00 GMT", 172_800, 200_000),
        ("1000000000", 7 * 86_400, 8 * 86_400),
        ("-1", 14_400, 16_000),
        ("Sun, 01 Mar 2026 12:00:00 GMT", 14_400, 16_000),
    ]
    .into_iter()
    .enumerate()
    {
        let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
        site.put("/feed", Reply::status(429).header("Retry-After", retry_after));
        let id = format!("s{number}");
        worker.add_feed(&id, &site.link("/feed")).await;
        worker.poll(&id).await;
        let due = worker.until_due(&id).await.as_secs();
        assert!((least..=most).contains(&due), "{retry_after}: {due}");
    }
}

async fn a_server_behind_a_redirect_that_asks_to_be_left_alone_is_left_alone(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let busy = site.link_as("busy.example", "/busy");
    site.put("/feed", Reply::redirect(302, busy.as_str()));
    site.put("/busy", Reply::status(503).header("Retry-After", "7200"));
    worker.add_feed("a", &site.link("/feed")).await;
    assert_eq!(worker.poll("a").await.status, Some(503));
    for host in ["127.0.0.1", "busy.example"] {
        let held = database.store.held_until(host).await.unwrap();
        assert_eq!(held, Some(worker.now().plus(2 * HOUR)), "{host}");
    }
}

async fn a_list_page_that_matches_and_gives_no_entry_is_an_error(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let list = "<ul><li class=n><a href=/1>First story of all</a></li></ul>";
    let emptied = "<ul><li class=n><b>First story of all</b></li></ul>";
    site.put_sequence("/news", vec![Reply::page(list), Reply::page(emptied)]);
    let mut page = Declared::new(slug("a"), "A".to_owned(), SourceKind::Page, site.link("/news"));
    page.rules.articles = false;
    page.rules.selectors = Some(Selectors {
        item: vec!["li.n".to_owned()],
        title: vec!["a".to_owned()],
        link: vec!["a@href".to_owned()],
        ..Selectors::default()
    });
    worker.add(&page).await;
    assert_eq!(worker.poll("a").await.items, 1);
    let report = worker.poll("a").await;
    assert_eq!(report.outcome, Outcome::Error);
    assert!(report.reason.unwrap().contains("no entry can be made"));
    assert_eq!(titles(&database).await.len(), 1);
}

async fn a_sitemap_that_an_index_names_in_vain_is_told_and_read_again(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let child = format!(
        "<urlset><url><loc>{}</loc><lastmod>2026-03-01</lastmod></url></urlset>",
        site.link("/news/one")
    );
    site.put_sequence("/child.xml", vec![Reply::status(500), Reply::feed(child)]);
    add_index(&site, &worker).await;
    let failed = worker.poll("a").await;
    assert_eq!(
        (failed.outcome, failed.status),
        (Outcome::Error, Some(500)),
        "{:?}",
        failed.reason
    );
    assert_eq!(worker.poll("a").await.items, 1, "the index came whole again");
    assert_eq!(worker.poll("a").await.outcome, Outcome::Unchanged);
}

async fn a_sitemap_is_not_read_against_robots_txt(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/robots.txt", Reply::page("User-agent: *\nDisallow: /child.xml\n"));
    add_index(&site, &worker).await;
    assert_eq!(worker.poll("a").await.outcome, Outcome::Refused);
    assert_eq!((site.count("/index.xml"), site.count("/child.xml")), (1, 0));
}

/// A sitemap index that names one sitemap, and a source for it.
async fn add_index(site: &FakeSite, worker: &TestWorker) {
    let index = format!(
        "<sitemapindex><sitemap><loc>{}</loc><lastmod>2026-03-01</lastmod></sitemap></sitemapindex>",
        site.link("/child.xml")
    );
    site.put("/index.xml", Reply::feed(index).etag("\"1\"").conditional());
    let mut source = Declared::new(slug("a"), "A".to_owned(), SourceKind::Sitemap, site.link("/index.xml"));
    source.rules.articles = false;
    worker.add(&source).await;
}
