//! A feed from a warm server against a bare axum handler that answers the same bytes. Run it alone: `cargo bench --bench feed`.
//!
//! Both stand in this process and are asked in turns over connections that stay open: whole, packed, and by who has it
//! already. Goal: at least 0.95 of the bare handler's requests a second. Beside it, for the record: the same feed without the
//! shelf on which finished answers are kept, that is, from rows to bytes each time.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use docent::app::fresh_id;
use docent::domain::channel::{Document, Format, Publisher, Scope};
use docent::domain::editor::{EditorName, Role, ShownName};
use docent::domain::link::Link;
use docent::domain::list::ListRules;
use docent::domain::source::Slug;
use docent::domain::time::Timestamp;
use docent::publish;
use docent::store::editors::NewEditor;
use docent::store::lists::{NewList, Told};
use docent::store::picks::NewPick;
use docent::store::stories::StoryFilter;
use docent::store::{Acting, Store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

mod prose;
mod served;
mod spread;
mod stories;

/// Picks that are out.
const PICKS: u64 = 60;
/// Connections that ask at once.
const CONNECTIONS: usize = 16;
/// How long each side is asked in each round.
const ROUND: Duration = Duration::from_millis(1500);
/// Rounds; the first is not counted.
const ROUNDS: usize = 9;
/// When everything went out.
const NOW: &str = "2026-03-02T12:00:00Z";
const PATH: &str = "/lists/reading/feed.rss";

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure())
}

async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = filled(folder.path()).await?;
    let publisher = Publisher {
        home: Link::parse("https://read.museum.example/").context("an address")?,
        hub: None,
        identity: "bench".to_owned(),
    };
    let ours = served::serve(served::router(folder.path(), &store, publisher.clone())?).await?;
    let answer = ask(ours, "").await?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let tag = text
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .context("a tag")?
        .to_owned();
    let body = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map(|at| answer.get(at + 4..).unwrap_or_default().to_vec());
    let body = Bytes::from(body.context("a body")?);
    println!(
        "{} bytes of RSS, {CONNECTIONS} connections, medians of {} rounds",
        body.len(),
        ROUNDS - 1
    );
    let bare = served::serve(bare(body, headers_of(&text)?)).await?;
    for (what, headers) in [
        ("200, as it is", String::new()),
        ("304", format!("If-None-Match: {tag}\r\n")),
    ] {
        let (mut mine, mut limit) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let (one, other) = (rate(ours, &headers).await?, rate(bare, &headers).await?);
            if round > 0 {
                mine.push(one);
                limit.push(other);
            }
        }
        let ratios: Vec<f64> = mine.iter().zip(&limit).map(|(mine, limit)| mine / limit).collect();
        println!(
            "{what}: docent {:.0}/s, bare {:.0}/s, ratio {:.3} (goal: at least 0.95)",
            spread::at_part(&mine, 1, 2),
            spread::at_part(&limit, 1, 2),
            spread::at_part(&ratios, 1, 2)
        );
    }
    from_rows(&store, &publisher).await
}

/// What an answer costs without the shelf.
async fn from_rows(store: &Store, publisher: &Publisher) -> anyhow::Result<()> {
    let scope = Scope {
        list: Slug::parse("reading"),
        topic: None,
    };
    let begun = Instant::now();
    let times = 200;
    for _ in 0..times {
        let channel = store.channel(&scope, Document::Current, publisher).await?;
        let bytes = publish::feed(&channel.context("a channel")?, Format::Rss);
        anyhow::ensure!(!bytes.is_empty(), "an empty feed");
    }
    let micros = begun.elapsed().as_micros() / times;
    println!("from rows to bytes, one by one: {micros} µs each");
    let begun = Instant::now();
    for _ in 0..times {
        store.public_state(scope.list.as_ref()).await?.context("a list")?;
    }
    let micros = begun.elapsed().as_micros() / times;
    println!("only asked whether it changed: {micros} µs each");
    Ok(())
}

