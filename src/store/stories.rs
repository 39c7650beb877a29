//! Stories: articles that tell the same news, as editors, followers and the read API see them.

use std::collections::HashMap;

use super::statement::Among;
use super::{Revision, Store, StoreError, json};
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
    /// Only those found before this one: when, and its key.
    pub before: Option<(Timestamp, StoryId)>,
}

#[derive(sqlx::FromRow)]
pub(super) struct StoryRow {
    pub(super) id: StoryId,
    pub(super) public_id: String,
    pub(super) lead_id: Option<i64>,
    pub(super) found_at: Timestamp,
    revision: Revision,
}

#[derive(sqlx::FromRow)]
struct ArticleRow {
    id: i64,
    #[sqlx(flatten)]
    line: ArticleLine,
}

#[derive(sqlx::FromRow)]
struct FoundRow {
    id: i64,
    #[sqlx(flatten)]
    line: ArticleLine,
    /// Empty but for the lead.
    text: String,
    public_id: String,
    lead_id: i64,
    story_found_at: Timestamp,
    revision: Revision,
}

#[derive(sqlx::FromRow)]
struct ListedBy {
    story_id: StoryId,
    #[sqlx(flatten)]
    source: SourceName,
    topics: String,
}

impl Store {
    /// The stories that live, newest first, at most `limit`.
    pub async fn stories(&self, filter: &StoryFilter, limit: u32) -> Result<Vec<StoryLine>, StoreError> {
        let (before_at, before_id) = filter.before.unzip();
        let parameters = (
            before_at,
            before_id,
            filter.source.clone(),
            filter.language.clone(),
            i64::from(limit),
        );
        let rows: Vec<StoryRow> = self.db.all(STORIES, parameters).await?;
        self.lines(rows).await
    }

    /// The stories with these keys, in no order, each with the beginning of its text (64,000 characters, in which passages are
    /// looked for); those that do not live are left out.
    pub async fn stories_found(&self, ids: &[StoryId]) -> Result<Vec<(StoryLine, String)>, StoreError> {
        let (rows, mut listed) = tokio::try_join!(
            self.db.all_among::<FoundRow, _>(&STORIES_FOUND, ids),
            self.listed_by_story(ids)
        )?;
        let mut by_story: HashMap<StoryId, Vec<FoundRow>> = HashMap::new();
        for row in rows {
            let of_story = by_story.entry(row.line.story_id).or_default();
            if of_story.iter().all(|known| known.id != row.id) {
                of_story.push(row);
            }
        }
        let mut found = Vec::with_capacity(by_story.len());
        for (id, mut rows) in by_story {
            let Some(at) = rows.iter().position(|row| row.id == row.lead_id) else {
                continue;
            };
            let lead = rows.swap_remove(at);
            rows.sort_by_key(|row| row.id);
            let others = rows.iter().map(|row| &row.line);
            let line = StoryLine {
                id,
                public_id: lead.public_id,
                found_at: lead.story_found_at,
                revision: lead.revision,
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
        let rows: Vec<ArticleRow> = self.db.all_among(&ARTICLES_OF_STORIES, &[id]).await?;
        let mut html: HashMap<i64, String> = self
            .db
            .all::<(i64, String)>(HTML_OF_STORY, (id,))
            .await?
            .into_iter()
            .collect();
        let mut articles: Vec<(i64, ArticleLine)> = rows.into_iter().map(|row| (row.id, row.line)).collect();
        articles.sort_by_key(|(article, _)| (Some(*article) != lead_id, *article));
        articles.dedup_by_key(|(article, _)| *article);
        let articles = articles
            .into_iter()
            .map(|(article, line)| (line, CleanHtml::trusted(html.remove(&article).unwrap_or_default())))
            .collect();
        let sightings = self.db.all(SIGHTINGS, (id,)).await?;
        Ok(Some(StoryWhole {
            line,
            articles,
            sightings,
        }))
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
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            let mut all = articles.remove(&row.id).unwrap_or_default();
            let count = all.len();
            let Some(at) = all.iter().position(|(id, _)| Some(*id) == row.lead_id) else {
                continue;
            };
            let (_, lead) = all.swap_remove(at);
            let (sources, _) = listed.remove(&row.id).unwrap_or_default();
            lines.push(StoryLine {
                id: row.id,
                public_id: row.public_id,
                found_at: row.found_at,
                revision: row.revision,
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
    ) -> Result<HashMap<StoryId, Vec<(i64, ArticleLine)>>, StoreError> {
        let rows: Vec<ArticleRow> = self.db.all_among(&ARTICLES_OF_STORIES, ids).await?;
        let mut articles: HashMap<StoryId, Vec<(i64, ArticleLine)>> = HashMap::new();
        for row in rows {
            articles.entry(row.line.story_id).or_default().push((row.id, row.line));
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

const STORIES: &str = "\
select s.id, s.public_id, s.lead_id, s.found_at, s.revision
from story s
join article a on a.id = s.lead_id
where s.gone_at is null and s.merged_into is null
    and ($1 is null or (s.found_at, s.id) < ($1, $2))
    and ($3 is null or exists (
        select 1 from article member
        join entry e on e.article_id = member.id
        join source on source.id = e.source_id
        where member.story_id = s.id and source.slug = $3))
    and ($4 is null or a.language = $4)
order by s.found_at desc, s.id desc
limit $5";

const STORIES_FOUND: Among = Among {
    head: "\
select a.id, a.story_id, a.link, a.title, a.byline, a.site_name, a.published_at, a.published_from, a.language, a.language_from,
    a.image, a.image_alt, a.excerpt, a.words, a.found_at, a.joined_because,
    case when a.id = s.lead_id then substr(a.text, 1, 64000) else '' end as text,
    s.public_id, s.lead_id, s.found_at as story_found_at, s.revision
from story s
join article a on a.story_id = s.id
where a.gone_at is null and s.gone_at is null and s.merged_into is null and s.lead_id is not null and s.id in",
    tail: "",
};

const STORY: &str = "\
select into_.id, into_.public_id, into_.lead_id, into_.found_at, into_.revision
from story named
join story into_ on into_.id = coalesce(named.merged_into, named.id)
where named.public_id = $1 and into_.gone_at is null";

const ARTICLES_OF_STORIES: Among = Among {
    head: "\
select id, story_id, link, title, byline, site_name, published_at, published_from, language, language_from, image, image_alt,
    excerpt, words, found_at, joined_because
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
