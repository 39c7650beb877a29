//! Plain text where readers do not agree whether it is text or markup: titles of RSS and JSON Feed, above all.

use std::borrow::Cow;

use crate::domain::text::Line;

/// Shows nothing and parts nothing, but ends what would else be read as a tag or a reference (U+2060).
const WORD_JOINER: char = '\u{2060}';
/// The longest name of a reference, in bytes: `&CounterClockwiseContourIntegral;`.
const REFERENCE_BYTES_MAX: usize = 32;

/// `text`, which is plain, so that it looks alike to those who take it as text and to those who take it as HTML. What could
/// pass for a tag or a reference gets an invisible character behind its first; all other texts stay as they are.
pub fn unmistakable(text: &str) -> Cow<'_, str> {
    let mistakable = |(at, c): (usize, char)| match text.get(at + c.len_utf8()..) {
        Some(rest) if c == '<' => rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')),
        Some(rest) if c == '&' => begins_reference(rest),
        _ => false,
    };
    if !text.char_indices().any(mistakable) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        out.push(c);
        if mistakable((at, c)) {
            out.push(WORD_JOINER);
        }
    }
    Cow::Owned(out)
}

/// A name of a person or an outlet without addresses of mail: they have no business there, and readers stumble over them.
pub fn person(name: &Line) -> String {
    let words: Vec<&str> = name.as_str().split(' ').filter(|word| !word.contains('@')).collect();
    if words.concat().is_empty() {
        return name.as_str().replace('@', " at ");
    }
    unmistakable(&words.join(" ")).into_owned()
}

/// Whether something in `text`, which is plain, could pass for a tag or a reference.
pub fn looks_like_markup(text: &str) -> bool {
    matches!(unmistakable(text), Cow::Owned(_))
}

fn begins_reference(rest: &str) -> bool {
    let name = rest.strip_prefix('#').unwrap_or(rest);
    let end = name.bytes().position(|byte| !byte.is_ascii_alphanumeric());
    end.is_some_and(|end| (1..=REFERENCE_BYTES_MAX).contains(&end) && name.as_bytes().get(end) == Some(&b';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_could_pass_for_markup_is_marked() {
        for (text, expected) in [
            ("AT&T", "AT&T"),
            ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
            ("we <3 museums; you & I;", "we <3 museums; you & I;"),
            ("the <b> element", "the <\u{2060}b> element"),
            ("</script><!--", "<\u{2060}/script><\u{2060}!--"),
            (
                "a &amp; b &#38; c &#x26;",
                "a &\u{2060}amp; b &\u{2060}#38; c &\u{2060}#x26;",
            ),
            ("&;", "&;"),
            ("<", "<"),
            ("&", "&"),
            ("博物館 <i>", "博物館 <\u{2060}i>"),
        ] {
            assert_eq!(unmistakable(text), expected);
            assert_eq!(looks_like_markup(text), text != expected);
        }
    }

    #[test]
    fn addresses_of_mail_are_no_names() {
        for (given, expected) in [
            ("Ada Lovelace", "Ada Lovelace"),
            ("Ada Lovelace <ada@a.example>", "Ada Lovelace"),
            ("ada@a.example", "ada at a.example"),
            ("名前（user@a.example）", "名前（user at a.example）"),
            ("", ""),
        ] {
            assert_eq!(person(&Line::new(given)), expected);
        }
    }
}
