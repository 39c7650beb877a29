//! The recent articles in memory, and which of them a new one may belong with.

use std::collections::{BTreeSet, HashMap};

use super::fingerprint::{Features, Kind, Mark, TextLikeness};
use super::reading::mix;
use super::recognise::ArticleId;
use super::story::StoryId;
use super::time::Timestamp;

/// Articles held at most; the oldest goes when another comes. Slots are numbers of 16 bits.
const ARTICLES_MAX: usize = 60_000;
/// Lists that look-ups are spread over; a power of two.
const LISTS: usize = 1 << 17;
/// Counters of how often marks occur; a power of two, enough that rare marks seldom share one.
const COUNTERS: usize = 1 << 21;
/// The lowest hashes of a sketch by which articles are looked up.
const PHRASES_LOOKED_UP: usize = 8;
/// Places in lists read for one article; its commonest marks are left out beyond that.
const PLACES_READ_MAX: usize = 5_000;
/// Candidates compared in full, the likeliest first.
const CANDIDATES_MAX: usize = 32;
/// A language is never taken to have fewer articles than this, lest everything be common at the start.
const ARTICLES_ASSUMED: f32 = 60.0;
/// Dates further ahead than this, and those before 1990, are mistakes and say nothing.
const AHEAD_MINUTES_MAX: i64 = 2 * 24 * 60;
const YEAR_1990_MILLIS: i64 = 631_152_000_000;
const MILLIS_PER_DAY: u64 = 86_400_000;

/// The recent articles, looked up by their phrases and marks.
#[derive(Debug)]
pub struct Neighbours {
    /// Indexed by slot; `None` where free.
    known: Vec<Option<Known>>,
    free: Vec<u16>,
    slots: HashMap<ArticleId, u16>,
    by_age: BTreeSet<(Timestamp, u16)>,
    lists: Box<[Vec<Place>]>,
    counters: Box<[u16]>,
    languages: HashMap<[u8; 3], u32>,
}

/// An article that may tell the same as another, and how the two compare.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The known article.
    pub article: ArticleId,
    /// The story it is in.
    pub story: StoryId,
    /// How it compares with the article that is placed.
    pub likeness: Likeness,
}

/// How two articles compare. Weights are 1 for a mark that stands in no other article, less for commoner ones.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an observation of its own; no state is made of them"
)]
pub struct Likeness {
    /// Their wording.
    pub text: TextLikeness,
    /// Weight of the marks that both have.
    pub shared: f32,
    /// That weight in proportion to all marks of the one that has less.
    pub cover: f32,
    /// Weight of the marks of the one that has less.
    pub least: f32,
    /// Part of the marks at the head of the new article that the known one has, by weight.
    pub head_here: f32,
    /// Part of the marks at the head of the known article that the new one has, by weight.
    pub head_there: f32,
    /// How many numbers, pairs and quotations both have.
    pub telling: u8,
    /// Whether both have numbers or quotations and share none of them.
    pub clash: bool,
    /// Days between their dates, where both have one that can be.
    pub days_apart: Option<u16>,
    /// Whether both stand on one site.
    pub same_site: bool,
    /// Whether both have the same title.
    pub same_title: bool,
    /// Whether both are known to be in one language.
    pub same_language: bool,
    /// Places of the shared marks among those of the new article, the most telling first.
    pub marks: Vec<u8>,
}

#[derive(Debug)]
struct Known {
    article: ArticleId,
    story: StoryId,
    at: Timestamp,
    features: Features,
}

/// One article in one list. The tag tells keys apart that share the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    slot: u16,
    tag: u16,
}

#[derive(Clone, Copy)]
struct Key(u64);

/// The natural logarithm of how many articles there are.
#[derive(Clone, Copy)]
struct LogArticles(f32);

impl Default for Neighbours {
    fn default() -> Self {
        Self {
            known: Vec::new(),
            free: Vec::new(),
            slots: HashMap::new(),
            by_age: BTreeSet::new(),
            lists: vec![Vec::new(); LISTS].into_boxed_slice(),
            counters: vec![0; COUNTERS].into_boxed_slice(),
            languages: HashMap::new(),
        }
    }
}

