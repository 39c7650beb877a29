//! Entries: what a source listed, and when.

use std::collections::HashMap;

use super::db::{Among, Many, Write};
use super::{Store, StoreError};
use crate::domain::article::ArticleId;
use crate::domain::entry::{EntryKey, Found};
use crate::domain::recognise::{Alias, recognise};
use crate::domain::source::SourceId;
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;

/// What is already known of an entry, before anything is fetched for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    Not,
    /// Its article, by another source or another name.
    Article,
    /// The entry, but with another title or text.
    Changed,
    /// The entry, as it is.
    Same,
}

/// What the store knows of some aliases and of the articles behind them.
#[derive(Debug, Default)]
pub(super) struct Standing {
    aliases: HashMap<String, ArticleId>,
    stories: HashMap<ArticleId, (StoryId, SourceId)>,
    digests: HashMap<ArticleId, String>,
}

/// An entry about to be written.
#[derive(Debug)]
pub(super) struct Listed {
    pub source: SourceId,
    pub article: ArticleId,
    pub found: Found,
    pub found_at: Timestamp,
}

impl Store {
    /// What is known of each of `entries` (the names it may be known by, and its digest), in their order.
    pub async fn sift(&self, source: SourceId, entries: &[(Vec<Alias>, String)]) -> Result<Vec<Known>, StoreError> {
        let names: Vec<String> = entries.iter().flat_map(|(aliases, _)| aliases.iter().map(Alias::to_text)).collect();
        let aliases: Vec<(String, ArticleId)> = self.db.all_among(&ALIASES, &names).await?;
        let articles: Vec<ArticleId> = aliases.iter().map(|(_, article)| *article).collect();
        let listed: Vec<(SourceId, ArticleId, String)> = self.db.all_among(&DIGESTS, &articles).await?;
        let standing = Standing::new(source, aliases, Vec::new(), listed);
        Ok(entries.iter().map(|(aliases, digest)| standing.known(aliases, digest)).collect())
    }

    /// How many entries of a source were first listed since `since`.
    pub async fn count_entries_since(&self, source: SourceId, since: Timestamp) -> Result<u32, StoreError> {
        let (count,): (i64,) = self.db.one(COUNT_SINCE, (source, since)).await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// When the last entries of a source were published (else found), newest first.
    pub async fn rhythm(&self, source: SourceId, limit: u32) -> Result<Vec<Timestamp>, StoreError> {
        let rows: Vec<(Timestamp,)> = self.db.all(RHYTHM, (source, i64::from(limit))).await?;
        Ok(rows.into_iter().map(|(at,)| at).collect())
    }
}

impl Standing {
    /// Reads what a transaction must know before it writes `arrivals` of `source`.
    pub(super) async fn read(write: &mut Write, source: SourceId, names: &[String]) -> Result<Self, StoreError> {
        let aliases: Vec<(String, ArticleId)> = write.all_among(&ALIASES, names).await?;
        let mut articles: Vec<ArticleId> = aliases.iter().map(|(_, article)| *article).collect();
        articles.sort_unstable();
        articles.dedup();
        let stories: Vec<(ArticleId, StoryId, SourceId)> = write.all_among(&STORIES_OF, &articles).await?;
        let listed: Vec<(SourceId, ArticleId, String)> = write.all_among(&DIGESTS, &articles).await?;
        Ok(Self::new(source, aliases, stories, listed))
    }

    fn new(
        source: SourceId,
        aliases: Vec<(String, ArticleId)>,
        stories: Vec<(ArticleId, StoryId, SourceId)>,
        listed: Vec<(SourceId, ArticleId, String)>,
    ) -> Self {
        Self {
            aliases: aliases.into_iter().collect(),
            stories: stories.into_iter().map(|(article, story, origin)| (article, (story, origin))).collect(),
            digests: listed
                .into_iter()
                .filter(|(by, _, _)| *by == source)
                .map(|(_, article, digest)| (article, digest))
                .collect(),
        }
    }

