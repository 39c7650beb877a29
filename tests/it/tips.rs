//! Articles that are added by their address: recognised like entries, read by the worker, one with what was known.

use docent::domain::decision::Act;
use docent::domain::editor::Role;
use docent::domain::source::{Declared, SourceKind};
use docent::store::stories::StoryWhole;
use serde_json::{Value, json};

use crate::polling::rss;
use crate::polling_pages::page;
use crate::support::app::{SignedIn, TestApp};
use crate::support::database::TestDatabase;
use crate::support::editors::hand;
use crate::support::http::Answer;
use crate::support::site::Reply;
use crate::support::worker::slug;

crate::on_both_databases!(
    an_address_becomes_a_story_whose_page_is_read_at_once,
    a_known_address_is_answered_with_its_story_however_it_is_spelled,
    a_source_that_lists_a_tip_later_lists_the_same_article,
    a_shortened_address_becomes_one_with_the_article_it_leads_to,
    a_tip_with_decisions_keeps_them_when_it_was_known_all_along,
    a_tip_that_tells_what_a_story_tells_joins_it,
    tips_at_once_make_one_article,
    what_cannot_be_fetched_stays_a_tip_and_says_why,
    what_is_no_address_of_an_article_is_refused,
    tips_that_come_while_others_are_read_are_read_at_once,
);

async fn an_address_becomes_a_story_whose_page_is_read_at_once(database: TestDatabase) {
    let scene = Scene::new(database).await;
    scene.app.site.put("/one", page("A wing opens"));
    let link = scene.link("/one");
    let answer = scene.tip(&link);
    assert_eq!(answer.status, 202, "{}", answer.text());
    let there = answer.header("location").unwrap().to_owned();
    assert_eq!(answer.json()["title"], link);
    let unread = scene.editor.get(&there).json();
    assert_eq!(unread["articles"][0]["page"], "due");
    scene.app.worker.poll_due().await;
    let read = scene.editor.get(&there).json();
    assert_eq!(read["story"]["title"], "A wing opens");
    assert_eq!(read["articles"][0]["page"], "done");
    assert_eq!(read["sightings"][0]["source"]["id"], "tips");
    assert_eq!(scene.app.site.count("/one"), 1);
}

async fn a_known_address_is_answered_with_its_story_however_it_is_spelled(database: TestDatabase) {
    let scene = Scene::new(database).await;
    scene.collect(&["One"]).await;
    let known = scene.only_story();
    for spelled in ["/news/one", "/news/one/", "/news/one?utm_source=mail#top"] {
        let answer = scene.tip(&scene.link(spelled));
        assert_eq!((answer.status, &answer.json()["id"]), (200, &json!(known)), "{spelled}");
    }
}

async fn a_source_that_lists_a_tip_later_lists_the_same_article(database: TestDatabase) {
    let scene = Scene::new(database).await;
    scene.app.site.put("/news/one", page("One"));
    let id = scene.tip(&scene.link("/news/one?utm_source=mail")).json()["id"].clone();
    scene.app.worker.poll_due().await;
    scene.collect(&["One"]).await;
    assert_eq!(json!(scene.only_story()), id);
    let story = scene.story(id.as_str().unwrap()).await;
    assert_eq!((story.articles.len(), story.sightings.len()), (1, 2));
}

async fn a_shortened_address_becomes_one_with_the_article_it_leads_to(database: TestDatabase) {
    let scene = Scene::new(database).await;
    scene.collect(&["One"]).await;
    let known = scene.only_story();
    scene.app.site.put("/s/1", Reply::redirect(302, "/news/one"));
    let tip = scene.tip(&scene.link("/s/1")).json();
    assert_ne!(tip["id"], known);
    scene.app.worker.poll_due().await;
    assert_eq!(scene.only_story(), known);
    let story = scene.story(tip["id"].as_str().unwrap()).await;
    assert_eq!((story.line.public_id.clone(), story.articles.len()), (known.clone(), 1));
    assert_eq!(story.sightings.len(), 2, "the tip is a sighting");
    let again = scene.tip(&scene.link("/s/1"));
    assert_eq!((again.status, &again.json()["id"]), (200, &json!(known)));
}

async fn a_tip_with_decisions_keeps_them_when_it_was_known_all_along(database: TestDatabase) {
    let scene = Scene::new(database).await;
    scene.collect(&["One"]).await;
    scene.app.site.put("/s/1", Reply::redirect(302, "/news/one"));
    let tip = scene.tip(&scene.link("/s/1")).json()["id"].as_str().unwrap().to_owned();
    let ada = hand(&scene.app.database, "Ada").await;
    let store = &scene.app.database.store;
    store.decide(&tip, &Act::Suggest, &ada, |_| true).await.unwrap();
    scene.app.worker.poll_due().await;
    assert_eq!(scene.only_story(), tip, "the one without decisions went into it");
    let story = scene.story(&tip).await;
    assert_eq!((story.line.lead.title.as_str(), story.articles.len()), ("One", 1));
    assert_eq!(store.check_decisions().await.unwrap().1, []);
}