impl Neighbours {
    /// How many articles are held.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Takes in an article found at `at`, in place of what was held of it. The one found earliest goes if there are too many.
    pub fn put(&mut self, article: ArticleId, story: StoryId, features: &Features, at: Timestamp) {
        self.forget(article);
        if self.slots.len() >= ARTICLES_MAX
            && let Some(oldest) = self
                .by_age
                .first()
                .and_then(|(_, slot)| self.at(*slot))
                .map(|known| known.article)
        {
            self.forget(oldest);
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.known.push(None);
            u16::try_from(self.known.len() - 1).expect("there are fewer slots than 65,536: ARTICLES_MAX")
        });
        for key in keys(features) {
            if let Some(list) = self.lists.get_mut(key.list()) {
                list.push(key.place(slot));
            }
        }
        for mark in features.marks() {
            self.count(Key::of_mark(*mark, features.language()), 1);
        }
        *self.languages.entry(features.language()).or_default() += 1;
        self.slots.insert(article, slot);
        self.by_age.insert((at, slot));
        if let Some(place) = self.known.get_mut(usize::from(slot)) {
            *place = Some(Known {
                article,
                story,
                at,
                features: features.without_spellings(),
            });
        }
    }

    /// Lets go of an article, if it is held.
    pub fn forget(&mut self, article: ArticleId) {
        let Some(slot) = self.slots.remove(&article) else {
            return;
        };
        let Some(known) = self.known.get_mut(usize::from(slot)).and_then(Option::take) else {
            return;
        };
        for key in keys(&known.features) {
            if let Some(list) = self.lists.get_mut(key.list())
                && let Some(place) = list.iter().position(|place| *place == key.place(slot))
            {
                list.swap_remove(place);
            }
        }
        for mark in known.features.marks() {
            self.count(Key::of_mark(*mark, known.features.language()), -1);
        }
        if let Some(count) = self.languages.get_mut(&known.features.language()) {
            *count = count.saturating_sub(1);
        }
        self.by_age.remove(&(known.at, slot));
        self.free.push(slot);
    }

    /// Notes that an article is now in another story.
    pub fn move_to_story(&mut self, article: ArticleId, story: StoryId) {
        if let Some(slot) = self.slots.get(&article)
            && let Some(Some(known)) = self.known.get_mut(usize::from(*slot))
        {
            known.story = story;
        }
    }

    /// The articles that may tell the same as one found at `at`, the likeliest first.
    pub fn candidates(&self, article: &Features, at: Timestamp) -> Vec<Candidate> {
        let weights = self.weights(article);
        let mut found: Vec<Candidate> = self
            .look_up(article, &weights)
            .into_iter()
            .filter_map(|slot| self.at(slot))
            .map(|known| Candidate {
                article: known.article,
                story: known.story,
                likeness: self.liken(article, &weights, &known.features, at),
            })
            .collect();
        let rank = |found: &Candidate| found.likeness.text.whole + found.likeness.shared;
        found.sort_by(|a, b| rank(b).total_cmp(&rank(a)).then(a.article.cmp(&b.article)));
        found
    }

    fn at(&self, slot: u16) -> Option<&Known> {
        self.known.get(usize::from(slot))?.as_ref()
    }

    /// Slots of the articles that share most of what is rare, at most [`CANDIDATES_MAX`].
    fn look_up(&self, article: &Features, weights: &[f32]) -> Vec<u16> {
        let articles = self.articles_of(article.language());
        let phrases = article.sketch().iter().take(PHRASES_LOOKED_UP).map(|phrase| {
            let key = Key::of_phrase(*phrase);
            (key, rarity(self.count_of(key), articles))
        });
        let mut marks: Vec<(Key, f32)> = article
            .marks()
            .iter()
            .zip(weights)
            .map(|(mark, weight)| (Key::of_mark(*mark, article.language()), *weight))
            .collect();
        marks.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let mut scores = vec![0.0_f32; self.known.len()];
        let mut touched: Vec<u16> = Vec::with_capacity(1024);
        let mut read = 0;
        for (key, weight) in phrases.chain(marks) {
            let list = self.lists.get(key.list()).map_or(&[][..], Vec::as_slice);
            if read + list.len() > PLACES_READ_MAX {
                continue;
            }
            read += list.len();
            for place in list.iter().filter(|place| place.tag == key.tag()) {
                if let Some(score) = scores.get_mut(usize::from(place.slot)) {
                    if *score == 0.0 {
                        touched.push(place.slot);
                    }
                    *score += weight;
                }
            }
        }
        let score = |slot: u16| scores.get(usize::from(slot)).copied().unwrap_or(0.0);
        let age = |slot: u16| self.at(slot).map(|known| known.article);
        let order = |a: &u16, b: &u16| score(*b).total_cmp(&score(*a)).then_with(|| age(*a).cmp(&age(*b)));
        if touched.len() > CANDIDATES_MAX {
            touched.select_nth_unstable_by(CANDIDATES_MAX, order);
            touched.truncate(CANDIDATES_MAX);
        }
        touched
    }

    fn liken(&self, here: &Features, weights: &[f32], there: &Features, at: Timestamp) -> Likeness {
        let same_language = here.language() == there.language() && here.language() != [0; 3];
        let mut sums = Sums::default();
        let articles = self.articles_of(there.language());
        let mut theirs = there.marks().iter().peekable();
        for (place, (mark, weight)) in here.marks().iter().zip(weights).enumerate() {
            while let Some(other) = theirs.next_if(|other| other.identity() < mark.identity()) {
                sums.there(*other, self.weight(*other, there.language(), articles));
            }
            match theirs.next_if(|other| other.identity() == mark.identity()) {
                Some(other) => sums.both(*mark, *other, *weight, place),
                None => sums.here(*mark, *weight),
            }
        }
        for other in theirs {
            sums.there(*other, self.weight(*other, there.language(), articles));
        }
        sums.marks.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let least = sums.all_here.min(sums.all_there);
        Likeness {
            text: here.text_likeness(there),
            shared: sums.shared,
            cover: part(sums.shared, least),
            least,
            head_here: part(sums.head_here_shared, sums.head_here),
            head_there: part(sums.head_there_shared, sums.head_there),
            telling: sums.telling,
            clash: sums.only_here > 0 && sums.only_there > 0 && sums.facts_shared == 0,
            days_apart: days_apart(here, there, at),
            same_site: here.shares_site(there),
            same_title: here.shares_title(there),
            same_language,
            marks: sums
                .marks
                .into_iter()
                .filter_map(|(_, place)| u8::try_from(place).ok())
                .collect(),
        }
    }

    fn weights(&self, article: &Features) -> Vec<f32> {
        let articles = self.articles_of(article.language());
        article
            .marks()
            .iter()
            .map(|mark| self.weight(*mark, article.language(), articles))
            .collect()
    }

    /// How much a mark tells: by its kind, and by how rare it is among the articles of its language.
    fn weight(&self, mark: Mark, language: [u8; 3], articles: LogArticles) -> f32 {
        let of_kind = match mark.kind() {
            Kind::Digit => 0.3,
            Kind::Word => 0.15,
            Kind::Year => 0.6,
            Kind::Name => 0.8,
            Kind::Number | Kind::Pair => 1.0,
            Kind::Quote => 1.2,
        };
        let counter = self
            .counters
            .get(Key::of_mark(mark, language).counter())
            .copied()
            .unwrap_or(0);
        of_kind * rarity(counter, articles)
    }

    /// How many articles of a language there are: looked up once for an article, not for each of its marks.
    fn articles_of(&self, language: [u8; 3]) -> LogArticles {
        let articles = self.languages.get(&language).copied().unwrap_or(0);
        #[expect(
            clippy::cast_precision_loss,
            reason = "there are fewer articles than a float holds exactly: ARTICLES_MAX"
        )]
        let articles = articles as f32 + ARTICLES_ASSUMED;
        LogArticles(articles.ln())
    }

    fn count_of(&self, key: Key) -> u16 {
        let list = self.lists.get(key.list()).map_or(&[][..], Vec::as_slice);
        let count = list.iter().filter(|place| place.tag == key.tag()).count();
        u16::try_from(count).unwrap_or(u16::MAX)
    }

    fn count(&mut self, key: Key, by: i16) {
        if let Some(counter) = self.counters.get_mut(key.counter()) {
            *counter = counter.saturating_add_signed(by);
        }
    }
}

