//! Pages that say they are copies of another site's page: believed once that page was seen to tell the same.

use docent::domain::link::Link;
use docent::domain::source::{Declared, SourceKind};
use docent::store::stories::{StoryFilter, StoryLine};

use crate::polling::rss;
use crate::support::database::TestDatabase;
use crate::support::site::{FakeSite, Reply};
use crate::support::worker::{TestWorker, slug};

crate::on_both_databases!(
    a_copy_bears_the_address_of_its_original_once_that_tells_the_same,
    a_copy_of_a_known_article_is_that_article_and_nothing_more_is_fetched,
    a_page_that_claims_another_text_on_another_site_is_not_believed,
    an_original_that_calls_itself_otherwise_is_not_believed,
    an_original_that_robots_may_not_read_is_not_read,
    a_kept_copy_that_is_read_again_keeps_the_address_of_its_original,
);

async fn a_copy_bears_the_address_of_its_original_once_that_tells_the_same(database: TestDatabase) {
    let scene = Scene::new(&database).await;
    scene.copy(&scene.original, "One");
    scene.publisher.put("/original", page("One", &scene.original));
    scene.worker.poll("copyist").await;
    assert_eq!(stories(&database).await.remove(0).lead.link, Some(scene.original));
    assert_eq!(scene.publisher.count("/original"), 1);
}

async fn a_copy_of_a_known_article_is_that_article_and_nothing_more_is_fetched(database: TestDatabase) {
    let scene = Scene::new(&database).await;
    let feed = rss(&["One"]).replace("/news/one", "/original");
    scene.publisher.put("/feed", Reply::feed(feed));
    scene.publisher.put("/original", page("One", &scene.original));
    add(&scene.worker, "publisher", &scene.publisher).await;
    scene.worker.poll("publisher").await;
    scene.copy(&scene.original, "One");
    scene.worker.poll("copyist").await;
    let stories = stories(&database).await;
    assert_eq!(
        (stories.len(), stories[0].articles, stories[0].sources.len()),
        (1, 1, 2)
    );
    assert_eq!(scene.publisher.count("/original"), 1);
}

async fn a_page_that_claims_another_text_on_another_site_is_not_believed(database: TestDatabase) {
    let scene = Scene::new(&database).await;
    scene.copy(&scene.original, "One");
    scene.publisher.put("/original", other_page(&scene.original));
    scene.worker.poll("copyist").await;
    assert_eq!(stories(&database).await.remove(0).lead.link, Some(scene.copy));
}

async fn an_original_that_calls_itself_otherwise_is_not_believed(database: TestDatabase) {
    let scene = Scene::new(&database).await;
    scene.copy(&scene.original, "One");
    let other = scene.publisher.link("/other");
    scene.publisher.put("/original", page("One", &other));
    scene.worker.poll("copyist").await;
    assert_eq!(stories(&database).await.remove(0).lead.link, Some(scene.copy));
}

async fn an_original_that_robots_may_not_read_is_not_read(database: TestDatabase) {
    let scene = Scene::new(&database).await;
    scene.copy(&scene.original, "One");
    let robots = Reply::page("User-agent: *\nDisallow: /original\n");
    scene.publisher.put("/robots.txt", robots);
    scene.publisher.put("/original", page("One", &scene.original));
    scene.worker.poll("copyist").await;
    assert_eq!(stories(&database).await.remove(0).lead.link, Some(scene.copy));
    assert_eq!(scene.publisher.count("/original"), 0);
}

async fn a_kept_copy_that_is_read_again_keeps_the_address_of_its_original(database: TestDatabase) {
    let scene = Scene::new(&database).await;
    scene.copy(&scene.original, "One");
    scene.publisher.put("/original", page("One", &scene.original));
    scene.worker.poll("copyist").await;
    let read = docent::worker::reread::all(&scene.worker.tools, &[], |_| {}).await;
    assert_eq!(read.unwrap(), 1);
    assert_eq!(stories(&database).await.remove(0).lead.link, Some(scene.original));
    assert_eq!(scene.publisher.count("/original"), 1);
}

/// A site that copies what another one published, and a worker that reads the copyist.
struct Scene {
    worker: TestWorker,
    copyist: FakeSite,
    publisher: FakeSite,
    copy: Link,
    original: Link,
}

impl Scene {
    async fn new(database: &TestDatabase) -> Self {
        let (copyist, publisher) = (FakeSite::start().await, FakeSite::start().await);
        let worker = TestWorker::new(&database.store);
        copyist.put("/feed", Reply::feed(rss(&["One"])));
        add(&worker, "copyist", &copyist).await;
        Self {
            copy: copyist.link("/news/one"),
            original: publisher.link("/original"),
            worker,
            copyist,
            publisher,
        }
    }

    /// The copy tells of `title`, and says that it is really at `claimed`.
    fn copy(&self, claimed: &Link, title: &str) {
        self.copyist.put("/news/one", page(title, claimed));
    }
}

async fn add(worker: &TestWorker, id: &str, site: &FakeSite) {
    let declared = Declared::new(slug(id), id.to_owned(), SourceKind::Feed, site.link("/feed"));
    worker.add(&declared).await;
}

fn other_page(canonical: &Link) -> Reply {
    let words =
        "<p>Nobody knows how many boats were lost in that winter, nor who built the lighthouse behind the dunes.</p>"
            .repeat(4);
    Reply::page(format!(
        "<html><head><title>Boats</title><link rel=canonical href=\"{canonical}\"></head>\
         <body><article><h1>Boats</h1>{words}</article></body></html>"
    ))
}

/// An article of some length, of which no two are alike, and which calls itself `canonical`.
fn page(title: &str, canonical: &Link) -> Reply {
    let words: String = (0..12)
        .map(|line| {
            format!("<p>Of {title} the line {line} tells that the museum opened a wing for what {title} found.</p>")
        })
        .collect();
    Reply::page(format!(
        "<html><head><title>{title}</title><link rel=canonical href=\"{canonical}\"></head>\
         <body><article><h1>{title}</h1>{words}</article></body></html>"
    ))
}

async fn stories(database: &TestDatabase) -> Vec<StoryLine> {
    database.store.stories(&StoryFilter::default(), 100).await.unwrap()
}
