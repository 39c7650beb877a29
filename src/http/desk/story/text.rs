//! The text of a story, beside the rows and on its own page.

use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::http::HeaderMap;
use axum::response::Response;

use super::whole;
use crate::domain::text::CleanHtml;
use crate::http::desk::row::day;
use crate::http::desk::{html, parts, render, wants_parts};
use crate::http::error::Problem;
use crate::http::site::door::Visitor;
use crate::http::state::State;
use crate::ingest::clean;
use crate::store::stories::{ArticleLine, StoryWhole};

/// The lead, the other articles, and what is said of them.
#[derive(Template)]
#[template(path = "desk/story/text.html", config = "src/askama.toml")]
pub struct Text {
    pub id: String,
    pub lead: Article,
    others: Vec<Article>,
    note: Option<String>,
}

/// An article.
pub struct Article {
    pub title: String,
    pub link: String,
    pub language: String,
    pub about: String,
    because: Option<String>,
    pub html: CleanHtml,
}

/// The text alone, for our script.
pub async fn show(
    Visitor(_): Visitor,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let text = Text::new(whole(&state, &id).await?);
    if wants_parts(&headers) {
        let text = render(&text)?;
        return Ok(parts(format!(
            "<template data-for=\"text\" data-how=\"inside\">{text}</template>"
        )));
    }
    html(&text)
}

impl Text {
    fn new(whole: StoryWhole) -> Self {
        let mut articles = whole.articles.into_iter().map(Article::from);
        Self {
            id: whole.line.public_id,
            note: whole.line.curated.note.map(|note| note.text.as_str().to_owned()),
            lead: articles.next().unwrap_or_else(Article::empty),
            others: articles.collect(),
        }
    }
}

impl Article {
    /// What stands where a story has no article any more.
    pub fn empty() -> Self {
        Self {
            title: "Gone".to_owned(),
            link: String::new(),
            language: String::new(),
            about: String::new(),
            because: None,
            html: CleanHtml::default(),
        }
    }
}

impl From<(ArticleLine, CleanHtml)> for Article {
    fn from((line, html): (ArticleLine, CleanHtml)) -> Self {
        Self {
            about: about(&line),
            title: line.title,
            link: line.link.map(|link| link.to_string()).unwrap_or_default(),
            language: line.language.map(|language| language.to_string()).unwrap_or_default(),
            because: line.joined_because,
            html: clean::without_pictures(&html),
        }
    }
}

/// Outlet, author, day and length.
pub fn about(line: &ArticleLine) -> String {
    let published = line.published_at.map(day);
    let words = (line.words > 0).then(|| format!("{} words", line.words));
    let about = [line.site_name.clone(), line.byline.clone(), published, words];
    about.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
