//! A worker whose clock a test moves.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use docent::domain::link::Link;
use docent::domain::source::{Declared, Slug, Source, SourceKind};
use docent::domain::time::{Clock, Timestamp};
use docent::ingest::extract::Pool;
use docent::ingest::fetch::{FetchSettings, Fetcher, Limits, Names, agent};
use docent::ingest::guard::Allow;
use docent::store::Store;
use docent::worker::outbox::Hub;
use docent::worker::poll::{Report, poll};
use docent::worker::{Histories, RobotsKept, Tools, schedule};

/// When the tests begin: noon, so that an hour this way or that is the same day.
const NOON: &str = "2026-03-02T12:00:00Z";

/// A worker, and its clock.
pub struct TestWorker {
    pub tools: Arc<Tools>,
    clock: Arc<AtomicI64>,
}

/// What a test may want otherwise.
pub struct Setup {
    /// Between two requests to one host.
    pub gap: Duration,
    pub limits: Limits,
    pub fresh_id: fn() -> String,
    pub hub: Option<Hub>,
    pub clock: Arc<AtomicI64>,
}

impl Default for Setup {
    fn default() -> Self {
        let noon = Timestamp::parse(NOON).expect("a time");
        Self {
            gap: Duration::ZERO,
            limits: Limits::default(),
            fresh_id: || uuid::Uuid::now_v7().to_string(),
            hub: None,
            clock: Arc::new(AtomicI64::new(noon.millis())),
        }
    }
}

impl TestWorker {
    /// A worker on `store` that may call this machine, where every name leads, waits for no gap, and begins at noon.
    pub fn new(store: &Store) -> Self {
        Self::with(store, Setup::default())
    }

    /// Another worker, such as another program runs, under the same clock.
    pub fn beside(&self, store: &Store) -> Self {
        let clock = Arc::clone(&self.clock);
        Self::with(
            store,
            Setup {
                clock,
                ..Setup::default()
            },
        )
    }

    pub fn with(store: &Store, setup: Setup) -> Self {
        let Setup {
            gap,
            limits,
            fresh_id,
            hub,
            clock,
        } = setup;
        let shown = Arc::clone(&clock);
        let fetcher = Fetcher::new(FetchSettings {
            agent: agent("https://docent.example/bot"),
            allow: Allow::parse(&["127.0.0.1/32"]).expect("a network"),
            gap,
            per_host: 1,
            limits,
            names: Names::Table(Arc::new(|_| vec![Ipv4Addr::LOCALHOST.into()])),
        })
        .expect("a client");
        let tools = Tools {
            store: store.clone(),
            fetcher,
            extractors: Pool::new(1).expect("threads"),
            near: tokio::sync::Mutex::default(),
            histories: Histories::default(),
            robots: RobotsKept::default(),
            name: uuid::Uuid::now_v7().to_string(),
            hub,
            gap,
            per_host: 1,
            at_once: 8,
            clock: Clock::new(move || Timestamp::from_millis(shown.load(Ordering::SeqCst))),
            fresh_id,
        };
        Self {
            tools: Arc::new(tools),
            clock,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.tools.now()
    }

    /// Moves the clock forwards.
    pub fn pass(&self, span: Duration) {
        let millis = i64::try_from(span.as_millis()).expect("a span that fits");
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }

    /// Adds a feed without articles, due at once.
    pub async fn add_feed(&self, id: &str, link: &Link) -> Declared {
        let mut declared = Declared::new(slug(id), id.to_owned(), SourceKind::Feed, link.clone());
        declared.rules.articles = false;
        self.add(&declared).await;
        declared
    }

    pub async fn add(&self, declared: &Declared) {
        self.tools
            .store
            .add_source(declared, self.now(), self.now())
            .await
            .expect("a new source");
    }

    /// Polls a source whether it is due or not, as `docent poll --now` does.
    pub async fn poll(&self, id: &str) -> Report {
        let claim = schedule::lease(&self.tools, 1);
        let source = self
            .tools
            .store
            .claim_source(&slug(id), &claim, self.now())
            .await
            .expect("an answer");
        poll(&self.tools, source.expect("a source that nobody reads")).await
    }

    /// Polls whatever is due, as the schedule does.
    pub async fn poll_due(&self) -> Vec<Report> {
        schedule::once(&self.tools).await.expect("an answer")
    }

    pub async fn source(&self, id: &str) -> Source {
        self.tools
            .store
            .source(&slug(id))
            .await
            .expect("an answer")
            .expect("a source")
    }

    /// How long it is from now until the source is due.
    pub async fn until_due(&self, id: &str) -> Duration {
        self.source(id).await.next_poll_at.since(self.now())
    }
}

pub fn slug(id: &str) -> Slug {
    Slug::parse(id).expect("an id")
}
