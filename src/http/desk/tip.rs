//! Tips: a page that an editor looks at elsewhere becomes a story here, by a bookmark, by sharing to us, or by its address.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::fields::Fields;
use super::{Place, Said, Shell, back_to, html};
use crate::domain::link::Link;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::site::door::{Suggesting, Visitor};
use crate::http::site::sentence;
use crate::http::state::State;
use crate::ingest::discover;
use crate::store::StoreError;
use crate::store::tips::Tipped;

/// Bytes of what is shared to us, in which an address is looked for.
const SHARED_BYTES_MAX: usize = 10_000;
const MANIFEST: HeaderValue = HeaderValue::from_static("application/manifest+json");

#[derive(Template)]
#[template(path = "desk/tip.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    link: String,
    title: String,
    fault: String,
}

/// Shows the form, with the address that was brought along. Looking at it changes nothing.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::read(query.as_deref().unwrap_or_default());
    let link = shared(&query).map(|link| link.to_string());
    let link = link.unwrap_or_else(|| query.text("url").to_owned());
    page(&state, &caller, (link, query.text("title").to_owned()), "").await
}

/// Takes the page as a story, or finds the one that it tells.
pub async fn take(
    Suggesting(caller): Suggesting,
    Shared(state): Shared<State>,
    fields: Fields,
) -> Result<Response, Problem> {
    let typed = (fields.text("url").to_owned(), String::new());
    let Some(link) = discover::address(fields.text("url")) else {
        return page(&state, &caller, typed, "That is not an address of the web.").await;
    };
    match state.store.tip(&link, &(state.fresh_id)(), state.clock.now()).await {
        Ok(Tipped::Known(id) | Tipped::New(id)) => Ok(back_to(&format!("/desk/stories/{id}"))),
        Err(StoreError::Refused(why)) => page(&state, &caller, typed, &sentence(&why)).await,
        Err(other) => Err(other.into()),
    }
}

/// What a phone or browser needs to know to install the desk and to share pages to it.
pub async fn manifest(Shared(state): Shared<State>) -> Result<Response, Problem> {
    let site = state.store.site().await?;
    let manifest = json!({
        "name": site.name,
        "short_name": site.name,
        "id": "/desk",
        "start_url": "/desk",
        "scope": "/",
        "display": "minimal-ui",
        "icons": [{"src": super::assets::path("icon.svg"), "type": "image/svg+xml", "sizes": "any"}],
        "background_color": "#fcfaf6",
        "theme_color": "#fcfaf6",
        "share_target": {
            "action": "/desk/tip",
            "method": "GET",
            "enctype": "application/x-www-form-urlencoded",
            "params": {"title": "title", "text": "text", "url": "url"}
        }
    });
    Ok(([(header::CONTENT_TYPE, MANIFEST)], manifest.to_string()).into_response())
}

async fn page(
    state: &State,
    caller: &Caller,
    (link, title): (String, String),
    fault: &str,
) -> Result<Response, Problem> {
    let said = Said::nothing(state, caller.id, "/desk/tip").await?;
    let page = html(&Page {
        shell: Shell::new(state, caller, Place::Elsewhere, said).await?,
        link,
        title,
        fault: fault.to_owned(),
    })?;
    let status = if fault.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok((status, page).into_response())
}

/// The address in what was shared: phones put it into the text, or even into the title.
fn shared(query: &Fields) -> Option<Link> {
    ["url", "text", "title"].into_iter().find_map(|name| {
        let text = query.text(name);
        let words = text.split_whitespace().filter(|_| text.len() <= SHARED_BYTES_MAX);
        words
            .filter(|word| name == "url" || word.starts_with("https://") || word.starts_with("http://"))
            .find_map(discover::address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_wherever_a_phone_put_it() {
        for (query, found) in [
            ("url=https://a.example/b", Some("https://a.example/b")),
            ("text=Read+this:+https://a.example/b+now", Some("https://a.example/b")),
            ("title=Mr.Smith&text=nothing", None),
            ("url=a.example/b", Some("https://a.example/b")),
            ("url=javascript:alert(1)", None),
        ] {
            let link = shared(&Fields::read(query));
            assert_eq!(link.as_ref().map(Link::as_str), found, "{query}");
        }
    }
}
