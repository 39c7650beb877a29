//! What editors decide, undo and make hold again, on both databases.

use std::time::Duration;

use docent::domain::article::ArticleId;
use docent::domain::decision::{Act, Note, NoteText, Reason, Status};
use docent::domain::list::{ListRules, Topics};
use docent::domain::source::{Slug, SourceId};
use docent::store::decisions::{Hand, Outcome, Whose};
use docent::store::lists::{NewList, Told};
use docent::store::polls::{Arrival, Neighbourhood};
use docent::store::stories::{StoryFilter, StoryLine};
use docent::store::{Store, StoreError};

use crate::store::{RELEASE, add, entry, entry_at, save, telling};
use crate::support::database::TestDatabase;
use crate::support::editors::hand;
use crate::support::worker::slug;

crate::on_both_databases!(
    a_status_is_decided_and_undone_step_by_step,
    a_note_and_topics_stand_until_they_are_replaced_or_undone,
    a_refusal_says_who_decided_what_since_and_when,
    what_was_undone_holds_again_where_nothing_came_between,
    an_undo_is_undone,
    a_merge_is_undone_with_everything_it_did,
    a_merge_that_was_built_upon_is_not_undone_before_that,
    a_merge_forgets_what_it_said_and_remembers_what_was_said_before,
    what_was_decided_before_a_merge_is_undone_after_it_only,
    a_story_that_was_merged_is_decided_about_as_the_one_it_joined,
    a_split_is_undone_and_made_again,
    a_lead_is_chosen_and_undone,
    a_pick_is_undone_and_comes_back,
    a_pick_that_went_out_is_withdrawn_and_not_undone,
    many_are_decided_at_once_and_undone_at_once,
    who_may_only_suggest_overrules_nobody,
    a_dismissed_story_stays_dismissed_when_more_is_told_of_it,
    a_story_with_decisions_is_not_merged_away_by_a_page_that_came_later,
    two_stories_with_decisions_are_not_merged_by_a_page_that_came_later,
    a_change_since_it_was_read_is_not_overwritten,
    two_editors_at_once_lose_nothing,
    the_last_hundred_acts_of_an_editor_are_undone,
    what_stands_is_held_against_the_log,
);

async fn a_status_is_decided_and_undone_step_by_step(database: TestDatabase) {
    let desk = Desk::new(&database, 1).await;
    let suggest = desk.decide(0, &Act::Suggest).await;
    let reason = Some(Reason::parse("an advertisement").unwrap());
    let dismiss = desk.decide(0, &Act::Dismiss(reason)).await;
    assert_eq!(desk.status(0).await, Status::Dismissed);
    desk.undo(&dismiss).await;
    assert_eq!(desk.status(0).await, Status::Suggested);
    desk.undo(&suggest).await;
    assert_eq!(desk.status(0).await, Status::New);
    let story = desk.story(0).await;
    assert_eq!(story.version, 4, "undoing is deciding too");
    desk.agrees().await;
}

async fn a_note_and_topics_stand_until_they_are_replaced_or_undone(database: TestDatabase) {
    let desk = Desk::new(&database, 1).await;
    let note = |text| {
        let text = NoteText::parse(text).unwrap();
        Some(Note { text, public: true })
    };
    desk.decide(0, &Act::Note(note("first"))).await;
    let second = desk.decide(0, &Act::Note(note("second"))).await;
    let topics = Topics::tidy(["schools", "art"]);
    desk.decide(0, &Act::Topics(Some(topics.clone()))).await;
    let line = desk.story(0).await;
    assert_eq!((line.curated.note, line.curated.topics), (note("second"), Some(topics)));
    desk.undo(&second).await;
    assert_eq!(desk.story(0).await.curated.note, note("first"));
}

