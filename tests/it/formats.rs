//! The formats, over channels made by hand: what checkers say of them, and what readers read back.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use docent::domain::channel::{Channel, Document, Format, Item, Printed, Publisher, Scope};
use docent::domain::link::Link;
use docent::domain::list::{ListRules, Original, PickText, Topics};
use docent::domain::month::Month;
use docent::domain::source::Slug;
use docent::domain::text::{Language, Line, Prose};
use docent::domain::time::Timestamp;
use docent::publish;
use proptest::prelude::*;

/// Headlines as the world writes them.
const HEADLINES: [&str; 12] = [
    "Schools move lessons to local museums for learning experiment",
    "Should museums have a personality?",
    "AT&T's archive: \"more\" < 'less' & 3 > 2",
    "What the <b> element & the &amp; reference did for </title> us",
    "<script>alert(1)</script>",
    "المتحف الجديد يفتح أبوابه في القاهرة",
    "המוזיאון נפתח מחדש (2026)",
    "博物館が子どもの学校になる",
    "Museum 🏛️ of emoji 👩‍👩‍👧‍👦 opens",
    "  Blanks  inside and around \u{a0}",
    "Control\u{0}s \u{7}and\nlines\u{1b}[31m\u{85}",
    "𝔘nicode beyond the plane \u{1f3db}",
];

#[test]
fn no_checker_has_a_word_to_say() {
    let Some(lint) = lint() else { return };
    for (name, channel) in channels() {
        for format in Format::ALL {
            let said = check(&lint, &channel, format);
            assert!(said.is_empty(), "{name}, {format:?}:\n{said}");
        }
    }
}

#[test]
fn another_reader_reads_back_what_was_written() {
    for (name, channel) in channels() {
        for format in Format::ALL {
            let bytes = publish::feed(&channel, format);
            let feed =
                feed_rs::parser::parse(bytes.as_slice()).unwrap_or_else(|error| panic!("{name}, {format:?}: {error}"));
            assert_eq!(shown(feed.title.as_ref()), channel.title.as_str(), "{name}, {format:?}");
            assert_eq!(feed.entries.len(), channel.items.len());
            for (entry, item) in feed.entries.iter().zip(&channel.items) {
                let place = format!("{name}, {format:?}, {}", item.headline.as_str());
                assert_eq!(entry.id, item.id, "{place}");
                assert_eq!(shown(entry.title.as_ref()), item.headline.as_str(), "{place}");
                let link = item.link.as_ref().unwrap();
                assert!(entry.links.iter().any(|own| own.href == link.as_str()), "{place}");
                let seconds = |at: Timestamp| at.millis() / 1000;
                assert_eq!(entry.published.unwrap().timestamp(), seconds(item.published), "{place}");
                let html = entry
                    .content
                    .as_ref()
                    .and_then(|content| content.body.as_deref())
                    .unwrap();
                let text = text_of(html);
                let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                for prose in [&item.note, &item.excerpt] {
                    assert!(words(&text).contains(&words(prose.as_str())), "{place}: {text}");
                }
                let noted = text.trim_start().starts_with("Editor’s note:");
                assert_eq!(noted, !item.note.is_empty(), "{place}: the note comes first");
            }
        }
    }
}

#[test]
fn whose_an_article_is_can_be_read_by_programs() {
    let channel = channel("a", 1, |_| {});
    let rss = String::from_utf8(publish::feed(&channel, Format::Rss)).unwrap();
    for part in [
        "<source url=\"https://gazette.example/feed.xml\">The Gazette &amp; Co</source>",
        "<dc:creator>Ada Lovelace</dc:creator>",
        "<dc:publisher>The Gazette &amp; Co</dc:publisher>",
        "<dcterms:created>2026-03-01T08:00:00Z</dcterms:created>",
        "<guid isPermaLink=\"false\">tag:docent.example,2026:0198/picks/00000000-0000-7000-8000-000000000000</guid>",
    ] {
        assert!(rss.contains(part), "{part} in {rss}");
    }
    let json: serde_json::Value = serde_json::from_slice(&publish::feed(&channel, Format::Json)).unwrap();
    let own = &json["items"][0]["_docent"];
    assert_eq!(own["source"]["feed_url"], "https://gazette.example/feed.xml");
    assert_eq!(own["date_published_at_source"], "2026-03-01T08:00:00Z");
    assert_eq!(own["note"], "Read it for the picture of the roof.");
}

