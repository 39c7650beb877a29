//! What editors said about which articles tell the same news; later runs obey it.

use super::db::Write;
use super::polls::Neighbourhood;
use super::{Revision, Store, StoreError};
use crate::domain::article::ArticleId;
use crate::domain::fingerprint::Features;
use crate::domain::story::{Corrections, Placement, Reason, StoryId, place};
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct CorrectionRow {
    other: ArticleId,
    story_id: StoryId,
    together: bool,
}

impl Store {
    /// The articles of a story, the oldest first.
    pub async fn articles_of(&self, story: StoryId) -> Result<Vec<ArticleId>, StoreError> {
        let rows: Vec<(ArticleId,)> = self.db.all(MEMBERS, (story,)).await?;
        Ok(rows.into_iter().map(|(article,)| article).collect())
    }
}

/// Looks again where an article belongs that reads otherwise now. It leaves its story only if it is alone there, or if an editor
/// said with which article it belongs; and it never joins a story that an editor keeps it apart from. A story that editors
/// decided about never goes into another: where one of two is, the other goes into it; where both are, they stay.
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
    let mut story = current;
    if let Placement::Join {
        story: other,
        with,
        reason,
    } = placement
        && other != current
    {
        story = join(write, (article, current), (with, other), &reason, revision).await?;
        near.read_again(write, story).await?;
    }
    near.put(article, story, features, found_at);
    Ok(())
}

/// Joins an article, or all that its story has or the other has, to the other's. The story that it is in then.
async fn join(
    write: &mut Write,
    (article, current): (ArticleId, StoryId),
    (with, other): (ArticleId, StoryId),
    reason: &Reason,
    revision: Revision,
) -> Result<StoryId, StoreError> {
    let alone = members(write, current).await?.len() == 1;
    if !alone && *reason != Reason::Editor {
        return Ok(current);
    }
    if alone && is_decided(write, current).await? {
        if !is_decided(write, other).await? {
            gather(write, other, (current, article), &reason.to_string(), revision).await?;
        }
        return Ok(current);
    }
    write
        .run(MOVE_ARTICLE, (article, other, Some(with), Some(reason.to_string())))
        .await?;
    if alone {
        write.run(MERGE, (current, other, revision)).await?;
    } else if let Some(first) = members(write, current).await?.first() {
        write.run(MEND_LEAD, (current, article, *first, revision)).await?;
    }
    write.run(TOUCH, (other, revision)).await?;
    Ok(other)
}

/// Joins all of a story into one that has an article and decisions, which goes on leading.
pub(super) async fn gather(
    write: &mut Write,
    away: StoryId,
    (into, article): (StoryId, ArticleId),
    because: &str,
    revision: Revision,
) -> Result<(), StoreError> {
    write.run(GATHER, (away, into, article, because.to_owned())).await?;
    write.run(MERGE, (away, into, revision)).await?;
    write.run(TOUCH, (into, revision)).await?;
    Ok(())
}

/// Whether editors decided about a story, so that it must not vanish by itself.
pub(super) async fn is_decided(write: &mut Write, story: StoryId) -> Result<bool, StoreError> {
    let (decided,): (bool,) = write.one(IS_DECIDED, (story,)).await?;
    Ok(decided)
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

pub(super) async fn members(write: &mut Write, story: StoryId) -> Result<Vec<ArticleId>, StoreError> {
    let rows: Vec<(ArticleId,)> = write.all(MEMBERS, (story,)).await?;
    Ok(rows.into_iter().map(|(article,)| article).collect())
}

/// Writes down what was said about two articles; the last word counts.
pub(super) async fn correct(
    write: &mut Write,
    (one, other): (ArticleId, ArticleId),
    together: bool,
    by: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    if one < other {
        write.run(CORRECT, (one, other, together, at, by.to_owned())).await?;
    }
    Ok(())
}

/// Takes back what was said about two articles.
pub(super) async fn forget(write: &mut Write, (one, other): (ArticleId, ArticleId)) -> Result<(), StoreError> {
    write.run(FORGET, (one, other)).await?;
    Ok(())
}

const STORY_AND_TIME_OF: &str = "select story_id, found_at from article where id = $1";

const MEMBERS: &str = "select id from article where story_id = $1 and gone_at is null order by id";

const MOVE_ARTICLE: &str = "update article set story_id = $2, joined_with = $3, joined_because = $4 where id = $1";

/// A story whose lead went away is led by the oldest that stayed.
pub(super) const MEND_LEAD: &str = "\
update story set lead_id = case when lead_id = $2 then $3 else lead_id end, revision = $4 where id = $1";

/// Stories that were joined into this one before go along, so that an address never takes two steps.
pub(super) const MERGE: &str = "update story set merged_into = $2, revision = $3 where id = $1 or merged_into = $1";

pub(super) const TOUCH: &str = "update story set revision = $2 where id = $1";

const CORRECTIONS_OF: &str = "\
select a.id as other, a.story_id, c.together
from correction c
join article a on a.id = case when c.one_id = $1 then c.other_id else c.one_id end
where (c.one_id = $1 or c.other_id = $1) and a.gone_at is null";

const CORRECT: &str = "\
insert into correction (one_id, other_id, together, made_at, made_by) values ($1, $2, $3, $4, $5)
on conflict (one_id, other_id) do update
    set together = excluded.together, made_at = excluded.made_at, made_by = excluded.made_by";

const FORGET: &str = "delete from correction where one_id = $1 and other_id = $2";

const IS_DECIDED: &str = "\
select version > 0 or exists (select 1 from pick where pick.story_id = story.id) from story where id = $1";

/// The one that began its story now goes with the article that it was joined for.
const GATHER: &str = "\
update article set story_id = $2, joined_with = coalesce(joined_with, $3), joined_because = coalesce(joined_because, $4)
where story_id = $1 and gone_at is null";
