//! Lists and editions at the desk, as a browser without script uses them.

use std::time::Duration;

use docent::domain::editor::Role;
use docent::domain::list::{EditionId, ListRules, PickId, Schedule, Stage};

use crate::support::app::{SignedIn, TestApp};
use crate::support::browser::{between, form, ids_before, parts};
use crate::support::database::TestDatabase;
use crate::support::desk::Desk;

crate::on_both_databases!(
    an_admin_makes_a_list_and_changes_its_rules,
    what_a_list_cannot_be_is_said_and_nothing_typed_is_lost,
    the_lists_tell_what_is_due_and_what_waits,
    an_edition_is_filled_ordered_and_scheduled_in_a_few_presses,
    what_stops_an_edition_is_said_on_its_page_with_where_to_mend_it,
    an_edition_goes_out_at_once_and_is_taken_back,
    a_pick_without_an_edition_goes_out_alone,
    a_pick_is_taken_from_the_list_and_put_back_by_undo,
    title_and_introduction_of_two_editors_are_both_kept,
    a_list_is_archived_and_taken_back_into_use,
    previews_may_stand_in_frames_of_our_own_and_nobody_elses,
    script_gets_the_bench_and_what_is_said,
    the_current_edition_is_the_one_that_is_due_next,
);

async fn an_admin_makes_a_list_and_changes_its_rules(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let admin = app.as_editor(Role::Admin).await;
    let made = form(
        &admin,
        "/desk/lists",
        &[
            ("name", "What We're Reading"),
            ("cadence", "Fridays 09:00 Europe/London"),
            ("target", "5"),
            ("excerpt_words", "60"),
        ],
    );
    let place = made.header("location").unwrap_or_default().to_owned();
    assert_eq!((made.status, place.as_str()), (303, "/desk/lists/what-we-re-reading"));
    let page = admin.get(&place);
    assert!(
        page.text().contains("No. 1") && page.text().contains("(Europe/London)"),
        "{}",
        page.text()
    );
    let rules = admin.get(&format!("{place}/rules"));
    let version = between(rules.text(), "name=\"version\" value=\"", "\"");
    let fields = [
        ("name", "Reading"),
        ("excerpt_words", "40"),
        ("version", version),
        ("cadence", ""),
    ];
    let changed = form(&admin, &format!("{place}/rules"), &fields);
    assert_eq!(changed.status, 303, "{}", changed.text());
    let outdated = form(&admin, &format!("{place}/rules"), &fields);
    assert_eq!(outdated.status, 412);
    assert!(
        outdated.text().contains("Somebody else changed the list meanwhile"),
        "{}",
        outdated.text()
    );
    assert!(admin.get("/desk/lists").text().contains(">Reading</a>"));
    let editor = app.as_editor(Role::Editor).await;
    assert_eq!(form(&editor, "/desk/lists", &[("name", "x")]).status, 403);
}

async fn what_a_list_cannot_be_is_said_and_nothing_typed_is_lost(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let admin = app.as_editor(Role::Admin).await;
    let wanted = [
        ("name", "Reading"),
        ("cadence", "Fridays at nine"),
        ("excerpt_words", "60"),
    ];
    let refused = form(&admin, "/desk/lists", &wanted);
    assert_eq!(refused.status, 422);
    let text = refused.text();
    assert!(text.contains("value=\"Fridays at nine\""), "{text}");
    let said = between(text, "role=\"status\">", "</span>");
    assert!(said.contains("No time"), "{said}");
    for _ in 0..2 {
        form(&admin, "/desk/lists", &[("name", "Reading"), ("excerpt_words", "60")]);
    }
    let taken = form(&admin, "/desk/lists", &[("name", "Reading"), ("excerpt_words", "60")]);
    assert_eq!(taken.status, 409);
    assert!(
        taken.text().contains("There is a list of that name"),
        "{}",
        taken.text()
    );
}

async fn the_lists_tell_what_is_due_and_what_waits(database: TestDatabase) {
    let (desk, editor) = weekly(database, 3).await;
    desk.picks(3).await;
    let page = editor.get("/desk/lists");
    let text = page.text();
    assert!(text.contains("No. 1</a> <span class=\"chip\">draft</span>"), "{text}");
    assert!(text.contains("<td class=\"number\">3</td>"), "{text}");
    assert!(text.contains("meant for Friday"), "{text}");
}

