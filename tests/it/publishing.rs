//! Going out: once, whole, never before its time; and back again.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use docent::domain::list::checks::FindingKind;
use docent::domain::list::{EditionId, ListRules, PickId, Place, Schedule, Stage};
use docent::domain::time::Timestamp;
use docent::store::editions::{EditionChange, EditionFilter};
use docent::store::lists::ListChange;
use docent::store::picks::PickLine;
use docent::store::{Acting, Move, PickChange, RestoreFrom, StoreError};
use docent::worker::publish;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::support::database::TestDatabase;
use crate::support::desk::{Desk, fresh_id};

crate::on_both_databases!(
    what_is_due_goes_out_at_its_time_and_not_before,
    two_publishers_at_once_publish_each_thing_once,
    a_clock_that_jumps_publishes_each_thing_once_and_in_order,
    a_kill_in_the_middle_leaves_all_or_nothing,
    what_was_withdrawn_comes_back_at_its_place_as_a_correction,
    an_edition_takes_its_picks_back_and_brings_them_again,
    what_was_picked_anew_does_not_come_back_twice,
    an_edition_without_a_pick_is_a_draft_again,
    a_correction_is_seen_as_such_and_what_was_seen_before_is_kept,
    no_operation_on_drafts_changes_what_readers_see,
    merging_and_retiring_change_nothing_that_went_out,
    a_story_that_was_merged_stands_on_a_list_once,
    nothing_goes_out_on_an_archived_list,
    the_next_edition_is_made_when_one_goes_out,
    what_the_outlet_does_not_allow_does_not_go_out,
    checks_tell_what_ran_before_and_what_is_dead,
    a_pick_in_an_edition_goes_out_with_it,
    whatever_is_shown_moves_the_list_on,
    a_running_docent_lets_out_what_is_due,
    programs_that_sort_by_time_keep_the_order_of_an_edition,
);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

async fn what_is_due_goes_out_at_its_time_and_not_before(database: TestDatabase) {
    let desk = Desk::with(database, 4).await;
    let picks = desk.picks(4).await;
    let edition = desk.edition(&[picks[2], picks[0]]).await;
    let due = desk.at(HOUR);
    desk.store
        .schedule_edition(edition, Some(due), desk.acting)
        .await
        .unwrap();
    desk.store.schedule_pick(picks[1], due, desk.acting).await.unwrap();
    let before = desk.seen_by_readers().await;
    assert_eq!(desk.store.next_publication().await.unwrap(), Some(due));

    let early = publish::once(&desk.store, due.minus(Duration::from_millis(1)), fresh_id)
        .await
        .unwrap();
    assert!(early.is_empty());
    assert_eq!(desk.seen_by_readers().await, before);

    let went = publish::once(&desk.store, due, fresh_id).await.unwrap();
    assert_eq!((went.editions.len(), went.picks.len()), (1, 1));
    // The single pick went out last, so it is read first.
    assert_eq!(desk.published().await, [picks[1], picks[2], picks[0]]);
    let line = desk.edition_line(edition).await.edition;
    assert_eq!((line.stage, line.published_at), (Stage::Published, Some(due)));
    for pick in [picks[2], picks[0]] {
        assert_eq!(desk.line(pick).await.pick.published_at, Some(due));
    }
    assert_eq!(desk.line(picks[3]).await.pick.stage, Stage::Draft);

    let after = desk.seen_by_readers().await;
    assert!(
        publish::once(&desk.store, desk.at(DAY), fresh_id)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(desk.seen_by_readers().await, after);
}

async fn programs_that_sort_by_time_keep_the_order_of_an_edition(database: TestDatabase) {
    let desk = Desk::with(database, 4).await;
    let picks = desk.picks(4).await;
    let edition = desk.edition(&[picks[2], picks[0], picks[3], picks[1]]).await;
    desk.store.publish_edition(edition, desk.acting).await.unwrap();
    let dated = || -> Vec<(String, Timestamp)> {
        let feed = desk.app.get("/lists/reading/feed.json").json();
        let items = feed["items"].as_array().unwrap().iter();
        items
            .map(|item| {
                let at = Timestamp::parse(item["date_published"].as_str().unwrap()).unwrap();
                (item["id"].as_str().unwrap().to_owned(), at)
            })
            .collect()
    };
    let at = desk.edition_line(edition).await.edition.published_at.unwrap();
    let in_order = |items: &[(String, Timestamp)]| {
        let expected: Vec<Timestamp> = (0..4).map(|place| at.minus(Duration::from_secs(place))).collect();
        assert_eq!(items.iter().map(|(_, at)| *at).collect::<Vec<_>>(), expected);
    };
    let before = dated();
    in_order(&before);
    // What is moved after it went out is moved for them too.
    desk.place(picks[1], None, Place::First).await.unwrap();
    let after = dated();
    in_order(&after);
    assert_eq!((&after[0].0, &after[1].0), (&before[3].0, &before[0].0));
}

async fn two_publishers_at_once_publish_each_thing_once(database: TestDatabase) {
    let desk = Desk::with(database, 12).await;
    let picks = desk.picks(12).await;
    for number in 0..4 {
        let edition = desk.edition(&picks[number * 2..number * 2 + 2]).await;
        desk.store
            .schedule_edition(edition, Some(desk.at(HOUR)), desk.acting)
            .await
            .unwrap();
    }
    for pick in &picks[8..] {
        desk.store
            .schedule_pick(*pick, desk.at(HOUR), desk.acting)
            .await
            .unwrap();
    }
    let mut publishers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (store, now) = (desk.app.database.open_again().await, desk.at(HOUR * 2));
        publishers.spawn(async move {
            let went = publish::once(&store, now, fresh_id).await.unwrap();
            store.close().await;
            (went.editions.len(), went.picks.len())
        });
    }
    let all = publishers.join_all().await;
    assert_eq!(all.iter().map(|(editions, _)| editions).sum::<usize>(), 4);
    assert_eq!(all.iter().map(|(_, picks)| picks).sum::<usize>(), 4);
    assert_each_told_once(&desk, 4, 4).await;
}

