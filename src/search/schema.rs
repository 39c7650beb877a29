//! What an index keeps of a document.

use jiff::tz::TimeZone;
use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, SchemaBuilder, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{LowerCaser, RawTokenizer, TextAnalyzer, TokenizerManager};

use super::Document;
use super::fold::Stemming;
use super::tokens::{PairTokenizer, WordTokenizer, is_paired, marked};
use crate::domain::time::Timestamp;

/// The number of this schema. Any change here, in `tokens` or in `fold` that makes an old index answer wrongly adds one:
/// an index of another number is built anew.
pub(super) const SCHEMA: u32 = 3;

/// What is indexed of a body, in bytes; the rest of a longer one is not found.
pub const TEXT_BYTES_MAX: usize = 200_000;

/// What is indexed of a headline, byline, name, topic or list, in bytes.
const LINE_BYTES_MAX: usize = 2_000;

/// What is indexed of sources, topics, lists or editors of one story, in items of each.
const ITEMS_MAX: usize = 100;

/// The first year that has months of its own; what is older counts as its January.
const YEAR_FIRST: i16 = 1900;

/// The last year that has months of its own; what is younger counts as its December.
const YEAR_LAST: i16 = 2199;

pub(super) const KEY: &str = "key";
pub(super) const SOURCE: &str = "source";
pub(super) const LANGUAGE: &str = "language";
pub(super) const TOPIC: &str = "topic";
pub(super) const LIST: &str = "list";
pub(super) const DATE: &str = "date";
pub(super) const MONTH: &str = "month";
pub(super) const PICKED: &str = "picked";

/// The fields of the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The key, by which a document is replaced.
    pub(super) key: Field,
    /// Headline, byline and body in one, so that one look finds a word in any of them.
    pub(super) text: Field,
    /// Pairs of characters of the same.
    pub(super) pairs: Field,
    /// The headline once more, as it weighs more.
    pub(super) title: Field,
    pub(super) notes: Field,
    pub(super) byline: Field,
    pub(super) editors: Field,
    pub(super) source: Field,
    /// The words of slugs and names of sources.
    pub(super) source_name: Field,
    pub(super) language: Field,
    pub(super) topic: Field,
    pub(super) list: Field,
    pub(super) link: Field,
    /// The earlier of published and found, in milliseconds.
    pub(super) date: Field,
    /// The month of that, as [`month_of`] counts.
    pub(super) month: Field,
    pub(super) picked: Field,
}

/// The schema with its fields; always the same.
pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let fields = Fields {
        key: schema.add_i64_field(KEY, INDEXED | FAST),
        text: text(&mut schema, "text", "words"),
        pairs: text(&mut schema, "pairs", "pairs"),
        title: text(&mut schema, "title", "words"),
        notes: text(&mut schema, "notes", "words"),
        byline: text(&mut schema, "byline", "words"),
        editors: text(&mut schema, "editors", "words"),
        source: schema.add_text_field(SOURCE, STRING | FAST),
        source_name: text(&mut schema, "source_name", "words"),
        language: schema.add_text_field(LANGUAGE, STRING | FAST),
        topic: schema.add_text_field(TOPIC, label()),
        list: schema.add_text_field(LIST, label()),
        link: schema.add_text_field("link", STRING),
        date: schema.add_i64_field(DATE, FAST),
        month: schema.add_u64_field(MONTH, FAST),
        picked: schema.add_i64_field(PICKED, FAST),
    };
    (schema.build(), fields)
}

/// The tokenizers that the schema names.
pub(super) fn tokenizers() -> TokenizerManager {
    let tokenizers = TokenizerManager::default();
    tokenizers.register("words", WordTokenizer::default());
    tokenizers.register("pairs", PairTokenizer);
    tokenizers.register(
        "label",
        TextAnalyzer::builder(RawTokenizer::default())
            .filter(LowerCaser)
            .build(),
    );
    tokenizers
}

