//! Settings and the first set-up as a browser without script uses them.

use docent::domain::editor::Role;
use docent::domain::site::Theme;

use crate::support::app::TestApp;
use crate::support::browser::{FORM, form};
use crate::support::database::TestDatabase;
use crate::support::http::{ask, send};
use crate::support::program::Serving;

crate::on_both_databases!(
    somebody_is_invited_by_a_link_that_is_shown_once_and_shut_out_again,
    a_token_is_shown_once_and_revoked,
    the_site_is_set_and_its_faults_are_told_beside_their_fields,
    keys_are_changed_and_conflicts_told,
    the_desk_looks_as_its_editor_likes,
    a_password_is_changed_by_who_knows_it,
    everything_can_be_taken_away,
);

async fn somebody_is_invited_by_a_link_that_is_shown_once_and_shut_out_again(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let admin = app.as_editor(Role::Admin).await;
    let path = "/desk/settings/people";
    let invited = form(
        &admin,
        path,
        &[("name", "bea"), ("shown_name", "Bea Builder"), ("role", "editor")],
    );
    assert!(invited.text().contains("/invitations/"), "{}", invited.text());
    assert!(!admin.get(path).text().contains("/invitations/"));
    let twice = form(&admin, path, &[("name", "bea"), ("role", "editor")]);
    assert!(
        twice.status == 422 && twice.text().contains("id=\"e-name\""),
        "{}",
        twice.text()
    );
    let editors = app.database.store.editors_after(0, 100).await.unwrap();
    let bea = editors
        .iter()
        .find(|editor| editor.name.as_str() == "bea")
        .unwrap()
        .public_id
        .clone();
    assert_eq!(form(&admin, &format!("{path}/{bea}"), &[("act", "out")]).status, 303);
    assert!(
        app.database
            .store
            .editor(&bea)
            .await
            .unwrap()
            .unwrap()
            .disabled_at
            .is_some()
    );
}

async fn a_token_is_shown_once_and_revoked(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let editor = app.as_editor(Role::Editor).await;
    let path = "/desk/settings/tokens";
    let made = form(
        &editor,
        path,
        &[("name", "a script"), ("days", "90"), ("scope", "read")],
    );
    let secret = made
        .text()
        .split("id=\"secret\">")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    let bearer = format!("Bearer {secret}");
    let asked = || {
        app.send("GET", "/api/v1/session", "", &[("Authorization", &bearer)])
            .status
    };
    assert_eq!(asked(), 200);
    assert!(!editor.get(path).text().contains(&secret));
    let wide = form(&editor, path, &[("name", "too wide"), ("scope", "admin")]);
    assert!(
        wide.status == 422 && wide.text().contains("value=\"too wide\""),
        "{}",
        wide.text()
    );
    let token = app
        .database
        .store
        .tokens_after(editor.editor.id, 0, 10)
        .await
        .unwrap()
        .remove(0)
        .public_id;
    assert_eq!(form(&editor, &format!("{path}/{token}"), &[]).status, 303);
    assert_eq!(asked(), 401);
}

async fn the_site_is_set_and_its_faults_are_told_beside_their_fields(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let admin = app.as_editor(Role::Admin).await;
    let path = "/desk/settings/site";
    let fields = |accent: &'static str, zone: &'static str| {
        [
            ("name", "Weekly"),
            ("tagline", "What matters"),
            ("home", "museum.example"),
            ("accent", accent),
            ("time_zone", zone),
            ("language", "en"),
        ]
    };
    let told = form(&admin, path, &fields("red", "Mars/Base"));
    assert_eq!(told.status, 422);
    for part in ["id=\"e-accent\"", "id=\"e-time_zone\"", "value=\"What matters\""] {
        assert!(told.text().contains(part), "{part}: {}", told.text());
    }
    assert_eq!(form(&admin, path, &fields("#102030", "Europe/Lisbon")).status, 303);
    let site = app.database.store.site().await.unwrap();
    assert_eq!(
        (site.name.as_str(), site.time_zone.as_str()),
        ("Weekly", "Europe/Lisbon")
    );
}

async fn keys_are_changed_and_conflicts_told(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let editor = app.as_editor(Role::Contributor).await;
    let told = form(&editor, "/desk/keys", &[("hold", "e"), ("dismiss", "e")]);
    assert!(
        told.status == 422 && told.text().contains("id=\"w-hold\""),
        "{}",
        told.text()
    );
    assert_eq!(
        form(&editor, "/desk/keys", &[("hold", "h"), ("dismiss", "e"), ("note", "")]).status,
        303
    );
    let kept = app.database.store.preferences(editor.editor.id).await.unwrap().keys;
    let kept: Vec<(&str, &str)> = kept.iter().map(|(name, key)| (name.as_str(), key.as_str())).collect();
    assert_eq!(kept, [("hold", "h"), ("note", "")]);
    form(&editor, "/desk/keys", &[("usual", "1")]);
    assert!(
        app.database
            .store
            .preferences(editor.editor.id)
            .await
            .unwrap()
            .keys
            .is_empty()
    );
}

