//! Going out: scheduled, called back, published, withdrawn; each in one transaction.

use super::checks::refuse_errors;
use super::db::Write;
use super::press::{Press, edition_in, pick_in, touch_story};
use super::{Acting, Revision, Store, StoreError};
use crate::domain::event::EventKind;
use crate::domain::list::{Act, Edition, EditionId, NotNow, Pick, PickId, Stage};
use crate::domain::time::Timestamp;

/// Editions, and picks, that go out in one transaction at the most; what is beyond goes with the next.
const DUE_AT_ONCE_MAX: i64 = 64;

/// What went out because its time had come, by its names outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WentOut {
    /// Editions.
    pub editions: Vec<String>,
    /// Picks that stand in no edition.
    pub picks: Vec<String>,
    /// Editions that had lost all their picks: drafts again.
    pub called_back: Vec<String>,
}

impl WentOut {
    /// Whether nothing was due.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Store {
    /// When the next edition or pick goes out by itself.
    pub async fn next_publication(&self) -> Result<Option<Timestamp>, StoreError> {
        let (due,): (Option<Timestamp>,) = self.db.one(NEXT_DUE, ()).await?;
        Ok(due)
    }

    /// Lets out whatever is due at `now`: all of it or nothing, each once, however many call this at the same time.
    pub async fn publish_due(&self, now: Timestamp, fresh_id: fn() -> String) -> Result<WentOut, StoreError> {
        let mut went = WentOut::default();
        if self.next_publication().await?.is_none_or(|due| due > now) {
            return Ok(went);
        }
        let (mut write, revision) = self.write().await?;
        let editions: Vec<Edition> = write.all(DUE_EDITIONS, (now, DUE_AT_ONCE_MAX)).await?;
        for edition in editions {
            let mut press = Press::start(&mut write, edition.list_id, revision, now, fresh_id).await?;
            if press.publish_edition(&edition).await? > 0 {
                went.editions.push(edition.public_id);
            } else {
                call_back(&mut write, &edition, now).await?;
                went.called_back.push(edition.public_id);
            }
        }
        let picks: Vec<Pick> = write.all(DUE_PICKS, (now, DUE_AT_ONCE_MAX)).await?;
        for pick in picks {
            let mut press = Press::start(&mut write, pick.list_id, revision, now, fresh_id).await?;
            press.publish_pick(&pick).await?;
            went.picks.push(pick.public_id);
        }
        write.commit().await?;
        Ok(went)
    }

    /// Lets an edition go out by itself at `due`, or when it is meant to. Refused if that has passed, or if a check finds an
    /// error.
    pub async fn schedule_edition(
        &self,
        id: EditionId,
        due: Option<Timestamp>,
        acting: Acting,
    ) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let mut edition = edition_in(&mut write, id).await?;
        edition.stage.after(Act::Schedule)?;
        let due = future(due.or(edition.due_at), acting.at)?;
        edition.due_at = Some(due);
        let mut press = Press::start(&mut write, edition.list_id, revision, acting.at, acting.fresh_id).await?;
        press.must_be_in_use()?;
        let picks = open_picks(press.write, id).await?;
        refuse_errors(press.rules(), Some(&picks), &picks)?;
        press.write.run(SCHEDULE_EDITION, (id, due, acting.at)).await?;
        press.write.run(SCHEDULE_PICKS, (id, due)).await?;
        touch_stories(press.write, &picks, revision).await?;
        press.tell_of_edition(&edition, EventKind::EditionScheduled).await?;
        write.commit().await
    }

    /// Makes a draft of a scheduled edition; the time it was meant for stays.
    pub async fn call_back_edition(&self, id: EditionId, acting: Acting) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let edition = edition_in(&mut write, id).await?;
        edition.stage.after(Act::CallBack)?;
        let picks = open_picks(&mut write, id).await?;
        call_back(&mut write, &edition, acting.at).await?;
        touch_stories(&mut write, &picks, revision).await?;
        write.commit().await
    }

    /// Lets an edition out now, or back if it was withdrawn. Refused if a check finds an error.
    pub async fn publish_edition(&self, id: EditionId, acting: Acting) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let edition = edition_in(&mut write, id).await?;
        edition.stage.after(Act::Publish)?;
        let mut press = Press::start(&mut write, edition.list_id, revision, acting.at, acting.fresh_id).await?;
        press.must_be_in_use()?;
        if edition.stage.is_open() {
            let picks = open_picks(press.write, id).await?;
            refuse_errors(press.rules(), Some(&picks), &picks)?;
        }
        if press.publish_edition(&edition).await? == 0 {
            return Err(StoreError::Refused("there is no pick in it".to_owned()));
        }
        write.commit().await
    }

    /// Takes an edition back, and its picks with it.
    pub async fn withdraw_edition(&self, id: EditionId, acting: Acting) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let edition = edition_in(&mut write, id).await?;
        edition.stage.after(Act::Withdraw)?;
        let mut press = Press::start(&mut write, edition.list_id, revision, acting.at, acting.fresh_id).await?;
        press.withdraw_edition(&edition).await?;
        write.commit().await
    }

    /// Lets a pick that stands in no edition go out by itself at `due`.
    pub async fn schedule_pick(&self, id: PickId, due: Timestamp, acting: Acting) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let pick = alone(&mut write, id).await?;
        pick.stage.after(Act::Schedule)?;
        let due = future(Some(due), acting.at)?;
        let press = Press::start(&mut write, pick.list_id, revision, acting.at, acting.fresh_id).await?;
        press.must_be_in_use()?;
        refuse_errors(press.rules(), None, std::slice::from_ref(&pick))?;
        write.run(SCHEDULE_PICK, (id, due)).await?;
        touch_story(&mut write, &pick, revision).await?;
        write.commit().await
    }

    /// Makes a draft of a scheduled pick.
    pub async fn call_back_pick(&self, id: PickId) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let pick = alone(&mut write, id).await?;
        pick.stage.after(Act::CallBack)?;
        write.run(CALL_BACK_PICK, (id,)).await?;
        touch_story(&mut write, &pick, revision).await?;
        write.commit().await
    }

    /// Lets a pick out now, or back if it was withdrawn.
    pub async fn publish_pick(&self, id: PickId, acting: Acting) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let pick = alone(&mut write, id).await?;
        pick.stage.after(Act::Publish)?;
        let mut press = Press::start(&mut write, pick.list_id, revision, acting.at, acting.fresh_id).await?;
        press.must_be_in_use()?;
        refuse_errors(press.rules(), None, std::slice::from_ref(&pick))?;
        press.publish_pick(&pick).await?;
        write.commit().await
    }

    /// Takes a pick back, also out of an edition that stays.
    pub async fn withdraw_pick(&self, id: PickId, acting: Acting) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let pick = pick_in(&mut write, id).await?;
        pick.stage.after(Act::Withdraw)?;
        let mut press = Press::start(&mut write, pick.list_id, revision, acting.at, acting.fresh_id).await?;
        press.withdraw_pick(&pick).await?;
        write.commit().await
    }
}

