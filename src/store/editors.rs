//! Editors: who works here, in what role.

use super::db::Write;
use super::sessions::end_all;
use super::{Store, StoreError};
use crate::domain::editor::{EditorId, EditorName, Role, ShownName};
use crate::domain::password::PasswordHash;
use crate::domain::time::Timestamp;

/// An editor as stored, without their password.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Editor {
    /// Their key.
    pub id: EditorId,
    /// Their name for programs.
    pub public_id: String,
    /// What they sign in with.
    pub name: EditorName,
    /// Their name for people.
    pub shown_name: ShownName,
    /// What they may do.
    pub role: Role,
    /// When they were added.
    pub made_at: Timestamp,
    /// When they were last here, give or take a minute.
    pub seen_at: Option<Timestamp>,
    /// Since when they are shut out.
    pub disabled_at: Option<Timestamp>,
    /// Whether they chose a password.
    pub has_password: bool,
    /// How often they were changed, and once more.
    pub version: i64,
}

/// An editor to be added. They have no password until they chose one by an invitation.
#[derive(Debug, Clone)]
pub struct NewEditor {
    /// Their name for programs: a fresh id.
    pub public_id: String,
    /// What they sign in with.
    pub name: EditorName,
    /// Their name for people.
    pub shown_name: ShownName,
    /// What they may do.
    pub role: Role,
    /// Now.
    pub at: Timestamp,
}

/// What is to be changed of an editor; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct EditorChange {
    /// What they sign in with.
    pub name: Option<EditorName>,
    /// Their name for people.
    pub shown_name: Option<ShownName>,
    /// What they may do.
    pub role: Option<Role>,
    /// Whether they are shut out.
    pub disabled: Option<bool>,
}

impl Store {
    /// Adds an editor. [`StoreError::Taken`] if somebody signs in with that name.
    pub async fn add_editor(&self, new: NewEditor) -> Result<Editor, StoreError> {
        let (mut write, _) = self.write().await?;
        let editor = insert(&mut write, new).await?;
        write.commit().await?;
        Ok(editor)
    }

    /// The editors from `after` on, by key, at most `limit`.
    pub async fn editors_after(&self, after: i64, limit: u32) -> Result<Vec<Editor>, StoreError> {
        self.db.all(EDITORS_AFTER, (after, i64::from(limit))).await
    }

    /// The editor of that public id.
    pub async fn editor(&self, public_id: &str) -> Result<Option<Editor>, StoreError> {
        self.db.maybe(EDITOR, (public_id.to_owned(),)).await
    }

    /// The editor of that key.
    pub async fn editor_of(&self, id: EditorId) -> Result<Editor, StoreError> {
        self.db.one(EDITOR_OF, (id,)).await
    }

    /// The editor who signs in with that name.
    pub async fn editor_named(&self, name: &EditorName) -> Result<Option<Editor>, StoreError> {
        self.db.maybe(EDITOR_NAMED, (name.clone(),)).await
    }

    /// What is kept of the password of the editor who signs in with that name, and their key. `None` if there is nobody of that
    /// name, or if they are shut out or never chose one.
    pub async fn password_of(&self, name: &EditorName) -> Result<Option<(EditorId, PasswordHash)>, StoreError> {
        self.db.maybe(PASSWORD_OF, (name.clone(),)).await
    }

    /// Keeps the password of `editor` in another form, if it is still the one kept as `stale`.
    pub async fn keep_password_anew(
        &self,
        editor: EditorId,
        stale: PasswordHash,
        fresh: PasswordHash,
    ) -> Result<(), StoreError> {
        self.db.run(KEEP_ANEW, (editor, stale, fresh)).await?;
        Ok(())
    }

