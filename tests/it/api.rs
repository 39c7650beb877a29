//! The read API and the home page, over HTTP.

use std::io::Read;

use crate::on_both_databases;
use crate::support::app::TestApp;
use crate::support::database::TestDatabase;
use crate::support::http::Answer;

/// Three stories that share no more than a word.
const STORIES: &[(&str, &str)] = &[
    (
        "Museum roof repaired",
        "Workers have mended the leaking roof above the painting gallery after a wet winter.",
    ),
    (
        "Curator retires",
        "After forty years the keeper of coins at the city museum hands over her magnifying glass.",
    ),
    (
        "Garden opens at night",
        "Lanterns guide visitors through the sculpture garden until eleven on summer evenings.",
    ),
];

/// A title that would be a script if it were not escaped.
const HOSTILE: &[(&str, &str)] = &[(
    "<script>alert(1)</script> & \"museum\"",
    "A passage with <img src=x onerror=alert(2)> about the museum and its visitors in spring.",
)];

on_both_databases!(
    a_list_is_paged_without_gap_or_repetition,
    a_search_is_paged_without_gap_or_repetition,
    what_cannot_be_asked_is_a_problem_that_names_the_parameter,
    an_unknown_thing_is_not_found,
    a_story_is_told_with_its_articles_and_sightings,
    operators_narrow_a_search,
    facets_count_what_was_found,
    the_search_page_shows_what_was_found,
    what_others_wrote_is_escaped,
    an_answer_that_is_known_is_not_sent_again,
    its_health_is_told,
);

async fn a_list_is_paged_without_gap_or_repetition(database: TestDatabase) {
    let numbered = numbered(23);
    let app = TestApp::with_stories(database, &borrowed(&numbered)).await;
    let titles = all_pages(&app, "/api/v1/stories?limit=5&lang=en", |item| &item["title"]);
    let mut sorted = titles.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((titles.len(), sorted.len()), (23, 23));
    for number in 0..4 {
        app.collect(&format!("source-{number}"), &[]).await;
    }
    let sources = all_pages(&app, "/api/v1/sources?limit=2", |item| &item["id"]);
    assert_eq!(sources, ["gazette", "source-0", "source-1", "source-2", "source-3"]);
}

async fn a_search_is_paged_without_gap_or_repetition(database: TestDatabase) {
    let numbered = numbered(23);
    let app = TestApp::with_stories(database, &borrowed(&numbered)).await;
    for sort in ["", "&sort=newest", "&sort=relevance"] {
        let path = format!("/api/v1/search?q=museum&limit=5{sort}");
        let mut ids = all_pages(&app, &path, |item| &item["story"]["id"]);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 23, "{sort}");
    }
}

async fn what_cannot_be_asked_is_a_problem_that_names_the_parameter(database: TestDatabase) {
    let app = TestApp::with_stories(database, &borrowed(&numbered(3))).await;
    let stories = app.get("/api/v1/stories?limit=1").json();
    let of_stories = stories["next_cursor"].as_str().unwrap();
    let search = app.get("/api/v1/search?q=museum&limit=1").json();
    let of_search = search["next_cursor"].as_str().unwrap();
    for (path, parameter) in [
        ("/api/v1/stories?limit=0", "limit"),
        ("/api/v1/stories?limit=201", "limit"),
        ("/api/v1/stories?limit=many", "limit"),
        ("/api/v1/stories?limit=", "limit"),
        ("/api/v1/search?limit=201", "limit"),
        ("/api/v1/sources?limit=-1", "limit"),
        ("/api/v1/stories?cursor=nonsense", "cursor"),
        (&format!("/api/v1/sources?cursor={of_stories}"), "cursor"),
        (&format!("/api/v1/stories?cursor={of_search}"), "cursor"),
        (&format!("/api/v1/search?q=museum&cursor={of_stories}"), "cursor"),
        (&format!("/api/v1/search?q=another&cursor={of_search}"), "cursor"),
        ("/api/v1/stories?langs=en", "langs"),
        ("/api/v1/stories?limit=1&limit=2", "limit"),
        ("/api/v1/stories?source=No%20Id", "source"),
        ("/api/v1/stories?lang=%00", "lang"),
        ("/api/v1/search?q=museum&sort=loudest", "sort"),
    ] {
        let answer = app.get(path);
        assert_problem(&answer, 400, path);
        assert_eq!(answer.json()["errors"][0]["pointer"], format!("?{parameter}"), "{path}");
    }
}

