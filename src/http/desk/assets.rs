//! Style and script of the desk's pages: under one address that changes with them, so that they may be kept for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::http::error::Problem;
use crate::http::tag;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const PICTURE: &str = "image/svg+xml";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// One file for browsers, one for each kind of page here.
const STYLES: &str = concat!(
    include_str!("style/desk.css"),
    include_str!("style/lists.css"),
    include_str!("style/search.css"),
    include_str!("style/settings.css"),
    include_str!("style/sources.css"),
    include_str!("style/story.css"),
);

/// Name, kind and content. Scripts import each other by name, so all stand in one folder.
const FILES: &[(&str, &str, &str)] = &[
    ("desk.css", STYLE, STYLES),
    ("picture.svg", PICTURE, include_str!("style/picture.svg")),
    ("desk.js", SCRIPT, include_str!("script/desk.js")),
    ("send.js", SCRIPT, include_str!("script/send.js")),
    ("keys.js", SCRIPT, include_str!("script/keys.js")),
    ("list.js", SCRIPT, include_str!("script/list.js")),
    ("look.js", SCRIPT, include_str!("script/look.js")),
    ("order.js", SCRIPT, include_str!("script/order.js")),
    ("edit.js", SCRIPT, include_str!("script/edit.js")),
    ("live.js", SCRIPT, include_str!("script/live.js")),
    ("search.js", SCRIPT, include_str!("script/search.js")),
    ("icon.svg", "image/svg+xml", include_str!("style/icon.svg")),
    ("wait.js", SCRIPT, include_str!("script/wait.js")),
];

static DIGEST: LazyLock<String> = LazyLock::new(|| {
    let all: String = FILES.iter().map(|(_, _, content)| *content).collect();
    tag::digest(all.as_bytes())
});

/// Where the file called `name` lies.
pub fn path(name: &str) -> String {
    format!("/assets/{}/{name}", *DIGEST)
}

/// Answers with a file. A page made before these were changed asks under an old address, and is not to keep what it gets.
pub async fn show(Path((digest, name)): Path<(String, String)>, asked: HeaderMap) -> Response {
    let Some((_, kind, content)) = FILES.iter().find(|(known, _, _)| *known == name) else {
        return Problem::not_found("file").into_response();
    };
    let mut response = tag::bytes(&asked, kind, *content);
    if digest == *DIGEST {
        response.headers_mut().insert(header::CACHE_CONTROL, FOR_EVER);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// Bytes of all script and of all style that a page may bring, compressed.
    const SCRIPT_BYTES_MAX: usize = 25 * 1024;
    const STYLE_BYTES_MAX: usize = 15 * 1024;

    #[test]
    fn script_and_style_stay_light() {
        for (kind, most) in [(SCRIPT, SCRIPT_BYTES_MAX), (STYLE, STYLE_BYTES_MAX)] {
            let mut packed = GzEncoder::new(Vec::new(), Compression::default());
            for (_, _, content) in FILES.iter().filter(|(_, of, _)| *of == kind) {
                packed.write_all(content.as_bytes()).unwrap();
            }
            let bytes = packed.finish().unwrap().len();
            assert!(bytes <= most, "{kind}: {bytes}");
        }
    }

    #[test]
    fn each_import_names_a_file_that_is_there() {
        for (name, _, content) in FILES {
            for import in content.split("from \"./").skip(1) {
                let imported = import.split('"').next().unwrap();
                assert!(
                    FILES.iter().any(|(known, _, _)| *known == imported),
                    "{name}: {imported}"
                );
            }
        }
    }
}