async fn a_refusal_says_who_decided_what_since_and_when(database: TestDatabase) {
    let desk = Desk::new(&database, 1).await;
    let suggest = desk.decide(0, &Act::Suggest).await;
    let bob = Hand {
        at: desk.hand.at.plus(Duration::from_mins(2)),
        ..hand(&database, "Bob").await
    };
    let store = &database.store;
    store.decide(&desk.ids[0], &Act::Hold, &bob, |_| true).await.unwrap();
    assert_eq!(
        desk.refused(&suggest).await,
        "Bob held it since, 2026-03-02 12:02 UTC; undo that first"
    );
}

async fn what_was_undone_holds_again_where_nothing_came_between(database: TestDatabase) {
    let desk = Desk::new(&database, 1).await;
    let hold = desk.decide(0, &Act::Hold).await;
    desk.undo(&hold).await;
    desk.redo(&hold).await;
    assert_eq!(desk.status(0).await, Status::Held);
    desk.undo(&hold).await;
    desk.decide(0, &Act::Suggest).await;
    let again = database.store.redo(&hold, &desk.hand).await;
    assert!(matches!(again, Err(StoreError::Refused(why)) if why.starts_with("Ada suggested it since")));
    let twice = database.store.undo(&hold, &desk.hand).await;
    assert!(matches!(twice, Err(StoreError::Refused(why)) if why == "it is undone already"));
    desk.agrees().await;
}

async fn an_undo_is_undone(database: TestDatabase) {
    let desk = Desk::new(&database, 1).await;
    let hold = desk.decide(0, &Act::Hold).await;
    let undo = desk.undo(&hold).await;
    desk.undo(&undo).await;
    assert_eq!(desk.status(0).await, Status::Held);
    desk.agrees().await;
}

async fn a_merge_is_undone_with_everything_it_did(database: TestDatabase) {
    let desk = Desk::new(&database, 3).await;
    desk.decide(2, &Act::Merge(desk.ids[0].clone())).await;
    let before = desk.story(0).await;
    let merge = desk.decide(0, &Act::Merge(desk.ids[1].clone())).await;
    assert_eq!(
        (desk.count().await, desk.story(2).await.public_id),
        (1, desk.ids[1].clone())
    );
    desk.undo(&merge).await;
    let after = desk.story(0).await;
    assert_eq!(
        (after.public_id, after.articles, after.lead),
        (before.public_id, 2, before.lead)
    );
    assert_eq!(desk.story(2).await.public_id, desk.ids[0], "its followers are back too");
    assert_eq!(desk.story(1).await.articles, 1);
    desk.redo(&merge).await;
    assert_eq!((desk.count().await, desk.story(2).await.articles), (1, 3));
    desk.agrees().await;
}

async fn a_merge_that_was_built_upon_is_not_undone_before_that(database: TestDatabase) {
    let desk = Desk::new(&database, 3).await;
    let first = desk.decide(0, &Act::Merge(desk.ids[1].clone())).await;
    let second = desk.decide(1, &Act::Merge(desk.ids[2].clone())).await;
    assert!(desk.refused(&first).await.starts_with("Ada merged it since"));
    desk.undo(&second).await;
    let member = desk.articles(1).await[0];
    let split = desk.decide(1, &Act::Split(member)).await;
    let refused = desk.refused(&first).await;
    assert!(refused.starts_with("Ada split it off since"), "{refused}");
    desk.undo(&split).await;
    desk.undo(&first).await;
    assert_eq!(desk.count().await, 3);
    desk.agrees().await;
}

