//! The one test program: docent seen from outside.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]
#![expect(
    clippy::print_stdout,
    clippy::format_push_string,
    clippy::format_collect,
    clippy::similar_names,
    clippy::cast_precision_loss,
    reason = "a test that steps aside says so, writes its fixtures plainly and counts little"
)]

mod accounts;
mod api;
mod authorisation;
mod backup;
mod browser;
mod cli;
mod copies;
mod crash;
mod curating;
mod deciding;
mod decisions;
mod decisions_random;
mod demo;
mod desk;
mod desk_lists;
mod desk_settings;
mod desk_sources;
mod desk_story;
mod disk;
mod evil;
mod extract;
mod feeds;
mod fetch;
mod fetch_body;
mod fetch_guard;
mod finding;
mod following;
mod formats;
mod grouping;
mod house;
mod inquiries;
mod lists;
mod museum;
mod openapi;
mod outages;
mod outbox;
mod outputs;
mod polling;
mod polling_faults;
mod polling_pages;
mod polling_rules;
mod publishing;
mod readers;
mod searching;
mod settling;
mod site;
mod stopping;
mod store;
mod support;
mod telling;
mod tips;
mod walk;
