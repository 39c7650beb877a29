//! What is kept of a text to find others that tell the same: a sketch of its phrases, and its marks.

use super::link::Link;
use super::reading::{self, Reading, hash_word, mix};
use super::text::Language;
use super::time::Timestamp;

/// Phrases in the sketch of a text: the lowest hashes of all (bottom-k MinHash).
const SKETCH_PHRASES: usize = 20;
/// Phrases in the sketch of a lead.
const LEAD_PHRASES: usize = 10;
/// Words after the title that make the lead, which outlets cut last.
const LEAD_WORDS: usize = 42;
/// Fewer phrases than this, where both sketches can be compared, prove little either way.
const PHRASES_TELLING: u8 = 4;
/// Marks kept of an article; those of its head first.
const MARKS_MAX: usize = 36;
/// Words in a phrase.
const PHRASE_WORDS: usize = 3;
/// Characters in a phrase, in scripts without spaces.
const PHRASE_CHARACTERS: usize = 5;
/// Words whose phrases are sketched: what comes later is background and boilerplate.
const SKETCH_WORDS: usize = 400;
/// Leads the written form; to be changed with anything that changes what a mark or a phrase is.
const VERSION: &str = "1:";
/// Numbers of the written form before sketch and marks.
const HEADER_NUMBERS: usize = 5;
/// Characters that write one number of 32 bits.
const NUMBER_CHARACTERS: usize = 5;
/// The first digit of the written form, to base 85; the others follow it in ASCII.
const DIGIT_ZERO: u8 = b'#';
const MILLIS_PER_MINUTE: i64 = 60_000;

/// What a mark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// A number of one digit.
    Digit = 0,
    /// A year of this or the last centuries.
    Year = 1,
    /// Any other number, by its value.
    Number = 2,
    /// A capitalised word that stands alone.
    Name = 3,
    /// Two capitalised words side by side; a long run of Han or Katakana.
    Pair = 4,
    /// A short quotation: mostly the title of a work.
    Quote = 5,
    /// A word of a script without capitals.
    Word = 6,
}

/// Something that sets an article apart. Three bits of kind, 28 of hash, one that says whether it stands in the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u32);

/// What is kept of an article to compare it with others: under 300 bytes, whatever the article's length.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    language: [u8; 3],
    /// Minutes since 1970; zero where not known.
    published: u32,
    host: u32,
    title: u32,
    /// How many different phrases there are.
    phrases: u16,
    /// Of title and text, in rising order.
    sketch: Box<[u32]>,
    /// Of the text's first words, in rising order.
    lead: Box<[u32]>,
    /// In rising order, each once.
    marks: Box<[Mark]>,
    /// The marks as they were spelled, in the same order; empty in features that were read back.
    spellings: Box<[String]>,
}

/// How much two articles share of their wording: part of the shorter one's phrases that the longer one holds, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextLikeness {
    /// Of title and text.
    pub whole: f32,
    /// Of the first words of the text alone.
    pub lead: f32,
}

impl Mark {
    pub(super) fn new(kind: Kind, hash: u64, head: bool) -> Self {
        let low = u32::try_from(hash & 0x0fff_ffff).unwrap_or(0);
        Self((kind as u32) << 29 | low << 1 | u32::from(head))
    }

    /// What kind of mark it is.
    pub fn kind(self) -> Kind {
        match self.0 >> 29 {
            0 => Kind::Digit,
            1 => Kind::Year,
            2 => Kind::Number,
            3 => Kind::Name,
            4 => Kind::Pair,
            5 => Kind::Quote,
            _ => Kind::Word,
        }
    }

    /// Whether it stands in the title or the first sentences.
    pub fn is_head(self) -> bool {
        self.0 & 1 == 1
    }

    /// The same for the same mark wherever it stands.
    pub fn identity(self) -> u32 {
        self.0 >> 1
    }
}