async fn a_clock_that_jumps_publishes_each_thing_once_and_in_order(database: TestDatabase) {
    let desk = Desk::with(database, 6).await;
    let picks = desk.picks(6).await;
    // A day forwards, a day back, and again.
    let clocks = [DAY, Duration::ZERO, DAY * 2, HOUR, DAY, DAY * 3];
    let mut order = Vec::new();
    for (pick, clock) in picks.iter().zip(clocks) {
        let now = desk.at(clock);
        let acting = Acting { at: now, ..desk.acting };
        desk.store.schedule_pick(*pick, now.plus(HOUR), acting).await.unwrap();
        let due = desk.line(*pick).await.pick.due_at.unwrap();
        publish::once(&desk.store, due.minus(Duration::from_millis(1)), fresh_id)
            .await
            .unwrap();
        assert_eq!(
            desk.line(*pick).await.pick.stage,
            Stage::Scheduled,
            "not before its time"
        );
        publish::once(&desk.store, due, fresh_id).await.unwrap();
        let published = desk.line(*pick).await.pick;
        assert_eq!(published.stage, Stage::Published);
        assert!(published.published_at.unwrap() >= due);
        order.insert(0, *pick);
        assert_eq!(
            desk.published().await,
            order,
            "what went out last is read first, whatever the clock says"
        );
    }
    assert_each_told_once(&desk, 0, 6).await;
}

async fn a_kill_in_the_middle_leaves_all_or_nothing(database: TestDatabase) {
    const ROUNDS: usize = 12;
    let desk = Desk::with(database, ROUNDS * 4).await;
    let picks = desk.picks(ROUNDS * 4).await;
    let begun = Instant::now();
    assert!(docent(&desk, &["publish", "--due"]).status().unwrap().success());
    let whole = begun.elapsed();
    for (round, picks) in picks.chunks(4).enumerate() {
        let edition = desk.edition(&picks[..3]).await;
        desk.store
            .schedule_edition(edition, Some(desk.at(HOUR)), desk.acting)
            .await
            .unwrap();
        desk.store
            .schedule_pick(picks[3], desk.at(HOUR), desk.acting)
            .await
            .unwrap();
        let mut program = docent(&desk, &["publish", "--due"]).spawn().unwrap();
        // From as long as it takes when nothing is due, to twice that: before, amid and after the writing.
        let moment = whole + whole * u32::try_from(round).unwrap() / u32::try_from(ROUNDS).unwrap();
        let begun = Instant::now();
        while begun.elapsed() < moment && program.try_wait().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        let _ = program.kill();
        program.wait().unwrap();
        let out = desk.published().await;
        let shown = picks.iter().filter(|pick| out.contains(pick)).count();
        let is_out = desk.edition_line(edition).await.edition.stage == Stage::Published;
        assert_eq!(shown, if is_out { 4 } else { 0 }, "round {round}");
    }
    assert!(docent(&desk, &["publish", "--due"]).status().unwrap().success());
    let mut out = desk.published().await;
    out.sort();
    assert_eq!(out, picks);
    assert_each_told_once(&desk, i64::try_from(ROUNDS).unwrap(), i64::try_from(ROUNDS).unwrap()).await;
}

