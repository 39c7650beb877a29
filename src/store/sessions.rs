//! Sessions: browsers that somebody signed in with.

use std::time::Duration;

use super::editors::Editor;
use super::{Store, StoreError};
use crate::domain::editor::EditorId;
use crate::domain::secret::SecretDigest;
use crate::domain::time::Timestamp;

/// How long a session lives that is not used.
const IDLE_HOURS_MAX: u64 = 14 * 24;
/// How long a session lives at all.
const LIFE_HOURS_MAX: u64 = 90 * 24;
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

impl Store {
    /// Begins a session.
    pub async fn begin_session(&self, new: NewSession) -> Result<(), StoreError> {
        let parameters = (new.digest, new.public_id, new.editor, new.at, new.agent, new.address);
        self.db.run(BEGIN, parameters).await?;
        Ok(())
    }

    /// The session known by `digest`, if it lives and its editor is not shut out.
    pub async fn session(&self, digest: &SecretDigest, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        let (used_after, begun_after) = (
            now.minus(Duration::from_hours(IDLE_HOURS_MAX)),
            now.minus(Duration::from_hours(LIFE_HOURS_MAX)),
        );
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
