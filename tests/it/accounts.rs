//! Editors, their sessions, tokens and passwords.

use std::time::{Duration, Instant};

use docent::app::{fresh_id, fresh_secret};
use docent::domain::editor::{EditorName, Role, Scope, ShownName};
use docent::store::editors::NewEditor;
use serde_json::{Value, json};

use crate::api::assert_problem;
use crate::on_both_databases;
use crate::support::app::{SignedIn, TestApp};
use crate::support::database::TestDatabase;
use crate::support::http::Answer;
use crate::support::program::{Serving, docent};

const PASSWORD: &str = "a museum of small things";
const OTHER: &str = "a gallery of large ones";

on_both_databases!(
    a_route_is_closed_until_somebody_signs_in,
    who_signs_in_has_a_session_until_they_sign_out,
    an_old_cookie_is_dead_after_each_change,
    a_session_ends_by_itself,
    who_is_shut_out_is_out_at_once,
    guessing_is_slowed_down_alike_for_known_and_unknown_names,
    one_name_is_slowed_down_in_the_network_that_guesses_it,
    the_first_editor_makes_themselves_by_a_link,
    an_invitation_works_once_and_for_a_while,
    the_last_admin_stays_one,
    an_editor_is_changed_by_who_knows_what_they_change,
    a_token_is_shown_once_and_does_no_more_than_it_may,
    sessions_are_listed_and_ended_by_their_owner_only,
    a_request_with_a_key_is_carried_out_once,
    a_request_that_is_sent_many_times_at_once_is_carried_out_once,
    a_body_holds_what_it_may_and_nothing_else,
    the_door_leads_back_to_where_somebody_was,
    forgotten_doors_are_swept,
);

async fn a_route_is_closed_until_somebody_signs_in(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let closed = app.send("GET", "/api/v1/stories", "", &[]);
    assert_problem(&closed, 401, "nobody");
    assert_eq!(closed.header("www-authenticate"), Some("Bearer realm=\"docent\""));
    for role in [Role::Contributor, Role::Editor, Role::Admin] {
        let editor = app.as_editor(role).await;
        assert_eq!(editor.get("/api/v1/stories").status, 200, "{role:?}");
        let program = app.with_token(&editor.editor, &[Scope::Read]).await;
        assert_eq!(program.get("/api/v1/stories").status, 200, "{role:?}");
    }
}

async fn who_signs_in_has_a_session_until_they_sign_out(database: TestDatabase) {
    let app = TestApp::start(database).await;
    with_password(&app, "ada", Role::Editor).await;
    let answer = sign_in(&app, "ada", PASSWORD, &[("User-Agent", "a browser")]);
    assert_eq!((answer.status, &answer.json()["name"]), (200, &json!("ada")));
    let set = answer.header("set-cookie").unwrap();
    assert!(
        set.starts_with("docent=") && set.ends_with("; HttpOnly; SameSite=Lax"),
        "{set}"
    );
    let cookie = answer.cookies()[0];
    let told = app.send("GET", "/api/v1/session", "", &[("Cookie", cookie)]).json();
    assert_eq!(
        (&told["name"], &told["role"], &told["scope"]),
        (&json!("ada"), &json!("editor"), &json!("edit"))
    );
    let secure = app.send(
        "POST",
        "/api/v1/session",
        &json!({"name": " Ada ", "password": PASSWORD}).to_string(),
        &[("Host", "read.museum.example")],
    );
    let set = secure.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-docent=") && set.ends_with("; Secure"), "{set}");

    let out = app.send("DELETE", "/api/v1/session", "", &[("Cookie", cookie)]);
    assert_eq!((out.status, out.cookies()), (204, vec!["docent="]));
    assert_eq!(
        app.send("GET", "/api/v1/session", "", &[("Cookie", cookie)]).status,
        401
    );
}

