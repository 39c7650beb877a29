//! Who reads which source just now, until when, and which is next.

use super::sources::SourceRow;
use super::{Store, StoreError};
use crate::domain::source::{Slug, Source, SourceId};
use crate::domain::time::Timestamp;

/// Due sources that are looked at for each that is asked for: few of the many that are due at a busy time. Only where these
/// crowd on few hosts, all are.
const DUE_LOOKED_AT_FOR_EACH: i64 = 4;

/// Who may read how much at once.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The name of the worker.
    pub worker: String,
    /// When the lease runs out if it is not renewed.
    pub until: Timestamp,
    /// At most so many sources.
    pub sources_max: u32,
    /// At most so many of one host, those counted that anybody reads now.
    pub per_host: u32,
}

impl Store {
    /// Leases sources that are due at `now`, the longest due first, to one worker. A lease that is not renewed runs out.
    pub async fn claim_due(&self, claim: &Claim, now: Timestamp) -> Result<Vec<Source>, StoreError> {
        let mut write = self.db.begin().await?;
        write.run(NEXT_CLAIM, ()).await?;
        let mut rows: Vec<SourceRow> = Vec::new();
        for among in [i64::from(claim.sources_max) * DUE_LOOKED_AT_FOR_EACH, i64::MAX] {
            let more = i64::from(claim.sources_max) - i64::try_from(rows.len()).unwrap_or(i64::MAX);
            if more > 0 {
                let per_host = i64::from(claim.per_host);
                let parameters = (claim.worker.clone(), claim.until, now, more, per_host, among);
                rows.extend(write.all::<SourceRow>(CLAIM_DUE, parameters).await?);
            }
        }
        write.commit().await?;
        rows.into_iter().map(Source::try_from).collect()
    }

    /// Leases the source called `slug` whether it is due or not. `None` if somebody is reading it, or it is retired.
    pub async fn claim_source(&self, slug: &Slug, claim: &Claim, now: Timestamp) -> Result<Option<Source>, StoreError> {
        let mut write = self.db.begin().await?;
        write.run(NEXT_CLAIM, ()).await?;
        let row: Option<SourceRow> = write
            .maybe(CLAIM_ONE, (claim.worker.clone(), claim.until, now, slug.clone()))
            .await?;
        write.commit().await?;
        row.map(Source::try_from).transpose()
    }

    /// The same if it is due and nobody asked to leave it alone.
    pub async fn claim_source_if_due(
        &self,
        slug: &Slug,
        claim: &Claim,
        now: Timestamp,
    ) -> Result<Option<Source>, StoreError> {
        let mut write = self.db.begin().await?;
        write.run(NEXT_CLAIM, ()).await?;
        let row: Option<SourceRow> = write
            .maybe(CLAIM_ONE_DUE, (claim.worker.clone(), claim.until, now, slug.clone()))
            .await?;
        write.commit().await?;
        row.map(Source::try_from).transpose()
    }

    /// Keeps the lease that `worker` has on `source` until `until`, if it still runs. Each is kept by itself: one whose poll
    /// ended without being written down must run out.
    pub async fn renew_lease(
        &self,
        worker: &str,
        source: SourceId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.db.run(RENEW, (worker.to_owned(), now, until, source)).await? > 0)
    }

    /// Gives back every lease of `worker`, as it does when it stops.
    pub async fn release_leases(&self, worker: &str) -> Result<u64, StoreError> {
        self.db.run(RELEASE, (worker.to_owned(),)).await
    }

    /// Until when the hosts that were asked last are left alone: the end of the last poll and the gap after it.
    pub async fn hosts_rest_until(&self) -> Result<Option<Timestamp>, StoreError> {
        let (until,): (Option<Timestamp>,) = self.db.one(REST_UNTIL, ()).await?;
        Ok(until)
    }

    /// When the next source is due, if any is.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let (at,): (Option<Timestamp>,) = self.db.one(NEXT_DUE, ()).await?;
        Ok(at)
    }

    /// Asks for a poll of `slug` at `at`, unless it is due before anyway. Whether there is such a source that is polled.
    pub async fn ask_for_poll(&self, slug: &Slug, now: Timestamp, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.db.run(ASK, (slug.clone(), now, at)).await? > 0)
    }
}

/// Whoever writes to several sources says so first: then two of them cannot wait for each other.
pub(super) const NEXT_CLAIM: &str = "update counter set value = value + 1 where name = 'claims'";

/// Of the longest due, those of each host are numbered; those fit whose number and the leases that run on their host stay
/// within the limit.
const CLAIM_DUE: &str = "\
update source set leased_by = $1, leased_until = $2
where id in (
    select due.id from (
        select s.id, s.next_poll_at,
            row_number() over (partition by s.host order by s.next_poll_at, s.id)
                + (select count(*) from source busy where busy.host = s.host and busy.leased_until > $3) as place
        from (
            select source.id, source.host, source.next_poll_at
            from source
            left join host h on h.host = source.host
            where source.next_poll_at <= $3 and source.leased_until <= $3 and not source.paused
                and source.retired_at is null and source.gone_at is null
                and coalesce(h.hold_until, 0) <= $3
            order by source.next_poll_at, source.id
            limit $6
        ) s
    ) due
    where due.place <= $5
    order by due.next_poll_at, due.id
    limit $4
)
returning id, slug, name, kind, link, declared_link, home, language, topics, rules, declared, added_at, paused, retired_at, gone_at,
    memory, next_poll_at, failures, polled_at, health, health_since, revision";

const CLAIM_ONE_DUE: &str = "\
update source set leased_by = $1, leased_until = $2
where slug = $4 and next_poll_at <= $3 and leased_until <= $3 and not paused and retired_at is null and gone_at is null
    and not exists (select 1 from host h where h.host = source.host and h.hold_until > $3)
returning id, slug, name, kind, link, declared_link, home, language, topics, rules, declared, added_at, paused, retired_at, gone_at,
    memory, next_poll_at, failures, polled_at, health, health_since, revision";

const CLAIM_ONE: &str = "\
update source set leased_by = $1, leased_until = $2
where slug = $4 and leased_until <= $3 and retired_at is null
returning id, slug, name, kind, link, declared_link, home, language, topics, rules, declared, added_at, paused, retired_at, gone_at,
    memory, next_poll_at, failures, polled_at, health, health_since, revision";

const RENEW: &str = "update source set leased_until = $3 where id = $4 and leased_by = $1 and leased_until > $2";

const RELEASE: &str = "update source set leased_until = 0, leased_by = null where leased_by = $1";

const REST_UNTIL: &str = "select max(leased_until) from source where leased_by is null";

const NEXT_DUE: &str = "\
select min(next_poll_at) from source where not paused and retired_at is null and gone_at is null";

const ASK: &str = "\
update source set asked_at = $2, next_poll_at = case when next_poll_at < $3 then next_poll_at else $3 end
where slug = $1 and not paused and retired_at is null and gone_at is null";
