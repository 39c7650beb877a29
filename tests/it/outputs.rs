//! What readers and other sites fetch, over HTTP.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use docent::domain::list::{ListRules, PickId, Place, Topics};
use docent::store::{PickChange, RestoreFrom};

use crate::formats;
use crate::support::database::TestDatabase;
use crate::support::desk::{Desk, fresh_id, new_list};
use crate::support::http::Answer;

crate::on_both_databases!(
    checkers_find_nothing_to_say_about_what_is_served,
    an_answer_is_kept_elsewhere_by_its_headers,
    what_was_published_is_seen_at_once,
    no_operation_on_drafts_changes_a_public_byte,
    two_lists_that_carry_one_pick_use_two_ids,
    every_pick_is_in_the_current_document_or_in_an_archive,
    a_closed_list_says_so,
    boxes_pages_and_inserts_show_what_was_published,
    what_is_not_there_is_not_found,
    sources_are_told_as_opml,
    previews_show_drafts_to_editors_alone,
);

const DAY: Duration = Duration::from_hours(24);
/// Every kind of output of the list `reading`.
const OUTPUTS: [&str; 22] = [
    "/lists/reading/feed.rss",
    "/lists/reading/feed.atom",
    "/lists/reading/feed.json",
    "/feed.rss",
    "/feed.atom",
    "/feed.json",
    "/lists/reading/box",
    "/lists/reading/box.html",
    "/lists/reading/insert.html",
    "/lists/reading/insert.txt",
    "/lists/reading",
    "/lists",
    "/",
    "/about",
    "/archive",
    "/favicon.svg",
    "/lists/reading/archive",
    "/lists/reading/embed",
    "/lists/reading/embed?count=2&pictures=yes&width=360",
    "/robots.txt",
    "/sitemap.xml",
    "/topics",
];

