//! Feeds, read through the library: own fixtures, the shared collections where they are at hand, and mutations of both.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it left out, also in what it calls"
)]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use docent::domain::link::Link;
use docent::ingest::feed::{Feed, Hints, ParseError, parse};
use serde_json::Value;

/// Mutations tried by each run. More by hand: `DOCENT_MUTATIONS=150000 cargo test mutated -- --nocapture`.
const MUTATIONS: usize = 3_000;
/// What reads in the square of its depth takes longer than this, on any machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The longest document that is mutated, in bytes.
const MUTATED_BYTES_MAX: usize = 20_000;

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/feeds")
        .join(name);
    fs::read(path).expect("the fixture is there")
}

fn base() -> Link {
    Link::parse("https://mill.example/feed").expect("an address")
}

fn read(name: &str) -> Feed {
    parse(&fixture(name), None, &base()).expect("a feed")
}

/// `key | link | title | author | published | summary` of each entry.
fn lines(feed: &Feed) -> Vec<String> {
    let line = |found: &docent::domain::entry::Found| {
        let link = found.link.as_ref().map(ToString::to_string).unwrap_or_default();
        let author = found.author.clone().unwrap_or_default();
        let date = found.published.map(|time| time.to_string()).unwrap_or_default();
        [&found.key.0, &link, &found.title, &author, &date, &found.summary]
            .map(String::as_str)
            .join(" | ")
    };
    feed.entries.iter().map(line).collect()
}

#[test]
fn every_fixture_lists_what_it_should() {
    for (name, format, title, expected) in [
        (
            "rss.xml",
            "rss 2.0",
            "Mill & Weir",
            &[
                "mill-1 | https://mill.example/wheel?utm_source=rss | The wheel turns & turns | Ada Weir | 2024-01-02T02:04:05Z | In short.",
            ] as &[&str],
        ),
        (
            "atom.xml",
            "atom 1.0",
            "Mühle <b> Wehr",
            &[
                "urn:x-muehle:1 | https://muehle.example/blog/rad | Das Rad | Ada Wehr | 2024-01-02T03:04:05Z | Es dreht sich & dreht.",
            ],
        ),
        (
            "rdf.xml",
            "rdf",
            "Journal of Mills",
            &[
                "https://journal.example/doi/1 | https://journal.example/doi/1?af=R | On wheels | A. Weir, B. Mill | 2024-01-02T00:00:00Z | ",
            ],
        ),
        (
            "feed.json",
            "json feed 1.1",
            "Mill notes",
            &[
                "7 | https://mill.example/notes/7 |  | Ada Weir | 2024-01-02T03:04:05Z | 1 < 2 and so on \u{FFFD}",
                "https://mill.example/notes/8 | https://mill.example/notes/8 | A picture | Bea |  | See.",
            ],
        ),
        (
            "latin1.xml",
            "rss 2.0",
            "Le moulin",
            &["https://moulin.example/1 | https://moulin.example/1 | “L’été” – café |  |  | "],
        ),
        (
            "damaged.xml",
            "rss 2.0",
            "Mill & weir",
            &[
                "https://mill.example/1?a=1&b=2 | https://mill.example/1?a=1&b=2 | Salt & pepper \u{A0} &nosuch; |  |  | ",
                "two | https://mill.example/2 | Two |  |  | naked <p> bold",
                "https://mill.example/3 | https://mill.example/3 | Three |  |  | ",
            ],
        ),
        (
            "same_guid.xml",
            "rss 2.0",
            "Same",
            &[
                "same https://mill.example/1 | https://mill.example/1 | One |  |  | ",
                "same https://mill.example/2 | https://mill.example/2 | Two |  |  | ",
            ],
        ),
    ] {
        let feed = read(name);
        assert_eq!((feed.format.as_str(), feed.title.as_str()), (format, title), "{name}");
        assert_eq!(lines(&feed), expected, "{name}");
    }
}

#[test]
fn entries_without_names_get_keys_that_stay() {
    let feed = read("nameless.xml");
    let keys: HashSet<&str> = feed.entries.iter().map(|found| found.key.0.as_str()).collect();
    assert_eq!((feed.entries.len(), keys.len()), (4, 4));
    assert_eq!(
        feed.entries[3].link.as_ref().map(Link::as_str),
        Some("https://mill.example/permalink")
    );
    assert_eq!(feed, read("nameless.xml"));
}

