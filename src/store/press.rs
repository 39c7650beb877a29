//! The press: writes that readers see.
//!
//! Whatever of a list changes for readers goes through here, in the transaction that changes it: the list's public revision
//! and time move on, the stories concerned are marked for followers, and others are told.

use serde_json::json;

use super::db::Write;
use super::events::{Told, tell};
use super::{Revision, StoreError, json as read_json};
use crate::domain::event::EventKind;
use crate::domain::list::{Edition, EditionId, ListId, ListRules, Pick, PickId};
use crate::domain::source::Slug;
use crate::domain::time::Timestamp;

/// A write that readers of one list see.
pub(super) struct Press<'w> {
    pub(super) write: &'w mut Write,
    list: ListHead,
    rules: ListRules,
    revision: Revision,
    /// The time that readers are told: now, or just after the last time they were told of, should the clock have gone back.
    pub(super) at: Timestamp,
    fresh_id: fn() -> String,
}

#[derive(sqlx::FromRow)]
struct ListHead {
    id: ListId,
    slug: Slug,
    rules: String,
    public_at: Timestamp,
    archived_at: Option<Timestamp>,
}

/// A pick as others are told of it.
#[derive(sqlx::FromRow)]
struct Named {
    public_id: String,
}

impl<'w> Press<'w> {
    /// Begins; nothing is written yet.
    pub(super) async fn start(
        write: &'w mut Write,
        list: ListId,
        revision: Revision,
        now: Timestamp,
        fresh_id: fn() -> String,
    ) -> Result<Self, StoreError> {
        let list: ListHead = write.one(LIST, (list,)).await?;
        let just_after = Timestamp::from_millis(list.public_at.millis().saturating_add(1));
        Ok(Self {
            write,
            rules: read_json(&list.rules, "the rules of a list")?,
            at: now.max(just_after),
            list,
            revision,
            fresh_id,
        })
    }

    /// What holds for the list's picks and editions.
    pub(super) const fn rules(&self) -> &ListRules {
        &self.rules
    }

    /// Refuses where the list is archived: nothing goes out on it, until it is taken back into use.
    pub(super) fn must_be_in_use(&self) -> Result<(), StoreError> {
        match self.list.archived_at {
            None => Ok(()),
            Some(_) => Err(StoreError::Refused("the list is archived; restore it first".to_owned())),
        }
    }

    /// Lets an edition out with its picks, or back if it was withdrawn. How many picks went out; with none, nothing is done.
    pub(super) async fn publish_edition(&mut self, edition: &Edition) -> Result<u64, StoreError> {
        let parameters = (edition.id, self.at, edition.withdrawn_at, self.revision);
        let went = self.write.run(PUBLISH_PICKS, parameters).await;
        let went = went.map_err(|error| picked_anew(error, "a story of it"))?;
        if went == 0 {
            return Ok(0);
        }
        self.write.run(PUBLISH_EDITION, (edition.id, self.at)).await?;
        self.write.run(SHOW_VERSIONS_OF_EDITION, (edition.id, self.at)).await?;
        self.write.run(TOUCH_STORIES, (edition.id, self.revision)).await?;
        self.tell_of_edition(edition, EventKind::EditionPublished).await?;
        self.finish().await?;
        let after = edition.due_at.map_or(self.at, |due| due.max(self.at));
        self.make_next_edition(after).await?;
        Ok(went)
    }

    /// Takes back an edition with those of its picks that are out.
    pub(super) async fn withdraw_edition(&mut self, edition: &Edition) -> Result<(), StoreError> {
        self.write
            .run(WITHDRAW_PICKS, (edition.id, self.at, self.revision))
            .await?;
        self.write.run(WITHDRAW_EDITION, (edition.id, self.at)).await?;
        self.write.run(TOUCH_STORIES, (edition.id, self.revision)).await?;
        self.tell_of_edition(edition, EventKind::EditionWithdrawn).await?;
        self.finish().await
    }

    /// Lets a pick out, or back if it was withdrawn.
    pub(super) async fn publish_pick(&mut self, pick: &Pick) -> Result<(), StoreError> {
        let went = self.write.run(PUBLISH_PICK, (pick.id, self.at, self.revision)).await;
        went.map_err(|error| picked_anew(error, "the story"))?;
        self.write.run(SHOW_VERSION, (pick.id, self.at)).await?;
        self.show_pick(pick, EventKind::PickPublished).await
    }

