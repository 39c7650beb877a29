//! The desk as a browser without script uses it: forms and links.

use docent::domain::editor::Role;
use docent::domain::list::ListRules;
use docent::domain::source::Slug;
use docent::store::decisions::Whose;
use docent::store::lists::{NewList, Told};

use crate::support::app::{SignedIn, TestApp};
use crate::support::browser::{FORM, between, encoded, form};
use crate::support::database::TestDatabase;
use crate::support::http::Answer;
use crate::support::site::Reply;

crate::on_both_databases!(
    triage_shows_what_nobody_decided_and_a_form_decides_it,
    a_form_for_chosen_rows_is_undone_at_once,
    a_picked_story_leaves_the_new_ones,
    script_gets_the_rows_that_changed_and_what_is_said,
    what_an_editor_hides_only_they_do_not_see,
    somebody_who_may_only_suggest_can_do_no_more,
    the_text_of_a_story_brings_nothing_from_elsewhere,
    nobody_gets_in_without_signing_in,
    arrivals_are_counted_and_rows_come_anew,
);

const STORIES: &[(&str, &str)] = &[
    ("Roof repaired", "Workers mended the roof of the gallery."),
    ("Garden opens", "Lanterns guide visitors until eleven."),
    ("Prize awarded", "A small museum won a prize."),
];

async fn triage_shows_what_nobody_decided_and_a_form_decides_it(database: TestDatabase) {
    let (app, editor) = start(database).await;
    let page = editor.get("/desk");
    assert_eq!((page.status, rows(&page).len()), (200, 3));
    let first = rows(&page).remove(0);
    let done = form(
        &editor,
        "/desk/acts",
        &[("one", &format!("dismiss {first}")), ("back", "/desk")],
    );
    assert_eq!((done.status, done.header("location")), (303, Some("/desk")));
    assert_eq!(rows(&editor.get("/desk")).len(), 2);
    assert_eq!(rows(&editor.get("/desk?view=dismissed")), [first]);
    drop(app);
}

async fn a_form_for_chosen_rows_is_undone_at_once(database: TestDatabase) {
    let (app, editor) = start(database).await;
    let ids = rows(&editor.get("/desk"));
    let fields: Vec<(&str, &str)> = ids
        .iter()
        .map(|id| ("id", id.as_str()))
        .chain([("all", "hold")])
        .collect();
    assert_eq!(form(&editor, "/desk/acts", &fields).status, 303);
    assert_eq!(
        (
            rows(&editor.get("/desk")).len(),
            rows(&editor.get("/desk?view=held")).len()
        ),
        (0, 3)
    );
    let acts = app
        .database
        .store
        .decisions(Whose::Of(editor.editor.id), None, 10)
        .await
        .unwrap();
    let page = editor.get("/desk");
    assert!(
        page.text().contains(&acts[0].batch),
        "the page offers to undo the last act"
    );
    form(&editor, "/desk/undo", &[("batch", &acts[0].batch)]);
    assert_eq!(rows(&editor.get("/desk")).len(), 3);
    form(&editor, "/desk/redo", &[("batch", &acts[0].batch)]);
    assert_eq!(rows(&editor.get("/desk?view=held")).len(), 3);
}

async fn a_picked_story_leaves_the_new_ones(database: TestDatabase) {
    let (app, editor) = start(database).await;
    list(&app, "reading", "What We're Reading").await;
    let page = editor.get("/desk");
    assert!(page.text().contains("What We&#39;re Reading"));
    let first = rows(&page).remove(0);
    form(&editor, "/desk/acts", &[("one", &format!("pick {first}"))]);
    assert_eq!(rows(&editor.get("/desk")).len(), 2);
    let story = app.database.store.story_line(&first).await.unwrap().unwrap();
    assert_eq!(story.curated.picks[0].list.as_str(), "reading");
}

async fn script_gets_the_rows_that_changed_and_what_is_said(database: TestDatabase) {
    let (app, editor) = start(database).await;
    let first = rows(&editor.get("/desk")).remove(0);
    let body = encoded(&[("one", &format!("dismiss {first}"))]);
    let parts = editor.send("POST", "/desk/acts", &body, &[FORM, ("X-Parts", "1")]);
    let text = parts.text();
    assert_eq!(parts.status, 200);
    for part in [
        format!("data-for=\"s-{first}\""),
        "data-state=\"dismissed\"".to_owned(),
        "data-for=\"said\"".to_owned(),
    ] {
        assert!(text.contains(&part), "{part}: {text}");
    }
    assert!(text.contains("Dismissed") && text.contains("id=\"undo\""), "{text}");
    drop(app);
}

