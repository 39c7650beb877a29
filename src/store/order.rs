//! Order by hand: picks are moved among each other, and into editions and out of them.

use super::db::Write;
use super::picks::GAP;
use super::press::{Press, edition_in, pick_in, touch_story};
use super::{Acting, Store, StoreError, json};
use crate::domain::event::EventKind;
use crate::domain::list::{EditionId, ListRules, Pick, PickId, Place, Stage, room_at};
use crate::domain::time::Timestamp;

/// Picks in an edition at the most.
const PICKS_AN_EDITION_MAX: usize = 200;

/// Where a pick is moved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Into an edition, or out of any (`Some(None)`); by `None` it stays where it is, or goes where its new neighbour stands.
    pub edition: Option<Option<EditionId>>,
    /// Its place there.
    pub place: Place,
}

impl Store {
    /// Moves a pick. What has gone out, or was withdrawn, stays in its edition.
    pub async fn move_pick(&self, id: PickId, to: Move, acting: Acting) -> Result<(), StoreError> {
        let (mut write, revision) = self.write().await?;
        let pick = pick_in(&mut write, id).await?;
        let edition = target(&mut write, &pick, to).await?;
        let stays = edition == pick.edition_id;
        if !stays {
            settle_in(&mut write, &pick, edition, acting.at).await?;
            touch_story(&mut write, &pick, revision).await?;
        }
        let order = order_of(&mut write, &pick, edition).await?;
        put(&mut write, &pick, edition, &order, to.place).await?;
        if stays && edition.is_some() && pick.stage == Stage::Published {
            let mut press = Press::start(&mut write, pick.list_id, revision, acting.at, acting.fresh_id).await?;
            press.tell_of_list(EventKind::ListChanged).await?;
            press.finish().await?;
        }
        write.commit().await
    }
}

impl Store {
    /// Puts picks that wait into an edition, those put there last, until it has as many as its list aims at. How many; refused
    /// where the list aims at no number.
    pub async fn fill_edition(&self, id: EditionId, acting: Acting) -> Result<usize, StoreError> {
        let (mut write, revision) = self.write().await?;
        let edition = edition_in(&mut write, id).await?;
        let (rules,): (String,) = write.one(RULES, (edition.list_id,)).await?;
        let Some(target) = json::<ListRules>(&rules, "the rules of a list")?.target else {
            let why = "the list does not say how many picks an edition should have";
            return Err(StoreError::Refused(why.to_owned()));
        };
        let (count,): (i64,) = write.one(COUNT, (id,)).await?;
        let room = i64::from(target).saturating_sub(count).max(0);
        let waiting: Vec<(PickId,)> = write.all(LAST_WAITING, (edition.list_id, room)).await?;
        for (pick,) in &waiting {
            let pick = pick_in(&mut write, *pick).await?;
            settle_in(&mut write, &pick, Some(id), acting.at).await?;
            touch_story(&mut write, &pick, revision).await?;
            let order = order_of(&mut write, &pick, Some(id)).await?;
            put(&mut write, &pick, Some(id), &order, Place::Last).await?;
        }
        write.commit().await?;
        Ok(waiting.len())
    }
}

/// The edition that the pick will stand in.
async fn target(write: &mut Write, pick: &Pick, to: Move) -> Result<Option<EditionId>, StoreError> {
    if pick.stage == Stage::Dropped {
        return Err(StoreError::Refused("it was taken from the list".to_owned()));
    }
    let neighbour = match to.place {
        Place::Before(neighbour) | Place::After(neighbour) if neighbour != pick.id => {
            Some(pick_in(write, neighbour).await?)
        }
        _ => None,
    };
    let edition = match (to.edition, &neighbour) {
        (Some(edition), _) => edition,
        (None, Some(neighbour)) => neighbour.edition_id,
        (None, None) => pick.edition_id,
    };
    let is_there = |other: &Pick| {
        let placed = edition.is_some() || other.stage.is_open();
        other.list_id == pick.list_id && other.edition_id == edition && other.stage != Stage::Dropped && placed
    };
    if neighbour.as_ref().is_some_and(|other| !is_there(other)) {
        return Err(StoreError::Refused(
            "the pick that it is to stand beside stands elsewhere".to_owned(),
        ));
    }
    Ok(edition)
}

