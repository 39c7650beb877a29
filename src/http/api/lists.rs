//! `/api/v1/lists`: reading lists.

use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::list::wording::{ABOUT_CHARS_MAX, Line, NAME_CHARS_MAX, Prose};
use crate::domain::list::{ListRules, Schedule};
use crate::domain::source::Slug;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;
use crate::http::api::acting;
use crate::http::body::{Body, given, set};
use crate::http::caller::{Admins, Reads};
use crate::http::error::Problem;
use crate::http::paging::{Listed, whole};
use crate::http::precondition::{self, IfMatch, outdated};
use crate::http::state::State;
use crate::store::StoreError;
use crate::store::lists::{ListChange, NewList, ReadingList, Told};

/// Words of an excerpt at the most, whatever a list says.
const EXCERPT_WORDS_MAX: u32 = 1_000;
/// Picks of an edition at the most, whatever a list says.
const PICKS_MAX: u32 = 200;
/// Names that addresses need for themselves.
const RESERVED: [&str; 2] = ["all", "new"];

/// A reading list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListAnswer {
    /// Its name in addresses, for ever.
    id: String,
    /// Its name.
    name: String,
    /// What it is about, plain text.
    about: String,
    /// The language it is written in.
    language: Option<String>,
    /// What holds for its picks and editions.
    rules: RulesAnswer,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// Since when nothing more is picked for it.
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Timestamp>,
    /// When what readers see of it was last changed.
    #[schema(value_type = String, format = DateTime)]
    public_at: Timestamp,
}

/// What holds for the picks and editions of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesAnswer {
    /// The longest excerpt, in words; an outlet may allow less.
    excerpt_words: u32,
    /// How many picks an edition should have.
    target: Option<u32>,
    /// How many picks of one outlet an edition may have.
    per_outlet: Option<u32>,
    /// When its editions are due, as in `Fridays 09:00 Europe/London`; none if by hand alone.
    cadence: Option<String>,
}

/// A list to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListWish {
    /// Its name in addresses, for ever: lower-case letters, digits and single hyphens. Made from its name if not given.
    #[schema(max_length = 64)]
    id: Option<String>,
    /// Its name.
    #[schema(value_type = String, min_length = 1, max_length = 120)]
    name: Line<NAME_CHARS_MAX>,
    /// What it is about, plain text.
    #[serde(default)]
    #[schema(value_type = String, max_length = 2000)]
    about: Prose<ABOUT_CHARS_MAX>,
    /// The language it is written in, such as `en`.
    #[schema(max_length = 64)]
    language: Option<String>,
    /// What holds for its picks and editions.
    #[serde(default)]
    rules: RulesPatch,
}

/// What is to change of a list, as a merge patch (RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPatch {
    /// Its name.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, min_length = 1, max_length = 120, required = false)]
    name: Option<Line<NAME_CHARS_MAX>>,
    /// What it is about, plain text.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = String, max_length = 2000, required = false)]
    about: Option<Prose<ABOUT_CHARS_MAX>>,
    /// The language it is written in, such as `en`.
    #[expect(clippy::option_option, reason = "as a merge patch has it")]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 64)]
    language: Option<Option<String>>,
    /// What holds for its picks and editions.
    #[serde(default)]
    rules: RulesPatch,
    /// Its place among the lists, from 1 on.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = u32, minimum = 1, required = false)]
    place: Option<u32>,
}

/// What is to hold for the picks and editions of a list; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesPatch {
    /// The longest excerpt, in words; an outlet may allow less.
    #[serde(default, deserialize_with = "set")]
    #[schema(value_type = u32, maximum = 1000, required = false)]
    excerpt_words: Option<u32>,
    /// How many picks an edition should have.
    #[expect(clippy::option_option, reason = "as a merge patch has it")]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 200)]
    target: Option<Option<u32>>,
    /// How many picks of one outlet an edition may have.
    #[expect(clippy::option_option, reason = "as a merge patch has it")]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 200)]
    per_outlet: Option<Option<u32>>,
    /// When its editions are due: days, time and zone, as in `Fridays 09:00 Europe/London`, `monthly last 12:00 UTC`.
    #[expect(clippy::option_option, reason = "as a merge patch has it")]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    cadence: Option<Option<Schedule>>,
}

