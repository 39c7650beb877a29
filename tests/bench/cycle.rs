//! A poll cycle of 2,000 feeds, all new and then all unchanged, articles off, against a bare loop of reqwest, feed-rs, batched
//! inserts and an index. Run it alone: `cargo bench --bench cycle`.
//!
//! The ratio is our CPU time in proportion to the bare loop's, both measured in turns in this process; the feeds are served by
//! another. All new includes recognising, grouping, cleaning and indexing, none of which the bare loop does; goal: within 2.
//! Unchanged: nothing but a request that is answered by 304, and what is written down of it; goal: within 1.5. What sites ask
//! of robots is known beforehand, as it is on all polls but one a day. docent makes a connection for each request and keeps
//! none, since no judged address may outlive its request; so does the bare loop. Beside it stands a bare loop that finds a
//! connection to each of the feeds open from the cycle before, as no loop would half an hour later.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::time::{Duration, Instant};

mod bare;
mod cpu;
mod crew;
mod feeds;
mod origin;
mod prose;
mod spread;

use bare::Bare;
use cpu::Duel;
use crew::Crew;
use docent::domain::link::Link;
use origin::Origin;

/// Feeds polled in each cycle.
const FEEDS: u32 = 2_000;
/// Entries of each feed.
const ENTRIES: usize = 15;
/// Rounds, each of both loops.
const ROUNDS: usize = 5;
/// Unchanged cycles in each round: one is too short for the counter of CPU time.
const UNCHANGED: u32 = 5;
/// Time between two cycles, by the clock of the bench: all feeds are due again.
const BETWEEN: Duration = Duration::from_hours(2);

#[derive(Default)]
struct Table {
    new: Duel,
    unchanged: Duel,
    unchanged_kept: Duel,
    wall: Duel,
}

fn main() -> anyhow::Result<()> {
    origin::serve_if_child()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure())
}

async fn measure() -> anyhow::Result<()> {
    let origin = Origin::start(ENTRIES)?;
    let feeds: Vec<_> = (0..FEEDS).map(|feed| origin.link(feed)).collect();
    let mut table = Table::default();
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir()?;
        let crew = Crew::new(folder.path()).await?;
        crew.add(&feeds).await?;
        crew.know_robots(&feeds).await?;
        let mut bare = Bare::new(folder.path()).await?;
        let entries = usize::try_from(FEEDS)? * ENTRIES;

        let begun = (cpu::spent()?, Instant::now());
        let (polls, items) = crew.cycle().await?;
        let ours = (cpu::spent()? - begun.0, begun.1.elapsed().as_secs_f64());
        anyhow::ensure!(
            polls == feeds.len() && usize::try_from(items)? == entries,
            "{polls} polls, {items} entries"
        );
        let begun = (cpu::spent()?, Instant::now());
        let written = bare.cycle(&feeds).await?;
        let limit = (cpu::spent()? - begun.0, begun.1.elapsed().as_secs_f64());
        anyhow::ensure!(written == entries, "{written} entries");
        table.new.round(ours.0, limit.0);
        table.wall.round(ours.1, limit.1);

        let (mut ours, mut limit, mut kept) = (0.0, 0.0, 0.0);
        for _ in 0..UNCHANGED {
            crew.pass(BETWEEN);
            let begun = cpu::spent()?;
            let (polls, items) = crew.cycle().await?;
            ours += cpu::spent()? - begun;
            anyhow::ensure!(polls == feeds.len() && items == 0, "{polls} polls, {items} entries");
            kept += unchanged(&mut bare, &feeds).await?;
        }
        bare.keep_connections(false)?;
        for _ in 0..UNCHANGED {
            limit += unchanged(&mut bare, &feeds).await?;
        }
        let cycles = f64::from(UNCHANGED);
        table.unchanged.round(ours / cycles, limit / cycles);
        table.unchanged_kept.round(ours / cycles, kept / cycles);
        println!("round {} of {ROUNDS}", round + 1);
    }
    println!("{FEEDS} feeds of {ENTRIES} entries, medians of {ROUNDS} rounds");
    println!("{}", table.new.line("all new, CPU", "s", "goal: at most 2"));
    println!(
        "{}",
        table.unchanged.line("all unchanged, CPU", "s", "goal: at most 1.5")
    );
    println!(
        "{}",
        table.unchanged_kept.line("… connections found open", "s", "no goal")
    );
    println!("{}", table.wall.line("all new, on the wall", "s", "no goal"));
    Ok(())
}

/// CPU seconds of a cycle of the bare loop in which nothing changed.
async fn unchanged(bare: &mut Bare, feeds: &[Link]) -> anyhow::Result<f64> {
    let begun = cpu::spent()?;
    anyhow::ensure!(bare.cycle(feeds).await? == 0, "something changed");
    Ok(cpu::spent()? - begun)
}
