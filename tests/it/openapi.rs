//! The OpenAPI document: as it was agreed, and true.

use docent::domain::editor::Role;
use serde_json::Value;

use crate::api::assert_problem;
use crate::support::app::TestApp;
use crate::support::database::TestDatabase;
use crate::support::http::Answer;

#[test]
fn the_document_is_as_it_was_agreed() {
    insta::assert_snapshot!(docent::http::openapi().to_pretty_json().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_answers_as_it_is_described() {
    let text = "Workers have mended the leaking roof above the painting gallery after a wet winter.";
    let app = TestApp::with_stories(TestDatabase::sqlite().await, &[("Museum roof repaired", text)]).await;
    app.collect(
        "courier",
        &[("Garden opens", "Lanterns guide visitors through it until eleven.")],
    )
    .await;
    let document = app.get("/api/openapi.json").json();
    assert_eq!(document, serde_json::to_value(docent::http::openapi()).unwrap());
    let story = app.get("/api/v1/stories").json()["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (edition, pick) = list_of(&app, &story).await;
    let editor = app.as_editor(Role::Editor).await;
    let wish = "{\"link\":\"museum.example\"}";
    let inquiry = editor.send("POST", "/api/v1/inquiries", wish, &[]).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let wish = "{\"name\":\"Gardens\",\"query\":\"garden\",\"shared\":true}";
    let saved = editor.send("POST", "/api/v1/searches", wish, &[]);
    let search = saved.json()["search"]["id"].as_str().unwrap().to_owned();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 5);
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            // What changes something is described by the tests of its noun; and what wants an admin, is no JSON or has no end.
            let elsewhere = ["{secret}", "{form}", "/webhooks", "/events"];
            if method != "get" || elsewhere.iter().any(|part| path.contains(part)) {
                continue;
            }
            // One line for each noun that has names.
            let known = [
                ("lists", "reading"),
                ("editions", &edition),
                ("picks", &pick),
                ("editors", app.reader.editor.public_id.as_str()),
                ("inquiries", &inquiry),
                ("searches", &search),
                ("sources", "gazette"),
                ("stories", &story),
            ];
            let known = known.iter().find(|(noun, _)| path.contains(noun));
            let there = path.replace("{id}", known.map_or("", |(_, id)| id));
            for answer in [
                app.get(&there),
                app.get(&format!("{path}?limit=0")),
                app.get(&format!("{path}?limit=1&cursor=foreign")),
                app.get(&path.replace("{id}", "nobody")),
            ] {
                assert_described(&document, operation, &answer, path);
            }
            let first = app.get(&there);
            assert_eq!(first.status, 200, "{path}");
            if let Some(tag) = first.header("etag") {
                let again = app.ask("GET", &there, &[("If-None-Match", tag)]);
                assert!(
                    operation["responses"]["304"].is_object() && again.status == 304,
                    "{path}"
                );
            }
        }
    }
}

/// A list with a pick of that story in an edition: the names of both.
async fn list_of(app: &TestApp, story: &str) -> (String, String) {
    let (admin, mut names) = (app.as_editor(Role::Admin).await, Vec::new());
    let pick = format!("/api/v1/stories/{story}/decisions");
    for (path, body) in [
        ("/api/v1/lists", r#"{"name":"Reading"}"#),
        ("/api/v1/lists/reading/editions", "{}"),
        (&pick, r#"{"act":"pick","list":"reading"}"#),
    ] {
        let made = admin.send("POST", path, body, &[]);
        assert_eq!(made.status, 201, "{path}: {}", made.text());
    }
    for noun in ["editions", "picks"] {
        let items = admin.get(&format!("/api/v1/lists/reading/{noun}")).json();
        names.push(items["items"][0]["id"].as_str().unwrap().to_owned());
    }
    let (pick, edition) = (names.remove(1), names.remove(0));
    let moved = admin.send(
        "POST",
        &format!("/api/v1/picks/{pick}/move"),
        &format!(r#"{{"edition":"{edition}"}}"#),
        &[],
    );
    assert_eq!(moved.status, 200, "{}", moved.text());
    (edition, pick)
}

/// The status is one that the document names, and the body is as its schema has it.
fn assert_described(document: &Value, operation: &Value, answer: &Answer, path: &str) {
    let response = &operation["responses"][answer.status.to_string()];
    assert!(
        response.is_object(),
        "{path} answers {}, which is not described",
        answer.status
    );
    if answer.status >= 400 {
        assert_problem(answer, answer.status, path);
    }
    let content = response["content"].as_object().unwrap();
    let kind = answer.header("content-type").unwrap();
    let schema = &content.get(kind).unwrap_or_else(|| panic!("{path} answers {kind}"))["schema"];
    assert_fits(document, schema, &answer.json(), path);
}

/// As much of JSON Schema as the document uses.
fn assert_fits(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let pointed = document.pointer(name.trim_start_matches('#'));
        return assert_fits(document, pointed.expect("a schema that is there"), value, place);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices
            .iter()
            .find(|choice| (choice["type"] == "null") == value.is_null());
        return assert_fits(document, fitting.expect("one of them"), value, place);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|own| own == kind),
        own => own == kind,
    };
    assert!(allowed, "{place} is {value}, not {schema}");
    if let Some(fields) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten() {
            assert!(fields.contains_key(name.as_str().unwrap()), "{place} lacks {name}");
        }
        for (name, field) in fields {
            let described = &schema["properties"][name];
            assert!(described.is_object(), "{place}/{name} is not described");
            assert_fits(document, described, field, &format!("{place}/{name}"));
        }
    }
    for item in value.as_array().into_iter().flatten() {
        assert_fits(document, &schema["items"], item, &format!("{place}/-"));
    }
}
