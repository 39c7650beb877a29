//! What an index needs to follow what was printed, and to be held against it: published picks and nothing else.

use super::following::Standing;
use super::statement::Among;
use super::{Revision, Store, StoreError};
use crate::domain::channel::Printed;
use crate::domain::list::{PickId, Stage};

/// A published pick with its key.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct PrintedPick {
    /// Its key.
    pub id: PickId,
    /// What readers see of it.
    #[sqlx(flatten)]
    pub printed: Printed,
}

/// Picks that readers see otherwise: to be put into an index, or to be taken out of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PrintedChanges {
    /// Those that are out.
    pub put: Vec<PrintedPick>,
    /// Those that were withdrawn.
    pub drop: Vec<PickId>,
    /// The revision up to which this is everything; `None` if nothing changed.
    pub upto: Option<Revision>,
}

#[derive(sqlx::FromRow)]
struct Changed {
    id: PickId,
    stage: Stage,
}

impl Store {
    /// The last write that changed a pick for readers; 0 if none did.
    pub async fn last_printed(&self) -> Result<Revision, StoreError> {
        let (revision,): (Revision,) = self.db.one(LAST_PRINTED, ()).await?;
        Ok(revision)
    }

    /// What readers see otherwise since `seen`: about `limit` picks, but always the whole of a revision.
    pub async fn printed_since(&self, seen: Revision, limit: u32) -> Result<PrintedChanges, StoreError> {
        let (upto,): (Option<Revision>,) = self.db.one(CHANGED_UPTO, (seen, i64::from(limit))).await?;
        let Some(upto) = upto else {
            return Ok(PrintedChanges::default());
        };
        let changed: Vec<Changed> = self.db.all(CHANGED, (seen, upto)).await?;
        let (out, back): (Vec<Changed>, Vec<Changed>) = changed.into_iter().partition(|c| c.stage == Stage::Published);
        let out: Vec<PickId> = out.into_iter().map(|changed| changed.id).collect();
        Ok(PrintedChanges {
            put: self.printed(&out).await?,
            drop: back.into_iter().map(|changed| changed.id).collect(),
            upto: Some(upto),
        })
    }

    /// The picks with these keys, each once and in no order; those that are not out are left out.
    pub async fn printed(&self, ids: &[PickId]) -> Result<Vec<PrintedPick>, StoreError> {
        let mut picks: Vec<PrintedPick> = self.db.all_among(&PRINTED, ids).await?;
        picks.sort_unstable_by_key(|pick| pick.id);
        picks.dedup_by_key(|pick| pick.id);
        Ok(picks)
    }

    /// The picks that an index which has followed up to `cursor` may hold, by rising key from `after` on, at most `limit`.
    pub async fn printed_known_at(
        &self,
        cursor: Revision,
        after: PickId,
        limit: u32,
    ) -> Result<Vec<Standing>, StoreError> {
        self.db.all(PRINTED_KNOWN_AT, (cursor, after, i64::from(limit))).await
    }
}

const LAST_PRINTED: &str = "select coalesce(max(public_revision), 0) from pick where public_revision is not null";

const CHANGED_UPTO: &str = "\
select max(public_revision) from (
    select public_revision from pick where public_revision > $1 order by public_revision limit $2) next";

const CHANGED: &str = "select id, stage from pick where public_revision > $1 and public_revision <= $2 order by id";

const PRINTED: Among = Among {
    head: "\
select p.id, p.public_id, l.slug as list_slug, l.name as list_name, l.rules as list_rules,
    p.headline, p.excerpt, p.note, p.image, p.image_alt, p.topics,
    p.link, p.original_title, p.original_excerpt, p.original_image, p.original_image_alt, p.outlet, p.byline, p.language,
    p.source_published_at, p.source_slug, p.source_name, p.source_link, p.source_home, p.excerpt_words_max,
    p.published_at, p.corrected_at, p.correction, p.public_at
from pick p
join list l on l.id = p.list_id
where p.stage = 'published' and p.id in",
    tail: "",
};

const PRINTED_KNOWN_AT: &str = "\
select id, public_revision <= $1 as is_settled
from pick where id > $2 and public_revision is not null and (public_revision > $1 or stage = 'published')
order by id limit $3";
