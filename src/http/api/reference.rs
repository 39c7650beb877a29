//! A page about the API for people who read it in a browser, made of the document that programs read.

use askama::Template;
use axum::response::Response;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Operation, Parameter};

use crate::http::error::Problem;
use crate::http::site::{page, style};

#[derive(Template)]
#[template(path = "api/reference.html", config = "src/askama.toml")]
struct Reference {
    style: String,
    questions: Vec<Question>,
}

struct Question {
    path: String,
    summary: String,
    more: String,
    parameters: Vec<(String, String)>,
}

/// Every question that can be asked.
pub async fn show() -> Result<Response, Problem> {
    let document = crate::http::openapi();
    let paths = document.paths.paths.into_iter();
    let questions = paths.filter_map(|(path, item)| Some(Question::new(path, item.get?)));
    page(&Reference {
        style: style::path(),
        questions: questions.collect(),
    })
}

impl Question {
    fn new(path: String, get: Operation) -> Self {
        let parameters = get
            .parameters
            .into_iter()
            .flatten()
            .filter_map(|parameter| match parameter {
                RefOr::T(Parameter { name, description, .. }) => Some((name, plain(&description.unwrap_or_default()))),
                RefOr::Ref(_) => None,
            });
        Self {
            path,
            summary: get.summary.unwrap_or_default(),
            more: plain(&get.description.unwrap_or_default()),
            parameters: parameters.collect(),
        }
    }

    fn is_link(&self) -> bool {
        !self.path.contains('{')
    }
}

/// Descriptions are Markdown, of which we use the marks of code only.
fn plain(markdown: &str) -> String {
    markdown.replace('`', "")
}
