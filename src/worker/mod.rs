//! The driver that follows time: polls sources, carries changes into the index, sweeps.
//!
//! Knows every room of the floor below. Must not know requests: who wants something of it writes a date into the store.

use std::time::Duration;

use tokio::sync::Mutex;

use crate::domain::time::{Clock, Timestamp};
use crate::ingest::extract::Pool;
use crate::ingest::fetch::Fetcher;
use crate::store::Store;
use crate::store::polls::Neighbourhood;

mod article;
pub mod compare;
pub mod discover;
mod elsewhere;
pub mod follow;
mod history;
mod holding;
pub mod inquiries;
pub mod outbox;
mod pages;
pub mod poll;
pub mod presence;
pub mod publish;
mod reading;
pub mod reread;
mod robots;
pub mod schedule;
mod settle;
pub mod sources;
pub mod sweep;

pub use history::Histories;
pub use holding::Holding;
pub use outbox::Hub;
pub use robots::RobotsKept;

/// What a worker works with.
pub struct Tools {
    /// The store.
    pub store: Store,
    /// The one way out.
    pub fetcher: Fetcher,
    /// The threads that read pages.
    pub extractors: Pool,
    /// The recent articles that new ones are placed among.
    pub near: Mutex<Neighbourhood>,
    /// How the sources did lately.
    pub histories: Histories,
    /// What sites ask of robots.
    pub robots: RobotsKept,
    /// This worker's name, under which it holds leases.
    pub name: String,
    /// Who is told that feeds have changed, where there is somebody.
    pub hub: Option<Hub>,
    /// The pause between two requests to one host.
    pub gap: Duration,
    /// Polls at once of one host.
    pub per_host: u32,
    /// Polls at once in all.
    pub at_once: u32,
    /// The time.
    pub clock: Clock,
    /// A name that nothing else has.
    pub fresh_id: fn() -> String,
}

impl Tools {
    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
