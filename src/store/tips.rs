//! Tips: articles that editors add by their address.
//!
//! A tip is known by the same names as an entry of a source. Its page is fetched by a worker, as if a source had listed it;
//! what that page calls itself may show that the article was known all along, and then the two become one.

use super::articles::{self, Placed, RawPage, keep_page, rewrite};
use super::corrections::{MEND_LEAD, MERGE, TOUCH, gather, is_decided, members, place_again};
use super::db::Write;
use super::entries::{self, Listed};
use super::neighbourhood::Neighbourhood;
use super::sources;
use super::{Revision, Store, StoreError};
use crate::domain::article::{ArticleId, PageState, Written};
use crate::domain::entry::{EntryKey, Found};
use crate::domain::fingerprint::Features;
use crate::domain::link::Link;
use crate::domain::recognise::Alias;
use crate::domain::source::{Declared, Slug, SourceId};
use crate::domain::story::StoryId;
use crate::domain::text::CleanHtml;
use crate::domain::time::Timestamp;

/// Why articles are in the story of a tip that turned out to be one of them.
const SAME_PAGE: &str = "the same page, added by its address";

/// Where a tip led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tipped {
    /// To a story that was known, of this name.
    Known(String),
    /// To a new one, of this name; its page is yet to be read.
    New(String),
}

#[derive(sqlx::FromRow)]
struct HomeRow {
    article_id: ArticleId,
    story_id: StoryId,
}

impl Store {
    /// Finds the story of the article at `link`, or begins one called `public_id` and asks the workers for its page.
    /// Refused for a front page, which is no article, and for an article that was removed.
    pub async fn tip(&self, link: &Link, public_id: &str, now: Timestamp) -> Result<Tipped, StoreError> {
        if link.is_front_page() {
            let why = "that is the front page of a site, not an article; it may be added as a source";
            return Err(StoreError::Refused(why.to_owned()));
        }
        let (mut write, revision) = self.write().await?;
        let name = Alias::Link(link.identity()).to_text();
        let known: Option<(Option<String>,)> = write.maybe(STORY_OF, (name.clone(),)).await?;
        match known {
            Some((Some(story),)) => return Ok(Tipped::Known(story)),
            Some((None,)) => return Err(StoreError::Refused("that article was removed".to_owned())),
            None => {}
        }
        let source = tips(&mut write, now, revision).await?;
        let (article,): (ArticleId,) = write.one(TAKE_ARTICLE, ()).await?;
        let (story,): (StoryId,) = write.one(TAKE_STORY, ()).await?;
        let columns = (story, public_id.to_owned(), article, now, revision);
        write.run(INSERT_STORY, columns).await?;
        let placed = Placed {
            id: article,
            story,
            source,
            joined: None,
            found_at: now,
            written: unread(link),
        };
        articles::insert(&mut write, vec![placed]).await?;
        entries::insert_aliases(&mut write, vec![(name, article)]).await?;
        let listed = Listed {
            source,
            article,
            found: found(link),
            found_at: now,
        };
        entries::insert(&mut write, vec![listed]).await?;
        write.run(ASK, (source, now)).await?;
        write.commit().await?;
        Ok(Tipped::New(public_id.to_owned()))
    }

    /// The story of the article at `link`, if there is one.
    pub async fn story_at(&self, link: &Link) -> Result<Option<String>, StoreError> {
        let name = Alias::Link(link.identity()).to_text();
        let known: Option<(Option<String>,)> = self.db.maybe(STORY_OF, (name,)).await?;
        Ok(known.and_then(|(story,)| story))
    }

    /// Lets the pages of tips be fetched at once that came while others were fetched, since `began`.
    pub async fn hurry_tips(&self, source: SourceId, began: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        self.db.run(HURRY, (source, began, now)).await?;
        Ok(())
    }

    /// Writes what a tip reads like now. Where one of `names` belongs to an article already, they are one.
    pub async fn rewrite_tip(
        &self,
        article: ArticleId,
        written: Written,
        page: Option<RawPage>,
        names: Vec<Alias>,
        near: &mut Neighbourhood,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let done = self.rewrite_tip_at_once(article, written, page, names, near, now).await;
        if done.is_err() {
            *near = Neighbourhood::default();
        }
        done
    }

    async fn rewrite_tip_at_once(
        &self,
        article: ArticleId,
        written: Written,
        page: Option<RawPage>,
        names: Vec<Alias>,
        near: &mut Neighbourhood,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let features = written.features.clone();
        let mut known: Option<HomeRow> = None;
        for name in &names {
            let home: Option<HomeRow> = write.maybe(HOME_OF, (name.to_text(), article)).await?;
            known = known.or(home);
        }
        near.catch_up(&mut write, revision, now).await?;
        let home = match known {
            Some(known) => fold(&mut write, article, &known, &names, (now, revision)).await?,
            None => None,
        };
        if let Some(home) = home {
            near.forget(article);
            near.read_again(&mut write, home).await?;
        } else {
            rewrite(&mut write, article, written, revision, now).await?;
            if let Some(page) = page {
                keep_page(&mut write, article, page, now).await?;
            }
            learn(&mut write, &names, article).await?;
            place_again(&mut write, article, &features, near, (now, revision)).await?;
        }
        write.commit().await?;
        near.saw(revision);
        Ok(())
    }
}

