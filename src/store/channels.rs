//! Lists as readers see them: what was published and nothing else. Previews, for editors, see drafts too.

use super::lists::ReadingList;
use super::{Revision, Store, StoreError};
use crate::domain::channel::{Channel, Document, Item, Printed, Publisher, Scope};
use crate::domain::list::{EditionId, ListId};
use crate::domain::month::Month;
use crate::domain::source::Slug;
use crate::domain::text::{Language, Line, Prose};
use crate::domain::time::Timestamp;

/// Items of a current document; what is older is in the archive.
pub const CURRENT_ITEMS: usize = 50;
/// Items of an archive document at the most.
const MONTH_ITEMS_MAX: i64 = 5_000;
/// Items that go into a mail where a list has no editions.
const INSERT_ITEMS: i64 = 5;
/// Unpublished picks that a preview shows at the most.
const PREVIEW_ITEMS_MAX: i64 = 200;

/// What tells whether something that was made of a list is still as it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct PublicState {
    /// The last write that changed what readers see.
    pub revision: Revision,
    /// When that was.
    pub changed_at: Timestamp,
    /// Whether the list is closed.
    pub archived: bool,
}

/// What a channel is called, and when it last changed.
struct Face {
    list: Option<ListId>,
    title: String,
    about: String,
    language: Option<Language>,
    updated: Timestamp,
}

/// Where the published picks of a scope lie in time, seen from a month.
#[derive(sqlx::FromRow)]
struct Neighbours {
    newest: Option<Timestamp>,
    older: Option<Timestamp>,
    newer: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct EditionRow {
    id: EditionId,
    list_slug: Slug,
    title: String,
    intro: String,
}

impl Store {
    /// How one list, or all of them, stand for readers. `None` if there is none.
    pub async fn public_state(&self, list: Option<&Slug>) -> Result<Option<PublicState>, StoreError> {
        match list {
            Some(slug) => self.db.maybe(STATE_OF_ONE, (slug.clone(),)).await,
            None => self.db.maybe(STATE_OF_ALL, ()).await,
        }
    }

    /// A document of the channel of `scope`. `None` if there is no such list, if nothing under that topic went out, or if
    /// nothing went out in that month.
    pub async fn channel(
        &self,
        scope: &Scope,
        document: Document,
        publisher: &Publisher,
    ) -> Result<Option<Channel>, StoreError> {
        let Some(face) = self.face(scope.list.as_ref(), publisher).await? else {
            return Ok(None);
        };
        let (from, until, limit) = match document {
            Document::Current => (
                Timestamp::from_millis(i64::MIN),
                Timestamp::from_millis(i64::MAX),
                CURRENT_LIMIT,
            ),
            Document::Archive(month) => (month.start(), month.end(), MONTH_ITEMS_MAX),
        };
        let of = (face.list, scope.topic.clone());
        let parameters = (of.0, of.1.clone(), from, until, limit);
        let mut printed: Vec<Printed> = self.db.all(PUBLISHED_BETWEEN, parameters).await?;
        if printed.is_empty() && (scope.topic.is_some() || document != Document::Current) {
            return Ok(None);
        }
        let beyond = (document == Document::Current).then(|| printed.get(CURRENT_ITEMS).map(|pick| pick.published_at));
        let beyond = beyond.flatten().map(Month::of);
        if document == Document::Current {
            printed.truncate(CURRENT_ITEMS);
        }
        let mut channel = face.channel(scope, document, publisher, printed);
        self.connect(&mut channel, of, beyond).await?;
        Ok(Some(channel))
    }

    /// What readers of a mail get: the edition that went out last, or the newest picks of a list that has no editions.
    pub async fn insert(&self, list: &Slug, publisher: &Publisher) -> Result<Option<Channel>, StoreError> {
        let scope = Scope {
            list: Some(list.clone()),
            topic: None,
        };
        let Some(face) = self.face(Some(list), publisher).await? else {
            return Ok(None);
        };
        let edition: Option<EditionRow> = self.db.maybe(LAST_EDITION, (face.list,)).await?;
        let everything = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
        let printed: Vec<Printed> = if let Some(edition) = &edition {
            self.db.all(PUBLISHED_OF_EDITION, (edition.id,)).await?
        } else {
            let parameters = (face.list, None::<String>, everything.0, everything.1, INSERT_ITEMS);
            self.db.all(PUBLISHED_BETWEEN, parameters).await?
        };
        let mut channel = face.channel(&scope, Document::Current, publisher, printed);
        if let Some(edition) = edition {
            channel.is_called(&edition);
        }
        Ok(Some(channel))
    }

