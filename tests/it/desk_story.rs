//! A story at the desk, and what is printed of it, as a browser without script uses it.

use docent::domain::editor::Role;
use docent::domain::list::Stage;

use crate::support::app::SignedIn;
use crate::support::browser::{between, form, parts};
use crate::support::database::TestDatabase;
use crate::support::desk::Desk;

crate::on_both_databases!(
    a_story_is_picked_and_what_is_printed_of_it_is_written_on_its_page,
    what_two_editors_change_in_two_fields_is_both_taken,
    what_two_editors_change_in_one_field_is_shown_to_the_later_one_and_lost_for_nobody,
    script_is_told_what_was_saved_and_gets_no_field_back,
    what_cannot_be_printed_is_said_and_stays_in_its_field,
    the_original_excerpt_comes_back,
    a_change_after_going_out_is_a_correction,
    a_story_is_joined_with_another_by_its_address_and_split_again,
    a_decision_is_taken_back_by_itself,
    what_ran_already_is_told,
    somebody_who_may_only_suggest_sees_and_suggests,
);

async fn a_story_is_picked_and_what_is_printed_of_it_is_written_on_its_page(database: TestDatabase) {
    let (desk, editor) = start(database, 1).await;
    let there = page_of(&desk, 0);
    assert!(editor.get(&there).text().contains("Pick for What We&#39;re Reading"));
    let one = format!("pick:reading {}", desk.story_name(0));
    let picked = form(&editor, "/desk/acts", &[("one", &one), ("back", &there)]);
    assert_eq!((picked.status, picked.header("location")), (303, Some(there.as_str())));
    let page = editor.get(&there);
    let (place, mut fields) = form_of(page.text());
    set(&mut fields, "headline", "Ours");
    set(&mut fields, "note", "Worth it.");
    set(&mut fields, "topics", "roofs, art");
    let saved = send(&editor, &place, &fields);
    assert_eq!(saved.status, 303, "{}", saved.text());
    assert_eq!(saved.header("location"), Some(format!("{there}#pick-reading").as_str()));
    let pick = desk.line(desk.unplaced().await[0]).await.pick;
    assert_eq!(
        (pick.text.headline.as_str(), pick.text.note.as_str()),
        ("Ours", "Worth it.")
    );
    assert_eq!(pick.text.topics.as_slice(), ["roofs", "art"]);
}

async fn what_two_editors_change_in_two_fields_is_both_taken(database: TestDatabase) {
    let (desk, ada) = start(database, 1).await;
    let bob = desk.app.as_editor(Role::Editor).await;
    let pick = desk.pick(0).await;
    let page = ada.get(&page_of(&desk, 0));
    let (place, fields) = form_of(page.text());
    let (mut by_ada, mut by_bob) = (fields.clone(), fields);
    set(&mut by_ada, "headline", "Ada's");
    set(&mut by_bob, "note", "Bob's");
    assert_eq!(send(&ada, &place, &by_ada).status, 303);
    assert_eq!(send(&bob, &place, &by_bob).status, 303);
    let text = desk.line(pick).await.pick.text;
    assert_eq!((text.headline.as_str(), text.note.as_str()), ("Ada's", "Bob's"));
}

async fn what_two_editors_change_in_one_field_is_shown_to_the_later_one_and_lost_for_nobody(database: TestDatabase) {
    let (desk, ada) = start(database, 1).await;
    let bob = desk.app.as_editor(Role::Editor).await;
    let pick = desk.pick(0).await;
    let page = ada.get(&page_of(&desk, 0));
    let (place, fields) = form_of(page.text());
    let (mut by_ada, mut by_bob) = (fields.clone(), fields);
    set(&mut by_ada, "excerpt", "What Ada quotes.");
    set(&mut by_bob, "excerpt", "What Bob quotes.");
    set(&mut by_bob, "note", "Bob's note.");
    send(&ada, &place, &by_ada);
    let clash = send(&bob, &place, &by_bob);
    assert_eq!(clash.status, 409);
    let text = clash.text();
    for both in [
        "What Ada quotes.</dd>",
        ">What Bob quotes.</textarea>",
        "Take mine",
        "Take theirs",
    ] {
        assert!(text.contains(both), "{both}: {text}");
    }
    // Hers stands until he decides; what only he wrote is kept at once.
    let stands = desk.line(pick).await.pick.text;
    assert_eq!(
        (stands.excerpt.as_str(), stands.note.as_str()),
        ("What Ada quotes.", "Bob's note.")
    );
    let (place, mine) = form_of(text);
    assert_eq!(send(&bob, &place, &mine).status, 303);
    assert_eq!(desk.line(pick).await.pick.text.excerpt, "What Bob quotes.");
    let versions = desk.store.pick_versions(pick).await.unwrap();
    assert!(
        versions
            .iter()
            .any(|version| version.text.excerpt == "What Ada quotes.")
    );
}

