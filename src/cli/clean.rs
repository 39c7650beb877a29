//! `docent clean`: what docent shows in place of foreign text or HTML, for checking it from outside.

use std::io::{BufRead, Write};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::domain::escape;
use crate::domain::link::Link;
use crate::ingest::clean;

/// What `docent clean` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Read and write JSON, one object a line: {"id", "context", "in", "base"} in, {"id", "out"} out, in the same order
    #[arg(long, required = true)]
    json: bool,
}

/// Where foreign text is put.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Place {
    /// Markup inside an element of a page.
    Html,
    /// The text of an element.
    Text,
    /// A quoted attribute.
    Attr,
    /// A link that is offered; nothing where none may be.
    #[serde(alias = "href")]
    Url,
    /// A JSON string in a script element.
    JsonScript,
    /// The text of an element in a feed of ours.
    Xml,
}

#[derive(Debug, Deserialize)]
struct Question {
    id: serde_json::Value,
    context: Place,
    #[serde(rename = "in")]
    given: String,
    base: Link,
}

#[derive(Debug, Serialize)]
struct Answer {
    id: serde_json::Value,
    out: Option<String>,
}

/// Runs it.
pub fn run(args: &Args) -> anyhow::Result<()> {
    debug_assert!(args.json, "there is no other form");
    let mut out = std::io::stdout().lock();
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.context("reading standard input")?;
        let question: Question =
            serde_json::from_str(&line).with_context(|| format!("reading line {}", number.saturating_add(1)))?;
        let answer = Answer {
            out: shown(&question),
            id: question.id,
        };
        let answer = serde_json::to_string(&answer).context("writing an answer")?;
        // Some readers of lines end one at U+2028 too.
        writeln!(out, "{}", escape::json_in_script(&answer)).context("writing an answer")?;
    }
    Ok(())
}

fn shown(question: &Question) -> Option<String> {
    let given = question.given.as_str();
    match question.context {
        Place::Html => Some(clean::html(given, &question.base).as_str().to_owned()),
        Place::Text | Place::Xml => Some(escape::text(given).into_owned()),
        Place::Attr => Some(escape::attribute(given).into_owned()),
        Place::Url => clean::href(given, &question.base),
        Place::JsonScript => {
            let json = serde_json::Value::from(given).to_string();
            Some(escape::json_in_script(&json).into_owned())
        }
    }
}
