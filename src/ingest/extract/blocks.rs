//! A page as the blocks of text in it, and what the page itself says of the elements that hold them.

use std::collections::{HashMap, HashSet};

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::node::Element;
use scraper::{Html, Node};

use super::vote::words_of;
use crate::ingest::elements::is_block;

/// The most blocks of a page that are judged; what comes after them is no part of the article.
const BLOCKS_MAX: usize = 30_000;
/// The most characters of a class or id that are looked at.
const NAMES_BYTES_MAX: usize = 512;

/// Words in a class, id, role or label that say that an element is about the article or the site, and no part of the text.
const ASIDE_WORDS: &[&str] = &[
    "ad",
    "ads",
    "adv",
    "advert",
    "adverts",
    "advertisement",
    "advertising",
    "banner",
    "bio",
    "breadcrumb",
    "breadcrumbs",
    "byline",
    "caption",
    "comment",
    "comments",
    "cookie",
    "cookies",
    "copyright",
    "credit",
    "credits",
    "date",
    "dateline",
    "disqus",
    "donate",
    "donation",
    "eyebrow",
    "figcaption",
    "footer",
    "keywords",
    "kicker",
    "login",
    "menu",
    "meta",
    "modal",
    "nav",
    "navbar",
    "navigation",
    "newsletter",
    "newsletters",
    "outbrain",
    "pager",
    "pagination",
    "paywall",
    "popup",
    "printfriendly",
    "promo",
    "promos",
    "promotion",
    "rating",
    "readmore",
    "recirc",
    "recommended",
    "recommendation",
    "recommendations",
    "register",
    "related",
    "share",
    "shares",
    "sharing",
    "sharedaddy",
    "sidebar",
    "signup",
    "social",
    "sponsor",
    "sponsored",
    "subscribe",
    "subscription",
    "taboola",
    "tags",
    "taglist",
    "teaser",
    "teasers",
    "timestamp",
    "toolbar",
    "trending",
    "vote",
    "votes",
    "wpcnt",
];
/// The same for two words that follow each other.
const ASIDE_PAIRS: &[(&str, &str)] = &[
    ("also", "like"),
    ("author", "box"),
    ("author", "card"),
    ("author", "content"),
    ("author", "details"),
    ("author", "info"),
    ("most", "popular"),
    ("most", "read"),
    ("more", "from"),
    ("more", "in"),
    ("more", "news"),
    ("more", "on"),
    ("more", "stories"),
    ("post", "author"),
    ("read", "more"),
    ("screen", "reader"),
    ("see", "also"),
    ("sign", "up"),
    ("sr", "only"),
    ("tag", "list"),
    ("visually", "hidden"),
];

/// A run of text that no block element and no line break parts.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// Its text, blanks made single; never empty.
    pub text: String,
    /// Its words, as numbers.
    pub words: Vec<u64>,
    /// The text nodes it is made of.
    pub nodes: Vec<NodeId>,
    /// The nearest element around it that is a block.
    pub holder: NodeId,
    /// How many bytes of its text are in links.
    linked: usize,
    /// How many bytes of its text are in `time` elements.
    timed: usize,
}

impl Block {
    /// The share of its text that is in links.
    pub fn link_share(&self) -> f64 {
        ratio(self.linked, self.text.len())
    }

    /// The share of its text that is the time of something.
    pub fn time_share(&self) -> f64 {
        ratio(self.timed, self.text.len())
    }
}

/// The blocks of `page`, in order.
pub(super) fn blocks_of(page: &Html) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut holders: Vec<NodeId> = Vec::new();
    let (mut links, mut times, mut unseen) = (0_usize, 0_usize, 0_usize);
    for edge in page.tree.root().traverse() {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Element(element) => {
                    links += usize::from(element.name() == "a");
                    times += usize::from(element.name() == "time");
                    unseen += usize::from(is_unseen(element.name()));
                    if is_block(element.name()) {
                        finish(&mut blocks, open.take());
                        holders.push(node.id());
                    }
                }
                Node::Text(text) if unseen == 0 => {
                    let Some(&holder) = holders.last() else { continue };
                    let block = open.get_or_insert_with(|| Block::empty(holder));
                    block.text.push_str(text);
                    block.nodes.push(node.id());
                    let length = text.trim().len();
                    block.linked += if links > 0 { length } else { 0 };
                    block.timed += if times > 0 { length } else { 0 };
                }
                _ => {}
            },
            Edge::Close(node) => {
                if let Node::Element(element) = node.value() {
                    links = links.saturating_sub(usize::from(element.name() == "a"));
                    times = times.saturating_sub(usize::from(element.name() == "time"));
                    unseen = unseen.saturating_sub(usize::from(is_unseen(element.name())));
                    if is_block(element.name()) {
                        finish(&mut blocks, open.take());
                        holders.pop();
                    }
                }
            }
        }
        if blocks.len() >= BLOCKS_MAX {
            return blocks;
        }
    }
    finish(&mut blocks, open);
    blocks
}