async fn a_tip_that_tells_what_a_story_tells_joins_it(database: TestDatabase) {
    let scene = Scene::new(database).await;
    scene.collect(&["One"]).await;
    let known = scene.only_story();
    scene.app.site.put("/reprint", page("One"));
    let elsewhere = scene.app.site.link_as("reprints.example", "/reprint").to_string();
    scene.tip(&elsewhere);
    scene.app.worker.poll_due().await;
    assert_eq!(scene.only_story(), known);
    assert_eq!(scene.story(&known).await.articles.len(), 2);
}

async fn tips_at_once_make_one_article(database: TestDatabase) {
    let mut editors = tokio::task::JoinSet::new();
    let link = docent::domain::link::Link::parse("https://paper.example/a").unwrap();
    for _ in 0..6 {
        let (store, link) = (database.open_again().await, link.clone());
        editors.spawn(async move {
            let id = docent::app::fresh_id();
            store.tip(&link, &id, crate::store::noon()).await.unwrap()
        });
    }
    editors.join_all().await;
    assert_eq!(database.store.count_stories().await.unwrap(), 1);
}

async fn what_cannot_be_fetched_stays_a_tip_and_says_why(database: TestDatabase) {
    let scene = Scene::new(database).await;
    for (link, state) in [
        (scene.link("/none"), "failed"),
        ("http://10.0.0.7/inside".to_owned(), "refused"),
        ("http://[fd00::7]/inside".to_owned(), "refused"),
    ] {
        let tip = scene.tip(&link).json();
        scene.app.worker.poll_due().await;
        let story = scene
            .editor
            .get(&format!("/api/v1/stories/{}", tip["id"].as_str().unwrap()))
            .json();
        assert_eq!(story["story"]["title"], link);
        let article = &story["articles"][0];
        assert_eq!(article["page"], state, "{article}");
        assert!(article["page_reason"].is_string(), "{article}");
    }
}

async fn what_is_no_address_of_an_article_is_refused(database: TestDatabase) {
    let scene = Scene::new(database).await;
    for (body, status) in [
        (r#"{"link":"https://paper.example/"}"#, 409),
        (r#"{"link":"mailto:a@paper.example"}"#, 422),
        (r#"{"link":"/news/one"}"#, 422),
        (r#"{"link":5}"#, 422),
        (r#"{"link":"https://paper.example/a","colour":"red"}"#, 422),
        (r"{}", 422),
        ("", 400),
    ] {
        let answer = scene.send(body);
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
    let long = format!(r#"{{"link":"https://paper.example/{}"}}"#, "a".repeat(5_000));
    assert_eq!(scene.send(&long).status, 422);
    assert_eq!(scene.app.database.store.count_stories().await.unwrap(), 0);
}

async fn tips_that_come_while_others_are_read_are_read_at_once(database: TestDatabase) {
    let scene = Scene::new(database).await;
    for number in 0..3 {
        let path = format!("/{number}");
        scene.app.site.put(&path, page(&format!("Number {number}")));
        scene.tip(&scene.link(&path));
        scene.app.worker.poll_due().await;
        assert_eq!(scene.app.site.count(&path), 1);
    }
}

struct Scene {
    app: TestApp,
    editor: SignedIn,
}

impl Scene {
    async fn new(database: TestDatabase) -> Self {
        let app = TestApp::start(database).await;
        let editor = app.as_editor(Role::Contributor).await;
        Self { app, editor }
    }

    fn link(&self, path: &str) -> String {
        self.app.site.link(path).to_string()
    }

    fn tip(&self, link: &str) -> Answer {
        self.send(&json!({ "link": link }).to_string())
    }

    fn send(&self, body: &str) -> Answer {
        let headers = [("Content-Type", "application/json")];
        self.editor.send("POST", "/api/v1/stories", body, &headers)
    }

    /// Collects a feed of this site whose entries have pages.
    async fn collect(&self, titles: &[&str]) {
        self.app.site.put("/feed", Reply::feed(rss(titles)));
        for title in titles {
            self.app
                .site
                .put(&format!("/news/{}", title.to_lowercase()), page(title));
        }
        let declared = Declared::new(slug("a"), "A".to_owned(), SourceKind::Feed, self.app.site.link("/feed"));
        self.app.worker.add(&declared).await;
        self.app.worker.poll("a").await;
    }

    /// The name of the one story there is.
    fn only_story(&self) -> String {
        let stories: Value = self.editor.get("/api/v1/stories").json();
        let items = stories["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{stories}");
        items[0]["id"].as_str().unwrap().to_owned()
    }

    async fn story(&self, id: &str) -> StoryWhole {
        self.app.database.store.story(id).await.unwrap().unwrap()
    }
}