async fn what_was_withdrawn_comes_back_at_its_place_as_a_correction(database: TestDatabase) {
    let desk = Desk::with(database, 2).await;
    let picks = desk.picks(2).await;
    desk.store.publish_pick(picks[0], desk.acting).await.unwrap();
    desk.store.publish_pick(picks[1], desk.later(HOUR)).await.unwrap();
    let first = desk.line(picks[0]).await.pick;
    desk.store.withdraw_pick(picks[0], desk.later(HOUR * 2)).await.unwrap();
    assert_eq!(desk.published().await, [picks[1]]);
    desk.store.publish_pick(picks[0], desk.later(HOUR * 3)).await.unwrap();
    assert_eq!(desk.published().await, [picks[1], picks[0]]);
    let again = desk.line(picks[0]).await.pick;
    assert_eq!(
        (again.published_at, again.public_id),
        (first.published_at, first.public_id)
    );
    assert_eq!(again.corrected_at, Some(desk.at(HOUR * 3)));
    assert_eq!(again.withdrawn_at, None);
}

async fn an_edition_takes_its_picks_back_and_brings_them_again(database: TestDatabase) {
    let desk = Desk::with(database, 3).await;
    let picks = desk.picks(3).await;
    let edition = desk.edition(&picks).await;
    desk.store.publish_edition(edition, desk.acting).await.unwrap();
    desk.store.withdraw_pick(picks[1], desk.later(HOUR)).await.unwrap();
    desk.store
        .withdraw_edition(edition, desk.later(HOUR * 2))
        .await
        .unwrap();
    assert_eq!(desk.published().await, []);
    let refused = desk.store.publish_pick(picks[0], desk.acting).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    desk.store.publish_edition(edition, desk.later(HOUR * 3)).await.unwrap();
    assert_eq!(
        desk.published().await,
        [picks[0], picks[2]],
        "what was withdrawn before it stays withdrawn"
    );
    desk.store.publish_pick(picks[1], desk.later(HOUR * 4)).await.unwrap();
    assert_eq!(desk.published().await, picks);
    let line = desk.edition_line(edition).await.edition;
    assert_eq!(
        (line.stage, line.published_at),
        (Stage::Published, desk.line(picks[0]).await.pick.published_at)
    );
}

async fn what_was_picked_anew_does_not_come_back_twice(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let pick = desk.pick(0).await;
    desk.store.publish_pick(pick, desk.acting).await.unwrap();
    desk.store.withdraw_pick(pick, desk.acting).await.unwrap();
    let anew = desk.pick(0).await;
    let refused = desk.store.publish_pick(pick, desk.acting).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    desk.store.publish_pick(anew, desk.acting).await.unwrap();
    assert_eq!(desk.published().await, [anew]);
}

async fn an_edition_without_a_pick_is_a_draft_again(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let pick = desk.pick(0).await;
    let edition = desk.edition(&[]).await;
    let empty = desk
        .store
        .schedule_edition(edition, Some(desk.at(HOUR)), desk.acting)
        .await;
    assert!(matches!(empty, Err(StoreError::Refused(_))), "{empty:?}");
    desk.place(pick, Some(Some(edition)), Place::First).await.unwrap();
    desk.store
        .schedule_edition(edition, Some(desk.at(HOUR)), desk.acting)
        .await
        .unwrap();
    desk.place(pick, Some(None), Place::First).await.unwrap();
    let before = desk.seen_by_readers().await;
    let went = publish::once(&desk.store, desk.at(HOUR), fresh_id).await.unwrap();
    assert_eq!((went.editions.len(), went.called_back.len()), (0, 1));
    assert_eq!(desk.edition_line(edition).await.edition.stage, Stage::Draft);
    assert_eq!(desk.seen_by_readers().await, before);
}

