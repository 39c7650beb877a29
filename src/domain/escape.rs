//! Text made safe for the place it is written to.

use std::borrow::Cow;

/// `text` for the text of an element, in HTML and in XML; characters that neither allows are gone. Inside a raw element
/// of HTML (`script`, `style`) nothing is safe but [`json_in_script`].
pub fn text(text: &str) -> Cow<'_, str> {
    escaped(text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        c if is_forbidden(c) => Some(""),
        _ => None,
    })
}

/// `text` for a quoted attribute, in HTML and in XML. An address must be judged first: escaping does not make it harmless.
pub fn attribute(text: &str) -> Cow<'_, str> {
    escaped(text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        '\n' => Some("&#10;"),
        '\r' => Some("&#13;"),
        '\t' => Some("&#9;"),
        c if is_forbidden(c) => Some(""),
        _ => None,
    })
}

/// `json`, which is well-formed JSON, for the inside of a `script` element: no tag, comment or line end of JavaScript can
/// be found in it, and it means what it meant.
pub fn json_in_script(json: &str) -> Cow<'_, str> {
    // In JSON these stand in strings only, where the long form means the same.
    escaped(json, |c| match c {
        '<' => Some("\\u003c"),
        '>' => Some("\\u003e"),
        '&' => Some("\\u0026"),
        '\u{85}' => Some("\\u0085"),
        '\u{2028}' => Some("\\u2028"),
        '\u{2029}' => Some("\\u2029"),
        _ => None,
    })
}

/// Whether XML 1.0 has no place for `c`, not even as a reference. HTML has none for them either, but says so less firmly.
pub fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn escaped(text: &str, replacement: impl Fn(char) -> Option<&'static str>) -> Cow<'_, str> {
    let Some(first) = text.find(|c| replacement(c).is_some()) else {
        return Cow::Borrowed(text);
    };
    let (plain, rest) = text.split_at_checked(first).unwrap_or(("", text));
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    out.push_str(plain);
    for c in rest.chars() {
        match replacement(c) {
            Some(replacement) => out.push_str(replacement),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_gets_what_it_cannot_misread() {
        for (given, in_text, in_attribute, in_script) in [
            ("plain", "plain", "plain", "plain"),
            (
                "a<b>&\"'",
                "a&lt;b&gt;&amp;\"'",
                "a&lt;b&gt;&amp;&quot;&#39;",
                "a\\u003cb\\u003e\\u0026\"'",
            ),
            ("]]>", "]]&gt;", "]]&gt;", "]]\\u003e"),
            ("a\n\tb", "a\n\tb", "a&#10;&#9;b", "a\n\tb"),
            ("\u{2028}", "\u{2028}", "\u{2028}", "\\u2028"),
        ] {
            assert_eq!(text(given), in_text);
            assert_eq!(attribute(given), in_attribute);
            assert_eq!(json_in_script(given), in_script);
        }
    }

    #[test]
    fn characters_that_xml_forbids_are_gone() {
        assert_eq!(text("a\0b\u{1}c\u{b}d\u{ffff}e\tf"), "abcde\tf");
        assert_eq!(attribute("a\u{1f}b"), "ab");
    }

    #[test]
    fn text_without_markup_is_not_copied() {
        assert!(matches!(text("plain"), Cow::Borrowed(_)));
    }
}
