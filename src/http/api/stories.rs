//! `/api/v1/stories`.

use axum::Json;
use axum::extract::{OriginalUri, Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::public_id;
use super::runs::RunAnswer;
use crate::domain::decision::{Note, Status};
use crate::domain::link::Link;
use crate::domain::source::Slug;
use crate::domain::story::StoryId;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;
use crate::http::body::Body;
use crate::http::caller::{Reads, Suggests};
use crate::http::error::Problem;
use crate::http::paging::{self, Asked, Listed, page};
use crate::http::precondition;
use crate::http::state::State;
use crate::store::checks::Run;
use crate::store::curated::Picked;
use crate::store::stories::{ArticleLine, Sighting, SourceName, StoryFilter, StoryLine, StoryWhole};
use crate::store::tips::Tipped;

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
    /// Where it stands: `new`, `suggested`, `held` or `dismissed`.
    pub status: &'static str,
    /// Why it was dismissed.
    pub reason: Option<String>,
    /// How many decisions there were about it: what `If-Match` is about.
    pub version: i64,
    /// What editors say about it.
    pub note: Option<NoteAnswer>,
    /// What editors say that it is about; empty where that is left to its sources.
    pub topics: Vec<String>,
    /// The lists that it stands on or went out on.
    pub picked: Vec<PickedAnswer>,
}

/// What editors say about a story.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoteAnswer {
    /// In words.
    text: String,
    /// Whether it is for editors only; else it is carried into a pick.
    private: bool,
}

/// A story on a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PickedAnswer {
    /// The pick.
    id: String,
    /// The list.
    list: String,
    /// `draft`, `scheduled` or `published`.
    stage: &'static str,
    /// When it went out.
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Timestamp>,
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
    /// Where it went out already.
    already_ran: Vec<RunAnswer>,
    /// Where another article went out that tells the same.
    another_version_ran: Vec<RunAnswer>,
}

/// An article of a story.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleAnswer {
    /// Its name, for choosing it as the lead and for splitting it off.
    id: String,
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
    /// What is known of its page: `none` wanted, `due`, `done`, `failed`, `refused` or `gone`.
    page: String,
    /// Why its page was not read.
    page_reason: Option<String>,
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

/// An article that an editor adds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TipAsked {
    /// Its address, http or https.
    #[schema(value_type = String, max_length = 4096)]
    link: Link,
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
    /// Only stories that stand there: `new`, `suggested`, `held` or `dismissed`.
    status: Option<String>,
    /// `true`: only what you have not seen.
    #[param(value_type = Option<bool>)]
    unseen: Option<String>,
    /// `true`: only what you hid, which is left out else.
    #[param(value_type = Option<bool>)]
    hidden: Option<String>,
}

/// The stories, newest first
///
/// What you hid is left out.
#[utoipa::path(get, path = "/stories", tag = "stories", params(StoriesQuery),
    responses((status = OK, body = Listed<StoryAnswer>), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    Reads(caller): Reads,
    Shared(state): Shared<State>,
    OriginalUri(uri): OriginalUri,
    Asked(asked): Asked<StoriesQuery>,
) -> Result<Response, Problem> {
    let (limit, cursor) = (
        paging::limit(asked.limit.as_deref())?,
        paging::cursor("stories", asked.cursor.as_deref())?,
    );
    let filter = StoryFilter {
        reader: Some(caller.id),
        before: cursor.map(|(at, id)| (Timestamp::from_millis(at), StoryId(id))),
        ..asked.filter()?
    };
    let stories = state.store.stories(&filter, limit + 1).await?;
    let listed: Listed<StoryAnswer> =
        paging::cut("stories", stories, limit, |last| (last.found_at.millis(), last.id.0));
    Ok(page(&uri.to_string(), listed))
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
    let story = whole(&state, &public_id(&id, "story")?).await?;
    precondition::json(&headers, story.version(), &story)
}

