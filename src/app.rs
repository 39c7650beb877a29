//! Opens everything a role needs; starts, watches and stops its loops.

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::{Database, Fetching, Serving, Settings, Storage};
use crate::domain::channel::{Publisher, Scope};
use crate::domain::link::Link;
use crate::domain::secret::{SECRET_BYTES, Secret};
use crate::domain::time::{Clock, Timestamp};
use crate::ending::{self, Signals};
use crate::http::{self, Publishing};
use crate::ingest::extract::Pool;
use crate::ingest::fetch::{FetchSettings, Fetcher, Limits, Names, agent};
use crate::ingest::guard::Allow;
use crate::search::{Index, SearchError};
use crate::store::whole::Beside;
use crate::store::{Store, StoreError};
use crate::worker::presence::Presence;
use crate::worker::{self, Holding, Hub, Tools, follow};

/// The folder of the index of stories, inside the data folder.
const INDEX_FOLDER: &str = "index";
/// The same of what was printed. Another folder, so that nothing readers may not see is ever near what they search.
const PRINTED_FOLDER: &str = "index-printed";

/// What helps where nothing can be kept in the data folder.
const OTHER_FOLDER: &str = "--data (DOCENT_DATA) names another folder";

/// The time. The one place where the clock is read.
#[expect(clippy::disallowed_methods, reason = "time is taken here and handed down")]
pub fn now() -> Timestamp {
    jiff::Timestamp::now().into()
}

/// A name that nothing else has: a UUID of version 7. Chance is taken here and in [`fresh_secret`], and nowhere else.
pub fn fresh_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// What nobody can guess.
pub fn fresh_secret() -> Secret {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).expect("the system gives chance to every program, or no program of it is safe");
    Secret::new(bytes)
}

/// Opens the database that the settings name, making the data folder if there is none.
pub async fn open_store(storage: &Storage) -> anyhow::Result<Store> {
    let store = match storage.database()? {
        Database::Sqlite(path) => {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                make_folder(folder)?;
            }
            Store::open_sqlite(&path).await
        }
        Database::Postgres(url) => Store::open_postgres(&url).await,
    };
    match store {
        Ok(store) => Ok(store.for_run(&fresh_id())),
        Err(error @ StoreError::Unreachable { .. }) if storage.database.is_some() => {
            Err(anyhow::anyhow!("{error}; --database (DOCENT_DATABASE) names another"))
        }
        Err(error @ StoreError::Unreachable { .. }) => Err(anyhow::anyhow!("{error}; {OTHER_FOLDER}")),
        Err(error) => Err(error.into()),
    }
}

/// Makes an empty database beside the one that is set, to take its place later.
pub async fn open_beside(storage: &Storage) -> anyhow::Result<Beside> {
    match storage.database()? {
        Database::Sqlite(path) => Ok(Beside::sqlite(&path).await?),
        Database::Postgres(url) => Beside::postgres(&url)
            .await?
            .context("others are connected to the database; stop them first"),
    }
}

/// Opens an index in the data folder, or makes one.
pub async fn open_index(storage: &Storage, store: &Store, holding: Holding) -> anyhow::Result<Arc<Index>> {
    let folder = index_folder(storage, holding);
    make_folder(&folder)?;
    let identity = store.identity(&fresh_id()).await?;
    let revision = store.revision().await?.0;
    let index = tokio::task::spawn_blocking(move || Index::open(&folder, &identity, revision)).await??;
    let index = Arc::new(index);
    follow::forget_lost_writes(store, &index).await?;
    Ok(index)
}

/// Empties an index in the data folder. One that a running docent writes to is left alone, which is an error.
pub async fn make_index_anew(storage: &Storage, store: &Store, holding: Holding) -> anyhow::Result<Arc<Index>> {
    let folder = index_folder(storage, holding);
    let identity = store.identity(&fresh_id()).await?;
    let index = tokio::task::spawn_blocking(move || Index::anew(&folder, &identity)).await??;
    Ok(Arc::new(index))
}

/// Opens the index of stories in the data folder to ask it, also beside a running docent that writes to it.
pub async fn open_index_to_ask(storage: &Storage, store: &Store) -> anyhow::Result<Arc<Index>> {
    let opened = open_index(storage, store, Holding::Stories).await;
    let in_use = |error: &anyhow::Error| matches!(error.downcast_ref(), Some(SearchError::InUse(_)));
    if !opened.as_ref().is_err_and(in_use) {
        return opened;
    }
    open_index_to_read(storage, store, Holding::Stories).await
}

/// Opens an index in the data folder as it is, and changes nothing.
pub async fn open_index_to_read(storage: &Storage, store: &Store, holding: Holding) -> anyhow::Result<Arc<Index>> {
    let folder = index_folder(storage, holding);
    let identity = store.identity(&fresh_id()).await?;
    let revision = store.revision().await?.0;
    let index = tokio::task::spawn_blocking(move || Index::open_to_read(&folder, &identity, revision)).await??;
    Ok(Arc::new(index))
}