async fn a_correction_is_seen_as_such_and_what_was_seen_before_is_kept(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let id = desk.pick(0).await;
    let change = |headline: &str, correction: Option<&str>| PickChange {
        headline: Some(headline.to_owned()),
        correction: correction.map(str::to_owned),
        ..PickChange::default()
    };
    let version = async || desk.line(id).await.pick.version;
    desk.store
        .change_pick(id, version().await, change("never seen", None), desk.acting)
        .await
        .unwrap();
    desk.store
        .change_pick(id, version().await, change("seen", None), desk.acting)
        .await
        .unwrap();
    desk.store.publish_pick(id, desk.later(HOUR)).await.unwrap();
    let told = Some("A name was wrong.");
    desk.store
        .change_pick(id, version().await, change("corrected", told), desk.later(HOUR * 2))
        .await
        .unwrap();
    let pick = desk.line(id).await.pick;
    assert_eq!(pick.corrected_at, Some(desk.at(HOUR * 2)));
    assert_eq!(pick.correction, "A name was wrong.");
    assert_eq!(
        (pick.published_at, pick.public_at),
        (Some(desk.at(HOUR)), Some(desk.at(HOUR * 2)))
    );
    let versions = desk.store.pick_versions(id).await.unwrap();
    let shown: Vec<_> = versions
        .iter()
        .map(|v| (v.text.headline.as_str(), v.shown_at))
        .collect();
    assert_eq!(
        shown[..3],
        [
            ("corrected", Some(desk.at(HOUR * 2))),
            ("seen", Some(desk.at(HOUR))),
            ("never seen", None)
        ]
    );
    let seen = RestoreFrom::Version(versions[1].version);
    desk.store
        .restore_text(id, version().await, seen, desk.later(HOUR * 3))
        .await
        .unwrap();
    let pick = desk.line(id).await.pick;
    assert_eq!(
        (pick.text.headline.as_str(), pick.corrected_at),
        ("seen", Some(desk.at(HOUR * 3)))
    );
    assert_eq!(
        desk.app
            .database
            .count("select count(*) from event where kind = 'pick.corrected'")
            .await,
        2
    );
}

/// An operation on a draft, and what it is about.
#[derive(Debug, Clone, Copy)]
struct Deed {
    kind: u8,
    pick: usize,
    other: usize,
}

async fn no_operation_on_drafts_changes_what_readers_see(database: TestDatabase) {
    let desk = Desk::with(database, 9).await;
    let picks = desk.picks(9).await;
    let out = desk.edition(&picks[..2]).await;
    desk.store.publish_edition(out, desk.acting).await.unwrap();
    desk.store.publish_pick(picks[2], desk.acting).await.unwrap();
    let drafts = [desk.edition(&picks[3..5]).await, desk.edition(&[]).await];
    let before = desk.seen_by_readers().await;
    let deed = (0_u8..10, 3_usize..9, 3_usize..9).prop_map(|(kind, pick, other)| Deed { kind, pick, other });
    let deeds = proptest::collection::vec(deed, 150);
    let mut done = [0; 10];
    for deed in deeds.new_tree(&mut TestRunner::deterministic()).unwrap().current() {
        match act_on_draft(&desk, &picks, drafts, deed).await {
            Ok(()) => done[usize::from(deed.kind)] += 1,
            Err(StoreError::Refused(_)) => {}
            Err(error) => panic!("{deed:?}: {error}"),
        }
        assert_eq!(desk.seen_by_readers().await, before, "{deed:?}");
    }
    assert!(done.iter().all(|count| *count > 0), "each was done: {done:?}");
}

