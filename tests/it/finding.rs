//! What readers find: what is printed, and never anything else.

use std::collections::BTreeSet;
use std::time::Duration;

use docent::domain::decision::{Act, Note, NoteText};
use docent::domain::list::{ListRules, PickId, Topics};
use docent::search::Change;
use docent::store::PickChange;
use docent::store::decisions::{Hand, Whose};
use docent::store::lists::ListChange;
use docent::worker::{Holding, compare};
use serde_json::Value;

use crate::support::database::TestDatabase;
use crate::support::desk::{Desk, fresh_id};
use crate::support::http::Answer;

crate::on_both_databases!(
    what_was_published_is_found_by_what_is_printed,
    found_items_are_counted_by_kind_and_paged,
    nothing_private_is_found,
    whatever_editors_do_readers_find_what_they_can_read,
    readers_may_ask_for_so_much_and_no_more,
    what_readers_search_is_held_against_the_store,
);

/// Words of an excerpt in these tests: fewer than the articles have.
const EXCERPT_WORDS: u32 = 8;
/// What is done to picks in one play.
const ACTS: u64 = 40;
/// Plays, each with other chances.
const PLAYS: u64 = 3;

async fn what_was_published_is_found_by_what_is_printed(database: TestDatabase) {
    let desk = desk(database, 3).await;
    let pick = desk.pick(0).await;
    write(
        &desk,
        pick,
        "Lanterns at dusk",
        "Keepers light the <b>harbour</b>.",
        "Worth a walk.",
    )
    .await;
    desk.store.publish_pick(pick, desk.acting).await.unwrap();
    desk.app.follow().await;
    let title = desk.line(pick).await.pick.original.original_title;
    let title = title.split(' ').next().unwrap();
    for words in [
        "lantern",
        "harbour light",
        "\"worth a walk\"",
        "night shift",
        "topic:\"Night shift\"",
        "list:reading",
        "source:gazette-0",
        "har*",
        title,
    ] {
        let found = find(&desk, words).json();
        assert_eq!(found["total"], 1, "{words}");
        let item = &found["items"][0];
        assert_eq!(item["headline"], "Lanterns at dusk", "{words}");
        assert_eq!(
            (item["list"].as_str(), item["note"].as_str()),
            (Some("reading"), Some("Worth a walk."))
        );
    }
    let found = find(&desk, "harbour").json();
    assert_eq!(
        found["items"][0]["snippet"],
        "Keepers light the &lt;b&gt;<mark>harbour</mark>&lt;/b&gt;.\nWorth a walk."
    );
    assert_eq!(found["read_as"], "stories with the word “harbour”, best match first");
}

async fn found_items_are_counted_by_kind_and_paged(database: TestDatabase) {
    let desk = desk(database, 5).await;
    for (days, pick) in (0..).zip(desk.picks(4).await) {
        write(&desk, pick, &format!("Lantern {days}"), "Light.", "").await;
        let later = desk.later(Duration::from_hours(24 * 20 * days));
        desk.store.publish_pick(pick, later).await.unwrap();
    }
    desk.app.follow().await;
    let first = find(&desk, "lantern&limit=3&sort=newest").json();
    assert_eq!(
        (&first["total"], first["items"].as_array().unwrap().len()),
        (&Value::from(4), 3)
    );
    assert_eq!(first["items"][0]["headline"], "Lantern 3");
    let months = first["facets"]["months"].as_array().unwrap();
    let counted: u64 = months.iter().map(|month| month["count"].as_u64().unwrap()).sum();
    assert!(months.len() > 1 && counted == 4, "{months:?}");
    assert_eq!(first["facets"]["lists"][0]["value"], "reading");
    assert_eq!(first["facets"]["topics"][0]["count"], 4);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = find(&desk, &format!("lantern&limit=3&sort=newest&cursor={cursor}")).json();
    assert_eq!(second["items"][0]["headline"], "Lantern 0");
    assert_eq!(
        (&second["next_cursor"], &second["facets"]),
        (&Value::Null, &Value::Null)
    );
}

