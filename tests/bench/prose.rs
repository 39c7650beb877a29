//! Made-up news: the same for the same seed, with words as rare and as common as in real news, so that what looks at words
//! (search, grouping, telling languages apart) has its usual work.

use std::fmt::Write as _;

/// Words that every text is full of; half of a text is made of them, as in real English.
const COMMON: &[&str] = &[
    "the", "of", "and", "to", "in", "a", "that", "for", "is", "on", "was", "with", "as", "by", "it", "at", "from",
    "its", "has", "be", "are", "have", "this", "an", "which", "will", "not", "their", "more", "who", "after", "been",
    "were", "about", "than", "one", "but", "new", "when", "had", "other", "also", "there", "first", "would", "into",
];
/// What rarer words are made of.
const SYLLABLES: &[&str] = &[
    "mu", "se", "ga", "le", "ri", "ex", "hi", "bit", "cu", "ra", "tor", "ar", "chi", "val", "con", "ser", "ve", "art",
    "his", "to", "ry", "col", "lec", "tion", "pa", "lace", "gar", "den", "fes", "ti", "mer", "ly", "ing", "ed",
    "stone", "ber", "win", "dow", "lo", "can", "dle", "mon", "pre", "sent", "ta", "ble", "nor", "eth", "wick", "ham",
];
/// How many rarer words there are.
const WORDS: u64 = 30_000;
/// How many names there are.
const NAMES: u64 = 4_000;

/// A source of made-up text.
#[derive(Debug)]
pub struct Prose(u64);

impl Prose {
    /// The text of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    /// A headline of six to eleven words.
    pub fn title(&mut self) -> String {
        let words = 6 + self.below(6);
        let mut title = self.name();
        for _ in 1..words {
            title.push(' ');
            title.push_str(&self.word());
        }
        title
    }

    /// Sentences of about `words` words together.
    pub fn sentences(&mut self, words: u64) -> String {
        let mut text = String::new();
        let mut left = words;
        while left > 0 {
            let length = (8 + self.below(15)).min(left);
            left -= length;
            let start = text.len();
            for place in 0..length {
                if place > 0 {
                    text.push(' ');
                }
                match self.below(24) {
                    0 | 1 => text.push_str(&self.name()),
                    2 if place > 0 => {
                        let number = self.below(3_000);
                        let _ = write!(text, "{number}");
                    }
                    _ => text.push_str(&self.word()),
                }
            }
            if let Some(first) = text.get(start..).and_then(|sentence| sentence.chars().next()) {
                text.replace_range(start..=start, &first.to_uppercase().to_string());
            }
            text.push_str(". ");
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// A word: common ones often, rare ones seldom.
    pub fn word(&mut self) -> String {
        if self.below(2) == 0 {
            let place = self.skewed(COMMON.len() as u64);
            return pick(COMMON, place).to_owned();
        }
        let number = self.skewed(WORDS);
        spelled(number, 2 + number % 2)
    }

    /// A name.
    pub fn name(&mut self) -> String {
        let number = self.skewed(NAMES);
        let mut name = spelled(number.wrapping_mul(7_919), 2);
        name.get_mut(..1).map(str::make_ascii_uppercase);
        name
    }

    /// A number below `end`, the small ones far oftener (about as Zipf found words to be).
    fn skewed(&mut self, end: u64) -> u64 {
        let room = self.below(end) + 1;
        self.below(room)
    }
}

fn spelled(number: u64, syllables: u64) -> String {
    let mut rest = number;
    let mut word = String::new();
    let all = SYLLABLES.len() as u64;
    for _ in 0..=syllables {
        word.push_str(pick(SYLLABLES, rest % all));
        rest /= all;
    }
    word
}

fn pick(words: &'static [&'static str], place: u64) -> &'static str {
    usize::try_from(place)
        .ok()
        .and_then(|place| words.get(place))
        .copied()
        .unwrap_or("and")
}
