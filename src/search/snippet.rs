//! The passage of a text that shows why it was found.

use std::collections::HashMap;

use super::fold::{STEM_MARK, Stemming, Vocabulary, sought};
use super::index::Index;
use super::passage::{has_words, passage};
use super::query::{Form, Part as Where, Query, Text, What};
use super::schema::cut;
use super::tokens::{WORD_BYTES_MAX, Words, is_paired, is_unspaced};
use crate::domain::text::Language;

/// What is looked through for a passage, in bytes.
const SCAN_BYTES_MAX: usize = 64_000;

/// The words marked in one text; further ones are shown plain.
const MARKS_MAX: usize = 400;

/// How many characters are in ASCII.
const ASCII: usize = 128;

/// Marks the words of one search in any number of texts. Made once for an answer, since it learns words as it goes.
pub struct Marker {
    /// The first letters of all that is looked for, of those in ASCII.
    initials: [bool; ASCII],
    /// Forms of single words, each with the number of its wish.
    forms: HashMap<String, u32>,
    prefixes: Vec<(String, u32)>,
    phrases: Vec<(Vec<String>, u32)>,
    /// What is found by its characters.
    runs: Vec<(String, u32)>,
    vocabularies: HashMap<Option<Stemming>, Vocabulary>,
}

/// A passage in parts that follow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The text, all of it.
    pub parts: Vec<Part>,
    /// Whether the text begins before it.
    pub cut_before: bool,
    /// Whether the text goes on behind it.
    pub cut_after: bool,
}

/// A part of a passage, as plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Never empty.
    pub text: String,
    /// Whether it is what was searched for.
    pub marked: bool,
}

/// Where a wish is fulfilled: from byte to byte, and the wish's number.
pub(super) type Mark = (usize, usize, u32);

impl Index {
    /// A marker for the words wanted by `query`, in all forms under which the index finds them.
    pub fn marker(&self, query: &Query) -> Marker {
        Marker::new(query, self.view().stemmings.iter().copied())
    }
}

impl Marker {
    fn new(query: &Query, stemmings: impl Iterator<Item = Stemming>) -> Self {
        let vocabularies = stemmings
            .map(Some)
            .map(|stemming| (stemming, Vocabulary::new(stemming)));
        let mut marker = Self {
            initials: [false; ASCII],
            forms: HashMap::new(),
            prefixes: Vec::new(),
            phrases: Vec::new(),
            runs: Vec::new(),
            vocabularies: vocabularies.collect(),
        };
        let mut number = 0;
        for what in query.having(false) {
            let texts = match what {
                What::Text(text) => std::slice::from_ref(text),
                What::Either(texts) => texts,
                _ => continue,
            };
            for text in texts.iter().filter(|text| text.part != Where::By) {
                number += 1;
                marker.look_for(text, number);
            }
        }
        marker.note_initials();
        marker
    }

    /// The passage of `text` with the most of the words; its beginning if it has none of them.
    pub fn snippet(&mut self, text: &str, language: Option<&Language>) -> Snippet {
        let text = cut(text, SCAN_BYTES_MAX);
        let marks = self.marks(text, language);
        let (start, end) = passage(text, &marks);
        Snippet {
            parts: parts(text, start, end, &marks),
            cut_before: has_words(text.get(..start).unwrap_or_default()),
            cut_after: has_words(text.get(end..).unwrap_or_default()),
        }
    }

    /// All of a short text, such as a headline.
    pub fn whole(&mut self, text: &str, language: Option<&Language>) -> Snippet {
        let marks = self.marks(cut(text, SCAN_BYTES_MAX), language);
        Snippet {
            parts: parts(text, 0, text.len(), &marks),
            cut_before: false,
            cut_after: false,
        }
    }

    fn look_for(&mut self, text: &Text, number: u32) {
        let words: Vec<&str> = Words::of(&text.words)
            .filter_map(|(start, end)| text.words.get(start..end))
            .collect();
        let unspaced = words.iter().any(|word| word.chars().any(is_unspaced));
        if text.words.chars().all(is_paired) {
            self.runs.push((text.words.clone(), number));
        }
        match text.form {
            Form::Word if words.len() == 1 || unspaced => {
                for word in words {
                    if word.chars().all(is_paired) && word.chars().nth(1).is_some() {
                        self.runs.push((word.to_owned(), number));
                    }
                    self.look_for_word(word, number);
                }
            }
            Form::Prefix if words.len() == 1 => {
                let start = self.vocabulary(None).of(&text.words).exact;
                self.prefixes.push((start, number));
            }
            Form::Word | Form::Prefix | Form::Phrase => {
                let plain = self.vocabulary(None);
                let phrase = words.into_iter().map(|word| plain.of(word).exact).collect();
                self.phrases.push((phrase, number));
            }
        }
    }

