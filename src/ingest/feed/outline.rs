//! Elements in good order: every tag that opens is closed, in turn, whatever the document did.
//!
//! Keeps what holds inside an element: namespaces, base address, language.

use std::borrow::Cow;

use super::namespace::{Bindings, Space};
use super::reference;
use super::token::{Tag, Token, Tokens};
use crate::domain::link::Link;
use crate::domain::text::Language;

/// Elements open at one time; what lies deeper is skipped, its text kept.
const DEPTH_MAX: usize = 100;

/// Elements that hold a value and nothing else; the start of one, or of a text, ends another that was not closed.
const VALUES: &[&str] = &["title", "link", "guid", "id", "pubdate", "published", "updated"];

/// What else of a feed never stands inside a value.
const TEXTS: &[&str] = &[
    "description",
    "summary",
    "content",
    "author",
    "category",
    "enclosure",
    "comments",
    "source",
];

/// A step through a document.
#[derive(Debug)]
pub enum Event<'a> {
    /// An element begins.
    Open(Element<'a>),
    /// The innermost element ends.
    Close,
    /// Text, references resolved.
    Text(Cow<'a, str>),
}

/// The beginning of an element.
#[derive(Debug)]
pub struct Element<'a> {
    /// The vocabulary of its name.
    pub space: Space,
    /// Its name without prefix, in lower case.
    pub local: Cow<'a, str>,
    /// Its attributes, references resolved.
    pub attributes: Vec<(&'a str, Cow<'a, str>)>,
}

impl Element<'_> {
    /// The value of the attribute with this name, under any prefix.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self
            .attributes
            .iter()
            .find(|(key, _)| local(key).eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }
}

/// Walks through the elements of a document, from its root on.
#[derive(Debug)]
pub struct Outline<'a> {
    tokens: Tokens<'a>,
    open: Vec<Open<'a>>,
    bindings: Bindings<'a>,
    document_base: Link,
    /// A start tag that waits until what it closes is closed.
    waiting: Option<Tag<'a>>,
    closing: usize,
    too_deep: usize,
}

#[derive(Debug)]
struct Open<'a> {
    name: &'a str,
    bindings: usize,
    base: Option<Link>,
    language: Option<Language>,
}

impl<'a> Outline<'a> {
    /// Begins with `root`, the tag that `tokens` gave last.
    pub fn new(root: Tag<'a>, tokens: Tokens<'a>, unprefixed: Space, base: &Link) -> Self {
        Self {
            tokens,
            open: Vec::new(),
            bindings: Bindings::new(unprefixed),
            document_base: base.clone(),
            waiting: Some(root),
            closing: 0,
            too_deep: 0,
        }
    }

    /// What addresses are relative to here (`xml:base`, else the document's own address).
    pub fn base(&self) -> &Link {
        self.open
            .iter()
            .rev()
            .find_map(|open| open.base.as_ref())
            .unwrap_or(&self.document_base)
    }

    /// What `xml:lang` says here.
    pub fn language(&self) -> Option<&Language> {
        self.open.iter().rev().find_map(|open| open.language.as_ref())
    }

    /// Whether an element is still open; after the last event that means that the document was cut off.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }
}

impl<'a> Iterator for Outline<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        loop {
            if self.closing > 0 {
                self.close();
                return Some(Event::Close);
            }
            if let Some(tag) = self.waiting.take() {
                return Some(self.open(tag));
            }
            if self.open.is_empty() {
                return None;
            }
            match self.tokens.next()? {
                Token::Start(tag) => {
                    self.closing = self.closed_by(tag.name);
                    if self.closing > 0 {
                        self.too_deep = 0;
                    } else if self.open.len() >= DEPTH_MAX {
                        self.too_deep = self.too_deep.saturating_add(usize::from(!tag.empty));
                        continue;
                    }
                    self.waiting = Some(tag);
                }
                Token::End(name) => self.closing = self.ended_by(name),
                Token::Text("") | Token::Verbatim("") => {}
                Token::Text(text) => return Some(Event::Text(reference::resolve(text, &mut self.tokens.declared))),
                Token::Verbatim(text) => return Some(Event::Text(reference::allowed(text))),
            }
        }
    }
}

