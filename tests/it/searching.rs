//! What editors find: stories, and what they themselves wrote about them.

use docent::domain::decision::{Act, Note, NoteText};
use docent::domain::editor::Role;
use docent::domain::list::Topics;
use docent::store::PickChange;
use docent::store::decisions::Hand;

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::database::TestDatabase;
use crate::support::desk::{Desk, fresh_id};
use crate::support::http::Answer;

crate::on_both_databases!(
    editors_find_stories_by_what_they_made_of_them,
    what_was_undone_is_not_found,
    a_merged_story_is_found_by_what_was_written_of_both,
    a_search_is_saved_shared_changed_and_deleted,
    a_saved_search_is_a_feed_until_its_key_is_renewed,
);

async fn editors_find_stories_by_what_they_made_of_them(database: TestDatabase) {
    let desk = Desk::with(database, 3).await;
    let pick = desk.pick(0).await;
    let change = PickChange {
        headline: Some("Lanterns at dusk".to_owned()),
        note: Some("Worth a walk.".to_owned()),
        topics: Some(Topics::tidy(["Night shift"])),
        ..PickChange::default()
    };
    let version = desk.line(pick).await.pick.version;
    desk.store
        .change_pick(pick, version, change, desk.acting)
        .await
        .unwrap();
    decide(&desk, 1, note("ask the solicitor")).await;
    decide(&desk, 2, Act::Topics(Some(Topics::tidy(["Archives"])))).await;
    desk.app.follow().await;
    let month = desk.acting.at.to_jiff().strftime("%Y-%m").to_string();
    for (words, number) in [
        ("lantern", 0),
        ("\"worth a walk\"", 0),
        ("list:reading", 0),
        ("picked:yes", 0),
        (&format!("picked:{month}"), 0),
        ("topic:\"night shift\"", 0),
        ("solicitor", 1),
        ("picked:no by:lovelace -topic:archives", 1),
        ("topic:archives", 2),
    ] {
        assert_eq!(found(&desk, words), [desk.story_name(number)], "{words}");
    }
    let counts = desk.app.get("/api/v1/search?q=lantern").json();
    assert_eq!(counts["facets"]["lists"][0]["value"], "reading");
    assert_eq!(counts["facets"]["topics"][0]["value"], "Night shift");
    let told = desk.app.get("/api/v1/search?q=solicitor").json();
    assert_eq!(told["items"][0]["snippet"], "ask the <mark>solicitor</mark>");
}

async fn what_was_undone_is_not_found(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let noted = decide(&desk, 0, note("ask the solicitor")).await;
    let picked = decide(&desk, 0, Act::Pick(desk.list.slug.clone())).await;
    desk.app.follow().await;
    let questions = ["solicitor", "by:lovelace", "list:reading", "picked:yes"];
    for words in questions {
        assert_eq!(found(&desk, words).len(), 1, "{words}");
    }
    for decision in [picked, noted] {
        desk.store.undo(&decision, &hand(&desk)).await.unwrap();
    }
    desk.app.follow().await;
    for words in questions {
        assert_eq!(found(&desk, words).len(), 0, "{words}");
    }
}

async fn a_merged_story_is_found_by_what_was_written_of_both(database: TestDatabase) {
    let desk = Desk::with(database, 2).await;
    desk.pick(0).await;
    decide(&desk, 1, note("ask the solicitor")).await;
    desk.merge(0, 1).await;
    desk.app.follow().await;
    for words in ["list:reading", "solicitor", "picked:yes"] {
        assert_eq!(found(&desk, words), [desk.story_name(1)], "{words}");
    }
}

