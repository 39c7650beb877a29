//! Writing XML: escaped, well-formed, without a character that XML cannot hold.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::domain::escape::is_forbidden;

/// Blanks before each level.
const INDENT: usize = 2;

/// A document being written.
pub struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// One with its declaration.
    pub fn new() -> Self {
        let mut xml = Self(Writer::new_with_indent(Vec::new(), b' ', INDENT));
        xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    /// An element, and inside it what `inside` writes.
    pub fn around(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) {
        self.event(Event::Start(tag(name, attributes)));
        inside(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// An element that holds nothing.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.event(Event::Empty(tag(name, attributes)));
    }

    /// An element that holds `text`.
    pub fn text(&mut self, name: &str, text: &str) {
        self.text_with(name, &[], text);
    }

    /// The same with attributes.
    pub fn text_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        let text = legal(text);
        self.around(name, attributes, |xml| {
            xml.event(Event::Text(BytesText::new(&text)));
        });
    }

    /// The bytes, which are UTF-8.
    pub fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.0.into_inner();
        bytes.push(b'\n');
        bytes
    }

    fn event(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect("a Vec takes every write");
    }
}

fn tag<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut tag = BytesStart::new(name);
    for (name, value) in attributes {
        tag.push_attribute((*name, legal(value).as_str()));
    }
    tag
}

/// `text` without what XML cannot hold, and without other control characters but line ends.
fn legal(text: &str) -> String {
    text.chars()
        .filter(|c| *c == '\n' || !c.is_control() && !is_forbidden(*c))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_escaped_once_and_legal() {
        let mut xml = Xml::new();
        xml.around("a", &[("b", "<\"&\u{7}")], |xml| {
            xml.text("c", "x < y & \u{0}z ]]>");
            xml.empty("d", &[]);
        });
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"&lt;&quot;&amp;\">\n  <c>x &lt; y &amp; z ]]&gt;</c>\n  <d/>\n</a>\n";
        assert_eq!(String::from_utf8(xml.into_bytes()).unwrap(), expected);
    }
}
