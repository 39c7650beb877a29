//! One GET, seen from the origin's side.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use docent::domain::cadence::Ending;
use docent::domain::freshness::{Freshness, Validators};
use docent::domain::link::Link;
use docent::domain::time::Timestamp;
use docent::ingest::fetch::{
    Answer, Credentials, FetchSettings, Fetched, Fetcher, Limits, Names, Request, Visit, Want, agent,
};
use docent::ingest::guard::Allow;
use docent::ingest::robots::Robots;

use crate::support::site::{FakeSite, Hold, Reply, Seen};

const FEED: &str = "<rss version=\"2.0\"><channel><title>t</title></channel></rss>";

fn now() -> Timestamp {
    Timestamp::parse("2026-06-01T12:00:00Z").unwrap()
}

fn settings() -> FetchSettings {
    FetchSettings {
        agent: agent("https://docent.example/about"),
        allow: Allow::parse(&["127.0.0.1/32"]).unwrap(),
        gap: Duration::ZERO,
        per_host: 8,
        limits: Limits::default(),
        names: Names::System,
    }
}

fn fetcher() -> Fetcher {
    Fetcher::new(settings()).unwrap()
}

fn request(link: &Link) -> Request<'_> {
    Request {
        link,
        want: Want::Feed,
        validators: None,
        credentials: None,
    }
}

async fn get(fetcher: &Fetcher, link: &Link) -> Fetched {
    fetcher.get(request(link), now()).await.fetched
}

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

fn answer(ending: Fetched) -> Answer {
    match ending {
        Fetched::New(answer) => *answer,
        other => panic!("not a new answer: {other:?}"),
    }
}

fn reason(ending: &Fetched) -> &str {
    match ending {
        Fetched::Refused { reason } | Fetched::Failed { reason, .. } | Fetched::Wait { reason, .. } => reason,
        other => panic!("no reason in {other:?}"),
    }
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
async fn a_body_is_read_in_every_coding_that_is_offered() {
    let gzip = |bytes: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    };
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(FEED.as_bytes()).unwrap();
    let mut bare = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    bare.write_all(FEED.as_bytes()).unwrap();
    let zstd = zstd::encode_all(FEED.as_bytes(), 3).unwrap();
    let members = [gzip(&FEED.as_bytes()[..20]), gzip(&FEED.as_bytes()[20..])].concat();
    let junk = [gzip(FEED.as_bytes()), b"\0junk".repeat(50)].concat();
    let brotli = brotli_stored(FEED.as_bytes());
    let site = FakeSite::start().await;
    let fetcher = fetcher();
    for (coding, body) in [
        ("identity", FEED.as_bytes().to_vec()),
        ("gzip", gzip(FEED.as_bytes())),
        ("x-gzip", gzip(FEED.as_bytes())),
        ("", gzip(FEED.as_bytes())),
        ("gzip, gzip", gzip(&gzip(FEED.as_bytes()))),
        ("gzip", members),
        ("gzip", junk),
        ("gzip", FEED.as_bytes().to_vec()),
        ("deflate", zlib.finish().unwrap()),
        ("deflate", bare.finish().unwrap()),
        ("zstd", zstd),
        ("br", brotli),
    ] {
        let wire = body.len() as u64;
        site.put("/feed", Reply::feed(body).header("Content-Encoding", coding));
        let answer = answer(get(&fetcher, &site.link("/feed")).await);
        assert_eq!(String::from_utf8_lossy(&answer.bytes), FEED, "{coding}");
        assert_eq!(answer.wire_bytes, wire, "{coding}");
    }
}

/// A brotli stream with one uncompressed meta-block (RFC 7932, 9.2): window bits 16, its length in 16 bits, the bytes, an
/// empty last block.
fn brotli_stored(bytes: &[u8]) -> Vec<u8> {
    let length = u64::try_from(bytes.len() - 1).unwrap();
    // From the lowest bit: WBITS=16 (0), ISLAST=0, MNIBBLES=4 (00), MLEN-1 in 16 bits, ISUNCOMPRESSED=1.
    let bits = (length << 4) | (1 << 20);
    let mut stream = bits.to_le_bytes()[..3].to_vec();
    stream.extend(bytes);
    // ISLAST=1, ISLASTEMPTY=1.
    stream.push(3);
    stream
}

