//! The recent articles that new ones are placed among, as one worker knows them.

use std::time::Duration;

use super::db::Write;
use super::{Revision, StoreError};
use crate::domain::article::ArticleId;
use crate::domain::fingerprint::Features;
use crate::domain::neighbours::{Candidate, Neighbours};
use crate::domain::story::StoryId;
use crate::domain::time::Timestamp;

/// How long an article stays among those that new ones are compared with.
const NEIGHBOUR_DAYS: u64 = 30;
/// How many recent articles are read when a worker begins, the newest first.
const NEIGHBOURS_READ_MAX: u32 = 60_000;

/// The recent articles that new ones are placed among, and how far they follow the store. Each worker keeps its own.
#[derive(Debug, Default)]
pub struct Neighbourhood {
    neighbours: Neighbours,
    seen: Option<Revision>,
}

#[derive(sqlx::FromRow)]
struct NeighbourRow {
    id: ArticleId,
    story_id: StoryId,
    features: String,
    found_at: Timestamp,
}

impl Neighbourhood {
    /// Reads what others wrote since this last looked; everything recent, if it never did.
    pub(super) async fn catch_up(
        &mut self,
        write: &mut Write,
        revision: Revision,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let rows: Vec<NeighbourRow> = match self.seen {
            Some(Revision(seen)) if seen + 1 == revision.0 => return Ok(()),
            Some(seen) => write.all(NEIGHBOURS_CHANGED, (seen,)).await?,
            None => {
                let since = now.minus(Duration::from_secs(NEIGHBOUR_DAYS * 24 * 60 * 60));
                write
                    .all(NEIGHBOURS_RECENT, (since, i64::from(NEIGHBOURS_READ_MAX)))
                    .await?
            }
        };
        self.take_in(rows);
        Ok(())
    }

    /// Reads the articles of a story anew that were moved there.
    pub(super) async fn read_again(&mut self, write: &mut Write, story: StoryId) -> Result<(), StoreError> {
        let rows: Vec<NeighbourRow> = write.all(NEIGHBOURS_OF, (story,)).await?;
        self.take_in(rows);
        Ok(())
    }

    fn take_in(&mut self, rows: Vec<NeighbourRow>) {
        for row in rows {
            if let Some(features) = Features::from_text(&row.features) {
                self.neighbours.put(row.id, row.story_id, &features, row.found_at);
            }
        }
    }

    /// The recent articles that one with these features may belong with.
    pub(super) fn candidates(&self, features: &Features, at: Timestamp) -> Vec<Candidate> {
        self.neighbours.candidates(features, at)
    }

    /// Takes an article in, in place of what was known of it.
    pub(super) fn put(&mut self, article: ArticleId, story: StoryId, features: &Features, at: Timestamp) {
        self.neighbours.put(article, story, features, at);
    }

    /// Leaves an article out.
    pub(super) fn forget(&mut self, article: ArticleId) {
        self.neighbours.forget(article);
    }

    /// Everything up to `revision` is known.
    pub(super) fn saw(&mut self, revision: Revision) {
        self.seen = Some(revision);
    }
}

const NEIGHBOURS_RECENT: &str = "\
select id, story_id, features, found_at from article
where found_at > $1 and gone_at is null
order by found_at desc, id desc limit $2";

const NEIGHBOURS_CHANGED: &str = "\
select a.id, a.story_id, a.features, a.found_at
from story s join article a on a.story_id = s.id
where s.revision > $1 and a.gone_at is null";

const NEIGHBOURS_OF: &str = "\
select id, story_id, features, found_at from article where story_id = $1 and gone_at is null";
