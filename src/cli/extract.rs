//! `docent extract`: article pages from files, and what they tell.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use futures::StreamExt;
use serde::Serialize;

use crate::domain::article::Extract;
use crate::domain::escape;
use crate::domain::link::Link;
use crate::ingest::extract::{OwnedHints, OwnedPage, Pool};

/// The largest file read, in bytes, after unpacking.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How many files are held in memory for each thread.
const FILES_PER_THREAD: usize = 2;

/// What `docent extract` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print one JSON object a line for each file
    #[arg(long)]
    json: bool,
    /// The address that the pages came from
    #[arg(long, default_value = "http://localhost/")]
    url: String,
    /// The Content-Type that the pages came with
    #[arg(long)]
    content_type: Option<String>,
    /// Pages; those that end in .gz are unpacked, - is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Runs it. Fails at its end if a file could not be read.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let link = Link::parse(&args.url).with_context(|| format!("reading {:?} as an http or https address", args.url))?;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .context("starting")?;
    let pool = Pool::new(threads).context("starting threads")?;
    let mut out = std::io::stdout().lock();
    let mut unread = 0;
    runtime.block_on(async {
        let mut read = futures::stream::iter(&args.files)
            .map(|file| one(&pool, file, &link, args.content_type.as_deref()))
            .buffered(threads.saturating_mul(FILES_PER_THREAD));
        while let Some((file, extract)) = read.next().await {
            unread += usize::from(extract.is_err());
            let shown = if args.json {
                as_json(file, extract)?
            } else {
                as_text(file, extract)
            };
            writeln!(out, "{shown}").context("writing")?;
        }
        super::all_were_read(unread, args.files.len())
    })
}

async fn one<'f>(
    pool: &Pool,
    file: &'f Path,
    link: &Link,
    content_type: Option<&str>,
) -> (&'f Path, anyhow::Result<Extract>) {
    let bytes = match bytes_of(file) {
        Ok(bytes) => bytes,
        Err(error) => return (file, Err(error)),
    };
    let page = OwnedPage {
        bytes,
        content_type: content_type.map(str::to_owned),
        link: link.clone(),
    };
    (file, Ok(pool.run(page, OwnedHints::default()).await))
}

fn bytes_of(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let reading = || "cannot read it";
    if file.as_os_str() == "-" {
        std::io::stdin()
            .lock()
            .take(FILE_BYTES_MAX)
            .read_to_end(&mut bytes)
            .with_context(reading)?;
        return Ok(bytes);
    }
    let opened = std::fs::File::open(file).with_context(reading)?;
    if file.extension().is_some_and(|end| end == "gz") {
        flate2::read::MultiGzDecoder::new(opened)
            .take(FILE_BYTES_MAX)
            .read_to_end(&mut bytes)
            .with_context(reading)?;
    } else {
        opened
            .take(FILE_BYTES_MAX)
            .read_to_end(&mut bytes)
            .with_context(reading)?;
    }
    Ok(bytes)
}

#[derive(Debug, Serialize)]
struct Shown<'a> {
    file: String,
    title: &'a str,
    byline: Option<&'a str>,
    published: Option<String>,
    published_from: Option<&'a str>,
    updated: Option<String>,
    site_name: Option<&'a str>,
    lang: Option<&'a str>,
    lang_from: Option<&'a str>,
    canonical: Option<&'a str>,
    image: Option<&'a str>,
    image_alt: Option<&'a str>,
    excerpt: &'a str,
    text: &'a str,
    html: &'a str,
    words: u32,
    agreement: Option<f64>,
    paywalled: bool,
    outcome: &'a str,
}

fn as_json(file: &Path, extract: anyhow::Result<Extract>) -> anyhow::Result<String> {
    let file = file.display().to_string();
    let json = match extract {
        Err(error) => serde_json::to_string(&serde_json::json!({ "file": file, "error": format!("{error:#}") })),
        Ok(extract) => serde_json::to_string(&Shown {
            file,
            title: &extract.title,
            byline: extract.byline.as_deref(),
            published: extract.published.map(|(at, _)| at.to_string()),
            published_from: extract.published.map(|(_, from)| from.as_str()),
            updated: extract.updated.map(|at| at.to_string()),
            site_name: extract.site_name.as_deref(),
            lang: extract.language.as_ref().map(|(language, _)| language.as_str()),
            lang_from: extract.language.as_ref().map(|(_, from)| from.as_str()),
            canonical: extract.canonical.as_ref().map(Link::as_str),
            image: extract.image.as_ref().map(|image| image.link.as_str()),
            image_alt: extract.image.as_ref().map(|image| image.alt.as_str()),
            excerpt: &extract.excerpt,
            text: &extract.text,
            html: extract.html.as_str(),
            words: extract.words,
            agreement: extract.agreement,
            paywalled: extract.paywalled,
            outcome: extract.outcome.as_str(),
        }),
    };
    // Some readers of lines end one at U+2028 too.
    Ok(escape::json_in_script(&json.context("writing JSON")?).into_owned())
}

fn as_text(file: &Path, extract: anyhow::Result<Extract>) -> String {
    let file = file.display();
    let extract = match extract {
        Ok(extract) => extract,
        Err(error) => return format!("{file}: {error:#}\n"),
    };
    let published = extract.published.map(|(at, from)| format!("{at} ({})", from.as_str()));
    let language = extract
        .language
        .as_ref()
        .map(|(language, from)| format!("{language} ({})", from.as_str()));
    let facts = [
        extract.byline.clone(),
        extract.site_name.clone(),
        published,
        language,
        Some(format!("{} words", extract.words)),
        extract.paywalled.then(|| "not free to read".to_owned()),
        (extract.outcome.as_str() != "full").then(|| format!("metadata only: {}", extract.outcome.as_str())),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    format!("{file}\n{}\n{}\n\n{}\n", extract.title, facts.join(" · "), extract.text)
}