#[tokio::test]
async fn a_packed_body_that_is_cut_or_damaged_is_a_failure() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(FEED.repeat(50).as_bytes()).unwrap();
    let whole = packer.finish().unwrap();
    let mut damaged = whole.clone();
    let at = damaged.len() - 8;
    damaged[at] ^= 0xff;
    let zstd = zstd::encode_all(FEED.as_bytes(), 3).unwrap();
    let site = FakeSite::start().await;
    let fetcher = fetcher();
    for (coding, body) in [
        ("gzip", whole[..whole.len() / 2].to_vec()),
        ("gzip", whole[..4].to_vec()),
        ("gzip", damaged),
        ("zstd", zstd[..zstd.len() - 4].to_vec()),
        ("br", brotli_stored(FEED.as_bytes())[..20].to_vec()),
        ("deflate", b"<rss".to_vec()),
        ("x-evil", b"x".to_vec()),
        ("gzip, gzip, gzip", whole.clone()),
    ] {
        site.put("/feed", Reply::feed(body).header("Content-Encoding", coding));
        let ending = get(&fetcher, &site.link("/feed")).await;
        assert!(matches!(ending, Fetched::Failed { .. }), "{coding}: {ending:?}");
    }
}

#[tokio::test]
async fn a_body_beyond_its_limits_is_refused_and_robots_txt_is_cut() {
    let limits = Limits {
        wire_bytes: 1000,
        feed_bytes: 5000,
        page_bytes: 500,
        ..Limits::default()
    };
    let fetcher = Fetcher::new(FetchSettings { limits, ..settings() }).unwrap();
    let zeros = |n: usize| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![b'x'; n]).unwrap();
        packer.finish().unwrap()
    };
    let site = FakeSite::start().await;
    let endless = [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 1001]].concat();
    for (want, reply, taken) in [
        (Want::Feed, Reply::feed(vec![b'x'; 1000]), true),
        (Want::Feed, Reply::feed(vec![b'x'; 1001]), false),
        (Want::Feed, Reply::raw(endless), false),
        (Want::Feed, Reply::feed(zeros(5000)), true),
        (Want::Feed, Reply::feed(zeros(5001)), false),
        (Want::Page, Reply::page(vec![b'x'; 500]), true),
        (Want::Page, Reply::page(vec![b'x'; 501]), false),
        (Want::Robots, Reply::page(vec![b'x'; 600_000]), true),
        (Want::Robots, Reply::page(zeros(600_000)), true),
        (Want::Robots, Reply::page(""), true),
    ] {
        site.put("/feed", reply);
        let ending = fetcher
            .get(
                Request {
                    want,
                    ..request(&site.link("/feed"))
                },
                now(),
            )
            .await
            .fetched;
        assert_eq!(matches!(ending, Fetched::New(_)), taken, "{want:?} {ending:?}");
        assert!(taken || matches!(ending, Fetched::Refused { .. }), "{ending:?}");
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
async fn both_families_of_a_name_are_tried() {
    let site = FakeSite::start().await;
    site.put("/feed", Reply::feed(FEED));
    for addresses in [
        [IpAddr::from(Ipv6Addr::LOCALHOST), Ipv4Addr::LOCALHOST.into()],
        [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
    ] {
        let names = Names::Table(Arc::new(move |_| addresses.to_vec()));
        let allow = Allow::parse(&["127.0.0.1", "::1"]).unwrap();
        let fetcher = Fetcher::new(FetchSettings {
            names,
            allow,
            ..settings()
        });
        answer(get(&fetcher.unwrap(), &site.link_as("both.example", "/feed")).await);
    }
}

#[tokio::test]
async fn an_empty_feed_or_page_is_a_failure() {
    let site = FakeSite::start().await;
    site.put("/feed", Reply::feed(""));
    let ending = get(&fetcher(), &site.link("/feed")).await;
    assert!(
        matches!(ending, Fetched::Failed { status: Some(200), .. }),
        "{ending:?}"
    );
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

#[tokio::test]
async fn credentials_go_to_the_sources_origin_only() {
    let (home, abroad) = (FakeSite::start().await, FakeSite::start().await);
    home.put("/feed", Reply::redirect(302, "/inside"));
    home.put("/inside", Reply::redirect(302, abroad.link("/feed").as_str()));
    abroad.put("/feed", Reply::redirect(302, home.link("/back").as_str()));
    home.put("/back", Reply::feed(FEED));
    let credentials = Credentials {
        user: "u".into(),
        password: "p".into(),
    };
    let link = home.link("/feed");
    let asked = Request {
        credentials: Some(&credentials),
        ..request(&link)
    };
    answer(fetcher().get(asked, now()).await.fetched);
    let sent = |site: &FakeSite| -> Vec<bool> {
        site.requests()
            .iter()
            .map(|seen| seen.header("authorization") == Some(b"Basic dTpw"))
            .collect()
    };
    assert_eq!((sent(&home), sent(&abroad)), (vec![true, true, false], vec![false]));
    assert!(!format!("{credentials:?}").contains('p'));
}

#[tokio::test]
async fn nothing_forbidden_is_called_by_any_name_or_redirect() {
    let site = FakeSite::start().await;
    let port = site.link("/").url().port().unwrap();
    let table = |name: &str| -> Vec<IpAddr> {
        match name {
            "inside.example" => vec![Ipv4Addr::new(127, 0, 0, 2).into()],
            "both.example" => vec![Ipv4Addr::LOCALHOST.into(), Ipv4Addr::new(127, 0, 0, 2).into()],
            "good.example" => vec![Ipv4Addr::LOCALHOST.into()],
            _ => Vec::new(),
        }
    };
    let fetcher = Fetcher::new(FetchSettings {
        names: Names::Table(Arc::new(table)),
        ..settings()
    })
    .unwrap();
    for host in [
        "127.0.0.2",
        "[::1]",
        "0.0.0.0",
        "inside.example",
        "both.example",
        "[::ffff:127.0.0.2]",
        "2130706434",
    ] {
        let forbidden = format!("http://{host}:{port}/feed");
        site.put("/to", Reply::redirect(302, &forbidden));
        for link in [Link::parse(&forbidden).unwrap(), site.link("/to")] {
            let ending = get(&fetcher, &link).await;
            assert!(matches!(ending, Fetched::Refused { .. }), "{link} {ending:?}");
        }
    }
    assert_eq!(site.count("/feed"), 0);
    site.put("/feed", Reply::feed(FEED));
    answer(get(&fetcher, &site.link_as("good.example", "/feed")).await);
    let ending = get(&fetcher, &site.link_as("unknown.example", "/feed")).await;
    assert_eq!(reason(&ending), "no address is known for unknown.example");
}

#[tokio::test]
async fn a_name_is_looked_up_once_a_request_so_rebinding_changes_nothing() {
    let site = FakeSite::start().await;
    site.put("/feed", Reply::feed(FEED));
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let table = move |_: &str| -> Vec<IpAddr> {
        let good = count.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
        vec![Ipv4Addr::new(127, 0, 0, if good { 1 } else { 2 }).into()]
    };
    let fetcher = Fetcher::new(FetchSettings {
        names: Names::Table(Arc::new(table)),
        ..settings()
    })
    .unwrap();
    let link = site.link_as("rebinding.example", "/feed");
    assert!(matches!(get(&fetcher, &link).await, Fetched::New(_)));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert!(matches!(get(&fetcher, &link).await, Fetched::Refused { .. }));
    assert_eq!(site.count("/feed"), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_refused() {
    let limits = Limits {
        first_byte: Duration::from_millis(200),
        whole: Duration::from_millis(400),
        ..Limits::default()
    };
    let fetcher = Fetcher::new(FetchSettings { limits, ..settings() }).unwrap();
    let site = FakeSite::start().await;
    site.put("/feed", Reply::feed(FEED).held(&Hold::new()));
    let visit = fetcher.get(request(&site.link("/feed")), now()).await;
    assert!(matches!(visit.fetched, Fetched::Refused { .. }), "{visit:?}");
    assert!(visit.took >= Duration::from_millis(200), "{visit:?}");
}

/// Asks for one path many times at once and gives back how each request fared.
async fn burst(fetcher: &Fetcher, link: &Link, count: usize) -> Vec<Visit> {
    futures::future::join_all((0..count).map(|_| fetcher.get(request(link), now()))).await
}

#[tokio::test]
async fn requests_to_one_host_keep_their_distance() {
    let gap = Duration::from_millis(40);
    let fetcher = Fetcher::new(FetchSettings {
        gap,
        per_host: 1,
        ..settings()
    })
    .unwrap();
    let site = FakeSite::start().await;
    site.put("/feed", Reply::redirect(302, "/new"));
    site.put("/new", Reply::feed(FEED));
    let visits = burst(&fetcher, &site.link("/feed"), 3).await;
    let seen = site.requests();
    assert_eq!(seen.len(), 6);
    for pair in seen.windows(2) {
        assert!(pair[1].at - pair[0].at >= gap, "{:?}", pair[1].at - pair[0].at);
    }
    assert!(
        visits
            .iter()
            .all(|visit| visit.took < visit.waited && visit.waited >= gap),
        "{visits:?}"
    );
}

#[tokio::test]
async fn two_names_of_one_address_share_its_turns() {
    let gap = Duration::from_millis(40);
    let names = Names::Table(Arc::new(|_| vec![Ipv4Addr::LOCALHOST.into()]));
    let fetcher = Fetcher::new(FetchSettings {
        gap,
        per_host: 1,
        names,
        ..settings()
    })
    .unwrap();
    let site = FakeSite::start().await;
    site.put("/feed", Reply::feed(FEED));
    let (one, two) = (
        site.link_as("one.example", "/feed"),
        site.link_as("two.example", "/feed"),
    );
    futures::future::join(burst(&fetcher, &one, 2), burst(&fetcher, &two, 2)).await;
    let seen = site.requests();
    assert_eq!(seen.len(), 4);
    assert!(seen.windows(2).all(|pair| pair[1].at - pair[0].at >= gap));
}

#[tokio::test]
async fn without_a_gap_as_many_requests_run_as_are_allowed() {
    let fetcher = fetcher();
    let site = FakeSite::start().await;
    let hold = Hold::new();
    site.put("/feed", Reply::feed(FEED).held(&hold));
    let link = site.link("/feed");
    let release = async {
        while site.count("/feed") < 8 {
            tokio::task::yield_now().await;
        }
        hold.release();
    };
    let (visits, ()) = futures::future::join(burst(&fetcher, &link, 20), release).await;
    assert!(visits.iter().all(|visit| matches!(visit.fetched, Fetched::New(_))));
    assert_eq!(site.requests().iter().map(|seen| seen.at_once).max(), Some(8));
}

#[tokio::test]
async fn robots_txt_is_read_from_the_answer() {
    let site = FakeSite::start().await;
    let fetcher = fetcher();
    for (reply, allowed) in [
        (Reply::page("User-agent: *\nDisallow: /a"), false),
        (Reply::page(""), true),
        (Reply::status(404), true),
        (Reply::status(500), false),
    ] {
        site.put("/robots.txt", reply);
        let link = site.link("/robots.txt");
        let asked = Request {
            want: Want::Robots,
            ..request(&link)
        };
        let robots = Robots::from_fetched(&fetcher.get(asked, now()).await.fetched).unwrap();
        assert_eq!(robots.allows("docent", &site.link("/a")), allowed);
    }
}
