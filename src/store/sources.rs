//! Sources: what is read, when next, and by whom just now.

use std::collections::HashMap;

use super::db::Write;
use super::events::{Told, tell};
use super::leases::NEXT_CLAIM;
use super::statement::Many;
use super::{Revision, Store, StoreError, json, to_json};
use crate::domain::link::Link;
use crate::domain::source::{Declared, Memory, Rules, Slug, Source, SourceId, SourceKind};
use crate::domain::text::Language;
use crate::domain::time::Timestamp;

/// What changed when `sources.toml` was laid over the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Laid {
    /// Sources that are new.
    pub added: Vec<Slug>,
    /// Sources of which something was changed, or that came back.
    pub changed: Vec<Slug>,
    /// Sources that the file no longer holds: retired, their entries kept.
    pub retired: Vec<Slug>,
}

/// How a poll leaves its source.
#[derive(Debug, Clone)]
pub struct Settled {
    /// What it remembers now.
    pub memory: Memory,
    /// Where it is read from now on, if that changed.
    pub link: Option<Link>,
    /// When it is read next.
    pub next_poll_at: Timestamp,
    /// Failed polls in a row.
    pub failures: u32,
    /// Since when its server says that it is gone for good.
    pub gone_at: Option<Timestamp>,
    /// Its health in a word, and since when.
    pub health: (String, Option<Timestamp>),
    /// When this poll began.
    pub polled_at: Timestamp,
    /// Until when nobody else may ask its host: the end of the poll and the gap after it.
    pub leased_until: Timestamp,
    /// What others are told of it.
    pub told: Option<Told>,
}

#[derive(sqlx::FromRow)]
pub(super) struct SourceRow {
    id: SourceId,
    slug: String,
    name: String,
    kind: String,
    link: Link,
    declared_link: Link,
    home: Option<String>,
    language: Option<String>,
    topics: String,
    rules: String,
    declared: bool,
    added_at: Timestamp,
    paused: bool,
    retired_at: Option<Timestamp>,
    gone_at: Option<Timestamp>,
    memory: String,
    next_poll_at: Timestamp,
    failures: i64,
    polled_at: Option<Timestamp>,
    health: String,
    health_since: Option<Timestamp>,
    revision: Revision,
}

impl Store {
    /// Lays `file` over the table: new sources are added, changed ones updated, missing ones retired. Those that are new or
    /// were given another address are first read at the time that `first_poll` gives; it is told how many they are.
    /// Sources added elsewhere are left alone, unless the file holds their slug.
    pub async fn lay_sources_over(
        &self,
        file: &[Declared],
        now: Timestamp,
        first_poll: impl Fn(&Declared, usize) -> Timestamp,
    ) -> Result<Laid, StoreError> {
        let mut laid = Laid::default();
        let (mut write, revision) = self.write().await?;
        write.run(NEXT_CLAIM, ()).await?;
        let rows: Vec<SourceRow> = write.all(SOURCES, ()).await?;
        let sources: Vec<Source> = rows.into_iter().map(Source::try_from).collect::<Result<_, _>>()?;
        let standing: HashMap<Slug, Source> = sources.into_iter().map(|s| (s.declared.slug.clone(), s)).collect();
        let is_new = |declared: &&Declared| {
            standing
                .get(&declared.slug)
                .is_none_or(|s| s.is_sent_to(&declared.link))
        };
        let together = file.iter().filter(is_new).count();
        for declared in file {
            match standing.get(&declared.slug) {
                None => {
                    insert(
                        &mut write,
                        declared,
                        true,
                        now,
                        first_poll(declared, together),
                        revision,
                    )
                    .await?;
                    laid.added.push(declared.slug.clone());
                }
                Some(source) if source.in_file && source.retired_at.is_none() && source.is_declared_as(declared) => {}
                Some(source) => {
                    update(&mut write, source, declared, first_poll(declared, together), revision).await?;
                    laid.changed.push(declared.slug.clone());
                }
            }
        }
        let kept: std::collections::HashSet<&Slug> = file.iter().map(|d| &d.slug).collect();
        for source in standing.values() {
            if source.in_file && source.retired_at.is_none() && !kept.contains(&source.declared.slug) {
                write.run(RETIRE, (source.id, now, revision)).await?;
                laid.retired.push(source.declared.slug.clone());
            }
        }
        if laid != Laid::default() {
            write.commit().await?;
        }
        laid.retired.sort();
        Ok(laid)
    }