async fn checkers_find_nothing_to_say_about_what_is_served(database: TestDatabase) {
    let Some(lint) = formats::lint() else { return };
    let desk = Desk::with(database, 5).await;
    let check = |path: &str| {
        let public = format!("https://read.museum.example{path}");
        let here = format!("http://{}{path}", desk.app.address);
        let output = Command::new("python3")
            .arg(&lint)
            .args(["--fail-on", "warning", "--base", &public, &here])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{path}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    for path in &OUTPUTS[..6] {
        check(path);
    }
    let picks = desk.picks(5).await;
    let edition = desk.edition(&picks[..3]).await;
    let topics = Topics::tidy(["Art & craft/ü", "Museums"]);
    change(
        &desk,
        picks[0],
        PickChange {
            topics: Some(topics),
            ..PickChange::default()
        },
        Duration::ZERO,
    )
    .await;
    desk.store.publish_edition(edition, desk.acting).await.unwrap();
    desk.store.publish_pick(picks[3], desk.later(40 * DAY)).await.unwrap();
    desk.store.publish_pick(picks[4], desk.later(80 * DAY)).await.unwrap();
    let month = docent::domain::month::Month::of(desk.at(40 * DAY));
    for path in &OUTPUTS[..6] {
        check(path);
        check(&path.replace("feed.", "topics/art%20&%20craft%2F%C3%BC/feed."));
        check(&path.replace("feed.", &format!("archive/{month}.")));
    }
}

async fn an_answer_is_kept_elsewhere_by_its_headers(database: TestDatabase) {
    let desk = Desk::with(database, 3).await;
    for pick in desk.picks(3).await {
        desk.store.publish_pick(pick, desk.acting).await.unwrap();
    }
    for path in OUTPUTS {
        let whole = nobody(&desk, "GET", path, &[]);
        assert_eq!(whole.status, 200, "{path}");
        let header = |name: &str| {
            whole
                .header(name)
                .unwrap_or_else(|| panic!("{path} has no {name}"))
                .to_owned()
        };
        let (tag, date) = (header("etag"), header("last-modified"));
        assert!(tag.starts_with('"'), "{path}: {tag}");
        assert!(header("cache-control").starts_with("public, max-age="), "{path}");
        assert_eq!(header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(whole.header("set-cookie"), None, "{path}");
        for headers in [
            vec![("If-None-Match", tag.as_str())],
            vec![("If-None-Match", "\"x\", *")],
            vec![("If-Modified-Since", date.as_str())],
            vec![
                ("If-None-Match", tag.as_str()),
                ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ],
        ] {
            let known = nobody(&desk, "GET", path, &headers);
            assert_eq!((known.status, known.body.len()), (304, 0), "{path} {headers:?}");
            for name in ["etag", "cache-control", "vary", "last-modified"] {
                assert_eq!(known.header(name), whole.header(name), "{path} {name}");
            }
        }
        let changed = [("If-None-Match", "\"x\""), ("If-Modified-Since", date.as_str())];
        assert_eq!(nobody(&desk, "GET", path, &changed).status, 200, "{path}");
        let head = nobody(&desk, "HEAD", path, &[]);
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        for name in ["etag", "content-type", "content-length", "last-modified"] {
            assert_eq!(head.header(name), whole.header(name), "{path} {name}");
        }
        for encoding in ["gzip", "br"] {
            let packed = nobody(&desk, "GET", path, &[("Accept-Encoding", encoding)]);
            assert_eq!(packed.header("vary"), Some("accept-encoding"), "{path}");
            assert_eq!(packed.header("etag"), Some(tag.as_str()), "{path}");
            if whole.body.len() >= 1024 {
                assert_eq!(packed.header("content-encoding"), Some(encoding), "{path}");
                assert!(packed.body.len() < whole.body.len());
            }
        }
    }
    let rss = nobody(&desk, "GET", "/lists/reading/feed.rss", &[]);
    assert_eq!(rss.header("content-type"), Some("application/rss+xml; charset=utf-8"));
    assert_eq!(
        rss.headers("link"),
        [
            "<https://read.museum.example/lists/reading/feed.rss>; rel=\"self\"",
            "<https://hub.example/>; rel=\"hub\""
        ]
    );
}

async fn what_was_published_is_seen_at_once(database: TestDatabase) {
    let desk = Desk::with(database, 2).await;
    let picks = desk.picks(2).await;
    let path = "/lists/reading/feed.json";
    let items = |answer: &Answer| answer.json()["items"].as_array().unwrap().len();
    assert_eq!(items(&nobody(&desk, "GET", path, &[])), 0);
    desk.store.publish_pick(picks[0], desk.acting).await.unwrap();
    let one = nobody(&desk, "GET", path, &[]);
    assert_eq!(items(&one), 1);
    desk.store.publish_pick(picks[1], desk.later(DAY)).await.unwrap();
    let two = nobody(&desk, "GET", path, &[("If-None-Match", one.header("etag").unwrap())]);
    assert_eq!(items(&two), 2);
    desk.store.withdraw_pick(picks[1], desk.later(2 * DAY)).await.unwrap();
    let again = nobody(&desk, "GET", path, &[]);
    assert_eq!(items(&again), 1);
    assert!(
        again.header("last-modified") > one.header("last-modified")
            || again.header("last-modified") != one.header("last-modified")
    );
    let change_of_words = PickChange {
        headline: Some("Another headline".to_owned()),
        correction: Some("The name was wrong.".to_owned()),
        ..PickChange::default()
    };
    change(&desk, picks[0], change_of_words, 3 * DAY).await;
    let corrected = nobody(&desk, "GET", path, &[]);
    let item = &corrected.json()["items"][0];
    assert_eq!(item["id"], one.json()["items"][0]["id"]);
    assert_eq!(item["title"], "Another headline");
    assert_eq!(item["_docent"]["correction"]["text"], "The name was wrong.");
    assert!(item["date_modified"].as_str() > item["date_published"].as_str());
}

async fn no_operation_on_drafts_changes_a_public_byte(database: TestDatabase) {
    let desk = Desk::with(database, 7).await;
    let picks = desk.picks(7).await;
    let out = desk.edition(&picks[..2]).await;
    desk.store.publish_edition(out, desk.acting).await.unwrap();
    // What readers search has caught up.
    desk.app.follow().await;
    let before = public_bytes(&desk);
    let same = |what: &str| assert!(public_bytes(&desk) == before, "{what} changed a public byte");
    let draft = desk.edition(&picks[2..4]).await;
    same("making an edition");
    let words = PickChange {
        headline: Some("A draft".to_owned()),
        excerpt: Some("Nobody sees this".to_owned()),
        note: Some("Nor this".to_owned()),
        topics: Some(Topics::tidy(["secret"])),
        ..PickChange::default()
    };
    change(&desk, picks[2], words, DAY).await;
    same("writing");
    desk.place(picks[4], Some(Some(draft)), Place::First).await.unwrap();
    same("moving");
    desk.store
        .schedule_edition(draft, Some(desk.at(5 * DAY)), desk.acting)
        .await
        .unwrap();
    same("scheduling");
    desk.store.call_back_edition(draft, desk.acting).await.unwrap();
    same("calling back");
    desk.store
        .schedule_pick(picks[5], desk.at(5 * DAY), desk.acting)
        .await
        .unwrap();
    same("scheduling a pick");
    let version = desk.line(picks[2]).await.pick.version;
    let restored = desk
        .store
        .restore_text(picks[2], version, RestoreFrom::Original, desk.acting);
    restored.await.unwrap();
    same("going back");
    desk.app
        .collect("late", &[("Something else altogether happened", "Far away from here.")])
        .await;
    same("collecting");
    assert_eq!(nobody(&desk, "GET", "/topics/secret/feed.rss", &[]).status, 404);
}

async fn two_lists_that_carry_one_pick_use_two_ids(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let other = desk
        .store
        .make_list(new_list("other"), desk.acting.at, fresh_id)
        .await
        .unwrap();
    let pick = desk.pick(0).await;
    let mut second = desk.new_pick(0);
    second.list = other.id;
    let second = desk.store.pick_story(&second).await.unwrap();
    for pick in [pick, second] {
        desk.store.publish_pick(pick, desk.acting).await.unwrap();
    }
    let ids = |path: &str| -> Vec<String> {
        let feed = nobody(&desk, "GET", path, &[]).json();
        let items = feed["items"].as_array().unwrap().iter();
        items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    let mut all = ids("/lists/reading/feed.json");
    all.extend(ids("/lists/other/feed.json"));
    all.extend(ids("/feed.json"));
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 4, "{all:?}");
    assert!(all.iter().all(|id| id.starts_with("tag:docent.example,2026:0198/")));
}

async fn every_pick_is_in_the_current_document_or_in_an_archive(database: TestDatabase) {
    let desk = Desk::with(database, 70).await;
    let picks = desk.picks(70).await;
    // Some in each of three months, and more in the last one than its current document holds.
    for (number, pick) in picks.iter().enumerate() {
        let days = match number {
            0..4 => 0,
            4..8 => 31,
            _ => 62,
        };
        let acting = desk.later(days * DAY + Duration::from_mins(number as u64));
        desk.store.publish_pick(*pick, acting).await.unwrap();
    }
    let mut seen = BTreeSet::new();
    let mut next = Some("/lists/reading/feed.json".to_owned());
    let mut documents = 0;
    while let Some(path) = next {
        let feed = nobody(&desk, "GET", &path, &[]).json();
        assert_ne!(feed["next_url"], feed["feed_url"]);
        for item in feed["items"].as_array().unwrap() {
            seen.insert(item["id"].as_str().unwrap().to_owned());
        }
        let there = feed["next_url"].as_str();
        next = there.map(|link| link.replace("https://read.museum.example", ""));
        documents += 1;
        assert!(documents < 10);
    }
    assert_eq!((seen.len(), documents), (70, 4));
    let month = |days: u32| docent::domain::month::Month::of(desk.at(days * DAY));
    let of = |days: u32| {
        nobody(
            &desk,
            "GET",
            &format!("/lists/reading/archive/{}.atom", month(days)),
            &[],
        )
    };
    let middle = of(31);
    for (relation, days) in [("prev-archive", 0), ("next-archive", 62)] {
        let link = format!(
            "rel=\"{relation}\" type=\"application/atom+xml\" href=\"https://read.museum.example/lists/reading/archive/{}.atom\"",
            month(days)
        );
        assert!(middle.text().contains(&link), "{}", middle.text());
    }
    assert!(middle.text().contains("<fh:archive/>") && !of(62).text().contains("<fh:archive/>"));
    assert!(middle.header("cache-control").unwrap().contains("max-age=86400"));
    // What is past stays as it was, to the byte, whatever goes out later.
    desk.store.withdraw_pick(picks[69], desk.later(63 * DAY)).await.unwrap();
    assert_eq!(of(31).header("etag"), middle.header("etag"));
}

async fn a_closed_list_says_so(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let pick = desk.pick(0).await;
    desk.store.publish_pick(pick, desk.acting).await.unwrap();
    let path = "/lists/reading/feed.rss";
    let open = nobody(&desk, "GET", path, &[]);
    let list = desk.list_now().await;
    desk.store
        .archive_list(list.id, list.version, desk.at(DAY))
        .await
        .unwrap();
    for headers in [vec![], vec![("If-None-Match", open.header("etag").unwrap())]] {
        let closed = nobody(&desk, "GET", path, &headers);
        assert_eq!(closed.status, 410);
        assert_eq!(closed.header("content-type"), Some("application/problem+json"));
    }
    assert_eq!(nobody(&desk, "GET", "/lists/reading", &[]).status, 200);
}

#[expect(clippy::too_many_lines, reason = "one list seen in all its forms")]
async fn boxes_pages_and_inserts_show_what_was_published(database: TestDatabase) {
    let desk = Desk::under(database, 3, ListRules::default()).await;
    let picks = desk.picks(3).await;
    let edition = desk.edition(&picks[..2]).await;
    let words = PickChange {
        headline: Some("Schools move lessons to local museums for learning experiment".to_owned()),
        excerpt: Some("Four schools & their <pupils>.".to_owned()),
        note: Some("Worth it for the roof.".to_owned()),
        ..PickChange::default()
    };
    change(&desk, picks[0], words, Duration::ZERO).await;
    desk.store.publish_edition(edition, desk.acting).await.unwrap();
    for path in [
        "/lists/reading/box",
        "/lists/reading/box.html",
        "/lists/reading",
        "/lists",
        "/lists/reading/insert.html",
    ] {
        let answer = nobody(&desk, "GET", path, &[]);
        let html = answer.text();
        for part in [
            "Schools move lessons to local museums for learning experiment",
            "Four schools &#38; their &#60;pupils&#62;.",
            "Editor’s note:",
            "gazette-0",
            "2026</time>",
        ] {
            let known = [
                part.to_owned(),
                part.replace("&#38;", "&amp;")
                    .replace("&#60;", "&lt;")
                    .replace("&#62;", "&gt;"),
                part.replace("</time>", ""),
            ];
            assert!(
                known.iter().any(|part| html.contains(part)),
                "{path} lacks {part}: {html}"
            );
        }
        let note = html.find("Worth it for the roof.").unwrap();
        assert!(
            note < html.find("Four schools").unwrap(),
            "{path}: the note comes first"
        );
    }
    let frame = nobody(&desk, "GET", "/lists/reading/box?count=1&theme=dark", &[]);
    assert!(frame.text().contains("class=\"dark\"") && frame.text().matches("<li").count() == 1);
    let policy = frame.header("content-security-policy").unwrap();
    assert!(
        policy.ends_with("frame-ancestors *") && policy.starts_with("default-src 'none'"),
        "{policy}"
    );
    let page = nobody(&desk, "GET", "/lists/reading", &[]);
    assert!(
        page.text()
            .contains("<link rel=\"alternate\" type=\"application/atom+xml\"")
    );
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("frame-ancestors 'none'")
    );
    let script = nobody(&desk, "GET", "/box.js", &[]);
    assert!(script.body.len() <= 2048 && script.text().contains("docent-box"));
    let text = nobody(&desk, "GET", "/lists/reading/insert.txt", &[]);
    assert!(
        text.text().starts_with("What We're Reading: No. 1\n")
            && text.text().contains("Four schools & their <pupils>.")
    );
    // Items lead to a page that holds them for ever.
    let feed = nobody(&desk, "GET", "/lists/reading/feed.json", &[]).json();
    let own = feed["items"][0]["url"]
        .as_str()
        .unwrap()
        .replace("https://read.museum.example", "");
    let (path, anchor) = own.split_once('#').unwrap();
    assert!(
        nobody(&desk, "GET", path, &[])
            .text()
            .contains(&format!("id=\"{anchor}\""))
    );
}

async fn what_is_not_there_is_not_found(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    for path in [
        "/lists/nobody/feed.rss",
        "/lists/-x-/feed.rss",
        "/lists/reading/feed.xml",
        "/lists/reading/topics/nothing/feed.rss",
        "/lists/reading/topics/%00/feed.rss",
        "/lists/reading/topics/%FF/feed.rss",
        "/lists/reading/archive/2026-01.rss",
        "/lists/reading/archive/2026-13.rss",
        "/lists/reading/archive/2026-01.xml",
        "/lists/reading/archive/x",
        "/lists/nobody/box",
        "/lists/nobody/box.html",
        "/lists/nobody/insert.txt",
        "/lists/nobody",
        "/archive/2026-01.json",
    ] {
        let answer = nobody(&desk, "GET", path, &[]);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{path}"
        );
    }
    assert_eq!(nobody(&desk, "POST", "/lists/reading/feed.rss", &[]).status, 405);
}

