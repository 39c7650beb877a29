//! The manners of a poller, seen from a site and from the store, with a clock that the test moves.
//!
//! Which test holds which rule. Those in `polling*.rs` go through the whole worker, on both databases; those in `fetch*.rs`
//! hold a single request; the intervals themselves are tables beside `domain/cadence.rs` and `domain/freshness.rs`.
//!
//! | rule | where | test |
//! |---|---|---|
//! | 1 plain first, conditional then | polling | `the_first_request_is_plain_and_every_later_one_is_conditional` |
//! | 2–4 validators byte for byte, both | fetch | `validators_go_back_byte_for_byte` |
//! | 5 each answer replaces them | polling | `new_validators_replace_the_old_ones_and_none_replaces_them_too` |
//! | 6 a 304 renews | polling_rules | `a_not_modified_renews_what_is_sent_and_how_long_is_waited` |
//! | 7 a 304 brings nothing | polling | `not_modified_brings_nothing_and_is_a_success` |
//! | 8 a 304 out of place | fetch | `a_304_to_a_plain_request_is_a_failure`, `the_body_of_a_304_is_not_taken_for_the_next_answer` |
//! | 9 stuck on 304 | polling, _faults | `a_server_stuck_on_not_modified_…`, `a_server_that_only_ever_says_not_modified_…` |
//! | 10 validators of one address | fetch, polling_rules | `validators_are_sent_only_to_…`, `a_source_given_another_address_…`, `a_source_read_by_other_rules_…` |
//! | 11 nothing kept of what is broken | polling | `an_answer_that_cannot_be_read_leaves_no_validators` |
//! | 12–14 caching headers, ttl | polling, cadence, freshness | `caching_headers_and_ttl_lengthen_the_wait`, `wishes_lengthen_the_interval_…` |
//! | 15 skipHours, skipDays | polling_rules, cadence | `hours_that_a_feed_names_are_slept_through_unless_it_names_all` |
//! | 16 Retry-After, whole host | polling, _faults, _pages | `a_server_that_asks_to_be_left_alone_…`, `the_wait_that_a_server_asks_for_…`, `a_host_that_refuses_one_page_…` |
//! | 17, 24 429, 403, 401 | polling_faults | `servers_that_refuse_are_left_alone_for_hours` |
//! | 18 failures back off | polling, cadence | `failures_back_off_to_a_day_and_one_success_ends_them` |
//! | 19 a move for good | polling, _rules, cadence | `a_permanent_redirect_is_adopted_…`, `an_adopted_address_outlives_the_file_…` |
//! | 20 a move for now | polling | `a_temporary_redirect_changes_no_address` |
//! | 21 redirects | fetch, fetch_guard, evil | `at_most_five_redirects_are_followed`, `nothing_forbidden_is_called_…`, `credentials_go_to_…` |
//! | 22 gone | polling, _faults | `a_source_that_is_gone_is_not_asked_again`, `what_is_gone_stays_gone_…` |
//! | 23 missing | polling | `what_is_missing_is_a_failure_and_no_death` |
//! | 25 one at a time, apart | polling_rules, fetch_guard | `many_feeds_of_one_host_…`, `two_names_of_one_address_share_its_turns` |
//! | 26 first polls apart | polling_rules, cadence | `sources_added_together_come_in_minutes_…`, `a_thousand_new_sources_are_spread_flat_…` |
//! | 27 a restart | polling | `a_restart_keeps_the_schedule_and_asks_nothing_twice` |
//! | 28 two workers | polling, _faults, settling | `two_workers_never_poll_one_source_at_once`, `what_two_workers_read_at_once_…`, `a_poll_whose_lease_ran_out_…` |
//! | 29 asked for by hand | polling | `asking_ten_times_for_a_poll_brings_one_request` |
//! | 30–32 headers | fetch, fetch_body | `every_request_bears_the_same_few_headers_…`, `accept_names_what_is_wanted_…`, `a_body_is_read_in_every_coding_…` |
//! | 33 time limits | polling_faults, fetch_guard, evil | `a_server_that_takes_too_long_…`, `an_answer_that_does_not_come_in_time_…` |
//! | 34 size limits | fetch_body, evil | `a_body_beyond_its_limits_is_refused_…` |
//! | 35 HTTP/2 | – | not played: the site of these tests speaks HTTP/1.1 without TLS |
//! | 36 both families | fetch_guard | `both_families_of_a_name_are_tried` |
//! | 37 no validators | polling, cadence | `caching_headers_and_ttl_lengthen_the_wait` |
//! | 38 rhythm | polling_rules, cadence | `a_source_that_brings_much_is_polled_more_often` |
//! | 39 a bare touch | polling_rules | `a_touched_document_brings_nothing` |
//! | 40 entries that leave | polling, _rules | `entries_that_leave_the_document_stay`, `what_leaves_the_document_and_comes_back_is_known` |
//! | 41 changes | polling, _rules | `a_changed_entry_is_a_change_and_not_a_new_one`, `a_cap_holds_no_changes_back` |
//! | 42 no HEAD, no second try | polling_rules | `only_gets_are_sent_and_what_cannot_be_read_…` |
//! | 43 robots.txt | polling, _faults, _pages | `a_feed_is_refused_only_by_…`, `a_sitemap_is_not_read_against_…`, `a_page_that_its_site_keeps_from_robots_…`, `pages_wait_until_…` |