async fn an_edition_is_filled_ordered_and_scheduled_in_a_few_presses(database: TestDatabase) {
    let (desk, editor) = weekly(database, 7).await;
    let picks = desk.picks(7).await;
    let back = ("back", "/desk/lists/reading");
    let edition = open(&desk).await;
    let there = format!("/desk/editions/{}", name(&desk, edition).await);
    assert_eq!(form(&editor, &there, &[("act", "fill"), back]).status, 303);
    // The newest of those that wait.
    assert_eq!(
        desk.edition_order(edition).await,
        [picks[6], picks[5], picks[4], picks[3], picks[2]]
    );
    let page = editor.get("/desk/lists/reading");
    let down = ids_before(page.text(), "id=\"down-");
    let up = ids_before(page.text(), "id=\"up-");
    assert_eq!((down.len(), up.len()), (5, 5));
    // The second goes down by one, the last up by one, as their buttons say.
    press(&editor, page.text(), "down", &down[1], back);
    let page = editor.get("/desk/lists/reading");
    press(&editor, page.text(), "up", &up[4], back);
    assert_eq!(
        desk.edition_order(edition).await,
        [picks[6], picks[4], picks[5], picks[2], picks[3]]
    );
    let page = editor.get("/desk/lists/reading");
    let due = between(page.text(), "name=\"due\" type=\"datetime-local\" value=\"", "\"");
    let done = form(&editor, &there, &[("act", "schedule"), ("due", due), back]);
    assert_eq!(
        (done.status, done.header("location")),
        (303, Some("/desk/lists/reading"))
    );
    let line = desk.edition_line(edition).await.edition;
    assert_eq!(line.stage, Stage::Scheduled);
    assert!(
        editor
            .get("/desk/lists/reading")
            .text()
            .contains("Goes out by itself on Friday")
    );
    form(&editor, &there, &[("act", "call_back"), back]);
    assert_eq!(desk.edition_line(edition).await.edition.stage, Stage::Draft);
}

async fn what_stops_an_edition_is_said_on_its_page_with_where_to_mend_it(database: TestDatabase) {
    let (desk, editor) = weekly(database, 2).await;
    let edition = open(&desk).await;
    let id = name(&desk, edition).await;
    let there = format!("/desk/editions/{id}");
    let page = editor.get(&there);
    assert!(
        page.text()
            .contains("Stops it</strong> <a href=\"#drawer\">there is no pick in it"),
        "{}",
        page.text()
    );
    let refused = form(&editor, &there, &[("act", "publish"), ("back", &there)]);
    assert_eq!(refused.status, 409);
    assert!(
        said(refused.text()).contains("There is no pick in it."),
        "{}",
        said(refused.text())
    );
    let late = [
        ("act", "schedule"),
        ("due", "2001-01-01T09:00"),
        ("back", there.as_str()),
    ];
    assert!(said(form(&editor, &there, &late).text()).contains("That time has passed"));
    let none = [("act", "schedule"), ("due", ""), ("back", there.as_str())];
    assert_eq!(form(&editor, &there, &none).status, 422);
}

async fn an_edition_goes_out_at_once_and_is_taken_back(database: TestDatabase) {
    let (desk, editor) = weekly(database, 2).await;
    let picks = desk.picks(2).await;
    let edition = open(&desk).await;
    let there = format!("/desk/editions/{}", name(&desk, edition).await);
    form(&editor, &there, &[("act", "fill"), ("back", &there)]);
    assert!(editor.get(&there).text().contains("with 2 picks"));
    form(&editor, &there, &[("act", "publish"), ("back", &there)]);
    assert_eq!(desk.published().await, [picks[1], picks[0]]);
    let page = editor.get(&there);
    assert!(page.text().contains("Went out on ") && page.text().contains("Withdraw the edition"));
    form(&editor, &there, &[("act", "withdraw"), ("back", &there)]);
    assert_eq!(desk.published().await, []);
    form(&editor, &there, &[("act", "publish"), ("back", &there)]);
    assert_eq!(desk.published().await.len(), 2);
    // The next edition was begun by the cadence.
    assert!(editor.get("/desk/lists/reading").text().contains("No. 2"));
}