#[expect(clippy::too_many_lines, reason = "it is a table of acts")]
async fn act_on_draft(desk: &Desk, picks: &[PickId], drafts: [EditionId; 2], deed: Deed) -> Result<(), StoreError> {
    let (store, acting) = (&desk.store, desk.acting);
    let (pick, other) = (picks[deed.pick], picks[deed.other]);
    let edition = drafts[deed.other % 2];
    let later = desk.at(HOUR);
    let version = desk.line(pick).await.pick.version;
    match deed.kind {
        0 => {
            store
                .move_pick(
                    pick,
                    Move {
                        edition: None,
                        place: Place::After(other),
                    },
                    acting,
                )
                .await
        }
        1 => {
            store
                .move_pick(
                    pick,
                    Move {
                        edition: Some(Some(edition)),
                        place: Place::First,
                    },
                    acting,
                )
                .await
        }
        2 => {
            store
                .move_pick(
                    pick,
                    Move {
                        edition: Some(None),
                        place: Place::Last,
                    },
                    acting,
                )
                .await
        }
        3 => {
            let note = Some(format!("note {}", deed.other));
            store
                .change_pick(
                    pick,
                    version,
                    PickChange {
                        note,
                        ..PickChange::default()
                    },
                    acting,
                )
                .await
        }
        4 => store.restore_text(pick, version, RestoreFrom::Original, acting).await,
        5 => store.schedule_pick(pick, later, acting).await,
        6 => store.call_back_pick(pick).await,
        7 => store.schedule_edition(edition, Some(later), acting).await,
        8 => store.call_back_edition(edition, acting).await,
        _ => {
            let version = desk.edition_line(edition).await.edition.version;
            let title = Some(format!("title {}", deed.pick));
            store
                .change_edition(
                    edition,
                    version,
                    EditionChange {
                        title,
                        ..EditionChange::default()
                    },
                    acting,
                )
                .await
        }
    }
}

async fn merging_and_retiring_change_nothing_that_went_out(database: TestDatabase) {
    let desk = Desk::with(database, 3).await;
    let picks = desk.picks(2).await;
    for pick in &picks {
        desk.store.publish_pick(*pick, desk.acting).await.unwrap();
    }
    let before = desk.seen_by_readers().await;
    desk.merge(0, 2).await;
    desk.merge(1, 2).await;
    desk.app
        .database
        .meddle("update source set retired_at = 1, name = 'other', home = 'https://other.example/'")
        .await;
    desk.app
        .database
        .meddle("update article set title = 'other', excerpt = 'other', page = 'gone', gone_at = 1")
        .await;
    assert_eq!(desk.seen_by_readers().await, before);
    // And both are known as picks of the story that they were joined into.
    let of_story: Vec<PickLine> = desk.store.picks_of_story(desk.story(2)).await.unwrap();
    assert_eq!(of_story.len(), 2);
}

async fn a_story_that_was_merged_stands_on_a_list_once(database: TestDatabase) {
    let desk = Desk::with(database, 2).await;
    let pick = desk.pick(0).await;
    desk.merge(0, 1).await;
    let again = desk.store.pick_story(&desk.new_pick(1)).await;
    assert!(matches!(again, Err(StoreError::Refused(_))), "{again:?}");
    desk.store.publish_pick(pick, desk.acting).await.unwrap();
    desk.store.withdraw_pick(pick, desk.acting).await.unwrap();
    desk.pick(1).await;
}

async fn nothing_goes_out_on_an_archived_list(database: TestDatabase) {
    let desk = Desk::with(database, 2).await;
    let picks = desk.picks(2).await;
    let edition = desk.edition(&picks[..1]).await;
    desk.store
        .schedule_pick(picks[1], desk.at(HOUR), desk.acting)
        .await
        .unwrap();
    let version = desk.list.version;
    let scheduled = desk.store.archive_list(desk.list.id, version, desk.acting.at).await;
    assert!(matches!(scheduled, Err(StoreError::Refused(_))), "{scheduled:?}");
    desk.store.call_back_pick(picks[1]).await.unwrap();
    desk.store
        .archive_list(desk.list.id, version, desk.acting.at)
        .await
        .unwrap();
    for refused in [
        desk.store.publish_pick(picks[1], desk.acting).await,
        desk.store.schedule_pick(picks[1], desk.at(HOUR), desk.acting).await,
        desk.store.publish_edition(edition, desk.acting).await,
        desk.store
            .schedule_edition(edition, Some(desk.at(HOUR)), desk.acting)
            .await,
    ] {
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }
    desk.store.restore_list(desk.list.id).await.unwrap();
    desk.store.publish_edition(edition, desk.acting).await.unwrap();
}

