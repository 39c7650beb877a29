//! Places in an order made by hand: numbers with room between them.

use super::PickId;

/// A place among others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before all others.
    First,
    /// Behind all others.
    Last,
    /// Right before another.
    Before(PickId),
    /// Right behind another.
    After(PickId),
}

/// Where there is room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// How many stand before it.
    pub index: usize,
    /// The number between the neighbours' numbers; none if they have come too near to each other.
    pub position: Option<i64>,
}

/// The room for `pick` at `place` among `others` (in their order, without it). `own` is its present number if it stands among
/// them: beside itself, it stays. `None` if the neighbour is not among them.
pub fn room_at(others: &[(PickId, i64)], pick: PickId, own: Option<i64>, place: Place, gap: i64) -> Option<Room> {
    let find = |neighbour: PickId| others.iter().position(|(id, _)| *id == neighbour);
    let index = match place {
        Place::First => 0,
        Place::Last => others.len(),
        Place::Before(neighbour) | Place::After(neighbour) if neighbour == pick => {
            let own = own?;
            let index = others
                .iter()
                .take_while(|(id, position)| (*position, *id) < (own, pick))
                .count();
            return Some(Room {
                index,
                position: Some(own),
            });
        }
        Place::Before(neighbour) => find(neighbour)?,
        Place::After(neighbour) => find(neighbour)? + 1,
    };
    let before = index
        .checked_sub(1)
        .and_then(|at| others.get(at))
        .map(|(_, position)| *position);
    let after = others.get(index).map(|(_, position)| *position);
    let position = match (before, after) {
        (None, None) => Some(gap),
        (Some(before), None) => before.checked_add(gap),
        (None, Some(after)) => after.checked_sub(gap),
        (Some(before), Some(after)) => {
            let middle = before.midpoint(after);
            (before < middle && middle < after).then_some(middle)
        }
    };
    Some(Room { index, position })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_at_each_place() {
        let (a, b, c, moved) = (PickId(1), PickId(2), PickId(3), PickId(9));
        let others = [(a, 10), (b, 20), (c, 21)];
        let room = |index, position| Some(Room { index, position });
        for (place, own, expected) in [
            (Place::First, None, room(0, Some(0))),
            (Place::Last, None, room(3, Some(31))),
            (Place::Before(a), None, room(0, Some(0))),
            (Place::After(a), None, room(1, Some(15))),
            (Place::Before(c), None, room(2, None)),
            (Place::After(c), None, room(3, Some(31))),
            (Place::Before(moved), Some(15), room(1, Some(15))),
            (Place::Before(moved), None, None),
            (Place::Before(PickId(7)), None, None),
        ] {
            assert_eq!(room_at(&others, moved, own, place, 10), expected, "{place:?}");
        }
        assert_eq!(room_at(&[], moved, None, Place::Last, 10), room(0, Some(10)));
        assert_eq!(room_at(&[(a, i64::MAX)], moved, None, Place::Last, 10), room(1, None));
    }
}
