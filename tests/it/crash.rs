//! Killed at any moment, started again: nothing is lost, nothing is doubled, and the index tells what the store tells.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use docent::domain::story::StoryId;
use docent::search::Index;
use docent::store::Revision;
use docent::worker::presence;
use serde_json::Value;

use crate::support::database::TestDatabase;
use crate::support::program::{signal, wait_for};
use crate::support::site::{FakeSite, Reply};

crate::on_both_databases!(
    what_was_polled_through_kills_equals_what_was_polled_in_peace,
    what_was_served_through_kills_equals_what_was_polled_in_peace,
);

/// How often the program is killed.
const ROUNDS: usize = 10;
/// Sites, each with one feed.
const SITES: usize = 3;
/// Entries that each feed gains with each round.
const ENTRIES_A_ROUND: usize = 4;
/// How long a round lasts at the most: there may be less to ask for than was hoped.
const ROUND: Duration = Duration::from_secs(2);
/// How long a test waits for what takes a second or two.
const PATIENCE: Duration = Duration::from_mins(1);

async fn what_was_polled_through_kills_equals_what_was_polled_in_peace(database: TestDatabase) {
    let sites = declared_sites(&database).await;
    let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 1..=ROUNDS {
        grow(&sites, round);
        let seen = asked(&sites);
        let mut program = docent(&database, &["poll", "--now", "--json"]).spawn().unwrap();
        let moment = seen + usize::try_from(random(&mut chance) % 24).unwrap();
        while asked(&sites) < moment && program.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        kill(&mut program);
    }
    let polls = lines(docent(&database, &["poll", "--now", "--json"]));
    assert_eq!(
        polls.len(),
        SITES,
        "what the killed program held is free again: {polls:?}"
    );
    assert_equals_what_is_polled_in_peace(&database).await;
}

