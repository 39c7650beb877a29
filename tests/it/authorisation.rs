//! Who may do what: each route and each way to be somebody, as a table. A route without a row here fails the test.

use std::collections::BTreeSet;
use std::time::Duration;

use docent::domain::editor::{Role, Scope};
use docent::store::editors::EditorChange;

use crate::support::app::{SignedIn, TestApp};
use crate::support::database::TestDatabase;

use Who::{Admins, Anyone, Edits, Owns, Reads, Suggests};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Anyone,
    Reads,
    Suggests,
    Edits,
    Admins,
    /// Browsers, and tokens of scope admin: it is about one's own sessions, tokens and password.
    Owns,
}

/// The API: one line for each route, by path.
const API: &[(&str, &str, Who)] = &[
    ("POST", "/api/v1/deliveries/{id}/retry", Admins),
    ("POST", "/api/v1/batches/{id}/redo", Suggests),
    ("POST", "/api/v1/batches/{id}/undo", Suggests),
    ("GET", "/api/v1/decisions", Reads),
    ("POST", "/api/v1/decisions", Suggests),
    ("POST", "/api/v1/decisions/{id}/redo", Suggests),
    ("POST", "/api/v1/decisions/{id}/undo", Suggests),
    ("GET", "/api/v1/editions/{id}", Reads),
    ("PATCH", "/api/v1/editions/{id}", Edits),
    ("DELETE", "/api/v1/editions/{id}", Edits),
    ("POST", "/api/v1/editions/{id}/call-back", Edits),
    ("GET", "/api/v1/editions/{id}/checks", Reads),
    ("GET", "/api/v1/editions/{id}/preview/{form}", Reads),
    ("POST", "/api/v1/editions/{id}/publish", Edits),
    ("POST", "/api/v1/editions/{id}/schedule", Edits),
    ("POST", "/api/v1/editions/{id}/withdraw", Edits),
    ("GET", "/api/v1/editors", Reads),
    ("POST", "/api/v1/editors", Admins),
    ("GET", "/api/v1/editors/{id}", Reads),
    ("PATCH", "/api/v1/editors/{id}", Admins),
    ("POST", "/api/v1/editors/{id}/invitations", Admins),
    ("GET", "/api/v1/events", Reads),
    ("POST", "/api/v1/inquiries", Edits),
    ("GET", "/api/v1/inquiries/{id}", Reads),
    ("GET", "/api/v1/invitations/{secret}", Anyone),
    ("POST", "/api/v1/invitations/{secret}", Anyone),
    ("GET", "/api/v1/lists", Reads),
    ("POST", "/api/v1/lists", Admins),
    ("GET", "/api/v1/lists/{id}", Reads),
    ("PATCH", "/api/v1/lists/{id}", Admins),
    ("DELETE", "/api/v1/lists/{id}", Admins),
    ("GET", "/api/v1/lists/{id}/editions", Reads),
    ("POST", "/api/v1/lists/{id}/editions", Edits),
    ("GET", "/api/v1/lists/{id}/picks", Reads),
    ("GET", "/api/v1/lists/{id}/preview/{form}", Reads),
    ("POST", "/api/v1/lists/{id}/restore", Admins),
    ("POST", "/api/v1/password", Owns),
    ("GET", "/api/v1/picks/{id}", Reads),
    ("PATCH", "/api/v1/picks/{id}", Edits),
    ("POST", "/api/v1/picks/{id}/call-back", Edits),
    ("GET", "/api/v1/picks/{id}/checks", Reads),
    ("POST", "/api/v1/picks/{id}/move", Edits),
    ("POST", "/api/v1/picks/{id}/publish", Edits),
    ("POST", "/api/v1/picks/{id}/restore", Edits),
    ("POST", "/api/v1/picks/{id}/schedule", Edits),
    ("GET", "/api/v1/picks/{id}/versions", Reads),
    ("POST", "/api/v1/picks/{id}/withdraw", Edits),
    ("GET", "/api/v1/published", Anyone),
    ("GET", "/api/v1/search", Reads),
    ("GET", "/api/v1/searches", Reads),
    ("POST", "/api/v1/searches", Suggests),
    ("GET", "/api/v1/searches/{id}", Reads),
    ("PATCH", "/api/v1/searches/{id}", Suggests),
    ("DELETE", "/api/v1/searches/{id}", Suggests),
    ("POST", "/api/v1/searches/{id}/key", Suggests),
    ("GET", "/api/v1/session", Reads),
    ("POST", "/api/v1/session", Anyone),
    ("DELETE", "/api/v1/session", Owns),
    ("GET", "/api/v1/sessions", Owns),
    ("DELETE", "/api/v1/sessions", Owns),
    ("DELETE", "/api/v1/sessions/{id}", Owns),
    ("GET", "/api/v1/sources", Reads),
    ("POST", "/api/v1/sources", Edits),
    ("GET", "/api/v1/sources/{id}", Reads),
    ("PATCH", "/api/v1/sources/{id}", Edits),
    ("POST", "/api/v1/sources/import", Edits),
    ("POST", "/api/v1/sources/{id}/move-back", Edits),
    ("POST", "/api/v1/sources/{id}/poll", Edits),
    ("GET", "/api/v1/stories", Reads),
    ("POST", "/api/v1/stories", Suggests),
    ("GET", "/api/v1/stories/{id}", Reads),
    ("GET", "/api/v1/stories/{id}/decisions", Reads),
    ("POST", "/api/v1/stories/{id}/decisions", Suggests),
    ("PUT", "/api/v1/stories/{id}/hidden", Reads),
    ("DELETE", "/api/v1/stories/{id}/hidden", Reads),
    ("GET", "/api/v1/stories/{id}/runs", Reads),
    ("PUT", "/api/v1/stories/{id}/seen", Reads),
    ("DELETE", "/api/v1/stories/{id}/seen", Reads),
    ("GET", "/api/v1/tokens", Owns),
    ("POST", "/api/v1/tokens", Owns),
    ("DELETE", "/api/v1/tokens/{id}", Owns),
    ("GET", "/api/v1/webhooks", Admins),
    ("POST", "/api/v1/webhooks", Admins),
    ("GET", "/api/v1/webhooks/{id}", Admins),
    ("PATCH", "/api/v1/webhooks/{id}", Admins),
    ("DELETE", "/api/v1/webhooks/{id}", Admins),
    ("GET", "/api/v1/webhooks/{id}/deliveries", Admins),
    ("POST", "/api/v1/webhooks/{id}/test", Admins),
];

