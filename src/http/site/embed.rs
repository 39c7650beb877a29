//! `/lists/{slug}/embed`: the box as it will look on somebody's own site, and the code for it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::HeaderMap;
use axum::response::Response;
use url::form_urlencoded;

use super::cover::{Cover, Named, Place, Subject, here, told_language};
use super::style;
use crate::domain::channel::{Publisher, Scope};
use crate::domain::escape::attribute;
use crate::domain::link::Link;
use crate::domain::source::Slug;
use crate::domain::text::Language;
use crate::http::error::Problem;
use crate::http::public::boxes::Look;
use crate::http::public::finished::Made;
use crate::http::public::shelf::{self, Wanted};
use crate::http::state::State;
use crate::publish::embed::{COUNT_MAX, Theme};
use crate::store::lists::ReadingList;

/// Widths that are offered, in pixels; the first is as wide as there is room.
const WIDTHS: [Option<u32>; 5] = [None, Some(300), Some(360), Some(480), Some(640)];
/// How high a frame is until the script or nobody has told it.
const FRAME_HEIGHT: u32 = 640;

/// How the box is wanted. What is not known is passed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Wish {
    look: Look,
    width: Option<u32>,
}

#[derive(Template)]
#[template(path = "site/embed.html", config = "src/askama.toml")]
struct EmbedPage {
    cover: Cover,
    list: Named,
    language: String,
    slug: String,
    count: usize,
    count_max: usize,
    pictures: bool,
    theme: &'static str,
    widths: Vec<Width>,
    width: String,
    height: u32,
    frame_link: String,
    box_script: String,
    copy_script: String,
    frame_code: String,
    element_code: String,
    fragment_code: String,
    fragment_link: String,
    can_be_framed: bool,
}

struct Width {
    value: String,
    name: String,
    is_chosen: bool,
}

/// Answers with the page.
pub async fn show(
    Shared(state): Shared<Arc<State>>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let list = Slug::parse(&slug).ok_or_else(|| Problem::not_found("list"))?;
    let wish = Wish::read(query.as_deref().unwrap_or_default());
    let name = format!("embed {list} {wish:?}");
    let wanted = Wanted::page(&name);
    shelf::answer(&state, &headers, wanted, async || made(&state, &list, wish).await).await
}

async fn made(state: &State, slug: &Slug, wish: Wish) -> Result<Made, Problem> {
    let list = state
        .store
        .list(slug)
        .await?
        .ok_or_else(|| Problem::not_found("list"))?;
    let site = state.store.site().await?;
    let publisher = &state.publishing.publisher;
    let scope = Scope {
        list: Some(slug.clone()),
        topic: None,
    };
    let subject = Subject {
        title: format!("{} on your own site", list.told.name),
        about: format!("A box with the newest of {}, for other sites.", list.told.name),
        page: publisher.at(&["lists", slug.as_str(), "embed"]),
        picture: None,
        feeds: Some((list.told.name.clone(), scope)),
        data: String::new(),
        place: Place::Elsewhere,
    };
    let language = told_language(list.told.language.as_ref().map_or(&site.language, Language::as_str));
    let cover = Cover::new(&site, publisher, subject);
    let can_be_framed = state.publishing.frame_ancestors != "'none'";
    let page = EmbedPage::new(cover, &list, publisher, wish, (language, can_be_framed));
    Ok(page.cover.finish(state, super::text(&page)?))
}

