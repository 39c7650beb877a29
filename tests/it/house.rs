//! The rules of the house, as far as a test can hold them. `src/ARCHITECTURE.md` has them all.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file without its tests.
const FILE_LINES_MAX: usize = 500;

/// The rooms, and what each may use of the others. A room not named may use everything.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("config", &["domain"]),
    ("ingest", &["domain"]),
    ("publish", &["domain"]),
    ("search", &["domain"]),
    ("store", &["domain"]),
    ("http", &["domain", "config", "ingest", "publish", "search", "store"]),
    ("worker", &["domain", "config", "ingest", "publish", "search", "store"]),
];

#[test]
fn arrows_go_down_only() {
    for (room, below) in ARROWS {
        for file in rust_files(&root().join("src").join(room)) {
            for (number, line) in code_of(&file).lines().enumerate() {
                for used in names_after(line, "crate::") {
                    let is_room =
                        ARROWS.iter().any(|(name, _)| *name == used) || matches!(used, "app" | "cli" | "ending");
                    let allowed = used == *room || below.contains(&used) || !is_room;
                    assert!(allowed, "{}:{}: {room} uses {used}", file.display(), number + 1);
                }
            }
        }
    }
}

#[test]
fn a_file_ends_within_its_budget() {
    for file in rust_files(&root().join("src")) {
        let lines = code_of(&file).lines().count();
        assert!(
            lines <= FILE_LINES_MAX,
            "{} has {lines} lines without its tests",
            file.display()
        );
    }
}

#[test]
fn code_goes_to_the_noun_that_it_is_about() {
    let nameless = [
        "util", "utils", "helper", "helpers", "common", "misc", "base", "manager",
    ];
    for file in rust_files(&root().join("src"))
        .into_iter()
        .chain(rust_files(&root().join("tests")))
    {
        let named = file.components().any(|part| {
            let part = part.as_os_str().to_string_lossy();
            nameless.contains(&part.trim_end_matches(".rs"))
        });
        assert!(!named, "{} is named for nothing", file.display());
    }
}

#[test]
fn each_room_says_what_it_is_for() {
    for (room, _) in ARROWS {
        let door = root().join("src").join(room).join("mod.rs");
        let text = fs::read_to_string(&door).unwrap();
        let words = text.lines().take_while(|line| line.starts_with("//!")).count();
        assert!(
            words >= 3,
            "{} does not say what it is for, what it knows and what it must not know",
            door.display()
        );
    }
}

#[test]
fn only_the_store_speaks_sql_and_only_two_files_know_that_there_are_two_databases() {
    for file in rust_files(&root().join("src")) {
        let code = code_of(&file);
        let in_store = file.starts_with(root().join("src/store"));
        let is_db = file.ends_with("src/store/db.rs") || file.ends_with("src/store/whole.rs");
        assert!(
            in_store || !code.contains("sqlx::query"),
            "{} speaks sql",
            file.display()
        );
        for driver in ["SqlitePool", "PgPool", "Postgres(", "AssertSqlSafe"] {
            let known = is_db || file.ends_with("src/config/mod.rs") || file.ends_with("src/app.rs");
            assert!(known || !code.contains(driver), "{} knows {driver}", file.display());
        }
    }
}

#[test]
fn html_is_taken_as_clean_by_the_cleaner_and_the_store_only() {
    for file in rust_files(&root().join("src")) {
        let may = file.ends_with("src/ingest/clean.rs")
            || file.ends_with("src/domain/text.rs")
            || file.starts_with(root().join("src/store"));
        assert!(
            may || !code_of(&file).contains("CleanHtml::trusted"),
            "{} takes html as clean",
            file.display()
        );
    }
}

#[test]
fn the_way_out_is_one_client() {
    for file in rust_files(&root().join("src")) {
        let may = file.starts_with(root().join("src/ingest/fetch"));
        assert!(
            may || !code_of(&file).contains("reqwest::"),
            "{} calls out by itself",
            file.display()
        );
    }
}

#[test]
fn tests_are_named_as_sentences_and_none_sleeps() {
    for file in rust_files(&root().join("tests"))
        .into_iter()
        .chain(rust_files(&root().join("src")))
    {
        if file.ends_with("tests/it/house.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let is_test = matches!(line.trim(), "#[test]") || line.trim().starts_with("#[tokio::test");
            let next = lines.peek().copied().unwrap_or_default();
            if let Some(name) = next.split("fn ").nth(1).filter(|_| is_test) {
                let name = name.split(['(', '<']).next().unwrap_or_default();
                let words = name.split('_').count();
                assert!(
                    words >= 3 || name.starts_with('$'),
                    "{}: {name} is no sentence",
                    file.display()
                );
            }
        }
        if file.starts_with(root().join("tests")) {
            for sleep in ["thread::sleep", "time::sleep"] {
                assert!(!text.contains(sleep), "{} sleeps", file.display());
            }
        }
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let of = |folder: &str| {
        let mut names: Vec<String> = fs::read_dir(root().join("migrations").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(of("sqlite"), of("postgres"));
}

#[test]
fn each_direct_dependency_says_why_it_is_there() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut in_dependencies = false;
    let mut said = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line.contains("dependencies");
        } else if in_dependencies && line.starts_with('#') {
            said = true;
            continue;
        } else if in_dependencies && line.contains('=') {
            assert!(said || line.contains(" # "), "no word on why: {line}");
        }
        said = false;
    }
}

#[test]
fn the_top_level_holds_what_it_should_and_nothing_else() {
    let may = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "sources.toml",
        "migrations",
        "tests",
        "README.md",
        "LICENSE",
        "target",
        "data",
    ];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            name.starts_with('.') || may.contains(&name.as_str()),
            "{name} is at the top level"
        );
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A file without its tests: files of tests only are empty.
fn code_of(file: &Path) -> String {
    if file.ends_with("tests.rs") {
        return String::new();
    }
    let text = fs::read_to_string(file).unwrap();
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

/// The names that follow `prefix` in a line.
fn names_after<'a>(line: &'a str, prefix: &str) -> Vec<&'a str> {
    line.split(prefix)
        .skip(1)
        .map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default()
        })
        .collect()
}
