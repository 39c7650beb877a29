//! Articles: the pages on the web that entries point to.

use super::corrections::place_again;
use super::db::{And, Parameters, Write};
use super::polls::Neighbourhood;
use super::statement::Many;
use super::{Revision, Store, StoreError};
use crate::domain::article::{ArticleId, Written};
use crate::domain::entry::{EntryKey, Found};
use crate::domain::fingerprint::Features;
use crate::domain::link::Link;
use crate::domain::source::{Slug, SourceId};
use crate::domain::story::StoryId;
use crate::domain::text::{CleanHtml, Language};
use crate::domain::time::Timestamp;

/// A page as it came over the network.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RawPage {
    /// Where it was in the end.
    pub link: Link,
    /// What it was said to be.
    pub content_type: Option<String>,
    /// Its bytes, compressed with zstd.
    pub body: Vec<u8>,
}

/// An article as a line of `docent export`.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Exported {
    /// Its key, by which the export goes on.
    pub id: ArticleId,
    /// The name of its story.
    pub public_id: String,
    /// Its canonical address.
    pub link: Option<Link>,
    /// Its address as the source that found it gave it.
    pub listed_link: Option<Link>,
    /// Its title.
    pub title: String,
    /// Its language.
    pub language: Option<Language>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// The source that found it.
    pub slug: Slug,
    /// Its words.
    pub text: String,
}

/// An article that wants to be read again: its page is due, or the rules of reading changed.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Unread {
    /// Its key.
    pub id: ArticleId,
    /// The source that found it.
    pub source_id: SourceId,
    /// How often its page was asked for in vain.
    pub page_tries: i64,
    /// The entry's own name.
    pub key: String,
    /// Its address as far as it is known.
    pub known_link: Option<Link>,
    /// Where its page is, as the source gave it.
    pub link: Option<Link>,
    /// The entry's own title.
    pub title: String,
    /// The entry's own author.
    pub author: Option<String>,
    /// The entry's own date.
    pub published_at: Option<Timestamp>,
    /// The entry's own change.
    pub updated_at: Option<Timestamp>,
    /// The entry's own text.
    pub html: CleanHtml,
}

impl Unread {
    /// The entry as it was found, as far as it is kept.
    pub fn into_found(self) -> Found {
        Found {
            key: EntryKey(self.key),
            link: self.link,
            title: self.title,
            author: self.author,
            published: self.published_at,
            updated: self.updated_at,
            summary: String::new(),
            content: self.html,
            language: None,
            image: None,
            topics: Vec::new(),
        }
    }
}

impl Store {
    /// Live articles from `after` on, by key, at most `limit`.
    pub async fn export(&self, after: ArticleId, limit: u32) -> Result<Vec<Exported>, StoreError> {
        self.db.all(EXPORT, (after, i64::from(limit))).await
    }

    /// Articles of a source whose page is still to be fetched and was last tried before `before`, oldest first.
    pub async fn due_pages(&self, source: SourceId, before: Timestamp, limit: u32) -> Result<Vec<Unread>, StoreError> {
        self.db.all(DUE_PAGES, (source, before, i64::from(limit))).await
    }

    /// Live articles from `after` on, by key, with the entry they came from: for reading them again.
    pub async fn unread(&self, after: ArticleId, limit: u32) -> Result<Vec<Unread>, StoreError> {
        self.db.all(UNREAD, (after, i64::from(limit))).await
    }

    /// The page of an article as it came, if it is still kept.
    pub async fn raw_page(&self, article: ArticleId) -> Result<Option<RawPage>, StoreError> {
        self.db.maybe(RAW_PAGE, (article,)).await
    }

    /// The address of the article that `alias` names, and what it reads like.
    pub async fn reading_of(&self, alias: &str) -> Result<Option<(Link, Features)>, StoreError> {
        let row: Option<(Option<Link>, String)> = self.db.maybe(READING_OF, (alias.to_owned(),)).await?;
        Ok(row.and_then(|(link, features)| Some((link?, Features::from_text(&features)?))))
    }

    /// Writes what an article reads like now, and looks again where it belongs; its story counts as changed.
    pub async fn rewrite_article(
        &self,
        article: ArticleId,
        written: Written,
        page: Option<RawPage>,
        near: &mut Neighbourhood,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let done = self.rewrite_in_transaction(article, written, page, near, now).await;
        if done.is_err() {
            *near = Neighbourhood::default();
        }
        done
    }

    async fn rewrite_in_transaction(
        &self,
        article: ArticleId,
        written: Written,
        page: Option<RawPage>,
        near: &mut Neighbourhood,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let features = written.features.clone();
        rewrite(&mut write, article, written, revision, now).await?;
        if let Some(page) = page {
            keep_page(&mut write, article, page, now).await?;
        }
        place_again(&mut write, article, &features, near, (now, revision)).await?;
        write.commit().await?;
        near.saw(revision);
        Ok(())
    }

    /// Forgets raw pages fetched before `before`. How many.
    pub async fn forget_pages(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.db.run(FORGET_PAGES, (before,)).await
    }
}

