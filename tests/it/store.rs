//! The store, on both databases: uniqueness, leases, revisions.

use std::collections::HashSet;
use std::time::Duration;

use docent::domain::article::{PageState, Written};
use docent::domain::decision::Act;
use docent::domain::entry::{EntryKey, Found};
use docent::domain::fingerprint::Features;
use docent::domain::link::Link;
use docent::domain::recognise::{Links, SharedLinks, aliases};
use docent::domain::source::{Declared, SourceId, SourceKind};
use docent::domain::text::CleanHtml;
use docent::domain::time::Timestamp;
use docent::store::entries::{Known, Named};
use docent::store::leases::Claim;
use docent::store::polls::{Arrival, Neighbourhood, Saved};
use docent::store::stories::StoryFilter;
use docent::store::{Revision, Store, StoreError};

use crate::support::database::TestDatabase;
use crate::support::editors::hand;
use crate::support::worker::slug;

crate::on_both_databases!(
    a_new_file_adds_its_sources_and_a_changed_one_updates_them,
    a_source_that_left_the_file_is_retired_and_comes_back_with_it,
    sources_added_elsewhere_are_not_touched_by_the_file,
    an_id_in_use_cannot_be_added_again,
    each_due_source_is_claimed_by_one_worker_only,
    one_source_of_a_host_is_claimed_at_a_time,
    a_lease_that_ran_out_is_claimed_again,
    a_lease_that_nobody_keeps_runs_out_while_others_of_its_worker_are_kept,
    a_host_that_asked_to_be_left_alone_is_left_alone,
    an_entry_that_is_listed_again_is_not_stored_again,
    an_entry_with_another_title_is_a_change_and_not_a_new_one,
    the_same_link_from_two_sources_is_one_article,
    writers_at_once_lose_nothing_and_double_nothing,
    a_follower_that_asks_by_revision_sees_every_story,
    the_same_text_from_two_sources_is_one_story,
    stories_are_paged_without_gap_or_double,
    an_article_that_was_split_off_stays_apart_when_it_is_read_again,
    stories_that_were_joined_stay_joined_and_the_old_address_leads_there,
    an_article_whose_page_came_later_joins_the_story_it_tells,
);

async fn a_new_file_adds_its_sources_and_a_changed_one_updates_them(database: TestDatabase) {
    let store = &database.store;
    let mut file = vec![feed("a"), feed("b")];
    let laid = store.lay_sources_over(&file, noon(), |_, _| noon()).await.unwrap();
    assert_eq!((laid.added.len(), laid.changed.len(), laid.retired.len()), (2, 0, 0));
    let again = store.lay_sources_over(&file, noon(), |_, _| noon()).await.unwrap();
    assert_eq!((again.added.len(), again.changed.len(), again.retired.len()), (0, 0, 0));
    "Another name".clone_into(&mut file[0].name);
    let changed = store.lay_sources_over(&file, noon(), |_, _| noon()).await.unwrap();
    assert_eq!(changed.changed, [slug("a")]);
    assert_eq!(
        store.source(&slug("a")).await.unwrap().unwrap().declared.name,
        "Another name"
    );
}

async fn a_source_that_left_the_file_is_retired_and_comes_back_with_it(database: TestDatabase) {
    let store = &database.store;
    let file = vec![feed("a"), feed("b")];
    store.lay_sources_over(&file, noon(), |_, _| noon()).await.unwrap();
    store.lay_sources_over(&file[..1], noon(), |_, _| noon()).await.unwrap();
    assert!(store.source(&slug("b")).await.unwrap().unwrap().retired_at.is_some());
    store.lay_sources_over(&file, noon(), |_, _| noon()).await.unwrap();
    assert!(store.source(&slug("b")).await.unwrap().unwrap().retired_at.is_none());
}

async fn sources_added_elsewhere_are_not_touched_by_the_file(database: TestDatabase) {
    let store = &database.store;
    store.add_source(&feed("added"), noon(), noon()).await.unwrap();
    store
        .lay_sources_over(&[feed("a")], noon(), |_, _| noon())
        .await
        .unwrap();
    assert!(
        store
            .source(&slug("added"))
            .await
            .unwrap()
            .unwrap()
            .retired_at
            .is_none()
    );
}

