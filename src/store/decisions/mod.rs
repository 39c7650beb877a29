//! What editors decided: written once each, in one transaction with what follows from it.

use super::db::Write;
use super::events::{Told, tell};
use super::{Revision, Store, StoreError, to_json};
use crate::domain::article::ArticleId;
use crate::domain::decision::{Act, Cell, DecisionId, Deed, Entry, Ledger, Stand, Standing, Status, Value};
use crate::domain::editor::EditorId;
use crate::domain::event::EventKind;
use crate::domain::list::ListId;
use crate::domain::source::Slug;
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;

mod articles;
mod check;
mod lists;
mod log;
mod turn;

pub use check::Difference;
pub use log::{DecisionLine, Whose};

/// Who decides, and when.
#[derive(Debug, Clone)]
pub struct Hand {
    /// The editor's key.
    pub editor: EditorId,
    /// The editor's name for people.
    pub name: String,
    /// Whether they may do more than suggest.
    pub overrules: bool,
    /// When.
    pub at: Timestamp,
    /// Gives a name that nothing else has.
    pub fresh_id: fn() -> String,
}

/// What came of one of many acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done; this is the name of the decision.
    Done(String),
    /// It does not go with what stands, and why.
    Refused(String),
    /// There is no such story.
    Missing,
}

/// What came of acts that are undone together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Their common name.
    pub id: String,
    /// For each thing named, in the order given, what came of it.
    pub outcomes: Vec<(String, Outcome)>,
}

/// A story that is decided about.
#[derive(Debug, sqlx::FromRow)]
struct StoryRow {
    id: StoryId,
    public_id: String,
    lead_id: Option<ArticleId>,
    status: Status,
    version: i64,
}

#[derive(sqlx::FromRow)]
struct StandingRow {
    decision_id: Option<DecisionId>,
    value: String,
}

/// A change of a cell, about to be written down.
struct Change {
    story: StoryId,
    cell: Cell,
    /// The other story concerned.
    other: Option<StoryId>,
    /// What it held, where nothing was ever decided there.
    before: Value,
    after: Value,
}

/// Writes decisions down.
struct Pen<'a> {
    write: &'a mut Write,
    revision: Revision,
    hand: &'a Hand,
    batch: &'a str,
}

impl Store {
    /// Does `act` to the story called `story`, or to the one it was merged into. The name of the decision.
    ///
    /// [`StoreError::Outdated`] unless `admits` the number of decisions there were about the story.
    pub async fn decide(
        &self,
        story: &str,
        act: &Act,
        hand: &Hand,
        admits: impl Fn(i64) -> bool,
    ) -> Result<String, StoreError> {
        let (mut write, revision) = self.write().await?;
        let batch = (hand.fresh_id)();
        let decision = Pen::new(&mut write, revision, hand, &batch)
            .act(story, act, admits)
            .await?;
        write.commit().await?;
        Ok(decision)
    }

    /// Does `act` to each of `stories`: to those that it can be done to.
    pub async fn decide_all(&self, stories: &[String], act: &Act, hand: &Hand) -> Result<Batch, StoreError> {
        let (mut write, revision) = self.write().await?;
        let id = (hand.fresh_id)();
        let mut pen = Pen::new(&mut write, revision, hand, &id);
        let mut outcomes = Vec::with_capacity(stories.len());
        for story in stories {
            let done = pen.act(story, act, |_| true).await;
            outcomes.push((story.clone(), Outcome::of(done)?));
        }
        write.commit().await?;
        Ok(Batch { id, outcomes })
    }
}

impl Outcome {
    /// What is wrong with one act leaves the others alone; what is wrong with the database does not.
    fn of(done: Result<String, StoreError>) -> Result<Self, StoreError> {
        match done {
            Ok(decision) => Ok(Self::Done(decision)),
            Err(StoreError::Refused(why) | StoreError::Denied(why)) => Ok(Self::Refused(why)),
            Err(StoreError::Missing) => Ok(Self::Missing),
            Err(other) => Err(other),
        }
    }
}

impl<'a> Pen<'a> {
    const fn new(write: &'a mut Write, revision: Revision, hand: &'a Hand, batch: &'a str) -> Self {
        Self {
            write,
            revision,
            hand,
            batch,
        }
    }

