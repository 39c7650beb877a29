//! XML as it is found: tags, texts and what stands between, cut out of a document without ever refusing it.
//!
//! Linear in the document's length, and without recursion. What XML forbids is mended on the way: attributes may lack
//! quotes or stand twice, a tag may lack its end, a comment, CDATA section or instruction without end is only its beginning.

use super::reference::Declared;

/// Attributes read of one tag; more are dropped.
const TAG_ATTRIBUTES_MAX: usize = 128;

/// A piece of a document.
#[derive(Debug)]
pub enum Token<'a> {
    /// A start tag.
    Start(Tag<'a>),
    /// An end tag, by its name.
    End(&'a str),
    /// Text in which references still stand.
    Text(&'a str),
    /// Text of a CDATA section.
    Verbatim(&'a str),
}

/// A start tag as written.
#[derive(Debug)]
pub struct Tag<'a> {
    /// The name, with its prefix.
    pub name: &'a str,
    /// Names, and values in which references still stand; each name once.
    pub attributes: Vec<(&'a str, &'a str)>,
    /// Whether it is an end tag too (`<br/>`).
    pub empty: bool,
}

/// The pieces of a document, in order.
#[derive(Debug)]
pub struct Tokens<'a> {
    rest: &'a str,
    /// What the document type declared; complete once the root's tag was seen.
    pub declared: Declared,
    /// Ends that occur no more in what is left, so that no beginning looks for them twice.
    absent: Vec<&'static str>,
}

impl<'a> Tokens<'a> {
    /// Begins to read `document`.
    pub fn new(document: &'a str) -> Self {
        Self {
            rest: document,
            declared: Declared::default(),
            absent: Vec::new(),
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some(markup) = self.rest.strip_prefix('<') {
            let token = self.markup(markup);
            if token.is_none() {
                self.rest = "";
            }
            return token;
        }
        let (text, rest) = cut(self.rest, |c| c == '<');
        self.rest = rest;
        Some(Token::Text(text))
    }
}

impl<'a> Tokens<'a> {
    fn markup(&mut self, markup: &'a str) -> Option<Token<'a>> {
        if let Some(body) = markup.strip_prefix("!--") {
            self.rest = past(body, "-->", &mut self.absent).map_or(body, |(_, rest)| rest);
            return Some(Token::Text(""));
        }
        if let Some(body) = markup.strip_prefix("![CDATA[") {
            let (text, rest) = past(body, "]]>", &mut self.absent).unwrap_or(("", body));
            self.rest = rest;
            return Some(Token::Verbatim(text));
        }
        if let Some(body) = markup.strip_prefix('?') {
            let end = past(body, "?>", &mut self.absent).or_else(|| body.split_once('>'));
            self.rest = end.map_or("", |(_, rest)| rest);
            return Some(Token::Text(""));
        }
        if let Some(body) = markup.strip_prefix('!') {
            self.rest = self.declared.read_doctype(body);
            return Some(Token::Text(""));
        }
        if let Some(body) = markup.strip_prefix('/') {
            // An end tag that lacks its own end stops where the next tag begins.
            let (name, rest) = cut(body, |c| matches!(c, '>' | '<'));
            self.rest = rest.strip_prefix('>').unwrap_or(rest);
            return Some(Token::End(name.trim()));
        }
        if markup.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return self.tag(markup);
        }
        self.rest = markup;
        Some(Token::Text("<"))
    }

    /// Reads a start tag. `None` if the document ends inside it.
    fn tag(&mut self, markup: &'a str) -> Option<Token<'a>> {
        let (name, mut rest) = cut(markup, |c| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '<'));
        let mut attributes: Vec<(&str, &str)> = Vec::new();
        loop {
            rest = rest.trim_start();
            let empty = rest.starts_with("/>");
            if let Some(after) = rest.strip_prefix("/>").or_else(|| rest.strip_prefix('>')) {
                self.rest = after;
                return Some(Token::Start(Tag {
                    name,
                    attributes,
                    empty,
                }));
            }
            if rest.is_empty() {
                self.rest = rest;
                return None;
            }
            if rest.starts_with('<') {
                self.rest = rest;
                return Some(Token::Start(Tag {
                    name,
                    attributes,
                    empty,
                }));
            }
            let (key, after) = cut(rest, |c| c.is_ascii_whitespace() || matches!(c, '=' | '/' | '>' | '<'));
            let (value, after) = self.value(after);
            // A stray sign between attributes is stepped over.
            rest = if after.len() == rest.len() {
                after.get(1..).unwrap_or_default()
            } else {
                after
            };
            let wanted = !key.is_empty() && attributes.len() < TAG_ATTRIBUTES_MAX;
            if wanted && attributes.iter().all(|(known, _)| *known != key) {
                attributes.push((key, value));
            }
        }
    }

    /// Reads `= value` behind an attribute's name.
    fn value(&mut self, after_name: &'a str) -> (&'a str, &'a str) {
        let Some(written) = after_name.trim_start().strip_prefix('=') else {
            return ("", after_name);
        };
        let written = written.trim_start();
        let quoted = if let Some(body) = written.strip_prefix('"') {
            past(body, "\"", &mut self.absent)
        } else if let Some(body) = written.strip_prefix('\'') {
            past(body, "'", &mut self.absent)
        } else {
            None
        };
        quoted.unwrap_or_else(|| cut(written, |c| c.is_ascii_whitespace() || c == '>'))
    }
}

/// What stands before and behind the next `end`, if there is one; remembers in `absent` that there is none.
fn past<'a>(body: &'a str, end: &'static str, absent: &mut Vec<&'static str>) -> Option<(&'a str, &'a str)> {
    if absent.contains(&end) {
        return None;
    }
    let parts = body.split_once(end);
    if parts.is_none() {
        absent.push(end);
    }
    parts
}

/// `text` up to the first character that `stops`, and from it on.
fn cut(text: &str, stops: impl Fn(char) -> bool) -> (&str, &str) {
    let at = text.find(stops).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(document: &str) -> String {
        Tokens::new(document)
            .map(|token| match token {
                Token::Start(tag) => format!(
                    "<{} {:?}{}>",
                    tag.name,
                    tag.attributes,
                    if tag.empty { "/" } else { "" }
                ),
                Token::End(name) => format!("</{name}>"),
                Token::Text(text) => text.to_owned(),
                Token::Verbatim(text) => format!("[{text}]"),
            })
            .collect()
    }

    #[test]
    fn what_xml_forbids_is_mended() {
        for (document, expected) in [
            ("<a x='1' y=\"2\">t</a>", r#"<a [("x", "1"), ("y", "2")]>t</a>"#),
            ("<a x=1 y>t", r#"<a [("x", "1"), ("y", "")]>t"#),
            ("<a x='1' x='2'/>", r#"<a [("x", "1")]/>"#),
            ("<a x='1'<b>", r#"<a [("x", "1")]><b []>"#),
            ("<a x=\"1>t", r#"<a [("x", "\"1")]>t"#),
            ("<a =\"\" / >", "<a []>"),
            ("<a =é>", "<a []>"),
            ("1 < 2", "1 < 2"),
            ("<![CDATA[a<b]]>c", "[a<b]c"),
            ("<![CDATA[a</t>", "[]a</t>"),
            ("x<!-- a <b> -->y<!-- z", "xy z"),
            ("<?xml version='1.0'?><a/>", "<a []/>"),
            ("</a <b>", "</a><b []>"),
            ("<a x='", ""),
            ("<a x", ""),
            ("</a", "</a>"),
        ] {
            assert_eq!(shown(document), expected, "{document:?}");
        }
    }
}
