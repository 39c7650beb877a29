//! What sources bring and what is picked of it, counted for tables and pictures. Each count is bounded by time or by an index.

use std::collections::HashMap;
use std::time::Duration;

use super::statement::Among;
use super::{Store, StoreError};
use crate::domain::link::Link;
use crate::domain::source::SourceId;
use crate::domain::text::CleanHtml;
use crate::domain::time::Timestamp;

/// How much later than it is dated a story may be found and still be counted for its day.
const LATE: Duration = Duration::from_hours(60 * 24);

/// Which sources are looked at.
#[derive(Debug, Clone, Default)]
pub struct SourceFilter {
    /// Words that name, address or topics hold, one behind the other; empty for all.
    pub words: String,
    /// Their health in a word, `paused` too; empty for all.
    pub health: String,
    /// Those that are not read any more, in place of those that are.
    pub retired: bool,
}

/// Since when is counted.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    /// For what is new.
    pub week: Timestamp,
    /// For how much of it was picked.
    pub month: Timestamp,
}

/// A source as a table shows it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SourceLine {
    /// Its key.
    pub id: SourceId,
    /// Its name for programs.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Where it is read.
    pub link: Link,
    /// Whether `sources.toml` holds it.
    pub declared: bool,
    /// Its health in a word, `paused` if it is.
    pub health: String,
    /// Since when it has that health.
    pub health_since: Option<Timestamp>,
    /// When it was last read.
    pub polled_at: Option<Timestamp>,
    /// When it is read next; none if it is not.
    pub next_poll_at: Option<Timestamp>,
    /// Entries found in a week.
    pub week: i64,
    /// Entries found in a month.
    pub month: i64,
}

/// How one poll went, as a mark in a line.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Mark {
    source_id: SourceId,
    /// The word of its outcome.
    pub outcome: String,
    /// New entries it brought.
    pub fresh: i64,
}

/// An entry, as far as rules judge it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Judged {
    /// Its title.
    pub title: String,
    /// Its text.
    #[sqlx(try_from = "String")]
    pub html: Text,
    /// When it was found.
    pub found_at: Timestamp,
}

/// The text of an entry as it was kept.
#[derive(Debug, Clone)]
pub struct Text(pub CleanHtml);

/// How far the first polls have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct FirstRound {
    /// Sources that are to be read.
    pub sources: i64,
    /// Those that have been.
    pub read: i64,
}

impl Store {
    /// At most `limit` sources by slug, tips left out.
    pub async fn source_lines(
        &self,
        filter: &SourceFilter,
        since: Since,
        limit: u32,
    ) -> Result<Vec<SourceLine>, StoreError> {
        let words = like(&filter.words);
        let parameters = (
            filter.retired,
            filter.health.clone(),
            words,
            since.week,
            since.month,
            i64::from(limit),
        );
        self.db.all(LINES, parameters).await
    }

    /// How many sources that are read have which health, `paused` counted as one.
    pub async fn count_sources_by_state(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.db.all(COUNT_BY_STATE, ()).await
    }

    /// Stories picked since `since`, by a source that listed them.
    pub async fn picked_by_source(&self, since: Timestamp) -> Result<HashMap<SourceId, i64>, StoreError> {
        let rows: Vec<(SourceId, i64)> = self.db.all(PICKED, (since,)).await?;
        Ok(rows.into_iter().collect())
    }

    /// The last twelve polls of each of these sources, oldest first.
    pub async fn last_marks(&self, sources: &[SourceId]) -> Result<HashMap<SourceId, Vec<Mark>>, StoreError> {
        let mut marks: HashMap<SourceId, Vec<Mark>> = HashMap::new();
        for mark in self.db.all_among::<Mark, _>(&MARKS, sources).await? {
            marks.entry(mark.source_id).or_default().push(mark);
        }
        Ok(marks)
    }

    /// The newest entries of a source, at most `limit`.
    pub async fn entries_to_judge(&self, source: SourceId, limit: u32) -> Result<Vec<Judged>, StoreError> {
        self.db.all(TO_JUDGE, (source, i64::from(limit))).await
    }

