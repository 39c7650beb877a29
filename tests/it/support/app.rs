//! The real router on a free port, over a database that the real worker fills from a played site.

use std::net::SocketAddr;
use std::sync::Arc;

use docent::http;
use docent::search::Index;
use docent::worker::follow;
use tokio::task::JoinHandle;

use super::database::TestDatabase;
use super::http::{Answer, ask, get};
use super::site::{FakeSite, Reply};
use super::worker::TestWorker;

/// docent without its loops: a test says when it polls and when the index follows.
pub struct TestApp {
    pub database: TestDatabase,
    pub site: FakeSite,
    pub worker: TestWorker,
    index: Arc<Index>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl TestApp {
    /// One that holds nothing yet and is known as `read.museum.example`.
    pub async fn start(database: TestDatabase) -> Self {
        let store = database.store.clone();
        let folder = database.folder.path().join("index");
        std::fs::create_dir_all(&folder).expect("a folder");
        let index = Arc::new(Index::open(&folder, "test", 0).expect("an index"));
        let worker = TestWorker::new(&store);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = http::router(http::State {
            caught_up_at: store.last_change().await.expect("an answer"),
            store,
            index: Arc::clone(&index),
            public_host: Some("read.museum.example".to_owned()),
            clock: worker.tools.clock.clone(),
        });
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        let site = FakeSite::start().await;
        Self {
            database,
            site,
            worker,
            index,
            address,
            server,
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
        while follow::once(&self.database.store, &self.index).await.expect("an index") {}
    }

    pub fn get(&self, path: &str) -> Answer {
        get(self.address, path)
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        ask(self.address, method, path, headers)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
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
    format!("{:02} Mar 2026 {:02}:00:00 GMT", 2 - hours / 12, 11 - hours % 12)
}

/// Escaped for HTML, and that for XML.
fn escaped(text: &str) -> String {
    let once = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    once(&once(text))
}