use std::collections::HashSet;
use std::time::Duration;

use docent::domain::cadence;
use docent::domain::poll::Outcome;
use docent::domain::source::{Declared, Selectors, SourceKind};
use docent::store::stories::StoryFilter;

use crate::support::database::TestDatabase;
use crate::support::site::{FakeSite, Reply};
use crate::support::worker::{TestWorker, slug};

crate::on_both_databases!(
    the_first_request_is_plain_and_every_later_one_is_conditional,
    new_validators_replace_the_old_ones_and_none_replaces_them_too,
    not_modified_brings_nothing_and_is_a_success,
    a_server_stuck_on_not_modified_is_asked_plainly_after_eight_days,
    an_answer_that_cannot_be_read_leaves_no_validators,
    caching_headers_and_ttl_lengthen_the_wait,
    a_server_that_asks_to_be_left_alone_is_left_alone_by_all_of_its_sources,
    failures_back_off_to_a_day_and_one_success_ends_them,
    a_permanent_redirect_is_adopted_on_the_third_day_and_can_be_undone,
    a_temporary_redirect_changes_no_address,
    a_source_that_is_gone_is_not_asked_again,
    what_is_missing_is_a_failure_and_no_death,
    a_restart_keeps_the_schedule_and_asks_nothing_twice,
    two_workers_never_poll_one_source_at_once,
    asking_ten_times_for_a_poll_brings_one_request,
    entries_that_leave_the_document_stay,
    a_changed_entry_is_a_change_and_not_a_new_one,
    a_list_page_on_which_nothing_matches_any_more_is_broken,
    terms_decide_what_is_taken,
    what_a_cap_left_for_later_is_taken_the_next_day,
    a_feed_is_refused_only_by_a_robots_txt_that_names_us,
);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

async fn the_first_request_is_plain_and_every_later_one_is_conditional(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put(
        "/feed",
        Reply::feed(rss(&["One"]))
            .etag("\"a,b\"")
            .last_modified("Sat, 1 Jan 2000")
            .conditional(),
    );
    worker.add_feed("a", &site.link("/feed")).await;
    let mut outcomes = Vec::new();
    for _ in 0..5 {
        outcomes.push(worker.poll("a").await.outcome);
        worker.pass(HOUR);
    }
    assert_eq!(outcomes[0], Outcome::Ok);
    assert!(
        outcomes[1..].iter().all(|outcome| *outcome == Outcome::Unchanged),
        "{outcomes:?}"
    );
    assert_eq!(
        tags(&site),
        [None, Some("\"a,b\""), Some("\"a,b\""), Some("\"a,b\""), Some("\"a,b\"")].map(owned)
    );
}

async fn new_validators_replace_the_old_ones_and_none_replaces_them_too(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let feed = || Reply::feed(rss(&["One"]));
    site.put_sequence(
        "/feed",
        vec![feed().etag("\"1\""), feed().etag("\"2\""), feed(), feed()],
    );
    worker.add_feed("a", &site.link("/feed")).await;
    for _ in 0..4 {
        worker.poll("a").await;
    }
    assert_eq!(tags(&site), [None, Some("\"1\""), Some("\"2\""), None].map(owned));
}

async fn not_modified_brings_nothing_and_is_a_success(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/feed", Reply::feed(rss(&["One", "Two"])).etag("\"1\"").conditional());
    worker.add_feed("a", &site.link("/feed")).await;
    assert_eq!(worker.poll("a").await.items, 2);
    let report = worker.poll("a").await;
    assert_eq!(
        (report.outcome, report.items, worker.source("a").await.failures),
        (Outcome::Unchanged, 0, 0)
    );
}