async fn a_pick_without_an_edition_goes_out_alone(database: TestDatabase) {
    let desk = Desk::with(database, 2).await;
    let editor = desk.app.as_editor(Role::Editor).await;
    let picks = desk.picks(2).await;
    let back = ("back", "/desk/lists/reading");
    assert!(editor.get("/desk/lists/reading").text().contains("No edition is open"));
    let first = format!("/desk/picks/{}", pick_name(&desk, picks[0]).await);
    form(&editor, &first, &[("act", "publish"), back]);
    assert_eq!(desk.published().await, [picks[0]]);
    let page = editor.get("/desk/lists/reading");
    assert!(page.text().contains("Went out alone") && page.text().contains("Withdraw it"));
    form(&editor, &first, &[("act", "withdraw"), back]);
    assert_eq!(desk.published().await, []);
    let second = format!("/desk/picks/{}", pick_name(&desk, picks[1]).await);
    let due = [("act", "schedule"), ("due", "2099-05-04T09:00"), back];
    assert_eq!(form(&editor, &second, &due).status, 303);
    assert!(
        editor
            .get("/desk/lists/reading")
            .text()
            .contains("alone on Monday 4 May 2099, 09:00")
    );
    form(&editor, &second, &[("act", "call_back"), back]);
    assert_eq!(desk.line(picks[1]).await.pick.stage, Stage::Draft);
    form(&editor, "/desk/lists/reading/editions", &[back]);
    assert!(editor.get("/desk/lists/reading").text().contains("No. 1"));
}

async fn a_pick_is_taken_from_the_list_and_put_back_by_undo(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let editor = desk.app.as_editor(Role::Editor).await;
    let story = desk.story_name(0).to_owned();
    let back = ("back", "/desk/lists/reading");
    form(
        &editor,
        "/desk/acts",
        &[("one", &format!("pick:reading {story}")), back],
    );
    assert_eq!(desk.unplaced().await.len(), 1);
    form(
        &editor,
        "/desk/acts",
        &[("one", &format!("unpick:reading {story}")), back],
    );
    assert_eq!(desk.unplaced().await.len(), 0);
    let page = editor.get("/desk/lists/reading");
    let batch = between(page.text(), "name=\"batch\" value=\"", "\"").to_owned();
    form(&editor, "/desk/undo", &[("batch", &batch), back]);
    assert_eq!(desk.unplaced().await.len(), 1);
}

async fn title_and_introduction_of_two_editors_are_both_kept(database: TestDatabase) {
    let (desk, editor) = weekly(database, 1).await;
    let edition = open(&desk).await;
    let there = format!("/desk/editions/{}", name(&desk, edition).await);
    let fields = |title, intro| {
        [
            ("act", "write"),
            ("title", title),
            ("title_before", "No. 1"),
            ("intro", intro),
            ("intro_before", ""),
            ("back", "/desk/lists/reading"),
        ]
    };
    form(&editor, &there, &fields("No. 1: roofs", "Mine."));
    form(&editor, &there, &fields("No. 1", "Yours."));
    let line = desk.edition_line(edition).await.edition;
    assert_eq!(
        (line.title.as_str(), line.intro.as_str()),
        ("No. 1: roofs", "Mine.\n\nYours.")
    );
    let empty = form(&editor, &there, &fields(" ", ""));
    assert_eq!(empty.status, 422);
    assert!(
        said(empty.text()).contains("must not be empty"),
        "{}",
        said(empty.text())
    );
}

async fn a_list_is_archived_and_taken_back_into_use(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let admin = desk.app.as_editor(Role::Admin).await;
    assert_eq!(form(&admin, "/desk/lists/reading/archive", &[]).status, 303);
    assert!(
        admin
            .get("/desk/lists/reading")
            .text()
            .contains("This list is archived")
    );
    assert_eq!(
        form(&admin, "/desk/lists/reading/archive", &[("restore", "1")]).status,
        303
    );
    assert!(desk.list_now().await.archived_at.is_none());
}

