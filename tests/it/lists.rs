//! Reading lists and their picks, on both databases.

use docent::domain::editor::EditorId;
use docent::domain::list::{ListRules, Stage};
use docent::store::StoreError;
use docent::store::lists::{NewList, ReadingList, Told};
use docent::store::picks::NewPick;
use docent::store::stories::StoryFilter;

use crate::on_both_databases;
use crate::support::app::TestApp;
use crate::support::database::TestDatabase;
use crate::support::worker::slug;

on_both_databases!(
    a_pick_keeps_its_own_copy_of_the_lead_article,
    a_story_stands_on_a_list_once,
);

const SCHOOLS: (&str, &str) = (
    "Schools move lessons to local museums",
    "Four schools hold their lessons in museums. Their pupils learn among the objects.",
);
const PERSONALITY: (&str, &str) = (
    "Should museums have a personality?",
    "A director asks what a museum sounds like.",
);

async fn a_pick_keeps_its_own_copy_of_the_lead_article(database: TestDatabase) {
    let (app, list) = with_list(database, &[SCHOOLS]).await;
    let store = &app.database.store;
    store.pick_story(&new_pick(&app, &list, SCHOOLS.0).await).await.unwrap();
    app.database
        .meddle("update article set title = 'gone', excerpt = 'gone', link = null")
        .await;
    app.database
        .meddle("update source set name = 'gone', home = null")
        .await;
    let picks = store.picks_of_story(story(&app, "gone").await.0).await.unwrap();
    let [line] = picks.as_slice() else { panic!("{picks:?}") };
    let pick = &line.pick;
    assert_eq!(pick.stage, Stage::Draft);
    assert_eq!((pick.text.headline.as_str(), pick.text.excerpt.as_str()), SCHOOLS);
    assert_eq!(pick.original.original_title, SCHOOLS.0);
    assert_eq!(pick.original.outlet, "gazette");
    assert_eq!(
        pick.original.link.as_ref().unwrap().as_str(),
        "https://gazette.example/0"
    );
    assert_eq!(line.list_slug, slug("reading"));
    assert_eq!(store.pick(&pick.public_id).await.unwrap().as_ref(), Some(line));
}

async fn a_story_stands_on_a_list_once(database: TestDatabase) {
    let (app, list) = with_list(database, &[SCHOOLS, PERSONALITY]).await;
    let store = &app.database.store;
    store.pick_story(&new_pick(&app, &list, SCHOOLS.0).await).await.unwrap();
    let again = store.pick_story(&new_pick(&app, &list, SCHOOLS.0).await).await;
    assert!(matches!(again, Err(StoreError::Refused(_))), "{again:?}");
    store
        .pick_story(&new_pick(&app, &list, PERSONALITY.0).await)
        .await
        .unwrap();
    assert_eq!(store.published_picks(None, None, None, 10).await.unwrap(), []);
}

async fn with_list(database: TestDatabase, stories: &[(&str, &str)]) -> (TestApp, ReadingList) {
    let app = TestApp::with_stories(database, stories).await;
    app.database
        .meddle(
            "insert into editor (public_id, name, shown_name, role, made_at) values ('e', 'ada', 'Ada', 'editor', 0)",
        )
        .await;
    let new = NewList {
        slug: slug("reading"),
        told: Told {
            name: "What We're Reading".to_owned(),
            about: String::new(),
            language: None,
        },
        rules: ListRules::default(),
    };
    let list = app.database.store.make_list(new, app.worker.now()).await.unwrap();
    (app, list)
}

async fn new_pick(app: &TestApp, list: &ReadingList, title: &str) -> NewPick {
    NewPick {
        list: list.id,
        story: story(app, title).await.0,
        by: EditorId(1),
        at: app.worker.now(),
        public_id: uuid::Uuid::now_v7().to_string(),
    }
}

async fn story(app: &TestApp, title: &str) -> (docent::domain::story::StoryId, String) {
    let stories = app.database.store.stories(&StoryFilter::default(), 100).await.unwrap();
    let story = stories.into_iter().find(|story| story.lead.title == title).unwrap();
    (story.id, story.public_id)
}