#[test]
fn an_excerpt_is_no_longer_than_its_outlet_allows() {
    let channel = channel("a", 1, |printed| {
        printed.text.excerpt = "one two three four five six".to_owned();
        printed.original.excerpt_words_max = Some(3);
    });
    for format in Format::ALL {
        let text = String::from_utf8(publish::feed(&channel, format)).unwrap();
        assert!(text.contains("one two three…") && !text.contains("four"), "{text}");
    }
}

#[test]
fn what_was_put_right_is_told() {
    let channel = channel("a", 1, |printed| {
        printed.correction = "The museum is in Lyon.".to_owned();
        printed.corrected_at = Timestamp::parse("2026-03-05T10:00:00Z");
        printed.public_at = printed.corrected_at;
    });
    for format in Format::ALL {
        let text = String::from_utf8(publish::feed(&channel, format)).unwrap();
        assert!(text.contains("5 March 2026") && text.contains("The museum is in Lyon."));
    }
    let atom = String::from_utf8(publish::feed(&channel, Format::Atom)).unwrap();
    assert!(atom.contains("<updated>2026-03-05T10:00:00Z</updated>"));
}

#[test]
fn archives_lead_to_their_neighbours() {
    let Some(lint) = lint() else { return };
    let month = |text| Month::parse(text);
    let mut archive = channel("a", 3, |_| {});
    archive.document = Document::Archive(month("2026-02").unwrap());
    archive.is_closed = true;
    (archive.older, archive.newer) = (month("2026-01"), month("2026-03"));
    for format in Format::ALL {
        let said = check(&lint, &archive, format);
        assert!(said.is_empty(), "{format:?}:\n{said}");
    }
    let atom = String::from_utf8(publish::feed(&archive, Format::Atom)).unwrap();
    for (relation, file) in [
        ("self", "archive/2026-02.atom"),
        ("prev-archive", "archive/2026-01.atom"),
        ("next-archive", "archive/2026-03.atom"),
        ("current", "feed.atom"),
    ] {
        let link = format!(
            "<link rel=\"{relation}\" type=\"application/atom+xml\" href=\"https://read.museum.example/lists/reading/{file}\"/>"
        );
        assert!(atom.contains(&link), "{link} in {atom}");
    }
    assert!(atom.contains("<fh:archive/>"));
    let json: serde_json::Value = serde_json::from_slice(&publish::feed(&archive, Format::Json)).unwrap();
    assert_eq!(
        json["next_url"],
        "https://read.museum.example/lists/reading/archive/2026-01.json"
    );
}

