//! A pick as the API tells of it.

use serde::Serialize;
use utoipa::ToSchema;

use super::stories::{ImageAnswer, SourceNameAnswer};
use crate::domain::excerpt;
use crate::domain::link::Link;
use crate::domain::list::Original;
use crate::domain::time::Timestamp;
use crate::store::PickVersion;
use crate::store::picks::PickLine;

/// A story chosen for a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PickAnswer {
    /// Its name, for ever.
    id: String,
    /// The list.
    list: String,
    /// The story that it was made of; it may have been joined into another since, or be gone.
    story: String,
    /// The edition that it stands in.
    edition: Option<String>,
    /// How far it has come.
    #[schema(value_type = StageName)]
    stage: &'static str,
    /// Our headline.
    headline: String,
    /// What is quoted, plain text.
    excerpt: String,
    /// How many words that is.
    excerpt_words: usize,
    /// Why it is worth reading, plain text.
    note: String,
    /// The picture.
    image: Option<ImageAnswer>,
    /// What it is about.
    topics: Vec<String>,
    /// The article as its outlet had it on the day of the pick.
    original: OriginalAnswer,
    /// When it was picked.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// By whom.
    made_by: String,
    /// When it goes out by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// When it first went out.
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Timestamp>,
    /// When it was withdrawn, or taken from the list.
    #[schema(value_type = Option<String>, format = DateTime)]
    withdrawn_at: Option<Timestamp>,
    /// When it was last changed after it had gone out.
    #[schema(value_type = Option<String>, format = DateTime)]
    corrected_at: Option<Timestamp>,
    /// What readers are told about that.
    correction: String,
}

/// How far a pick or an edition has come.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum StageName {
    /// Being written.
    Draft,
    /// Goes out by itself at its time.
    Scheduled,
    /// Went out.
    Published,
    /// Went out and was taken back.
    Withdrawn,
    /// Was taken from the list before it went out.
    Dropped,
}

/// An article as its outlet had it. Never changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct OriginalAnswer {
    /// Its title.
    title: String,
    /// Its first sentences, as long as list and outlet allow.
    excerpt: String,
    /// Its address.
    link: Option<String>,
    /// Its picture.
    image: Option<ImageAnswer>,
    /// Who published it.
    outlet: String,
    /// Who wrote it.
    byline: Option<String>,
    /// The language it is written in.
    language: Option<String>,
    /// When it was published there.
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Timestamp>,
    /// The source that listed it first.
    source: Option<SourceNameAnswer>,
    /// The longest excerpt that the outlet allows to be printed, in words.
    excerpt_words_max: Option<u32>,
}

/// What stood in a pick after a change.
#[derive(Debug, Serialize, ToSchema)]
pub struct PickVersionAnswer {
    /// Its number, for going back to it.
    version: i64,
    /// When it was changed.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// By whom.
    changed_by: String,
    /// Our headline.
    headline: String,
    /// What was quoted.
    excerpt: String,
    /// Why it is worth reading.
    note: String,
    /// The picture.
    image: Option<ImageAnswer>,
    /// What it is about.
    topics: Vec<String>,
    /// What readers were told of the change.
    correction: String,
    /// When readers first saw it; none if they never did.
    #[schema(value_type = Option<String>, format = DateTime)]
    shown_at: Option<Timestamp>,
}

fn image(link: Option<Link>, alt: Option<String>) -> Option<ImageAnswer> {
    link.map(|link| ImageAnswer::new(&link, alt))
}

impl From<PickLine> for PickAnswer {
    fn from(line: PickLine) -> Self {
        let pick = line.pick;
        let text = pick.text;
        Self {
            id: pick.public_id,
            list: line.list_slug.to_string(),
            story: line.story,
            edition: line.edition,
            stage: pick.stage.as_str(),
            headline: text.headline,
            excerpt_words: excerpt::words(&text.excerpt),
            excerpt: text.excerpt,
            note: text.note,
            image: image(text.image, text.image_alt),
            topics: text.topics.into(),
            original: pick.original.into(),
            made_at: pick.made_at,
            made_by: line.picked_by,
            due_at: pick.due_at,
            published_at: pick.published_at,
            withdrawn_at: pick.withdrawn_at,
            corrected_at: pick.corrected_at,
            correction: pick.correction,
        }
    }
}

impl From<Original> for OriginalAnswer {
    fn from(original: Original) -> Self {
        let excerpt_words_max = original.words_allowed();
        let source = original.source_slug.zip(original.source_name);
        Self {
            title: original.original_title,
            excerpt: original.original_excerpt,
            link: original.link.map(|link| link.to_string()),
            image: image(original.original_image, original.original_image_alt),
            outlet: original.outlet,
            byline: original.byline,
            language: original.language.map(|language| language.to_string()),
            published_at: original.source_published_at,
            source: source.map(|(slug, name)| SourceNameAnswer {
                id: slug.to_string(),
                name,
            }),
            excerpt_words_max,
        }
    }
}

impl From<PickVersion> for PickVersionAnswer {
    fn from(version: PickVersion) -> Self {
        let text = version.text;
        Self {
            version: version.version.0,
            at: version.at,
            changed_by: version.changed_by,
            headline: text.headline,
            excerpt: text.excerpt,
            note: text.note,
            image: image(text.image, text.image_alt),
            topics: text.topics.into(),
            correction: version.correction,
            shown_at: version.shown_at,
        }
    }
}
