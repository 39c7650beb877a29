//! Reading lists.

use super::{Revision, Store, StoreError, json, to_json};
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
    /// The last write that changed what readers see of it; 0 if nothing went out yet.
    pub public_revision: Revision,
    /// When that was.
    pub public_at: Option<Timestamp>,
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
    public_at: Option<Timestamp>,
}

impl Store {
    /// Makes a list, behind the others. [`StoreError::Taken`] if there is one of that slug.
    pub async fn make_list(&self, new: NewList, now: Timestamp) -> Result<ReadingList, StoreError> {
        let (mut write, _) = self.write().await?;
        let Told { name, about, language } = new.told;
        let parameters = (new.slug, name, about, language, to_json(&new.rules), now);
        let row: ListRow = write.one(INSERT, parameters).await?;
        write.commit().await?;
        row.try_into()
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
insert into list (slug, name, about, language, rules, position, made_at)
select $1, $2, $3, $4, $5, coalesce(max(position), 0) + 1, $6 from list
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
