//! The pages that readers see: what stands on them, and that they hang together.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use docent::domain::list::{PickId, Topics};
use docent::domain::site::{Colour, Site, TimeZone};
use docent::store::PickChange;
use scraper::{Html, Selector};

use crate::support::app::TestApp;
use crate::support::database::TestDatabase;
use crate::support::desk::{Desk, fresh_id, new_list};
use crate::support::http::Answer;

crate::on_both_databases!(
    an_empty_service_has_kind_words_for_readers_and_tells_editors_where_to_begin,
    the_front_page_shows_the_newest_edition_and_else_the_newest_picks,
    an_edition_keeps_its_address_and_stands_between_its_neighbours,
    months_editions_and_topics_are_told_and_lead_to_what_they_name,
    how_the_site_presents_itself_is_seen_at_once,
    a_story_on_two_lists_says_so_on_both,
    whatever_an_editor_writes_stays_text,
    every_way_on_a_page_leads_somewhere,
    a_closed_list_leaves_the_front_page_and_keeps_its_own,
    readers_find_what_is_out_and_nothing_else,
);

const DAY: Duration = Duration::from_hours(24);
/// Pages that are there whatever was published.
const PAGES: [&str; 7] = ["/", "/lists", "/topics", "/archive", "/sources", "/about", "/search"];
/// Pages looked at in one walk at the most.
const PAGES_WALKED_MAX: usize = 200;

