//! Pages for people, made by the server and whole without script. The template stands beside its handler.

pub mod about;
pub mod archive;
mod cover;
pub mod demo;
pub mod door;
pub mod edition;
pub mod embed;
mod entry;
pub mod front;
pub mod list;
pub mod machines;
pub mod matches;
pub mod search;
pub mod setup;
pub mod sources;
pub mod style;
pub mod topics;
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
