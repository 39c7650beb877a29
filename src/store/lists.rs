//! Reading lists.

use super::db::Write;
use super::press::Press;
use super::{Acting, Revision, Store, StoreError, json, to_json};
use crate::domain::event::EventKind;
use crate::domain::list::{ListId, ListRules, Version};
use crate::domain::source::Slug;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;

/// A list that readers follow.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadingList {
    /// Its key.
    pub id: ListId,
    /// Its name for programs and addresses, stable for ever.
    pub slug: Slug,
    /// What readers are told of it.
    pub told: Told,
    /// What holds for its picks and editions.
    pub rules: ListRules,
    /// Its place among the lists; smaller ones come first.
    pub position: i64,
    /// When it was made.
    pub made_at: Timestamp,
    /// Since when nothing more is picked for it; what went out stays.
    pub archived_at: Option<Timestamp>,
    /// How often it was changed.
    pub version: Version,
    /// The last write that changed what readers see of it.
    pub public_revision: Revision,
    /// When that was: later each time, whatever the clock does.
    pub public_at: Timestamp,
}

/// What readers are told of a list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// What it is about, plain text.
    pub about: String,
    /// The language it is written in.
    pub language: Option<Language>,
}

/// A list about to be made.
#[derive(Debug, Clone)]
pub struct NewList {
    /// Its name for programs.
    pub slug: Slug,
    /// What readers are told of it.
    pub told: Told,
    /// What holds for its picks.
    pub rules: ListRules,
}

/// What is to be otherwise in a list; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListChange {
    /// What readers are told of it.
    pub told: Option<Told>,
    /// What holds for its picks.
    pub rules: Option<ListRules>,
    /// Its place among the lists, from 1 on.
    pub place: Option<u32>,
}

#[derive(sqlx::FromRow)]
pub(super) struct ListRow {
    id: ListId,
    slug: Slug,
    #[sqlx(flatten)]
    told: Told,
    rules: String,
    position: i64,
    made_at: Timestamp,
    archived_at: Option<Timestamp>,
    version: Version,
    public_revision: Revision,
    public_at: Timestamp,
}

impl Store {
    /// Makes a list, behind the others, and its first edition if it has a cadence. [`StoreError::Taken`] if there is one of
    /// that slug.
    pub async fn make_list(
        &self,
        new: NewList,
        now: Timestamp,
        fresh_id: fn() -> String,
    ) -> Result<ReadingList, StoreError> {
        let (mut write, revision) = self.write().await?;
        let Told { name, about, language } = new.told;
        let rules = to_json(&new.rules);
        let parameters = (new.slug, name, about, language, rules, now, revision);
        let row: ListRow = write.one(INSERT, parameters).await?;
        let list = ReadingList::try_from(row)?;
        let mut press = Press::start(&mut write, list.id, revision, now, fresh_id).await?;
        press.make_next_edition(now).await?;
        write.commit().await?;
        Ok(list)
    }

    /// The list called `slug`, archived or not.
    pub async fn list(&self, slug: &Slug) -> Result<Option<ReadingList>, StoreError> {
        let row: Option<ListRow> = self.db.maybe(BY_SLUG, (slug.clone(),)).await?;
        row.map(ReadingList::try_from).transpose()
    }

    /// The list with this key.
    pub async fn list_by_id(&self, id: ListId) -> Result<Option<ReadingList>, StoreError> {
        let row: Option<ListRow> = self.db.maybe(BY_ID, (id,)).await?;
        row.map(ReadingList::try_from).transpose()
    }

    /// Every list in its order, the archived behind the others.
    pub async fn lists(&self) -> Result<Vec<ReadingList>, StoreError> {
        let rows: Vec<ListRow> = self.db.all(ALL, ()).await?;
        rows.into_iter().map(ReadingList::try_from).collect()
    }

    /// Changes a list of which the caller saw `version`; [`StoreError::Outdated`] if it is another by now. A cadence makes the
    /// next edition if none is open.
    pub async fn change_list(
        &self,
        id: ListId,
        version: Version,
        change: ListChange,
        acting: Acting,
    ) -> Result<ReadingList, StoreError> {
        let (mut write, revision) = self.write().await?;
        let list = locked(&mut write, id, version).await?;
        if let Some(place) = change.place {
            reorder(&mut write, id, place).await?;
            show(&mut write, id, revision).await?;
        }
        let told = change.told.unwrap_or_else(|| list.told.clone());
        let rules = change.rules.unwrap_or_else(|| list.rules.clone());
        let is_shown = told != list.told || rules.excerpt_words != list.rules.excerpt_words;
        let parameters = (id, told.name, told.about, told.language, to_json(&rules));
        write.run(CHANGE, parameters).await?;
        let mut press = Press::start(&mut write, id, revision, acting.at, acting.fresh_id).await?;
        if rules.cadence != list.rules.cadence && list.archived_at.is_none() {
            press.make_next_edition(acting.at).await?;
        }
        if is_shown {
            press.tell_of_list(EventKind::ListChanged).await?;
            press.show_all().await?;
        }
        let row: ListRow = write.one(BY_ID_IN_WRITE, (id,)).await?;
        write.commit().await?;
        row.try_into()
    }