async fn an_empty_service_has_kind_words_for_readers_and_tells_editors_where_to_begin(database: TestDatabase) {
    let app = TestApp::start(database).await;
    for path in PAGES {
        let answer = app.send("GET", path, "", &[]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(
            !answer.text().contains("rel=\"alternate\""),
            "{path}: nothing to follow yet"
        );
    }
    let front = app.send("GET", "/", "", &[]);
    assert!(front.text().contains("Nothing to read yet") && front.text().contains("href=\"/desk\""));
    for path in ["/robots.txt", "/sitemap.xml", "/favicon.svg"] {
        assert_eq!(app.send("GET", path, "", &[]).status, 200, "{path}");
    }
    assert_eq!(
        app.send("GET", "/favicon.ico", "", &[]).header("location"),
        Some("/favicon.svg")
    );
}

async fn the_front_page_shows_the_newest_edition_and_else_the_newest_picks(database: TestDatabase) {
    let desk = Desk::with(database, 6).await;
    let picks = desk.picks(6).await;
    desk.store.publish_pick(picks[5], desk.acting).await.unwrap();
    assert_eq!(anchors(&get(&desk, "/")), names(&desk, &[picks[5]]).await);
    let first = desk.edition(&picks[..2]).await;
    desk.store.publish_edition(first, desk.later(DAY)).await.unwrap();
    let second = desk.edition(&[picks[3], picks[2]]).await;
    assert_eq!(anchors(&get(&desk, "/")), names(&desk, &picks[..2]).await);
    desk.store.publish_edition(second, desk.later(2 * DAY)).await.unwrap();
    let front = get(&desk, "/");
    assert_eq!(anchors(&front), names(&desk, &[picks[3], picks[2]]).await);
    assert!(front.text().contains("/lists/reading/editions/2"));
    let other = desk
        .store
        .make_list(new_list("other"), desk.acting.at, fresh_id)
        .await
        .unwrap();
    let mut pick = desk.new_pick(4);
    pick.list = other.id;
    let pick = desk.store.pick_story(&pick).await.unwrap();
    desk.store.publish_pick(pick, desk.later(3 * DAY)).await.unwrap();
    let front = get(&desk, "/");
    let titles = Html::parse_document(front.text());
    let titles: Vec<String> = texts(&titles, ".others .titles a");
    assert_eq!(titles, [desk.line(picks[4]).await.pick.text.headline]);
}

async fn an_edition_keeps_its_address_and_stands_between_its_neighbours(database: TestDatabase) {
    let desk = Desk::with(database, 4).await;
    let picks = desk.picks(4).await;
    for (days, pick) in picks[..3].iter().enumerate() {
        let edition = desk.edition(&[*pick]).await;
        let acting = desk.later(DAY * u32::try_from(days).unwrap());
        desk.store.publish_edition(edition, acting).await.unwrap();
    }
    let draft = desk.edition(&picks[3..]).await;
    let page = Html::parse_document(get(&desk, "/lists/reading/editions/2").text());
    let way = |relation: &str| links(&page, &format!(".turn a[rel={relation}]"));
    assert_eq!(way("prev"), ["/lists/reading/editions/1"]);
    assert_eq!(way("next"), ["/lists/reading/editions/3"]);
    assert_eq!(
        links(&page, "link[rel=canonical]"),
        ["https://read.museum.example/lists/reading/editions/2"]
    );
    assert_eq!(links(&page, "link[rel=alternate]").len(), 3);
    let last = Html::parse_document(get(&desk, "/lists/reading/editions/3").text());
    assert_eq!(links(&last, ".turn a[rel=next]").len(), 0, "a draft is no neighbour");
    for path in [
        "editions/4",
        "editions/02",
        "editions/0",
        "editions/x",
        "editions/99999999999999999999",
    ] {
        assert_eq!(
            nobody(&desk, "GET", &format!("/lists/reading/{path}")).status,
            404,
            "{path}"
        );
    }
    desk.store.publish_edition(draft, desk.later(9 * DAY)).await.unwrap();
    let last = Html::parse_document(get(&desk, "/lists/reading/editions/3").text());
    assert_eq!(links(&last, ".turn a[rel=next]"), ["/lists/reading/editions/4"]);
}

async fn months_editions_and_topics_are_told_and_lead_to_what_they_name(database: TestDatabase) {
    let desk = Desk::with(database, 4).await;
    let picks = desk.picks(4).await;
    let topics = |pick: PickId, topics: &[&str]| {
        let change = PickChange {
            topics: Some(Topics::tidy(topics.iter().copied())),
            ..PickChange::default()
        };
        let desk = &desk;
        async move { change_pick(desk, pick, change).await }
    };
    topics(picks[0], &["Art & craft/ü", "Museums"]).await;
    topics(picks[1], &["museums"]).await;
    topics(picks[3], &["Secret"]).await;
    let edition = desk.edition(&picks[..2]).await;
    desk.store.publish_edition(edition, desk.acting).await.unwrap();
    desk.store.publish_pick(picks[2], desk.later(40 * DAY)).await.unwrap();
    for path in ["/archive", "/lists/reading/archive"] {
        let page = Html::parse_document(get(&desk, path).text());
        let months = links(&page, ".year > ul > li > a");
        assert_eq!(months.len(), 2, "{path}: {months:?}");
        for month in months {
            assert_eq!(nobody(&desk, "GET", &month).status, 200, "{month}");
        }
    }
    let archive = Html::parse_document(get(&desk, "/lists/reading/archive").text());
    assert_eq!(links(&archive, ".issues a"), ["/lists/reading/editions/1"]);
    let page = Html::parse_document(get(&desk, "/topics").text());
    assert_eq!(texts(&page, ".topics a"), ["Art & craft/ü", "museums"]);
    for topic in links(&page, ".topics a") {
        assert_eq!(nobody(&desk, "GET", &topic).status, 200, "{topic}");
    }
    let sitemap = get(&desk, "/sitemap.xml");
    assert!(
        sitemap
            .text()
            .contains("<loc>https://read.museum.example/lists/reading/editions/1</loc>")
    );
    assert!(!sitemap.text().contains("secret"));
    let robots = get(&desk, "/robots.txt");
    for line in [
        "Disallow: /desk\n",
        "Disallow: /api\n",
        "Sitemap: https://read.museum.example/sitemap.xml\n",
    ] {
        assert!(robots.text().contains(line), "{line}");
    }
}

async fn how_the_site_presents_itself_is_seen_at_once(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let pick = desk.pick(0).await;
    desk.store.publish_pick(pick, desk.acting).await.unwrap();
    let before: Vec<Answer> = PAGES.iter().map(|path| get(&desk, path)).collect();
    let site = Site {
        name: "Worth <b>Reading</b>".to_owned(),
        tagline: "Chosen by hand.".to_owned(),
        about: "Who we are.\n\nHow we choose.".to_owned(),
        accent: Colour::parse("#1f4e79"),
        time_zone: TimeZone::parse("Pacific/Auckland").unwrap(),
        ..Site::default()
    };
    // Twice at the same time by the clock: the second is seen too.
    desk.store.set_site(&Site::default(), desk.acting.at).await.unwrap();
    desk.store.set_site(&site, desk.acting.at).await.unwrap();
    for (path, before) in PAGES.iter().zip(&before) {
        let after = get(&desk, path);
        assert!(
            after.text().contains("Worth &#60;b&#62;Reading"),
            "{path}: {}",
            after.text()
        );
        assert_ne!(after.header("etag"), before.header("etag"), "{path}");
    }
    let page = Html::parse_document(get(&desk, "/about").text());
    assert_eq!(texts(&page, ".prose p")[..2], ["Who we are.", "How we choose."]);
    let sheet = links(&page, "link[rel=stylesheet]");
    let style = get(&desk, &sheet[0]);
    assert!(
        style.text().contains("light-dark(#1f4e79,") && style.header("cache-control").unwrap().contains("immutable")
    );
    let old = Html::parse_document(before[0].text());
    let old = get(&desk, &links(&old, "link[rel=stylesheet]")[0]);
    assert!(
        !old.header("cache-control").unwrap().contains("immutable"),
        "an old name is not to be kept"
    );
    assert!(get(&desk, "/favicon.svg").text().contains("#1f4e79"));
    assert!(
        get(&desk, "/feed.json")
            .text()
            .contains("Worth <b>Reading</b>: all lists")
    );
}

async fn a_story_on_two_lists_says_so_on_both(database: TestDatabase) {
    let desk = Desk::with(database, 2).await;
    let mut told = new_list("other");
    "The Other".clone_into(&mut told.told.name);
    let other = desk.store.make_list(told, desk.acting.at, fresh_id).await.unwrap();
    let pick = desk.pick(0).await;
    let mut second = desk.new_pick(0);
    second.list = other.id;
    let second = desk.store.pick_story(&second).await.unwrap();
    desk.store.publish_pick(pick, desk.acting).await.unwrap();
    assert!(
        !get(&desk, "/lists/reading").text().contains("also in"),
        "a draft is told of nowhere"
    );
    desk.store.publish_pick(second, desk.later(DAY)).await.unwrap();
    for (path, name, there) in [
        ("/lists/reading", "The Other", "/lists/other/archive/"),
        ("/lists/other", "What We're Reading", "/lists/reading/archive/"),
        ("/", "The Other", "/lists/other/archive/"),
    ] {
        let page = Html::parse_document(get(&desk, path).text());
        assert_eq!(texts(&page, ".places span a"), [name], "{path}");
        assert!(links(&page, ".places span a")[0].starts_with(there), "{path}");
    }
}

async fn whatever_an_editor_writes_stays_text(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    let pick = desk.pick(0).await;
    let evil = "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>\"'&amp;";
    let change = PickChange {
        headline: Some(evil.to_owned()),
        note: Some(evil.to_owned()),
        excerpt: Some(evil.to_owned()),
        topics: Some(Topics::tidy([evil.get(..50).unwrap()])),
        ..PickChange::default()
    };
    change_pick(&desk, pick, change).await;
    let edition = desk.edition(&[pick]).await;
    desk.store.publish_edition(edition, desk.acting).await.unwrap();
    let topics = links(&Html::parse_document(get(&desk, "/topics").text()), ".topics a");
    let pages = [
        "/",
        "/lists/reading",
        "/lists/reading/editions/1",
        "/lists",
        "/search",
        "/lists/reading/embed",
    ];
    for path in pages.into_iter().chain(topics.iter().map(String::as_str)) {
        let answer = get(&desk, path);
        let page = Html::parse_document(answer.text());
        for script in page.select(&Selector::parse("script").unwrap()) {
            let is_data = script.value().attr("type") == Some("application/ld+json");
            assert!(
                is_data || script.value().attr("src").is_some(),
                "{path}: {}",
                script.html()
            );
            if is_data {
                let data: serde_json::Value = serde_json::from_str(&script.inner_html()).unwrap();
                assert_eq!(data["itemListElement"][0]["item"]["headline"], evil, "{path}");
            }
        }
        for forbidden in ["[onerror]", "[style]", "style", "img"] {
            assert_eq!(
                page.select(&Selector::parse(forbidden).unwrap()).count(),
                0,
                "{path} holds {forbidden}"
            );
        }
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"),
            "{path}"
        );
    }
}

