//! `docent demo`, as somebody new runs it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;

use crate::support::http::{Answer, ask, send};
use crate::support::program::Demo;

#[test]
fn somebody_new_follows_the_link_picks_publishes_and_sees_the_feed() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(folder.path());
    let visitor = Visitor::come(&demo);
    let triage = visitor.get("/desk");
    assert!(triage.text().contains("This is a demo"), "{}", triage.text());
    let policy = triage.header("content-security-policy").unwrap();
    assert!(policy.contains("img-src 'self' http://*.localhost:"), "{policy}");

    let stories = visitor.stories("");
    assert!(stories.len() > 200, "{} stories", stories.len());
    for language in ["en", "de", "fr", "es", "ja"] {
        let count = stories.iter().filter(|story| story["language"] == language).count();
        assert!(count >= 15, "{count} in {language}");
    }
    // The agency's story, its reprint and two papers' own words are one; what followed nine days later is another.
    let called = |titles: &[&str]| -> Vec<&Value> {
        let is_one = |story: &&Value| titles.iter().any(|title| story["title"] == *title);
        stories.iter().filter(is_one).collect()
    };
    let whale = called(&[
        "Stolen brass whale comes home to Saltmere in eleven parcels",
        "Eleven parcels, one whale: a theft of 1974 ends in the post",
        "The whale is back, in eleven pieces and with a note",
    ]);
    assert_eq!((whale.len(), &whale[0]["articles"]), (1, &Value::from(4)));
    assert_eq!(
        called(&["Quillhaven roof is sound after all, says second surveyor"]).len(),
        1
    );
    assert_eq!(called(&["Small Museum of the Week"]).len(), 5);

    let fresh = visitor.stories("?status=new");
    let story = fresh[0]["id"].as_str().unwrap();
    let decided = visitor.post(
        &format!("/api/v1/stories/{story}/decisions"),
        &serde_json::json!({"act": "pick", "list": "small-wonders"}),
    );
    assert_eq!(decided.status, 201, "{}", decided.text());
    let picks = visitor.get("/api/v1/lists/small-wonders/picks").json();
    let pick = picks["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|pick| pick["stage"] == "draft")
        .unwrap();
    let published = visitor.post(
        &format!("/api/v1/picks/{}/publish", pick["id"].as_str().unwrap()),
        &serde_json::json!({}),
    );
    assert!((200..300).contains(&published.status), "{}", published.text());
    let feed = visitor.get("/lists/small-wonders/feed.json").json();
    assert_eq!(feed["items"][0]["title"], pick["headline"]);

    let made = demo.folder();
    assert!(made.exists());
    demo.signal("TERM");
    assert_eq!(demo.wait().code(), Some(0));
    assert!(demo.read_line().contains("everything it made is gone"));
    assert!(!made.exists());
}

#[test]
fn the_weeks_before_left_editions_and_one_to_come() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path());
    let visitor = Visitor::come(&demo);
    let editions = visitor.get("/api/v1/lists/what-we-are-reading/editions").json();
    let stages: Vec<&str> = editions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edition| edition["stage"].as_str().unwrap())
        .collect();
    assert_eq!(stages.first(), Some(&"scheduled"));
    assert!(
        stages.len() >= 4 && stages[1..].iter().all(|stage| *stage == "published"),
        "{stages:?}"
    );
    let feed = visitor.get("/lists/what-we-are-reading/feed.json").json();
    assert!(feed["items"].as_array().unwrap().len() >= 12, "{feed}");
    assert_eq!(visitor.stories("?status=suggested").len(), 4);
    let sources = visitor.get("/api/v1/sources").json();
    let health: Vec<&Value> = sources["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| &source["health"])
        .collect();
    let told = format!("{health:?}");
    assert!(told.contains("flaky") && told.contains("gone"), "{told}");
}

#[test]
fn the_link_works_once_and_the_folder_stays_if_it_is_to_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let mut demo = Demo::start_with(folder.path(), &["--keep", kept.to_str().unwrap()]);
    Visitor::come(&demo);
    assert_eq!(ask(demo.address, "GET", &demo.link, &[]).status, 404);
    demo.signal("INT");
    assert_eq!(demo.wait().code(), Some(0));
    assert!(
        fs::read_to_string(kept.join("sources.toml"))
            .unwrap()
            .contains("tidewater-wire")
    );
    assert!(Path::new(&kept).join("data/docent.db").exists());
}

/// Somebody who followed the link.
struct Visitor {
    address: SocketAddr,
    cookie: String,
}

impl Visitor {
    fn come(demo: &Demo) -> Self {
        let entered = ask(demo.address, "GET", &demo.link, &[]);
        assert_eq!(
            (entered.status, entered.header("location")),
            (303, Some("/desk")),
            "{}",
            entered.text()
        );
        Self {
            address: demo.address,
            cookie: entered.cookies()[0].to_owned(),
        }
    }

    fn get(&self, path: &str) -> Answer {
        let answer = ask(self.address, "GET", path, &[("Cookie", &self.cookie)]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        send(self.address, "POST", path, body.as_bytes(), &[("Cookie", &self.cookie)])
    }

    /// All stories of a list of them, whose address ends in `query`.
    fn stories(&self, query: &str) -> Vec<Value> {
        let mut stories = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if query.is_empty() { '?' } else { '&' };
            let page = self
                .get(&format!("/api/v1/stories{query}{joint}limit=100{cursor}"))
                .json();
            stories.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else {
                return stories;
            };
            cursor = format!("&cursor={next}");
        }
    }
}
