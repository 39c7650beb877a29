//! One word in the forms under which it is found: as written, but folded; and by its stem.

use std::collections::HashMap;

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language as Snowball, RawTokenizer, Stemmer, TextAnalyzer, TokenStream as _,
};

use crate::domain::text::Language;

/// What stands before a stem in the index, so that no phrase takes it for a word.
pub(super) const STEM_MARK: char = '\u{1}';

/// How many words a [`Vocabulary`] learns before it forgets those that it did not meet meanwhile; it keeps twice as many at the
/// most. With their forms they weigh about 200 bytes each.
const WORDS_KEPT_MAX: usize = 10_000;

/// Words shorter than this have no stem, and no stem is shorter than this less one.
const STEMMED_CHARS_MIN: usize = 3;

/// The stemmers there are, by the codes of their languages. Appending is safe; any other change wants a new schema number.
const STEMMERS: &[(&str, Snowball)] = &[
    ("en", Snowball::English),
    ("fr", Snowball::French),
    ("de", Snowball::German),
    ("es", Snowball::Spanish),
    ("it", Snowball::Italian),
    ("pt", Snowball::Portuguese),
    ("nl", Snowball::Dutch),
    ("sv", Snowball::Swedish),
    ("da", Snowball::Danish),
    ("no", Snowball::Norwegian),
    ("nb", Snowball::Norwegian),
    ("nn", Snowball::Norwegian),
    ("fi", Snowball::Finnish),
    ("hu", Snowball::Hungarian),
    ("ro", Snowball::Romanian),
    ("ru", Snowball::Russian),
    ("el", Snowball::Greek),
    ("tr", Snowball::Turkish),
    ("ar", Snowball::Arabic),
    ("ta", Snowball::Tamil),
];

/// What is left before an apostrophe when a word loses its vowel there (French, Italian, Catalan); no word of its own.
const ELISIONS: &[&str] = &[
    "l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "all", "dall", "dell", "nell",
    "sull", "coll", "un", "quell", "quest", "gl", "v",
];

/// What English puts behind an apostrophe; no word of its own.
const CONTRACTIONS: &[&str] = &["s", "re", "ll", "ve", "d", "m"];

/// A language that has a stemmer, as its place in [`STEMMERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Stemming(u8);

impl Stemming {
    /// The stemmer of `language`, if there is one.
    pub(super) fn of(language: &Language) -> Option<Self> {
        let place = STEMMERS.iter().position(|(code, _)| *code == language.as_str())?;
        u8::try_from(place).ok().map(Self)
    }

    /// The stemmer at `place`, as [`Stemming::place`] gave it.
    pub(super) fn at(place: u8) -> Option<Self> {
        (usize::from(place) < STEMMERS.len()).then_some(Self(place))
    }

    /// A small number that stands for it.
    pub(super) const fn place(self) -> u8 {
        self.0
    }

    fn stemmer(self) -> Option<Stemmer> {
        STEMMERS
            .get(usize::from(self.0))
            .map(|(_, stemmer)| Stemmer::new(*stemmer))
    }
}

/// The forms of one word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Forms {
    /// The word as written, in lower case, without diacritics and elided articles. Empty if nothing is left.
    pub(super) exact: String,
    /// Its stems behind [`STEM_MARK`], but for those that are the word itself.
    pub(super) stems: Vec<String>,
}

/// The words of one language that were met, with their forms: stemming is slow and words repeat.
#[derive(Clone)]
pub(super) struct Vocabulary {
    stemmer: Option<TextAnalyzer>,
    latin: TextAnalyzer,
    known: HashMap<Box<str>, usize>,
    forms: Vec<Forms>,
    /// What was learned before, and not met since.
    faded: HashMap<Box<str>, Forms>,
}

impl Vocabulary {
    /// An empty one; without `stemming` words are folded only.
    pub(super) fn new(stemming: Option<Stemming>) -> Self {
        let stemmer = stemming.and_then(Stemming::stemmer);
        Self {
            stemmer: stemmer.map(|stemmer| TextAnalyzer::builder(RawTokenizer::default()).filter(stemmer).build()),
            latin: TextAnalyzer::builder(RawTokenizer::default())
                .filter(AsciiFoldingFilter)
                .build(),
            known: HashMap::new(),
            forms: Vec::new(),
            faded: HashMap::new(),
        }
    }

