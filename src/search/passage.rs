//! Where the passage of a text begins and ends: with a sentence or a word, never within one.

use std::ops::Range;

use icu_segmenter::options::{SentenceBreakInvariantOptions, WordBreakInvariantOptions};
use icu_segmenter::{GraphemeClusterSegmenter, SentenceSegmenter, WordSegmenter};

use super::snippet::Mark;

/// The length of a passage, in characters.
const PASSAGE_CHARS: usize = 240;

/// How far before the first word found a passage begins at most, in characters.
const LEAD_CHARS: usize = 60;

/// How far back the end of a passage moves to end with a word, in characters.
const TAIL_CHARS: usize = 40;

/// What is looked at beyond the place of a cut, to see whether it goes through a word, in characters.
const BEYOND_CHARS: usize = 20;

/// Signs that belong to the word behind them; a passage may begin with one.
const OPENING: &str = "\"'“‘„‚«‹»›<([{¿¡「『（《〈【〔〖#@$€£¥§";

/// From where to where the best passage of `text` goes: the one with most of the wishes, then with most marks.
pub(super) fn passage(text: &str, marks: &[Mark]) -> (usize, usize) {
    let mut best = (0, 0, 0);
    for (place, (start, _, _)) in marks.iter().enumerate() {
        let reach = after(text, *start, PASSAGE_CHARS - LEAD_CHARS);
        let inside = marks.iter().skip(place).take_while(|(_, end, _)| *end <= reach);
        let (mut wishes, mut count) = (0_u128, 0);
        for (_, _, number) in inside {
            wishes |= 1_u128.checked_shl(*number).unwrap_or(0);
            count += 1;
        }
        if (wishes.count_ones(), count) > (best.0, best.1) {
            best = (wishes.count_ones(), count, *start);
        }
    }
    let start = begin(text, best.2);
    (start, finish(text, start, after(text, start, PASSAGE_CHARS)))
}

