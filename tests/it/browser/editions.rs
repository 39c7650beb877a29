//! Tasks two and three: this week's edition is made of picks, and an excerpt is mended that readers see.

use docent::domain::editor::Role;
use docent::domain::list::{ListRules, PickId, Schedule, Stage};
use docent::store::lists::ListChange;
use docent::store::picks::{NewPick, PickFilter};
use docent::store::stories::StoryFilter;
use docent::store::{Acting, Store};

use super::newsroom::Newsroom;
use crate::support::desk::fresh_id;

/// The most keys, and the most presses, that an edition may take.
const KEYS_MAX: u32 = 14;
const PRESSES_MAX: u32 = 18;
/// The most inputs besides typing that it may take to mend an excerpt.
const MENDING_MAX: u32 = 4;
const TAB: &str = "\u{E004}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edition_of_five_is_made_and_scheduled_by_keys() {
    let Some(mut room) = Newsroom::open(8).await else {
        return;
    };
    let acting = weekly(&room).await;
    pick(&room, acting, 8).await;
    room.browser.open("/desk").await;
    room.browser.press("ge").await;
    room.browser.until("document.getElementById('fill') !== null").await;
    room.browser.press("f").await;
    room.browser.until(&in_it(5)).await;
    let before = order(&room).await;
    room.browser.press("jJ").await;
    room.browser.until_text("place 3 of 5.").await;
    room.browser.press("jJ").await;
    room.browser.until_text("place 5 of 5.").await;
    room.browser.press("S").await;
    room.browser.until_text("goes out by itself on Friday").await;
    assert_eq!(order(&room).await, [0, 2, 1, 4, 3].map(|at| before[at].clone()));
    assert_eq!(stage(&room.app.database.store, &room).await, Stage::Scheduled);
    assert!(room.browser.inputs <= KEYS_MAX, "{}", room.browser.inputs);
    assert_eq!(room.browser.console().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edition_of_five_is_made_and_scheduled_by_presses_on_a_telephone() {
    let Some(mut room) = Newsroom::open(8).await else {
        return;
    };
    let acting = weekly(&room).await;
    pick(&room, acting, 8).await;
    room.browser.resize(360, 740).await;
    room.browser.open("/desk").await;
    room.browser.click("nav a[href='/desk/lists']").await;
    room.browser.click("th a[href='/desk/lists/reading']").await;
    for count in 1..=5 {
        room.browser.click("#drawer [data-act=pick]").await;
        room.browser.until(&in_it(count)).await;
    }
    let before = order(&room).await;
    room.browser.click("#items li:nth-child(2) [id^=up-]").await;
    room.browser.until_text("place 1 of 5.").await;
    room.browser.click("#items li:nth-child(4) [id^=down-]").await;
    room.browser.until_text("place 5 of 5.").await;
    room.browser.click("#schedule").await;
    room.browser.until_text("goes out by itself on Friday").await;
    assert_eq!(order(&room).await, [1, 0, 2, 4, 3].map(|at| before[at].clone()));
    assert!(room.browser.inputs <= PRESSES_MAX, "{}", room.browser.inputs);
    assert_eq!(room.browser.console().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_excerpt_is_mended_and_seen_in_the_feed() {
    let Some(mut room) = Newsroom::open(1).await else {
        return;
    };
    let acting = weekly(&room).await;
    let picks = pick(&room, acting, 1).await;
    let store = &room.app.database.store;
    store.publish_pick(picks[0], acting).await.expect("it goes out");
    let line = store
        .picks(room.list, PickFilter::default(), 1)
        .await
        .expect("picks")
        .remove(0);
    room.browser.open(&format!("/desk/stories/{}", line.story)).await;
    room.browser.click("#excerpt-reading").await;
    room.browser.write("Mended. ").await;
    room.browser.press(TAB).await;
    room.browser.until_text("Saved.").await;
    room.browser.click(".tabs a[href$='/feed']").await;
    let feed = "document.querySelector('.look iframe').contentDocument?.body?.innerText.includes('Mended.')";
    room.browser.until(feed).await;
    assert!(room.browser.inputs <= MENDING_MAX + 1, "{}", room.browser.inputs);
    let feed = room.app.get("/lists/reading/feed.atom");
    assert!(feed.text().contains("Mended."), "{}", feed.text());
    assert_eq!(room.browser.console().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_browsers_write_in_one_field_is_lost_in_neither() {
    let Some(mut room) = Newsroom::open(1).await else {
        return;
    };
    let acting = weekly(&room).await;
    pick(&room, acting, 1).await;
    let store = &room.app.database.store;
    let line = store
        .picks(room.list, PickFilter::default(), 1)
        .await
        .expect("picks")
        .remove(0);
    let page = format!("/desk/stories/{}", line.story);
    let other = room.app.as_editor(Role::Editor).await;
    let Some(mut theirs) = super::driver::Browser::signed_in(room.app.address, &other).await else {
        return;
    };
    room.browser.open(&page).await;
    theirs.open(&page).await;
    for (browser, text) in [(&mut theirs, "Theirs. "), (&mut room.browser, "Mine. ")] {
        browser.click("#note-reading").await;
        browser.write(text).await;
        browser.press(TAB).await;
        browser
            .until("document.querySelector('#clashes-reading').childElementCount > 0")
            .await;
    }
    room.browser.until_text("Somebody else wrote here meanwhile").await;
    let shown = room
        .browser
        .ask("document.querySelector('.clash dd').textContent")
        .await;
    let typed = room.browser.ask("document.querySelector('#note-reading').value").await;
    assert_eq!((shown.as_str(), typed.as_str()), (Some("Theirs."), Some("Mine. ")));
    room.browser.click(".clash button").await;
    room.browser.until("document.querySelector('.clash') === null").await;
    let line = store
        .picks(room.list, PickFilter::default(), 1)
        .await
        .expect("picks")
        .remove(0);
    assert_eq!(line.pick.text.note, "Mine.");
}

/// The list goes out on Fridays, with five picks.
async fn weekly(room: &Newsroom) -> Acting {
    let acting = Acting {
        by: room.app.reader.editor.id,
        at: room.app.worker.now(),
        fresh_id,
    };
    let store = &room.app.database.store;
    let list = store.list_by_id(room.list).await.expect("an answer").expect("the list");
    let change = ListChange {
        rules: Some(ListRules {
            target: Some(5),
            cadence: Some(Schedule::parse("Fridays 09:00 Europe/London").expect("a schedule")),
            ..list.rules
        }),
        ..ListChange::default()
    };
    store
        .change_list(list.id, list.version, change, acting)
        .await
        .expect("a change");
    acting
}

async fn pick(room: &Newsroom, acting: Acting, count: u32) -> Vec<PickId> {
    let store = &room.app.database.store;
    let mut picks = Vec::new();
    for story in store.stories(&StoryFilter::default(), count).await.expect("stories") {
        let new = NewPick {
            list: room.list,
            story: story.id,
            by: acting.by,
            at: acting.at,
            public_id: fresh_id(),
        };
        picks.push(store.pick_story(&new).await.expect("a pick"));
    }
    picks
}

fn in_it(count: usize) -> String {
    format!("document.querySelectorAll('#items > .item').length === {count}")
}

async fn order(room: &Newsroom) -> Vec<String> {
    let shown = "[...document.querySelectorAll('#items .headline')].map((headline) => headline.textContent)";
    serde_json::from_value(room.browser.ask(shown).await).expect("texts")
}

async fn stage(store: &Store, room: &Newsroom) -> Stage {
    let open = store.open_editions(room.list, 1).await.expect("editions");
    open[0].edition.stage
}
