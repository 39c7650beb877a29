//! The elements of HTML, by what they do to the elements open around them.

/// How a parser treats an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// `html`, `head`, `body`: there is one of each.
    Root,
    /// Holds nothing and has no end tag.
    Void,
    /// Text with a look, opened again in each block that follows until its end tag comes.
    Formatting,
    /// Part of a table, and nothing outside one.
    TablePart,
    /// A block, or something else that end tags of text elements do not reach through.
    Special,
    /// Holds characters only.
    Raw,
    /// SVG or MathML.
    Foreign,
    /// A list to choose from.
    Choice,
    /// Left out with all it holds.
    Gone,
    /// Its tags are left out, its content is not.
    Ignored,
    /// Anything else: an element in the line of a text.
    Ordinary,
}

/// The class of the element `name`, in lower case.
pub fn class_of(name: &str) -> Class {
    match name {
        "html" | "head" | "body" => Class::Root,
        "area" | "base" | "basefont" | "bgsound" | "br" | "col" | "embed" | "frame" | "hr" | "image" | "img"
        | "input" | "keygen" | "link" | "meta" | "param" | "source" | "track" | "wbr" => Class::Void,
        "a" | "b" | "big" | "code" | "em" | "font" | "i" | "nobr" | "s" | "small" | "strike" | "strong" | "tt"
        | "u" => Class::Formatting,
        "caption" | "colgroup" | "tbody" | "td" | "tfoot" | "th" | "thead" | "tr" => Class::TablePart,
        "address" | "applet" | "article" | "aside" | "blockquote" | "button" | "center" | "dd" | "details"
        | "dialog" | "dir" | "div" | "dl" | "dt" | "fieldset" | "figcaption" | "figure" | "footer" | "form"
        | "frameset" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "header" | "hgroup" | "li" | "listing" | "main"
        | "marquee" | "menu" | "nav" | "noscript" | "object" | "ol" | "p" | "pre" | "search" | "section"
        | "summary" | "table" | "ul" => Class::Special,
        "script" | "style" | "xmp" | "iframe" | "noembed" | "noframes" | "title" | "textarea" => Class::Raw,
        "svg" | "math" => Class::Foreign,
        "template" => Class::Gone,
        "select" => Class::Choice,
        "option" | "optgroup" | "plaintext" => Class::Ignored,
        _ => Class::Ordinary,
    }
}

/// Whether the start of `name` ends an open paragraph.
pub fn closes_paragraph(name: &str) -> bool {
    matches!(class_of(name), Class::Special)
        && !matches!(
            name,
            "applet" | "button" | "frameset" | "marquee" | "noscript" | "object" | "select"
        )
        || name == "hr"
}

/// Whether an end tag inside `name` cannot close anything outside it.
pub fn is_boundary(name: &str) -> bool {
    matches!(
        name,
        "applet" | "caption" | "marquee" | "noscript" | "object" | "table" | "td" | "th"
    )
}

/// Whether `name` is `h1` to `h6`.
pub fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// Whether the text of `name` stands on lines of its own.
pub fn is_block(name: &str) -> bool {
    match class_of(name) {
        Class::Root | Class::TablePart => true,
        Class::Special => !matches!(name, "button" | "noscript" | "object" | "applet" | "marquee"),
        _ => matches!(name, "br" | "hr" | "title"),
    }
}
