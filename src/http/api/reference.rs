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
    method: &'static str,
    path: String,
    summary: String,
    more: String,
    parameters: Vec<(String, String)>,
}

/// Every question that can be asked.
pub async fn show() -> Result<Response, Problem> {
    let document = crate::http::openapi();
    let paths = document.paths.paths.into_iter();
    let questions = paths.flat_map(|(path, item)| {
        let of =
            |method, operation: Option<Operation>| operation.map(|asked| Question::new(method, path.clone(), asked));
        let all = [
            of("GET", item.get),
            of("POST", item.post),
            of("PUT", item.put),
            of("PATCH", item.patch),
            of("DELETE", item.delete),
        ];
        all.into_iter().flatten()
    });
    page(&Reference {
        style: style::path(),
        questions: questions.collect(),
    })
}

impl Question {
    fn new(method: &'static str, path: String, operation: Operation) -> Self {
        let parameters = operation
            .parameters
            .into_iter()
            .flatten()
            .filter_map(|parameter| match parameter {
                RefOr::T(Parameter { name, description, .. }) => Some((name, plain(&description.unwrap_or_default()))),
                RefOr::Ref(_) => None,
            });
        Self {
            method,
            path,
            summary: operation.summary.unwrap_or_default(),
            more: plain(&operation.description.unwrap_or_default()),
            parameters: parameters.collect(),
        }
    }

    fn is_link(&self) -> bool {
        self.method == "GET" && !self.path.contains('{')
    }
}

/// Descriptions are Markdown, of which we use the marks of code only.
fn plain(markdown: &str) -> String {
    markdown.replace('`', "")
}
