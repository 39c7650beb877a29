//! Foreign HTML as tags and the text between them: one linear pass, no tree, nothing copied.
//!
//! Follows the tokenization section of the HTML standard. It is written here because html5ever's tokenizer compares each
//! attribute of a tag with all before it, so that a tag of 100,000 attributes costs seconds before any limit can be asked.

use std::borrow::Cow;

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token<'a> {
    /// `<!doctype …>`.
    Doctype,
    /// Characters as written, references unresolved; a `<` in it begins no tag.
    Text(&'a str),
    /// A start tag. What a raw element (see [`is_raw`]) holds follows as one [`Token::Raw`], then its end tag.
    Start(Tag<'a>),
    /// The characters inside the raw element just begun.
    Raw(&'a str),
    /// An end tag, by its name in lower case.
    End(Cow<'a, str>),
}

/// A start tag as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag<'a> {
    /// In lower case.
    pub name: Cow<'a, str>,
    /// All of it, from `<` to `>`.
    pub raw: &'a str,
    /// What stands between name and `>`.
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    /// Its attributes in order, as written: doubles included, references unresolved, `None` as the value where there is no `=`.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.attributes }
    }

    /// The value of the first attribute called `name` (in lower case), as written.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.unwrap_or_default())
    }
}

/// Attributes of a tag, one after the other: name and value as written.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start_matches(|c: char| is_blank(c) || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            self.rest = "";
            return None;
        }
        // An `=` may begin a name, but not stand later in it.
        let begin = usize::from(rest.starts_with('='));
        let (name, after) = split_where(rest, begin, |c| is_blank(c) || matches!(c, '/' | '>' | '='));
        let Some(value) = after.trim_start_matches(is_blank).strip_prefix('=') else {
            self.rest = after;
            return Some((name, None));
        };
        let value = value.trim_start_matches(is_blank);
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote.and_then(|quote| value.strip_prefix(quote).map(|inner| (quote, inner))) {
            Some((quote, inner)) => inner.split_once(quote).unwrap_or((inner, "")),
            None => split_where(value, 0, |c| is_blank(c) || c == '>'),
        };
        self.rest = after;
        Some((name, Some(value)))
    }
}

/// The pieces of a document, in order. Comments, processing instructions and a tag that never ends are left out.
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    rest: &'a str,
    /// The raw element whose content comes next.
    raw: Option<&'a str>,
}

impl<'a> Tokens<'a> {
    /// Reads `html` from its beginning.
    pub fn of(html: &'a str) -> Self {
        Self { rest: html, raw: None }
    }

    fn start_tag(&mut self) -> Option<Token<'a>> {
        let from = self.rest;
        let (name, after) = split_where(from, 1, |c| is_blank(c) || matches!(c, '/' | '>'));
        let name = name.strip_prefix('<').unwrap_or(name);
        let end = end_of_tag(after)?;
        let (attributes, rest) = after.split_at_checked(end)?;
        let raw = from.get(..from.len().saturating_sub(rest.len()))?;
        self.rest = rest;
        let lower = lower_case(name);
        self.raw = is_raw(&lower).then_some(name);
        Some(Token::Start(Tag {
            name: lower,
            raw,
            attributes: attributes.strip_suffix('>').unwrap_or(attributes),
        }))
    }

    fn end_tag(&mut self) -> Option<Token<'a>> {
        let (name, after) = split_where(self.rest, 2, |c| is_blank(c) || matches!(c, '/' | '>'));
        let name = name.strip_prefix("</").unwrap_or(name);
        let end = end_of_tag(after)?;
        self.rest = after.get(end..)?;
        Some(Token::End(lower_case(name)))
    }

    /// Steps over a comment, or over what the standard takes for one. `true` if it was a doctype.
    fn comment(&mut self) -> bool {
        if let Some(inner) = self.rest.strip_prefix("<!--") {
            self.rest = after_comment(inner);
            return false;
        }
        let doctype = self
            .rest
            .get(2..9)
            .is_some_and(|word| word.eq_ignore_ascii_case("doctype"));
        self.rest = self.rest.split_once('>').map_or("", |(_, rest)| rest);
        doctype
    }

    /// Everything up to the end tag of the raw element `name`.
    fn raw_text(&mut self, name: &str) -> Token<'a> {
        let mut at = 0;
        let end = loop {
            let Some(found) = self.rest.get(at..).and_then(|rest| rest.find("</")) else {
                break self.rest.len();
            };
            let candidate = at + found;
            let after = self.rest.get(candidate + 2..).unwrap_or_default();
            let named = after
                .get(..name.len())
                .is_some_and(|word| word.eq_ignore_ascii_case(name));
            let ends = after
                .get(name.len()..)
                .and_then(|rest| rest.chars().next())
                .is_some_and(|c| is_blank(c) || matches!(c, '/' | '>'));
            if named && ends {
                break candidate;
            }
            at = candidate + 2;
        };
        let (text, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        Token::Raw(text)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take() {
            return Some(self.raw_text(name));
        }
        while !self.rest.is_empty() {
            match opening(self.rest) {
                Opening::Start => {
                    let token = self.start_tag();
                    self.rest = if token.is_some() { self.rest } else { "" };
                    return token;
                }
                Opening::End => {
                    let token = self.end_tag();
                    self.rest = if token.is_some() { self.rest } else { "" };
                    return token;
                }
                Opening::Comment => {
                    if self.comment() {
                        return Some(Token::Doctype);
                    }
                }
                Opening::Nothing => self.rest = self.rest.get(3..).unwrap_or_default(),
                Opening::Text => {
                    let (text, rest) = self
                        .rest
                        .split_at_checked(end_of_text(self.rest))
                        .unwrap_or((self.rest, ""));
                    self.rest = rest;
                    return Some(Token::Text(text));
                }
            }
        }
        None
    }
}

