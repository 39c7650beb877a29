//! The service in this process, as its own server would be.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use docent::app::{fresh_id, fresh_secret};
use docent::domain::channel::Publisher;
use docent::domain::time::Clock;
use docent::http;
use docent::search::Index;
use docent::store::Store;
use tokio::net::TcpListener;

/// Serves it on a free port of this machine.
pub async fn serve(router: Router) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

/// The service over `store`, with an index in `folder`.
pub fn router(folder: &std::path::Path, store: &Store, publisher: Publisher) -> anyhow::Result<Router> {
    let place = folder.join("index");
    std::fs::create_dir_all(&place)?;
    Ok(http::router(http::State {
        store: store.clone(),
        index: Arc::new(Index::open(&place, "bench", 0)?),
        caught_up_at: docent::store::Revision(0),
        printed: Arc::new(Index::open(&folder.join("index-printed"), "bench", 0)?),
        printed_caught_up_at: docent::store::Revision(0),
        public_host: None,
        publishing: Arc::new(http::Publishing::new(publisher, "*".to_owned())),
        outside: "https://read.museum.example".to_owned(),
        hasher: http::Hasher::default(),
        fetcher: docent::ingest::fetch::Fetcher::new(docent::ingest::fetch::FetchSettings {
            agent: docent::ingest::fetch::agent("https://docent.example/bot"),
            allow: docent::ingest::guard::Allow::default(),
            gap: std::time::Duration::ZERO,
            per_host: 1,
            limits: docent::ingest::fetch::Limits::default(),
            names: docent::ingest::fetch::Names::System,
        })?,
        followers: http::Followers::default(),
        stop: tokio_util::sync::CancellationToken::new(),
        clock: Clock::new(docent::app::now),
        fresh_id,
        fresh_secret,
    }))
}
