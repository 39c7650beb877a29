//! Text into words, and into pairs of characters where words are hard to see.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use icu_segmenter::WordSegmenter;
use icu_segmenter::options::WordBreakInvariantOptions;
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::fold::{Stemming, Vocabulary, is_apostrophe, is_mark};

/// Longer words are noise (encoded data, glued addresses) and are not indexed.
pub(super) const WORD_BYTES_MAX: usize = 120;

/// A run without spaces is given to ICU in pieces of about this length, so that its cost stays linear.
const RUN_BYTES_MAX: usize = 4_096;

/// The character that says "no stemmer"; the next ones stand for [`Stemming::place`] 0, 1, … They are of no script.
const LANGUAGE_MARK: u32 = 0xf_0000;

/// `text` as the tokenizers here take it: behind a character that says which stemmer it wants.
pub(super) fn marked(stemming: Option<Stemming>, text: &str) -> String {
    let place = stemming.map_or(0, |stemming| u32::from(stemming.place()) + 1);
    let mark = char::from_u32(LANGUAGE_MARK + place).unwrap_or(' ');
    let mut marked = String::with_capacity(text.len() + mark.len_utf8());
    marked.push(mark);
    marked.push_str(text);
    marked
}

/// Whether `c` belongs to a script written without spaces between words.
pub(super) fn is_unspaced(c: char) -> bool {
    // Below are the scripts that most text is in: one look is enough for them.
    c >= '\u{e00}'
        && (is_han_or_kana(c)
            || matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17d3}' | '\u{17d7}'..='\u{17ff}'))
}

/// Whether `c` is indexed in pairs, too.
pub(super) fn is_paired(c: char) -> bool {
    c >= '\u{3005}' && (is_han_or_kana(c) || matches!(c, '\u{ac00}'..='\u{d7a3}'))
}

/// Whether `c` is a Chinese character.
pub(super) fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

fn is_han_or_kana(c: char) -> bool {
    is_han(c)
        || matches!(c, '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
            | '\u{ff66}'..='\u{ff9f}')
}

/// The words of a text by their places in it: letters, marks and digits, with apostrophes between them.
pub(super) struct Words<'a> {
    text: &'a str,
    at: usize,
    cut: VecDeque<(usize, usize)>,
}

impl<'a> Words<'a> {
    /// The words of `text`.
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            cut: VecDeque::new(),
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The length of the word that `rest` begins with.
    fn spaced(rest: &str) -> usize {
        // Most words are of plain letters only, and need no look at the script of each.
        let plain = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        match rest.as_bytes().get(plain) {
            Some(byte) if plain == 0 || !byte.is_ascii() || *byte == b'\'' => {}
            _ => return plain,
        }
        let mut end = 0;
        let mut apostrophe = false;
        for (at, c) in rest.char_indices() {
            if is_word(c) && !is_unspaced(c) {
                end = at + c.len_utf8();
                apostrophe = false;
            } else if is_apostrophe(c) && !apostrophe {
                apostrophe = true;
            } else {
                break;
            }
        }
        end
    }

    /// Cuts the run without spaces that `rest` begins with, and gives its length.
    fn cut_run(&mut self, rest: &str) -> usize {
        let run_end = rest
            .char_indices()
            .find(|(at, c)| *at >= RUN_BYTES_MAX || !(is_unspaced(*c) || is_mark(*c)))
            .map_or(rest.len(), |(at, _)| at);
        let run = rest.get(..run_end).unwrap_or_default();
        let segmenter = WordSegmenter::new_dictionary(WordBreakInvariantOptions::default());
        let mut start = 0;
        for (end, kind) in segmenter.segment_str(run).iter_with_word_type() {
            if kind.is_word_like() && end > start {
                self.cut.push_back((self.at + start, self.at + end));
            }
            start = end;
        }
        run_end
    }
}

