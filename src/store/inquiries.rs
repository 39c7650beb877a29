//! Inquiries: addresses that somebody asked about, until the worker has looked.

use super::{Store, StoreError, json, to_json};
use crate::domain::editor::EditorId;
use crate::domain::inquiry::{Answer, InquiryId};
use crate::domain::link::Link;
use crate::domain::source::Rules;
use crate::domain::time::Timestamp;

/// What somebody asked.
#[derive(Debug, Clone)]
pub struct NewInquiry {
    /// Its name outside.
    pub public_id: String,
    /// The address.
    pub link: Link,
    /// How it is to be read; else every way is tried.
    pub rules: Option<Rules>,
    /// Who asked.
    pub by: EditorId,
    /// When.
    pub at: Timestamp,
}

/// An inquiry that somebody is to look into.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenInquiry {
    /// Its key.
    pub id: InquiryId,
    /// The address.
    pub link: Link,
    /// How it is to be read.
    pub rules: Option<Rules>,
}

/// An inquiry and what came of it so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Inquiry {
    /// Its name outside.
    pub public_id: String,
    /// The address.
    pub link: Link,
    /// How it was to be read, if the asker said so.
    pub rules: Option<Rules>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// What came of it; none until somebody has looked.
    pub answer: Option<Answer>,
}

#[derive(sqlx::FromRow)]
struct OpenRow {
    id: InquiryId,
    link: Link,
    rules: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    public_id: String,
    link: Link,
    rules: Option<String>,
    asked_at: Timestamp,
    answer: Option<String>,
}

impl Store {
    /// Writes down that somebody asks.
    pub async fn inquire(&self, new: &NewInquiry) -> Result<(), StoreError> {
        let rules = new.rules.as_ref().map(to_json);
        let parameters = (new.public_id.clone(), new.link.clone(), rules, new.at, new.by);
        self.db.run(INSERT, parameters).await?;
        Ok(())
    }

    /// The inquiry called `public_id`.
    pub async fn inquiry(&self, public_id: &str) -> Result<Option<Inquiry>, StoreError> {
        let row: Option<Row> = self.db.maybe(FIND, (public_id.to_owned(),)).await?;
        row.map(|row| {
            Ok(Inquiry {
                public_id: row.public_id,
                link: row.link,
                rules: row.rules.map(|text| json(&text, "inquiry.rules")).transpose()?,
                asked_at: row.asked_at,
                answer: row.answer.map(|text| json(&text, "inquiry.answer")).transpose()?,
            })
        })
        .transpose()
    }

    /// Takes at most `limit` inquiries that nobody looks into, and keeps others away from them until `until`.
    pub async fn claim_inquiries(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<OpenInquiry>, StoreError> {
        let (waiting,): (bool,) = self.db.one(ANY_WAITING, (now,)).await?;
        if !waiting {
            return Ok(Vec::new());
        }
        let (mut write, _) = self.write().await?;
        let rows: Vec<OpenRow> = write.all(CLAIM, (now, until, i64::from(limit))).await?;
        write.commit().await?;
        rows.into_iter()
            .map(|row| {
                Ok(OpenInquiry {
                    id: row.id,
                    link: row.link,
                    rules: row.rules.map(|text| json(&text, "inquiry.rules")).transpose()?,
                })
            })
            .collect()
    }

    /// Writes down what came of an inquiry.
    pub async fn answer_inquiry(&self, id: InquiryId, answer: &Answer, now: Timestamp) -> Result<(), StoreError> {
        self.db.run(ANSWER, (id, now, to_json(answer))).await?;
        Ok(())
    }

    /// Forgets inquiries asked before `before`. How many.
    pub async fn forget_inquiries(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.db.run(FORGET, (before,)).await
    }
}

const INSERT: &str = "\
insert into inquiry (public_id, link, rules, asked_at, asked_by) values ($1, $2, $3, $4, $5)";

const FIND: &str = "select public_id, link, rules, asked_at, answer from inquiry where public_id = $1";

const ANY_WAITING: &str = "select exists (select 1 from inquiry where answered_at is null and leased_until <= $1)";

const CLAIM: &str = "\
update inquiry set leased_until = $2
where id in (select id from inquiry where answered_at is null and leased_until <= $1 order by id limit $3)
returning id, link, rules";

const ANSWER: &str = "update inquiry set answered_at = $2, answer = $3 where id = $1";

const FORGET: &str = "delete from inquiry where asked_at < $1";
