//! `/api/v1/stories`.

use axum::extract::{OriginalUri, Path, State as Shared};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::domain::link::Link;
use crate::domain::source::Slug;
use crate::domain::story::StoryId;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;
use crate::http::caller::Reads;
use crate::http::error::Problem;
use crate::http::paging::{self, Asked, Listed, page, write_cursor};
use crate::http::state::State;
use crate::http::tag;
use crate::store::stories::{ArticleLine, Sighting, SourceName, StoryFilter, StoryLine, StoryWhole};

/// A story: articles that tell the same news, by its lead article.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoryAnswer {
    /// Its name.
    pub id: String,
    /// The lead article's title.
    pub title: String,
    /// The lead article's address.
    pub link: Option<String>,
    /// The outlet as it calls itself.
    pub outlet: Option<String>,
    /// Who wrote the lead article.
    pub byline: Option<String>,
    /// When the lead article was published, as far as known.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Timestamp>,
    /// When the story was first found.
    #[schema(value_type = String, format = DateTime)]
    pub found_at: Timestamp,
    /// The language of the lead article.
    pub language: Option<String>,
    /// Its first sentences, plain text.
    pub excerpt: String,
    /// How many words it has.
    pub words: i64,
    /// Its picture.
    pub image: Option<ImageAnswer>,
    /// How many articles tell this story.
    pub articles: u32,
    /// Who listed it.
    pub sources: Vec<SourceNameAnswer>,
}

/// A picture.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImageAnswer {
    /// Where it lies.
    link: String,
    /// What it shows; empty where the publisher said nothing.
    alt: String,
}

/// A source by its two names.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceNameAnswer {
    /// For programs.
    pub id: String,
    /// For people.
    pub name: String,
}

/// A story with its articles and sightings.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoryWholeAnswer {
    /// The story.
    story: StoryAnswer,
    /// Its articles, the lead first.
    articles: Vec<ArticleAnswer>,
    /// Which source listed it, when, oldest first.
    sightings: Vec<SightingAnswer>,
}

/// An article of a story.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleAnswer {
    /// Its title.
    title: String,
    /// Its address.
    link: Option<String>,
    /// The outlet as it calls itself.
    outlet: Option<String>,
    /// Who wrote it.
    byline: Option<String>,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Timestamp>,
    /// How that was found.
    published_from: Option<String>,
    /// Its language.
    language: Option<String>,
    /// How that was found.
    language_from: Option<String>,
    /// Why it is in this story; none for the one that began it.
    because: Option<String>,
    /// Its text as cleaned HTML.
    html: String,
}

/// One source listed this, then.
#[derive(Debug, Serialize, ToSchema)]
pub struct SightingAnswer {
    /// The source.
    source: SourceNameAnswer,
    /// The title it gave.
    title: String,
    /// The address it gave.
    link: Option<String>,
    /// When we saw it.
    #[schema(value_type = String, format = DateTime)]
    found_at: Timestamp,
}

/// Which stories are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StoriesQuery {
    /// How many items, at most 200; 50 if not given.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only what this source listed.
    source: Option<String>,
    /// Only stories in this language.
    lang: Option<String>,
}

/// The stories, newest first
#[utoipa::path(get, path = "/stories", tag = "stories", params(StoriesQuery),
    responses((status = OK, body = Listed<StoryAnswer>), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    _: Reads,
    Shared(state): Shared<State>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<StoriesQuery>,
) -> Result<Response, Problem> {
    let (limit, cursor) = (
        paging::limit(asked.limit.as_deref())?,
        paging::cursor("stories", asked.cursor.as_deref())?,
    );
    let filter = StoryFilter {
        before: cursor.map(|(at, id)| (Timestamp::from_millis(at), StoryId(id))),
        ..asked.filter()?
    };
    let mut stories = state.store.stories(&filter, limit + 1).await?;
    let more = stories.len() > limit as usize;
    stories.truncate(limit as usize);
    let next_cursor = stories
        .last()
        .filter(|_| more)
        .map(|last| write_cursor("stories", last.found_at.millis(), last.id.0));
    let items = stories.into_iter().map(StoryAnswer::from).collect();
    Ok(page(&uri.to_string(), Listed { items, next_cursor }))
}

