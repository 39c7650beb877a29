//! What an extractor took of a page, to be asked about the page's blocks.
//!
//! Extractors give text or markup of their own making. So a block counts as taken if its words are in what the extractor
//! gave; and where a block stands more than once in the page (a headline in a list of others, a heading in a table of
//! contents), the one counts that stands between the blocks that its copy stands between.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::blocks::{Block, ratio};

/// How many words one after the other are compared.
pub(super) const SHINGLE_WORDS: usize = 3;
/// A block is taken if this share of its shingles is in what the extractor gave.
const SHINGLES_SHARE_MIN: f64 = 0.5;

/// What one extractor took.
#[derive(Debug, Default)]
pub(super) struct Voter {
    /// How many words it took.
    pub count: usize,
    words: HashSet<u64>,
    /// For each block of the page, whether it is taken.
    pub has: Vec<bool>,
}

impl Voter {
    /// Compares what an extractor gave, as text with a line a block, to the page's blocks.
    pub fn of(text: &str, blocks: &[Block]) -> Self {
        let lines: Vec<Vec<u64>> = text.lines().map(words_of).filter(|words| !words.is_empty()).collect();
        let all: Vec<u64> = lines.concat();
        let shingles: HashSet<u64> = all.windows(SHINGLE_WORDS).map(hash).collect();
        let keys: Vec<u64> = lines.iter().map(|words| hash(words.as_slice())).collect();
        let known: HashSet<u64> = keys.iter().copied().collect();
        let mut has: Vec<bool> = blocks
            .iter()
            .map(|block| {
                if block.words.len() < SHINGLE_WORDS {
                    return known.contains(&hash(block.words.as_slice())) && !block.words.is_empty();
                }
                let found = block
                    .words
                    .windows(SHINGLE_WORDS)
                    .filter(|shingle| shingles.contains(&hash(*shingle)))
                    .count();
                ratio(found, block.words.len() + 1 - SHINGLE_WORDS) >= SHINGLES_SHARE_MIN
            })
            .collect();
        keep_in_place(&keys, blocks, &mut has);
        Self {
            count: all.len(),
            words: all.into_iter().collect(),
            has,
        }
    }

    /// How much of the words of both is in each: 1 if they took the same, 0 if nothing is common.
    pub fn agreement(&self, other: &Self) -> f64 {
        let common = self.words.intersection(&other.words).count();
        ratio(2 * common, self.words.len() + other.words.len())
    }

    /// Whether it took the block at `at`.
    pub fn took(&self, at: usize) -> bool {
        self.has.get(at).copied().unwrap_or(false)
    }
}

/// Of blocks that stand in the page more often than among the lines, leaves only those at the lines' places.
fn keep_in_place(lines: &[u64], blocks: &[Block], has: &mut [bool]) {
    let places = places_of(blocks.iter().map(|block| hash(block.words.as_slice())));
    let lines_of = places_of(lines.iter().copied());
    let anchors = anchors(lines, &lines_of, &places);
    for (key, found) in &lines_of {
        let Some(copies) = places.get(key).filter(|copies| copies.len() > found.len()) else {
            continue;
        };
        let mut taken: Vec<usize> = Vec::new();
        for &line in found {
            let next = anchors.partition_point(|&(anchor, _)| anchor < line);
            let low = next
                .checked_sub(1)
                .and_then(|at| anchors.get(at))
                .map(|&(_, block)| block);
            let high = anchors.get(next).map(|&(_, block)| block);
            let mut between = copies.iter().copied().filter(|&copy| {
                low.is_none_or(|low| copy > low) && high.is_none_or(|high| copy < high) && !taken.contains(&copy)
            });
            // Nothing before it is known: then the copy nearest to what follows.
            taken.extend(if low.is_none() && high.is_some() {
                between.next_back()
            } else {
                between.next()
            });
        }
        if !taken.is_empty() {
            for &copy in copies {
                if let Some(has) = has.get_mut(copy) {
                    *has = taken.contains(&copy);
                }
            }
        }
    }
}

fn places_of(keys: impl Iterator<Item = u64>) -> HashMap<u64, Vec<usize>> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, key) in keys.enumerate() {
        places.entry(key).or_default().push(at);
    }
    places
}

/// Lines that stand once among the lines and once in the page, with their block: as many as come in the same order in both.
fn anchors(
    lines: &[u64],
    lines_of: &HashMap<u64, Vec<usize>>,
    places: &HashMap<u64, Vec<usize>>,
) -> Vec<(usize, usize)> {
    let single = |map: &HashMap<u64, Vec<usize>>, key| match map.get(key).map(Vec::as_slice) {
        Some([one]) => Some(*one),
        _ => None,
    };
    let pairs: Vec<(usize, usize)> = lines
        .iter()
        .filter_map(|key| Some((single(lines_of, key)?, single(places, key)?)))
        .collect();
    // The longest run of pairs whose blocks ascend: for each length the pair that ends such a run lowest, and for each
    // pair the one before it in its run.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, &(_, block)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs.get(end).is_some_and(|&(_, lower)| lower < block));
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(pair) = at.and_then(|at| pairs.get(at)) {
        run.push(*pair);
        at = at.and_then(|at| before.get(at).copied().flatten());
    }
    run.reverse();
    run
}

/// The words of `line` in lower case, each as a number. A character of a script without blanks is a word.
pub(super) fn words_of(line: &str) -> Vec<u64> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in line.chars() {
        let alone = is_unspaced(c);
        if !word.is_empty() && (alone || !c.is_alphanumeric()) {
            words.push(hash(word.as_str()));
            word.clear();
        }
        if alone {
            words.push(hash(&c));
        } else if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(hash(word.as_str()));
    }
    words
}

/// Whether `c` belongs to a script that is written without blanks between words: Han, Kana, Thai and their neighbours.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A number for a word or for several.
pub(super) fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::super::blocks::blocks_of;
    use super::*;

    #[test]
    fn a_block_is_taken_if_half_of_it_is_there() {
        let page = scraper::Html::parse_document("<p>one two three four<p>five six seven eight<p>nine<p>ten");
        let blocks = blocks_of(&page);
        assert_eq!(
            Voter::of("one two three four five\nnine", &blocks).has,
            [true, false, true, false]
        );
    }

    #[test]
    fn of_copies_the_one_in_the_right_place_is_taken() {
        let page = scraper::Html::parse_document("<li>head<p>one two three<h2>head</h2><p>four five six<p>head");
        let blocks = blocks_of(&page);
        let voter = Voter::of("one two three\nhead\nfour five six", &blocks);
        assert_eq!(voter.has, [false, true, true, true, false]);
    }

    #[test]
    fn words_are_compared_without_regard_to_case_and_marks() {
        assert_eq!(words_of("The “Big” one."), words_of("the big ONE"));
        assert_eq!(words_of("博物館a").len(), 4);
    }
}
