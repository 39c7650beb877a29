//! Entries: what a source listed, and when.

use std::collections::HashMap;

use super::db::Write;
use super::statement::{Among, Many};
use super::{Store, StoreError};
use crate::domain::article::{ArticleId, PageState, Written};
use crate::domain::entry::{EntryKey, Found};
use crate::domain::link::Link;
use crate::domain::recognise::{Alias, Match, Recognised, Sighting, recognise};
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

/// An entry by what it is recognised by.
#[derive(Debug, Clone)]
pub struct Named {
    /// The names it may be known by.
    pub aliases: Vec<Alias>,
    /// The page it points to; the last known of its links.
    pub link: Option<Link>,
    /// Its title.
    pub title: String,
    /// When its source says it was published.
    pub published: Option<Timestamp>,
    /// [`Found::digest`].
    pub digest: String,
}

/// What the store knows of some aliases and of the articles behind them.
#[derive(Debug, Default)]
pub(super) struct Standing {
    aliases: HashMap<String, ArticleId>,
    articles: HashMap<ArticleId, KnownArticle>,
    digests: HashMap<ArticleId, String>,
}

/// An article as far as recognising needs it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct KnownArticle {
    pub id: ArticleId,
    pub story_id: StoryId,
    /// The source that found it first.
    pub source_id: SourceId,
    pub link: Option<Link>,
    pub title: String,
    pub published_at: Option<Timestamp>,
    /// What is known of its page: the word of a page state.
    pub page: String,
}

impl KnownArticle {
    /// Whether its page was read, and could not be read again for `written`, which therefore has the entry's text.
    pub(super) fn tells_more_than(&self, written: &Written) -> bool {
        self.page == PageState::Done.as_str() && !matches!(written.page, PageState::Done | PageState::None)
    }
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
    /// What is known of each of `entries`, in their order.
    pub async fn sift(&self, source: SourceId, entries: &[Named]) -> Result<Vec<Known>, StoreError> {
        let names: Vec<String> = entries
            .iter()
            .flat_map(|entry| entry.aliases.iter().map(Alias::to_text))
            .collect();
        let aliases: Vec<(String, ArticleId)> = self.db.all_among(&ALIASES, &names).await?;
        let articles = distinct(&aliases);
        let known: Vec<KnownArticle> = self.db.all_among(&ARTICLES, &articles).await?;
        let listed: Vec<(SourceId, ArticleId, String)> = self.db.all_among(&DIGESTS, &articles).await?;
        let standing = Standing::new(source, aliases, known, listed);
        Ok(entries.iter().map(|entry| standing.known(entry)).collect())
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
    /// Reads what a transaction must know before it writes entries of `source` that may be known by `names`.
    pub(super) async fn read(write: &mut Write, source: SourceId, names: &[String]) -> Result<Self, StoreError> {
        let aliases: Vec<(String, ArticleId)> = write.all_among(&ALIASES, names).await?;
        let articles = distinct(&aliases);
        let known: Vec<KnownArticle> = write.all_among(&ARTICLES, &articles).await?;
        let listed: Vec<(SourceId, ArticleId, String)> = write.all_among(&DIGESTS, &articles).await?;
        Ok(Self::new(source, aliases, known, listed))
    }

    fn new(
        source: SourceId,
        aliases: Vec<(String, ArticleId)>,
        articles: Vec<KnownArticle>,
        listed: Vec<(SourceId, ArticleId, String)>,
    ) -> Self {
        let own = listed.into_iter().filter(|(by, _, _)| *by == source);
        Self {
            aliases: aliases.into_iter().collect(),
            articles: articles.into_iter().map(|article| (article.id, article)).collect(),
            digests: own.map(|(_, article, digest)| (article, digest)).collect(),
        }
    }

    /// The article that an entry is, if it is a known one.
    pub(super) fn article(&self, entry: &Named) -> Option<&KnownArticle> {
        let matches: Vec<Match> = entry.aliases.iter().filter_map(|alias| self.bearer(alias)).collect();
        let sighting = Sighting {
            aliases: &entry.aliases,
            link: entry.link.as_ref(),
            title: &entry.title,
            published: entry.published,
        };
        match recognise(&sighting, &matches) {
            Recognised::Known(article) | Recognised::Moved(article) | Recognised::Conflict { article, .. } => {
                self.articles.get(&article)
            }
            Recognised::New => None,
        }
    }

    /// What is known of an entry.
    pub(super) fn known(&self, entry: &Named) -> Known {
        match self.article(entry).map(|article| self.digests.get(&article.id)) {
            None => Known::Not,
            Some(None) => Known::Article,
            Some(Some(digest)) if *digest == entry.digest => Known::Same,
            Some(Some(_)) => Known::Changed,
        }
    }

    /// Takes note of an entry that the transaction is about to write. The names that are new.
    pub(super) fn learn(&mut self, article: KnownArticle, entry: &Named) -> Vec<(String, ArticleId)> {
        let id = article.id;
        self.articles.insert(id, article);
        self.digests.insert(id, entry.digest.clone());
        let names = entry.aliases.iter().map(Alias::to_text);
        let new: Vec<(String, ArticleId)> = names
            .filter(|name| !self.aliases.contains_key(name))
            .map(|name| (name, id))
            .collect();
        self.aliases.extend(new.iter().cloned());
        new
    }

    fn bearer(&self, alias: &Alias) -> Option<Match> {
        let article = self.articles.get(self.aliases.get(&alias.to_text())?)?;
        Some(Match {
            alias: alias.clone(),
            article: article.id,
            link: article.link.clone(),
            title: article.title.clone(),
            published: article.published_at,
        })
    }
}

/// Each article once.
fn distinct(aliases: &[(String, ArticleId)]) -> Vec<ArticleId> {
    let mut articles: Vec<ArticleId> = aliases.iter().map(|(_, article)| *article).collect();
    articles.sort_unstable();
    articles.dedup();
    articles
}

/// Inserts entries; their articles stand already.
pub(super) async fn insert(write: &mut Write, entries: Vec<Listed>) -> Result<(), StoreError> {
    let rows = entries
        .into_iter()
        .map(
            |Listed {
                 source,
                 article,
                 found,
                 found_at: at,
             }| {
                let digest = found.digest();
                let EntryKey(key) = found.key;
                let (published, updated) = (found.published, found.updated);
                (
                    source,
                    article,
                    key,
                    found.link,
                    found.title,
                    found.author,
                    published,
                    updated,
                    at,
                    at,
                    digest,
                    found.content,
                )
            },
        )
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

const ALIASES: Among = Among {
    head: "select name, article_id from alias where name in",
    tail: "",
};

const ARTICLES: Among = Among {
    head: "select id, story_id, source_id, link, title, published_at, page from article where id in",
    tail: "",
};

const DIGESTS: Among = Among {
    head: "select source_id, article_id, digest from entry where article_id in",
    tail: "",
};

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

const INSERT_ALIASES: Many = Many {
    head: "insert into alias (name, article_id) values",
    columns: 2,
    tail: "on conflict (name) do nothing",
};

const REWRITE: &str = "\
update entry set title = $3, author = $4, published_at = $5, updated_at = $6, changed_at = $7, digest = $8, html = $9
where source_id = $1 and article_id = $2";
