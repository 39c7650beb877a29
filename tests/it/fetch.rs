//! One GET: what it sends, and what it makes of headers, statuses and redirects.

use std::time::Duration;

use docent::domain::cadence::Ending;
use docent::domain::freshness::{Freshness, Validators};
use docent::domain::link::Link;
use docent::ingest::fetch::{Fetched, Fetcher, Request, Want};

use crate::support::fetching::{FEED, answer, fetcher, get, now, request};
use crate::support::site::{FakeSite, Reply, Seen};

/// Polls once as a worker would: with the validators known, keeping those of the answer.
async fn poll(fetcher: &Fetcher, link: &Link, known: &mut Option<Validators>) -> Fetched {
    let asked = Request {
        validators: known.as_ref(),
        ..request(link)
    };
    let ending = fetcher.get(asked, now()).await.fetched;
    match &ending {
        Fetched::New(answer) => *known = Some(answer.validators.clone()),
        Fetched::NotModified {
            validators: Some(renewed),
            ..
        } => *known = Some(renewed.clone()),
        _ => {}
    }
    ending
}

/// A header's value, if it was sent.
type Sent = Option<Vec<u8>>;

/// The headers with which requests were made conditional, one pair a request.
fn conditions(requests: &[Seen]) -> Vec<(Sent, Sent)> {
    let sent = |seen: &Seen, name| seen.header(name).map(<[u8]>::to_vec);
    requests
        .iter()
        .map(|seen| (sent(seen, "if-none-match"), sent(seen, "if-modified-since")))
        .collect()
}

#[tokio::test]
async fn the_first_request_is_plain_and_every_later_one_conditional() {
    let site = FakeSite::start().await;
    site.put(
        "/feed",
        Reply::feed(FEED)
            .etag("\"a\"")
            .last_modified("Sat, 1 Jan 2000")
            .conditional(),
    );
    let (fetcher, mut known) = (fetcher(), None);
    for at in 0..5 {
        let ending = poll(&fetcher, &site.link("/feed"), &mut known).await;
        assert_eq!(matches!(ending, Fetched::New(_)), at == 0, "{ending:?}");
    }
    let both = (Some(b"\"a\"".to_vec()), Some(b"Sat, 1 Jan 2000".to_vec()));
    let expected = [(None, None), both.clone(), both.clone(), both.clone(), both];
    assert_eq!(conditions(&site.requests()), expected);
}

#[tokio::test]
async fn validators_go_back_byte_for_byte() {
    let long = "e".repeat(300);
    let fetcher = fetcher();
    for etag in [
        b"\"a\"".as_slice(),
        b"W/\"a\"",
        b"\"a,b\"",
        b"abc",
        b"\"\xfc\"",
        b"\"a\\\"b\"",
        long.as_bytes(),
    ] {
        for modified in [
            b"Sat, 1 Jan 2000".as_slice(),
            b"Fri, 31 Dec 2999 23:59:59 GMT",
            b"yesterday, <b>or so</b> \xe9",
        ] {
            let site = FakeSite::start().await;
            site.put(
                "/feed",
                Reply::feed(FEED).etag(etag).last_modified(modified).conditional(),
            );
            let mut known = None;
            poll(&fetcher, &site.link("/feed"), &mut known).await;
            poll(&fetcher, &site.link("/feed"), &mut known).await;
            let sent = conditions(&site.requests()).pop().unwrap();
            assert_eq!(sent, (Some(etag.to_vec()), Some(modified.to_vec())));
        }
    }
}

#[tokio::test]
async fn the_validators_of_each_answer_replace_the_old_also_by_nothing() {
    let site = FakeSite::start().await;
    let replies = vec![
        Reply::feed(FEED).etag("\"a\""),
        Reply::feed(FEED).etag("\"b\""),
        Reply::feed(FEED),
        Reply::feed(FEED),
    ];
    site.put_sequence("/feed", replies);
    let (fetcher, mut known) = (fetcher(), None);
    for _ in 0..4 {
        poll(&fetcher, &site.link("/feed"), &mut known).await;
    }
    let sent: Vec<_> = conditions(&site.requests()).into_iter().map(|(etag, _)| etag).collect();
    assert_eq!(sent, [None, Some(b"\"a\"".to_vec()), Some(b"\"b\"".to_vec()), None]);
}

