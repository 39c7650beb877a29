//! Sources by the API: an address is asked about, what was found is added, changed, polled and retired.

use docent::domain::editor::Role;
use docent::worker::inquiries;
use serde_json::{Value, json};

use crate::support::app::{SignedIn, TestApp, feed};
use crate::support::database::TestDatabase;
use crate::support::site::Reply;

crate::on_both_databases!(
    an_address_is_looked_into_and_what_was_found_is_added_and_polled_at_once,
    what_was_tried_in_vain_is_told,
    a_page_is_read_by_the_selectors_that_somebody_tries,
    a_source_that_is_there_already_is_named_and_not_added_twice,
    a_source_is_changed_by_whoever_knows_what_it_is_now,
    a_source_that_the_file_declares_can_only_be_paused,
    a_retired_source_keeps_its_stories_and_may_come_back,
    what_cannot_be_an_address_is_refused_with_its_place,
);

async fn an_address_is_looked_into_and_what_was_found_is_added_and_polled_at_once(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let editor = app.as_editor(Role::Editor).await;
    app.site.put(
        "/",
        Reply::page("<link rel=alternate type=application/rss+xml href=/feed><h1>Museum</h1>"),
    );
    app.site.put(
        "/feed",
        Reply::feed(feed("museum", &[("A roof", "It leaks."), ("A door", "It creaks.")])),
    );
    let inquiry = asked(&app, &editor, &app.site.link("/").to_string()).await;
    let found = &inquiry["found"];
    assert_eq!(
        (&found["name"], &found["kind"], &found["entries"]),
        (&json!("museum"), &json!("feed"), &json!(2))
    );
    assert_eq!(found["newest"][0]["title"], "A roof");

    let wish = json!({"inquiry": inquiry["id"], "name": "The Museum"}).to_string();
    let added = editor.send("POST", "/api/v1/sources", &wish, &[]);
    assert_eq!((added.status, added.json()["id"].clone()), (201, json!("museum")));
    let polled = app.worker.poll_due().await;
    assert_eq!(polled.iter().map(|report| report.items).collect::<Vec<_>>(), [2]);
    let source = editor.get("/api/v1/sources/museum").json();
    assert_eq!(
        (&source["source"]["name"], &source["source"]["health"]),
        (&json!("The Museum"), &json!("healthy"))
    );
}

async fn what_was_tried_in_vain_is_told(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let editor = app.as_editor(Role::Editor).await;
    app.site.put("/", Reply::page("<h1>Nothing is listed here</h1>"));
    let inquiry = asked(&app, &editor, &app.site.link("/").to_string()).await;
    assert_eq!((&inquiry["answered"], &inquiry["found"]), (&json!(true), &Value::Null));
    assert!(
        inquiry["tried"].as_array().is_some_and(|tried| tried.len() > 1),
        "{inquiry}"
    );
    let wish = json!({"inquiry": inquiry["id"]}).to_string();
    assert_eq!(editor.send("POST", "/api/v1/sources", &wish, &[]).status, 409);
}

async fn a_page_is_read_by_the_selectors_that_somebody_tries(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let editor = app.as_editor(Role::Editor).await;
    let list = "<ul><li class=n><a href=/one>One thing happened</a></li><li class=n><a href=/two>Two did</a></li></ul>";
    app.site.put("/news", Reply::page(list));
    let selectors = json!({"item": ["li.n"], "title": ["a"], "link": ["a@href"]});
    let wish = json!({"link": app.site.link("/news").to_string(), "selectors": selectors});
    let inquiry = answered(&app, &editor, &wish).await;
    assert_eq!(
        (&inquiry["found"]["kind"], &inquiry["found"]["entries"]),
        (&json!("page"), &json!(2))
    );
    let broken = json!({"link": app.site.link("/news").to_string(), "selectors": {"item": ["li.gone"]}});
    let inquiry = answered(&app, &editor, &broken).await;
    assert_eq!(inquiry["found"], Value::Null);
}

async fn a_source_that_is_there_already_is_named_and_not_added_twice(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("A roof", "It leaks.")]).await;
    let editor = app.as_editor(Role::Editor).await;
    let inquiry = asked(&app, &editor, &app.site.link("/gazette").to_string()).await;
    assert_eq!(inquiry["source"], "gazette");
    let wish = json!({"inquiry": inquiry["id"]}).to_string();
    let refused = editor.send("POST", "/api/v1/sources", &wish, &[]);
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("gazette"), "{}", refused.text());
}

