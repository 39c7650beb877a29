//! Pages for people, made by the server and whole without script. The template stands beside its handler.

pub mod door;
pub mod home;
pub mod list;
pub mod matches;
pub mod setup;
pub mod style;
pub mod welcome;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::error::Problem;

/// Answers with a page.
pub fn page(template: &impl Template) -> Result<Response, Problem> {
    Ok(Html(text(template)?).into_response())
}

/// The text of a page.
fn text(template: &impl Template) -> Result<String, Problem> {
    template.render().map_err(|error| {
        tracing::error!(%error, "a page could not be made");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None)
    })
}

/// With a capital and a full stop.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
