//! What editors made of stories, beside where they stand; and what each editor keeps for themselves.

use std::collections::HashMap;

use super::statement::Among;
use super::{Store, StoreError};
use crate::domain::decision::{Cell, Note, Reason, Value};
use crate::domain::editor::EditorId;
use crate::domain::link::Link;
use crate::domain::list::{Stage, Topics};
use crate::domain::source::Slug;
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;

/// What editors made of a story.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curated {
    /// Who decided where it stands, by the name for people.
    pub stood_by: Option<String>,
    /// Why it was dismissed.
    pub reason: Option<Reason>,
    /// What is said about it.
    pub note: Option<Note>,
    /// What it is about; `None` where that is left to its sources.
    pub topics: Option<Topics>,
    /// The lists that it stands on or went out on, the first first; also as a story that was merged into it.
    pub picks: Vec<Picked>,
}

/// A story on a list.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Picked {
    story_id: StoryId,
    /// The pick's name outside.
    pub pick: String,
    /// The list, for programs.
    pub list: Slug,
    /// The list, for people.
    pub list_name: String,
    /// How far it has come.
    pub stage: Stage,
    /// When it went out.
    pub published_at: Option<Timestamp>,
    /// Our headline.
    pub headline: String,
    /// The article that was picked.
    pub link: Option<Link>,
}

/// What one editor keeps of a story for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    /// They have seen it.
    Seen,
    /// They do not want to see it again.
    Hidden,
}

#[derive(sqlx::FromRow)]
struct CellRow {
    story_id: StoryId,
    cell: String,
    value: String,
    by: String,
}

impl Store {
    /// What editors made of these stories.
    pub(super) async fn curated(&self, stories: &[StoryId]) -> Result<HashMap<StoryId, Curated>, StoreError> {
        let mut curated: HashMap<StoryId, Curated> = HashMap::new();
        for row in self.db.all_among::<CellRow, _>(&STANDING, stories).await? {
            let value = Cell::parse(&row.cell).and_then(|cell| Value::read(cell, &row.value));
            let own = curated.entry(row.story_id).or_default();
            match value {
                Some(Value::Status(stand)) => {
                    own.reason = stand.reason;
                    own.stood_by = Some(row.by);
                }
                Some(Value::Note(note)) => own.note = note,
                Some(Value::Topics(topics)) => own.topics = topics,
                _ => {}
            }
        }
        let mut picks: Vec<Picked> = self.db.all_among(&PICKS, stories).await?;
        picks.extend(self.db.all_among::<Picked, _>(&PICKS_OF_MERGED, stories).await?);
        picks.sort_by(|a, b| a.pick.cmp(&b.pick));
        picks.dedup_by(|a, b| a.pick == b.pick);
        for pick in picks {
            curated.entry(pick.story_id).or_default().picks.push(pick);
        }
        Ok(curated)
    }

    /// Remembers that `editor` has seen the story called `story`, or does not want to see it again.
    pub async fn keep_personal(
        &self,
        editor: EditorId,
        story: &str,
        kept: Personal,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let hidden = kept == Personal::Hidden;
        match self.db.run(KEEP, (editor, story.to_owned(), at, hidden)).await? {
            0 => Err(StoreError::Missing),
            _ => Ok(()),
        }
    }

    /// Takes that back. To take back that a story was seen is to want to see it again too.
    pub async fn forget_personal(&self, editor: EditorId, story: &str, kept: Personal) -> Result<(), StoreError> {
        let known: Option<(StoryId, i64)> = self.story_version(story).await?;
        let (story, _) = known.ok_or(StoreError::Missing)?;
        match kept {
            Personal::Seen => self.db.run(FORGET, (editor, story)).await?,
            Personal::Hidden => self.db.run(UNHIDE, (editor, story)).await?,
        };
        Ok(())
    }
}

const STANDING: Among = Among {
    head: "\
select standing.story_id, standing.cell, standing.value, editor.shown_name as by
from standing
join decision on decision.id = standing.decision_id
join editor on editor.id = decision.editor_id
where standing.cell in ('status', 'note', 'topics') and standing.story_id in",
    tail: "",
};

const PICKS: Among = Among {
    head: "\
select p.story_id, p.public_id as pick, l.slug as list, l.name as list_name, p.stage, p.published_at, p.headline, p.link
from pick p
join list l on l.id = p.list_id
where p.stage in ('draft', 'scheduled', 'published') and p.story_id in",
    tail: "",
};

const PICKS_OF_MERGED: Among = Among {
    head: "\
select s.merged_into as story_id, p.public_id as pick, l.slug as list, l.name as list_name, p.stage, p.published_at, p.headline,
    p.link
from story s
join pick p on p.story_id = s.id
join list l on l.id = p.list_id
where p.stage in ('draft', 'scheduled', 'published') and s.merged_into in",
    tail: "",
};

const KEEP: &str = "\
insert into seen (editor_id, story_id, at, hidden)
select $1, coalesce(s.merged_into, s.id), $3, $4 from story s where s.public_id = $2 and s.gone_at is null
on conflict (editor_id, story_id) do update
    set at = excluded.at, hidden = (case when excluded.hidden then excluded.hidden else seen.hidden end)";

const FORGET: &str = "delete from seen where editor_id = $1 and story_id = $2";

const UNHIDE: &str = "update seen set hidden = false where editor_id = $1 and story_id = $2";