    /// Takes back a pick.
    pub(super) async fn withdraw_pick(&mut self, pick: &Pick) -> Result<(), StoreError> {
        self.write.run(WITHDRAW_PICK, (pick.id, self.at, self.revision)).await?;
        self.show_pick(pick, EventKind::PickWithdrawn).await
    }

    /// Tells of a pick that readers see otherwise now.
    pub(super) async fn show_pick(&mut self, pick: &Pick, kind: EventKind) -> Result<(), StoreError> {
        touch_story(self.write, pick, self.revision).await?;
        let (headline, correction): (String, String) = self.write.one(PICK_AS_TOLD, (pick.id,)).await?;
        let mut body = json!({
            "list": self.list.slug,
            "pick": pick.public_id,
            "headline": headline,
            "link": pick.original.link,
        });
        if kind == EventKind::PickCorrected
            && let Some(body) = body.as_object_mut()
        {
            body.insert("correction".to_owned(), correction.into());
        }
        self.tell(kind, body).await?;
        self.finish().await
    }

    /// Tells of an edition and the picks that stand in it.
    pub(super) async fn tell_of_edition(&mut self, edition: &Edition, kind: EventKind) -> Result<(), StoreError> {
        let picks: Vec<Named> = self.write.all(PICKS_TOLD, (edition.id,)).await?;
        let picks: Vec<String> = picks.into_iter().map(|pick| pick.public_id).collect();
        let mut body = json!({
            "list": self.list.slug,
            "edition": edition.public_id,
            "number": edition.number,
            "title": edition.title,
            "picks": picks,
        });
        if kind == EventKind::EditionScheduled
            && let Some(body) = body.as_object_mut()
        {
            body.insert("due_at".to_owned(), json!(edition.due_at));
        }
        self.tell(kind, body).await
    }

    /// Tells of the list itself.
    pub(super) async fn tell_of_list(&mut self, kind: EventKind) -> Result<(), StoreError> {
        let body = json!({ "list": self.list.slug });
        self.tell(kind, body).await
    }

    /// Makes the next edition of a list with a cadence, due at its first time after `after`, unless one is open already.
    pub(super) async fn make_next_edition(&mut self, after: Timestamp) -> Result<(), StoreError> {
        let Some(cadence) = self.rules.cadence.as_ref().filter(|_| self.list.archived_at.is_none()) else {
            return Ok(());
        };
        let (open,): (i64,) = self.write.one(OPEN_EDITIONS, (self.list.id,)).await?;
        let Some(due) = cadence.next(after).filter(|_| open == 0) else {
            return Ok(());
        };
        let (number,): (i64,) = self.write.one(NEXT_NUMBER, (self.list.id,)).await?;
        let title = Edition::title_of(number);
        let parameters = ((self.fresh_id)(), self.list.id, number, title, due, self.at);
        self.write.run(INSERT_EDITION, parameters).await?;
        Ok(())
    }

    /// Marks all that is out for followers: a rule that changes what readers see of it has changed.
    pub(super) async fn show_all(&mut self) -> Result<(), StoreError> {
        self.write.run(SHOW_ALL, (self.list.id, self.revision)).await?;
        self.finish().await
    }

    /// Moves the list's public revision and time on.
    pub(super) async fn finish(&mut self) -> Result<(), StoreError> {
        self.write
            .run(SHOW_LIST, (self.list.id, self.revision, self.at))
            .await?;
        Ok(())
    }

    async fn tell(&mut self, kind: EventKind, body: serde_json::Value) -> Result<(), StoreError> {
        let told = Told {
            kind,
            public: kind.changes_feeds(),
            body,
            at: self.at,
            public_id: (self.fresh_id)(),
        };
        tell(self.write, told).await?;
        Ok(())
    }
}

/// Marks the story of a pick as changed, or the one that it was joined into.
pub(super) async fn touch_story(write: &mut Write, pick: &Pick, revision: Revision) -> Result<(), StoreError> {
    write.run(TOUCH_STORY, (pick.story_id, revision)).await?;
    Ok(())
}

/// The pick as it stands in this write.
pub(super) async fn pick_in(write: &mut Write, id: PickId) -> Result<Pick, StoreError> {
    write.one(PICK, (id,)).await
}

/// The edition as it stands in this write.
pub(super) async fn edition_in(write: &mut Write, id: EditionId) -> Result<Edition, StoreError> {
    write.one(EDITION, (id,)).await
}

