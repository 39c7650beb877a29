//! The fence before any HTML parser: what comes out is the same document, small and flat enough to be parsed in time.
//!
//! A tree builder takes time that grows with the square of the depth, of the attributes in a tag and of the formatting
//! elements left open, and code that walks a deep tree overflows its stack, which nothing can catch. So one linear pass
//! follows, with a stack of names only, what the tree builder will hold open, always assuming more rather than less, and
//! leaves out tags beyond the limits while their text stays.
//!
//! Scripts (but JSON-LD), styles, frames, templates, SVG and MathML go, with all they hold. Every `<` that comes out begins
//! a tag that was counted here: one in a text, an attribute or a raw element comes out as a reference. So no reader,
//! whatever it takes for raw text, can find an element in it that was not counted.

use std::borrow::Cow;
use std::fmt::Write;

use super::elements::{Class, class_of, closes_paragraph, is_boundary, is_heading};
use super::tags::{Tag, Token, Tokens};

/// The longest document read, in bytes; the rest is cut off.
pub const PAGE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// The most elements in a page; beyond that only text comes out.
const PAGE_ELEMENTS_MAX: usize = 60_000;
/// The most elements in a fragment, such as an entry's content; beyond that only text comes out.
const FRAGMENT_ELEMENTS_MAX: usize = 20_000;
/// The most elements open at once. Deeper tags are left out.
const OPEN_ELEMENTS_MAX: usize = 256;
/// The most formatting elements (`b`, `a`, …) open at once: a parser opens them anew in every block that follows.
const OPEN_FORMATTING_MAX: usize = 64;
/// The most formatting elements open at once with one and the same tag: what the standard keeps of them.
const OPEN_FORMATTING_ALIKE_MAX: usize = 3;
/// The most attributes of a tag; the rest are left out.
const ATTRIBUTES_MAX: usize = 128;
/// The longest name of an attribute, in bytes; one that is longer is left out.
const ATTRIBUTE_NAME_BYTES_MAX: usize = 128;
/// The longest value of an attribute, in bytes; one that is longer is left out.
const ATTRIBUTE_VALUE_BYTES_MAX: usize = 16 * 1024;
/// The longest name of an element, in bytes; one that is longer is left out.
const NAME_BYTES_MAX: usize = 64;
/// The longest text without a tag in it, in bytes; in longer ones a `<wbr>` is put, since html5ever writes a text in time
/// that grows with its length squared. Of a longer title the rest is cut off.
const TEXT_BYTES_MAX: usize = 8 * 1024;
/// The longest JSON-LD script kept, in bytes.
const JSON_LD_BYTES_MAX: usize = 512 * 1024;
/// The deepest JSON-LD kept, in levels.
const JSON_LD_LEVELS_MAX: usize = 64;

/// A document that came through the fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fenced {
    /// What is left of it.
    pub html: String,
    /// Whether there were too many elements, so that at its end only text is left.
    pub crowded: bool,
}

/// Lets a whole page through.
pub fn page(raw: &str) -> Fenced {
    Fence::new(raw.len(), PAGE_ELEMENTS_MAX).run(raw)
}

/// Lets a piece of markup through.
pub fn fragment(raw: &str) -> Fenced {
    Fence::new(raw.len(), FRAGMENT_ELEMENTS_MAX).run(raw)
}

/// What the tree builder will hold, as far as it costs, and what came out so far.
struct Fence<'a> {
    out: String,
    elements: usize,
    elements_max: usize,
    /// Bytes of text since the last tag that came out.
    run: usize,
    /// Elements that are open, the deepest last.
    open: Vec<Cow<'a, str>>,
    /// Formatting elements that will be opened again in the next block: name and tag. `None` is a marker: what stands
    /// before it is out of reach.
    formatting: Vec<Option<(Cow<'a, str>, &'a str)>>,
    /// How many open elements were left out for their depth.
    too_deep: usize,
    /// `html`, `head` and `body` that came: a second one only adds attributes, without end.
    once: Vec<Cow<'a, str>>,
}

