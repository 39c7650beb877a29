//! Counts for the desk, each stopped where nobody counts on.

use super::{Store, StoreError};
use crate::domain::decision::Status;
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;

/// Where a count stops.
pub const COUNT_MAX: u32 = 1000;

impl Store {
    /// The story that was found last, whatever became of it; keys of stories only grow.
    pub async fn newest_story(&self) -> Result<Option<StoryId>, StoreError> {
        let (newest,): (Option<StoryId>,) = self.db.one(NEWEST_STORY, ()).await?;
        Ok(newest)
    }

    /// How many stories stand there, not counting new ones that were picked; at most [`COUNT_MAX`].
    pub async fn count_of_status(&self, status: Status) -> Result<u32, StoreError> {
        let (count,): (i64,) = self.db.one(COUNT_OF_STATUS, (status, i64::from(COUNT_MAX))).await?;
        Ok(u32::try_from(count).unwrap_or(COUNT_MAX))
    }

    /// How many stories that stand there were found after this one; at most [`COUNT_MAX`].
    pub async fn count_arrivals(
        &self,
        status: Option<Status>,
        (at, id): (Timestamp, StoryId),
    ) -> Result<u32, StoreError> {
        let parameters = (status, at, id, i64::from(COUNT_MAX));
        let (count,): (i64,) = self.db.one(COUNT_ARRIVALS, parameters).await?;
        Ok(u32::try_from(count).unwrap_or(COUNT_MAX))
    }
}

const NEWEST_STORY: &str = "select max(id) from story";

const COUNT_OF_STATUS: &str = "\
select count(*) from (
    select s.id from story s
    where s.status = $1 and s.gone_at is null and s.merged_into is null
        and ($1 <> 'new' or not exists (
            select 1 from pick where pick.story_id = s.id and pick.stage in ('draft', 'scheduled', 'published')))
    limit $2) counted";

const COUNT_ARRIVALS: &str = "\
select count(*) from (
    select s.id from story s
    where s.gone_at is null and s.merged_into is null and ($1 is null or s.status = $1) and (s.found_at, s.id) > ($2, $3)
    limit $4) counted";
