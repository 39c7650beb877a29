//! Extraction and cleaning, over pages of our own and, where they are at hand, over shared test data.

use std::collections::HashMap;
use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use docent::domain::article::{DateFrom, Extract, LanguageFrom, Outcome};
use docent::domain::link::Link;
use docent::ingest::clean;
use docent::ingest::extract::{OwnedHints, OwnedPage, Pool, canonical};
use futures::StreamExt;
use scraper::Html;

/// The least F1 of four-word shingles over the shared pages.
const F1_MIN: f64 = 0.967;
/// How long a hostile page may take, with the deadline of five seconds and some time to give up in.
const HOSTILE_TIME_MAX: Duration = Duration::from_secs(7);

#[tokio::test]
async fn an_article_comes_without_what_stands_around_it() {
    let extract = of_fixture("wing.html", OwnedHints::default()).await;
    assert_eq!(
        extract.text.lines().collect::<Vec<_>>(),
        [
            "The harbour museum opened its new wing on Friday, after six years of work.",
            "“We wanted light and a place to sit,” said the director, who thanked the many volunteers.",
            "What is shown",
            "Sixty boats, some of them never shown before",
            "The diary of a lighthouse keeper",
            "Entry is free until the end of the summer, and school classes come first.",
        ]
    );
    let html = extract.html.as_str();
    for part in [
        "<a href=\"https://quay.example/places/wing\"",
        "<em>many</em>",
        "<h2>What is shown</h2>",
        "<ul><li>Sixty boats",
        "<img src=\"https://quay.example/inside.jpg\" alt=\"Inside\">",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[tokio::test]
async fn a_page_tells_who_wrote_it_when_and_where() {
    let extract = of_fixture("wing.html", OwnedHints::default()).await;
    let published = extract.published.map(|(at, from)| (at.to_string(), from));
    assert_eq!(extract.title, "Harbour museum opens a wing");
    assert_eq!(extract.byline.as_deref(), Some("Ada Quill, Tom Reed"));
    assert_eq!(published, Some(("2024-05-17T06:30:00Z".to_owned(), DateFrom::JsonLd)));
    assert_eq!(
        extract.updated.map(|at| at.to_string()).as_deref(),
        Some("2024-05-18T06:30:00Z")
    );
    assert_eq!(extract.site_name.as_deref(), Some("The Quay Post"));
    assert_eq!(
        extract.language.map(|(language, from)| (language.to_string(), from)),
        Some(("en".to_owned(), LanguageFrom::Declared))
    );
    assert_eq!(
        extract.image.map(|image| (image.link.to_string(), image.alt)),
        Some((
            "https://quay.example/wing.jpg".to_owned(),
            "The wing at dusk".to_owned()
        ))
    );
    assert!(extract.paywalled);
    assert_eq!(
        canonical(&link(), extract.canonical.as_ref()).as_str(),
        "https://quay.example/2024/05/wing"
    );
}

#[tokio::test]
async fn a_page_that_says_nothing_of_itself_still_gives_its_text() {
    let extract = of_fixture("bare.html", OwnedHints::default()).await;
    assert_eq!(extract.title, "The kite collection of Orland");
    assert_eq!(extract.text.lines().count(), 3, "{}", extract.text);
    assert_eq!(extract.published, None);
}

#[tokio::test]
async fn the_selectors_of_a_source_decide_what_is_kept() {
    let keep = OwnedHints {
        keep: vec!["][".to_owned(), ".body p".to_owned()],
        ..OwnedHints::default()
    };
    assert_eq!(of_fixture("wing.html", keep).await.text.lines().count(), 3);
    let drop = OwnedHints {
        drop: vec![".body ul".to_owned()],
        ..OwnedHints::default()
    };
    assert!(!of_fixture("wing.html", drop).await.text.contains("lighthouse keeper"));
}

#[tokio::test]
async fn hostile_pages_end_within_their_time() {
    let pool = Pool::new(2).expect("threads");
    let text =
        "<p>The museum opened a new wing on Monday, with more than two hundred works, and the director was glad.</p>";
    for (name, html) in [
        ("nothing", String::new()),
        ("deep", "<div>".repeat(100_000) + text),
        ("formatting", "<p><b><i><a href=x>word ".repeat(20_000)),
        ("tables", "<table><tr><td>".repeat(5_000) + text),
        (
            "attributes",
            format!(
                "<p {}>",
                (0..50_000).map(|n| format!("a{n}=1 ")).collect::<Vec<_>>().concat()
            ),
        ),
        ("references", "&#&amp;&".repeat(100_000)),
        ("lists", "<ul><li>text, and more text here".repeat(5_000)),
        ("elements", "<p>a, b</p>".repeat(100_000)),
        (
            "json",
            format!(
                "<script type=application/ld+json>{}</script>{text}",
                "{\"a\":[".repeat(50_000)
            ),
        ),
        ("binary", (0..=255_u8).cycle().take(100_000).map(char::from).collect()),
    ] {
        let began = Instant::now();
        let extract = pool.run(page(html.into_bytes()), OwnedHints::default()).await;
        assert!(began.elapsed() < HOSTILE_TIME_MAX, "{name} took {:?}", began.elapsed());
        assert_ne!(extract.outcome, Outcome::Failed, "{name}");
    }
}

#[tokio::test]
async fn the_shared_pages_are_extracted_well() {
    let folder = shared().join("data/extraction");
    let Ok(truth) = std::fs::read_to_string(folder.join("ground-truth.json")) else {
        println!("left out: no pages in {}", folder.display());
        return;
    };
    let truth: HashMap<String, serde_json::Value> = serde_json::from_str(&truth).expect("the truth is JSON");
    let pool = Pool::new(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)).expect("threads");
    let scores: Vec<(f64, f64)> = futures::stream::iter(&truth)
        .map(|(id, truth)| {
            let (pool, folder) = (&pool, &folder);
            async move {
                let mut bytes = Vec::new();
                let packed = std::fs::File::open(folder.join(format!("html/{id}.html.gz"))).expect("a page");
                flate2::read::GzDecoder::new(packed)
                    .read_to_end(&mut bytes)
                    .expect("a packed page");
                let extract = pool.run(page(bytes), OwnedHints::default()).await;
                assert!(!extract.text.is_empty(), "{id} is empty");
                score(truth["articleBody"].as_str().unwrap_or_default(), &extract.text)
            }
        })
        .buffer_unordered(4)
        .collect()
        .await;
    let count = f64::from(u32::try_from(scores.len()).expect("a few pages"));
    let precision = scores.iter().map(|(precision, _)| precision).sum::<f64>() / count;
    let recall = scores.iter().map(|(_, recall)| recall).sum::<f64>() / count;
    let f1 = 2.0 * precision * recall / (precision + recall);
    println!("F1 {f1:.4}, precision {precision:.4}, recall {recall:.4} over {count} pages");
    assert!(f1 >= F1_MIN, "F1 is {f1:.4}");
}

#[test]
fn no_shared_vector_leaves_anything_that_acts() {
    let file = shared().join("data/xss/vectors.json");
    let Ok(vectors) = std::fs::read_to_string(&file) else {
        println!("left out: no vectors in {}", file.display());
        return;
    };
    let vectors: serde_json::Value = serde_json::from_str(&vectors).expect("the vectors are JSON");
    for vector in vectors["vectors"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|vector| vector["context"] == "html")
    {
        let base = Link::parse(vector["base"].as_str().unwrap_or("https://feed.example/a")).expect("an address");
        let html = clean::html(vector["html"].as_str().expect("markup"), &base);
        assert_harmless(html.as_str(), &vector["id"]);
        assert_eq!(
            clean::html(html.as_str(), &base),
            html,
            "{} does not clean to itself",
            vector["id"]
        );
    }
}

fn assert_harmless(html: &str, id: &serde_json::Value) {
    let gone = [
        "script", "style", "svg", "math", "iframe", "form", "input", "object", "embed", "base", "link", "meta",
        "template",
    ];
    for element in Html::parse_fragment(html)
        .tree
        .nodes()
        .filter_map(|node| node.value().as_element())
    {
        assert!(!gone.contains(&element.name()), "{id} leaves {}", element.name());
        for (name, value) in element.attrs() {
            let acts = name.starts_with("on")
                || name.starts_with("data-")
                || matches!(name, "style" | "id" | "name" | "class");
            assert!(!acts, "{id} leaves {name}");
            let address = !matches!(name, "href" | "src" | "cite")
                || ["https://", "http://", "mailto:"].iter().any(|s| value.starts_with(s));
            assert!(address, "{id} leaves {name}={value}");
        }
    }
}

/// Precision and recall of `found` by runs of four words.
fn score(expected: &str, found: &str) -> (f64, f64) {
    let (expected, found) = (shingles(expected), shingles(found));
    let total = |all: &HashMap<Vec<&str>, u32>| f64::from(all.values().sum::<u32>().max(1));
    let shared: u32 = expected
        .iter()
        .map(|(shingle, count)| *count.min(found.get(shingle).unwrap_or(&0)))
        .sum();
    (f64::from(shared) / total(&found), f64::from(shared) / total(&expected))
}

fn shingles(text: &str) -> HashMap<Vec<&str>, u32> {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let mut shingles = HashMap::new();
    for shingle in words.windows(4.min(words.len().max(1))) {
        *shingles.entry(shingle.to_vec()).or_insert(0) += 1;
    }
    shingles
}

async fn of_fixture(name: &str, hints: OwnedHints) -> Extract {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/pages")
        .join(name);
    Pool::new(1)
        .expect("a thread")
        .run(page(std::fs::read(file).expect("a fixture")), hints)
        .await
}

fn page(bytes: Vec<u8>) -> OwnedPage {
    OwnedPage {
        bytes,
        content_type: None,
        link: link(),
    }
}

fn link() -> Link {
    Link::parse("https://quay.example/2024/05/wing?from=rss").expect("an address")
}

/// Where data shared between projects lie.
fn shared() -> PathBuf {
    let named = std::env::var_os("DOCENT_SHARED").map(PathBuf::from);
    named.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"))
}
