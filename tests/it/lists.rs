//! Reading lists and what stands on them: picks with their own copy, their texts and versions, their order.

use docent::domain::link::Link;
use docent::domain::list::{ListRules, PickId, Place, Schedule, Stage, Topics, Version};
use docent::store::editions::{EditionFilter, NewEdition};
use docent::store::lists::ListChange;
use docent::store::{PickChange, RestoreFrom, StoreError};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::support::app::TestApp;
use crate::support::database::TestDatabase;
use crate::support::desk::{Desk, fresh_id, new_list};

crate::on_both_databases!(
    a_pick_keeps_its_own_copy_of_the_lead_article,
    a_story_stands_on_a_list_once,
    an_excerpt_is_as_long_as_list_and_outlet_allow,
    topics_of_the_source_are_prefilled,
    a_change_of_a_pick_is_kept_and_gone_back_to,
    a_change_by_one_who_saw_another_version_is_refused,
    moves_are_those_of_a_plain_order,
    concurrent_moves_keep_every_pick_once,
    a_pick_takes_the_stage_of_the_edition_that_it_is_moved_into,
    a_deleted_edition_leaves_its_picks,
    a_cadence_makes_the_next_edition,
    lists_are_kept_in_order_and_archived,
);

async fn a_pick_keeps_its_own_copy_of_the_lead_article(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let pick = desk.pick(0).await;
    let before = desk.line(pick).await;
    assert_eq!(before.pick.stage, Stage::Draft);
    assert_eq!(before.pick.text.headline, before.pick.original.original_title);
    assert_eq!(before.pick.original.outlet, "gazette-0");
    assert_eq!(
        before.pick.original.link.as_ref().unwrap().as_str(),
        "https://gazette-0.example/0"
    );
    assert_eq!(before.list_slug.as_str(), "reading");
    let meddle = &desk.app.database;
    meddle
        .meddle("update article set title = 'gone', excerpt = 'gone', link = null")
        .await;
    meddle
        .meddle("update source set name = 'gone', home = null, retired_at = 1")
        .await;
    meddle.meddle("update story set gone_at = 1").await;
    assert_eq!(desk.line(pick).await, before);
}

async fn a_story_stands_on_a_list_once(database: TestDatabase) {
    let desk = Desk::with(database, 2).await;
    desk.picks(2).await;
    let again = desk.store.pick_story(&desk.new_pick(0)).await;
    assert!(matches!(again, Err(StoreError::Refused(_))), "{again:?}");
    assert_eq!(desk.published().await, []);
    assert_eq!(desk.unplaced().await.len(), 2);
}

async fn an_excerpt_is_as_long_as_list_and_outlet_allow(database: TestDatabase) {
    let rules = ListRules {
        excerpt_words: 6,
        ..ListRules::default()
    };
    let desk = Desk::under(database, 2, rules).await;
    let words = |line: &docent::store::picks::PickLine| line.pick.text.excerpt.split_whitespace().count();
    let by_list = desk.line(desk.pick(0).await).await;
    assert_eq!(words(&by_list), 6);
    desk.app
        .database
        .meddle("update source set rules = '{\"excerpt_words\":3}'")
        .await;
    let by_outlet = desk.line(desk.pick(1).await).await;
    assert_eq!(words(&by_outlet), 3);
    assert_eq!(by_outlet.pick.original.excerpt_words_max, Some(3));
    assert_eq!(by_outlet.pick.original.original_excerpt, by_outlet.pick.text.excerpt);
}

async fn topics_of_the_source_are_prefilled(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    desk.app
        .database
        .meddle("update source set topics = '[\"Museums\",\"schools\"]'")
        .await;
    let line = desk.line(desk.pick(0).await).await;
    assert_eq!(line.pick.text.topics, Topics::tidy(["Museums", "schools"]));
}