async fn an_id_in_use_cannot_be_added_again(database: TestDatabase) {
    let store = &database.store;
    store.add_source(&feed("a"), noon(), noon()).await.unwrap();
    let again = store.add_source(&feed("a"), noon(), noon()).await;
    assert!(matches!(again, Err(StoreError::Taken(_))), "{again:?}");
}

async fn each_due_source_is_claimed_by_one_worker_only(database: TestDatabase) {
    for number in 0..40 {
        let mut source = feed(&format!("s{number}"));
        source.link = Link::parse(&format!("https://host{number}.example/feed")).unwrap();
        database.store.add_source(&source, noon(), noon()).await.unwrap();
    }
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..4 {
        let store = database.open_again().await;
        workers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claim = Claim {
                    worker: format!("w{worker}"),
                    ..claim(3)
                };
                let claimed = store.claim_due(&claim, noon()).await.unwrap();
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|source| source.id));
            }
        });
    }
    let all: Vec<SourceId> = workers.join_all().await.concat();
    assert_eq!(all.len(), 40);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 40);
}

async fn one_source_of_a_host_is_claimed_at_a_time(database: TestDatabase) {
    let store = &database.store;
    for id in ["a", "b", "c"] {
        store.add_source(&feed(id), noon(), noon()).await.unwrap();
    }
    assert_eq!(store.claim_due(&claim(10), noon()).await.unwrap().len(), 1);
    assert_eq!(
        store.claim_due(&claim(10), noon()).await.unwrap().len(),
        0,
        "the host is being asked"
    );
    store.release_leases("worker").await.unwrap();
    assert_eq!(
        store
            .claim_due(
                &Claim {
                    per_host: 2,
                    ..claim(10)
                },
                noon()
            )
            .await
            .unwrap()
            .len(),
        2
    );
}

async fn a_lease_that_ran_out_is_claimed_again(database: TestDatabase) {
    let store = &database.store;
    store.add_source(&feed("a"), noon(), noon()).await.unwrap();
    assert_eq!(store.claim_due(&claim(1), noon()).await.unwrap().len(), 1);
    let later = noon().plus(Duration::from_secs(121));
    let next = Claim {
        worker: "another".to_owned(),
        until: later.plus(Duration::from_mins(2)),
        ..claim(1)
    };
    assert_eq!(store.claim_due(&next, later).await.unwrap().len(), 1);
}

async fn a_lease_that_nobody_keeps_runs_out_while_others_of_its_worker_are_kept(database: TestDatabase) {
    let store = &database.store;
    for id in ["kept", "left"] {
        let mut source = feed(id);
        source.link = Link::parse(&format!("https://{id}.example/feed")).unwrap();
        store.add_source(&source, noon(), noon()).await.unwrap();
    }
    assert_eq!(store.claim_due(&claim(2), noon()).await.unwrap().len(), 2);
    let later = noon().plus(Duration::from_secs(100));
    let kept = store.source(&slug("kept")).await.unwrap().unwrap().id;
    assert!(
        store
            .renew_lease("worker", kept, later, later.plus(Duration::from_mins(2)))
            .await
            .unwrap()
    );
    let later = noon().plus(Duration::from_secs(130));
    let free = store
        .claim_due(
            &Claim {
                worker: "another".to_owned(),
                until: later.plus(Duration::from_mins(2)),
                ..claim(2)
            },
            later,
        )
        .await
        .unwrap();
    assert_eq!(
        free.iter()
            .map(|source| source.declared.slug.as_str())
            .collect::<Vec<_>>(),
        ["left"]
    );
}

async fn a_host_that_asked_to_be_left_alone_is_left_alone(database: TestDatabase) {
    let store = &database.store;
    store.add_source(&feed("a"), noon(), noon()).await.unwrap();
    let until = noon().plus(Duration::from_mins(10));
    store.hold_host("museum.example", until).await.unwrap();
    store.hold_host("museum.example", noon()).await.unwrap();
    assert_eq!(store.claim_due(&claim(1), noon()).await.unwrap().len(), 0);
    assert_eq!(store.claim_due(&claim(1), until).await.unwrap().len(), 1);
}

