//! What an index needs to follow the stories, and to be held against them.

use std::collections::{HashMap, HashSet};

use super::statement::Among;
use super::stories::{ArticleLine, SourceName, StoryRow, with_others};
use super::{CuratedWords, Revision, Store, StoreError};
use crate::domain::article::ArticleId;
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;

/// What a follower needs to make a story findable.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryText {
    /// The story's key.
    pub id: StoryId,
    /// Its name outside.
    pub public_id: String,
    /// When it was first found.
    pub found_at: Timestamp,
    /// Its lead article.
    pub lead: ArticleLine,
    /// The lead's text, and the titles and first sentences of the others.
    pub text: String,
    /// The sources that listed it.
    pub sources: Vec<SourceName>,
    /// The topics of those sources.
    pub topics: Vec<String>,
    /// What editors made of it.
    pub curated: CuratedWords,
}

/// Stories that changed: to be put into an index, or to be taken out of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Those that live.
    pub put: Vec<StoryText>,
    /// Those that are gone or joined into another.
    pub drop: Vec<StoryId>,
    /// The revision up to which this is everything; `None` if nothing changed.
    pub upto: Option<Revision>,
}

/// What an index may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// Its key: a story's, or a pick's.
    pub id: i64,
    /// Whether the index must hold it: it lives, or is out, and has not changed since the revision that the index has followed to.
    pub is_settled: bool,
}

#[derive(sqlx::FromRow)]
struct Changed {
    id: StoryId,
    gone: bool,
}

#[derive(sqlx::FromRow)]
struct TextRow {
    id: ArticleId,
    text: String,
}

impl Store {
    /// What changed after `seen`: about `limit` stories, but always the whole of a revision.
    pub async fn changes_since(&self, seen: Revision, limit: u32) -> Result<Changes, StoreError> {
        let (upto,): (Option<Revision>,) = self.db.one(CHANGED_UPTO, (seen, i64::from(limit))).await?;
        let Some(upto) = upto else {
            return Ok(Changes::default());
        };
        let changed: Vec<Changed> = self.db.all(CHANGED, (seen, upto)).await?;
        let (gone, live): (Vec<Changed>, Vec<Changed>) = changed.into_iter().partition(|c| c.gone);
        let live: Vec<StoryId> = live.into_iter().map(|c| c.id).collect();
        let put = self.texts(&live).await?;
        Ok(Changes {
            put,
            drop: gone.into_iter().map(|c| c.id).collect(),
            upto: Some(upto),
        })
    }

    /// The stories that an index which has followed up to `cursor` may hold, by rising key from `after` on, at most `limit`.
    pub async fn stories_known_at(
        &self,
        cursor: Revision,
        after: StoryId,
        limit: u32,
    ) -> Result<Vec<Standing>, StoreError> {
        self.db.all(STORIES_KNOWN_AT, (cursor, after, i64::from(limit))).await
    }

    /// The last write that changed a story; 0 if none did.
    pub async fn last_change(&self) -> Result<Revision, StoreError> {
        let (revision,): (Revision,) = self.db.one(LAST_CHANGE, ()).await?;
        Ok(revision)
    }

    /// Marks every story as changed, so that followers read all of them again.
    pub async fn touch_stories(&self) -> Result<u64, StoreError> {
        let (mut write, revision) = self.write().await?;
        let touched = write.run(TOUCH_ALL, (revision,)).await?;
        write.commit().await?;
        Ok(touched)
    }

    /// The texts of the stories with these keys, for an index.
    pub async fn texts(&self, ids: &[StoryId]) -> Result<Vec<StoryText>, StoreError> {
        let rows: Vec<StoryRow> = distinct(self.db.all_among(&STORIES_BY_ID, ids).await?);
        let leads: Vec<ArticleId> = rows.iter().filter_map(|row| row.lead_id).collect();
        let mut texts: HashMap<ArticleId, String> = self
            .db
            .all_among::<TextRow, _>(&TEXTS, &leads)
            .await?
            .into_iter()
            .map(|row| (row.id, row.text))
            .collect();
        let mut articles = self.articles_by_story(ids).await?;
        let mut listed = self.listed_by_story(ids).await?;
        let mut curated = self.curated_words(ids).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let mut all = articles.remove(&row.id).unwrap_or_default();
            let Some(at) = all.iter().position(|article| Some(article.id) == row.lead_id) else {
                continue;
            };
            let lead = all.swap_remove(at);
            all.sort_by_key(|article| article.id);
            let text = texts.remove(&lead.id).unwrap_or_default();
            let text = with_others(text, all.iter());
            let (sources, topics) = listed.remove(&row.id).unwrap_or_default();
            found.push(StoryText {
                id: row.id,
                public_id: row.public_id,
                found_at: row.found_at,
                lead,
                text,
                sources,
                topics,
                curated: curated.remove(&row.id).unwrap_or_default(),
            });
        }
        Ok(found)
    }
}

/// Each story once, in the order given: a statement of fixed length finds the last of its values several times over no row,
/// but two statements may share a story.
fn distinct(mut rows: Vec<StoryRow>) -> Vec<StoryRow> {
    let mut seen = HashSet::new();
    rows.retain(|row| seen.insert(row.id));
    rows
}

const STORIES_BY_ID: Among = Among {
    head: "\
select id, public_id, lead_id, found_at, revision, status, version
from story where gone_at is null and merged_into is null and id in",
    tail: "",
};

const TEXTS: Among = Among {
    head: "select id, text from article where id in",
    tail: "",
};

const CHANGED_UPTO: &str = "\
select max(revision) from (select revision from story where revision > $1 order by revision limit $2) next";

const CHANGED: &str = "\
select id, (gone_at is not null or merged_into is not null) as gone
from story where revision > $1 and revision <= $2 order by id";

const STORIES_KNOWN_AT: &str = "\
select id, revision <= $1 as is_settled
from story where id > $2 and (revision > $1 or (gone_at is null and merged_into is null))
order by id limit $3";

const LAST_CHANGE: &str = "select coalesce(max(revision), 0) from story";
const TOUCH_ALL: &str = "update story set revision = $1";
