//! The elements that a parser holds open at one point of a document, by name.

use std::borrow::Cow;

use super::elements::{Class, class_of, closes_paragraph, is_boundary, is_heading};
use super::tags::Tag;

/// The most formatting elements (`b`, `a`, …) open at once: a parser opens them anew in every block that follows.
const OPEN_FORMATTING_MAX: usize = 64;
/// The most formatting elements open at once with one and the same tag: what the standard keeps of them.
const OPEN_FORMATTING_ALIKE_MAX: usize = 3;

/// What is open, as the tree construction rules of the HTML standard have it, or more: never less.
#[derive(Debug, Default)]
pub struct OpenElements<'a> {
    /// The deepest last.
    open: Vec<Element<'a>>,
    /// Formatting elements whose end tag has not come. Those that a block's end has closed are opened again where text
    /// follows. `None` is a marker: what stands before it is out of reach.
    formatting: Vec<Option<Formatting<'a>>>,
    /// How many formatting elements there were so far.
    count: usize,
}

#[derive(Debug)]
struct Element<'a> {
    name: Cow<'a, str>,
    /// Which formatting element it is.
    formatting: Option<usize>,
}

#[derive(Debug, Clone)]
struct Formatting<'a> {
    name: Cow<'a, str>,
    raw: &'a str,
    number: usize,
}

impl<'a> OpenElements<'a> {
    /// How many are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether parts of a table may stand here.
    pub fn in_table(&self) -> bool {
        self.position_in_table(|open| open == "table").is_some()
    }

    /// Notes an element as open. `false` if it is a formatting element and there are too many of these.
    pub fn begin(&mut self, tag: &Tag<'a>, class: Class) -> bool {
        if class == Class::Formatting {
            return self.begin_formatting(tag);
        }
        if is_marker(&tag.name) {
            self.formatting.push(None);
        }
        self.push(tag.name.clone(), None);
        true
    }

