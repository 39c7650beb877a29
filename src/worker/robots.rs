//! What sites ask of robots, asked once a day.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Tools;
use super::article::hold;
use crate::domain::link::Link;
use crate::domain::time::Timestamp;
use crate::ingest::fetch::{Fetched, Request, Want};
use crate::ingest::robots::Robots;

/// The name that groups in robots.txt are matched with.
pub const AGENT: &str = "docent";
/// How long an answer holds.
const KEPT_HOURS: u64 = 24;
/// How long it holds where the server was in trouble: it is asked again soon.
const CLOSED_MINUTES: u64 = 60;
/// Sites remembered in memory; beyond this the memory is emptied, and the store asked again.
const SITES_MAX: usize = 4_096;
/// What is kept for a site whose server could not say what it asks.
const CLOSED: &str = "user-agent: *\ndisallow: /\n# the server could not answer";

/// What is remembered of the sites asked lately.
#[derive(Debug, Default)]
pub struct RobotsKept(Mutex<HashMap<String, (Arc<Robots>, Timestamp)>>);

/// What the site of `link` asks of robots: from memory, else from the store, else from the site. Time spent in line is added
/// to `waited`.
pub async fn robots(tools: &Tools, link: &Link, waited: &mut Duration) -> Arc<Robots> {
    let now = tools.now();
    let origin = link.origin();
    if let Some(kept) = tools.robots.get(&origin, now) {
        return kept;
    }
    if let Ok(Some((text, at))) = tools.store.robots(&origin).await {
        let until = at.plus(kept_for(&text));
        if until > now {
            return tools.robots.keep(origin, understood(&text), until);
        }
    }
    let text = ask(tools, link, now, waited).await;
    if let Err(error) = tools.store.keep_robots(&origin, &text, now).await {
        tracing::warn!(%error, origin, "robots.txt could not be kept");
    }
    let until = now.plus(kept_for(&text));
    tools.robots.keep(origin, understood(&text), until)
}

/// Asks the site. There is no file: nothing is asked. The server is in trouble: nothing is allowed until it can say.
async fn ask(tools: &Tools, link: &Link, now: Timestamp, waited: &mut Duration) -> String {
    let Some(file) = link.join("/robots.txt") else {
        return String::new();
    };
    let request = Request {
        link: &file,
        want: Want::Robots,
        validators: None,
        credentials: None,
    };
    let visit = tools.fetcher.get(request, now).await;
    *waited += visit.waited;
    match visit.fetched {
        Fetched::New(answer) => String::from_utf8_lossy(&answer.bytes).replace('\0', ""),
        Fetched::Gone
        | Fetched::Failed {
            status: Some(400..=499),
            ..
        } => String::new(),
        Fetched::Wait {
            retry_after: Some(wait),
            ..
        } => {
            hold(tools, link.host(), now.plus(wait)).await;
            CLOSED.to_owned()
        }
        Fetched::NotModified { .. } | Fetched::Wait { .. } | Fetched::Refused { .. } | Fetched::Failed { .. } => {
            CLOSED.to_owned()
        }
    }
}

fn understood(text: &str) -> Robots {
    if text == CLOSED {
        Robots::closed()
    } else {
        Robots::parse(text.as_bytes())
    }
}

fn kept_for(text: &str) -> Duration {
    if text == CLOSED {
        Duration::from_secs(CLOSED_MINUTES * 60)
    } else {
        Duration::from_secs(KEPT_HOURS * 60 * 60)
    }
}

impl RobotsKept {
    fn get(&self, origin: &str, now: Timestamp) -> Option<Arc<Robots>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(origin)
            .filter(|(_, until)| *until > now)
            .map(|(robots, _)| Arc::clone(robots))
    }

    fn keep(&self, origin: String, robots: Robots, until: Timestamp) -> Arc<Robots> {
        let robots = Arc::new(robots);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= SITES_MAX {
            kept.clear();
        }
        kept.insert(origin, (Arc::clone(&robots), until));
        robots
    }
}
