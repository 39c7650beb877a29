//! From lists and sources to the bytes that readers fetch, one writer per format.
//!
//! Knows the domain and the formats. Must not know the database, the clock, or who is asking: the same rows give the same
//! bytes.

pub mod opml;
