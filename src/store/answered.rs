//! Answers to requests that carried an `Idempotency-Key`.

use std::time::Duration;

use super::{Store, StoreError};
use crate::domain::editor::EditorId;
use crate::domain::time::Timestamp;

/// How long an answer is kept.
const KEPT_HOURS: u64 = 24;
/// The status of a request that is being answered.
const RUNNING: i64 = 0;

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Its HTTP status.
    pub status: i64,
    /// Its headers, as JSON.
    pub headers: String,
    /// Its body.
    pub body: String,
}

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// For the request that asks: nobody used it before.
    Ours,
    /// For the same request, which is being answered, or was when its program died.
    Running,
    /// For another request.
    Foreign,
    /// For the same request, answered so.
    Kept(Answered),
}

impl Store {
    /// Takes `key` of `editor` for the request that `digest` names.
    pub async fn claim_answer(
        &self,
        editor: EditorId,
        key: &str,
        digest: &str,
        now: Timestamp,
    ) -> Result<Claim, StoreError> {
        let oldest = now.minus(Duration::from_hours(KEPT_HOURS));
        let parameters = (editor, key.to_owned(), digest.to_owned(), RUNNING, now, oldest);
        if self.db.run(CLAIM, parameters).await? > 0 {
            return Ok(Claim::Ours);
        }
        let row: Option<(String, i64, String, String)> = self.db.maybe(CLAIMED, (editor, key.to_owned())).await?;
        Ok(match row {
            Some((own, ..)) if own != digest => Claim::Foreign,
            // Without a row: whoever had the key gave it back this moment, and the request may come again.
            None | Some((_, RUNNING, ..)) => Claim::Running,
            Some((_, status, headers, body)) => Claim::Kept(Answered { status, headers, body }),
        })
    }

    /// Keeps the answer to a request that claimed `key`.
    pub async fn keep_answer(&self, editor: EditorId, key: &str, answer: Answered) -> Result<(), StoreError> {
        let parameters = (editor, key.to_owned(), answer.status, answer.headers, answer.body);
        self.db.run(KEEP, parameters).await?;
        Ok(())
    }

    /// Gives `key` back: nothing was done.
    pub async fn release_answer(&self, editor: EditorId, key: &str) -> Result<(), StoreError> {
        self.db.run(RELEASE, (editor, key.to_owned(), RUNNING)).await?;
        Ok(())
    }

    /// Forgets answers that are too old to be asked for again.
    pub async fn forget_answers(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.db
            .run(FORGET, (now.minus(Duration::from_hours(KEPT_HOURS)),))
            .await
    }
}

const CLAIM: &str = "\
insert into answered (editor_id, key, digest, status, headers, body, at) values ($1, $2, $3, $4, '{}', '', $5)
on conflict (editor_id, key) do update
set digest = excluded.digest, status = excluded.status, headers = '{}', body = '', at = excluded.at where answered.at < $6";

const CLAIMED: &str = "select digest, status, headers, body from answered where editor_id = $1 and key = $2";

const KEEP: &str = "update answered set status = $3, headers = $4, body = $5 where editor_id = $1 and key = $2";

const RELEASE: &str = "delete from answered where editor_id = $1 and key = $2 and status = $3";

const FORGET: &str = "delete from answered where at < $1";
