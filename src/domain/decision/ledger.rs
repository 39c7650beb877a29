//! The log of decisions, folded: what stands where, and which of them can be undone or made to hold again.

use std::collections::{HashMap, HashSet};

use super::{Cell, DecisionId, Deed, Value};
use crate::domain::story::StoryId;

/// A decision as far as the rules of the log need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key; later ones have greater keys.
    pub id: DecisionId,
    /// The story that it is about.
    pub story: StoryId,
    /// What of the story.
    pub cell: Cell,
    /// What was done.
    pub deed: Deed,
    /// The decision that an undo or a redo is about.
    pub of: Option<DecisionId>,
    /// The decision that it lies on: the one that stood in the cell before.
    pub beneath: Option<DecisionId>,
    /// What the cell held before.
    pub before: Value,
    /// What it holds after.
    pub after: Value,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The decision that put it there; `None` once all are undone.
    pub top: Option<DecisionId>,
    /// What the cell holds.
    pub value: Value,
}

/// Why a decision cannot be undone, or cannot be made to hold again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// There is no such decision.
    Unknown,
    /// It is undone already.
    IsUndone,
    /// It holds already.
    Holds,
    /// This one was decided since, and has to be undone first.
    Covered(DecisionId),
    /// This one, on which it lay, was undone since, and has to hold first.
    Bare(DecisionId),
}

/// The log, or as much of it as matters: decides, and answers.
///
/// Every cell holds a stack. A decision lies on the one that stood there before; undoing takes the top away, and redoing puts
/// back what lay on the top. So undo and redo go in any order in which no decision loses what it was made on.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    entries: HashMap<DecisionId, Entry>,
    undone: HashSet<DecisionId>,
    cells: HashMap<(StoryId, Cell), Standing>,
}

impl Ledger {
    /// Takes in the next entry of the log.
    pub fn follow(&mut self, entry: Entry) {
        let top = match (entry.deed, entry.of) {
            (Deed::Undo, Some(of)) => {
                self.undone.insert(of);
                self.entries.get(&of).and_then(|of| of.beneath)
            }
            (Deed::Redo, Some(of)) => {
                self.undone.remove(&of);
                Some(of)
            }
            _ => Some(entry.id),
        };
        let value = entry.after.clone();
        self.cells.insert((entry.story, entry.cell), Standing { top, value });
        self.entries.insert(entry.id, entry);
    }

    /// Is told of one entry by itself, and whether it is undone, in place of the whole log.
    pub fn learn(&mut self, entry: Entry, undone: bool) {
        if undone {
            self.undone.insert(entry.id);
        }
        self.entries.insert(entry.id, entry);
    }

    /// Is told what stands in a cell, in place of the whole log.
    pub fn place(&mut self, story: StoryId, cell: Cell, standing: Standing) {
        self.cells.insert((story, cell), standing);
    }

    /// What stands in each cell that was ever decided.
    pub const fn cells(&self) -> &HashMap<(StoryId, Cell), Standing> {
        &self.cells
    }

    /// Decides: `cell` of `story`, which holds `before`, is to hold `after`.
    pub fn act(
        &mut self,
        id: DecisionId,
        (story, cell): (StoryId, Cell),
        deed: Deed,
        before: Value,
        after: Value,
    ) -> Entry {
        let entry = Entry {
            id,
            story,
            cell,
            deed,
            of: None,
            beneath: self.cells.get(&(story, cell)).and_then(|standing| standing.top),
            before,
            after,
        };
        self.follow(entry.clone());
        entry
    }

    /// Takes `target` back. To take back an undo is to make hold again what it undid.
    pub fn undo(&mut self, id: DecisionId, target: DecisionId) -> Result<Entry, Obstacle> {
        match self.act_behind(target)? {
            (act, true) => self.make_hold(id, &act),
            (act, false) => self.take_back(id, &act),
        }
    }

    /// Makes `target` hold again. To do so with an undo is to undo once more.
    pub fn redo(&mut self, id: DecisionId, target: DecisionId) -> Result<Entry, Obstacle> {
        match self.act_behind(target)? {
            (act, true) => self.take_back(id, &act),
            (act, false) => self.make_hold(id, &act),
        }
    }