#[test]
fn boxes_and_inserts_hold_nothing_but_their_own_markup() {
    let channel = channel("a", HEADLINES.len(), |printed| {
        printed.text.note = "<img src=x onerror=alert(1)>\"'&amp;".to_owned();
        printed.original.outlet = "</style></script><b>Bold</b>".to_owned();
    });
    for html in [
        publish::embed::frame(&channel, 20, None),
        publish::embed::fragment(&channel, 20),
        publish::insert::html(&channel),
    ] {
        assert!(
            !html.contains("<img") && !html.contains("<b>") && !html.contains("alert(1)</script>"),
            "{html}"
        );
        assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;"));
        assert!(html.contains("https://gazette.example/articles/0?a=1&amp;b=2"));
    }
    let text = publish::insert::plain(&channel);
    assert!(text.contains("Editor’s note:") && text.contains("https://gazette.example/articles/0?a=1&b=2"));
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_written_is_legal_and_written_twice_alike(
        texts in proptest::collection::vec("\\PC{0,40}|[\\x00-\\x7f\\u{80}-\\u{9f}\\u{fffe}]{0,40}", 6),
        image in proptest::option::of("https://a\\.example/[ -~]{0,30}"),
    ) {
        let channel = channel("p", 2, |printed| {
            printed.text.headline.clone_from(&texts[0]);
            printed.text.excerpt.clone_from(&texts[1]);
            printed.text.note.clone_from(&texts[2]);
            printed.original.outlet.clone_from(&texts[3]);
            printed.original.byline = Some(texts[4].clone());
            printed.text.topics = Topics::tidy([texts[5].as_str()]);
            printed.text.image = image.as_deref().and_then(Link::parse);
        });
        for format in Format::ALL {
            let bytes = publish::feed(&channel, format);
            prop_assert_eq!(&bytes, &publish::feed(&channel.clone(), format));
            let feed = feed_rs::parser::parse(bytes.as_slice());
            prop_assert!(feed.is_ok(), "{:?}: {}", feed, String::from_utf8_lossy(&bytes));
            prop_assert_eq!(feed.unwrap().entries.len(), 2);
            let text = String::from_utf8(bytes).unwrap();
            let fine = |c: char| c == '\n' || !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
            prop_assert!(text.chars().all(fine));
        }
    }
}

/// Channels of every kind that a checker should see.
pub fn channels() -> Vec<(&'static str, Channel)> {
    let mut empty = channel("empty", 0, |_| {});
    empty.about = Prose::default();
    empty.language = None;
    let mut with_hub = channel("hub", 2, |_| {});
    with_hub.publisher.hub = Link::parse("https://hub.example/?x=1&y=2");
    with_hub.older = Month::parse("2026-02");
    let bare = channel("bare", HEADLINES.len(), |printed| {
        printed.text.excerpt.clear();
        printed.text.note.clear();
        printed.text.image = None;
        printed.text.topics = Topics::default();
        printed.original.byline = None;
        printed.original.outlet.clear();
        printed.original.language = None;
        printed.original.source_published_at = None;
        printed.original.source_link = None;
    });
    let odd = channel("odd", 3, |printed| {
        printed.text.image = Link::parse("https://a.example/100%/a|b.jpg?x={1}#a#b");
        printed.text.image_alt = Some("A <picture> & \"more\"".to_owned());
        printed.text.topics = Topics::tidy(["a <b> & c", "museums/schools", "博物館"]);
        printed.original.byline = Some("Ada <ada@a.example>".to_owned());
        "Q&amp;A <i>weekly</i>".clone_into(&mut printed.original.outlet);
        printed.original.source_name = Some("Q&amp;A <i>weekly</i>".to_owned());
        printed.original.source_link = Link::parse("https://a.example/%c3%bc%41?f=%");
        "Two paragraphs:\n\n<p>the second</p> &lt;".clone_into(&mut printed.text.note);
    });
    vec![
        ("empty", empty),
        ("whole", channel("whole", HEADLINES.len(), |_| {})),
        ("hub", with_hub),
        ("bare", bare),
        ("odd", odd),
        ("large", channel("large", 1000, |_| {})),
    ]
}

fn channel(_name: &str, items: usize, change: impl Fn(&mut Printed)) -> Channel {
    let publisher = Publisher {
        home: Link::parse("https://read.museum.example").unwrap(),
        hub: None,
        identity: "0198".to_owned(),
    };
    let scope = Scope {
        list: Slug::parse("reading"),
        topic: None,
    };
    let items = (0..items)
        .map(|number| {
            let mut printed = printed(number);
            change(&mut printed);
            Item::new(printed, &scope, &publisher)
        })
        .collect();
    Channel {
        id: scope.id(&publisher),
        page: scope.page(&publisher),
        scope,
        document: Document::Current,
        title: Line::new("What We’re Reading"),
        about: Prose::new("Stories from elsewhere & why <we> read them."),
        language: Language::parse("en"),
        publisher,
        updated: Timestamp::parse("2026-03-02T12:00:00Z").unwrap(),
        older: None,
        newer: None,
        is_closed: false,
        items,
    }
}

