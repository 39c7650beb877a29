//! Kinds of text that must not be mixed up.

use std::fmt;

use serde::{Serialize, Serializer};

use super::escape::is_forbidden;

/// The longest language tag read, in bytes (RFC 5646 asks for at least 35).
const TAG_BYTES_MAX: usize = 64;

/// HTML that went through our cleaner: no script, style, form, frame or foreign element; absolute http(s) addresses only.
///
/// `CleanHtml::trusted` is called by `ingest::clean`, which makes it, and by `store`, which reads back what was made;
/// `tests/it/house.rs` holds the callers to these two.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct CleanHtml(String);

impl CleanHtml {
    /// Takes `html` as already cleaned.
    pub(crate) fn trusted(html: String) -> Self {
        Self(html)
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is no markup at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for CleanHtml {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A language by its primary subtag, lower case: `en`, `pt`, `zh` (ISO 639-1, or 639-3 where there is no shorter code).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Language(String);

impl Language {
    /// Reads a language tag such as `en-GB` or `pt_BR` and keeps its primary subtag. `None` for anything else, and for `und`.
    pub fn parse(tag: &str) -> Option<Self> {
        let tag = tag.trim();
        if tag.len() > TAG_BYTES_MAX {
            return None;
        }
        let primary = tag.split(['-', '_']).next()?.to_ascii_lowercase();
        let well_formed = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_lowercase());
        (well_formed && primary != "und" && primary != "zxx").then_some(Self(primary))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Plain text on one line, without control characters and without blanks around it: a title, a name, a topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Line(String);

impl Line {
    /// Takes `text`; line ends and tabs become blanks, what cannot be printed goes.
    pub fn new(text: &str) -> Self {
        let line: String = text.chars().filter_map(|c| printable(c, false)).collect();
        Self(line.trim().to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Plain text in paragraphs, one a line, without other control characters: a note, an excerpt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Prose(String);

impl Prose {
    /// Takes `text`; tabs become blanks, what cannot be printed goes.
    pub fn new(text: &str) -> Self {
        let prose: String = text.chars().filter_map(|c| printable(c, true)).collect();
        Self(prose.trim().to_owned())
    }

    /// The text, with its line ends.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its paragraphs, without those that are empty.
    pub fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.0.lines().map(str::trim).filter(|line| !line.is_empty())
    }
}

/// What stands for `c` in a text that is printed: itself, a blank, or nothing.
fn printable(c: char, keeps_lines: bool) -> Option<char> {
    match c {
        '\n' if keeps_lines => Some('\n'),
        '\n' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() || is_forbidden(c) => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_no_control_character() {
        for (given, expected) in [
            (" A  title\n", "A  title"),
            ("two\nlines\tand\r\nmore", "two lines and more"),
            ("a\0b\u{7}c\u{85}d\u{ffff}e", "abcde"),
            ("\u{1f600} \u{202b}\u{5d0}", "\u{1f600} \u{202b}\u{5d0}"),
        ] {
            assert_eq!(Line::new(given).as_str(), expected);
        }
    }

    #[test]
    fn prose_keeps_its_paragraphs() {
        let prose = Prose::new(" one\r\n\n two\u{b}\tthree \n");
        assert_eq!(prose.paragraphs().collect::<Vec<_>>(), ["one", "two three"]);
    }

    #[test]
    fn a_tag_is_cut_to_its_primary_subtag() {
        for (tag, expected) in [
            ("en", Some("en")),
            ("en-GB", Some("en")),
            ("pt_BR", Some("pt")),
            (" DE ", Some("de")),
            ("zh-Hant-TW", Some("zh")),
            ("und", None),
            ("english", None),
            ("", None),
            ("e1", None),
        ] {
            assert_eq!(Language::parse(tag).as_ref().map(Language::as_str), expected, "{tag:?}");
        }
    }
}