/// Each word below stands in one place that readers cannot see, and is looked for in every way that there is.
async fn nothing_private_is_found(database: TestDatabase) {
    let desk = desk(database, 8).await;
    let picks = desk.picks(6).await;
    let words = ["quillan", "marlowe", "tansyra", "drumlin", "fennock", "bracken"];
    for (pick, word) in picks.iter().zip(words) {
        write(
            &desk,
            *pick,
            &format!("{word} one"),
            &format!("{word} two"),
            &format!("{word} three"),
        )
        .await;
    }
    let (store, acting) = (&desk.store, desk.acting);
    store
        .schedule_pick(picks[1], desk.at(Duration::from_hours(1)), acting)
        .await
        .unwrap();
    store.publish_pick(picks[2], acting).await.unwrap();
    store.withdraw_pick(picks[2], acting).await.unwrap();
    let edition = desk.edition(&picks[3..4]).await;
    store.publish_edition(edition, acting).await.unwrap();
    store.withdraw_edition(edition, acting).await.unwrap();
    store.publish_pick(picks[5], acting).await.unwrap();
    // What was printed before a correction is not printed any more.
    write(&desk, picks[5], "Lantern", "Keepers light it.", "").await;
    let hand = hand(&desk);
    for act in [
        Act::Note(Some(Note {
            text: NoteText::parse("ask the solicitor").unwrap(),
            public: false,
        })),
        Act::Topics(Some(Topics::tidy(["Embargoed"]))),
        Act::Hold,
    ] {
        store.decide(desk.story_name(7), &act, &hand, |_| true).await.unwrap();
        store.decide(desk.story_name(5), &act, &hand, |_| true).await.unwrap();
    }
    desk.app.follow().await;
    let body = store.texts(&[desk.story(5)]).await.unwrap().remove(0).text;
    let beyond = body.trim_end_matches('.').split(' ').next_back().unwrap().to_owned();
    let unpicked = store.texts(&[desk.story(7)]).await.unwrap().remove(0).lead.title;
    let unpicked = unpicked.split(' ').next().unwrap().to_owned();
    let secrets = words.iter().map(|word| (*word).to_owned());
    let secrets = secrets.chain(["solicitor", "embargoed", "lovelace"].map(str::to_owned));
    for secret in secrets.chain([beyond, unpicked]) {
        is_found_nowhere(&desk, &secret);
    }
    let all = find(&desk, "").json();
    assert_eq!(
        (&all["total"], &all["items"][0]["headline"]),
        (&Value::from(1), &Value::from("Lantern"))
    );
    assert_eq!(all["facets"]["months"].as_array().unwrap().len(), 1);
}

/// A word is found if and only if it stands in what is served to readers, whatever was done before.
async fn whatever_editors_do_readers_find_what_they_can_read(database: TestDatabase) {
    let desk = desk(database, 6).await;
    let picks = desk.picks(5).await;
    let mut universe: BTreeSet<String> = BTreeSet::from(["lovelace".to_owned()]);
    for number in 0..6 {
        let text = desk.store.texts(&[desk.story(number)]).await.unwrap().remove(0);
        universe.extend(words_of(&text.lead.title));
        universe.extend(words_of(&text.text));
    }
    let mut chance = Chance(7);
    for play in 0..PLAYS {
        for act in 0..ACTS {
            let pick = picks[chance.below(picks.len())];
            let word = format!("meddled{}", spelt(play * ACTS + act));
            universe.extend([word.clone(), format!("{word}beyond")]);
            meddle(&desk, &mut chance, pick, &word).await;
        }
        desk.app.follow().await;
        let mut printed = words_of(desk.app.get("/feed.json").text());
        for line in desk.store.published_picks(None, None, None, 100).await.unwrap() {
            printed.extend(words_of(&line.pick.original.original_title));
        }
        for word in &universe {
            let found = find(&desk, &format!("\"{word}\"")).json()["total"].as_u64().unwrap() > 0;
            assert_eq!(found, printed.contains(word), "{word}, play {play}");
        }
    }
}

async fn readers_may_ask_for_so_much_and_no_more(database: TestDatabase) {
    let desk = desk(database, 1).await;
    let long = "a".repeat(201);
    for (question, parameter) in [
        (format!("q={long}"), "q"),
        ("limit=51".to_owned(), "limit"),
        ("limit=0".to_owned(), "limit"),
        ("sort=loudest".to_owned(), "sort"),
        ("cursor=search.x.1.2.3".to_owned(), "cursor"),
        ("page=2".to_owned(), "page"),
    ] {
        let refused = desk.app.send("GET", &format!("/api/v1/published?{question}"), "", &[]);
        assert_eq!(refused.status, 400, "{question}");
        assert!(
            refused.text().contains(&format!("\"{parameter}\"")) || refused.text().contains(parameter),
            "{question}"
        );
    }
    let answer = find(&desk, "anything");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
    assert!(answer.cookies().is_empty());
}

async fn what_readers_search_is_held_against_the_store(database: TestDatabase) {
    let desk = desk(database, 3).await;
    let picks = desk.picks(2).await;
    desk.store.publish_pick(picks[0], desk.acting).await.unwrap();
    desk.app.follow().await;
    let (store, index) = (&desk.store, &desk.app.printed);
    let once = async || compare::once(store, index, Holding::Printed).await.unwrap().mended;
    assert_eq!((once().await, index.keys().unwrap()), (0, vec![picks[0].0]));
    index.apply(vec![Change::Drop(picks[0].0)], index.cursor()).unwrap();
    assert_eq!((once().await, index.keys().unwrap()), (1, vec![picks[0].0]));
    // What no reader sees costs no commit.
    let before = index.cursor();
    write(&desk, picks[1], "A draft", "", "").await;
    desk.app.follow().await;
    assert_eq!(index.cursor(), before);
    index.empty().unwrap();
    desk.app.follow().await;
    assert_eq!((index.keys().unwrap(), index.cursor()), (vec![picks[0].0], before));
}

