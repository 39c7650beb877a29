//! A list with stories to pick from, and an editor at it.

use std::time::Duration;

use docent::domain::decision::Act;
use docent::domain::editor::Role;
use docent::domain::list::{EditionId, ListRules, PickId, Place};
use docent::domain::source::Slug;
use docent::domain::story::StoryId;
use docent::domain::time::Timestamp;
use docent::store::decisions::Hand;
use docent::store::editions::{EditionLine, NewEdition};
use docent::store::lists::{NewList, ReadingList, Told};
use docent::store::picks::{NewPick, PickFilter, PickLine};
use docent::store::stories::StoryFilter;
use docent::store::{Acting, Move, Store, StoreError};

use super::app::TestApp;
use super::database::TestDatabase;
use super::worker::slug;

/// The list `reading`, stories that were collected, and somebody who picks.
pub struct Desk {
    pub app: TestApp,
    pub store: Store,
    pub list: ReadingList,
    pub acting: Acting,
    stories: Vec<(StoryId, String)>,
}

/// A name that nothing else has.
pub fn fresh_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

pub fn new_list(id: &str) -> NewList {
    NewList {
        slug: slug(id),
        told: Told {
            name: "What We're Reading".to_owned(),
            about: "Stories from elsewhere.".to_owned(),
            language: None,
        },
        rules: ListRules::default(),
    }
}

impl Desk {
    /// One with so many stories; the titles are far enough apart that each is a story of its own.
    pub async fn with(database: TestDatabase, stories: usize) -> Self {
        Self::under(database, stories, ListRules::default()).await
    }

    /// The same, under certain rules.
    pub async fn under(database: TestDatabase, stories: usize, rules: ListRules) -> Self {
        let told: Vec<(String, String)> = (0..stories).map(title_and_text).collect();
        let told: Vec<(&str, &str)> = told
            .iter()
            .map(|(title, text)| (title.as_str(), text.as_str()))
            .collect();
        let app = TestApp::start(database).await;
        for (number, feed) in told.chunks(12).enumerate() {
            app.collect(&format!("gazette-{number}"), feed).await;
        }
        let store = app.database.store.clone();
        let editor = app.as_editor(Role::Editor).await.editor.id;
        let new = NewList {
            rules,
            ..new_list("reading")
        };
        let list = store.make_list(new, app.worker.now(), fresh_id).await.expect("a list");
        let acting = Acting {
            by: editor,
            at: app.worker.now(),
            fresh_id,
        };
        let mut lines = store.stories(&StoryFilter::default(), 1_000).await.expect("stories");
        assert_eq!(lines.len(), stories, "each a story of its own");
        lines.sort_by_key(|line| line.id);
        let stories = lines.into_iter().map(|line| (line.id, line.public_id)).collect();
        Self {
            app,
            store,
            list,
            acting,
            stories,
        }
    }

    /// The same editor, so much later.
    pub fn later(&self, span: Duration) -> Acting {
        Acting {
            at: self.acting.at.plus(span),
            ..self.acting
        }
    }

    /// So much later than the beginning.
    pub fn at(&self, span: Duration) -> Timestamp {
        self.acting.at.plus(span)
    }

    pub fn story(&self, number: usize) -> StoryId {
        self.stories[number].0
    }

    /// Its name outside.
    pub fn story_name(&self, number: usize) -> &str {
        &self.stories[number].1
    }

    /// Joins a story into another.
    pub async fn merge(&self, number: usize, into: usize) {
        let hand = Hand {
            editor: self.acting.by,
            name: "Ada Lovelace".to_owned(),
            overrules: true,
            at: self.acting.at,
            fresh_id,
        };
        let act = Act::Merge(self.story_name(into).to_owned());
        let decided = self.store.decide(self.story_name(number), &act, &hand, |_| true).await;
        decided.expect("a merger");
    }

    pub fn new_pick(&self, number: usize) -> NewPick {
        NewPick {
            list: self.list.id,
            story: self.story(number),
            by: self.acting.by,
            at: self.acting.at,
            public_id: fresh_id(),
        }
    }