    /// The act that `target` is or is about, and whether `target` undid it.
    fn act_behind(&self, target: DecisionId) -> Result<(Entry, bool), Obstacle> {
        let entry = self.entries.get(&target).ok_or(Obstacle::Unknown)?;
        let act = entry.of.map_or(Some(entry), |of| self.entries.get(&of));
        Ok((act.ok_or(Obstacle::Unknown)?.clone(), entry.deed == Deed::Undo))
    }

    fn take_back(&mut self, id: DecisionId, act: &Entry) -> Result<Entry, Obstacle> {
        if self.undone.contains(&act.id) {
            return Err(Obstacle::IsUndone);
        }
        match self.top(act) {
            Some(top) if top == act.id => Ok(self.turn(id, Deed::Undo, act, act.before.clone())),
            Some(top) => Err(Obstacle::Covered(top)),
            None => Err(Obstacle::Unknown),
        }
    }

    fn make_hold(&mut self, id: DecisionId, act: &Entry) -> Result<Entry, Obstacle> {
        if !self.undone.contains(&act.id) {
            return Err(Obstacle::Holds);
        }
        match (self.top(act), act.beneath) {
            (top, beneath) if top == beneath => Ok(self.turn(id, Deed::Redo, act, act.after.clone())),
            (_, Some(beneath)) if self.undone.contains(&beneath) => Err(Obstacle::Bare(beneath)),
            (Some(top), _) => Err(Obstacle::Covered(top)),
            (None, Some(beneath)) => Err(Obstacle::Bare(beneath)),
            (None, None) => Err(Obstacle::Unknown),
        }
    }

    fn top(&self, act: &Entry) -> Option<DecisionId> {
        self.cells.get(&(act.story, act.cell)).and_then(|standing| standing.top)
    }