    /// How many stories are dated to each day in UTC from `from` on and before `to`, days counted from 1970.
    pub async fn stories_by_day(&self, from: Timestamp, to: Timestamp) -> Result<HashMap<i64, i64>, StoreError> {
        let rows: Vec<(i64, i64)> = self.db.all(STORIES_BY_DAY, (from, to, to.plus(LATE))).await?;
        Ok(rows.into_iter().collect())
    }

    /// The same of picks, by when they were made.
    pub async fn picks_by_day(&self, from: Timestamp, to: Timestamp) -> Result<HashMap<i64, i64>, StoreError> {
        let rows: Vec<(i64, i64)> = self.db.all(PICKS_BY_DAY, (from, to)).await?;
        Ok(rows.into_iter().collect())
    }

    /// How far the first polls have come.
    pub async fn first_round(&self) -> Result<FirstRound, StoreError> {
        self.db.one(FIRST_ROUND, ()).await
    }
}

/// `words` one behind the other, with anything between; none of them means anything else.
fn like(words: &str) -> String {
    let mut pattern = String::new();
    for word in words.split_whitespace() {
        pattern.push('%');
        for c in word.to_lowercase().chars() {
            if matches!(c, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(c);
        }
    }
    if !pattern.is_empty() {
        pattern.push('%');
    }
    pattern
}

impl From<String> for Text {
    fn from(html: String) -> Self {
        Self(CleanHtml::trusted(html))
    }
}

const LINES: &str = "\
select s.id, s.slug, s.name, s.link, s.declared, case when s.paused then 'paused' else s.health end as health, s.health_since,
    s.polled_at,
    case when s.paused or s.gone_at is not null or s.retired_at is not null then null else s.next_poll_at end as next_poll_at,
    (select count(*) from entry where entry.source_id = s.id and entry.found_at >= $4) as week,
    (select count(*) from entry where entry.source_id = s.id and entry.found_at >= $5) as month
from source s
where s.kind <> 'tip' and (s.retired_at is not null) = $1
    and ($2 = '' or (case when s.paused then 'paused' else s.health end) = $2)
    and ($3 = '' or lower(s.name || ' ' || s.link || ' ' || s.topics) like $3 escape '\\')
order by s.slug limit $6";

const COUNT_BY_STATE: &str = "\
select case when paused then 'paused' else health end as state, count(*) from source
where retired_at is null and kind <> 'tip' group by case when paused then 'paused' else health end order by state";

const PICKED: &str = "\
select e.source_id, count(distinct p.story_id) from pick p
join article a on a.story_id = p.story_id
join entry e on e.article_id = a.id
where p.made_at >= $1 and p.stage <> 'dropped' group by e.source_id";

const MARKS: Among = Among {
    head:
        "\
select a.source_id, a.outcome, a.fresh from source s join attempt a on a.source_id = s.id
where a.id in (select last.id from attempt last where last.source_id = s.id order by last.id desc limit 12) and s.id in",
    tail: "order by a.source_id, a.id",
};

const TO_JUDGE: &str = "\
select title, html, found_at from entry where source_id = $1 order by found_at desc, id desc limit $2";

const STORIES_BY_DAY: &str = "\
select dated.at / 86400000 as day, count(*) from (
    select case when a.published_at < s.found_at then a.published_at else s.found_at end as at from story s
    join article a on a.id = s.lead_id
    where s.found_at >= $1 and s.found_at < $3 and s.gone_at is null and s.merged_into is null) dated
where dated.at >= $1 and dated.at < $2
group by dated.at / 86400000";

const PICKS_BY_DAY: &str = "\
select made_at / 86400000 as day, count(*) from pick
where made_at >= $1 and made_at < $2 and stage <> 'dropped' group by made_at / 86400000";

const FIRST_ROUND: &str = "\
select count(*) as sources, count(polled_at) as read from source
where retired_at is null and not paused and kind <> 'tip'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_for_themselves_wherever_they_are() {
        for (words, pattern) in [("", ""), ("Art  news", "%art%news%"), ("100%_\\", "%100\\%\\_\\\\%")] {
            assert_eq!(like(words), pattern);
        }
    }
}
