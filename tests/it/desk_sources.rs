//! The desk's sources as a browser without script uses them.

use docent::domain::editor::Role;
use docent::worker::inquiries;

use crate::support::app::{SignedIn, TestApp, feed};
use crate::support::browser::form;
use crate::support::database::TestDatabase;
use crate::support::site::Reply;
use crate::support::worker::slug;

crate::on_both_databases!(
    a_source_is_added_by_the_address_of_its_site_in_two_forms,
    many_lines_are_told_before_anything_is_added,
    the_table_is_narrowed_and_what_was_chosen_is_paused,
    a_rule_is_tried_on_what_is_stored_and_then_saved,
    what_cannot_be_used_is_told_beside_its_field_and_nothing_typed_is_lost,
    a_source_is_retired_and_taken_up_again,
    a_month_shows_its_days,
    a_page_elsewhere_is_tipped,
);

async fn a_source_is_added_by_the_address_of_its_site_in_two_forms(database: TestDatabase) {
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
    let asked = form(&editor, "/desk/sources", &[("address", app.site.link("/").as_str())]);
    let place = asked.header("location").unwrap().to_owned();
    assert!(place.starts_with("/desk/inquiries/"), "{place}");
    let waiting = editor.get(&place);
    assert!(
        waiting.text().contains("http-equiv=\"refresh\"") && waiting.text().contains("data-wait"),
        "{}",
        waiting.text()
    );
    inquiries::once(&app.worker.tools).await.unwrap();
    let found = editor.get(&place);
    for part in ["A roof", "A door", "lists 2 entries", "value=\"museum\""] {
        assert!(found.text().contains(part), "{part}: {}", found.text());
    }
    assert!(!found.text().contains("http-equiv=\"refresh\""));
    let added = form(&editor, &place, &[("name", "The Museum")]);
    assert_eq!(
        (added.status, added.header("location")),
        (303, Some("/desk/sources/museum"))
    );
    assert!(
        editor
            .get("/desk/sources/museum")
            .text()
            .contains("being read just now")
    );
    app.worker.poll_due().await;
    let page = editor.get("/desk/sources/museum");
    assert!(
        page.text().contains("A roof") && page.text().contains("1 polls, none failed, 2 new"),
        "{}",
        page.text()
    );
    let again = form(
        &editor,
        "/desk/sources",
        &[("address", app.site.link("/feed").as_str())],
    );
    assert_eq!(again.header("location"), Some("/desk/sources/museum?did=known"));
}

async fn many_lines_are_told_before_anything_is_added(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("A roof", "It leaks.")]).await;
    let editor = app.as_editor(Role::Editor).await;
    let text = format!("{}\nnews.example/feed\nno address at all", app.site.link("/gazette"));
    let told = form(&editor, "/desk/sources/import", &[("text", &text)]);
    for part in [
        "1 new, 1 read already, 1 that could not be read",
        "https://news.example/feed",
        "no address at all",
    ] {
        assert!(told.text().contains(part), "{part}: {}", told.text());
    }
    assert_eq!(app.database.store.sources().await.unwrap().len(), 1);
    let fields = [
        ("text", text.as_str()),
        ("id", "https://news.example/feed"),
        ("all", "add"),
    ];
    let added = form(&editor, "/desk/sources/import", &fields);
    assert_eq!(added.header("location"), Some("/desk/sources?did=add&to=1"));
    assert_eq!(app.database.store.sources().await.unwrap().len(), 2);
    let opml = "<opml version=\"2.0\"><body><outline text=\"Post\" xmlUrl=\"https://post.example/rss\"/></body></opml>";
    let wish = serde_json::json!({"text": opml, "dry_run": true}).to_string();
    let told = editor.send("POST", "/api/v1/sources/import", &wish, &[]).json();
    assert_eq!(
        (&told["items"][0]["name"], &told["items"][0]["state"]),
        (&"Post".into(), &"new".into())
    );
    let wish = serde_json::json!({"text": opml}).to_string();
    let done = editor.send("POST", "/api/v1/sources/import", &wish, &[]).json();
    assert_eq!(done["items"][0]["source"], "post");
}

async fn the_table_is_narrowed_and_what_was_chosen_is_paused(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("A roof", "It leaks.")]).await;
    app.collect("courier", &[("A door", "It creaks.")]).await;
    let editor = app.as_editor(Role::Editor).await;
    let rows = |path: &str| {
        let page = editor.get(path);
        let has = |id: &str| page.text().contains(&format!("id=\"source-{id}\""));
        (has("courier"), has("gazette"))
    };
    assert_eq!(rows("/desk/sources"), (true, true));
    assert_eq!(rows("/desk/sources?q=GAZ"), (false, true));
    assert_eq!(rows("/desk/sources?q=100%25"), (false, false));
    let done = form(
        &editor,
        "/desk/sources/acts",
        &[("id", "gazette"), ("all", "pause"), ("back", "/desk/sources?sort=week")],
    );
    assert_eq!(done.header("location"), Some("/desk/sources?sort=week&did=pause&to=1"));
    assert_eq!(rows("/desk/sources?health=paused&sort=picked"), (false, true));
    assert!(
        editor
            .get("/desk/sources?did=pause&to=1")
            .text()
            .contains("Paused 1 source.")
    );
    form(&editor, "/desk/sources/acts", &[("id", "gazette"), ("all", "resume")]);
    assert_eq!(rows("/desk/sources?health=paused"), (false, false));
}

