//! Tokens: what programs sign in with.

use std::time::Duration;

use super::editors::Editor;
use super::sessions::{SEE, USE_SECONDS};
use super::{Store, StoreError, json, to_json};
use crate::domain::editor::{EditorId, Scope};
use crate::domain::secret::SecretDigest;
use crate::domain::time::Timestamp;

/// A token to be added.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Of what its owner holds.
    pub digest: SecretDigest,
    /// Its name for programs: a fresh id.
    pub public_id: String,
    /// Whose it is.
    pub editor: EditorId,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// Now.
    pub at: Timestamp,
}

/// A token that works, and whose it is.
#[derive(Debug, Clone)]
pub struct LiveToken {
    /// Whose it is.
    pub editor: Editor,
    /// Its name for programs.
    pub token_id: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was last used, give or take a minute.
    pub used_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct LiveRow {
    #[sqlx(flatten)]
    editor: Editor,
    token_id: String,
    scopes: String,
    used_at: Option<Timestamp>,
}

impl Store {
    /// Adds a token.
    pub async fn add_token(&self, new: NewToken) -> Result<(), StoreError> {
        let scopes = to_json(&new.scopes);
        let parameters = (
            new.public_id,
            new.digest,
            new.editor,
            new.name,
            scopes,
            new.at,
            new.expires_at,
        );
        self.db.run(INSERT, parameters).await?;
        Ok(())
    }

    /// The token known by `digest`, if it works and its editor is not shut out.
    pub async fn token(&self, digest: &SecretDigest, now: Timestamp) -> Result<Option<LiveToken>, StoreError> {
        let row: Option<LiveRow> = self.db.maybe(TOKEN, (digest.clone(), now)).await?;
        let read = row.map(|row| {
            Ok(LiveToken {
                editor: row.editor,
                token_id: row.token_id,
                scopes: json(&row.scopes, "the scopes of a token")?,
                used_at: row.used_at,
            })
        });
        read.transpose()
    }

    /// Writes down that a token was used, unless that was written within the last minute.
    pub async fn use_token(&self, live: &LiveToken, now: Timestamp) -> Result<(), StoreError> {
        let is_written = |at| now.since(at) < Duration::from_secs(USE_SECONDS);
        if !live.used_at.is_some_and(is_written) {
            self.db.run(USE, (live.token_id.clone(), now)).await?;
            self.db.run(SEE, (live.editor.id, now)).await?;
        }
        Ok(())
    }
}

const INSERT: &str = "\
insert into token (public_id, digest, editor_id, name, scopes, made_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)";

const TOKEN: &str = "\
select editor.id, editor.public_id, editor.name, editor.shown_name, editor.role, editor.made_at, editor.seen_at,
    editor.disabled_at, editor.password is not null as has_password, editor.version,
    token.public_id as token_id, token.scopes, token.used_at
from token join editor on editor.id = token.editor_id
where token.digest = $1 and token.revoked_at is null and (token.expires_at is null or token.expires_at > $2)
    and editor.disabled_at is null";

const USE: &str = "update token set used_at = $2 where public_id = $1 and (used_at is null or used_at < $2)";
