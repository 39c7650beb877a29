//! Saving what a poll brought: one transaction from entries to stories.
//!
//! The network is done before this begins. Inside, each arrival is recognised by its aliases, a new article is placed into a
//! story, and uniqueness is the database's: an alias or an entry that exists already is not written twice.

use std::collections::BTreeSet;

use super::articles::{self, Placed, RawPage};
use super::db::Write;
use super::entries::{self, Known, KnownArticle, Listed, Named, Standing};
use super::leases::NEXT_CLAIM;
pub use super::neighbourhood::Neighbourhood;
use super::sources::{Settled, settle};
use super::statement::Many;
use super::{Revision, Store, StoreError, json, to_json};
use crate::domain::article::{ArticleId, Written};
use crate::domain::entry::Found;
use crate::domain::recognise::Alias;
use crate::domain::source::SourceId;
use crate::domain::story::{Corrections, Placement, StoryId, place};
use crate::domain::time::Timestamp;

/// Attempts kept of each source.
const ATTEMPTS_KEPT: i64 = 100;
/// Sources whose old attempts are forgotten with one statement, so that no other write waits for long.
const SOURCES_A_STATEMENT: i64 = 500;

/// An entry that is ready to be saved, with what an article would be made of if it is new.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The entry as read.
    pub found: Found,
    /// What it is recognised by.
    pub named: Named,
    /// The article as it would be written, or as a known one would be rewritten.
    pub written: Written,
    /// The page as it came, if it was fetched.
    pub page: Option<RawPage>,
    /// The name of the story that this begins, if it begins one.
    pub public_id: String,
}

/// What came of saving.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Saved {
    /// Entries that this source had not listed before.
    pub fresh: u32,
    /// Entries that it had, with another title or text.
    pub changed: u32,
}

impl Saved {
    /// Counts `more` too.
    pub fn add(&mut self, more: Self) {
        self.fresh += more.fresh;
        self.changed += more.changed;
    }
}

/// One poll of a source, as it is shown to editors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds, waiting for its turn not counted.
    pub took_ms: i64,
    /// How it ended: the word of an outcome.
    pub outcome: String,
    /// The HTTP status, where there was one.
    pub status: Option<i64>,
    /// Bytes as sent.
    pub bytes: i64,
    /// Entries listed.
    pub listed: i64,
    /// Entries newly stored.
    pub fresh: i64,
    /// Why, where it was no success.
    pub reason: Option<String>,
    /// What was odd.
    pub warnings: Vec<String>,
}

/// A poll that has ended.
#[derive(Debug, Clone)]
pub struct Settling {
    /// What was polled.
    pub source: SourceId,
    /// How it is left.
    pub settled: Settled,
    /// How it went.
    pub attempt: Attempt,
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    at: Timestamp,
    took_ms: i64,
    outcome: String,
    status: Option<i64>,
    bytes: i64,
    listed: i64,
    fresh: i64,
    reason: Option<String>,
    warnings: String,
}

/// What a transaction is about to write.
#[derive(Default)]
struct Batch {
    stories: Vec<(StoryId, String, ArticleId, Timestamp, Revision)>,
    articles: Vec<Placed>,
    aliases: Vec<(String, ArticleId)>,
    entries: Vec<Listed>,
    pages: Vec<(ArticleId, RawPage)>,
    rewritten: Vec<(ArticleId, Written)>,
    retitled: Vec<(ArticleId, String)>,
    touched: BTreeSet<StoryId>,
}

/// Keys that a transaction may give away.
struct Keys {
    article: i64,
    story: i64,
}

impl Store {
    /// Saves `arrivals` of one source in one transaction. New articles are placed among `near`, which is brought up to date
    /// first, and forgotten if the transaction fails.
    pub async fn save_arrivals(
        &self,
        source: SourceId,
        arrivals: Vec<Arrival>,
        near: &mut Neighbourhood,
        now: Timestamp,
    ) -> Result<Saved, StoreError> {
        let saved = self.save_all(source, arrivals, near, now).await;
        if saved.is_err() {
            *near = Neighbourhood::default();
        }
        saved
    }