    /// The article that `aliases` name, if any of them is known.
    pub(super) fn article(&self, aliases: &[Alias]) -> Option<ArticleId> {
        recognise(aliases, |alias| self.aliases.get(&alias.to_text()).copied())
    }

    /// What is known of an entry.
    pub(super) fn known(&self, aliases: &[Alias], digest: &str) -> Known {
        match self.article(aliases) {
            None => Known::Not,
            Some(article) => match self.digests.get(&article) {
                None => Known::Article,
                Some(known) if known == digest => Known::Same,
                Some(_) => Known::Changed,
            },
        }
    }

    /// The story of an article, and the source that found it first.
    pub(super) fn story(&self, article: ArticleId) -> Option<(StoryId, SourceId)> {
        self.stories.get(&article).copied()
    }

    /// Takes note of an entry that the transaction is about to write. The names that are new.
    pub(super) fn learn(
        &mut self,
        article: ArticleId,
        story: (StoryId, SourceId),
        aliases: &[Alias],
        digest: String,
    ) -> Vec<String> {
        self.stories.insert(article, story);
        self.digests.insert(article, digest);
        let new = aliases.iter().map(Alias::to_text).filter(|name| !self.aliases.contains_key(name));
        let new: Vec<String> = new.collect();
        self.aliases.extend(new.iter().map(|name| (name.clone(), article)));
        new
    }
}

/// Inserts entries; their articles stand already.
pub(super) async fn insert(write: &mut Write, entries: Vec<Listed>) -> Result<(), StoreError> {
    let rows = entries
        .into_iter()
        .map(|Listed { source, article, found, found_at: at }| {
            let digest = found.digest();
            let EntryKey(key) = found.key;
            let (published, updated) = (found.published, found.updated);
            (source, article, key, found.link, found.title, found.author, published, updated, at, at, digest, found.content)
        })
        .collect();
    write.run_many(&INSERT, rows).await?;
    Ok(())
}

/// Inserts names of articles; one that is known already stays with its article.
pub(super) async fn insert_aliases(write: &mut Write, aliases: Vec<(String, ArticleId)>) -> Result<(), StoreError> {
    write.run_many(&INSERT_ALIASES, aliases).await?;
    Ok(())
}

/// Writes over an entry that was listed with another title or text.
pub(super) async fn rewrite(
    write: &mut Write,
    source: SourceId,
    article: ArticleId,
    found: &Found,
    now: Timestamp,
) -> Result<(), StoreError> {
    let parameters = (
        source,
        article,
        found.title.clone(),
        found.author.clone(),
        found.published,
        found.updated,
        now,
        found.digest(),
        found.content.clone(),
    );
    write.run(REWRITE, parameters).await?;
    Ok(())
}

const ALIASES: Among = Among { head: "select name, article_id from alias where name in", tail: "" };

const STORIES_OF: Among = Among { head: "select id, story_id, source_id from article where id in", tail: "" };

const DIGESTS: Among = Among { head: "select source_id, article_id, digest from entry where article_id in", tail: "" };

const COUNT_SINCE: &str = "select count(*) from entry where source_id = $1 and found_at >= $2";

const RHYTHM: &str = "\
select coalesce(published_at, found_at) as at from entry
where source_id = $1 order by found_at desc, id desc limit $2";

const INSERT: Many = Many {
    head: "\
insert into entry
    (source_id, article_id, key, link, title, author, published_at, updated_at, found_at, changed_at, digest, html)
values",
    columns: 12,
    tail: "on conflict (source_id, article_id) do nothing",
};

const INSERT_ALIASES: Many =
    Many { head: "insert into alias (name, article_id) values", columns: 2, tail: "on conflict (name) do nothing" };

const REWRITE: &str = "\
update entry set title = $3, author = $4, published_at = $5, updated_at = $6, changed_at = $7, digest = $8, html = $9
where source_id = $1 and article_id = $2";
