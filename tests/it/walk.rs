//! The README's script, run as it stands there: from an empty folder to what readers see.

use std::process::Command;

use crate::support::app::feed;
use crate::support::program::{self, Serving};
use crate::support::site::{FakeSite, Reply};

const README: &str = include_str!("../../README.md");
/// Under this heading it stands.
const HEADING: &str = "## Publish from a program";
/// Where the README says that the service is.
const ADDRESS: &str = "127.0.0.1:8080";
const STORIES: &[(&str, &str)] = &[
    (
        "Schools move lessons to local museums for learning experiment",
        "Nine schools swap classrooms for galleries this spring.",
    ),
    (
        "Should museums have a personality?",
        "A curator asks whether a label may joke, and who speaks when it does.",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_script_of_the_readme_publishes_two_stories() {
    if ["curl", "jq", "bash"]
        .iter()
        .any(|program| Command::new(program).arg("--version").output().is_err())
    {
        println!("left out: curl, jq or bash is missing; tests/run brings them");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let site = FakeSite::start().await;
    site.put("/feed", Reply::feed(feed("gazette", STORIES)));
    let source = format!(
        "[[source]]\nid = \"gazette\"\nname = \"Sample Gazette\"\nlink = \"{}\"\n",
        site.link("/feed")
    );
    std::fs::write(folder.path().join("sources.toml"), source).unwrap();
    let first = program::docent(folder.path(), &["poll", "--fetch-allow", "127.0.0.0/8"]);
    assert_eq!(first.code, Some(0), "{}", first.err);
    let serving = Serving::start_alone(folder.path(), &[]);
    let script = script().replace(ADDRESS, &serving.address.to_string());
    let ran = run(folder.path(), &script);
    let boxed = String::from_utf8(ran.stdout).unwrap();
    for (title, _) in STORIES {
        assert!(
            boxed.contains(title),
            "{title}: {boxed}{}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
    for part in ["One paragraph, in their words.", "Sample Gazette", "2 March 2026"] {
        assert_eq!(boxed.matches(part).count(), STORIES.len(), "{part}: {boxed}");
    }
}

/// The indented lines under the heading.
fn script() -> String {
    let (_, behind) = README.split_once(HEADING).expect("the heading");
    let section = behind.split("\n## ").next().unwrap_or_default();
    let lines = section
        .lines()
        .filter(|line| line.is_empty() || line.starts_with("    "));
    lines
        .map(|line| format!("{}\n", line.trim_start_matches("    ")))
        .collect()
}

fn run(folder: &std::path::Path, script: &str) -> std::process::Output {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_docent"));
    let here = program.parent().expect("a folder").display();
    let found = format!("export PATH={here}:$PATH\n");
    let shell = Command::new("bash")
        .current_dir(folder)
        .args(["-euo", "pipefail", "-c"])
        .arg(found + script)
        .output();
    shell.expect("bash")
}
