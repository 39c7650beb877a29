//! Deciding over HTTP: one story, many, undone, with the version that was seen.

use docent::domain::editor::Role;
use docent::domain::list::ListRules;
use docent::store::lists::{NewList, Told};
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::support::app::{SignedIn, TestApp};
use crate::support::database::TestDatabase;
use crate::support::http::Answer;
use crate::support::worker::slug;

on_both_databases!(
    a_decision_is_told_with_who_and_what_and_changes_the_list,
    each_act_is_taken_and_shown,
    what_cannot_be_decided_is_told_with_its_place,
    a_note_wants_the_version_that_was_seen,
    a_quick_act_may_name_the_version_that_was_seen,
    many_stories_are_decided_about_and_undone_with_one_request,
    the_acts_of_an_editor_are_paged,
    what_one_editor_saw_or_hid_is_nobody_elses_business,
    a_contributor_suggests_and_decides_nothing,
    where_a_story_ran_is_told_with_it,
);

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

async fn a_decision_is_told_with_who_and_what_and_changes_the_list(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let answer = desk.decide(0, &json!({"act": "dismiss", "reason": "old"}));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json();
    assert_eq!(made["story"]["status"], "dismissed");
    assert_eq!(made["story"]["reason"], "old");
    let decision = &made["decision"];
    assert_eq!(decision["by"]["name"], "Ada Lovelace");
    assert_eq!(
        (&decision["act"], &decision["cell"]),
        (&json!("dismiss"), &json!("status"))
    );
    assert_eq!(decision["before"], json!({"status": "new"}));
    assert_eq!(decision["after"], json!({"status": "dismissed", "reason": "old"}));
    let dismissed = desk.editor.get("/api/v1/stories?status=dismissed").json();
    assert_eq!(dismissed["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        desk.editor.get("/api/v1/stories?status=new").json()["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let undone = desk.post(&format!("/api/v1/decisions/{}/undo", text(&decision["id"])), "");
    assert_eq!((undone.status, &undone.json()["story"]["status"]), (200, &json!("new")));
    let again = desk.post(&format!("/api/v1/decisions/{}/undo", text(&decision["id"])), "");
    assert_eq!(
        (again.status, &again.json()["detail"]),
        (409, &json!("it is undone already"))
    );
    let redone = desk.post(&format!("/api/v1/decisions/{}/redo", text(&decision["id"])), "");
    assert_eq!(redone.json()["story"]["status"], "dismissed");
    let log = desk
        .editor
        .get(&format!("/api/v1/stories/{}/decisions", desk.ids[0]))
        .json();
    let acts: Vec<&str> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| text(&item["act"]))
        .collect();
    assert_eq!(acts, ["redo", "undo", "dismiss"]);
}

async fn each_act_is_taken_and_shown(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let list = desk.list().await;
    for (act, cell) in [
        (json!({"act": "suggest"}), "status"),
        (json!({"act": "hold"}), "status"),
        (json!({"act": "reopen"}), "status"),
        (
            json!({"act": "note", "text": "for the spring issue", "private": true}),
            "note",
        ),
        (json!({"act": "topics", "topics": ["roofs", "weather"]}), "topics"),
        (json!({"act": "merge", "into": desk.ids[1]}), "articles"),
        (json!({"act": "pick", "list": list}), "list:reading"),
        (json!({"act": "unpick", "list": list}), "list:reading"),
    ] {
        let answer = desk.decide_knowing(0, &act, "*");
        assert_eq!(answer.status, 201, "{act}: {}", answer.text());
        assert_eq!(answer.json()["decision"]["cell"], cell, "{act}");
    }
    let story = desk.story(1);
    let articles = story["articles"].as_array().unwrap();
    assert_eq!(articles.len(), 2);
    let other = &articles[1]["id"];
    let led = desk.decide(1, &json!({"act": "lead", "article": other}));
    assert_eq!(led.json()["story"]["title"], STORIES[0].0);
    let split = desk.decide(1, &json!({"act": "split", "article": other}));
    assert_eq!(split.json()["story"]["title"], STORIES[0].0, "{}", split.text());
    assert_eq!(split.json()["decision"]["before"], json!({"story": desk.ids[1]}));
}

async fn what_cannot_be_decided_is_told_with_its_place(database: TestDatabase) {
    let desk = Desk::new(database).await;
    for (body, status, pointer) in [
        (r#"{"act":"burn"}"#, 422, "/act"),
        (r#"{"act":"hold","colour":"red"}"#, 422, "/colour"),
        (r"{}", 422, ""),
        (r#"{"act":"dismiss","reason":""}"#, 422, "/reason"),
        (r#"{"act":"merge","into":"nobody"}"#, 422, "/into"),
        (r#"{"act":"lead","article":"x"}"#, 422, "/article"),
        (r#"{"act":"pick","list":"No List"}"#, 422, "/list"),
        (r#"{"act":"topics","topics":["a","A"]}"#, 422, "/topics"),
        ("[", 400, ""),
    ] {
        let answer = desk.post(&format!("/api/v1/stories/{}/decisions", desk.ids[0]), body);
        let problem = answer.json();
        assert_eq!(answer.status, status, "{body}: {problem}");
        assert!(
            problem["errors"][0]["pointer"].as_str().unwrap().starts_with(pointer) || body.len() < 40,
            "{body}: {problem}"
        );
    }
    let nobody = desk.post(
        &format!("/api/v1/stories/{}/decisions", uuid::Uuid::now_v7()),
        r#"{"act":"hold"}"#,
    );
    assert_eq!(nobody.status, 404);
    let no_list = desk.decide(0, &json!({"act": "pick", "list": "nothing"}));
    assert_eq!(no_list.status, 409, "{}", no_list.text());
    for path in ["decisions", "batches"] {
        let unknown = desk.post(&format!("/api/v1/{path}/{}/undo", uuid::Uuid::now_v7()), "");
        assert_eq!(unknown.status, 404, "{path}");
    }
}

async fn a_note_wants_the_version_that_was_seen(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let note = json!({"act": "note", "text": "mine"});
    assert_eq!(desk.decide(0, &note).status, 428);
    let seen = desk.editor.get(&format!("/api/v1/stories/{}", desk.ids[0]));
    let tag = seen.header("etag").unwrap();
    desk.decide(0, &json!({"act": "hold"}));
    let late = desk.decide_knowing(0, &note, tag);
    assert_eq!(late.status, 412, "{}", late.text());
    assert_eq!(late.json()["current"]["story"]["status"], "held");
    let tag = late.header("etag").unwrap();
    let kept = desk.decide_knowing(0, &note, tag);
    assert_eq!(
        (kept.status, &kept.json()["story"]["note"]["text"]),
        (201, &json!("mine"))
    );
}

async fn a_quick_act_may_name_the_version_that_was_seen(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let seen = desk.editor.get(&format!("/api/v1/stories/{}", desk.ids[0]));
    let tag = seen.header("etag").unwrap();
    assert_eq!(desk.decide_knowing(0, &json!({"act": "hold"}), tag).status, 201);
    assert_eq!(desk.decide_knowing(0, &json!({"act": "suggest"}), tag).status, 412);
    assert_eq!(desk.decide(0, &json!({"act": "suggest"})).status, 201);
}

async fn many_stories_are_decided_about_and_undone_with_one_request(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let unknown = uuid::Uuid::now_v7().to_string();
    let body = json!({"stories": [desk.ids[0], desk.ids[1], unknown], "decision": {"act": "hold"}});
    let answer = desk.post("/api/v1/decisions", &body.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let held = answer.json();
    let outcomes: Vec<&str> = held["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| text(&item["outcome"]))
        .collect();
    assert_eq!(outcomes, ["done", "done", "missing"]);
    let undone = desk.post(&format!("/api/v1/batches/{}/undo", text(&held["batch"])), "");
    assert_eq!(undone.status, 200);
    assert_eq!(
        desk.editor.get("/api/v1/stories?status=new").json()["items"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let redone = desk.post(&format!("/api/v1/batches/{}/redo", text(&held["batch"])), "");
    assert_eq!(redone.json()["items"].as_array().unwrap().len(), 2);
    let many: Vec<String> = (0..201).map(|_| uuid::Uuid::now_v7().to_string()).collect();
    for stories in [json!([]), json!(many), json!(["nobody"])] {
        let body = json!({"stories": stories, "decision": {"act": "hold"}});
        assert_eq!(desk.post("/api/v1/decisions", &body.to_string()).status, 422);
    }
}

async fn the_acts_of_an_editor_are_paged(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let other = desk.app.as_editor(Role::Editor).await;
    for round in 0..5 {
        desk.decide(round % 3, &json!({"act": "hold"}));
    }
    let json_body = [("Content-Type", "application/json")];
    let path = format!("/api/v1/stories/{}/decisions", desk.ids[0]);
    other.send("POST", &path, r#"{"act":"suggest"}"#, &json_body);
    let (mut next, mut seen) = (Some("/api/v1/decisions?by=me&limit=2".to_owned()), 0);
    while let Some(path) = next {
        let page = desk.editor.get(&path);
        seen += page.json()["items"].as_array().unwrap().len();
        next = page.next();
    }
    assert_eq!(seen, 5);
    let theirs = format!("/api/v1/decisions?by={}", other.editor.public_id);
    assert_eq!(desk.editor.get(&theirs).json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        desk.editor.get("/api/v1/decisions").json()["items"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
    assert_eq!(desk.editor.get("/api/v1/decisions?by=nobody").status, 400);
}

async fn what_one_editor_saw_or_hid_is_nobody_elses_business(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let other = desk.app.as_editor(Role::Contributor).await;
    let count = |who: &SignedIn, query: &str| {
        let list = who.get(&format!("/api/v1/stories{query}")).json();
        list["items"].as_array().unwrap().len()
    };
    let (seen, hidden) = (
        format!("/api/v1/stories/{}/seen", desk.ids[0]),
        format!("/api/v1/stories/{}/hidden", desk.ids[1]),
    );
    assert_eq!(desk.editor.send("PUT", &seen, "", &[]).status, 204);
    assert_eq!(desk.editor.send("PUT", &hidden, "", &[]).status, 204);
    assert_eq!(
        ["", "?unseen=true", "?hidden=true"].map(|query| count(&desk.editor, query)),
        [2, 1, 1]
    );
    assert_eq!(
        ["", "?unseen=true", "?hidden=true"].map(|query| count(&other, query)),
        [3, 3, 0]
    );
    assert_eq!(desk.editor.send("DELETE", &hidden, "", &[]).status, 204);
    assert_eq!(["", "?unseen=true"].map(|query| count(&desk.editor, query)), [3, 1]);
    assert_eq!(desk.editor.send("DELETE", &seen, "", &[]).status, 204);
    assert_eq!(count(&desk.editor, "?unseen=true"), 2);
    let nobody = format!("/api/v1/stories/{}/seen", uuid::Uuid::now_v7());
    assert_eq!(desk.editor.send("PUT", &nobody, "", &[]).status, 404);
    assert_eq!(desk.editor.get("/api/v1/stories?unseen=maybe").status, 400);
    assert_eq!(desk.editor.get("/api/v1/stories?status=burnt").status, 400);
}

async fn a_contributor_suggests_and_decides_nothing(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let contributor = desk.app.as_editor(Role::Contributor).await;
    let path = format!("/api/v1/stories/{}/decisions", desk.ids[0]);
    let json_body = [("Content-Type", "application/json")];
    for (body, status) in [
        (r#"{"act":"suggest"}"#, 201),
        (r#"{"act":"hold"}"#, 403),
        (r#"{"act":"reopen"}"#, 403),
    ] {
        assert_eq!(
            contributor.send("POST", &path, body, &json_body).status,
            status,
            "{body}"
        );
    }
    let held = desk.decide(0, &json!({"act": "hold"})).json();
    let undo = format!("/api/v1/decisions/{}/undo", text(&held["decision"]["id"]));
    assert_eq!(contributor.send("POST", &undo, "", &json_body).status, 403);
    let over = contributor.send("POST", &path, r#"{"act":"suggest"}"#, &json_body);
    assert_eq!(over.status, 409, "{}", over.text());
}

async fn where_a_story_ran_is_told_with_it(database: TestDatabase) {
    let desk = Desk::new(database).await;
    let list = desk.list().await;
    for story in [0, 1] {
        assert_eq!(desk.decide(story, &json!({"act": "pick", "list": list})).status, 201);
    }
    desk.app
        .database
        .meddle("update pick set stage = 'published', published_at = made_at")
        .await;
    desk.decide(0, &json!({"act": "merge", "into": desk.ids[1]}));
    let story = desk.story(1);
    assert_eq!(story["story"]["picked"].as_array().unwrap().len(), 2);
    assert_eq!(story["already_ran"].as_array().unwrap().len(), 1, "{story}");
    assert_eq!(story["another_version_ran"].as_array().unwrap().len(), 1);
    assert_eq!(desk.story(2)["already_ran"], json!([]));
}

struct Desk {
    app: TestApp,
    editor: SignedIn,
    ids: Vec<String>,
}

impl Desk {
    async fn new(database: TestDatabase) -> Self {
        let app = TestApp::with_stories(database, STORIES).await;
        let editor = app.as_editor(Role::Editor).await;
        let stories = app.get("/api/v1/stories").json();
        let id_of = |title: &str| {
            let mut items = stories["items"].as_array().unwrap().iter();
            text(&items.find(|item| item["title"] == title).unwrap()["id"]).to_owned()
        };
        let ids = STORIES.iter().map(|(title, _)| id_of(title)).collect();
        Self { app, editor, ids }
    }

    fn decide(&self, story: usize, act: &Value) -> Answer {
        self.post(
            &format!("/api/v1/stories/{}/decisions", self.ids[story]),
            &act.to_string(),
        )
    }

    fn decide_knowing(&self, story: usize, act: &Value, tag: &str) -> Answer {
        let headers = [("Content-Type", "application/json"), ("If-Match", tag)];
        let path = format!("/api/v1/stories/{}/decisions", self.ids[story]);
        self.editor.send("POST", &path, &act.to_string(), &headers)
    }

    fn post(&self, path: &str, body: &str) -> Answer {
        self.editor
            .send("POST", path, body, &[("Content-Type", "application/json")])
    }

    fn story(&self, story: usize) -> Value {
        self.editor.get(&format!("/api/v1/stories/{}", self.ids[story])).json()
    }

    async fn list(&self) -> String {
        let told = Told {
            name: "What We're Reading".to_owned(),
            about: String::new(),
            language: None,
        };
        let new = NewList {
            slug: slug("reading"),
            told,
            rules: ListRules::default(),
        };
        let store = &self.app.database.store;
        let list = store
            .make_list(new, self.app.worker.now(), docent::app::fresh_id)
            .await
            .unwrap();
        list.slug.to_string()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
