//! Fetching in tests.

use std::time::Duration;

use docent::domain::link::Link;
use docent::domain::time::Timestamp;
use docent::ingest::fetch::{Answer, FetchSettings, Fetched, Fetcher, Limits, Names, Request, Want, agent};
use docent::ingest::guard::Allow;

/// The smallest feed.
pub const FEED: &str = "<rss version=\"2.0\"><channel><title>t</title></channel></rss>";

/// The time on the wall in every test.
pub fn now() -> Timestamp {
    Timestamp::parse("2026-06-01T12:00:00Z").unwrap()
}

/// A client that may call 127.0.0.1 and nothing else that is not public, without pauses.
pub fn settings() -> FetchSettings {
    FetchSettings {
        agent: agent("https://docent.example/about"),
        allow: Allow::parse(&["127.0.0.1/32"]).unwrap(),
        gap: Duration::ZERO,
        per_host: 8,
        limits: Limits::default(),
        names: Names::System,
    }
}

/// The client of [`settings`].
pub fn fetcher() -> Fetcher {
    Fetcher::new(settings()).unwrap()
}

/// A plain request for a feed.
pub fn request(link: &Link) -> Request<'_> {
    Request {
        link,
        want: Want::Feed,
        validators: None,
        credentials: None,
    }
}

/// Asks once.
pub async fn get(fetcher: &Fetcher, link: &Link) -> Fetched {
    fetcher.get(request(link), now()).await.fetched
}

/// The answer, where there must be one.
pub fn answer(ending: Fetched) -> Answer {
    match ending {
        Fetched::New(answer) => *answer,
        other => panic!("not a new answer: {other:?}"),
    }
}