async fn what_an_editor_hides_only_they_do_not_see(database: TestDatabase) {
    let (app, editor) = start(database).await;
    let first = rows(&editor.get("/desk")).remove(0);
    form(&editor, "/desk/acts", &[("one", &format!("hide {first}"))]);
    let other = app.as_editor(Role::Editor).await;
    assert_eq!(
        (rows(&editor.get("/desk")).len(), rows(&other.get("/desk")).len()),
        (2, 3)
    );
    assert_eq!(rows(&editor.get("/desk?view=hidden")), [first]);
}

async fn somebody_who_may_only_suggest_can_do_no_more(database: TestDatabase) {
    let (app, _) = start(database).await;
    let contributor = app.as_editor(Role::Contributor).await;
    let page = contributor.get("/desk");
    assert!(!page.text().contains("data-act=\"dismiss\""));
    let first = rows(&page).remove(0);
    let refused = form(&contributor, "/desk/acts", &[("one", &format!("dismiss {first}"))]);
    let taken = form(&contributor, "/desk/acts", &[("one", &format!("suggest {first}"))]);
    assert_eq!((refused.status, taken.status), (403, 303));
    let suggested = contributor.get("/desk?view=suggested");
    let by = format!("suggested by {}", contributor.editor.shown_name);
    assert!(suggested.text().contains(&by), "{by}: {}", suggested.text());
    assert_eq!(rows(&suggested), [first]);
}

async fn the_text_of_a_story_brings_nothing_from_elsewhere(database: TestDatabase) {
    let app = TestApp::start(database).await;
    let editor = app.as_editor(Role::Editor).await;
    let text = "<p>The wing <img src=\"https://elsewhere.example/pixel.png\" alt=\"The wing\"> is open.</p>";
    let item = format!(
        "<item><title>Wing opens</title><link>/wing</link><description><![CDATA[{text}]]></description></item>"
    );
    let document = format!("<rss version=\"2.0\"><channel><title>g</title>{item}</channel></rss>");
    app.site.put("/feed", Reply::feed(document));
    app.worker.add_feed("gazette", &app.site.link("/feed")).await;
    app.worker.poll("gazette").await;
    let id = rows(&editor.get("/desk")).remove(0);
    for path in [
        format!("/desk/stories/{id}"),
        format!("/desk/stories/{id}/text"),
        "/desk".to_owned(),
    ] {
        let page = editor.get(&path);
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text().contains("elsewhere.example"), "{path}: {}", page.text());
    }
}

async fn nobody_gets_in_without_signing_in(database: TestDatabase) {
    let (app, editor) = start(database).await;
    let id = rows(&editor.get("/desk")).remove(0);
    for path in [
        "/desk".to_owned(),
        "/desk/fresh".to_owned(),
        format!("/desk/stories/{id}"),
        format!("/desk/stories/{id}/text"),
    ] {
        let answer = app.send("GET", &path, "", &[]);
        assert_eq!(answer.status, 303, "{path}");
        assert!(
            answer.header("location").is_some_and(|to| to.starts_with("/login?")),
            "{path}"
        );
    }
    for path in ["/desk/acts", "/desk/undo", "/desk/redo"] {
        assert_eq!(
            app.send("POST", path, &encoded(&[("one", &format!("hold {id}"))]), &[FORM])
                .status,
            303,
            "{path}"
        );
    }
    assert_eq!(rows(&editor.get("/desk")).len(), 3);
}

async fn arrivals_are_counted_and_rows_come_anew(database: TestDatabase) {
    let (app, editor) = start(database).await;
    let page = editor.get("/desk");
    let fresh = between(page.text(), "data-refresh=\"", "\"").replace("&#38;", "&");
    assert!(!editor.get(&fresh).text().contains("1 new"));
    app.worker.pass(std::time::Duration::from_hours(1));
    app.collect("courier", &[("Later news", "It came later.")]).await;
    let first = rows(&page).remove(0);
    let joint = if fresh.contains('?') { "&" } else { "?" };
    let parts = editor.get(&format!("{fresh}{joint}row={first}"));
    assert!(parts.text().contains("1 new"), "{}", parts.text());
    assert!(
        parts.text().contains(&format!("data-for=\"s-{first}\"")),
        "{}",
        parts.text()
    );
}

async fn start(database: TestDatabase) -> (TestApp, SignedIn) {
    let app = TestApp::with_stories(database, STORIES).await;
    let editor = app.as_editor(Role::Editor).await;
    (app, editor)
}

async fn list(app: &TestApp, slug: &str, name: &str) {
    let new = NewList {
        slug: Slug::parse(slug).unwrap(),
        told: Told {
            name: name.to_owned(),
            about: String::new(),
            language: None,
        },
        rules: ListRules::default(),
    };
    app.database
        .store
        .make_list(new, app.worker.now(), docent::app::fresh_id)
        .await
        .unwrap();
}

/// The stories of a page, in its order.
fn rows(page: &Answer) -> Vec<String> {
    page.text()
        .split("data-row data-id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}
