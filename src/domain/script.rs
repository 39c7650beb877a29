//! How characters are written: which belong to words, to numbers and to quotations, script by script.

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A cased script, beginning small, or mixed with digits.
    Small,
    /// A cased script, beginning with a capital.
    Capital,
    /// Digits with their separators.
    Number,
    /// One Han character.
    Han,
    /// One Katakana character.
    Katakana,
    /// One Hiragana character, or one of Thai and its like.
    Single,
    /// A word of a script without capitals.
    Uncased,
}

impl Shape {
    pub(super) fn is_single(self) -> bool {
        matches!(self, Self::Han | Self::Katakana | Self::Single)
    }
}

pub(super) fn is_letter(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(u32::from(c), 0x300..=0x36f | 0x0900..=0x0dff | 0x0e00..=0x0fff | 0x064b..=0x0652 | 0x30fc | 0x3005)
}

/// The ASCII form of a full-width character; any other as it is.
pub(super) fn narrow(c: char) -> char {
    match u32::from(c) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

pub(super) fn is_separator(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | '\'' | '’' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '．' | '，'
    )
}

/// Whether a number goes on after a separator. A space or an apostrophe separates thousands only.
pub(super) fn digits_follow(text: &str, at: usize, separator: char) -> bool {
    let mut rest = text.get(at..).unwrap_or_default().chars();
    let digits = rest.by_ref().take(4).take_while(|c| c.is_numeric()).count();
    match separator {
        '.' | ',' | '．' | '，' => digits > 0,
        _ => digits == 3,
    }
}

pub(super) fn shape_of(c: char) -> Shape {
    match c {
        _ if c.is_numeric() && !is_han(c) => Shape::Number,
        'ァ'..='ヺ' | 'ー' | 'ｦ'..='ﾝ' => Shape::Katakana,
        'ぁ'..='ゟ' | '\u{0e00}'..='\u{0eff}' | '\u{1780}'..='\u{17ff}' | '\u{1000}'..='\u{109f}' => Shape::Single,
        _ if is_han(c) => Shape::Han,
        _ if c.is_uppercase() => Shape::Capital,
        _ if c.is_lowercase() || matches!(u32::from(c), 0x300..=0x36f) => Shape::Small,
        _ => Shape::Uncased,
    }
}

fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff | 0x3005..=0x3007)
}

/// The character that would close a quotation opened by `c`, if it opens one.
pub(super) fn opener(c: char, before: char, next: Option<char>) -> Option<char> {
    let word_follows = next.is_some_and(is_letter);
    let stands_free = !is_letter(before);
    match c {
        '“' => Some('”'),
        '„' | '‚' => Some('“'),
        '«' => Some('»'),
        '‹' => Some('›'),
        '「' => Some('」'),
        '『' => Some('』'),
        '《' => Some('》'),
        '〈' => Some('〉'),
        '‘' if word_follows => Some('’'),
        '"' | '\'' | '”' if word_follows && stands_free => Some(c),
        '»' if word_follows && stands_free => Some('«'),
        _ => None,
    }
}

pub(super) fn closes(c: char, closer: char, next: Option<char>) -> bool {
    let matches = c == closer || closer == '“' && matches!(c, '”' | '‘' | '"');
    // An apostrophe inside a word closes nothing.
    matches && (!matches!(c, '\'' | '’') || !next.is_some_and(is_letter))
}