async fn a_merge_forgets_what_it_said_and_remembers_what_was_said_before(database: TestDatabase) {
    let desk = Desk::new(&database, 2).await;
    let merge = desk.decide(0, &Act::Merge(desk.ids[1].clone())).await;
    let moved = desk.articles(1).await[0];
    desk.decide(1, &Act::Split(moved)).await;
    let alone = desk.newest().await;
    let merge_again = Act::Merge(desk.ids[1].clone());
    let again = database
        .store
        .decide(&alone, &merge_again, &desk.hand, |_| true)
        .await
        .unwrap();
    desk.undo(&again).await;
    // Said to be apart again, it does not come back by itself.
    let mut near = Neighbourhood::default();
    let same = telling(entry(desk.source, 0, "Story 0"), RELEASE).written;
    database
        .store
        .rewrite_article(moved, same, None, &mut near, desk.hand.at)
        .await
        .unwrap();
    assert_eq!(desk.count().await, 2);
    assert!(!desk.refused(&merge).await.is_empty());
    desk.agrees().await;
}

async fn what_was_decided_before_a_merge_is_undone_after_it_only(database: TestDatabase) {
    let desk = Desk::new(&database, 2).await;
    let hold = desk.decide(0, &Act::Hold).await;
    let merge = desk.decide(0, &Act::Merge(desk.ids[1].clone())).await;
    assert!(desk.refused(&hold).await.starts_with("Ada merged it since"));
    desk.undo(&merge).await;
    assert_eq!(desk.status(0).await, Status::Held, "a merge loses no decision");
    desk.undo(&hold).await;
    assert_eq!(desk.status(0).await, Status::New);
}

async fn a_story_that_was_merged_is_decided_about_as_the_one_it_joined(database: TestDatabase) {
    let desk = Desk::new(&database, 2).await;
    desk.decide(0, &Act::Merge(desk.ids[1].clone())).await;
    desk.decide(0, &Act::Hold).await;
    assert_eq!(desk.status(1).await, Status::Held);
    let (story, _) = database.store.story_version(&desk.ids[0]).await.unwrap().unwrap();
    let about = database.store.decisions(Whose::About(story), None, 10).await.unwrap();
    assert_eq!(about.len(), 2);
}

async fn a_split_is_undone_and_made_again(database: TestDatabase) {
    let desk = Desk::new(&database, 2).await;
    desk.decide(0, &Act::Merge(desk.ids[1].clone())).await;
    let lead = desk.articles(1).await[1];
    let title = desk.story(1).await.lead.title;
    let split = desk.decide(1, &Act::Split(lead)).await;
    let apart = desk.newest().await;
    assert_eq!(desk.count().await, 2);
    assert_ne!(desk.story(1).await.lead.title, title);
    desk.undo(&split).await;
    assert_eq!((desk.count().await, desk.story(1).await.lead.title), (1, title));
    let there = database.store.story(&apart).await.unwrap().unwrap();
    assert_eq!(there.line.public_id, desk.ids[1], "its address leads back");
    desk.redo(&split).await;
    let there = database.store.story(&apart).await.unwrap().unwrap();
    assert_eq!((there.line.public_id, desk.count().await), (apart, 2));
    desk.agrees().await;
}

async fn a_lead_is_chosen_and_undone(database: TestDatabase) {
    let desk = Desk::new(&database, 2).await;
    desk.decide(0, &Act::Merge(desk.ids[1].clone())).await;
    let other = desk.articles(1).await[0];
    let lead = desk.decide(1, &Act::Lead(other)).await;
    assert_eq!(desk.story(1).await.lead.title, "Story 0");
    desk.undo(&lead).await;
    assert_eq!(desk.story(1).await.lead.title, "Story 1");
    let foreign = database
        .store
        .decide(&desk.ids[1], &Act::Lead(ArticleId(99)), &desk.hand, |_| true)
        .await;
    assert!(matches!(foreign, Err(StoreError::Refused(_))), "{foreign:?}");
}

