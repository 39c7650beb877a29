//! Fifty stories, a list, and somebody to triage them.

use docent::domain::editor::Role;
use docent::domain::list::ListId;

use super::driver::Browser;
use crate::support::app::TestApp;
use crate::support::database::TestDatabase;
use crate::support::desk::{fresh_id, new_list};

/// Stories in one source: more than a poll takes at first would not be seen.
pub const STORIES: usize = 50;

/// The service with stories, and an editor in front of it.
pub struct Newsroom {
    pub app: TestApp,
    pub browser: Browser,
    pub list: ListId,
}

impl Newsroom {
    /// One with so many stories; `None` where no browser is to be had.
    pub async fn open(stories: usize) -> Option<Self> {
        let app = TestApp::start(TestDatabase::sqlite().await).await;
        let editor = app.as_editor(Role::Admin).await;
        let browser = Browser::signed_in(app.address, &editor).await?;
        let at = app.worker.now();
        let store = &app.database.store;
        let list = store
            .make_list(new_list("reading"), at, fresh_id)
            .await
            .expect("a list")
            .id;
        let told: Vec<(String, String)> = (0..stories).map(story).collect();
        let told: Vec<(&str, &str)> = told
            .iter()
            .map(|(title, text)| (title.as_str(), text.as_str()))
            .collect();
        app.collect("gazette", &told).await;
        Some(Self { app, browser, list })
    }
}

/// Titles and texts far enough apart that each is a story of its own.
fn story(number: usize) -> (String, String) {
    const PLACES: &[&str] = &[
        "Lund", "Porto", "Kyoto", "Leeds", "Ghent", "Quito", "Turku", "Malmö", "Siena", "Cork",
    ];
    const NEWS: &[(&str, &str)] = &[
        (
            "mends the roof of its lighthouse",
            "Slates were carried up by hand, for the lane is too narrow.",
        ),
        (
            "lends forty lanterns to a school",
            "Pupils may hang them wherever the evenings are dark.",
        ),
        (
            "finds a letter behind a cupboard",
            "It had lain there since the carpenters left, unopened.",
        ),
        (
            "opens at night for bakers",
            "Whoever works before dawn is let in at two.",
        ),
        (
            "counts its beetles again",
            "The last count was lost, with the man who made it.",
        ),
    ];
    let place = PLACES[number % PLACES.len()];
    let (what, text) = NEWS[number / PLACES.len() % NEWS.len()];
    (
        format!("{place} {what}"),
        format!("{text} So it is told in {place}, number {number}."),
    )
}