async fn the_desk_looks_as_its_editor_likes(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let editor = app.as_editor(Role::Contributor).await;
    form(
        &editor,
        "/desk/settings/appearance",
        &[("theme", "dark"), ("rows", "dense")],
    );
    let liked = app.database.store.preferences(editor.editor.id).await.unwrap();
    assert_eq!((liked.theme, liked.dense), (Theme::Dark, true));
    assert!(editor.get("/desk").text().contains("data-theme=\"dark\""));
}

async fn a_password_is_changed_by_who_knows_it(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let editor = app.as_editor(Role::Editor).await;
    let fields = [("current", "not it at all"), ("new", "a gallery of large ones")];
    let wrong = form(&editor, "/desk/settings/password", &fields);
    assert!(
        wrong.status == 422 && wrong.text().contains("id=\"e-current\""),
        "{}",
        wrong.text()
    );
    let left = form(&editor, "/desk/settings/sessions", &[("all", "1")]);
    assert_eq!(
        (left.header("location"), editor.get("/desk").status),
        (Some("/login"), 303)
    );
}

async fn everything_can_be_taken_away(database: TestDatabase) {
    let app = TestApp::with_stories(database, &[("A roof", "It leaks."), ("A door", "It creaks.")]).await;
    let editor = app.as_editor(Role::Editor).await;
    let stories = editor.get("/desk/export/stories.jsonl");
    assert_eq!(stories.text().lines().count(), 2, "{}", stories.text());
    assert!(
        editor
            .get("/desk/export/sources.toml")
            .text()
            .contains("id = \"gazette\"")
    );
    for name in ["decisions.jsonl", "picks.jsonl"] {
        assert_eq!(editor.get(&format!("/desk/export/{name}")).status, 200, "{name}");
    }
    assert_eq!(editor.get("/desk/export/passwords").status, 404);
}

#[test]
fn the_first_link_sets_everything_up_and_loses_nothing_on_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sources.toml");
    let source =
        |id: &str| format!("[[source]]\nid = \"{id}\"\nname = \"The {id}\"\nlink = \"http://127.0.0.1:9/{id}\"\n");
    std::fs::write(&file, source("gazette") + &source("courier")).unwrap();
    let mut serving = Serving::start_alone(folder.path(), &["--sources", file.to_str().unwrap()]);
    let link = serving.read_line();
    let path = format!("/setup/{}", link.trim().rsplit("/setup/").next().unwrap());
    let shown = ask(serving.address, "GET", &path, &[]);
    assert!(
        shown.text().contains("The gazette") && shown.text().contains("What We&#39;re Reading"),
        "{}",
        shown.text()
    );
    let sent = |zone: &str, cookie: &str| {
        let fields = [
            ("site", "Weekly"),
            ("time_zone", zone),
            ("name", "ada"),
            ("shown_name", "Ada"),
            ("password", "a museum of small things"),
            ("list", "What We're Reading"),
            ("cadence", "Fridays"),
            ("starters", "1"),
            ("source", "gazette"),
        ];
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        send(
            serving.address,
            "POST",
            &path,
            body.as_bytes(),
            &[FORM, ("Cookie", cookie)],
        )
    };
    let told = sent("Mars/Base", "");
    assert_eq!(told.status, 422);
    for part in [
        "value=\"Weekly\"",
        "value=\"Mars/Base\"",
        "id=\"e-time_zone\"",
        "value=\"gazette\" checked",
        "value=\"courier\">",
    ] {
        assert!(told.text().contains(part), "{part}: {}", told.text());
    }
    assert!(!told.text().contains("small things"), "a password is never sent back");
    let entered = sent("Europe/Lisbon", "");
    assert_eq!((entered.status, entered.header("location")), (303, Some("/desk")));
    let cookie = entered
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let get = |path: &str| ask(serving.address, "GET", path, &[("Cookie", &cookie)]);
    assert!(get("/desk").text().contains("Weekly"));
    assert!(get("/desk/settings/site").text().contains("Europe/Lisbon"));
    let list = get("/api/v1/lists").json()["items"][0].clone();
    assert_eq!(
        (&list["name"], &list["rules"]["cadence"]),
        (&"What We're Reading".into(), &"Fridays 09:00 Europe/Lisbon".into())
    );
    let paused = |id: &str| get(&format!("/api/v1/sources/{id}")).json()["source"]["paused"].clone();
    assert_eq!((paused("gazette"), paused("courier")), (false.into(), true.into()));
    assert_eq!(sent("Europe/Lisbon", "").status, 404, "it works once");
}
