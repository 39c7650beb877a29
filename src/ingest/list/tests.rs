//! List pages of our own making, read by selectors and by JSON-LD.

use super::*;
use crate::domain::time::Timestamp;

const CARDS: &str = include_str!("../../../tests/fixtures/pages/list-cards.html");
const JSONLD: &str = include_str!("../../../tests/fixtures/pages/list-jsonld.html");

fn base() -> Link {
    Link::parse("https://museum.example/news/").unwrap()
}

fn selectors(parts: &[(&str, &[&str])]) -> Selectors {
    let of = |wanted: &str| {
        let found = parts
            .iter()
            .find(|(name, _)| *name == wanted)
            .map_or(&[][..], |(_, list)| list);
        found.iter().map(|css| (*css).to_owned()).collect()
    };
    Selectors {
        item: of("item"),
        title: of("title"),
        link: of("link"),
        date: of("date"),
        excerpt: of("excerpt"),
        image: of("image"),
    }
}

fn read(html: &str, parts: &[(&str, &[&str])]) -> ListPage {
    read_page(html.as_bytes(), Some("text/html"), &base(), &selectors(parts)).unwrap()
}

#[test]
fn every_part_of_an_entry_is_read_by_its_selector() {
    let page = read(
        CARDS,
        &[
            ("item", &["li.card"]),
            ("title", &["h3 a"]),
            ("link", &["h3 a@href"]),
            ("date", &["time@datetime", ".when"]),
            ("excerpt", &["p.teaser"]),
            ("image", &["img"]),
        ],
    );
    assert_eq!(page.matched, 5);
    assert_eq!(page.warnings, ["1 of 5 items have no link"]);
    let [first, second, third] = page.entries.as_slice() else {
        panic!("{page:#?}")
    };
    assert_eq!(first.key.0, "https://museum.example/news/roof");
    assert_eq!(first.title, "The roof is open again");
    assert_eq!(first.published, Timestamp::parse("2026-03-12T09:00:00Z"));
    assert_eq!(first.summary, "Three years of work & one dry <summer>.");
    assert!(first.content.as_str().contains("&lt;summer&gt;"), "{:?}", first.content);
    assert_eq!(first.language, Language::parse("en"));
    let image = first.image.as_ref().unwrap();
    assert_eq!(
        (image.link.as_str(), image.alt.as_str()),
        ("https://museum.example/img/roof.jpg", "The new roof")
    );
    assert_eq!(second.published, Timestamp::parse("2026-03-05T00:00:00Z"));
    assert_eq!(second.language, Language::parse("cy"));
    assert_eq!(third.published, None);
    assert_eq!(third.title, "Night at the museum");
}

#[test]
fn parts_that_are_left_open_are_taken_where_they_usually_stand() {
    let page = read(CARDS, &[("item", &["li.card"])]);
    let titles: Vec<_> = page.entries.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!(
        titles,
        ["The roof is open again", "Noson agored", "Night at the museum"]
    );
    assert_eq!(page.entries[0].published, Timestamp::parse("2026-03-12T09:00:00Z"));
}

#[test]
fn an_empty_part_is_the_item_itself() {
    let html = "<a class=i href=/a data-t='Title A' data-d=2026-01-02>Words A</a><a class=i href=/b>Words B</a>";
    for (title, expected) in [("", ["Words A", "Words B"]), ("@data-t", ["Title A", "Words B"])] {
        let page = read(
            html,
            &[
                ("item", &["a.i"]),
                ("title", &[title]),
                ("link", &["@href"]),
                ("date", &["@data-d"]),
            ],
        );
        let titles: Vec<_> = page.entries.iter().map(|entry| entry.title.as_str()).collect();
        assert_eq!(titles, expected);
        assert_eq!(page.entries[0].published, Timestamp::parse("2026-01-02T00:00:00Z"));
    }
}

#[test]
fn the_first_alternative_that_gives_anything_wins() {
    let html = "<li><h2></h2><b>Bold</b><a href=/a>x</a></li><li><h2>Head</h2><b>Bold</b><a href=/b>x</a></li>";
    let page = read(html, &[("item", &["div.none", "li"]), ("title", &["h2", "b"])]);
    let titles: Vec<_> = page.entries.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!(titles, ["Bold", "Head"]);
}

#[test]
fn a_page_where_nothing_matches_is_no_error() {
    let page = read(CARDS, &[("item", &["article.story"])]);
    assert_eq!((page.matched, page.entries.len()), (0, 0));
    assert_eq!(read("", &[]), ListPage::default());
}

#[test]
fn selectors_that_match_nothing_do_not_fall_back_to_the_jsonld() {
    assert_eq!(read(JSONLD, &[("item", &["li.gone"])]).matched, 0);
}

