//! One poll of one source, start to end.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use serde::Serialize;
use tokio::time::Instant;

use super::reading::{Reading, ended, nothing, read};
use super::robots::{AGENT, robots};
use super::schedule::holding;
use super::settle::settle;
use super::{Tools, article, pages};
use crate::domain::cadence;
use crate::domain::entry::Found;
use crate::domain::freshness::Validators;
use crate::domain::link::Link;
use crate::domain::poll::Outcome;
use crate::domain::recognise::{Alias, Links, SharedLinks, aliases};
use crate::domain::source::{Slug, Source, SourceId, SourceKind};
use crate::domain::time::Timestamp;
use crate::ingest::fetch::{Fetched, Request, Want};
use crate::ingest::list::Child;
use crate::store::StoreError;
use crate::store::entries::{Known, Named};
use crate::store::polls::{Arrival, Saved};

/// Entries saved together where their pages are fetched: few, so that the first stories of a new source are soon to be seen.
const ARRIVALS_A_SAVE: usize = 16;
/// Entries saved together where there is no page to wait for.
const ARRIVALS_A_SAVE_WITHOUT_PAGES: usize = 250;
/// Where pages are fetched, those that are ready are saved after this long.
const SAVE_AFTER_SECONDS: u64 = 4;
/// Article pages fetched in one poll; the rest is fetched with the next ones.
const PAGES_A_POLL: usize = 120;
/// Sitemaps of an index that are read with one poll: those that changed last.
const CHILDREN_A_POLL: usize = 2;

/// What a poll did, for whoever asked for it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The source, for programs.
    pub source: Slug,
    /// The source, for people.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Entries newly stored.
    pub items: u32,
    /// From begin to end, waiting for its turn not counted.
    pub seconds: f64,
    /// Why, where it was no success.
    pub reason: Option<String>,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// Bytes as sent.
    pub bytes: u64,
}

/// An entry that is to be stored.
struct Wanted {
    found: Found,
    named: Named,
    known: Known,
}

/// A poll that has ended and is not yet written down.
pub(super) struct Ended {
    pub source: Source,
    pub polled: Polled,
}

/// How far a poll came.
pub(super) struct Polled {
    pub reading: Reading,
    /// Entries listed, rules not yet applied.
    pub listed: usize,
    pub saved: Saved,
    pub began: Timestamp,
    /// From begin to end, waiting for its turn not counted.
    pub took: Duration,
}

/// Polls `source`, which this worker holds a lease on, and writes down how it went. Cannot fail: whatever happens is an
/// outcome, counted and stored.
pub async fn poll(tools: &Tools, source: Source) -> Report {
    let ended = run(tools, source).await;
    write_down(tools, std::slice::from_ref(&ended)).await;
    ended.report()
}

/// Polls `source` and leaves it to [`write_down`] to tell the store how it went.
pub(super) async fn run(tools: &Tools, source: Source) -> Ended {
    let began = tools.now();
    // Boxed: every future that holds a poll would else be as large as a poll.
    let attempt = Box::pin(AssertUnwindSafe(attempt(tools, &source, began)).catch_unwind());
    let polled = holding(tools, source.id, attempt).await.unwrap_or_else(|_| {
        tracing::error!(source.id = %source.declared.slug, "a poll crashed: this is a fault of docent");
        let reading = ended(
            Outcome::Error,
            None,
            "a fault of docent itself; its log says more".to_owned(),
        );
        Polled {
            reading,
            listed: 0,
            saved: Saved::default(),
            began,
            took: tools.now().since(began),
        }
    });
    Ended { source, polled }
}

/// Writes down how polls went. What cannot be written is told, and polled again when its lease has run out.
pub(super) async fn write_down(tools: &Tools, polls: &[Ended]) {
    if let Err(error) = settle(tools, polls).await {
        let sources: Vec<&str> = polls.iter().map(|ended| ended.source.declared.slug.as_str()).collect();
        tracing::error!(?sources, %error, "polls could not be written down");
    }
}

async fn attempt(tools: &Tools, source: &Source, began: Timestamp) -> Polled {
    let clock = Instant::now();
    let mut waited = Duration::ZERO;
    let mut reading = visit(tools, source, &mut waited).await;
    let entries = std::mem::take(&mut reading.entries);
    let listed = entries.len();
    let brought = bring(tools, source, entries, &mut reading, &mut waited).await;
    let saved = brought.unwrap_or_else(|error| {
        let reason = format!("what was read could not be stored: {error}");
        let (status, bytes) = (reading.status, reading.bytes);
        reading = Reading {
            bytes,
            ..ended(Outcome::Error, status, reason)
        };
        Saved::default()
    });
    if reading.outcome.is_success() && source.declared.rules.articles {
        pages::catch_up(tools, source, began, &mut waited).await;
    }
    Polled {
        reading,
        listed,
        saved,
        began,
        took: clock.elapsed().saturating_sub(waited),
    }
}

