//! A pick: a story chosen for a list, with its own copy of what is printed.

use super::topics::Topics;
use super::{EditionId, ListId, PickId, Stage, Version};
use crate::domain::editor::EditorId;
use crate::domain::link::Link;
use crate::domain::source::Slug;
use crate::domain::story::StoryId;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;

/// A story chosen for a list. Whatever happens to the story, its articles and its sources, this stays.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Pick {
    /// Its key.
    pub id: PickId,
    /// Its name outside, for ever: feeds are read by it.
    pub public_id: String,
    /// The list it was chosen for.
    pub list_id: ListId,
    /// The story it was chosen from.
    pub story_id: StoryId,
    /// The edition it stands in.
    pub edition_id: Option<EditionId>,
    /// Its place among the picks of its edition, or among those of the list that are in none; smaller ones come first.
    pub position: i64,
    /// How far it has come.
    pub stage: Stage,
    /// What an editor may write.
    #[sqlx(flatten)]
    pub text: PickText,
    /// What it was made of.
    #[sqlx(flatten)]
    pub original: Original,
    /// When it was chosen.
    pub made_at: Timestamp,
    /// By whom.
    pub made_by: EditorId,
    /// When it goes out by itself.
    pub due_at: Option<Timestamp>,
    /// When it first went out; it keeps that date.
    pub published_at: Option<Timestamp>,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
    /// When it was last changed after it had gone out.
    pub corrected_at: Option<Timestamp>,
    /// What readers are told about that.
    pub correction: String,
    /// The last change that readers can see.
    pub public_at: Option<Timestamp>,
    /// How often it was changed.
    pub version: Version,
}

/// What an editor may write in a pick.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PickText {
    /// Our headline.
    pub headline: String,
    /// What is quoted of the article, plain text.
    pub excerpt: String,
    /// Why it is worth reading, plain text; empty for none.
    pub note: String,
    /// The picture; none if none is wanted.
    pub image: Option<Link>,
    /// What the picture shows.
    pub image_alt: Option<String>,
    /// What it is about.
    #[sqlx(try_from = "String")]
    pub topics: Topics,
}

/// The article as its outlet had it on the day of the pick. Never changed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Original {
    /// Where it is; none where no source gave an address.
    pub link: Option<Link>,
    /// Its title.
    pub original_title: String,
    /// Its first sentences, as long as list and outlet allow.
    pub original_excerpt: String,
    /// Its picture.
    pub original_image: Option<Link>,
    /// What the picture shows.
    pub original_image_alt: Option<String>,
    /// Who published it, by name.
    pub outlet: String,
    /// Who wrote it.
    pub byline: Option<String>,
    /// The language it is written in.
    pub language: Option<Language>,
    /// When it was published there.
    pub source_published_at: Option<Timestamp>,
    /// The source that first listed it, for programs.
    pub source_slug: Option<Slug>,
    /// The same, for people.
    pub source_name: Option<String>,
    /// Where that source is read.
    pub source_link: Option<Link>,
    /// The site people know it by.
    pub source_home: Option<Link>,
    /// The longest excerpt that the outlet allows to be printed, in words.
    pub excerpt_words_max: Option<i64>,
}

impl Original {
    /// What the outlet allows, in words; none if it said nothing.
    pub fn words_allowed(&self) -> Option<u32> {
        self.excerpt_words_max.map(|words| u32::try_from(words).unwrap_or(0))
    }
}
