//! Whatever several editors decide, undo and redo: what stands is what a replay of the log gives, and no article is lost.

use docent::domain::decision::Act;
use docent::domain::source::Slug;
use docent::store::decisions::{Hand, Whose};
use docent::store::stories::StoryFilter;
use docent::store::{Store, StoreError};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::decisions::Desk;
use crate::support::database::TestDatabase;
use crate::support::editors::hand;

crate::on_both_databases!(whatever_is_decided_agrees_with_its_log);

/// Scenes played, each on a database of its own.
const SCENES: usize = 6;
/// Acts tried in each.
const TRIES: usize = 60;
/// Stories of each.
const STORIES: u32 = 4;

/// What somebody tries. Numbers choose among what there is.
#[derive(Debug, Clone)]
enum Try {
    Suggest,
    Hold,
    Dismiss,
    Merge(usize),
    Split(usize),
    Lead(usize),
    Pick,
    Unpick,
    Undo(usize),
    Redo(usize),
}

fn a_try() -> impl Strategy<Value = Try> {
    let any = 0..1_000_usize;
    prop_oneof![
        1 => Just(Try::Suggest),
        1 => Just(Try::Hold),
        1 => Just(Try::Dismiss),
        2 => any.clone().prop_map(Try::Merge),
        2 => any.clone().prop_map(Try::Split),
        1 => any.clone().prop_map(Try::Lead),
        1 => Just(Try::Pick),
        1 => Just(Try::Unpick),
        6 => any.clone().prop_map(Try::Undo),
        4 => any.prop_map(Try::Redo),
    ]
}

async fn whatever_is_decided_agrees_with_its_log(database: TestDatabase) {
    let desk = Desk::new(&database, STORIES).await;
    let list = desk.list().await;
    let editors = [desk.hand.clone(), hand(&database, "Bob").await];
    let mut runner = TestRunner::deterministic();
    let tries = prop::collection::vec((a_try(), 0..2_usize, 0..1_000_usize), TRIES);
    for _ in 0..SCENES {
        for (one, editor, story) in tries.new_tree(&mut runner).unwrap().current() {
            attempt(&database.store, &one, &editors[editor], (story, &list)).await;
        }
        holds(&desk, &database.store).await;
    }
    for line in database.store.decisions(Whose::All, None, 1_000).await.unwrap() {
        if line.of.is_none() {
            may_be_refused(&database.store.undo(&line.public_id, &editors[0]).await);
        }
    }
    holds(&desk, &database.store).await;
}

async fn attempt(store: &Store, one: &Try, hand: &Hand, (story, list): (usize, &Slug)) {
    let stories = store.stories(&StoryFilter::default(), 100).await.unwrap();
    let story = &stories[story % stories.len()];
    let articles = store.articles_of(story.id).await.unwrap();
    let act = match *one {
        Try::Suggest => Act::Suggest,
        Try::Hold => Act::Hold,
        Try::Dismiss => Act::Dismiss(None),
        Try::Merge(into) => Act::Merge(stories[into % stories.len()].public_id.clone()),
        Try::Split(article) => Act::Split(articles[article % articles.len()]),
        Try::Lead(article) => Act::Lead(articles[article % articles.len()]),
        Try::Pick => Act::Pick(list.clone()),
        Try::Unpick => Act::Unpick(list.clone()),
        Try::Undo(which) | Try::Redo(which) => {
            let made = store.decisions(Whose::All, None, 40).await.unwrap();
            let Some(line) = made.get(which % made.len().max(1)) else {
                return;
            };
            let turned = match one {
                Try::Undo(_) => store.undo(&line.public_id, hand).await,
                _ => store.redo(&line.public_id, hand).await,
            };
            return may_be_refused(&turned);
        }
    };
    may_be_refused(&store.decide(&story.public_id, &act, hand, |_| true).await);
}

fn may_be_refused(done: &Result<String, StoreError>) {
    assert!(matches!(done, Ok(_) | Err(StoreError::Refused(_))), "{done:?}");
}

async fn holds(desk: &Desk<'_>, store: &Store) {
    desk.agrees().await;
    let stories = store.stories(&StoryFilter::default(), 100).await.unwrap();
    let articles: u32 = stories.iter().map(|story| story.articles).sum();
    assert_eq!(articles, STORIES, "each article is in a story that lives");
    assert_eq!(
        stories.len() as u64,
        store.count_stories().await.unwrap(),
        "each story is led by an article of its own"
    );
    for story in 0..desk.ids.len() {
        desk.story(story).await;
    }
}
