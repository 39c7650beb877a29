//! Stories: articles that tell the same news, as editors, followers and the read API see them.

use std::collections::HashMap;

use super::curated::Curated;
use super::statement::Among;
use super::{Revision, Store, StoreError, json};
use crate::domain::article::ArticleId;
use crate::domain::decision::Status;
use crate::domain::editor::EditorId;
use crate::domain::link::Link;
use crate::domain::source::Slug;
use crate::domain::story::StoryId;
use crate::domain::text::{CleanHtml, Language};
use crate::domain::time::Timestamp;

/// A story as a line of a list: its lead article, and who else carries it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryLine {
    /// Its key.
    pub id: StoryId,
    /// Its name outside.
    pub public_id: String,
    /// When it was first found.
    pub found_at: Timestamp,
    /// The last write that changed it; its `ETag`.
    pub revision: Revision,
    /// Where it stands.
    pub status: Status,
    /// How many decisions there were about it.
    pub version: i64,
    /// What editors made of it.
    pub curated: Curated,
    /// Its lead article.
    pub lead: ArticleLine,
    /// How many articles tell it.
    pub articles: u32,
    /// The sources that listed it, by slug, without repetition.
    pub sources: Vec<SourceName>,
}

/// A source by its two names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, sqlx::FromRow)]
pub struct SourceName {
    /// For programs.
    pub slug: Slug,
    /// For people.
    pub name: String,
}

/// An article without its texts.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ArticleLine {
    /// Its key.
    pub id: ArticleId,
    /// The story it belongs to.
    pub story_id: StoryId,
    /// Its canonical address; none where no source gave one.
    pub link: Option<Link>,
    /// Its title.
    pub title: String,
    /// Who wrote it.
    pub byline: Option<String>,
    /// The outlet as it calls itself.
    pub site_name: Option<String>,
    /// When it was published, as far as known.
    pub published_at: Option<Timestamp>,
    /// How that was found.
    pub published_from: Option<String>,
    /// The language it is written in.
    pub language: Option<Language>,
    /// How that was found.
    pub language_from: Option<String>,
    /// Its lead picture.
    pub image: Option<Link>,
    /// What the picture shows.
    pub image_alt: Option<String>,
    /// The first sentences.
    pub excerpt: String,
    /// How many words it has.
    pub words: i64,
    /// When it was first found.
    pub found_at: Timestamp,
    /// Why it is in this story; none for the one that began it.
    pub joined_because: Option<String>,
    /// What is known of its page: the word of a page state.
    pub page: String,
    /// Why its page was not read.
    pub page_reason: Option<String>,
}

/// A story with everything: the articles, and what each source listed.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryWhole {
    /// The story as a line.
    pub line: StoryLine,
    /// Every article, the lead first, with its text.
    pub articles: Vec<(ArticleLine, CleanHtml)>,
    /// Every sighting, oldest first.
    pub sightings: Vec<Sighting>,
}

/// One entry: this source listed this, then.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Sighting {
    /// The source, for programs.
    pub slug: Slug,
    /// The source, for people.
    pub name: String,
    /// The title it gave.
    pub title: String,
    /// The address it gave.
    pub link: Option<Link>,
    /// When we saw it.
    pub found_at: Timestamp,
}

/// Which stories a list holds.
#[derive(Debug, Clone, Default)]
pub struct StoryFilter {
    /// Only those that this source listed.
    pub source: Option<Slug>,
    /// Only those in this language.
    pub language: Option<Language>,
    /// Only those that stand there.
    pub status: Option<Status>,
    /// Who asks: what they hid is left out.
    pub reader: Option<EditorId>,
    /// Only what the reader hid.
    pub hidden: bool,
    /// Only what the reader has not seen.
    pub unseen: bool,
    /// Only those that stand on no list and went out on none.
    pub unpicked: bool,
    /// Only those found before this one: when, and its key.
    pub before: Option<(Timestamp, StoryId)>,
}

#[derive(sqlx::FromRow)]
pub(super) struct StoryRow {
    pub(super) id: StoryId,
    pub(super) public_id: String,
    pub(super) lead_id: Option<ArticleId>,
    pub(super) found_at: Timestamp,
    revision: Revision,
    status: Status,
    version: i64,
}

#[derive(sqlx::FromRow)]
struct FoundRow {
    #[sqlx(flatten)]
    line: ArticleLine,
    /// Empty but for the lead.
    text: String,
    public_id: String,
    lead_id: ArticleId,
    story_found_at: Timestamp,
    revision: Revision,
    status: Status,
    version: i64,
}

#[derive(sqlx::FromRow)]
struct ListedBy {
    story_id: StoryId,
    #[sqlx(flatten)]
    source: SourceName,
    topics: String,
}

/// Behind the newest story.
const END: (Timestamp, StoryId) = (Timestamp::from_millis(i64::MAX), StoryId(i64::MAX));