/// What was withdrawn cannot come back beside a newer pick of the same story.
fn picked_anew(error: StoreError, what: &str) -> StoreError {
    match error {
        StoreError::Taken(_) => StoreError::Refused(format!("{what} was picked for the list anew in the meantime")),
        other => other,
    }
}

const LIST: &str = "select id, slug, rules, public_at, archived_at from list where id = $1";

const PICK: &str = "\
select id, public_id, list_id, story_id, edition_id, position, stage, headline, excerpt, note, image, image_alt, topics,
    link, original_title, original_excerpt, original_image, original_image_alt, outlet, byline, language,
    source_published_at, source_slug, source_name, source_link, source_home, excerpt_words_max,
    made_at, made_by, due_at, published_at, withdrawn_at, corrected_at, correction, public_at, version
from pick where id = $1";

const EDITION: &str = "\
select id, public_id, list_id, number, title, intro, stage, due_at, published_at, withdrawn_at, made_at, changed_at, version
from edition where id = $1";

/// What was out before keeps its date and is told as a correction. Of a withdrawn edition, those come back that went with it.
const PUBLISH_PICKS: &str = "\
update pick set stage = 'published', due_at = null, withdrawn_at = null, public_at = $2, public_revision = $4,
    version = version + 1, corrected_at = case when published_at is null then corrected_at else $2 end,
    published_at = coalesce(published_at, $2)
where edition_id = $1 and (stage in ('draft', 'scheduled') or (stage = 'withdrawn' and withdrawn_at = $3))";

const PUBLISH_EDITION: &str = "\
update edition set stage = 'published', withdrawn_at = null, published_at = coalesce(published_at, $2), changed_at = $2,
    version = version + 1
where id = $1";

const SHOW_VERSIONS_OF_EDITION: &str = "\
update pick_version set shown_at = $2
where shown_at is null and pick_id in (select id from pick where edition_id = $1 and stage = 'published')
    and version = (select max(latest.version) from pick_version latest where latest.pick_id = pick_version.pick_id)";

const TOUCH_STORIES: &str = "\
update story set revision = $2
where id in (
    select coalesce(own.merged_into, own.id) from pick join story own on own.id = pick.story_id where pick.edition_id = $1)";

const WITHDRAW_PICKS: &str = "\
update pick set stage = 'withdrawn', withdrawn_at = $2, public_at = $2, public_revision = $3, version = version + 1
where edition_id = $1 and stage = 'published'";

const WITHDRAW_EDITION: &str = "\
update edition set stage = 'withdrawn', withdrawn_at = $2, changed_at = $2, version = version + 1 where id = $1";

const PUBLISH_PICK: &str = "\
update pick set stage = 'published', due_at = null, withdrawn_at = null, public_at = $2, public_revision = $3,
    version = version + 1, corrected_at = case when published_at is null then corrected_at else $2 end,
    published_at = coalesce(published_at, $2)
where id = $1";

const SHOW_VERSION: &str = "\
update pick_version set shown_at = $2
where pick_id = $1 and shown_at is null
    and version = (select max(latest.version) from pick_version latest where latest.pick_id = $1)";

const WITHDRAW_PICK: &str = "\
update pick set stage = 'withdrawn', withdrawn_at = $2, public_at = $2, public_revision = $3, version = version + 1
where id = $1";

const PICK_AS_TOLD: &str = "select headline, correction from pick where id = $1";

const PICKS_TOLD: &str = "\
select public_id from pick where edition_id = $1 and stage <> 'dropped' order by position, id";

const OPEN_EDITIONS: &str = "select count(*) from edition where list_id = $1 and stage in ('draft', 'scheduled')";

const NEXT_NUMBER: &str = "select coalesce(max(number), 0) + 1 from edition where list_id = $1";

const INSERT_EDITION: &str = "\
insert into edition (public_id, list_id, number, title, intro, stage, due_at, made_at, changed_at)
values ($1, $2, $3, $4, '', 'draft', $5, $6, $6)";

const SHOW_ALL: &str = "update pick set public_revision = $2 where list_id = $1 and stage = 'published'";

const SHOW_LIST: &str = "update list set public_revision = $2, public_at = $3 where id = $1";

const TOUCH_STORY: &str = "\
update story set revision = $2 where id = (select coalesce(merged_into, id) from story where id = $1)";