    /// Adds a source that `sources.toml` does not hold. [`StoreError::Taken`] if its slug is in use.
    pub async fn add_source(
        &self,
        declared: &Declared,
        now: Timestamp,
        first_poll: Timestamp,
    ) -> Result<SourceId, StoreError> {
        let (mut write, revision) = self.write().await?;
        let id = insert(&mut write, declared, false, now, first_poll, revision).await?;
        write.commit().await?;
        Ok(id)
    }

    /// Every source, retired ones too, by slug.
    pub async fn sources(&self) -> Result<Vec<Source>, StoreError> {
        let rows: Vec<SourceRow> = self.db.all(SOURCES, ()).await?;
        rows.into_iter().map(Source::try_from).collect()
    }

    /// The sources that are not retired, from `after` on, by key, at most `limit`.
    pub async fn sources_after(&self, after: i64, limit: u32) -> Result<Vec<Source>, StoreError> {
        let rows: Vec<SourceRow> = self.db.all(SOURCES_AFTER, (after, i64::from(limit))).await?;
        rows.into_iter().map(Source::try_from).collect()
    }

    /// How many sources that are read have which health.
    pub async fn count_sources_by_health(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.db.all(COUNT_BY_HEALTH, ()).await
    }

    /// The source called `slug`.
    pub async fn source(&self, slug: &Slug) -> Result<Option<Source>, StoreError> {
        let row: Option<SourceRow> = self.db.maybe(SOURCE, (slug.clone(),)).await?;
        row.map(Source::try_from).transpose()
    }

    /// Reads `slug` again where it was read before its server moved it, and lets it stay there. The address that it is back
    /// at; `None` if it was not moved. What a running poll learns of the other address is not written down.
    pub async fn move_source_back(&self, slug: &Slug, now: Timestamp) -> Result<Option<Link>, StoreError> {
        let (mut write, revision) = self.write().await?;
        let row: Option<SourceRow> = write.maybe(SOURCE, (slug.clone(),)).await?;
        let source = row.map(Source::try_from).transpose()?.ok_or(StoreError::Missing)?;
        let Some(back) = source.memory.link_before else {
            return Ok(None);
        };
        let memory = Memory {
            stays_from: Some(source.declared.link),
            listed: source.memory.listed,
            ..Memory::default()
        };
        let host = back.host().to_owned();
        let parameters = (source.id, back.clone(), host, to_json(&memory), now, revision);
        write.run(MOVE_BACK, parameters).await?;
        write.commit().await?;
        Ok(Some(back))
    }

    /// The source that is read at `link`, or was declared to be.
    pub async fn source_at(&self, link: &Link) -> Result<Option<Source>, StoreError> {
        let row: Option<SourceRow> = self.db.maybe(SOURCE_AT, (link.clone(),)).await?;
        row.map(Source::try_from).transpose()
    }

    /// Changes what editors may change of a source to how `wanted` has it, and reads it whole again if its rules are others, unless somebody else did since `seen`: then it is
    /// `false`.
    pub async fn change_source(&self, seen: &Source, wanted: &Source) -> Result<bool, StoreError> {
        let (mut write, revision) = self.write().await?;
        // By other rules the same document reads otherwise: it must come whole once.
        let memory = (seen.declared.rules != wanted.declared.rules).then(|| Memory {
            validators: None,
            ..seen.memory.clone()
        });
        let parameters = (
            seen.id,
            Revision(seen.version),
            memory.as_ref().map(to_json),
            wanted.declared.name.clone(),
            wanted.declared.language.clone(),
            to_json(&wanted.declared.topics),
            to_json(&wanted.declared.rules),
            wanted.paused,
            wanted.retired_at,
            revision,
        );
        let changed = write.run(CHANGE, parameters).await? > 0;
        write.commit().await?;
        Ok(changed)
    }

