//! Links that work once: to choose a password, or to make the first editor.

use std::time::Duration;

use super::db::Write;
use super::editors::{Editor, NewEditor, insert};
use super::sessions::end_all;
use super::{Store, StoreError};
use crate::domain::editor::EditorId;
use crate::domain::password::PasswordHash;
use crate::domain::secret::SecretDigest;
use crate::domain::time::Timestamp;

/// How long somebody new may take to come.
const INVITATION_HOURS: u64 = 24;
/// How long somebody who forgot a password may take: they wait for it.
const RESET_MINUTES: u64 = 30;

/// A link that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitation {
    /// Until when it works.
    pub expires_at: Timestamp,
}

impl Store {
    /// Makes a link by which `editor` chooses a password; those made before stop working. It works for 30 minutes for who
    /// has a password already, for a day for who has none.
    pub async fn invite(
        &self,
        editor: &Editor,
        digest: &SecretDigest,
        now: Timestamp,
    ) -> Result<Invitation, StoreError> {
        let span = if editor.has_password {
            Duration::from_mins(RESET_MINUTES)
        } else {
            Duration::from_hours(INVITATION_HOURS)
        };
        let (mut write, _) = self.write().await?;
        write.run(DROP_OF_EDITOR, (editor.id,)).await?;
        let expires_at = now.plus(span);
        write
            .run(INSERT, (digest.clone(), Some(editor.id), now, expires_at))
            .await?;
        write.commit().await?;
        Ok(Invitation { expires_at })
    }

    /// Makes the link by which the first editor makes themselves, unless there is an editor; those made before stop working.
    pub async fn invite_first(&self, digest: &SecretDigest, now: Timestamp) -> Result<Option<Invitation>, StoreError> {
        let (mut write, _) = self.write().await?;
        write.run(DROP_FIRST, ()).await?;
        let expires_at = now.plus(Duration::from_hours(INVITATION_HOURS));
        let is_wanted = is_empty(&mut write).await?;
        if is_wanted {
            write
                .run(INSERT, (digest.clone(), None::<EditorId>, now, expires_at))
                .await?;
        }
        write.commit().await?;
        Ok(is_wanted.then_some(Invitation { expires_at }))
    }

    /// Whom the link known by `digest` is for, if it still works.
    pub async fn invited(&self, digest: &SecretDigest, now: Timestamp) -> Result<Option<Editor>, StoreError> {
        self.db.maybe(INVITED, (digest.clone(), now)).await
    }

    /// Whether the link known by `digest` makes the first editor, and still works.
    pub async fn invites_first(&self, digest: &SecretDigest, now: Timestamp) -> Result<bool, StoreError> {
        let row: Option<(i64,)> = self.db.maybe(INVITES_FIRST, (digest.clone(), now)).await?;
        Ok(row.is_some())
    }

    /// Uses the link known by `digest`: its editor has this password from now on, and no session. `None` if it does not work.
    pub async fn accept_invitation(
        &self,
        digest: &SecretDigest,
        password: PasswordHash,
        now: Timestamp,
    ) -> Result<Option<Editor>, StoreError> {
        let (mut write, _) = self.write().await?;
        let Some(editor) = write.maybe::<Editor>(INVITED, (digest.clone(), now)).await? else {
            return Ok(None);
        };
        write.run(USED, (digest.clone(), now)).await?;
        let editor = set_password(&mut write, editor.id, password).await?;
        write.commit().await?;
        Ok(Some(editor))
    }

    /// Uses the link known by `digest` to make the first editor. `None` if it does not work, or if there is an editor.
    pub async fn accept_first(
        &self,
        digest: &SecretDigest,
        first: NewEditor,
        password: PasswordHash,
    ) -> Result<Option<Editor>, StoreError> {
        let (mut write, _) = self.write().await?;
        let row: Option<(i64,)> = write.maybe(INVITES_FIRST, (digest.clone(), first.at)).await?;
        if row.is_none() {
            return Ok(None);
        }
        write.run(USED, (digest.clone(), first.at)).await?;
        let editor = insert(&mut write, first).await?;
        let editor = set_password(&mut write, editor.id, password).await?;
        write.commit().await?;
        Ok(Some(editor))
    }

    /// Gives `editor` another password; all their sessions end, and no link made for them works any more.
    pub async fn change_password(&self, editor: EditorId, password: PasswordHash) -> Result<(), StoreError> {
        let (mut write, _) = self.write().await?;
        set_password(&mut write, editor, password).await?;
        write.commit().await
    }

    /// Forgets links that do not work any more.
    pub async fn forget_invitations(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.db.run(FORGET, (now,)).await
    }
}

async fn set_password(write: &mut Write, editor: EditorId, password: PasswordHash) -> Result<Editor, StoreError> {
    end_all(write, editor).await?;
    write.run(DROP_OF_EDITOR, (editor,)).await?;
    write.one(SET_PASSWORD, (editor, password)).await
}

async fn is_empty(write: &mut Write) -> Result<bool, StoreError> {
    let row: Option<(i64,)> = write.maybe(ANYBODY, ()).await?;
    Ok(row.is_none())
}

const INSERT: &str = "insert into invitation (digest, editor_id, made_at, expires_at) values ($1, $2, $3, $4)";

const DROP_OF_EDITOR: &str = "delete from invitation where editor_id = $1 and used_at is null";

const DROP_FIRST: &str = "delete from invitation where editor_id is null and used_at is null";

const INVITED: &str = "\
select editor.id, editor.public_id, editor.name, editor.shown_name, editor.role, editor.made_at, editor.seen_at,
    editor.disabled_at, editor.password is not null as has_password, editor.version
from invitation join editor on editor.id = invitation.editor_id
where invitation.digest = $1 and invitation.used_at is null and invitation.expires_at > $2 and editor.disabled_at is null";

const INVITES_FIRST: &str = "\
select made_at from invitation
where digest = $1 and editor_id is null and used_at is null and expires_at > $2 and not exists (select id from editor)";

const USED: &str = "update invitation set used_at = $2 where digest = $1";

const SET_PASSWORD: &str = "\
update editor set password = $2, version = version + 1 where id = $1
returning id, public_id, name, shown_name, role, made_at, seen_at, disabled_at, password is not null as has_password, version";

const ANYBODY: &str = "select id from editor limit 1";

const FORGET: &str = "delete from invitation where used_at is not null or expires_at <= $1";
