//! Reading feeds: our reader against feed-rs, over the same made-up feeds. Run it alone: `cargo bench --bench parse`.
//!
//! The ratio is our CPU time in proportion to feed-rs's, measured in turns. Ours includes what feed-rs leaves to its caller:
//! cleaning every summary, addresses in canonical form, unique keys. No goal.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

mod cpu;
mod feeds;
mod prose;
mod spread;

use cpu::Duel;
use docent::domain::link::Link;
use docent::ingest::feed;

/// Different feeds.
const FEEDS: u32 = 200;
/// Entries of each feed.
const ENTRIES: usize = 15;
/// Times that all are read in each round: CPU time is counted in hundredths of a second.
const TIMES: u32 = 10;
/// Rounds, each of both readers.
const ROUNDS: usize = 5;

fn main() -> anyhow::Result<()> {
    let link = Link::parse("https://museum.example.org/feed.xml").expect("an address");
    let feeds: Vec<String> = (0..FEEDS)
        .map(|number| feeds::feed(&format!("10.0.{}.{}", number / 256, number % 256), ENTRIES))
        .collect();
    let mut duel = Duel::default();
    for _ in 0..ROUNDS {
        let begun = cpu::spent()?;
        for feed in repeated(&feeds) {
            let read = feed::parse(feed.as_bytes(), Some("application/rss+xml"), &link)?;
            anyhow::ensure!(read.entries.len() == ENTRIES, "{} entries", read.entries.len());
        }
        let ours = cpu::spent()? - begun;
        let begun = cpu::spent()?;
        for feed in repeated(&feeds) {
            let read = feed_rs::parser::parse(feed.as_bytes())?;
            anyhow::ensure!(read.entries.len() == ENTRIES, "{} entries", read.entries.len());
        }
        duel.round(ours, cpu::spent()? - begun);
    }
    println!("{FEEDS} feeds of {ENTRIES} entries, {TIMES} times, medians of {ROUNDS} rounds");
    println!("{}", duel.line("feeds read, CPU", "s", "no goal"));
    Ok(())
}

fn repeated(feeds: &[String]) -> impl Iterator<Item = &String> {
    (0..TIMES).flat_map(move |_| feeds)
}
