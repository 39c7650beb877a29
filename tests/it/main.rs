//! The one test program: docent seen from outside.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::similar_names,
    reason = "a test fails by panicking, also in what it calls; it tells what it left out, reads its own environment, and counts little"
)]

mod api;
mod cli;
mod evil;
mod extract;
mod feeds;
mod fetch;
mod fetch_body;
mod fetch_guard;
mod grouping;
mod house;
mod museum;
mod openapi;
mod settling;
mod store;
mod support;