/// A new article: where it belongs, and what it reads like.
#[derive(Debug)]
pub(super) struct Placed {
    pub id: ArticleId,
    pub story: StoryId,
    pub source: SourceId,
    /// The article it was matched with, and why.
    pub joined: Option<(ArticleId, String)>,
    pub found_at: Timestamp,
    pub written: Written,
}

/// Inserts articles; their stories stand already.
pub(super) async fn insert(write: &mut Write, articles: Vec<Placed>) -> Result<(), StoreError> {
    let rows = articles
        .into_iter()
        .map(|placed| {
            let (with, because) = placed.joined.unzip();
            let keys = (
                placed.id,
                placed.story,
                placed.source,
                with,
                because,
                placed.found_at,
                placed.found_at,
            );
            And(keys, columns(placed.written))
        })
        .collect();
    write.run_many(&INSERT, rows).await?;
    Ok(())
}

/// Writes over an article, and marks its story as changed.
pub(super) async fn rewrite(
    write: &mut Write,
    article: ArticleId,
    written: Written,
    revision: Revision,
    now: Timestamp,
) -> Result<(), StoreError> {
    write.run(REWRITE, And(columns(written), (article, now))).await?;
    write.run(TOUCH_STORY_OF, (article, revision)).await?;
    Ok(())
}

/// Keeps the page of an article as it came, in place of an older one.
pub(super) async fn keep_page(
    write: &mut Write,
    article: ArticleId,
    page: RawPage,
    now: Timestamp,
) -> Result<(), StoreError> {
    write
        .run(KEEP_PAGE, (article, page.link, page.content_type, page.body, now))
        .await?;
    Ok(())
}

/// What an article reads like, in the order of [`INSERT`] and [`REWRITE`].
fn columns(written: Written) -> impl Parameters {
    let (published_at, published_from) = written.published.unzip();
    let (language, language_from) = written.language.unzip();
    let (image, image_alt) = written.image.map(|picture| (picture.link, picture.alt)).unzip();
    (
        written.link,
        written.title,
        written.byline,
        written.site_name,
        published_at,
        published_from,
        written.updated,
        language,
        language_from,
        image,
        image_alt,
        written.excerpt,
        i64::from(written.words),
        written.agreement,
        written.paywalled,
        written.page.as_str(),
        i64::from(written.page_tries),
        written.page_reason,
        written.features.to_text(),
        written.text,
        written.html,
    )
}

const INSERT: Many = Many {
    head: "\
insert into article
    (id, story_id, source_id, joined_with, joined_because, found_at, changed_at,
    link, title, byline, site_name, published_at, published_from, updated_at, language, language_from, image, image_alt,
    excerpt, words, agreement, paywalled, page, page_tries, page_reason, features, text, html)
values",
    columns: 28,
    tail: "",
};

const REWRITE: &str = "\
update article set link = $1, title = $2, byline = $3, site_name = $4, published_at = $5, published_from = $6, updated_at = $7,
    language = $8, language_from = $9, image = $10, image_alt = $11, excerpt = $12, words = $13, agreement = $14,
    paywalled = $15, page = $16, page_tries = $17, page_reason = $18, features = $19, text = $20, html = $21, changed_at = $23
where id = $22";

const TOUCH_STORY_OF: &str = "\
update story set revision = $2 where id = (select story_id from article where id = $1)";

const KEEP_PAGE: &str = "\
insert into page (article_id, link, content_type, body, fetched_at) values ($1, $2, $3, $4, $5)
on conflict (article_id) do update
    set link = excluded.link, content_type = excluded.content_type, body = excluded.body, fetched_at = excluded.fetched_at";

const RAW_PAGE: &str = "select link, content_type, body from page where article_id = $1";

const FORGET_PAGES: &str = "delete from page where fetched_at < $1";

const EXPORT: &str = "\
select a.id, s.public_id, a.link, e.link as listed_link, a.title, a.language, a.published_at, source.slug, a.text
from article a
join story s on s.id = a.story_id
join source on source.id = a.source_id
left join entry e on e.article_id = a.id and e.source_id = a.source_id
where a.id > $1 and a.gone_at is null and s.gone_at is null
order by a.id limit $2";

const READING_OF: &str = "\
select a.link, a.features from alias join article a on a.id = alias.article_id where alias.name = $1 and a.gone_at is null";

const DUE_PAGES: &str = "\
select a.id, a.source_id, a.page_tries, a.link as known_link, e.key, e.link, e.title, e.author, e.published_at, e.updated_at, e.html
from article a
join entry e on e.article_id = a.id and e.source_id = a.source_id
where a.source_id = $1 and a.page = 'due' and a.changed_at < $2 and a.gone_at is null
order by a.id limit $3";

const UNREAD: &str = "\
select a.id, a.source_id, a.page_tries, a.link as known_link, e.key, e.link, e.title, e.author, e.published_at, e.updated_at, e.html
from article a
join entry e on e.article_id = a.id and e.source_id = a.source_id
where a.id > $1 and a.gone_at is null
order by a.id limit $2";