    fn turn(&mut self, id: DecisionId, deed: Deed, act: &Entry, after: Value) -> Entry {
        let standing = self.cells.get(&(act.story, act.cell));
        let entry = Entry {
            id,
            story: act.story,
            cell: act.cell,
            deed,
            of: Some(act.id),
            beneath: standing.and_then(|standing| standing.top),
            before: standing.map_or_else(|| after.clone(), |standing| standing.value.clone()),
            after,
        };
        self.follow(entry.clone());
        entry
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::decision::{Stand, Status};
    use crate::domain::list::ListId;

    /// What somebody tries: an act on a cell, or to undo or redo some decision.
    #[derive(Debug, Clone)]
    enum Try {
        Act(i64, Cell, Value),
        Undo(prop::sample::Index),
        Redo(prop::sample::Index),
    }

    fn a_try() -> impl Strategy<Value = Try> {
        let statuses = [Status::New, Status::Suggested, Status::Held, Status::Dismissed];
        let status =
            prop::sample::select(statuses.to_vec()).prop_map(|status| (Cell::Status, Value::Status(Stand::at(status))));
        let picked = any::<bool>().prop_map(|picked| (Cell::List(ListId(1)), Value::Picked(picked)));
        let act =
            (0..3_i64, prop_oneof![status, picked]).prop_map(|(story, (cell, value))| Try::Act(story, cell, value));
        prop_oneof![
            2 => act,
            2 => any::<prop::sample::Index>().prop_map(Try::Undo),
            1 => any::<prop::sample::Index>().prop_map(Try::Redo),
        ]
    }

    fn first(cell: Cell) -> Value {
        match cell {
            Cell::Status => Value::Status(Stand::default()),
            _ => Value::Picked(false),
        }
    }

    /// Tries all of these in their order. What was written, and what the ledger says in the end.
    fn run(tries: Vec<Try>) -> (Vec<Entry>, Ledger) {
        let mut ledger = Ledger::default();
        let mut log: Vec<Entry> = Vec::new();
        for one in tries {
            let id = DecisionId(i64::try_from(log.len()).unwrap() + 1);
            let written = match one {
                Try::Act(story, cell, after) => {
                    let key = (StoryId(story), cell);
                    let before = ledger
                        .cells()
                        .get(&key)
                        .map_or_else(|| first(cell), |own| own.value.clone());
                    Ok(ledger.act(id, key, Deed::Hold, before, after))
                }
                Try::Undo(_) | Try::Redo(_) if log.is_empty() => continue,
                Try::Undo(target) => ledger.undo(id, target.get(&log).id),
                Try::Redo(target) => ledger.redo(id, target.get(&log).id),
            };
            log.extend(written);
        }
        (log, ledger)
    }

    /// What stands by the log alone: a stack for each cell, played by hand.
    fn replayed(log: &[Entry]) -> HashMap<(StoryId, Cell), (Vec<DecisionId>, Value)> {
        let mut cells: HashMap<(StoryId, Cell), (Vec<DecisionId>, Value)> = HashMap::new();
        for entry in log {
            let key = (entry.story, entry.cell);
            let (stack, value) = cells.entry(key).or_insert_with(|| (Vec::new(), first(entry.cell)));
            assert_eq!(*value, entry.before, "each says what it found");
            match entry.deed {
                Deed::Undo => assert_eq!(stack.pop(), entry.of, "the top is undone and nothing else"),
                Deed::Redo => stack.push(entry.of.unwrap()),
                _ => stack.push(entry.id),
            }
            let after = |id: &DecisionId| log.iter().find(|entry| entry.id == *id).unwrap().after.clone();
            *value = stack.last().map_or_else(|| first(entry.cell), after);
            assert_eq!(*value, entry.after, "each says what it left");
        }
        cells
    }

    proptest! {
        #[test]
        fn what_stands_is_what_a_replay_of_the_log_gives(tries in prop::collection::vec(a_try(), 0..60)) {
            let (log, ledger) = run(tries);
            let replayed = replayed(&log);
            prop_assert_eq!(ledger.cells().len(), replayed.len());
            for (key, (stack, value)) in replayed {
                let standing = Standing { top: stack.last().copied(), value };
                prop_assert_eq!(ledger.cells().get(&key), Some(&standing));
            }
            let mut followed = Ledger::default();
            for entry in log {
                followed.follow(entry);
            }
            prop_assert_eq!(followed.cells(), ledger.cells());
        }

        #[test]
        fn whatever_was_undone_can_be_made_to_hold_again_at_once(tries in prop::collection::vec(a_try(), 1..40)) {
            let (log, mut ledger) = run(tries);
            for entry in &log {
                let before = ledger.cells().clone();
                if let Ok(undo) = ledger.undo(DecisionId(1_000), entry.id) {
                    ledger.undo(DecisionId(1_001), undo.id).unwrap();
                    prop_assert_eq!(ledger.cells(), &before);
                }
            }
        }
    }

    const STORY: (StoryId, Cell) = (StoryId(1), Cell::Status);

    fn status(status: Status) -> Value {
        Value::Status(Stand::at(status))
    }

    /// One holds (1), the other dismisses (2).
    fn two_editors() -> Ledger {
        let mut ledger = Ledger::default();
        ledger.act(
            DecisionId(1),
            STORY,
            Deed::Hold,
            status(Status::New),
            status(Status::Held),
        );
        ledger.act(
            DecisionId(2),
            STORY,
            Deed::Dismiss,
            status(Status::Held),
            status(Status::Dismissed),
        );
        ledger
    }

    #[test]
    fn what_others_decided_upon_cannot_be_undone_before_theirs() {
        let mut ledger = two_editors();
        let covered = ledger.undo(DecisionId(3), DecisionId(1));
        assert_eq!(covered, Err(Obstacle::Covered(DecisionId(2))));
        ledger.undo(DecisionId(3), DecisionId(2)).unwrap();
        let undone = ledger.undo(DecisionId(4), DecisionId(1)).unwrap();
        assert_eq!(undone.after, status(Status::New));
    }

    #[test]
    fn what_does_not_make_sense_is_refused_with_its_reason() {
        let mut ledger = two_editors();
        assert_eq!(ledger.redo(DecisionId(3), DecisionId(2)), Err(Obstacle::Holds));
        ledger.undo(DecisionId(3), DecisionId(2)).unwrap();
        assert_eq!(ledger.undo(DecisionId(4), DecisionId(2)), Err(Obstacle::IsUndone));
        ledger.undo(DecisionId(4), DecisionId(1)).unwrap();
        assert_eq!(
            ledger.redo(DecisionId(5), DecisionId(2)),
            Err(Obstacle::Bare(DecisionId(1)))
        );
        ledger.act(
            DecisionId(5),
            STORY,
            Deed::Suggest,
            status(Status::New),
            status(Status::Suggested),
        );
        assert_eq!(
            ledger.redo(DecisionId(6), DecisionId(1)),
            Err(Obstacle::Covered(DecisionId(5)))
        );
        assert_eq!(ledger.undo(DecisionId(6), DecisionId(99)), Err(Obstacle::Unknown));
    }
}
