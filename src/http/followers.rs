//! Who follows the stream of events just now: each editor a few times at the most.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::editor::EditorId;

/// Streams of one editor at once.
const STREAMS_EACH_MAX: usize = 8;

/// Those who follow. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Followers(Arc<Mutex<HashMap<EditorId, usize>>>);

/// One who follows, for as long as this lives.
#[derive(Debug)]
pub struct Seat {
    followers: Followers,
    editor: EditorId,
}

impl Followers {
    /// Takes a seat for `editor`, if they have one left.
    pub fn join(&self, editor: EditorId) -> Option<Seat> {
        let mut seats = self.lock();
        let taken = seats.entry(editor).or_default();
        if *taken >= STREAMS_EACH_MAX {
            return None;
        }
        *taken += 1;
        let followers = self.clone();
        Some(Seat { followers, editor })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EditorId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.followers.lock();
        if let Some(taken) = seats.get_mut(&self.editor) {
            *taken = taken.saturating_sub(1);
            if *taken == 0 {
                seats.remove(&self.editor);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_free_again_when_its_stream_ends() {
        let followers = Followers::default();
        let seats: Vec<_> = (0..STREAMS_EACH_MAX).map(|_| followers.join(EditorId(1))).collect();
        assert!(seats.iter().all(Option::is_some));
        assert!(followers.join(EditorId(1)).is_none());
        assert!(followers.join(EditorId(2)).is_some());
        drop(seats);
        assert!(followers.join(EditorId(1)).is_some());
    }
}
