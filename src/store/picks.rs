//! Picks: stories chosen for a list, each with its own copy of what is printed.

use super::db::{And, Write};
use super::statement::Many;
use super::{Store, StoreError, json, to_json};
use crate::domain::editor::EditorId;
use crate::domain::excerpt;
use crate::domain::link::Link;
use crate::domain::list::{EditionId, ListId, ListRules, Pick, PickId, Stage, Topics};
use crate::domain::source::{Rules, Slug};
use crate::domain::story::StoryId;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;

/// How far two neighbours lie apart, so that others fit between them.
pub(super) const GAP: i64 = 1 << 20;

/// A story about to be picked.
#[derive(Debug, Clone)]
pub struct NewPick {
    /// For which list.
    pub list: ListId,
    /// Which story; one that was joined into another is picked as that one.
    pub story: StoryId,
    /// By whom.
    pub by: EditorId,
    /// When.
    pub at: Timestamp,
    /// Its name outside.
    pub public_id: String,
}

/// A pick with the names of what it belongs to.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct PickLine {
    /// The pick.
    #[sqlx(flatten)]
    pub pick: Pick,
    /// Its list.
    pub list_slug: Slug,
    /// Its story's name outside; the story may have gone since.
    pub story: String,
    /// Its edition's name outside.
    pub edition: Option<String>,
    /// Who picked it.
    pub picked_by: String,
}

/// Where a page of published picks goes on: behind the pick that was published then and stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedAfter {
    /// When it was published.
    pub at: Timestamp,
    /// Its place.
    pub position: i64,
    /// Its key.
    pub id: PickId,
}

/// Which picks of a list are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct PickFilter {
    /// Only those that have come so far.
    pub stage: Option<Stage>,
    /// Only those made before this one.
    pub before: Option<PickId>,
}

/// What a pick is made of: the story's lead article.
#[derive(sqlx::FromRow)]
struct LeadRow {
    story_id: StoryId,
    link: Option<Link>,
    title: String,
    byline: Option<String>,
    site_name: Option<String>,
    published_at: Option<Timestamp>,
    language: Option<Language>,
    image: Option<Link>,
    image_alt: Option<String>,
    excerpt: String,
    /// The address that its first source gave.
    listed_link: Option<Link>,
    source_slug: Slug,
    source_name: String,
    source_link: Link,
    source_home: Option<Link>,
    source_topics: String,
    source_rules: String,
}

/// What was decided of a story that its picks begin with.
#[derive(Default)]
struct Prefilled {
    note: String,
    topics: Option<Topics>,
}

/// A note as the log of decisions keeps it.
#[derive(serde::Deserialize)]
struct NoteValue {
    text: String,
    public: bool,
}

impl Store {
    /// Picks that readers may see, in the order in which they are read: the last published first, those of one edition in its
    /// order. Of one list or of all; of one topic, in whatever case, or of all.
    pub async fn published_picks(
        &self,
        list: Option<ListId>,
        topic: Option<&str>,
        after: Option<PublishedAfter>,
        limit: u32,
    ) -> Result<Vec<PickLine>, StoreError> {
        let (at, position, id) = after.map_or((None, None, None), |after| {
            (Some(after.at), Some(after.position), Some(after.id))
        });
        let parameters = (list, topic.map(str::to_lowercase), at, position, id, i64::from(limit));
        self.db.all(PUBLISHED, parameters).await
    }

    /// Picks of a list, the last made first, at most `limit`.
    pub async fn picks(&self, list: ListId, filter: PickFilter, limit: u32) -> Result<Vec<PickLine>, StoreError> {
        self.db
            .all(OF_LIST, (list, filter.stage, filter.before, i64::from(limit)))
            .await
    }

    /// The picks of an edition in its order, those too that were withdrawn.
    pub async fn edition_picks(&self, edition: EditionId) -> Result<Vec<PickLine>, StoreError> {
        self.db.all(IN_EDITION, (edition,)).await
    }

    /// The picks of a list that have not gone out and stand in no edition, in their order, at most `limit`; those behind the
    /// place and the key `after`.
    pub async fn unplaced_picks(
        &self,
        list: ListId,
        after: Option<(i64, PickId)>,
        limit: u32,
    ) -> Result<Vec<PickLine>, StoreError> {
        let (position, id) = after.unzip();
        self.db.all(UNPLACED, (list, position, id, i64::from(limit))).await
    }

    /// Picks that wait: drafts of a list that stand in no edition, the last put there first, at most `limit`; and those of them
    /// that go out by themselves.
    pub async fn waiting_picks(&self, list: ListId, limit: u32) -> Result<Vec<PickLine>, StoreError> {
        self.db.all(WAITING, (list, i64::from(limit))).await
    }