/// Adds an article by its address
///
/// Any web address will do; it is recognised like an entry of a source. Of a known article, the answer is its story. Of a new
/// one, the page is read soon; until then its address stands for its title, and `page` of its article is `due`.
#[utoipa::path(post, path = "/stories", tag = "stories", request_body = TipAsked,
    responses((status = OK, description = "It was known", body = StoryAnswer), (status = ACCEPTED, description = "It is new", body = StoryAnswer, headers(("Location" = String, description = "The story"))), (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"), (status = CONFLICT, description = "It is no article, or was removed", body = Problem, content_type = "application/problem+json"), (status = UNPROCESSABLE_ENTITY, body = Problem, content_type = "application/problem+json")))]
pub async fn tip(_: Suggests, Shared(state): Shared<State>, Body(asked): Body<TipAsked>) -> Result<Response, Problem> {
    let tipped = state
        .store
        .tip(&asked.link, &(state.fresh_id)(), state.clock.now())
        .await?;
    let (status, id) = match tipped {
        Tipped::Known(id) => (StatusCode::OK, id),
        Tipped::New(id) => (StatusCode::ACCEPTED, id),
    };
    let story = state
        .store
        .story_line(&id)
        .await?
        .ok_or_else(|| Problem::not_found("story"))?;
    let there = [(header::LOCATION, format!("/api/v1/stories/{id}"))];
    Ok((status, there, Json(StoryAnswer::from(story))).into_response())
}

/// The story of that name, or the one that it was merged into, as it is now.
pub(super) async fn whole(state: &State, id: &str) -> Result<StoryWholeAnswer, Problem> {
    let story = state
        .store
        .story(id)
        .await?
        .ok_or_else(|| Problem::not_found("story"))?;
    let runs = state.store.runs(story.line.id).await?;
    Ok(StoryWholeAnswer::new(story, runs))
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
        let status = self.status.as_deref().map(|word| {
            Status::parse(word).ok_or_else(|| Problem::bad_parameter("status", "new, suggested, held or dismissed"))
        });
        Ok(StoryFilter {
            source: source.transpose()?,
            language: language.transpose()?,
            status: status.transpose()?,
            unseen: flag("unseen", self.unseen.as_deref())?,
            unpicked: false,
            hidden: flag("hidden", self.hidden.as_deref())?,
            reader: None,
            before: None,
        })
    }
}

fn flag(name: &str, asked: Option<&str>) -> Result<bool, Problem> {
    match asked {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::bad_parameter(name, "true or false")),
    }
}

impl From<StoryLine> for StoryAnswer {
    fn from(story: StoryLine) -> Self {
        let (lead, curated) = (story.lead, story.curated);
        let topics = curated.topics.unwrap_or_default();
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
            status: story.status.as_str(),
            reason: curated.reason.map(String::from),
            version: story.version,
            note: curated.note.map(NoteAnswer::from),
            topics: topics.as_slice().to_vec(),
            picked: curated.picks.into_iter().map(PickedAnswer::from).collect(),
        }
    }
}

impl From<Note> for NoteAnswer {
    fn from(note: Note) -> Self {
        Self {
            text: note.text.into(),
            private: !note.public,
        }
    }
}

impl From<Picked> for PickedAnswer {
    fn from(picked: Picked) -> Self {
        Self {
            id: picked.pick,
            list: picked.list.to_string(),
            stage: picked.stage.as_str(),
            published_at: picked.published_at,
        }
    }
}

impl StoryWholeAnswer {
    /// What `If-Match` is about.
    pub(super) const fn version(&self) -> i64 {
        self.story.version
    }

    fn new(whole: StoryWhole, runs: Vec<Run>) -> Self {
        let lead = &whole.line.lead.link;
        let picks = &whole.line.curated.picks;
        let is_lead = |run: &Run| run.same_story && picks.iter().any(|own| own.pick == run.pick && own.link == *lead);
        let (this, other): (Vec<Run>, Vec<Run>) = runs.into_iter().partition(is_lead);
        let articles = whole
            .articles
            .into_iter()
            .map(|(line, html)| ArticleAnswer::new(line, html.as_str()))
            .collect();
        Self {
            already_ran: this.into_iter().map(RunAnswer::from).collect(),
            another_version_ran: other.into_iter().map(RunAnswer::from).collect(),
            story: whole.line.into(),
            articles,
            sightings: whole.sightings.into_iter().map(SightingAnswer::from).collect(),
        }
    }
}

impl ArticleAnswer {
    fn new(line: ArticleLine, html: &str) -> Self {
        Self {
            id: line.id.0.to_string(),
            title: line.title,
            link: line.link.map(|link| link.to_string()),
            outlet: line.site_name,
            byline: line.byline,
            published_at: line.published_at,
            published_from: line.published_from,
            language: line.language.map(|language| language.to_string()),
            language_from: line.language_from,
            because: line.joined_because,
            page: line.page,
            page_reason: line.page_reason,
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