impl Features {
    /// Reads an article. `text` is plain; the summary where the page was not fetched; it may be empty.
    pub fn of(
        title: &str,
        text: &str,
        language: Option<&Language>,
        published: Option<Timestamp>,
        link: Option<&Link>,
    ) -> Self {
        let tag = language.map_or("", Language::as_str);
        let reading = Reading::of(title, text);
        let (phrases, sketch) = sketch_of(&reading, 0, SKETCH_WORDS, SKETCH_PHRASES);
        let (_, lead) = sketch_of(&reading, reading.title_words, LEAD_WORDS, LEAD_PHRASES);
        let (marks, spellings) = choose(reading.marks(tag));
        let minutes = published.map_or(0, |at| u32::try_from(at.millis() / MILLIS_PER_MINUTE).unwrap_or(0));
        let mut language = [0; 3];
        for (to, from) in language.iter_mut().zip(tag.bytes()) {
            *to = from;
        }
        Self {
            language,
            published: minutes,
            host: link.map_or(0, |link| short(hash_word(link.registrable_domain()))),
            title: short(title_hash(&reading)),
            phrases,
            sketch,
            lead,
            marks,
            spellings,
        }
    }

    /// The written form: text of a few hundred plain ASCII characters that begins with its version.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(VERSION.len() + (HEADER_NUMBERS + 64) * NUMBER_CHARACTERS);
        text.push_str(VERSION);
        let [a, b, c] = self.language;
        let marks = u8::try_from(self.marks.len()).unwrap_or(0);
        let sketch = u8::try_from(self.sketch.len()).unwrap_or(0);
        let lead = u8::try_from(self.lead.len()).unwrap_or(0);
        let [high, low] = self.phrases.to_be_bytes();
        let header = [
            u32::from_be_bytes([marks, a, b, c]),
            self.published,
            self.host,
            self.title,
            u32::from_be_bytes([lead, sketch, high, low]),
        ];
        let marks = self.marks.iter().map(|mark| mark.0);
        let phrases = self.sketch.iter().chain(&self.lead).copied();
        for number in header.into_iter().chain(phrases).chain(marks) {
            write_number(number, &mut text);
        }
        text
    }

    /// Reads what [`Features::to_text`] wrote. `None` for anything else and for other versions: read the article again then.
    pub fn from_text(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(VERSION)?.as_bytes();
        let most = HEADER_NUMBERS + SKETCH_PHRASES + LEAD_PHRASES + MARKS_MAX;
        if digits.len() % NUMBER_CHARACTERS != 0 || digits.len() > most * NUMBER_CHARACTERS {
            return None;
        }
        let numbers: Vec<u32> = digits
            .chunks(NUMBER_CHARACTERS)
            .map(read_number)
            .collect::<Option<_>>()?;
        let (&[first, published, host, title, last], rest) = numbers.split_first_chunk::<HEADER_NUMBERS>()?;
        let [marks, language @ ..] = first.to_be_bytes();
        let [lead, sketch, high, low] = last.to_be_bytes();
        let (sketch, rest) = rest.split_at_checked(usize::from(sketch))?;
        let (lead, rest) = rest.split_at_checked(usize::from(lead))?;
        let rises = |hashes: &[u32]| hashes.is_sorted_by(|a, b| a < b);
        let in_order = rises(sketch) && rises(lead) && rest.is_sorted_by(|a, b| a >> 1 < b >> 1);
        (in_order && rest.len() == usize::from(marks)).then(|| Self {
            language,
            published,
            host,
            title,
            phrases: u16::from_be_bytes([high, low]),
            sketch: sketch.into(),
            lead: lead.into(),
            marks: rest.iter().copied().map(Mark).collect(),
            spellings: Box::default(),
        })
    }

    /// The marks, in rising order of their identity.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// How a mark was spelled, by its place in [`Features::marks`]; `None` in features that were read back.
    pub fn spelling(&self, place: usize) -> Option<&str> {
        self.spellings.get(place).map(String::as_str)
    }

    /// The lowest hashes of the text's phrases, in rising order.
    pub fn sketch(&self) -> &[u32] {
        &self.sketch
    }

    /// The language's code, filled up with zeros; all zeros where not known.
    pub fn language(&self) -> [u8; 3] {
        self.language
    }

    /// When the source says it was published, to the minute.
    pub fn published(&self) -> Option<Timestamp> {
        (self.published > 0).then(|| Timestamp::from_millis(i64::from(self.published) * MILLIS_PER_MINUTE))
    }

    /// Whether both stand on sites of one registered domain.
    pub fn shares_site(&self, other: &Self) -> bool {
        self.host != 0 && self.host == other.host
    }

    /// Whether the titles are the same but for case, punctuation and what stands behind a bar (`title | site`).
    pub fn shares_title(&self, other: &Self) -> bool {
        self.title != 0 && self.title == other.title
    }

    /// How much of their wording the two share, estimated from the sketches: exact for texts of few phrases, and near the ends.
    pub fn text_likeness(&self, other: &Self) -> TextLikeness {
        TextLikeness {
            whole: contained(&self.sketch, &other.sketch, SKETCH_PHRASES),
            lead: contained(&self.lead, &other.lead, LEAD_PHRASES),
        }
    }

    /// The same without the spellings, which only a new article's reason needs.
    pub(super) fn without_spellings(&self) -> Self {
        Self {
            spellings: Box::default(),
            ..self.clone()
        }
    }
}

