//! The fetcher against an origin that misbehaves on purpose, where that origin is at hand.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use docent::domain::link::Link;
use docent::ingest::fetch::{FetchSettings, Fetched, Fetcher, Limits, Request, Want};
use serde_json::Value;

use crate::support::fetching::{now, settings};

/// What goes wrong before anybody looks at a body; the other behaviours are for the parser.
const FETCH_CATEGORIES: &[&str] = &["control", "transport", "status", "redirect", "encoding", "tls"];
/// Behaviours that never end by themselves: asked with short limits, so that the test ends soon.
const SLOW: &[&str] = &["slow-", "stall-", "endless-interim", "tls-stall"];
/// Marks with which the origin says that it got through.
const BAD_NOTES: &[&str] = &[
    "poisoned_validator",
    "leaked",
    "injected",
    "cookie_sent_back",
    "sent_back_huge_etag",
    "request_reused_poisoned_connection",
    "bound_reached",
    "too_many_requests",
    "trap_hit",
];

struct Origin {
    process: Child,
    index: Link,
}

impl Origin {
    fn start(script: &Path) -> Option<Self> {
        let mut process = Command::new("python3")
            .arg(script)
            .args(["--port", "0", "--max-seconds", "40", "--lifetime", "300"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take()?).read_line(&mut line).ok()?;
        let ready: Value = serde_json::from_str(&line).ok()?;
        let index = Link::parse(ready["index"].as_str()?)?;
        Some(Self { process, index })
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Behaviour {
    name: String,
    link: Link,
    category: String,
    expected: String,
    seconds_max: f64,
    read_mb_max: Option<u64>,
    polls: u64,
}

impl Behaviour {
    fn read(value: &Value) -> Option<Self> {
        let expect = &value["expect"];
        Some(Self {
            name: value["name"].as_str()?.to_owned(),
            link: Link::parse(value["url"].as_str()?)?,
            category: value["category"].as_str()?.to_owned(),
            expected: expect["outcome"].as_str()?.to_owned(),
            seconds_max: expect["max_seconds"].as_f64()?,
            read_mb_max: expect["max_read_mb"].as_u64(),
            polls: expect["polls"].as_u64().unwrap_or(1).min(2),
        })
    }

    fn is_slow(&self) -> bool {
        SLOW.iter().any(|start| self.name.starts_with(start))
    }
}

fn shared() -> PathBuf {
    let named = std::env::var_os("DOCENT_SHARED");
    named.map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    )
}

fn fetcher(limits: Limits) -> Fetcher {
    let settings = FetchSettings {
        per_host: 64,
        limits,
        ..settings()
    };
    Fetcher::new(settings).unwrap()
}

async fn json(fetcher: &Fetcher, link: &Link) -> Value {
    let request = Request {
        link,
        want: Want::Page,
        validators: None,
        credentials: None,
    };
    match fetcher.get(request, now()).await.fetched {
        Fetched::New(answer) => serde_json::from_slice(&answer.bytes).unwrap(),
        other => panic!("{link}: {other:?}"),
    }
}

/// What an editor would read, for whoever looks at the test's output.
fn reason(ending: &Fetched) -> &str {
    match ending {
        Fetched::Refused { reason } | Fetched::Failed { reason, .. } | Fetched::Wait { reason, .. } => reason,
        _ => "",
    }
}

/// Polls as often as the behaviour wants; gives back what was wrong.
async fn poll(fetcher: &Fetcher, behaviour: &Behaviour) -> Vec<String> {
    let mut faults = Vec::new();
    let mut validators = None;
    for at in 0..behaviour.polls {
        let request = Request {
            link: &behaviour.link,
            want: Want::Feed,
            validators: validators.as_ref(),
            credentials: None,
        };
        let begun = Instant::now();
        let ending = fetcher.get(request, now()).await.fetched;
        if begun.elapsed().as_secs_f64() > behaviour.seconds_max {
            faults.push(format!("{}: took {:?}", behaviour.name, begun.elapsed()));
        }
        let got = match &ending {
            Fetched::New(answer) if answer.moved.is_some() => "moved",
            Fetched::New(_) => "ok",
            Fetched::NotModified { .. } => "unchanged",
            Fetched::Gone => "gone",
            Fetched::Refused { .. } => "refused",
            Fetched::Wait { .. } | Fetched::Failed { .. } => "error",
        };
        println!("{}: {got}: {}", behaviour.name, reason(&ending));
        let right = match behaviour.expected.as_str() {
            "ok-or-error" => true,
            // Where the name "localhost" has the one allowed address only, nobody listens there.
            "refused" if behaviour.name == "redirect-name" => matches!(got, "refused" | "error"),
            expected => got == expected,
        };
        if at == 0 && FETCH_CATEGORIES.contains(&behaviour.category.as_str()) && !right {
            faults.push(format!(
                "{}: {got}, not {}: {ending:.300?}",
                behaviour.name, behaviour.expected
            ));
        }
        if let Fetched::New(answer) = ending {
            validators = Some(answer.validators);
        }
    }
    faults
}

fn noted(behaviour: &Behaviour, stats: &Value) -> Vec<String> {
    let own = &stats[&behaviour.name];
    let mut faults = Vec::new();
    for note in BAD_NOTES.iter().filter(|note| !own["notes"][**note].is_null()) {
        faults.push(format!("{}: the origin noted {note}", behaviour.name));
    }
    let sent = own["max_bytes_one_response"].as_u64().unwrap_or(0);
    if behaviour.read_mb_max.is_some_and(|max| sent > max << 20) {
        faults.push(format!("{}: took {sent} bytes", behaviour.name));
    }
    faults
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_misbehaves_gets_nowhere() {
    let script = shared().join("tools/evil-origin/evil_origin.py");
    let Some(origin) = Some(script)
        .filter(|script| script.is_file())
        .and_then(|script| Origin::start(&script))
    else {
        println!("left out: the misbehaving origin or python3 is not here");
        return;
    };
    let patient = fetcher(Limits::default());
    let hasty = fetcher(Limits {
        connect: Duration::from_secs(2),
        first_byte: Duration::from_secs(3),
        whole: Duration::from_secs(5),
        ..Limits::default()
    });
    let index = json(&patient, &origin.index).await;
    let listed = index["behaviours"].as_array().unwrap();
    let feeds = listed.iter().filter(|value| value["kind"] == "feed");
    let behaviours: Vec<Behaviour> = feeds.map(|value| Behaviour::read(value).unwrap()).collect();
    assert!(behaviours.len() > 80, "{}", behaviours.len());

    let polls = behaviours
        .iter()
        .map(|one| poll(if one.is_slow() { &hasty } else { &patient }, one));
    let mut faults: Vec<String> = futures::future::join_all(polls).await.concat();

    let stats = json(&patient, &origin.index.join("/__stats").unwrap()).await;
    faults.extend(behaviours.iter().flat_map(|behaviour| noted(behaviour, &stats)));
    let canary = json(&patient, &origin.index.join("/__canary").unwrap()).await;
    assert_eq!(canary["hits"], 0, "{canary}");
    assert_eq!(faults, Vec::<String>::new());
}