    /// Learns `word` if it is new. The number holds for [`Vocabulary::forms`] until the next call.
    pub(super) fn learn(&mut self, word: &str) -> usize {
        if let Some(place) = self.known.get(word) {
            return *place;
        }
        if self.forms.len() >= WORDS_KEPT_MAX {
            self.fade();
        }
        let (word, forms) = match self.faded.remove_entry(word) {
            Some(met_before) => met_before,
            None => (word.into(), self.make(word)),
        };
        let place = self.forms.len();
        self.forms.push(forms);
        self.known.insert(word, place);
        place
    }

    fn fade(&mut self) {
        let mut forms = std::mem::take(&mut self.forms);
        let faded = self.known.drain().filter_map(|(word, place)| {
            let forms = std::mem::take(forms.get_mut(place)?);
            Some((word, forms))
        });
        self.faded = faded.collect();
    }

    /// The forms of the word that [`Vocabulary::learn`] gave this number.
    pub(super) fn forms(&self, place: usize) -> Option<&Forms> {
        self.forms.get(place)
    }

    /// The forms of `word`.
    pub(super) fn of(&mut self, word: &str) -> Forms {
        let place = self.learn(word);
        self.forms(place).cloned().unwrap_or_default()
    }

    fn make(&mut self, word: &str) -> Forms {
        let lower = without_apostrophes(&word.to_lowercase());
        let exact = self.fold(&lower);
        let mut stems = Vec::new();
        if exact.chars().count() >= STEMMED_CHARS_MIN && !exact.bytes().any(|byte| byte.is_ascii_digit()) {
            // Once with its accents, which the rules of a language look at, and once as somebody types who leaves them out.
            let with_accents = self.stem(&lower).map(|stem| self.fold(&stem));
            let without = if lower == exact { None } else { self.stem(&exact) };
            let defined = with_article(&exact).and_then(|word| self.stem(&word));
            for stem in with_accents.into_iter().chain(without).chain(defined) {
                let marked = format!("{STEM_MARK}{stem}");
                let long_enough = stem.chars().count() + 1 >= STEMMED_CHARS_MIN;
                if long_enough && stem != exact && !stems.contains(&marked) {
                    stems.push(marked);
                }
            }
        }
        Forms { exact, stems }
    }

    fn stem(&mut self, word: &str) -> Option<String> {
        through(self.stemmer.as_mut()?, word)
    }

    fn fold(&mut self, lower: &str) -> String {
        if lower.is_ascii() {
            return lower.to_owned();
        }
        let folded: String = lower.chars().filter_map(folded).collect();
        if folded.is_ascii() {
            return folded;
        }
        through(&mut self.latin, &folded).unwrap_or(folded)
    }
}

/// All that stands in the index for a story that has `word` in any of its forms, by the stemmers of `vocabularies`: the word,
/// its stems, and words that are these stems.
pub(super) fn sought<'a>(word: &str, vocabularies: impl Iterator<Item = &'a mut Vocabulary>) -> Vec<String> {
    let mut sought = Vec::new();
    for vocabulary in vocabularies {
        let Forms { exact, stems } = vocabulary.of(word);
        let own_stem = format!("{STEM_MARK}{exact}");
        for stem in [own_stem].into_iter().chain(stems) {
            let unmarked = stem.trim_start_matches(STEM_MARK).to_owned();
            for form in [unmarked, stem] {
                if !sought.contains(&form) {
                    sought.push(form);
                }
            }
        }
    }
    sought
}

/// Whether `c` is a mark that belongs to the letter before it (or joins two), and is dropped in folding.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c2}'
        | '\u{5c4}'..='\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}')
}

/// Whether `c` stands for an apostrophe.
pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2bc}' | '\u{ff07}')
}

fn folded(c: char) -> Option<char> {
    let plain = match c {
        _ if is_mark(c) => return None,
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        'ς' => 'σ',
        'ё' => 'е',
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ة' => 'ه',
        _ => c,
    };
    Some(plain)
}

/// `word` without what an apostrophe cuts off: `l'exposition` and `exposition's` become `exposition`, `don't` `dont`.
fn without_apostrophes(word: &str) -> String {
    let mut rest = word;
    while let Some((head, tail)) = rest.split_once(is_apostrophe) {
        if !ELISIONS.contains(&head) || tail.is_empty() {
            break;
        }
        rest = tail;
    }
    if let Some((head, tail)) = rest.rsplit_once(is_apostrophe)
        && CONTRACTIONS.contains(&tail)
        && !head.is_empty()
    {
        rest = head;
    }
    rest.chars().filter(|c| !is_apostrophe(*c)).collect()
}

