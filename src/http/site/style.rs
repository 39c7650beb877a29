//! How the pages look: files under names that change with them, so that they may be kept for ever. One is for who works here;
//! the other is for readers, and takes the accent that an admin set.

use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::domain::accent::Accent;
use crate::domain::site::Site;
use crate::http::error::Problem;
use crate::http::state::State;
use crate::http::tag;

const STYLE: &str = include_str!("style.css");
const READERS: &str = include_str!("readers.css");
const COPY: &str = include_str!("copy.js");
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Where the style lies for who works here.
pub fn path() -> String {
    format!("/assets/style-{}.css", tag::digest(STYLE.as_bytes()))
}

/// What the style of readers is called as the site presents itself now: a file in `/style`.
pub fn name(site: &Site) -> String {
    format!("{}.css", tag::digest(sheet(site).as_bytes()))
}

/// What the script that copies code is called: a file in `/style`.
pub fn copy_name() -> String {
    format!("{}.js", tag::digest(COPY.as_bytes()))
}

/// Answers with the style for who works here.
pub async fn show(asked: HeaderMap) -> Response {
    kept(tag::bytes(&asked, CSS, STYLE))
}

/// Answers with a file for readers. A page that was made before it changed asks under an old name, and is not to keep what it
/// gets.
pub async fn show_named(
    Shared(state): Shared<State>,
    Path(asked_name): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    if asked_name == copy_name() {
        return Ok(kept(tag::bytes(&asked, SCRIPT, COPY)));
    }
    if asked_name.rsplit_once('.').is_none_or(|(_, kind)| kind != "css") {
        return Ok(Problem::not_found("file").into_response());
    }
    let site = state.store.site().await?;
    let response = tag::bytes(&asked, CSS, sheet(&site));
    Ok(if asked_name == name(&site) {
        kept(response)
    } else {
        response
    })
}

fn kept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, FOR_EVER);
    response
}

fn sheet(site: &Site) -> String {
    let Accent { light, dark } = Accent::of(site.accent.as_ref());
    format!(
        "{READERS}:root {{ --accent: light-dark({}, {}); }}\n",
        light.as_str(),
        dark.as_str()
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::domain::accent::{DARK_GROUNDS, LIGHT_GROUNDS};

    /// Bytes of the readers' style, compressed.
    const STYLE_BYTES_MAX: usize = 6 * 1024;

    #[test]
    fn the_grounds_are_those_that_accents_are_measured_on() {
        for (light, dark) in LIGHT_GROUNDS.into_iter().zip(DARK_GROUNDS) {
            let ground = format!("light-dark({light}, {dark})");
            assert!(READERS.contains(&ground), "{ground}");
        }
    }

    #[test]
    fn the_style_of_readers_is_light() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(READERS.as_bytes()).unwrap();
        let bytes = packed.finish().unwrap().len();
        assert!(bytes <= STYLE_BYTES_MAX, "{bytes}");
    }

    #[test]
    fn another_accent_has_another_name() {
        let blue = Site {
            accent: crate::domain::site::Colour::parse("#1f4e79"),
            ..Site::default()
        };
        assert_ne!(name(&Site::default()), name(&blue));
        assert!(sheet(&blue).contains("#1f4e79"));
    }
}