async fn the_next_edition_is_made_when_one_goes_out(database: TestDatabase) {
    let fridays = Schedule::parse("Fridays 09:00 Europe/London").unwrap();
    let rules = ListRules {
        cadence: Some(fridays),
        ..ListRules::default()
    };
    let desk = Desk::under(database, 2, rules).await;
    let editions = async || {
        desk.store
            .editions(desk.list.id, EditionFilter::default(), 10)
            .await
            .unwrap()
    };
    let first = editions().await[0].edition.clone();
    for number in 0..2 {
        desk.place(desk.pick(number).await, Some(Some(first.id)), Place::Last)
            .await
            .unwrap();
    }
    desk.store.schedule_edition(first.id, None, desk.acting).await.unwrap();
    publish::once(&desk.store, first.due_at.unwrap(), fresh_id)
        .await
        .unwrap();
    let all = editions().await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].edition.number, 2);
    assert_eq!(all[0].edition.due_at.unwrap().to_string(), "2026-03-13T09:00:00Z");
    assert_eq!(all[0].edition.stage, Stage::Draft);
    desk.store.withdraw_edition(first.id, desk.acting).await.unwrap();
    desk.store.publish_edition(first.id, desk.acting).await.unwrap();
    assert_eq!(editions().await.len(), 2, "one is open already");
}

async fn what_the_outlet_does_not_allow_does_not_go_out(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    desk.app
        .database
        .meddle("update source set rules = '{\"excerpt_words\":3}'")
        .await;
    let id = desk.pick(0).await;
    let version = desk.line(id).await.pick.version;
    let long = PickChange {
        excerpt: Some("one two three four".to_owned()),
        ..PickChange::default()
    };
    desk.store.change_pick(id, version, long, desk.acting).await.unwrap();
    let refused = desk.store.publish_pick(id, desk.acting).await;
    assert!(
        matches!(&refused, Err(StoreError::Refused(why)) if why.contains("allows 3")),
        "{refused:?}"
    );
    let edition = desk.edition(&[id]).await;
    let refused = desk
        .store
        .schedule_edition(edition, Some(desk.at(HOUR)), desk.acting)
        .await;
    assert!(
        matches!(&refused, Err(StoreError::Refused(why)) if why.contains("allows 3")),
        "{refused:?}"
    );
}

async fn checks_tell_what_ran_before_and_what_is_dead(database: TestDatabase) {
    let desk = Desk::with(database, 3).await;
    let (ran, fresh) = (desk.pick(0).await, desk.pick(1).await);
    desk.store.publish_pick(ran, desk.acting).await.unwrap();
    let other = desk
        .store
        .make_list(crate::support::desk::new_list("other"), desk.acting.at, fresh_id)
        .await
        .unwrap();
    let mut new = desk.new_pick(0);
    new.list = other.id;
    let again = desk.store.pick_story(&new).await.unwrap();
    let of = async |pick: PickId, list| {
        let filter = docent::store::picks::PickFilter::default();
        let lines = desk.store.picks(list, filter, 100).await.unwrap();
        let pick = lines.into_iter().find(|line| line.pick.id == pick).unwrap().pick;
        let findings = desk.store.check_pick(pick, &ListRules::default()).await.unwrap();
        findings.into_iter().map(|finding| finding.kind).collect::<Vec<_>>()
    };
    assert_eq!(of(again, other.id).await, [FindingKind::AlreadyRan]);
    assert_eq!(of(ran, desk.list.id).await, [], "itself does not count");
    assert_eq!(of(fresh, desk.list.id).await, []);
    // The title is known, in another story.
    desk.app
        .database
        .meddle("update article set title = (select original_title from pick where stage = 'published') where id = (select lead_id from story where id = (select max(story_id) from pick where stage = 'draft'))")
        .await;
    assert_eq!(of(fresh, desk.list.id).await, [FindingKind::AnotherVersionRan]);
    desk.app.database.meddle("update article set page = 'gone'").await;
    assert_eq!(
        of(fresh, desk.list.id).await,
        [FindingKind::LinkDead, FindingKind::AnotherVersionRan]
    );
    let runs = desk.store.runs(desk.story(0)).await.unwrap();
    assert_eq!(runs.len(), 1);
    assert!(runs[0].same_story);
}