async fn what_was_served_through_kills_equals_what_was_polled_in_peace(database: TestDatabase) {
    let sites = declared_sites(&database).await;
    let mut chance = 0xd1b5_4a32_d192_ed03_u64;
    for round in 1..=ROUNDS {
        grow(&sites, round);
        let seen = asked(&sites);
        let mut program = serve(&database).await;
        // By turns in the middle of reading, and while the index follows what was read.
        let moment = seen + usize::try_from(random(&mut chance) % 24).unwrap();
        let late = Duration::from_millis(if round % 2 == 0 { random(&mut chance) % 700 } else { 0 });
        let begun = Instant::now();
        while (asked(&sites) < moment && begun.elapsed() < ROUND) || begun.elapsed() < late {
            assert_eq!(program.try_wait().unwrap(), None, "it serves until it is killed");
            tokio::task::yield_now().await;
        }
        kill(&mut program);
    }
    let mut program = serve(&database).await;
    let begun = Instant::now();
    let all = i64::try_from(SITES * ENTRIES_A_ROUND * ROUNDS).unwrap();
    while database.count("select count(*) from entry").await < all {
        assert!(
            begun.elapsed() < PATIENCE,
            "what the killed programs held is free again"
        );
        ask_for_polls(&database).await;
    }
    signal(&program, "TERM");
    assert_eq!(wait_for(&mut program, PATIENCE).and_then(|ended| ended.code()), Some(0));
    let checked = docent(&database, &["check"]).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    assert_equals_what_is_polled_in_peace(&database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_is_never_seen_before_it_holds_its_lock() {
    const WORKERS: usize = 300;
    let database = TestDatabase::sqlite().await;
    let data = database.folder.path().to_owned();
    let folder = data.join("workers");
    std::fs::create_dir(&folder).unwrap();
    let watch = std::thread::spawn(move || {
        let mut seen = BTreeSet::new();
        while seen.len() < WORKERS {
            let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap());
            for file in files.filter(|file| !file.file_name().to_string_lossy().starts_with('.')) {
                if seen.insert(file.file_name()) {
                    let file = std::fs::File::open(file.path()).unwrap();
                    assert!(file.try_lock().is_err(), "one that lives is taken for dead");
                }
            }
        }
    });
    let mut living = Vec::new();
    for number in 0..WORKERS {
        living.push(
            presence::begin(&data, &format!("worker-{number}"), &database.store)
                .await
                .unwrap(),
        );
    }
    watch.join().expect("none is taken for dead");
}

/// Starts to serve, with all sources due.
async fn serve(database: &TestDatabase) -> Child {
    let mut program = docent(database, &["serve", "--listen", "127.0.0.1:0"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.starts_with("docent serves "), "{line:?}");
    ask_for_polls(database).await;
    program
}

async fn ask_for_polls(database: &TestDatabase) {
    for site in 0..SITES {
        let now = docent::app::now();
        assert!(database.store.ask_for_poll(&slug(site), now, now).await.unwrap());
    }
}

/// Sites with feeds that list nothing yet, and the file that declares them.
async fn declared_sites(database: &TestDatabase) -> Vec<FakeSite> {
    let mut sites = Vec::new();
    let mut sources = String::new();
    for number in 0..SITES {
        let site = FakeSite::start().await;
        let link = site.link("/feed");
        sources.push_str(&format!(
            "[[source]]\nid = \"site-{number}\"\nname = \"S\"\nlink = \"{link}\"\n"
        ));
        sites.push(site);
    }
    std::fs::write(database.folder.path().join("sources.toml"), sources).unwrap();
    sites
}

async fn assert_equals_what_is_polled_in_peace(database: &TestDatabase) {
    let peace = TestDatabase::sqlite().await;
    std::fs::copy(
        database.folder.path().join("sources.toml"),
        peace.folder.path().join("sources.toml"),
    )
    .unwrap();
    lines(docent(&peace, &["poll", "--now", "--json"]));
    assert_eq!(exported(database), exported(&peace));
    let all = SITES * ENTRIES_A_ROUND * ROUNDS;
    assert_eq!(lines(docent(database, &["export"])).len(), all, "each once");
    for site in 0..SITES {
        let source = database.store.source(&slug(site)).await.unwrap().unwrap();
        let since = source.added_at;
        let entries = database.store.count_entries_since(source.id, since).await.unwrap();
        assert_eq!(usize::try_from(entries).unwrap(), ENTRIES_A_ROUND * ROUNDS);
    }
    assert_index_tells_what_the_store_tells(database).await;
}

/// Asks once, so that the index follows; then compares keys.
async fn assert_index_tells_what_the_store_tells(database: &TestDatabase) {
    lines(docent(database, &["search", "--json", "story"]));
    let identity = database.store.identity("another").await.unwrap();
    let revision = database.store.revision().await.unwrap().0;
    let index = Index::open(&database.folder.path().join("index"), &identity, revision).unwrap();
    let stored: BTreeSet<i64> = database
        .store
        .stories_known_at(Revision(revision), StoryId(0), 100_000)
        .await
        .unwrap()
        .into_iter()
        .map(|story| story.id)
        .collect();
    let indexed: BTreeSet<i64> = index.keys().unwrap().into_iter().collect();
    assert!(!stored.is_empty());
    assert_eq!(indexed, stored);
    for id in stored {
        let whole = database.store.articles_of(StoryId(id)).await.unwrap();
        assert!(!whole.is_empty(), "no story without an article");
    }
}

/// What was exported, by address: title and source.
fn exported(database: &TestDatabase) -> BTreeMap<String, (String, String)> {
    let articles = lines(docent(database, &["export"]));
    let text = |article: &Value, key: &str| article[key].as_str().unwrap().to_owned();
    articles
        .iter()
        .map(|article| {
            (
                text(article, "canonical"),
                (text(article, "title"), text(article, "source")),
            )
        })
        .collect()
}

/// Lets every feed list what it gained up to this round.
fn grow(sites: &[FakeSite], round: usize) {
    for (number, site) in sites.iter().enumerate() {
        let mut items = String::new();
        for entry in 0..round * ENTRIES_A_ROUND {
            let path = format!("/news/{number}-{entry}");
            let title = format!(
                "Story {} of site {number}",
                WORDS[entry % WORDS.len()].to_owned() + &entry.to_string()
            );
            items.push_str(&format!(
                "<item><guid>{path}</guid><title>{title}</title><link>{path}</link></item>"
            ));
            site.put(&path, Reply::page(format!("<html><head><title>{title}</title></head><body><article><h1>{title}</h1>\
                <p>What happened at {title} was told by number {entry} of the house, at length and in so many words.</p>\
                </article></body></html>")));
        }
        site.put(
            "/feed",
            Reply::feed(format!(
                "<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>"
            )),
        );
    }
}

/// So that titles differ by more than a number.
const WORDS: &[&str] = &["alder", "birch", "cedar", "dogwood", "elm", "fir", "ginkgo"];

fn asked(sites: &[FakeSite]) -> usize {
    sites.iter().map(|site| site.requests().len()).sum()
}

fn docent(database: &TestDatabase, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docent"));
    command
        .args(arguments)
        .env("DOCENT_DATA", database.folder.path())
        .env("DOCENT_DATABASE", &database.setting);
    command.env("DOCENT_SOURCES", database.folder.path().join("sources.toml"));
    command
        .env("DOCENT_FETCH_ALLOW", "127.0.0.1/32")
        .env("DOCENT_FETCH_GAP", "0")
        .env("DOCENT_FETCH_PER_HOST", "3");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a program to its end; the objects it prints.
fn lines(mut command: Command) -> Vec<Value> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn kill(program: &mut Child) {
    let _ = program.kill();
    let _ = program.wait();
}

fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

fn slug(site: usize) -> docent::domain::source::Slug {
    crate::support::worker::slug(&format!("site-{site}"))
}