#[test]
fn nothing_hostile_comes_through() {
    let feed = read("hostile.xml");
    let said = format!("{feed:?}");
    assert_eq!(feed.entries.len(), 4);
    assert!(
        feed.entries
            .iter()
            .all(|found| found.link.is_none() && found.image.is_none())
    );
    assert_eq!(feed.entries[0].title, "T b &a;&a;&a; &x;");
    for bad in ["<script", "onclick", "root:", "javascript:"] {
        assert!(!said.contains(bad), "{bad}: {said}");
    }
}

#[test]
fn what_a_feed_wishes_for_its_polls_is_read() {
    let hints = read("rss.xml").hints;
    let expected = Hints {
        ttl: Some(Duration::from_hours(4)),
        update_period: Some(Duration::from_hours(6)),
        skip_hours: vec![0, 7],
        skip_days: vec![jiff::civil::Weekday::Sunday],
        hub: Link::parse("https://hub.example/"),
        next: Link::parse("https://mill.example/feed?page=2"),
    };
    assert_eq!(hints, expected);
}

#[test]
fn an_entry_brings_its_topics_picture_language_and_long_text() {
    let feed = read("rss.xml");
    let found = &feed.entries[0];
    assert_eq!(found.topics, ["Mills", "Water & wind"]);
    assert_eq!(
        found.image.as_ref().map(|image| image.link.as_str()),
        Some("https://mill.example/wheel.jpg")
    );
    assert_eq!(
        found.language.as_ref().map(docent::domain::text::Language::as_str),
        Some("en")
    );
    assert!(
        found.content.as_str().contains("https://mill.example/length"),
        "{:?}",
        found.content
    );
}

#[test]
fn what_is_no_feed_is_told_by_what_it_is() {
    for (document, expected) in [
        ("", "not a feed but an empty document"),
        ("<!doctype html><title>Sold</title><rss>", "not a feed but a web page"),
        ("<opml version='2.0'/>", "not a feed but a list of subscriptions (OPML)"),
        ("<urlset/>", "not a feed but a sitemap"),
        ("[1, 2]", "not a feed but JSON of another kind"),
        ("{oh dear}", "not a feed but a text that begins like JSON"),
        ("\u{1}\u{2}", "not a feed but a text of another kind"),
        (
            "<rss><channel><item/></channel></rss>",
            "broken feed: it has 1 entries, and none of them could be read",
        ),
        (
            "<rss><channel><item><title>x",
            "broken feed: it has 1 entries, and none of them could be read",
        ),
    ] {
        let error = parse(document.as_bytes(), None, &base()).expect_err(document);
        assert_eq!(error.to_string(), expected, "{document:?}");
    }
    let cut = r#"{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1"}, {"#;
    assert!(matches!(
        parse(cut.as_bytes(), None, &base()),
        Err(ParseError::Broken { .. })
    ));
}

#[test]
fn a_feed_without_entries_is_a_feed() {
    let feed = parse(b"<rss><channel><title>x</title></channel></rss>", None, &base()).expect("a feed");
    assert_eq!(
        (feed.title.as_str(), feed.entries.len(), feed.warnings.len()),
        ("x", 0, 0)
    );
}

#[test]
fn too_much_of_anything_is_cut_and_told() {
    let item = |i: usize, extra: &str| format!("<item><guid>{i}</guid><title>t</title>{extra}</item>");
    let many: String = (0..3000).map(|i| item(i, "")).collect();
    let oldest_first: String = (0..3000)
        .map(|i| item(i, &format!("<pubDate>{:04}-01-01</pubDate>", 1000 + i)))
        .collect();
    for (items, count, first_key) in [
        (many, 2000, "0"),
        (oldest_first, 2000, "1000"),
        (
            format!("<item><guid>{}</guid></item>", "g".repeat(100_000)),
            1,
            "sha256:",
        ),
    ] {
        let feed = parse(format!("<rss><channel>{items}").as_bytes(), None, &base()).expect("a feed");
        assert_eq!(feed.entries.len(), count);
        assert!(
            feed.entries[0].key.0.starts_with(first_key),
            "{}",
            feed.entries[0].key.0
        );
        assert!(feed.entries[0].key.0.len() <= 512);
    }
    let long = format!("<rss><item><title>{}</title></item></rss>", "é".repeat(1_000_000));
    let feed = parse(long.as_bytes(), None, &base()).expect("a feed");
    assert_eq!(feed.entries[0].title.chars().count(), 1000);
    assert!(!feed.warnings.is_empty());
}