/// Counts the phrases of some words and keeps the lowest of their hashes.
fn sketch_of(reading: &Reading<'_>, from: usize, words: usize, most: usize) -> (u16, Box<[u32]>) {
    let size = if reading.is_unspaced() {
        PHRASE_CHARACTERS
    } else {
        PHRASE_WORDS
    };
    let rest = reading.words.get(from..).unwrap_or_default();
    let words = rest.get(..words).unwrap_or(rest);
    let phrase = |words: &[reading::Word<'_>]| short(words.iter().fold(0, |all, word| mix(all ^ word.hash)));
    let mut phrases: Vec<u32> = if words.len() < size && !words.is_empty() {
        vec![phrase(words)]
    } else {
        words.windows(size).map(phrase).collect()
    };
    phrases.sort_unstable();
    phrases.dedup();
    let count = u16::try_from(phrases.len()).unwrap_or(u16::MAX);
    phrases.truncate(most);
    (count, phrases.into_boxed_slice())
}

/// Part of the smaller set of phrases that the larger one holds. Only hashes under the highest of a full sketch are known of both.
fn contained(here: &[u32], there: &[u32], full: usize) -> f32 {
    let end = |sketch: &[u32]| {
        if sketch.len() < full {
            u32::MAX
        } else {
            sketch.last().copied().unwrap_or(0)
        }
    };
    let limit = end(here).min(end(there));
    let known = |sketch: &[u32]| u8::try_from(sketch.partition_point(|hash| *hash <= limit)).unwrap_or(0);
    let common = common(here, there, limit);
    let least = known(here).min(known(there)).max(PHRASES_TELLING);
    f32::from(common) / f32::from(least)
}

/// How many hashes up to `limit` both sketches hold. Both rise, so one walk along the two finds them all.
fn common(here: &[u32], there: &[u32], limit: u32) -> u8 {
    let mut theirs = there.iter().peekable();
    let mut common = 0;
    for hash in here.iter().take_while(|hash| **hash <= limit) {
        while theirs.next_if(|other| *other < hash).is_some() {}
        common += u8::from(theirs.next_if_eq(&hash).is_some());
    }
    common
}

/// Keeps each mark once and at most [`MARKS_MAX`]: those of the head first, then the telling kinds, then the early ones.
fn choose(mut found: Vec<reading::Found>) -> (Box<[Mark]>, Box<[String]>) {
    let rank = |mark: Mark| {
        let kind = match mark.kind() {
            Kind::Quote => 0_u8,
            Kind::Number | Kind::Pair => 1,
            Kind::Name => 2,
            Kind::Year | Kind::Word => 3,
            Kind::Digit => 4,
        };
        (!mark.is_head(), kind)
    };
    // Of equal marks the one in the head comes first and stays.
    found.sort_by_key(|found| (found.mark.identity(), !found.mark.is_head()));
    found.dedup_by_key(|found| found.mark.identity());
    found.sort_by_key(|found| (rank(found.mark), found.place));
    found.truncate(MARKS_MAX);
    found.sort_by_key(|found| found.mark.identity());
    let (marks, spellings): (Vec<_>, Vec<_>) = found.into_iter().map(|found| (found.mark, found.spelling)).unzip();
    (marks.into_boxed_slice(), spellings.into_boxed_slice())
}

fn title_hash(reading: &Reading<'_>) -> u64 {
    let words = reading.words.get(..reading.title_words).unwrap_or_default();
    words.iter().fold(0, |all, word| mix(all ^ word.hash))
}

fn short(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(0)
}

fn write_number(mut number: u32, text: &mut String) {
    let mut digits = [DIGIT_ZERO; NUMBER_CHARACTERS];
    for digit in digits.iter_mut().rev() {
        *digit += u8::try_from(number % 85).unwrap_or(0);
        number /= 85;
    }
    text.extend(digits.map(char::from));
}

fn read_number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| {
        let value = digit.checked_sub(DIGIT_ZERO).filter(|value| *value < 85)?;
        number.checked_mul(85)?.checked_add(u32::from(value))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TITLE: &str = "Corran Gallery lends its largest picture";
    const TEXT: &str = "The Corran Gallery will lend “A Winter Crossing” to the harbour museum in Leith for 1,200 days. \
        The picture, painted in 1871 by Edda Holm, is 6.5 metres wide and has never left the town. \
        Director Ana Ruiz said the roof above it had to be mended first. The lorry leaves on the first night of May.";

    fn features(title: &str, text: &str) -> Features {
        let link = Link::parse("https://news.example.org/a");
        let at = Timestamp::parse("2026-05-01T10:00:00Z");
        Features::of(title, text, Language::parse("en").as_ref(), at, link.as_ref())
    }

    #[test]
    fn what_two_sketches_share_is_what_a_search_for_each_hash_finds() {
        let sketch = |seed: u64, length: u64, span: u64| -> Vec<u32> {
            let mut hashes: Vec<u32> = (0..length)
                .filter_map(|place| u32::try_from(mix(seed ^ mix(place)) % span).ok())
                .collect();
            hashes.sort_unstable();
            hashes.dedup();
            hashes
        };
        for case in 0..2_000_u64 {
            let here = sketch(case, case % 21, 1 + case % 60);
            let there = sketch(!case, case / 7 % 21, 1 + case % 60);
            let limit = u32::try_from(case % 70).unwrap();
            let plainly = here
                .iter()
                .filter(|hash| **hash <= limit && there.contains(hash))
                .count();
            assert_eq!(
                usize::from(common(&here, &there, limit)),
                plainly,
                "{here:?} {there:?} {limit}"
            );
        }
    }

    #[test]
    fn features_are_written_in_few_characters_and_read_back() {
        let features = features(TITLE, TEXT);
        let text = features.to_text();
        assert!(text.len() < 400 && text.is_ascii(), "{text}");
        assert_eq!(Features::from_text(&text), Some(features.without_spellings()));
    }

    #[test]
    fn what_was_not_written_here_is_not_read() {
        let whole = features(TITLE, TEXT).to_text();
        for text in [
            "",
            "1",
            "1:",
            "2:#####",
            "1:####",
            "1:~~~~~",
            whole.get(..whole.len() - 5).unwrap(),
            &format!("{whole}#####"),
        ] {
            assert_eq!(Features::from_text(text), None, "{text}");
        }
    }

    #[test]
    fn wording_is_compared_by_what_the_shorter_text_shares() {
        let whole = features(TITLE, TEXT);
        let first = TEXT.split_inclusive(". ").next().unwrap();
        let framed = format!("LEITH – {TEXT} About us: we have cared for pictures since 1820.");
        for (what, other, at_least, at_most) in [
            ("itself", features(TITLE, TEXT), 1.0, 1.0),
            ("its first sentence", features(TITLE, first), 0.9, 1.0),
            ("framed", features(TITLE, &framed), 0.8, 1.0),
            (
                "another",
                features(
                    "Roof of the town hall leaks",
                    "It rained on the mayor for a week, and on his papers.",
                ),
                0.0,
                0.0,
            ),
        ] {
            let found = whole.text_likeness(&other).whole;
            assert!((at_least..=at_most).contains(&found), "{what}: {found}");
        }
    }

    #[test]
    fn a_number_survives_its_digits() {
        for number in [0, 1, 84, 85, 7_225, u32::MAX - 1, u32::MAX] {
            let mut text = String::new();
            write_number(number, &mut text);
            assert_eq!(
                (read_number(text.as_bytes()), text.len()),
                (Some(number), NUMBER_CHARACTERS)
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_has_features_that_can_be_stored(title in ".{0,80}", text in "\\PC{0,600}", tag in "[a-z]{2,3}") {
            let features = Features::of(&title, &text, Language::parse(&tag).as_ref(), None, None);
            let stored = features.to_text();
            prop_assert!(stored.len() < 400);
            prop_assert_eq!(Features::from_text(&stored), Some(features.without_spellings()));
        }

        #[test]
        fn any_stored_text_is_read_or_refused(text in "1:[#-w]{0,400}") {
            if let Some(features) = Features::from_text(&text) {
                prop_assert_eq!(features.to_text(), text);
            }
        }
    }
}
