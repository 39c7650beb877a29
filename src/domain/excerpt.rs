//! How long a text is in words, and its beginning in so many.

/// In scripts without blanks, about so many characters make a word.
const UNSPACED_CHARS_A_WORD: usize = 2;
/// A beginning ends with a sentence only if that keeps one word in so many.
const SENTENCE_PART_MIN: usize = 2;

/// How many words `text` has. Of Chinese, Japanese, Thai and the like two characters count as one.
pub fn words(text: &str) -> usize {
    let mut count = Count::default();
    text.chars().for_each(|c| count.take(c));
    count.words()
}

/// The first `limit` words of `text`: cut after a sentence if there is one in the second half of it, else after a word, with
/// an ellipsis. A text that is short enough stays as it is.
pub fn shorten(text: &str, limit: u32) -> String {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if words(text) <= limit {
        return text.to_owned();
    }
    let (mut count, mut word_end, mut sentence) = (Count::default(), 0, (0, 0));
    for (at, c) in text.char_indices() {
        count.take(c);
        if count.words() > limit {
            break;
        }
        let end = at + c.len_utf8();
        let next = text.get(end..).and_then(|rest| rest.chars().next());
        if is_unspaced(c) || c.is_alphanumeric() && next.is_none_or(char::is_whitespace) {
            word_end = end;
        }
        if is_full_stop(c) || (matches!(c, '.' | '!' | '?') && next.is_none_or(char::is_whitespace)) {
            sentence = (end, count.words());
            word_end = end;
        } else if !c.is_alphanumeric() && !c.is_whitespace() && next.is_none_or(char::is_whitespace) {
            word_end = end;
        }
    }
    let head = |end: usize| text.get(..end).unwrap_or_default();
    if sentence.1.saturating_mul(SENTENCE_PART_MIN) >= limit && sentence.0 > 0 {
        return head(sentence.0).trim_end().to_owned();
    }
    let cut = head(word_end).trim_end_matches(|c: char| !c.is_alphanumeric() && !is_unspaced(c));
    if cut.is_empty() {
        String::new()
    } else {
        format!("{cut}…")
    }
}

#[derive(Default)]
struct Count {
    spaced: usize,
    unspaced: usize,
    inside: bool,
}

impl Count {
    fn take(&mut self, c: char) {
        if is_unspaced(c) {
            self.unspaced += 1;
            self.inside = false;
        } else if c.is_whitespace() {
            self.inside = false;
        } else if c.is_alphanumeric() && !self.inside {
            self.spaced += 1;
            self.inside = true;
        }
    }

    fn words(&self) -> usize {
        self.spaced + self.unspaced.div_ceil(UNSPACED_CHARS_A_WORD)
    }
}

/// Whether `c` belongs to a script that sets no blanks between words.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3005..=0x3007 | 0x3041..=0x30ff
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0xff66..=0xff9d | 0x2_0000..=0x3_ffff)
}

/// The marks that end a sentence where no blank follows it.
fn is_full_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_in_spaced_and_unspaced_scripts() {
        for (text, expected) in [
            ("", 0),
            ("one", 1),
            ("Schools move lessons – to museums.", 5),
            ("don't stop", 2),
            ("博物館に行く", 3),
            ("The 博物館 opens", 4),
            ("  \n ", 0),
        ] {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_text_is_shortened_after_a_sentence_or_a_word() {
        for (text, limit, expected) in [
            ("One two three.", 3, "One two three."),
            ("One two three. Four five six.", 4, "One two three."),
            ("One. Two three four five six seven.", 4, "One. Two three four…"),
            ("One two, three four", 2, "One two…"),
            ("One (two) three", 2, "One (two…"),
            (
                "博物館は子供の学校です。明日も開きます。",
                6,
                "博物館は子供の学校です。",
            ),
            ("博物館は子供の学校です", 3, "博物館は子供…"),
            ("one two", 0, ""),
        ] {
            assert_eq!(shorten(text, limit), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_shortened_is_within_the_limit() {
        let texts = [
            "a b-c d.e f, g! h",
            "é́ x\u{a0}y\u{3000}z",
            "「博」物 館 abc、def。ghi",
            "... --- !!!  a ? b",
        ];
        for text in texts {
            for limit in 0..12 {
                assert!(words(&shorten(text, limit)) <= limit as usize, "{text:?} {limit}");
            }
        }
    }
}