async fn an_entry_that_is_listed_again_is_not_stored_again(database: TestDatabase) {
    let store = &database.store;
    let source = store.add_source(&feed("a"), noon(), noon()).await.unwrap();
    let first = save(store, source, &[entry(source, 1, "Roof mended")]).await;
    let second = save(store, source, &[entry(source, 1, "Roof mended")]).await;
    assert_eq!((first, second), (saved(1, 0), saved(0, 0)));
    let arrival = entry(source, 1, "Roof mended");
    let known = store.sift(source, &[arrival.named]).await.unwrap();
    assert_eq!(known, [Known::Same]);
}

async fn an_entry_with_another_title_is_a_change_and_not_a_new_one(database: TestDatabase) {
    let store = &database.store;
    let source = store.add_source(&feed("a"), noon(), noon()).await.unwrap();
    save(store, source, &[entry(source, 1, "Roof mended")]).await;
    assert_eq!(
        save(store, source, &[entry(source, 1, "Roof mended at last")]).await,
        saved(0, 1)
    );
    let stories = store.stories(&StoryFilter::default(), 10).await.unwrap();
    assert_eq!(
        stories
            .iter()
            .map(|story| story.lead.title.as_str())
            .collect::<Vec<_>>(),
        ["Roof mended at last"]
    );
}

async fn the_same_link_from_two_sources_is_one_article(database: TestDatabase) {
    let store = &database.store;
    let one = store.add_source(&feed("a"), noon(), noon()).await.unwrap();
    let other = store.add_source(&feed("b"), noon(), noon()).await.unwrap();
    save(store, one, &[entry(one, 1, "Roof mended")]).await;
    assert_eq!(
        save(store, other, &[entry(other, 1, "Museum mends its roof")]).await,
        saved(1, 0)
    );
    let stories = store.stories(&StoryFilter::default(), 10).await.unwrap();
    assert_eq!(stories.len(), 1);
    assert_eq!((stories[0].articles, stories[0].sources.len()), (1, 2));
}

async fn writers_at_once_lose_nothing_and_double_nothing(database: TestDatabase) {
    let mut ids = Vec::new();
    for number in 0..8 {
        ids.push(
            database
                .store
                .add_source(&feed(&format!("s{number}")), noon(), noon())
                .await
                .unwrap(),
        );
    }
    let mut writers = tokio::task::JoinSet::new();
    for source in ids {
        let store = database.store.clone();
        writers.spawn(async move {
            for number in 0..20 {
                save(
                    &store,
                    source,
                    &[entry(source, number, &format!("Story number {number}"))],
                )
                .await;
            }
        });
    }
    writers.join_all().await;
    let articles = database
        .store
        .export(docent::domain::article::ArticleId(0), 1_000)
        .await
        .unwrap();
    assert_eq!(articles.len(), 20, "each link is one article");
    let stories = database.store.stories(&StoryFilter::default(), 200).await.unwrap();
    assert!(
        stories.iter().all(|story| story.sources.len() == 8),
        "each source listed each article"
    );
}