async fn every_way_on_a_page_leads_somewhere(database: TestDatabase) {
    let desk = Desk::with(database, 60).await;
    let picks = desk.picks(60).await;
    for (number, chunk) in picks[..12].chunks(4).enumerate() {
        let edition = desk.edition(chunk).await;
        let acting = desk.later(DAY * 20 * u32::try_from(number).unwrap());
        desk.store.publish_edition(edition, acting).await.unwrap();
    }
    let topics = PickChange {
        topics: Some(Topics::tidy(["Roofs & rain", "屋根"])),
        ..PickChange::default()
    };
    change_pick(&desk, picks[0], topics).await;
    for pick in &picks[12..] {
        desk.store.publish_pick(*pick, desk.later(DAY * 70)).await.unwrap();
    }
    let mut to_see: Vec<String> = vec!["/".to_owned()];
    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut wanted: BTreeSet<(String, String)> = BTreeSet::new();
    while let Some(path) = to_see.pop() {
        if seen.contains_key(&path) || ["/desk", "/favicon.svg"].contains(&path.as_str()) {
            continue;
        }
        assert!(seen.len() < PAGES_WALKED_MAX, "{seen:#?}");
        let answer = get(&desk, &path);
        let mut ids = Vec::new();
        if answer.header("content-type").unwrap().starts_with("text/html") {
            let page = Html::parse_document(answer.text());
            ids = attributes(&page, "[id]", "id");
            for link in links(&page, "a[href], link[href]") {
                let link = link.replace("https://read.museum.example", "");
                let Some(path) = Some(link).filter(|link| link.starts_with('/')) else {
                    continue;
                };
                let (path, anchor) = path
                    .split_once('#')
                    .map_or((path.clone(), ""), |(path, rest)| (path.to_owned(), rest));
                wanted.insert((path.clone(), anchor.to_owned()));
                to_see.push(path);
            }
        }
        assert_eq!(
            ids.len(),
            ids.iter().collect::<BTreeSet<_>>().len(),
            "{path}: an id stands twice"
        );
        seen.insert(path, ids);
    }
    for (path, anchor) in wanted.iter().filter(|(_, anchor)| !anchor.is_empty()) {
        assert!(seen[path].contains(anchor), "{path} has no {anchor}");
    }
    for path in [
        "/lists/reading/editions/3",
        "/lists/reading/archive",
        "/topics/roofs%20&%20rain",
        "/sources.opml",
    ] {
        assert!(seen.contains_key(path), "nobody gets to {path}: {:#?}", seen.keys());
    }
}