/// An Arabic word with its article in place of the small words that are written together with it: the stemmer finds the
/// stem of a noun best so. `None` for a word of another script.
fn with_article(folded: &str) -> Option<String> {
    if !folded.starts_with(|c| matches!(c, '\u{621}'..='\u{64a}')) {
        return None;
    }
    let rest = folded
        .strip_prefix(['و', 'ف', 'ب', 'ك'])
        .filter(|rest| rest.starts_with("ال"))
        .unwrap_or(folded);
    let bare = rest
        .strip_prefix("ال")
        .or_else(|| rest.strip_prefix("لل"))
        .unwrap_or(rest);
    Some(format!("ال{bare}"))
}

fn through(analyzer: &mut TextAnalyzer, word: &str) -> Option<String> {
    let mut stream = analyzer.token_stream(word);
    stream.advance().then(|| std::mem::take(&mut stream.token_mut().text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(language: &str, word: &str) -> (String, Vec<String>) {
        let stemming = Language::parse(language).and_then(|language| Stemming::of(&language));
        let forms = Vocabulary::new(stemming).of(word);
        let stems = forms
            .stems
            .iter()
            .map(|stem| stem.trim_start_matches(STEM_MARK).to_owned());
        (forms.exact, stems.collect())
    }

    #[test]
    fn case_diacritics_and_elisions_are_folded() {
        for (word, expected) in [
            ("Museum", "museum"),
            ("MUSÉE", "musee"),
            ("Muse\u{301}e", "musee"),
            ("Straße", "strasse"),
            ("Łódź", "lodz"),
            ("Ærø", "aero"),
            ("Đà", "da"),
            ("İstanbul", "istanbul"),
            ("l'exposition", "exposition"),
            ("L’Exposition", "exposition"),
            ("d'Orsay", "orsay"),
            ("dell'arte", "arte"),
            ("museum's", "museum"),
            ("don't", "dont"),
            ("O'Brien", "obrien"),
            ("aujourd'hui", "aujourdhui"),
            ("Ёлка", "елка"),
            ("Μουσείο", "μουσειο"),
            ("مُتْحَف", "متحف"),
            ("أثار", "اثار"),
            ("Ｍｕｓｅｕｍ", "museum"),
            ("博物館", "博物館"),
            ("l'", "l"),
        ] {
            assert_eq!(forms("xx", word).0, expected, "{word}");
        }
    }

    #[test]
    fn a_stem_is_kept_beside_the_word_if_it_differs() {
        for (language, word, expected) in [
            ("en", "museum", vec![]),
            ("en", "museums", vec!["museum"]),
            ("en", "exhibitions", vec!["exhibit"]),
            ("fr", "expositions", vec!["exposit"]),
            ("de", "Häuser", vec!["haus"]),
            ("ru", "музеи", vec!["муз"]),
            ("xx", "museums", vec![]),
            ("en", "as", vec![]),
            ("en", "covid19s", vec![]),
        ] {
            assert_eq!(forms(language, word).1, expected, "{language} {word}");
        }
    }

    #[test]
    fn an_accented_word_shares_a_stem_with_itself_typed_without_accents() {
        let (_, accented) = forms("fr", "musées");
        let (exact, plain) = forms("fr", "musee");
        assert!(
            plain.iter().chain([&exact]).any(|form| accented.contains(form)),
            "{accented:?} {plain:?}"
        );
    }

    #[test]
    fn an_arabic_noun_is_found_with_and_without_article_and_small_words() {
        for (word, other) in [
            ("المخطوطات", "مخطوطات"),
            ("المكتبة", "مكتبات"),
            ("والآثار", "آثار"),
            ("للمتحف", "متحف"),
        ] {
            let all = |word| {
                let (exact, stems) = forms("ar", word);
                stems.into_iter().chain([exact]).collect::<Vec<_>>()
            };
            let others = all(other);
            assert!(all(word).iter().any(|form| others.contains(form)), "{word} {other}");
        }
    }

    #[test]
    fn a_full_vocabulary_forgets_what_it_does_not_meet_and_goes_on() {
        let mut vocabulary = Vocabulary::new(None);
        for number in 0..3 * WORDS_KEPT_MAX {
            vocabulary.learn(&format!("word{number}"));
            vocabulary.learn("Often");
            assert!(vocabulary.forms.len() + vocabulary.faded.len() <= 2 * WORDS_KEPT_MAX);
        }
        assert_eq!(vocabulary.of("Word1").exact, "word1");
        assert_eq!(vocabulary.of("Often").exact, "often");
        assert!(!vocabulary.faded.contains_key("word2") && !vocabulary.known.contains_key("word2"));
    }
}
