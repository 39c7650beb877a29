//! The texts of an entry, on their way from a document to clean values.

use std::borrow::Cow;

use super::outline::Element;
use super::reference;
use crate::domain::link::Link;
use crate::domain::text::CleanHtml;
use crate::ingest::clean;

/// HTML elements that have no end tag.
const VOID_ELEMENTS: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
];

/// Spaces that are part of what is written, as before a French colon.
const NO_BREAK_SPACES: &[char] = &['\u{A0}', '\u{202F}'];

/// How a text is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As it stands.
    Plain,
    /// As HTML, escaped or in a CDATA section.
    Html,
    /// As HTML whose elements are elements of the document.
    Inline,
}

/// A text as a source gave it: foreign, and not yet cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prose {
    /// The text, or the markup.
    pub raw: String,
    /// Whether `raw` is markup.
    pub is_html: bool,
    /// What its addresses are relative to.
    pub base: Link,
}

impl Prose {
    /// The clean markup of it; the lines of a plain text stay lines.
    pub fn html(&self) -> CleanHtml {
        let markup = self.markup();
        let markup = if self.is_html {
            markup
        } else {
            Cow::Owned(markup.trim().replace('\n', "<br>"))
        };
        clean::html(&markup, &self.base)
    }

    /// The words of its first `bytes_max` bytes, on one line. What is still escaped after that was escaped twice, and is resolved.
    pub fn line(&self, bytes_max: usize) -> String {
        let markup = self.markup();
        let start = markup.get(..markup.floor_char_boundary(bytes_max)).unwrap_or(&markup);
        let words = clean::text(start);
        let words = if self.is_html {
            reference::resolve_plain(&words)
        } else {
            Cow::Borrowed(words.as_str())
        };
        let is_space = |c: char| c.is_whitespace() && !NO_BREAK_SPACES.contains(&c);
        let words: Vec<&str> = words.split(is_space).filter(|word| !word.is_empty()).collect();
        words.join(" ").trim().to_owned()
    }

    fn markup(&self) -> Cow<'_, str> {
        if self.is_html {
            return Cow::Borrowed(&self.raw);
        }
        let mut markup = String::with_capacity(self.raw.len());
        push_escaped(&mut markup, &self.raw);
        Cow::Owned(markup)
    }
}

/// Gathers the text of one element, and the markup in it.
#[derive(Debug)]
pub struct Gathering {
    style: Style,
    raw: String,
    inside: Vec<String>,
    base: Link,
    bytes_max: usize,
    /// Whether there was more than could be taken.
    pub is_cut: bool,
}

impl Gathering {
    /// Begins with nothing; takes at most about `bytes_max`.
    pub fn new(style: Style, base: Link, bytes_max: usize) -> Self {
        Self {
            style,
            raw: String::new(),
            inside: Vec::new(),
            base,
            bytes_max,
            is_cut: false,
        }
    }

    /// Adds text.
    pub fn text(&mut self, text: &str) {
        let room = self.bytes_max.saturating_sub(self.raw.len());
        let fitting = text.get(..text.floor_char_boundary(room)).unwrap_or(text);
        self.is_cut |= fitting.len() < text.len();
        if self.style == Style::Inline || !self.inside.is_empty() {
            push_escaped(&mut self.raw, fitting);
        } else {
            self.raw.push_str(fitting);
        }
    }

    /// Adds the beginning of an element.
    pub fn open(&mut self, element: &Element<'_>) {
        if self.style == Style::Plain {
            // Markup where none was announced: then the text so far was inline too.
            let plain = std::mem::take(&mut self.raw);
            push_escaped(&mut self.raw, &plain);
            self.style = Style::Inline;
        }
        self.inside.push(element.local.clone().into_owned());
        if self.raw.len() >= self.bytes_max {
            self.is_cut = true;
            return;
        }
        self.raw.push('<');
        self.raw.push_str(&element.local);
        for (name, value) in element.attributes.iter().filter(|(name, _)| !name.contains(':')) {
            if self.raw.len().saturating_add(value.len()) < self.bytes_max {
                self.raw.push(' ');
                self.raw.push_str(name);
                self.raw.push_str("=\"");
                push_escaped(&mut self.raw, value);
                self.raw.push('"');
            }
        }
        self.raw.push('>');
    }

    /// Adds the end of the innermost element.
    pub fn close(&mut self) {
        let Some(name) = self.inside.pop() else { return };
        if !self.is_cut && !VOID_ELEMENTS.contains(&name.as_str()) {
            self.raw.push_str("</");
            self.raw.push_str(&name);
            self.raw.push('>');
        }
    }

    /// Forgets what was gathered so far.
    pub fn clear(&mut self) {
        self.raw.clear();
    }

    /// What was gathered.
    pub fn finish(self) -> Prose {
        Prose {
            raw: self.raw,
            is_html: self.style != Style::Plain,
            base: self.base,
        }
    }
}

fn push_escaped(markup: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => markup.push_str("&amp;"),
            '<' => markup.push_str("&lt;"),
            '>' => markup.push_str("&gt;"),
            '"' => markup.push_str("&quot;"),
            c => markup.push(c),
        }
    }
}