/// The lists, in their order; archived ones last
#[utoipa::path(get, path = "/lists", tag = "lists", responses((status = OK, body = Listed<ListAnswer>)))]
pub async fn list(_: Reads, Shared(state): Shared<State>) -> Result<Response, Problem> {
    let lists = state.store.lists().await?;
    Ok(whole(lists, ListAnswer::from))
}

/// Make a list
///
/// With a cadence its first edition is made too.
#[utoipa::path(post, path = "/lists", tag = "lists", request_body = ListWish,
    responses((status = CREATED, body = ListAnswer), (status = CONFLICT, description = "There is one of that id", body = Problem, content_type = "application/problem+json")))]
pub async fn add(_: Admins, Shared(state): Shared<State>, Body(wish): Body<ListWish>) -> Result<Response, Problem> {
    let new = wish.read()?;
    let place = format!("/api/v1/lists/{}", new.slug);
    let made = state.store.make_list(new, state.clock.now(), state.fresh_id).await;
    let list = made.map_err(|error| match error {
        StoreError::Taken(_) => Problem::conflict("there is a list of that id").at("/id", "taken"),
        other => other.into(),
    })?;
    let answer = told(list)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], answer).into_response())
}

/// A list
#[utoipa::path(get, path = "/lists/{id}", tag = "lists", params(("id" = String, Path, description = "The list's name in addresses")),
    responses((status = OK, body = ListAnswer, headers(("ETag" = String, description = "Changes with the answer"))), (status = NOT_MODIFIED, description = "As `If-None-Match` has it"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    _: Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let list = named(&state, &id).await?;
    precondition::json(&headers, list.version.0, &ListAnswer::from(list))
}

/// Change a list
#[utoipa::path(patch, path = "/lists/{id}", tag = "lists", request_body = ListPatch,
    params(("id" = String, Path, description = "The list's name in addresses"), ("If-Match" = String, Header, description = "The `ETag` of what is to be changed")),
    responses((status = OK, body = ListAnswer, headers(("ETag" = String, description = "Of what it is now"))), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn change(
    Admins(caller): Admins,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    if_match: IfMatch,
    Body(patch): Body<ListPatch>,
) -> Result<Response, Problem> {
    let list = named(&state, &id).await?;
    if_match.check(list.version.0, &ListAnswer::from(list.clone()))?;
    let change = patch.read(&list)?;
    let done = state
        .store
        .change_list(list.id, list.version, change, acting(&caller, &state))
        .await;
    now(&state, &id, done.map(|_| ())).await
}

/// Archive a list
///
/// Nothing more is picked for it; what went out stays. It can be restored.
#[utoipa::path(delete, path = "/lists/{id}", tag = "lists",
    params(("id" = String, Path, description = "The list's name in addresses"), ("If-Match" = String, Header, description = "The `ETag` of what is to be archived")),
    responses((status = OK, body = ListAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "Something of it is scheduled", body = Problem, content_type = "application/problem+json")))]
pub async fn archive(
    _: Admins,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    if_match: IfMatch,
) -> Result<Response, Problem> {
    let list = named(&state, &id).await?;
    if_match.check(list.version.0, &ListAnswer::from(list.clone()))?;
    let done = state.store.archive_list(list.id, list.version, state.clock.now()).await;
    now(&state, &id, done).await
}