impl EmbedPage {
    fn new(
        cover: Cover,
        list: &ReadingList,
        publisher: &Publisher,
        wish: Wish,
        (language, can_be_framed): (String, bool),
    ) -> Self {
        let slug = list.slug.as_str();
        let page = publisher.at(&["lists", slug]);
        let script = publisher.at(&["box.js"]);
        let frame = asked(&publisher.at(&["lists", slug, "box"]), wish.look);
        let plain = Look {
            theme: None,
            ..wish.look
        };
        let fragment = asked(&publisher.at(&["lists", slug, "box.html"]), plain);
        let name = &list.told.name;
        Self {
            frame_link: here(&frame),
            frame_code: frame_code(&frame, &script, name, wish.width),
            element_code: element_code(&page, &script, (slug, name), plain),
            fragment_code: fragment_code(&fragment, &page, (slug, name)),
            fragment_link: fragment.to_string(),
            box_script: here(&script),
            copy_script: here(&publisher.at(&["style", &style::copy_name()])),
            count: wish.look.shape.count,
            count_max: COUNT_MAX,
            pictures: wish.look.shape.pictures,
            theme: match wish.look.theme {
                None => "",
                Some(Theme::Light) => "light",
                Some(Theme::Dark) => "dark",
            },
            widths: WIDTHS.into_iter().map(|width| Width::new(width, wish.width)).collect(),
            width: wide(wish.width),
            height: FRAME_HEIGHT,
            list: Named::new(name, &page),
            slug: slug.to_owned(),
            language,
            cover,
            can_be_framed,
        }
    }
}

impl Wish {
    fn read(query: &str) -> Self {
        let widths = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "width");
        let width = widths.last().and_then(|(_, value)| value.parse().ok());
        Self {
            look: Look::read(query),
            width: width.filter(|width| WIDTHS.contains(&Some(*width))),
        }
    }
}

impl Width {
    fn new(width: Option<u32>, chosen: Option<u32>) -> Self {
        Self {
            value: width.map(|width| width.to_string()).unwrap_or_default(),
            name: width.map_or_else(|| "As wide as its place".to_owned(), |width| format!("{width} pixels")),
            is_chosen: width == chosen,
        }
    }
}

fn wide(width: Option<u32>) -> String {
    width.map_or_else(|| "100%".to_owned(), |width| width.to_string())
}

fn asked(link: &Link, look: Look) -> Link {
    let query = look.query();
    let mut url = link.url().clone();
    url.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
    Link::from_url(url).unwrap_or_else(|| link.clone())
}

fn frame_code(frame: &Link, script: &Link, name: &str, width: Option<u32>) -> String {
    format!(
        "<iframe src=\"{}\" title=\"{}\" width=\"{}\" height=\"{FRAME_HEIGHT}\" style=\"border: 0; max-width: 100%\" loading=\"lazy\"></iframe>\n\
         <script async src=\"{}\"></script>",
        attribute(frame.as_str()),
        attribute(name),
        wide(width),
        attribute(script.as_str()),
    )
}

fn element_code(page: &Link, script: &Link, (slug, name): (&str, &str), look: Look) -> String {
    let pictures = if look.shape.pictures { " pictures=\"yes\"" } else { "" };
    format!(
        "<script async src=\"{}\"></script>\n<docent-box list=\"{slug}\" count=\"{}\"{pictures}><a href=\"{}\">{}</a></docent-box>",
        attribute(script.as_str()),
        look.shape.count,
        attribute(page.as_str()),
        attribute(name),
    )
}

fn fragment_code(fragment: &Link, page: &Link, (slug, name): (&str, &str)) -> String {
    format!(
        "<div id=\"docent-{slug}\"><a href=\"{}\">{}</a></div>\n<script type=\"module\">\n\
         const answer = await fetch(\"{}\");\n\
         if (answer.ok) document.getElementById(\"docent-{slug}\").innerHTML = await answer.text();\n</script>",
        attribute(page.as_str()),
        attribute(name),
        fragment.as_str(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_read_forgivingly() {
        for (query, count, width) in [
            ("", 5, None),
            ("count=3&width=360", 3, Some(360)),
            ("width=361", 5, None),
            ("width=300&width=", 5, None),
            ("width=x&count=99", 20, None),
        ] {
            let wish = Wish::read(query);
            assert_eq!((wish.look.shape.count, wish.width), (count, width), "{query}");
        }
    }

    #[test]
    fn the_code_holds_no_more_than_it_should() {
        let link = Link::parse("https://a.example/lists/x/box?count=3&pictures=yes").unwrap();
        let code = frame_code(&link, &link, "\"><script>alert(1)</script>", Some(360));
        assert!(code.contains("box?count=3&amp;pictures=yes\""), "{code}");
        assert!(
            code.contains("width=\"360\"") && !code.contains("<script>alert"),
            "{code}"
        );
    }
}