async fn a_pick_is_undone_and_comes_back(database: TestDatabase) {
    let desk = Desk::new(&database, 1).await;
    let reading = desk.list().await;
    let pick = desk.decide(0, &Act::Pick(reading.clone())).await;
    assert_eq!(desk.story(0).await.curated.picks.len(), 1);
    let again = database
        .store
        .decide(&desk.ids[0], &Act::Pick(reading.clone()), &desk.hand, |_| true)
        .await;
    assert!(matches!(again, Err(StoreError::Refused(_))), "{again:?}");
    desk.undo(&pick).await;
    assert_eq!(desk.story(0).await.curated.picks.len(), 0);
    desk.redo(&pick).await;
    let unpick = desk.decide(0, &Act::Unpick(reading)).await;
    assert_eq!(desk.story(0).await.curated.picks.len(), 0);
    desk.undo(&unpick).await;
    assert_eq!(desk.story(0).await.curated.picks.len(), 1);
    desk.agrees().await;
}

async fn a_pick_that_went_out_is_withdrawn_and_not_undone(database: TestDatabase) {
    let desk = Desk::new(&database, 1).await;
    let pick = desk.decide(0, &Act::Pick(desk.list().await)).await;
    database
        .meddle("update pick set stage = 'published', published_at = made_at")
        .await;
    assert_eq!(
        desk.refused(&pick).await,
        "it went out on 2026-03-02 12:00 UTC; withdraw it instead"
    );
}

async fn many_are_decided_at_once_and_undone_at_once(database: TestDatabase) {
    let desk = Desk::new(&database, 3).await;
    let store = &database.store;
    let mut named = desk.ids.clone();
    named.push("nobody".to_owned());
    let held = store.decide_all(&named, &Act::Hold, &desk.hand).await.unwrap();
    let done = held
        .outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Done(_)));
    assert_eq!(done.count(), 3);
    assert_eq!(held.outcomes[3], ("nobody".to_owned(), Outcome::Missing));
    desk.decide(1, &Act::Suggest).await;
    let undone = store.undo_batch(&held.id, &desk.hand).await.unwrap();
    let refused = undone
        .outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Refused(_)));
    assert_eq!(refused.count(), 1, "{undone:?}");
    let statuses = [desk.status(0).await, desk.status(1).await, desk.status(2).await];
    assert_eq!(statuses, [Status::New, Status::Suggested, Status::New]);
    store.redo_batch(&held.id, &desk.hand).await.unwrap();
    assert_eq!(desk.status(2).await, Status::Held);
    desk.agrees().await;
}

async fn who_may_only_suggest_overrules_nobody(database: TestDatabase) {
    let desk = Desk::new(&database, 2).await;
    let store = &database.store;
    let contributor = Hand {
        overrules: false,
        ..hand(&database, "Cleo").await
    };
    let hold = desk.decide(0, &Act::Hold).await;
    let over = store.decide(&desk.ids[0], &Act::Suggest, &contributor, |_| true).await;
    assert!(matches!(over, Err(StoreError::Refused(why)) if why.starts_with("Ada held it since")));
    let more = store.decide(&desk.ids[1], &Act::Hold, &contributor, |_| true).await;
    assert!(matches!(more, Err(StoreError::Denied(_))), "{more:?}");
    let undo = store.undo(&hold, &contributor).await;
    assert!(matches!(undo, Err(StoreError::Denied(_))), "{undo:?}");
    let own = store
        .decide(&desk.ids[1], &Act::Suggest, &contributor, |_| true)
        .await
        .unwrap();
    store.undo(&own, &contributor).await.unwrap();
    assert_eq!(desk.status(1).await, Status::New);
}

async fn a_dismissed_story_stays_dismissed_when_more_is_told_of_it(database: TestDatabase) {
    let source = add(&database, "a").await;
    let first = telling(entry(source, 1, "Harbour Museum opens new wing"), RELEASE);
    let desk = Desk::of(&database, source, &[first]).await;
    desk.decide(0, &Act::Dismiss(None)).await;
    let other = add(&database, "b").await;
    let second = telling(entry(other, 2, "Harbour Museum opens new wing"), RELEASE);
    save(&database.store, other, &[second]).await;
    let story = desk.story(0).await;
    assert_eq!(
        (story.status, story.articles, desk.count().await),
        (Status::Dismissed, 2, 1)
    );
}

