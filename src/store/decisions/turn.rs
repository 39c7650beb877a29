//! Undo and redo.

use super::{Batch, Hand, Outcome, Pen, read_cell, read_value};
use crate::domain::article::ArticleId;
use crate::domain::decision::{Cell, DecisionId, Deed, Entry, Ledger, Obstacle, Value};
use crate::domain::editor::EditorId;
use crate::domain::story::StoryId;
use crate::store::{Store, StoreError};

/// Decisions of one batch at the most: more than one request may name.
const BATCH_MAX: i64 = 500;

/// A decision that is to be undone, or made to hold again.
#[derive(Debug, Clone, sqlx::FromRow)]
struct DecisionRow {
    id: DecisionId,
    story_id: StoryId,
    other_id: Option<StoryId>,
    story: String,
    merged_into: Option<StoryId>,
    cell: String,
    act: Deed,
    editor_id: EditorId,
    before: String,
    after: String,
    beneath: Option<DecisionId>,
    of_id: Option<DecisionId>,
    /// What was done with it last.
    turned: Option<Deed>,
}

/// Which way a decision is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Back,
    Again,
}

impl Store {
    /// Takes back the decision called `decision`; the name of the decision that says so. Refused where others lie on it, or
    /// where things are no longer as it left them.
    pub async fn undo(&self, decision: &str, hand: &Hand) -> Result<String, StoreError> {
        self.turn_one(decision, hand, Way::Back).await
    }

    /// Makes the decision called `decision` hold again that was taken back.
    pub async fn redo(&self, decision: &str, hand: &Hand) -> Result<String, StoreError> {
        self.turn_one(decision, hand, Way::Again).await
    }

    /// Takes back what can be taken back of a batch, the last first.
    pub async fn undo_batch(&self, batch: &str, hand: &Hand) -> Result<Batch, StoreError> {
        self.turn_all(BATCH_BACKWARDS, batch, hand, Way::Back).await
    }

    /// Makes hold again what can be of a batch.
    pub async fn redo_batch(&self, batch: &str, hand: &Hand) -> Result<Batch, StoreError> {
        self.turn_all(BATCH, batch, hand, Way::Again).await
    }

    async fn turn_one(&self, decision: &str, hand: &Hand, way: Way) -> Result<String, StoreError> {
        let (mut write, revision) = self.write().await?;
        let batch = (hand.fresh_id)();
        let turned = Pen::new(&mut write, revision, hand, &batch).turn(decision, way).await?;
        write.commit().await?;
        Ok(turned)
    }

    async fn turn_all(&self, sql: &'static str, batch: &str, hand: &Hand, way: Way) -> Result<Batch, StoreError> {
        let (mut write, revision) = self.write().await?;
        let decisions: Vec<(String,)> = write.all(sql, (batch.to_owned(), BATCH_MAX)).await?;
        if decisions.is_empty() {
            return Err(StoreError::Missing);
        }
        let id = (hand.fresh_id)();
        let mut pen = Pen::new(&mut write, revision, hand, &id);
        let mut outcomes = Vec::with_capacity(decisions.len());
        for (decision,) in decisions {
            let turned = pen.turn(&decision, way).await;
            outcomes.push((decision, Outcome::of(turned)?));
        }
        write.commit().await?;
        Ok(Batch { id, outcomes })
    }
}