async fn a_change_of_a_pick_is_kept_and_gone_back_to(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let id = desk.pick(0).await;
    let first = desk.line(id).await.pick;
    let change = PickChange {
        headline: Some("Our headline".to_owned()),
        excerpt: Some("Our excerpt.".to_owned()),
        note: Some("Why.".to_owned()),
        image: Some(Link::parse("https://a.example/i.png")),
        image_alt: Some(Some("A thing".to_owned())),
        topics: Some(Topics::tidy(["x"])),
        correction: None,
    };
    desk.store
        .change_pick(id, first.version, change.clone(), desk.acting)
        .await
        .unwrap();
    let second = desk.line(id).await.pick;
    assert_eq!(
        (second.text.headline.as_str(), second.text.note.as_str()),
        ("Our headline", "Why.")
    );
    assert_eq!(second.original, first.original);

    desk.store
        .change_pick(id, second.version, change, desk.acting)
        .await
        .unwrap();
    assert_eq!(desk.line(id).await.pick, second, "what changes nothing is no change");

    desk.store
        .restore_text(id, second.version, RestoreFrom::OriginalExcerpt, desk.acting)
        .await
        .unwrap();
    let third = desk.line(id).await.pick;
    assert_eq!(third.text.excerpt, first.original.original_excerpt);
    assert_eq!(third.text.headline, "Our headline");

    desk.store
        .restore_text(id, third.version, RestoreFrom::Version(first.version), desk.acting)
        .await
        .unwrap();
    let fourth = desk.line(id).await.pick;
    assert_eq!(fourth.text, first.text);
    let versions = desk.store.pick_versions(id).await.unwrap();
    let texts: Vec<_> = versions.iter().map(|version| &version.text).collect();
    assert_eq!(texts, [&fourth.text, &third.text, &second.text, &first.text]);
    assert!(
        versions
            .iter()
            .all(|version| version.shown_at.is_none() && version.changed_by == "Ada Lovelace")
    );
    let missing = desk
        .store
        .restore_text(id, fourth.version, RestoreFrom::Version(Version(99)), desk.acting)
        .await;
    assert!(matches!(missing, Err(StoreError::Missing)), "{missing:?}");
}

async fn a_change_by_one_who_saw_another_version_is_refused(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let id = desk.pick(0).await;
    let seen = desk.line(id).await.pick.version;
    let note = |text: &str| PickChange {
        note: Some(text.to_owned()),
        ..PickChange::default()
    };
    desk.store
        .change_pick(id, seen, note("mine"), desk.acting)
        .await
        .unwrap();
    let late = desk.store.change_pick(id, seen, note("yours"), desk.acting).await;
    assert!(matches!(late, Err(StoreError::Outdated)), "{late:?}");
    assert_eq!(desk.line(id).await.pick.text.note, "mine");
}

/// Where to, and beside which of the picks.
fn places(count: usize, moves: usize) -> Vec<(usize, u8, usize)> {
    let one = (0..count, 0_u8..4, 0..count);
    let strategy = proptest::collection::vec(one, moves);
    strategy.new_tree(&mut TestRunner::deterministic()).unwrap().current()
}

fn place(kind: u8, neighbour: PickId) -> Place {
    match kind {
        0 => Place::First,
        1 => Place::Last,
        2 => Place::Before(neighbour),
        _ => Place::After(neighbour),
    }
}

async fn moves_are_those_of_a_plain_order(database: TestDatabase) {
    let desk = Desk::with(database, 6).await;
    let picks = desk.picks(6).await;
    // So near to each other that they are counted anew again and again.
    desk.app.database.meddle("update pick set position = id").await;
    let mut model = picks.clone();
    for (moved, kind, beside) in places(6, 120) {
        let (moved, beside) = (picks[moved], picks[beside]);
        desk.place(moved, None, place(kind, beside)).await.unwrap();
        if moved != beside || kind < 2 {
            model.retain(|pick| *pick != moved);
            let at = |pick| model.iter().position(|other| *other == pick).unwrap();
            let index = match kind {
                0 => 0,
                1 => model.len(),
                2 => at(beside),
                _ => at(beside) + 1,
            };
            model.insert(index, moved);
        }
        assert_eq!(desk.unplaced().await, model);
    }
}