async fn a_story_with_decisions_is_not_merged_away_by_a_page_that_came_later(database: TestDatabase) {
    let desk = Desk::of_two_that_turn_out_to_tell_the_same(&database).await;
    desk.decide(1, &Act::Hold).await;
    desk.read_the_late_page().await;
    assert_eq!(desk.count().await, 1);
    let story = desk.story(0).await;
    assert_eq!(
        (story.public_id, story.status, story.articles),
        (desk.ids[1].clone(), Status::Held, 2),
        "the one without decisions went into the other"
    );
    desk.agrees().await;
}

async fn two_stories_with_decisions_are_not_merged_by_a_page_that_came_later(database: TestDatabase) {
    let desk = Desk::of_two_that_turn_out_to_tell_the_same(&database).await;
    desk.decide(0, &Act::Suggest).await;
    desk.decide(1, &Act::Hold).await;
    desk.read_the_late_page().await;
    assert_eq!(desk.count().await, 2);
    assert_eq!(
        (desk.status(0).await, desk.status(1).await),
        (Status::Suggested, Status::Held)
    );
}

async fn a_change_since_it_was_read_is_not_overwritten(database: TestDatabase) {
    let desk = Desk::new(&database, 1).await;
    let store = &database.store;
    desk.decide(0, &Act::Hold).await;
    let stale = store
        .decide(&desk.ids[0], &Act::Note(None), &desk.hand, |version| version == 0)
        .await;
    assert!(matches!(stale, Err(StoreError::Outdated)), "{stale:?}");
    let fresh = store
        .decide(&desk.ids[0], &Act::Note(None), &desk.hand, |version| version == 1)
        .await;
    fresh.unwrap();
}

async fn two_editors_at_once_lose_nothing(database: TestDatabase) {
    let desk = Desk::new(&database, 2).await;
    let mut editors = tokio::task::JoinSet::new();
    for name in ["Bob", "Cleo", "Dora"] {
        let (store, hand, ids) = (
            database.open_again().await,
            hand(&database, name).await,
            desk.ids.clone(),
        );
        editors.spawn(async move {
            for round in 0..12 {
                let act = if round % 2 == 0 { Act::Hold } else { Act::Suggest };
                let made = store.decide(&ids[round % 2], &act, &hand, |_| true).await.unwrap();
                let _ = store.undo(&made, &hand).await;
            }
        });
    }
    editors.join_all().await;
    let made = database.store.decisions(Whose::All, None, 200).await.unwrap();
    let acts = made.iter().filter(|line| line.of.is_none()).count();
    let versions = desk.story(0).await.version + desk.story(1).await.version;
    assert_eq!((acts, i64::try_from(made.len()).unwrap()), (36, versions));
    desk.agrees().await;
}

async fn the_last_hundred_acts_of_an_editor_are_undone(database: TestDatabase) {
    let desk = Desk::new(&database, 2).await;
    for round in 0..100 {
        let act = if round % 3 == 0 { Act::Hold } else { Act::Suggest };
        desk.decide(round % 2, &act).await;
    }
    let own = database
        .store
        .decisions(Whose::Of(desk.hand.editor), None, 100)
        .await
        .unwrap();
    for line in own {
        desk.undo(&line.public_id).await;
    }
    assert_eq!((desk.status(0).await, desk.status(1).await), (Status::New, Status::New));
    desk.agrees().await;
}

async fn what_stands_is_held_against_the_log(database: TestDatabase) {
    let desk = Desk::new(&database, 2).await;
    desk.decide(0, &Act::Hold).await;
    desk.decide(1, &Act::Merge(desk.ids[0].clone())).await;
    desk.agrees().await;
    database.meddle("update story set status = 'new'").await;
    database
        .meddle("update standing set decision_id = null where cell = 'articles'")
        .await;
    let (count, differences) = database.store.check_decisions().await.unwrap();
    let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert_eq!((count, told.len()), (2, 2), "{told:?}");
}

