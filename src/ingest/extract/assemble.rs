//! The chosen blocks with the markup around them.

use std::collections::{HashMap, HashSet};

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::node::Element;
use scraper::{Html, Node};

use super::blocks::{Block, Marks, around};
use super::choose::Choice;
use crate::domain::escape;
use crate::ingest::elements::is_block;

/// Where pages that load pictures late keep a picture's address.
const LATE_SOURCES: &[&str] = &["data-src", "data-original", "data-lazy-src", "data-url"];

/// The kept blocks as text, a line each.
pub(super) fn text_of(blocks: &[Block], kept: &[bool]) -> String {
    let lines: Vec<&str> = blocks
        .iter()
        .zip(kept)
        .filter(|(_, kept)| **kept)
        .map(|(block, _)| block.text.as_str())
        .collect();
    lines.join("\n")
}

/// The kept blocks as HTML, with the elements around them that mean something and the pictures between them.
/// Not cleaned yet.
pub(super) fn html_of(page: &Html, blocks: &[Block], choice: &Choice) -> String {
    let mut texts: HashMap<NodeId, bool> = HashMap::new();
    let mut first_and_last: Option<(NodeId, NodeId)> = None;
    for (block, kept) in blocks.iter().zip(&choice.kept) {
        for node in &block.nodes {
            texts.insert(*node, *kept);
        }
        if let (true, Some(first), Some(last)) = (*kept, block.nodes.first(), block.nodes.last()) {
            first_and_last = Some((first_and_last.map_or(*first, |(first, _)| first), *last));
        }
    }
    let Some((first, last)) = first_and_last else {
        return String::new();
    };
    let mut writer = Writer::default();
    let mut marks = Marks::default();
    let trusted: HashSet<NodeId> = page
        .tree
        .get(choice.home)
        .into_iter()
        .flat_map(around)
        .map(|(id, _)| id)
        .collect();
    let mut within = false;
    for edge in page.tree.root().traverse() {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Text(text) => {
                    within |= node.id() == first;
                    if texts.get(&node.id()) == Some(&true) {
                        writer.text(text);
                    }
                    within &= node.id() != last;
                }
                Node::Element(element) if element.name() == "img" => {
                    let beside = marks.is_aside(without_figure(node), &trusted);
                    if within && !beside {
                        writer.picture(element);
                    }
                }
                Node::Element(element) => writer.open(element),
                _ => {}
            },
            Edge::Close(node) => {
                if let Node::Element(element) = node.value() {
                    writer.close(element);
                }
            }
        }
    }
    writer.out
}

