//! Indexing: our index against Tantivy alone with the same stories, fields, commits and memory. Run it alone:
//! `cargo bench --bench index`.
//!
//! Both are fed from memory, in turns, round by round. Tantivy alone takes each field's text as it is, and makes words of it
//! with its own English tokenizer: one form a word. Ours keeps a word as written and its stem, folds, and looks for scripts
//! without spaces. Goal: at least 0.8 of the speed of Tantivy alone.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::time::Instant;

use anyhow::Context;
use docent::domain::article::Written;
use docent::domain::source::{Slug, SourceId};
use docent::domain::time::Timestamp;
use docent::search::{Change, Cursor, Document, Index};
use tantivy::indexer::IndexWriterOptions;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, SchemaBuilder, TextFieldIndexing, TextOptions,
};
use tantivy::{IndexWriter, TantivyDocument, Term};

mod prose;
mod spread;
#[expect(dead_code, reason = "stories are indexed here without a store")]
mod stories;

use prose::Prose;

/// Stories indexed in each round.
const STORIES: u32 = 20_000;
/// Words of each.
const WORDS: u64 = 250;
/// Stories of one commit, as the follower commits when much has come.
const STORIES_A_COMMIT: usize = 1_000;
/// Rounds; the first is not counted.
const ROUNDS: usize = 6;
/// The memory of the writer, as ours has it.
const WRITER_BYTES: usize = 20_000_000;
/// Sources that the stories come from.
const SOURCES: u64 = 100;
/// When the oldest story was found.
const FOUND: &str = "2026-03-02T12:00:00Z";

fn main() -> anyhow::Result<()> {
    let stories = made_up()?;
    let (mut ours, mut alone) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (our_speed, their_speed) = (index_ours(&stories)?, index_alone(&stories)?);
        println!("round {round}: ours {our_speed:.0} stories a second, tantivy alone {their_speed:.0}");
        if round > 0 {
            ours.push(our_speed);
            alone.push(their_speed);
        }
    }
    let (ours, alone) = (spread::at_part(&ours, 1, 2), spread::at_part(&alone, 1, 2));
    println!(
        "{STORIES} stories of {WORDS} words: ours {ours:.0} stories a second, tantivy alone {alone:.0}, ratio {:.2}; goal: at least 0.8",
        ours / alone
    );
    Ok(())
}

fn made_up() -> anyhow::Result<Vec<Document>> {
    let mut prose = Prose::new(1);
    let found = Timestamp::parse(FOUND).context("a time")?;
    let mut documents = Vec::new();
    for number in 0..u64::from(STORIES) {
        let source = number % SOURCES;
        let source_id = SourceId(i64::try_from(source)?);
        let written = stories::arrival(&mut prose, source_id, number, WORDS, found).written;
        documents.push(document(written, i64::try_from(number)?, source, found)?);
    }
    Ok(documents)
}

fn document(written: Written, story: i64, source: u64, found: Timestamp) -> anyhow::Result<Document> {
    let slug = Slug::parse(&format!("source-{source}")).context("a slug")?;
    Ok(Document {
        key: story,
        title: written.title,
        byline: written.byline,
        text: written.text,
        notes: String::new(),
        sources: vec![(slug, format!("Source {source}"))],
        language: written.language.map(|(language, _)| language),
        topics: vec![format!("topic-{}", source % 12)],
        lists: Vec::new(),
        picked: Vec::new(),
        editors: Vec::new(),
        link: written.link,
        published: written.published.map(|(published, _)| published),
        found,
    })
}

/// Stories a second.
fn index_ours(stories: &[Document]) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let index = Index::open(folder.path(), "bench", 0)?;
    let batches = stories.chunks(STORIES_A_COMMIT).map(|batch| {
        let puts = batch.iter().cloned().map(|story| Change::Put(Box::new(story)));
        puts.collect::<Vec<Change>>()
    });
    // Made before the clock starts, as the store hands them over.
    let batches: Vec<Vec<Change>> = batches.collect();
    let begun = Instant::now();
    for (number, batch) in (1..).zip(batches) {
        let cursor = Cursor {
            revision: number,
            history: String::new(),
        };
        index.apply(batch, cursor)?;
    }
    let speed = f64::from(STORIES) / begun.elapsed().as_secs_f64();
    anyhow::ensure!(index.count() == u64::from(STORIES), "all are indexed");
    Ok(speed)
}

/// Stories a second.
fn index_alone(stories: &[Document]) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let (schema, fields) = schema();
    let index = tantivy::Index::create_in_dir(folder.path(), schema)?;
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(WRITER_BYTES)
        .build();
    let mut writer: IndexWriter = index.writer_with_options(options)?;
    let reader = index.reader()?;
    let begun = Instant::now();
    for batch in stories.chunks(STORIES_A_COMMIT) {
        for story in batch {
            writer.delete_term(Term::from_field_i64(fields.key, story.key));
            writer.add_document(fields.document(story))?;
        }
        let mut commit = writer.prepare_commit()?;
        commit.set_payload("bench");
        commit.commit()?;
        reader.reload()?;
    }
    let speed = f64::from(STORIES) / begun.elapsed().as_secs_f64();
    anyhow::ensure!(reader.searcher().num_docs() == u64::from(STORIES), "all are indexed");
    Ok(speed)
}

/// The fields that ours fills for these stories.
struct Fields {
    key: Field,
    text: Field,
    title: Field,
    byline: Field,
    source: Field,
    source_name: Field,
    language: Field,
    topic: Field,
    link: Field,
    date: Field,
    month: Field,
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let fields = Fields {
        key: schema.add_i64_field("key", INDEXED | FAST),
        text: text(&mut schema, "text"),
        title: text(&mut schema, "title"),
        byline: text(&mut schema, "byline"),
        source: schema.add_text_field("source", STRING | FAST),
        source_name: text(&mut schema, "source_name"),
        language: schema.add_text_field("language", STRING | FAST),
        topic: schema.add_text_field("topic", STRING | FAST),
        link: schema.add_text_field("link", STRING),
        date: schema.add_i64_field("date", FAST),
        month: schema.add_u64_field("month", FAST),
    };
    (schema.build(), fields)
}

fn text(schema: &mut SchemaBuilder, name: &str) -> Field {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("en_stem")
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    schema.add_text_field(name, TextOptions::default().set_indexing_options(indexing))
}

impl Fields {
    fn document(&self, story: &Document) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_i64(self.key, story.key);
        document.add_text(self.title, &story.title);
        document.add_text(self.text, &story.title);
        document.add_text(self.text, &story.text);
        if let Some(byline) = &story.byline {
            document.add_text(self.text, byline);
            document.add_text(self.byline, byline);
        }
        for (slug, name) in &story.sources {
            document.add_text(self.source, slug.as_str());
            document.add_text(self.source_name, slug.as_str());
            document.add_text(self.source_name, name);
        }
        if let Some(language) = &story.language {
            document.add_text(self.language, language.as_str());
        }
        for topic in &story.topics {
            document.add_text(self.topic, topic);
        }
        if let Some(link) = &story.link {
            document.add_text(self.link, link.identity());
        }
        document.add_i64(self.date, story.found.millis());
        document.add_u64(self.month, 1_514);
        document
    }
}
