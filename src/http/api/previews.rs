//! `/api/v1/…/preview`: what would go out, in each of its forms. For editors alone, and kept nowhere.

use axum::extract::{Path, State as Shared};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::public_id;
use crate::domain::channel::{Channel, Format};
use crate::domain::site::Site;
use crate::domain::source::Slug;
use crate::http::caller::Reads;
use crate::http::error::Problem;
use crate::http::public::{boxes, feeds};
use crate::http::site::list;
use crate::http::state::State;
use crate::publish::embed::Shape;
use crate::publish::{self, embed, insert};

const HTML: &str = "text/html; charset=utf-8";

/// What a preview shows: the forms in which a list goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub enum PreviewForm {
    /// RSS 2.0.
    #[serde(rename = "rss")]
    Rss,
    /// Atom 1.0.
    #[serde(rename = "atom")]
    Atom,
    /// JSON Feed 1.1.
    #[serde(rename = "json")]
    Json,
    /// The page for people.
    #[serde(rename = "page")]
    Page,
    /// The box for a frame.
    #[serde(rename = "box")]
    Box,
    /// The box as a piece of HTML.
    #[serde(rename = "box.html")]
    Fragment,
    /// The block for a mail, as HTML.
    #[serde(rename = "insert.html")]
    InsertHtml,
    /// The block for a mail, as plain text.
    #[serde(rename = "insert.txt")]
    InsertText,
}

/// A list as it would be if all that is being written for it went out
#[utoipa::path(get, path = "/lists/{id}/preview/{form}", tag = "lists",
    params(("id" = String, Path, description = "The list's name"), ("form" = PreviewForm, Path, description = "What is shown")),
    responses((status = OK, description = "As readers would get it", content((String = "application/rss+xml"), (String = "application/atom+xml"), (Object = "application/feed+json"), (String = "text/html"), (String = "text/plain"))), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    _: Reads,
    Shared(state): Shared<State>,
    Path((id, form)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let form = PreviewForm::read(&form)?;
    let slug = Slug::parse(&id).ok_or_else(|| Problem::not_found("list"))?;
    let channel = state.store.preview_of_list(&slug, &state.publishing.publisher).await?;
    let site = state.store.site().await?;
    form.show(&channel.ok_or_else(|| Problem::not_found("list"))?, &site)
}

/// An edition as it would go out, or as it went out
#[utoipa::path(get, path = "/editions/{id}/preview/{form}", tag = "editions",
    params(("id" = String, Path, description = "The edition's name"), ("form" = PreviewForm, Path, description = "What is shown")),
    responses((status = OK, description = "As readers would get it", content((String = "application/rss+xml"), (String = "application/atom+xml"), (Object = "application/feed+json"), (String = "text/html"), (String = "text/plain"))), (status = NOT_FOUND, body = Problem, content_type = "application/problem+json")))]
pub async fn edition(
    _: Reads,
    Shared(state): Shared<State>,
    Path((id, form)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let form = PreviewForm::read(&form)?;
    let id = public_id(&id, "edition")?;
    let channel = state.store.preview_of_edition(&id, &state.publishing.publisher).await?;
    let site = state.store.site().await?;
    form.show(&channel.ok_or_else(|| Problem::not_found("edition"))?, &site)
}

impl PreviewForm {
    fn read(name: &str) -> Result<Self, Problem> {
        let name = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name);
        Self::deserialize(name).map_err(|_| Problem::not_found("form of a preview"))
    }

    fn show(self, channel: &Channel, site: &Site) -> Result<Response, Problem> {
        let whole = Shape {
            count: channel.items.len(),
            pictures: false,
        };
        let (kind, body) = match self {
            Self::Rss => feed(channel, Format::Rss),
            Self::Atom => feed(channel, Format::Atom),
            Self::Json => feed(channel, Format::Json),
            Self::Page => (HTML, list::write(channel, site)?.into_bytes()),
            Self::Box => (HTML, embed::frame(channel, Shape::default(), None).into_bytes()),
            Self::Fragment => (HTML, embed::fragment(channel, whole).into_bytes()),
            Self::InsertHtml => (HTML, insert::html(channel).into_bytes()),
            Self::InsertText => ("text/plain; charset=utf-8", insert::plain(channel).into_bytes()),
        };
        let kept = [
            (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
            (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        ];
        let mut response = (kept, body).into_response();
        if self == Self::Box {
            let framed: Vec<(HeaderName, HeaderValue)> = boxes::framed("'self'");
            response.headers_mut().extend(framed);
        }
        Ok(response)
    }
}

fn feed(channel: &Channel, format: Format) -> (&'static str, Vec<u8>) {
    (feeds::kind(format), publish::feed(channel, format))
}
