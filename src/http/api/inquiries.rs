//! `/api/v1/inquiries`: what could be read at an address?

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::inquiry::{Offer, Title};
use crate::domain::link::{LINK_BYTES_MAX, Link};
use crate::domain::source::{Rules, Selectors};
use crate::domain::time::Timestamp;
use crate::http::body::Body;
use crate::http::caller::{Edits, Reads};
use crate::http::error::Problem;
use crate::http::state::State;
use crate::http::tag;
use crate::store::inquiries::{Inquiry, NewInquiry};

/// The longest selector, in bytes; and how many alternatives one part may have.
const SELECTOR_BYTES_MAX: usize = 500;
const ALTERNATIVES_MAX: usize = 8;

/// An address to be looked into.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InquiryWish {
    /// The address of a site, a page, a feed, a sitemap.
    #[schema(value_type = String, max_length = 4096)]
    link: String,
    /// How entries stand on that page; if not given, every way to read it is tried.
    selectors: Option<SelectorsWish>,
}

/// CSS selectors, several for a part are alternatives; `@name` behind one takes an attribute.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SelectorsWish {
    /// One match an entry.
    #[schema(max_items = 8)]
    pub item: Vec<String>,
    /// Its title.
    #[schema(max_items = 8)]
    pub title: Vec<String>,
    /// Its address.
    #[schema(max_items = 8)]
    pub link: Vec<String>,
    /// When it was published.
    #[schema(max_items = 8)]
    pub date: Vec<String>,
    /// Its short text.
    #[schema(max_items = 8)]
    pub excerpt: Vec<String>,
    /// Its picture.
    #[schema(max_items = 8)]
    pub image: Vec<String>,
}

/// An address that was asked about, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct InquiryAnswer {
    /// Its name.
    id: String,
    /// The address.
    link: String,
    /// When it was asked.
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// Whether somebody has looked; until then the rest is empty.
    answered: bool,
    /// Every address that was tried, in order.
    tried: Vec<TriedAnswer>,
    /// What can be read there.
    found: Option<OfferAnswer>,
    /// The source that reads that already.
    source: Option<String>,
}

/// An address that was tried.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedAnswer {
    /// The address.
    link: String,
    /// What came of it.
    result: String,
}

/// A source as it could be added.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferAnswer {
    /// What it calls itself.
    name: String,
    /// `feed`, `page` or `sitemap`.
    kind: &'static str,
    /// What would be polled.
    link: String,
    /// The site people know.
    home: Option<String>,
    /// The language that it says it is written in.
    language: Option<String>,
    /// How many entries it lists.
    entries: u32,
    /// The newest of them, at most five.
    newest: Vec<TitleAnswer>,
    /// What was odd.
    warnings: Vec<String>,
}

/// An entry of what was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct TitleAnswer {
    /// Its title.
    title: String,
    /// Its address.
    link: Option<String>,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Timestamp>,
}

/// Ask what could be read at an address
///
/// The answer comes within a minute, mostly within seconds; ask for it at the address in `Location`.
#[utoipa::path(post, path = "/inquiries", tag = "sources", request_body = InquiryWish,
    responses((status = ACCEPTED, body = InquiryAnswer, headers(("Location" = String, description = "Where the answer will be"))),
        (status = UNPROCESSABLE_ENTITY, body = Problem, content_type = "application/problem+json")))]
pub async fn ask(
    Edits(caller): Edits,
    Shared(state): Shared<State>,
    Body(wish): Body<InquiryWish>,
) -> Result<Response, Problem> {
    let new = NewInquiry {
        public_id: (state.fresh_id)(),
        link: address(&wish.link)?,
        rules: wish.selectors.map(SelectorsWish::rules).transpose()?,
        by: caller.id,
        at: state.clock.now(),
    };
    state.store.inquire(&new).await?;
    let place = format!("/api/v1/inquiries/{}", new.public_id);
    let inquiry = find(&state, &new.public_id).await?;
    let answer = InquiryAnswer::new(&state, inquiry).await?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(answer)).into_response())
}