impl Store {
    /// The stories that live, newest first, at most `limit`.
    pub async fn stories(&self, filter: &StoryFilter, limit: u32) -> Result<Vec<StoryLine>, StoreError> {
        let (before_at, before_id) = filter.before.unwrap_or(END);
        let parameters = (
            before_at,
            before_id,
            filter.source.clone(),
            filter.language.clone(),
            i64::from(limit),
            filter.status,
            filter.reader,
            filter.hidden,
            filter.unseen,
            filter.unpicked,
        );
        let statement = match (&filter.source, filter.status) {
            (Some(_), _) => OF_SOURCE,
            (None, Some(_)) => OF_STATUS,
            (None, None) => STORIES,
        };
        let rows: Vec<StoryRow> = self.db.all(statement, parameters).await?;
        self.lines(rows).await
    }

    /// The stories with these keys, in no order, each with the beginning of its text (64,000 characters, in which passages are
    /// looked for); those that do not live are left out.
    pub async fn stories_found(&self, ids: &[StoryId]) -> Result<Vec<(StoryLine, String)>, StoreError> {
        let (rows, mut listed, mut curated) = tokio::try_join!(
            self.db.all_among::<FoundRow, _>(&STORIES_FOUND, ids),
            self.listed_by_story(ids),
            self.curated(ids)
        )?;
        let mut by_story: HashMap<StoryId, Vec<FoundRow>> = HashMap::new();
        for row in rows {
            let of_story = by_story.entry(row.line.story_id).or_default();
            if of_story.iter().all(|known| known.line.id != row.line.id) {
                of_story.push(row);
            }
        }
        let mut found = Vec::with_capacity(by_story.len());
        for (id, mut rows) in by_story {
            let Some(at) = rows.iter().position(|row| row.line.id == row.lead_id) else {
                continue;
            };
            let lead = rows.swap_remove(at);
            rows.sort_by_key(|row| row.line.id);
            let others = rows.iter().map(|row| &row.line);
            let line = StoryLine {
                id,
                public_id: lead.public_id,
                found_at: lead.story_found_at,
                revision: lead.revision,
                status: lead.status,
                version: lead.version,
                curated: curated.remove(&id).unwrap_or_default(),
                lead: lead.line,
                articles: u32::try_from(rows.len() + 1).unwrap_or(u32::MAX),
                sources: listed.remove(&id).unwrap_or_default().0,
            };
            found.push((line, with_others(lead.text, others)));
        }
        Ok(found)
    }

    /// The story called `public_id`, or the one it was joined into.
    pub async fn story(&self, public_id: &str) -> Result<Option<StoryWhole>, StoreError> {
        let row: Option<StoryRow> = self.db.maybe(STORY, (public_id.to_owned(),)).await?;
        let Some(row) = row else { return Ok(None) };
        let (id, lead_id) = (row.id, row.lead_id);
        let Some(line) = self.lines(vec![row]).await?.pop() else {
            return Ok(None);
        };
        let mut articles: Vec<ArticleLine> = self.db.all_among(&ARTICLES_OF_STORIES, &[id]).await?;
        let mut html: HashMap<ArticleId, String> = self
            .db
            .all::<(ArticleId, String)>(HTML_OF_STORY, (id,))
            .await?
            .into_iter()
            .collect();
        articles.sort_by_key(|article| (Some(article.id) != lead_id, article.id));
        articles.dedup_by_key(|article| article.id);
        let articles = articles
            .into_iter()
            .map(|line| {
                let html = html.remove(&line.id).unwrap_or_default();
                (line, CleanHtml::trusted(html))
            })
            .collect();
        let sightings = self.db.all(SIGHTINGS, (id,)).await?;
        Ok(Some(StoryWhole {
            line,
            articles,
            sightings,
        }))
    }

    /// The story called `public_id` as a line, or the one it was joined into.
    pub async fn story_line(&self, public_id: &str) -> Result<Option<StoryLine>, StoreError> {
        let row: Option<StoryRow> = self.db.maybe(STORY, (public_id.to_owned(),)).await?;
        Ok(self.lines(row.into_iter().collect()).await?.pop())
    }

    /// How many stories live.
    pub async fn count_stories(&self) -> Result<u64, StoreError> {
        let (count,): (i64,) = self.db.one(COUNT_STORIES, ()).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn lines(&self, rows: Vec<StoryRow>) -> Result<Vec<StoryLine>, StoreError> {
        let ids: Vec<StoryId> = rows.iter().map(|row| row.id).collect();
        let mut articles = self.articles_by_story(&ids).await?;
        let mut listed = self.listed_by_story(&ids).await?;
        let mut curated = self.curated(&ids).await?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            let mut all = articles.remove(&row.id).unwrap_or_default();
            let count = all.len();
            let Some(at) = all.iter().position(|article| Some(article.id) == row.lead_id) else {
                continue;
            };
            let lead = all.swap_remove(at);
            let (sources, _) = listed.remove(&row.id).unwrap_or_default();
            lines.push(StoryLine {
                id: row.id,
                public_id: row.public_id,
                found_at: row.found_at,
                revision: row.revision,
                status: row.status,
                version: row.version,
                curated: curated.remove(&row.id).unwrap_or_default(),
                lead,
                articles: u32::try_from(count).unwrap_or(u32::MAX),
                sources,
            });
        }
        Ok(lines)
    }