/// The node from which on names count for a picture: a figure may well be called a promo picture or a gallery.
fn without_figure(node: NodeRef<'_, Node>) -> NodeRef<'_, Node> {
    node.ancestors()
        .find(|node| {
            node.value()
                .as_element()
                .is_some_and(|element| element.name() == "figure")
        })
        .and_then(|figure| figure.parent())
        .unwrap_or(node)
}

/// An element that has been opened.
struct Open {
    /// What its end tag says; empty for an element that is left out.
    name: String,
    /// Where it begins in what is written.
    at: usize,
    /// Whether it is a block.
    block: bool,
    /// Whether something has been written in it.
    filled: bool,
    /// Whether it stands for no element of the page: a paragraph around text that has none.
    made: bool,
}

#[derive(Default)]
struct Writer {
    out: String,
    open: Vec<Open>,
}

impl Writer {
    fn open(&mut self, element: &Element) {
        let name = element.name();
        if is_block(name) {
            self.close_made();
        }
        if name == "br" {
            self.out.push_str("<br>");
            return;
        }
        let kept = kept_name(name);
        if !is_block(name) {
            self.begin_paragraph();
        }
        let at = self.out.len();
        if !kept.is_empty() {
            self.out.push('<');
            self.out.push_str(kept);
            for attribute in [
                "href", "lang", "dir", "cite", "datetime", "start", "colspan", "rowspan", "title",
            ] {
                if let Some(value) = element.attr(attribute) {
                    self.attribute(attribute, value);
                }
            }
            self.out.push('>');
        }
        self.open.push(Open {
            name: kept.to_owned(),
            at,
            block: is_block(name),
            filled: false,
            made: false,
        });
    }

    fn close(&mut self, element: &Element) {
        let name = element.name();
        if matches!(name, "br" | "img") {
            return;
        }
        if is_block(name) {
            self.close_made();
        }
        self.close_last();
    }

    fn text(&mut self, text: &str) {
        if text.trim().is_empty() {
            if self.open.last().is_some_and(|open| open.filled) {
                self.out.push(' ');
            }
            return;
        }
        self.begin_paragraph();
        self.fill();
        self.out.push_str(&escape::text(text));
    }

    fn picture(&mut self, element: &Element) {
        let given = element
            .attr("src")
            .filter(|src| !src.trim().is_empty() && !src.trim_start().starts_with("data:"));
        let late = || LATE_SOURCES.iter().find_map(|name| element.attr(name));
        let set = || {
            element
                .attr("srcset")
                .or_else(|| element.attr("data-srcset"))?
                .split([' ', ','])
                .find(|part| !part.is_empty())
        };
        let Some(src) = given.or_else(late).or_else(set) else {
            return;
        };
        self.begin_paragraph();
        self.fill();
        self.out.push_str("<img");
        self.attribute("src", src);
        for name in ["alt", "width", "height"] {
            if let Some(value) = element.attr(name) {
                self.attribute(name, value);
            }
        }
        self.out.push('>');
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        self.out.push_str(&escape::attribute(value));
        self.out.push('"');
    }

    /// Sees to it that text has a block around it.
    fn begin_paragraph(&mut self) {
        let around = self.open.iter().rev().find(|open| open.block);
        if around.is_none_or(|open| open.name.is_empty() || !holds_text(&open.name)) {
            let at = self.out.len();
            self.out.push_str("<p>");
            self.open.push(Open {
                name: "p".to_owned(),
                at,
                block: true,
                filled: false,
                made: true,
            });
        }
    }

    /// Ends the paragraph that was made, if there is one.
    fn close_made(&mut self) {
        if self.open.last().is_some_and(|open| open.made) {
            self.close_last();
        }
    }

    fn close_last(&mut self) {
        // A paragraph that was made inside the element that ends now ends with it.
        while let Some(open) = self.open.pop() {
            if !open.filled {
                self.out.truncate(open.at);
            } else if !open.name.is_empty() {
                self.out.push_str("</");
                self.out.push_str(&open.name);
                self.out.push('>');
            }
            if !open.made {
                return;
            }
        }
    }

    fn fill(&mut self) {
        for open in &mut self.open {
            open.filled = true;
        }
    }
}

/// The name under which an element is kept; empty if only its content is.
fn kept_name(name: &str) -> &str {
    match name {
        "h1" => "h2",
        "a" | "abbr" | "b" | "blockquote" | "caption" | "cite" | "code" | "dd" | "del" | "dfn" | "dl" | "dt" | "em"
        | "figcaption" | "figure" | "h2" | "h3" | "h4" | "h5" | "h6" | "i" | "ins" | "kbd" | "li" | "mark" | "ol"
        | "p" | "pre" | "q" | "s" | "samp" | "small" | "strong" | "sub" | "sup" | "table" | "tbody" | "td"
        | "tfoot" | "th" | "thead" | "time" | "tr" | "u" | "ul" | "var" => name,
        _ => "",
    }
}

/// Whether text may stand right in the element.
fn holds_text(name: &str) -> bool {
    !matches!(
        name,
        "ul" | "ol" | "dl" | "table" | "tbody" | "thead" | "tfoot" | "tr" | "blockquote"
    )
}
