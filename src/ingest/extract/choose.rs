//! Which blocks of a page are the article's text.

use std::collections::{HashMap, HashSet};

use ego_tree::NodeId;
use scraper::{Html, Node};

use super::blocks::{Block, Marks, around, ratio};
use super::vote::{SHINGLE_WORDS, Voter, hash};
use crate::ingest::elements::is_heading;

/// The part of the text that the article's home holds: the innermost element with so much of it.
const HOME_SHARE: f64 = 0.95;
/// Outside its home a block is part of the article only if it is so long, in words,
const STRAY_WORDS_MIN: usize = 25;
/// and has no more than this share of links.
const STRAY_LINKS_MAX: f64 = 0.3;
/// A block with this share of links or more points elsewhere,
const POINTER_LINKS_MIN: f64 = 0.8;
/// unless it is longer than this, in words.
const POINTER_WORDS_MAX: usize = 25;
/// A block with this share of its text in `time` elements says when the article appeared.
const DATELINE_SHARE_MIN: f64 = 0.7;
/// A block so long, in words, that says nothing new is a copy (a teaser, a pull quote, the text for machines).
const COPY_WORDS_MIN: usize = 8;
/// A block so long, in words, may hold the whole article a second time.
const WHOLE_WORDS_MIN: usize = 200;
/// How much of a copy was said before.
const COPY_SHARE: f64 = 0.8;
/// The longest headline, in words.
const HEADLINE_WORDS_MAX: usize = 40;
/// A line of so many words is running text.
const RUNNING_WORDS_MIN: usize = 10;
/// An element with so many words of running text in it,
const BODY_WORDS_MIN: usize = 150;
/// and with this share of all of them, is the article's, whatever it is called.
const BODY_SHARE_MIN: f64 = 0.5;
/// Names of elements are not believed if what they leave is shorter than this, in words.
const REST_WORDS_MIN: usize = 8;

/// The blocks chosen and the element they live in.
#[derive(Debug)]
pub(super) struct Choice {
    /// For each block, whether it is part of the article.
    pub kept: Vec<bool>,
    /// The innermost element that holds nearly all of them.
    pub home: NodeId,
}

/// Chooses of `blocks` those that `needed` of `voters` took, and leaves out what stands beside the text although
/// extractors take it. `titles` are the page's names for the article, as words.
pub(super) fn choose(page: &Html, blocks: &[Block], voters: &[&Voter], needed: usize, titles: &[Vec<u64>]) -> Choice {
    let mut marks = Marks::default();
    let kept: Vec<bool> = (0..blocks.len())
        .map(|at| voters.iter().filter(|voter| voter.took(at)).count() >= needed)
        .collect();
    let mut choice = Choice {
        kept,
        home: page.tree.root().id(),
    };
    choice.fill_holders(blocks);
    choice.drop_copies(page, blocks, &mut marks);
    choice.drop_asides(page, blocks, &mut marks);
    choice.home = home_of(page, blocks, &choice.kept);
    let home = choice.home;
    let inside = |block: &Block| {
        page.tree
            .get(block.holder)
            .is_some_and(|node| around(node).any(|(id, _)| id == home))
    };
    choice.retain(blocks, |block| {
        inside(block) || (block.words.len() >= STRAY_WORDS_MIN && block.link_share() <= STRAY_LINKS_MAX)
    });
    choice.retain(blocks, |block| {
        !is_headline(page, block, titles) && block.time_share() < DATELINE_SHARE_MIN
    });
    choice.retain(blocks, |block| {
        block.link_share() < POINTER_LINKS_MIN || block.words.len() > POINTER_WORDS_MAX || is_cell(page, block)
    });
    choice
}

impl Choice {
    /// How many words are kept.
    pub fn words(&self, blocks: &[Block]) -> usize {
        blocks
            .iter()
            .zip(&self.kept)
            .filter(|(_, kept)| **kept)
            .map(|(block, _)| block.words.len())
            .sum()
    }

    fn retain(&mut self, blocks: &[Block], mut keep: impl FnMut(&Block) -> bool) {
        for (block, kept) in blocks.iter().zip(&mut self.kept) {
            *kept = *kept && keep(block);
        }
    }

    /// Takes running text that only line breaks part from text that is taken: extractors lose the first or last of it.
    fn fill_holders(&mut self, blocks: &[Block]) {
        let mut words: HashMap<NodeId, (usize, usize)> = HashMap::new();
        for (block, kept) in blocks.iter().zip(&self.kept) {
            let (taken, all) = words.entry(block.holder).or_default();
            *taken += if *kept { block.words.len() } else { 0 };
            *all += block.words.len();
        }
        for (block, kept) in blocks.iter().zip(&mut self.kept) {
            let running = block.words.len() >= RUNNING_WORDS_MIN && block.link_share() <= STRAY_LINKS_MAX;
            let (taken, all) = words.get(&block.holder).copied().unwrap_or_default();
            *kept |= running && ratio(taken, all) >= BODY_SHARE_MIN;
        }
    }