impl Fields {
    /// `story` as the index takes it.
    pub(super) fn document(&self, story: &Document) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        let stemming = story.language.as_ref().and_then(Stemming::of);
        document.add_i64(self.key, story.key);
        self.add_words(&mut document, story, stemming);
        for (slug, name) in story.sources.iter().take(ITEMS_MAX) {
            document.add_text(self.source, slug.as_str());
            document.add_text(self.source_name, marked(None, slug.as_str()));
            document.add_text(self.source_name, marked(None, cut(name, LINE_BYTES_MAX)));
        }
        if let Some(language) = &story.language {
            document.add_text(self.language, language.as_str());
        }
        for topic in story.topics.iter().take(ITEMS_MAX) {
            document.add_text(self.topic, cut(topic.trim(), LINE_BYTES_MAX));
        }
        for list in story.lists.iter().take(ITEMS_MAX) {
            document.add_text(self.list, cut(list, LINE_BYTES_MAX));
        }
        if let Some(link) = &story.link {
            document.add_text(self.link, link.identity());
        }
        let date = story
            .published
            .map_or(story.found, |published| published.min(story.found));
        document.add_i64(self.date, date.millis());
        document.add_u64(self.month, month_of(date));
        for picked in story.picked.iter().take(ITEMS_MAX) {
            document.add_i64(self.picked, picked.millis());
        }
        document
    }

    fn add_words(&self, document: &mut TantivyDocument, story: &Document, stemming: Option<Stemming>) {
        let title = cut(&story.title, LINE_BYTES_MAX);
        let text = cut(&story.text, TEXT_BYTES_MAX);
        document.add_text(self.title, marked(stemming, title));
        document.add_text(self.text, marked(stemming, title));
        document.add_text(self.text, marked(stemming, text));
        for part in [title, text] {
            if part.chars().any(is_paired) {
                document.add_text(self.pairs, marked(None, part));
            }
        }
        if let Some(byline) = &story.byline {
            let byline = marked(None, cut(byline, LINE_BYTES_MAX));
            document.add_text(self.text, &byline);
            document.add_text(self.byline, byline);
        }
        if !story.notes.is_empty() {
            document.add_text(self.notes, marked(stemming, cut(&story.notes, TEXT_BYTES_MAX)));
        }
        for editor in story.editors.iter().take(ITEMS_MAX) {
            document.add_text(self.editors, marked(None, cut(editor, LINE_BYTES_MAX)));
        }
    }
}

/// The month of `date` in UTC, counted from January of [`YEAR_FIRST`]; times far off are drawn to the ends.
pub(super) fn month_of(date: Timestamp) -> u64 {
    let civil = date.to_jiff().to_zoned(TimeZone::UTC).date();
    let months = match civil.year() {
        year if year < YEAR_FIRST => 0,
        year if year > YEAR_LAST => i64::from(YEAR_LAST - YEAR_FIRST) * 12 + 11,
        year => i64::from(year - YEAR_FIRST) * 12 + i64::from(civil.month()) - 1,
    };
    u64::try_from(months).unwrap_or(0)
}

/// The month that [`month_of`] counted, as in `2026-03`.
pub(super) fn month_name(month: u64) -> String {
    let first = u64::try_from(YEAR_FIRST).unwrap_or(0);
    format!("{:04}-{:02}", first + month / 12, month % 12 + 1)
}

/// The beginning of `text`, at most `bytes_max` bytes of it.
pub(super) fn cut(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max)).unwrap_or(text)
}

fn text(schema: &mut SchemaBuilder, name: &str, tokenizer: &str) -> Field {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(tokenizer)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    schema.add_text_field(name, TextOptions::default().set_indexing_options(indexing))
}

/// A whole value, asked for without regard to case and counted as written.
fn label() -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("label")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing).set_fast("raw")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_counted_and_named() {
        for (date, expected) in [
            ("2026-03-31T23:59:59Z", "2026-03"),
            ("1970-01-01T00:00:00Z", "1970-01"),
            ("1850-05-05T00:00:00Z", "1900-01"),
            ("9999-12-01T00:00:00Z", "2199-12"),
        ] {
            let date = Timestamp::parse(date).expect("a time");
            assert_eq!(month_name(month_of(date)), expected);
        }
    }
}