    /// A list as it would be if everything that is being written for it went out now.
    pub async fn preview_of_list(&self, list: &Slug, publisher: &Publisher) -> Result<Option<Channel>, StoreError> {
        let scope = Scope {
            list: Some(list.clone()),
            topic: None,
        };
        let Some(face) = self.face(Some(list), publisher).await? else {
            return Ok(None);
        };
        let everything = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
        let mut printed: Vec<Printed> = self.db.all(UNPUBLISHED, (face.list, PREVIEW_ITEMS_MAX)).await?;
        let parameters = (face.list, None::<String>, everything.0, everything.1, CURRENT_LIMIT);
        printed.extend(self.db.all::<Printed>(PUBLISHED_BETWEEN, parameters).await?);
        printed.truncate(CURRENT_ITEMS);
        Ok(Some(face.channel(&scope, Document::Current, publisher, printed)))
    }

    /// An edition as it would go out, or as it went out.
    pub async fn preview_of_edition(
        &self,
        public_id: &str,
        publisher: &Publisher,
    ) -> Result<Option<Channel>, StoreError> {
        let edition: Option<EditionRow> = self.db.maybe(EDITION, (public_id.to_owned(),)).await?;
        let Some(edition) = edition else { return Ok(None) };
        let scope = Scope {
            list: Some(edition.list_slug.clone()),
            topic: None,
        };
        let Some(face) = self.face(scope.list.as_ref(), publisher).await? else {
            return Ok(None);
        };
        let printed: Vec<Printed> = self.db.all(ALL_OF_EDITION, (edition.id, PREVIEW_ITEMS_MAX)).await?;
        let mut channel = face.channel(&scope, Document::Current, publisher, printed);
        channel.is_called(&edition);
        Ok(Some(channel))
    }

    /// A pick as it would go out, or as it went out, by itself.
    pub async fn preview_of_pick(
        &self,
        list: &Slug,
        public_id: &str,
        publisher: &Publisher,
    ) -> Result<Option<Channel>, StoreError> {
        let scope = Scope {
            list: Some(list.clone()),
            topic: None,
        };
        let Some(face) = self.face(Some(list), publisher).await? else {
            return Ok(None);
        };
        let printed: Vec<Printed> = self.db.all(ONE, (face.list, public_id.to_owned())).await?;
        if printed.is_empty() {
            return Ok(None);
        }
        Ok(Some(face.channel(&scope, Document::Current, publisher, printed)))
    }

    /// Says which archive documents stand beside `channel`. Every pick is in the current document or in an archive document:
    /// all months but the newest are archived, and that too as soon as the current document cannot hold it.
    async fn connect(
        &self,
        channel: &mut Channel,
        of: (Option<ListId>, Option<String>),
        beyond: Option<Month>,
    ) -> Result<(), StoreError> {
        let Some(first) = channel.items.first().map(|item| Month::of(item.published)) else {
            return Ok(());
        };
        let (list, topic) = of;
        let parameters = (list, topic.clone(), first.start(), first.end());
        let near: Neighbours = self.db.one(NEIGHBOURS, parameters).await?;
        let newest = near.newest.map_or(first, Month::of);
        channel.older = match channel.document {
            Document::Current => beyond.filter(|beyond| *beyond == newest).or(near.older.map(Month::of)),
            Document::Archive(_) => near.older.map(Month::of),
        };
        if let Document::Archive(month) = channel.document {
            channel.is_closed = month < newest;
            channel.newer = near.newer.map(Month::of);
            if channel.newer == Some(newest) {
                let parameters = (list, topic, newest.start(), newest.end());
                let (count,): (i64,) = self.db.one(COUNT_BETWEEN, parameters).await?;
                channel.newer = channel.newer.filter(|_| count >= CURRENT_LIMIT);
            }
        }
        Ok(())
    }

    async fn face(&self, list: Option<&Slug>, publisher: &Publisher) -> Result<Option<Face>, StoreError> {
        if let Some(slug) = list {
            return Ok(self.list(slug).await?.map(Face::of_one));
        }
        let lists = self.lists().await?;
        let Some(updated) = lists.iter().map(|list| list.public_at).max() else {
            return Ok(None);
        };
        let first = lists.first().and_then(|list| list.told.language.clone());
        let alike = lists.iter().all(|list| list.told.language == first);
        Ok(Some(Face {
            list: None,
            title: format!("{}: all lists", publisher.home.host()),
            about: String::new(),
            language: first.filter(|_| alike),
            updated,
        }))
    }
}

/// One more than a current document holds: so it is seen whether there is more.
#[expect(clippy::cast_possible_wrap, reason = "fifty fits")]
const CURRENT_LIMIT: i64 = CURRENT_ITEMS as i64 + 1;

impl Face {
    fn of_one(list: ReadingList) -> Self {
        Self {
            list: Some(list.id),
            updated: list.public_at,
            title: list.told.name,
            about: list.told.about,
            language: list.told.language,
        }
    }