    /// Sets a source aside for a while, or takes it up again.
    pub async fn pause_source(&self, slug: &Slug, paused: bool) -> Result<bool, StoreError> {
        let (mut write, revision) = self.write().await?;
        let changed = write.run(PAUSE, (slug.clone(), paused, revision)).await? > 0;
        write.commit().await?;
        Ok(changed)
    }

    /// Retires a source that is not in `sources.toml`; its entries stay.
    pub async fn retire_source(&self, slug: &Slug, now: Timestamp) -> Result<bool, StoreError> {
        let (mut write, revision) = self.write().await?;
        let changed = write.run(RETIRE_ADDED, (slug.clone(), now, revision)).await? > 0;
        write.commit().await?;
        Ok(changed)
    }
}

/// Writes how polls leave their sources, those that `worker` still holds the lease of. Which these are.
pub(super) async fn settle(
    write: &mut Write,
    worker: &str,
    settled: Vec<(SourceId, Settled)>,
) -> Result<Vec<SourceId>, StoreError> {
    let mut told = Vec::new();
    let rows = settled.into_iter().map(|(id, settled)| {
        told.extend(settled.told.map(|told| (id, told)));
        let host = settled.link.as_ref().map(|link| link.host().to_owned());
        (
            id,
            worker.to_owned(),
            to_json(&settled.memory),
            settled.link,
            host,
            settled.next_poll_at,
            i64::from(settled.failures),
            settled.gone_at,
            settled.health.0,
            settled.health.1,
            settled.polled_at,
            settled.leased_until,
        )
    });
    let held: Vec<(SourceId,)> = write.all_many(&SETTLE, rows.collect()).await?;
    let held: Vec<SourceId> = held.into_iter().map(|(id,)| id).collect();
    for (_, told) in told.into_iter().filter(|(id, _)| held.contains(id)) {
        tell(write, told).await?;
    }
    Ok(held)
}

pub(super) async fn insert(
    write: &mut Write,
    declared: &Declared,
    in_file: bool,
    now: Timestamp,
    first_poll: Timestamp,
    revision: Revision,
) -> Result<SourceId, StoreError> {
    let parameters = (
        declared.slug.clone(),
        declared.name.clone(),
        declared.kind.as_str(),
        declared.link.clone(),
        declared.link.host().to_owned(),
        declared.home.clone(),
        declared.language.clone(),
        to_json(&declared.topics),
        to_json(&declared.rules),
        in_file,
        now,
        to_json(&Memory::default()),
        first_poll,
        revision,
    );
    let (id,): (SourceId,) = write.one(INSERT, parameters).await?;
    Ok(id)
}

/// What was learned of an old address (validators, redirects, failures) is forgotten with it, and by other rules the same
/// document reads otherwise: it must come whole once. Then what a running poll learns is not written down either.
async fn update(
    write: &mut Write,
    standing: &Source,
    declared: &Declared,
    first_poll: Timestamp,
    revision: Revision,
) -> Result<(), StoreError> {
    let moved = standing.is_sent_to(&declared.link);
    let reads_otherwise = standing.declared.kind != declared.kind || standing.declared.rules != declared.rules;
    let memory = if moved {
        Some(Memory::default())
    } else if reads_otherwise {
        Some(Memory {
            validators: None,
            ..standing.memory.clone()
        })
    } else {
        None
    };
    let link = if standing.declared_link == declared.link {
        &standing.declared.link
    } else {
        &declared.link
    };
    let parameters = (
        standing.id,
        declared.name.clone(),
        declared.kind.as_str(),
        link.clone(),
        declared.link.clone(),
        link.host().to_owned(),
        declared.home.clone(),
        declared.language.clone(),
        to_json(&declared.topics),
        to_json(&declared.rules),
        memory.as_ref().map(to_json),
        moved,
        first_poll,
        revision,
    );
    write.run(UPDATE, parameters).await?;
    Ok(())
}

impl TryFrom<SourceRow> for Source {
    type Error = StoreError;

