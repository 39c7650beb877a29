//! What editors write in a pick: changed, gone back to, and kept in every version.

use super::db::Write;
use super::picks::{keep_topics, keep_version};
use super::press::{Press, pick_in, touch_story};
use super::{Acting, Revision, Store, StoreError, to_json};
use crate::domain::event::EventKind;
use crate::domain::link::Link;
use crate::domain::list::{Part, Pick, PickId, PickText, Stage, Topics, Version, Wording, merge};
use crate::domain::time::Timestamp;

/// What is to be otherwise in a pick; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PickChange {
    /// Our headline.
    pub headline: Option<String>,
    /// What is quoted.
    pub excerpt: Option<String>,
    /// Why it is worth reading.
    pub note: Option<String>,
    /// The picture, or none.
    pub image: Option<Option<Link>>,
    /// What the picture shows.
    pub image_alt: Option<Option<String>>,
    /// What it is about.
    pub topics: Option<Topics>,
    /// What readers are told of a change after it had gone out.
    pub correction: Option<String>,
}

/// What a pick is taken back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreFrom {
    /// The excerpt as it was on the day of the pick.
    OriginalExcerpt,
    /// Headline, excerpt and picture as they were on the day of the pick; note and topics stay.
    Original,
    /// All that stood in an earlier version.
    Version(Version),
}

/// What stood in a pick after a change.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct PickVersion {
    /// The pick's version by that change.
    pub version: Version,
    /// When.
    pub at: Timestamp,
    /// Who changed it.
    pub changed_by: String,
    /// What stood in it.
    #[sqlx(flatten)]
    pub text: PickText,
    /// What readers were told.
    pub correction: String,
    /// When readers first saw it; none if they never did.
    pub shown_at: Option<Timestamp>,
}

impl Store {
    /// Changes what is written in a pick of which the caller saw `version`; [`StoreError::Outdated`] if it is another by now.
    /// After it has gone out that is a correction, which readers see as such.
    pub async fn change_pick(
        &self,
        id: PickId,
        version: Version,
        change: PickChange,
        acting: Acting,
    ) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let pick = current(&mut write, id, version).await?;
        let text = PickText {
            headline: change.headline.unwrap_or_else(|| pick.text.headline.clone()),
            excerpt: change.excerpt.unwrap_or_else(|| pick.text.excerpt.clone()),
            note: change.note.unwrap_or_else(|| pick.text.note.clone()),
            image: change.image.unwrap_or_else(|| pick.text.image.clone()),
            image_alt: change.image_alt.unwrap_or_else(|| pick.text.image_alt.clone()),
            topics: change.topics.unwrap_or_else(|| pick.text.topics.clone()),
        };
        let correction = change.correction.unwrap_or_else(|| pick.correction.clone());
        rewrite(&mut write, revision, &pick, text, correction, acting).await?;
        write.commit().await
    }

    /// Changes what is written in a pick as [`Store::change_pick`] does, by somebody who made `mine` of `base`, whatever it is
    /// by now: what others changed meanwhile stays, and so do the parts that both changed, which are named.
    pub async fn mend_pick(
        &self,
        id: PickId,
        base: &Wording,
        mine: &Wording,
        acting: Acting,
    ) -> Result<Vec<Part>, StoreError> {
        let (mut write, revision) = self.write().await?;
        let pick = pick_in(&mut write, id).await?;
        must_stand(&pick)?;
        let theirs = Wording {
            text: pick.text.clone(),
            correction: pick.correction.clone(),
        };
        let (merged, clashes) = merge(base, mine, &theirs);
        rewrite(&mut write, revision, &pick, merged.text, merged.correction, acting).await?;
        write.commit().await?;
        Ok(clashes)
    }

    /// Takes a pick back to what it was; a change like any other. [`StoreError::Missing`] if there is no such version.
    pub async fn restore_text(
        &self,
        id: PickId,
        version: Version,
        from: RestoreFrom,
        acting: Acting,
    ) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let pick = current(&mut write, id, version).await?;
        let original = &pick.original;
        let text = match from {
            RestoreFrom::OriginalExcerpt => PickText {
                excerpt: original.original_excerpt.clone(),
                ..pick.text.clone()
            },
            RestoreFrom::Original => PickText {
                headline: original.original_title.clone(),
                excerpt: original.original_excerpt.clone(),
                image: original.original_image.clone(),
                image_alt: original.original_image_alt.clone(),
                ..pick.text.clone()
            },
            RestoreFrom::Version(version) => write.one(TEXT_OF_VERSION, (id, version)).await?,
        };
        let correction = pick.correction.clone();
        rewrite(&mut write, revision, &pick, text, correction, acting).await?;
        write.commit().await
    }

    /// Every version of a pick's text, the latest first.
    pub async fn pick_versions(&self, id: PickId) -> Result<Vec<PickVersion>, StoreError> {
        self.db.all(VERSIONS, (id,)).await
    }
}

async fn current(write: &mut Write, id: PickId, version: Version) -> Result<Pick, StoreError> {
    let pick = pick_in(write, id).await?;
    if pick.version != version {
        return Err(StoreError::Outdated);
    }
    must_stand(&pick)?;
    Ok(pick)
}

fn must_stand(pick: &Pick) -> Result<(), StoreError> {
    if pick.stage == Stage::Dropped {
        let why = "it was taken from the list; put it back first";
        return Err(StoreError::Refused(why.to_owned()));
    }
    Ok(())
}

/// Writes what stands in a pick from now on. What does not change anything is no change.
async fn rewrite(
    write: &mut Write,
    revision: Revision,
    pick: &Pick,
    text: PickText,
    correction: String,
    acting: Acting,
) -> Result<(), StoreError> {
    if text == pick.text && correction == pick.correction {
        return Ok(());
    }
    let topics = text.topics.clone();
    let parameters = (
        pick.id,
        text.headline,
        text.excerpt,
        text.note,
        text.image,
        text.image_alt,
        to_json(&topics),
        correction,
    );
    write.run(REWRITE, parameters).await?;
    keep_topics(write, pick.id, &topics).await?;
    if pick.stage != Stage::Published {
        touch_story(write, pick, revision).await?;
        return keep_version(write, pick.id, acting.by, acting.at).await;
    }
    let mut press = Press::start(write, pick.list_id, revision, acting.at, acting.fresh_id).await?;
    press.write.run(CORRECT, (pick.id, press.at, revision)).await?;
    keep_version(press.write, pick.id, acting.by, press.at).await?;
    press.show_pick(pick, EventKind::PickCorrected).await
}

const TEXT_OF_VERSION: &str = "\
select headline, excerpt, note, image, image_alt, topics from pick_version where pick_id = $1 and version = $2";

const VERSIONS: &str = "\
select v.version, v.at, e.shown_name as changed_by, v.headline, v.excerpt, v.note, v.image, v.image_alt, v.topics, v.correction,
    v.shown_at
from pick_version v
join editor e on e.id = v.editor_id
where v.pick_id = $1
order by v.version desc";

const REWRITE: &str = "\
update pick set headline = $2, excerpt = $3, note = $4, image = $5, image_alt = $6, topics = $7, correction = $8,
    version = version + 1
where id = $1";

const CORRECT: &str = "update pick set corrected_at = $2, public_at = $2, public_revision = $3 where id = $1";