    /// Writes down how polls went and how they leave their sources, all of them in one transaction. Nothing is written of a
    /// source whose lease `worker` lost meanwhile; the others are told.
    pub async fn settle_polls(&self, worker: &str, polls: Vec<Settling>) -> Result<Vec<SourceId>, StoreError> {
        let mut write = self.db.begin().await?;
        write.run(NEXT_CLAIM, ()).await?;
        let (settled, attempts): (Vec<_>, Vec<_>) = polls
            .into_iter()
            .map(|poll| ((poll.source, poll.settled), (poll.source, poll.attempt)))
            .unzip();
        let held = settle(&mut write, worker, settled).await?;
        let attempts = attempts
            .into_iter()
            .filter(|(source, _)| held.contains(source))
            .map(|(source, attempt)| attempt_columns(source, attempt))
            .collect();
        write.run_many(&INSERT_ATTEMPTS, attempts).await?;
        write.commit().await?;
        Ok(held)
    }

    /// Forgets all but the last hundred attempts of each source, some sources at a time. How many.
    pub async fn forget_attempts(&self) -> Result<u64, StoreError> {
        let (last,): (Option<i64>,) = self.db.one(LAST_SOURCE, ()).await?;
        let mut forgotten = 0;
        let mut from = 0;
        while from <= last.unwrap_or(-1) {
            let upto = from + SOURCES_A_STATEMENT;
            forgotten += self.db.run(FORGET_ATTEMPTS, (from, upto, ATTEMPTS_KEPT)).await?;
            from = upto;
        }
        Ok(forgotten)
    }

    /// The last attempts of a source, newest first.
    pub async fn attempts(&self, source: SourceId, limit: u32) -> Result<Vec<Attempt>, StoreError> {
        let rows: Vec<AttemptRow> = self.db.all(ATTEMPTS, (source, i64::from(limit))).await?;
        rows.into_iter().map(Attempt::try_from).collect()
    }

    async fn save_all(
        &self,
        source: SourceId,
        arrivals: Vec<Arrival>,
        near: &mut Neighbourhood,
        now: Timestamp,
    ) -> Result<Saved, StoreError> {
        let (mut write, revision) = self.write().await?;
        near.catch_up(&mut write, revision, now).await?;
        let names: Vec<String> = arrivals
            .iter()
            .flat_map(|a| a.named.aliases.iter().map(Alias::to_text))
            .collect();
        let mut standing = Standing::read(&mut write, source, &names).await?;
        let mut keys = Keys::take(&mut write, arrivals.len()).await?;
        let mut saved = Saved::default();
        let mut batch = Batch::default();
        for arrival in arrivals {
            let known = standing.known(&arrival.named);
            match (known, standing.article(&arrival.named).cloned()) {
                (Known::Same, _) => {}
                (Known::Changed, Some(article)) => {
                    saved.changed += 1;
                    entries::rewrite(&mut write, source, article.id, &arrival.found, now).await?;
                    batch.change(source, article, arrival, &mut standing);
                }
                (Known::Article, Some(article)) => {
                    saved.fresh += 1;
                    batch.list(source, article, arrival, &mut standing, now);
                }
                (Known::Not | Known::Article | Known::Changed, _) => {
                    saved.fresh += 1;
                    batch.begin(source, arrival, &mut standing, near, &mut keys, (now, revision));
                }
            }
        }
        batch.write(&mut write, revision, now).await?;
        write.commit().await?;
        near.saw(revision);
        Ok(saved)
    }
}

impl Batch {
    /// A new article: placed into a story, or the beginning of one.
    fn begin(
        &mut self,
        source: SourceId,
        arrival: Arrival,
        standing: &mut Standing,
        near: &mut Neighbourhood,
        keys: &mut Keys,
        (now, revision): (Timestamp, Revision),
    ) {
        let article = keys.article();
        let features = &arrival.written.features;
        let candidates = near.candidates(features, now);
        let (story, joined) = match place(features, &candidates, &Corrections::default()) {
            Placement::Join { story, with, reason } => {
                self.touched.insert(story);
                (story, Some((with, reason.to_string())))
            }
            Placement::Begin => {
                let story = keys.story();
                self.stories
                    .push((story, arrival.public_id.clone(), article, now, revision));
                (story, None)
            }
        };
        near.put(article, story, features, now);
        let known = KnownArticle {
            id: article,
            story_id: story,
            source_id: source,
            link: arrival.written.link.clone(),
            title: arrival.written.title.clone(),
            published_at: arrival.written.published.map(|(at, _)| at),
            page: arrival.written.page.as_str().to_owned(),
        };
        self.aliases.extend(standing.learn(known, &arrival.named));
        self.pages.extend(arrival.page.map(|page| (article, page)));
        self.articles.push(Placed {
            id: article,
            story,
            source,
            joined,
            found_at: now,
            written: arrival.written,
        });
        self.entries.push(Listed {
            source,
            article,
            found: arrival.found,
            found_at: now,
        });
    }

