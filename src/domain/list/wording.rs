//! What editors write, held to its form: no control characters, no blanks around it, no longer than it may be.

use serde::Deserialize;

/// The longest name of a list, in characters.
pub const NAME_CHARS_MAX: usize = 120;
/// The longest description of a list, and the longest introduction of an edition, in characters.
pub const ABOUT_CHARS_MAX: usize = 2_000;
/// The longest headline, and the longest title of an edition, in characters.
pub const HEADLINE_CHARS_MAX: usize = 300;
/// The longest excerpt that is kept, in characters; what may be printed is counted in words.
pub const EXCERPT_CHARS_MAX: usize = 8_000;
/// The longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 2_000;
/// The longest description of a picture, in characters.
pub const ALT_CHARS_MAX: usize = 500;
/// The longest word on a correction, in characters.
pub const CORRECTION_CHARS_MAX: usize = 500;

/// One line that holds something, no longer than so many characters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Line<const CHARS_MAX: usize>(pub String);

/// Lines of plain text, or nothing, no longer than so many characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Prose<const CHARS_MAX: usize>(pub String);

/// Why a text cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There is nothing in it.
    #[error("must not be empty")]
    Empty,
    /// It is too long.
    #[error("longer than {0} characters")]
    Long(usize),
    /// It holds what cannot be printed.
    #[error("holds a control character")]
    Control,
}

impl<const CHARS_MAX: usize> TryFrom<String> for Line<CHARS_MAX> {
    type Error = Unfit;

    fn try_from(text: String) -> Result<Self, Unfit> {
        line(&text, CHARS_MAX).map(Self)
    }
}

impl<const CHARS_MAX: usize> TryFrom<String> for Prose<CHARS_MAX> {
    type Error = Unfit;

    fn try_from(text: String) -> Result<Self, Unfit> {
        prose(&text, CHARS_MAX).map(Self)
    }
}

/// One line that must hold something.
pub fn line(text: &str, chars_max: usize) -> Result<String, Unfit> {
    let line = held(text.trim(), chars_max, |_| false)?;
    if line.is_empty() { Err(Unfit::Empty) } else { Ok(line) }
}

/// Lines of plain text, or nothing. Line ends become `\n`.
pub fn prose(text: &str, chars_max: usize) -> Result<String, Unfit> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    held(text.trim(), chars_max, |c| matches!(c, '\n' | '\t'))
}

fn held(text: &str, chars_max: usize, allowed: impl Fn(char) -> bool) -> Result<String, Unfit> {
    if text.chars().any(|c| is_control(c) && !allowed(c)) {
        return Err(Unfit::Control);
    }
    if text.chars().count() > chars_max {
        return Err(Unfit::Long(chars_max));
    }
    Ok(text.to_owned())
}

/// Control characters, line and paragraph separators, and code points that are no characters: XML holds none of them.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_write_is_held_to_its_form() {
        assert_eq!(line("  A title ", 10), Ok("A title".to_owned()));
        assert_eq!(line(" \n ", 10), Err(Unfit::Empty));
        assert_eq!(line("two\nlines", 10), Err(Unfit::Control));
        assert_eq!(line("nul\0", 10), Err(Unfit::Control));
        assert_eq!(line("\u{ffff}x", 10), Err(Unfit::Control));
        assert_eq!(line("四個字啊", 4), Ok("四個字啊".to_owned()));
        assert_eq!(line("五個字啊啊", 4), Err(Unfit::Long(4)));
        assert_eq!(prose("a\r\nb\rc\n", 10), Ok("a\nb\nc".to_owned()));
        assert_eq!(prose("bell\u{7}", 10), Err(Unfit::Control));
    }
}