/// A story with its articles and who listed it
///
/// A story that was joined into another answers as that one.
#[utoipa::path(get, path = "/stories/{id}", tag = "stories", params(("id" = String, Path, description = "The story's name")),
    responses((status = OK, body = StoryWholeAnswer, headers(("ETag" = String, description = "Changes with the answer"))), (status = NOT_MODIFIED, description = "As `If-None-Match` has it"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    _: Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("story");
    // The databases do not agree on what a text may hold; a story's name holds none of it.
    let id = Uuid::parse_str(&id).map_err(|_| missing())?;
    let story = state.store.story(&id.to_string()).await?.ok_or_else(missing)?;
    tag::json(&headers, &StoryWholeAnswer::from(story))
}

impl ImageAnswer {
    /// A picture that lies at `link`.
    pub fn new(link: &Link, alt: Option<String>) -> Self {
        Self {
            link: link.to_string(),
            alt: alt.unwrap_or_default(),
        }
    }
}

impl StoriesQuery {
    fn filter(&self) -> Result<StoryFilter, Problem> {
        let source = self
            .source
            .as_deref()
            .map(|slug| Slug::parse(slug).ok_or_else(|| Problem::bad_parameter("source", "not the name of a source")));
        let language = self.lang.as_deref().map(|tag| {
            Language::parse(tag).ok_or_else(|| Problem::bad_parameter("lang", "not a language code such as en"))
        });
        Ok(StoryFilter {
            source: source.transpose()?,
            language: language.transpose()?,
            before: None,
        })
    }
}

impl From<StoryLine> for StoryAnswer {
    fn from(story: StoryLine) -> Self {
        let lead = story.lead;
        Self {
            id: story.public_id,
            title: lead.title,
            link: lead.link.map(|link| link.to_string()),
            outlet: lead.site_name,
            byline: lead.byline,
            published_at: lead.published_at,
            found_at: story.found_at,
            language: lead.language.map(|language| language.to_string()),
            excerpt: lead.excerpt,
            words: lead.words,
            image: lead.image.map(|link| ImageAnswer::new(&link, lead.image_alt)),
            articles: story.articles,
            sources: story.sources.into_iter().map(SourceNameAnswer::from).collect(),
        }
    }
}

impl From<StoryWhole> for StoryWholeAnswer {
    fn from(whole: StoryWhole) -> Self {
        let articles = whole
            .articles
            .into_iter()
            .map(|(line, html)| ArticleAnswer::new(line, html.as_str()))
            .collect();
        Self {
            story: whole.line.into(),
            articles,
            sightings: whole.sightings.into_iter().map(SightingAnswer::from).collect(),
        }
    }
}

impl ArticleAnswer {
    fn new(line: ArticleLine, html: &str) -> Self {
        Self {
            title: line.title,
            link: line.link.map(|link| link.to_string()),
            outlet: line.site_name,
            byline: line.byline,
            published_at: line.published_at,
            published_from: line.published_from,
            language: line.language.map(|language| language.to_string()),
            language_from: line.language_from,
            because: line.joined_because,
            html: html.to_owned(),
        }
    }
}

impl From<SourceName> for SourceNameAnswer {
    fn from(source: SourceName) -> Self {
        Self {
            id: source.slug.to_string(),
            name: source.name,
        }
    }
}

impl From<Sighting> for SightingAnswer {
    fn from(sighting: Sighting) -> Self {
        Self {
            source: SourceNameAnswer {
                id: sighting.slug.to_string(),
                name: sighting.name,
            },
            title: sighting.title,
            link: sighting.link.map(|link| link.to_string()),
            found_at: sighting.found_at,
        }
    }
}