async fn a_source_is_changed_by_whoever_knows_what_it_is_now(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("A roof", "It leaks.")]).await;
    let editor = app.as_editor(Role::Editor).await;
    let seen = editor.get("/api/v1/sources/gazette");
    let tag = seen.header("etag").unwrap().to_owned();
    let change = json!({"name": "The Gazette", "exclude": ["job"], "topics": ["press"], "paused": true}).to_string();
    let path = "/api/v1/sources/gazette";
    assert_eq!(editor.send("PATCH", path, &change, &[]).status, 428);
    let changed = editor.send("PATCH", path, &change, &[("If-Match", &tag)]);
    assert_eq!(
        (changed.status, changed.json()["name"].clone()),
        (200, json!("The Gazette"))
    );
    let late = editor.send("PATCH", path, "{\"name\":\"Mine\"}", &[("If-Match", &tag)]);
    assert_eq!(
        (late.status, late.json()["current"]["name"].clone()),
        (412, json!("The Gazette"))
    );
    let asked = editor.send("POST", &format!("{path}/poll"), "", &[]);
    assert_eq!(asked.status, 409, "it is paused");
    let null = editor.send("PATCH", path, "{\"name\":null}", &[("If-Match", "*")]);
    assert_eq!(null.status, 422);
}

async fn a_source_that_the_file_declares_can_only_be_paused(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("A roof", "It leaks.")]).await;
    let editor = app.as_editor(Role::Editor).await;
    let declared = app.worker.source("gazette").await.declared;
    let store = &app.database.store;
    store
        .lay_sources_over(&[declared], app.worker.now(), |_, _| app.worker.now())
        .await
        .unwrap();
    let path = "/api/v1/sources/gazette";
    let renamed = editor.send("PATCH", path, "{\"name\":\"Mine\"}", &[("If-Match", "*")]);
    let paused = editor.send("PATCH", path, "{\"paused\":true}", &[("If-Match", "*")]);
    let retired = editor.send("PATCH", path, "{\"retired\":true}", &[("If-Match", "*")]);
    assert_eq!((renamed.status, paused.status, retired.status), (409, 200, 409));
}

async fn a_retired_source_keeps_its_stories_and_may_come_back(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("A roof", "It leaks.")]).await;
    let editor = app.as_editor(Role::Editor).await;
    let patch = |retired: bool| {
        let body = json!({ "retired": retired }).to_string();
        editor.send("PATCH", "/api/v1/sources/gazette", &body, &[("If-Match", "*")])
    };
    assert_eq!(patch(true).status, 200);
    app.worker.pass(std::time::Duration::from_hours(48));
    assert_eq!(app.worker.poll_due().await.len(), 0);
    assert_eq!(
        editor.get("/api/v1/stories").json()["items"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!((patch(false).status, app.worker.poll_due().await.len()), (200, 1));
}

async fn what_cannot_be_an_address_is_refused_with_its_place(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let editor = app.as_editor(Role::Editor).await;
    for link in ["", "museum", "ftp://museum.example/", "javascript:alert(1)"] {
        let refused = editor.send("POST", "/api/v1/inquiries", &json!({"link": link}).to_string(), &[]);
        assert_eq!(
            (refused.status, refused.json()["errors"][0]["pointer"].clone()),
            (422, json!("/link")),
            "{link}"
        );
    }
    let bare = editor.send("POST", "/api/v1/inquiries", "{\"link\":\"museum.example\"}", &[]);
    assert_eq!(
        (bare.status, bare.json()["link"].clone()),
        (202, json!("https://museum.example/"))
    );
}

/// What came of asking about `link`, once the worker has looked.
async fn asked(app: &TestApp, editor: &SignedIn, link: &str) -> Value {
    answered(app, editor, &json!({ "link": link })).await
}

async fn answered(app: &TestApp, editor: &SignedIn, wish: &Value) -> Value {
    let asked = editor.send("POST", "/api/v1/inquiries", &wish.to_string(), &[]);
    assert_eq!(asked.status, 202, "{}", asked.text());
    assert_eq!(inquiries::once(&app.worker.tools).await.unwrap(), 1);
    editor.get(asked.header("location").unwrap()).json()
}