async fn a_search_is_saved_shared_changed_and_deleted(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("Museum roof leaks", "Rain.")]).await;
    let (ada, bob) = (
        app.as_editor(Role::Editor).await,
        app.as_editor(Role::Contributor).await,
    );
    let wish = json!({"name": "Roofs", "query": " roof lang:en "});
    let made = ada.send("POST", "/api/v1/searches", &wish.to_string(), &[]);
    assert_eq!(made.status, 201, "{}", made.text());
    let path = made.header("location").unwrap().to_owned();
    assert_eq!(made.json()["search"]["query"], "roof lang:en");
    assert_eq!(bob.get(&path).status, 404, "it is hers alone");
    let shown = ada.get(&path);
    assert_eq!(
        shown.json()["read_as"],
        "stories with the word “roof”, in English, best match first"
    );
    let tag = shown.header("etag").unwrap();
    let share = json!({"shared": true}).to_string();
    assert_eq!(ada.send("PATCH", &path, &share, &[]).status, 428);
    let shared = ada.send("PATCH", &path, &share, &[("If-Match", tag)]);
    assert_eq!((shared.status, &shared.json()["shared"]), (200, &json!(true)));
    assert_eq!(ada.send("PATCH", &path, &share, &[("If-Match", tag)]).status, 412);
    let seen = bob.get("/api/v1/searches").json();
    assert_eq!(
        (&seen["items"][0]["name"], &seen["items"][0]["own"]),
        (&json!("Roofs"), &json!(false))
    );
    let tag = shared.header("etag").unwrap();
    assert_eq!(bob.send("DELETE", &path, "", &[("If-Match", tag)]).status, 403);
    assert_eq!(bob.send("POST", &format!("{path}/key"), "", &[]).status, 403);
    for bad in [
        json!({"name": "", "query": "a"}),
        json!({"name": "A", "query": " "}),
        json!({"name": "A", "query": "a".repeat(501)}),
    ] {
        assert_eq!(
            ada.send("POST", "/api/v1/searches", &bad.to_string(), &[]).status,
            422,
            "{bad}"
        );
    }
    assert_eq!(ada.send("DELETE", &path, "", &[("If-Match", tag)]).status, 204);
    assert_eq!(ada.get(&path).status, 404);
}

async fn a_saved_search_is_a_feed_until_its_key_is_renewed(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("Museum roof leaks", "Rain."), ("Elsewhere & <b>", "Sun.")]).await;
    let ada = app.as_editor(Role::Editor).await;
    let wish = json!({"name": "Roofs & more", "query": "roof OR elsewhere"});
    let made = ada.send("POST", "/api/v1/searches", &wish.to_string(), &[]);
    let path = |answer: &Answer| {
        let feed = answer.json()["feed"].as_str().unwrap().to_owned();
        feed.strip_prefix("https://read.museum.example").unwrap().to_owned()
    };
    let old = path(&made);
    let feed = app.send("GET", &old, "", &[]);
    assert_eq!((feed.status, feed.header("x-robots-tag")), (200, Some("noindex")));
    assert_eq!(feed.header("cache-control"), Some("private, no-cache"));
    let parsed = feed_rs::parser::parse(feed.text().as_bytes()).unwrap();
    let mut titles: Vec<String> = parsed
        .entries
        .iter()
        .map(|entry| entry.title.clone().unwrap().content)
        .collect();
    titles.sort_unstable();
    assert_eq!(titles, ["Elsewhere & <b>", "Museum roof leaks"]);
    let tag = feed.header("etag").unwrap();
    assert_eq!(app.send("GET", &old, "", &[("If-None-Match", tag)]).status, 304);
    let search = made.header("location").unwrap();
    let renewed = ada.send("POST", &format!("{search}/key"), "", &[]);
    assert_eq!(app.send("GET", &old, "", &[]).status, 404);
    let again = app.send("GET", &path(&renewed), "", &[]);
    assert_eq!(
        again.text(),
        feed.text().replace(&old, &path(&renewed)),
        "nothing but its address is new"
    );
    for bad in ["x", &"0".repeat(64)] {
        assert_eq!(
            app.send("GET", &format!("/searches/{bad}/feed.atom"), "", &[]).status,
            404
        );
    }
}

fn note(text: &str) -> Act {
    Act::Note(Some(Note {
        text: NoteText::parse(text).unwrap(),
        public: false,
    }))
}

fn hand(desk: &Desk) -> Hand {
    Hand {
        editor: desk.acting.by,
        name: "Ada Lovelace".to_owned(),
        overrules: true,
        at: desk.acting.at,
        fresh_id,
    }
}

async fn decide(desk: &Desk, number: usize, act: Act) -> String {
    let decided = desk
        .store
        .decide(desk.story_name(number), &act, &hand(desk), |_| true)
        .await;
    decided.unwrap()
}

fn found(desk: &Desk, words: &str) -> Vec<String> {
    let words: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
    let told = desk.app.get(&format!("/api/v1/search?q={words}")).json();
    let items = told["items"].as_array().unwrap().iter();
    items
        .map(|item| item["story"]["id"].as_str().unwrap().to_owned())
        .collect()
}
