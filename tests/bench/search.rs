//! Search at 100,000 stories: `/api/v1/search` over HTTP against the index called directly with the same queries. Run it alone:
//! `cargo bench --bench search`.
//!
//! Both are measured in turns, query by query, on the wall. Over HTTP the answer has the rows of a page of stories and a
//! passage of each with the words marked; the index called directly gives their keys, scores and counts. Goal: p99 over HTTP
//! within 1.5 times the direct one.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use docent::app::{fresh_id, fresh_secret};
use docent::domain;
use docent::domain::channel::Publisher;
use docent::domain::editor::{EditorName, Role, ShownName};
use docent::domain::link::Link;
use docent::domain::time::{Clock, Timestamp};
use docent::http;
use docent::ingest::fetch::{FetchSettings, Fetcher, Limits, Names, agent};
use docent::ingest::guard::Allow;
use docent::search::{self, Ask, Index};
use docent::store::Store;
use docent::store::editors::NewEditor;
use docent::store::tokens::NewToken;
use docent::worker::{Holding, follow};

mod prose;
mod spread;
mod stories;

use prose::Prose;

/// Stories searched.
const STORIES: u64 = 100_000;
/// Words of each.
const WORDS: u64 = 120;
/// Queries, each asked both ways in each round.
const QUERIES: usize = 400;
/// Rounds; the first is not counted.
const ROUNDS: usize = 6;
/// Stories of one answer, as a page of search shows them.
const LIMIT: usize = 20;
/// When the youngest story was found.
const NOW: &str = "2026-03-02T12:00:00Z";

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let now = Timestamp::parse(NOW).context("a time")?;
    let (index, address, token) = runtime.block_on(async {
        let begun = Instant::now();
        let store = Store::open_sqlite(&folder.path().join("docent.db")).await?;
        stories::fill(&store, STORIES, WORDS, now).await?;
        println!("{STORIES} stories stored in {:.0} s", begun.elapsed().as_secs_f64());
        let place = folder.path().join("index");
        std::fs::create_dir_all(&place)?;
        let index = Arc::new(Index::open(&place, &store.identity("bench").await?, 0)?);
        while follow::once(&store, &index, Holding::Stories).await? {}
        println!("indexed after {:.0} s", begun.elapsed().as_secs_f64());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let token = reader(&store, now).await?;
        let router = http::router(http::State {
            caught_up_at: store.last_change().await?,
            printed: Arc::new(Index::open(&folder.path().join("index-printed"), "bench", 0)?),
            printed_caught_up_at: docent::store::Revision(0),
            store,
            index: Arc::clone(&index),
            public_host: None,
            publishing: Arc::new(http::Publishing::new(publisher()?, "*".to_owned())),
            demo: None,
            outside: format!("http://{address}"),
            hasher: http::Hasher::default(),
            fetcher: fetcher()?,
            followers: http::Followers::default(),
            stop: tokio_util::sync::CancellationToken::new(),
            clock: Clock::new(move || now),
            fresh_id,
            fresh_secret,
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        anyhow::Ok((index, address, token))
    })?;
    let queries = queries();
    let mut client = Client::new(address, token)?;
    let (mut direct, mut over_http) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for query in &queries {
            let begun = Instant::now();
            let found = ask(&index, query)?;
            let took = begun.elapsed().as_secs_f64();
            let begun = Instant::now();
            let told = client.search(query)?;
            let took_over_http = begun.elapsed().as_secs_f64();
            anyhow::ensure!(told == found, "{query:?}: {told} over http, {found} directly");
            if round > 0 {
                direct.push(took * 1e3);
                over_http.push(took_over_http * 1e3);
            }
        }
    }
    println!("{} searches each way, pages of {LIMIT}", direct.len());
    for (what, part) in [("p50", 50), ("p90", 90), ("p99", 99)] {
        let (ours, limit) = (
            spread::at_part(&over_http, part, 100),
            spread::at_part(&direct, part, 100),
        );
        println!(
            "{what}: over HTTP {ours:.3} ms, directly {limit:.3} ms, ratio {:.2}",
            ours / limit
        );
    }
    println!("goal: p99 at most 1.5");
    Ok(())
}

/// Somebody who may read, and what their program signs in with.
async fn reader(store: &Store, at: Timestamp) -> anyhow::Result<String> {
    let name = EditorName::parse("reader")?;
    let editor = NewEditor {
        public_id: fresh_id(),
        shown_name: ShownName::from(&name),
        name,
        role: Role::Contributor,
        at,
    };
    let secret = fresh_secret();
    let token = NewToken {
        digest: secret.digest(),
        public_id: fresh_id(),
        editor: store.add_editor(editor).await?.id,
        name: "a bench's".to_owned(),
        scopes: vec![domain::editor::Scope::Read],
        expires_at: None,
        at,
    };
    store.add_token(token).await?;
    Ok(secret.reveal_as_token())
}

fn publisher() -> anyhow::Result<Publisher> {
    Ok(Publisher {
        home: Link::parse("https://read.museum.example/").context("an address")?,
        hub: None,
        identity: "bench".to_owned(),
    })
}

/// One that nobody calls.
fn fetcher() -> anyhow::Result<Fetcher> {
    Ok(Fetcher::new(FetchSettings {
        agent: agent("https://docent.example/bot"),
        allow: Allow::default(),
        gap: Duration::ZERO,
        per_host: 1,
        limits: Limits::default(),
        names: Names::System,
    })?)
}

/// How many stories the index finds.
fn ask(index: &Index, query: &str) -> anyhow::Result<u64> {
    let ask = Ask {
        limit: LIMIT,
        after: None,
        facets: true,
    };
    Ok(index.ask(&search::read(query), &ask)?.total)
}

/// As people ask: one to four words, some of them names, now and then a phrase, a prefix, a source or an exclusion.
fn queries() -> Vec<String> {
    let mut prose = Prose::new(99);
    (0..QUERIES)
        .map(|number| {
            let (one, two) = (prose.word(), prose.name());
            match number % 8 {
                0 => one,
                1 => two,
                2 => format!("{one} {two}"),
                3 => format!("\"{one} {}\" {two}", prose.word()),
                4 => format!("{two} {} {one} {}", prose.name(), prose.word()),
                5 => format!("{one} source:source-{}", prose.below(100)),
                6 => format!("{}*", two.get(..4).unwrap_or(&two)),
                _ => format!("{one} -{two}"),
            }
        })
        .collect()
}

/// A browser that keeps its connection.
struct Client {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
    token: String,
}

impl Client {
    fn new(host: SocketAddr, token: String) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            host,
            token,
        })
    }

    /// How many stories the answer says there are.
    fn search(&mut self, query: &str) -> anyhow::Result<u64> {
        let words: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let request = format!(
            "GET /api/v1/search?limit={LIMIT}&q={words} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
            self.host, self.token
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        let answer: Answer = serde_json::from_slice(&body).with_context(|| format!("the answer to {query:?}"))?;
        Ok(answer.total)
    }
}

#[derive(serde::Deserialize)]
struct Answer {
    total: u64,
}
