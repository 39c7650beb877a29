//! From other people's servers to clean values.
//!
//! Knows the domain and other people's servers. Must not know the database, the index, or who is asking.
//! Everything that comes in here is hostile until it leaves as a type of the domain.

pub mod charset;
pub mod clean;
pub mod discover;
mod elements;
pub mod extract;
pub mod feed;
pub mod fence;
pub mod fetch;
pub mod guard;
pub mod list;
mod open_elements;
pub mod opml;
pub mod robots;
mod tags;
mod xml;
