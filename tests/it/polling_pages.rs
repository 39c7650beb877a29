//! The pages behind entries: which are asked for, how often, and what becomes of those that cannot be read.

use std::time::Duration;

use docent::domain::poll::Outcome;
use docent::domain::source::{Declared, SourceKind};
use docent::domain::time::Timestamp;
use docent::store::stories::{StoryFilter, StoryLine};

use crate::polling::rss;
use crate::support::database::TestDatabase;
use crate::support::site::{FakeSite, Reply};
use crate::support::worker::{TestWorker, slug};

crate::on_both_databases!(
    a_page_that_its_site_keeps_from_robots_is_not_asked_for,
    a_page_that_is_missing_or_gone_or_no_page_is_asked_for_once,
    a_page_that_fails_is_asked_for_again_with_the_next_poll_and_its_story_stays,
    a_page_that_always_fails_is_given_up,
    a_page_at_a_private_address_is_not_asked_for,
    a_redirect_to_another_site_is_followed_as_far_as_that_site_allows,
    an_article_that_two_sources_list_is_fetched_once,
    a_host_that_refuses_one_page_is_not_asked_for_the_next,
    a_host_that_refuses_without_a_word_on_how_long_is_left_alone_for_hours,
    pages_wait_until_a_robots_txt_can_be_read,
    a_robots_txt_that_asks_for_time_holds_its_host,
    a_changed_entry_whose_page_cannot_be_read_keeps_the_text_of_the_page,
);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

async fn a_page_that_its_site_keeps_from_robots_is_not_asked_for(database: TestDatabase) {
    let (site, worker) = start(&database, &["One"]).await;
    site.put("/robots.txt", Reply::page("User-agent: *\nDisallow: /news/\n"));
    site.put("/news/one", page("One"));
    assert_eq!(worker.poll("a").await.items, 1);
    worker.pass(2 * HOUR);
    worker.poll("a").await;
    assert_eq!((site.count("/news/one"), due(&worker).await), (0, 0));
}

async fn a_page_that_is_missing_or_gone_or_no_page_is_asked_for_once(database: TestDatabase) {
    let (site, worker) = start(&database, &["One", "Two", "Three"]).await;
    site.put("/news/two", Reply::status(410));
    let pdf = Reply::status(200).header("Content-Type", "application/pdf");
    site.put("/news/three", pdf.body("%PDF-1.7"));
    assert_eq!(worker.poll("a").await.items, 3);
    worker.pass(DAY);
    worker.poll("a").await;
    for path in ["/news/one", "/news/two", "/news/three"] {
        assert_eq!(site.count(path), 1, "{path}");
    }
    assert_eq!((stories(&database).await.len(), due(&worker).await), (3, 0));
}

async fn a_page_that_fails_is_asked_for_again_with_the_next_poll_and_its_story_stays(database: TestDatabase) {
    let (site, worker) = start(&database, &["One"]).await;
    site.put_sequence("/news/one", vec![Reply::status(503), page("One")]);
    worker.poll("a").await;
    let before = stories(&database).await.remove(0);
    assert_eq!(
        (site.count("/news/one"), before.lead.words),
        (1, 0),
        "once with one poll"
    );
    worker.pass(HOUR);
    assert_eq!(worker.poll("a").await.outcome, Outcome::Unchanged);
    let after = stories(&database).await.remove(0);
    assert_eq!((&after.public_id, after.found_at), (&before.public_id, before.found_at));
    assert!(after.lead.words > 50, "{}", after.lead.words);
    assert_eq!((site.count("/news/one"), due(&worker).await), (2, 0));
}

async fn a_page_that_always_fails_is_given_up(database: TestDatabase) {
    let (site, worker) = start(&database, &["One"]).await;
    site.put("/news/one", Reply::status(500));
    for poll in 1..=8 {
        worker.poll("a").await;
        worker.pass(HOUR);
        assert_eq!(site.count("/news/one"), poll.min(4));
    }
    assert_eq!(due(&worker).await, 0);
}

async fn a_page_at_a_private_address_is_not_asked_for(database: TestDatabase) {
    let (site, worker) = start(&database, &["One"]).await;
    let inner = site.link_as("127.0.0.2", "/news/one");
    site.put("/feed", Reply::feed(rss(&["One"]).replace("/news/one", inner.as_str())));
    assert_eq!(worker.poll("a").await.items, 1);
    worker.pass(DAY);
    worker.poll("a").await;
    assert!(
        site.requests()
            .iter()
            .all(|seen| matches!(&*seen.path, "/feed" | "/robots.txt"))
    );
}

async fn a_redirect_to_another_site_is_followed_as_far_as_that_site_allows(database: TestDatabase) {
    let (site, worker) = start(&database, &["One", "Two"]).await;
    let other = FakeSite::start().await;
    other.put("/robots.txt", Reply::page("User-agent: *\nDisallow: /closed/\n"));
    other.put("/open/one", page("One"));
    other.put("/closed/two", page("Two"));
    site.put("/news/one", Reply::redirect(302, other.link("/open/one").as_str()));
    site.put("/news/two", Reply::redirect(302, other.link("/closed/two").as_str()));
    worker.poll("a").await;
    let read: Vec<_> = stories(&database)
        .await
        .into_iter()
        .filter(|s| s.lead.words > 50)
        .collect();
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].lead.link, Some(other.link("/open/one")));
}

