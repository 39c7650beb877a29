//! `docent demo`: the whole service on outlets that do not exist, served by the program itself and really polled.
//!
//! Knows everything below the roof, and starts the service by `app`. Nothing must know it but the command: what is other in a
//! demonstration the service is told (`http::Demo`).
//! Before it serves it lives through some weeks, day by day, with a clock of its own: so stories were found, editors decided and
//! editions went out on days of the past, by the same functions as always.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::Context;
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use crate::app::{self, Service};
use crate::config::{self, Fetching, Serving, Settings, SourcesFile, Storage};
use crate::domain::time::{Clock, Timestamp};
use crate::ending::Signals;
use crate::http::Demo;
use crate::store::Store;
use crate::worker::{self, schedule};

mod document;
mod folder;
mod history;
mod origin;
mod picture;
mod texts;
mod wishes;

use folder::Folder;
use history::Desk;
use origin::Origin;

/// How many days it lives through before it serves.
const DAYS: u64 = 34;
/// The desk opens so many days before the start: some stories are there by then.
const DESK_DAYS: u64 = 29;
/// When the first of the stories arrives that come while it runs, after the start.
const FIRST_ARRIVAL: Duration = Duration::from_secs(40);
/// How long each of the others lets wait for it.
const NEXT_ARRIVAL: Duration = Duration::from_secs(75);
/// Polls at once of one outlet: all are on this machine.
const POLLS_AN_OUTLET: u32 = 4;
/// Polls at once in all.
const POLLS: u32 = 16;
const DAY: Duration = Duration::from_hours(24);

/// Runs it until a signal ends it; what it made is gone then, but for a folder to be kept.
pub async fn run(listen: SocketAddr, keep: Option<PathBuf>) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let folder = Folder::make(keep, &app::fresh_id())?;
    let ended = tokio::select! {
        started = start(folder.path(), listen) => match started {
            Ok(service) => service.run(signals).await,
            Err(error) => Err(error),
        },
        () = signals.next() => Ok(()),
    };
    let told = folder.leave();
    ended?;
    tell(&told?)
}

/// Lives through the past, and starts the service.
async fn start(folder: &Path, listen: SocketAddr) -> anyhow::Result<Service> {
    let calendar = Calendar::default();
    let start = app::now();
    let (origin, listener) = Origin::open(start, calendar.clock()).await?;
    let answering = tokio::spawn(Arc::clone(&origin).answer(listener));
    let settings = settings(folder, listen, &origin);
    std::fs::write(&settings.sources.path, config::sources::render(&origin.sources()))
        .with_context(|| format!("write {}", settings.sources.shown()))?;
    let secret = live_through(&settings, &origin, &calendar, start).await?;

    let demo = Demo {
        pictures: origin.pictures(),
    };
    let mut service = Service::start(&settings, Some(demo)).await?;
    service.also(|store, stop| async move {
        let arriving = let_arrive(&origin, &store, &stop).await;
        answering.abort();
        arriving
    });
    tell(&format!(
        "docent demo serves http://{}; this link signs you in, once: {}/demo/{secret}",
        service.address, service.outside
    ))?;
    Ok(service)
}

/// Polls day by day until the start, and lets editors work in between. What the first editor is signed in by.
async fn live_through(
    settings: &Settings,
    origin: &Arc<Origin>,
    calendar: &Calendar,
    start: Timestamp,
) -> anyhow::Result<String> {
    let store = app::open_store(&settings.storage).await?;
    let mut tools = app::open_tools(&settings.fetching, None, store.clone())?;
    tools.clock = calendar.clock();
    let tools = Arc::new(tools);
    let presence = app::announce(&settings.storage, &tools).await?;
    let mut desk = None;
    let bar = ProgressBar::new(DAYS + 1).with_message("days");
    for days in (0..=DAYS).rev() {
        let now = start.minus(DAY * u32::try_from(days).unwrap_or(u32::MAX));
        calendar.set(now);
        if days == DAYS {
            // Added together, sources are polled first within minutes: all of them are due on this day.
            calendar.set(now.minus(DAY));
            worker::sources::lay_over(&tools, &settings.sources).await?;
            calendar.set(now);
        }
        schedule::once(&tools).await?;
        if days == DESK_DAYS {
            desk = Some(Desk::open(&store, Arc::clone(origin), now).await?);
        }
        match &mut desk {
            Some(desk) if days > 0 => desk.work(now, now.plus(DAY)).await?,
            Some(desk) => desk.leave_for_you(now).await?,
            None => {}
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    calendar.be_today();
    let desk = desk.context("the desk was opened on the way")?;
    let secret = desk.invite_you(app::now()).await?;
    store.release_leases(&tools.name).await?;
    drop(presence);
    store.close().await;
    Ok(secret)
}

/// Lets the texts that come later appear one by one, and asks for a poll of their outlets.
async fn let_arrive(origin: &Origin, store: &Store, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut wait = FIRST_ARRIVAL;
    for _ in 0..origin.to_come() {
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(wait) => {}
        }
        wait = NEXT_ARRIVAL;
        if let Some(outlet) = origin.release() {
            let now = app::now();
            store.ask_for_poll(&outlet, now, now).await?;
        }
    }
    stop.cancelled().await;
    Ok(())
}

fn settings(folder: &Path, listen: SocketAddr, origin: &Origin) -> Settings {
    Settings {
        storage: Storage {
            data: folder.join("data"),
            database: None,
            keep_pages: DAY * 30,
        },
        sources: SourcesFile {
            path: folder.join("sources.toml"),
        },
        fetching: Fetching {
            allow: origin.networks(),
            gap: Duration::ZERO,
            per_host: POLLS_AN_OUTLET,
            at_once: POLLS,
            contact: None,
        },
        serving: Serving {
            listen,
            public_url: None,
            hub: None,
            frame_ancestors: "*".to_owned(),
        },
    }
}

fn tell(line: &str) -> anyhow::Result<()> {
    use std::io::Write;

    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// The time of the demonstration: a day of the past, and then what the clock says.
#[derive(Debug, Clone, Default)]
struct Calendar(Arc<AtomicI64>);

impl Calendar {
    /// What stands for today.
    const TODAY: i64 = 0;

    fn set(&self, day: Timestamp) {
        self.0.store(day.millis(), Ordering::Release);
    }

    fn be_today(&self) {
        self.0.store(Self::TODAY, Ordering::Release);
    }

    fn clock(&self) -> Clock {
        let set = Arc::clone(&self.0);
        Clock::new(move || match set.load(Ordering::Acquire) {
            Self::TODAY => app::now(),
            past => Timestamp::from_millis(past),
        })
    }
}
