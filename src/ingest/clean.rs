//! Foreign HTML into HTML we dare to show, and into plain text.
//!
//! Both pass the [fence](super::fence) first, so that no input costs more than time in proportion to its length.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::elements::is_block;
use super::fence;
use super::tags;
use crate::domain::escape;
use crate::domain::link::{LINK_BYTES_MAX, Link};
use crate::domain::text::CleanHtml;

/// The elements that may be shown.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "var",
    "wbr",
];
/// Elements that go with all they hold. The rest of the unknown ones leave their content behind.
const ELEMENTS_GONE: &[&str] = &[
    "applet", "audio", "canvas", "datalist", "dialog", "embed", "frame", "frameset", "iframe", "math", "noembed",
    "noframes", "noscript", "object", "script", "select", "style", "svg", "template", "textarea", "title", "video",
    "xmp",
];
/// What may stand on any element.
const ATTRIBUTES: &[&str] = &["lang", "dir", "title"];
/// What may stand on some elements.
const ATTRIBUTES_OF: &[(&str, &[&str])] = &[
    ("a", &["href"]),
    ("blockquote", &["cite"]),
    ("q", &["cite"]),
    ("del", &["cite", "datetime"]),
    ("ins", &["cite", "datetime"]),
    ("time", &["datetime"]),
    ("img", &["src", "alt", "width", "height"]),
    ("ol", &["start", "reversed"]),
    ("li", &["value"]),
    ("td", &["colspan", "rowspan"]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("details", &["open"]),
];
/// What every link says of itself: nothing of ours goes with the reader, and no weight with it.
const LINK_REL: &str = "noopener noreferrer nofollow";

/// Cleans `raw`, with its addresses made absolute against `base`: http and https ones, and mailto in links.
/// What comes out is balanced, and parses to what it is.
pub fn html(raw: &str, base: &Link) -> CleanHtml {
    if !raw.contains(['<', '&', '\u{a0}']) {
        return CleanHtml::trusted(escape::text(&visible(raw)).into_owned());
    }
    let fenced = fence::fragment(raw).html;
    let base = base.clone();
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .tags(SETS.elements.clone())
        .clean_content_tags(SETS.gone.clone())
        .generic_attributes(SETS.attributes.clone())
        .generic_attribute_prefixes(HashSet::new())
        .tag_attributes(SETS.attributes_of.clone())
        .tag_attribute_values(HashMap::new())
        .set_tag_attribute_values(HashMap::new())
        .allowed_classes(HashMap::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(Some(LINK_REL))
        .strip_comments(true)
        .attribute_filter(move |element, attribute, value| filtered(element, attribute, value, &base));
    let shown = cleaner.clean(&visible(&fenced)).to_string();
    CleanHtml::trusted(without_bare_pictures(shown))
}

/// `clean` with the words that describe each picture in its place: nothing is fetched from anybody to show it.
pub fn without_pictures(clean: &CleanHtml) -> CleanHtml {
    let words = |tag: &tags::Tag<'_>| {
        let alt = tag.attribute("alt").map(text).filter(|alt| !alt.is_empty())?;
        Some(format!("<em>[{}]</em>", escape::text(&alt)))
    };
    CleanHtml::trusted(pictures_as(clean.as_str().to_owned(), words))
}

/// The words of `raw`: tags gone, references resolved once, a line for each block, no control characters, blanks made
/// single.
pub fn text(raw: &str) -> String {
    if !raw.contains(['<', '&']) {
        return line(raw);
    }
    let fenced = fence::fragment(raw).html;
    let words = Words::default();
    let input = BufferQueue::default();
    input.push_back(fenced.as_str().into());
    let tokenizer = Tokenizer::new(words, TokenizerOpts::default());
    // The sink never asks for a pause, so one call reads all.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    lines(&tokenizer.sink.out.into_inner())
}

/// `text` with every run of blanks made one, lines trimmed, and empty lines, control characters and the characters that
/// turn the direction of what follows them gone. A no-break blank inside a line stays: whoever wrote it meant it.
pub fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = None;
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => gap = Some('\n'),
            c if is_no_break(c) && (out.is_empty() || gap == Some('\n')) => {}
            c if c.is_whitespace() && !is_no_break(c) => gap = gap.or(Some(' ')),
            c if is_hidden(c) => {}
            c => {
                if gap == Some('\n') {
                    out.truncate(out.trim_end_matches(is_blank).len());
                }
                let between = gap.take().filter(|_| !out.is_empty());
                out.extend(between);
                out.push(c);
            }
        }
    }
    out.truncate(out.trim_end_matches(is_blank).len());
    out
}

