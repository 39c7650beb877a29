//! From other people's servers to clean values.
//!
//! Knows the domain and other people's servers. Must not know the database, the index, or who is asking.
//! Everything that comes in here is hostile until it leaves as a type of the domain.

pub mod charset;
pub mod clean;
mod elements;
pub mod extract;
pub mod fence;
mod open_elements;
mod tags;
