//! A disk that is full.
//!
//! Each program runs where the folder `full` is a disk of its own, so small that nothing more goes into it. Nobody else sees
//! that disk, and it goes with the program.

use std::path::Path;
use std::process::Command;

use crate::support::app::feed;
use crate::support::program::{Ran, command, docent};
use crate::support::site::{FakeSite, Reply};

/// Makes the disk: puts in what the folder `before` holds, fills the rest; at last shows in `after` what is left.
const ON_A_FULL_DISK: &str = "\
mount -t tmpfs -o \"$1\" tmpfs full && cp -r before/. full/ && shift || exit 99
cat /dev/zero > full/ballast 2>/dev/null
\"$@\"
code=$?
rm full/ballast; cp -r full/. after/
exit $code";

/// A disk of one block.
const NO_SPACE: &str = "size=4k";
/// Disks on which there may be no more files and folders than the disk itself, what fills it, and one.
const NO_FILE: &str = "size=4k,nr_inodes=2";
const ONE_FILE: &str = "size=4k,nr_inodes=3";

const STORIES: &[(&str, &str)] = &[(
    "Museum roof repaired",
    "Workers have mended the leaking roof above the painting gallery after a wet winter.",
)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_in_one_sentence_whatever_was_to_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if !can_have_disks() {
        return;
    }
    let site = FakeSite::start().await;
    site.put("/gazette", Reply::feed(feed("gazette", STORIES)));
    let link = site.link("/gazette").to_string();
    let net = ["--fetch-allow", "127.0.0.0/8", "--fetch-gap", "0"];
    let added = docent(folder, &[&["source", "add", &link][..], &net].concat());
    assert_eq!(added.code, Some(0), "{}", added.err);
    docent(folder, &[&["poll", "--now", "--json"][..], &net].concat()).json();
    let store = ["--database", "data/docent.db"];
    for (disk, arguments, told) in [
        (
            NO_SPACE,
            &["migrate", "--data", "full"][..],
            "disk full: the database cannot write (",
        ),
        (
            NO_SPACE,
            &["poll", "--data", "full"],
            "disk full: the database cannot write (",
        ),
        (
            NO_SPACE,
            &["serve", "--listen", "127.0.0.1:0", "--data", "full"],
            "disk full: the database cannot write (",
        ),
        (
            NO_SPACE,
            &[&["search", "museum", "--data", "full"][..], &store].concat(),
            "disk full: the search index cannot be written",
        ),
        (
            NO_SPACE,
            &[&["reindex", "--data", "full"][..], &store].concat(),
            "disk full: the search index cannot be written",
        ),
        (
            ONE_FILE,
            &[&["poll", "--data", "full"][..], &store].concat(),
            "disk full: cannot write into the folder full: ",
        ),
        (
            NO_FILE,
            &[&["search", "museum", "--data", "full/data"][..], &store].concat(),
            "disk full: cannot make the folder full/data",
        ),
        (
            NO_SPACE,
            &["backup", "full/backup"],
            "disk full: cannot write the backup: ",
        ),
    ] {
        let ran = on_a_full_disk(folder, disk, arguments);
        let last = ran.err.lines().last().unwrap_or_default();
        assert_eq!(ran.code, Some(1), "{arguments:?}: {}", ran.err);
        assert!(
            last.starts_with(&format!("docent: {told}")),
            "{arguments:?}: {}",
            ran.err
        );
        assert!(last.ends_with("; free some space"), "{arguments:?}: {}", ran.err);
        for once in ["disk full", "(os error"] {
            assert!(ran.err.matches(once).count() <= 1, "{arguments:?}: {}", ran.err);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_costs_nothing_of_the_sources_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if !can_have_disks() {
        return;
    }
    let site = FakeSite::start().await;
    site.put("/gazette", Reply::feed(feed("gazette", STORIES)));
    let link = site.link("/gazette").to_string();
    let before = format!(
        "# {}\n[[source]]\nid = \"a\"\nname = \"A\"\nlink = \"https://a.example/feed\"\n",
        "mine ".repeat(800)
    );
    std::fs::create_dir(folder.join("before")).unwrap();
    std::fs::write(folder.join("before/sources.toml"), &before).unwrap();
    let arguments = [
        "source",
        "add",
        &link,
        "--to-file",
        "--sources",
        "full/sources.toml",
        "--fetch-allow",
        "127.0.0.0/8",
    ];
    let ran = on_a_full_disk(folder, NO_SPACE, &arguments);
    let last = ran.err.lines().last().unwrap_or_default();
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(
        last.starts_with("docent: disk full: cannot write full/sources.toml: "),
        "{}",
        ran.err
    );
    assert_eq!(
        std::fs::read_to_string(folder.join("after/sources.toml")).unwrap(),
        before
    );
}

fn on_a_full_disk(folder: &Path, disk: &str, arguments: &[&str]) -> Ran {
    for name in ["before", "full", "after"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    let program = command(folder, arguments);
    let mut around = Command::new("unshare");
    around.args(["--map-root-user", "--mount", "sh", "-c", ON_A_FULL_DISK, "sh", disk]);
    around
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(folder);
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => around.env(name, value),
            None => around.env_remove(name),
        };
    }
    Ran::of(&mut around)
}

/// Whether this system lets us.
fn can_have_disks() -> bool {
    let tried = Command::new("unshare")
        .args(["--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"])
        .output();
    let can = tried.is_ok_and(|tried| tried.status.success());
    if !can {
        println!("left out: this system lets nobody mount a disk of their own");
    }
    can
}
