//! Triage with a hundred thousand stories and with a million: `cargo bench --bench triage`.
//!
//! Both databases are asked in turns, over HTTP, by an editor who is signed in: what is new (the newest eight hundred), what is
//! held (forty, all old), what one source listed. Goals: a median of 20 ms with a hundred thousand, and at most 1.5 times that
//! with ten times as many.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use docent::app::{fresh_id, fresh_secret};
use docent::domain::channel::Publisher;
use docent::domain::editor::{EditorName, Role, ShownName};
use docent::domain::link::Link;
use docent::domain::time::Timestamp;
use docent::store::Store;
use docent::store::editors::NewEditor;
use docent::store::sessions::NewSession;
use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

mod served;
mod spread;

/// Stories of the two databases.
const SIZES: [i64; 2] = [100_000, 1_000_000];
/// Requests for each page; the first are not counted.
const ROUNDS: usize = 45;
const WARM: usize = 5;
const PAGES: [(&str, &str); 4] = [
    ("new", "/desk"),
    ("held", "/desk?view=held"),
    ("one source", "/desk?source=source-0"),
    ("held, of one source", "/desk?view=held&source=source-0"),
];

/// The service over so many stories, and somebody who may look.
struct Desk {
    address: SocketAddr,
    cookie: String,
    _folder: TempDir,
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure())
}

async fn measure() -> anyhow::Result<()> {
    let (small, large) = (Desk::with(SIZES[0]).await?, Desk::with(SIZES[1]).await?);
    for (name, path) in PAGES {
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let times = (small.millis(path).await?, large.millis(path).await?);
            if round >= WARM {
                one.push(times.0);
                other.push(times.1);
            }
        }
        let (one, other) = (spread::at_part(&one, 1, 2), spread::at_part(&other, 1, 2));
        println!(
            "{name}: {one:.1} ms with {}, {other:.1} ms with {}, ratio {:.2} (goals: 20 ms, 1.5)",
            SIZES[0],
            SIZES[1],
            other / one
        );
    }
    Ok(())
}

impl Desk {
    async fn with(stories: i64) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("docent.db");
        let store = Store::open_sqlite(&file).await?;
        fill(&file, stories).await?;
        let cookie = sign_in(&store).await?;
        let publisher = Publisher {
            home: Link::parse("https://read.museum.example/").context("an address")?,
            hub: None,
            identity: "bench".to_owned(),
        };
        Ok(Self {
            address: served::serve(served::router(folder.path(), &store, publisher)?).await?,
            cookie,
            _folder: folder,
        })
    }

    /// How long the page takes to come, whole.
    async fn millis(&self, path: &str) -> anyhow::Result<f64> {
        let host = self.address;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {}\r\nConnection: close\r\n\r\n",
            self.cookie
        );
        let begun = Instant::now();
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let took = begun.elapsed();
        let text = String::from_utf8_lossy(&answer);
        anyhow::ensure!(
            text.starts_with("HTTP/1.1 200") && text.contains("data-row"),
            "{path}: {text}"
        );
        Ok(took.as_secs_f64() * 1000.0)
    }
}

async fn sign_in(store: &Store) -> anyhow::Result<String> {
    let at = docent::app::now();
    let editor = NewEditor {
        public_id: fresh_id(),
        name: EditorName::parse("ada").context("a name")?,
        shown_name: ShownName::parse("Ada").context("a name")?,
        role: Role::Editor,
        at,
    };
    let editor = store.add_editor(editor).await?;
    let secret = fresh_secret();
    let session = NewSession {
        digest: secret.digest(),
        public_id: fresh_id(),
        editor: editor.id,
        agent: "a bench".to_owned(),
        address: "127.0.0.1".to_owned(),
        at,
    };
    store.begin_session(session).await?;
    Ok(format!("docent={}", secret.reveal()))
}

/// Writes stories of 400 sources straight into the tables: a million by way of polls would take an hour.
async fn fill(file: &Path, stories: i64) -> anyhow::Result<()> {
    let mut database = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await?;
    let now: Timestamp = docent::app::now();
    for statement in [SOURCES, STORIES, ARTICLES, ENTRIES] {
        sqlx::query(statement)
            .bind(stories)
            .bind(now.millis())
            .execute(&mut database)
            .await?;
    }
    sqlx::query("analyze").execute(&mut database).await?;
    database.close().await?;
    Ok(())
}

const SOURCES: &str = "\
with recursive n (n) as (select 0 union all select n + 1 from n where n < 399)
insert into source (id, slug, name, kind, link, declared_link, host, topics, rules, declared, added_at, memory, next_poll_at, polled_at, revision)
select n + 1, 'source-' || n, 'Source ' || n, 'feed', 'https://s' || n || '.example/', 'https://s' || n || '.example/',
    's' || n || '.example', '[]', '{}', true, 0, '{}', $2 + $1, $2, 1 from n";

const STORIES: &str = "\
with recursive n (n) as (select 1 union all select n + 1 from n where n < $1)
insert into story (id, public_id, lead_id, found_at, revision, status)
select n, printf('%08x-0000-7000-8000-000000000000', n), n, $2 - ($1 - n) * 1000, 1,
    case when n > $1 - 800 then 'new' when n <= 20000 and n % 500 = 0 then 'held' else 'dismissed' end from n";

const ARTICLES: &str = "\
with recursive n (n) as (select 1 union all select n + 1 from n where n < $1)
insert into article (id, story_id, source_id, link, title, published_at, language, excerpt, words, found_at, changed_at, page, features, text, html)
select n, n, n % 400 + 1, 'https://s.example/' || n, 'The museum of place ' || n || ' mends its roof', $2 - ($1 - n) * 1000, 'en',
    'Workers carried the slates up by hand, for the lane is too narrow for a crane.', 300, $2 - ($1 - n) * 1000, 0, 'done', '{}',
    'Workers carried the slates up by hand.', '<p>Workers carried the slates up by hand.</p>' from n";

const ENTRIES: &str = "\
with recursive n (n) as (select 1 union all select n + 1 from n where n < $1)
insert into entry (id, source_id, article_id, key, title, found_at, changed_at, digest, html)
select n, n % 400 + 1, n, 'k' || n, 'The museum of place ' || n, $2 - ($1 - n) * 1000, 0, '', '' from n";