    fn channel(self, scope: &Scope, document: Document, publisher: &Publisher, printed: Vec<Printed>) -> Channel {
        let items: Vec<Item> = printed
            .into_iter()
            .map(|printed| Item::new(printed, scope, publisher))
            .collect();
        let title = match &scope.topic {
            Some(topic) => format!("{}: {}", self.title, as_written(topic, &items)),
            None => self.title,
        };
        // What is past does not change with what goes out later.
        let last = items.iter().map(|item| item.updated).max();
        let updated = match document {
            Document::Current => self.updated,
            Document::Archive(_) => last.unwrap_or(self.updated),
        };
        Channel {
            id: scope.id(publisher),
            scope: scope.clone(),
            document,
            title: Line::new(&title),
            about: Prose::new(&self.about),
            language: self.language,
            page: scope.page(publisher),
            publisher: publisher.clone(),
            updated,
            older: None,
            newer: None,
            is_closed: false,
            items,
        }
    }
}

impl Channel {
    fn is_called(&mut self, edition: &EditionRow) {
        self.title = Line::new(&format!("{}: {}", self.title.as_str(), edition.title));
        self.about = Prose::new(&edition.intro);
    }
}

/// The topic as the newest item that has it spells it.
fn as_written<'a>(topic: &'a str, items: &'a [Item]) -> &'a str {
    let mut written = items.iter().flat_map(|item| &item.topics);
    let found = written.find(|own| own.as_str().to_lowercase() == topic);
    found.map_or(topic, Line::as_str)
}

const STATE_OF_ONE: &str = "\
select public_revision as revision, public_at as changed_at, archived_at is not null as archived
from list where slug = $1";

const STATE_OF_ALL: &str = "\
select max(public_revision) as revision, max(public_at) as changed_at, false as archived
from list having count(*) > 0";

/// What is printed of picks, in each of these statements; `$at` is when they went out, or will.
macro_rules! printed {
    ($at:literal, $rest:literal) => {
        concat!(
            "\
select p.public_id, l.slug as list_slug, l.name as list_name, l.rules as list_rules,
    p.headline, p.excerpt, p.note, p.image, p.image_alt, p.topics,
    p.link, p.original_title, p.original_excerpt, p.original_image, p.original_image_alt, p.outlet, p.byline, p.language,
    p.source_published_at, p.source_slug, p.source_name, p.source_link, p.source_home, p.excerpt_words_max,
    ",
            $at,
            " as published_at, p.corrected_at, p.correction, p.public_at,
    (select count(*) from pick before
        where before.edition_id = p.edition_id and before.stage in ('published', 'withdrawn')
            and (before.position, before.id) < (p.position, p.id)) as behind
from pick p
join list l on l.id = p.list_id
",
            $rest
        )
    };
}

const PUBLISHED_BETWEEN: &str = printed!(
    "p.published_at",
    "\
where p.stage = 'published'
    and ($1 is null or p.list_id = $1)
    and ($2 is null or exists (select 1 from pick_topic t where t.pick_id = p.id and t.topic = $2))
    and p.published_at >= $3 and p.published_at < $4
order by p.published_at desc, p.position, p.id
limit $5"
);

const NEIGHBOURS: &str = "\
select max(p.published_at) as newest,
    max(case when p.published_at < $3 then p.published_at end) as older,
    min(case when p.published_at >= $4 then p.published_at end) as newer
from pick p
where p.stage = 'published'
    and ($1 is null or p.list_id = $1)
    and ($2 is null or exists (select 1 from pick_topic t where t.pick_id = p.id and t.topic = $2))";

const COUNT_BETWEEN: &str = "\
select count(*) from pick p
where p.stage = 'published'
    and ($1 is null or p.list_id = $1)
    and ($2 is null or exists (select 1 from pick_topic t where t.pick_id = p.id and t.topic = $2))
    and p.published_at >= $3 and p.published_at < $4";

const LAST_EDITION: &str = "\
select ed.id, l.slug as list_slug, ed.title, ed.intro
from edition ed
join list l on l.id = ed.list_id
where ed.list_id = $1 and ed.stage = 'published'
order by ed.published_at desc, ed.number desc limit 1";

const EDITION: &str = "\
select ed.id, l.slug as list_slug, ed.title, ed.intro
from edition ed
join list l on l.id = ed.list_id
where ed.public_id = $1";

const PUBLISHED_OF_EDITION: &str = printed!(
    "p.published_at",
    "\
where p.stage = 'published' and p.edition_id = $1
order by p.published_at desc, p.position, p.id"
);

const UNPUBLISHED: &str = printed!(
    "coalesce(p.due_at, p.made_at)",
    "\
where p.list_id = $1 and p.stage in ('draft', 'scheduled')
order by coalesce(p.edition_id, 0) desc, p.position, p.id
limit $2"
);

const ALL_OF_EDITION: &str = printed!(
    "coalesce(p.published_at, p.due_at, p.made_at)",
    "\
where p.edition_id = $1 and p.stage <> 'dropped'
order by p.position, p.id
limit $2"
);

const ONE: &str = printed!(
    "coalesce(p.published_at, p.due_at, p.made_at)",
    "\
where p.list_id = $1 and p.public_id = $2"
);