    /// Picks that story.
    pub async fn pick(&self, number: usize) -> PickId {
        self.store.pick_story(&self.new_pick(number)).await.expect("a pick")
    }

    /// Picks the first so many stories.
    pub async fn picks(&self, count: usize) -> Vec<PickId> {
        let mut picks = Vec::new();
        for number in 0..count {
            picks.push(self.pick(number).await);
        }
        picks
    }

    pub async fn line(&self, pick: PickId) -> PickLine {
        let all = self
            .store
            .picks(self.list.id, PickFilter::default(), 10_000)
            .await
            .expect("picks");
        all.into_iter().find(|line| line.pick.id == pick).expect("the pick")
    }

    /// A draft edition of these picks, in this order.
    pub async fn edition(&self, picks: &[PickId]) -> EditionId {
        let new = NewEdition {
            list: self.list.id,
            title: None,
            intro: String::new(),
            due_at: None,
        };
        let name = self.store.make_edition(new, self.acting).await.expect("an edition");
        let id = self
            .store
            .edition(&name)
            .await
            .expect("an answer")
            .expect("the edition")
            .edition
            .id;
        for pick in picks {
            self.place(*pick, Some(Some(id)), Place::Last).await.expect("a place");
        }
        id
    }

    pub async fn place(
        &self,
        pick: PickId,
        edition: Option<Option<EditionId>>,
        place: Place,
    ) -> Result<(), StoreError> {
        self.store.move_pick(pick, Move { edition, place }, self.acting).await
    }

    pub async fn edition_line(&self, edition: EditionId) -> EditionLine {
        let all = self
            .store
            .editions(self.list.id, docent::store::editions::EditionFilter::default(), 1_000)
            .await;
        let found = all
            .expect("editions")
            .into_iter()
            .find(|line| line.edition.id == edition);
        found.expect("the edition")
    }

    /// Picks in no edition, in their order.
    pub async fn unplaced(&self) -> Vec<PickId> {
        let picks = self
            .store
            .unplaced_picks(self.list.id, None, 10_000)
            .await
            .expect("picks");
        picks.into_iter().map(|line| line.pick.id).collect()
    }

    pub async fn edition_order(&self, edition: EditionId) -> Vec<PickId> {
        let picks = self.store.edition_picks(edition).await.expect("picks");
        picks.into_iter().map(|line| line.pick.id).collect()
    }

    /// Picks that readers see, in the order in which they see them.
    pub async fn published(&self) -> Vec<PickId> {
        let picks = self
            .store
            .published_picks(None, None, None, 10_000)
            .await
            .expect("picks");
        picks.into_iter().map(|line| line.pick.id).collect()
    }

    /// All that outputs are made of.
    pub async fn seen_by_readers(&self) -> String {
        let picks = self
            .store
            .published_picks(None, None, None, 10_000)
            .await
            .expect("picks");
        let lists: Vec<_> = self.store.lists().await.expect("lists");
        let lists: Vec<_> = lists
            .into_iter()
            .map(|list| (list.slug, list.told, list.public_revision, list.public_at))
            .collect();
        format!("{picks:#?}{lists:#?}")
    }

    /// The list as it is now.
    pub async fn list_now(&self) -> ReadingList {
        let slug: &Slug = &self.list.slug;
        self.store.list(slug).await.expect("an answer").expect("the list")
    }
}

fn title_and_text(number: usize) -> (String, String) {
    let word = |salt: usize| {
        let mut state = number
            .wrapping_mul(2_654_435_761)
            .wrapping_add(salt.wrapping_mul(40_503))
            .wrapping_add(12_345);
        let letters = (0..8).map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + u8::try_from((state >> 33) % 26).expect("below 26"))
        });
        letters.collect::<String>()
    };
    let title = format!("{} {} {} {}", word(1), word(2), word(3), word(4));
    let text: Vec<String> = (5..25).map(word).collect();
    (title, format!("{}.", text.join(" ")))
}