async fn script_is_told_what_was_saved_and_gets_no_field_back(database: TestDatabase) {
    let (desk, ada) = start(database, 1).await;
    let bob = desk.app.as_editor(Role::Editor).await;
    let pick = desk.pick(0).await;
    let (place, fields) = form_of(ada.get(&page_of(&desk, 0)).text());
    let (mut by_ada, mut by_bob) = (fields.clone(), fields);
    set(&mut by_ada, "note", "Ada's");
    send(&ada, &place, &by_ada);
    set(&mut by_bob, "headline", "Bob's");
    let saved = parts(&bob, &place, &borrowed(&by_bob));
    let text = saved.text();
    assert_eq!(saved.status, 200);
    assert!(
        text.contains("data-for=\"base-reading\"") && text.contains("Saved."),
        "{text}"
    );
    assert!(!text.contains("<textarea") && !text.contains("<input id="), "{text}");
    // His page still shows no note. What he saves next does not take hers away.
    rebase(&mut by_bob, text);
    set(&mut by_bob, "headline", "Bob's again");
    parts(&bob, &place, &borrowed(&by_bob));
    let stands = desk.line(pick).await.pick.text;
    assert_eq!(
        (stands.headline.as_str(), stands.note.as_str()),
        ("Bob's again", "Ada's")
    );
    // Only when he writes one too is he shown hers, and then his may take its place.
    set(&mut by_bob, "note", "Bob's note");
    let clash = parts(&bob, &place, &borrowed(&by_bob));
    assert!(
        clash.text().contains("<dd dir=\"auto\">Ada&#39;s</dd>"),
        "{}",
        clash.text()
    );
    rebase(&mut by_bob, clash.text());
    assert_eq!(parts(&bob, &place, &borrowed(&by_bob)).status, 200);
    assert_eq!(desk.line(pick).await.pick.text.note, "Bob's note");
}

async fn what_cannot_be_printed_is_said_and_stays_in_its_field(database: TestDatabase) {
    let (desk, editor) = start(database, 1).await;
    desk.pick(0).await;
    let (place, mut fields) = form_of(editor.get(&page_of(&desk, 0)).text());
    set(&mut fields, "headline", " ");
    set(&mut fields, "note", "Kept here.");
    let refused = send(&editor, &place, &fields);
    assert_eq!(refused.status, 422);
    let text = refused.text();
    assert!(text.contains("Not saved. The headline: must not be empty."), "{text}");
    assert!(text.contains(">Kept here.</textarea>"), "{text}");
}

async fn the_original_excerpt_comes_back(database: TestDatabase) {
    let (desk, editor) = start(database, 1).await;
    let pick = desk.pick(0).await;
    let before = desk.line(pick).await.pick.text.excerpt;
    let there = page_of(&desk, 0);
    let (place, mut fields) = form_of(editor.get(&there).text());
    set(&mut fields, "excerpt", "Other words.");
    send(&editor, &place, &fields);
    let restore = place.trim_end_matches("/text");
    form(&editor, restore, &[("act", "restore_excerpt"), ("back", &there)]);
    assert_eq!(desk.line(pick).await.pick.text.excerpt, before);
}

async fn a_change_after_going_out_is_a_correction(database: TestDatabase) {
    let (desk, editor) = start(database, 1).await;
    let pick = desk.pick(0).await;
    desk.store.publish_pick(pick, desk.acting).await.unwrap();
    let (place, mut fields) = form_of(editor.get(&page_of(&desk, 0)).text());
    set(&mut fields, "excerpt", "Put right.");
    set(&mut fields, "correction", "The year was wrong.");
    assert_eq!(send(&editor, &place, &fields).status, 303);
    let feed = desk.app.get("/lists/reading/feed.atom");
    assert!(
        feed.text().contains("Put right.") && feed.text().contains("The year was wrong."),
        "{}",
        feed.text()
    );
    assert!(editor.get(&page_of(&desk, 0)).text().contains("corrected on"));
}

async fn a_story_is_joined_with_another_by_its_address_and_split_again(database: TestDatabase) {
    let (desk, editor) = start(database, 3).await;
    let there = page_of(&desk, 0);
    let link = desk
        .store
        .story_line(desk.story_name(1))
        .await
        .unwrap()
        .unwrap()
        .lead
        .link;
    let link = link.unwrap().to_string();
    let by_id = format!("https://desk.example/desk/stories/{}", desk.story_name(2));
    for into in [link, by_id] {
        let one = format!("merge {}", desk.story_name(0));
        let done = form(
            &editor,
            "/desk/acts",
            &[("one", &one), ("into", &into), ("back", &there)],
        );
        assert_eq!(done.status, 303, "{into}: {}", done.text());
    }
    let page = editor.get(&there);
    assert!(
        page.text()
            .contains("Articles of this story <span class=\"count\">3</span>"),
        "{}",
        page.text()
    );
    let story = between(page.text(), "name=\"one\" value=\"split ", "\"").to_owned();
    let article = between(page.text(), "name=\"article\" value=\"", "\"").to_owned();
    let split = format!("split {story}");
    form(
        &editor,
        "/desk/acts",
        &[("one", &split), ("article", &article), ("back", &there)],
    );
    assert!(
        editor
            .get(&format!("/desk/stories/{story}"))
            .text()
            .contains("<span class=\"count\">2</span>")
    );
    let one = format!("merge {}", desk.story_name(0));
    let unknown = [
        ("one", one.as_str()),
        ("into", "https://nowhere.example/x"),
        ("back", &there),
    ];
    let refused = form(&editor, "/desk/acts", &unknown);
    assert_eq!(refused.status, 409);
    assert!(
        refused.text().contains("No story is known by that"),
        "{}",
        refused.text()
    );
}

