//! What editors find: stories, and what they themselves wrote about them.

use docent::domain::decision::{Act, Note, NoteText};
use docent::domain::list::Topics;
use docent::store::PickChange;
use docent::store::decisions::Hand;

use crate::support::database::TestDatabase;
use crate::support::desk::{Desk, fresh_id};

crate::on_both_databases!(
    editors_find_stories_by_what_they_made_of_them,
    what_was_undone_is_not_found,
    a_merged_story_is_found_by_what_was_written_of_both,
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