    /// How many those are.
    pub async fn count_waiting(&self, list: ListId) -> Result<i64, StoreError> {
        let (count,): (i64,) = self.db.one(COUNT_WAITING, (list,)).await?;
        Ok(count)
    }

    /// Picks of a list that went out alone, in no edition, and are out or were withdrawn; the last first, at most `limit`.
    pub async fn picks_alone(&self, list: ListId, limit: u32) -> Result<Vec<PickLine>, StoreError> {
        self.db.all(ALONE, (list, i64::from(limit))).await
    }

    /// The pick called `public_id`.
    pub async fn pick(&self, public_id: &str) -> Result<Option<PickLine>, StoreError> {
        self.db.maybe(BY_PUBLIC_ID, (public_id.to_owned(),)).await
    }

    /// Every pick that was made of a story, the oldest first, dropped ones too.
    pub async fn picks_of_story(&self, story: StoryId) -> Result<Vec<PickLine>, StoreError> {
        self.db.all(OF_STORY, (story,)).await
    }

    /// Picks a story by itself, as a test or a command does; a decision picks through the log.
    pub async fn pick_story(&self, new: &NewPick) -> Result<PickId, StoreError> {
        let (mut write, revision) = self.write().await?;
        let pick = make_pick(&mut write, new).await?;
        write.run(TOUCH_STORY, (new.story, revision)).await?;
        write.commit().await?;
        Ok(pick)
    }
}

/// Picks a story: copies what is printed from its lead article and the source that listed it first. Refused if the story
/// stands on the list already. The caller marks the story as changed.
pub(super) async fn make_pick(write: &mut Write, new: &NewPick) -> Result<PickId, StoreError> {
    let lead: LeadRow = write.one(LEAD, (new.story,)).await?;
    let (rules, archived_at): (String, Option<Timestamp>) = write.one(RULES_OF_LIST, (new.list,)).await?;
    if archived_at.is_some() {
        return Err(StoreError::Refused("the list is archived".to_owned()));
    }
    // The index knows of this very story only, and not of those that were joined with it.
    if let Some((_, Stage::Draft | Stage::Scheduled | Stage::Published)) = last_pick(write, new.list, new.story).await?
    {
        return Err(StoreError::Refused("the story stands on the list already".to_owned()));
    }
    let rules: ListRules = json(&rules, "the rules of a list")?;
    let prefilled = prefilled(write, lead.story_id).await?;
    let source_rules: Rules = json(&lead.source_rules, "the rules of a source")?;
    let allowed = source_rules.excerpt_words;
    let excerpt = excerpt::shorten(&lead.excerpt, rules.excerpt_words_for(allowed));
    let topics = match prefilled.topics {
        Some(topics) => topics,
        None => tidy(&json::<Vec<String>>(&lead.source_topics, "the topics of a source")?),
    };
    let (id,): (PickId,) = write.one(TAKE_ID, ()).await?;
    let (position,): (i64,) = write.one(LAST_UNPLACED, (new.list,)).await?;
    let keys = (
        id,
        new.public_id.clone(),
        new.list,
        lead.story_id,
        position + GAP,
        new.at,
        new.by,
    );
    let text = (
        lead.title.clone(),
        excerpt.clone(),
        prefilled.note,
        lead.image.clone(),
        lead.image_alt.clone(),
        to_json(&topics),
    );
    let outlet = lead.site_name.unwrap_or_else(|| lead.source_name.clone());
    let original = (
        lead.link.or(lead.listed_link),
        lead.title,
        excerpt,
        lead.image,
        lead.image_alt,
        outlet,
        lead.byline,
        lead.language,
        lead.published_at,
        lead.source_slug,
        lead.source_name,
        lead.source_link,
        lead.source_home,
        allowed.map(i64::from),
    );
    if write.run(INSERT, And(And(keys, text), original)).await? == 0 {
        return Err(StoreError::Refused("the story stands on the list already".to_owned()));
    }
    keep_version(write, id, new.by, new.at).await?;
    keep_topics(write, id, &topics).await?;
    Ok(id)
}