impl<'a> Outline<'a> {
    fn open(&mut self, tag: Tag<'a>) -> Event<'a> {
        let bindings = self.bindings.len();
        let inside = !self.open.is_empty();
        let declared = &mut self.tokens.declared;
        let attributes: Vec<(&str, Cow<str>)> = tag
            .attributes
            .into_iter()
            .map(|(name, value)| (name, reference::resolve(value, declared)))
            .collect();
        let mut base = None;
        let mut language = None;
        for (name, value) in &attributes {
            if name.starts_with("xmlns") {
                self.bindings.bind(name, value, inside);
            } else if *name == "xml:base" {
                base = self.base().join(value);
            } else if *name == "xml:lang" {
                language = Language::parse(value);
            }
        }
        let (space, local) = self.bindings.resolve(tag.name);
        self.open.push(Open {
            name: tag.name,
            bindings,
            base,
            language,
        });
        self.closing = usize::from(tag.empty);
        Event::Open(Element {
            space,
            local: lower(local),
            attributes,
        })
    }

    fn close(&mut self) {
        self.closing = self.closing.saturating_sub(1);
        if let Some(open) = self.open.pop() {
            self.bindings.forget(open.bindings);
        }
    }

    /// How many elements the start tag `name` closes: an entry stands in the feed alone, a value never in a value.
    fn closed_by(&self, name: &'a str) -> usize {
        let (space, name) = self.bindings.resolve(name);
        if !matches!(space, Space::Rss | Space::Atom) {
            return 0;
        }
        let name = lower(name);
        if matches!(&*name, "item" | "entry") {
            let feed = self.open.iter().rposition(|open| is_container(open.name)).unwrap_or(0);
            return self.open.len().saturating_sub(feed).saturating_sub(1);
        }
        let begins = VALUES.contains(&&*name) || TEXTS.contains(&&*name);
        let ends =
            |open: &Open| VALUES.contains(&&*lower(local(open.name))) && !local(open.name).eq_ignore_ascii_case(&name);
        usize::from(begins && self.open.last().is_some_and(ends))
    }

    /// How many elements the end tag `name` closes: those opened since, and its own; none if it has no start.
    fn ended_by(&mut self, name: &str) -> usize {
        if self.too_deep > 0 && !is_entry(name) && !is_container(name) {
            self.too_deep = self.too_deep.saturating_sub(1);
            return 0;
        }
        let at = self.open.iter().rposition(|open| open.name.eq_ignore_ascii_case(name));
        if at.is_some() {
            self.too_deep = 0;
        }
        at.map_or(0, |at| self.open.len().saturating_sub(at))
    }
}

/// `name` without its prefix.
pub fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

fn is_entry(name: &str) -> bool {
    matches!(&*lower(local(name)), "item" | "entry")
}

fn is_container(name: &str) -> bool {
    matches!(&*lower(local(name)), "channel" | "feed" | "rss" | "rdf")
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(document: &str) -> String {
        let mut tokens = Tokens::new(document);
        let Some(Token::Start(root)) = tokens.next() else {
            return String::new();
        };
        let base = Link::parse("https://feed.example/").expect("an address");
        Outline::new(root, tokens, Space::Rss, &base)
            .map(|event| match event {
                Event::Open(element) => format!("({}", element.local),
                Event::Close => ")".to_owned(),
                Event::Text(text) => text.into_owned(),
            })
            .collect()
    }

    #[test]
    fn every_element_is_closed_in_turn() {
        for (document, expected) in [
            ("<a><b>x</b><c/></a>", "(a(bx)(c))"),
            ("<a><b>x</a>y", "(a(bx))"),
            ("<a></b>x</a>", "(ax)"),
            ("<RSS><Item>x<item>y</rss>", "(rss(itemx)(itemy))"),
            (
                "<item><title>x<link>y<guid>z</guid></item>",
                "(item(titlex)(linky)(guidz))",
            ),
            ("<rss><title>x<item>y<c:item>z</item>", "(rss(titlex)(itemy(itemz))"),
            ("<a>x", "(ax"),
            ("<a/>x", "(a)"),
        ] {
            assert_eq!(shown(document), expected, "{document}");
        }
    }

    #[test]
    fn what_lies_too_deep_is_skipped() {
        let document = format!("<rss><item>{}x</item><item/></rss>", "<b>".repeat(200_000));
        let shown = shown(&document);
        assert!(shown.len() < 500 && shown.ends_with("(item))"), "{shown}");
    }
}