async fn a_rule_is_tried_on_what_is_stored_and_then_saved(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("A roof", "It leaks."), ("A job", "Guards wanted.")]).await;
    let editor = app.as_editor(Role::Editor).await;
    let version = version(&editor);
    let fields = [
        ("version", version.as_str()),
        ("name", "Gazette"),
        ("exclude", "JOB"),
        ("topics", "press, roofs"),
        ("cap_per_day", "20"),
    ];
    let tried = form(&editor, "/desk/sources/gazette/trial", &fields);
    assert!(
        tried.text().contains("would take 1 and leave out 1"),
        "{}",
        tried.text()
    );
    let store = &app.database.store;
    assert!(
        store
            .source(&slug("gazette"))
            .await
            .unwrap()
            .unwrap()
            .declared
            .rules
            .exclude
            .is_empty()
    );
    assert_eq!(form(&editor, "/desk/sources/gazette", &fields).status, 303);
    let saved = store.source(&slug("gazette")).await.unwrap().unwrap();
    assert_eq!(saved.declared.rules.exclude, ["JOB"]);
    assert_eq!(
        (saved.declared.name.as_str(), saved.declared.rules.cap_per_day),
        ("Gazette", Some(20))
    );
    assert_eq!(saved.declared.topics, ["press", "roofs"]);
    assert!(saved.memory.validators.is_none(), "by other rules it comes whole once");
    let late = form(&editor, "/desk/sources/gazette", &fields);
    assert_eq!(late.status, 422, "somebody saved it meanwhile");
}

async fn what_cannot_be_used_is_told_beside_its_field_and_nothing_typed_is_lost(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("A roof", "It leaks.")]).await;
    let editor = app.as_editor(Role::Editor).await;
    let version = version(&editor);
    let fields = [
        ("version", version.as_str()),
        ("name", "My own name"),
        ("every", "often"),
        ("cap_per_day", "many"),
    ];
    let told = form(&editor, "/desk/sources/gazette", &fields);
    assert_eq!(told.status, 422);
    for part in [
        "value=\"My own name\"",
        "value=\"often\"",
        "id=\"e-every\"",
        "id=\"e-cap_per_day\"",
    ] {
        assert!(told.text().contains(part), "{part}: {}", told.text());
    }
    let bad = form(&editor, "/desk/sources", &[("address", "the museum")]);
    assert!(bad.text().contains("not an address") && bad.text().contains("value=\"the museum\""));
}

async fn a_source_is_retired_and_taken_up_again(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("A roof", "It leaks.")]).await;
    let editor = app.as_editor(Role::Editor).await;
    let act = |act: &str| form(&editor, "/desk/sources/gazette/acts", &[("act", act)]).status;
    let retired = async || {
        app.database
            .store
            .source(&slug("gazette"))
            .await
            .unwrap()
            .unwrap()
            .retired_at
            .is_some()
    };
    assert_eq!((act("retire"), retired().await), (303, true));
    assert!(
        editor
            .get("/desk/sources?health=retired")
            .text()
            .contains("id=\"source-gazette\"")
    );
    assert_eq!((act("restore"), retired().await), (303, false));
    assert_eq!(
        editor.send("POST", "/api/v1/sources/gazette/move-back", "", &[]).status,
        409
    );
}

async fn a_month_shows_its_days(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("A roof", "It leaks.")]).await;
    let editor = app.as_editor(Role::Editor).await;
    let page = editor.get("/desk/month");
    for part in [
        "March 2026",
        "2 March: 1 story, 0 picks",
        "after%3A2026-03-02+before%3A2026-03-03",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert!(
        editor
            .get("/desk/month?of=2026-02")
            .text()
            .contains("0 stories, 0 picks")
    );
}

async fn a_page_elsewhere_is_tipped(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let contributor = app.as_editor(Role::Contributor).await;
    let shown = contributor.get("/desk/tip?text=See+https://press.example/roof");
    assert!(shown.text().contains("value=\"https://press.example/roof\""));
    let taken = form(&contributor, "/desk/tip", &[("url", "https://press.example/roof")]);
    let story = taken.header("location").unwrap().to_owned();
    assert!(story.starts_with("/desk/stories/"), "{story}");
    assert_eq!(
        form(&contributor, "/desk/tip", &[("url", "https://press.example/roof")]).header("location"),
        Some(story.as_str())
    );
    let front = form(&contributor, "/desk/tip", &[("url", "https://press.example/")]);
    assert!(
        front.status == 422 && front.text().contains("front page"),
        "{}",
        front.text()
    );
    assert_eq!(
        app.get("/manifest.webmanifest").json()["share_target"]["action"],
        "/desk/tip"
    );
}

fn version(editor: &SignedIn) -> String {
    let page = editor.get("/desk/sources/gazette");
    let rest = page
        .text()
        .split("name=\"version\" value=\"")
        .nth(1)
        .unwrap()
        .to_owned();
    rest.split('"').next().unwrap().to_owned()
}