/// Takes a story's pick from a list. Refused if it has gone out, or if there is none.
pub(super) async fn drop_pick(
    write: &mut Write,
    list: ListId,
    story: StoryId,
    at: Timestamp,
) -> Result<PickId, StoreError> {
    match last_pick(write, list, story).await? {
        Some((id, Stage::Draft | Stage::Scheduled)) => {
            write.run(DROP, (id, at)).await?;
            Ok(id)
        }
        Some((_, Stage::Published)) => {
            let why = "the pick has gone out; it can be withdrawn, but no longer taken from the list";
            Err(StoreError::Refused(why.to_owned()))
        }
        Some((_, Stage::Withdrawn)) => {
            let why = "the pick has gone out and was withdrawn; it stays on record";
            Err(StoreError::Refused(why.to_owned()))
        }
        Some((_, Stage::Dropped)) | None => Err(StoreError::Refused("the story does not stand on the list".to_owned())),
    }
}

/// Puts back the pick that was taken from a list last, with all that was written in it, as a draft in no edition. Refused if
/// the story was picked anew since, or if there is none.
pub(super) async fn restore_pick(
    write: &mut Write,
    list: ListId,
    story: StoryId,
    _at: Timestamp,
) -> Result<PickId, StoreError> {
    match last_pick(write, list, story).await? {
        Some((id, Stage::Dropped)) => {
            let (position,): (i64,) = write.one(LAST_UNPLACED, (list,)).await?;
            write.run(PUT_BACK, (id, position + GAP)).await?;
            Ok(id)
        }
        Some(_) => Err(StoreError::Refused("the story stands on the list already".to_owned())),
        None => Err(StoreError::Refused(
            "the story was never picked for the list".to_owned(),
        )),
    }
}

/// Keeps what stands in a pick as its current version.
pub(super) async fn keep_version(
    write: &mut Write,
    pick: PickId,
    by: EditorId,
    at: Timestamp,
) -> Result<(), StoreError> {
    write.run(KEEP_VERSION, (pick, by, at)).await?;
    Ok(())
}

/// Writes the topics of a pick down for asking by topic, in place of those before.
pub(super) async fn keep_topics(write: &mut Write, pick: PickId, topics: &Topics) -> Result<(), StoreError> {
    write.run(FORGET_TOPICS, (pick,)).await?;
    let rows = topics.keys().map(|topic| (topic, pick)).collect();
    write.run_many(&KEEP_TOPICS, rows).await?;
    Ok(())
}

/// The pick of a story, or of one that was joined with it: the one that stands on the list, else the last that did.
async fn last_pick(write: &mut Write, list: ListId, story: StoryId) -> Result<Option<(PickId, Stage)>, StoreError> {
    write.maybe(LAST_OF_STORY, (list, story)).await
}

async fn prefilled(write: &mut Write, story: StoryId) -> Result<Prefilled, StoreError> {
    let rows: Vec<(String, String)> = write.all(STANDING, (story,)).await?;
    let mut prefilled = Prefilled::default();
    for (cell, value) in rows {
        if cell == "note" {
            let note: Option<NoteValue> = json(&value, "the note of a story")?;
            prefilled.note = note
                .filter(|note| note.public)
                .map_or_else(String::new, |note| note.text);
        } else {
            let topics: Option<Vec<String>> = json(&value, "the topics of a story")?;
            prefilled.topics = topics.map(|topics| tidy(&topics));
        }
    }
    Ok(prefilled)
}

fn tidy(topics: &[String]) -> Topics {
    Topics::tidy(topics.iter().map(String::as_str))
}

const LEAD: &str = "\
select s.id as story_id, a.link, a.title, a.byline, a.site_name, a.published_at, a.language, a.image, a.image_alt, a.excerpt,
    e.link as listed_link, source.slug as source_slug, source.name as source_name, source.link as source_link,
    source.home as source_home, source.topics as source_topics, source.rules as source_rules
from story named
join story s on s.id = coalesce(named.merged_into, named.id)
join article a on a.id = s.lead_id
join source on source.id = a.source_id
left join entry e on e.article_id = a.id and e.source_id = a.source_id
where named.id = $1 and s.gone_at is null";

const RULES_OF_LIST: &str = "select rules, archived_at from list where id = $1";

const STANDING: &str = "\
select cell, value from standing where story_id = $1 and cell in ('note', 'topics') and decision_id is not null";

const TAKE_ID: &str = "update counter set value = value + 1 where name = 'pick' returning value";

const LAST_UNPLACED: &str = "\
select coalesce(max(position), 0) from pick
where list_id = $1 and edition_id is null and stage in ('draft', 'scheduled')";

const INSERT: &str = "\
insert into pick
    (id, public_id, list_id, story_id, position, made_at, made_by,
    headline, excerpt, note, image, image_alt, topics,
    link, original_title, original_excerpt, original_image, original_image_alt, outlet, byline, language,
    source_published_at, source_slug, source_name, source_link, source_home, excerpt_words_max, stage)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
    $27, 'draft')