#[tokio::test]
async fn a_304_renews_validators_and_freshness() {
    let site = FakeSite::start().await;
    let unchanged = Reply::status(304).etag("\"b\"").header("Cache-Control", "max-age=60");
    site.put_sequence(
        "/feed",
        vec![Reply::feed(FEED).etag("\"a\"").last_modified("then"), unchanged],
    );
    let (fetcher, mut known) = (fetcher(), None);
    poll(&fetcher, &site.link("/feed"), &mut known).await;
    let Fetched::NotModified { freshness, .. } = poll(&fetcher, &site.link("/feed"), &mut known).await else {
        panic!("not a 304");
    };
    assert_eq!(
        freshness,
        Freshness {
            lifetime: Some(Duration::from_mins(1))
        }
    );
    poll(&fetcher, &site.link("/feed"), &mut known).await;
    let sent = conditions(&site.requests()).pop().unwrap();
    assert_eq!(sent, (Some(b"\"b\"".to_vec()), Some(b"then".to_vec())));
}

#[tokio::test]
async fn a_304_to_a_plain_request_is_a_failure() {
    let site = FakeSite::start().await;
    site.put("/feed", Reply::status(304).etag("\"a\""));
    let ending = get(&fetcher(), &site.link("/feed")).await;
    assert!(
        matches!(ending, Fetched::Failed { status: Some(304), .. }),
        "{ending:?}"
    );
}

#[tokio::test]
async fn the_body_of_a_304_is_not_taken_for_the_next_answer() {
    let site = FakeSite::start().await;
    let with_body = format!(
        "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: {}\r\n\r\n{FEED}",
        FEED.len()
    );
    site.put("/feed", Reply::raw(with_body));
    site.put("/other", Reply::feed("<other/>"));
    let fetcher = fetcher();
    let link = site.link("/feed");
    let mut known = Some(Validators::new(link.clone(), Some("\"a\"".into()), None));
    let ending = poll(&fetcher, &link, &mut known).await;
    assert!(
        matches!(ending, Fetched::NotModified { validators: None, .. }),
        "{ending:?}"
    );
    assert_eq!(answer(get(&fetcher, &site.link("/other")).await).bytes, b"<other/>");
}

#[tokio::test]
async fn validators_are_sent_only_to_the_address_that_sent_them() {
    let site = FakeSite::start().await;
    site.put_sequence(
        "/feed",
        vec![
            Reply::redirect(302, "/one"),
            Reply::redirect(302, "/one"),
            Reply::redirect(302, "/two"),
        ],
    );
    site.put("/one", Reply::feed(FEED).etag("\"1\"").conditional());
    site.put("/two", Reply::feed(FEED).etag("\"2\"").conditional());
    let (fetcher, mut known) = (fetcher(), None);
    for _ in 0..3 {
        poll(&fetcher, &site.link("/feed"), &mut known).await;
    }
    let sent: Vec<_> = site
        .requests()
        .iter()
        .map(|seen| (seen.path.clone(), seen.header("if-none-match").is_some()))
        .collect();
    let expected = [
        ("/feed", false),
        ("/one", false),
        ("/feed", false),
        ("/one", true),
        ("/feed", false),
        ("/two", false),
    ];
    assert_eq!(sent, expected.map(|(path, sent)| (path.to_owned(), sent)));
}

#[tokio::test]
async fn every_request_bears_the_same_few_headers_and_no_others() {
    let site = FakeSite::start().await;
    site.put("/feed?a=1", Reply::redirect(302, "/b#fragment"));
    site.put("/b", Reply::feed(FEED).header("Set-Cookie", "a=b"));
    let fetcher = fetcher();
    for _ in 0..5 {
        answer(get(&fetcher, &site.link("/feed?a=1#fragment")).await);
    }
    let mut names = ["accept", "accept-encoding", "host", "user-agent"].map(str::to_owned);
    names.sort();
    for seen in site.requests() {
        let mut sent: Vec<_> = seen.headers.iter().map(|(name, _)| name.clone()).collect();
        sent.sort();
        assert_eq!(sent, names);
        let agent = format!("docent/{} (+https://docent.example/about)", env!("CARGO_PKG_VERSION"));
        assert_eq!(seen.header("user-agent"), Some(agent.as_bytes()));
        assert_eq!(
            seen.header("accept-encoding"),
            Some(b"gzip, br, zstd, deflate".as_slice())
        );
        assert!(matches!(seen.path.as_str(), "/feed?a=1" | "/b"), "{}", seen.path);
        assert_eq!(seen.method, "GET");
    }
    assert_eq!(site.requests().len(), 10);
}

#[tokio::test]
async fn accept_names_what_is_wanted_and_anything_last() {
    let site = FakeSite::start().await;
    let fetcher = fetcher();
    for (want, first) in [
        (Want::Feed, "application/rss+xml"),
        (Want::Page, "text/html"),
        (Want::Robots, "text/plain"),
    ] {
        fetcher
            .get(
                Request {
                    want,
                    ..request(&site.link("/"))
                },
                now(),
            )
            .await;
        let seen = site.requests().pop().unwrap();
        let accept = String::from_utf8(seen.header("accept").unwrap().to_vec()).unwrap();
        assert!(accept.starts_with(first) && accept.ends_with(", */*;q=0.1"), "{accept}");
    }
}