async fn an_unknown_thing_is_not_found(database: TestDatabase) {
    let app = TestApp::with_stories(database, STORIES).await;
    for path in [
        "/api/v1/stories/0198c0de-0000-7000-8000-000000000000",
        "/api/v1/stories/nonsense",
        "/api/v1/stories/%00",
        "/api/v1/sources/nobody",
        "/api/v1/sources/%27%20or%201=1",
        "/api/v2/stories",
        "/nowhere",
    ] {
        assert_problem(&app.get(path), 404, path);
    }
    let refused = app.ask("POST", "/api/v1/search", &[("Content-Length", "0")]);
    assert_problem(&refused, 405, "POST");
    assert_eq!(refused.header("allow"), Some("GET,HEAD"));
    assert_problem(&app.ask("GET", "/", &[("Host", "evil.example")]), 421, "a foreign host");
    assert_eq!(app.ask("GET", "/api", &[("Host", "read.museum.example")]).status, 200);
}

async fn a_story_is_told_with_its_articles_and_sightings(database: TestDatabase) {
    let app = TestApp::with_stories(database, STORIES).await;
    let stories = app.get("/api/v1/stories").json();
    let titles: Vec<&str> = stories["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|story| story["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles.len(), 3);
    let id = stories["items"][0]["id"].as_str().unwrap();
    let story = app.get(&format!("/api/v1/stories/{id}")).json();
    assert_eq!(story["story"], stories["items"][0]);
    assert_eq!(story["articles"][0]["title"], stories["items"][0]["title"]);
    assert_eq!(story["sightings"][0]["source"]["id"], "gazette");
}