/// Answers a second.
async fn rate(to: SocketAddr, headers: &str) -> anyhow::Result<f64> {
    let until = Instant::now() + ROUND;
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let request = request(to, headers);
        clients.spawn(async move {
            let mut stream = TcpStream::connect(to).await?;
            stream.set_nodelay(true)?;
            let (mut count, mut buffer) = (0_u32, Vec::with_capacity(1 << 18));
            while Instant::now() < until {
                stream.write_all(request.as_bytes()).await?;
                read_answer(&mut stream, &mut buffer).await?;
                count += 1;
            }
            anyhow::Ok(count)
        });
    }
    let mut total = 0;
    while let Some(count) = clients.join_next().await {
        total += count??;
    }
    Ok(f64::from(total) / ROUND.as_secs_f64())
}

async fn ask(to: SocketAddr, headers: &str) -> anyhow::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(request(to, headers).as_bytes()).await?;
    let mut buffer = Vec::new();
    read_answer(&mut stream, &mut buffer).await?;
    Ok(buffer)
}

fn request(to: SocketAddr, headers: &str) -> String {
    format!("GET {PATH} HTTP/1.1\r\nHost: {to}\r\nUser-Agent: bench\r\nAccept: */*\r\n{headers}\r\n")
}

async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<()> {
    buffer.clear();
    let mut whole = None;
    while whole.is_none_or(|whole| buffer.len() < whole) {
        anyhow::ensure!(stream.read_buf(buffer).await? > 0, "the connection was closed");
        if whole.is_none()
            && let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n")
        {
            let head = String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).to_ascii_lowercase();
            anyhow::ensure!(
                head.starts_with("http/1.1 200") || head.starts_with("http/1.1 304"),
                "{head}"
            );
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(Ok(0), str::parse)?;
            let has_body = head.starts_with("http/1.1 200");
            whole = Some(end + 4 + if has_body { length } else { 0 });
        }
    }
    Ok(())
}

/// The least that answers so: the same bytes, with the same headers.
fn bare(body: Bytes, head: HeaderMap) -> Router {
    let tag = head.get(header::ETAG).cloned();
    let handler = async move |asked: HeaderMap| {
        if tag.is_some() && asked.get(header::IF_NONE_MATCH) == tag.as_ref() {
            let mut known = head.clone();
            for name in [header::CONTENT_TYPE, header::X_CONTENT_TYPE_OPTIONS] {
                known.remove(name);
            }
            known.remove("cross-origin-resource-policy");
            return (StatusCode::NOT_MODIFIED, known, Bytes::new()).into_response();
        }
        (head.clone(), body.clone()).into_response()
    };
    Router::new().route(PATH, get(handler))
}

/// The headers of an answer, without those that every server adds by itself.
fn headers_of(answer: &str) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in answer
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": "))
    {
        if !matches!(name, "content-length" | "date") {
            headers.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
        }
    }
    Ok(headers)
}

/// A list with picks that went out.
async fn filled(folder: &std::path::Path) -> anyhow::Result<Store> {
    let store = Store::open_sqlite(&folder.join("docent.db")).await?;
    let at = Timestamp::parse(NOW).context("a time")?;
    stories::fill(&store, PICKS, 120, at).await?;
    let editor = NewEditor {
        public_id: fresh_id(),
        name: EditorName::parse("ada").context("a name")?,
        shown_name: ShownName::parse("Ada").context("a name")?,
        role: Role::Editor,
        at,
    };
    let by = store.add_editor(editor).await?.id;
    let new = NewList {
        slug: Slug::parse("reading").context("a slug")?,
        told: Told {
            name: "What We're Reading".to_owned(),
            about: "Stories from elsewhere.".to_owned(),
            language: None,
        },
        rules: ListRules::default(),
    };
    let list = store.make_list(new, at, fresh_id).await?.id;
    for line in store.stories(&StoryFilter::default(), u32::try_from(PICKS)?).await? {
        let public_id = fresh_id();
        let pick = NewPick {
            list,
            story: line.id,
            by,
            at,
            public_id,
        };
        let pick = store.pick_story(&pick).await?;
        let acting = Acting { by, at, fresh_id };
        store.publish_pick(pick, acting).await?;
    }
    Ok(store)
}
