//! Page text into a tree, and the few questions that are asked of one.

use scraper::{ElementRef, Html};

use super::one_line;
use crate::domain::link::Link;
use crate::domain::text::Language;
use crate::ingest::fence;

/// The most nodes looked at for the text of one element.
const TEXT_NODES_MAX: usize = 2_000;

/// The most nodes looked at in search of what stands in a page's head.
const HEAD_NODES_MAX: usize = 2_000;

/// Elements that do not part the words in them from those around them.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "font", "i", "ins", "kbd", "mark",
    "q", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
];

/// Elements whose text nobody reads.
const UNREAD: &[&str] = &["script", "style", "template", "noscript", "textarea"];

/// The tree of a page. The one place in this room where page text becomes one.
pub(in crate::ingest) fn parse(text: &str, warnings: &mut Vec<String>) -> Html {
    let fenced = fence::page(text);
    if fenced.crowded {
        warnings.push("the page has too many elements; only the first were read".to_owned());
    }
    Html::parse_document(&fenced.html)
}

/// What the addresses of a page are relative to: its `<base href>`, else its own address.
pub(in crate::ingest) fn base(page: &Html, own: &Link) -> Link {
    head(page, "base", "href")
        .and_then(|href| own.join(href))
        .unwrap_or_else(|| own.clone())
}

/// The language that the page declares for all of it.
pub(in crate::ingest) fn language(page: &Html) -> Option<Language> {
    head(page, "html", "lang").and_then(Language::parse)
}

/// The words of `element` on one line of at most `chars` characters.
pub(in crate::ingest) fn text(element: ElementRef<'_>, chars: usize) -> String {
    let mut words = String::new();
    for node in element.descendants().take(TEXT_NODES_MAX) {
        if words.len() > chars.saturating_mul(8) {
            break;
        }
        let parts = |name: &str| !INLINE.contains(&name);
        if node.value().as_element().is_some_and(|element| parts(element.name())) {
            words.push(' ');
        }
        let Some(text) = node.value().as_text() else { continue };
        let unread = node.parent().and_then(|parent| {
            parent
                .value()
                .as_element()
                .map(|parent| UNREAD.contains(&parent.name()))
        });
        if unread.unwrap_or(false) {
            continue;
        }
        let behind = node
            .prev_sibling()
            .and_then(|before| before.value().as_element().map(|before| parts(before.name())));
        if behind.unwrap_or(false) {
            words.push(' ');
        }
        words.push_str(text);
    }
    one_line(&words, chars)
}

/// The elements within `element`, itself first, at most `nodes` nodes of it.
pub(in crate::ingest) fn within(element: ElementRef<'_>, nodes: usize) -> impl Iterator<Item = ElementRef<'_>> {
    element.descendants().take(nodes).filter_map(ElementRef::wrap)
}

fn head<'p>(page: &'p Html, name: &str, attribute: &str) -> Option<&'p str> {
    page.tree
        .root()
        .descendants()
        .take(HEAD_NODES_MAX)
        .filter_map(|node| node.value().as_element())
        .find_map(|element| {
            if element.name() == name {
                element.attr(attribute)
            } else {
                None
            }
        })
}
