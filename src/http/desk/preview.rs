//! One preview of page, feed, box and mail, narrow and wide: what would go out, for editors alone, in frames of our own.

use std::fmt::Write;
use std::sync::LazyLock;

use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Place, Said, Shell, assets, html};
use crate::domain::channel::Channel;
use crate::domain::source::Slug;
use crate::http::CONTENT_POLICY;
use crate::http::api::{editions, lists, picks, public_id};
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::public::boxes;
use crate::http::site;
use crate::http::site::door::Visitor;
use crate::http::state::State;
use crate::publish::{embed, insert, reader};

/// Styles of a mail at the most; it is made of fewer.
const STYLES_MAX: usize = 64;

/// What our own pages may hold in a frame: as what readers get, and framed by our pages alone.
static FRAMED_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = CONTENT_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'");
    HeaderValue::try_from(policy).expect("our policy is visible ASCII")
});

#[derive(Template)]
#[template(path = "desk/preview.html", config = "src/askama.toml")]
struct Preview {
    shell: Shell,
    title: String,
    back: String,
    back_name: String,
    /// Where the forms lie.
    base: String,
}

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Page,
    Feed,
    Box,
    Mail,
}

/// The preview of a list.
pub async fn list(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    let list = lists::named(&state, &slug).await?;
    let title = format!("{}: all that is written", list.told.name);
    let back = format!("/desk/lists/{slug}");
    Preview::show(&state, &caller, (title, back, list.told.name)).await
}

/// The preview of an edition.
pub async fn edition(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let line = editions::named(&state, &id).await?;
    let list = lists::named(&state, line.list_slug.as_str()).await?;
    let title = format!("{}: {}", list.told.name, line.edition.title);
    let back = format!("/desk/editions/{id}");
    Preview::show(&state, &caller, (title, back, line.edition.title)).await
}