impl Key {
    fn of_phrase(phrase: u32) -> Self {
        Self(mix(u64::from(phrase) | 1 << 63))
    }

    /// Marks of two languages have nothing to do with each other, even where they are spelled alike.
    fn of_mark(mark: Mark, [a, b, c]: [u8; 3]) -> Self {
        Self(mix(
            u64::from(mark.identity()) | u64::from(u32::from_be_bytes([0, a, b, c])) << 32
        ))
    }

    fn list(self) -> usize {
        low_bits(self.0, LISTS)
    }

    fn counter(self) -> usize {
        low_bits(self.0 >> 17, COUNTERS)
    }

    fn tag(self) -> u16 {
        u16::try_from(self.0 >> 48).unwrap_or(0)
    }

    fn place(self, slot: u16) -> Place {
        Place { slot, tag: self.tag() }
    }
}

/// What adds up while the marks of two articles are laid side by side.
#[derive(Default)]
struct Sums {
    shared: f32,
    all_here: f32,
    all_there: f32,
    head_here: f32,
    head_here_shared: f32,
    head_there: f32,
    head_there_shared: f32,
    telling: u8,
    facts_shared: u8,
    only_here: u8,
    only_there: u8,
    marks: Vec<(f32, usize)>,
}

impl Sums {
    fn both(&mut self, here: Mark, there: Mark, weight: f32, place: usize) {
        self.shared += weight;
        self.all_here += weight;
        self.all_there += weight;
        if here.is_head() {
            self.head_here += weight;
            self.head_here_shared += weight;
        }
        if there.is_head() {
            self.head_there += weight;
            self.head_there_shared += weight;
        }
        self.telling += u8::from(matches!(here.kind(), Kind::Number | Kind::Pair | Kind::Quote));
        self.facts_shared += u8::from(is_fact(here));
        self.marks.push((weight, place));
    }

