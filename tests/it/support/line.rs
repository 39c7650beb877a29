//! The way from the program to its PostgreSQL server, which a test can cut and mend.

use std::net::SocketAddr;
use std::path::Path;

use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// PostgreSQL's own.
const PORT: u16 = 5432;

/// A server that listens on a free loopback port and hands on to the real one.
pub struct Line {
    /// As `--database` takes it.
    pub setting: String,
    state: watch::Sender<State>,
    relay: JoinHandle<()>,
}

/// What becomes of what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It arrives.
    Open,
    /// It is kept, and so are connections: a machine that hangs, a network that swallows.
    Silent,
    /// Connections end, old and new ones: a server that restarts.
    Cut,
}

impl Line {
    /// To the server and the database that `setting` names.
    pub async fn to(setting: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound address");
        let (state, seen) = watch::channel(State::Open);
        Self {
            setting: through(address, setting),
            state,
            relay: tokio::spawn(relay(listener, setting.to_owned(), seen)),
        }
    }

    pub fn hush(&self) {
        self.state.send_replace(State::Silent);
    }

    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    pub fn mend(&self) {
        self.state.send_replace(State::Open);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.relay.abort();
    }
}

async fn relay(listener: TcpListener, setting: String, state: watch::Receiver<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(carry(stream, setting.clone(), state.clone()));
    }
}

/// Finds the real server, by its socket or its port.
async fn carry(near: TcpStream, setting: String, state: watch::Receiver<State>) {
    let address = url::Url::parse(&setting).expect("an address");
    let port = address.port().unwrap_or(PORT);
    let folder = address.query_pairs().find(|(name, _)| name == "host");
    if let Some((_, folder)) = folder {
        let socket = Path::new(&*folder).join(format!(".s.PGSQL.{port}"));
        hand_on(
            near,
            UnixStream::connect(socket).await.expect("the server answers"),
            state,
        )
        .await;
    } else {
        let host = address.host_str().expect("a host");
        hand_on(
            near,
            TcpStream::connect((host, port)).await.expect("the server answers"),
            state,
        )
        .await;
    }
}

/// One connection, for as long as it is not cut. What was read and not handed on is lost when the line falls silent.
async fn hand_on<S>(mut near: TcpStream, mut far: S, mut state: watch::Receiver<State>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let now = *state.borrow_and_update();
        tokio::select! {
            _ = copy_bidirectional(&mut near, &mut far), if now == State::Open => return,
            changed = state.changed(), if now != State::Cut => if changed.is_err() { return },
            else => return,
        }
    }
}

fn through(line: SocketAddr, setting: &str) -> String {
    let mut address = url::Url::parse(setting).expect("an address");
    address.set_query(None);
    address.set_host(Some(&line.ip().to_string())).expect("a host");
    address.set_port(Some(line.port())).expect("a port");
    address.into()
}
