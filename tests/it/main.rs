//! The one test program: docent seen from outside.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it saw, also in what it calls"
)]

mod evil;
mod feeds;
mod fetch;
mod fetch_body;
mod fetch_guard;
mod grouping;
mod house;
mod settling;
mod store;
mod support;
