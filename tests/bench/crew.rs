//! A worker of docent as `serve` makes it, but with a clock that the bench moves and leave to call loopback.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use docent::domain::link::Link;
use docent::domain::source::{Declared, Slug, SourceKind};
use docent::domain::time::{Clock, Timestamp};
use docent::ingest::extract::Pool;
use docent::ingest::fetch::{FetchSettings, Fetcher, Limits, Names, agent};
use docent::ingest::guard::Allow;
use docent::search::Index;
use docent::store::Store;
use docent::worker::{Histories, Holding, RobotsKept, Tools, follow, schedule};

/// When a bench begins.
const NOON: &str = "2026-03-02T12:00:00Z";
/// Polls at once, as the settings have it.
const AT_ONCE: u32 = 16;

/// A worker, its index, and its clock.
pub struct Crew {
    tools: Arc<Tools>,
    index: Arc<Index>,
    clock: Arc<AtomicI64>,
}

impl Crew {
    /// A worker on a new database and a new index in `folder`.
    pub async fn new(folder: &Path) -> anyhow::Result<Self> {
        let store = Store::open_sqlite(&folder.join("docent.db")).await?;
        let identity = store.identity("bench").await?;
        let place = folder.join("index");
        std::fs::create_dir_all(&place)?;
        let index = Arc::new(Index::open(&place, &identity, 0)?);
        let noon = Timestamp::parse(NOON).map_or(0, Timestamp::millis);
        let clock = Arc::new(AtomicI64::new(noon));
        let shown = Arc::clone(&clock);
        let fetcher = Fetcher::new(FetchSettings {
            agent: agent("https://docent.example/bot"),
            allow: Allow::parse(&["127.0.0.0/8"])?,
            gap: Duration::ZERO,
            per_host: 1,
            limits: Limits::default(),
            names: Names::System,
        })?;
        let tools = Tools {
            store,
            fetcher,
            extractors: Pool::new(1)?,
            near: tokio::sync::Mutex::default(),
            histories: Histories::default(),
            robots: RobotsKept::default(),
            name: "bench".to_owned(),
            hub: None,
            gap: Duration::ZERO,
            per_host: 1,
            at_once: AT_ONCE,
            clock: Clock::new(move || Timestamp::from_millis(shown.load(Ordering::SeqCst))),
            fresh_id: docent::app::fresh_id,
        };
        Ok(Self {
            tools: Arc::new(tools),
            index,
            clock,
        })
    }

    /// Adds feeds without articles, due at once.
    pub async fn add(&self, feeds: &[Link]) -> anyhow::Result<()> {
        let now = self.tools.now();
        let declared: Vec<Declared> = (0..)
            .zip(feeds)
            .filter_map(|(number, link)| {
                let slug = Slug::parse(&format!("feed-{number}"))?;
                let mut declared = Declared::new(slug, format!("Feed {number}"), SourceKind::Feed, link.clone());
                declared.rules.articles = false;
                Some(declared)
            })
            .collect();
        self.tools.store.lay_sources_over(&declared, now, |_, _| now).await?;
        Ok(())
    }

    /// Lets every site have been asked for its robots.txt, which it has not: that is done once a day, not at every poll.
    pub async fn know_robots(&self, feeds: &[Link]) -> anyhow::Result<()> {
        for link in feeds {
            self.tools
                .store
                .keep_robots(&link.origin(), "", self.tools.now())
                .await?;
        }
        Ok(())
    }

    /// Polls all that is due and carries it into the index; how many polls and how many new entries.
    pub async fn cycle(&self) -> anyhow::Result<(usize, u32)> {
        let reports = schedule::once(&self.tools).await?;
        while follow::once(&self.tools.store, &self.index, Holding::Stories).await? {}
        Ok((reports.len(), reports.iter().map(|report| report.items).sum()))
    }

    /// Moves the clock forwards.
    pub fn pass(&self, span: Duration) {
        self.clock
            .fetch_add(i64::try_from(span.as_millis()).unwrap_or(0), Ordering::SeqCst);
    }
}
