//! Reading a text for what sets it apart: its words in order, and its marks (numbers, names, quoted titles).
//!
//! Nothing here knows a language's vocabulary but for the few particles that stand inside names. Scripts with capital letters give
//! names by their capitals, Japanese and Chinese by their runs of one script, others by their words.

use super::fingerprint::{Kind, Mark};
use super::script::{Shape, closes, digits_follow, is_letter, is_separator, narrow, opener, shape_of};

/// Words read of one text; what comes later is background and boilerplate.
const WORDS_MAX: usize = 1_200;
/// Words after the title that count as the head of an article: where news says what is new.
const HEAD_WORDS: usize = 60;
/// The same for scripts written without spaces, whose words are single characters here.
const HEAD_CHARACTERS: usize = 150;
/// The longest quotation taken for the title of a work, in words (single characters in scripts without spaces).
const QUOTE_WORDS_MAX: usize = 6;
/// As above, for scripts without spaces.
const QUOTE_CHARACTERS_MAX: usize = 14;
/// The longest run of Han characters taken for a name; longer ones are sentences.
const HAN_RUN_MAX: usize = 8;
/// Han pairs are mostly common words, yet many family names are pairs.
const HAN_RUN_MIN: usize = 2;
/// Runs of at least this many are names more often than not.
const NAME_RUN_MIN: usize = 4;
/// The shortest run of Katakana taken for a name.
const KATAKANA_RUN_MIN: usize = 3;
/// The shortest word taken as a mark in scripts that have no capitals.
const UNCASED_WORD_CHARS_MIN: usize = 2;
/// The longest spelling of a mark that is kept, in characters.
const SPELLING_CHARS_MAX: usize = 60;

/// Small words that stand inside names in the languages that write them so.
const PARTICLES: &[&str] = &[
    "of", "de", "del", "della", "delle", "degli", "dei", "di", "da", "do", "dos", "das", "du", "des", "van", "von",
    "der", "den", "la", "le", "les", "el", "al", "bin", "ter", "zu", "y", "e", "d", "l", "dell",
];
/// Languages that write every noun with a capital.
const NOUNS_CAPITAL: &[&str] = &["de", "lb"];

/// A word in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    text: &'a str,
    /// Of its folded letters.
    pub(super) hash: u64,
    shape: Shape,
    /// Begins a sentence, a line or a quotation: its capital says nothing.
    opens: bool,
    /// Nothing but space, hyphen or apostrophe stands between it and the word before.
    joined: bool,
}

/// The words of a title and a text, and the quotations among them.
#[derive(Debug, Default)]
pub(super) struct Reading<'a> {
    pub(super) words: Vec<Word<'a>>,
    /// How many of the words are the title's.
    pub(super) title_words: usize,
    /// First and last but one word of each short quotation.
    quotes: Vec<(usize, usize)>,
}

/// A mark as it was found, in the order of the text.
pub(super) struct Found {
    pub(super) mark: Mark,
    /// The first of its words, by its place in the reading.
    pub(super) place: usize,
    pub(super) spelling: String,
}

impl<'a> Reading<'a> {
    /// Reads `title`, then `text`, each from its beginning.
    pub(super) fn of(title: &'a str, text: &'a str) -> Self {
        let mut reading = Self::default();
        reading.take(without_site(title));
        reading.title_words = reading.words.len();
        reading.take(text);
        reading
    }

    /// Whether the text is mostly written without spaces.
    pub(super) fn is_unspaced(&self) -> bool {
        let single = self.words.iter().filter(|word| word.shape.is_single()).count();
        single * 2 > self.words.len()
    }