/// Whatever else is routed: pages lead to the door whoever is not signed in.
const PAGES: &[(&str, &str, Who)] = &[
    ("GET", "/api", Anyone),
    ("GET", "/api/openapi.json", Anyone),
    ("GET", "/assets/{digest}/{name}", Anyone),
    ("GET", "/demo/{secret}", Anyone),
    ("GET", "/desk", Reads),
    ("POST", "/desk/acts", Reads),
    ("GET", "/desk/edition", Reads),
    ("GET", "/desk/editions/{id}", Reads),
    ("POST", "/desk/editions/{id}", Edits),
    ("GET", "/desk/editions/{id}/preview", Reads),
    ("GET", "/desk/editions/{id}/preview/{form}", Reads),
    ("GET", "/desk/fresh", Reads),
    ("GET", "/desk/lists", Reads),
    ("POST", "/desk/lists", Admins),
    ("GET", "/desk/lists/{slug}", Reads),
    ("POST", "/desk/lists/{slug}/archive", Admins),
    ("POST", "/desk/lists/{slug}/editions", Edits),
    ("GET", "/desk/lists/{slug}/preview", Reads),
    ("GET", "/desk/lists/{slug}/preview/{form}", Reads),
    ("GET", "/desk/lists/{slug}/rules", Admins),
    ("POST", "/desk/lists/{slug}/rules", Admins),
    ("POST", "/desk/picks/{id}", Edits),
    ("POST", "/desk/picks/{id}/move", Edits),
    ("GET", "/desk/picks/{id}/preview/{form}", Reads),
    ("POST", "/desk/picks/{id}/text", Edits),
    ("POST", "/desk/redo", Suggests),
    ("GET", "/desk/search", Reads),
    ("GET", "/desk/stories/{id}", Reads),
    ("GET", "/desk/stories/{id}/text", Reads),
    ("POST", "/desk/undo", Suggests),
    ("GET", "/desk/export/{name}", Edits),
    ("GET", "/desk/inquiries", Reads),
    ("POST", "/desk/inquiries", Edits),
    ("GET", "/desk/inquiries/{id}", Reads),
    ("POST", "/desk/inquiries/{id}", Edits),
    ("GET", "/desk/keys", Reads),
    ("POST", "/desk/keys", Reads),
    ("GET", "/desk/month", Reads),
    ("GET", "/desk/progress", Reads),
    ("GET", "/desk/settings", Owns),
    ("GET", "/desk/settings/appearance", Reads),
    ("POST", "/desk/settings/appearance", Reads),
    ("GET", "/desk/settings/export", Edits),
    ("POST", "/desk/settings/password", Owns),
    ("GET", "/desk/settings/people", Admins),
    ("POST", "/desk/settings/people", Admins),
    ("POST", "/desk/settings/people/{id}", Admins),
    ("POST", "/desk/settings/sessions", Owns),
    ("GET", "/desk/settings/site", Admins),
    ("POST", "/desk/settings/site", Admins),
    ("GET", "/desk/settings/tokens", Owns),
    ("POST", "/desk/settings/tokens", Owns),
    ("POST", "/desk/settings/tokens/{id}", Owns),
    ("GET", "/desk/settings/webhooks", Admins),
    ("POST", "/desk/settings/webhooks", Admins),
    ("GET", "/desk/settings/webhooks/{id}", Admins),
    ("POST", "/desk/settings/webhooks/{id}", Admins),
    ("GET", "/desk/sources", Reads),
    ("POST", "/desk/sources", Edits),
    ("POST", "/desk/sources/acts", Edits),
    ("GET", "/desk/sources/import", Edits),
    ("POST", "/desk/sources/import", Edits),
    ("GET", "/desk/sources/{slug}", Reads),
    ("POST", "/desk/sources/{slug}", Edits),
    ("POST", "/desk/sources/{slug}/acts", Edits),
    ("POST", "/desk/sources/{slug}/trial", Edits),
    ("GET", "/desk/tip", Reads),
    ("POST", "/desk/tip", Suggests),
    ("GET", "/manifest.webmanifest", Anyone),
    ("GET", "/healthz", Anyone),
    ("GET", "/invitations/{secret}", Anyone),
    ("POST", "/invitations/{secret}", Anyone),
    ("GET", "/login", Anyone),
    ("POST", "/login", Anyone),
    ("POST", "/logout", Anyone),
    // For programs on this machine, as the tests are; who else may is tested by itself.
    ("GET", "/metrics", Anyone),
    ("GET", "/readyz", Anyone),
    // Whoever has the key.
    ("GET", "/searches/{secret}/feed.atom", Anyone),
    ("GET", "/setup/{secret}", Anyone),
    ("POST", "/setup/{secret}", Anyone),
    // What readers and other sites fetch.
    ("GET", "/", Anyone),
    ("GET", "/about", Anyone),
    ("GET", "/archive", Anyone),
    ("GET", "/archive/{month}", Anyone),
    ("GET", "/box.js", Anyone),
    ("GET", "/favicon.ico", Anyone),
    ("GET", "/favicon.svg", Anyone),
    ("GET", "/feed.atom", Anyone),
    ("GET", "/feed.json", Anyone),
    ("GET", "/feed.rss", Anyone),
    ("GET", "/lists", Anyone),
    ("GET", "/lists/{slug}", Anyone),
    ("GET", "/lists/{slug}/archive", Anyone),
    ("GET", "/lists/{slug}/archive/{month}", Anyone),
    ("GET", "/lists/{slug}/box", Anyone),
    ("GET", "/lists/{slug}/box.html", Anyone),
    ("GET", "/lists/{slug}/editions/{number}", Anyone),
    ("GET", "/lists/{slug}/embed", Anyone),
    ("GET", "/lists/{slug}/feed.atom", Anyone),
    ("GET", "/lists/{slug}/feed.json", Anyone),
    ("GET", "/lists/{slug}/feed.rss", Anyone),
    ("GET", "/lists/{slug}/insert.html", Anyone),
    ("GET", "/lists/{slug}/insert.txt", Anyone),
    ("GET", "/lists/{slug}/topics/{topic}", Anyone),
    ("GET", "/lists/{slug}/topics/{topic}/archive/{month}", Anyone),
    ("GET", "/lists/{slug}/topics/{topic}/feed.atom", Anyone),
    ("GET", "/lists/{slug}/topics/{topic}/feed.json", Anyone),
    ("GET", "/lists/{slug}/topics/{topic}/feed.rss", Anyone),
    ("GET", "/robots.txt", Anyone),
    ("GET", "/search", Anyone),
    ("GET", "/sitemap.xml", Anyone),
    ("GET", "/sources", Anyone),
    ("GET", "/sources.opml", Anyone),
    ("GET", "/style/{name}", Anyone),
    ("GET", "/topics", Anyone),
    ("GET", "/topics/{topic}", Anyone),
    ("GET", "/topics/{topic}/archive/{month}", Anyone),
    ("GET", "/topics/{topic}/feed.atom", Anyone),
    ("GET", "/topics/{topic}/feed.json", Anyone),
    ("GET", "/topics/{topic}/feed.rss", Anyone),
];

