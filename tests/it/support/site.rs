//! A scripted origin on a free loopback port. It speaks HTTP/1.1 by hand, so that an answer may be as odd as a test needs.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use docent::domain::link::Link;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The longest request head read, in bytes.
const HEAD_BYTES_MAX: usize = 256 * 1024;

/// An origin that answers as it was told and remembers what it was asked. It stops when it is dropped.
pub struct FakeSite {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case, values byte for byte.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    pub at: Instant,
    /// How many requests were being answered when it came, itself included.
    pub at_once: usize,
}

/// What to answer.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    conditional: bool,
    hold: Option<Hold>,
    raw: bool,
}

/// Keeps answers back until it is released, so that a test decides the order of things without sleeping.
#[derive(Debug, Clone)]
pub struct Hold(Arc<watch::Sender<bool>>);

#[derive(Default)]
struct Script {
    /// What is left to answer for each path; the last reply stays.
    routes: HashMap<String, Vec<Reply>>,
    seen: Vec<Seen>,
    running: usize,
}

impl FakeSite {
    /// Starts an origin that answers 404 until it is told otherwise.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound address");
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        let server = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self {
            address,
            script,
            server,
        }
    }

    /// The address of a path here.
    pub fn link(&self, path: &str) -> Link {
        self.link_as("127.0.0.1", path)
    }

    /// The same under another name, for clients that are told where that name leads.
    pub fn link_as(&self, host: &str, path: &str) -> Link {
        Link::parse(&format!("http://{host}:{}{path}", self.address.port())).expect("a test's path")
    }

    /// Answers a path (query included) so from now on.
    pub fn put(&self, path: &str, reply: Reply) {
        self.put_sequence(path, vec![reply]);
    }

    /// Answers a path by one reply after the other; the last one stays.
    pub fn put_sequence(&self, path: &str, mut replies: Vec<Reply>) {
        replies.reverse();
        self.script().routes.insert(path.to_owned(), replies);
    }

    /// All requests so far, in order.
    pub fn requests(&self) -> Vec<Seen> {
        self.script().seen.clone()
    }

    /// How often a path was asked.
    pub fn count(&self, path: &str) -> usize {
        self.script().seen.iter().filter(|seen| seen.path == path).count()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.script)
    }
}

impl Drop for FakeSite {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Seen {
    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_slice())
    }
}

impl Reply {
    /// An empty answer with this status.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            conditional: false,
            hold: None,
            raw: false,
        }
    }

    /// A feed.
    pub fn feed(xml: impl Into<Vec<u8>>) -> Self {
        Self::status(200)
            .header("Content-Type", "application/rss+xml; charset=utf-8")
            .body(xml)
    }

    /// A web page.
    pub fn page(html: impl Into<Vec<u8>>) -> Self {
        Self::status(200)
            .header("Content-Type", "text/html; charset=utf-8")
            .body(html)
    }

    /// A redirect.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::status(status).header("Location", location)
    }

    /// These bytes and nothing else, then the connection closes.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            raw: true,
            ..Self::status(200).body(bytes)
        }
    }

    /// With a header, byte for byte.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// With an `ETag`.
    #[must_use]
    pub fn etag(self, value: impl AsRef<[u8]>) -> Self {
        self.header("ETag", value)
    }

    /// With a `Last-Modified`.
    #[must_use]
    pub fn last_modified(self, value: impl AsRef<[u8]>) -> Self {
        self.header("Last-Modified", value)
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = bytes.into();
        self
    }

    /// Answered by 304 where the request bears its validators.
    #[must_use]
    pub fn conditional(mut self) -> Self {
        self.conditional = true;
        self
    }

    /// Not answered before the hold is released.
    #[must_use]
    pub fn held(mut self, hold: &Hold) -> Self {
        self.hold = Some(hold.clone());
        self
    }

    fn own(&self, name: &str) -> Option<&[u8]> {
        self.headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_slice())
    }

    fn unchanged_for(&self, seen: &Seen) -> bool {
        let holds = |sent: &str, own: &str| seen.header(sent).is_some() && seen.header(sent) == self.own(own);
        let by_tag = holds("if-none-match", "ETag");
        self.conditional
            && (by_tag || (seen.header("if-none-match").is_none() && holds("if-modified-since", "Last-Modified")))
    }

    fn bytes(&self, seen: &Seen) -> Vec<u8> {
        if self.raw {
            return self.body.clone();
        }
        let unchanged = self.unchanged_for(seen);
        let status = if unchanged { 304 } else { self.status };
        let mut bytes = format!("HTTP/1.1 {status} Whatever\r\n").into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: ").into_bytes());
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        let without_body = matches!(status, 204 | 304);
        if !without_body {
            bytes.extend(format!("Content-Length: {}\r\n", self.body.len()).into_bytes());
        }
        bytes.extend(b"\r\n");
        if !without_body {
            bytes.extend(&self.body);
        }
        bytes
    }
}

impl Hold {
    /// Keeps back from now on.
    pub fn new() -> Self {
        Self(Arc::new(watch::channel(false).0))
    }

    /// Lets everything go.
    pub fn release(&self) {
        self.0.send_replace(true);
    }

    async fn wait(&self) {
        let mut released = self.0.subscribe();
        let _ = released.wait_for(|released| *released).await;
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    while let Some(head) = read_head(&mut stream).await {
        let Some(body) = read_body(&mut stream, &head).await else {
            return;
        };
        let Some((seen, reply)) = note(&script, &head, body) else {
            return;
        };
        if let Some(hold) = &reply.hold {
            hold.wait().await;
        }
        lock(&script).running -= 1;
        if stream.write_all(&reply.bytes(&seen)).await.is_err() || reply.raw {
            return;
        }
    }
}

async fn read_head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while head.len() < HEAD_BYTES_MAX {
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        head.extend(byte);
        if head.ends_with(b"\r\n\r\n") {
            return Some(head);
        }
    }
    None
}

/// As long as the head says; none if the head does not.
async fn read_body(stream: &mut TcpStream, head: &[u8]) -> Option<Vec<u8>> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let mut body = vec![0; length.map_or(Some(0), |length| length.trim().parse().ok())?];
    stream.read_exact(&mut body).await.ok()?;
    Some(body)
}

fn note(script: &Mutex<Script>, head: &[u8], body: Vec<u8>) -> Option<(Seen, Reply)> {
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = String::from_utf8_lossy(lines.next()?).into_owned();
    let (method, rest) = first.split_once(' ')?;
    let path = rest.split(' ').next()?.to_owned();
    let header = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at(colon);
        Some((
            String::from_utf8_lossy(name).to_ascii_lowercase(),
            value.get(1..)?.trim_ascii().to_vec(),
        ))
    };
    let headers = lines.filter_map(header).collect();
    let mut script = lock(script);
    script.running += 1;
    let seen = Seen {
        method: method.to_owned(),
        path,
        headers,
        body,
        at: Instant::now(),
        at_once: script.running,
    };
    script.seen.push(seen.clone());
    let replies = script.routes.get_mut(&seen.path);
    let reply = replies.and_then(|replies| {
        if replies.len() > 1 {
            replies.pop()
        } else {
            replies.last().cloned()
        }
    });
    Some((seen, reply.unwrap_or_else(|| Reply::status(404))))
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().expect("no test panics while it holds the script")
}
