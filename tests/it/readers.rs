//! Programs of others read what docent writes: feedparser its feeds, schemathesis the document of its API. `tests/run` brings
//! both; where they are not, these tests step aside and say so.

use std::path::{Path, PathBuf};
use std::process::Command;

use docent::domain::channel::Format;
use docent::publish;
use serde_json::Value;

use crate::formats;
use crate::support::program::{self, Serving};

/// Names the Python that has both; set by `tests/run`.
const PYTHON: &str = "TEST_PYTHON";
/// Reads each file, and writes what it understood as a line of JSON. What it would clean is left as it is: that is another question.
const READ_BACK: &str = "\
import calendar, feedparser, json, sys
for path in sys.argv[1:]:
    read = feedparser.parse(path, sanitize_html=False, resolve_relative_uris=False)
    print(json.dumps({'bozo': str(read.get('bozo_exception', '')), 'title': read.feed.get('title', ''), 'entries': [
        {'id': e.get('id'), 'title': e.get('title'), 'html': e.get('title_detail', {}).get('type'), 'link': e.get('link'),
         'published': calendar.timegm(e['published_parsed']), 'content': e['content'][0]['value']} for e in read.entries]}))";
/// The same cases each time, and few enough to be done in seconds.
const BOUNDED: &[&str] = &["--generation-deterministic", "--max-examples", "10", "--seed", "1"];

#[test]
fn feedparser_reads_back_what_was_written() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, channel) in formats::channels() {
        for (kind, format) in [("rss", Format::Rss), ("atom", Format::Atom)] {
            let place = format!("{name}, {kind}");
            let file = folder.path().join("feed.xml");
            std::fs::write(&file, publish::feed(&channel, format)).unwrap();
            let ran = Command::new(&python)
                .args(["-c", READ_BACK])
                .arg(&file)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&ran.stderr);
            let read: Value = serde_json::from_slice(&ran.stdout).unwrap_or_else(|_| panic!("{place}: {said}"));
            assert_eq!(read["bozo"], "", "{place}");
            assert_eq!(read["title"], channel.title.as_str(), "{place}");
            let entries = read["entries"].as_array().unwrap();
            assert_eq!(entries.len(), channel.items.len(), "{place}");
            for (entry, item) in entries.iter().zip(&channel.items) {
                assert_eq!(entry["id"], item.id, "{place}");
                let title = entry["title"].as_str().unwrap_or_default();
                let title = if entry["html"] == "text/html" {
                    formats::text_of(title)
                } else {
                    title.to_owned()
                };
                // What is there to be overlooked is overlooked.
                assert_eq!(title.replace('\u{2060}', ""), item.headline.as_str(), "{place}");
                assert_eq!(entry["link"], item.link.as_ref().unwrap().as_str(), "{place}");
                assert_eq!(entry["published"], item.published.millis() / 1000, "{place}");
                let text = formats::text_of(entry["content"].as_str().unwrap());
                let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                for prose in [&item.note, &item.excerpt] {
                    assert!(words(&text).contains(&words(prose.as_str())), "{place}: {text}");
                }
            }
        }
    }
}

#[test]
fn the_api_keeps_what_its_document_promises() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = "[[source]]\nid = \"gazette\"\nname = \"Gazette\"\nlink = \"http://127.0.0.1:9/feed\"\n";
    std::fs::write(folder.path().join("sources.toml"), source).unwrap();
    let serving = Serving::start(folder.path());
    program::docent(folder.path(), &["list", "add", "What We're Reading"]);
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemathesis.toml");
    let ran = Command::new(python.with_file_name("st"))
        .current_dir(folder.path())
        .arg("--config-file")
        .arg(settings)
        .args(["run", &format!("http://{}/api/openapi.json", serving.address)])
        .args(["--header", &format!("Authorization: Bearer {}", serving.token())])
        // A stream does not end.
        .args([
            "--exclude-path-regex",
            "/events$",
            "--checks",
            "all",
            "--phases",
            "examples,coverage,fuzzing,stateful",
        ])
        .args([
            "--suppress-health-check",
            "all",
            "--warnings",
            "off",
            "--no-color",
            "--continue-on-failure",
        ])
        .args(BOUNDED)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("generated"), "it asked nothing: {said}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "how tests/run tells the tests where its Python is"
)]
fn python() -> Option<PathBuf> {
    let found = std::env::var(PYTHON).ok().map(PathBuf::from);
    if found.is_none() {
        println!("left out: {PYTHON} is not set; tests/run sets it");
    }
    found
}