/// Asks the source's server and reads the answer.
async fn visit(tools: &Tools, source: &Source, waited: &mut Duration) -> Reading {
    let declared = &source.declared;
    if declared.kind == SourceKind::Tip {
        return nothing();
    }
    if let Some(reason) = forbidden(tools, declared.kind, &declared.link, waited).await {
        return ended(Outcome::Refused, None, reason.to_owned());
    }
    let now = tools.now();
    let memory = &source.memory;
    let stuck = |read_at| cadence::asks_plainly(read_at, memory.plain_at, now);
    let plainly = memory.read_at.is_some_and(stuck) || cadence::asks_for_the_rest(memory.left_at, now);
    let validators = memory.validators.as_ref().filter(|_| !plainly);
    let want = if declared.kind == SourceKind::Page {
        Want::Page
    } else {
        Want::Feed
    };
    let mut reading = ask(tools, source, &declared.link, want, validators, waited).await;
    reading.asked_plainly = plainly;
    let children = std::mem::take(&mut reading.children);
    let children: Vec<Child> = children.into_iter().take(CHILDREN_A_POLL).collect();
    if children.is_empty() {
        return reading;
    }
    descend(tools, source, reading, &children, waited).await
}

/// Why `link` is not asked, if its site does not want that. A feed or page that a person chose is refused to those only who
/// are named; sitemaps nobody subscribed to.
async fn forbidden(tools: &Tools, kind: SourceKind, link: &Link, waited: &mut Duration) -> Option<&'static str> {
    let robots = robots(tools, link, waited).await;
    match kind {
        SourceKind::Feed | SourceKind::Page => {
            (!robots.allows_feed(AGENT, link)).then_some("robots.txt asks docent by name not to read it")
        }
        SourceKind::Sitemap if robots.is_closed() => Some("its robots.txt cannot be read for now"),
        SourceKind::Tip => None,
        SourceKind::Sitemap => (!robots.allows(AGENT, link)).then_some("robots.txt asks not to read it"),
    }
}

/// Reads the sitemaps that an index names. The index must come whole again where one of them could not be read, or where it
/// does not say when they change: an index that did not change would hide what did.
async fn descend(
    tools: &Tools,
    source: &Source,
    mut index: Reading,
    children: &[Child],
    waited: &mut Duration,
) -> Reading {
    let mut failed = None;
    for child in children {
        let further = match forbidden(tools, SourceKind::Sitemap, &child.link, waited).await {
            Some(reason) => ended(Outcome::Refused, None, reason.to_owned()),
            None => ask(tools, source, &child.link, Want::Feed, None, waited).await,
        };
        index.bytes += further.bytes;
        if !further.outcome.is_success() || child.changed.is_none() {
            index.validators = None;
        }
        if further.outcome.is_success() {
            index.entries.extend(further.entries);
            index.warnings.extend(further.warnings);
        } else {
            let reason = further.reason.as_deref().unwrap_or_default();
            index
                .warnings
                .push(format!("a sitemap of the index could not be read: {reason}"));
            failed = Some(further);
        }
    }
    match failed {
        Some(failed) if index.entries.is_empty() => Reading {
            bytes: index.bytes,
            warnings: index.warnings,
            ..failed
        },
        _ => index,
    }
}

/// One request, and its answer read: a document on a thread that nobody waits for.
async fn ask(
    tools: &Tools,
    source: &Source,
    link: &Link,
    want: Want,
    validators: Option<&Validators>,
    waited: &mut Duration,
) -> Reading {
    let request = Request {
        link,
        want,
        validators,
        credentials: None,
    };
    let visit = tools.fetcher.get(request, tools.now()).await;
    *waited += visit.waited;
    let (declared, listed) = (source.declared.clone(), source.memory.listed);
    if !matches!(visit.fetched, Fetched::New(_)) {
        return read(&declared, listed, visit.fetched);
    }
    let reading = tokio::task::spawn_blocking(move || read(&declared, listed, visit.fetched)).await;
    reading.unwrap_or_else(|_| {
        ended(
            Outcome::Error,
            None,
            "the document made docent's reader crash".to_owned(),
        )
    })
}

