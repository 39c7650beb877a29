//! The real router on a free port, over a database that the real worker fills from a played site.

use std::net::SocketAddr;
use std::sync::Arc;

use docent::app::{fresh_id, fresh_secret};
use docent::domain::channel::Publisher;
use docent::domain::editor::{EditorName, Role, Scope, ShownName};
use docent::domain::link::Link;
use docent::domain::time::Timestamp;
use docent::http;
use docent::search::{Index, SearchError};
use docent::store::editors::{Editor, NewEditor};
use docent::store::sessions::NewSession;
use docent::store::tokens::NewToken;
use docent::worker::{Holding, follow};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::database::TestDatabase;
use super::http::{Answer, ask, send};
use super::site::{FakeSite, Reply};
use super::worker::TestWorker;

/// How often a lock is tried that nobody may hold for long.
const TRIES_MAX: usize = 100_000;

/// docent without its loops: a test says when it polls and when the index follows.
pub struct TestApp {
    pub database: TestDatabase,
    pub site: FakeSite,
    pub worker: TestWorker,
    pub address: SocketAddr,
    /// Cancelled, it ends streams.
    pub stop: CancellationToken,
    index: Arc<Index>,
    /// What readers search.
    pub printed: Arc<Index>,
    server: JoinHandle<()>,
    /// Who `get` and `ask` are.
    pub reader: SignedIn,
}

/// Somebody who is signed in: as a browser with a session, or as a program with a token.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub editor: Editor,
    address: SocketAddr,
    /// `Cookie` or `Authorization`.
    pub header: (&'static str, String),
}

impl TestApp {
    /// One that holds nothing yet and is known as `read.museum.example`.
    pub async fn start(database: TestDatabase) -> Self {
        let store = database.store.clone();
        let index = Arc::new(open_index(&database.folder.path().join("index")));
        let printed = Arc::new(open_index(&database.folder.path().join("index-printed")));
        let worker = TestWorker::new(&store);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let router = http::router(http::State {
            caught_up_at: store.last_change().await.expect("an answer"),
            printed: Arc::clone(&printed),
            printed_caught_up_at: store.last_printed().await.expect("an answer"),
            store,
            index: Arc::clone(&index),
            public_host: Some("read.museum.example".to_owned()),
            publishing: Arc::new(http::Publishing::new(publisher(), "*".to_owned())),
            demo: None,
            outside: "https://read.museum.example".to_owned(),
            hasher: http::Hasher::default(),
            fetcher: worker.tools.fetcher.clone(),
            followers: http::Followers::default(),
            stop: stop.clone(),
            clock: worker.tools.clock.clone(),
            fresh_id,
            fresh_secret,
        });
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, service).await.expect("a server") });
        let site = FakeSite::start().await;
        let reader = signed_in(&database, address, Role::Contributor, worker.now()).await;
        Self {
            database,
            site,
            worker,
            address,
            stop,
            index,
            printed,
            server,
            reader,
        }
    }

    /// The same with stories of the source `gazette`.
    pub async fn with_stories(database: TestDatabase, stories: &[(&str, &str)]) -> Self {
        let app = Self::start(database).await;
        app.collect("gazette", stories).await;
        app
    }

    /// Collects a feed of these titles and texts, newest first, and lets the index follow.
    pub async fn collect(&self, source: &str, stories: &[(&str, &str)]) {
        let path = format!("/{source}");
        self.site.put(&path, Reply::feed(feed(source, stories)));
        self.worker.add_feed(source, &self.site.link(&path)).await;
        let report = self.worker.poll(source).await;
        assert_eq!(report.items as usize, stories.len(), "{report:?}");
        self.follow().await;
    }

    /// Lets both indexes follow.
    pub async fn follow(&self) {
        for (index, holding) in [(&self.index, Holding::Stories), (&self.printed, Holding::Printed)] {
            let store = &self.database.store;
            while follow::once(store, index, holding).await.expect("an index") {}
        }
    }

    /// A new editor of that role, signed in as a browser is.
    pub async fn as_editor(&self, role: Role) -> SignedIn {
        self.as_editor_since(role, self.worker.now()).await
    }

    /// The same, signed in at `at` and not seen since.
    pub async fn as_editor_since(&self, role: Role, at: Timestamp) -> SignedIn {
        signed_in(&self.database, self.address, role, at).await
    }

    /// A new token of `editor`, signed in with it.
    pub async fn with_token(&self, editor: &Editor, scopes: &[Scope]) -> SignedIn {
        self.with_token_until(editor, scopes, None).await
    }

    /// The same for a token that stops working.
    pub async fn with_token_until(&self, editor: &Editor, scopes: &[Scope], expires_at: Option<Timestamp>) -> SignedIn {
        let secret = fresh_secret();
        let token = NewToken {
            digest: secret.digest(),
            public_id: fresh_id(),
            editor: editor.id,
            name: "a test's".to_owned(),
            scopes: scopes.to_vec(),
            expires_at,
            at: self.worker.now(),
        };
        self.database.store.add_token(token).await.expect("a token");
        SignedIn {
            editor: editor.clone(),
            address: self.address,
            header: ("Authorization", format!("Bearer {}", secret.reveal_as_token())),
        }
    }

    /// Asks as somebody who may read and suggest.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    /// The same with another method and more headers.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut all = headers.to_vec();
        all.push(self.reader.signing());
        ask(self.address, method, path, &all)
    }

    /// Sends `body` with these headers only: as nobody, unless they say otherwise.
    pub fn send(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        send(self.address, method, path, body.as_bytes(), headers)
    }
}

