//! A page about the API for people who read it in a browser.

use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::Operation;

use crate::domain::escape;

/// Where a browser lands that asks for nothing: until the desk stands here, the page about the API.
pub async fn home() -> Redirect {
    Redirect::temporary("/api")
}

/// Every question that can be asked, from the same document that programs read.
pub async fn show() -> Html<String> {
    let document = crate::http::openapi();
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>docent: the API</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"/api/reference.css\"></head><body><main><h1>docent: the API</h1>\
         <p>JSON under <code>/api/v1</code>. Lists give <code>items</code> and a <code>next_cursor</code>; errors are \
         problem documents (RFC 9457). The same for programs: <a href=\"/api/openapi.json\">openapi.json</a>.</p>",
    );
    for (path, item) in &document.paths.paths {
        if let Some(get) = &item.get {
            describe(&mut page, path, get);
        }
    }
    page.push_str("</main></body></html>");
    Html(page)
}

/// How that page looks.
pub async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("reference.css"),
    )
}

fn describe(page: &mut String, path: &str, operation: &Operation) {
    let summary = operation.summary.as_deref().unwrap_or_default();
    page.push_str(&format!("<section><h2>{}</h2><p><code>GET ", escape::text(summary)));
    if path.contains('{') {
        page.push_str(&format!("{}</code></p>", escape::text(path)));
    } else {
        page.push_str(&format!("<a href=\"{0}\">{0}</a></code></p>", escape::attribute(path)));
    }
    if let Some(more) = &operation.description {
        page.push_str(&format!("<p>{}</p>", escape::text(more)));
    }
    let parameters = operation.parameters.iter().flatten();
    let rows: Vec<String> = parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .map(|parameter| {
            let description = parameter.description.as_deref().unwrap_or_default();
            format!(
                "<dt><code>{}</code></dt><dd>{}</dd>",
                escape::text(&parameter.name),
                escape::text(description)
            )
        })
        .collect();
    if !rows.is_empty() {
        page.push_str(&format!("<dl>{}</dl>", rows.concat()));
    }
    page.push_str("</section>");
}