    pub(super) async fn articles_by_story(
        &self,
        ids: &[StoryId],
    ) -> Result<HashMap<StoryId, Vec<ArticleLine>>, StoreError> {
        let rows: Vec<ArticleLine> = self.db.all_among(&ARTICLES_OF_STORIES, ids).await?;
        let mut articles: HashMap<StoryId, Vec<ArticleLine>> = HashMap::new();
        for row in rows {
            articles.entry(row.story_id).or_default().push(row);
        }
        Ok(articles)
    }

    pub(super) async fn listed_by_story(
        &self,
        ids: &[StoryId],
    ) -> Result<HashMap<StoryId, (Vec<SourceName>, Vec<String>)>, StoreError> {
        let rows: Vec<ListedBy> = self.db.all_among(&LISTED_BY, ids).await?;
        let mut listed: HashMap<StoryId, (Vec<SourceName>, Vec<String>)> = HashMap::new();
        for row in rows {
            let (sources, topics) = listed.entry(row.story_id).or_default();
            sources.push(row.source);
            topics.extend(json::<Vec<String>>(&row.topics, "the topics of a source")?);
        }
        for (sources, topics) in listed.values_mut() {
            sources.sort();
            sources.dedup();
            topics.sort();
            topics.dedup();
        }
        Ok(listed)
    }
}

/// What is searched of a story: the text of its lead, then the titles and first sentences of the others.
pub(super) fn with_others<'a>(mut text: String, others: impl Iterator<Item = &'a ArticleLine>) -> String {
    for other in others {
        for line in [&other.title, &other.excerpt] {
            text.push('\n');
            text.push_str(line);
        }
    }
    text
}

/// Stories, newest first: from where, and which of them. Each way to ask has an index that leads to its first rows, however many
/// stories there are; a condition that may be absent would keep a database from using it.
macro_rules! stories {
    ($from:literal, $which:literal) => {
        concat!(
            "\
select s.id, s.public_id, s.lead_id, s.found_at, s.revision, s.status, s.version
from ",
            $from,
            "
join article a on a.id = s.lead_id
where s.gone_at is null and s.merged_into is null and (s.found_at, s.id) < ($1, $2) and ",
            $which,
            "
    and ($4 is null or a.language = $4)
    and ($7 is null or $8 = exists (select 1 from seen where seen.editor_id = $7 and seen.story_id = s.id and seen.hidden))
    and (not $9 or not exists (select 1 from seen where seen.editor_id = $7 and seen.story_id = s.id))
    and (not $10 or not exists (
        select 1 from pick where pick.story_id = s.id and pick.stage in ('draft', 'scheduled', 'published')))
order by s.found_at desc, s.id desc
limit $5"
        )
    };
}

const STORIES: &str = stories!("story s", "$3 is null and $6 is null");

const OF_STATUS: &str = stories!("story s", "$3 is null and s.status = $6");

const OF_SOURCE: &str = stories!(
    "(select distinct member.story_id from source
    join entry e on e.source_id = source.id
    join article member on member.id = e.article_id
    where source.slug = $3) listed
join story s on s.id = listed.story_id",
    "($6 is null or s.status = $6)"
);

const STORIES_FOUND: Among = Among {
    head: "\
select a.id, a.story_id, a.link, a.title, a.byline, a.site_name, a.published_at, a.published_from, a.language, a.language_from,
    a.image, a.image_alt, a.excerpt, a.words, a.found_at, a.joined_because,
    a.page, a.page_reason,
    case when a.id = s.lead_id then substr(a.text, 1, 64000) else '' end as text,
    s.public_id, s.lead_id, s.found_at as story_found_at, s.revision, s.status, s.version
from story s
join article a on a.story_id = s.id
where a.gone_at is null and s.gone_at is null and s.merged_into is null and s.lead_id is not null and s.id in",
    tail: "",
};

const STORY: &str = "\
select into_.id, into_.public_id, into_.lead_id, into_.found_at, into_.revision, into_.status, into_.version
from story named
join story into_ on into_.id = coalesce(named.merged_into, named.id)
where named.public_id = $1 and into_.gone_at is null";

const ARTICLES_OF_STORIES: Among = Among {
    head: "\
select id, story_id, link, title, byline, site_name, published_at, published_from, language, language_from, image, image_alt,
    excerpt, words, found_at, joined_because, page, page_reason
from article where gone_at is null and story_id in",
    tail: "order by id",
};

const HTML_OF_STORY: &str = "select id, html from article where story_id = $1 and gone_at is null";

const LISTED_BY: Among = Among {
    head: "\
select a.story_id, source.slug, source.name, source.topics
from article a
join entry e on e.article_id = a.id
join source on source.id = e.source_id
where a.story_id in",
    tail: "",
};

const SIGHTINGS: &str = "\
select source.slug, source.name, e.title, e.link, e.found_at
from article a
join entry e on e.article_id = a.id
join source on source.id = e.source_id
where a.story_id = $1
order by e.found_at, e.id";

const COUNT_STORIES: &str = "select count(*) from story where gone_at is null and merged_into is null";