impl SignedIn {
    pub fn get(&self, path: &str) -> Answer {
        ask(self.address, "GET", path, &[self.signing()])
    }

    /// Sends `body`, which is JSON or empty.
    pub fn send(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut all = headers.to_vec();
        all.push(self.signing());
        send(self.address, method, path, body.as_bytes(), &all)
    }

    /// The header that says who this is.
    pub fn signing(&self) -> (&str, &str) {
        (self.header.0, &self.header.1)
    }
}

/// A new index. A program that another test starts just now holds every lock of this process until it is what it is to be
/// (between fork and exec); then the lock that opening takes is busy for a moment.
fn open_index(folder: &std::path::Path) -> Index {
    for _ in 0..TRIES_MAX {
        match Index::open(folder, "test", 0) {
            Err(SearchError::InUse(_)) => std::thread::yield_now(),
            opened => return opened.expect("an index"),
        }
    }
    panic!("{} stays locked", folder.display());
}

async fn signed_in(database: &TestDatabase, address: SocketAddr, role: Role, at: Timestamp) -> SignedIn {
    let public_id = fresh_id();
    let name = format!("{}-{}", role.as_str(), public_id.rsplit('-').next().unwrap_or_default());
    let editor = NewEditor {
        public_id,
        name: EditorName::parse(&name).expect("a name"),
        shown_name: ShownName::parse("Ada Lovelace").expect("a name"),
        role,
        at,
    };
    let editor = database.store.add_editor(editor).await.expect("an editor");
    let secret = fresh_secret();
    let session = NewSession {
        digest: secret.digest(),
        public_id: fresh_id(),
        editor: editor.id,
        agent: "a test".to_owned(),
        address: "127.0.0.1".to_owned(),
        at,
    };
    database.store.begin_session(session).await.expect("a session");
    SignedIn {
        editor,
        address,
        header: ("Cookie", format!("docent={}", secret.reveal())),
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Who publishes, in tests.
pub fn publisher() -> Publisher {
    Publisher {
        home: Link::parse("https://read.museum.example/").expect("an address"),
        hub: Link::parse("https://hub.example/"),
        identity: "0198".to_owned(),
    }
}

/// A feed of these titles and texts (plain text), each an hour older than the one before, from eleven in the morning on.
pub fn feed(source: &str, stories: &[(&str, &str)]) -> String {
    let items: String = stories
        .iter()
        .enumerate()
        .map(|(number, (title, text))| {
            format!(
                "<item><title>{}</title><link>https://{source}.example/{number}</link><pubDate>{}</pubDate>\
                 <description>{}</description></item>",
                escaped(title),
                hours_before_eleven(number),
                escaped(text)
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>{source}</title><language>en</language>{items}</channel></rss>")
}

fn hours_before_eleven(hours: usize) -> String {
    let eleven = Timestamp::parse("2026-03-02T11:00:00Z").expect("a time");
    let at = eleven.minus(std::time::Duration::from_hours(hours as u64));
    at.to_jiff().strftime("%d %b %Y %H:%M:%S GMT").to_string()
}

/// Escaped for HTML, and that for XML.
fn escaped(text: &str) -> String {
    let once = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    once(&once(text))
}
