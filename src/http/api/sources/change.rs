//! What editors do with sources: add, change, set aside, poll now.

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{SourceAnswer, find};
use crate::domain::cadence;
use crate::domain::source::{Declared, Rules, Slug, Source};
use crate::domain::text::Language;
use crate::domain::time::Timestamp;
use crate::http::api::inquiries;
use crate::http::body::{Body, given, set};
use crate::http::caller::Edits;
use crate::http::error::Problem;
use crate::http::precondition::{self, IfMatch, outdated};
use crate::http::state::State;
use crate::store::StoreError;

/// The longest name of a source, and the longest term or topic, in characters.
const NAME_CHARS_MAX: usize = 200;
/// Terms of one rule, and topics.
const TERMS_MAX: usize = 100;

/// A source to be added: what an inquiry found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceWish {
    /// The inquiry that found it.
    inquiry: String,
    /// Its name for programs; made of the other one, if not given.
    #[schema(value_type = Option<String>, max_length = 64)]
    id: Option<String>,
    /// Its name for people; what it calls itself, if not given.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// What it writes about.
    #[serde(default)]
    #[schema(max_items = 100)]
    topics: Vec<String>,
}

/// What is to change of a source, as a merge patch (RFC 7396). Of a source that `sources.toml` declares, only `paused` can.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourcePatch {
    /// Whether it is set aside for a while.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = bool, required = false)]
    paused: Option<bool>,
    /// Whether it is not polled any more, for good or until this is taken back.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = bool, required = false)]
    retired: Option<bool>,
    /// Its name for people.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The language it writes in.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, required = false)]
    language: Option<Option<String>>,
    /// What it writes about.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = Vec<String>, required = false, max_items = 100)]
    topics: Option<Vec<String>>,
    /// Only entries with one of these terms are taken, if there are any.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = Vec<String>, required = false, max_items = 100)]
    include: Option<Vec<String>>,
    /// Entries with one of these terms are not taken.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = Vec<String>, required = false, max_items = 100)]
    exclude: Option<Vec<String>>,
    /// At most so many new entries in 24 hours.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>, required = false)]
    cap_per_day: Option<Option<u32>>,
    /// The longest excerpt that the outlet allows us to print, in words.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>, required = false)]
    excerpt_words: Option<Option<u32>>,
}

/// When a source that was asked for is polled.
#[derive(Debug, Serialize, ToSchema)]
pub struct PollAnswer {
    /// As soon as the manners of a poller allow.
    #[schema(value_type = String, format = DateTime)]
    next_poll_at: Timestamp,
}

/// Add a source that an inquiry found
///
/// It is polled at once.
#[utoipa::path(post, path = "/sources", tag = "sources", request_body = SourceWish,
    responses((status = CREATED, body = SourceAnswer, headers(("Location" = String, description = "Where it is"))),
        (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "It is there already, or the inquiry found nothing", body = Problem, content_type = "application/problem+json")))]
pub async fn add(_: Edits, Shared(state): Shared<State>, Body(wish): Body<SourceWish>) -> Result<Response, Problem> {
    let declared = take(&state, wish).await?;
    let answer = SourceAnswer::from(find(&state, declared.slug.as_str()).await?);
    let place = format!("/api/v1/sources/{}", declared.slug);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(answer)).into_response())
}

/// Adds what an inquiry found, to be polled at once.
pub async fn take(state: &State, wish: SourceWish) -> Result<Declared, Problem> {
    let inquiry = inquiries::find(state, &wish.inquiry).await?;
    let offer = inquiry.answer.and_then(|answer| answer.found);
    let offered = offer.and_then(|offer| offer.declared());
    let declared = wish.over(offered.ok_or_else(|| Problem::conflict("the inquiry found nothing to read"))?)?;
    if let Some(known) = state.store.source_at(&declared.link).await? {
        return Err(Problem::conflict(&format!(
            "it is read already, as {}",
            known.declared.slug
        )));
    }
    let now = state.clock.now();
    state.store.add_source(&declared, now, now).await.map_err(taken)?;
    Ok(declared)
}

/// Change a source
#[utoipa::path(patch, path = "/sources/{id}", tag = "sources", request_body = SourcePatch,
    params(("id" = String, Path, description = "The source's name for programs"), ("If-Match" = String, Header, description = "The `ETag` of what is to be changed")),
    responses((status = OK, body = SourceAnswer, headers(("ETag" = String, description = "Of what it is now"))),
        (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "It is declared in `sources.toml`", body = Problem, content_type = "application/problem+json")))]
pub async fn change(
    _: Edits,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    if_match: IfMatch,
    Body(patch): Body<SourcePatch>,
) -> Result<Response, Problem> {
    let standing = find(&state, &id).await?;
    if_match.check(standing.version, &SourceAnswer::from(standing.clone()))?;
    let wanted = patch.over(&standing, state.clock.now())?;
    let changed = state.store.change_source(&standing, &wanted).await?;
    let now = find(&state, &id).await?;
    let answer = SourceAnswer::from(now.clone());
    if !changed {
        return Err(outdated(now.version, &answer));
    }
    precondition::json(&axum::http::HeaderMap::new(), now.version, &answer)
}

/// Poll a source as soon as it may be
#[utoipa::path(post, path = "/sources/{id}/poll", tag = "sources", params(("id" = String, Path, description = "The source's name for programs")),
    responses((status = ACCEPTED, body = PollAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "It is not polled any more", body = Problem, content_type = "application/problem+json")))]