    fn look_for_word(&mut self, word: &str, number: u32) {
        self.vocabulary(None);
        for form in sought(word, self.vocabularies.values_mut()) {
            self.forms.entry(form).or_insert(number);
        }
    }

    fn note_initials(&mut self) {
        let (forms, prefixes) = (self.forms.keys(), self.prefixes.iter().map(|(prefix, _)| prefix));
        let phrases = self.phrases.iter().flat_map(|(phrase, _)| phrase);
        for form in forms.chain(prefixes).chain(phrases) {
            let initial = form.trim_start_matches(STEM_MARK).bytes().next();
            if let Some(noted) = initial.and_then(|initial| self.initials.get_mut(usize::from(initial))) {
                *noted = true;
            }
        }
    }

    /// Whether `word` may be wanted. Most are not, and need not be stemmed to know it: folding keeps the first letter of a word
    /// of plain letters, and so does stemming in every language that is written with them.
    fn may_be_wanted(&self, word: &str) -> bool {
        let initial = word.bytes().next().unwrap_or_default().to_ascii_lowercase();
        let is_noted = self.initials.get(usize::from(initial)).copied();
        is_noted.unwrap_or(true) || !word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }

    fn vocabulary(&mut self, stemming: Option<Stemming>) -> &mut Vocabulary {
        self.vocabularies
            .entry(stemming)
            .or_insert_with(|| Vocabulary::new(stemming))
    }

    /// All marks in `text`, in their order, at most [`MARKS_MAX`].
    fn marks(&mut self, text: &str, language: Option<&Language>) -> Vec<Mark> {
        let mut marks = Vec::new();
        self.mark_words(text, language.and_then(Stemming::of), &mut marks);
        for (run, number) in &self.runs {
            let found = text.match_indices(run.as_str()).take(MARKS_MAX);
            marks.extend(found.map(|(start, run)| (start, start + run.len(), *number)));
        }
        marks.sort_unstable();
        marks.truncate(MARKS_MAX);
        marks
    }

    fn mark_words(&mut self, text: &str, stemming: Option<Stemming>, marks: &mut Vec<Mark>) {
        let longest = self.phrases.iter().map(|(phrase, _)| phrase.len()).max().unwrap_or(0);
        // The last words with their places, as many as the longest phrase has.
        let mut last: Vec<(usize, String)> = Vec::new();
        // The vocabulary is taken out while it is used, as the rest of the marker is read.
        let mut vocabulary = self
            .vocabularies
            .remove(&stemming)
            .unwrap_or_else(|| Vocabulary::new(stemming));
        for (start, end) in Words::of(text) {
            let word = text.get(start..end).unwrap_or_default();
            if end - start > WORD_BYTES_MAX || !self.may_be_wanted(word) {
                last.clear();
                continue;
            }
            let place = vocabulary.learn(word);
            let Some(forms) = vocabulary.forms(place) else { continue };
            let by_form = std::iter::once(&forms.exact)
                .chain(&forms.stems)
                .find_map(|form| self.forms.get(form));
            let by_prefix = || {
                self.prefixes
                    .iter()
                    .find(|(prefix, _)| forms.exact.starts_with(prefix.as_str()))
            };
            if let Some(number) = by_form.or_else(|| by_prefix().map(|(_, number)| number)) {
                marks.push((start, end, *number));
            }
            if longest > 0 {
                if last.len() == longest {
                    last.remove(0);
                }
                last.push((start, forms.exact.clone()));
                for (phrase, number) in &self.phrases {
                    let ending = last.len().checked_sub(phrase.len()).and_then(|from| last.get(from..));
                    if let Some(ending @ [(phrase_start, _), ..]) = ending
                        && ending.iter().map(|(_, word)| word).eq(phrase)
                    {
                        marks.push((*phrase_start, end, *number));
                    }
                }
            }
            if marks.len() >= MARKS_MAX {
                break;
            }
        }
        self.vocabularies.insert(stemming, vocabulary);
    }
}

impl Snippet {
    /// Whether anything in it is what was searched for.
    pub fn has_marks(&self) -> bool {
        self.parts.iter().any(|part| part.marked)
    }

    /// The passage as HTML: all text escaped, what was searched for in `<mark>`, an ellipsis where it is cut.
    pub fn to_html(&self) -> String {
        let mut html = String::new();
        if self.cut_before {
            html.push('…');
        }
        for part in &self.parts {
            html.push_str(if part.marked { "<mark>" } else { "" });
            for c in part.text.chars() {
                match c {
                    '&' => html.push_str("&amp;"),
                    '<' => html.push_str("&lt;"),
                    '>' => html.push_str("&gt;"),
                    '"' => html.push_str("&quot;"),
                    '\'' => html.push_str("&#39;"),
                    _ => html.push(c),
                }
            }
            html.push_str(if part.marked { "</mark>" } else { "" });
        }
        if self.cut_after {
            html.push('…');
        }
        html
    }
}