fn index_folder(storage: &Storage, holding: Holding) -> PathBuf {
    storage.data.join(match holding {
        Holding::Stories => INDEX_FOLDER,
        Holding::Printed => PRINTED_FOLDER,
    })
}

/// Everything that polling needs.
pub fn open_tools(fetching: &Fetching, public: Option<&Link>, store: Store) -> anyhow::Result<Tools> {
    let allow = Allow::parse(&fetching.allow).context("the setting fetch-allow")?;
    if !fetching.allow.is_empty() {
        tracing::info!(networks = %fetching.allow.join(", "), "private networks that may be fetched from");
    }
    let fetcher = Fetcher::new(FetchSettings {
        agent: agent(fetching.contact(public)),
        allow,
        gap: fetching.gap,
        per_host: fetching.per_host as usize,
        limits: Limits::default(),
        names: Names::System,
    })?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Tools {
        store,
        fetcher,
        extractors: Pool::new(cores)?,
        near: Mutex::default(),
        histories: worker::Histories::default(),
        robots: worker::RobotsKept::default(),
        name: fresh_id(),
        hub: None,
        gap: fetching.gap,
        per_host: fetching.per_host,
        at_once: fetching.at_once,
        clock: Clock::new(now),
        fresh_id,
    })
}

/// Says that the worker of `tools` lives; what dead ones in the data folder held is free again.
pub async fn announce(storage: &Storage, tools: &Tools) -> anyhow::Result<Presence> {
    make_folder(&storage.data)?;
    let presence = worker::presence::begin(&storage.data, &tools.name, &tools.store).await;
    presence.map_err(|error| {
        unusable(
            &format!("cannot write into the folder {}", storage.data.display()),
            error,
        )
    })
}

/// Everything that runs in one program: it polls, follows and answers.
pub struct Service {
    /// The store.
    pub store: Store,
    /// Where it listens.
    pub address: SocketAddr,
    /// The address under which it is reached, without a slash at its end.
    pub outside: String,
    tools: Arc<Tools>,
    loops: JoinSet<anyhow::Result<()>>,
    stop: CancellationToken,
    _presence: Presence,
}

/// Polls, follows and answers in one program, until a signal ends it.
pub async fn serve(settings: Settings) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let service = tokio::select! {
        started = Service::start(&settings, None) => started?,
        () = signals.next() => return Ok(()),
    };
    let set_up = invite_first(&service.store, &service.outside).await?;
    tell_ready(service.address, &settings.serving, set_up.as_deref())?;
    service.run(signals).await
}

impl Service {
    /// Opens everything and starts its loops.
    pub async fn start(settings: &Settings, demo: Option<http::Demo>) -> anyhow::Result<Self> {
        let listener = listen(settings).await?;
        let address = listener
            .local_addr()
            .context("ask for the address that is listened on")?;
        let store = open_store(&settings.storage).await?;
        let outside = settings.serving.outside(address);
        let index = open_index(&settings.storage, &store, Holding::Stories).await?;
        let printed = open_index(&settings.storage, &store, Holding::Printed).await?;
        let caught_up_at = store.last_change().await?;
        let printed_caught_up_at = store.last_printed().await?;
        let publisher = publisher(&outside, settings.serving.hub.clone(), &store).await?;
        store.set_hub(publisher.hub.as_ref()).await?;
        let mut tools = open_tools(&settings.fetching, settings.serving.public_url.as_ref(), store.clone())?;
        tools.hub = publisher.hub.clone().map(|link| Hub {
            link,
            home: publisher.root(),
            feeds: Scope::feeds_of,
        });
        let tools = Arc::new(tools);
        let presence = announce(&settings.storage, &tools).await?;
        worker::sources::lay_over(&tools, &settings.sources).await?;

        let stop = CancellationToken::new();
        let state = http::State {
            store: store.clone(),
            index: Arc::clone(&index),
            caught_up_at,
            printed: Arc::clone(&printed),
            printed_caught_up_at,
            public_host: settings.serving.public_url.as_ref().map(|link| link.host().to_owned()),
            publishing: Arc::new(Publishing::new(publisher, settings.serving.frame_ancestors.clone())),
            demo,
            outside: outside.clone(),
            hasher: http::Hasher::default(),
            fetcher: tools.fetcher.clone(),
            followers: http::Followers::default(),
            stop: stop.clone(),
            clock: Clock::new(now),
            fresh_id,
            fresh_secret,
        };
        let mut loops = work(&tools, settings, &stop);
        loops.spawn(follow::run(store.clone(), index, Holding::Stories, stop.clone()));
        loops.spawn(follow::run(store.clone(), printed, Holding::Printed, stop.clone()));
        loops.spawn(answer(listener, http::router(state), stop.clone()));
        Ok(Self {
            store,
            address,
            outside,
            tools,
            loops,
            stop,
            _presence: presence,
        })
    }