    /// The marks in the order of the text, each as often as it occurs.
    pub(super) fn marks(&self, language: &str) -> Vec<Found> {
        let nouns_capital = NOUNS_CAPITAL.contains(&language);
        let head = self.title_words
            + if self.is_unspaced() {
                HEAD_CHARACTERS
            } else {
                HEAD_WORDS
            };
        let seen = Seen::of(&self.words, nouns_capital);
        let mut marks = Vec::with_capacity(64);
        for &(from, to) in &self.quotes {
            let words = self.words.get(from..to).unwrap_or_default();
            marks.push(Found::of(Kind::Quote, words, from, head));
        }
        let skip = if !nouns_capital && self.has_title_case() {
            self.title_words
        } else {
            0
        };
        let mut at = 0;
        while let Some(word) = self.words.get(at) {
            at += match word.shape {
                Shape::Number => self.number(at, head, &mut marks),
                Shape::Capital if at < skip => 1,
                Shape::Capital => self.name(at, head, &seen, &mut marks),
                Shape::Han | Shape::Katakana => self.run(at, head, &mut marks),
                Shape::Uncased => self.uncased(at, head, &mut marks),
                Shape::Small | Shape::Single => 1,
            };
        }
        marks
    }

    /// Whether the title writes most words with a capital, as English headlines may: then its capitals say nothing,
    /// as long as there is a text that can say it.
    fn has_title_case(&self) -> bool {
        let (title, text) = self.words.split_at(self.title_words.min(self.words.len()));
        let long = title.iter().skip(1).filter(|word| word.text.len() >= 4);
        let (mut capital, mut small) = (0_usize, 0_usize);
        for word in long {
            capital += usize::from(word.shape == Shape::Capital);
            small += usize::from(word.shape == Shape::Small);
        }
        text.len() >= 20 && capital >= 4 && small * 4 <= capital
    }

    fn number(&self, at: usize, head: usize, marks: &mut Vec<Found>) -> usize {
        if let Some(word) = self.words.get(at) {
            marks.push(Found::of(number_kind(word.text), std::slice::from_ref(word), at, head));
        }
        1
    }