impl Iterator for Words<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(word) = self.cut.pop_front() {
                return Some(word);
            }
            let rest = self.rest();
            let (skip, first) = rest
                .char_indices()
                .find(|(_, c)| c.is_ascii_alphanumeric() || (is_word(*c) && !is_mark(*c)))?;
            self.at += skip;
            let rest = self.rest();
            if is_unspaced(first) {
                self.at += self.cut_run(rest);
            } else {
                let start = self.at;
                self.at += Self::spaced(rest).max(first.len_utf8());
                return Some((start, self.at));
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (!c.is_ascii()
            && (c.is_alphanumeric()
                || is_mark(c)
                || (matches!(c, '\u{900}'..='\u{dff}') && !matches!(c, '\u{964}' | '\u{965}' | '\u{df4}'))))
}

/// Tantivy's way to words in their forms: a word, then its stems at the same place. All clones share what they learn, so that
/// a commit does not begin with nothing.
#[derive(Clone, Default)]
pub(super) struct WordTokenizer {
    vocabularies: Arc<Mutex<Vec<Option<Box<Vocabulary>>>>>,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        let (place, text) = unmarked(text);
        let vocabulary = lock(&self.vocabularies)
            .get_mut(place)
            .and_then(Option::take)
            .unwrap_or_else(|| {
                let stemming = place.checked_sub(1).and_then(|place| u8::try_from(place).ok());
                Box::new(Vocabulary::new(stemming.and_then(Stemming::at)))
            });
        WordStream {
            home: &self.vocabularies,
            place,
            vocabulary: Some(vocabulary),
            text,
            words: Words::of(text),
            word: 0,
            stem: usize::MAX,
            token: Token::default(),
        }
    }
}

/// The stream of a [`WordTokenizer`].
pub(super) struct WordStream<'a> {
    /// Where the vocabulary goes back to.
    home: &'a Mutex<Vec<Option<Box<Vocabulary>>>>,
    place: usize,
    vocabulary: Option<Box<Vocabulary>>,
    text: &'a str,
    words: Words<'a>,
    word: usize,
    stem: usize,
    token: Token,
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(vocabulary) = &mut self.vocabulary else {
            return false;
        };
        let stem = vocabulary.forms(self.word).and_then(|forms| forms.stems.get(self.stem));
        if let Some(stem) = stem {
            self.token.text.clear();
            self.token.text.push_str(stem);
            self.stem += 1;
            return true;
        }
        for (start, end) in self.words.by_ref() {
            self.token.position = self.token.position.wrapping_add(1);
            if end - start > WORD_BYTES_MAX {
                continue;
            }
            self.word = vocabulary.learn(self.text.get(start..end).unwrap_or_default());
            let Some(forms) = vocabulary.forms(self.word) else {
                continue;
            };
            if forms.exact.is_empty() {
                continue;
            }
            self.stem = 0;
            self.token.offset_from = start;
            self.token.offset_to = end;
            self.token.text.clear();
            self.token.text.push_str(&forms.exact);
            return true;
        }
        self.stem = usize::MAX;
        false
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

impl Drop for WordStream<'_> {
    fn drop(&mut self) {
        let mut vocabularies = lock(self.home);
        if vocabularies.len() <= self.place {
            vocabularies.resize_with(self.place + 1, || None);
        }
        if let Some(slot) = vocabularies.get_mut(self.place) {
            *slot = self.vocabulary.take();
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tantivy's way to pairs of neighbouring characters, of those that [`is_paired`]; a lone one stands alone.
#[derive(Clone, Default)]
pub(super) struct PairTokenizer;

impl Tokenizer for PairTokenizer {
    type TokenStream<'a> = PairStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> PairStream<'a> {
        PairStream {
            rest: unmarked(text).1.chars(),
            last: None,
            paired: false,
            token: Token::default(),
        }
    }
}

/// The stream of a [`PairTokenizer`].
pub(super) struct PairStream<'a> {
    rest: std::str::Chars<'a>,
    last: Option<char>,
    paired: bool,
    token: Token,
}

impl PairStream<'_> {
    fn emit(&mut self, first: char, second: Option<char>) -> bool {
        self.token.position = self.token.position.wrapping_add(1);
        self.token.text.clear();
        self.token.text.push(first);
        self.token.text.extend(second);
        true
    }
}