#[test]
fn deep_documents_end_soon() {
    let deep_xml =
        format!("<rss><channel><item><title>x</title><a>{}", "<b>".repeat(200_000)) + "</item></channel></rss>";
    let deep_json = format!(
        r#"{{"version":"https://jsonfeed.org/version/1","x":{}{}}}"#,
        "[".repeat(500_000),
        "]".repeat(500_000)
    );
    let repeated = |piece: &str| format!("<rss><channel><item><title>{}", piece.repeat(500_000));
    let doctype = format!("<!DOCTYPE rss [{}]><rss>", "<!ENTITY a 'x'><!-- ".repeat(100_000));
    let pieces = [
        "&",
        "</a ",
        "<a b='",
        "<a b=\"",
        "<!-- ",
        "<![CDATA[",
        "<? ",
        "<!D [",
        "<a><b></a>",
        "<item>",
        "&#x41",
        "\u{0}",
    ];
    let deep_item = deep_json.replace("\"x\":", "\"items\":");
    let documents = pieces
        .into_iter()
        .map(repeated)
        .chain([deep_xml, deep_json, deep_item, doctype]);
    for document in documents {
        let start = Instant::now();
        let _outcome = parse(document.as_bytes(), None, &base());
        assert!(start.elapsed() < PATIENCE, "{}", document.get(..60).unwrap_or_default());
    }
}