impl Pen<'_> {
    async fn turn(&mut self, decision: &str, way: Way) -> Result<String, StoreError> {
        let target: DecisionRow = self.write.one(BY_PUBLIC_ID, (decision.to_owned(),)).await?;
        let act: DecisionRow = match target.of_id {
            Some(of) => self.write.one(BY_ID, (of,)).await?,
            None => target.clone(),
        };
        if !self.hand.overrules && (act.editor_id != self.hand.editor || act.act != Deed::Suggest) {
            return Err(StoreError::Denied("only an editor may undo that".to_owned()));
        }
        let cell = read_cell(&act.cell)?;
        let (story, other) = (act.story_id, act.other_id);
        if act.merged_into.is_some() && cell != Cell::Articles {
            return Err(self.merged_since(story).await?);
        }
        let mut ledger = Ledger::default();
        if let Some(standing) = self.standing((story, cell)).await? {
            ledger.place(story, cell, standing);
        }
        let target_id = target.id;
        for row in [&target, &act] {
            let undone = row.turned == Some(Deed::Undo);
            ledger.learn(row.entry(cell)?, undone);
        }
        if let Some(beneath) = act.beneath {
            let beneath: DecisionRow = self.write.one(BY_ID, (beneath,)).await?;
            let undone = beneath.turned == Some(Deed::Undo);
            ledger.learn(beneath.entry(cell)?, undone);
        }
        let id = self.next_decision().await?;
        let turned = match way {
            Way::Back => ledger.undo(id, target_id),
            Way::Again => ledger.redo(id, target_id),
        };
        let entry = match turned {
            Ok(entry) => entry,
            Err(obstacle) => return Err(self.refusal(obstacle).await?),
        };
        self.carry_out(&entry, &act).await?;
        let deed = entry.deed;
        let turned = self.keep(&ledger, entry, other).await?;
        self.tell(&turned, &act.story, deed, None).await?;
        Ok(turned)
    }

    /// Does what an undo or a redo does outside the log.
    async fn carry_out(&mut self, entry: &Entry, act: &DecisionRow) -> Result<(), StoreError> {
        match (&entry.after, entry.cell) {
            (Value::Lead(Some(lead)), _) => self.lead_again(entry.story, *lead).await,
            (Value::Picked(picked), Cell::List(list)) => self.put_on_list(list, entry.story, *picked).await,
            (Value::Articles(to), cell) => {
                let left = if entry.deed == Deed::Undo {
                    &act.after
                } else {
                    &act.before
                };
                let Value::Articles(from) = read_value(cell, left)? else {
                    return Ok(());
                };
                if entry.deed == Deed::Redo {
                    self.may_move_again(act.act, &from).await?;
                }
                self.relocate(&from, to, act.id).await
            }
            _ => Ok(()),
        }
    }

    async fn lead_again(&mut self, story: StoryId, lead: ArticleId) -> Result<(), StoreError> {
        if self.write.run(super::SET_LEAD, (story, lead)).await? == 0 {
            let why = "the article that led before is no longer in this story";
            return Err(StoreError::Refused(why.to_owned()));
        }
        Ok(())
    }

    /// Why a decision on a story cannot be turned that was merged since.
    pub(super) async fn merged_since(&mut self, story: StoryId) -> Result<StoreError, StoreError> {
        let top = self
            .standing((story, Cell::Articles))
            .await?
            .and_then(|standing| standing.top);
        Ok(StoreError::Refused(match top {
            Some(top) => format!("{}; undo that first", self.told(top).await?),
            None => "the story was merged into another since".to_owned(),
        }))
    }

    async fn refusal(&mut self, obstacle: Obstacle) -> Result<StoreError, StoreError> {
        Ok(StoreError::Refused(match obstacle {
            Obstacle::Unknown => return Ok(StoreError::Missing),
            Obstacle::IsUndone => "it is undone already".to_owned(),
            Obstacle::Holds => "it holds already".to_owned(),
            Obstacle::Covered(by) => format!("{}; undo that first", self.told(by).await?),
            Obstacle::Bare(on) => format!("what it lay on was undone: {}; redo that first", self.told(on).await?),
        }))
    }
}

impl DecisionRow {
    fn entry(&self, cell: Cell) -> Result<Entry, StoreError> {
        Ok(Entry {
            id: self.id,
            story: self.story_id,
            cell,
            deed: self.act,
            of: self.of_id,
            beneath: self.beneath,
            before: read_value(cell, &self.before)?,
            after: read_value(cell, &self.after)?,
        })
    }
}

const BY_PUBLIC_ID: &str = "\
select d.id, d.story_id, d.other_id, s.public_id as story, s.merged_into, d.cell, d.act, d.editor_id, d.before, d.after, d.beneath, d.of_id,
    (select last.act from decision last where last.of_id = d.id order by last.id desc limit 1) as turned
from decision d join story s on s.id = d.story_id
where d.public_id = $1";

const BY_ID: &str = "\
select d.id, d.story_id, d.other_id, s.public_id as story, s.merged_into, d.cell, d.act, d.editor_id, d.before, d.after, d.beneath, d.of_id,
    (select last.act from decision last where last.of_id = d.id order by last.id desc limit 1) as turned
from decision d join story s on s.id = d.story_id
where d.id = $1";

const BATCH: &str = "select public_id from decision where batch = $1 order by id limit $2";

const BATCH_BACKWARDS: &str = "select public_id from decision where batch = $1 order by id desc limit $2";
