//! Decisions about lists: a story is picked, and taken from a list before it went out.

use super::{Change, Pen, StoryRow};
use crate::domain::decision::{Cell, Value};
use crate::domain::list::{ListId, Stage};
use crate::domain::source::Slug;
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;
use crate::store::StoreError;
use crate::store::picks::{NewPick, drop_pick, make_pick, restore_pick};

impl Pen<'_> {
    pub(super) async fn pick(&mut self, story: &StoryRow, list: &Slug) -> Result<Change, StoreError> {
        let list = self.list(list).await?;
        let new = NewPick {
            list,
            story: story.id,
            by: self.hand.editor,
            at: self.hand.at,
            public_id: (self.hand.fresh_id)(),
        };
        make_pick(self.write, &new).await?;
        Ok(picked(story, list, true))
    }

    pub(super) async fn unpick(&mut self, story: &StoryRow, list: &Slug) -> Result<Change, StoreError> {
        let list = self.list(list).await?;
        self.take_from(list, story.id).await?;
        Ok(picked(story, list, false))
    }

    /// Lets a list hold a story, or not, as an undo or a redo has it.
    pub(super) async fn put_on_list(&mut self, list: ListId, story: StoryId, picked: bool) -> Result<(), StoreError> {
        if picked {
            restore_pick(self.write, list, story, self.hand.at).await?;
            return Ok(());
        }
        self.take_from(list, story).await
    }

    async fn take_from(&mut self, list: ListId, story: StoryId) -> Result<(), StoreError> {
        let out: Option<(Timestamp,)> = self.write.maybe(WENT_OUT, (list, story, Stage::Published)).await?;
        if let Some((at,)) = out {
            let at = at.to_jiff().strftime("%Y-%m-%d %H:%M");
            return Err(StoreError::Refused(format!(
                "it went out on {at} UTC; withdraw it instead"
            )));
        }
        drop_pick(self.write, list, story, self.hand.at).await?;
        Ok(())
    }
}

fn picked(story: &StoryRow, list: ListId, picked: bool) -> Change {
    Change::of(story, Cell::List(list), Value::Picked(!picked), Value::Picked(picked))
}

const WENT_OUT: &str = "\
select p.published_at from pick p
join story own on own.id = p.story_id
where p.list_id = $1 and coalesce(own.merged_into, own.id) = $2 and p.stage = $3 and p.published_at is not null
order by p.id desc limit 1";