async fn a_follower_that_asks_by_revision_sees_every_story(database: TestDatabase) {
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..6 {
        let store = database.open_again().await;
        let source = store
            .add_source(&feed(&format!("s{number}")), noon(), noon())
            .await
            .unwrap();
        writers.spawn(async move {
            for place in 0..20 {
                let number = number * 100 + place;
                save(
                    &store,
                    source,
                    &[entry(source, number, &format!("A story like no other {number}"))],
                )
                .await;
            }
        });
    }
    let (mut seen, mut cursor) = (HashSet::new(), Revision(0));
    loop {
        let done = writers.is_empty();
        let changes = database.store.changes_since(cursor, 7).await.unwrap();
        seen.extend(changes.put.into_iter().map(|story| story.id));
        match changes.upto {
            Some(upto) => cursor = upto,
            None if done => break,
            None => while writers.try_join_next().is_some() {},
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(seen.len() as u64, database.store.count_stories().await.unwrap());
}

async fn the_same_text_from_two_sources_is_one_story(database: TestDatabase) {
    let store = &database.store;
    let one = store.add_source(&feed("a"), noon(), noon()).await.unwrap();
    let other = store.add_source(&feed("b"), noon(), noon()).await.unwrap();
    save(
        store,
        one,
        &[telling(entry(one, 1, "Harbour Museum opens new wing"), RELEASE)],
    )
    .await;
    save(
        store,
        other,
        &[telling(entry(other, 2, "Harbour Museum opens new wing"), RELEASE)],
    )
    .await;
    let stories = store.stories(&StoryFilter::default(), 10).await.unwrap();
    assert_eq!(stories.len(), 1);
    let whole = store.story(&stories[0].public_id).await.unwrap().unwrap();
    let reasons: Vec<bool> = whole
        .articles
        .iter()
        .map(|(article, _)| article.joined_because.is_some())
        .collect();
    assert_eq!(reasons, [false, true], "the reason of the match is kept");
}

async fn an_article_that_was_split_off_stays_apart_when_it_is_read_again(database: TestDatabase) {
    let (store, source, mut near) = (&database.store, add(&database, "a").await, Neighbourhood::default());
    let other = add(&database, "b").await;
    save(
        store,
        source,
        &[telling(entry(source, 1, "Harbour Museum opens new wing"), RELEASE)],
    )
    .await;
    save(
        store,
        other,
        &[telling(entry(other, 2, "Harbour Museum opens new wing"), RELEASE)],
    )
    .await;
    let story = store.stories(&StoryFilter::default(), 10).await.unwrap()[0].id;
    let second = store.articles_of(story).await.unwrap()[1];
    let story = &store.stories(&StoryFilter::default(), 10).await.unwrap()[0].public_id;
    let ada = hand(&database, "Ada").await;
    store.decide(story, &Act::Split(second), &ada, |_| true).await.unwrap();
    assert_eq!(store.count_stories().await.unwrap(), 2);
    let again = telling(entry(other, 2, "Harbour Museum opens new wing"), RELEASE).written;
    store
        .rewrite_article(second, again, None, &mut near, noon())
        .await
        .unwrap();
    assert_eq!(
        store.count_stories().await.unwrap(),
        2,
        "what an editor split stays apart"
    );
}

async fn stories_that_were_joined_stay_joined_and_the_old_address_leads_there(database: TestDatabase) {
    let (store, source, mut near) = (&database.store, add(&database, "a").await, Neighbourhood::default());
    save(
        store,
        source,
        &[
            entry(source, 1, "Roof mended"),
            entry(source, 2, "Quite another matter"),
        ],
    )
    .await;
    let stories = store.stories(&StoryFilter::default(), 10).await.unwrap();
    let (ada, into) = (hand(&database, "Ada").await, stories[1].public_id.clone());
    let merge = Act::Merge(into);
    store
        .decide(&stories[0].public_id, &merge, &ada, |_| true)
        .await
        .unwrap();
    let joined = store.story(&stories[0].public_id).await.unwrap().unwrap();
    assert_eq!((joined.line.id, joined.articles.len()), (stories[1].id, 2));
    let moved = store.articles_of(stories[1].id).await.unwrap()[1];
    let again = entry(source, 2, "Quite another matter").written;
    store
        .rewrite_article(moved, again, None, &mut near, noon())
        .await
        .unwrap();
    assert_eq!(
        store.count_stories().await.unwrap(),
        1,
        "what an editor joined stays together"
    );
}

async fn an_article_whose_page_came_later_joins_the_story_it_tells(database: TestDatabase) {
    let (store, source, mut near) = (&database.store, add(&database, "a").await, Neighbourhood::default());
    save(
        store,
        source,
        &[telling(entry(source, 1, "Harbour Museum opens new wing"), RELEASE)],
    )
    .await;
    save(
        store,
        source,
        &[entry_at("https://coast.example/a", source, 2, "A weekend by the sea")],
    )
    .await;
    let stories = store.stories(&StoryFilter::default(), 10).await.unwrap();
    let late = stories
        .iter()
        .find(|story| story.lead.title == "A weekend by the sea")
        .unwrap();
    let article = store.articles_of(late.id).await.unwrap()[0];
    let read = telling(
        entry_at("https://coast.example/a", source, 2, "A weekend by the sea"),
        RELEASE,
    )
    .written;
    store
        .rewrite_article(article, read, None, &mut near, noon())
        .await
        .unwrap();
    let whole = store.story(&late.public_id).await.unwrap().unwrap();
    assert_eq!(whole.articles.len(), 2, "its old address leads to the story it joined");
}

async fn stories_are_paged_without_gap_or_double(database: TestDatabase) {
    let store = &database.store;
    let source = store.add_source(&feed("a"), noon(), noon()).await.unwrap();
    let arrivals: Vec<Arrival> = (0..25)
        .map(|number| entry(source, number, &format!("A story like no other {number}")))
        .collect();
    save(store, source, &arrivals).await;
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = store
            .stories(
                &StoryFilter {
                    before,
                    ..StoryFilter::default()
                },
                10,
            )
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        before = Some((last.found_at, last.id));
        seen.extend(page.into_iter().map(|story| story.id));
    }
    assert_eq!(seen.len(), 25);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 25);
}