/// Takes the pick into another edition, or out of its own: its stage becomes that of the edition.
async fn settle_in(
    write: &mut Write,
    pick: &Pick,
    edition: Option<EditionId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !pick.stage.is_open() {
        let why = format!("it is {} and stays where it is", pick.stage.as_str());
        return Err(StoreError::Refused(why));
    }
    let (stage, due) = match edition {
        None => (Stage::Draft, None),
        Some(id) => {
            let edition = edition_in(write, id).await?;
            if edition.list_id != pick.list_id {
                return Err(StoreError::Refused("the edition is one of another list".to_owned()));
            }
            match edition.stage {
                Stage::Draft => (Stage::Draft, None),
                Stage::Scheduled => (Stage::Scheduled, edition.due_at),
                other => {
                    let why = format!("the edition is {}; nothing more goes into it", other.as_str());
                    return Err(StoreError::Refused(why));
                }
            }
        }
    };
    write.run(SETTLE, (pick.id, edition, stage, due)).await?;
    for changed in [pick.edition_id, edition].into_iter().flatten() {
        write.run(CHANGE_EDITION, (changed, now)).await?;
    }
    Ok(())
}

/// The picks that stand there, without this one, and their positions.
async fn order_of(
    write: &mut Write,
    pick: &Pick,
    edition: Option<EditionId>,
) -> Result<Vec<(PickId, i64)>, StoreError> {
    let Some(edition) = edition else {
        return write.all(UNPLACED, (pick.list_id, pick.id)).await;
    };
    let order: Vec<(PickId, i64)> = write.all(IN_EDITION, (edition, pick.id)).await?;
    if order.len() >= PICKS_AN_EDITION_MAX {
        return Err(StoreError::Refused(format!(
            "an edition holds {PICKS_AN_EDITION_MAX} picks at the most"
        )));
    }
    Ok(order)
}

/// Writes the new position; where neighbours have come too near to each other, all are counted anew.
async fn put(
    write: &mut Write,
    pick: &Pick,
    edition: Option<EditionId>,
    order: &[(PickId, i64)],
    place: Place,
) -> Result<(), StoreError> {
    let own = (edition == pick.edition_id).then_some(pick.position);
    let Some(room) = room_at(order, pick.id, own, place, GAP) else {
        return Err(StoreError::Refused(
            "the pick that it is to stand beside stands elsewhere".to_owned(),
        ));
    };
    if let Some(position) = room.position {
        write.run(PUT, (pick.id, position)).await?;
        return Ok(());
    }
    let (before, after) = order.split_at_checked(room.index).unwrap_or((order, &[]));
    let others = |part: &[(PickId, i64)]| part.iter().map(|(id, _)| *id).collect::<Vec<PickId>>();
    let all = [others(before), vec![pick.id], others(after)].concat();
    for (number, id) in (1_i64..).zip(all) {
        write.run(PUT, (id, number.saturating_mul(GAP))).await?;
    }
    Ok(())
}

const RULES: &str = "select rules from list where id = $1";

const COUNT: &str = "select count(*) from pick where edition_id = $1 and stage in ('draft', 'scheduled')";

const LAST_WAITING: &str = "\
select id from pick
where list_id = $1 and edition_id is null and stage = 'draft' order by position desc, id desc limit $2";

const SETTLE: &str = "\
update pick set edition_id = $2, stage = $3, due_at = $4, version = version + 1 where id = $1";

const CHANGE_EDITION: &str = "update edition set changed_at = $2 where id = $1";

const UNPLACED: &str = "\
select id, position from pick
where list_id = $1 and edition_id is null and stage in ('draft', 'scheduled') and id <> $2 order by position, id";

const IN_EDITION: &str = "\
select id, position from pick where edition_id = $1 and stage <> 'dropped' and id <> $2 order by position, id";

const PUT: &str = "update pick set position = $2 where id = $1";