    fn try_from(row: SourceRow) -> Result<Self, StoreError> {
        let kind = match row.kind.as_str() {
            "feed" => SourceKind::Feed,
            "page" => SourceKind::Page,
            "sitemap" => SourceKind::Sitemap,
            "tip" => SourceKind::Tip,
            _ => {
                return Err(StoreError::Unreadable {
                    what: "the kind of a source",
                });
            }
        };
        let rules: Rules = json(&row.rules, "the rules of a source")?;
        Ok(Self {
            id: row.id,
            declared: Declared {
                slug: Slug::parse(&row.slug).ok_or(StoreError::Unreadable {
                    what: "the slug of a source",
                })?,
                name: row.name,
                kind,
                link: row.link,
                home: row.home.as_deref().and_then(Link::parse),
                language: row.language.as_deref().and_then(Language::parse),
                topics: json(&row.topics, "the topics of a source")?,
                rules,
            },
            declared_link: row.declared_link,
            in_file: row.declared,
            added_at: row.added_at,
            paused: row.paused,
            retired_at: row.retired_at,
            gone_at: row.gone_at,
            memory: json(&row.memory, "the memory of a source")?,
            next_poll_at: row.next_poll_at,
            failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
            polled_at: row.polled_at,
            health: (row.health, row.health_since),
            version: row.revision.0,
        })
    }
}

const SOURCES: &str = "\
select id, slug, name, kind, link, declared_link, home, language, topics, rules, declared, added_at, paused, retired_at, gone_at,
    memory, next_poll_at, failures, polled_at, health, health_since, revision
from source order by slug";

const SOURCES_AFTER: &str = "\
select id, slug, name, kind, link, declared_link, home, language, topics, rules, declared, added_at, paused, retired_at, gone_at,
    memory, next_poll_at, failures, polled_at, health, health_since, revision
from source where id > $1 and retired_at is null order by id limit $2";

const SOURCE_AT: &str = "\
select id, slug, name, kind, link, declared_link, home, language, topics, rules, declared, added_at, paused, retired_at, gone_at,
    memory, next_poll_at, failures, polled_at, health, health_since, revision
from source where (link = $1 or declared_link = $1) and retired_at is null order by id limit 1";

const CHANGE: &str = "\
update source set memory = coalesce($3, memory), leased_by = case when $3 is null then leased_by else null end,
    name = $4, language = $5, topics = $6, rules = $7, paused = $8, retired_at = $9, revision = $10
where id = $1 and revision = $2";

const COUNT_BY_HEALTH: &str = "\
select health, count(*) from source where retired_at is null group by health order by health";

const SOURCE: &str = "\
select id, slug, name, kind, link, declared_link, home, language, topics, rules, declared, added_at, paused, retired_at, gone_at,
    memory, next_poll_at, failures, polled_at, health, health_since, revision
from source where slug = $1";

const INSERT: &str = "\
insert into source
    (slug, name, kind, link, declared_link, host, home, language, topics, rules, declared, added_at, memory, next_poll_at,
    revision)
values ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
returning id";

/// A source whose address changed is read soon and begins without failures.
const UPDATE: &str = "\
update source set name = $2, kind = $3, link = $4, declared_link = $5, host = $6, home = $7, language = $8, topics = $9,
    rules = $10, memory = coalesce($11, memory), revision = $14, declared = true, retired_at = null,
    leased_by = case when $11 is null then leased_by else null end,
    failures = case when $12 then 0 else failures end,
    gone_at = case when $12 then null else gone_at end,
    next_poll_at = case when $12 then $13 else next_poll_at end
where id = $1";

const RETIRE: &str = "update source set retired_at = $2, revision = $3 where id = $1";

const RETIRE_ADDED: &str = "\
update source set retired_at = $2, revision = $3 where slug = $1 and not declared and retired_at is null";

const PAUSE: &str = "update source set paused = $2, revision = $3 where slug = $1 and retired_at is null";

const MOVE_BACK: &str = "\
update source set link = $2, host = $3, memory = $4, next_poll_at = $5, revision = $6, failures = 0, gone_at = null,
    leased_by = null
where id = $1";

const SETTLE: Many = Many {
    head: "\
update source set memory = settled.column3, link = coalesce(settled.column4, link), host = coalesce(settled.column5, host),
    next_poll_at = settled.column6, failures = settled.column7, gone_at = settled.column8, health = settled.column9,
    health_since = settled.column10, polled_at = settled.column11, leased_by = null, leased_until = settled.column12
from (values",
    columns: 12,
    tail: ") settled where id = settled.column1 and leased_by = settled.column2 returning id",
};
