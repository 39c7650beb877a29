//! From what was collected to what goes out, by plain calls of the API.

use std::time::Duration;

use docent::domain::editor::Role;
use docent::worker::publish;
use serde_json::{Value, json};

use crate::api::assert_problem;
use crate::support::app::{SignedIn, TestApp};
use crate::support::database::TestDatabase;
use crate::support::desk::fresh_id;
use crate::support::http::Answer;
use crate::support::program::docent;

crate::on_both_databases!(
    a_list_goes_from_nothing_to_a_published_edition_and_on,
    what_cannot_be_used_is_refused_with_its_place,
    lists_are_changed_archived_and_restored,
    picks_and_editions_are_paged,
);

const STORIES: [(&str, &str); 2] = [
    (
        "Schools move lessons to local museums for learning experiment",
        "Four schools have moved their lessons into museums. Their pupils learn among the objects, all year long.",
    ),
    (
        "Should museums have a personality?",
        "A director asks how a museum sounds that speaks in a voice of its own, and whether its visitors want to hear it.",
    ),
];

/// A list, somebody who sets up, and somebody who edits.
struct Room {
    app: TestApp,
    admin: SignedIn,
    editor: SignedIn,
}

impl Room {
    async fn open(database: TestDatabase, stories: &[(&str, &str)]) -> Self {
        let app = TestApp::with_stories(database, stories).await;
        let (admin, editor) = (app.as_editor(Role::Admin).await, app.as_editor(Role::Editor).await);
        Self { app, admin, editor }
    }

    fn make_list(&self, wish: &Value) -> Answer {
        self.admin.send("POST", "/api/v1/lists", &wish.to_string(), &[])
    }

    /// Sends JSON as the editor, and takes the answer for good.
    fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.editor.send("POST", path, &body.to_string(), &[]);
        assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text());
        answer.json()
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.editor.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Changes what is at `path` as it is now.
    fn patch(&self, path: &str, body: &Value) -> Answer {
        let tag = self.editor.get(path).header("etag").unwrap().to_owned();
        self.editor
            .send("PATCH", path, &body.to_string(), &[("If-Match", &tag)])
    }

    /// Picks every story for a list; the picks' names, in the order of the stories.
    fn pick_all(&self, list: &str, stories: &[(&str, &str)]) -> Vec<String> {
        let found = self.get("/api/v1/stories");
        let items = found["items"].as_array().unwrap();
        let story = |title: &str| {
            items.iter().find(|story| story["title"] == title).unwrap()["id"]
                .as_str()
                .unwrap()
        };
        for (title, _) in stories {
            let path = format!("/api/v1/stories/{}/decisions", story(title));
            self.post(&path, &json!({"act": "pick", "list": list}));
        }
        let picks = self.get(&format!("/api/v1/lists/{list}/picks?stage=unplaced"));
        ids(&picks)
    }
}