    /// Runs `also` beside the rest, until the token that it gets is cancelled.
    pub fn also<F>(&mut self, also: impl FnOnce(Store, CancellationToken) -> F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.loops.spawn(also(self.store.clone(), self.stop.clone()));
    }

    /// Runs until a signal ends it.
    pub async fn run(mut self, mut signals: Signals) -> anyhow::Result<()> {
        let ended = wait_for_end(&mut self.loops, &mut signals, &self.stop).await;
        ending::leave(&self.tools).await;
        ended
    }
}

/// Starts the loops of a worker.
fn work(tools: &Arc<Tools>, settings: &Settings, stop: &CancellationToken) -> JoinSet<anyhow::Result<()>> {
    let mut loops = JoinSet::new();
    loops.spawn(worker::schedule::run(Arc::clone(tools), stop.clone()));
    loops.spawn(worker::outbox::run(Arc::clone(tools), stop.clone()));
    loops.spawn(worker::publish::run(Arc::clone(tools), stop.clone()));
    loops.spawn(worker::inquiries::run(Arc::clone(tools), stop.clone()));
    let keep_pages = settings.storage.keep_pages;
    loops.spawn(worker::sweep::run(Arc::clone(tools), keep_pages, stop.clone()));
    loops.spawn(worker::sources::reload_on_signal(
        Arc::clone(tools),
        settings.sources.clone(),
        stop.clone(),
    ));
    loops
}

/// Who publishes, at the address under which the service is reached.
async fn publisher(outside: &str, hub: Option<Link>, store: &Store) -> anyhow::Result<Publisher> {
    Ok(Publisher {
        home: Link::parse(outside).context("the address under which this service is reached")?,
        hub,
        identity: store.identity(&fresh_id()).await?,
    })
}

/// Runs until a signal or the end of a loop; then lets the others end in time.
async fn wait_for_end(
    loops: &mut JoinSet<anyhow::Result<()>>,
    signals: &mut Signals,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let first = tokio::select! {
        () = signals.next() => Ok(()),
        ended = loops.join_next() => match ended {
            Some(Ok(Ok(()))) | None => Err(anyhow::anyhow!("a part of the program ended by itself")),
            Some(Ok(Err(error))) => Err(error),
            Some(Err(crash)) => Err(anyhow::Error::new(crash).context("a part of the program crashed")),
        },
    };
    tracing::info!("stopping: no new polls, requests and running polls may end");
    stop.cancel();
    signals
        .drain(async { while loops.join_next().await.is_some() {} })
        .await;
    loops.shutdown().await;
    first
}

async fn answer(listener: TcpListener, router: axum::Router, stop: CancellationToken) -> anyhow::Result<()> {
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await
        .context("answer requests")
}

async fn listen(settings: &Settings) -> anyhow::Result<TcpListener> {
    let address = settings.serving.listen;
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => {
                "another program does, perhaps docent itself; --listen (DOCENT_LISTEN) names another port"
            }
            _ => "--listen (DOCENT_LISTEN) names another address and port",
        };
        anyhow::anyhow!("cannot listen on {address}: {error}; {advice}")
    })
}

/// The link by which the first editor makes themselves; none if there is an editor.
pub async fn invite_first(store: &Store, outside: &str) -> anyhow::Result<Option<String>> {
    let secret = fresh_secret();
    let made = store.invite_first(&secret.digest(), now()).await?;
    Ok(made.map(|_| format!("{outside}/setup/{}", secret.reveal())))
}

/// Says where it is and, while nobody can sign in, how the first editor comes in. The link goes to whoever started the program and
/// never into the log.
fn tell_ready(address: SocketAddr, serving: &Serving, set_up: Option<&str>) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "docent serves http://{address}")?;
    if let Some(link) = set_up {
        writeln!(
            out,
            "nobody can sign in yet; whoever opens this link within a day becomes its admin: {link}"
        )?;
    }
    out.flush()?;
    drop(out);
    tracing::info!(%address, "listening");
    if !address.ip().is_loopback() && !serving.is_public_by_https() {
        tracing::warn!(
            "others can reach this address, and what they send is not encrypted: put a proxy with https before it and name its address as public-url"
        );
    }
    // Without a supervisor there is nobody to tell, which is no fault.
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    Ok(())
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    let made = std::fs::create_dir_all(folder);
    made.map_err(|error| unusable(&format!("cannot make the folder {}", folder.display()), error))
}

/// A fault of the data folder, with what helps. What helps against a full disk is told elsewhere.
fn unusable(what: &str, error: std::io::Error) -> anyhow::Error {
    if means_full(error.kind()) {
        return anyhow::Error::new(error).context(what.to_owned());
    }
    anyhow::anyhow!("{what}: {error}; {OTHER_FOLDER}")
}

/// Whether a file could not be written for lack of space.
pub const fn means_full(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}
