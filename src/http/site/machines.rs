//! What machines ask every site for: what robots may read, where the pages are, and the small picture in a tab.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::{Redirect, Response};

use super::cover::here;
use super::entry::topic_page;
use crate::domain::accent::{Accent, LIGHT_GROUNDS};
use crate::domain::channel::{Publisher, Scope};
use crate::domain::escape;
use crate::domain::link::Link;
use crate::domain::site::Site;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::public::finished::Made;
use crate::http::public::shelf::{self, Wanted};
use crate::http::state::State;
use crate::publish::sitemap;
use crate::store::lists::ReadingList;

const LIFETIME: &str = "public, max-age=86400, stale-while-revalidate=604800, stale-if-error=604800";
const LIFETIME_OF_SITEMAP: &str = "public, max-age=3600, stale-if-error=86400";
/// What is not for robots: what they cannot enter, and what has no end.
const NOT_FOR_ROBOTS: [&str; 7] = ["desk", "api", "login", "setup/", "invitations/", "search", "metrics"];

/// Answers with `robots.txt` (RFC 9309).
pub async fn robots(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Result<Response, Problem> {
    let made = || {
        let publisher = &state.publishing.publisher;
        let closed = NOT_FOR_ROBOTS.map(|path| format!("Disallow: {}{path}\n", here(&publisher.root())));
        let sitemap = publisher.at(&["sitemap.xml"]);
        Made {
            kind: "text/plain; charset=utf-8",
            lifetime: LIFETIME,
            headers: Vec::new(),
            body: format!("User-agent: *\n{}\nSitemap: {sitemap}\n", closed.concat()).into_bytes(),
        }
    };
    shelf::answer(&state, &headers, Wanted::page("/robots.txt"), async || Ok(made())).await
}

/// Answers with the addresses of all pages for readers.
pub async fn sitemap(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Result<Response, Problem> {
    shelf::answer(&state, &headers, Wanted::page("/sitemap.xml"), async || {
        Ok(Made {
            kind: "application/xml",
            lifetime: LIFETIME_OF_SITEMAP,
            headers: Vec::new(),
            body: sitemap::write(&pages(&state).await?),
        })
    })
    .await
}

/// Answers with the picture of the site: the first letter of its name on its accent.
pub async fn icon(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Result<Response, Problem> {
    shelf::answer(&state, &headers, Wanted::page("/favicon.svg"), async || {
        Ok(Made {
            kind: "image/svg+xml",
            lifetime: LIFETIME,
            headers: Vec::new(),
            body: drawn(&state.store.site().await?).into_bytes(),
        })
    })
    .await
}

/// Leads to [`icon`] who asks where icons once were.
pub async fn old_icon(Shared(state): Shared<Arc<State>>) -> Redirect {
    Redirect::permanent(&here(&state.publishing.publisher.at(&["favicon.svg"])))
}

/// Every page for readers, with its last change where that is known.
async fn pages(state: &State) -> Result<Vec<(Link, Option<Timestamp>)>, Problem> {
    let (store, publisher) = (&state.store, &state.publishing.publisher);
    let lists = store.lists().await?;
    let last = lists.iter().map(|list| list.public_at).max();
    let mut pages = vec![(publisher.root(), last)];
    pages.extend(["lists", "topics", "sources", "about"].map(|path| (publisher.at(&[path]), None)));
    for list in &lists {
        pages.extend(pages_of(state, list, publisher).await?);
    }
    let topics = store.published_topics().await?.into_iter();
    pages.extend(topics.map(|topic| (topic_page(&topic.key, publisher), None)));
    Ok(pages)
}

async fn pages_of(
    state: &State,
    list: &ReadingList,
    publisher: &Publisher,
) -> Result<Vec<(Link, Option<Timestamp>)>, Problem> {
    let slug = list.slug.as_str();
    let scope = Scope {
        list: Some(list.slug.clone()),
        topic: None,
    };
    let mut pages = vec![(scope.page(publisher), Some(list.public_at))];
    let editions = state.store.published_editions(list.id).await?.into_iter();
    pages.extend(editions.map(|head| {
        let page = publisher.at(&["lists", slug, "editions", &head.number.to_string()]);
        (page, Some(head.published_at))
    }));
    let months = state.store.published_months(Some(list.id)).await?.into_iter();
    pages.push((publisher.at(&["lists", slug, "archive"]), None));
    pages.extend(months.map(|(month, _)| (scope.month(publisher, month), None)));
    Ok(pages)
}

fn drawn(site: &Site) -> String {
    let Accent { light, .. } = Accent::of(site.accent.as_ref());
    let letter = site
        .name
        .trim()
        .chars()
        .next()
        .unwrap_or('d')
        .to_uppercase()
        .to_string();
    let [paper, _] = LIGHT_GROUNDS;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><rect width=\"32\" height=\"32\" rx=\"4\" fill=\"{}\"/>\
         <rect x=\"3.5\" y=\"3.5\" width=\"25\" height=\"25\" fill=\"none\" stroke=\"{paper}\" stroke-opacity=\".55\"/>\
         <text x=\"16\" y=\"22.5\" text-anchor=\"middle\" font-family=\"Iowan Old Style, Palatino, Georgia, serif\" font-weight=\"700\" \
         font-size=\"19\" fill=\"{paper}\">{}</text></svg>\n",
        light.as_str(),
        escape::text(&letter)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_shows_the_first_letter_of_the_name() {
        for (name, letter) in [
            ("museum reads", ">M<"),
            ("  ärmel", ">Ä<"),
            ("博物", ">博<"),
            ("<x>", ">&lt;<"),
        ] {
            let site = Site {
                name: name.to_owned(),
                ..Site::default()
            };
            assert!(drawn(&site).contains(letter), "{name}");
        }
    }
}
