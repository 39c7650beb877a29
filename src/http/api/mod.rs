//! The API, JSON under `/api/v1`: one file for each noun.

use uuid::Uuid;

mod acts;
pub mod decisions;
pub mod editors;
pub mod inquiries;
pub mod invitations;
pub mod personal;
pub mod reference;
pub mod search;
pub mod session;
pub mod sessions;
pub mod sources;
pub mod stories;
pub mod tokens;

/// Whether `text` is written as our public ids are. The databases do not agree on what a text may hold; an id holds none of it.
fn is_id(text: &str) -> bool {
    Uuid::parse_str(text).is_ok_and(|id| id.hyphenated().to_string() == text)
}