/// Lets a tip become one with the article that it turned out to be: its names and its entry go there, and what it stood for
/// does. The story that both are in then; `None` if editors decided about both stories, which then stay.
async fn fold(
    write: &mut Write,
    tip: ArticleId,
    known: &HomeRow,
    names: &[Alias],
    (now, revision): (Timestamp, Revision),
) -> Result<Option<StoryId>, StoreError> {
    let (own,): (StoryId,) = write.one(STORY_OF_ARTICLE, (tip,)).await?;
    let (article, mut home) = (known.article_id, known.story_id);
    let alone = members(write, own).await?.len() == 1;
    if own != home && alone && is_decided(write, own).await? {
        if is_decided(write, home).await? {
            return Ok(None);
        }
        gather(write, home, (own, tip), SAME_PAGE, revision).await?;
        home = own;
    }
    write.run(MOVE_ALIASES, (tip, article)).await?;
    write.run(MOVE_ENTRIES, (tip, article)).await?;
    write.run(DROP_ENTRIES, (tip,)).await?;
    write.run(DROP_ARTICLE, (tip, now)).await?;
    write.run(BEGINS_ITSELF, (article, tip)).await?;
    learn(write, names, article).await?;
    let stays = members(write, own).await?;
    match stays.iter().find(|id| **id == article).or(stays.first()) {
        Some(first) => write.run(MEND_LEAD, (own, tip, *first, revision)).await?,
        None => write.run(MERGE, (own, home, revision)).await?,
    };
    write.run(TOUCH, (home, revision)).await?;
    Ok(Some(home))
}

async fn learn(write: &mut Write, names: &[Alias], article: ArticleId) -> Result<(), StoreError> {
    let rows = names.iter().map(|name| (name.to_text(), article)).collect();
    entries::insert_aliases(write, rows).await
}

/// What lists tips; made when the first one comes.
async fn tips(write: &mut Write, now: Timestamp, revision: Revision) -> Result<SourceId, StoreError> {
    let known: Option<(SourceId,)> = write.maybe(TIPS, ()).await?;
    if let Some((source,)) = known {
        return Ok(source);
    }
    let taken: Vec<(Slug,)> = write.all(SLUGS, ()).await?;
    let declared = Declared::tips(|slug| taken.iter().any(|(own,)| own == slug));
    let declared = declared.ok_or_else(|| StoreError::Refused("no name is left for the source of tips".to_owned()))?;
    sources::insert(write, &declared, false, now, now, revision).await
}

/// The entry of an address and nothing more.
fn found(link: &Link) -> Found {
    Found {
        key: EntryKey(link.identity()),
        link: Some(link.clone()),
        title: String::new(),
        author: None,
        published: None,
        updated: None,
        summary: String::new(),
        content: CleanHtml::default(),
        language: None,
        image: None,
        topics: Vec::new(),
    }
}

/// The article behind an address until its page is read. It is like no other.
fn unread(link: &Link) -> Written {
    Written {
        link: Some(link.canonical()),
        title: link.to_string(),
        byline: None,
        site_name: Some(link.host().to_owned()),
        published: None,
        updated: None,
        language: None,
        image: None,
        excerpt: String::new(),
        text: String::new(),
        html: CleanHtml::default(),
        words: 0,
        agreement: None,
        paywalled: false,
        page: PageState::Due,
        page_tries: 0,
        page_reason: None,
        features: Features::of("", "", None, None, None),
    }
}

const STORY_OF: &str = "\
select s.public_id
from alias
join article a on a.id = alias.article_id
join story own on own.id = a.story_id
left join story s on s.id = coalesce(own.merged_into, own.id) and s.gone_at is null
where alias.name = $1";

const TIPS: &str = "select id from source where kind = 'tip' and retired_at is null order by id limit 1";

const SLUGS: &str = "select slug from source";

const TAKE_ARTICLE: &str = "update counter set value = value + 1 where name = 'article' returning value";

const TAKE_STORY: &str = "update counter set value = value + 1 where name = 'story' returning value";

const INSERT_STORY: &str = "insert into story (id, public_id, lead_id, found_at, revision) values ($1, $2, $3, $4, $5)";

const ASK: &str = "\
update source set asked_at = $2, next_poll_at = case when next_poll_at < $2 then next_poll_at else $2 end where id = $1";

const HURRY: &str = "\
update source set next_poll_at = $3
where id = $1 and next_poll_at > $3 and exists (
    select 1 from article a
    where a.source_id = source.id and a.page = 'due' and a.page_tries = 0 and a.changed_at >= $2 and a.gone_at is null)";

const HOME_OF: &str = "\
select a.id as article_id, a.story_id
from alias join article a on a.id = alias.article_id
where alias.name = $1 and a.id <> $2 and a.gone_at is null";

const STORY_OF_ARTICLE: &str = "select story_id from article where id = $1";

const MOVE_ALIASES: &str = "update alias set article_id = $2 where article_id = $1";

const MOVE_ENTRIES: &str = "\
update entry set article_id = $2
where article_id = $1
    and not exists (select 1 from entry own where own.article_id = $2 and own.source_id = entry.source_id)";

const DROP_ENTRIES: &str = "delete from entry where article_id = $1";

const DROP_ARTICLE: &str = "update article set gone_at = $2 where id = $1";

/// Nothing is joined with an article that is gone.
const BEGINS_ITSELF: &str = "\
update article set joined_with = null, joined_because = null where id = $1 and joined_with = $2";
