//! The tables of contents of what was published: its months, topics and editions, and where else a pick stands.

use super::channels::EditionHead;
use super::statement::Among;
use super::{Store, StoreError};
use crate::domain::list::{ListId, Topics};
use crate::domain::month::Month;
use crate::domain::source::Slug;
use crate::domain::time::Timestamp;

/// Picks that are counted by month at the most.
const PICKS_COUNTED_MAX: i64 = 200_000;
/// Topics that are named at the most.
const TOPICS_NAMED_MAX: i64 = 2_000;
/// Editions that are named at the most.
const EDITIONS_NAMED_MAX: i64 = 5_000;

/// A topic that published picks have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicCount {
    /// In lower case, as it is asked for.
    pub key: String,
    /// As the newest pick that has it spells it.
    pub written: String,
    /// How many picks have it.
    pub picks: i64,
}

/// A published pick of the same story on another list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Twin {
    /// Whose twin it is: the name of that pick.
    pub of: String,
    /// Its own name.
    pub public_id: String,
    /// Its list, for addresses.
    pub list_slug: Slug,
    /// The same, for people.
    pub list_name: String,
    /// When it went out.
    pub published_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct TopicRow {
    topic: String,
    topics: String,
    picks: i64,
}

impl Store {
    /// The months in which something went out, of one list or of all, the last first, and how much it was.
    pub async fn published_months(&self, list: Option<ListId>) -> Result<Vec<(Month, usize)>, StoreError> {
        let times: Vec<(Timestamp,)> = self.db.all(TIMES, (list, PICKS_COUNTED_MAX)).await?;
        let mut months: Vec<(Month, usize)> = Vec::new();
        for (at,) in times {
            let month = Month::of(at);
            match months.last_mut() {
                Some((last, count)) if *last == month => *count += 1,
                _ => months.push((month, 1)),
            }
        }
        Ok(months)
    }

    /// The topics under which something went out, by their names.
    pub async fn published_topics(&self) -> Result<Vec<TopicCount>, StoreError> {
        let rows: Vec<TopicRow> = self.db.all(TOPICS, (TOPICS_NAMED_MAX,)).await?;
        Ok(rows.into_iter().map(TopicCount::from).collect())
    }

    /// The editions of a list that are out, the last first.
    pub async fn published_editions(&self, list: ListId) -> Result<Vec<EditionHead>, StoreError> {
        self.db.all(EDITIONS, (list, EDITIONS_NAMED_MAX)).await
    }

    /// The editions that went out just before and just after `edition`.
    pub async fn editions_beside(
        &self,
        list: ListId,
        edition: &EditionHead,
    ) -> Result<(Option<EditionHead>, Option<EditionHead>), StoreError> {
        let here = (list, edition.published_at, edition.number);
        let older = self.db.maybe(EDITION_BEFORE, here).await?;
        let newer = self.db.maybe(EDITION_AFTER, here).await?;
        Ok((older, newer))
    }

    /// Where else the stories of these picks stand, by their names: published picks of other lists.
    pub async fn twins(&self, picks: &[String]) -> Result<Vec<Twin>, StoreError> {
        self.db.all_among(&TWINS, picks).await
    }
}

impl From<TopicRow> for TopicCount {
    fn from(row: TopicRow) -> Self {
        let topics = Topics::try_from(row.topics).unwrap_or_default();
        let mut spelt = topics.as_slice().iter();
        let written = spelt.find(|own| own.to_lowercase() == row.topic);
        Self {
            written: written.unwrap_or(&row.topic).clone(),
            key: row.topic,
            picks: row.picks,
        }
    }
}

const TIMES: &str = "\
select published_at from pick
where stage = 'published' and ($1 is null or list_id = $1)
order by published_at desc limit $2";

const TOPICS: &str = "\
select named.topic, named.topics, named.picks
from (
    select t.topic, p.topics, count(*) over (partition by t.topic) as picks,
        row_number() over (partition by t.topic order by p.published_at desc, p.id desc) as place
    from pick_topic t
    join pick p on p.id = t.pick_id
    where p.stage = 'published'
) named
where named.place = 1
order by named.topic limit $1";

const EDITIONS: &str = "\
select number, title, intro, published_at from edition
where list_id = $1 and stage = 'published'
order by published_at desc, number desc limit $2";

const EDITION_BEFORE: &str = "\
select number, title, intro, published_at from edition
where list_id = $1 and stage = 'published' and (published_at, number) < ($2, $3)
order by published_at desc, number desc limit 1";

const EDITION_AFTER: &str = "\
select number, title, intro, published_at from edition
where list_id = $1 and stage = 'published' and (published_at, number) > ($2, $3)
order by published_at, number limit 1";

/// A list that is closed is named too: what went out on it stays.
const TWINS: Among = Among {
    head: "\
select own.public_id as \"of\", other.public_id, l.slug as list_slug, l.name as list_name, other.published_at
from pick own
join pick other on other.list_id <> own.list_id and (other.story_id = own.story_id or other.link = own.link)
join list l on l.id = other.list_id
where other.stage = 'published' and own.public_id in",
    tail: "order by l.position, l.id, other.published_at",
};