async fn a_pick_in_an_edition_goes_out_with_it(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let pick = desk.pick(0).await;
    let edition = desk.edition(&[pick]).await;
    for refused in [
        desk.store.publish_pick(pick, desk.acting).await,
        desk.store.schedule_pick(pick, desk.at(HOUR), desk.acting).await,
        desk.store.withdraw_pick(pick, desk.acting).await,
        desk.store.withdraw_edition(edition, desk.acting).await,
        desk.store.call_back_edition(edition, desk.acting).await,
        desk.store
            .schedule_edition(edition, Some(desk.acting.at), desk.acting)
            .await,
        desk.store.schedule_edition(edition, None, desk.acting).await,
    ] {
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }
    desk.store
        .schedule_edition(edition, Some(desk.at(HOUR)), desk.acting)
        .await
        .unwrap();
    desk.store.call_back_edition(edition, desk.acting).await.unwrap();
    assert!(
        publish::once(&desk.store, desk.at(DAY), fresh_id)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(desk.line(pick).await.pick.stage, Stage::Draft);
}

async fn whatever_is_shown_moves_the_list_on(database: TestDatabase) {
    let desk = Desk::with(database, 2).await;
    let picks = desk.picks(2).await;
    let edition = desk.edition(&picks).await;
    let mut last = desk.list_now().await;
    let mut moved_on = async |what: &str| {
        let now = desk.list_now().await;
        assert!(now.public_revision > last.public_revision, "{what}");
        assert!(now.public_at > last.public_at, "{what}");
        last = now;
    };
    desk.store.publish_edition(edition, desk.acting).await.unwrap();
    moved_on("an edition went out").await;
    desk.place(picks[1], None, Place::First).await.unwrap();
    moved_on("its order was changed").await;
    assert_eq!(desk.published().await, [picks[1], picks[0]]);
    let line = desk.edition_line(edition).await.edition;
    let title = EditionChange {
        title: Some("Spring".to_owned()),
        ..EditionChange::default()
    };
    desk.store
        .change_edition(edition, line.version, title, desk.acting)
        .await
        .unwrap();
    moved_on("its title was changed").await;
    let list = desk.list_now().await;
    let mut told = list.told.clone();
    "Reading".clone_into(&mut told.name);
    let change = ListChange {
        told: Some(told),
        ..ListChange::default()
    };
    desk.store
        .change_list(list.id, list.version, change, desk.acting)
        .await
        .unwrap();
    moved_on("the list was renamed").await;
    desk.store.withdraw_pick(picks[0], desk.acting).await.unwrap();
    moved_on("a pick was withdrawn").await;
}

async fn a_running_docent_lets_out_what_is_due(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let pick = desk.pick(0).await;
    desk.store
        .schedule_pick(pick, desk.at(HOUR), desk.acting)
        .await
        .unwrap();
    let _serving = Running(docent(&desk, &["serve", "--listen", "127.0.0.1:0"]).spawn().unwrap());
    let begun = Instant::now();
    while desk.published().await.is_empty() {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "it is due and does not go out"
        );
        tokio::task::yield_now().await;
    }
    assert_each_told_once(&desk, 0, 1).await;
}

/// Killed when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// So many editions and single picks were told of, each once.
async fn assert_each_told_once(desk: &Desk, editions: i64, picks: i64) {
    let database = &desk.app.database;
    assert_eq!(
        database
            .count("select count(*) from event where kind = 'edition.published'")
            .await,
        editions
    );
    assert_eq!(
        database
            .count("select count(*) from event where kind = 'pick.published'")
            .await,
        picks
    );
    assert_eq!(
        database.count("select count(distinct body) from event").await,
        database.count("select count(*) from event").await
    );
}

fn docent(desk: &Desk, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docent"));
    command
        .args(arguments)
        // Beside that of the test, whose index is in use.
        .env("DOCENT_DATA", desk.app.database.folder.path().join("program"))
        .env("DOCENT_DATABASE", &desk.app.database.setting)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}