    /// Archives a list: nothing more is picked for it; what went out stays. Refused while something of it is scheduled.
    pub async fn archive_list(&self, id: ListId, version: Version, now: Timestamp) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        locked(&mut write, id, version).await?;
        let (scheduled,): (i64,) = write.one(SCHEDULED_OF, (id,)).await?;
        if scheduled > 0 {
            let why = "something of the list is scheduled; call it back first";
            return Err(StoreError::Refused(why.to_owned()));
        }
        write.run(ARCHIVE, (id, now)).await?;
        show(&mut write, id, revision).await?;
        write.commit().await
    }

    /// Takes a list back into use.
    pub async fn restore_list(&self, id: ListId) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        write.run(RESTORE, (id,)).await?;
        show(&mut write, id, revision).await?;
        write.commit().await
    }
}

/// The list as it stands in this write.
async fn locked(write: &mut Write, id: ListId, version: Version) -> Result<ReadingList, StoreError> {
    let row: ListRow = write.one(LOCKED, (id,)).await?;
    if row.version != version {
        return Err(StoreError::Outdated);
    }
    row.try_into()
}

/// Puts a list at a place among the others, and counts all of them anew.
async fn reorder(write: &mut Write, id: ListId, place: u32) -> Result<(), StoreError> {
    let rows: Vec<(ListId,)> = write.all(ORDER, (id,)).await?;
    let mut order: Vec<ListId> = rows.into_iter().map(|(id,)| id).collect();
    let at = usize::try_from(place).unwrap_or(usize::MAX).saturating_sub(1);
    order.insert(at.min(order.len()), id);
    for (position, list) in (1_i64..).zip(order) {
        write.run(POSITION, (list, position)).await?;
    }
    Ok(())
}

/// Readers see a list at another place among the others, or closed: pages that name it are made anew. Nothing went out on it,
/// so nobody is told.
async fn show(write: &mut Write, id: ListId, revision: Revision) -> Result<(), StoreError> {
    write.run(SHOW, (id, revision)).await?;
    Ok(())
}

impl TryFrom<ListRow> for ReadingList {
    type Error = StoreError;

    fn try_from(row: ListRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            slug: row.slug,
            told: row.told,
            rules: json(&row.rules, "the rules of a list")?,
            position: row.position,
            made_at: row.made_at,
            archived_at: row.archived_at,
            version: row.version,
            public_revision: row.public_revision,
            public_at: row.public_at,
        })
    }
}

const INSERT: &str = "\
insert into list (slug, name, about, language, rules, position, made_at, public_revision, public_at)
select $1, $2, $3, $4, $5, coalesce(max(position), 0) + 1, $6, $7, $6 from list
returning id, slug, name, about, language, rules, position, made_at, archived_at, version, public_revision, public_at";

const BY_SLUG: &str = "\
select id, slug, name, about, language, rules, position, made_at, archived_at, version, public_revision, public_at
from list where slug = $1";

const BY_ID: &str = "\
select id, slug, name, about, language, rules, position, made_at, archived_at, version, public_revision, public_at
from list where id = $1";

const ALL: &str = "\
select id, slug, name, about, language, rules, position, made_at, archived_at, version, public_revision, public_at
from list order by archived_at is not null, position, id";

const LOCKED: &str = "\
select id, slug, name, about, language, rules, position, made_at, archived_at, version, public_revision, public_at
from list where id = $1";

const BY_ID_IN_WRITE: &str = "\
select id, slug, name, about, language, rules, position, made_at, archived_at, version, public_revision, public_at
from list where id = $1";

const CHANGE: &str = "\
update list set name = $2, about = $3, language = $4, rules = $5, version = version + 1 where id = $1";

const SCHEDULED_OF: &str = "\
select (select count(*) from edition where list_id = $1 and stage = 'scheduled')
    + (select count(*) from pick where list_id = $1 and stage = 'scheduled')";

const ARCHIVE: &str = "update list set archived_at = $2, version = version + 1 where id = $1 and archived_at is null";

const RESTORE: &str =
    "update list set archived_at = null, version = version + 1 where id = $1 and archived_at is not null";

const ORDER: &str = "select id from list where id <> $1 order by position, id";

const SHOW: &str = "update list set public_revision = $2, public_at = public_at + 1 where id = $1";

const POSITION: &str = "update list set position = $2 where id = $1";