/// A press release as two papers print it.
pub const RELEASE: &str = "The Harbour Museum in Westport will open its new wing on 14 May 2026, its director Ada Marlowe \
    said on Monday. The wing cost 12 million and holds 340 model ships, most of them never shown before.";

pub async fn add(database: &TestDatabase, id: &str) -> SourceId {
    database.store.add_source(&feed(id), noon(), noon()).await.unwrap()
}

pub fn noon() -> Timestamp {
    Timestamp::parse("2026-03-02T12:00:00Z").unwrap()
}

fn feed(id: &str) -> Declared {
    let link = Link::parse(&format!("https://museum.example/{id}.xml")).unwrap();
    Declared::new(slug(id), id.to_owned(), SourceKind::Feed, link)
}

fn claim(sources_max: u32) -> Claim {
    let until = noon().plus(Duration::from_mins(2));
    Claim {
        worker: "worker".to_owned(),
        until,
        sources_max,
        per_host: 1,
    }
}

fn saved(fresh: u32, changed: u32) -> Saved {
    Saved { fresh, changed }
}

pub async fn save(store: &Store, source: SourceId, arrivals: &[Arrival]) -> Saved {
    let mut near = Neighbourhood::default();
    store
        .save_arrivals(source, arrivals.to_vec(), &mut near, noon())
        .await
        .unwrap()
}

/// An entry of `source` that links to the page with this number.
pub fn entry(source: SourceId, number: u32, title: &str) -> Arrival {
    entry_at(&format!("https://museum.example/news/{number}"), source, number, title)
}

pub fn entry_at(link: &str, source: SourceId, number: u32, title: &str) -> Arrival {
    let found = Found {
        key: EntryKey(format!("entry-{number}")),
        link: Link::parse(link),
        title: title.to_owned(),
        author: None,
        published: Some(noon()),
        updated: None,
        summary: String::new(),
        content: CleanHtml::default(),
        language: None,
        image: None,
        topics: Vec::new(),
    };
    let written = Written {
        link: found.link.clone(),
        title: title.to_owned(),
        byline: None,
        site_name: None,
        published: found.published.map(|at| (at, "feed")),
        updated: None,
        language: None,
        image: None,
        excerpt: String::new(),
        text: String::new(),
        html: CleanHtml::default(),
        words: 0,
        agreement: None,
        paywalled: false,
        page: PageState::None,
        page_tries: 0,
        page_reason: None,
        features: Features::of(title, "", None, found.published, found.link.as_ref()),
    };
    let public_id = uuid::Uuid::now_v7().to_string();
    let links = Links {
        found: found.link.as_ref(),
        ..Links::default()
    };
    let named = Named {
        aliases: aliases(source, &found.key, links, &SharedLinks::default()),
        link: found.link.clone(),
        title: found.title.clone(),
        published: found.published,
        digest: found.digest(),
    };
    Arrival {
        found,
        named,
        written,
        page: None,
        public_id,
    }
}

pub fn telling(mut arrival: Arrival, text: &str) -> Arrival {
    text.clone_into(&mut arrival.written.text);
    let link = arrival.found.link.as_ref();
    arrival.written.features = Features::of(&arrival.found.title, text, None, arrival.found.published, link);
    arrival
}