    /// Whatever is refused is refused before anything is written, so that one of many can be.
    async fn act(&mut self, story: &str, act: &Act, admits: impl Fn(i64) -> bool) -> Result<String, StoreError> {
        let story = self.story(story).await?;
        if !admits(story.version) {
            return Err(StoreError::Outdated);
        }
        if !self.hand.overrules {
            self.may_only_suggest(&story, act).await?;
        }
        let status = |stand| {
            Change::of(
                &story,
                Cell::Status,
                Value::Status(Stand::at(story.status)),
                Value::Status(stand),
            )
        };
        let change = match act {
            Act::Suggest => status(Stand::at(Status::Suggested)),
            Act::Hold => status(Stand::at(Status::Held)),
            Act::Reopen => status(Stand::at(Status::New)),
            Act::Dismiss(reason) => status(Stand {
                status: Status::Dismissed,
                reason: reason.clone(),
            }),
            Act::Note(note) => Change::of(&story, Cell::Note, Value::Note(None), Value::Note(note.clone())),
            Act::Topics(topics) => Change::of(&story, Cell::Topics, Value::Topics(None), Value::Topics(topics.clone())),
            Act::Lead(article) => self.lead(&story, *article).await?,
            Act::Merge(into) => self.merge(&story, into).await?,
            Act::Split(article) => self.split(&story, *article).await?,
            Act::Pick(list) => self.pick(&story, list).await?,
            Act::Unpick(list) => self.unpick(&story, list).await?,
        };
        let list = match act {
            Act::Pick(list) | Act::Unpick(list) => Some(list),
            _ => None,
        };
        let decision = self.enter(change, act.deed()).await?;
        self.tell(&decision, &story.public_id, act.deed(), list).await?;
        Ok(decision)
    }

    async fn story(&mut self, public_id: &str) -> Result<StoryRow, StoreError> {
        self.write.one(STORY, (public_id.to_owned(),)).await
    }

    async fn may_only_suggest(&mut self, story: &StoryRow, act: &Act) -> Result<(), StoreError> {
        if *act != Act::Suggest {
            return Err(StoreError::Denied("only an editor may do that".to_owned()));
        }
        if story.status.may_be_suggested() {
            return Ok(());
        }
        let top = self
            .standing((story.id, Cell::Status))
            .await?
            .and_then(|standing| standing.top);
        Err(StoreError::Refused(match top {
            Some(top) => format!("{}; an editor has to reopen it first", self.told(top).await?),
            None => "an editor has to reopen it first".to_owned(),
        }))
    }

    /// Lets an article of the story stand for it.
    async fn lead(&mut self, story: &StoryRow, article: ArticleId) -> Result<Change, StoreError> {
        if self.write.run(SET_LEAD, (story.id, article)).await? == 0 {
            return Err(StoreError::Refused("the article is not one of this story".to_owned()));
        }
        let after = Value::Lead(Some(article));
        Ok(Change::of(story, Cell::Lead, Value::Lead(story.lead_id), after))
    }

    /// Writes an act down, and what stands now.
    async fn enter(&mut self, change: Change, deed: Deed) -> Result<String, StoreError> {
        let Change {
            story,
            cell,
            other,
            mut before,
            after,
        } = change;
        let mut ledger = Ledger::default();
        if let Some(standing) = self.standing((story, cell)).await? {
            // Who leads and where articles are may have changed without a decision.
            if !matches!(cell, Cell::Lead | Cell::Articles) {
                before = standing.value.clone();
            }
            ledger.place(story, cell, standing);
        }
        let id = self.next_decision().await?;
        let entry = ledger.act(id, (story, cell), deed, before, after);
        self.keep(&ledger, entry, other).await
    }

    /// Writes down an entry that the ledger made, and what stands now.
    async fn keep(&mut self, ledger: &Ledger, entry: Entry, other: Option<StoryId>) -> Result<String, StoreError> {
        let public_id = (self.hand.fresh_id)();
        let key = (entry.story, entry.cell);
        let standing = ledger.cells().get(&key).ok_or(StoreError::Missing)?;
        let status = match &standing.value {
            Value::Status(stand) => Some(stand.status),
            _ => None,
        };
        let value = to_json(&standing.value);
        let top = standing.top;
        let columns = (
            entry.id,
            public_id.clone(),
            entry.story,
            other,
            entry.cell.to_string(),
            entry.deed,
            self.hand.editor,
            self.hand.at,
            to_json(&entry.before),
            to_json(&entry.after),
            entry.beneath,
            entry.of,
            self.batch.to_owned(),
            self.revision,
        );
        self.write.run(INSERT, columns).await?;
        self.write
            .run(SET_STANDING, (entry.story, entry.cell.to_string(), top, value))
            .await?;
        self.write
            .run(TOUCH, (entry.story, status, self.revision, other))
            .await?;
        Ok(public_id)
    }