    fn here(&mut self, mark: Mark, weight: f32) {
        self.all_here += weight;
        self.head_here += if mark.is_head() { weight } else { 0.0 };
        self.only_here += u8::from(is_fact(mark));
    }

    fn there(&mut self, mark: Mark, weight: f32) {
        self.all_there += weight;
        self.head_there += if mark.is_head() { weight } else { 0.0 };
        self.only_there += u8::from(is_fact(mark));
    }
}

fn is_fact(mark: Mark) -> bool {
    matches!(mark.kind(), Kind::Number | Kind::Quote)
}

fn keys(features: &Features) -> impl Iterator<Item = Key> {
    let language = features.language();
    let phrases = features
        .sketch()
        .iter()
        .take(PHRASES_LOOKED_UP)
        .map(|phrase| Key::of_phrase(*phrase));
    let marks = features.marks().iter().filter(|mark| mark.kind() != Kind::Digit);
    phrases.chain(marks.map(move |mark| Key::of_mark(*mark, language)))
}

/// 1 for what stands in one article, 0 for what stands in every one of its language.
fn rarity(count: u16, LogArticles(articles): LogArticles) -> f32 {
    if count <= 1 {
        return 1.0;
    }
    (1.0 - f32::from(count).ln() / articles).max(0.0)
}

fn part(some: f32, all: f32) -> f32 {
    if all > 0.0 { some / all } else { 0.0 }
}

fn low_bits(value: u64, power_of_two: usize) -> usize {
    usize::try_from(value & (power_of_two as u64 - 1)).unwrap_or(0)
}

