//! Sessions: browsers that somebody signed in with.

use std::time::Duration;

use super::db::Write;
use super::editors::Editor;
use super::{Store, StoreError};
use crate::domain::editor::EditorId;
use crate::domain::secret::SecretDigest;
use crate::domain::time::Timestamp;

/// How long a session lives that is not used.
const IDLE_HOURS_MAX: u64 = 14 * 24;
/// How long a session lives at all.
const LIFE_HOURS_MAX: u64 = 90 * 24;
/// Sessions shown of one editor.
const SESSIONS_MAX: i64 = 200;
/// Uses within so long of the last one written are not written.
pub(super) const USE_SECONDS: u64 = 60;

/// A session that begins.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Of what its cookie holds.
    pub digest: SecretDigest,
    /// Its name for programs: a fresh id.
    pub public_id: String,
    /// Whose it is.
    pub editor: EditorId,
    /// What the browser calls itself.
    pub agent: String,
    /// Where it called from.
    pub address: String,
    /// Now.
    pub at: Timestamp,
}

/// A session that lives, and whose it is.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LiveSession {
    /// Whose it is: as of now, not as of when the session began.
    #[sqlx(flatten)]
    pub editor: Editor,
    /// Its name for programs.
    pub session_id: String,
    /// When it was last used, give or take a minute.
    pub used_at: Timestamp,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Session {
    /// Its name for programs.
    pub public_id: String,
    /// When somebody signed in.
    pub made_at: Timestamp,
    /// When it was last used, give or take a minute.
    pub seen_at: Timestamp,
    /// What the browser called itself.
    pub agent: String,
    /// Where it called from.
    pub address: String,
}

impl Store {
    /// Begins a session.
    pub async fn begin_session(&self, new: NewSession) -> Result<(), StoreError> {
        let parameters = (new.digest, new.public_id, new.editor, new.at, new.agent, new.address);
        self.db.run(BEGIN, parameters).await?;
        Ok(())
    }

    /// The session known by `digest`, if it lives and its editor is not shut out.
    pub async fn session(&self, digest: &SecretDigest, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        let (used_after, begun_after) = alive_after(now);
        self.db.maybe(SESSION, (digest.clone(), used_after, begun_after)).await
    }

    /// Writes down that a session was used, unless that was written within the last minute.
    pub async fn use_session(&self, live: &LiveSession, now: Timestamp) -> Result<(), StoreError> {
        if now.since(live.used_at) >= Duration::from_secs(USE_SECONDS) {
            self.db.run(USE, (live.session_id.clone(), now)).await?;
            self.db.run(SEE, (live.editor.id, now)).await?;
        }
        Ok(())
    }

    /// The sessions of `editor` that live, the last used first.
    pub async fn sessions_of(&self, editor: EditorId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let (used_after, begun_after) = alive_after(now);
        self.db
            .all(SESSIONS_OF, (editor, used_after, begun_after, SESSIONS_MAX))
            .await
    }

    /// Ends one session of `editor`. Whether there was one of that public id.
    pub async fn end_session(&self, editor: EditorId, public_id: &str) -> Result<bool, StoreError> {
        Ok(self.db.run(END, (editor, public_id.to_owned())).await? > 0)
    }

    /// Ends the session known by `digest`, whoever's it is: whoever signs in anew leaves the old one.
    pub async fn leave_session(&self, digest: &SecretDigest) -> Result<(), StoreError> {
        self.db.run(LEAVE, (digest.clone(),)).await?;
        Ok(())
    }

    /// Ends every session of `editor`.
    pub async fn end_sessions(&self, editor: EditorId) -> Result<u64, StoreError> {
        let (mut write, _) = self.write().await?;
        let ended = end_all(&mut write, editor).await?;
        write.commit().await?;
        Ok(ended)
    }

    /// Forgets sessions that do not live any more.
    pub async fn forget_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        let (used_after, begun_after) = alive_after(now);
        self.db.run(FORGET, (used_after, begun_after)).await
    }
}

/// Ends every session of `editor` in the caller's transaction.
pub(super) async fn end_all(write: &mut Write, editor: EditorId) -> Result<u64, StoreError> {
    write.run(END_ALL, (editor,)).await
}

/// After when a session that lives was used, and after when it began.
fn alive_after(now: Timestamp) -> (Timestamp, Timestamp) {
    let before = |hours| now.minus(Duration::from_hours(hours));
    (before(IDLE_HOURS_MAX), before(LIFE_HOURS_MAX))
}

const BEGIN: &str = "\
insert into session (digest, public_id, editor_id, made_at, seen_at, agent, address) values ($1, $2, $3, $4, $4, $5, $6)";

const SESSION: &str = "\
select editor.id, editor.public_id, editor.name, editor.shown_name, editor.role, editor.made_at, editor.seen_at,
    editor.disabled_at, editor.password is not null as has_password, editor.version,
    session.public_id as session_id, session.seen_at as used_at
from session join editor on editor.id = session.editor_id
where session.digest = $1 and session.seen_at > $2 and session.made_at > $3 and editor.disabled_at is null";

const USE: &str = "update session set seen_at = $2 where public_id = $1 and seen_at < $2";

pub(super) const SEE: &str = "update editor set seen_at = $2 where id = $1 and (seen_at is null or seen_at < $2)";

const SESSIONS_OF: &str = "\
select public_id, made_at, seen_at, agent, address from session
where editor_id = $1 and seen_at > $2 and made_at > $3 order by seen_at desc, public_id limit $4";

const END: &str = "delete from session where editor_id = $1 and public_id = $2";

const LEAVE: &str = "delete from session where digest = $1";

const END_ALL: &str = "delete from session where editor_id = $1";

const FORGET: &str = "delete from session where seen_at <= $1 or made_at <= $2";