    /// Opens again the formatting elements that blocks have closed, as a parser does before text. Gives how many.
    pub fn reopen(&mut self) -> usize {
        let is_open = |entry: &Option<Formatting<'_>>| {
            entry
                .as_ref()
                .is_none_or(|entry| self.open.iter().rev().any(|open| open.formatting == Some(entry.number)))
        };
        let from = self.formatting.iter().rposition(is_open).map_or(0, |at| at + 1);
        let closed: Vec<Formatting<'a>> = self.formatting.iter().skip(from).flatten().cloned().collect();
        let count = closed.len();
        for entry in closed {
            self.push(entry.name, Some(entry.number));
        }
        count
    }

    /// Closes what the start of `name` closes.
    pub fn close_implied(&mut self, name: &str) {
        match name {
            "li" => self.close_item(&["li"]),
            "dd" | "dt" => self.close_item(&["dd", "dt"]),
            "button" => {
                self.end_at(self.position(|open| open == "button"));
            }
            "td" | "th" => self.close_in_table(&["td", "th"]),
            "tr" => self.close_in_table(&["tr"]),
            "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => {
                self.close_in_table(&["tbody", "thead", "tfoot", "caption", "colgroup"]);
            }
            _ => {}
        }
        if closes_paragraph(name) {
            let reach = self.position(|open| matches!(open, "p" | "button"));
            if let Some(at) = reach.filter(|&at| self.is_at(at, "p")) {
                self.close_from(at);
            }
        }
        if is_heading(name) {
            self.close_if_last(&["h1", "h2", "h3", "h4", "h5", "h6"]);
        }
    }

    fn push(&mut self, name: Cow<'a, str>, formatting: Option<usize>) {
        self.open.push(Element { name, formatting });
    }

    /// Closes what the end tag of `name` closes. `false` if a parser takes no notice of it.
    pub fn end(&mut self, name: &str, class: Class) -> bool {
        match class {
            Class::Formatting => self.end_formatting(name),
            Class::TablePart => self.end_at(self.position_in_table(|open| open == name)),
            Class::Ordinary => self.end_at(self.position_of_ordinary(name)),
            _ => self.end_special(name),
        }
    }

    /// Notes a formatting element as open. `false` if there are too many.
    fn begin_formatting(&mut self, tag: &Tag<'a>) -> bool {
        // A link ends the link before it.
        if matches!(tag.name.as_ref(), "a" | "nobr") && self.formatting_position(&tag.name).is_some() {
            self.end_formatting(&tag.name);
            self.reopen();
        }
        let reachable = self.formatting.iter().rev().take_while(|entry| entry.is_some()).count();
        let begin = self.formatting.len() - reachable;
        let alike = |entry: &Option<Formatting<'_>>| entry.as_ref().is_some_and(|entry| entry.raw == tag.raw);
        let mut same = self
            .formatting
            .iter()
            .enumerate()
            .skip(begin)
            .filter(|(_, entry)| alike(entry));
        if let (Some((first, _)), true) = (same.next(), same.count() + 1 >= OPEN_FORMATTING_ALIKE_MAX) {
            self.formatting.remove(first);
        }
        if self.formatting.len() >= OPEN_FORMATTING_MAX {
            return false;
        }
        self.count += 1;
        let number = self.count;
        self.formatting.push(Some(Formatting {
            name: tag.name.clone(),
            raw: tag.raw,
            number,
        }));
        self.push(tag.name.clone(), Some(number));
        true
    }

    fn end_special(&mut self, name: &str) -> bool {
        match name {
            // The end of a form takes the form alone, and what is open in it stays open.
            "form" => self.remove_at(self.position(|open| open == name)),
            "li" => self.end_at(
                self.position(|open| open == name || matches!(open, "ul" | "ol"))
                    .filter(|&at| self.is_at(at, name)),
            ),
            "table" => self.end_at(self.position_in_table(|open| open == name)),
            _ if is_heading(name) => {
                // The end of one kind of heading ends any other.
                self.end_at(self.position(is_heading))
            }
            _ => self.end_at(self.position(|open| open == name)),
        }
    }

    /// Closes a formatting element; blocks that began in it stay open.
    fn end_formatting(&mut self, name: &str) -> bool {
        let Some(at) = self.formatting_position(name) else {
            return self.end_at(self.position_of_ordinary(name));
        };
        let number = self.formatting.get(at).and_then(|entry| Some(entry.as_ref()?.number));
        let reach = self
            .open
            .iter()
            .rposition(|open| open.formatting == number || is_boundary(&open.name));
        let found = reach.filter(|&reach| self.open.get(reach).is_some_and(|open| open.formatting == number));
        if found.is_none() && self.open.iter().any(|open| open.formatting == number) {
            return false;
        }
        self.formatting.remove(at);
        let Some(at) = found else {
            return true;
        };
        let holds_blocks = self
            .open
            .iter()
            .skip(at + 1)
            .any(|open| !matches!(class_of(&open.name), Class::Formatting | Class::Ordinary));
        if holds_blocks {
            self.remove_at(Some(at))
        } else {
            self.end_at(Some(at))
        }
    }

    fn close_item(&mut self, names: &[&str]) {
        for (at, open) in self.open.iter().enumerate().rev() {
            if names.contains(&open.name.as_ref()) {
                self.close_from(at);
                return;
            }
            let passable = matches!(class_of(&open.name), Class::Formatting | Class::Ordinary)
                || matches!(open.name.as_ref(), "address" | "div" | "p");
            if is_boundary(&open.name) || !passable {
                return;
            }
        }
    }

    fn close_if_last(&mut self, names: &[&str]) {
        if self.open.last().is_some_and(|open| names.contains(&open.name.as_ref())) {
            self.open.pop();
        }
    }

    fn close_in_table(&mut self, names: &[&str]) {
        if let Some(at) = self.position_in_table(|open| names.contains(&open)) {
            self.close_from(at);
        }
    }

    fn close_from(&mut self, at: usize) {
        for closed in self.open.drain(at..) {
            if is_marker(&closed.name) {
                while self.formatting.pop().flatten().is_some() {}
            }
        }
    }

    fn end_at(&mut self, at: Option<usize>) -> bool {
        if let Some(at) = at {
            self.close_from(at);
        }
        at.is_some()
    }

    fn remove_at(&mut self, at: Option<usize>) -> bool {
        if let Some(at) = at {
            self.open.remove(at);
        }
        at.is_some()
    }

    fn is_at(&self, at: usize, name: &str) -> bool {
        self.open.get(at).is_some_and(|open| open.name == name)
    }

    /// The deepest open element that `wanted` accepts, as far as an end tag reaches.
    fn position(&self, wanted: impl Fn(&str) -> bool) -> Option<usize> {
        let reach = self
            .open
            .iter()
            .rposition(|open| wanted(&open.name) || is_boundary(&open.name))?;
        self.open.get(reach).filter(|open| wanted(&open.name)).map(|_| reach)
    }

    fn position_in_table(&self, wanted: impl Fn(&str) -> bool) -> Option<usize> {
        let ends = |open: &str| matches!(open, "table" | "noscript");
        let reach = self
            .open
            .iter()
            .rposition(|open| wanted(&open.name) || ends(&open.name))?;
        self.open.get(reach).filter(|open| wanted(&open.name)).map(|_| reach)
    }

    fn position_of_ordinary(&self, name: &str) -> Option<usize> {
        let ends = |open: &str| !matches!(class_of(open), Class::Formatting | Class::Ordinary);
        let reach = self
            .open
            .iter()
            .rposition(|open| open.name == name || ends(&open.name))?;
        self.is_at(reach, name).then_some(reach)
    }

    /// The last formatting element called `name` that is within reach.
    fn formatting_position(&self, name: &str) -> Option<usize> {
        let found = |entry: &Option<Formatting<'_>>| entry.as_ref().is_none_or(|entry| entry.name == name);
        let at = self.formatting.iter().rposition(found)?;
        self.formatting.get(at).filter(|entry| entry.is_some()).map(|_| at)
    }
}

/// Whether formatting elements open before `name` are out of reach in it.
fn is_marker(name: &str) -> bool {
    matches!(
        name,
        "td" | "th" | "caption" | "object" | "applet" | "marquee" | "noscript"
    )
}