impl<'a> Fence<'a> {
    fn new(bytes: usize, elements_max: usize) -> Self {
        Self {
            out: String::with_capacity(bytes.min(PAGE_BYTES_MAX)),
            elements: 0,
            elements_max,
            run: 0,
            open: Vec::new(),
            formatting: Vec::new(),
            too_deep: 0,
            once: Vec::new(),
        }
    }

    fn run(mut self, raw: &'a str) -> Fenced {
        let whole = cut_at(raw, PAGE_BYTES_MAX);
        let mut tokens = Tokens::of(whole);
        while let Some(token) = tokens.next() {
            match token {
                Token::Doctype if self.out.is_empty() => self.out.push_str("<!DOCTYPE html>"),
                Token::Doctype | Token::Raw(_) => {}
                Token::Text(text) => self.text(text),
                Token::End(name) => self.end(&name),
                Token::Start(tag) => match class_of(&tag.name) {
                    Class::Gone => skip(&mut tokens, &tag.name),
                    Class::Foreign => self.foreign(&mut tokens),
                    Class::Raw => self.raw(&mut tokens, &tag),
                    _ => self.start(&tag),
                },
            }
        }
        Fenced {
            html: self.out,
            crowded: self.elements >= self.elements_max,
        }
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while self.run.saturating_add(rest.len()) > TEXT_BYTES_MAX {
            let (chunk, after) = split_text(rest, TEXT_BYTES_MAX.saturating_sub(self.run));
            push_text(&mut self.out, chunk);
            self.out.push_str("<wbr>");
            self.run = 0;
            rest = after;
        }
        push_text(&mut self.out, rest);
        self.run += rest.len();
    }

    fn start(&mut self, tag: &Tag<'a>) {
        let class = class_of(&tag.name);
        match class {
            Class::Root => {
                if !self.once.contains(&tag.name) {
                    self.once.push(tag.name.clone());
                    push_tag(&mut self.out, tag);
                }
                return;
            }
            Class::Ignored => return,
            // Outside a table a parser takes no notice of these.
            Class::TablePart if !self.in_table() => return,
            _ => {}
        }
        let reopened = self.close_implied(&tag.name, class);
        let full = self.elements.saturating_add(reopened) >= self.elements_max || tag.name.len() > NAME_BYTES_MAX;
        let deep = self.open.len() >= OPEN_ELEMENTS_MAX || self.too_deep > 0;
        if full || (deep && class != Class::Void) {
            self.leave_out(class, full);
            return;
        }
        self.elements += 1 + reopened;
        match class {
            Class::Void => {}
            Class::Formatting if !self.begin_formatting(tag) => return,
            _ => {
                if is_marker(&tag.name) {
                    self.formatting.push(None);
                }
                self.open.push(tag.name.clone());
            }
        }
        push_tag(&mut self.out, tag);
        self.run = 0;
    }

    /// Notes a tag that does not come out. What it parted stays parted.
    fn leave_out(&mut self, class: Class, full: bool) {
        if full {
            self.elements = self.elements_max;
        } else {
            self.too_deep += 1;
        }
        if !matches!(class, Class::Formatting | Class::Ordinary) {
            self.out.push('\n');
        }
    }