/// Restore a list that was archived
#[utoipa::path(post, path = "/lists/{id}/restore", tag = "lists", params(("id" = String, Path, description = "The list's name in addresses")),
    responses((status = OK, body = ListAnswer), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn restore(_: Admins, Shared(state): Shared<State>, Path(id): Path<String>) -> Result<Response, Problem> {
    let list = named(&state, &id).await?;
    let done = state.store.restore_list(list.id).await;
    now(&state, &id, done).await
}

/// The list called `id`.
pub async fn named(state: &State, id: &str) -> Result<ReadingList, Problem> {
    let missing = || Problem::not_found("list");
    let slug = Slug::parse(id).ok_or_else(missing)?;
    state.store.list(&slug).await?.ok_or_else(missing)
}

/// The list as it is after something was done to it, or could not be done.
async fn now(state: &State, id: &str, done: Result<(), StoreError>) -> Result<Response, Problem> {
    let list = named(state, id).await?;
    match done {
        Ok(()) => told(list),
        Err(StoreError::Outdated) => Err(outdated(list.version.0, &ListAnswer::from(list))),
        Err(error) => Err(error.into()),
    }
}

fn told(list: ReadingList) -> Result<Response, Problem> {
    precondition::json(&HeaderMap::new(), list.version.0, &ListAnswer::from(list))
}

impl ListWish {
    /// The list that is to be made.
    pub fn read(self) -> Result<NewList, Problem> {
        let name = self.name.0;
        let slug = match self.id {
            Some(id) => Slug::parse(&id),
            None => Slug::from_name(&name),
        };
        let slug = slug.filter(|slug| !RESERVED.contains(&slug.as_str())).ok_or_else(|| {
            Problem::bad_field(
                "/id",
                "lower-case letters, digits and single hyphens only, and not one of all, new",
            )
        })?;
        let language = self.language.as_deref().map(read_language).transpose()?;
        let told = Told {
            name,
            about: self.about.0,
            language,
        };
        let rules = self.rules.over(ListRules::default())?;
        Ok(NewList { slug, told, rules })
    }
}

impl ListPatch {
    /// What of `list` is to be otherwise.
    pub fn read(self, list: &ReadingList) -> Result<ListChange, Problem> {
        let language = match self.language {
            None => list.told.language.clone(),
            Some(tag) => tag.as_deref().map(read_language).transpose()?,
        };
        let told = Told {
            name: self.name.map_or_else(|| list.told.name.clone(), |name| name.0),
            about: self.about.map_or_else(|| list.told.about.clone(), |about| about.0),
            language,
        };
        if self.place == Some(0) {
            return Err(Problem::bad_field("/place", "places are counted from 1 on"));
        }
        Ok(ListChange {
            told: Some(told),
            rules: Some(self.rules.over(list.rules.clone())?),
            place: self.place,
        })
    }
}

impl RulesPatch {
    fn over(self, rules: ListRules) -> Result<ListRules, Problem> {
        let rules = ListRules {
            excerpt_words: self.excerpt_words.unwrap_or(rules.excerpt_words),
            target: self.target.unwrap_or(rules.target),
            per_outlet: self.per_outlet.unwrap_or(rules.per_outlet),
            cadence: self.cadence.unwrap_or(rules.cadence),
        };
        if rules.excerpt_words > EXCERPT_WORDS_MAX {
            return Err(Problem::bad_field("/rules/excerpt_words", "1000 words at the most"));
        }
        for (name, picks) in [("target", rules.target), ("per_outlet", rules.per_outlet)] {
            if picks.is_some_and(|picks| !(1..=PICKS_MAX).contains(&picks)) {
                return Err(Problem::bad_field(&format!("/rules/{name}"), "from 1 to 200 picks"));
            }
        }
        Ok(rules)
    }
}

fn read_language(tag: &str) -> Result<Language, Problem> {
    Language::parse(tag).ok_or_else(|| Problem::bad_field("/language", "not a language code such as en"))
}

impl From<ReadingList> for ListAnswer {
    fn from(list: ReadingList) -> Self {
        Self {
            id: list.slug.to_string(),
            name: list.told.name,
            about: list.told.about,
            language: list.told.language.map(|language| language.to_string()),
            rules: RulesAnswer {
                excerpt_words: list.rules.excerpt_words,
                target: list.rules.target,
                per_outlet: list.rules.per_outlet,
                cadence: list.rules.cadence.map(|cadence| cadence.to_string()),
            },
            made_at: list.made_at,
            archived_at: list.archived_at,
            public_at: list.public_at,
        }
    }
}