async fn sources_are_told_as_opml(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let answer = nobody(&desk, "GET", "/sources.opml", &[]);
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("gazette-0"));
    let tag = answer.header("etag").unwrap();
    assert_eq!(
        nobody(&desk, "GET", "/sources.opml", &[("If-None-Match", tag)]).status,
        304
    );
}

async fn previews_show_drafts_to_editors_alone(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let pick = desk.pick(0).await;
    let edition = desk.edition(&[pick]).await;
    let headline = desk.line(pick).await.pick.text.headline;
    let name = desk.edition_line(edition).await.edition.public_id;
    for form in [
        "rss",
        "atom",
        "json",
        "page",
        "box",
        "box.html",
        "insert.html",
        "insert.txt",
    ] {
        for of in ["lists/reading".to_owned(), format!("editions/{name}")] {
            let path = format!("/api/v1/{of}/preview/{form}");
            let seen = desk.app.get(&path);
            assert_eq!(seen.status, 200, "{path}");
            assert!(seen.text().contains(&headline), "{path}");
            assert_eq!(seen.header("cache-control"), Some("private, no-store"), "{path}");
            assert_eq!(nobody(&desk, "GET", &path, &[]).status, 401, "{path}");
        }
    }
    assert_eq!(desk.app.get("/api/v1/lists/reading/preview/x").status, 404);
}

/// Asks as a reader does, who is not signed in.
fn nobody(desk: &Desk, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    desk.app.send(method, path, "", headers)
}

async fn change(desk: &Desk, pick: PickId, change: PickChange, after: Duration) {
    let version = desk.line(pick).await.pick.version;
    desk.store
        .change_pick(pick, version, change, desk.later(after))
        .await
        .unwrap();
}

fn public_bytes(desk: &Desk) -> Vec<(Vec<u8>, Option<String>, Option<String>)> {
    let of = |path: &str| {
        let answer = nobody(desk, "GET", path, &[]);
        let header = |name: &str| answer.header(name).map(str::to_owned);
        (answer.body.clone(), header("etag"), header("last-modified"))
    };
    let more = ["/lists/reading/editions/1", "/search", "/search?q=draft"];
    OUTPUTS.into_iter().chain(more).map(of).collect()
}