async fn an_old_cookie_is_dead_after_each_change(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let id = with_password(&app, "ada", Role::Editor).await;
    let admin = app.as_editor(Role::Admin).await;
    let lives = |cookie: &str| app.send("GET", "/api/v1/session", "", &[("Cookie", cookie)]).status == 200;
    let first = cookie(&sign_in(&app, "ada", PASSWORD, &[]));
    let second = cookie(&sign_in(&app, "ada", PASSWORD, &[("Cookie", &first)]));
    assert!(!lives(&first) && lives(&second), "after signing in once more");

    let elsewhere = cookie(&sign_in(&app, "ada", PASSWORD, &[]));
    let change = json!({"current": PASSWORD, "new": OTHER}).to_string();
    let changed = app.send("POST", "/api/v1/password", &change, &[("Cookie", &second)]);
    let third = cookie(&changed);
    assert_eq!(changed.status, 204);
    assert!(
        !lives(&second) && !lives(&elsewhere) && lives(&third),
        "after another password"
    );
    assert_eq!(sign_in(&app, "ada", PASSWORD, &[]).status, 401);
    let wrong = json!({"current": PASSWORD, "new": OTHER}).to_string();
    let refused = app.send("POST", "/api/v1/password", &wrong, &[("Cookie", &third)]);
    assert_problem(&refused, 403, "the current password is another");
    assert!(lives(&third));

    let path = format!("/api/v1/editors/{id}");
    assert_eq!(
        admin
            .send("PATCH", &path, r#"{"shown_name":"Ada L."}"#, &[("If-Match", "*")])
            .status,
        200
    );
    assert!(lives(&third), "another name is no reason");
    assert_eq!(
        admin
            .send("PATCH", &path, r#"{"role":"contributor"}"#, &[("If-Match", "*")])
            .status,
        200
    );
    assert!(!lives(&third), "after another role");

    let fourth = cookie(&sign_in(&app, "ada", OTHER, &[]));
    let fifth = cookie(&sign_in(&app, "ada", OTHER, &[]));
    assert_eq!(
        app.send("DELETE", "/api/v1/sessions", "", &[("Cookie", &fifth)]).status,
        204
    );
    assert!(!lives(&fourth) && !lives(&fifth), "after signing out everywhere");
}

async fn a_session_ends_by_itself(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let day = Duration::from_hours(24);
    let lazy = app.as_editor(Role::Editor).await;
    let busy = app.as_editor(Role::Editor).await;
    for days in [13, 13, 13, 13, 13, 13, 11] {
        app.worker.pass(day * days);
        assert_eq!(busy.get("/api/v1/session").status, 200, "one that is used lives on");
    }
    assert_eq!(lazy.get("/api/v1/session").status, 401, "unused for 14 days");
    app.worker.pass(day);
    assert_eq!(busy.get("/api/v1/session").status, 401, "90 days old");
}

async fn who_is_shut_out_is_out_at_once(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let id = with_password(&app, "ada", Role::Editor).await;
    let admin = app.as_editor(Role::Admin).await;
    let session = cookie(&sign_in(&app, "ada", PASSWORD, &[]));
    let path = format!("/api/v1/editors/{id}");
    let shut = admin.send("PATCH", &path, r#"{"disabled":true}"#, &[("If-Match", "*")]);
    assert_eq!(shut.json()["disabled"], true);
    assert_eq!(
        app.send("GET", "/api/v1/session", "", &[("Cookie", &session)]).status,
        401
    );
    assert_eq!(sign_in(&app, "ada", PASSWORD, &[]).status, 401);
    assert_problem(
        &admin.send("POST", &format!("{path}/invitations"), "", &[]),
        409,
        "no link for them",
    );
    admin.send("PATCH", &path, r#"{"disabled":false}"#, &[("If-Match", "*")]);
    assert_eq!(
        app.send("GET", "/api/v1/session", "", &[("Cookie", &session)]).status,
        401,
        "the old session stays dead"
    );
    assert_eq!(sign_in(&app, "ada", PASSWORD, &[]).status, 200);
}

async fn guessing_is_slowed_down_alike_for_known_and_unknown_names(database: TestDatabase) {
    let app = TestApp::start(database).await;
    with_password(&app, "ada", Role::Editor).await;
    let guess = |name: &str| {
        let answer = sign_in(&app, name, "not the password", &[]);
        let retry = answer.header("retry-after").map(str::to_owned);
        (answer.status, retry, answer.text().to_owned())
    };
    for _ in 0..5 {
        let (known, unknown) = (guess("ada"), guess("zoe"));
        assert_eq!((known.0, &known), (401, &unknown));
    }
    let (known, unknown) = (guess("ada"), guess("zoe"));
    assert_eq!((known.0, &known.1, &known), (429, &Some("4".to_owned()), &unknown));
    assert_eq!(
        sign_in(&app, "ada", PASSWORD, &[]).status,
        429,
        "the right one waits too"
    );
    app.worker.pass(Duration::from_secs(4));
    assert_eq!(sign_in(&app, "ada", PASSWORD, &[]).status, 200);
    assert_eq!(guess("ada").0, 401, "who was right begins anew");
    app.worker.pass(Duration::from_hours(1));
    let mut last = 0;
    for number in 0..40 {
        last = guess(&format!("nobody-{number}")).0;
    }
    assert_eq!(last, 429, "a network has a limit for all names together");
}

async fn one_name_is_slowed_down_in_the_network_that_guesses_it(database: TestDatabase) {
    let app = TestApp::start(database).await;
    with_password(&app, "ada", Role::Editor).await;
    let from =
        |address: &'static str, password: &str| sign_in(&app, "ada", password, &[("X-Forwarded-For", address)]).status;
    for _ in 0..6 {
        from("203.0.113.7", "not the password");
    }
    assert_eq!(from("203.0.113.200", PASSWORD), 429);
    assert_eq!(from("198.51.100.7", PASSWORD), 200, "nobody is shut out from elsewhere");
}

async fn the_first_editor_makes_themselves_by_a_link(database: TestDatabase) {
    // Whom a test app signs in is an editor already.
    let store = &database.store;
    let (old, new) = (fresh_secret(), fresh_secret());
    let now = docent::app::now();
    for secret in [&old, &new] {
        assert!(store.invite_first(&secret.digest(), now).await.unwrap().is_some());
    }
    assert!(
        !store.invites_first(&old.digest(), now).await.unwrap(),
        "the old link dies with the new one"
    );
    assert!(store.invites_first(&new.digest(), now).await.unwrap());
    let later = now.plus(Duration::from_hours(24));
    assert!(!store.invites_first(&new.digest(), later).await.unwrap(), "after a day");
    let hash = || {
        docent::domain::password::Password::parse(PASSWORD)
            .unwrap()
            .hash(&fresh_secret())
    };
    let first = |name: &str| editor(name, Role::Admin, now);
    assert_eq!(
        store.accept_first(&old.digest(), first("ada"), hash()).await.unwrap(),
        None
    );
    let made = store
        .accept_first(&new.digest(), first("ada"), hash())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((made.role, made.has_password), (Role::Admin, true));
    assert_eq!(
        store.accept_first(&new.digest(), first("zoe"), hash()).await.unwrap(),
        None,
        "it works once"
    );
    assert_eq!(
        store.invite_first(&old.digest(), now).await.unwrap(),
        None,
        "there is somebody"
    );
}

async fn an_invitation_works_once_and_for_a_while(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let admin = app.as_editor(Role::Admin).await;
    let made = admin.send(
        "POST",
        "/api/v1/editors",
        r#"{"name":"Ada@Museum.example","role":"editor"}"#,
        &[],
    );
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!(
        (&made["editor"]["name"], &made["editor"]["shown_name"]),
        (&json!("ada@museum.example"), &json!("ada@museum.example"))
    );
    let link = made["invitation"]["link"].as_str().unwrap();
    let secret = link.strip_prefix("https://read.museum.example/invitations/").unwrap();
    let path = format!("/api/v1/invitations/{secret}");
    let taken = admin.send(
        "POST",
        "/api/v1/editors",
        r#"{"name":"ada@museum.example","role":"editor"}"#,
        &[],
    );
    assert_problem(&taken, 409, "the name is taken");

    assert_eq!(app.send("GET", &path, "", &[]).json()["name"], "ada@museum.example");
    let worst = app.send("POST", &path, r#"{"password":"passwordpassword"}"#, &[]);
    assert_problem(&worst, 422, "one of the worst");
    assert_eq!(worst.json()["errors"][0]["pointer"], "/password");
    let chosen = json!({"password": PASSWORD}).to_string();
    assert_eq!(app.send("POST", &path, &chosen, &[]).status, 200);
    assert_problem(&app.send("POST", &path, &chosen, &[]), 404, "used");
    let session = cookie(&sign_in(&app, "ada@museum.example", PASSWORD, &[]));

    let again = format!("/api/v1/editors/{}/invitations", made["editor"]["id"].as_str().unwrap());
    let links: Vec<String> = (0..3)
        .map(|_| {
            admin.send("POST", &again, "", &[]).json()["link"]
                .as_str()
                .unwrap()
                .replace("https://read.museum.example", "/api/v1")
        })
        .collect();
    assert_eq!(
        app.send("GET", &links[1], "", &[]).status,
        404,
        "only the last link works"
    );
    assert_eq!(
        app.send("GET", "/api/v1/session", "", &[("Cookie", &session)]).status,
        200
    );
    assert_eq!(
        app.send("POST", &links[2], &json!({"password": OTHER}).to_string(), &[])
            .status,
        200
    );
    assert_eq!(
        app.send("GET", "/api/v1/session", "", &[("Cookie", &session)]).status,
        401,
        "every session has ended"
    );
    assert_eq!(sign_in(&app, "ada@museum.example", OTHER, &[]).status, 200);
    let late = admin.send("POST", &again, "", &[]).json()["link"]
        .as_str()
        .unwrap()
        .replace("https://read.museum.example", "/api/v1");
    app.worker.pass(Duration::from_mins(30));
    assert_eq!(app.send("GET", &late, "", &[]).status, 404, "after half an hour");
}

async fn the_last_admin_stays_one(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let id = with_password(&app, "ada", Role::Admin).await;
    // Nobody can sign in with a password but the first, so the second cannot take over.
    let other = app.as_editor(Role::Admin).await;
    let path = format!("/api/v1/editors/{id}");
    for change in [
        r#"{"role":"editor"}"#,
        r#"{"disabled":true}"#,
        r#"{"role":"admin","disabled":true}"#,
    ] {
        assert_problem(&other.send("PATCH", &path, change, &[("If-Match", "*")]), 409, change);
    }
    with_password(&app, "zoe", Role::Admin).await;
    assert_eq!(
        other
            .send("PATCH", &path, r#"{"disabled":true}"#, &[("If-Match", "*")])
            .status,
        200
    );
}

async fn an_editor_is_changed_by_who_knows_what_they_change(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let admin = app.as_editor(Role::Admin).await;
    let path = format!("/api/v1/editors/{}", app.reader.editor.public_id);
    let tag = admin.get(&path).header("etag").unwrap().to_owned();
    assert_problem(
        &admin.send("PATCH", &path, r#"{"role":"editor"}"#, &[]),
        428,
        "without If-Match",
    );
    let changed = admin.send("PATCH", &path, r#"{"shown_name":"Grace"}"#, &[("If-Match", &tag)]);
    assert_eq!((changed.status, &changed.json()["shown_name"]), (200, &json!("Grace")));
    let late = admin.send("PATCH", &path, r#"{"shown_name":"Ada"}"#, &[("If-Match", &tag)]);
    assert_problem(&late, 412, "changed meanwhile");
    assert_eq!(
        (&late.json()["current"], late.header("etag")),
        (&changed.json(), changed.header("etag"))
    );
    let now = admin.get(&path);
    assert_eq!(
        (now.json(), now.header("etag")),
        (changed.json(), changed.header("etag"))
    );
    let nobody = admin.send(
        "PATCH",
        &format!("/api/v1/editors/{}", fresh_id()),
        "{}",
        &[("If-Match", "*")],
    );
    assert_problem(&nobody, 404, "nobody of that name");
}

async fn a_token_is_shown_once_and_does_no_more_than_it_may(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let editor = app.as_editor(Role::Editor).await;
    let wish = |scopes: &[&str], expires: Option<&str>| {
        json!({"name": "a script", "scopes": scopes, "expires_at": expires}).to_string()
    };
    for (body, pointer) in [
        (wish(&["admin"], None), "/scopes"),
        (wish(&[], None), "/scopes"),
        (wish(&["rule"], None), "/scopes/0"),
        (wish(&["read"], Some("2020-01-01T00:00:00Z")), "/expires_at"),
        (wish(&["read"], Some("tomorrow")), "/expires_at"),
    ] {
        let refused = editor.send("POST", "/api/v1/tokens", &body, &[]);
        assert_problem(&refused, 422, &body);
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    let made = editor.send("POST", "/api/v1/tokens", &wish(&["read", "suggest"], None), &[]);
    assert_eq!(made.status, 201, "{}", made.text());
    let (made, id) = (made.json(), made.json()["token"]["id"].as_str().unwrap().to_owned());
    let bearer = format!("bearer {}", made["secret"].as_str().unwrap());
    let told = app
        .send("GET", "/api/v1/session", "", &[("Authorization", &bearer)])
        .json();
    assert_eq!((&told["scope"], &told["token"]), (&json!("suggest"), &json!(id)));
    assert_problem(
        &app.send("GET", "/api/v1/tokens", "", &[("Authorization", &bearer)]),
        403,
        "no token makes another",
    );

    let listed = editor.get("/api/v1/tokens").json();
    assert_eq!(listed["items"][0]["used_at"], json!(app.worker.now()));
    assert!(!listed.to_string().contains("docent_"), "{listed}");
    let foreign = app.as_editor(Role::Admin).await;
    assert_problem(
        &foreign.send("DELETE", &format!("/api/v1/tokens/{id}"), "", &[]),
        404,
        "somebody else's",
    );
    assert_eq!(
        editor.send("DELETE", &format!("/api/v1/tokens/{id}"), "", &[]).status,
        204
    );
    assert_eq!(
        app.send("GET", "/api/v1/session", "", &[("Authorization", &bearer)])
            .status,
        401
    );
    assert_eq!(
        editor.get("/api/v1/tokens").json()["items"][0]["revoked_at"],
        json!(app.worker.now())
    );
}

async fn sessions_are_listed_and_ended_by_their_owner_only(database: TestDatabase) {
    let app = TestApp::start(database).await;
    with_password(&app, "ada", Role::Editor).await;
    let here = cookie(&sign_in(&app, "ada", PASSWORD, &[("User-Agent", "here")]));
    let there = cookie(&sign_in(
        &app,
        "ada",
        PASSWORD,
        &[("User-Agent", "there"), ("X-Forwarded-For", "192.0.2.7")],
    ));
    let ask = |method: &str, path: &str, cookie: &str| app.send(method, path, "", &[("Cookie", cookie)]);
    app.worker.pass(Duration::from_mins(1));
    let listed = ask("GET", "/api/v1/sessions", &here).json();
    let items = listed["items"].as_array().unwrap();
    let lines: Vec<Value> = items
        .iter()
        .map(|item| json!([item["agent"], item["address"], item["is_this"], item["seen_at"]]))
        .collect();
    let (now, then) = (app.worker.now(), app.worker.now().minus(Duration::from_mins(1)));
    assert_eq!(
        lines,
        [
            json!(["here", "127.0.0.1", true, now]),
            json!(["there", "192.0.2.7", false, then])
        ]
    );
    let id = items[1]["id"].as_str().unwrap();
    let foreign = app.as_editor(Role::Admin).await;
    assert_problem(
        &foreign.send("DELETE", &format!("/api/v1/sessions/{id}"), "", &[]),
        404,
        "somebody else's",
    );
    assert_eq!(ask("DELETE", &format!("/api/v1/sessions/{id}"), &here).status, 204);
    assert_eq!(
        (
            ask("GET", "/api/v1/session", &there).status,
            ask("GET", "/api/v1/session", &here).status
        ),
        (401, 200)
    );
}

async fn a_request_with_a_key_is_carried_out_once(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let admin = app.as_editor(Role::Admin).await;
    let post = |as_who: &SignedIn, body: &str, key: &str| {
        as_who.send("POST", "/api/v1/editors", body, &[("Idempotency-Key", key)])
    };
    let body = r#"{"name":"ada","role":"editor"}"#;
    let first = post(&admin, body, "k1");
    let again = post(&admin, body, "k1");
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(
        (&first.json()["editor"], first.header("location")),
        (&again.json()["editor"], again.header("location"))
    );
    assert!(
        first.json()["invitation"]["link"].is_string() && again.json()["invitation"]["link"].is_null(),
        "no secret is kept"
    );
    assert_problem(
        &post(&admin, r#"{"name":"zoe","role":"editor"}"#, "k1"),
        422,
        "the same key for another body",
    );
    assert_problem(&post(&admin, body, "k2"), 409, "another key: done anew");
    assert_eq!(
        post(&admin, r#"{"name":"zoe","role":"editor"}"#, "k2").status,
        201,
        "what was refused did not use the key up"
    );
    let other = app.as_editor(Role::Admin).await;
    assert_eq!(
        post(&other, r#"{"name":"eve","role":"editor"}"#, "k1").status,
        201,
        "keys are each caller's own"
    );
    assert_problem(&post(&admin, body, &"k".repeat(256)), 400, "a key that is too long");
    app.worker.pass(Duration::from_hours(25));
    assert_problem(&post(&admin, body, "k1"), 409, "after a day a key is new");
    let password = json!({"current": PASSWORD, "new": OTHER}).to_string();
    app.reader
        .send("POST", "/api/v1/password", &password, &[("Idempotency-Key", "k9")]);
    if app.database.setting.starts_with("postgres") {
        return;
    }
    assert!(
        !app.database.dump().await.contains("k9"),
        "of a password not even a digest is kept"
    );
}

async fn a_request_that_is_sent_many_times_at_once_is_carried_out_once(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let admin = app.as_editor(Role::Admin).await;
    let body = r#"{"name":"a script","scopes":["read"]}"#;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let sending: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    admin
                        .send("POST", "/api/v1/tokens", body, &[("Idempotency-Key", "k")])
                        .status
                })
            })
            .collect();
        sending.into_iter().map(|sent| sent.join().unwrap()).collect()
    });
    assert!(
        statuses.iter().all(|status| [201, 409].contains(status)),
        "{statuses:?}"
    );
    assert_eq!(admin.get("/api/v1/tokens").json()["items"].as_array().unwrap().len(), 1);
}

async fn a_body_holds_what_it_may_and_nothing_else(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let admin = app.as_editor(Role::Admin).await;
    let long = format!(r#"{{"name":"{}","role":"editor"}}"#, "a".repeat(65));
    for (body, kind, status, pointer) in [
        (r#"{"name":"ada","role":"editor"}"#, "text/plain", 415, None),
        (
            r#"{"name":"ada","role":"editor"}"#,
            "application/x-www-form-urlencoded",
            415,
            None,
        ),
        ("{", "application/json", 400, Some("")),
        ("[]", "application/json", 422, Some("")),
        (r#"{"name":"ada"}"#, "application/json", 422, Some("")),
        (
            r#"{"name":"ada","role":"king"}"#,
            "application/json",
            422,
            Some("/role"),
        ),
        (
            r#"{"name":"ada","role":"editor","id":"x"}"#,
            "application/json; charset=utf-8",
            422,
            Some("/id"),
        ),
        (
            r#"{"name":"a\u0000a","role":"editor"}"#,
            "application/json",
            422,
            Some("/name"),
        ),
        (&long, "application/json", 422, Some("/name")),
    ] {
        let answer = admin.send("POST", "/api/v1/editors", body, &[("Content-Type", kind)]);
        assert_problem(&answer, status, body);
        let told = answer.json();
        assert_eq!(told["errors"][0]["pointer"].as_str(), pointer, "{body}: {told}");
    }
    // What is announced too long is refused before it is sent.
    let vast = [
        ("Content-Length", "1048577"),
        ("Content-Type", "application/json"),
        admin.signing(),
    ];
    let refused = crate::support::http::ask(app.address, "POST", "/api/v1/editors", &vast);
    assert_problem(&refused, 413, "too long");
}

async fn the_door_leads_back_to_where_somebody_was(database: TestDatabase) {
    let app = TestApp::start(database).await;
    with_password(&app, "ada", Role::Editor).await;
    let led = app.send("GET", "/desk?q=roof", "", &[]);
    assert_eq!(
        (led.status, led.header("location")),
        (303, Some("/login?next=%2Fdesk%3Fq%3Droof"))
    );
    let door = app.send("GET", "/login?next=%2Fdesk%3Fq%3Droof", "", &[]);
    assert!(
        door.text().contains(r#"name="next" value="/desk?q=roof""#),
        "{}",
        door.text()
    );
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let enter = |password: &str, next: &str| {
        let password: String = url::form_urlencoded::byte_serialize(password.as_bytes()).collect();
        app.send(
            "POST",
            "/login",
            &format!("name=ada&password={password}&next={next}"),
            &form,
        )
    };
    let wrong = enter("not+it", "%2Fdesk");
    assert_eq!(
        (wrong.status, wrong.header("content-type")),
        (401, Some("text/html; charset=utf-8"))
    );
    assert!(
        wrong.text().contains("The name or the password is wrong."),
        "{}",
        wrong.text()
    );
    let right = enter(PASSWORD, "%2Fdesk%3Fq%3Droof");
    assert_eq!((right.status, right.header("location")), (303, Some("/desk?q=roof")));
    let session = cookie(&right);
    for evil in [
        "//evil.example",
        "/%5Cevil.example",
        "https://evil.example",
        "/%09/evil.example",
        "%5C%5Cevil.example",
    ] {
        assert_eq!(enter(PASSWORD, evil).header("location"), Some("/desk"), "{evil}");
        let shown = app.send("GET", &format!("/login?next={evil}"), "", &[("Cookie", &session)]);
        assert_eq!(shown.header("location"), Some("/desk"), "{evil}");
    }
    let desk = app.send("GET", "/desk", "", &[("Cookie", &session)]);
    assert!(
        desk.status == 200 && desk.text().contains("Sign out"),
        "{}",
        desk.text()
    );
    let out = app.send("POST", "/logout", "", &[("Cookie", &session), form[0]]);
    assert_eq!((out.status, out.header("location")), (303, Some("/login")));
    assert_eq!(app.send("GET", "/desk", "", &[("Cookie", &session)]).status, 303);
    for _ in 0..6 {
        enter("not+it", "");
    }
    let slowed = enter(PASSWORD, "");
    assert!(
        slowed.status == 429 && slowed.header("retry-after").is_some(),
        "{}",
        slowed.status
    );
}

async fn forgotten_doors_are_swept(database: TestDatabase) {
    let app = TestApp::start(database).await;
    with_password(&app, "ada", Role::Editor).await;
    sign_in(&app, "ada", PASSWORD, &[]);
    app.worker.pass(Duration::from_hours(15 * 24));
    let swept = docent::worker::sweep::once(&app.database.store, Duration::from_hours(24), app.worker.now())
        .await
        .unwrap();
    // Two sessions, the link that was used, and what the network tried.
    assert_eq!(swept.doors, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_name_costs_what_a_known_one_costs() {
    let app = TestApp::start(TestDatabase::sqlite().await).await;
    with_password(&app, "ada", Role::Editor).await;
    let time = |name: &str| {
        let begun = Instant::now();
        assert_eq!(sign_in(&app, name, "not the password", &[]).status, 401);
        begun.elapsed()
    };
    time("ada");
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        known.push(time("ada"));
        unknown.push(time("zoe"));
    }
    known.sort();
    unknown.sort();
    println!(
        "known {:?}, unknown {:?}: ratio {:.2}",
        known[1],
        unknown[1],
        unknown[1].as_secs_f64() / known[1].as_secs_f64()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_hashed_anew_when_its_hash_is_weaker_than_those_of_now() {
    use argon2::password_hash::PasswordHasher;

    let app = TestApp::start(TestDatabase::sqlite().await).await;
    with_password(&app, "ada", Role::Editor).await;
    let params = argon2::Params::new(64, 1, 1, None).unwrap();
    let weak = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let weak = weak
        .hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16])
        .unwrap()
        .to_string();
    let sql = format!("update editor set password = '{weak}' where name = 'ada'");
    app.database.meddle(sql.leak()).await;
    for _ in 0..2 {
        assert_eq!(sign_in(&app, "ada", PASSWORD, &[]).status, 200);
        let dump = app.database.dump().await;
        assert!(dump.contains("$argon2id$v=19$m=19456,t=2,p=1$") && !dump.contains("m=64"));
    }
}

#[test]
fn a_program_that_others_can_reach_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, warned) in [
        (&["--listen", "0.0.0.0:0"][..], true),
        (
            &["--listen", "0.0.0.0:0", "--public-url", "https://read.museum.example"],
            false,
        ),
        (&["--listen", "127.0.0.1:0"], false),
    ] {
        let mut serving = Serving::start_alone(folder.path(), arguments);
        let link = serving.read_line();
        let outside = if arguments.len() > 2 {
            "https://read.museum.example/setup/"
        } else {
            "http://"
        };
        assert!(link.contains(outside), "{link}");
        serving.signal("TERM");
        let log = serving.read_log();
        assert!(
            log.contains("listening") && log.contains("is not encrypted") == warned,
            "{log}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_for_this_machine_and_for_admins() {
    let app = TestApp::start(TestDatabase::sqlite().await).await;
    let (admin, editor) = (app.as_editor(Role::Admin).await, app.as_editor(Role::Editor).await);
    let program = app.with_token(&admin.editor, &[Scope::Admin]).await;
    let lesser = app.with_token(&editor.editor, &[Scope::Admin]).await;
    let forwarded = ("X-Forwarded-For", "192.0.2.7");
    assert_eq!(app.send("GET", "/metrics", "", &[]).status, 200);
    assert_eq!(app.send("GET", "/metrics", "", &[forwarded]).status, 401);
    assert_eq!(
        app.send("GET", "/metrics", "", &[("Host", "read.museum.example")])
            .status,
        401
    );
    assert_eq!(
        app.send("GET", "/metrics", "", &[forwarded, program.signing()]).status,
        200
    );
    assert_eq!(
        app.send("GET", "/metrics", "", &[forwarded, lesser.signing()]).status,
        403
    );
}

#[test]
fn the_first_link_is_printed_until_somebody_used_it_and_no_secret_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start_alone(folder.path(), &["--log", "trace"]);
    let link = serving.read_line();
    let old = link.trim().rsplit("/setup/").next().unwrap().to_owned();
    assert_eq!(old.len(), 64, "{link}");
    serving.signal("TERM");
    serving.wait();
    let mut serving = Serving::start_alone(folder.path(), &["--log", "trace"]);
    let link = serving.read_line();
    let secret = link.trim().rsplit("/setup/").next().unwrap().to_owned();
    let send = |serving: &Serving, path: &str, body: &str, headers: &[(&str, &str)]| {
        let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        crate::support::http::send(serving.address, "POST", path, body.as_bytes(), &all)
    };
    let form = "name=ada&shown_name=Ada&password=a+museum+of+small+things";
    assert_eq!(send(&serving, &format!("/setup/{old}"), form, &[]).status, 404);
    let entered = send(&serving, &format!("/setup/{secret}"), form, &[]);
    assert_eq!((entered.status, entered.header("location")), (303, Some("/desk")));
    let session = cookie(&entered);
    assert_eq!(send(&serving, &format!("/setup/{secret}"), form, &[]).status, 404);
    let token = docent(
        folder.path(),
        &["token", "add", "ada", "--name", "a test's", "--scope", "admin"],
    )
    .out;
    let bearer = format!("Bearer {}", token.trim());
    let known = crate::support::http::ask(serving.address, "GET", "/api/v1/session", &[("Authorization", &bearer)]);
    assert_eq!(known.status, 200);
    let reset = docent(folder.path(), &["editor", "reset", "ada"]).out;
    let invitation = reset.trim().rsplit("/invitations/").next().unwrap().to_owned();
    let chosen = send(
        &serving,
        &format!("/invitations/{invitation}"),
        "password=a+gallery+of+large+ones",
        &[],
    );
    assert_eq!(chosen.status, 303, "{}", chosen.text());
    serving.signal("TERM");
    let log = serving.read_log();
    assert!(log.contains("/setup/{secret}"), "requests are logged by their route");
    for secret in [
        &secret,
        &invitation,
        session.split('=').nth(1).unwrap(),
        token.trim(),
        "small things",
        "small+things",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    assert_eq!(serving.wait().code(), Some(0));
    let mut serving = Serving::start_alone(folder.path(), &[]);
    serving.signal("TERM");
    assert_eq!(serving.read_line(), "", "no link once there is an editor");
}

/// An editor who has chosen [`PASSWORD`].
async fn with_password(app: &TestApp, name: &str, role: Role) -> String {
    let store = &app.database.store;
    let now = app.worker.now();
    let editor = store.add_editor(editor(name, role, now)).await.unwrap();
    let secret = fresh_secret();
    store.invite(&editor, &secret.digest(), now).await.unwrap();
    let hash = docent::domain::password::Password::parse(PASSWORD)
        .unwrap()
        .hash(&fresh_secret());
    store
        .accept_invitation(&secret.digest(), hash, now)
        .await
        .unwrap()
        .unwrap();
    editor.public_id
}

fn editor(name: &str, role: Role, at: docent::domain::time::Timestamp) -> NewEditor {
    NewEditor {
        public_id: fresh_id(),
        name: EditorName::parse(name).unwrap(),
        shown_name: ShownName::parse("Ada Lovelace").unwrap(),
        role,
        at,
    }
}

fn sign_in(app: &TestApp, name: &str, password: &str, headers: &[(&str, &str)]) -> Answer {
    let body = json!({"name": name, "password": password}).to_string();
    app.send("POST", "/api/v1/session", &body, headers)
}

/// The cookie that an answer sets, as a browser sends it back.
fn cookie(answer: &Answer) -> String {
    (*answer
        .cookies()
        .first()
        .unwrap_or_else(|| panic!("{} {}", answer.status, answer.text())))
    .to_owned()
}