fn parts(text: &str, start: usize, end: usize, marks: &[Mark]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = start;
    let mut push = |from: usize, to: usize, marked: bool| {
        let text = text.get(from..to).unwrap_or_default();
        if !text.is_empty() {
            parts.push(Part {
                text: text.to_owned(),
                marked,
            });
        }
    };
    for (mark_start, mark_end, _) in marks {
        // What overlaps the mark before was shown with it.
        if *mark_start < at || *mark_end > end {
            continue;
        }
        push(at, *mark_start, false);
        push(*mark_start, *mark_end, true);
        at = *mark_end;
    }
    push(at, end, false);
    parts
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn all_stemmings() -> impl Iterator<Item = Stemming> {
        (0..=u8::MAX).filter_map(Stemming::at)
    }

    fn html(query: &str, text: &str, language: &str) -> String {
        Marker::new(&read(query), all_stemmings())
            .snippet(text, Language::parse(language).as_ref())
            .to_html()
    }

    #[test]
    fn what_was_searched_for_is_marked() {
        for (query, text, language, expected) in [
            ("museum", "Two museums open.", "en", "Two <mark>museums</mark> open."),
            (
                "exposition",
                "Une belle l’Exposition.",
                "fr",
                "Une belle <mark>l’Exposition</mark>.",
            ),
            ("musee", "Les musées.", "fr", "Les <mark>musées</mark>."),
            (
                "\"open roof\"",
                "The roof, an open roof.",
                "en",
                "The roof, an <mark>open roof</mark>.",
            ),
            (
                "\"museum\"",
                "Museums and a museum.",
                "en",
                "Museums and a <mark>museum</mark>.",
            ),
            ("muse*", "The Museum", "en", "The <mark>Museum</mark>"),
            (
                "박물관",
                "국립박물관에서 전시",
                "ko",
                "국립<mark>박물관</mark>에서 전시",
            ),
            (
                "博物館",
                "東京国立博物館の屋根",
                "ja",
                "東京国立<mark>博物館</mark>の屋根",
            ),
            ("roof -museum", "A museum roof", "en", "A museum <mark>roof</mark>"),
            ("by:museum", "A museum roof", "en", "A museum roof"),
        ] {
            assert_eq!(html(query, text, language), expected, "{query}");
        }
    }

    #[test]
    fn each_stemmer_keeps_the_first_letter_of_a_plain_word() {
        let words = [
            "Yields", "quaint", "ugly", "gegangen", "Ijsland", "ying", "ses", "aaaa", "zzing", "dying", "x9s",
        ];
        for stemming in all_stemmings() {
            let mut vocabulary = Vocabulary::new(Some(stemming));
            for word in words {
                let forms = vocabulary.of(word);
                for form in forms.stems.iter().chain([&forms.exact]) {
                    let first = form.trim_start_matches(STEM_MARK).chars().next();
                    assert_eq!(first, word.to_lowercase().chars().next(), "{stemming:?} {word}");
                }
            }
        }
    }

    #[test]
    fn a_passage_is_escaped() {
        let text = "<script>alert('x')</script> & \"museum\"";
        let expected =
            "&lt;<mark>script</mark>&gt;alert(&#39;x&#39;)&lt;/<mark>script</mark>&gt; &amp; &quot;museum&quot;";
        assert_eq!(html("script", text, "en"), expected);
    }

    #[test]
    fn the_passage_with_most_of_the_words_is_shown_from_the_beginning_of_its_sentence() {
        let filler = "Nothing of note happened here today. ".repeat(30);
        let text = format!("A museum. {filler}The old museum lost its roof. {filler}");
        let found = html("museum roof", &text, "en");
        assert!(
            found.starts_with("…The old <mark>museum</mark> lost its <mark>roof</mark>. Nothing"),
            "{found}"
        );
        assert!(found.ends_with('…'), "{found}");
    }

    #[test]
    fn a_text_without_the_words_shows_its_beginning() {
        let text = "Nothing of note happened here today. ".repeat(30);
        let found = html("museum", &text, "en");
        assert!(found.starts_with("Nothing of note") && found.ends_with('…'), "{found}");
        assert!(found.chars().count() <= 241);
    }

    #[test]
    fn all_of_a_snippet_is_text_of_the_source() {
        let text = "Ein langes Gebäude ohne Ende ".repeat(100);
        let snippet = Marker::new(&read("gebäude"), all_stemmings()).snippet(&text, Language::parse("de").as_ref());
        let shown: String = snippet.parts.iter().map(|part| part.text.as_str()).collect();
        assert!(text.contains(&shown));
    }
}
