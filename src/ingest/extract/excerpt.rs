//! The beginning of a text, in whole sentences.

use icu_segmenter::SentenceSegmenter;
use icu_segmenter::options::SentenceBreakInvariantOptions;

use super::vote::{is_unspaced, words_of};

/// An excerpt ends with the sentence in which it reaches so many words,
const WORDS_ENOUGH: usize = 40;
/// unless that sentence goes beyond so many.
const WORDS_MAX: usize = 60;
/// A word in scripts without blanks is about so many characters.
const UNSPACED_CHARS_A_WORD: usize = 2;
/// How much of a text is looked at, in bytes.
const SAMPLE_BYTES_MAX: usize = 4 * 1024;

/// The first 40 to 60 words of `text`, cut at the end of a sentence; of a longer sentence the beginning, with an ellipsis.
pub fn excerpt(text: &str) -> String {
    let sample = text
        .get(..text.floor_char_boundary(SAMPLE_BYTES_MAX))
        .unwrap_or_default();
    let segmenter = SentenceSegmenter::new(SentenceBreakInvariantOptions::default());
    let mut out = String::new();
    for line in sample.lines() {
        let mut from = 0;
        let mut blank = !out.is_empty() && !out.ends_with(|c: char| is_unspaced(c) || is_full_stop(c));
        for to in segmenter.segment_str(line).skip(1) {
            let segment = line.get(from..to).unwrap_or_default();
            let sentence = segment.trim();
            from = to;
            let (have, more) = (length(&out), length(sentence));
            if have >= WORDS_ENOUGH || (have > 0 && have + more > WORDS_MAX) {
                return out;
            }
            if have + more > WORDS_MAX {
                return cut(sentence);
            }
            if blank {
                out.push(' ');
            }
            out.push_str(sentence);
            blank = segment.ends_with(char::is_whitespace);
        }
    }
    out
}

/// How long `text` is, in words.
fn length(text: &str) -> usize {
    let unspaced = text.chars().filter(|&c| is_unspaced(c)).count();
    words_of(text).len() - unspaced + unspaced / UNSPACED_CHARS_A_WORD
}

/// The first words of a sentence that is too long.
fn cut(sentence: &str) -> String {
    let mut out = String::new();
    for word in sentence.split_inclusive(|c: char| c.is_whitespace() || is_unspaced(c)) {
        if length(&out) + length(word).max(1) > WORDS_MAX {
            break;
        }
        out.push_str(word);
    }
    let kept = out.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
    out.truncate(kept);
    out.push('…');
    out
}

/// The marks that end a sentence where no blank follows it.
fn is_full_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '」' | '』' | '）')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_keeps_its_marks_where_they_stood() {
        assert_eq!(
            excerpt("館長は120人。「まず聞きたい」と述べた。"),
            "館長は120人。「まず聞きたい」と述べた。"
        );
    }

    #[test]
    fn an_excerpt_is_whole_sentences() {
        let sentence = "The museum opened a new wing on Monday with two hundred works.";
        for (text, expected) in [
            (String::new(), String::new()),
            (
                "One line.\nAnother line".to_owned(),
                "One line. Another line".to_owned(),
            ),
            ([sentence; 9].join(" "), [sentence; 4].join(" ")),
            (
                "博物館が開いた。入場は無料だ。".to_owned(),
                "博物館が開いた。入場は無料だ。".to_owned(),
            ),
        ] {
            assert_eq!(excerpt(&text), expected);
        }
    }

    #[test]
    fn a_sentence_that_is_too_long_is_cut_between_words() {
        let long = excerpt(&"word ".repeat(200));
        assert!(long.ends_with("word…"), "{long}");
        assert_eq!(words_of(&long).len(), 60);
    }
}
