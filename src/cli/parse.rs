//! `docent parse`: what the feed reader makes of some files.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;

use crate::domain::entry::Found;
use crate::domain::link::Link;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;
use crate::ingest::feed::{self, DOCUMENT_BYTES_MAX, Feed};

/// What `docent parse` is told.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Reads RSS, Atom and JSON Feed from files, as a poll would, and prints what they list.\n\n\
    Nothing is fetched and nothing is stored. A file that is no feed, or cannot be read, is reported in its place; \
    it does not stop the others. \
    The command fails at its end if a file could not be read."
)]
pub struct Args {
    /// Print one JSON object a line for each file: file, format, title, warnings and entries, or file and error
    #[arg(long)]
    json: bool,

    /// The address the files came from: what relative addresses in them are resolved against
    #[arg(long, value_name = "URL", default_value = "https://feed.invalid/", value_parser = read_link)]
    url: Link,

    /// The Content-Type header they came with; its charset counts, as in "text/xml; charset=iso-8859-1"
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,

    /// The files; "-" is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Runs it. Fails at its end if a file could not be read; one that is no feed is none of its faults.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut unread = 0;
    for file in &args.files {
        let bytes = read(file);
        unread += usize::from(bytes.is_err());
        let outcome = bytes.and_then(|bytes| Ok(feed::parse(&bytes, args.content_type.as_deref(), &args.url)?));
        if args.json {
            let line = Line::new(file, outcome.as_ref());
            serde_json::to_writer(&mut out, &line)?;
            writeln!(out)?;
        } else {
            print(&mut out, file, outcome.as_ref())?;
        }
    }
    out.flush()?;
    super::all_were_read(unread, args.files.len())
}

fn read_link(text: &str) -> Result<Link, &'static str> {
    Link::parse(text).ok_or("not an absolute http or https address")
}

/// The bytes of a file; one more than can be parsed at most, so that the parser tells.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let limit = u64::try_from(DOCUMENT_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?;
    } else {
        let source = File::open(file).context("cannot open it")?;
        source.take(limit).read_to_end(&mut bytes).context("cannot read it")?;
    }
    Ok(bytes)
}

/// For people.
fn print(out: &mut impl Write, file: &Path, outcome: Result<&Feed, &anyhow::Error>) -> io::Result<()> {
    let feed = match outcome {
        Ok(feed) => feed,
        Err(error) => return writeln!(out, "{}: {error:#}\n", file.display()),
    };
    let title = if feed.title.is_empty() {
        "(no title)"
    } else {
        &feed.title
    };
    writeln!(
        out,
        "{}: {title} ({}, {} entries)",
        file.display(),
        feed.format.as_str(),
        feed.entries.len()
    )?;
    for warning in &feed.warnings {
        writeln!(out, "  warning: {warning}")?;
    }
    for entry in &feed.entries {
        let date = entry.published.or(entry.updated);
        let date = date.map_or_else(|| "no date".to_owned(), |time| time.to_string());
        let title = if entry.title.is_empty() {
            &entry.summary
        } else {
            &entry.title
        };
        writeln!(out, "  {date:20}  {title}")?;
        if let Some(link) = &entry.link {
            writeln!(out, "  {:20}  {link}", "")?;
        }
    }
    writeln!(out)
}

/// For programs.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Read {
        file: String,
        format: &'static str,
        title: &'a str,
        warnings: &'a [String],
        entries: Vec<Entry<'a>>,
    },
    Failed {
        file: String,
        error: String,
    },
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    id: &'a str,
    link: Option<&'a Link>,
    title: &'a str,
    author: Option<&'a str>,
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
    summary_text: &'a str,
    content_html: &'a str,
    lang: Option<&'a Language>,
}

impl<'a> Line<'a> {
    fn new(file: &Path, outcome: Result<&'a Feed, &'a anyhow::Error>) -> Self {
        let file = file.display().to_string();
        match outcome {
            Ok(feed) => Self::Read {
                file,
                format: feed.format.as_str(),
                title: &feed.title,
                warnings: &feed.warnings,
                entries: feed.entries.iter().map(Entry::new).collect(),
            },
            Err(error) => Self::Failed {
                file,
                error: format!("{error:#}"),
            },
        }
    }
}

impl<'a> Entry<'a> {
    fn new(found: &'a Found) -> Self {
        Self {
            id: &found.key.0,
            link: found.link.as_ref(),
            title: &found.title,
            author: found.author.as_deref(),
            published: found.published,
            updated: found.updated,
            summary_text: &found.summary,
            content_html: found.content.as_str(),
            lang: found.language.as_ref(),
        }
    }
}