impl Block {
    fn empty(holder: NodeId) -> Self {
        Self {
            text: String::new(),
            words: Vec::new(),
            nodes: Vec::new(),
            holder,
            linked: 0,
            timed: 0,
        }
    }
}

fn finish(blocks: &mut Vec<Block>, open: Option<Block>) {
    let Some(mut block) = open else { return };
    block.text = crate::ingest::clean::line(&block.text);
    if !block.text.is_empty() {
        block.words = words_of(&block.text);
        blocks.push(block);
    }
}

fn is_unseen(name: &str) -> bool {
    matches!(
        name,
        "head" | "script" | "style" | "noscript" | "template" | "select" | "option" | "datalist" | "audio" | "video"
    )
}

/// What elements are named, remembered for each.
#[derive(Debug, Default)]
pub(super) struct Marks {
    aside: HashMap<NodeId, bool>,
    hidden: HashMap<NodeId, bool>,
}

impl Marks {
    /// Whether `node`, or an element around it, is named as something beside the article's text. What is in `trusted` is
    /// not, whatever its name.
    pub fn is_aside(&mut self, node: NodeRef<'_, Node>, trusted: &HashSet<NodeId>) -> bool {
        around(node)
            .any(|(id, element)| *self.aside.entry(id).or_insert_with(|| is_aside(element)) && !trusted.contains(&id))
    }

    /// Whether `node` is in an element that is not shown.
    pub fn is_hidden(&mut self, node: NodeRef<'_, Node>) -> bool {
        around(node).any(|(id, element)| *self.hidden.entry(id).or_insert_with(|| is_hidden(element)))
    }
}

/// The elements from `node` outwards, itself included.
pub(super) fn around(node: NodeRef<'_, Node>) -> impl Iterator<Item = (NodeId, &Element)> {
    std::iter::once(node)
        .chain(node.ancestors())
        .filter_map(|node| Some((node.id(), node.value().as_element()?)))
}

fn is_aside(element: &Element) -> bool {
    if matches!(
        element.name(),
        "nav" | "aside" | "footer" | "figcaption" | "button" | "form" | "dialog"
    ) {
        return true;
    }
    ["class", "id", "role", "aria-label", "itemprop"]
        .iter()
        .filter_map(|name| element.attr(name))
        .any(|value| {
            let words = name_words(value);
            words.iter().any(|word| ASIDE_WORDS.contains(&word.as_str()))
                || words.windows(2).any(
                    |pair| matches!(pair, [first, second] if ASIDE_PAIRS.contains(&(first.as_str(), second.as_str()))),
                )
        })
}

fn is_hidden(element: &Element) -> bool {
    let style = element.attr("style").unwrap_or_default();
    element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || style.split(';').any(|rule| {
            let rule: String = rule.chars().filter(|c| !c.is_whitespace()).collect();
            matches!(rule.as_str(), "display:none" | "visibility:hidden")
        })
}

/// The words that a class or id is put together from: `postMeta-top` is post, meta, top.
fn name_words(value: &str) -> Vec<String> {
    let value = value
        .get(..value.floor_char_boundary(NAMES_BYTES_MAX))
        .unwrap_or_default();
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in value.chars() {
        let parts = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && before.is_ascii_lowercase());
        if parts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words
}

#[expect(clippy::cast_precision_loss, reason = "counts of bytes and words, far below 2^52")]
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_line_breaks_part_the_text() {
        let page = Html::parse_document("<p>a <b>b</b><br>c</p>d<div><p>e <a href=x>f</a></div><script>g</script>");
        let texts: Vec<String> = blocks_of(&page).into_iter().map(|block| block.text).collect();
        assert_eq!(texts, ["a b", "c", "d", "e f"]);
    }

    #[test]
    fn names_fall_into_their_words() {
        assert_eq!(name_words("postMeta-top ad_1"), ["post", "meta", "top", "ad", "1"]);
        let page = Html::parse_document(
            "<p class='article-meta'>a</p><p class='metal'>b</p><div class=readMore><p>c</p></div>",
        );
        let mut marks = Marks::default();
        let aside: Vec<bool> = blocks_of(&page)
            .iter()
            .filter_map(|block| page.tree.get(block.holder))
            .map(|node| marks.is_aside(node, &HashSet::new()))
            .collect();
        assert_eq!(aside, [true, false, true]);
    }
}
