//! The log of decisions, read.

use super::{read_cell, read_value};
use crate::domain::decision::{Cell, DecisionId, Deed, Value};
use crate::domain::editor::EditorId;
use crate::domain::source::Slug;
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;
use crate::store::{Store, StoreError};

/// A decision, with the names of what it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionLine {
    /// Its key.
    pub id: DecisionId,
    /// Its name outside.
    pub public_id: String,
    /// The story that it is about, by the name outside.
    pub story: String,
    /// The key of that story.
    pub story_id: StoryId,
    /// The story that it was merged into, or split off.
    pub other: Option<String>,
    /// What of the story.
    pub cell: Cell,
    /// The list, where it is about one.
    pub list: Option<Slug>,
    /// What was done.
    pub deed: Deed,
    /// The name for programs of who did it.
    pub editor: String,
    /// The name for people of who did it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What the cell held before.
    pub before: Value,
    /// What it held after.
    pub after: Value,
    /// The decision that an undo or a redo is about.
    pub of: Option<String>,
    /// What it is undone together with.
    pub batch: String,
    /// Whether it is undone.
    pub undone: bool,
}

/// Which decisions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// All.
    All,
    /// Those of this editor.
    Of(EditorId),
    /// Those about this story, or about one that was merged into it or split off it.
    About(StoryId),
}

#[derive(sqlx::FromRow)]
struct LineRow {
    id: DecisionId,
    public_id: String,
    story: String,
    story_id: StoryId,
    other: Option<String>,
    cell: String,
    list: Option<Slug>,
    act: Deed,
    editor: String,
    shown_name: String,
    at: Timestamp,
    before: String,
    after: String,
    of: Option<String>,
    batch: String,
    turned: Option<Deed>,
}

impl Store {
    /// Decisions, the last first, at most `limit`; only those before `before`.
    pub async fn decisions(
        &self,
        whose: Whose,
        before: Option<DecisionId>,
        limit: u32,
    ) -> Result<Vec<DecisionLine>, StoreError> {
        let limit = i64::from(limit);
        let rows: Vec<LineRow> = match whose {
            Whose::All => self.db.all(ALL, (before, limit)).await?,
            Whose::Of(editor) => self.db.all(BY_EDITOR, (editor, before, limit)).await?,
            Whose::About(story) => self.db.all(OF_STORY, (story, before, limit)).await?,
        };
        rows.into_iter().map(DecisionLine::try_from).collect()
    }

    /// The decision called `public_id`.
    pub async fn decision(&self, public_id: &str) -> Result<Option<DecisionLine>, StoreError> {
        let row: Option<LineRow> = self.db.maybe(DECISION, (public_id.to_owned(),)).await?;
        row.map(DecisionLine::try_from).transpose()
    }

    /// The key of the story called `public_id`, or of the one that it was merged into; and how many decisions there were.
    pub async fn story_version(&self, public_id: &str) -> Result<Option<(StoryId, i64)>, StoreError> {
        self.db.maybe(VERSION, (public_id.to_owned(),)).await
    }
}

impl TryFrom<LineRow> for DecisionLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        let cell = read_cell(&row.cell)?;
        Ok(Self {
            id: row.id,
            public_id: row.public_id,
            story: row.story,
            story_id: row.story_id,
            other: row.other,
            cell,
            list: row.list,
            deed: row.act,
            editor: row.editor,
            by: row.shown_name,
            at: row.at,
            before: read_value(cell, &row.before)?,
            after: read_value(cell, &row.after)?,
            of: row.of,
            batch: row.batch,
            undone: row.turned == Some(Deed::Undo),
        })
    }
}

/// What is read of a decision, in each of these statements.
macro_rules! lines {
    ($rest:literal) => {
        concat!(
            "\
select d.id, d.public_id, s.public_id as story, d.story_id, other.public_id as other, d.cell, l.slug as list, d.act,
    editor.public_id as editor, editor.shown_name, d.at, d.before, d.after, of_.public_id as of, d.batch,
    (select last.act from decision last where last.of_id = d.id order by last.id desc limit 1) as turned
from decision d
join story s on s.id = d.story_id
join editor on editor.id = d.editor_id
left join story other on other.id = d.other_id
left join decision of_ on of_.id = d.of_id
left join list l on d.cell = 'list:' || l.id
",
            $rest
        )
    };
}

const ALL: &str = lines!("where ($1 is null or d.id < $1) order by d.id desc limit $2");

const BY_EDITOR: &str = lines!("where d.editor_id = $1 and ($2 is null or d.id < $2) order by d.id desc limit $3");

const OF_STORY: &str = lines!(
    "\
where d.id in (
        select id from decision where story_id = $1
        union select id from decision where other_id = $1
        union select own.id from story gone join decision own on own.story_id = gone.id where gone.merged_into = $1)
    and ($2 is null or d.id < $2)
order by d.id desc limit $3"
);

const DECISION: &str = lines!("where d.public_id = $1");

const VERSION: &str = "\
select s.id, s.version
from story named
join story s on s.id = coalesce(named.merged_into, named.id)
where named.public_id = $1 and s.gone_at is null";