fn days_apart(here: &Features, there: &Features, at: Timestamp) -> Option<u16> {
    let latest = at.millis().saturating_add(AHEAD_MINUTES_MAX * 60_000);
    let can_be = |date: &Timestamp| (YEAR_1990_MILLIS..=latest).contains(&date.millis());
    let here = here.published().filter(can_be)?;
    let there = there.published().filter(can_be)?;
    u16::try_from(here.millis().abs_diff(there.millis()) / MILLIS_PER_DAY).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::Language;

    fn features(title: &str, text: &str) -> Features {
        Features::of(title, text, Language::parse("en").as_ref(), None, None)
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::parse("2026-05-01T10:00:00Z")
            .unwrap()
            .plus(std::time::Duration::from_secs(86_400 * day.unsigned_abs()))
    }

    fn release() -> Features {
        let text = "The Corran Gallery will lend “A Winter Crossing” to Leith for 1,200 days, said director Ana Ruiz.";
        features("Corran Gallery lends its largest picture", text)
    }

    #[test]
    fn an_article_finds_those_that_share_what_is_rare() {
        let mut neighbours = Neighbours::default();
        neighbours.put(ArticleId(1), StoryId(10), &release(), day(0));
        neighbours.put(
            ArticleId(2),
            StoryId(20),
            &features("Rain", "The town hall of Port Allis leaks in 14 places."),
            day(0),
        );
        let found: Vec<ArticleId> = neighbours
            .candidates(&release(), day(1))
            .iter()
            .map(|found| found.article)
            .collect();
        assert_eq!(found, [ArticleId(1)]);
    }

    #[test]
    fn an_article_that_is_forgotten_leaves_nothing_behind() {
        let mut neighbours = Neighbours::default();
        neighbours.put(ArticleId(1), StoryId(10), &release(), day(0));
        neighbours.forget(ArticleId(1));
        neighbours.forget(ArticleId(1));
        assert!(neighbours.is_empty() && neighbours.candidates(&release(), day(1)).is_empty());
        assert!(neighbours.lists.iter().all(Vec::is_empty) && neighbours.counters.iter().all(|count| *count == 0));
    }

    #[test]
    fn an_article_that_comes_again_is_held_once_with_its_new_text() {
        let mut neighbours = Neighbours::default();
        neighbours.put(
            ArticleId(1),
            StoryId(10),
            &features("Rain", "The town hall of Port Allis leaks in 14 places."),
            day(0),
        );
        neighbours.put(ArticleId(1), StoryId(10), &release(), day(1));
        assert_eq!(
            (neighbours.len(), neighbours.candidates(&release(), day(1)).len()),
            (1, 1)
        );
    }

    #[test]
    fn a_candidate_is_in_the_story_it_was_moved_to() {
        let mut neighbours = Neighbours::default();
        neighbours.put(ArticleId(1), StoryId(10), &release(), day(0));
        neighbours.move_to_story(ArticleId(1), StoryId(11));
        neighbours.move_to_story(ArticleId(2), StoryId(11));
        assert_eq!(
            neighbours
                .candidates(&release(), day(1))
                .first()
                .map(|found| found.story),
            Some(StoryId(11))
        );
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let mut neighbours = Neighbours::default();
        let nothing = features("", "");
        neighbours.put(ArticleId(-1), StoryId(0), &release(), day(0));
        for article in 0..ARTICLES_MAX {
            neighbours.put(ArticleId(i64::try_from(article).unwrap()), StoryId(0), &nothing, day(1));
        }
        assert_eq!(neighbours.len(), ARTICLES_MAX);
        assert!(neighbours.candidates(&release(), day(1)).is_empty());
    }

    #[test]
    fn a_rarity_is_what_its_two_logarithms_give() {
        for articles in [60.0_f32, 61.0, 1_000.0, 60_060.0] {
            for count in [0, 1, 2, 3, 59, 60, 61, 1_000, u16::MAX] {
                let plainly = (1.0 - f32::from(count).max(1.0).ln() / articles.ln()).max(0.0);
                let rarity = rarity(count, LogArticles(articles.ln()));
                assert_eq!(rarity.to_bits(), plainly.to_bits(), "{count} of {articles}");
            }
        }
    }

    #[test]
    fn a_mark_weighs_less_the_more_articles_have_it() {
        let mut neighbours = Neighbours::default();
        let article = release();
        let before: f32 = neighbours.weights(&article).iter().sum();
        for id in 0..20 {
            neighbours.put(ArticleId(id), StoryId(id), &article, day(0));
        }
        let after: f32 = neighbours.weights(&article).iter().sum();
        assert!(after < before * 0.5, "{before} {after}");
    }

    #[test]
    fn dates_that_cannot_be_are_no_distance() {
        let dated = |date: &str| Features::of("", "", None, Timestamp::parse(date), None);
        let now = day(0);
        for (a, b, expected) in [
            ("2026-04-28T10:00:00Z", "2026-05-01T09:00:00Z", Some(2)),
            ("2026-05-01T09:00:00Z", "2026-04-28T10:00:00Z", Some(2)),
            ("1970-01-01T00:00:00Z", "2026-05-01T09:00:00Z", None),
            ("2027-05-01T09:00:00Z", "2026-05-01T09:00:00Z", None),
            ("", "2026-05-01T09:00:00Z", None),
        ] {
            assert_eq!(days_apart(&dated(a), &dated(b), now), expected, "{a} {b}");
        }
    }
}