async fn concurrent_moves_keep_every_pick_once(database: TestDatabase) {
    let desk = Desk::with(database, 8).await;
    let picks = desk.picks(8).await;
    desk.app.database.meddle("update pick set position = id").await;
    let edition = desk.edition(&picks[..2]).await;
    let mut movers = tokio::task::JoinSet::new();
    for mover in 0..4_usize {
        let store = desk.app.database.open_again().await;
        let (acting, picks) = (desk.acting, picks.clone());
        movers.spawn(async move {
            for (moved, kind, beside) in places(8, 100).into_iter().skip(mover * 25).take(25) {
                let target = (moved % 3 == 0).then_some((mover % 2 == 0).then_some(edition));
                let to = docent::store::Move {
                    edition: target,
                    place: place(kind, picks[beside]),
                };
                match store.move_pick(picks[moved], to, acting).await {
                    Ok(()) | Err(StoreError::Refused(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            store.close().await;
        });
    }
    movers.join_all().await;
    let mut all = desk.unplaced().await;
    all.extend(desk.edition_order(edition).await);
    all.sort();
    assert_eq!(all, picks);
}

async fn a_pick_takes_the_stage_of_the_edition_that_it_is_moved_into(database: TestDatabase) {
    let desk = Desk::with(database, 3).await;
    let picks = desk.picks(3).await;
    let edition = desk.edition(&picks[..1]).await;
    let due = desk.at(std::time::Duration::from_hours(1));
    desk.store
        .schedule_edition(edition, Some(due), desk.acting)
        .await
        .unwrap();
    desk.place(picks[1], None, Place::Before(picks[0])).await.unwrap();
    assert_eq!(desk.edition_order(edition).await, [picks[1], picks[0]]);
    let into = desk.line(picks[1]).await.pick;
    assert_eq!((into.stage, into.due_at), (Stage::Scheduled, Some(due)));
    desk.place(picks[1], Some(None), Place::First).await.unwrap();
    let out = desk.line(picks[1]).await.pick;
    assert_eq!((out.stage, out.due_at, out.edition_id), (Stage::Draft, None, None));
    assert_eq!(desk.unplaced().await, [picks[1], picks[2]]);

    desk.store.publish_edition(edition, desk.acting).await.unwrap();
    for (pick, edition) in [(picks[0], Some(None)), (picks[1], Some(Some(edition)))] {
        let refused = desk.place(pick, edition, Place::First).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }
}

async fn a_deleted_edition_leaves_its_picks(database: TestDatabase) {
    let desk = Desk::with(database, 4).await;
    let picks = desk.picks(4).await;
    let edition = desk.edition(&[picks[1], picks[0]]).await;
    let line = desk.edition_line(edition).await.edition;
    desk.store.delete_edition(edition, line.version).await.unwrap();
    assert_eq!(desk.unplaced().await, [picks[2], picks[3], picks[1], picks[0]]);
    assert_eq!(desk.store.edition(&line.public_id).await.unwrap(), None);
}

async fn a_cadence_makes_the_next_edition(database: TestDatabase) {
    let fridays = Schedule::parse("Fridays 09:00 Europe/London").unwrap();
    let rules = ListRules {
        cadence: Some(fridays),
        ..ListRules::default()
    };
    let desk = Desk::under(database, 1, rules).await;
    let dues = async || {
        let editions = desk
            .store
            .editions(desk.list.id, EditionFilter::default(), 10)
            .await
            .unwrap();
        editions
            .into_iter()
            .map(|line| (line.edition.number, line.edition.due_at.unwrap().to_string()))
            .collect::<Vec<_>>()
    };
    // The desk opens on a Monday.
    assert_eq!(dues().await, [(1, "2026-03-06T09:00:00Z".to_owned())]);
    let new = NewEdition {
        list: desk.list.id,
        title: None,
        intro: String::new(),
        due_at: None,
    };
    desk.store.make_edition(new, desk.acting).await.unwrap();
    assert_eq!(dues().await[0], (2, "2026-03-13T09:00:00Z".to_owned()));
}

async fn lists_are_kept_in_order_and_archived(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let store = &app.database.store;
    let acting = docent::store::Acting {
        by: app.as_editor(docent::domain::editor::Role::Admin).await.editor.id,
        at: app.worker.now(),
        fresh_id,
    };
    let mut lists = Vec::new();
    for id in ["a", "b", "c"] {
        lists.push(store.make_list(new_list(id), acting.at, fresh_id).await.unwrap());
    }
    let order = async || {
        store
            .lists()
            .await
            .unwrap()
            .into_iter()
            .map(|list| list.slug.to_string())
            .collect::<Vec<_>>()
    };
    let taken = store.make_list(new_list("b"), acting.at, fresh_id).await;
    assert!(matches!(taken, Err(StoreError::Taken(_))));
    let first = ListChange {
        place: Some(1),
        ..ListChange::default()
    };
    store
        .change_list(lists[2].id, lists[2].version, first, acting)
        .await
        .unwrap();
    assert_eq!(order().await, ["c", "a", "b"]);
    store
        .archive_list(lists[0].id, lists[0].version, acting.at)
        .await
        .unwrap();
    assert_eq!(order().await, ["c", "b", "a"]);
    let stale = store.archive_list(lists[0].id, lists[0].version, acting.at).await;
    assert!(matches!(stale, Err(StoreError::Outdated)), "{stale:?}");
    store.restore_list(lists[0].id).await.unwrap();
    assert_eq!(order().await, ["c", "a", "b"]);
}