/// The blanks at which no line may end.
fn is_no_break(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{202f}' | '\u{2007}')
}

fn is_blank(c: char) -> bool {
    c == ' ' || is_no_break(c)
}

/// `text` on one line: as [`lines`], with line ends for blanks.
pub fn line(text: &str) -> String {
    lines(&text.replace(is_line_end, " "))
}

struct Sets {
    elements: HashSet<&'static str>,
    gone: HashSet<&'static str>,
    attributes: HashSet<&'static str>,
    attributes_of: HashMap<&'static str, HashSet<&'static str>>,
}

static SETS: LazyLock<Sets> = LazyLock::new(|| Sets {
    elements: ELEMENTS.iter().copied().collect(),
    gone: ELEMENTS_GONE.iter().copied().collect(),
    attributes: ATTRIBUTES.iter().copied().collect(),
    attributes_of: ATTRIBUTES_OF
        .iter()
        .map(|(element, names)| (*element, names.iter().copied().collect()))
        .collect(),
});

/// What an attribute may say. `None` takes it away.
fn filtered<'v>(element: &str, attribute: &str, value: &'v str, base: &Link) -> Option<Cow<'v, str>> {
    match attribute {
        "href" => href(value, base).map(Cow::Owned),
        "src" | "cite" => base.join(value).map(|link| Cow::Owned(link.to_string())),
        "width" | "height" | "colspan" | "rowspan" | "start" | "value" => {
            let number = value.trim().trim_end_matches("px");
            let plain = !number.is_empty() && number.len() <= 5 && number.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| Cow::Owned(number.to_owned()))
        }
        "reversed" | "open" => Some(Cow::Borrowed("")),
        "dir" => matches!(value, "ltr" | "rtl" | "auto").then_some(Cow::Borrowed(value)),
        "alt" if element != "img" => None,
        _ => Some(Cow::Borrowed(value)),
    }
}

/// The address that a link may offer: an absolute one of the web, or of a mailbox. `None` for anything else.
pub fn href(value: &str, base: &Link) -> Option<String> {
    if let Some(link) = base.join(value) {
        return Some(link.to_string());
    }
    let url = url::Url::parse(value.trim())
        .ok()
        .filter(|url| url.scheme() == "mailto")?;
    let plain = !url.as_str().contains(['"', '<', '>', '\'', ' ']) && url.as_str().len() <= LINK_BYTES_MAX;
    plain.then(|| url.into())
}

/// `html` without what no parser lets stand: characters that are neither text nor blank.
fn visible(html: &str) -> Cow<'_, str> {
    if html.contains(escape::is_forbidden) {
        Cow::Owned(html.replace(escape::is_forbidden, ""))
    } else {
        Cow::Borrowed(html)
    }
}

