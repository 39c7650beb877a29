//! One GET: what it makes of bodies.

use std::io::Write as _;

use docent::ingest::fetch::{FetchSettings, Fetched, Fetcher, Limits, Request, Want};
use docent::ingest::robots::Robots;

use crate::support::fetching::{FEED, answer, fetcher, get, now, request, settings};
use crate::support::site::{FakeSite, Reply};

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
