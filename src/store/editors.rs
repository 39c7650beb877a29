//! Editors: who works here, in what role.

use super::{Store, StoreError};
use crate::domain::editor::{EditorId, EditorName, Role, ShownName};
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

impl Store {
    /// Adds an editor. [`StoreError::Taken`] if somebody signs in with that name.
    pub async fn add_editor(&self, new: NewEditor) -> Result<Editor, StoreError> {
        let (mut write, _) = self.write().await?;
        let parameters = (new.public_id, new.name, new.shown_name, new.role, new.at);
        let editor = write.one(INSERT, parameters).await?;
        write.commit().await?;
        Ok(editor)
    }

    /// The editor of that public id.
    pub async fn editor(&self, public_id: &str) -> Result<Option<Editor>, StoreError> {
        self.db.maybe(EDITOR, (public_id.to_owned(),)).await
    }

    /// The editor who signs in with that name.
    pub async fn editor_named(&self, name: &EditorName) -> Result<Option<Editor>, StoreError> {
        self.db.maybe(EDITOR_NAMED, (name.clone(),)).await
    }
}

const INSERT: &str = "\
insert into editor (public_id, name, shown_name, role, made_at) values ($1, $2, $3, $4, $5)
returning id, public_id, name, shown_name, role, made_at, seen_at, disabled_at, password is not null as has_password, version";

const EDITOR: &str = "\
select id, public_id, name, shown_name, role, made_at, seen_at, disabled_at, password is not null as has_password, version
from editor where public_id = $1";

const EDITOR_NAMED: &str = "\
select id, public_id, name, shown_name, role, made_at, seen_at, disabled_at, password is not null as has_password, version
from editor where name = $1";