async fn a_server_stuck_on_not_modified_is_asked_plainly_after_eight_days(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/feed", Reply::feed(rss(&["One"])).etag("\"1\"").conditional());
    worker.add_feed("a", &site.link("/feed")).await;
    worker.poll("a").await;
    worker.pass(9 * DAY);
    worker.poll("a").await;
    worker.pass(HOUR);
    worker.poll("a").await;
    assert_eq!(tags(&site), [None, None, Some("\"1\"")].map(owned));
}

async fn an_answer_that_cannot_be_read_leaves_no_validators(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let broken = Reply::feed("<html><title>Please log in</title></html>")
        .etag("\"1\"")
        .conditional();
    let mended = Reply::feed(rss(&["One"])).etag("\"1\"").conditional();
    site.put_sequence("/feed", vec![broken, mended]);
    worker.add_feed("a", &site.link("/feed")).await;
    let first = worker.poll("a").await;
    assert_eq!(first.outcome, Outcome::Error, "{:?}", first.reason);
    assert_eq!(worker.poll("a").await.items, 1);
}

async fn caching_headers_and_ttl_lengthen_the_wait(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let ttl = rss(&["One"]).replace("<title>t</title>", "<title>t</title><ttl>240</ttl>");
    site.put(
        "/cached",
        Reply::feed(rss(&["One"]))
            .etag("\"1\"")
            .header("Cache-Control", "max-age=43200")
            .header("Age", "3600"),
    );
    site.put("/ttl", Reply::feed(ttl).etag("\"1\""));
    site.put(
        "/eternal",
        Reply::feed(rss(&["One"]))
            .etag("\"1\"")
            .header("Cache-Control", "max-age=31536000"),
    );
    site.put("/plain", Reply::feed(rss(&["One"])));
    for (id, least, most) in [
        ("cached", 11 * HOUR, 13 * HOUR),
        ("ttl", 4 * HOUR, 5 * HOUR),
        ("eternal", 21 * HOUR, 24 * HOUR),
        ("plain", 23 * HOUR, 25 * HOUR),
    ] {
        worker.add_feed(id, &site.link(&format!("/{id}"))).await;
        worker.poll(id).await;
        let due = worker.until_due(id).await;
        assert!((least..=most).contains(&due), "{id}: {due:?}");
    }
}

async fn a_server_that_asks_to_be_left_alone_is_left_alone_by_all_of_its_sources(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/busy", Reply::status(429).header("Retry-After", "7200"));
    site.put("/other", Reply::feed(rss(&["One"])));
    worker.add_feed("busy", &site.link("/busy")).await;
    worker.poll("busy").await;
    worker.add_feed("other", &site.link("/other")).await;
    assert_eq!(worker.poll_due().await.len(), 0, "the host is held");
    worker.pass(2 * HOUR + Duration::from_mins(1));
    assert!(
        worker
            .poll_due()
            .await
            .iter()
            .any(|report| report.source == slug("other"))
    );
}

async fn failures_back_off_to_a_day_and_one_success_ends_them(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/feed", Reply::status(500));
    worker.add_feed("a", &site.link("/feed")).await;
    let mut waits = Vec::new();
    for _ in 0..12 {
        assert_eq!(worker.poll("a").await.outcome, Outcome::Error);
        waits.push(worker.until_due("a").await);
        worker.pass(waits[waits.len() - 1]);
    }
    assert!(waits[0] < waits[2] && waits[2] < waits[4], "{waits:?}");
    assert!(waits[11] <= DAY + DAY / 8, "{waits:?}");
    assert_eq!(worker.source("a").await.health.0, "broken");
    site.put("/feed", Reply::feed(rss(&["One"])).etag("\"1\""));
    worker.poll("a").await;
    assert_eq!(worker.source("a").await.failures, 0);
    assert!(worker.until_due("a").await < 2 * HOUR);
}

async fn a_permanent_redirect_is_adopted_on_the_third_day_and_can_be_undone(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/old", Reply::redirect(308, "/new"));
    site.put("/new", Reply::feed(rss(&["One"])));
    let declared = worker.add_feed("a", &site.link("/old")).await;
    for day in 0..3 {
        for _ in 0..3 {
            assert_eq!(worker.source("a").await.declared.link, site.link("/old"), "day {day}");
            if worker.poll("a").await.outcome != Outcome::Moved || day == 2 {
                break;
            }
            worker.pass(HOUR);
        }
        worker.pass(DAY);
    }
    assert_eq!(worker.source("a").await.declared.link, site.link("/new"));
    assert!(
        worker.source("a").await.is_declared_as(&declared),
        "what was declared is not forgotten"
    );
    let back = database.store.move_source_back(&slug("a"), worker.now()).await.unwrap();
    assert_eq!(back, Some(site.link("/old")));
    for _ in 0..5 {
        worker.poll("a").await;
        worker.pass(DAY);
    }
    assert_eq!(
        worker.source("a").await.declared.link,
        site.link("/old"),
        "what an editor undid stays undone"
    );
}

