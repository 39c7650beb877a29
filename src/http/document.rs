//! What every question of the OpenAPI document has in common, said once.

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder};

/// Answered to whoever is not signed in.
const SIGNED_OUT: (&str, &str) = ("401", "Nobody is signed in");
/// Answered to whoever may not.
const FORBIDDEN: (&str, &str) = ("403", "Role or scope do not allow it, or the page of another site asks");
/// Answered to bodies.
const OF_BODIES: [(&str, &str); 4] = [
    ("400", "The body is not JSON"),
    ("413", "The body is too long"),
    ("415", "The body is not sent as JSON"),
    ("422", "The body holds what cannot be used; `errors` names it"),
];
/// Answered to changes of a version.
const OF_VERSIONS: [(&str, &str); 2] = [
    ("412", "It was changed meanwhile; `current` is what it has become"),
    ("428", "Without `If-Match`"),
];
/// Answered to a `POST` that is sent again while the first is being answered.
const RUNNING: (&str, &str) = (
    "409",
    "What is there does not allow it, or the first request of this Idempotency-Key is being answered",
);

/// Adds to each question how one signs in, and what is answered to whoever asks it wrongly.
pub fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
        "__Host-docent",
        "On the machine itself: `docent`",
    ));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    let none: [&str; 0] = [];
    document.security = Some(vec![
        SecurityRequirement::new("token", none),
        SecurityRequirement::new("session", none),
    ]);
    for item in document.paths.paths.values_mut() {
        let PathItem {
            get,
            post,
            put,
            patch,
            delete,
            ..
        } = item;
        for operation in [get, put, patch, delete].into_iter().flatten() {
            complete_one(operation);
        }
        if let Some(operation) = post {
            complete_one(operation);
            if is_closed(operation) {
                answer(operation, RUNNING);
                answer(operation, OF_BODIES[3]);
            }
        }
    }
}

fn complete_one(operation: &mut Operation) {
    if is_closed(operation) {
        answer(operation, SIGNED_OUT);
    }
    answer(operation, FORBIDDEN);
    if operation.request_body.is_some() {
        for one in OF_BODIES {
            answer(operation, one);
        }
    }
    let parameters = operation.parameters.iter().flatten();
    let mut names = parameters.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter.name.as_str()),
        RefOr::Ref(_) => None,
    });
    if names.any(|name| name == "If-Match") {
        for one in OF_VERSIONS {
            answer(operation, one);
        }
    }
}

/// Whether it wants somebody who is signed in: those that do not say so by an empty requirement.
fn is_closed(operation: &Operation) -> bool {
    operation.security.is_none()
}

/// Adds an answer, unless the question tells its own of that status.
fn answer(operation: &mut Operation, (status, description): (&str, &str)) {
    let known = &mut operation.responses.responses;
    known
        .entry(status.to_owned())
        .or_insert_with(|| RefOr::T(problem(description)));
}

fn problem(description: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
}
