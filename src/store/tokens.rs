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

/// A token as its owner sees it.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its key.
    pub id: i64,
    /// Its name for programs.
    pub public_id: String,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, give or take a minute.
    pub used_at: Option<Timestamp>,
    /// Since when it does not work any more.
    pub revoked_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    id: i64,
    public_id: String,
    name: String,
    scopes: String,
    made_at: Timestamp,
    expires_at: Option<Timestamp>,
    used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
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

    /// The tokens of `editor` from `after` on, by key, at most `limit`; revoked ones too.
    pub async fn tokens_after(&self, editor: EditorId, after: i64, limit: u32) -> Result<Vec<Token>, StoreError> {
        let rows: Vec<TokenRow> = self.db.all(TOKENS_AFTER, (editor, after, i64::from(limit))).await?;
        rows.into_iter().map(Token::try_from).collect()
    }

    /// Revokes a token of `editor`. Whether there was one of that public id.
    pub async fn revoke_token(&self, editor: EditorId, public_id: &str, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.db.run(REVOKE, (editor, public_id.to_owned(), now)).await? > 0)
    }
}

impl TryFrom<TokenRow> for Token {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            public_id: row.public_id,
            name: row.name,
            scopes: json(&row.scopes, "the scopes of a token")?,
            made_at: row.made_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            revoked_at: row.revoked_at,
        })
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

const TOKENS_AFTER: &str = "\
select id, public_id, name, scopes, made_at, expires_at, used_at, revoked_at from token
where editor_id = $1 and id > $2 order by id limit $3";

const REVOKE: &str = "\
update token set revoked_at = coalesce(revoked_at, $3) where editor_id = $1 and public_id = $2";
