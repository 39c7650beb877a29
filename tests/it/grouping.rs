//! Articles are put into stories as the truth of a generated world has them.
//!
//! The worlds come from the museum-web generator beside the project; where it or Python is missing, these tests step aside.

#![expect(
    clippy::print_stdout,
    reason = "a test that steps aside says so, and scores are there to be read"
)]

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use docent::domain::fingerprint::Features;
use docent::domain::link::Link;
use docent::domain::neighbours::Neighbours;
use docent::domain::recognise::ArticleId;
use docent::domain::story::{Corrections, Placement, StoryId, place};
use docent::domain::text::Language;
use docent::domain::time::Timestamp;
use serde::Deserialize;

const PROOF: &str = "the generator writes what its README says, and temporary files can be written";
/// The generated worlds are made as of this instant, so that every run sees the same.
const BASE: &str = "2026-11-25T06:00:00+00:00";
const TICK: Duration = Duration::from_mins(10);
/// Sources of the world whose grouping is timed: small where the program was built without optimisation.
const SOURCES_TIMED: usize = if cfg!(debug_assertions) { 200 } else { 2_100 };
/// Seed and number of sources of each world.
const WORLDS: &[(u32, usize)] = &[
    (7, 60),
    (1, 60),
    (2, 60),
    (3, 60),
    (11, 60),
    (42, 60),
    (7, 20),
    (7, 120),
];

#[derive(Deserialize)]
struct Truth {
    entries: Vec<Entry>,
}

#[derive(Deserialize, Clone)]
struct Entry {
    story: String,
    kind: String,
    lang: String,
    title: String,
    canonical_url: String,
    published: Option<String>,
    date_kind: String,
    release_tick: u32,
    text: String,
}

/// How well entries were put into stories.
struct Score {
    f1: f64,
    /// Pairs found and pairs there are, by the kind of their story.
    found: BTreeMap<String, (u32, u32)>,
    /// Pairs that do not belong together, by their kinds.
    wrong: BTreeMap<String, u32>,
}

impl Score {
    fn recall(&self, kind: &str) -> f64 {
        self.found
            .get(kind)
            .map_or(1.0, |(found, all)| f64::from(*found) / f64::from(*all))
    }

    fn wrong(&self, kind: &str) -> u32 {
        self.wrong
            .iter()
            .filter(|(kinds, _)| kinds.contains(kind))
            .map(|(_, pairs)| pairs)
            .sum()
    }

    fn print(&self, what: &str, seed: u32, sources: usize) {
        let part = |kind: &str| {
            self.found
                .get(kind)
                .map_or_else(String::new, |(found, all)| format!("{found}/{all}"))
        };
        let (syndicated, rewrite) = (part("syndicated"), part("rewrite"));
        println!(
            "{what:10} seed {seed:2} x{sources:<3} F1 {:.4} syndicated {syndicated} rewrite {rewrite} wrong {:?}",
            self.f1, self.wrong
        );
    }
}

#[test]
fn generated_worlds_are_grouped_as_the_truth_has_them() {
    for &(seed, sources) in WORLDS {
        let Some(entries) = world(seed, sources) else { return };
        let score = score(&entries, &group(&entries));
        score.print("in order", seed, sources);
        assert!(score.f1 >= 0.98, "{}", score.f1);
        assert!(score.recall("syndicated") >= 0.99 && score.recall("rewrite") >= 0.94);
        // Large worlds run out of facts: now and then two events have all but one in common.
        let bearable = u32::from(sources > 60);
        assert!(score.wrong("followup") <= bearable && score.wrong("recurring") <= bearable);
    }
}

#[test]
fn the_order_of_arrival_hardly_matters() {
    for &(seed, sources) in WORLDS {
        let Some(mut entries) = world(seed, sources) else {
            return;
        };
        let in_order = score(&entries, &group(&entries));
        for turn in 1..=2 {
            shuffle(&mut entries, u64::from(seed) + turn);
            let score = score(&entries, &group(&entries));
            score.print("shuffled", seed, sources);
            assert!((score.f1 - in_order.f1).abs() < 0.01, "{} {}", score.f1, in_order.f1);
        }
    }
}

#[test]
fn pages_that_could_not_be_fetched_are_grouped_by_their_first_paragraph() {
    for &(seed, sources) in WORLDS {
        let Some(mut entries) = world(seed, sources) else {
            return;
        };
        for entry in entries.iter_mut().skip(1).step_by(3) {
            entry.text = entry.text.lines().next().unwrap_or_default().to_owned();
        }
        let score = score(&entries, &group(&entries));
        score.print("third cut", seed, sources);
        assert!(score.f1 >= 0.96, "{}", score.f1);
    }
}

#[test]
fn stray_lines_of_a_page_change_little() {
    for &(seed, sources) in WORLDS {
        let Some(mut entries) = world(seed, sources) else {
            return;
        };
        let strays: Vec<String> = entries.iter().map(|entry| entry.title.clone()).rev().collect();
        for (at, (entry, stray)) in entries.iter_mut().zip(&strays).enumerate() {
            entry.text = match at % 3 {
                0 => format!("{stray}\n{}", entry.text),
                1 => format!("{}\n{stray}", entry.text),
                _ => continue,
            };
        }
        let score = score(&entries, &group(&entries));
        score.print("stray line", seed, sources);
        assert!(score.f1 >= 0.975, "{}", score.f1);
    }
}