    /// Changes an editor who is of `version` now: [`StoreError::Outdated`] if they are not, [`StoreError::Taken`] if the name
    /// is somebody else's, [`StoreError::LastAdmin`] if nobody would be left to set things up. Whoever changes role or is
    /// shut out has no session afterwards.
    pub async fn change_editor(
        &self,
        public_id: &str,
        version: i64,
        change: EditorChange,
        now: Timestamp,
    ) -> Result<Editor, StoreError> {
        let (mut write, revision) = self.write().await?;
        let standing: Option<Editor> = write.maybe(EDITOR, (public_id.to_owned(),)).await?;
        let standing = standing.ok_or(StoreError::Missing)?;
        if standing.version != version {
            return Err(StoreError::Outdated);
        }
        let role = change.role.unwrap_or(standing.role);
        let disabled_at = match change.disabled {
            Some(true) => standing.disabled_at.or(Some(now)),
            Some(false) => None,
            None => standing.disabled_at,
        };
        if standing.is_live_admin() && (role != Role::Admin || disabled_at.is_some()) {
            refuse_the_last(&mut write, standing.id).await?;
        }
        if role != standing.role || disabled_at.is_some() {
            end_all(&mut write, standing.id).await?;
        }
        if change.name.is_some() || change.shown_name.is_some() {
            write.run(TOUCH_STORIES, (standing.id, revision)).await?;
        }
        let name = change.name.unwrap_or(standing.name);
        let shown_name = change.shown_name.unwrap_or(standing.shown_name);
        let parameters = (standing.id, name, shown_name, role, disabled_at);
        let changed = write.one(CHANGE, parameters).await?;
        write.commit().await?;
        Ok(changed)
    }
}

impl Editor {
    const fn is_live_admin(&self) -> bool {
        matches!(self.role, Role::Admin) && self.disabled_at.is_none()
    }
}

pub(super) async fn insert(write: &mut Write, new: NewEditor) -> Result<Editor, StoreError> {
    let parameters = (new.public_id, new.name, new.shown_name, new.role, new.at);
    write.one(INSERT, parameters).await
}

/// Somebody who never chose a password cannot take over.
async fn refuse_the_last(write: &mut Write, admin: EditorId) -> Result<(), StoreError> {
    let other: Option<(EditorId,)> = write.maybe(OTHER_ADMIN, (admin, Role::Admin)).await?;
    other.map(|_| ()).ok_or(StoreError::LastAdmin)
}

const INSERT: &str = "\
insert into editor (public_id, name, shown_name, role, made_at) values ($1, $2, $3, $4, $5)
returning id, public_id, name, shown_name, role, made_at, seen_at, disabled_at, password is not null as has_password, version";

const EDITOR: &str = "\
select id, public_id, name, shown_name, role, made_at, seen_at, disabled_at, password is not null as has_password, version
from editor where public_id = $1";

const EDITOR_OF: &str = "\
select id, public_id, name, shown_name, role, made_at, seen_at, disabled_at, password is not null as has_password, version
from editor where id = $1";

const EDITOR_NAMED: &str = "\
select id, public_id, name, shown_name, role, made_at, seen_at, disabled_at, password is not null as has_password, version
from editor where name = $1";

const EDITORS_AFTER: &str = "\
select id, public_id, name, shown_name, role, made_at, seen_at, disabled_at, password is not null as has_password, version
from editor where id > $1 order by id limit $2";

const PASSWORD_OF: &str = "\
select id, password from editor where name = $1 and disabled_at is null and password is not null";

const KEEP_ANEW: &str = "update editor set password = $3 where id = $1 and password = $2";

const OTHER_ADMIN: &str = "\
select id from editor where id <> $1 and role = $2 and disabled_at is null and password is not null limit 1";

/// The index knows who decided on a story, by name.
const TOUCH_STORIES: &str = "\
update story set revision = $2
where id in (
    select coalesce(own.merged_into, own.id)
    from decision d join story own on own.id = d.story_id where d.editor_id = $1)";

const CHANGE: &str = "\
update editor set name = $2, shown_name = $3, role = $4, disabled_at = $5, version = version + 1 where id = $1
returning id, public_id, name, shown_name, role, made_at, seen_at, disabled_at, password is not null as has_password, version";