    /// Leaves out what is in elements that are named as something else than text.
    fn drop_asides(&mut self, page: &Html, blocks: &[Block], marks: &mut Marks) {
        let mut running: HashMap<NodeId, usize> = HashMap::new();
        let mut trusted: HashSet<NodeId> = HashSet::new();
        let mut all = 0;
        for (block, kept) in blocks.iter().zip(&self.kept) {
            let Some(node) = page.tree.get(block.holder) else {
                continue;
            };
            if holder_name(page, block) == "h1" {
                // What holds the headline holds the article; the headline's own element says nothing of what is around it.
                trusted.extend(around(node).skip(1).map(|(id, _)| id));
            }
            if *kept && block.link_share() <= STRAY_LINKS_MAX {
                all += block.words.len();
                for (id, _) in around(node) {
                    *running.entry(id).or_default() += block.words.len();
                }
            }
        }
        let body = |words: usize| words >= BODY_WORDS_MIN && ratio(words, all) >= BODY_SHARE_MIN;
        trusted.extend(running.iter().filter(|(_, words)| body(**words)).map(|(id, _)| *id));
        let all = self.kept.clone();
        self.retain(blocks, |block| {
            page.tree
                .get(block.holder)
                .is_none_or(|node| !marks.is_aside(node, &trusted))
        });
        if self.words(blocks) < REST_WORDS_MIN {
            self.kept = all;
        }
    }

    /// Leaves out blocks whose words are all in others: those that are not shown and those that are a whole article are
    /// taken for the copy before those that are shown and short.
    fn drop_copies(&mut self, page: &Html, blocks: &[Block], marks: &mut Marks) {
        let mut order: Vec<(bool, bool, usize)> = Vec::new();
        for (at, block) in blocks.iter().enumerate() {
            if self.kept.get(at) == Some(&true) {
                let hidden = page.tree.get(block.holder).is_some_and(|node| marks.is_hidden(node));
                order.push((hidden, block.words.len() >= WHOLE_WORDS_MIN, at));
            }
        }
        order.sort_unstable();
        // Where each shingle was first said. Repetition within one list or table is the author's own.
        let mut said: HashMap<u64, NodeId> = HashMap::new();
        for (_, _, at) in order {
            let Some(block) = blocks.get(at).filter(|block| block.words.len() >= COPY_WORDS_MIN) else {
                continue;
            };
            let place = page
                .tree
                .get(block.holder)
                .and_then(|node| node.parent())
                .map_or(block.holder, |parent| parent.id());
            let shingles: HashSet<u64> = block.words.windows(SHINGLE_WORDS).map(hash).collect();
            let elsewhere = shingles
                .iter()
                .filter(|shingle| said.get(shingle).is_some_and(|&first| first != place))
                .count();
            if ratio(elsewhere, shingles.len()) >= COPY_SHARE {
                if let Some(kept) = self.kept.get_mut(at) {
                    *kept = false;
                }
                continue;
            }
            for shingle in shingles {
                said.entry(shingle).or_insert(place);
            }
        }
    }
}

fn home_of(page: &Html, blocks: &[Block], kept: &[bool]) -> NodeId {
    let mut words: HashMap<NodeId, usize> = HashMap::new();
    let mut all = 0;
    for (block, _) in blocks.iter().zip(kept).filter(|(_, kept)| **kept) {
        all += block.words.len();
        for (id, _) in page.tree.get(block.holder).into_iter().flat_map(around) {
            *words.entry(id).or_default() += block.words.len();
        }
    }
    let holds = |id: &NodeId| ratio(words.get(id).copied().unwrap_or(0), all) >= HOME_SHARE;
    // Elements with so great a part of the text lie one in the other, so the innermost is the one with most around it.
    words
        .keys()
        .filter(|id| holds(id))
        .max_by_key(|id| page.tree.get(**id).map_or(0, |node| node.ancestors().count()))
        .copied()
        .unwrap_or_else(|| page.tree.root().id())
}

/// Whether `block` is the article's headline: a heading or a line with its words, or a paragraph that is no more than it.
fn is_headline(page: &Html, block: &Block, titles: &[Vec<u64>]) -> bool {
    if block.words.len() > HEADLINE_WORDS_MAX || block.words.is_empty() {
        return false;
    }
    let name = holder_name(page, block);
    if name == "h1" {
        return true;
    }
    let own: HashSet<u64> = block.words.iter().copied().collect();
    titles.iter().any(|title| {
        let title_words: HashSet<u64> = title.iter().copied().collect();
        let common = own.intersection(&title_words).count();
        let near = ratio(common, own.len()) >= 0.8 && ratio(common, title_words.len()) >= 0.6;
        *title == block.words || (near && (is_heading(name) || !matches!(name, "p" | "li" | "td")))
    })
}

fn is_cell(page: &Html, block: &Block) -> bool {
    matches!(holder_name(page, block), "td" | "th")
}

fn holder_name<'a>(page: &'a Html, block: &Block) -> &'a str {
    page.tree
        .get(block.holder)
        .and_then(|node| match node.value() {
            Node::Element(element) => Some(element.name()),
            _ => None,
        })
        .unwrap_or_default()
}
