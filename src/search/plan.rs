//! A [`Query`](super::Query) into what Tantivy runs, for the index as it is.

use std::collections::HashMap;
use std::ops::Bound;

use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, ExistsQuery, Occur, PhraseQuery, Query as Search,
    RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{TantivyError, Term};

use super::fold::{Stemming, Vocabulary, sought};
use super::index::View;
use super::query::{Form, Order, Part, Picked, Query, Text, What};
use super::schema::{Fields, PICKED};
use super::tokens::{Words, is_han, is_paired, is_unspaced, pairs};

/// How much a word in the headline weighs beside one elsewhere.
const TITLE_BOOST: f32 = 2.0;

/// The words looked at for one beginning of a word, in each segment.
const PREFIX_SCAN_MAX: usize = 2_000;

/// Of those, the most frequent that are looked for.
const PREFIX_TERMS_MAX: usize = 50;

type Found<T> = Result<T, TantivyError>;

/// What to run.
pub(super) struct Plan {
    /// All that was asked for.
    pub(super) strict: Box<dyn Search>,
    /// Half of the words at least, for when nothing has them all. `None` for a search of one word or none.
    pub(super) loose: Option<Box<dyn Search>>,
}

/// Plans `query` for the index in `view`.
pub(super) fn plan(query: &Query, view: &View, fields: &Fields) -> Found<Plan> {
    let mut planner = Planner {
        view,
        fields,
        scoring: query.order() == Order::Relevance,
        plain: Vocabulary::new(None),
        vocabularies: stemmings(query, view)
            .map(|stemming| Vocabulary::new(Some(stemming)))
            .collect(),
    };
    let mut wanted = Vec::new();
    let mut lift = Vec::new();
    for what in query.having(false) {
        if let Some(texts) = texts(what) {
            wanted.push(planner.either(texts)?);
            for text in texts {
                lift.extend(planner.lift(text)?.map(|lift| (Occur::Should, lift)));
            }
        }
    }
    let mut frame = planner.frame(query)?;
    frame.extend(lift);
    let loose = (wanted.len() > 1).then(|| {
        let some = BooleanQuery::union_with_minimum_required_clauses(boxes(&wanted), wanted.len().div_ceil(2));
        all(boxes_of(&frame)
            .chain([(Occur::Must, Box::new(some) as Box<dyn Search>)])
            .collect())
    });
    let strict = all(frame
        .into_iter()
        .chain(wanted.into_iter().map(|wish| (Occur::Must, wish)))
        .collect());
    Ok(Plan { strict, loose })
}

/// The stemmers that the words of `query` go through: of the languages asked for, else of all in the index.
fn stemmings<'a>(query: &Query, view: &'a View) -> impl Iterator<Item = Stemming> + use<'a> {
    let mut asked = false;
    let mut wanted = Vec::new();
    for what in query.having(false) {
        if let What::Language(language) = what {
            asked = true;
            wanted.extend(Stemming::of(language));
        }
    }
    view.stemmings
        .iter()
        .copied()
        .filter(move |stemming| !asked || wanted.contains(stemming))
}

fn texts(what: &What) -> Option<&[Text]> {
    match what {
        What::Text(text) => Some(std::slice::from_ref(text)),
        What::Either(texts) => Some(texts),
        _ => None,
    }
}

struct Planner<'a> {
    view: &'a View,
    fields: &'a Fields,
    scoring: bool,
    plain: Vocabulary,
    vocabularies: Vec<Vocabulary>,
}

