//! Articles are put into stories as the truth of a generated world has them.
//!
//! The worlds come from the museum-web generator beside the project; where it or Python is missing, these tests step aside.

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

/// The generated worlds are made as of this instant, so that every run sees the same.
const BASE: &str = "2026-11-25T06:00:00+00:00";
const TICK: Duration = Duration::from_secs(600);
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
    id: String,
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

/// A score of one run, and how it is printed.
#[derive(Debug)]
struct Score {
    precision: f64,
    recall: f64,
    by_kind: BTreeMap<String, (usize, usize)>,
    false_pairs: BTreeMap<String, usize>,
}

impl Score {
    fn f1(&self) -> f64 {
        2.0 * self.precision * self.recall / (self.precision + self.recall)
    }

    fn recall_of(&self, kind: &str) -> f64 {
        let (found, all) = self.by_kind.get(kind).copied().unwrap_or((1, 1));
        found as f64 / all as f64
    }

    fn line(&self) -> String {
        let part = |kind: &str| {
            let (found, all) = self.by_kind.get(kind).copied().unwrap_or_default();
            format!("{found}/{all}")
        };
        format!(
            "P {:.4} R {:.4} F1 {:.4}  syndicated {} rewrite {}  false {:?}",
            self.precision,
            self.recall,
            self.f1(),
            part("syndicated"),
            part("rewrite"),
            self.false_pairs
        )
    }
}

#[test]
fn generated_worlds_are_grouped_as_the_truth_has_them() {
    for &(seed, sources) in WORLDS {
        let Some(entries) = world(seed, sources) else { return };
        let score = score(&entries, &group(&entries));
        println!("seed {seed} x{sources} in order   {}", score.line());
        show_mistakes(&entries, seed);
    }
}

#[test]
fn the_order_of_arrival_hardly_matters() {
    for &(seed, sources) in WORLDS {
        let Some(mut entries) = world(seed, sources) else {
            return;
        };
        shuffle(&mut entries, u64::from(seed));
        println!(
            "seed {seed} x{sources} shuffled   {}",
            score(&entries, &group(&entries)).line()
        );
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
        println!(
            "seed {seed} x{sources} third cut  {}",
            score(&entries, &group(&entries)).line()
        );
        show_mistakes(&entries, seed);
    }
}

#[test]
fn stray_lines_of_a_page_change_little() {
    for &(seed, sources) in WORLDS {
        let Some(mut entries) = world(seed, sources) else {
            return;
        };
        let titles: Vec<String> = entries.iter().map(|entry| entry.title.clone()).collect();
        for (at, entry) in entries.iter_mut().enumerate() {
            let stray = &titles[(at * 7 + 3) % titles.len()];
            entry.text = match at % 3 {
                0 => format!("{stray}\n{}", entry.text),
                1 => format!("{}\n{stray}", entry.text),
                _ => continue,
            };
        }
        println!(
            "seed {seed} x{sources} stray line {}",
            score(&entries, &group(&entries)).line()
        );
    }
}