impl From<NotNow> for StoreError {
    fn from(refusal: NotNow) -> Self {
        Self::Refused(refusal.to_string())
    }
}

/// A pick that comes and goes by itself: it stands in no edition, or in one that is out.
async fn alone(write: &mut Write, id: PickId) -> Result<Pick, StoreError> {
    let pick = pick_in(write, id).await?;
    let Some(edition) = pick.edition_id else {
        return Ok(pick);
    };
    let edition = edition_in(write, edition).await?;
    if edition.stage == Stage::Published {
        return Ok(pick);
    }
    let why = format!(
        "it stands in an edition that is {}, and goes out with that",
        edition.stage.as_str()
    );
    Err(StoreError::Refused(why))
}

async fn open_picks(write: &mut Write, edition: EditionId) -> Result<Vec<Pick>, StoreError> {
    write.all(OPEN_PICKS, (edition,)).await
}

async fn call_back(write: &mut Write, edition: &Edition, now: Timestamp) -> Result<(), StoreError> {
    write.run(CALL_BACK_EDITION, (edition.id, now)).await?;
    write.run(CALL_BACK_PICKS, (edition.id,)).await?;
    Ok(())
}

async fn touch_stories(write: &mut Write, picks: &[Pick], revision: Revision) -> Result<(), StoreError> {
    for pick in picks {
        touch_story(write, pick, revision).await?;
    }
    Ok(())
}

fn future(due: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, StoreError> {
    match due {
        Some(due) if due > now => Ok(due),
        Some(_) => Err(StoreError::Refused(
            "that time has passed; publish it now instead".to_owned(),
        )),
        None => Err(StoreError::Refused("say when: it has no time of its own".to_owned())),
    }
}

const NEXT_DUE: &str = "\
select min(due_at) from (
    select min(due_at) as due_at from edition where stage = 'scheduled'
    union all
    select min(due_at) as due_at from pick where stage = 'scheduled' and edition_id is null) next";

const DUE_EDITIONS: &str = "\
select id, public_id, list_id, number, title, intro, stage, due_at, published_at, withdrawn_at, made_at, changed_at, version
from edition where stage = 'scheduled' and due_at <= $1 order by due_at, id limit $2";

const DUE_PICKS: &str = "\
select id, public_id, list_id, story_id, edition_id, position, stage, headline, excerpt, note, image, image_alt, topics,
    link, original_title, original_excerpt, original_image, original_image_alt, outlet, byline, language,
    source_published_at, source_slug, source_name, source_link, source_home, excerpt_words_max,
    made_at, made_by, due_at, published_at, withdrawn_at, corrected_at, correction, public_at, version
from pick where stage = 'scheduled' and edition_id is null and due_at <= $1 order by due_at, position, id limit $2";

const OPEN_PICKS: &str = "\
select id, public_id, list_id, story_id, edition_id, position, stage, headline, excerpt, note, image, image_alt, topics,
    link, original_title, original_excerpt, original_image, original_image_alt, outlet, byline, language,
    source_published_at, source_slug, source_name, source_link, source_home, excerpt_words_max,
    made_at, made_by, due_at, published_at, withdrawn_at, corrected_at, correction, public_at, version
from pick where edition_id = $1 and stage in ('draft', 'scheduled') order by position, id";

const SCHEDULE_EDITION: &str = "\
update edition set stage = 'scheduled', due_at = $2, changed_at = $3, version = version + 1 where id = $1";

const SCHEDULE_PICKS: &str = "\
update pick set stage = 'scheduled', due_at = $2, version = version + 1
where edition_id = $1 and stage in ('draft', 'scheduled')";

const CALL_BACK_EDITION: &str = "\
update edition set stage = 'draft', changed_at = $2, version = version + 1 where id = $1";

const CALL_BACK_PICKS: &str = "\
update pick set stage = 'draft', due_at = null, version = version + 1 where edition_id = $1 and stage = 'scheduled'";

const SCHEDULE_PICK: &str = "update pick set stage = 'scheduled', due_at = $2, version = version + 1 where id = $1";

const CALL_BACK_PICK: &str = "update pick set stage = 'draft', due_at = null, version = version + 1 where id = $1";
