//! The program itself, run as a person runs it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::http::Answer;

/// How long a test waits for what should be there in a second or two.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// `docent serve` on a free port. Killed when it is dropped.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
    token: String,
    out: BufReader<ChildStdout>,
    log: Receiver<String>,
}

/// The program in `folder`, told `arguments` and no settings besides.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docent"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOCENT_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).args(arguments);
    command
}

/// Runs it to its end.
pub fn docent(folder: &Path, arguments: &[&str]) -> Ran {
    Ran::of(&mut command(folder, arguments))
}

/// Sends a signal, such as `HUP`, to a program that a test has started.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .status();
    assert!(sent.expect("kill").success());
}

/// How a program ended, if it does within `span`.
pub fn wait_for(child: &mut Child, span: Duration) -> Option<ExitStatus> {
    let begun = Instant::now();
    loop {
        let ended = child.try_wait().expect("a child");
        if ended.is_some() || begun.elapsed() > span {
            return ended;
        }
        std::thread::yield_now();
    }
}

impl Ran {
    /// Runs a program to its end.
    pub fn of(program: &mut Command) -> Self {
        let ran = program.output().expect("the program");
        Self {
            code: ran.status.code(),
            out: String::from_utf8(ran.stdout).expect("UTF-8"),
            err: String::from_utf8(ran.stderr).expect("UTF-8"),
        }
    }

    /// The printed lines, each read as JSON.
    pub fn json(&self) -> Vec<serde_json::Value> {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }
}

impl Serving {
    /// Starts it in `folder`, with an admin; it serves when this returns.
    pub fn start(folder: &Path) -> Self {
        docent(folder, &["editor", "add", "test-admin", "--role", "admin"]);
        let arguments = ["token", "add", "test-admin", "--name", "a test's", "--scope", "admin"];
        let token = docent(folder, &arguments);
        let mut serving = Self::start_alone(folder, &[]);
        token.out.trim().clone_into(&mut serving.token);
        serving
    }

    /// The same without anybody, told more `arguments`.
    pub fn start_alone(folder: &Path, arguments: &[&str]) -> Self {
        let mut all = vec!["serve", "--fetch-allow", "127.0.0.0/8"];
        if !arguments.contains(&"--listen") {
            all.extend(["--listen", "127.0.0.1:0"]);
        }
        all.extend(arguments);
        let mut child = command(folder, &all)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let log = lines(child.stderr.take().expect("piped"));
        out.read_line(&mut line).expect("a line");
        let address = line
            .strip_prefix("docent serves http://")
            .and_then(|rest| rest.trim_end().parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            let told: String = log.iter().collect();
            panic!("{line:?} names no address: {told}");
        };
        Self {
            child,
            address,
            token: String::new(),
            out,
            log,
        }
    }

    /// What an admin's program signs in with.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Sends a signal, such as `HUP`.
    pub fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// The next line that it prints; nothing if it prints no more.
    pub fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("a line");
        line
    }

    /// Reads the log to its end.
    pub fn read_log(&self) -> String {
        self.log.iter().collect()
    }

    /// Reads the log until a line that holds `text`.
    pub fn await_log(&self, text: &str) -> String {
        let found = self.log.iter().find(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("the log ends without {text:?}"))
    }

    /// Asks for `path`, with what an admin's program signs in with, until the answer `holds`.
    pub fn await_answer(&self, path: &str, holds: impl Fn(&Answer) -> bool) -> Answer {
        let begun = Instant::now();
        let bearer = format!("Bearer {}", self.token);
        loop {
            let answer = super::http::ask(self.address, "GET", path, &[("Authorization", &bearer)]);
            if holds(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{path} still answers {}", answer.text());
        }
    }

    /// How it ended.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("a child")
    }

    /// The same if it ends within `span`.
    pub fn wait_for(&mut self, span: Duration) -> Option<ExitStatus> {
        wait_for(&mut self.child, span)
    }
}

/// Reads on whether somebody wants it or not: who writes into a pipe that nobody empties stands still once it is full.
fn lines(log: ChildStderr) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        let mut log = BufReader::new(log);
        let mut line = String::new();
        while log.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            if sender.send(std::mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    lines
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `docent demo` on a free port. Stopped when it is dropped, so that it leaves nothing behind.
pub struct Demo {
    child: Child,
    pub address: SocketAddr,
    /// The path that signs in.
    pub link: String,
    out: BufReader<ChildStdout>,
    temporary: PathBuf,
}

impl Demo {
    /// Starts it, with `folder` for temporary files; it serves when this returns.
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// The same, told more `arguments`.
    pub fn start_with(folder: &Path, arguments: &[&str]) -> Self {
        let all = [&["demo", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut child = command(folder, &all)
            .env("TMPDIR", folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        let link = line.split_whitespace().last().unwrap_or_default();
        let told = link.strip_prefix("http://").and_then(|rest| rest.split_once('/'));
        let Some((address, path)) = told.and_then(|(address, path)| Some((address.parse().ok()?, path))) else {
            let _ = child.kill();
            panic!("{line:?} holds no link");
        };
        Self {
            child,
            address,
            link: format!("/{path}"),
            out,
            temporary: folder.to_owned(),
        }
    }

    /// The folder that it made among the temporary files.
    pub fn folder(&self) -> PathBuf {
        let mut made = std::fs::read_dir(&self.temporary).expect("a folder");
        let is_ours = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with("docent-demo-");
        let found = made.find_map(|entry| entry.ok().filter(|entry| is_ours(&entry.file_name())));
        found.expect("a folder of the demo").path()
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill").success());
    }

    /// The next line that it prints.
    pub fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("a line");
        line
    }

    /// How it ended.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("a child")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