on conflict (list_id, story_id) where stage in ('draft', 'scheduled', 'published') do nothing";

/// Of the story, and of those that were joined with it.
const LAST_OF_STORY: &str = "\
with this as (select coalesce(merged_into, id) as id from story where id = $2)
select p.id, p.stage from pick p
where p.list_id = $1
    and p.story_id in (select id from this union all select story.id from this join story on story.merged_into = this.id)
order by case when p.stage in ('draft', 'scheduled', 'published') then 0 else 1 end, p.id desc limit 1";

const DROP: &str = "\
update pick set stage = 'dropped', edition_id = null, due_at = null, withdrawn_at = $2, version = version + 1 where id = $1";

const PUT_BACK: &str = "\
update pick set stage = 'draft', position = $2, withdrawn_at = null, version = version + 1 where id = $1";

const KEEP_VERSION: &str = "\
insert into pick_version
    (pick_id, version, at, editor_id, headline, excerpt, note, image, image_alt, topics, correction, shown_at)
select id, version, $3, $2, headline, excerpt, note, image, image_alt, topics, correction,
    case when stage = 'published' then $3 end
from pick where id = $1";

const FORGET_TOPICS: &str = "delete from pick_topic where pick_id = $1";

const KEEP_TOPICS: Many = Many {
    head: "insert into pick_topic (topic, pick_id) values",
    columns: 2,
    tail: "on conflict (topic, pick_id) do nothing",
};

const TOUCH_STORY: &str = "\
update story set revision = $2 where id = (select coalesce(merged_into, id) from story where id = $1)";

/// What is read of a pick, in each of these statements; `$before` opens it.
macro_rules! lines {
    ($rest:literal) => {
        lines!("", $rest)
    };
    ($before:literal, $rest:literal) => {
        concat!(
            $before,
            "\
select p.id, p.public_id, p.list_id, p.story_id, p.edition_id, p.position, p.stage,
    p.headline, p.excerpt, p.note, p.image, p.image_alt, p.topics,
    p.link, p.original_title, p.original_excerpt, p.original_image, p.original_image_alt, p.outlet, p.byline, p.language,
    p.source_published_at, p.source_slug, p.source_name, p.source_link, p.source_home, p.excerpt_words_max,
    p.made_at, p.made_by, p.due_at, p.published_at, p.withdrawn_at, p.corrected_at, p.correction, p.public_at, p.version,
    l.slug as list_slug, s.public_id as story, ed.public_id as edition, made.shown_name as picked_by
from pick p
join list l on l.id = p.list_id
join story s on s.id = p.story_id
join editor made on made.id = p.made_by
left join edition ed on ed.id = p.edition_id
",
            $rest
        )
    };
}

const PUBLISHED: &str = lines!(
    "\
where p.stage = 'published'
    and ($1 is null or p.list_id = $1)
    and ($2 is null or exists (select 1 from pick_topic t where t.pick_id = p.id and t.topic = $2))
    and ($3 is null or p.published_at < $3 or (p.published_at = $3 and (p.position, p.id) > ($4, $5)))
order by p.published_at desc, p.position, p.id
limit $6"
);

const OF_LIST: &str = lines!(
    "\
where p.list_id = $1 and ($2 is null or p.stage = $2) and ($3 is null or p.id < $3)
order by p.id desc
limit $4"
);

const IN_EDITION: &str = lines!(
    "\
where p.edition_id = $1 and p.stage <> 'dropped'
order by p.position, p.id"
);

const UNPLACED: &str = lines!(
    "\
where p.list_id = $1 and p.edition_id is null and p.stage in ('draft', 'scheduled')
    and ($2 is null or (p.position, p.id) > ($2, $3))
order by p.position, p.id
limit $4"
);

const WAITING: &str = lines!(
    "\
where p.list_id = $1 and p.edition_id is null and p.stage in ('draft', 'scheduled')
order by p.position desc, p.id desc
limit $2"
);

const COUNT_WAITING: &str = "\
select count(*) from pick where list_id = $1 and edition_id is null and stage in ('draft', 'scheduled')";

const ALONE: &str = lines!(
    "\
where p.list_id = $1 and p.edition_id is null and p.stage in ('published', 'withdrawn')
order by p.published_at desc, p.id desc
limit $2"
);

const BY_PUBLIC_ID: &str = lines!(
    "\
where p.public_id = $1"
);

const OF_STORY: &str = lines!(
    "\
with this as (select coalesce(merged_into, id) as id from story where id = $1)
",
    "\
where p.story_id in (select id from this union all select story.id from this join story on story.merged_into = this.id)
order by p.id"
);
