//! Many sources at once: OPML or lines. Each line is told before anything is saved.

use askama::Template;
use axum::extract::State as Shared;
use axum::response::Response;

use super::add::{inquire, place_of};
use crate::http::api::sources::import::{self, Line, LineIs};
use crate::http::desk::fields::Fields;
use crate::http::desk::{Place, Said, Shell, back_to, html};
use crate::http::error::Problem;
use crate::http::site::door::Editing;
use crate::http::state::State;
use crate::ingest::opml::Listed;

/// Addresses that are looked into at once; of more, each is taken as the feed that it says it is.
const INQUIRIES_MAX: usize = 60;

#[derive(Template)]
#[template(path = "desk/sources/import.html", config = "src/askama.toml")]
struct Page {
    shell: Shell,
    text: String,
    fault: String,
    lines: Vec<Shown>,
    fresh: usize,
    known: usize,
    refused: usize,
    is_opml: bool,
    may_look: bool,
}

struct Shown {
    name: String,
    link: String,
    topics: String,
    known: Option<String>,
    is_new: bool,
}

/// Shows the field for a list.
pub async fn show(Editing(caller): Editing, Shared(state): Shared<State>) -> Result<Response, Problem> {
    let said = Said::nothing(&state, caller.id, "/desk/sources/import").await?;
    let shell = Shell::new(&state, &caller, Place::Sources, said).await?;
    html(&Page::new(shell, "", Ok(Vec::new())))
}

/// Tells what each line is; or takes in what was ticked.
pub async fn take(Editing(caller): Editing, Shared(state): Shared<State>, fields: Fields) -> Result<Response, Problem> {
    let lines = import::read(&state, fields.raw("text")).await;
    let ticked: Vec<&str> = fields.all("id").collect();
    let is_ticked = |listed: &&Listed| ticked.contains(&listed.link.as_str());
    match (&lines, fields.text("all")) {
        (Ok(lines), "add") => {
            let chosen = lines.iter().filter_map(Line::fresh).filter(is_ticked).cloned();
            let added = import::add(&state, chosen.collect()).await?;
            Ok(back_to(&format!("/desk/sources?did=add&to={}", added.len())))
        }
        (Ok(lines), "look") => {
            let mut asked = Vec::new();
            for listed in lines
                .iter()
                .filter_map(Line::fresh)
                .filter(is_ticked)
                .take(INQUIRIES_MAX)
            {
                asked.push(inquire(&state, listed.link.clone(), None, caller.id).await?);
            }
            Ok(back_to(&place_of(asked.iter().map(String::as_str))))
        }
        _ => {
            let said = Said::nothing(&state, caller.id, "/desk/sources/import").await?;
            let shell = Shell::new(&state, &caller, Place::Sources, said).await?;
            html(&Page::new(shell, fields.raw("text"), lines))
        }
    }
}

impl Page {
    fn new(shell: Shell, text: &str, lines: Result<Vec<Line>, Problem>) -> Self {
        let (lines, fault) = match lines {
            Ok(lines) if lines.is_empty() && !text.is_empty() => (lines, "There is no address in it.".to_owned()),
            Ok(lines) => (lines, String::new()),
            Err(problem) => (Vec::new(), problem.first_fault()),
        };
        let count = |wanted: fn(&LineIs) -> bool| lines.iter().filter(|line| wanted(&line.is)).count();
        let fresh = count(|is| matches!(is, LineIs::New(_)));
        Self {
            shell,
            fault,
            fresh,
            known: count(|is| matches!(is, LineIs::Known(..))),
            refused: count(|is| matches!(is, LineIs::NoAddress)),
            is_opml: text.trim_start().starts_with('<'),
            may_look: fresh <= INQUIRIES_MAX,
            lines: lines.into_iter().map(Shown::from).collect(),
            text: text.to_owned(),
        }
    }
}

impl From<Line> for Shown {
    fn from(line: Line) -> Self {
        let (link, topics, known, is_new) = match line.is {
            LineIs::New(listed) => (listed.link.to_string(), listed.topics.join(", "), None, true),
            LineIs::Known(link, slug) => (link.to_string(), String::new(), Some(slug.to_string()), false),
            LineIs::NoAddress => (String::new(), String::new(), None, false),
        };
        Self {
            name: line.name,
            link,
            topics,
            known,
            is_new,
        }
    }
}
