//! `/topics`: everything that published picks are about.

use std::sync::Arc;

use askama::Template;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;

use super::cover::{Cover, Place, Subject, here, told_language};
use super::entry::topic_page;
use crate::http::error::Problem;
use crate::http::public::finished::Made;
use crate::http::public::shelf::{self, Wanted};
use crate::http::state::State;

#[derive(Template)]
#[template(path = "site/topics.html", config = "src/askama.toml")]
struct TopicsPage {
    cover: Cover,
    language: String,
    topics: Vec<TopicLine>,
}

struct TopicLine {
    name: String,
    link: String,
    items: i64,
}

/// Answers with the page.
pub async fn show(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Result<Response, Problem> {
    let wanted = Wanted::page("/topics");
    shelf::answer(&state, &headers, wanted, async || made(&state).await).await
}

async fn made(state: &State) -> Result<Made, Problem> {
    let publisher = &state.publishing.publisher;
    let site = state.store.site().await?;
    let topics = state.store.published_topics().await?.into_iter();
    let subject = Subject {
        title: "Topics".to_owned(),
        about: format!("What the stories on {} are about.", site.name),
        page: publisher.at(&["topics"]),
        picture: None,
        feeds: None,
        data: String::new(),
        place: Place::Topics,
    };
    let page = TopicsPage {
        language: told_language(&site.language),
        topics: topics
            .map(|topic| TopicLine {
                link: here(&topic_page(&topic.key, publisher)),
                name: topic.written,
                items: topic.picks,
            })
            .collect(),
        cover: Cover::new(&site, publisher, subject),
    };
    Ok(page.cover.finish(state, super::text(&page)?))
}