async fn operators_narrow_a_search(database: TestDatabase) {
    let app = TestApp::with_stories(database, STORIES).await;
    app.collect(
        "courier",
        &[(
            "Library lends tools",
            "A library beside the old museum now lends hammers, saws and drills to neighbours.",
        )],
    )
    .await;
    for (query, titles) in [
        ("roof", &["Museum roof repaired"][..]),
        ("leaking+roofs", &["Museum roof repaired"]),
        ("museum+-roof", &["Curator retires", "Library lends tools"]),
        ("%22sculpture+garden%22", &["Garden opens at night"]),
        ("%22garden+sculpture%22", &[]),
        ("lant*", &["Garden opens at night"]),
        ("roof+OR+garden", &["Garden opens at night", "Museum roof repaired"]),
        ("source:courier", &["Library lends tools"]),
        ("museum+source:courier", &["Library lends tools"]),
        ("title:museum", &["Museum roof repaired"]),
        ("museum+after:2027-01", &[]),
        ("zebra", &[]),
    ] {
        let answer = app.get(&format!("/api/v1/search?q={query}"));
        let answer = answer.json();
        let mut found: Vec<&str> = answer["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hit| hit["story"]["title"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        assert_eq!(found, titles, "{query}: {}", answer["read_as"]);
        assert_eq!(answer["total"], titles.len(), "{query}");
    }
}

async fn facets_count_what_was_found(database: TestDatabase) {
    let app = TestApp::with_stories(database, STORIES).await;
    app.collect(
        "courier",
        &[(
            "Library lends tools",
            "A library beside the old museum now lends hammers, saws and drills to neighbours.",
        )],
    )
    .await;
    let first = app.get("/api/v1/search?q=museum&limit=2");
    let facets = &first.json()["facets"];
    assert_eq!(
        facets["sources"],
        serde_json::json!([{"value": "gazette", "count": 2}, {"value": "courier", "count": 1}])
    );
    assert_eq!(facets["months"], serde_json::json!([{"value": "2026-03", "count": 3}]));
    let second = app.get(&first.next().unwrap());
    assert!(second.json()["facets"].is_null(), "facets stand on the first page only");
}

async fn the_search_page_shows_what_was_found(database: TestDatabase) {
    let app = TestApp::start(database).await;
    assert!(
        app.get("/desk/search").text().contains("Nothing collected yet"),
        "an empty house says what to do"
    );
    app.collect("gazette", STORIES).await;
    let home = app.get("/desk/search");
    assert_eq!(home.header("content-type"), Some("text/html; charset=utf-8"));
    for (title, _) in STORIES {
        assert!(home.text().contains(title), "{title}");
    }
    let found = app.get("/desk/search?q=roof");
    assert!(found.text().contains("Museum <mark>roof</mark> repaired"));
    assert!(!found.text().contains("Curator"));
    let style = home.text().split("rel=\"stylesheet\" href=\"").nth(1).unwrap();
    let style = app.get(style.split('"').next().unwrap());
    assert_eq!(style.status, 200);
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(app.get("/api").text().contains("/api/v1/search"));
}

async fn what_others_wrote_is_escaped(database: TestDatabase) {
    let app = TestApp::with_stories(database, HOSTILE).await;
    for path in [
        "/desk/search",
        "/desk/search?q=museum",
        "/desk/search?q=%3Cscript%3E+museum%22%3E",
    ] {
        let answer = app.get(path);
        let page = answer.text();
        let ours = page.matches("<script type=\"module\" src=\"/assets/").count();
        assert_eq!(page.matches("<script").count(), ours, "{path}: {page}");
        assert!(!page.contains("<img"), "{path}: {page}");
        assert!(page.contains("&#60;script&#62;"), "{path}: {page}");
    }
    let answer = app.get("/api/v1/search?q=museum").json();
    let hit = &answer["items"][0];
    assert_eq!(hit["story"]["title"], HOSTILE[0].0);
    let snippet = hit["snippet"].as_str().unwrap();
    assert!(snippet.contains("<mark>museum</mark>"), "{snippet}");
    assert!(snippet.contains("&lt;img") && !snippet.contains("<img"), "{snippet}");
}

async fn an_answer_that_is_known_is_not_sent_again(database: TestDatabase) {
    let app = TestApp::with_stories(database, STORIES).await;
    let id = app.get("/api/v1/stories").json()["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in [
        format!("/api/v1/stories/{id}"),
        "/api/v1/sources/gazette".to_owned(),
        "/api/openapi.json".to_owned(),
    ] {
        let first = app.get(&path);
        let tag = first.header("etag").unwrap();
        for known in [tag, &format!("\"other\", {tag}"), &format!("W/{tag}"), "*"] {
            let again = app.ask("GET", &path, &[("If-None-Match", known)]);
            assert_eq!((again.status, again.body.len()), (304, 0), "{path} {known}");
            assert_eq!(again.header("etag"), Some(tag), "{path}");
        }
        let other = app.ask("GET", &path, &[("If-None-Match", "\"other\"")]);
        assert_eq!((other.status, &other.body), (200, &first.body), "{path}");
    }
    let tag = app.get("/api/v1/sources/gazette").header("etag").unwrap().to_owned();
    app.worker.poll("gazette").await;
    let changed = app.ask("GET", "/api/v1/sources/gazette", &[("If-None-Match", &tag)]);
    assert_eq!(changed.status, 200, "what has changed is sent");
}

async fn its_health_is_told(database: TestDatabase) {
    let app = TestApp::with_stories(database, STORIES).await;
    assert_eq!(
        (app.get("/healthz").status, app.get("/healthz").text()),
        (200, "alive\n")
    );
    assert_eq!((app.get("/readyz").status, app.get("/readyz").text()), (200, "ready\n"));
    let metrics = app.get("/metrics");
    let kind = metrics.header("content-type").unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    for line in [
        "docent_stories 3",
        "docent_stories_indexed 3",
        "docent_index_repairs_total 0",
        "docent_sources{health=\"healthy\"} 1",
        "# EOF",
    ] {
        assert!(
            metrics.text().lines().any(|own| own == line),
            "{line}: {}",
            metrics.text()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_is_answered_like_get_without_the_body() {
    let app = TestApp::with_stories(TestDatabase::sqlite().await, STORIES).await;
    for path in [
        "/",
        "/desk/search",
        "/login",
        "/api",
        "/api/v1/stories",
        "/api/v1/search?q=museum",
        "/api/openapi.json",
        "/nowhere",
        "/healthz",
    ] {
        let (get, head) = (app.get(path), app.ask("HEAD", path, &[]));
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["content-type", "content-length", "etag", "content-security-policy"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_packed_for_who_can_unpack_them() {
    let app = TestApp::with_stories(TestDatabase::sqlite().await, STORIES).await;
    for path in ["/desk/search", "/api/v1/stories", "/api/openapi.json"] {
        let plain = app.get(path);
        assert_eq!(plain.header("content-encoding"), None);
        for encoding in ["gzip", "br"] {
            let packed = app.ask("GET", path, &[("Accept-Encoding", encoding)]);
            assert_eq!(packed.header("content-encoding"), Some(encoding), "{path}");
            assert_eq!(packed.header("vary"), Some("accept-encoding"), "{path}");
            assert!(packed.body.len() < plain.body.len(), "{path} {encoding}");
            assert_eq!(unpacked(&packed), plain.body, "{path} {encoding}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_says_how_it_may_be_used() {
    let app = TestApp::start(TestDatabase::sqlite().await).await;
    for path in [
        "/desk/search",
        "/login",
        "/api",
        "/api/v1/stories",
        "/api/v1/stories?limit=0",
        "/nowhere",
        "/metrics",
    ] {
        let answer = app.get(path);
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", "private, no-cache"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert_eq!(answer.header("set-cookie"), None, "{path}");
    }
}

/// Follows `Link: rel=next` to the end; `of` picks from each item.
fn all_pages(app: &TestApp, path: &str, of: impl Fn(&serde_json::Value) -> &serde_json::Value) -> Vec<String> {
    let (mut all, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        assert!(all.len() < 1_000, "the pages have no end");
        let answer = app.get(&path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let page = answer.json();
        let items = page["items"].as_array().unwrap();
        all.extend(items.iter().map(|item| of(item).as_str().unwrap().to_owned()));
        next = answer.next();
        assert_eq!(next.is_some(), !page["next_cursor"].is_null(), "{path}");
    }
    all
}

pub fn assert_problem(answer: &Answer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json"),
        "{what}"
    );
    let problem = answer.json();
    assert_eq!(problem["status"], status, "{what}");
    assert!(problem["title"].is_string(), "{what}");
}

/// Stories that differ in every word but one.
fn numbered(count: usize) -> Vec<(String, String)> {
    const WORDS: [&str; 8] = ["amber", "basalt", "cedar", "damask", "ebony", "felt", "granite", "horn"];
    let word = |number: usize| WORDS[number % WORDS.len()];
    (0..count)
        .map(|number| {
            let text = (0..12).map(|place| format!("{}{number}x{place} ", word(number + place)));
            (
                format!("Find {number} of {}{number}", word(number)),
                format!("{}at the museum", text.collect::<String>()),
            )
        })
        .collect()
}

fn borrowed(stories: &[(String, String)]) -> Vec<(&str, &str)> {
    stories
        .iter()
        .map(|(title, text)| (title.as_str(), text.as_str()))
        .collect()
}

fn unpacked(answer: &Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    let body = answer.body.as_slice();
    match answer.header("content-encoding") {
        Some("gzip") => flate2::read::GzDecoder::new(body).read_to_end(&mut bytes),
        Some("br") => brotli_decompressor::Decompressor::new(body, 4096).read_to_end(&mut bytes),
        other => panic!("{other:?}"),
    }
    .expect("packed bytes");
    bytes
}