    /// A run of capitals: alone a name; together its first and its last two words, so that "Director Ana Ruiz" and "Ana Ruiz" share
    /// what they can, and a long name does not count for more than a short one.
    fn name(&self, at: usize, head: usize, seen: &Seen, marks: &mut Vec<Found>) -> usize {
        let mut run: Vec<(usize, Word<'a>)> = Vec::with_capacity(4);
        let mut next = at;
        while let Some(word) = self.words.get(next) {
            let follows = run.is_empty() || word.joined && !word.opens;
            if follows && word.shape == Shape::Capital {
                run.push((next, *word));
            } else if !(follows && word.shape == Shape::Small && seen.is_particle(word.text)) {
                break;
            }
            next += 1;
        }
        let run = run.get(usize::from(seen.drops_first(&run))..).unwrap_or_default();
        let mut pair = |words: &[(usize, Word<'a>)]| {
            if let [(place, first), (_, second)] = words {
                marks.push(Found::of(Kind::Pair, &[*first, *second], *place, head));
            }
        };
        match run {
            [] => {}
            [(place, word)] => {
                let kind = if seen.nouns_capital { Kind::Word } else { Kind::Name };
                marks.push(Found::of(kind, std::slice::from_ref(word), *place, head));
            }
            _ => {
                pair(run.get(..2).unwrap_or_default());
                if run.len() > 2 {
                    pair(run.get(run.len() - 2..).unwrap_or_default());
                }
            }
        }
        next.saturating_sub(at).max(1)
    }

    /// A run of Han or of Katakana.
    fn run(&self, at: usize, head: usize, marks: &mut Vec<Found>) -> usize {
        let rest = self.words.get(at..).unwrap_or_default();
        let Some(first) = rest.first() else { return 1 };
        let length = 1 + rest
            .iter()
            .skip(1)
            .take_while(|word| word.shape == first.shape && word.joined && !word.opens)
            .count();
        let is_name = match first.shape {
            Shape::Han => (HAN_RUN_MIN..=HAN_RUN_MAX).contains(&length),
            _ => length >= KATAKANA_RUN_MIN,
        };
        if is_name {
            let kind = if length >= NAME_RUN_MIN { Kind::Name } else { Kind::Word };
            marks.push(Found::of(kind, rest.get(..length).unwrap_or_default(), at, head));
        }
        length
    }

    fn uncased(&self, at: usize, head: usize, marks: &mut Vec<Found>) -> usize {
        if let Some(word) = self.words.get(at)
            && at < head
            && word.text.chars().nth(UNCASED_WORD_CHARS_MIN - 1).is_some()
        {
            marks.push(Found::of(Kind::Word, std::slice::from_ref(word), at, head));
        }
        1
    }

    fn take(&mut self, text: &'a str) {
        let mut gap = Gap {
            opens: true,
            joined: false,
        };
        let mut quote: Option<(char, usize)> = None;
        let mut before = ' ';
        let mut chars = text.char_indices().peekable();
        while let Some((start, c)) = chars.next() {
            if self.words.len() >= WORDS_MAX {
                break;
            }
            if !is_letter(c) {
                if let Some((closer, from)) = quote
                    && closes(c, closer, chars.peek().map(|(_, next)| *next))
                {
                    self.quote(from);
                    quote = None;
                } else if let Some(closer) = opener(c, before, chars.peek().map(|(_, next)| *next)) {
                    quote = Some((closer, self.words.len()));
                    gap.opens = true;
                }
                gap.see(c, before, self.words.last());
                before = c;
                continue;
            }
            let shape = shape_of(c);
            let mut end = start + c.len_utf8();
            if shape.is_single() {
                self.push(text.get(start..end).unwrap_or_default(), shape, gap);
            } else {
                let is_number = c.is_numeric();
                while let Some(&(at, next)) = chars.peek() {
                    let goes_on = is_letter(next) && !shape_of(next).is_single() && (next.is_numeric() || !is_number)
                        || is_number && is_separator(next) && digits_follow(text, at + next.len_utf8(), next);
                    if !goes_on {
                        break;
                    }
                    end = at + next.len_utf8();
                    chars.next();
                }
                self.push(text.get(start..end).unwrap_or_default(), shape, gap);
            }
            before = c;
            gap = Gap {
                opens: false,
                joined: true,
            };
        }
    }

    fn push(&mut self, text: &'a str, shape: Shape, gap: Gap) {
        let hash = if shape == Shape::Number {
            hash_number(text)
        } else {
            hash_word(text)
        };
        self.words.push(Word {
            text,
            hash,
            shape,
            opens: gap.opens,
            joined: gap.joined,
        });
    }

    fn quote(&mut self, from: usize) {
        let to = self.words.len();
        let words = self.words.get(from..to).unwrap_or_default();
        let unspaced = words.iter().all(|word| word.shape.is_single());
        let most = if unspaced {
            QUOTE_CHARACTERS_MAX
        } else {
            QUOTE_WORDS_MAX
        };
        let letters: usize = words.iter().map(|word| word.text.len()).sum();
        if !words.is_empty() && words.len() <= most && letters >= 4 {
            self.quotes.push((from, to));
        }
    }
}

impl Found {
    fn of(kind: Kind, words: &[Word<'_>], place: usize, head: usize) -> Self {
        let hash = words.iter().fold(0, |all, word| mix(all ^ word.hash));
        let unspaced = words.iter().all(|word| word.shape.is_single());
        let spelling: Vec<&str> = words.iter().map(|word| word.text).collect();
        let spelling = spelling.join(if unspaced { "" } else { " " });
        Self {
            mark: Mark::new(kind, hash, place < head),
            place,
            spelling: spelling.chars().take(SPELLING_CHARS_MAX).collect(),
        }
    }
}

/// What stood between two words.
#[derive(Clone, Copy)]
struct Gap {
    opens: bool,
    joined: bool,
}

impl Gap {
    fn see(&mut self, c: char, before: char, last: Option<&Word<'_>>) {
        match c {
            ' ' | '\u{a0}' | '\u{202f}' | '\t' | '-' | '‐' | '‑' | '\'' | '’' | '・' => {}
            // After an initial or a short form with a capital ("J.", "St.") the sentence goes on.
            '.' => {
                let is_short = last.is_some_and(|word| word.shape == Shape::Capital && word.text.chars().count() <= 2);
                self.opens |= !is_short && before != '.';
                self.joined &= is_short;
            }
            '!' | '?' | '…' | ':' | '。' | '！' | '？' | '：' | '\n' | '|' | '–' | '—' | '•' | '·' => {
                *self = Self {
                    opens: true,
                    joined: false,
                };
            }
            _ => self.joined = false,
        }
    }
}

/// Which words a text also writes small, and which with a capital where no rule asks for one.
struct Seen {
    small: Vec<u64>,
    inside: Vec<u64>,
    /// Whether the language writes every noun with a capital, so that a lone capital says little.
    nouns_capital: bool,
}

impl Seen {
    fn of(words: &[Word<'_>], nouns_capital: bool) -> Self {
        let hashes = |wanted: fn(&Word<'_>) -> bool| {
            let mut found: Vec<u64> = words.iter().filter(|word| wanted(word)).map(|word| word.hash).collect();
            found.sort_unstable();
            found
        };
        Self {
            small: hashes(|word| word.shape == Shape::Small),
            inside: hashes(|word| word.shape == Shape::Capital && !word.opens),
            nouns_capital,
        }
    }

    /// Whether the first word of a run has its capital only because a sentence begins there.
    fn drops_first(&self, run: &[(usize, Word<'_>)]) -> bool {
        run.first().is_some_and(|(_, word)| {
            let is_name = self.inside.binary_search(&word.hash).is_ok() || run.len() == 2 && !self.nouns_capital;
            word.opens && (self.small.binary_search(&word.hash).is_ok() || !is_name)
        })
    }

    fn is_particle(&self, text: &str) -> bool {
        PARTICLES.contains(&text) && (!self.nouns_capital || matches!(text, "von" | "zu" | "van" | "de"))
    }
}

/// The different words of a title, as sorted hashes.
pub(super) fn title_words(title: &str) -> Vec<u64> {
    let mut words: Vec<u64> = Reading::of(title, "").words.iter().map(|word| word.hash).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The longer part of a title with a bar in it: sites set their name behind the bar, or before it.
fn without_site(title: &str) -> &str {
    match title.rsplit_once(['|', '｜']) {
        Some((before, after)) if before.len() >= after.len() => before,
        Some((_, after)) => after,
        None => title,
    }
}

/// Spreads the bits of `value` (the finaliser of SplitMix64), the same on every machine and for ever.
pub(super) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A hash of `text` without regard to case and width (FNV-1a over the folded characters, then mixed).
pub(super) fn hash_word(text: &str) -> u64 {
    let step = |hash: u64, c: char| (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3);
    let folded = text.chars().fold(0xcbf2_9ce4_8422_2325, |hash, c| {
        if c.is_ascii() {
            step(hash, c.to_ascii_lowercase())
        } else {
            narrow(c).to_lowercase().fold(hash, step)
        }
    });
    mix(folded)
}

/// A hash of a number by its value: `1,150`, `1.150` and `1 150` are one; `9,4` and `9.4` are one.
fn hash_number(text: &str) -> u64 {
    let narrow: String = text.chars().map(narrow).collect();
    let groups: Vec<&str> = narrow.split(|c: char| !c.is_numeric()).collect();
    let (whole, rest) = groups.split_first().unwrap_or((&"", &[]));
    let thousands = rest.iter().all(|group| group.chars().count() == 3) && !whole.starts_with('0');
    let decimals = match rest {
        [decimals] if !thousands => decimals.trim_end_matches('0'),
        _ => "",
    };
    match rest {
        [_] if !thousands && decimals.is_empty() => hash_word(whole),
        [_] if !thousands => hash_word(&format!("{whole}.{decimals}")),
        _ => hash_word(&groups.join(if thousands { "" } else { "." })),
    }
}

fn number_kind(text: &str) -> Kind {
    let digits: Vec<char> = text.chars().filter(|c| c.is_numeric()).map(narrow).collect();
    match digits.as_slice() {
        ['1', '5'..='9', _, _] | ['2', '0', _, _] if digits.len() == text.chars().count() => Kind::Year,
        [_] => Kind::Digit,
        _ => Kind::Number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The spellings of all marks, each once, in order.
    fn marks(language: &str, title: &str, text: &str) -> Vec<String> {
        let mut spellings: Vec<String> = Vec::new();
        for found in Reading::of(title, text).marks(language) {
            if !spellings.contains(&found.spelling) {
                spellings.push(found.spelling);
            }
        }
        spellings
    }

    #[test]
    fn names_numbers_and_quoted_titles_are_the_marks_of_a_text() {
        for (language, text, expected) in [
            (
                "en",
                "The Corran Gallery has lent “A Winter Crossing” to Leith for 1,200 days, said director Ana Maria Ruiz.",
                vec![
                    "A Winter Crossing",
                    "Corran Gallery",
                    "Winter Crossing",
                    "Leith",
                    "1,200",
                    "Ana Maria",
                    "Maria Ruiz",
                ],
            ),
            (
                "en",
                "Ruiz spoke. Later, she met J. B. Ortega in Leith.",
                vec!["J B", "B Ortega", "Leith"],
            ),
            (
                "fr",
                "Le musée d'Orbel expose « Nuit claire » à Sainte-Luce.",
                vec!["Nuit claire", "Orbel", "Sainte Luce"],
            ),
            (
                "nl",
                "Het museum toont 'Stille nacht' in Den Oever, zegt Jan van Dalen.",
                vec!["Stille nacht", "Den Oever", "Jan Dalen"],
            ),
            (
                "de",
                "Das Haus zeigt bis Mai 340 Werke von Ilse Brandt.",
                vec!["Haus", "Mai", "340", "Werke Ilse", "Ilse Brandt"],
            ),
            (
                "ja",
                "「夜の橋」がポルトーの東雲美術館で34点公開される。",
                vec!["夜の橋", "ポルトー", "東雲美術館", "34", "点公開"],
            ),
            ("ko", "박물관이 문을 열었다", vec!["박물관이", "문을", "열었다"]),
        ] {
            assert_eq!(marks(language, "", text), expected, "{text}");
        }
    }

    #[test]
    fn capitals_of_a_headline_in_title_case_say_nothing_where_a_text_can() {
        let text = "The old customs house by the river has found a new owner, and the town of Leith may soon see its first \
                    museum of smuggling there, if the council agrees.";
        assert_eq!(
            marks("en", "Old Customs House May Become Museum Of Smuggling", text),
            ["Leith"]
        );
    }

    #[test]
    fn a_number_is_known_by_its_value() {
        for (a, b, same) in [
            ("1,150", "1.150", true),
            ("1 150", "1150", false),
            ("1\u{a0}150", "1150", true),
            ("1’150", "1150", true),
            ("9,4", "9.4", true),
            ("9.40", "9,4", true),
            ("１２０", "120", true),
            ("9,4", "94", false),
            ("0,125", "125", false),
            ("1,150,000", "1.150.000", true),
        ] {
            let hash = |text| Reading::of(text, "").words.first().map(|word| word.hash);
            assert_eq!(hash(a) == hash(b), same, "{a} {b}");
        }
    }

    #[test]
    fn an_apostrophe_opens_and_closes_no_quotation_inside_a_word() {
        for (text, expected) in [
            ("the museum's 'open store' isn't new", vec!["open store"]),
            ("l'atelier d'été n'est pas «l'autre atelier»", vec!["l autre atelier"]),
            (
                "das „offene Depot“ und »Stille Tage« und \"Licht und Salz\"",
                vec!["offene Depot", "Stille Tage", "Licht und Salz"],
            ),
            (
                "“a long sentence that somebody said and that is no title of any work”",
                vec![],
            ),
            ("an “unclosed quotation", vec![]),
        ] {
            let reading = Reading::of("", text);
            let quotes: Vec<String> = reading
                .marks("")
                .into_iter()
                .filter(|found| found.mark.kind() == Kind::Quote)
                .map(|found| found.spelling)
                .collect();
            assert_eq!(quotes, expected, "{text}");
        }
    }

    #[test]
    fn a_title_is_read_without_the_name_of_its_site() {
        let own = title_words("Roof of the Corran Gallery leaks");
        for title in [
            "Roof of the Corran Gallery leaks | Leith Post",
            "Leith Post | Roof of the Corran Gallery leaks",
            "Roof of the Corran Gallery leaks",
        ] {
            assert_eq!(title_words(title), own, "{title}");
        }
    }

    #[test]
    fn a_text_without_end_is_read_to_a_limit() {
        let text = "word ".repeat(50_000);
        assert_eq!(Reading::of("", &text).words.len(), WORDS_MAX);
    }
}
