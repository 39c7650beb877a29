//! The program itself, run as a person runs it.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
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
    log: BufReader<ChildStderr>,
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
        let mut log = BufReader::new(child.stderr.take().expect("piped"));
        out.read_line(&mut line).expect("a line");
        let address = line
            .strip_prefix("docent serves http://")
            .and_then(|rest| rest.trim_end().parse().ok());
        let Some(address) = address else {
            let mut told = String::new();
            let _ = child.kill();
            let _ = log.read_to_string(&mut told);
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
    pub fn read_log(&mut self) -> String {
        let mut log = String::new();
        self.log.read_to_string(&mut log).expect("a log");
        log
    }

    /// Reads the log until a line that holds `text`.
    pub fn await_log(&mut self, text: &str) -> String {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(
                self.log.read_line(&mut line).expect("a line"),
                0,
                "the log ends without {text:?}"
            );
        }
        line
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

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
