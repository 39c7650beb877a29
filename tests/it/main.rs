//! The one test program: docent seen from outside.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]

mod evil;
mod extract;
mod feeds;
mod fetch;
mod fetch_body;
mod fetch_guard;
mod grouping;
mod house;
mod museum;
mod settling;
mod store;
mod support;
