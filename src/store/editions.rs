//! Editions: picks of a list that go out together.

use super::db::Write;
use super::picks::GAP;
use super::press::{Press, edition_in};
use super::{Acting, Store, StoreError};
use crate::domain::event::EventKind;
use crate::domain::list::{Edition, EditionId, ListId, Stage, Version};
use crate::domain::source::Slug;
use crate::domain::time::Timestamp;

/// An edition, and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct EditionLine {
    /// The edition.
    #[sqlx(flatten)]
    pub edition: Edition,
    /// Its list.
    pub list_slug: Slug,
    /// How many picks stand in it.
    pub picks: i64,
}

/// An edition about to be made.
#[derive(Debug, Clone)]
pub struct NewEdition {
    /// Its list.
    pub list: ListId,
    /// Its title; by its number if none.
    pub title: Option<String>,
    /// What stands before its picks.
    pub intro: String,
    /// When it is meant to go out; by the list's cadence if it is not said.
    pub due_at: Option<Timestamp>,
}

/// What is to be otherwise in an edition; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditionChange {
    /// Its title.
    pub title: Option<String>,
    /// What stands before its picks.
    pub intro: Option<String>,
    /// When a draft is meant to go out.
    pub due_at: Option<Option<Timestamp>>,
}

/// Which editions a page of them holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct EditionFilter {
    /// Only those that have come so far.
    pub stage: Option<Stage>,
    /// Only those with a lower number.
    pub before: Option<i64>,
}

impl Store {
    /// Makes an edition of a list, a draft; by a list's cadence it is due at the first time after all that are open.
    pub async fn make_edition(&self, new: NewEdition, acting: Acting) -> Result<String, StoreError> {
        let (mut write, revision) = self.write().await?;
        let press = Press::start(&mut write, new.list, revision, acting.at, acting.fresh_id).await?;
        let cadence = press.rules().cadence.clone();
        let (archived_at, number, last_due): (Option<Timestamp>, i64, Option<Timestamp>) =
            write.one(LIST_NOW, (new.list,)).await?;
        if archived_at.is_some() {
            return Err(StoreError::Refused("the list is archived".to_owned()));
        }
        let after = last_due.map_or(acting.at, |last| last.max(acting.at));
        let due_at = new.due_at.or_else(|| cadence.and_then(|cadence| cadence.next(after)));
        let title = new.title.unwrap_or_else(|| Edition::title_of(number));
        let public_id = (acting.fresh_id)();
        let parameters = (public_id.clone(), new.list, number, title, new.intro, due_at, acting.at);
        write.run(INSERT, parameters).await?;
        write.commit().await?;
        Ok(public_id)
    }

    /// The edition called `public_id`.
    pub async fn edition(&self, public_id: &str) -> Result<Option<EditionLine>, StoreError> {
        self.db.maybe(BY_PUBLIC_ID, (public_id.to_owned(),)).await
    }

    /// The editions of a list, the last first, at most `limit`.
    pub async fn editions(
        &self,
        list: ListId,
        filter: EditionFilter,
        limit: u32,
    ) -> Result<Vec<EditionLine>, StoreError> {
        self.db
            .all(OF_LIST, (list, filter.stage, filter.before, i64::from(limit)))
            .await
    }

    /// The editions of a list that have not gone out, the next first, at most `limit`.
    pub async fn open_editions(&self, list: ListId, limit: u32) -> Result<Vec<EditionLine>, StoreError> {
        self.db.all(OPEN, (list, i64::from(limit))).await
    }

    /// The edition that goes out next of all lists in use: the one that is due first; one without a time comes after those.
    pub async fn next_edition(&self) -> Result<Option<EditionLine>, StoreError> {
        self.db.maybe(NEXT, ()).await
    }