async fn an_article_that_two_sources_list_is_fetched_once(database: TestDatabase) {
    let (site, worker) = start(&database, &["One"]).await;
    site.put("/news/one", page("One"));
    site.put("/second", Reply::feed(rss(&["One"])));
    worker.poll("a").await;
    let second = Declared::new(slug("b"), "B".to_owned(), SourceKind::Feed, site.link("/second"));
    worker.add(&second).await;
    assert_eq!(worker.poll("b").await.items, 1);
    assert_eq!(site.count("/news/one"), 1);
    let story = stories(&database).await.remove(0);
    assert_eq!((story.articles, story.sources.len()), (1, 2));
}

async fn a_host_that_refuses_one_page_is_not_asked_for_the_next(database: TestDatabase) {
    refused(&database, Reply::status(429).header("Retry-After", "7200"), 2 * HOUR).await;
}

async fn a_host_that_refuses_without_a_word_on_how_long_is_left_alone_for_hours(database: TestDatabase) {
    refused(&database, Reply::status(429), 4 * HOUR).await;
}

/// The first page is answered by `refusal`; nothing more is asked of its host for `wait`, and all is read then.
async fn refused(database: &TestDatabase, refusal: Reply, wait: Duration) {
    let (site, worker) = start(database, &["One", "Two", "Three"]).await;
    site.put("/news/one", page("One"));
    site.put("/news/two", page("Two"));
    site.put_sequence("/news/three", vec![refusal, page("Three")]);
    let asked = || {
        let requests = site.requests();
        requests.iter().filter(|seen| seen.path.starts_with("/news/")).count()
    };
    assert_eq!(worker.poll("a").await.items, 3);
    assert_eq!(asked(), 1);
    let revision = database.store.revision().await.unwrap();
    worker.pass(wait / 2);
    worker.poll("a").await;
    assert_eq!(asked(), 1);
    assert_eq!(
        database.store.revision().await.unwrap(),
        revision,
        "nothing is written in vain"
    );
    worker.add_feed("b", &site.link("/feed")).await;
    assert_eq!(worker.poll_due().await.len(), 0, "the host is held for feeds too");
    worker.pass(wait / 2 + HOUR);
    worker.poll("a").await;
    assert_eq!((asked(), due(&worker).await), (4, 0));
}

async fn pages_wait_until_a_robots_txt_can_be_read(database: TestDatabase) {
    let (site, worker) = start(&database, &["One"]).await;
    site.put_sequence("/robots.txt", vec![Reply::status(500), Reply::status(404)]);
    site.put("/news/one", page("One"));
    assert_eq!(worker.poll("a").await.items, 1, "the feed itself is read");
    assert_eq!((site.count("/news/one"), due(&worker).await), (0, 1));
    worker.pass(2 * HOUR);
    worker.poll("a").await;
    assert_eq!((site.count("/news/one"), due(&worker).await), (1, 0));
    assert_eq!(site.count("/robots.txt"), 2);
}

async fn a_robots_txt_that_asks_for_time_holds_its_host(database: TestDatabase) {
    let (site, worker) = start(&database, &["One"]).await;
    let busy = Reply::status(503).header("Retry-After", "7200");
    site.put_sequence("/robots.txt", vec![busy, Reply::status(404)]);
    site.put("/news/one", page("One"));
    worker.poll("a").await;
    worker.pass(HOUR + HOUR / 2);
    worker.add_feed("b", &site.link("/feed")).await;
    assert_eq!(worker.poll_due().await.len(), 0, "the host is held for feeds too");
    worker.pass(HOUR);
    worker.poll("a").await;
    assert_eq!((site.count("/robots.txt"), due(&worker).await), (2, 0));
}

async fn a_changed_entry_whose_page_cannot_be_read_keeps_the_text_of_the_page(database: TestDatabase) {
    let (site, worker) = start(&database, &["One"]).await;
    site.put_sequence("/news/one", vec![page("One"), Reply::status(404)]);
    worker.poll("a").await;
    let before = stories(&database).await.remove(0);
    site.put(
        "/feed",
        Reply::feed(rss(&["One"]).replace("<title>One<", "<title>One at last<")),
    );
    worker.pass(HOUR);
    worker.poll("a").await;
    let after = stories(&database).await.remove(0);
    assert_eq!(
        (after.lead.title.as_str(), after.lead.words),
        ("One at last", before.lead.words)
    );
    assert!(after.lead.words > 50);
    assert!(after.revision > before.revision);
}

/// A site with a feed of these titles, and a source for it that wants the pages behind.
async fn start(database: &TestDatabase, titles: &[&str]) -> (FakeSite, TestWorker) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/feed", Reply::feed(rss(titles)).etag("\"1\"").conditional());
    let declared = Declared::new(slug("a"), "A".to_owned(), SourceKind::Feed, site.link("/feed"));
    worker.add(&declared).await;
    (site, worker)
}

/// An article of some length, of which no two are alike.
pub fn page(title: &str) -> Reply {
    let words: String = (0..12)
        .map(|line| {
            format!("<p>Of {title} the line {line} tells that the museum has opened a wing for what {title} found.</p>")
        })
        .collect();
    Reply::page(format!(
        "<html><title>{title}</title><body><article><h1>{title}</h1>{words}</article></body></html>"
    ))
}

async fn stories(database: &TestDatabase) -> Vec<StoryLine> {
    database.store.stories(&StoryFilter::default(), 100).await.unwrap()
}

/// How many pages of the source are still to be fetched.
async fn due(worker: &TestWorker) -> usize {
    let id = worker.source("a").await.id;
    let ever = Timestamp::from_millis(i64::MAX);
    worker.tools.store.due_pages(id, ever, 100).await.unwrap().len()
}
