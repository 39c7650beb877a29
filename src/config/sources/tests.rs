//! The file's form, its mistakes, and its way back.

use std::time::Duration;

use super::*;
use crate::domain::source::Selectors;

const WHOLE: &str = r#"
[defaults]
every = "6h"
topics = ["museums"]

[[source]]
id = "alliance-blog"
name = "Alliance Blog"
link = "https://www.example.org/feed/"

[[source]]
id = "town"
name = "Town Museum"
kind = "page"
link = "https://town.example/news"
home = "https://town.example/"
language = "en-GB"
topics = ["local", "history"]
every = "2h"
include = ["museum"]
exclude = "job"
cap_per_day = 20
excerpt_words = 80
articles = false
keep = [".article-body"]
drop = [".share"]
selectors = { item = "li.card", title = ["h3 a", "h3"], link = "h3 a@href", date = "time@datetime", excerpt = "p", image = "" }
"#;

fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn every_key_is_read_and_defaults_stand_behind_it() {
    let sources = read(WHOLE, "sources.toml").unwrap();
    let [first, second] = sources.as_slice() else {
        panic!("{sources:?}")
    };
    assert_eq!(first.kind, SourceKind::Feed);
    assert_eq!(first.topics, ["museums"]);
    assert_eq!(first.rules.every, Some(Duration::from_hours(6)));
    assert!(first.rules.articles);
    let expected = Declared {
        slug: Slug::parse("town").unwrap(),
        name: "Town Museum".to_owned(),
        kind: SourceKind::Page,
        link: Link::parse("https://town.example/news").unwrap(),
        home: Link::parse("https://town.example/"),
        language: Language::parse("en"),
        topics: list(&["local", "history"]),
        rules: Rules {
            every: Some(Duration::from_hours(2)),
            include: list(&["museum"]),
            exclude: list(&["job"]),
            cap_per_day: Some(20),
            excerpt_words: Some(80),
            articles: false,
            keep: list(&[".article-body"]),
            drop: list(&[".share"]),
            selectors: Some(Selectors {
                item: list(&["li.card"]),
                title: list(&["h3 a", "h3"]),
                link: list(&["h3 a@href"]),
                date: list(&["time@datetime"]),
                excerpt: list(&["p"]),
                image: list(&[""]),
            }),
        },
    };
    assert_eq!(*second, expected);
}

/// What follows the first source of a file, and how the report of it begins.
const MISTAKES: &[(&str, &str)] = &[
    (
        "home = \"ftp://x\"",
        "f:5:8: home: not an http or https address: \"ftp://x\"",
    ),
    ("home = 3", "f:5:8: home: wants a text in quotes, not an integer"),
    ("colour = 3", "f:5:1: colour: unknown key; known are id, name"),
    (
        "kind = \"rss\"",
        "f:5:8: kind: unknown kind \"rss\"; known are feed, page, sitemap",
    ),
    ("language = \"english\"", "f:5:12: language: not a language tag"),
    (
        "every = \"soon\"",
        "f:5:9: every: not a span of time such as 30s, 2h or 1d: \"soon\"",
    ),
    ("every = \"0\"", "f:5:9: every: not between 1s and 90d"),
    ("every = 2", "f:5:9: every: wants a text in quotes, not an integer"),
    ("cap_per_day = 0", "f:5:15: cap_per_day: not between 1 and 100000: 0"),
    (
        "cap_per_day = 1.5",
        "f:5:15: cap_per_day: wants a whole number, not a float",
    ),
    (
        "articles = \"no\"",
        "f:5:12: articles: wants true or false, not a string",
    ),
    (
        "topics = [\"a\", 3]",
        "f:5:16: topics: wants a text in quotes, not an integer",
    ),
    ("topics = [\"é\", \"\"]", "f:5:16: topics: empty"),
    ("drop = [\"p >>\"]", "f:5:9: drop: not a CSS selector: \"p >>\""),
    (
        "selectors = { item = \"li\" }",
        "f:5:13: selectors: only a source of kind \"page\" has selectors",
    ),
    (
        "kind = \"page\"\nselectors = { title = \"h3\" }",
        "f:6:13: selectors: item is missing",
    ),
    (
        "kind = \"page\"\nselectors = { item = \"li\", titel = \"h3\" }",
        "f:6:28: selectors.titel: unknown key",
    ),
    (
        "kind = \"page\"\nselectors = { item = \"li[\" }",
        "f:6:22: selectors.item: not a CSS selector: \"li[\"",
    ),
    (
        "kind = \"page\"\nselectors = { item = \"li\", date = [\"time\", \"::@datetime\"] }",
        "f:6:44: selectors.date: not a CSS selector: \"::\"",
    ),
    (
        "[[source]]\nname = \"B\"\nlink = \"https://example.org/b\"",
        "f:5:1: id: missing",
    ),
    (
        "[[source]]\nid = \"B b\"\nname = \"B\"\nlink = \"https://example.org/b\"",
        "f:6:6: id: not an id",
    ),
    (
        "[[source]]\nid = \"a\"\nname = \"B\"\nlink = \"https://example.org/b\"",
        "f:6:6: id: \"a\" is also the id of the source on line 2",
    ),
    (
        "[[source]]\nid = \"b\"\nname = \"B\"\nlink = \"http://www.example.org/a/\"",
        "f:8:8: link: the same address as that of \"a\" on line 4",
    ),
    ("id = \"b\"", "f:5:1: not TOML: duplicate key"),
    (
        "[default]\nevery = \"2h\"",
        "f:5:2: default: unknown key; known are defaults, source",
    ),
    (
        "[defaults]\nlink = \"https://example.org/c\"",
        "f:6:1: link: unknown key; known are language",
    ),
];