#[test]
fn a_bad_selector_is_told_with_its_part() {
    let given = selectors(&[("item", &["li"]), ("date", &["time >>@datetime"])]);
    let error = read_page(b"", None, &base(), &given).unwrap_err();
    assert_eq!(error.to_string(), r#"date: not a css selector: "time >>""#);
}

#[test]
fn one_link_twice_is_one_entry_that_has_what_both_know() {
    let html = "<div class=i><a href='/a?utm_source=x'><img src=/a.png alt=''></a></div>\
                <div class=i><a href=https://www.museum.example/a/>Title</a></div>";
    let page = read(html, &[("item", &["div.i"]), ("image", &["img@src"])]);
    assert_eq!((page.matched, page.entries.len()), (2, 1));
    assert_eq!(page.entries[0].title, "Title");
    assert!(page.entries[0].image.is_some());
}

#[test]
fn addresses_are_relative_to_the_base_of_the_page_and_only_web_addresses_count() {
    let html = "<base href=/en/><li><a href=a>A title</a><li><a href=javascript:x()>B</a><li><a href=#c>C</a>";
    let page = read(html, &[("item", &["li"])]);
    let links: Vec<_> = page.entries.iter().map(|entry| entry.key.0.as_str()).collect();
    assert_eq!(links, ["https://museum.example/en/a"]);
}

#[test]
fn the_charset_of_a_page_is_heeded() {
    let html = b"<meta charset=iso-8859-1><li><a href=/a>Mus\xe9e</a>";
    let page = read_page(html, None, &base(), &selectors(&[("item", &["li"])])).unwrap();
    assert_eq!(page.entries[0].title, "Musée");
}

#[test]
fn jsonld_is_read_where_no_selectors_are() {
    let page = read(JSONLD, &[]);
    let told: Vec<_> = page
        .entries
        .iter()
        .map(|entry| (entry.key.0.as_str(), entry.title.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("https://museum.example/news/one", "One & only"),
            ("https://museum.example/news/two", "Two"),
            ("https://museum.example/news/three", "Three"),
            ("https://museum.example/news/four", "Four"),
            ("https://museum.example/news/five", ""),
        ]
    );
    let one = &page.entries[0];
    assert_eq!(one.published, Timestamp::parse("2026-02-01T08:00:00Z"));
    assert_eq!(one.author.as_deref(), Some("A. Curator, B. Keeper"));
    assert_eq!(one.summary, "On being alone.");
    assert_eq!(one.topics, ["Collections"]);
    assert_eq!(
        one.image.as_ref().map(|image| image.link.as_str()),
        Some("https://museum.example/one.jpg")
    );
    assert_eq!(one.language, Language::parse("en"));
    assert_eq!(page.entries[1].language, Language::parse("fr"));
    assert_eq!(page.warnings, ["a JSON-LD script could not be read"]);
}

#[test]
fn a_page_without_end_gives_a_bounded_list() {
    let many = (0..5_000)
        .map(|n| format!("<li><a href=/{n}>Title {n}</a>"))
        .collect::<Vec<_>>()
        .concat();
    let page = read(&many, &[("item", &["li"])]);
    assert_eq!((page.matched, page.entries.len()), (5_000, ENTRIES_MAX));
    let graph = (0..5_000)
        .map(|n| format!("{{\"@type\":\"Article\",\"url\":\"/{n}\"}},"))
        .collect::<Vec<_>>()
        .concat();
    let script = format!("<script type=application/ld+json>[{graph}0]</script>");
    assert_eq!(read(&script, &[]).entries.len(), ENTRIES_MAX);
    let nested = format!("{}<a href=/a>A</a>", "<div>".repeat(20_000));
    assert!(read(&nested, &[("item", &["div"])]).entries.len() <= 1);
    let deep = format!(
        "<script type=application/ld+json>{}{}</script>",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    assert_eq!(read(&deep, &[]).matched, 0);
}

#[test]
fn siblings_without_end_are_not_searched_for_what_stands_before_each() {
    let many = "<i class=a></i>".to_owned() + &"<i></i>".repeat(59_000);
    let page = read(&many, &[("item", &[".nowhere ~ i"])]);
    assert_eq!(page.matched, 0);
    assert_eq!(
        page.warnings,
        ["more than 2000 elements stand side by side; selectors with ~ are not used there"]
    );
    assert_eq!(read(&many, &[("item", &["i[class~=a]"])]).matched, 1);
    let few = "<h2>News</h2><ul><li><a href=/a>A</a></ul>";
    assert_eq!(read(few, &[("item", &["h2 ~ ul li"])]).matched, 1);
}

#[test]
fn a_text_is_one_line_of_bounded_length() {
    for (text, chars, expected) in [
        ("  a \n\t b\u{0}c ", 99, "a b c"),
        ("abcdef", 3, "abc"),
        ("ab cd", 3, "ab"),
        ("ééé", 2, "éé"),
        ("", 3, ""),
        ("a", 0, ""),
    ] {
        assert_eq!(one_line(text, chars), expected);
    }
}

proptest::proptest! {
    #[test]
    fn no_page_or_sitemap_makes_us_panic(
        pieces in "(<li>|<a href='/|'>|</a>|</li>|<time datetime='|2026-03-|1[0-9]|<h3>|<script type='application/ld\\+json'>|</script>|\\{\"@type\": \"Article\", \"url\": \"|\"\\}|<urlset>|<url>|<loc>|</loc>|</url>|&|\\PC){0,60}"
    ) {
        for parts in [&[("item", &["li"][..]), ("date", &["time", ""][..])][..], &[]] {
            let page = read(&pieces, parts);
            proptest::prop_assert!(page.entries.iter().all(|entry| entry.link.is_some()));
        }
        let _ = read_sitemap(pieces.as_bytes(), None, &base());
    }
}
