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

use super::elements::{Class, class_of};
use super::open_elements::OpenElements;
use super::tags::{Tag, Token, Tokens};

/// The longest document read, in bytes; the rest is cut off.
pub const PAGE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// The most elements in a page; beyond that only text comes out.
const PAGE_ELEMENTS_MAX: usize = 60_000;
/// The most elements in a fragment, such as an entry's content; beyond that only text comes out.
const FRAGMENT_ELEMENTS_MAX: usize = 20_000;
/// The most elements open at once. Deeper tags are left out.
const OPEN_ELEMENTS_MAX: usize = 256;
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
    crowded: bool,
    /// Bytes of text since the last tag that came out.
    run: usize,
    open: OpenElements<'a>,
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
            crowded: false,
            run: 0,
            open: OpenElements::default(),
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
                    Class::Foreign => skip_foreign(&mut tokens),
                    Class::Choice => skip_choice(&mut tokens),
                    Class::Raw => self.raw(&mut tokens, &tag),
                    _ => self.start(&tag),
                },
            }
        }
        Fenced {
            html: self.out,
            crowded: self.crowded,
        }
    }

    /// Counts the formatting elements that a parser opens again here, which no limit can keep it from.
    fn reopen(&mut self) {
        let more = self.open.reopen();
        self.count(more);
    }

    fn text(&mut self, text: &str) {
        self.reopen();
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
            Class::TablePart if !self.open.in_table() => return,
            _ => {}
        }
        if tag.name.len() > NAME_BYTES_MAX {
            return;
        }
        self.open.close_implied(&tag.name);
        let in_text = matches!(class, Class::Void | Class::Formatting | Class::Ordinary);
        if in_text || matches!(tag.name.as_ref(), "button" | "object" | "applet" | "marquee") {
            self.reopen();
        }
        let deep = self.open.depth() >= OPEN_ELEMENTS_MAX || self.too_deep > 0;
        if deep && class != Class::Void {
            self.too_deep += 1;
            self.part(class);
            return;
        }
        if !self.count(1) {
            self.part(class);
            return;
        }
        if class != Class::Void && !self.open.begin(tag, class) {
            return;
        }
        push_tag(&mut self.out, tag);
        self.run = 0;
    }

    /// Counts elements that a parser will make. `false` if there would be too many.
    fn count(&mut self, more: usize) -> bool {
        let within = self.elements + more <= self.elements_max;
        self.elements = if within {
            self.elements + more
        } else {
            self.elements_max
        };
        self.crowded |= !within;
        within
    }

    /// Keeps apart what a tag that does not come out parted.
    fn part(&mut self, class: Class) {
        if !matches!(class, Class::Formatting | Class::Ordinary) {
            self.out.push('\n');
        }
    }

    fn end(&mut self, name: &str) {
        if name == "br" {
            if self.count(1) {
                self.out.push_str("<br>");
            }
            return;
        }
        let class = class_of(name);
        if matches!(
            class,
            Class::Void | Class::Root | Class::Ignored | Class::Gone | Class::Foreign | Class::Choice | Class::Raw
        ) {
            return;
        }
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        if self.open.end(name, class) {
            // The name is one that is open, so it is short and well formed.
            let _ = write!(self.out, "</{name}>");
            self.run = 0;
        }
    }

    /// Lets a title through, and a script if it is JSON-LD.
    fn raw(&mut self, tokens: &mut Tokens<'a>, tag: &Tag<'a>) {
        let text = match tokens.next() {
            Some(Token::Raw(text)) => text,
            _ => "",
        };
        let json_ld = tag.name == "script"
            && tag
                .attribute("type")
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"));
        if json_ld && fits_json_ld(text) && self.count(1) {
            self.out.push_str("<script type=\"application/ld+json\">");
            self.out.push_str(&bare_json(text).replace('<', "\\u003c"));
            self.out.push_str("</script>");
        } else if tag.name == "title" && self.count(1) {
            self.out.push_str("<title>");
            push_text(&mut self.out, split_text(text, TEXT_BYTES_MAX).0);
            self.out.push_str("</title>");
        }
    }
}

/// Steps over an SVG drawing or a formula, up to its end or to the tag that cannot be part of one.
fn skip_foreign(tokens: &mut Tokens<'_>) {
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
            Some(Token::End(name)) if may_hold_html(&name) => {
                html = html.saturating_sub(1);
            }
            Some(_) => {}
        }
    }
}

/// Steps over a list to choose from, up to its end or to the tag that cannot be part of one.
fn skip_choice(tokens: &mut Tokens<'_>) {
    loop {
        let ahead = tokens.clone();
        match tokens.next() {
            Some(Token::End(name)) if name == "select" => return,
            Some(Token::Text(_)) => {}
            Some(Token::Start(Tag { name, .. }) | Token::End(name))
                if matches!(name.as_ref(), "option" | "optgroup") => {}
            _ => {
                *tokens = ahead;
                return;
            }
        }
    }
}

/// Whether HTML may stand in the element `name` of a drawing or a formula.
fn may_hold_html(name: &str) -> bool {
    matches!(
        name,
        "foreignobject" | "desc" | "title" | "annotation-xml" | "mtext" | "mi" | "mn" | "mo" | "ms"
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

        let many: Vec<String> = (0..1000).map(|n| format!("a{n}=1")).collect();
        let many = many.join(" ");
        assert_eq!(let_through(&format!("<p {many}>x")).matches('a').count(), 128);
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
        let distinct: Vec<String> = (0..200).map(|n| format!("<font size={n}>x")).collect();
        assert_eq!(let_through(&distinct.concat()).matches("<font").count(), 64);
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
            let ends = 1 + random(60);
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