#[test]
fn each_mistake_names_line_column_and_key() {
    let base = "[[source]]\nid = \"a\"\nname = \"A\"\nlink = \"https://example.org/a\"\n";
    for (line, expected) in MISTAKES {
        let told = read(&format!("{base}{line}\n"), "f").unwrap_err().to_string();
        assert!(
            told.starts_with(expected) && !told.contains('\n'),
            "{line}\n{told}\nexpected {expected}"
        );
    }
}

#[test]
fn a_source_that_is_no_table_is_a_mistake() {
    for (text, expected) in [
        (
            "source = 3",
            "f:1:10: source: wants a list of tables: [[source]], not an integer",
        ),
        ("source = [3]", "f:1:11: source: wants a table, not an integer"),
        ("defaults = 3", "f:1:12: defaults: wants a table, not an integer"),
    ] {
        assert_eq!(read(text, "f").unwrap_err().to_string(), expected);
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_lines() {
    let text = "[[source]]\nlink = \"x\"\nid = \"A\"\nwhat = 1\n\n[[source]]\nevery = \"x\"\n";
    let mistakes = read(text, "f").unwrap_err();
    let places: Vec<_> = mistakes.list.iter().map(|m| (m.line, m.key.as_str())).collect();
    assert_eq!(
        places,
        [
            (1, "name"),
            (2, "link"),
            (3, "id"),
            (4, "what"),
            (6, "id"),
            (6, "link"),
            (6, "name"),
            (7, "every")
        ]
    );
}

#[test]
fn a_slip_of_syntax_does_not_hide_the_other_mistakes() {
    let text = "[[source]]\nid = \"a\nname = \"A\"\nlink = \"https://example.org/\"\nevery = \"x\"\n";
    let told = read(text, "f").unwrap_err().to_string();
    assert!(told.contains("f:2:") && told.contains("not TOML"), "{told}");
    assert!(told.contains("f:5:9: every"), "{told}");
    assert!(!told.contains("missing"), "{told}");
}

#[test]
fn a_file_full_of_mistakes_has_a_short_report() {
    let told = read(&"[[source]]\n".repeat(1_000), "f").unwrap_err();
    assert_eq!((told.list.len(), told.left_out), (200, 2_800));
    assert!(told.to_string().ends_with("f: and 2800 more"));
}

#[test]
fn rendered_sources_are_read_back() {
    let sources = read(WHOLE, "sources.toml").unwrap();
    let text = render(&sources);
    assert_eq!(read(&text, "f").unwrap(), sources, "{text}");
    let odd = Declared {
        name: "A \"B\" \\ 'C' é".to_owned(),
        ..Declared::new(
            Slug::parse("a").unwrap(),
            String::new(),
            SourceKind::Sitemap,
            Link::parse("https://example.org/").unwrap(),
        )
    };
    assert_eq!(read(&render(std::slice::from_ref(&odd)), "f").unwrap(), [odd]);
}

#[test]
fn an_added_source_leaves_the_rest_byte_for_byte() {
    let new = Declared::new(
        Slug::parse("new").unwrap(),
        "New".to_owned(),
        SourceKind::Feed,
        Link::parse("https://new.example/feed").unwrap(),
    );
    let block = "[[source]]\nid = \"new\"\nname = \"New\"\nlink = \"https://new.example/feed\"\n";
    for (before, between) in [("", ""), ("# mine\n", "\n"), ("# mine", "\n\n"), (WHOLE, "\n")] {
        assert_eq!(add(before, "f", &new).unwrap(), format!("{before}{between}{block}"));
    }
    let dos = add("# mine\r\n", "f", &new).unwrap();
    assert_eq!(dos, format!("# mine\r\n\r\n{}", block.replace('\n', "\r\n")));
}

#[test]
fn a_source_that_is_there_already_is_not_added() {
    let known = read(WHOLE, "sources.toml").unwrap().remove(0);
    let told = add(WHOLE, "f", &known).unwrap_err().to_string();
    assert!(
        told.contains("is also the id of") && told.contains("the same address as"),
        "{told}"
    );
}

#[test]
fn the_sources_that_come_with_docent_are_without_mistakes() {
    let text = include_str!("../../../sources.toml");
    let sources = read(text, "sources.toml").unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert!(sources.len() >= 60);
    let languages: std::collections::HashSet<_> = sources.iter().flat_map(|source| &source.language).collect();
    assert!(languages.len() >= 10, "{languages:?}");
    assert_eq!(read(&render(&sources), "f").unwrap(), sources);
}

proptest::proptest! {
    #[test]
    fn any_name_survives_the_file(name in "\\PC{0,80}x\\PC{0,80}") {
        let link = Link::parse("https://example.org/").unwrap();
        let source = Declared::new(Slug::parse("a").unwrap(), name.trim().to_owned(), SourceKind::Feed, link);
        let text = render(std::slice::from_ref(&source));
        proptest::prop_assert_eq!(read(&text, "f").map_err(|m| m.to_string()), Ok(vec![source]));
    }

    #[test]
    fn no_file_makes_the_reader_panic(text in "([a-z]{1,8}|\\[\\[source\\]\\]|=|\n|\"|'|\\{|\\}|\\[|\\]|id|link|every|\\PC|[0-9]|,|#){0,60}") {
        if let Err(mistakes) = read(&text, "f") {
            proptest::prop_assert!(mistakes.list.iter().all(|mistake| mistake.line > 0 && mistake.column > 0));
        }
    }
}
