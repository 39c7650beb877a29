//! `docent search`.

use std::ffi::OsString;

use anyhow::Context;

use crate::app;
use crate::config::Storage;
use crate::http::api::search::SearchAnswer;
use crate::http::find::find;
use crate::search::read;
use crate::worker::{Holding, follow};

/// What `docent search` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Words, "phrases", -exclusions, prefix*, and source: lang: topic: before: after:
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,
    /// How many stories to print
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Print one JSON object for each story, then one with total, facets and the query as read
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    storage: Storage,
}

/// The arguments with the exclusions of a search (`-word`) behind a `--` at their end, where they are no options; in what
/// is searched for, their place means nothing.
pub fn with_exclusions_last(arguments: Vec<OsString>) -> Vec<OsString> {
    let behind = arguments.iter().position(|argument| argument == "--");
    let begin = arguments.iter().position(|argument| argument == "search");
    let (begin, behind) = (begin.unwrap_or(arguments.len()), behind.unwrap_or(arguments.len()));
    let is_exclusion = |argument: &OsString| {
        let text = argument.to_string_lossy();
        text.len() > 1 && text.starts_with('-') && !text.starts_with("--") && text != "-h" && text != "-V"
    };
    let (mut before, mut last) = (Vec::new(), Vec::new());
    for (place, argument) in arguments.into_iter().enumerate() {
        if place > behind || (place > begin && is_exclusion(&argument)) {
            last.push(argument);
        } else if place != behind {
            before.push(argument);
        }
    }
    if !last.is_empty() {
        before.push("--".into());
    }
    before.append(&mut last);
    before
}

/// Searches.
pub fn run(args: Args) -> anyhow::Result<()> {
    super::block_on(async move {
        let store = app::open_store(&args.storage).await?;
        let index = app::open_index_to_ask(&args.storage, &store).await?;
        // Another program that has the index open for writing carries the changes itself.
        while let Ok(true) = follow::once(&store, &index, Holding::Stories).await {}
        let query = read(&args.query.join(" "));
        let answer = find(&store, &index, query, args.limit, None)
            .await
            .map_err(anyhow::Error::from)
            .context("search")?;
        let answer = SearchAnswer::from(answer);
        if args.json {
            print_json(&answer)
        } else {
            print_text(&answer)
        }
    })
}

fn print_json(answer: &SearchAnswer) -> anyhow::Result<()> {
    for hit in &answer.items {
        let story = &hit.story;
        let line = serde_json::json!({
            "story": story.id,
            "title": story.title,
            "link": story.link,
            "source": story.sources.first().map(|source| &source.id),
            "published": story.published_at,
            "score": hit.score,
            "snippet": hit.snippet,
        });
        super::print_line(&line.to_string())?;
    }
    let last = serde_json::json!({
        "total": answer.total,
        "facets": answer.facets,
        "read_as": answer.read_as,
        "notes": answer.notes,
        "some_words": answer.some_words,
    });
    super::print_line(&last.to_string())
}

fn print_text(answer: &SearchAnswer) -> anyhow::Result<()> {
    for hit in &answer.items {
        let story = &hit.story;
        let day = story.published_at.unwrap_or(story.found_at).to_string();
        let outlet = story.outlet.as_deref().unwrap_or_default();
        super::print_line(&format!(
            "{}  {} ({outlet})",
            day.get(..10).unwrap_or(&day),
            story.title
        ))?;
        if let Some(link) = &story.link {
            super::print_line(&format!("            {link}"))?;
        }
    }
    for note in &answer.notes {
        super::print_line(&format!("note: {note}"))?;
    }
    super::print_line(&format!("{} found: {}", answer.total, answer.read_as))
}