#[tokio::test]
async fn each_status_has_its_own_end() {
    let site = FakeSite::start().await;
    let fetcher = fetcher();
    for (status, expected) in [
        (204, "failed"),
        (206, "failed"),
        (300, "failed"),
        (302, "failed"),
        (401, "failed"),
        (403, "failed"),
        (404, "failed"),
        (410, "gone"),
        (429, "wait"),
        (500, "failed"),
        (503, "wait"),
        (999, "failed"),
    ] {
        site.put("/feed", Reply::status(status));
        let ending = get(&fetcher, &site.link("/feed")).await;
        let word = match &ending {
            Fetched::Gone => "gone",
            Fetched::Wait {
                status: own,
                retry_after: None,
                ..
            } if *own == status => "wait",
            Fetched::Failed { status: Some(own), .. } if *own == status => "failed",
            _ => "something else",
        };
        assert_eq!(word, expected, "{status}: {ending:?}");
    }
}

#[tokio::test]
async fn each_end_tells_what_matters_for_the_next_poll() {
    let site = FakeSite::start().await;
    let fetcher = fetcher();
    let minute = Some(Duration::from_mins(1));
    for (reply, expected) in [
        (Reply::feed(FEED).etag("a"), Ending::Read { validators: true }),
        (Reply::feed(FEED), Ending::Read { validators: false }),
        (Reply::status(410), Ending::Gone),
        (Reply::status(403), Ending::Forbidden),
        (Reply::status(404), Ending::Failed),
        (
            Reply::status(429).header("Retry-After", "60"),
            Ending::Wait {
                status: 429,
                retry_after: minute,
            },
        ),
        (Reply::redirect(302, "ftp://example.org/"), Ending::Failed),
    ] {
        site.put("/feed", reply);
        assert_eq!(get(&fetcher, &site.link("/feed")).await.ending(), expected);
    }
}

#[tokio::test]
async fn retry_after_is_told() {
    let site = FakeSite::start().await;
    let fetcher = fetcher();
    for (status, value, seconds) in [
        (429, "120", Some(120)),
        (503, "Mon, 01 Jun 2026 12:01:00 GMT", Some(60)),
        (503, "Thu, 01 Jan 1970 00:00:00 GMT", None),
    ] {
        site.put("/feed", Reply::status(status).header("Retry-After", value));
        let Fetched::Wait { retry_after, .. } = get(&fetcher, &site.link("/feed")).await else {
            panic!("not a wait")
        };
        assert_eq!(retry_after, seconds.map(Duration::from_secs), "{value}");
    }
}

#[tokio::test]
async fn a_permanent_redirect_is_told_and_a_temporary_one_only_followed() {
    let site = FakeSite::start().await;
    site.put(
        "/new",
        Reply::feed(FEED)
            .etag("\"a\"")
            .conditional()
            .header("Content-Location", "/real"),
    );
    let fetcher = fetcher();
    for (status, moves) in [(301, true), (302, false), (303, false), (307, false), (308, true)] {
        site.put("/feed", Reply::redirect(status, "/new"));
        let answer = answer(get(&fetcher, &site.link("/feed")).await);
        assert_eq!(answer.link, site.link("/new"));
        assert_eq!(answer.content_location, Some(site.link("/real")));
        assert_eq!(answer.moved.is_some(), moves, "{status}");
        let link = site.link("/feed");
        let again = Request {
            validators: Some(&answer.validators),
            ..request(&link)
        };
        let Fetched::NotModified { moved, .. } = fetcher.get(again, now()).await.fetched else {
            panic!("not a 304")
        };
        assert_eq!(moved.is_some(), moves, "{status}");
    }
}

#[tokio::test]
async fn a_page_gone_behind_a_temporary_redirect_is_not_the_sources_death() {
    let site = FakeSite::start().await;
    site.put("/new", Reply::status(410));
    let fetcher = fetcher();
    for (status, dead) in [(301, true), (302, false)] {
        site.put("/feed", Reply::redirect(status, "/new"));
        let ending = get(&fetcher, &site.link("/feed")).await;
        assert_eq!(matches!(ending, Fetched::Gone), dead, "{ending:?}");
    }
}

#[tokio::test]
async fn at_most_five_redirects_are_followed() {
    let site = FakeSite::start().await;
    for at in 0..10 {
        site.put(&format!("/{at}"), Reply::redirect(302, &format!("/{}", at + 1)));
    }
    site.put("/10", Reply::feed(FEED));
    let fetcher = fetcher();
    assert!(matches!(get(&fetcher, &site.link("/5")).await, Fetched::New(_)));
    let before = site.requests().len();
    assert!(matches!(get(&fetcher, &site.link("/4")).await, Fetched::Refused { .. }));
    assert_eq!(site.requests().len() - before, 6);
}
