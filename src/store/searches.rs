//! Saved searches: an editor's own, or shared with the others; each with a key to its feed.

use super::{Store, StoreError};
use crate::domain::editor::EditorId;
use crate::domain::secret::SecretDigest;
use crate::domain::time::Timestamp;

/// Searches that one editor may save.
pub const SEARCHES_MAX: i64 = 100;
/// Saved searches that are listed at the most: all that a hundred editors may save is more than anybody reads.
const LISTED_MAX: i64 = 1_000;

/// A search that an editor saved.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SavedSearch {
    id: i64,
    /// Its name outside.
    pub public_id: String,
    /// Whose it is.
    pub editor_id: EditorId,
    /// The same, for people.
    pub saved_by: String,
    /// Its name for people.
    pub name: String,
    /// What is searched for, as it was typed.
    pub query: String,
    /// Whether other editors see it too.
    pub shared: bool,
    /// When it was saved.
    pub made_at: Timestamp,
    /// When its feed got the address that it has.
    pub key_made_at: Timestamp,
    /// Counts its changes.
    pub version: i64,
}

/// A search about to be saved.
#[derive(Debug, Clone)]
pub struct NewSearch {
    /// Its name outside, which nothing else has.
    pub public_id: String,
    /// Who saves it.
    pub by: EditorId,
    /// Its name for people.
    pub name: String,
    /// What is searched for.
    pub query: String,
    /// Whether other editors see it too.
    pub shared: bool,
    /// Of the key to its feed.
    pub key: SecretDigest,
    /// When.
    pub at: Timestamp,
}

/// How a saved search is to be from now on.
#[derive(Debug, Clone)]
pub struct SearchChange {
    /// Its name for people.
    pub name: String,
    /// What is searched for.
    pub query: String,
    /// Whether other editors see it too.
    pub shared: bool,
}

impl Store {
    /// Saves a search. `None` if the editor has saved too many.
    pub async fn save_search(&self, new: NewSearch) -> Result<Option<SavedSearch>, StoreError> {
        let (mut write, _) = self.write().await?;
        let (count,): (i64,) = write.one(COUNT_OF, (new.by,)).await?;
        if count >= SEARCHES_MAX {
            return Ok(None);
        }
        let public_id = new.public_id.clone();
        let parameters = (new.public_id, new.by, new.name, new.query, new.shared, new.key, new.at);
        write.run(INSERT, parameters).await?;
        let saved = write.maybe(SEARCH, (public_id,)).await?;
        write.commit().await?;
        Ok(saved)
    }

    /// What `editor` sees: their own, and what others share, by name.
    pub async fn saved_searches(&self, editor: EditorId) -> Result<Vec<SavedSearch>, StoreError> {
        self.db.all(SEEN_BY, (editor, LISTED_MAX)).await
    }

    /// The saved search called `public_id`, if `editor` sees it.
    pub async fn saved_search(&self, public_id: &str, editor: EditorId) -> Result<Option<SavedSearch>, StoreError> {
        let saved: Option<SavedSearch> = self.db.maybe(SEARCH, (public_id.to_owned(),)).await?;
        Ok(saved.filter(|saved| saved.shared || saved.editor_id == editor))
    }

    /// The saved search whose feed `key` opens, while whoever saved it may read.
    pub async fn search_by_key(&self, key: &SecretDigest) -> Result<Option<SavedSearch>, StoreError> {
        self.db.maybe(BY_KEY, (key.clone(),)).await
    }

    /// Changes a saved search that is of `version` now; whether it was.
    pub async fn change_search(&self, saved: &SavedSearch, change: SearchChange) -> Result<bool, StoreError> {
        let parameters = (saved.id, saved.version, change.name, change.query, change.shared);
        Ok(self.db.run(CHANGE, parameters).await? > 0)
    }

    /// Gives its feed another address: who has the one before sees nothing any more. Whether the search was still there.
    pub async fn renew_search_key(
        &self,
        saved: &SavedSearch,
        key: SecretDigest,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.db.run(RENEW_KEY, (saved.id, key, at)).await? > 0)
    }

    /// Deletes a saved search that is of `version` now; whether it was.
    pub async fn delete_search(&self, saved: &SavedSearch) -> Result<bool, StoreError> {
        Ok(self.db.run(DELETE, (saved.id, saved.version)).await? > 0)
    }
}

const COUNT_OF: &str = "select count(*) from saved_search where editor_id = $1";

const INSERT: &str = "\
insert into saved_search (public_id, editor_id, name, query, shared, key_digest, made_at, key_made_at)
values ($1, $2, $3, $4, $5, $6, $7, $7)";

const SEEN_BY: &str = "\
select s.id, s.public_id, s.editor_id, e.shown_name as saved_by, s.name, s.query, s.shared, s.made_at, s.key_made_at, s.version
from saved_search s
join editor e on e.id = s.editor_id
where s.editor_id = $1 or s.shared
order by s.name, s.id limit $2";

const SEARCH: &str = "\
select s.id, s.public_id, s.editor_id, e.shown_name as saved_by, s.name, s.query, s.shared, s.made_at, s.key_made_at, s.version
from saved_search s
join editor e on e.id = s.editor_id
where s.public_id = $1";

const BY_KEY: &str = "\
select s.id, s.public_id, s.editor_id, e.shown_name as saved_by, s.name, s.query, s.shared, s.made_at, s.key_made_at, s.version
from saved_search s
join editor e on e.id = s.editor_id
where s.key_digest = $1 and e.disabled_at is null";

const CHANGE: &str = "\
update saved_search set name = $3, query = $4, shared = $5, version = version + 1 where id = $1 and version = $2";

const RENEW_KEY: &str =
    "update saved_search set key_digest = $2, key_made_at = $3, version = version + 1 where id = $1";

const DELETE: &str = "delete from saved_search where id = $1 and version = $2";