/// Whether the element `name` (in lower case) holds characters only, up to its own end tag.
pub fn is_raw(name: &str) -> bool {
    matches!(
        name,
        "script" | "style" | "xmp" | "iframe" | "noembed" | "noframes" | "title" | "textarea"
    )
}

/// What stands at the beginning of some markup.
#[derive(PartialEq)]
enum Opening {
    Start,
    End,
    Comment,
    /// `</>`, which is nothing at all.
    Nothing,
    Text,
}

fn opening(rest: &str) -> Opening {
    let mut bytes = rest.bytes();
    match (bytes.next(), bytes.next(), bytes.next()) {
        (Some(b'<'), Some(c), _) if c.is_ascii_alphabetic() => Opening::Start,
        (Some(b'<'), Some(b'/'), Some(c)) if c.is_ascii_alphabetic() => Opening::End,
        (Some(b'<'), Some(b'/'), Some(b'>')) => Opening::Nothing,
        (Some(b'<'), Some(b'/'), Some(_)) | (Some(b'<'), Some(b'!' | b'?'), _) => Opening::Comment,
        _ => Opening::Text,
    }
}

/// Where the text at the beginning of `rest` ends: at the next thing that is not text.
fn end_of_text(rest: &str) -> usize {
    let mut at = usize::from(rest.starts_with('<'));
    while let Some(found) = rest.get(at..).and_then(|rest| rest.find('<')) {
        at += found;
        if opening(rest.get(at..).unwrap_or_default()) != Opening::Text {
            return at;
        }
        at += 1;
    }
    rest.len()
}

/// The length of what stands behind a tag's name, its `>` included. `None` if the tag never ends.
fn end_of_tag(after_name: &str) -> Option<usize> {
    let mut attributes = Attributes { rest: after_name };
    loop {
        let before = attributes.rest.trim_start_matches(|c: char| is_blank(c) || c == '/');
        if before.starts_with('>') {
            return Some(after_name.len() - before.len() + 1);
        }
        attributes.next()?;
    }
}

fn after_comment(inner: &str) -> &str {
    if let Some(rest) = inner.strip_prefix('>').or_else(|| inner.strip_prefix("->")) {
        return rest;
    }
    let mut rest = inner;
    while let Some((_, after)) = rest.split_once("--") {
        if let Some(end) = after.strip_prefix('>').or_else(|| after.strip_prefix("!>")) {
            return end;
        }
        // Of `--->` the first hyphen belongs to the comment.
        if let Some(end) = after.strip_prefix("->") {
            return end;
        }
        rest = after;
    }
    ""
}

/// Splits `text` before the first character after byte `from` that `ends` accepts.
fn split_where(text: &str, from: usize, ends: impl Fn(char) -> bool) -> (&str, &str) {
    let found = text.get(from..).and_then(|rest| rest.find(ends));
    let at = found.map_or(text.len(), |found| from + found);
    text.split_at_checked(at).unwrap_or((text, ""))
}

fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> String {
        let shown: Vec<String> = Tokens::of(html)
            .map(|token| match token {
                Token::Doctype => "doctype".to_owned(),
                Token::Text(text) => format!("text {text}"),
                Token::Raw(text) => format!("raw {text}"),
                Token::End(name) => format!("end {name}"),
                Token::Start(tag) => {
                    let attributes: Vec<String> = tag
                        .attributes()
                        .map(|(name, value)| format!(" {name}={value:?}"))
                        .collect();
                    format!("start {}{}", tag.name, attributes.concat())
                }
            })
            .collect();
        shown.join("|")
    }

    #[test]
    fn markup_falls_into_the_pieces_that_the_standard_names() {
        for (html, expected) in [
            ("", ""),
            ("a", "text a"),
            ("<p>a</P >b", "start p|text a|end p|text b"),
            ("1 < 2 <3 <= <", "text 1 < 2 <3 <= <"),
            ("<a href='x>y' b=c/d>", "start a href=Some(\"x>y\") b=Some(\"c/d\")"),
            ("<a/b/c>d", "start a b=None c=None|text d"),
            ("<a b = \"c\"d>", "start a b=Some(\"c\") d=None"),
            ("<a =b=c>", "start a =b=Some(\"c\")"),
            ("<a b=>x", "start a b=Some(\"\")|text x"),
            ("<br/>x", "start br|text x"),
            (
                "x<!-- <b> -->y<!-->z<!--->w<!-- --!>v<!-- a--->u",
                "text x|text y|text z|text w|text v|text u",
            ),
            ("<!DOCTYPE html><?xml a?></ b></>x", "doctype|text x"),
            ("a<b c='", "text a"),
            ("a<b", "text a"),
            (
                "<script>a<b></p></scripty></SCRIPT >c",
                "start script|raw a<b></p></scripty>|end script|text c",
            ),
            ("<title>a&amp;<b></title>", "start title|raw a&amp;<b>|end title"),
            ("<style>a", "start style|raw a"),
            ("<é>", "text <é>"),
        ] {
            assert_eq!(shown(html), expected, "{html:?}");
        }
    }

    #[test]
    fn an_attribute_is_found_by_its_name() {
        let Some(Token::Start(tag)) = Tokens::of("<IMG Alt='' WIDTH=1 width=2>").next() else {
            panic!("a start tag");
        };
        assert_eq!(
            (tag.name.as_ref(), tag.attribute("width"), tag.attribute("alt")),
            ("img", Some("1"), Some(""))
        );
        assert_eq!(tag.attribute("src"), None);
    }
}
