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
    let editor = app.as_editor(Role::Editor).await;
    let wish = "{\"link\":\"museum.example\"}";
    let inquiry = editor.send("POST", "/api/v1/inquiries", wish, &[]).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 5);
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            // What changes something is described by the tests of its noun.
            if method != "get" || path.contains("{secret}") {
                continue;
            }
            // One line for each noun that has names.
            let known = [
                ("editors", app.reader.editor.public_id.as_str()),
                ("inquiries", &inquiry),
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
