//! Articles out of their pages, against parsing the same pages into a tree and no more. Run it alone:
//! `cargo bench --bench extract`.
//!
//! The ratio is our CPU time in proportion to html5ever's (by scraper), measured in turns. Ours fences the page, parses it,
//! asks two or three extractors, which parse it again, and cleans what is kept. The pages are captured ones where they lie at
//! `../shared/data/extraction`, else made up. No goal.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context;

mod cpu;
mod prose;
mod spread;

use cpu::Duel;
use docent::domain::link::Link;
use docent::ingest::extract::{Hints, Page, extract};
use prose::Prose;

/// Captured pages.
const CAPTURED: &str = "../shared/data/extraction/html";
/// Pages read in each round, at most.
const PAGES: u64 = 100;
/// The longest captured page that is taken, in bytes.
const PAGE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Rounds, each of both.
const ROUNDS: usize = 3;
/// The stack that extracting wants, in bytes.
const STACK_BYTES: usize = 16 * 1024 * 1024;

fn main() -> anyhow::Result<()> {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(measure)?;
    thread.join().map_err(|_| anyhow::anyhow!("an extractor crashed"))?
}

fn measure() -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(CAPTURED);
    let (kind, pages) = if folder.is_dir() {
        ("captured", captured(&folder)?)
    } else {
        ("made-up", (0..PAGES).map(|seed| made_up(seed).into_bytes()).collect())
    };
    let link = Link::parse("https://museum.example.org/news/1").expect("an address");
    let mut duel = Duel::default();
    for _ in 0..ROUNDS {
        let begun = cpu::spent()?;
        for bytes in &pages {
            let page = Page {
                bytes,
                content_type: Some("text/html"),
                link: &link,
            };
            std::hint::black_box(extract(&page, &Hints::default()));
        }
        let ours = cpu::spent()? - begun;
        let begun = cpu::spent()?;
        for bytes in &pages {
            std::hint::black_box(scraper::Html::parse_document(&String::from_utf8_lossy(bytes)));
        }
        let limit = cpu::spent()? - begun;
        #[expect(clippy::cast_precision_loss, reason = "there are at most PAGES")]
        let count = pages.len() as f64;
        duel.round(ours * 1_000.0 / count, limit * 1_000.0 / count);
    }
    let bytes: usize = pages.iter().map(Vec::len).sum();
    println!(
        "{} {kind} pages of {} KiB on average, medians of {ROUNDS} rounds",
        pages.len(),
        bytes / pages.len().max(1) / 1024
    );
    println!("{}", duel.line("a page, CPU", "ms", "no goal"));
    Ok(())
}

fn captured(folder: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    let pages = files.iter().take(usize::try_from(PAGES)?).map(|file| {
        let packed = std::fs::File::open(file.path())?;
        let mut page = Vec::new();
        flate2::read::GzDecoder::new(packed)
            .take(PAGE_BYTES_MAX)
            .read_to_end(&mut page)
            .with_context(|| format!("unpack {}", file.path().display()))?;
        Ok(page)
    });
    pages.collect()
}

/// An article between navigation and related links, as sites have them.
fn made_up(seed: u64) -> String {
    let mut prose = Prose::new(seed);
    let title = prose.title();
    let mut html =
        format!("<!DOCTYPE html><html lang=\"en\"><head><title>{title} | Museum</title></head><body><nav><ul>");
    for number in 0..40 {
        let _ = write!(html, "<li><a href=\"/{number}\">{}</a></li>", prose.word());
    }
    let _ = write!(html, "</ul></nav><main><article><h1>{title}</h1>");
    for _ in 0..12 {
        let _ = write!(html, "<p>{}</p>", prose.sentences(60));
    }
    html.push_str("</article><aside><h2>Related</h2>");
    for number in 0..20 {
        let _ = write!(
            html,
            "<div class=\"card\"><a href=\"/news/{number}\">{}</a></div>",
            prose.title()
        );
    }
    html.push_str("</aside></main></body></html>");
    html
}
