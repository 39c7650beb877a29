//! The limit of a poll cycle: a bare loop of reqwest, feed-rs, batched inserts and an index, without any rule of ours.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use docent::domain::link::Link;
use futures::StreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use tantivy::schema::{FAST, STORED, STRING, Schema, TEXT};
use tantivy::{Index, IndexWriter, TantivyDocument};

/// Requests that run at once.
const AT_ONCE: usize = 16;
/// Rows in one statement.
const ROWS_A_STATEMENT: usize = 32;
/// Feeds in one transaction.
const FEEDS_A_TRANSACTION: usize = 50;
/// The memory of the index's writer, in bytes.
const WRITER_BYTES: usize = 20_000_000;

/// The bare loop with what it keeps from one cycle to the next.
pub struct Bare {
    client: reqwest::Client,
    pool: SqlitePool,
    index: IndexWriter,
    schema: Schema,
    tags: HashMap<usize, String>,
}

struct Row {
    feed: usize,
    key: String,
    link: Option<String>,
    title: String,
    published: Option<i64>,
    text: String,
}

impl Bare {
    /// An empty database and an empty index in `folder`.
    pub async fn new(folder: &Path) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(folder.join("bare.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await?;
        sqlx::query(
            "create table entry (id integer primary key, feed bigint, key text, link text, title text, published bigint,
                text text, unique (feed, key))",
        )
        .execute(&pool)
        .await?;
        let mut schema = Schema::builder();
        schema.add_text_field("key", STRING | STORED);
        schema.add_text_field("title", TEXT);
        schema.add_text_field("text", TEXT);
        schema.add_i64_field("published", FAST);
        let schema = schema.build();
        let place = folder.join("bare-index");
        std::fs::create_dir_all(&place)?;
        let index = Index::create_in_dir(place, schema.clone())?.writer_with_num_threads(1, WRITER_BYTES)?;
        Ok(Self {
            client: client(true)?,
            pool,
            index,
            schema,
            tags: HashMap::new(),
        })
    }

    /// Keeps connections for the next request, as at the beginning, or makes one anew for each.
    pub fn keep_connections(&mut self, kept: bool) -> anyhow::Result<()> {
        self.client = client(kept)?;
        Ok(())
    }

    /// Asks every feed once; how many entries were written.
    pub async fn cycle(&mut self, feeds: &[Link]) -> anyhow::Result<usize> {
        let client = &self.client;
        let tags = self.tags.clone();
        let mut answers = futures::stream::iter(feeds.iter().enumerate().map(|(feed, link)| {
            let tag = tags.get(&feed).cloned();
            async move { ask(client, feed, link, tag).await }
        }))
        .buffer_unordered(AT_ONCE);
        let mut rows = Vec::new();
        let (mut read, mut written) = (0, 0);
        let mut tags_read = Vec::new();
        while let Some(answer) = answers.next().await {
            let Some((feed, tag, body)) = answer? else { continue };
            tags_read.push((feed, tag));
            rows.extend(tokio::task::spawn_blocking(move || parse(feed, &body)).await??);
            read += 1;
            if read % FEEDS_A_TRANSACTION == 0 {
                written += rows.len();
                write(&self.pool, &self.index, &self.schema, std::mem::take(&mut rows)).await?;
            }
        }
        drop(answers);
        written += rows.len();
        if written > 0 {
            write(&self.pool, &self.index, &self.schema, rows).await?;
            #[expect(clippy::disallowed_methods, reason = "the bare loop's index has no cursor to lose")]
            self.index.commit()?;
        }
        self.tags.extend(tags_read);
        Ok(written)
    }
}

fn client(kept: bool) -> anyhow::Result<reqwest::Client> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the bare loop has no guard: that is what ours is held against"
    )]
    let builder = reqwest::Client::builder();
    let idle = if kept { usize::MAX } else { 0 };
    Ok(builder.user_agent("bare/1").pool_max_idle_per_host(idle).build()?)
}

/// The tag and the body; `None` if nothing changed.
async fn ask(
    client: &reqwest::Client,
    feed: usize,
    link: &Link,
    tag: Option<String>,
) -> anyhow::Result<Option<(usize, String, Vec<u8>)>> {
    let mut request = client.get(link.url().clone());
    if let Some(tag) = tag {
        request = request.header("If-None-Match", tag);
    }
    let response = request.send().await?.error_for_status()?;
    if response.status().as_u16() == 304 {
        return Ok(None);
    }
    let tag = response.headers().get("etag").context("a tag")?.to_str()?.to_owned();
    Ok(Some((feed, tag, response.bytes().await?.to_vec())))
}

fn parse(feed: usize, body: &[u8]) -> anyhow::Result<Vec<Row>> {
    let read = feed_rs::parser::parse(body)?;
    let rows = read.entries.into_iter().map(|entry| Row {
        feed,
        key: entry.id,
        link: entry.links.into_iter().next().map(|link| link.href),
        title: entry.title.map(|title| title.content).unwrap_or_default(),
        published: entry.published.map(|at| at.timestamp_millis()),
        text: entry.summary.map(|text| text.content).unwrap_or_default(),
    });
    Ok(rows.collect())
}

async fn write(pool: &SqlitePool, index: &IndexWriter, schema: &Schema, rows: Vec<Row>) -> anyhow::Result<()> {
    let field = |name| schema.get_field(name);
    let (key, title, text, published) = (field("key")?, field("title")?, field("text")?, field("published")?);
    for row in &rows {
        let mut document = TantivyDocument::default();
        document.add_text(key, &row.key);
        document.add_text(title, &row.title);
        document.add_text(text, &row.text);
        document.add_i64(published, row.published.unwrap_or(0));
        index.add_document(document)?;
    }
    let mut transaction = pool.begin().await?;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let batch: Vec<Row> = rows.by_ref().take(ROWS_A_STATEMENT).collect();
        let places: Vec<&str> = batch.iter().map(|_| "(?, ?, ?, ?, ?, ?)").collect();
        let sql = format!(
            "insert into entry (feed, key, link, title, published, text) values {} on conflict do nothing",
            places.join(", ")
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        for row in batch {
            query = query.bind(i64::try_from(row.feed)?).bind(row.key).bind(row.link);
            query = query.bind(row.title).bind(row.published).bind(row.text);
        }
        query.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}