    /// Changes an edition of which the caller saw `version`; [`StoreError::Outdated`] if it is another by now. When a scheduled
    /// one goes out is changed by scheduling it again.
    pub async fn change_edition(
        &self,
        id: EditionId,
        version: Version,
        change: EditionChange,
        acting: Acting,
    ) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let edition = current(&mut write, id, version).await?;
        if change.due_at.is_some() && edition.stage != Stage::Draft {
            let why = "only a draft can be meant for another time; schedule it again instead";
            return Err(StoreError::Refused(why.to_owned()));
        }
        let title = change.title.unwrap_or_else(|| edition.title.clone());
        let intro = change.intro.unwrap_or_else(|| edition.intro.clone());
        let due_at = change.due_at.unwrap_or(edition.due_at);
        if (&title, &intro, due_at) == (&edition.title, &edition.intro, edition.due_at) {
            return Ok(());
        }
        write.run(CHANGE, (id, title, intro, due_at, acting.at)).await?;
        if edition.stage == Stage::Published {
            let mut press = Press::start(&mut write, edition.list_id, revision, acting.at, acting.fresh_id).await?;
            press.tell_of_list(EventKind::ListChanged).await?;
            press.finish().await?;
        }
        write.commit().await
    }

    /// Deletes a draft; its picks stay, in no edition, behind those that are there.
    pub async fn delete_edition(&self, id: EditionId, version: Version) -> Result<(), StoreError> {
        let (mut write, _) = self.write().await?;
        let edition = current(&mut write, id, version).await?;
        if edition.stage != Stage::Draft {
            let why = format!("it is {}; only a draft can be deleted", edition.stage.as_str());
            return Err(StoreError::Refused(why));
        }
        let (last,): (i64,) = write.one(LAST_UNPLACED, (edition.list_id,)).await?;
        let (first,): (i64,) = write.one(FIRST_PLACED, (id,)).await?;
        let shift = last.saturating_add(GAP).saturating_sub(first);
        write.run(FREE_PICKS, (id, shift)).await?;
        write.run(DELETE, (id,)).await?;
        write.commit().await
    }
}

async fn current(write: &mut Write, id: EditionId, version: Version) -> Result<Edition, StoreError> {
    let edition = edition_in(write, id).await?;
    if edition.version == version {
        Ok(edition)
    } else {
        Err(StoreError::Outdated)
    }
}

const LIST_NOW: &str = "\
select archived_at, (select coalesce(max(number), 0) + 1 from edition where list_id = $1),
    (select max(due_at) from edition where list_id = $1)
from list where id = $1";

const INSERT: &str = "\
insert into edition (public_id, list_id, number, title, intro, stage, due_at, made_at, changed_at)
values ($1, $2, $3, $4, $5, 'draft', $6, $7, $7)";

/// What is read of an edition, in each of these statements.
macro_rules! lines {
    ($rest:literal) => {
        concat!(
            "\
select e.id, e.public_id, e.list_id, e.number, e.title, e.intro, e.stage, e.due_at, e.published_at, e.withdrawn_at, e.made_at,
    e.changed_at, e.version, l.slug as list_slug,
    (select count(*) from pick where pick.edition_id = e.id and pick.stage <> 'dropped') as picks
from edition e
join list l on l.id = e.list_id
",
            $rest
        )
    };
}

const BY_PUBLIC_ID: &str = lines!("where e.public_id = $1");

const OF_LIST: &str = lines!(
    "\
where e.list_id = $1 and ($2 is null or e.stage = $2) and ($3 is null or e.number < $3)
order by e.number desc
limit $4"
);

const OPEN: &str = lines!("where e.list_id = $1 and e.stage in ('draft', 'scheduled') order by e.number limit $2");

const NEXT: &str = lines!(
    "\
where e.stage in ('draft', 'scheduled') and l.archived_at is null
order by e.due_at is null, e.due_at, l.position, e.number
limit 1"
);

const CHANGE: &str = "\
update edition set title = $2, intro = $3, due_at = $4, changed_at = $5, version = version + 1 where id = $1";

const LAST_UNPLACED: &str = "\
select coalesce(max(position), 0) from pick
where list_id = $1 and edition_id is null and stage in ('draft', 'scheduled')";

const FIRST_PLACED: &str = "select coalesce(min(position), 0) from pick where edition_id = $1";

const FREE_PICKS: &str = "\
update pick set edition_id = null, position = position + $2, version = version + 1 where edition_id = $1";

const DELETE: &str = "delete from edition where id = $1";