impl Planner<'_> {
    /// All wishes but those for words: they choose stories and do not weigh them.
    fn frame(&mut self, query: &Query) -> Found<Vec<(Occur, Box<dyn Search>)>> {
        let mut frame = Vec::new();
        for same in [is_source, is_list, is_topic, is_language] {
            let mut any = Vec::new();
            for what in query.having(false).filter(|what| same(what)) {
                any.extend(self.filter(what)?);
            }
            if !any.is_empty() {
                frame.push((Occur::Must, weightless(union(any))));
            }
        }
        let alone = |what: &&What| {
            ![is_source, is_list, is_topic, is_language]
                .iter()
                .any(|same| same(what))
        };
        for what in query.having(false).filter(alone) {
            frame.extend(self.filter(what)?.map(|filter| (Occur::Must, weightless(filter))));
        }
        for what in query.having(true) {
            let filter = match texts(what) {
                Some(texts) => Some(self.either(texts)?),
                None => self.filter(what)?,
            };
            frame.extend(filter.map(|filter| (Occur::MustNot, unwanted(filter))));
        }
        Ok(frame)
    }

    /// What a wish that is not for words asks for.
    fn filter(&mut self, what: &What) -> Found<Option<Box<dyn Search>>> {
        let fields = self.fields;
        let filter = match what {
            What::Text(_) | What::Either(_) => return Ok(None),
            What::Source(source) => self.source(source)?,
            What::List(list) => term(Term::from_field_text(fields.list, &list.to_lowercase())),
            What::Topic(topic) => term(Term::from_field_text(fields.topic, &topic.to_lowercase())),
            What::Language(language) => term(Term::from_field_text(fields.language, language.as_str())),
            What::Link(link) => term(Term::from_field_text(fields.link, &link.identity())),
            What::Since(start, _) => range(fields.date, Bound::Included(start.millis()), Bound::Unbounded),
            What::Before(end, _) => range(fields.date, Bound::Unbounded, Bound::Excluded(end.millis())),
            What::Picked(Picked::Within(start, end, _)) => range(
                fields.picked,
                Bound::Included(start.millis()),
                Bound::Excluded(end.millis()),
            ),
            What::Picked(Picked::Yes) => Box::new(ExistsQuery::new(PICKED.to_owned(), false)),
            What::Picked(Picked::No) => all(vec![(
                Occur::MustNot,
                Box::new(ExistsQuery::new(PICKED.to_owned(), false)) as Box<dyn Search>,
            )]),
        };
        Ok(Some(filter))
    }

    /// The source of that slug; where there is none, those whose name has these words.
    fn source(&mut self, source: &str) -> Found<Box<dyn Search>> {
        let slug = Term::from_field_text(self.fields.source, &source.to_lowercase());
        if self.is_known(&slug)? {
            return Ok(term(slug));
        }
        let words = self.exact(source);
        match words.as_slice() {
            [(_, word)] => self.prefix(self.fields.source_name, word),
            words => Ok(phrase(self.fields.source_name, words)),
        }
    }

    fn either(&mut self, texts: &[Text]) -> Found<Box<dyn Search>> {
        let mut any = Vec::new();
        for text in texts {
            any.push(self.text(text)?);
        }
        Ok(union(any))
    }

    /// The stories that have `text` where it is wanted.
    fn text(&mut self, text: &Text) -> Found<Box<dyn Search>> {
        let mut any = Vec::new();
        for field in self.places(text.part) {
            if !self.is_used(field)? {
                continue;
            }
            any.extend(self.text_in(field, text)?);
        }
        Ok(union(any))
    }

    /// The same in the headline, to weigh stories by.
    fn lift(&mut self, text: &Text) -> Found<Option<Box<dyn Search>>> {
        if text.part != Part::Anywhere || !self.scoring {
            return Ok(None);
        }
        let lift = self.text_in(self.fields.title, text)?;
        Ok(lift.map(|lift| Box::new(BoostQuery::new(lift, TITLE_BOOST)) as Box<dyn Search>))
    }

    fn places(&self, part: Part) -> Vec<Field> {
        match part {
            Part::Anywhere => vec![self.fields.text, self.fields.notes],
            Part::Title => vec![self.fields.title],
            Part::By => vec![self.fields.byline, self.fields.editors],
        }
    }

    /// `None` if no story has it in `field`.
    fn text_in(&mut self, field: Field, text: &Text) -> Found<Option<Box<dyn Search>>> {
        let words: Vec<&str> = Words::of(&text.words)
            .filter_map(|(start, end)| text.words.get(start..end))
            .collect();
        let search = match (text.form, words.as_slice()) {
            (_, []) => return Ok(None),
            (Form::Phrase, _) => self.phrase_in(field, &text.words)?,
            (Form::Word, [word]) => union(self.word_in(field, word)?),
            (Form::Word, words) if !words.iter().any(|word| word.chars().any(is_unspaced)) => {
                // Glued by a hyphen or a dot: they belong together.
                self.phrase_in(field, &text.words)?
            }
            (Form::Word, words) => self.all_in(field, words)?,
            (Form::Prefix, [before @ .., last]) => {
                let last = self.plain.of(last).exact;
                let last = self.prefix(field, &last)?;
                match before {
                    [] => last,
                    before => all(vec![(Occur::Must, self.all_in(field, before)?), (Occur::Must, last)]),
                }
            }
        };
        Ok((!search.is::<EmptyQuery>()).then_some(search))
    }

    /// All of `words`, which stand in the query without spaces between them: nobody can say where one ends.
    fn all_in(&mut self, field: Field, words: &[&str]) -> Found<Box<dyn Search>> {
        let mut every = Vec::new();
        for word in words {
            // A lone kana is a particle; it says little, and the cutter may see it elsewhere.
            let lone = word.chars().count() == 1 && word.chars().all(|c| is_unspaced(c) && !is_han(c));
            if !lone || words.len() == 1 {
                every.push((Occur::Must, union(self.word_in(field, word)?)));
            }
        }
        Ok(all(every))
    }

    /// What stands in the index for a word, in any of its forms.
    fn word_in(&mut self, field: Field, word: &str) -> Found<Vec<Box<dyn Search>>> {
        let forms = if field == self.fields.byline || field == self.fields.editors {
            vec![self.plain.of(word).exact]
        } else {
            sought(word, std::iter::once(&mut self.plain).chain(&mut self.vocabularies))
        };
        let mut any = Vec::new();
        for form in forms {
            let form = Term::from_field_text(field, &form);
            if self.is_known(&form)? {
                any.push(scored(form));
            }
        }
        any.extend(self.paired_in(field, word)?);
        Ok(any)
    }

    fn phrase_in(&mut self, field: Field, text: &str) -> Found<Box<dyn Search>> {
        let words = self.exact(text);
        let mut any = match words.as_slice() {
            [] => Vec::new(),
            [(_, word)] => vec![scored(Term::from_field_text(field, word))],
            words => vec![phrase(field, words)],
        };
        any.extend(self.paired_in(field, text)?);
        Ok(union(any))
    }

    /// What is written in Han, kana or Hangul, by its characters: wherever it stands, whatever stands around it.
    fn paired_in(&mut self, field: Field, text: &str) -> Found<Option<Box<dyn Search>>> {
        if text.is_empty() || !text.chars().all(is_paired) {
            return Ok(None);
        }
        if field != self.fields.text {
            // Only the story itself is kept in pairs; elsewhere the beginning of a word has to do.
            return self.prefix(field, text).map(Some);
        }
        let pairs: Vec<(usize, String)> = pairs(text).into_iter().enumerate().collect();
        match pairs.as_slice() {
            [(_, pair)] if text.chars().nth(1).is_none() => {
                if text.chars().all(is_han) {
                    self.prefix(self.fields.pairs, pair).map(Some)
                } else {
                    Ok(None)
                }
            }
            [(_, pair)] => Ok(Some(scored(Term::from_field_text(self.fields.pairs, pair)))),
            pairs => Ok(Some(phrase(self.fields.pairs, pairs))),
        }
    }

    /// The words of `text` as written, with their places.
    fn exact(&mut self, text: &str) -> Vec<(usize, String)> {
        let words = Words::of(text).map(|(start, end)| text.get(start..end).unwrap_or_default());
        words
            .map(|word| self.plain.of(word).exact)
            .enumerate()
            .filter(|(_, word)| !word.is_empty())
            .collect()
    }

    /// The most frequent words in `field` that begin with `start`.
    fn prefix(&self, field: Field, start: &str) -> Found<Box<dyn Search>> {
        if start.is_empty() {
            return Ok(Box::new(EmptyQuery));
        }
        let mut frequencies: HashMap<Vec<u8>, u32> = HashMap::new();
        for segment in self.view.searcher.segment_readers() {
            let index = segment.inverted_index(field)?;
            let mut words = index.terms().range().ge(start.as_bytes()).into_stream()?;
            for _ in 0..PREFIX_SCAN_MAX {
                if !words.advance() || !words.key().starts_with(start.as_bytes()) {
                    break;
                }
                *frequencies.entry(words.key().to_vec()).or_default() += words.value().doc_freq;
            }
        }
        let mut words: Vec<(u32, Vec<u8>)> = frequencies.into_iter().map(|(word, count)| (count, word)).collect();
        words.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        words.truncate(PREFIX_TERMS_MAX);
        let words = words.iter().filter_map(|(_, word)| std::str::from_utf8(word).ok());
        Ok(union(
            words.map(|word| scored(Term::from_field_text(field, word))).collect(),
        ))
    }

    /// Whether any story has anything in `field`; few have notes, and then many looks are spared.
    fn is_used(&self, field: Field) -> Found<bool> {
        for segment in self.view.searcher.segment_readers() {
            if segment.inverted_index(field)?.terms().num_terms() > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_known(&self, term: &Term) -> Found<bool> {
        for segment in self.view.searcher.segment_readers() {
            if segment.inverted_index(term.field())?.get_term_info(term)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn is_source(what: &What) -> bool {
    matches!(what, What::Source(_))
}

fn is_list(what: &What) -> bool {
    matches!(what, What::List(_))
}

fn is_topic(what: &What) -> bool {
    matches!(what, What::Topic(_))
}

fn is_language(what: &What) -> bool {
    matches!(what, What::Language(_))
}

fn term(term: Term) -> Box<dyn Search> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn scored(term: Term) -> Box<dyn Search> {
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}

fn phrase(field: Field, words: &[(usize, String)]) -> Box<dyn Search> {
    match words {
        [] => Box::new(EmptyQuery),
        [(_, word)] => scored(Term::from_field_text(field, word)),
        words => {
            let terms = words
                .iter()
                .map(|(place, word)| (*place, Term::from_field_text(field, word)));
            Box::new(PhraseQuery::new_with_offset(terms.collect()))
        }
    }
}

fn range(field: Field, start: Bound<i64>, end: Bound<i64>) -> Box<dyn Search> {
    let bound = |bound: Bound<i64>| bound.map(|millis| Term::from_field_i64(field, millis));
    Box::new(RangeQuery::new(bound(start), bound(end)))
}

fn weightless(search: Box<dyn Search>) -> Box<dyn Search> {
    Box::new(ConstScoreQuery::new(search, 0.0))
}

fn union(mut any: Vec<Box<dyn Search>>) -> Box<dyn Search> {
    any.retain(|search| !search.is::<EmptyQuery>());
    match (any.pop(), any.is_empty()) {
        (None, _) => Box::new(EmptyQuery),
        (Some(only), true) => only,
        (Some(last), false) => {
            any.push(last);
            Box::new(BooleanQuery::union(any))
        }
    }
}

/// `filter` as something that is left out. Whoever leaves out asks for stories before the first that has it, which a phrase takes
/// for a mistake (an assertion of tantivy 0.27) and a union of two does not; so it stands there twice.
fn unwanted(filter: Box<dyn Search>) -> Box<dyn Search> {
    Box::new(BooleanQuery::union(vec![filter.box_clone(), filter]))
}

/// All `clauses`; all stories but those unwanted if nothing is wanted.
fn all(mut clauses: Vec<(Occur, Box<dyn Search>)>) -> Box<dyn Search> {
    if !clauses.iter().any(|(occur, _)| *occur == Occur::Must) {
        clauses.push((Occur::Must, Box::new(AllQuery)));
    }
    match clauses.pop() {
        Some((Occur::Must, only)) if clauses.is_empty() => only,
        Some(last) => {
            clauses.push(last);
            Box::new(BooleanQuery::new(clauses))
        }
        None => Box::new(EmptyQuery),
    }
}

fn boxes(searches: &[Box<dyn Search>]) -> Vec<Box<dyn Search>> {
    searches.iter().map(|search| search.box_clone()).collect()
}

fn boxes_of(clauses: &[(Occur, Box<dyn Search>)]) -> impl Iterator<Item = (Occur, Box<dyn Search>)> {
    clauses.iter().map(|(occur, search)| (*occur, search.box_clone()))
}