/// Stores what is new or changed of `entries`: sifts, fetches the pages behind, saves some at a time.
async fn bring(
    tools: &Tools,
    source: &Source,
    entries: Vec<Found>,
    reading: &mut Reading,
    waited: &mut Duration,
) -> Result<Saved, StoreError> {
    let fetches = source.declared.rules.articles;
    let arrivals_max = if fetches {
        ARRIVALS_A_SAVE
    } else {
        ARRIVALS_A_SAVE_WITHOUT_PAGES
    };
    let mut saved = Saved::default();
    let mut ready = Vec::new();
    let mut since = Instant::now();
    for (place, wanted) in sift(tools, source, entries, reading).await?.into_iter().enumerate() {
        let page = match wanted.known {
            Known::Article => article::unwanted(),
            _ if place >= PAGES_A_POLL => article::later(&source.declared, &wanted.found),
            _ => article::page(tools, &source.declared, &wanted.found, 0, waited).await,
        };
        ready.push(arrival(tools, source, wanted, page));
        let late = fetches && since.elapsed() >= Duration::from_secs(SAVE_AFTER_SECONDS);
        if ready.len() >= arrivals_max || late {
            saved.add(save(tools, source, std::mem::take(&mut ready)).await?);
            since = Instant::now();
        }
    }
    if !ready.is_empty() {
        saved.add(save(tools, source, ready).await?);
    }
    Ok(saved)
}

/// The entries that are to be stored, oldest first: those the source's rules take, and of those what is new or changed.
async fn sift(
    tools: &Tools,
    source: &Source,
    entries: Vec<Found>,
    reading: &mut Reading,
) -> Result<Vec<Wanted>, StoreError> {
    let rules = &source.declared.rules;
    let listed = entries.len();
    let taken: Vec<Found> = entries
        .into_iter()
        .rev()
        .filter(|found| rules.takes(&found.title, &found.summary))
        .collect();
    if taken.len() < listed {
        reading.warnings.push(format!(
            "{} entries left out by the source's own rules",
            listed - taken.len()
        ));
    }
    let shared = SharedLinks::among(&taken);
    let named: Vec<Named> = taken
        .iter()
        .map(|found| name(source.id, found, None, &shared))
        .collect();
    let known = tools.store.sift(source.id, &named).await?;
    let all = taken.into_iter().zip(named).zip(known);
    let fresh = all.filter(|(_, known)| *known != Known::Same);
    let mut wanted: Vec<Wanted> = fresh
        .map(|((found, named), known)| Wanted { found, named, known })
        .collect();
    if let Some(cap) = rules.cap_per_day {
        let day_ago = tools.now().minus(Duration::from_hours(24));
        let today = tools.store.count_entries_since(source.id, day_ago).await?;
        let mut room = cap.saturating_sub(today);
        let fresh = wanted.len();
        // A change of what was taken before is no new entry.
        wanted.retain(|wanted| {
            let fits = wanted.known == Known::Changed || room > 0;
            room = room.saturating_sub(u32::from(wanted.known != Known::Changed));
            fits
        });
        let left = fresh - wanted.len();
        if left > 0 {
            reading.left_for_later = true;
            reading
                .warnings
                .push(format!("{left} entries left for later: at most {cap} a day are taken"));
        }
    }
    Ok(wanted)
}

fn arrival(tools: &Tools, source: &Source, wanted: Wanted, page: article::Page) -> Arrival {
    let Wanted { found, mut named, .. } = wanted;
    let (written, page) = article::written(&source.declared, &found, page, 0);
    for alias in name(source.id, &found, written.link.as_ref(), &SharedLinks::default()).aliases {
        let names_more = matches!(alias, Alias::Link(_)) && written.link != found.link;
        if names_more && !named.aliases.contains(&alias) {
            named.aliases.push(alias);
        }
    }
    Arrival {
        found,
        named,
        written,
        page,
        public_id: (tools.fresh_id)(),
    }
}

/// What an entry is recognised by; `landed` is where its page was in the end.
fn name(source: SourceId, found: &Found, landed: Option<&Link>, shared: &SharedLinks) -> Named {
    let links = Links {
        found: found.link.as_ref(),
        landed,
        canonical: None,
    };
    Named {
        aliases: aliases(source, &found.key, links, shared),
        link: landed.or(found.link.as_ref()).cloned(),
        title: found.title.clone(),
        published: found.published,
        digest: found.digest(),
    }
}

async fn save(tools: &Tools, source: &Source, arrivals: Vec<Arrival>) -> Result<Saved, StoreError> {
    let mut near = tools.near.lock().await;
    tools
        .store
        .save_arrivals(source.id, arrivals, &mut near, tools.now())
        .await
}

impl Ended {
    /// For whoever asked for the poll.
    pub(super) fn report(self) -> Report {
        let Self { source, polled } = self;
        let reading = polled.reading;
        Report {
            source: source.declared.slug,
            name: source.declared.name,
            outcome: reading.outcome,
            items: polled.saved.fresh,
            seconds: polled.took.as_secs_f64(),
            reason: reading.reason,
            status: reading.status,
            bytes: reading.bytes,
        }
    }
}

impl Report {
    /// Tells the log.
    pub fn log(&self) {
        let reason = self.reason.as_deref().unwrap_or_default();
        if self.outcome.is_success() {
            tracing::info!(source.id = %self.source, outcome = %self.outcome, new = self.items, "polled");
        } else {
            tracing::warn!(source.id = %self.source, outcome = %self.outcome, reason, "poll failed");
        }
    }
}