/// Whether `c` shows nothing and has no place in a line of text: controls, and the marks that override the direction of
/// what follows (and so can make a name read as another).
fn is_hidden(c: char) -> bool {
    c.is_control()
        || escape::is_forbidden(c)
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `html` without pictures that have no address or show a single point, which only count readers.
fn without_bare_pictures(html: String) -> String {
    pictures_as(html, |tag| {
        let point = |name: &str| tag.attribute(name).is_some_and(|value| matches!(value, "0" | "1"));
        let shows = tag.attribute("src").is_some() && !(point("width") && point("height"));
        shows.then(|| tag.raw.to_owned())
    })
}

/// `html` with what `instead` gives in place of each picture.
fn pictures_as(html: String, instead: impl Fn(&tags::Tag<'_>) -> Option<String>) -> String {
    if !html.contains("<img") {
        return html;
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html.as_str();
    while let Some((before, from)) = rest.find("<img").and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let Some(tags::Token::Start(tag)) = tags::Tokens::of(from).next() else {
            break;
        };
        out.push_str(&instead(&tag).unwrap_or_default());
        rest = from.get(tag.raw.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Gathers the characters of a document, with a line end at the edges of blocks.
#[derive(Default)]
struct Words {
    out: RefCell<String>,
    /// Whether line ends in the source are line ends.
    preformatted: Cell<bool>,
    /// Whether what comes is data and not text.
    data: Cell<bool>,
}

impl TokenSink for Words {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut out = self.out.borrow_mut();
        match token {
            Token::CharacterTokens(text) if self.data.get() => drop(text),
            Token::CharacterTokens(text) if self.preformatted.get() => out.push_str(&text),
            Token::CharacterTokens(text) => out.extend(text.chars().map(|c| if is_line_end(c) { ' ' } else { c })),
            Token::TagToken(tag) => {
                let begins = tag.kind == TagKind::StartTag;
                match &*tag.name {
                    "pre" => self.preformatted.set(begins),
                    "script" => self.data.set(begins),
                    _ => {}
                }
                if is_block(&tag.name) {
                    out.push('\n');
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Link {
        Link::parse("https://example.org/blog/post.html").expect("an address")
    }

    fn shown(raw: &str) -> String {
        html(raw, &base()).as_str().to_owned()
    }

    #[test]
    fn pictures_give_way_to_their_words() {
        for (raw, expected) in [
            (
                "<p>a <img src=/x.png alt='The \">\" roof'> b</p>",
                "<p>a <em>[The \"&gt;\" roof]</em> b</p>",
            ),
            ("<p>a <img src=/x.png> b</p>", "<p>a  b</p>"),
            ("<p>none</p>", "<p>none</p>"),
        ] {
            assert_eq!(without_pictures(&html(raw, &base())).as_str(), expected, "{raw}");
        }
    }

    #[test]
    fn what_may_be_shown_stays_and_the_rest_goes() {
        for (raw, expected) in [
            ("plain", "plain"),
            ("a > b\u{a0}c", "a &gt; b&nbsp;c"),
            ("a < b & c", "a &lt; b &amp; c"),
            ("<p onclick=x style=y class=z id=w data-a=b>a</p>", "<p>a</p>"),
            ("<p lang=de dir=rtl>a", "<p lang=\"de\" dir=\"rtl\">a</p>"),
            ("<script>a</script><style>b</style>c", "c"),
            ("<svg><a href=x>b</a></svg>c", "c"),
            ("<form action=x><input><button>a</button></form>", "a"),
            ("<unknown>a</unknown>", "a"),
            ("<b>a", "<b>a</b>"),
            (
                "<blockquote cite=javascript:x>a</blockquote>",
                "<blockquote>a</blockquote>",
            ),
            (
                "<blockquote cite=/x>a</blockquote>",
                "<blockquote cite=\"https://example.org/x\">a</blockquote>",
            ),
        ] {
            assert_eq!(shown(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn addresses_are_absolute_and_of_the_web() {
        let rel = " rel=\"noopener noreferrer nofollow\"";
        for (raw, expected) in [
            (
                "<a href=/a>x</a>",
                format!("<a href=\"https://example.org/a\"{rel}>x</a>"),
            ),
            (
                "<a href=//b.example>x</a>",
                format!("<a href=\"https://b.example/\"{rel}>x</a>"),
            ),
            ("<a href=' java\nscript:alert(1)'>x</a>", format!("<a{rel}>x</a>")),
            ("<a href=data:text/html,a>x</a>", format!("<a{rel}>x</a>")),
            (
                "<a href=mailto:a@example.org>x</a>",
                format!("<a href=\"mailto:a@example.org\"{rel}>x</a>"),
            ),
            (
                "<img src=a.png alt=b width=20px height=10>",
                "<img src=\"https://example.org/blog/a.png\" alt=\"b\" width=\"20\" height=\"10\">".to_owned(),
            ),
        ] {
            assert_eq!(shown(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn pictures_that_show_nothing_go() {
        for raw in [
            "<img>",
            "<img src=''alt=a>",
            "<img src=/a.gif width=1 height=1>",
            "<img src=data:image/png;base64,AA>",
        ] {
            let html = shown(&format!("a{raw}b"));
            assert!(html == "ab" || raw.contains("''"), "{raw}: {html}");
        }
    }

    #[test]
    fn clean_html_cleans_to_itself() {
        for raw in [
            "<p>a<p>b<table><tr><td>c",
            "<a href=x><p>a</a>b",
            "a &amp;lt; b",
            "<img src=x><br><hr>",
            "\u{a0}>\"'",
        ] {
            let once = shown(raw);
            assert_eq!(shown(&once), once, "{raw:?}");
        }
    }

    #[test]
    fn text_has_a_line_for_each_block_and_references_resolved_once() {
        for (raw, expected) in [
            ("  a \n b\tc ", "a b c"),
            ("a &amp; b &lt;i&gt;", "a & b <i>"),
            ("&amp;lt;", "&lt;"),
            ("<p>a\nb</p><p>c<br>d</p>e", "a b\nc\nd\ne"),
            ("<b>a</b>b <i>c</i>", "ab c"),
            ("a<script>b</script><style>c</style><!-- d -->e", "ae"),
            ("<pre>a\n  b</pre>", "a\nb"),
            ("a\0\u{7}b\u{202e}c", "abc"),
            ("<title>a &eacute;</title>", "a é"),
            ("1 < 2", "1 < 2"),
            ("<script type=application/ld+json>{}</script>a", "a"),
        ] {
            assert_eq!(text(raw), expected, "{raw:?}");
        }
    }
}