    /// Notes a formatting element as open. `false` if there are too many.
    fn begin_formatting(&mut self, tag: &Tag<'a>) -> bool {
        // A link ends the link before it.
        let alone = matches!(tag.name.as_ref(), "a" | "nobr");
        if let Some(at) = self.formatting_position(&tag.name).filter(|_| alone) {
            self.formatting.remove(at);
        }
        let reachable = self.formatting.iter().rev().take_while(|entry| entry.is_some()).count();
        let begin = self.formatting.len() - reachable;
        let alike = |entry: &Option<(Cow<'_, str>, &str)>| entry.as_ref().is_some_and(|(_, raw)| *raw == tag.raw);
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
        self.formatting.push(Some((tag.name.clone(), tag.raw)));
        self.open.push(tag.name.clone());
        true
    }

    /// Closes what the start of `name` closes. Gives how many formatting elements a parser will open again behind it.
    fn close_implied(&mut self, name: &str, class: Class) -> usize {
        let before = self.open.len();
        match name {
            "li" => self.close_item(&["li"]),
            "dd" | "dt" => self.close_item(&["dd", "dt"]),
            "option" | "optgroup" => self.close_if_last(&["option"]),
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
        if self.open.len() < before && class != Class::Void {
            self.formatting.len()
        } else {
            0
        }
    }

    fn end(&mut self, name: &str) {
        if name == "br" {
            self.out.push_str("<br>");
            return;
        }
        let class = class_of(name);
        if matches!(
            class,
            Class::Void | Class::Root | Class::Ignored | Class::Gone | Class::Foreign | Class::Raw
        ) {
            return;
        }
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        let closed = match class {
            Class::Formatting => self.end_formatting(name),
            Class::TablePart => self.end_at(self.position_in_table(|open| open == name)),
            Class::Ordinary => self.end_at(self.position_of_ordinary(name)),
            _ => self.end_special(name),
        };
        if closed {
            // The name is one that is open, so it is short and well formed.
            let _ = write!(self.out, "</{name}>");
            self.run = 0;
        }
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
                let at = self.position(is_heading);
                let same = at.is_some_and(|at| self.is_at(at, name));
                self.end_at(at) && same
            }
            _ => self.end_at(self.position(|open| open == name)),
        }
    }

    /// Closes a formatting element; blocks that began in it stay open.
    fn end_formatting(&mut self, name: &str) -> bool {
        let Some(at) = self.formatting_position(name) else {
            return self.end_at(self.position_of_ordinary(name));
        };
        self.formatting.remove(at);
        let Some(at) = self.position(|open| open == name) else {
            return true;
        };
        let holds_blocks = self
            .open
            .iter()
            .skip(at + 1)
            .any(|open| !matches!(class_of(open), Class::Formatting | Class::Ordinary));
        if holds_blocks {
            self.remove_at(Some(at))
        } else {
            self.end_at(Some(at))
        }
    }