    async fn standing(&mut self, (story, cell): (StoryId, Cell)) -> Result<Option<Standing>, StoreError> {
        let row: Option<StandingRow> = self.write.maybe(STANDING, (story, cell.to_string())).await?;
        row.map(|row| {
            Ok(Standing {
                top: row.decision_id,
                value: read_value(cell, &row.value)?,
            })
        })
        .transpose()
    }

    async fn next_decision(&mut self) -> Result<DecisionId, StoreError> {
        let (id,): (DecisionId,) = self.write.one(TAKE_DECISION, ()).await?;
        Ok(id)
    }

    async fn list(&mut self, slug: &Slug) -> Result<ListId, StoreError> {
        let list: Option<(ListId,)> = self.write.maybe(LIST, (slug.clone(),)).await?;
        list.map(|(id,)| id)
            .ok_or_else(|| StoreError::Refused(format!("there is no list called {slug}")))
    }

    /// Who did that, and when, in words.
    async fn told(&mut self, decision: DecisionId) -> Result<String, StoreError> {
        let (name, deed, at): (String, Deed, Timestamp) = self.write.one(WHO, (decision,)).await?;
        let at = at.to_jiff().strftime("%Y-%m-%d %H:%M");
        Ok(format!("{name} {} since, {at} UTC", deed.told()))
    }

    async fn tell(&mut self, decision: &str, story: &str, deed: Deed, list: Option<&Slug>) -> Result<(), StoreError> {
        let kind = match deed {
            Deed::Undo | Deed::Redo => EventKind::DecisionUndone,
            Deed::Pick => EventKind::PickMade,
            _ => EventKind::StoryDecided,
        };
        let mut body = serde_json::json!({
            "story": story, "decision": decision, "act": deed.as_str(), "by": self.hand.name,
        });
        if let (Some(list), Some(body)) = (list, body.as_object_mut()) {
            body.insert("list".to_owned(), list.as_str().into());
        }
        let told = Told {
            kind,
            public: false,
            body,
            at: self.hand.at,
            public_id: (self.hand.fresh_id)(),
        };
        tell(self.write, told).await.map(|_| ())
    }
}

impl Change {
    const fn of(story: &StoryRow, cell: Cell, before: Value, after: Value) -> Self {
        Self {
            story: story.id,
            cell,
            other: None,
            before,
            after,
        }
    }
}

fn read_value(cell: Cell, json: &str) -> Result<Value, StoreError> {
    Value::read(cell, json).ok_or(StoreError::Unreadable {
        what: "what a cell holds",
    })
}

fn read_cell(text: &str) -> Result<Cell, StoreError> {
    Cell::parse(text).ok_or(StoreError::Unreadable {
        what: "the cell of a decision",
    })
}

const STORY: &str = "\
select s.id, s.public_id, s.lead_id, s.status, s.version
from story named
join story s on s.id = coalesce(named.merged_into, named.id)
where named.public_id = $1 and s.gone_at is null";

const STANDING: &str = "select decision_id, value from standing where story_id = $1 and cell = $2";

const LIST: &str = "select id from list where slug = $1";

const WHO: &str = "\
select editor.shown_name, decision.act, decision.at
from decision join editor on editor.id = decision.editor_id
where decision.id = $1";

const TAKE_DECISION: &str = "update counter set value = value + 1 where name = 'decision' returning value";

const INSERT: &str = "\
insert into decision
    (id, public_id, story_id, other_id, cell, act, editor_id, at, before, after, beneath, of_id, batch, revision)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

const SET_STANDING: &str = "\
insert into standing (story_id, cell, decision_id, value) values ($1, $2, $3, $4)
on conflict (story_id, cell) do update set decision_id = excluded.decision_id, value = excluded.value";

/// Both stories concerned were decided about; the status is that of the first.
const TOUCH: &str = "\
update story set version = version + 1, revision = $3,
    status = case when id = $1 then coalesce($2, status) else status end
where id = $1 or id = $4";

/// An article leads its own story only.
const SET_LEAD: &str = "\
update story set lead_id = $2
where id = $1 and exists (select 1 from article where id = $2 and story_id = $1 and gone_at is null)";