/// The shared collection of feeds, if it is at hand.
fn shared() -> Option<PathBuf> {
    let root = std::env::var_os("DOCENT_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let feeds = root.join("data/feeds");
    if feeds.is_dir() {
        return Some(feeds);
    }
    println!("left out: no collection of feeds at {}", feeds.display());
    None
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_shared_edge_cases_and_shapes_are_met() {
    let Some(folder) = shared() else { return };
    let expectations = fs::read_to_string(folder.join("expectations.json")).expect("expectations");
    let expectations: serde_json::Map<String, Value> = serde_json::from_str(&expectations).expect("an object");
    let mut failures = Vec::new();
    let mut tried = 0;
    for (name, expected) in &expectations {
        let by_hand = name.starts_with("edge/") || name.starts_with("shapes/");
        if !by_hand {
            continue;
        }
        tried += 1;
        let bytes = fs::read(folder.join(name)).expect("the file is there");
        let base = expected["base"].as_str().and_then(Link::parse).unwrap_or_else(base);
        let outcome = parse(&bytes, expected["content_type"].as_str(), &base);
        if let Err(why) = judge(expected, &outcome) {
            failures.push(format!("{name}: {why}"));
        }
    }
    assert!(
        tried > 100 && failures.is_empty(),
        "{tried} tried\n{}",
        failures.join("\n")
    );
}

/// Holds an outcome against what is expected of it.
fn judge(expected: &Value, outcome: &Result<Feed, ParseError>) -> Result<(), String> {
    let feed = match (expected["outcome"].as_str(), outcome) {
        (Some("any"), _) | (Some("not-a-feed"), Err(ParseError::NotAFeed { .. })) | (Some("error"), Err(_)) => {
            return Ok(());
        }
        (Some("entries"), Ok(feed)) => feed,
        (_, Ok(_)) => return Err("was read".to_owned()),
        (_, Err(error)) => return Err(error.to_string()),
    };
    let entries = expected["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let least = expected["entries_min"].as_u64().or(expected["at_least"].as_u64());
    let least = least.map_or(entries.len(), |least| usize::try_from(least).expect("a small number"));
    if feed.entries.len() < least {
        return Err(format!("{} entries", feed.entries.len()));
    }
    for (expected, found) in entries.iter().zip(&feed.entries) {
        let time =
            |time: Option<docent::domain::time::Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        let link = found.link.as_ref().map(ToString::to_string).unwrap_or_default();
        for (key, value) in [
            ("id", found.key.0.clone()),
            ("link", link),
            ("title", found.title.clone()),
            ("author", found.author.clone().unwrap_or_default()),
            ("published", time(found.published)),
            ("updated", time(found.updated)),
            ("date", time(found.published.or(found.updated))),
        ] {
            let wanted = expected.get(key).map(|wanted| wanted.as_str().unwrap_or_default());
            if let Some(wanted) = wanted.filter(|wanted| **wanted != value) {
                return Err(format!("{key} is {value:?}, not {wanted:?}"));
            }
        }
    }
    Ok(())
}

#[test]
fn no_shared_feed_brings_the_reader_down() {
    let Some(folder) = shared() else { return };
    for file in files_under(&folder) {
        let bytes = fs::read(&file).expect("the file is there");
        let once = parse(&bytes, None, &base());
        if let Ok(feed) = &once {
            let keys: HashSet<_> = feed.entries.iter().map(|found| &found.key).collect();
            assert_eq!(keys.len(), feed.entries.len(), "{}", file.display());
        }
        assert_eq!(once, parse(&bytes, None, &base()), "{}", file.display());
    }
}

#[test]
fn feed_rs_finds_no_entry_that_we_do_not() {
    let Some(folder) = shared() else { return };
    let mut compared = 0;
    // Not over the edge cases, some of which end its process.
    for file in ["feedparser", "gofeed", "feed-rs"]
        .iter()
        .flat_map(|name| files_under(&folder.join(name)))
    {
        let bytes = fs::read(&file).expect("the file is there");
        let theirs = std::panic::catch_unwind(|| feed_rs::parser::parse(bytes.as_slice()).ok());
        let Some(theirs) = theirs.ok().flatten() else { continue };
        let text = |text: &Option<feed_rs::model::Text>| text.as_ref().map(|text| text.content.clone());
        let told: HashSet<_> = theirs
            .entries
            .iter()
            .map(|entry| (text(&entry.title), text(&entry.summary)))
            .collect();
        let theirs = told
            .iter()
            .filter(|(title, summary)| title.is_some() || summary.is_some())
            .count();
        let ours = parse(&bytes, None, &base()).map_or(0, |feed| feed.entries.len());
        assert!(ours >= theirs, "{}: {ours} of {theirs}", file.display());
        compared += 1;
    }
    assert!(compared > 500, "{compared}");
}

/// A generator of numbers that are the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end.max(1)).expect("fits")).expect("fits")
    }
}

#[test]
fn a_mutated_feed_is_read_or_refused_but_never_brings_the_reader_down() {
    let mutations = std::env::var_os("DOCENT_MUTATIONS")
        .and_then(|n| n.to_str()?.parse().ok())
        .unwrap_or(MUTATIONS);
    let mut seeds: Vec<Vec<u8>> = files_under(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feeds"))
        .iter()
        .map(|file| fs::read(file).expect("the fixture is there"))
        .collect();
    let collected = shared().map(|folder| files_under(&folder)).unwrap_or_default();
    seeds.extend(collected.iter().filter_map(|file| fs::read(file).ok()));
    seeds.retain(|seed| !seed.is_empty() && seed.len() <= MUTATED_BYTES_MAX);
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let mut slowest = Duration::ZERO;
    for _ in 0..mutations {
        let mut bytes = seeds[numbers.below(seeds.len())].clone();
        for _ in 0..=numbers.below(6) {
            mutate(&mut bytes, &seeds, &mut numbers);
        }
        let start = Instant::now();
        let _outcome = parse(&bytes, None, &base());
        slowest = slowest.max(start.elapsed());
    }
    println!(
        "{mutations} mutations of {} feeds; the slowest took {slowest:?}",
        seeds.len()
    );
}

fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], numbers: &mut Numbers) {
    const PIECES: &[&[u8]] = &[
        b"<",
        b">",
        b"</",
        b"/>",
        b"\"",
        b"'",
        b"&",
        b"&#",
        b";",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<?",
        b"<!DOCTYPE a [",
        b"<item>",
        b"</item>",
        b"<entry>",
        b"<title>",
        b"\0",
        b"\xFF\xFE",
        b"\xEF\xBB\xBF",
        b"\xED\xA0\x80",
        "é（".as_bytes(),
        b"{",
        b"[",
        b"\\ud800",
        b"xmlns=\"http://www.w3.org/2005/Atom\"",
        b"99999999999999999999",
        b"-",
    ];
    let at = numbers.below(bytes.len() + 1);
    let end = (at + numbers.below(40)).min(bytes.len());
    match numbers.below(6) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = u8::try_from(numbers.below(256)).expect("fits");
            }
        }
        3 => drop(bytes.splice(at..at, PIECES[numbers.below(PIECES.len())].iter().copied())),
        4 => {
            let piece = bytes[at..end].repeat(1 + numbers.below(30));
            drop(bytes.splice(at..at, piece));
        }
        _ => {
            let other = &seeds[numbers.below(seeds.len())];
            let from = numbers.below(other.len());
            let to = (from + numbers.below(200)).min(other.len());
            drop(bytes.splice(at..at, other[from..to].iter().copied()));
        }
    }
}