pub async fn poll(_: Edits, Shared(state): Shared<State>, Path(id): Path<String>) -> Result<Response, Problem> {
    let source = find(&state, &id).await?;
    let asked = ask_for_poll(&state, &source).await?;
    let next_poll_at = asked.ok_or_else(|| Problem::conflict("the source is not polled any more"))?;
    Ok((StatusCode::ACCEPTED, Json(PollAnswer { next_poll_at })).into_response())
}

/// Read a source again where it was before its server moved it for good
///
/// It stays there, whatever its server says of that address later.
#[utoipa::path(post, path = "/sources/{id}/move-back", tag = "sources", params(("id" = String, Path, description = "The source's name for programs")),
    responses((status = OK, body = SourceAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "It was not moved", body = Problem, content_type = "application/problem+json")))]
pub async fn move_back(_: Edits, Shared(state): Shared<State>, Path(id): Path<String>) -> Result<Response, Problem> {
    let source = find(&state, &id).await?;
    let back = state
        .store
        .move_source_back(&source.declared.slug, state.clock.now())
        .await?;
    back.ok_or_else(|| Problem::conflict("its server did not move it"))?;
    Ok(Json(SourceAnswer::from(find(&state, &id).await?)).into_response())
}

/// Lets a source be polled as soon as the manners of a poller allow: when that is. `None` if it is not polled any more.
pub async fn ask_for_poll(state: &State, source: &Source) -> Result<Option<Timestamp>, Problem> {
    let now = state.clock.now();
    let held = state.store.held_until(source.declared.link.host()).await?;
    let at = source
        .polled_at
        .map_or(now, |polled_at| cadence::refresh_at(polled_at, held).max(now));
    let asked = state.store.ask_for_poll(&source.declared.slug, now, at).await?;
    Ok(asked.then_some(at))
}

impl SourceWish {
    /// What the inquiry of that name found, called `name` if there is one.
    pub fn of(inquiry: String, name: Option<String>) -> Self {
        Self {
            inquiry,
            id: None,
            name,
            topics: Vec::new(),
        }
    }

    fn over(self, mut declared: Declared) -> Result<Declared, Problem> {
        if let Some(name) = self.name {
            declared.name = named(&name)?;
        }
        if let Some(id) = self.id {
            let detail = "lower-case letters, digits and single hyphens between them, at most 64";
            declared.slug = Slug::parse(&id).ok_or_else(|| Problem::bad_field("/id", detail))?;
        }
        declared.topics = terms("/topics", &self.topics)?;
        Ok(declared)
    }
}

impl SourcePatch {
    /// `standing` after this.
    fn over(&self, standing: &Source, now: Timestamp) -> Result<Source, Problem> {
        let mut declared = standing.declared.clone();
        if let Some(name) = &self.name {
            declared.name = named(name)?;
        }
        if let Some(language) = &self.language {
            let read = |tag: &String| {
                Language::parse(tag).ok_or_else(|| Problem::bad_field("/language", "not a language code such as en"))
            };
            declared.language = language.as_ref().map(read).transpose()?;
        }
        if let Some(topics) = &self.topics {
            declared.topics = terms("/topics", topics)?;
        }
        declared.rules = self.rules(declared.rules)?;
        let retired_at = match self.retired {
            Some(retired) => retired.then(|| standing.retired_at.unwrap_or(now)),
            None => standing.retired_at,
        };
        if standing.in_file && (&declared, retired_at) != (&standing.declared, standing.retired_at) {
            return Err(in_file());
        }
        Ok(Source {
            declared,
            retired_at,
            paused: self.paused.unwrap_or(standing.paused),
            ..standing.clone()
        })
    }

    fn rules(&self, mut rules: Rules) -> Result<Rules, Problem> {
        if let Some(include) = &self.include {
            rules.include = terms("/include", include)?;
        }
        if let Some(exclude) = &self.exclude {
            rules.exclude = terms("/exclude", exclude)?;
        }
        rules.cap_per_day = self.cap_per_day.unwrap_or(rules.cap_per_day);
        rules.excerpt_words = self.excerpt_words.unwrap_or(rules.excerpt_words);
        Ok(rules)
    }
}

/// A source's name for people.
pub fn named(name: &str) -> Result<String, Problem> {
    line(name).ok_or_else(|| Problem::bad_field("/name", "1 to 200 characters in one line"))
}

/// Terms or topics, each on one line; `pointer` is where a mistake is told.
pub fn terms(pointer: &str, terms: &[String]) -> Result<Vec<String>, Problem> {
    let read: Option<Vec<String>> = terms.iter().map(|term| line(term)).collect();
    read.filter(|terms| terms.len() <= TERMS_MAX)
        .ok_or_else(|| Problem::bad_field(pointer, "at most 100, each of 1 to 200 characters in one line"))
}

/// One line of text that is not empty, without the blanks around it.
fn line(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= NAME_CHARS_MAX && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// What is said to who would change a source of the file.
pub fn in_file() -> Problem {
    Problem::conflict("sources.toml declares it, so it is changed there; here it can be paused")
}

fn taken(error: StoreError) -> Problem {
    match error {
        StoreError::Taken(_) => Problem::conflict("that id is in use; choose another"),
        other => other.into(),
    }
}