    /// A known article, listed by a source that had not listed it.
    fn list(
        &mut self,
        source: SourceId,
        article: KnownArticle,
        arrival: Arrival,
        standing: &mut Standing,
        now: Timestamp,
    ) {
        self.touched.insert(article.story_id);
        self.entries.push(Listed {
            source,
            article: article.id,
            found: arrival.found,
            found_at: now,
        });
        self.aliases.extend(standing.learn(article, &arrival.named));
    }

    /// A known entry with another title or text: a change of the article, if this source found it first; of the
    /// title alone, if its text is the better one.
    fn change(&mut self, source: SourceId, article: KnownArticle, arrival: Arrival, standing: &mut Standing) {
        self.touched.insert(article.story_id);
        if article.source_id == source && article.tells_more_than(&arrival.written) {
            self.retitled.push((article.id, arrival.written.title));
        } else if article.source_id == source {
            self.pages.extend(arrival.page.map(|page| (article.id, page)));
            self.rewritten.push((article.id, arrival.written));
        }
        self.aliases.extend(standing.learn(article, &arrival.named));
    }

    async fn write(self, write: &mut Write, revision: Revision, now: Timestamp) -> Result<(), StoreError> {
        write.run_many(&INSERT_STORIES, self.stories).await?;
        articles::insert(write, self.articles).await?;
        entries::insert_aliases(write, self.aliases).await?;
        entries::insert(write, self.entries).await?;
        for (article, title) in self.retitled {
            write.run(RETITLE, (article, title, now)).await?;
        }
        for (article, written) in self.rewritten {
            articles::rewrite(write, article, written, revision, now).await?;
        }
        for (article, page) in self.pages {
            articles::keep_page(write, article, page, now).await?;
        }
        for story in self.touched {
            write.run(TOUCH_STORY, (story, revision)).await?;
        }
        Ok(())
    }
}

impl Keys {
    /// Takes `count` keys of each kind. They come from a counter, not from the tables, so that an article and its story can
    /// name each other before either is written.
    async fn take(write: &mut Write, count: usize) -> Result<Self, StoreError> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let (article,): (i64,) = write.one(TAKE_KEYS, ("article", count)).await?;
        let (story,): (i64,) = write.one(TAKE_KEYS, ("story", count)).await?;
        Ok(Self {
            article: article - count,
            story: story - count,
        })
    }

    fn article(&mut self) -> ArticleId {
        self.article += 1;
        ArticleId(self.article)
    }

    fn story(&mut self) -> StoryId {
        self.story += 1;
        StoryId(self.story)
    }
}

impl TryFrom<AttemptRow> for Attempt {
    type Error = StoreError;

    fn try_from(row: AttemptRow) -> Result<Self, StoreError> {
        Ok(Self {
            at: row.at,
            took_ms: row.took_ms,
            outcome: row.outcome,
            status: row.status,
            bytes: row.bytes,
            listed: row.listed,
            fresh: row.fresh,
            reason: row.reason,
            warnings: json(&row.warnings, "the warnings of an attempt")?,
        })
    }
}

fn attempt_columns(source: SourceId, attempt: Attempt) -> impl super::db::Parameters {
    (
        source,
        attempt.at,
        attempt.took_ms,
        attempt.outcome,
        attempt.status,
        attempt.bytes,
        attempt.listed,
        attempt.fresh,
        attempt.reason,
        to_json(&attempt.warnings),
    )
}

const TAKE_KEYS: &str = "update counter set value = value + $2 where name = $1 returning value";

const INSERT_STORIES: Many = Many {
    head: "insert into story (id, public_id, lead_id, found_at, revision) values",
    columns: 5,
    tail: "",
};

const RETITLE: &str = "update article set title = $2, changed_at = $3 where id = $1";

const TOUCH_STORY: &str = "update story set revision = $2 where id = $1";

const INSERT_ATTEMPTS: Many = Many {
    head: "insert into attempt (source_id, at, took_ms, outcome, status, bytes, listed, fresh, reason, warnings) values",
    columns: 10,
    tail: "",
};

const LAST_SOURCE: &str = "select max(id) from source";

const FORGET_ATTEMPTS: &str = "\
delete from attempt where id in (
    select id from (
        select id, row_number() over (partition by source_id order by id desc) as place
        from attempt where source_id >= $1 and source_id < $2
    ) numbered
    where place > $3)";

const ATTEMPTS: &str = "\
select at, took_ms, outcome, status, bytes, listed, fresh, reason, warnings
from attempt where source_id = $1 order by id desc limit $2";