#[test]
fn reading_and_placing_are_quick() {
    let Some(mut entries) = world(7, 2_100) else { return };
    shuffle(&mut entries, 1);
    let mut neighbours = Neighbours::default();
    let (mut reading, mut placing) = (Vec::new(), Vec::new());
    for (at, entry) in entries.iter().enumerate() {
        let started = Instant::now();
        let features = features(entry);
        reading.push(started.elapsed());
        let started = Instant::now();
        let candidates = neighbours.candidates(&features, found_at(entry));
        let placement = place(&features, &candidates, &Corrections::default());
        if at > 49_000 {
            placing.push(started.elapsed());
        }
        let article = i64::try_from(at).unwrap();
        let story = match placement {
            Placement::Join { story, .. } => story,
            Placement::Begin => StoryId(article),
        };
        neighbours.put(ArticleId(article), story, &features, found_at(entry));
    }
    println!(
        "read {}: {}; placed among {}: {}",
        reading.len(),
        spread(&mut reading),
        neighbours.len(),
        spread(&mut placing)
    );
    let long: String = entries
        .iter()
        .take(12)
        .map(|entry| entry.text.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    let started = Instant::now();
    let features = Features::of("Long", &long, None, None, None);
    println!(
        "{} words: {:?}; {} characters stored",
        long.split(' ').count(),
        started.elapsed(),
        features.to_text().len()
    );
}

/// Entries in the order of their arrival; `None`, with a printed line, where the generator is missing.
fn world(seed: u32, sources: usize) -> Option<Vec<Entry>> {
    let shared = std::env::var_os("DOCENT_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let program = shared.join("tools/museum-web/serve.py");
    let folder = tempfile::tempdir().unwrap();
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
    let truth: Truth = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
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
    Timestamp::parse(BASE).unwrap().plus(TICK * entry.release_tick)
}

/// The story of each entry.
fn group(entries: &[Entry]) -> Vec<StoryId> {
    let mut neighbours = Neighbours::default();
    let mut stories = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let article = i64::try_from(at).unwrap();
        let features = features(entry);
        let candidates = neighbours.candidates(&features, found_at(entry));
        let story = match place(&features, &candidates, &Corrections::default()) {
            Placement::Join { story, .. } => story,
            Placement::Begin => StoryId(article),
        };
        neighbours.put(ArticleId(article), story, &features, found_at(entry));
        stories.push(story);
    }
    stories
}

/// B-cubed within each language, as the generator's own scorer counts it.
fn score(entries: &[Entry], stories: &[StoryId]) -> Score {
    let mut true_size: HashMap<(&str, &str), usize> = HashMap::new();
    let mut our_size: HashMap<(StoryId, &str), usize> = HashMap::new();
    let mut both: HashMap<(&str, StoryId, &str), usize> = HashMap::new();
    for (entry, story) in entries.iter().zip(stories) {
        *true_size.entry((&entry.story, &entry.lang)).or_default() += 1;
        *our_size.entry((*story, &entry.lang)).or_default() += 1;
        *both.entry((&entry.story, *story, &entry.lang)).or_default() += 1;
    }
    let (mut precision, mut recall) = (0.0, 0.0);
    for (entry, story) in entries.iter().zip(stories) {
        let common = both[&(entry.story.as_str(), *story, entry.lang.as_str())] as f64;
        precision += common / our_size[&(*story, entry.lang.as_str())] as f64;
        recall += common / true_size[&(entry.story.as_str(), entry.lang.as_str())] as f64;
    }
    let mut by_kind: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut false_pairs: BTreeMap<String, usize> = BTreeMap::new();
    for (at, (a, ours)) in entries.iter().zip(stories).enumerate() {
        for (b, theirs) in entries.iter().zip(stories).take(at) {
            if a.story == b.story && a.lang == b.lang {
                let (found, all) = by_kind.entry(a.kind.clone()).or_default();
                *all += 1;
                *found += usize::from(ours == theirs);
            } else if ours == theirs {
                let mut kinds = [a.kind.as_str(), b.kind.as_str()];
                kinds.sort_unstable();
                *false_pairs.entry(kinds.join("+")).or_default() += 1;
            }
        }
    }
    let count = entries.len() as f64;
    Score {
        precision: precision / count,
        recall: recall / count,
        by_kind,
        false_pairs,
    }
}

/// Shuffles by a small generator of its own, the same on every run.
fn shuffle(entries: &mut [Entry], seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for at in (1..entries.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        entries.swap(at, usize::try_from(state % (at as u64 + 1)).unwrap());
    }
}

fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    format!("median {:?}, p95 {:?}, p99 {:?}", at(50), at(95), at(99))
}
fn show_mistakes(entries: &[Entry], _seed: u32) {
    let Some(_) = std::env::var_os("SHOW") else { return };
    let mut neighbours = Neighbours::default();
    let mut stories: Vec<StoryId> = Vec::new();
    let (mut misses, mut wrong) = (0, 0);
    for (at, entry) in entries.iter().enumerate() {
        let article = i64::try_from(at).unwrap();
        let f = features(entry);
        let c = neighbours.candidates(&f, found_at(entry));
        let p = place(&f, &c, &Corrections::default());
        for c in &c {
            let w = &entries[usize::try_from(c.article.0).unwrap()];
            let l = &c.likeness;
            println!(
                "CSV,{},{},{},{:.3},{:.3},{:.2},{:.3},{:.2},{:.3},{:.3},{},{},{:?},{},{}",
                (w.story == entry.story && w.lang == entry.lang) as u8,
                entry.kind,
                w.kind,
                l.text.whole,
                l.text.lead,
                l.shared,
                l.cover,
                l.least,
                l.head_here,
                l.head_there,
                l.telling,
                l.clash as u8,
                l.days_apart,
                entry.lang,
                l.same_title as u8
            );
        }
        let story = match &p {
            Placement::Join { story, with, reason } => {
                let w = &entries[usize::try_from(with.0).unwrap()];
                if w.story != entry.story || w.lang != entry.lang {
                    wrong += 1;
                    if wrong < 12 {
                        let l = &c.iter().find(|c| c.article == *with).unwrap().likeness;
                        println!(
                            "WRONG {reason}\n  {l:?}\n  {} {} | {} | {}\n  {} {} | {} | {}",
                            entry.id,
                            entry.kind,
                            entry.title,
                            entry.text.replace('\n', " / "),
                            w.id,
                            w.kind,
                            w.title,
                            w.text.replace('\n', " / ")
                        );
                    }
                }
                *story
            }
            Placement::Begin => StoryId(article),
        };
        if p == Placement::Begin {
            if let Some((b, w)) = entries
                .iter()
                .enumerate()
                .take(at)
                .find(|(_, w)| w.story == entry.story && w.lang == entry.lang)
            {
                misses += 1;
                if misses < 40 && entry.kind == "syndicated" {
                    let l = c.iter().find(|c| c.article.0 == b as i64).map(|c| &c.likeness);
                    println!(
                        "MISSED {l:?}\n  {} {} | {} | {}\n  {} | {} | {}",
                        entry.id,
                        entry.kind,
                        entry.title,
                        entry.text.replace('\n', " / "),
                        w.id,
                        w.title,
                        w.text.replace('\n', " / ")
                    );
                }
            }
        }
        neighbours.put(ArticleId(article), story, &f, found_at(entry));
        stories.push(story);
    }
    println!("missed {misses} wrong {wrong}");
}