    /// Steps over an SVG drawing or a formula, up to its end or to the tag that cannot be part of one.
    fn foreign(&mut self, tokens: &mut Tokens<'a>) {
        let mut depth = 1_usize;
        // Inside these HTML may stand, and then nothing breaks out.
        let mut html = 0_usize;
        loop {
            let ahead = tokens.clone();
            match tokens.next() {
                None => return,
                Some(Token::Start(tag)) => match class_of(&tag.name) {
                    _ if tag.raw.ends_with("/>") => {}
                    Class::Foreign => depth += 1,
                    _ if matches!(
                        tag.name.as_ref(),
                        "foreignobject" | "desc" | "title" | "annotation-xml" | "mtext" | "mi"
                    ) =>
                    {
                        html += 1;
                    }
                    Class::Special | Class::Formatting | Class::Root if html == 0 && tag.name != "a" => {
                        *tokens = ahead;
                        return;
                    }
                    _ => {}
                },
                Some(Token::End(name)) if class_of(&name) == Class::Foreign => {
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                Some(Token::End(name))
                    if matches!(
                        name.as_ref(),
                        "foreignobject" | "desc" | "title" | "annotation-xml" | "mtext" | "mi"
                    ) =>
                {
                    html = html.saturating_sub(1);
                }
                Some(_) => {}
            }
        }
    }

    /// Lets a title through, and a script if it is JSON-LD.
    fn raw(&mut self, tokens: &mut Tokens<'a>, tag: &Tag<'a>) {
        let text = match tokens.next() {
            Some(Token::Raw(text)) => text,
            _ => "",
        };
        let full = self.elements >= self.elements_max;
        let json_ld = tag.name == "script"
            && tag
                .attribute("type")
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"));
        if json_ld && !full && fits_json_ld(text) {
            self.elements += 1;
            self.out.push_str("<script type=\"application/ld+json\">");
            self.out.push_str(&bare_json(text).replace('<', "\\u003c"));
            self.out.push_str("</script>");
        } else if tag.name == "title" && !full {
            self.elements += 1;
            self.out.push_str("<title>");
            push_text(&mut self.out, split_text(text, TEXT_BYTES_MAX).0);
            self.out.push_str("</title>");
        }
    }

    fn close_item(&mut self, names: &[&str]) {
        for (at, open) in self.open.iter().enumerate().rev() {
            if names.contains(&open.as_ref()) {
                self.close_from(at);
                return;
            }
            if is_boundary(open)
                || (class_of(open) != Class::Formatting
                    && !matches!(class_of(open), Class::Ordinary)
                    && !matches!(open.as_ref(), "address" | "div" | "p"))
            {
                return;
            }
        }
    }

    fn close_if_last(&mut self, names: &[&str]) {
        if self.open.last().is_some_and(|open| names.contains(&open.as_ref())) {
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
            if is_marker(&closed) {
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
        self.open.get(at).is_some_and(|open| open == name)
    }

    /// The deepest open element that `wanted` accepts, as far as an end tag reaches.
    fn position(&self, wanted: impl Fn(&str) -> bool) -> Option<usize> {
        let reach = self.open.iter().rposition(|open| wanted(open) || is_boundary(open))?;
        self.open.get(reach).filter(|open| wanted(open)).map(|_| reach)
    }

    fn position_in_table(&self, wanted: impl Fn(&str) -> bool) -> Option<usize> {
        let ends = |open: &str| matches!(open, "table" | "noscript" | "select");
        let reach = self.open.iter().rposition(|open| wanted(open) || ends(open))?;
        self.open.get(reach).filter(|open| wanted(open)).map(|_| reach)
    }

    fn position_of_ordinary(&self, name: &str) -> Option<usize> {
        let ends = |open: &str| !matches!(class_of(open), Class::Formatting | Class::Ordinary);
        let reach = self.open.iter().rposition(|open| open == name || ends(open))?;
        self.is_at(reach, name).then_some(reach)
    }

    /// The last formatting element called `name` that is within reach.
    fn formatting_position(&self, name: &str) -> Option<usize> {
        let found = |entry: &Option<(Cow<'_, str>, &str)>| entry.as_ref().is_none_or(|(open, _)| open == name);
        let at = self.formatting.iter().rposition(found)?;
        self.formatting.get(at).filter(|entry| entry.is_some()).map(|_| at)
    }

    fn in_table(&self) -> bool {
        self.position_in_table(|open| open == "table").is_some()
    }
}

/// Whether formatting elements open before `name` are out of reach in it.
fn is_marker(name: &str) -> bool {
    matches!(
        name,
        "td" | "th" | "caption" | "object" | "applet" | "marquee" | "noscript"
    )
}

/// Steps over the element `name` with all it holds, itself nested in itself included.
fn skip(tokens: &mut Tokens<'_>, name: &str) {
    let mut depth = 1_usize;
    for token in tokens {
        match token {
            Token::Start(tag) if tag.name == name => depth += 1,
            Token::End(end) if end == name => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

/// Splits `text` at a blank if there is one before byte `at`, else before a reference, else in a word.
fn split_text(text: &str, at: usize) -> (&str, &str) {
    let Some((head, _)) = text.split_at_checked(text.floor_char_boundary(at)) else {
        return (text, "");
    };
    if head.len() == text.len() {
        return (text, "");
    }
    let blank = head.rfind(|c: char| c.is_ascii_whitespace());
    let at = blank
        .or_else(|| head.rfind('&'))
        .filter(|&at| at > 0)
        .unwrap_or(head.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

fn push_text(out: &mut String, text: &str) {
    if text.bytes().any(|b| matches!(b, b'<' | 0)) {
        out.push_str(&text.replace('\0', "").replace('<', "&lt;"));
    } else {
        out.push_str(text);
    }
}

fn push_tag(out: &mut String, tag: &Tag<'_>) {
    let within = |(name, value): (&str, Option<&str>)| {
        name.len() <= ATTRIBUTE_NAME_BYTES_MAX && value.is_none_or(|value| value.len() <= ATTRIBUTE_VALUE_BYTES_MAX)
    };
    let plain = !tag.raw.bytes().skip(1).any(|b| matches!(b, b'<' | 0));
    if plain && tag.attributes().take(ATTRIBUTES_MAX + 1).count() <= ATTRIBUTES_MAX && tag.attributes().all(within) {
        out.push_str(tag.raw);
        return;
    }
    out.push('<');
    push_text(out, &tag.name);
    for (name, value) in tag
        .attributes()
        .filter(|&attribute| within(attribute))
        .take(ATTRIBUTES_MAX)
    {
        if name.contains(['<', '\0', '"', '\'']) {
            continue;
        }
        out.push(' ');
        out.push_str(name);
        if let Some(value) = value {
            out.push_str("=\"");
            push_text(out, &value.replace('"', "&quot;"));
            out.push('"');
        }
    }
    out.push('>');
}

/// Whether the brackets of `json` nest little enough for any reader. Those inside its strings count too.
fn fits_json_ld(json: &str) -> bool {
    let mut depth = 0_usize;
    let flat = json.bytes().all(|byte| {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth <= JSON_LD_LEVELS_MAX
    });
    flat && json.len() <= JSON_LD_BYTES_MAX
}

/// `json` without the comment or CDATA marks that old templates put around scripts.
fn bare_json(json: &str) -> &str {
    let json = json.trim();
    let json = ["<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA["]
        .iter()
        .fold(json, |json, mark| json.strip_prefix(mark).unwrap_or(json));
    ["-->", "//]]>", "/*]]>*/", "]]>"]
        .iter()
        .fold(json, |json, mark| json.strip_suffix(mark).unwrap_or(json))
}

fn cut_at(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn let_through(raw: &str) -> String {
        fragment(raw).html
    }

    #[test]
    fn an_ordinary_document_comes_through_as_it_was() {
        for html in [
            "<!DOCTYPE html><html lang=en><head><title>a &amp; b</title></head><body class='x'><p>c<br>d</p></body></html>"
                .replace("</head>", "").replace("</body></html>", "").as_str(),
            "<ul><li>a<li>b</ul>",
            "<table><tr><td>a<td>b<tr><td>c</table>",
            "<p>a <b>b <i>c</b> d</i>",
            "<a href=\"/a?b=1&c\">x</a> 1 > 0",
        ] {
            assert_eq!(let_through(html), html);
        }
    }

    #[test]
    fn what_is_never_shown_goes_with_all_it_holds() {
        for (raw, expected) in [
            ("a<script>b</script>c", "ac"),
            ("a<style>b", "a"),
            ("a<svg><g>b</g><svg/></svg>c", "ac"),
            ("a<svg><path><p>b</p>", "a<p>b</p>"),
            ("a<svg><title><p>b</p></title></svg>c", "ac"),
            ("a<math><mi>b</mi></math>c", "ac"),
            ("a<template><p>b<template></template>c</template>d", "ad"),
            ("a<iframe src=x>b</iframe>c", "ac"),
            ("a<textarea><p>b</textarea>c", "ac"),
            ("a<!-- b -->c", "ac"),
            ("a\0b", "ab"),
        ] {
            assert_eq!(let_through(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn every_bracket_that_comes_out_begins_a_counted_tag() {
        for (raw, expected) in [
            ("1 < 2", "1 &lt; 2"),
            ("<a title='<b>'>c", "<a title=\"&lt;b>\">c"),
            (
                "<noscript><a title='</noscript><div>'>",
                "<noscript><a title=\"&lt;/noscript>&lt;div>\">",
            ),
            ("<title>a<b></title>", "<title>a&lt;b></title>"),
            (
                "<script type=application/ld+json>{\"a\":\"<b>\"}</script>",
                "<script type=\"application/ld+json\">{\"a\":\"\\u003cb>\"}</script>",
            ),
        ] {
            assert_eq!(let_through(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn depth_attributes_values_and_elements_have_limits() {
        let deep = let_through(&("<div>".repeat(1000) + "x" + &"</div>".repeat(1000) + "y"));
        assert_eq!(
            (deep.matches("<div>").count(), deep.matches("</div>").count()),
            (256, 256)
        );
        assert!(deep.contains('x') && deep.ends_with('y'));

        let many: String = (0..1000).map(|n| format!(" a{n}=1")).collect();
        assert_eq!(let_through(&format!("<p{many}>x")).matches('a').count(), 128);
        assert_eq!(
            let_through(&format!("<p class='{}' id=a>x", "c".repeat(20_000))),
            "<p id=\"a\">x"
        );

        let wide = page(&"<br>".repeat(70_000));
        assert!(wide.crowded);
        assert!(wide.html.matches("<br>").count() <= 60_000);
        assert!(!page("<p>a").crowded);
        assert!(page(&"a ".repeat(PAGE_BYTES_MAX)).html.len() <= PAGE_BYTES_MAX + PAGE_BYTES_MAX / 1000);
    }

    #[test]
    fn elements_that_a_parser_would_open_again_are_counted() {
        let reopened = page(&"<p><b><i><u>word".repeat(20_000));
        assert!(reopened.crowded);
        assert!(reopened.html.matches("<p>").count() < 10_000);
        let distinct: String = (0..200).map(|n| format!("<font size={n}>x")).collect();
        assert_eq!(let_through(&distinct).matches("<font").count(), 64);
    }

    #[test]
    fn deep_json_ld_is_left_out() {
        let deep = "[".repeat(100);
        assert_eq!(
            let_through(&format!("<script type=application/ld+json>{deep}</script>x")),
            "x"
        );
    }

    /// A tree, as deep as it is and with as many nodes.
    fn measure(html: &str) -> (usize, usize) {
        let tree = scraper::Html::parse_document(html);
        let depth = tree.tree.nodes().map(|node| node.ancestors().count()).max();
        (depth.unwrap_or(0), tree.tree.nodes().count())
    }

    #[test]
    fn no_soup_of_tags_makes_a_deep_or_a_wide_tree() {
        let names = [
            "div", "p", "b", "i", "a", "span", "table", "tr", "td", "tbody", "caption", "li", "ul", "dd", "form",
            "select", "option", "button", "h1", "noscript", "object", "svg", "math", "title", "template", "body",
            "font", "nobr", "br",
        ];
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        for round in 0..60 {
            // A few names and a leaning to either kind of tag find more than all names at once.
            let few: Vec<&str> = (0..2 + round % 5).map(|_| names[random(names.len())]).collect();
            let ends = 1 + random(6);
            let soup: String = (0..6000)
                .map(|_| {
                    let name = few[random(few.len())];
                    if random(8) < ends {
                        format!("</{name}>")
                    } else {
                        format!("<{name}>x")
                    }
                })
                .collect();
            let fenced = fragment(&soup);
            let (depth, nodes) = measure(&fenced.html);
            assert!(depth <= 2 * OPEN_ELEMENTS_MAX, "{few:?}, {ends}: {depth} deep");
            assert!(nodes <= 4 * FRAGMENT_ELEMENTS_MAX, "{few:?}, {ends}: {nodes} nodes");
        }
    }
}