impl TokenStream for PairStream<'_> {
    fn advance(&mut self) -> bool {
        loop {
            let next = self.rest.next();
            match (self.last, next) {
                (Some(last), Some(c)) if is_paired(c) => {
                    self.last = next;
                    self.paired = true;
                    return self.emit(last, Some(c));
                }
                (Some(last), _) => {
                    let lone = !self.paired;
                    self.last = None;
                    self.paired = false;
                    if lone {
                        return self.emit(last, None);
                    }
                    // No phrase reaches from one run into the next.
                    self.token.position = self.token.position.wrapping_add(1);
                }
                (None, Some(c)) if is_paired(c) => self.last = next,
                (None, Some(_)) => {}
                (None, None) => return false,
            }
        }
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// The pairs of `text`, as they stand in the index.
pub(super) fn pairs(text: &str) -> Vec<String> {
    let mut tokenizer = PairTokenizer;
    let mut stream = tokenizer.token_stream(text);
    let mut pairs = Vec::new();
    stream.process(&mut |token| pairs.push(token.text.clone()));
    pairs
}

fn unmarked(text: &str) -> (usize, &str) {
    let mut chars = text.chars();
    let place = chars.next().and_then(|c| u32::from(c).checked_sub(LANGUAGE_MARK));
    match place.and_then(|place| usize::try_from(place).ok()) {
        Some(place) if u8::try_from(place).is_ok() => (place, chars.as_str()),
        _ => (0, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::Language;

    fn words(text: &str) -> Vec<&str> {
        Words::of(text)
            .map(|(start, end)| text.get(start..end).expect("a word"))
            .collect()
    }

    #[test]
    fn words_are_found_in_all_scripts() {
        for (text, expected) in [
            ("", vec![]),
            (" — … ", vec![]),
            ("Museums, open!", vec!["Museums", "open"]),
            ("well-known covid-19", vec!["well", "known", "covid", "19"]),
            ("l'exposition d’art 'quoted'", vec!["l'exposition", "d’art", "quoted"]),
            ("rock''roll", vec!["rock", "roll"]),
            ("東京の博物館", vec!["東京", "の", "博物館"]),
            ("พิพิธภัณฑ์แห่งชาติ", vec!["พิพิธภัณฑ์", "แห่ง", "ชาติ"]),
            ("국립중앙박물관에서 전시", vec!["국립중앙박물관에서", "전시"]),
            ("संग्रहालय में।", vec!["संग्रहालय", "में"]),
            ("музей في المتحف", vec!["музей", "في", "المتحف"]),
            ("NHK東京2026年", vec!["NHK", "東京", "2026", "年"]),
            ("\u{301}", vec![]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_long_run_without_spaces_is_cut_in_pieces_and_nothing_is_lost() {
        let text = "博物館".repeat(10_000);
        assert_eq!(words(&text).concat().len(), text.len());
    }

    #[test]
    fn a_stem_stands_at_the_place_of_its_word() {
        let stemming = Language::parse("en").and_then(|language| Stemming::of(&language));
        let text = marked(stemming, "Open museums");
        let mut tokenizer = WordTokenizer::default();
        let mut found = Vec::new();
        tokenizer
            .token_stream(&text)
            .process(&mut |token| found.push((token.position, token.text.clone())));
        let expected = [(0, "open"), (1, "museums"), (1, "\u{1}museum")];
        assert_eq!(found, expected.map(|(place, text)| (place, text.to_owned())));
    }

    #[test]
    fn foreign_text_cannot_choose_a_stemmer() {
        assert_eq!(unmarked(&marked(None, "\u{f0001}museums")), (0, "\u{f0001}museums"));
    }

    #[test]
    fn runs_are_paired_and_lone_characters_stand_alone() {
        assert_eq!(pairs("東京の museum 館 박물관"), ["東京", "京の", "館", "박물", "물관"]);
    }
}