/// Prints how long it takes; asserts nothing, since machines differ.
#[test]
fn reading_and_placing_print_their_times() {
    let Some(mut entries) = world(7, SOURCES_TIMED) else {
        return;
    };
    shuffle(&mut entries, 1);
    let mut neighbours = Neighbours::default();
    let (mut reading, mut placing) = (Vec::new(), Vec::new());
    for (article, entry) in (0..).map(ArticleId).zip(&entries) {
        let started = Instant::now();
        let features = features(entry);
        reading.push(started.elapsed());
        let started = Instant::now();
        let story = story_of(article, &features, entry, &neighbours);
        placing.push(started.elapsed());
        neighbours.put(article, story, &features, found_at(entry));
    }
    let mut last = placing.split_off(placing.len() - placing.len() / 20);
    println!("{} entries read in {}", reading.len(), spread(&mut reading));
    println!("the last {} of them placed in {}", last.len(), spread(&mut last));
}

/// Entries in the order of their arrival; `None`, with a printed line, where the generator is missing.
fn world(seed: u32, sources: usize) -> Option<Vec<Entry>> {
    let shared = std::env::var_os("DOCENT_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let program = shared.join("tools/museum-web/serve.py");
    let folder = tempfile::tempdir().expect(PROOF);
    let file = folder.path().join("truth.json");
    let made = Command::new("python3")
        .arg(&program)
        .args([
            "--synthetic",
            &sources.to_string(),
            "--seed",
            &seed.to_string(),
            "--base-date",
            BASE,
            "--dump-truth",
        ])
        .arg(&file)
        .output();
    if !program.exists() || !made.is_ok_and(|made| made.status.success()) {
        println!("left out: no generated world (python3, {})", program.display());
        return None;
    }
    let truth: Truth = serde_json::from_slice(&std::fs::read(&file).expect(PROOF)).expect(PROOF);
    let mut entries = truth.entries;
    entries.sort_by_key(|entry| entry.release_tick);
    Some(entries)
}

fn features(entry: &Entry) -> Features {
    let published = entry
        .published
        .as_deref()
        .filter(|_| entry.date_kind != "garbled")
        .and_then(Timestamp::parse);
    let link = Link::parse(&entry.canonical_url);
    Features::of(
        &entry.title,
        &entry.text,
        Language::parse(&entry.lang).as_ref(),
        published,
        link.as_ref(),
    )
}

fn found_at(entry: &Entry) -> Timestamp {
    Timestamp::parse(BASE).expect(PROOF).plus(TICK * entry.release_tick)
}

/// The story of each entry.
fn group(entries: &[Entry]) -> Vec<StoryId> {
    let mut neighbours = Neighbours::default();
    let mut stories = Vec::new();
    for (article, entry) in (0..).map(ArticleId).zip(entries) {
        let features = features(entry);
        let story = story_of(article, &features, entry, &neighbours);
        neighbours.put(article, story, &features, found_at(entry));
        stories.push(story);
    }
    stories
}

fn story_of(article: ArticleId, features: &Features, entry: &Entry, neighbours: &Neighbours) -> StoryId {
    let candidates = neighbours.candidates(features, found_at(entry));
    match place(features, &candidates, &Corrections::default()) {
        Placement::Join { story, .. } => story,
        Placement::Begin => StoryId(article.0),
    }
}

/// B-cubed within each language, as the generator's own scorer counts it.
fn score(entries: &[Entry], stories: &[StoryId]) -> Score {
    let rows: Vec<(&Entry, StoryId)> = entries.iter().zip(stories.iter().copied()).collect();
    let mut sizes: HashMap<(Option<&str>, Option<StoryId>, &str), u32> = HashMap::new();
    for (entry, story) in &rows {
        for (truth, ours) in [(true, true), (true, false), (false, true)] {
            *sizes
                .entry((truth.then_some(&entry.story), ours.then_some(*story), &entry.lang))
                .or_default() += 1;
        }
    }
    let size = |truth: Option<&str>, ours, lang| sizes.get(&(truth, ours, lang)).copied().map_or(0.0, f64::from);
    let (mut precision, mut recall, mut count) = (0.0, 0.0, 0.0);
    for (entry, story) in &rows {
        let common = size(Some(&entry.story), Some(*story), &entry.lang);
        precision += common / size(None, Some(*story), &entry.lang);
        recall += common / size(Some(&entry.story), None, &entry.lang);
        count += 1.0;
    }
    let (precision, recall) = (precision / count, recall / count);
    let mut found: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut wrong: BTreeMap<String, u32> = BTreeMap::new();
    for (at, (a, ours)) in rows.iter().enumerate() {
        for (b, theirs) in rows.iter().take(at) {
            if a.story == b.story && a.lang == b.lang {
                let (joined, all) = found.entry(a.kind.clone()).or_default();
                *all += 1;
                *joined += u32::from(ours == theirs);
            } else if ours == theirs {
                let (first, second) = (a.kind.as_str().min(&b.kind), a.kind.as_str().max(&b.kind));
                *wrong.entry(format!("{first}+{second}")).or_default() += 1;
            }
        }
    }
    let f1 = 2.0 * precision * recall / (precision + recall);
    Score { f1, found, wrong }
}

/// Shuffles by a small generator of its own, the same on every run.
fn shuffle(entries: &mut [Entry], seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for at in (1..entries.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        entries.swap(at, usize::try_from(state % (at as u64 + 1)).expect(PROOF));
    }
}

fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    format!("median {:?}, p95 {:?}, p99 {:?}", at(50), at(95), at(99))
}