/// Looks for a word in every way that there is.
fn is_found_nowhere(desk: &Desk, secret: &str) {
    let start: String = secret.chars().take(4).collect();
    for ask in [
        secret.to_owned(),
        format!("{start}*"),
        format!("\"{secret}\""),
        format!("{secret} OR {secret}"),
        format!("title:{secret}"),
        format!("by:{secret}"),
        format!("topic:{secret}"),
        format!("list:{secret}"),
        format!("source:{secret}"),
    ] {
        let answer = find(desk, &ask);
        let told = answer.json();
        assert_eq!(told["total"], 0, "{ask}: {}", answer.text());
        let facets = told["facets"].as_object().unwrap();
        assert!(
            facets.values().all(|facet| facet == &Value::from(Vec::<Value>::new())),
            "{ask}"
        );
    }
}

/// One thing that editors do to a pick, if it can be done now.
async fn meddle(desk: &Desk, chance: &mut Chance, pick: PickId, word: &str) {
    let store = &desk.store;
    let line = desk.line(pick).await;
    let change = |change: PickChange| store.change_pick(pick, line.pick.version, change, desk.acting);
    let _may_be_refused = match chance.below(10) {
        0 => {
            change(PickChange {
                headline: Some(format!("{word} here")),
                ..PickChange::default()
            })
            .await
        }
        1 => {
            change(PickChange {
                excerpt: Some(format!("a b c d e f g {word} {word}beyond")),
                ..PickChange::default()
            })
            .await
        }
        2 => {
            change(PickChange {
                note: Some(word.to_owned()),
                ..PickChange::default()
            })
            .await
        }
        3 => {
            change(PickChange {
                topics: Some(Topics::tidy([word])),
                ..PickChange::default()
            })
            .await
        }
        4 | 5 => store.publish_pick(pick, desk.acting).await,
        6 => store.withdraw_pick(pick, desk.acting).await,
        7 => {
            let act = Act::Merge(desk.story_name(chance.below(6)).to_owned());
            let story = store.decide(&line.story, &act, &hand(desk), |_| true).await;
            story.map(drop)
        }
        8 => {
            let made = store.decisions(Whose::All, None, 5).await.unwrap();
            let Some(last) = made.get(chance.below(5)) else { return };
            store.undo(&last.public_id, &hand(desk)).await.map(drop)
        }
        _ => {
            let list = desk.list_now().await;
            let mut rules = list.rules.clone();
            rules.excerpt_words = 4 + u32::try_from(chance.below(6)).unwrap();
            let change = ListChange {
                rules: Some(rules),
                ..ListChange::default()
            };
            store
                .change_list(list.id, list.version, change, desk.acting)
                .await
                .map(drop)
        }
    };
}

async fn desk(database: TestDatabase, stories: usize) -> Desk {
    let rules = ListRules {
        excerpt_words: EXCERPT_WORDS,
        ..ListRules::default()
    };
    Desk::under(database, stories, rules).await
}

fn hand(desk: &Desk) -> Hand {
    Hand {
        editor: desk.acting.by,
        name: "Ada Lovelace".to_owned(),
        overrules: true,
        at: desk.acting.at,
        fresh_id,
    }
}

async fn write(desk: &Desk, pick: PickId, headline: &str, excerpt: &str, note: &str) {
    let version = desk.line(pick).await.pick.version;
    let change = PickChange {
        headline: Some(headline.to_owned()),
        excerpt: Some(excerpt.to_owned()),
        note: Some(note.to_owned()),
        topics: Some(Topics::tidy(["Night shift"])),
        ..PickChange::default()
    };
    desk.store
        .change_pick(pick, version, change, desk.acting)
        .await
        .unwrap();
}

/// Asks as a reader does: as nobody. What follows an `&` is further parameters.
fn find(desk: &Desk, asked: &str) -> Answer {
    let (words, more) = asked.split_once('&').unwrap_or((asked, ""));
    let words: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
    let answer = desk
        .app
        .send("GET", &format!("/api/v1/published?q={words}&{more}"), "", &[]);
    assert_eq!(answer.status, 200, "{asked}: {}", answer.text());
    answer
}

/// Its words of letters, as many as tell it from others.
fn words_of(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    words.filter(|word| word.len() > 6).map(str::to_lowercase).collect()
}

/// A number in letters, since words are.
fn spelt(number: u64) -> String {
    number
        .to_string()
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}

/// Chances that are the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}
