//! Task one: fifty stories are triaged, by keys alone and by presses alone.

use docent::domain::decision::Status;
use docent::store::picks::PickFilter;

use super::newsroom::{Newsroom, STORIES};

/// What an editor does with each of fifty stories: eight picks, five holds, the rest is a no.
const ACTS: &str = "eepeesepeeeseepeeeeseepeeeepeesepeeeeespeeeepeeeee";
/// The most keys, and the most presses, that it may take.
const KEYS_MAX: u32 = 52;
const PRESSES_MAX: u32 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_stories_are_triaged_with_a_key_each() {
    let Some(mut room) = Newsroom::open(STORIES).await else {
        return;
    };
    room.browser.open("/desk").await;
    room.browser.press(ACTS).await;
    all_is_decided(&room).await;
    assert!(room.browser.inputs <= KEYS_MAX, "{}", room.browser.inputs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_stories_are_triaged_with_a_press_each() {
    let Some(mut room) = Newsroom::open(STORIES).await else {
        return;
    };
    room.browser.open("/desk").await;
    let ids = room
        .browser
        .ask("[...document.querySelectorAll('[data-row]')].map((row) => row.id)")
        .await;
    let ids: Vec<String> = serde_json::from_value(ids).expect("names");
    assert_eq!(ids.len(), STORIES);
    for (id, act) in ids.iter().zip(ACTS.chars()) {
        let act = match act {
            'p' => "pick",
            's' => "hold",
            _ => "dismiss",
        };
        room.browser.click(&format!("#{id} [data-act={act}]")).await;
    }
    all_is_decided(&room).await;
    assert!(room.browser.inputs <= PRESSES_MAX, "{}", room.browser.inputs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_is_undone_and_done_again_by_keys() {
    let Some(mut room) = Newsroom::open(3).await else {
        return;
    };
    room.browser.open("/desk").await;
    room.browser.press("e").await;
    room.browser
        .until("document.querySelector('[data-state=dismissed]') !== null")
        .await;
    room.browser.press("z").await;
    room.browser
        .until("document.querySelector('[data-state=dismissed]') === null")
        .await;
    room.browser.press("Z").await;
    room.browser
        .until("document.querySelector('[data-state=dismissed]') !== null")
        .await;
    assert_eq!(count(&room, Status::Dismissed).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_in_a_text_field_is_a_letter() {
    let Some(mut room) = Newsroom::open(3).await else {
        return;
    };
    room.browser.open("/desk").await;
    room.browser.press("E").await;
    room.browser.until("document.activeElement.id === 'reason'").await;
    room.browser.write("seen elsewhere").await;
    room.browser.press("\u{E007}").await;
    room.browser
        .until("document.querySelector('[data-state=dismissed]') !== null")
        .await;
    assert_eq!(
        (count(&room, Status::Dismissed).await, count(&room, Status::Held).await),
        (1, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_script_and_on_a_telephone_a_form_decides() {
    let Some(mut room) = Newsroom::open(3).await else {
        return;
    };
    room.browser.resize(360, 740).await;
    room.browser.allow_script(false).await;
    room.browser.open("/desk").await;
    room.browser.click("[data-act=hold]").await;
    room.browser.allow_script(true).await;
    room.browser
        .until("document.querySelectorAll('[data-row]').length === 2")
        .await;
    assert_eq!(count(&room, Status::Held).await, 1);
}

/// Waits until the server knows all, and says how long inputs waited.
async fn all_is_decided(room: &Newsroom) {
    let pending = "document.querySelectorAll('[data-state]:not([data-state=new])').length";
    room.browser.until(&format!("{pending} === {STORIES}")).await;
    let store = &room.app.database.store;
    let picks = store.picks(room.list, PickFilter::default(), 100).await.expect("picks");
    assert_eq!(
        (
            picks.len(),
            count(room, Status::Held).await,
            count(room, Status::Dismissed).await
        ),
        (8, 5, 37)
    );
    let mut waits = room.browser.waits().await;
    waits.sort_by(f64::total_cmp);
    let slow = waits.len();
    println!(
        "{slow} of {STORIES} inputs waited 16 ms or more for their frame; the longest {:?} ms",
        waits.last()
    );
    assert_eq!(room.browser.console().await, Vec::<String>::new());
}

async fn count(room: &Newsroom, status: Status) -> u32 {
    room.app.database.store.count_of_status(status).await.expect("a count")
}