fn printed(number: usize) -> Printed {
    let at = Timestamp::parse("2026-03-02T12:00:00.250Z").unwrap();
    // Those of one edition went out together.
    let published_at = at.minus(Duration::from_hours(number as u64 / 4));
    Printed {
        public_id: format!("00000000-0000-7000-8000-{number:012}"),
        list_slug: Slug::parse("reading").unwrap(),
        list_name: "What We’re Reading".to_owned(),
        list_rules: ListRules::default(),
        text: PickText {
            headline: HEADLINES[number % HEADLINES.len()].to_owned(),
            excerpt: "Four schools hold their lessons in museums & like it.\nTheir pupils <learn>.".to_owned(),
            note: "Read it for the picture of the roof.".to_owned(),
            image: Link::parse("https://gazette.example/roof.jpg?w=1&h=2"),
            image_alt: Some("A roof".to_owned()),
            topics: Topics::tidy(["Museums", "Schools & lessons"]),
        },
        original: Original {
            link: Link::parse(&format!("https://gazette.example/articles/{number}?a=1&b=2")),
            original_title: "The original".to_owned(),
            original_excerpt: String::new(),
            original_image: None,
            original_image_alt: None,
            outlet: "The Gazette & Co".to_owned(),
            byline: Some("Ada Lovelace".to_owned()),
            language: Language::parse(if number.is_multiple_of(2) { "en" } else { "ar" }),
            source_published_at: Timestamp::parse("2026-03-01T08:00:00Z"),
            source_slug: Slug::parse("gazette"),
            source_name: Some("The Gazette & Co".to_owned()),
            source_link: Link::parse("https://gazette.example/feed.xml"),
            source_home: Link::parse("https://gazette.example/"),
            excerpt_words_max: None,
        },
        published_at,
        corrected_at: None,
        correction: String::new(),
        public_at: Some(published_at),
        behind: 0,
    }
}

/// A title as a person would see it: what says that it is HTML is read as HTML; what is there to be overlooked is overlooked.
fn shown(text: Option<&feed_rs::model::Text>) -> String {
    let text = text.expect("a title");
    let content = if text.content_type.essence().to_string() == "text/html" {
        let fragment = scraper::Html::parse_fragment(&text.content);
        fragment.root_element().text().collect()
    } else {
        text.content.clone()
    };
    content.replace('\u{2060}', "")
}

pub fn text_of(html: &str) -> String {
    let fragment = scraper::Html::parse_fragment(html);
    fragment.root_element().text().collect::<Vec<_>>().join(" ")
}

/// The checker beside this project, if it is there.
#[expect(
    clippy::disallowed_methods,
    reason = "where the shared folder lies is told to tests only"
)]
pub fn lint() -> Option<PathBuf> {
    let shared = std::env::var("DOCENT_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let lint = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join(shared)
        .join("tools/feed-lint/feed_lint.py");
    let python = Command::new("python3").arg("--version").output().is_ok();
    if !lint.exists() || !python {
        println!("left out: {} or python3 is not there", lint.display());
        return None;
    }
    Some(lint)
}

/// What the checker says of warnings and errors.
fn check(lint: &Path, channel: &Channel, format: Format) -> String {
    let mut child = Command::new("python3")
        .args([
            lint.as_os_str(),
            "--fail-on".as_ref(),
            "warning".as_ref(),
            "--base".as_ref(),
        ])
        .args([
            channel.address(format).as_str(),
            "--content-type",
            format.media_type(),
            "-",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(&publish::feed(channel, format))
        .unwrap();
    let output = child.wait_with_output().unwrap();
    match output.status.code() {
        Some(0) => String::new(),
        _ => format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}