async fn a_closed_list_leaves_the_front_page_and_keeps_its_own(database: TestDatabase) {
    let desk = Desk::with(database, 1).await;
    desk.store
        .make_list(new_list("other"), desk.acting.at, fresh_id)
        .await
        .unwrap();
    let pick = desk.pick(0).await;
    desk.store.publish_pick(pick, desk.acting).await.unwrap();
    assert!(get(&desk, "/").text().contains("/lists/reading"));
    let list = desk.list_now().await;
    desk.store
        .archive_list(list.id, list.version, desk.at(DAY))
        .await
        .unwrap();
    for path in ["/", "/about"] {
        assert!(!get(&desk, path).text().contains("/lists/reading\""), "{path}");
    }
    let own = get(&desk, "/lists/reading");
    assert!(own.text().contains("This list is closed"), "{}", own.text());
    assert_eq!(anchors(&own).len(), 1);
    desk.store.restore_list(desk.list.id).await.unwrap();
    assert!(get(&desk, "/").text().contains("/lists/reading\""));
}

async fn readers_find_what_is_out_and_nothing_else(database: TestDatabase) {
    let desk = Desk::with(database, 2).await;
    let picks = desk.picks(2).await;
    for (pick, headline) in picks
        .iter()
        .zip(["A leaking roof & its cure", "A roof that nobody knows of"])
    {
        let change = PickChange {
            headline: Some(headline.to_owned()),
            ..PickChange::default()
        };
        change_pick(&desk, *pick, change).await;
    }
    desk.store.publish_pick(picks[0], desk.acting).await.unwrap();
    desk.app.follow().await;
    let page = Html::parse_document(get(&desk, "/search?q=roofs").text());
    assert_eq!(texts(&page, ".hits h3"), ["A leaking roof & its cure"]);
    assert_eq!(texts(&page, ".hits h3 mark"), ["roof"]);
    assert_eq!(texts(&page, "#found"), ["1 item"]);
    assert_eq!(links(&page, "meta[name=robots]").len(), 0);
    for odd in ["q=%ff&cursor=x&sort=loud", "q=%22", "cursor=search.1.2", "q=topic:"] {
        assert_eq!(nobody(&desk, "GET", &format!("/search?{odd}")).status, 200, "{odd}");
    }
    let long = format!("/search?q={}", "x".repeat(3_000));
    assert!(get(&desk, &long).text().contains("Only the first 200 characters"));
}

/// Asks as a reader does, who is not signed in.
fn nobody(desk: &Desk, method: &str, path: &str) -> Answer {
    desk.app.send(method, path, "", &[])
}

fn get(desk: &Desk, path: &str) -> Answer {
    let answer = nobody(desk, "GET", path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer
}

/// The items of a page, by their anchors.
fn anchors(answer: &Answer) -> Vec<String> {
    attributes(&Html::parse_document(answer.text()), ".items > .item", "id")
}

async fn names(desk: &Desk, picks: &[PickId]) -> Vec<String> {
    let mut names = Vec::new();
    for pick in picks {
        names.push(desk.line(*pick).await.pick.public_id);
    }
    names
}

async fn change_pick(desk: &Desk, pick: PickId, change: PickChange) {
    let version = desk.line(pick).await.pick.version;
    desk.store
        .change_pick(pick, version, change, desk.acting)
        .await
        .unwrap();
}

fn links(page: &Html, selector: &str) -> Vec<String> {
    attributes(page, selector, "href")
}

fn attributes(page: &Html, selector: &str, name: &str) -> Vec<String> {
    let found = page
        .select(&Selector::parse(selector).unwrap())
        .map(|element| element.value().attr(name))
        .collect::<Vec<_>>();
    found.into_iter().flatten().map(str::to_owned).collect()
}

fn texts(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector)
        .map(|element| element.text().collect::<String>())
        .collect()
}
