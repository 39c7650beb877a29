//! What editors said about which articles tell the same news; later runs obey it.

use super::db::Write;
use super::polls::Neighbourhood;
use super::{Revision, Store, StoreError};
use crate::domain::article::ArticleId;
use crate::domain::fingerprint::Features;
use crate::domain::story::{Corrections, Placement, Reason, StoryId, place};
use crate::domain::time::Timestamp;

/// Who corrects, when.
#[derive(Debug, Clone)]
pub struct Correction {
    /// The editor's name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct CorrectionRow {
    other: ArticleId,
    story_id: StoryId,
    together: bool,
}

impl Store {
    /// Takes an article out of its story into one of its own, called `public_id`; it is kept apart from every article that
    /// stays. [`StoreError::Missing`] if there is no such article, or if it is alone.
    pub async fn split(&self, article: ArticleId, public_id: &str, made: &Correction) -> Result<StoryId, StoreError> {
        let (mut write, revision) = self.write().await?;
        let (old,): (StoryId,) = write.one(STORY_OF, (article,)).await?;
        let members = members(&mut write, old).await?;
        let rest: Vec<ArticleId> = members.into_iter().filter(|id| *id != article).collect();
        let Some(first) = rest.first().copied() else {
            return Err(StoreError::Missing);
        };
        let (new,): (StoryId,) = write.one(TAKE_STORY, ()).await?;
        write
            .run(INSERT_STORY, (new, public_id.to_owned(), article, made.at, revision))
            .await?;
        write
            .run(MOVE_ARTICLE, (article, new, None::<ArticleId>, None::<String>))
            .await?;
        write.run(MEND_LEAD, (old, article, first, revision)).await?;
        for other in rest {
            correct(&mut write, article, other, false, made).await?;
        }
        write.commit().await?;
        Ok(new)
    }

    /// Joins `story` into another; its articles are kept together with that one's lead, and its address leads there.
    pub async fn join(&self, story: StoryId, into: StoryId, made: &Correction) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let (lead,): (ArticleId,) = write.one(LEAD_OF, (into,)).await?;
        for member in members(&mut write, story).await? {
            let because = Some(Reason::Editor.to_string());
            write.run(MOVE_ARTICLE, (member, into, Some(lead), because)).await?;
            correct(&mut write, member, lead, true, made).await?;
        }
        write.run(MERGE, (story, into, revision)).await?;
        write.run(TOUCH, (into, revision)).await?;
        write.commit().await
    }

    /// Makes an article the one that stands for its story.
    pub async fn choose_lead(&self, article: ArticleId) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let chosen = write.run(CHOOSE_LEAD, (article, revision)).await?;
        if chosen == 0 {
            return Err(StoreError::Missing);
        }
        write.commit().await
    }

    /// The articles of a story, the oldest first.
    pub async fn articles_of(&self, story: StoryId) -> Result<Vec<ArticleId>, StoreError> {
        let rows: Vec<(ArticleId,)> = self.db.all(MEMBERS, (story,)).await?;
        Ok(rows.into_iter().map(|(article,)| article).collect())
    }
}

/// Looks again where an article belongs that reads otherwise now. It leaves its story only if it is alone there, or if an editor
/// said with which article it belongs; and it never joins a story that an editor keeps it apart from.
pub(super) async fn place_again(
    write: &mut Write,
    article: ArticleId,
    features: &Features,
    near: &mut Neighbourhood,
    (now, revision): (Timestamp, Revision),
) -> Result<(), StoreError> {
    near.catch_up(write, revision, now).await?;
    let (current, found_at): (StoryId, Timestamp) = write.one(STORY_AND_TIME_OF, (article,)).await?;
    let corrections = corrections_of(write, article).await?;
    near.forget(article);
    let placement = place(features, &near.candidates(features, found_at), &corrections);
    let alone = members(write, current).await?.len() == 1;
    let mut story = current;
    if let Placement::Join {
        story: other,
        with,
        reason,
    } = placement
        && other != current
        && (alone || reason == Reason::Editor)
    {
        write
            .run(MOVE_ARTICLE, (article, other, Some(with), Some(reason.to_string())))
            .await?;
        if alone {
            write.run(MERGE, (current, other, revision)).await?;
        } else {
            let rest = members(write, current).await?;
            if let Some(first) = rest.first() {
                write.run(MEND_LEAD, (current, article, *first, revision)).await?;
            }
        }
        write.run(TOUCH, (other, revision)).await?;
        story = other;
    }
    near.put(article, story, features, found_at);
    Ok(())
}

async fn corrections_of(write: &mut Write, article: ArticleId) -> Result<Corrections, StoreError> {
    let rows: Vec<CorrectionRow> = write.all(CORRECTIONS_OF, (article,)).await?;
    let mut corrections = Corrections::default();
    for row in rows {
        if row.together {
            corrections.keep_together(row.other, row.story_id);
        } else {
            corrections.keep_apart(row.other, row.story_id);
        }
    }
    Ok(corrections)
}

async fn members(write: &mut Write, story: StoryId) -> Result<Vec<ArticleId>, StoreError> {
    let rows: Vec<(ArticleId,)> = write.all(MEMBERS, (story,)).await?;
    Ok(rows.into_iter().map(|(article,)| article).collect())
}

/// The last word counts.
async fn correct(
    write: &mut Write,
    article: ArticleId,
    other: ArticleId,
    together: bool,
    made: &Correction,
) -> Result<(), StoreError> {
    let (one, other) = (article.min(other), article.max(other));
    if one != other {
        write
            .run(CORRECT, (one, other, together, made.at, made.by.clone()))
            .await?;
    }
    Ok(())
}

const STORY_OF: &str = "select story_id from article where id = $1 and gone_at is null";

const STORY_AND_TIME_OF: &str = "select story_id, found_at from article where id = $1";

const LEAD_OF: &str = "select lead_id from story where id = $1 and gone_at is null and merged_into is null";

const MEMBERS: &str = "select id from article where story_id = $1 and gone_at is null order by id";

const TAKE_STORY: &str = "update counter set value = value + 1 where name = 'story' returning value";

const INSERT_STORY: &str = "insert into story (id, public_id, lead_id, found_at, revision) values ($1, $2, $3, $4, $5)";

const MOVE_ARTICLE: &str = "update article set story_id = $2, joined_with = $3, joined_because = $4 where id = $1";

/// A story whose lead went away is led by the oldest that stayed.
const MEND_LEAD: &str = "\
update story set lead_id = case when lead_id = $2 then $3 else lead_id end, revision = $4 where id = $1";

/// Stories that were joined into this one before go along, so that an address never takes two steps.
const MERGE: &str = "update story set merged_into = $2, revision = $3 where id = $1 or merged_into = $1";

const TOUCH: &str = "update story set revision = $2 where id = $1";

const CHOOSE_LEAD: &str = "\
update story set lead_id = $1, revision = $2
where id = (select story_id from article where id = $1 and gone_at is null)";

const CORRECTIONS_OF: &str = "\
select a.id as other, a.story_id, c.together
from correction c
join article a on a.id = case when c.one_id = $1 then c.other_id else c.one_id end
where (c.one_id = $1 or c.other_id = $1) and a.gone_at is null";

const CORRECT: &str = "\
insert into correction (one_id, other_id, together, made_at, made_by) values ($1, $2, $3, $4, $5)
on conflict (one_id, other_id) do update
    set together = excluded.together, made_at = excluded.made_at, made_by = excluded.made_by";