/// What came of an inquiry
#[utoipa::path(get, path = "/inquiries/{id}", tag = "sources", params(("id" = String, Path, description = "The inquiry's name")),
    responses((status = OK, body = InquiryAnswer, headers(("ETag" = String, description = "Changes with the answer"))), (status = NOT_MODIFIED, description = "As `If-None-Match` has it"), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn show(
    _: Reads,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let inquiry = find(&state, &id).await?;
    tag::json(&headers, &InquiryAnswer::new(&state, inquiry).await?)
}

/// The inquiry called `id`.
pub async fn find(state: &State, id: &str) -> Result<Inquiry, Problem> {
    let missing = || Problem::not_found("inquiry");
    let id = Uuid::parse_str(id).map_err(|_| missing())?;
    state.store.inquiry(&id.to_string()).await?.ok_or_else(missing)
}

/// An address that somebody typed: without a scheme it is one of the web.
pub fn address(text: &str) -> Result<Link, Problem> {
    let text = text.trim();
    let link = Link::parse(text).or_else(|| Link::parse(&format!("https://{text}")));
    let is_usable = |link: &Link| text.len() <= LINK_BYTES_MAX && link.host().contains(['.', ':']);
    link.filter(is_usable)
        .ok_or_else(|| Problem::bad_field("/link", "not an address of the web"))
}

impl SelectorsWish {
    /// As rules of a source; 422 if they are not bounded or name no item.
    pub fn rules(self) -> Result<Rules, Problem> {
        let selectors = Selectors {
            item: self.item,
            title: self.title,
            link: self.link,
            date: self.date,
            excerpt: self.excerpt,
            image: self.image,
        };
        if selectors.item.is_empty() {
            return Err(Problem::bad_field(
                "/selectors/item",
                "says where each entry stands, so it is needed",
            ));
        }
        for (part, alternatives) in selectors.parts() {
            let fits = alternatives.len() <= ALTERNATIVES_MAX
                && alternatives.iter().all(|one| one.len() <= SELECTOR_BYTES_MAX);
            if !fits {
                let detail = "at most 8 alternatives, each of at most 500 characters";
                return Err(Problem::bad_field(&format!("/selectors/{part}"), detail));
            }
        }
        Ok(Rules {
            selectors: Some(selectors),
            ..Rules::default()
        })
    }
}

impl InquiryAnswer {
    async fn new(state: &State, inquiry: Inquiry) -> Result<Self, Problem> {
        let answered = inquiry.answer.is_some();
        let answer = inquiry.answer.unwrap_or_default();
        let mut source = state.store.source_at(&inquiry.link).await?;
        if let Some(offer) = answer.found.as_ref().filter(|_| source.is_none()) {
            source = state.store.source_at(&offer.link).await?;
        }
        let tried = answer.tried.into_iter().map(|(link, result)| TriedAnswer {
            link: link.to_string(),
            result,
        });
        Ok(Self {
            id: inquiry.public_id,
            link: inquiry.link.to_string(),
            asked_at: inquiry.asked_at,
            answered,
            tried: tried.collect(),
            found: answer.found.map(OfferAnswer::from),
            source: source.map(|source| source.declared.slug.to_string()),
        })
    }
}

impl From<Offer> for OfferAnswer {
    fn from(offer: Offer) -> Self {
        Self {
            language: offer.language().map(|language| language.to_string()),
            name: offer.name,
            kind: offer.kind.as_str(),
            link: offer.link.to_string(),
            home: offer.home.map(|home| home.to_string()),
            entries: offer.entries,
            newest: offer.newest.into_iter().map(TitleAnswer::from).collect(),
            warnings: offer.warnings,
        }
    }
}

impl From<Title> for TitleAnswer {
    fn from(title: Title) -> Self {
        Self {
            title: title.title,
            link: title.link.map(|link| link.to_string()),
            published_at: title.published_at,
        }
    }
}
