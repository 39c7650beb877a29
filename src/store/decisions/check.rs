//! What stands, held against the log. They agree by construction; that they do is looked at all the same.

use std::collections::BTreeMap;
use std::fmt;

use super::{read_cell, read_value};
use crate::domain::decision::{Cell, DecisionId, Deed, Entry, Ledger, Standing, Status, Value};
use crate::domain::story::StoryId;
use crate::store::{Store, StoreError};

/// Decisions read with one statement.
const DECISIONS_A_STEP: i64 = 1_000;

/// A cell that does not hold what the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    story: StoryId,
    cell: String,
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: DecisionId,
    story_id: StoryId,
    cell: String,
    act: Deed,
    before: String,
    after: String,
    beneath: Option<DecisionId>,
    of_id: Option<DecisionId>,
}

#[derive(sqlx::FromRow)]
struct CellRow {
    story_id: StoryId,
    cell: String,
    decision_id: Option<DecisionId>,
    value: String,
    status: Status,
}

impl Store {
    /// Plays the whole log again: how many decisions there are, and which cells do not hold what it says.
    pub async fn check_decisions(&self) -> Result<(usize, Vec<Difference>), StoreError> {
        let mut ledger = Ledger::default();
        let mut count = 0;
        let mut after = DecisionId(0);
        loop {
            let rows: Vec<EntryRow> = self.db.all(LOG, (after, DECISIONS_A_STEP)).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            count += rows.len();
            for row in rows {
                ledger.follow(row.try_into()?);
            }
        }
        let rows: Vec<CellRow> = self.db.all(CELLS, ()).await?;
        let mut standing = BTreeMap::new();
        let mut differences = Vec::new();
        for row in rows {
            let cell = read_cell(&row.cell)?;
            let value = read_value(cell, &row.value)?;
            if let Value::Status(stand) = &value
                && stand.status != row.status
            {
                differences.push(Difference::at(row.story_id, cell));
            }
            let top = row.decision_id;
            standing.insert((row.story_id, cell), Standing { top, value });
        }
        let logged: BTreeMap<_, _> = ledger.cells().iter().map(|(key, own)| (*key, own)).collect();
        let keys = standing
            .keys()
            .chain(logged.keys().filter(|key| !standing.contains_key(key)));
        let differs = keys.filter(|key| standing.get(key) != logged.get(key).copied());
        differences.extend(differs.map(|(story, cell)| Difference::at(*story, *cell)));
        Ok((count, differences))
    }
}

impl Difference {
    fn at(story: StoryId, cell: Cell) -> Self {
        Self {
            story,
            cell: cell.to_string(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} of story {}", self.cell, self.story.0)
    }
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let cell = read_cell(&row.cell)?;
        Ok(Self {
            id: row.id,
            story: row.story_id,
            cell,
            deed: row.act,
            of: row.of_id,
            beneath: row.beneath,
            before: read_value(cell, &row.before)?,
            after: read_value(cell, &row.after)?,
        })
    }
}

const LOG: &str = "\
select id, story_id, cell, act, before, after, beneath, of_id from decision where id > $1 order by id limit $2";

const CELLS: &str = "\
select c.story_id, c.cell, c.decision_id, c.value, s.status from standing c join story s on s.id = c.story_id";