fn ids(listed: &Value) -> Vec<String> {
    let items = listed["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

#[expect(clippy::too_many_lines, reason = "one walk from its beginning to its end")]
async fn a_list_goes_from_nothing_to_a_published_edition_and_on(database: TestDatabase) {
    let room = Room::open(database, &STORIES).await;
    let rules = json!({"cadence": "fridays 09:00 europe/london", "target": 2});
    let made = room.make_list(&json!({"name": "What We're Reading", "rules": rules}));
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("location"), Some("/api/v1/lists/what-we-re-reading"));
    assert_eq!(made.json()["rules"]["cadence"], "Fridays 09:00 Europe/London");

    let picks = room.pick_all("what-we-re-reading", &STORIES);
    let first = format!("/api/v1/picks/{}", picks[0]);
    let told = room.get(&first);
    assert_eq!(
        (&told["headline"], &told["original"]["title"]),
        (&json!(STORIES[0].0), &json!(STORIES[0].0))
    );
    assert_eq!(
        (&told["excerpt"], &told["stage"]),
        (&json!(STORIES[0].1), &json!("draft"))
    );
    assert_eq!(told["original"]["source"]["id"], "gazette");

    let change = json!({"headline": "Lessons among objects", "excerpt": "Four schools.", "note": "Worth a try.", "topics": ["Schools"]});
    let changed = room.patch(&first, &change);
    assert_eq!(changed.status, 200, "{}", changed.text());
    let restored = room.post(&format!("{first}/restore"), &json!({"original": "excerpt"}));
    assert_eq!(
        (&restored["excerpt"], &restored["headline"]),
        (&json!(STORIES[0].1), &json!("Lessons among objects"))
    );

    let editions = room.get("/api/v1/lists/what-we-re-reading/editions?stage=draft");
    assert_eq!(
        editions["items"][0]["due_at"], "2026-03-06T09:00:00Z",
        "made by the cadence"
    );
    let edition = format!("/api/v1/editions/{}", ids(&editions)[0]);
    for pick in &picks {
        room.post(
            &format!("/api/v1/picks/{pick}/move"),
            &json!({"edition": ids(&editions)[0]}),
        );
    }
    room.post(
        &format!("/api/v1/picks/{}/move", picks[1]),
        &json!({"to": "before", "pick": picks[0]}),
    );
    assert_eq!(room.get(&format!("{edition}/checks"))["items"], json!([]));
    let scheduled = room.post(&format!("{edition}/schedule"), &json!({}));
    assert_eq!(scheduled["edition"]["stage"], "scheduled");
    assert_eq!(
        ids(&json!({"items": scheduled["picks"]})),
        [picks[1].clone(), picks[0].clone()]
    );
    let back = room.post(&format!("{edition}/call-back"), &json!({}));
    assert_eq!(
        (&back["edition"]["stage"], &back["picks"][0]["stage"]),
        (&json!("draft"), &json!("draft"))
    );
    room.post(&format!("{edition}/schedule"), &json!({}));

    let due = docent::domain::time::Timestamp::parse("2026-03-06T09:00:00Z").unwrap();
    publish::once(&room.app.database.store, due, fresh_id).await.unwrap();
    room.app
        .worker
        .pass(due.since(room.app.worker.now()) + Duration::from_hours(1));
    let out = room.get(&edition);
    assert_eq!(
        (&out["edition"]["stage"], &out["edition"]["published_at"]),
        (&json!("published"), &json!("2026-03-06T09:00:00Z"))
    );
    let next = room.get("/api/v1/lists/what-we-re-reading/editions?stage=draft");
    assert_eq!(next["items"][0]["due_at"], "2026-03-13T09:00:00Z");

    room.patch(
        &first,
        &json!({"headline": "Lessons among things", "correction": "They are things."}),
    );
    let corrected = room.get(&first);
    assert_eq!(
        (&corrected["corrected_at"], &corrected["correction"]),
        (&json!("2026-03-06T10:00:00Z"), &json!("They are things."))
    );
    let versions = room.get(&format!("{first}/versions"));
    assert_eq!(versions["items"].as_array().unwrap().len(), 4);
    let story = format!("/api/v1/stories/{}/runs", corrected["story"].as_str().unwrap());
    assert_eq!(room.get(&story)["items"][0]["list"], "what-we-re-reading");

    room.post(&format!("{first}/withdraw"), &json!({}));
    assert_eq!(
        ids(&room.get("/api/v1/lists/what-we-re-reading/picks?stage=published")),
        [picks[1].clone()]
    );
    let again = room.post(&format!("{first}/publish"), &json!({}));
    assert_eq!(
        (&again["stage"], &again["published_at"]),
        (&json!("published"), &json!("2026-03-06T09:00:00Z"))
    );
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
async fn what_cannot_be_used_is_refused_with_its_place(database: TestDatabase) {
    let room = Room::open(database, &STORIES).await;
    room.make_list(&json!({"name": "Reading"}));
    let picks = room.pick_all("reading", &STORIES);
    for (wish, pointer) in [
        (json!({}), ""),
        (json!({"name": " "}), "/name"),
        (json!({"name": "x".repeat(121)}), "/name"),
        (json!({"name": "\u{7}"}), "/name"),
        (json!({"name": "読書"}), "/id"),
        (json!({"name": "a", "id": "A"}), "/id"),
        (json!({"name": "a", "id": "all"}), "/id"),
        (json!({"name": "a", "language": "english"}), "/language"),
        (json!({"name": "a", "rules": {"target": 0}}), "/rules/target"),
        (json!({"name": "a", "rules": {"target": -1}}), "/rules/target"),
        (
            json!({"name": "a", "rules": {"excerpt_words": 1001}}),
            "/rules/excerpt_words",
        ),
        (json!({"name": "a", "rules": {"cadence": "never"}}), "/rules/cadence"),
        (json!({"name": "a", "colour": "red"}), "/colour"),
    ] {
        let refused = room.make_list(&wish);
        assert_eq!(
            (refused.status, &refused.json()["errors"][0]["pointer"]),
            (422, &json!(pointer)),
            "{wish}: {}",
            refused.text()
        );
    }
    assert_refused(&room.make_list(&json!({"name": "Reading"})), 409);

    let pick = format!("/api/v1/picks/{}", picks[0]);
    for (patch, pointer) in [
        (json!({"headline": ""}), "/headline"),
        (json!({"headline": null}), "/headline"),
        (json!({"note": "x".repeat(2_001)}), "/note"),
        (json!({"image": {"alt": "what?"}}), "/image/link"),
        (json!({"image": {"link": "javascript:alert(1)"}}), "/image/link"),
        (json!({"topics": [""]}), "/topics"),
        (json!({"topics": vec!["a"; 13]}), "/topics"),
        (json!({"stage": "published"}), "/stage"),
    ] {
        let refused = room.patch(&pick, &patch);
        assert_eq!(
            (refused.status, &refused.json()["errors"][0]["pointer"]),
            (422, &json!(pointer)),
            "{patch}: {}",
            refused.text()
        );
    }
    let unknown = fresh_id();
    for (deed, wish, status, pointer) in [
        ("move", json!({"to": "before"}), 422, "/pick"),
        ("move", json!({"to": "first", "pick": picks[1]}), 422, "/pick"),
        ("move", json!({"to": "after", "pick": unknown}), 422, "/pick"),
        ("move", json!({"to": "after", "pick": "0"}), 422, "/pick"),
        ("move", json!({"edition": unknown}), 422, "/edition"),
        ("restore", json!({}), 422, ""),
        ("restore", json!({"version": 99}), 422, "/version"),
        ("schedule", json!({}), 422, ""),
        ("schedule", json!({"due_at": "tomorrow"}), 422, "/due_at"),
    ] {
        let refused = room
            .editor
            .send("POST", &format!("{pick}/{deed}"), &wish.to_string(), &[]);
        assert_eq!(
            (refused.status, &refused.json()["errors"][0]["pointer"]),
            (status, &json!(pointer)),
            "{deed} {wish}: {}",
            refused.text()
        );
    }
    for (deed, wish) in [
        ("schedule", json!({"due_at": "2020-01-01T00:00:00Z"})),
        ("call-back", json!({})),
        ("withdraw", json!({})),
    ] {
        assert_refused(
            &room
                .editor
                .send("POST", &format!("{pick}/{deed}"), &wish.to_string(), &[]),
            409,
        );
    }
    assert_refused(&room.editor.send("PATCH", &pick, "{}", &[]), 428);
    let outdated = room.editor.send("PATCH", &pick, "{}", &[("If-Match", "\"99.0\"")]);
    assert_refused(&outdated, 412);
    assert_eq!(outdated.json()["current"], room.get(&pick));
    for path in [
        "/api/v1/lists/none",
        "/api/v1/lists/NONE/picks",
        "/api/v1/picks/0",
        "/api/v1/editions/0",
    ] {
        assert_refused(&room.editor.get(path), 404);
    }
    assert_refused(&room.editor.get("/api/v1/lists/reading/picks?stage=new"), 400);
    assert_refused(&room.editor.get("/api/v1/lists/reading/picks?cursor=unplaced.1.2"), 400);
}

async fn lists_are_changed_archived_and_restored(database: TestDatabase) {
    let room = Room::open(database, &[]).await;
    for name in ["One", "Two"] {
        room.make_list(&json!({"name": name, "rules": {"target": 5}}));
    }
    let two = "/api/v1/lists/two";
    let admin = |method: &str, path: &str, body: &Value| {
        let tag = room.admin.get(path).header("etag").unwrap_or_default().to_owned();
        room.admin.send(method, path, &body.to_string(), &[("If-Match", &tag)])
    };
    let changed = admin(
        "PATCH",
        two,
        &json!({"name": "Zwei", "language": "de-AT", "rules": {"target": null}, "place": 1}),
    );
    assert_eq!(changed.status, 200, "{}", changed.text());
    let told = changed.json();
    assert_eq!(
        (&told["name"], &told["language"], &told["rules"]["target"]),
        (&json!("Zwei"), &json!("de"), &Value::Null)
    );
    assert_eq!(ids(&room.get("/api/v1/lists")), ["two", "one"]);
    assert_ne!(admin("DELETE", two, &json!({})).json()["archived_at"], Value::Null);
    assert_refused(&room.editor.send("POST", &format!("{two}/editions"), "{}", &[]), 409);
    assert_eq!(ids(&room.get("/api/v1/lists")), ["one", "two"]);
    assert_eq!(
        room.admin.send("POST", &format!("{two}/restore"), "", &[]).json()["archived_at"],
        Value::Null
    );
    let made = room.post(
        &format!("{two}/editions"),
        &json!({"title": "Spring", "due_at": "2026-04-01T00:00:00Z"}),
    );
    let edition = format!("/api/v1/editions/{}", made["edition"]["id"].as_str().unwrap());
    let changed = room.patch(&edition, &json!({"title": "Summer", "intro": "Hello.", "due_at": null}));
    assert_eq!(changed.json()["edition"]["title"], "Summer", "{}", changed.text());
    assert_refused(&room.editor.send("DELETE", &edition, "", &[]), 428);
    assert_eq!(
        room.editor.send("DELETE", &edition, "", &[("If-Match", "*")]).status,
        204
    );
    assert_refused(&room.editor.get(&edition), 404);
}

async fn picks_and_editions_are_paged(database: TestDatabase) {
    let room = Room::open(database, &STORIES).await;
    room.make_list(&json!({"name": "Reading"}));
    let picks = room.pick_all("reading", &STORIES);
    for _ in 0..3 {
        room.post("/api/v1/lists/reading/editions", &json!({}));
    }
    for (path, expected) in [
        ("/api/v1/lists/reading/picks?stage=unplaced&limit=1", picks.clone()),
        (
            "/api/v1/lists/reading/picks?limit=1",
            picks.iter().rev().cloned().collect(),
        ),
        (
            "/api/v1/lists/reading/picks?stage=draft&limit=1",
            picks.iter().rev().cloned().collect(),
        ),
        (
            "/api/v1/lists/reading/editions?limit=1",
            ids(&room.get("/api/v1/lists/reading/editions")),
        ),
    ] {
        let (mut seen, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next {
            let answer = room.editor.get(&path);
            seen.extend(ids(&answer.json()));
            next = answer.next();
        }
        assert_eq!(seen, expected, "{path}");
    }
}

fn assert_refused(answer: &Answer, status: u16) {
    assert_problem(answer, status, answer.text());
}

#[test]
fn lists_are_made_and_what_is_due_is_published_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let made = docent(
        folder.path(),
        &[
            "list",
            "add",
            "What We're Reading",
            "--cadence",
            "fri 9:00 Europe/London",
            "--target",
            "5",
        ],
    );
    assert_eq!(
        (made.code, made.out.as_str()),
        (Some(0), "made the list what-we-re-reading\n"),
        "{}",
        made.err
    );
    for (arguments, expected) in [
        (
            &["list", "add", "What we're reading"][..],
            "there is a list what-we-re-reading already",
        ),
        (&["list", "add", "読書"], "choose one with --slug"),
        (
            &["list", "add", "Reading", "--cadence", "Fridays 9 UTC"],
            "no time of day: \"9\"",
        ),
        (&["list", "add", "Reading", "--language", "english"], "no language code"),
        (&["publish"], "--due"),
    ] {
        let refused = docent(folder.path(), arguments);
        assert_ne!(refused.code, Some(0), "{arguments:?}");
        assert!(refused.err.contains(expected), "{arguments:?}: {}", refused.err);
    }
    let listed = docent(folder.path(), &["list", "list", "--json"]).json();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["cadence"]),
        (&json!("what-we-re-reading"), &json!("Fridays 09:00 Europe/London"))
    );
    assert!(
        docent(folder.path(), &["list", "list"])
            .out
            .contains("Fridays 09:00 Europe/London")
    );
    assert_eq!(docent(folder.path(), &["publish", "--due"]).out, "nothing is due\n");
}