async fn previews_may_stand_in_frames_of_our_own_and_nobody_elses(database: TestDatabase) {
    let (desk, editor) = weekly(database, 1).await;
    let pick = desk.pick(0).await;
    let edition = open(&desk).await;
    let id = name(&desk, edition).await;
    let pick = pick_name(&desk, pick).await;
    for place in [
        format!("/desk/editions/{id}/preview"),
        "/desk/lists/reading/preview".to_owned(),
        format!("/desk/picks/{pick}/preview"),
    ] {
        for shown in ["page", "feed", "box", "mail"] {
            let answer = editor.get(&format!("{place}/{shown}"));
            let policy = answer.header("content-security-policy").unwrap_or_default();
            assert_eq!(answer.status, 200, "{place}/{shown}");
            assert!(policy.contains("frame-ancestors 'self'"), "{place}/{shown}: {policy}");
            assert!(!policy.contains("unsafe"), "{place}/{shown}: {policy}");
            assert!(!answer.text().contains("style=\""), "{place}/{shown}");
        }
        assert_eq!(editor.get(&format!("{place}/other")).status, 404);
    }
    for page in [
        format!("/desk/editions/{id}/preview"),
        "/desk/lists/reading/preview".to_owned(),
    ] {
        let answer = editor.get(&page);
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("frame-src 'self'"),
            "{policy}"
        );
        assert_eq!(answer.text().matches("<iframe").count(), 8);
    }
}

async fn script_gets_the_bench_and_what_is_said(database: TestDatabase) {
    let (desk, editor) = weekly(database, 2).await;
    desk.picks(2).await;
    let edition = open(&desk).await;
    let there = format!("/desk/editions/{}", name(&desk, edition).await);
    let answer = parts(&editor, &there, &[("act", "fill"), ("back", &there)]);
    let text = answer.text();
    assert_eq!(answer.status, 200);
    assert!(
        text.contains("<template data-for=\"bench\" data-how=\"inside\">"),
        "{text}"
    );
    assert!(text.contains("2 picks were put in."), "{text}");
    let order = desk.edition_order(edition).await;
    let (first, second) = (pick_name(&desk, order[0]).await, pick_name(&desk, order[1]).await);
    let moved = parts(
        &editor,
        &format!("/desk/picks/{first}/move"),
        &[("after", &second), ("back", &there)],
    );
    assert!(moved.text().contains(": place 2 of 2."), "{}", moved.text());
    let taken_out = parts(
        &editor,
        &format!("/desk/picks/{first}/move"),
        &[("edition", ""), ("back", &there)],
    );
    assert!(taken_out.text().contains(" waits."), "{}", taken_out.text());
    assert_eq!(desk.edition_order(edition).await, [order[1]]);
}

async fn the_current_edition_is_the_one_that_is_due_next(database: TestDatabase) {
    let (desk, editor) = weekly(database, 1).await;
    let edition = open(&desk).await;
    let current = editor.get("/desk/edition");
    let expected = format!("/desk/editions/{}", name(&desk, edition).await);
    assert_eq!(
        (current.status, current.header("location")),
        (303, Some(expected.as_str()))
    );
}

/// A list that goes out on Fridays with five picks, and an editor at it.
async fn weekly(database: TestDatabase, stories: usize) -> (Desk, SignedIn) {
    let rules = ListRules {
        target: Some(5),
        cadence: Some(Schedule::parse("Fridays 09:00 Europe/London").unwrap()),
        ..ListRules::default()
    };
    let desk = Desk::under(database, stories, rules).await;
    desk.app.worker.pass(Duration::from_secs(1));
    let editor = desk.app.as_editor(Role::Editor).await;
    (desk, editor)
}

/// Presses the button of a pick that moves it.
fn press(editor: &SignedIn, page: &str, way: &str, pick: &str, back: (&str, &str)) {
    let button = between(page, &format!("id=\"{way}-{pick}\""), ">");
    let (name, value) = (between(button, "name=\"", "\""), between(button, "value=\"", "\""));
    let done = form(editor, &format!("/desk/picks/{pick}/move"), &[(name, value), back]);
    assert_eq!(done.status, 303, "{}", done.text());
}

async fn open(desk: &Desk) -> EditionId {
    let open = desk.store.open_editions(desk.list.id, 1).await.unwrap();
    open[0].edition.id
}

async fn name(desk: &Desk, edition: EditionId) -> String {
    desk.edition_line(edition).await.edition.public_id
}

async fn pick_name(desk: &Desk, pick: PickId) -> String {
    desk.line(pick).await.pick.public_id
}

fn said(page: &str) -> &str {
    between(page, "role=\"status\">", "</span>")
}
