//! The whole way, from sources to stories, against a small web of museum news of which the truth is known.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::database::TestDatabase;

crate::on_both_databases!(what_is_listed_is_collected_once_and_read_as_it_was_written);

/// Steps that the world takes while it is read: entries come, change, get other names and go.
const TICKS: usize = 4;

/// A world of a dozen sources in eight languages, on loopback addresses of its own.
struct World {
    process: Child,
    address: String,
}

async fn what_is_listed_is_collected_once_and_read_as_it_was_written(database: TestDatabase) {
    let Some(world) = World::start() else { return };
    std::fs::write(database.folder.path().join("sources.toml"), world.get("/_sources.toml")).unwrap();
    let mut listed = HashSet::new();
    for tick in 0..=TICKS {
        if tick > 0 {
            world.ask("POST", "/_advance?n=1");
        }
        let polled = docent(&database, &["poll", "--now", "--json"]);
        assert!(
            polled
                .iter()
                .all(|poll| matches!(poll["outcome"].as_str(), Some("ok" | "unchanged"))),
            "{polled:#?}"
        );
        listed.extend(polled.iter().map(|poll| poll["source"].as_str().unwrap().to_owned()));
    }
    let again = docent(&database, &["poll", "--now", "--json"]);
    assert!(
        again.iter().all(|poll| poll["outcome"] == "unchanged"),
        "nothing changed, so nothing is sent again"
    );

    let truth: Value = serde_json::from_str(&world.get("/_truth.json?released=1")).unwrap();
    let articles = docent(&database, &["export"]);
    let score = Score::of(&truth, &articles);
    println!("{score:?}");
    assert_eq!(listed.len(), truth["sources"].as_array().unwrap().len());
    assert_eq!(score.doubled, 0, "no entry is stored twice");
    assert!(
        score.matched as f64 >= 0.97 * score.entries as f64,
        "those beyond the 20 that a feed lists are not seen"
    );
    assert!(score.canonical >= 0.99 && score.language >= 0.99 && score.text >= 0.95);
    assert!(score.syndicated >= 0.97 && score.falsely_joined == 0);
}

/// How near what was collected is to the truth.
#[derive(Debug, Default)]
struct Score {
    entries: usize,
    matched: usize,
    doubled: usize,
    canonical: f64,
    language: f64,
    /// F1 over words.
    text: f64,
    /// Pairs of one press release that are one story.
    syndicated: f64,
    /// Pairs with a follow-up or a column that are one story and should not be.
    falsely_joined: usize,
}

impl Score {
    fn of(truth: &Value, articles: &[Value]) -> Self {
        let entries = truth["entries"].as_array().unwrap();
        let by_link: HashMap<&str, &Value> = entries
            .iter()
            .flat_map(|e| [(text(e, "link_in_feed"), e), (text(e, "url"), e)])
            .collect();
        let mut found: HashMap<&str, (&Value, &Value)> = HashMap::new();
        let mut score = Self {
            entries: entries.len(),
            ..Self::default()
        };
        for article in articles {
            let url = text(article, "url");
            let entry = by_link.get(url).or_else(|| by_link.get(text(article, "canonical")));
            let Some(entry) = entry else { continue };
            score.doubled += usize::from(found.insert(text(entry, "id"), (entry, article)).is_some());
        }
        score.matched = found.len();
        let pairs: Vec<_> = found.values().collect();
        let share = |holds: &dyn Fn(&Value, &Value) -> bool| {
            pairs.iter().filter(|(entry, article)| holds(entry, article)).count() as f64 / pairs.len() as f64
        };
        score.canonical = share(&|e, a| [text(e, "url"), text(e, "canonical_url")].contains(&text(a, "canonical")));
        score.language = share(&|e, a| e["lang"] == a["lang"]);
        score.text = words_in_common(&pairs);
        let (mut together, mut all) = (0, 0);
        for (place, (one, here)) in pairs.iter().enumerate() {
            for (other, there) in pairs.iter().skip(place + 1) {
                let joined = here["cluster"] == there["cluster"];
                let same = one["story"] == other["story"] && one["lang"] == other["lang"];
                let trap = ["followup", "recurring"]
                    .iter()
                    .any(|kind| one["kind"] == *kind || other["kind"] == *kind);
                if same && one["kind"] == "syndicated" {
                    all += 1;
                    together += usize::from(joined);
                }
                score.falsely_joined += usize::from(joined && !same && trap);
            }
        }
        score.syndicated = f64::from(u32::try_from(together).unwrap()) / f64::from(all.max(1));
        score
    }
}

/// F1 of the words of all articles against those of the truth; characters, where nothing stands between words.
fn words_in_common(pairs: &[&(&Value, &Value)]) -> f64 {
    let (mut common, mut written, mut read) = (0, 0, 0);
    for (entry, article) in pairs {
        let mut left: HashMap<String, usize> = HashMap::new();
        let truth = words(text(entry, "text"));
        written += truth.len();
        for word in truth {
            *left.entry(word).or_default() += 1;
        }
        for word in words(text(article, "text")) {
            read += 1;
            if let Some(count) = left.get_mut(&word).filter(|count| **count > 0) {
                *count -= 1;
                common += 1;
            }
        }
    }
    2.0 * f64::from(common) / (written + read) as f64
}

fn words(text: &str) -> Vec<String> {
    let kana = |c: char| ('\u{3040}'..'\u{30ff}').contains(&c) || ('\u{4e00}'..'\u{9fff}').contains(&c);
    if text.chars().any(kana) {
        return text.chars().filter(|c| !c.is_whitespace()).map(String::from).collect();
    }
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Runs the program; the objects it prints.
fn docent(database: &TestDatabase, arguments: &[&str]) -> Vec<Value> {
    let folder = database.folder.path();
    let mut command = Command::new(env!("CARGO_BIN_EXE_docent"));
    command
        .args(arguments)
        .env("DOCENT_DATA", folder)
        .env("DOCENT_DATABASE", &database.setting);
    command
        .env("DOCENT_SOURCES", folder.join("sources.toml"))
        .env("DOCENT_FETCH_ALLOW", "127.0.0.0/8");
    command.env("DOCENT_FETCH_GAP", "0").env("DOCENT_FETCH_PER_HOST", "4");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

impl World {
    /// `None`, and a line that says so, where the replay web or Python is not at hand.
    fn start() -> Option<Self> {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/tools/museum-web/serve.py");
        if !script.exists() {
            println!("left out: {} is not there", script.display());
            return None;
        }
        let process = Command::new("python3")
            .arg(script)
            .args([
                "--synthetic",
                "16",
                "--per-source",
                "10",
                "--seed",
                "5",
                "--mode",
                "ip",
                "--advance",
                "0",
            ])
            .args(["--ticks", "4", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut process) = process else {
            println!("left out: there is no python3");
            return None;
        };
        let mut ready = String::new();
        BufReader::new(process.stdout.take()?).read_line(&mut ready).unwrap();
        let address = ready.split("http://").nth(1)?.split_whitespace().next()?.to_owned();
        Some(Self { process, address })
    }

    fn get(&self, path: &str) -> String {
        self.ask("GET", path)
    }

    fn ask(&self, method: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "{method} {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
