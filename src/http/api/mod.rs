//! The read API, JSON under `/api/v1`: one file for each noun.

mod acts;
pub mod decisions;
pub mod personal;
pub mod reference;
pub mod search;
pub mod sources;
pub mod stories;
