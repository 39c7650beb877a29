//! The API, JSON under `/api/v1`: one file for each noun.

use uuid::Uuid;

use super::caller::Caller;
use super::error::Problem;
use super::state::State;
use crate::store::Acting;

mod acts;
pub mod decisions;
pub mod deliveries;
pub mod editions;
pub mod editors;
pub mod events;
pub mod inquiries;
pub mod invitations;
pub mod lists;
pub mod personal;
pub mod pick_answer;
pub mod picks;
pub mod previews;
pub mod published;
pub mod reference;
pub mod runs;
pub mod search;
pub mod searches;
pub mod session;
pub mod sessions;
pub mod sources;
pub mod stories;
pub mod tokens;
pub mod webhooks;

/// Whether `text` is written as our public ids are. The databases do not agree on what a text may hold; an id holds none of it.
fn is_id(text: &str) -> bool {
    Uuid::parse_str(text).is_ok_and(|id| id.hyphenated().to_string() == text)
}

/// `text` as the name of a `what`, if it is written as such names are.
pub fn public_id(text: &str, what: &str) -> Result<String, Problem> {
    is_id(text)
        .then(|| text.to_owned())
        .ok_or_else(|| Problem::not_found(what))
}

/// The caller as somebody who acts now.
pub fn acting(caller: &Caller, state: &State) -> Acting {
    Acting {
        by: caller.id,
        at: state.clock.now(),
        fresh_id: state.fresh_id,
    }
}
