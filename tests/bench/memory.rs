//! The memory of `docent serve` after 10,000 sources: polled once (all new), polled again (all unchanged), and indexed. Run it
//! alone: `cargo bench --bench memory`.
//!
//! The figures are the kernel's, of the real program as a process of its own: what it holds at the end, and the most that it
//! ever held. Goal: at most 250 MiB at the end.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use docent::domain::source::{Declared, Slug, SourceKind};
use docent::store::Store;

mod feeds;
mod origin;
mod prose;

use origin::Origin;

/// Sources polled.
const SOURCES: u32 = 10_000;
/// Entries of each: together more than a worker compares new articles with.
const ENTRIES: usize = 7;
/// How often progress is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// When it is given up.
const PATIENCE: Duration = Duration::from_mins(5);

fn main() -> anyhow::Result<()> {
    origin::serve_if_child()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure())
}

async fn measure() -> anyhow::Result<()> {
    let origin = Origin::start(ENTRIES)?;
    let folder = tempfile::tempdir()?;
    let store = Store::open_sqlite(&folder.path().join("docent.db")).await?;
    let now = docent::app::now();
    let declared: Vec<Declared> = (0..SOURCES)
        .filter_map(|number| {
            let slug = Slug::parse(&format!("feed-{number}"))?;
            let mut feed = Declared::new(slug, format!("Feed {number}"), SourceKind::Feed, origin.link(number));
            feed.rules.articles = false;
            Some(feed)
        })
        .collect();
    for feed in &declared {
        store.add_source(feed, now, now).await?;
    }
    let begun = Instant::now();
    let server = Server::start(folder.path())?;
    println!("at the start: {}", server.memory()?);
    wait(&server, || async {
        Ok(polls(&store, &declared).await? >= u64::from(SOURCES))
    })
    .await?;
    println!(
        "all new, after {:.0} s: {}",
        begun.elapsed().as_secs_f64(),
        server.memory()?
    );
    for feed in &declared {
        let now = docent::app::now();
        store.ask_for_poll(&feed.slug, now, now).await?;
    }
    wait(&server, || async {
        Ok(polls(&store, &declared).await? >= 2 * u64::from(SOURCES))
    })
    .await?;
    println!(
        "all unchanged and indexed, after {:.0} s: {}",
        begun.elapsed().as_secs_f64(),
        server.memory()?
    );
    println!(
        "{} stories of {SOURCES} sources; goal: at most 250 MiB",
        store.count_stories().await?
    );
    Ok(())
}

/// How many polls were written down of all sources together.
async fn polls(store: &Store, sources: &[Declared]) -> anyhow::Result<u64> {
    let due = store.next_due().await?.context("no source is due")?;
    if due <= docent::app::now() {
        return Ok(0);
    }
    let mut polls = 0;
    for feed in sources {
        let source = store.source(&feed.slug).await?.context("a source")?;
        polls += store.attempts(source.id, 2).await?.len() as u64;
    }
    Ok(polls)
}

/// Looks from time to time until `done`, and the program has come to rest.
async fn wait<F: Future<Output = anyhow::Result<bool>>>(server: &Server, done: impl Fn() -> F) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let mut used = 0;
    loop {
        looks.tick().await;
        anyhow::ensure!(begun.elapsed() < PATIENCE, "not done within {PATIENCE:?}");
        let before = std::mem::replace(&mut used, server.ticks()?);
        if used - before <= 5 && done().await? {
            return Ok(());
        }
    }
}

/// The running program; it ends with this value.
struct Server(Child);

impl Server {
    fn start(folder: &std::path::Path) -> anyhow::Result<Self> {
        let child = Command::new(env!("CARGO_BIN_EXE_docent"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--fetch-gap",
                "0s",
                "--fetch-allow",
                "127.0.0.0/8",
                "--log",
                "error",
            ])
            .arg("--data")
            .arg(folder)
            .arg("--sources")
            .arg(folder.join("sources.toml"))
            .stdout(Stdio::null())
            .spawn()
            .context("start docent")?;
        Ok(Self(child))
    }

    /// What it holds now, and the most that it ever held.
    fn memory(&self) -> anyhow::Result<String> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let mebibytes = |name: &str| -> anyhow::Result<f64> {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .context("a figure of memory")?;
            let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
            Ok(kibibytes / 1024.0)
        };
        let (now, files, most) = (mebibytes("VmRSS:")?, mebibytes("RssFile:")?, mebibytes("VmHWM:")?);
        Ok(format!(
            "{now:.0} MiB, of which files {files:.0}; at the most {most:.0} MiB"
        ))
    }

    /// The hundredths of CPU seconds that it has used.
    fn ticks(&self) -> anyhow::Result<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let (_, fields) = stat.rsplit_once(')').context("the program's own figures")?;
        let mut fields = fields.split_whitespace().skip(11);
        let mut next = || fields.next().and_then(|ticks| ticks.parse::<u64>().ok()).unwrap_or(0);
        Ok(next() + next())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