/// A way to be somebody, and how far it should reach: not at all, or to a scope, by a browser or not.
type Reach = Option<(Scope, bool)>;

#[test]
fn each_route_has_its_row() {
    let document = serde_json::to_value(docent::http::openapi()).unwrap();
    let mut routed = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            routed.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let rows = |table: &[(&str, &str, Who)]| -> BTreeSet<String> {
        table
            .iter()
            .map(|(method, path, _)| format!("{method} {path}"))
            .collect()
    };
    assert_eq!(rows(API), routed, "the table and the OpenAPI document");
    // What is no part of the document stands in the route table. The style is named for its digest and is for everybody.
    let table = include_str!("../../src/http/mod.rs");
    let mut paged = BTreeSet::new();
    for route in table.split(".route(").skip(1).map(str::trim_start) {
        let Some((path, handlers)) = route.strip_prefix('"').and_then(|rest| rest.split_once('"')) else {
            assert!(route.starts_with("&site::style"), "{route}");
            continue;
        };
        for method in ["get", "post", "put", "patch", "delete"] {
            if handlers.contains(&format!("{method}(")) {
                paged.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    assert_eq!(rows(PAGES), paged, "the table and the route table");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_route_lets_in_whom_it_should_and_nobody_else() {
    let app = TestApp::start(TestDatabase::sqlite().await).await;
    // So that the stream of events ends.
    app.stop.cancel();
    app.worker.pass(Duration::from_hours(100 * 24));
    for &(method, path, who) in API.iter().chain(PAGES) {
        for (name, headers, reach) in everybody(&app).await {
            let borrowed: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = request(&app, method, path, &borrowed);
            let expected = match (who, reach) {
                (Anyone, _) => "let in",
                (_, None) => "unknown",
                (Owns, Some((scope, is_browser))) if !is_browser && scope < Scope::Admin => "refused",
                (_, Some((scope, _))) if scope < needed(who) => "refused",
                _ => "let in",
            };
            let is_page = !path.starts_with("/api/v1");
            let came = match answer.status {
                303 if is_page
                    && answer
                        .header("location")
                        .is_some_and(|to| to.starts_with("/login?next=")) =>
                {
                    "unknown"
                }
                401 if who != Anyone => "unknown",
                403 => "refused",
                status => {
                    assert!(status < 500, "{method} {path} as {name}: {}", answer.text());
                    "let in"
                }
            };
            assert_eq!(
                came,
                expected,
                "{method} {path} as {name}: {} {}",
                answer.status,
                answer.text()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_another_site_changes_nothing() {
    let app = TestApp::start(TestDatabase::sqlite().await).await;
    let admin = app.as_editor(Role::Admin).await;
    let before = app.database.dump().await;
    for &(method, path, _) in API.iter().chain(PAGES).filter(|(method, ..)| *method != "GET") {
        for foreign in [
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
        ] {
            let answer = request(&app, method, path, &[admin.signing(), foreign]);
            assert_eq!(answer.status, 403, "{method} {path} {foreign:?}");
        }
    }
    assert_eq!(app.database.dump().await, before);
    let (own, address) = (("Sec-Fetch-Site", "same-origin"), app.address.to_string());
    let origin = format!("http://{address}");
    for ours in [
        own,
        ("Origin", origin.as_str()),
        ("Origin", "https://read.museum.example"),
    ] {
        let answer = request(&app, "POST", "/api/v1/tokens", &[admin.signing(), ours]);
        assert_eq!(answer.status, 422, "{ours:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_question_changes_anything() {
    let text = "Workers have mended the leaking roof above the painting gallery after a wet winter.";
    let app = TestApp::with_stories(TestDatabase::sqlite().await, &[("Museum roof repaired", text)]).await;
    let admin = app.as_editor(Role::Admin).await;
    app.worker.pass(Duration::from_mins(5));
    app.stop.cancel();
    let items = |path: &str| {
        app.get(path).json()["items"][0]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let before = app.database.dump().await;
    for &(_, path, _) in API.iter().chain(PAGES).filter(|(method, ..)| *method == "GET") {
        let known = match path.split_once("/{id}") {
            // Pages are about the same things as the API, which lists them.
            Some((list, _)) => items(&list.replace("/desk/settings", "/api/v1").replace("/desk", "/api/v1")),
            None => String::new(),
        };
        let there = path.replace("{id}", &known).replace("{secret}", &"0".repeat(64));
        for method in ["GET", "HEAD", "OPTIONS"] {
            let answer = app.send(method, &there, "", &[admin.signing(), ("Sec-Fetch-Site", "cross-site")]);
            assert!(answer.status < 500, "{method} {there}");
        }
    }
    assert_eq!(app.database.dump().await, before);
}

/// One of each kind, freshly made: some routes end the session that asks.
async fn everybody(app: &TestApp) -> Vec<(String, Vec<(&'static str, String)>, Reach)> {
    let mut all = vec![
        ("nobody".to_owned(), Vec::new(), None),
        (
            "a cookie of nobody".to_owned(),
            vec![("Cookie", format!("docent={}", "0".repeat(64)))],
            None,
        ),
        (
            "a token of nobody".to_owned(),
            vec![("Authorization", "Bearer docent_0".to_owned())],
            None,
        ),
    ];
    for (role, scope) in [
        (Role::Contributor, Scope::Suggest),
        (Role::Editor, Scope::Edit),
        (Role::Admin, Scope::Admin),
    ] {
        let browser = app.as_editor(role).await;
        let program = app.with_token(&browser.editor, &[Scope::Admin]).await;
        all.push((
            format!("{role:?} by a browser"),
            vec![browser.header.clone()],
            Some((scope, true)),
        ));
        all.push((
            format!("{role:?} by a token"),
            vec![program.header],
            Some((scope, false)),
        ));
    }
    let admin = app.as_editor(Role::Admin).await;
    for scope in [Scope::Read, Scope::Suggest, Scope::Edit] {
        let program = app.with_token(&admin.editor, &[scope]).await;
        all.push((
            format!("a token for {scope:?}"),
            vec![program.header],
            Some((scope, false)),
        ));
    }
    for (name, dead) in dead(app, &admin).await {
        all.push((name.to_owned(), vec![dead.header], None));
    }
    let bad_token = ("Authorization", format!("Bearer docent_{}", "0".repeat(72)));
    let no_token = ("Authorization", "bearer".to_owned());
    let of_a_proxy = ("Authorization", "Basic YWRhOmFkYQ==".to_owned());
    for (name, header, reach) in [
        ("a bad token beside a good cookie", bad_token, None),
        ("no token beside a good cookie", no_token, None),
        (
            "what a proxy wants beside a good cookie",
            of_a_proxy,
            Some((Scope::Admin, true)),
        ),
    ] {
        let own = app.as_editor(Role::Admin).await;
        all.push((name.to_owned(), vec![own.header, header], reach));
    }
    all
}

/// Who was somebody once.
async fn dead(app: &TestApp, admin: &SignedIn) -> Vec<(&'static str, SignedIn)> {
    let store = &app.database.store;
    let now = app.worker.now();
    let past = now.minus(Duration::from_secs(1));
    let revoked = app.with_token(&admin.editor, &[Scope::Admin]).await;
    for token in store.tokens_after(admin.editor.id, 0, 100).await.unwrap() {
        if token.scopes == [Scope::Admin] {
            store
                .revoke_token(admin.editor.id, &token.public_id, now)
                .await
                .unwrap();
        }
    }
    let gone = app.as_editor(Role::Editor).await;
    let gone_program = app.with_token(&gone.editor, &[Scope::Admin]).await;
    let disabled = EditorChange {
        disabled: Some(true),
        ..EditorChange::default()
    };
    store
        .change_editor(&gone.editor.public_id, 1, disabled, now)
        .await
        .unwrap();
    let left = app.as_editor(Role::Editor).await;
    store.end_sessions(left.editor.id).await.unwrap();
    vec![
        (
            "an expired token",
            app.with_token_until(&admin.editor, &[Scope::Admin], Some(past)).await,
        ),
        ("a revoked token", revoked),
        (
            "a session unused for 14 days",
            app.as_editor_since(Role::Admin, now.minus(Duration::from_hours(14 * 24)))
                .await,
        ),
        ("who is shut out", gone),
        ("a token of who is shut out", gone_program),
        ("a session that was left", left),
    ]
}

fn needed(who: Who) -> Scope {
    match who {
        Anyone | Reads | Owns => Scope::Read,
        Suggests => Scope::Suggest,
        Edits => Scope::Edit,
        Admins => Scope::Admin,
    }
}

/// Asks for things that are not there, with a body that holds nothing.
fn request(app: &TestApp, method: &str, path: &str, headers: &[(&str, &str)]) -> crate::support::http::Answer {
    let path = path
        .replace("{id}", "00000000-0000-7000-8000-000000000000")
        .replace("{secret}", &"0".repeat(64));
    let mut all = vec![("If-Match", "*")];
    all.extend(headers);
    let body = if method == "GET" { "" } else { "{}" };
    app.send(method, &path, body, &all)
}