/// Whether anything in `text` is more than signs and spaces.
pub(super) fn has_words(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// Where a passage around the word at `mark` begins: with its sentence if that is near, else with a word.
fn begin(text: &str, mark: usize) -> usize {
    let nearest = before(text, mark, LEAD_CHARS);
    let sentences = SentenceSegmenter::new(SentenceBreakInvariantOptions::default());
    // The word itself is looked at, too: whether a sentence ends before it depends on how it is written.
    let lead = slice(text, nearest..after(text, mark, 1));
    let ends = sentences.segment_str(lead).skip(1).map(|end| nearest + end);
    let sentence = ends.take_while(|end| *end <= mark).last();
    let start = match sentence {
        Some(start) => start,
        None if nearest == 0 => 0,
        None => first_word(text, nearest, mark),
    };
    start + signs(slice(text, start..mark))
}

/// Where the first word begins that lies whole between `nearest` and `mark`; `mark` if there is none.
fn first_word(text: &str, nearest: usize, mark: usize) -> usize {
    let from = before(text, nearest, BEYOND_CHARS);
    let mut start = from;
    for (end, kind) in words(slice(text, from..mark)) {
        if kind && start >= nearest {
            let opening = slice(text, nearest..start).chars().next_back();
            let sign = opening.filter(|c| OPENING.contains(*c));
            return start - sign.map_or(0, char::len_utf8);
        }
        start = from + end;
    }
    mark
}

/// Where a passage ends that may go up to `end`: behind a word, or what closes it.
fn finish(text: &str, start: usize, end: usize) -> usize {
    if end == text.len() {
        return start + slice(text, start..end).trim_end().len();
    }
    let from = before(text, end, TAIL_CHARS).max(start);
    let window = slice(text, from..after(text, end, BEYOND_CHARS));
    let ends = words(window).map(|(at, _)| from + at).take_while(|at| *at <= end);
    let word = ends.last().filter(|at| *at > from);
    // Within a word without end: not within a character, at least.
    let end = word.unwrap_or_else(|| {
        let characters = GraphemeClusterSegmenter::new();
        let ends = characters.segment_str(window).map(|at| from + at);
        ends.take_while(|at| *at <= end).last().unwrap_or(end)
    });
    let passage = slice(text, start..end);
    let passage = passage.trim_end_matches(|c: char| c.is_whitespace() || OPENING.contains(c) && !"\"'»›".contains(c));
    start + passage.len()
}

/// The ends of all that `text` is made of, each with whether it is a word.
fn words(text: &str) -> impl Iterator<Item = (usize, bool)> {
    let segmenter = WordSegmenter::new_dictionary(WordBreakInvariantOptions::default());
    let ends = segmenter.segment_str(text).iter_with_word_type();
    ends.filter(|(end, _)| *end > 0)
        .map(|(end, kind)| (end, kind.is_word_like()))
}

/// The length of what `text` begins with that no passage should begin with.
fn signs(text: &str) -> usize {
    let rest = text.trim_start_matches(|c: char| !c.is_alphanumeric() && !OPENING.contains(c));
    text.len() - rest.len()
}

fn slice(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

/// The place `chars` characters behind `from`.
fn after(text: &str, from: usize, chars: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    rest.char_indices().nth(chars).map_or(text.len(), |(at, _)| from + at)
}

/// The place `chars` characters before `to`.
fn before(text: &str, to: usize, chars: usize) -> usize {
    let rest = text.get(..to).unwrap_or_default();
    let place = chars
        .checked_sub(1)
        .and_then(|chars| rest.char_indices().nth_back(chars));
    place.map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, word: &str) -> String {
        let at = text.find(word).expect("a word of the text");
        let (start, end) = passage(text, &[(at, at + word.len(), 1)]);
        slice(text, start..end).to_owned()
    }

    #[test]
    fn a_passage_begins_with_a_sentence_or_a_word() {
        let long = "word ".repeat(30);
        for (before, expected) in [
            ("It ends here. A new ", "A new museum"),
            ("It ends in 2029.Next year the ", "Next year the museum"),
            ("He asked: “Why?” Because the ", "Because the museum"),
            ("It ends here.\n\n — , the ", "the museum"),
            ("It ends here.\n\n “The ", "“The museum"),
            (
                "some words, (and more of a lead that goes on and on and on and on) ",
                "(and more of a lead that goes on and on and on and on) museum",
            ),
            (
                "some words, and more, of a lead; that goes on and on and on and on, ",
                "and more, of a lead; that goes on and on and on and on, museum",
            ),
        ] {
            let text = format!("{long}{before}museum is open. {long}");
            let found = shown(&text, "museum");
            assert!(found.starts_with(expected), "{before}: {found}");
        }
    }

    #[test]
    fn a_text_that_begins_with_signs_is_shown_from_its_first_word() {
        assert_eq!(shown(" – , the museum", "museum"), "the museum");
        assert_eq!(shown("“The museum”", "museum"), "“The museum”");
    }

    #[test]
    fn no_word_or_character_is_cut() {
        let texts = [
            "東京国立博物館は来年の春に新しい屋根で開館します、".repeat(20),
            "พิพิธภัณฑ์แห่งชาติกรุงเทพเปิดนิทรรศการใหม่สำหรับผู้เข้าชม".repeat(20),
            "국립중앙박물관에서 새로운 전시가 열린다 ".repeat(20),
            "e\u{301}e\u{301}👩‍👩‍👧‍👦🇫🇷".repeat(80),
            "supercalifragilistic-expialidocious ".repeat(30),
            "x".repeat(2_000),
        ];
        for text in &texts {
            let characters: Vec<usize> = GraphemeClusterSegmenter::new().segment_str(text).collect();
            let ends: Vec<usize> = words(text).map(|(end, _)| end).collect();
            for (at, c) in text
                .char_indices()
                .step_by(7)
                .take(60)
                .filter(|(at, _)| characters.contains(at))
            {
                let (start, end) = passage(text, &[(at, at + c.len_utf8(), 1)]);
                assert!(characters.contains(&start) && characters.contains(&end), "{text} {at}");
                assert!(start <= at && end > at && slice(text, start..end).chars().count() <= PASSAGE_CHARS);
                let is_whole = text.contains("xxx") || start == at || ends.contains(&end);
                assert!(is_whole, "{text} {at}: {}", slice(text, start..end));
            }
        }
    }
}