async fn a_decision_is_taken_back_by_itself(database: TestDatabase) {
    let (desk, editor) = start(database, 1).await;
    let there = page_of(&desk, 0);
    form(
        &editor,
        "/desk/acts",
        &[("one", &format!("hold {}", desk.story_name(0))), ("back", &there)],
    );
    let page = editor.get(&there);
    let decision = between(page.text(), "name=\"decision\" value=\"", "\"").to_owned();
    let undone = form(&editor, "/desk/undo", &[("decision", &decision), ("back", &there)]);
    assert_eq!(undone.status, 303);
    let page = editor.get(&there);
    assert!(
        page.text().contains("(undone)") && !page.text().contains("name=\"decision\""),
        "{}",
        page.text()
    );
}

async fn what_ran_already_is_told(database: TestDatabase) {
    let (desk, editor) = start(database, 1).await;
    let pick = desk.pick(0).await;
    desk.store.publish_pick(pick, desk.acting).await.unwrap();
    let page = editor.get(&page_of(&desk, 0));
    assert!(
        page.text().contains("Already ran in What We&#39;re Reading on"),
        "{}",
        page.text()
    );
    assert_eq!(desk.line(pick).await.pick.stage, Stage::Published);
}

async fn somebody_who_may_only_suggest_sees_and_suggests(database: TestDatabase) {
    let (desk, _) = start(database, 1).await;
    desk.pick(0).await;
    let contributor = desk.app.as_editor(Role::Contributor).await;
    let page = contributor.get(&page_of(&desk, 0));
    assert!(
        page.text().contains("Suggest") && !page.text().contains("<textarea"),
        "{}",
        page.text()
    );
    let pick = desk.line(desk.unplaced().await[0]).await.pick.public_id;
    assert_eq!(
        form(&contributor, &format!("/desk/picks/{pick}/text"), &[("headline", "x")]).status,
        403
    );
}

async fn start(database: TestDatabase, stories: usize) -> (Desk, SignedIn) {
    let desk = Desk::with(database, stories).await;
    let editor = desk.app.as_editor(Role::Editor).await;
    (desk, editor)
}

fn page_of(desk: &Desk, number: usize) -> String {
    format!("/desk/stories/{}", desk.story_name(number))
}

type Fields = Vec<(String, String)>;

/// Where the form of a pick leads, and what stands in its fields.
fn form_of(page: &str) -> (String, Fields) {
    let form = between(page, "<form id=\"form-reading\"", "</form>");
    let place = between(form, "action=\"", "\"").to_owned();
    let mut fields = inputs(form);
    for area in form.split("<textarea").skip(1) {
        let name = between(area, "name=\"", "\"").to_owned();
        let text = between(area, ">", "</textarea>");
        fields.push((name, plain(text)));
    }
    (place, fields)
}

fn inputs(html: &str) -> Fields {
    let tags = html
        .split("<input")
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap_or_default());
    let named = tags.filter(|tag| tag.contains("name=\"") && (!tag.contains("checkbox") || tag.contains(" checked")));
    named
        .map(|tag| {
            (
                between(tag, "name=\"", "\"").to_owned(),
                plain(between(tag, "value=\"", "\"")),
            )
        })
        .collect()
}

/// Puts what script was sent as the base of its form into the fields.
fn rebase(fields: &mut Fields, parts: &str) {
    let base = between(parts, "data-for=\"base-reading\" data-how=\"inside\">", "</template>");
    fields.retain(|(name, _)| !name.starts_with("base_"));
    fields.extend(inputs(base));
}

fn set(fields: &mut Fields, name: &str, value: &str) {
    let field = fields.iter_mut().find(|(own, _)| own == name);
    let (_, held) = field.unwrap_or_else(|| panic!("a field {name}"));
    value.clone_into(held);
}

fn send(editor: &SignedIn, place: &str, fields: &Fields) -> crate::support::http::Answer {
    form(editor, place, &borrowed(fields))
}

fn borrowed(fields: &Fields) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn plain(text: &str) -> String {
    text.replace("&#39;", "'")
        .replace("&#34;", "\"")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
}
