//! Other people's servers: thousands of feeds, served by a child process on loopback, so that their work is not counted.
//!
//! Each feed has an address of its own in 127.0.0.0/8, so that nothing waits for its turn at a host.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use docent::domain::link::Link;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::feeds::feed;

/// The argument that makes a bench this server.
const ARGUMENT: &str = "serve-feeds";
/// The `ETag` of every feed.
const TAG: &str = "\"one\"";
/// The longest request read, in bytes.
const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// The running server; it ends with this value.
pub struct Origin {
    child: Child,
    port: u16,
}

/// Serves feeds of `entries` entries if this process was started for that, and then never returns.
pub fn serve_if_child() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != ARGUMENT);
    let (Some(_), Some(entries)) = (arguments.next(), arguments.next()) else {
        return Ok(());
    };
    let entries = entries.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(entries))?;
    std::process::exit(0);
}

impl Origin {
    /// Starts this program once more as the server of feeds with `entries` entries each.
    pub fn start(entries: usize) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([ARGUMENT, &entries.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("start the server of feeds")?;
        let mut port = String::new();
        let out = child.stdout.take().context("the server says nothing")?;
        BufReader::new(out).read_line(&mut port)?;
        let port = port.trim().parse().context("the server's port")?;
        Ok(Self { child, port })
    }

    /// Where the feed with this number is.
    pub fn link(&self, feed: u32) -> Link {
        let [_, a, b, c] = (feed + 256).to_be_bytes();
        Link::parse(&format!("http://127.{}.{b}.{c}:{}/feed.xml", a + 1, self.port)).expect("an address of loopback")
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn serve(entries: usize) -> anyhow::Result<()> {
    let listener = TcpListener::bind("0.0.0.0:0").await?;
    println!("{}", listener.local_addr()?.port());
    std::io::stdout().flush()?;
    // The input ends when the bench does, however it does.
    let bench = tokio::task::spawn_blocking(|| std::io::stdin().lines().count());
    let accept = async {
        while let Ok((stream, peer)) = listener.accept().await {
            if peer.ip().is_loopback() {
                tokio::spawn(answer(stream, entries));
            }
        }
    };
    tokio::select! { _ = bench => {} () = accept => {} }
    std::process::exit(0);
}

/// Answers one request after the other, as long as the client keeps the connection.
async fn answer(mut stream: TcpStream, entries: usize) -> anyhow::Result<()> {
    let mut request = Vec::new();
    while stream.read_buf(&mut request).await? > 0 && request.len() < REQUEST_BYTES_MAX {
        if !request.ends_with(b"\r\n\r\n") {
            continue;
        }
        let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let reply = if !head.starts_with("get /feed.xml ") {
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned()
        } else if head.contains(&format!("if-none-match: {TAG}")) {
            format!("HTTP/1.1 304 Not Modified\r\nETag: {TAG}\r\n\r\n")
        } else {
            let xml = feed(&stream.local_addr()?.ip().to_string(), entries);
            format!(
                "HTTP/1.1 200 OK\r\nETag: {TAG}\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\n\r\n{xml}",
                xml.len()
            )
        };
        stream.write_all(reply.as_bytes()).await?;
        request.clear();
    }
    Ok(())
}
