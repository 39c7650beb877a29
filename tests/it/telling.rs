//! Webhooks and the stream of events, asked for over HTTP.

use docent::domain::editor::Role;
use docent::worker::outbox;
use serde_json::{Value, json};

use crate::api::assert_problem;
use crate::on_both_databases;
use crate::support::app::{SignedIn, TestApp};
use crate::support::database::TestDatabase;
use crate::support::site::Reply;

on_both_databases!(
    a_webhook_is_added_tested_changed_and_deleted,
    an_address_that_must_not_be_called_is_refused_with_a_sentence,
    a_stream_goes_on_behind_the_last_event_known,
);

fn add(app: &TestApp, admin: &SignedIn, path: &str) -> Value {
    let link = app.site.link(path);
    let body = json!({ "name": "Ours", "link": link.as_str() }).to_string();
    let added = admin.send("POST", "/api/v1/webhooks", &body, &[]);
    assert_eq!(added.status, 201, "{}", added.text());
    added.json()
}

async fn a_webhook_is_added_tested_changed_and_deleted(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let admin = app.as_editor(Role::Admin).await;
    app.site
        .put_sequence("/hook", vec![Reply::status(500), Reply::status(200)]);
    let added = add(&app, &admin, "/hook");
    assert!(added["secret"].as_str().unwrap().starts_with("whsec_"));
    let path = format!("/api/v1/webhooks/{}", added["webhook"]["id"].as_str().unwrap());
    let shown = admin.get(&path);
    assert_eq!(
        (&shown.json(), shown.text().contains("whsec")),
        (&added["webhook"], false)
    );

    let test = admin.send("POST", &format!("{path}/test"), "", &[]);
    assert_eq!((test.status, &test.json()["state"]), (202, &json!("waiting")));
    outbox::once(&app.worker.tools).await.unwrap();
    let log = admin.get(&format!("{path}/deliveries")).json();
    let delivery = &log["items"][0];
    assert_eq!(
        (&delivery["status"], &delivery["state"]),
        (&json!(500), &json!("waiting"))
    );
    let retry = format!("/api/v1/deliveries/{}/retry", delivery["id"].as_str().unwrap());
    assert_eq!(admin.send("POST", &retry, "", &[]).status, 202);
    outbox::once(&app.worker.tools).await.unwrap();
    let log = admin.get(&format!("{path}/deliveries")).json();
    assert_eq!(
        (&log["items"][0]["state"], log["items"].as_array().unwrap().len()),
        (&json!("done"), 1)
    );

    let patch = r#"{"enabled":false,"kinds":["pick.published"]}"#;
    assert_problem(&admin.send("PATCH", &path, patch, &[]), 428, "If-Match");
    let tag = shown.header("etag").unwrap();
    let changed = admin.send("PATCH", &path, patch, &[("If-Match", tag)]);
    assert_eq!(
        (changed.status, &changed.json()["enabled"]),
        (200, &json!(false)),
        "{}",
        changed.text()
    );
    assert_problem(
        &admin.send("PATCH", &path, patch, &[("If-Match", tag)]),
        412,
        "meanwhile",
    );
    assert_eq!(admin.send("POST", &format!("{path}/test"), "", &[]).status, 409);
    let tag = changed.header("etag").unwrap();
    assert_eq!(admin.send("DELETE", &path, "", &[("If-Match", tag)]).status, 204);
    assert_eq!(admin.get(&path).status, 404);
    assert_eq!(admin.get("/api/v1/webhooks").json()["items"], json!([]));
}

async fn an_address_that_must_not_be_called_is_refused_with_a_sentence(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let admin = app.as_editor(Role::Admin).await;
    for (link, told) in [
        ("http://10.0.0.1/hook", "10.0.0.1 is not a public address"),
        ("http://[::1]/hook", "::1 is not a public address"),
        ("https://169.254.169.254/", "169.254.169.254 is not a public address"),
        ("ftp://example.org/", "not an address of the web"),
        ("hook", "not an address of the web"),
    ] {
        let body = json!({ "name": "Ours", "link": link }).to_string();
        let refused = admin.send("POST", "/api/v1/webhooks", &body, &[]);
        assert_eq!(refused.status, 422, "{link}");
        let fault = &refused.json()["errors"][0];
        assert_eq!(fault["pointer"], "/link");
        assert!(fault["detail"].as_str().unwrap().contains(told), "{fault}");
    }
}

/// The lines of a stream that ends at once, since the program stops.
fn stream(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Vec<(String, String)> {
    let answer = app.ask("GET", path, headers);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let field = |event: &str, name: &str| {
        let line = event.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    let events = answer.text().split("\n\n").filter(|event| event.contains("event:"));
    events
        .map(|event| (field(event, "event:"), field(event, "id:")))
        .collect()
}

async fn a_stream_goes_on_behind_the_last_event_known(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let admin = app.as_editor(Role::Admin).await;
    app.stop.cancel();
    let webhook = add(&app, &admin, "/hook");
    let test = format!("/api/v1/webhooks/{}/test", webhook["webhook"]["id"].as_str().unwrap());
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(
            admin.send("POST", &test, "", &[]).json()["event"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    let told = |id: &String| ("webhook.test".to_owned(), id.clone());
    let events = "/api/v1/events";
    assert_eq!(stream(&app, events, &[]), [], "it begins now");
    assert_eq!(
        stream(&app, events, &[("Last-Event-ID", &ids[0])]),
        [told(&ids[1]), told(&ids[2])]
    );
    assert_eq!(
        stream(&app, &format!("{events}?after={}", ids[1]), &[]),
        [told(&ids[2])]
    );
    assert_eq!(stream(&app, events, &[("Last-Event-ID", &ids[2])]), []);
    let reset = vec![("reset".to_owned(), ids[2].clone())];
    let unknown = "0195f3a0-0000-7000-8000-000000000000";
    assert_eq!(stream(&app, events, &[("Last-Event-ID", unknown)]), reset);
    let later = app.worker.now().plus(std::time::Duration::from_secs(1));
    assert_eq!(app.database.store.forget_events(later).await.unwrap(), 3);
    let swept = stream(&app, events, &[("Last-Event-ID", &ids[0])]);
    assert_eq!(swept, [("reset".to_owned(), String::new())]);
}