/// A list as it would be if all that is being written for it went out.
pub async fn list_form(
    _: Visitor,
    Shared(state): Shared<State>,
    Path((slug, form)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("list");
    let slug = Slug::parse(&slug).ok_or_else(missing)?;
    let channel = state.store.preview_of_list(&slug, &state.publishing.publisher).await?;
    Form::read(&form)?.show(&channel.ok_or_else(missing)?)
}

/// An edition as it would go out, or as it went out.
pub async fn edition_form(
    _: Visitor,
    Shared(state): Shared<State>,
    Path((id, form)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let id = public_id(&id, "edition")?;
    let channel = state.store.preview_of_edition(&id, &state.publishing.publisher).await?;
    Form::read(&form)?.show(&channel.ok_or_else(|| Problem::not_found("edition"))?)
}

/// A pick as it would go out by itself.
pub async fn pick_form(
    _: Visitor,
    Shared(state): Shared<State>,
    Path((id, form)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let line = picks::named(&state, &id).await?;
    let publisher = &state.publishing.publisher;
    let channel = state.store.preview_of_pick(&line.list_slug, &id, publisher).await?;
    Form::read(&form)?.show(&channel.ok_or_else(|| Problem::not_found("pick"))?)
}

impl Preview {
    async fn show(
        state: &State,
        caller: &Caller,
        (title, back, back_name): (String, String, String),
    ) -> Result<Response, Problem> {
        let base = format!("{back}/preview");
        let said = Said::nothing(state, caller.id, &base).await?;
        html(&Self {
            shell: Shell::new(state, caller, Place::Lists, said).await?,
            title,
            back,
            back_name,
            base,
        })
    }
}

impl Form {
    fn read(name: &str) -> Result<Self, Problem> {
        match name {
            "page" => Ok(Self::Page),
            "feed" => Ok(Self::Feed),
            "box" => Ok(Self::Box),
            "mail" => Ok(Self::Mail),
            _ => Err(Problem::not_found("form of a preview")),
        }
    }

    fn show(self, channel: &Channel) -> Result<Response, Problem> {
        let (body, headers) = match self {
            Self::Page => (
                without_pictures(&site::list::write(channel, Vec::new())?),
                ours(FRAMED_POLICY.clone()),
            ),
            Self::Feed => (
                without_pictures(&reader::page(channel, &site::style::path())),
                ours(FRAMED_POLICY.clone()),
            ),
            Self::Box => {
                let frame = embed::frame(channel, embed::COUNT_DEFAULT, None);
                (frame, boxes::framed("'self'"))
            }
            Self::Mail => {
                let (page, style) = mail(&insert::html(channel));
                let digest = STANDARD.encode(Sha256::digest(style.as_bytes()));
                let policy = format!(
                    "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
                );
                let policy = HeaderValue::try_from(policy).expect("a digest in Base64 is visible ASCII");
                (page, ours(policy))
            }
        };
        let kept = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            ),
            (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        ];
        let mut response = (kept, body).into_response();
        response.headers_mut().extend(headers);
        Ok(response)
    }
}

fn ours(policy: HeaderValue) -> Vec<(HeaderName, HeaderValue)> {
    vec![(header::CONTENT_SECURITY_POLICY, policy)]
}

/// A page with a picture of ours in the place of each: what an editor looks at is nothing that others are to learn of.
fn without_pictures(page: &str) -> String {
    const PICTURE: &str = "<img src=\"";
    let ours = assets::path("picture.svg");
    let mut parts = page.split(PICTURE);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once('"').unwrap_or_default();
        put(&mut out, format_args!("{PICTURE}{ours}\"{rest}"));
    }
    out
}

/// A mail as a page, and its style sheet. A mail carries its style in each element, which no page of ours may: each style
/// becomes a class, so that the page looks as the mail does.
fn mail(block: &str) -> (String, String) {
    let mut styles: Vec<&str> = Vec::new();
    let mut body = String::with_capacity(block.len());
    let mut parts = block.split(" style=\"");
    body.push_str(parts.next().unwrap_or_default());
    for part in parts {
        // In a text the same letters are only letters: there, every `<` was escaped.
        if body.rfind('<') <= body.rfind('>') {
            put(&mut body, format_args!(" style=\"{part}"));
            continue;
        }
        let (style, rest) = part.split_once('"').unwrap_or((part, ""));
        let known = styles.iter().position(|known| *known == style);
        let number = known.unwrap_or_else(|| {
            if styles.len() < STYLES_MAX {
                styles.push(style);
            }
            styles.len().saturating_sub(1)
        });
        put(&mut body, format_args!(" class=\"m{number}\"{rest}"));
    }
    let mut sheet = "body{margin:0;padding:16px;background:#fff;max-width:600px}".to_owned();
    for (number, style) in styles.iter().enumerate() {
        put(&mut sheet, format_args!(".m{number}{{{style}}}"));
    }
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Mail</title>\n<style>{sheet}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    );
    (page, sheet)
}

fn put(out: &mut String, more: std::fmt::Arguments<'_>) {
    out.write_fmt(more).expect("a String takes whatever is written to it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_asks_nothing_of_others() {
        let page = without_pictures("<p>a</p><img src=\"https://elsewhere.example/a.png\" alt=\"A\"><p>b</p>");
        let ours = assets::path("picture.svg");
        assert_eq!(page, format!("<p>a</p><img src=\"{ours}\" alt=\"A\"><p>b</p>"));
    }

    #[test]
    fn a_mail_keeps_its_looks_without_a_style_in_its_elements() {
        let (page, style) = mail("<p style=\"margin:0\">a</p><p style=\"color:red\">b</p><p style=\"margin:0\">c</p>");
        assert!(
            page.contains("<p class=\"m0\">a</p><p class=\"m1\">b</p><p class=\"m0\">c</p>"),
            "{page}"
        );
        assert!(style.ends_with(".m0{margin:0}.m1{color:red}"), "{style}");
        assert!(!page.contains("style="), "{page}");
        let (page, style) = mail("<p>say style=\"}x{\"</p>");
        assert!(
            page.contains("<p>say style=\"}x{\"</p>") && !style.contains("}x{"),
            "{page}"
        );
    }
}
