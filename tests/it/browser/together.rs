//! Two editors at once, and a server that goes away.

use std::time::Duration;

use docent::domain::editor::Role;

use super::driver::Browser;
use super::newsroom::Newsroom;
use crate::support::app::feed;
use crate::support::program::{self, Serving};
use crate::support::site::{FakeSite, Reply};

/// Stories of a service that goes away.
const TITLES: &[&str] = &[
    "Roof repaired",
    "Garden opens",
    "Prize awarded",
    "Lantern found",
    "Beetles counted",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_editor_does_the_other_sees_and_no_row_moves() {
    let Some(mut room) = Newsroom::open(5).await else {
        return;
    };
    let other = room.app.as_editor(Role::Editor).await;
    let Some(second) = Browser::signed_in(room.app.address, &other).await else {
        return;
    };
    second.open("/desk").await;
    let order = "[...document.querySelectorAll('[data-row]')].map((row) => row.id).join()";
    let before = second.ask(order).await;
    room.browser.open("/desk").await;
    room.browser.press("e").await;
    second
        .until("document.querySelector('[data-row]').dataset.state === 'dismissed'")
        .await;
    assert_eq!(second.ask(order).await, before);
    room.app.worker.pass(Duration::from_hours(1));
    room.app.collect("courier", &[("Later news", "It came later.")]).await;
    second.until_text("1 new").await;
    assert_eq!(second.ask(order).await, before);
    assert_eq!(second.console().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_while_the_server_is_away_arrives_once() {
    let folder = tempfile::tempdir().unwrap();
    let site = FakeSite::start().await;
    let told: Vec<(&str, &str)> = TITLES.iter().map(|title| (*title, *title)).collect();
    site.put("/feed", Reply::feed(feed("gazette", &told)));
    let sources = format!(
        "[[source]]\nid = \"gazette\"\nname = \"Gazette\"\nlink = \"{}\"\n",
        site.link("/feed")
    );
    std::fs::write(folder.path().join("sources.toml"), sources).unwrap();
    let added = program::docent(folder.path(), &["editor", "add", "ada", "--role", "editor"]);
    let way = added.out.split_whitespace().find_map(|word| {
        let (_, secret) = word.split_once("/invitations/")?;
        Some(format!("/invitations/{secret}"))
    });
    let server = Serving::start_alone(folder.path(), &[]);
    let address = server.address;
    let Some(mut browser) = Browser::start(address).await else {
        return;
    };
    browser.open(&way.expect("a link")).await;
    browser.click("[type=password]").await;
    browser.write("correct horse battery").await;
    browser.press("\u{E007}").await;
    browser.until_text(TITLES[0]).await;
    browser.press("e").await;
    browser
        .until("document.querySelectorAll('[data-state=dismissed]').length === 1")
        .await;
    drop(server);
    browser.press("ee").await;
    browser.until("!document.getElementById('waiting').hidden").await;
    let _again = Serving::start_alone(folder.path(), &["--listen", &address.to_string()]);
    browser
        .until("document.querySelectorAll('[data-state=dismissed]').length === 3")
        .await;
    browser.until("document.getElementById('waiting').hidden").await;
    browser.open("/desk?view=dismissed").await;
    assert_eq!(browser.ask("document.querySelectorAll('[data-row]').length").await, 3);
}