async fn a_temporary_redirect_changes_no_address(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/old", Reply::redirect(302, "/new"));
    site.put("/new", Reply::feed(rss(&["One"])));
    worker.add_feed("a", &site.link("/old")).await;
    for _ in 0..5 {
        assert_eq!(worker.poll("a").await.outcome, Outcome::Ok);
        worker.pass(DAY);
    }
    assert_eq!(worker.source("a").await.declared.link, site.link("/old"));
}

async fn a_source_that_is_gone_is_not_asked_again(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/feed", Reply::status(410));
    worker.add_feed("a", &site.link("/feed")).await;
    assert_eq!(worker.poll_due().await[0].outcome, Outcome::Gone);
    worker.pass(30 * DAY);
    assert_eq!(worker.poll_due().await.len(), 0);
    assert_eq!(
        (site.count("/feed"), worker.source("a").await.health.0.as_str()),
        (1, "gone")
    );
}

async fn what_is_missing_is_a_failure_and_no_death(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    worker.add_feed("a", &site.link("/nowhere")).await;
    assert_eq!(worker.poll("a").await.outcome, Outcome::Error);
    worker.pass(2 * DAY);
    assert_eq!(worker.poll_due().await.len(), 1);
}

async fn a_restart_keeps_the_schedule_and_asks_nothing_twice(database: TestDatabase) {
    let site = FakeSite::start().await;
    site.put("/feed", Reply::feed(rss(&["One"])).etag("\"1\""));
    TestWorker::new(&database.store)
        .add_feed("a", &site.link("/feed"))
        .await;
    for _ in 0..5 {
        TestWorker::new(&database.open_again().await).poll_due().await;
    }
    assert_eq!((site.count("/feed"), site.count("/robots.txt")), (1, 1));
}

async fn two_workers_never_poll_one_source_at_once(database: TestDatabase) {
    let site = FakeSite::start().await;
    let workers = [
        TestWorker::new(&database.store),
        TestWorker::new(&database.open_again().await),
    ];
    for number in 0..12 {
        let path = format!("/feed{number}");
        site.put(
            &path,
            Reply::feed(rss(&[&format!("Story number {number}")])).etag("\"1\""),
        );
        workers[0].add_feed(&format!("s{number}"), &site.link(&path)).await;
    }
    let (here, there) = tokio::join!(workers[0].poll_due(), workers[1].poll_due());
    let polled: Vec<_> = here.iter().chain(&there).map(|report| report.source.clone()).collect();
    assert_eq!((polled.len(), polled.iter().collect::<HashSet<_>>().len()), (12, 12));
    assert!((0..12).all(|number| site.count(&format!("/feed{number}")) == 1));
}

async fn asking_ten_times_for_a_poll_brings_one_request(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/feed", Reply::feed(rss(&["One"])).etag("\"1\"").conditional());
    worker.add_feed("a", &site.link("/feed")).await;
    worker.poll("a").await;
    for _ in 0..10 {
        let polled_at = worker.source("a").await.polled_at.unwrap();
        let at = cadence::refresh_at(polled_at, None);
        database.store.ask_for_poll(&slug("a"), worker.now(), at).await.unwrap();
        worker.pass(Duration::from_secs(40));
        worker.poll_due().await;
    }
    assert_eq!(tags(&site), [None, Some("\"1\"")].map(owned));
}

async fn entries_that_leave_the_document_stay(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put_sequence(
        "/feed",
        vec![Reply::feed(rss(&["One", "Two", "Three"])), Reply::feed(rss(&["Three"]))],
    );
    worker.add_feed("a", &site.link("/feed")).await;
    worker.poll("a").await;
    assert_eq!(worker.poll("a").await.items, 0);
    assert_eq!(titles(&database).await, ["One", "Three", "Two"]);
}

async fn a_changed_entry_is_a_change_and_not_a_new_one(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let changed = rss(&["One"]).replace("<title>One<", "<title>One at last<");
    site.put_sequence("/feed", vec![Reply::feed(rss(&["One"])), Reply::feed(changed)]);
    worker.add_feed("a", &site.link("/feed")).await;
    worker.poll("a").await;
    assert_eq!(worker.poll("a").await.items, 0);
    assert_eq!(titles(&database).await, ["One at last"]);
}

