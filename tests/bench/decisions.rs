//! Editors' acts on SQLite while polls are written: 200 a second from 20 editors at once, at an even pace. Run it alone:
//! `cargo bench --bench decisions`.
//!
//! An act is timed from the moment at which it was to begin, so that waiting in line counts. Goal: the pace is held, and p99 is
//! at most 50 ms. Beside it stands how many acts a second there are where each editor decides as fast as the store answers.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use docent::app::fresh_id;
use docent::domain::decision::Act;
use docent::domain::editor::{EditorName, Role, ShownName};
use docent::domain::source::SourceId;
use docent::domain::time::Timestamp;
use docent::store::Store;
use docent::store::decisions::Hand;
use docent::store::editors::NewEditor;
use docent::store::polls::Neighbourhood;
use docent::store::stories::StoryFilter;

mod prose;
mod spread;
mod stories;

use prose::Prose;
use spread::at_part;

/// Stories decided about.
const STORIES: u64 = 20_000;
/// Words of each.
const WORDS: u64 = 80;
/// Editors at once.
const EDITORS: usize = 20;
/// Acts a second, of all together.
const PACE: usize = 200;
/// How long the pace is to be held.
const SECONDS: usize = 20;
/// Acts of each editor in the round without a pace.
const ACTS_AT_ONCE: usize = 100;
/// Articles that a poll brings, and how long it is until the next.
const ARRIVALS: u64 = 16;
const BETWEEN_POLLS: Duration = Duration::from_millis(100);
/// When it is.
const NOW: &str = "2026-03-02T12:00:00Z";

/// What all editors share.
struct Desk {
    store: Store,
    stories: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure())
}

async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let now = Timestamp::parse(NOW).context("a time")?;
    let store = Store::open_sqlite(&folder.path().join("docent.db")).await?;
    stories::fill(&store, STORIES, WORDS, now).await?;
    let lines = store.stories(&StoryFilter::default(), 5_000).await?;
    let desk = Arc::new(Desk {
        store,
        stories: lines.into_iter().map(|line| line.public_id).collect(),
    });
    let (stop, polled) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    // A worker's first poll reads all recent articles in its transaction, once in its life; that is not what is measured.
    let polls = tokio::spawn(poll(desk.store.clone(), now, Arc::clone(&stop), Arc::clone(&polled)));
    let mut look = tokio::time::interval(BETWEEN_POLLS);
    while polled.load(Ordering::Relaxed) == 0 {
        look.tick().await;
    }
    polled.store(0, Ordering::Relaxed);
    let paced = round(&desk, now, PACE * SECONDS / EDITORS, true).await?;
    let polled_meanwhile = polled.load(Ordering::Relaxed);
    let free = round(&desk, now, ACTS_AT_ONCE, false).await?;
    stop.store(true, Ordering::Relaxed);
    polls.await??;
    let (count, differences) = desk.store.check_decisions().await?;
    anyhow::ensure!(differences.is_empty(), "what stands is not what the log says");
    for (name, (seconds, waits)) in [("at a pace", &paced), ("as fast as it goes", &free)] {
        println!(
            "{name:20} {:6} acts {:6.0} a second   p50 {:6.1} ms   p99 {:6.1} ms   max {:6.1} ms",
            waits.len(),
            f64::from(u32::try_from(waits.len())?) / seconds,
            at_part(waits, 1, 2),
            at_part(waits, 99, 100),
            at_part(waits, 1, 1),
        );
    }
    println!(
        "{polled_meanwhile} polls of {ARRIVALS} articles were written during the paced round; {count} decisions in all"
    );
    Ok(())
}

/// Lets every editor decide so often, at an even pace or as fast as it goes. How long that took, in seconds, and
/// each act in milliseconds.
async fn round(desk: &Arc<Desk>, now: Timestamp, acts: usize, paced: bool) -> anyhow::Result<(f64, Vec<f64>)> {
    let begun = Instant::now() + Duration::from_millis(50);
    let mut editors = tokio::task::JoinSet::new();
    for editor in 0..EDITORS {
        let hand = hand(&desk.store, now).await?;
        let desk = Arc::clone(desk);
        editors.spawn(async move {
            let mut waits = Vec::with_capacity(acts);
            // Each begins a little after the one before, and all begin once in each turn.
            let own = Duration::from_micros(u64::try_from(editor * 1_000_000 / PACE)?);
            let turn = Duration::from_micros(u64::try_from(EDITORS * 1_000_000 / PACE)?);
            let mut turns = tokio::time::interval_at((begun + own).into(), turn);
            for act in 0..acts {
                let due = if paced {
                    turns.tick().await.into()
                } else {
                    Instant::now()
                };
                let story = desk
                    .stories
                    .get((act * EDITORS + editor) % desk.stories.len())
                    .context("a story")?;
                let wanted = if act % 3 == 0 { Act::Dismiss(None) } else { Act::Hold };
                desk.store.decide(story, &wanted, &hand, |_| true).await?;
                waits.push(due.elapsed().as_secs_f64() * 1_000.0);
            }
            anyhow::Ok(waits)
        });
    }
    let mut waits = Vec::new();
    while let Some(done) = editors.join_next().await {
        waits.extend(done??);
    }
    Ok((begun.elapsed().as_secs_f64(), waits))
}

/// Writes polls until `stop`.
async fn poll(store: Store, now: Timestamp, stop: Arc<AtomicBool>, polled: Arc<AtomicU64>) -> anyhow::Result<()> {
    let (mut prose, mut near) = (Prose::new(7), Neighbourhood::default());
    let mut number = STORIES;
    let mut polls = tokio::time::interval(BETWEEN_POLLS);
    while !stop.load(Ordering::Relaxed) {
        let source = SourceId(1);
        let arrivals = (number..number + ARRIVALS)
            .map(|number| stories::arrival(&mut prose, source, number, WORDS, now))
            .collect();
        store.save_arrivals(source, arrivals, &mut near, now).await?;
        number += ARRIVALS;
        polled.fetch_add(1, Ordering::Relaxed);
        polls.tick().await;
    }
    Ok(())
}

async fn hand(store: &Store, now: Timestamp) -> anyhow::Result<Hand> {
    let public_id = fresh_id();
    let name = EditorName::parse(&format!("e-{public_id}"))?;
    let editor = NewEditor {
        public_id,
        name,
        shown_name: ShownName::parse("An editor")?,
        role: Role::Editor,
        at: now,
    };
    let editor = store.add_editor(editor).await?;
    Ok(Hand {
        editor: editor.id,
        name: "An editor".to_owned(),
        overrules: true,
        at: now,
        fresh_id,
    })
}