/// Stories, and an editor who decides about them.
pub struct Desk<'a> {
    store: &'a Store,
    pub hand: Hand,
    pub source: SourceId,
    pub ids: Vec<String>,
}

impl<'a> Desk<'a> {
    /// As many stories, called `Story 0` and so on, that have nothing in common.
    pub async fn new(database: &'a TestDatabase, stories: u32) -> Self {
        let source = add(database, "a").await;
        let arrivals: Vec<Arrival> = (0..stories)
            .map(|number| entry(source, number, &format!("Story {number}")))
            .collect();
        Self::of(database, source, &arrivals).await
    }

    async fn of(database: &'a TestDatabase, source: SourceId, arrivals: &[Arrival]) -> Self {
        save(&database.store, source, arrivals).await;
        Self {
            store: &database.store,
            hand: hand(database, "Ada").await,
            source,
            ids: arrivals.iter().map(|arrival| arrival.public_id.clone()).collect(),
        }
    }

    /// The second tells of something else, until its page is read.
    async fn of_two_that_turn_out_to_tell_the_same(database: &'a TestDatabase) -> Self {
        let source = add(database, "a").await;
        let arrivals = [
            telling(entry(source, 0, "Harbour Museum opens new wing"), RELEASE),
            entry_at("https://coast.example/a", source, 1, "A weekend by the sea"),
        ];
        Self::of(database, source, &arrivals).await
    }

    async fn read_the_late_page(&self) {
        let read = telling(
            entry_at("https://coast.example/a", self.source, 1, "A weekend by the sea"),
            RELEASE,
        );
        let (article, mut near) = (self.articles(1).await[0], Neighbourhood::default());
        let rewritten = self
            .store
            .rewrite_article(article, read.written, None, &mut near, self.hand.at);
        rewritten.await.unwrap();
    }

    pub async fn decide(&self, story: usize, act: &Act) -> String {
        self.store
            .decide(&self.ids[story], act, &self.hand, |_| true)
            .await
            .unwrap()
    }

    async fn undo(&self, decision: &str) -> String {
        self.store.undo(decision, &self.hand).await.unwrap()
    }

    async fn redo(&self, decision: &str) -> String {
        self.store.redo(decision, &self.hand).await.unwrap()
    }

    /// Why that decision cannot be undone.
    async fn refused(&self, decision: &str) -> String {
        match self.store.undo(decision, &self.hand).await {
            Err(StoreError::Refused(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    /// The story, or the one it was merged into.
    pub async fn story(&self, story: usize) -> StoryLine {
        self.store.story(&self.ids[story]).await.unwrap().unwrap().line
    }

    async fn status(&self, story: usize) -> Status {
        self.story(story).await.status
    }

    pub async fn articles(&self, story: usize) -> Vec<ArticleId> {
        self.store.articles_of(self.story(story).await.id).await.unwrap()
    }

    async fn count(&self) -> u64 {
        self.store.count_stories().await.unwrap()
    }

    /// The story that was made last.
    async fn newest(&self) -> String {
        let stories = self.store.stories(&StoryFilter::default(), 100).await.unwrap();
        stories.into_iter().max_by_key(|story| story.id).unwrap().public_id
    }

    pub async fn list(&self) -> Slug {
        let told = Told {
            name: "What We're Reading".to_owned(),
            about: String::new(),
            language: None,
        };
        let new = NewList {
            slug: slug("reading"),
            told,
            rules: ListRules::default(),
        };
        self.store
            .make_list(new, self.hand.at, self.hand.fresh_id)
            .await
            .unwrap()
            .slug
    }

    /// What stands is what a replay of the log gives.
    pub async fn agrees(&self) {
        let (_, differences) = self.store.check_decisions().await.unwrap();
        assert_eq!(differences, []);
    }
}