async fn a_list_page_on_which_nothing_matches_any_more_is_broken(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    let list = "<ul><li class=n><a href=/1>First story of all</a></li><li class=n><a href=/2>Quite another matter</a></li></ul>";
    site.put_sequence(
        "/news",
        vec![Reply::page(list), Reply::page("<ul><li class=other>x</li></ul>")],
    );
    let mut page = Declared::new(slug("a"), "A".to_owned(), SourceKind::Page, site.link("/news"));
    page.rules.articles = false;
    page.rules.selectors = Some(Selectors {
        item: vec!["li.n".to_owned()],
        title: vec!["a".to_owned()],
        link: vec!["a@href".to_owned()],
        ..Selectors::default()
    });
    worker.add(&page).await;
    assert_eq!(worker.poll("a").await.items, 2);
    for _ in 0..3 {
        let report = worker.poll("a").await;
        assert_eq!(report.outcome, Outcome::Error);
        assert!(report.reason.unwrap().contains("nothing on the page matches"));
    }
    assert_eq!(worker.source("a").await.health.0, "broken");
    assert_eq!(titles(&database).await.len(), 2, "what was known is kept");
}

async fn terms_decide_what_is_taken(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put("/feed", Reply::feed(rss(&["Museum opens", "Museum job", "Football"])));
    let mut source = Declared::new(slug("a"), "A".to_owned(), SourceKind::Feed, site.link("/feed"));
    source.rules.articles = false;
    source.rules.include = vec!["museum".to_owned()];
    source.rules.exclude = vec!["JOB".to_owned()];
    worker.add(&source).await;
    worker.poll("a").await;
    assert_eq!(titles(&database).await, ["Museum opens"]);
}

async fn what_a_cap_left_for_later_is_taken_the_next_day(database: TestDatabase) {
    let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
    site.put(
        "/feed",
        Reply::feed(rss(&["One", "Two", "Three"])).etag("\"1\"").conditional(),
    );
    let mut source = Declared::new(slug("a"), "A".to_owned(), SourceKind::Feed, site.link("/feed"));
    source.rules.articles = false;
    source.rules.cap_per_day = Some(2);
    worker.add(&source).await;
    assert_eq!(worker.poll("a").await.items, 2);
    worker.pass(HOUR);
    assert_eq!(worker.poll("a").await.items, 0);
    worker.pass(DAY);
    assert_eq!(worker.poll("a").await.items, 1, "although the document did not change");
}

async fn a_feed_is_refused_only_by_a_robots_txt_that_names_us(database: TestDatabase) {
    for (robots, expected) in [
        ("User-agent: *\nDisallow: /\n", Outcome::Ok),
        ("User-agent: docent\nDisallow: /feed\n", Outcome::Refused),
    ] {
        let (site, worker) = (FakeSite::start().await, TestWorker::new(&database.store));
        site.put(
            "/robots.txt",
            Reply::status(200).header("Content-Type", "text/plain").body(robots),
        );
        site.put("/feed", Reply::feed(rss(&["One"])));
        let id = expected.as_str();
        worker.add_feed(id, &site.link("/feed")).await;
        assert_eq!(worker.poll(id).await.outcome, expected, "{robots:?}");
    }
}

/// A feed with an entry for each title.
pub fn rss(titles: &[&str]) -> String {
    let items: String = titles
        .iter()
        .map(|title| {
            let name = title.to_lowercase().replace(' ', "-");
            format!(
                "<item><guid isPermaLink=\"false\">{name}</guid><title>{title}</title><link>/news/{name}</link></item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>")
}

/// What each request for a feed sent as `If-None-Match`.
pub fn tags(site: &FakeSite) -> Vec<Option<String>> {
    let feeds = site.requests().into_iter().filter(|seen| seen.path == "/feed");
    feeds
        .map(|seen| {
            seen.header("if-none-match")
                .map(|tag| String::from_utf8_lossy(tag).into_owned())
        })
        .collect()
}

fn owned(tag: Option<&str>) -> Option<String> {
    tag.map(str::to_owned)
}

/// The titles of all stories, in alphabetical order.
pub async fn titles(database: &TestDatabase) -> Vec<String> {
    let stories = database.store.stories(&StoryFilter::default(), 100).await.unwrap();
    let mut titles: Vec<String> = stories.into_iter().map(|story| story.lead.title).collect();
    titles.sort();
    titles
}
