//! OPML 1.0 and 2.0: lists of feeds, as other readers write them.
//!
//! Every outline is either taken or told of in a warning; a file never "succeeds" with half of its feeds.

use std::collections::HashSet;

use quick_xml::events::{BytesStart, Event};

use super::feed;
use super::{clean, xml};
use crate::domain::link::Link;
use crate::domain::source::{Declared, Slug, SourceKind};
use crate::domain::text::Language;

/// The longest file read, in bytes.
const FILE_BYTES_MAX: usize = 16 << 20;

/// The most feeds taken of one file.
const LISTED_MAX: usize = 10_000;

/// Folders deeper than this are gone through without their names.
const FOLDERS_MAX: usize = 32;

/// The most topics of one feed.
const TOPICS_MAX: usize = 20;

/// The longest name of a feed or folder, in characters.
const NAME_CHARS_MAX: usize = 300;

/// The most warnings told; the rest is counted.
const WARNINGS_MAX: usize = 100;

/// What an OPML file lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opml {
    /// The title of the list; empty where it has none.
    pub title: String,
    /// The feeds in the order of the file, each address once.
    pub listed: Vec<Listed>,
    /// What was left out, and why.
    pub warnings: Vec<String>,
    /// How many warnings there would be beyond those told.
    pub warnings_left_out: usize,
}

/// A feed as a list tells of it; nothing of it has been tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What the list calls it, as plain text; its host where it has no name.
    pub name: String,
    /// Its address.
    pub link: Link,
    /// The site it belongs to.
    pub home: Option<Link>,
    /// The language that the list gives it.
    pub language: Option<Language>,
    /// Its folders, from the outermost, and its categories.
    pub topics: Vec<String>,
}

/// The bytes are no OPML file, or one that is too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpmlError {
    /// There is no `<opml>` element.
    #[error("not an opml file")]
    NotOpml,
    /// It is longer than we read.
    #[error("an opml file of {bytes} bytes is longer than {FILE_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
}

impl Listed {
    /// A source made of it, under a free slug. `None` if no slug is free.
    pub fn declare(self, taken: impl Fn(&Slug) -> bool) -> Option<Declared> {
        let slug = Slug::free(&self.name, &self.link, taken)?;
        Some(Declared {
            home: self.home,
            language: self.language,
            topics: self.topics,
            ..Declared::new(slug, self.name, SourceKind::Feed, self.link)
        })
    }
}

/// Reads the bytes of an OPML file. What stands before a mistake in its XML is taken.
pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<Opml, OpmlError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(OpmlError::TooLong { bytes: bytes.len() });
    }
    let text = feed::decode(bytes, content_type);
    let mut reading = Reading::default();
    let mut reader = xml::reader(&text);
    let mut begun = false;
    let mut title = None;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => match tag.local_name().into_inner().to_ascii_lowercase().as_str() {
                "opml" => begun = true,
                "outline" => reading.open(&tag),
                "title" if begun => title = Some(String::new()),
                _ => {}
            },
            Ok(Event::Empty(tag)) if is_outline(tag.local_name().into_inner()) => {
                reading.open(&tag);
                reading.close();
            }
            Ok(Event::End(tag)) if is_outline(tag.local_name().into_inner()) => reading.close(),
            Ok(Event::End(tag)) if tag.local_name().into_inner().eq_ignore_ascii_case("title") => {
                reading.opml.title = name(&title.take().unwrap_or_default());
            }
            Ok(Event::Text(piece)) => title.iter_mut().for_each(|title| title.push_str(&piece)),
            Ok(Event::GeneralRef(piece)) => title
                .iter_mut()
                .for_each(|title| title.push_str(&xml::reference(&piece))),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                reading.warn(format!(
                    "read up to a mistake in the XML at byte {}: {error}",
                    reader.error_position()
                ));
                break;
            }
        }
    }
    if begun {
        Ok(reading.opml)
    } else {
        Err(OpmlError::NotOpml)
    }
}

#[derive(Debug, Default)]
struct Reading {
    opml: Opml,
    /// For each open outline its name if it is a folder; no more than [`FOLDERS_MAX`] of them.
    folders: Vec<Option<String>>,
    /// How many outlines are open beyond these.
    deeper: usize,
    identities: HashSet<String>,
}

impl Reading {
    fn open(&mut self, tag: &BytesStart<'_>) {
        let folder = self.outline(tag);
        if self.folders.len() < FOLDERS_MAX {
            self.folders.push(folder);
        } else {
            self.deeper += 1;
        }
    }

    fn close(&mut self) {
        if let Some(left) = self.deeper.checked_sub(1) {
            self.deeper = left;
        } else {
            self.folders.pop();
        }
    }

    /// Takes an outline that is a feed; gives the name of one that is a folder.
    fn outline(&mut self, tag: &BytesStart<'_>) -> Option<String> {
        let own_name = ["text", "title"]
            .iter()
            .find_map(|key| xml::attribute(tag, key))
            .map(|text| name(&text))
            .filter(|text| !text.is_empty());
        let kind = xml::attribute(tag, "type").unwrap_or_default().to_ascii_lowercase();
        let address = xml::attribute(tag, "xmlUrl").or_else(|| {
            // Some lists of feeds name the address as lists of links do.
            xml::attribute(tag, "url").filter(|_| matches!(kind.as_str(), "rss" | "atom" | "feed"))
        });
        let shown = own_name.clone().unwrap_or_default();
        let Some(address) = address else {
            match kind.as_str() {
                "" | "folder" | "category" => return own_name,
                _ => self.warn(format!(
                    "left out {shown:?}: an outline of type {kind:?} without a feed's address"
                )),
            }
            return None;
        };
        let Some(link) = web_address(&address) else {
            let address: String = address.chars().take(NAME_CHARS_MAX).collect();
            self.warn(format!("left out {shown:?}: not an http or https address: {address:?}"));
            return None;
        };
        if !self.identities.insert(link.identity()) {
            self.warn(format!("left out {shown:?}: {link} stands in the list already"));
        } else if self.opml.listed.len() >= LISTED_MAX {
            self.warn(format!("left out {shown:?}: more than {LISTED_MAX} feeds"));
        } else {
            let listed = Listed {
                name: own_name.unwrap_or_else(|| link.host().to_owned()),
                home: xml::attribute(tag, "htmlUrl").and_then(|home| web_address(&home)),
                language: xml::attribute(tag, "language").and_then(|tag| Language::parse(&tag)),
                topics: self.topics(tag),
                link,
            };
            self.opml.listed.push(listed);
        }
        None
    }

    /// The open folders, then the categories: separated by commas, each perhaps a path such as `/arts/museums`.
    fn topics(&self, tag: &BytesStart<'_>) -> Vec<String> {
        let categories = xml::attribute(tag, "category").unwrap_or_default();
        let ends = categories
            .split(',')
            .filter_map(|path| path.trim_matches('/').rsplit('/').next());
        let mut topics: Vec<String> = Vec::new();
        for topic in self.folders.iter().flatten().map(String::as_str).chain(ends) {
            let topic = name(topic);
            if !topic.is_empty() && !topics.contains(&topic) && topics.len() < TOPICS_MAX {
                topics.push(topic);
            }
        }
        topics
    }

    fn warn(&mut self, warning: String) {
        if self.opml.warnings.len() < WARNINGS_MAX {
            self.opml.warnings.push(warning);
        } else {
            self.opml.warnings_left_out += 1;
        }
    }
}

fn is_outline(name: &str) -> bool {
    name.eq_ignore_ascii_case("outline")
}

/// An address; `feed:` in front of it or in place of its scheme is how some readers mark a feed.
fn web_address(text: &str) -> Option<Link> {
    let text = text.trim();
    match text.strip_prefix("feed:") {
        Some(rest) if rest.starts_with("//") => Link::parse(&format!("https:{rest}")),
        Some(rest) => Link::parse(rest),
        None => Link::parse(text),
    }
}

/// A name as one line of plain text. By the standard, the text of an outline may hold markup.
fn name(text: &str) -> String {
    let start: String = text.chars().take(4 * NAME_CHARS_MAX).collect();
    let plain = if start.contains(['<', '&']) {
        clean::text(&start)
    } else {
        start
    };
    let words = plain
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    words
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(NAME_CHARS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opml(body: &str) -> Opml {
        read(
            format!("<opml version='2.0'><head><title>Ours &amp; theirs</title></head><body>{body}</body></opml>")
                .as_bytes(),
            None,
        )
        .unwrap()
    }

    #[test]
    fn names_homes_languages_folders_and_categories_are_read() {
        let list = opml(
            "<outline text='Museums'><outline title='Local'>\
             <outline type='rss' text='A &lt;b&gt;B&lt;/b&gt; &amp;amp; C' xmlUrl='https://a.example/feed?x=1&amp;y=2' htmlUrl='https://a.example/' language='en-us' category='/news/arts,Local, history'/>\
             </outline><outline TEXT='Named' XMLURL='feed://b.example/rss'/></outline><outline xmlUrl='https://c.example/feed'/>",
        );
        assert_eq!(list.title, "Ours & theirs");
        assert!(list.warnings.is_empty(), "{:?}", list.warnings);
        let [first, second, third] = list.listed.as_slice() else {
            panic!("{list:#?}")
        };
        assert_eq!(
            (first.name.as_str(), first.link.as_str()),
            ("A B & C", "https://a.example/feed?x=1&y=2")
        );
        assert_eq!(first.home, Link::parse("https://a.example/"));
        assert_eq!(first.language, Language::parse("en"));
        assert_eq!(first.topics, ["Museums", "Local", "arts", "history"]);
        assert_eq!(
            (second.link.as_str(), second.topics.as_slice()),
            ("https://b.example/rss", &["Museums".to_owned()][..])
        );
        assert_eq!((third.name.as_str(), third.topics.is_empty()), ("c.example", true));
    }

    #[test]
    fn what_is_left_out_is_told() {
        let list = opml(
            "<outline type='rss' text='A, B' xmlUrl='https://a.example/feed'/><outline type='rss' text='again' xmlUrl='http://www.a.example/feed/'/>\
             <outline type='rss' text='file' xmlUrl='file:///etc/passwd'/><outline type='rss' text='js' xmlUrl='javascript:alert(1)'/>\
             <outline type='rss' text='empty' xmlUrl=' '/><outline type='include' text='more' url='https://a.example/more.opml'/>",
        );
        assert_eq!(list.listed.len(), 1);
        assert_eq!(list.listed[0].name, "A, B");
        let told: Vec<_> = list
            .warnings
            .iter()
            .map(|warning| warning.split(':').next().unwrap())
            .collect();
        let expected = ["again", "file", "js", "empty", "more"].map(|name| format!("left out {name:?}"));
        assert_eq!(told, expected);
    }

    #[test]
    fn a_file_that_breaks_off_gives_what_stands_before() {
        let good = "<opml><body><outline text='a' xmlUrl='https://a.example/?x=1&y=2'/>";
        for rest in [
            "",
            "<outline text='b",
            "<outline text='b' xmlUrl=",
            "</body>",
            "</nope></opml>",
            "<!-- ",
        ] {
            let list = read(format!("{good}{rest}").as_bytes(), None).unwrap();
            assert_eq!(list.listed[0].link.as_str(), "https://a.example/?x=1&y=2", "{rest}");
            assert_eq!(list.listed.len(), 1);
        }
    }

    #[test]
    fn what_is_no_opml_is_refused() {
        for text in ["", "<rss/>", "{}", "<html><title>x</title></html>"] {
            assert_eq!(read(text.as_bytes(), None), Err(OpmlError::NotOpml));
        }
        assert!(matches!(
            read(&vec![b' '; FILE_BYTES_MAX + 1], None),
            Err(OpmlError::TooLong { .. })
        ));
    }

    #[test]
    fn bombs_cost_little_and_hide_nothing() {
        let nested = format!(
            "{}<outline text='in' xmlUrl='https://in.example/'/>{}<outline text='out' xmlUrl='https://out.example/'/>",
            "<outline text='x'>".repeat(100_000),
            "</outline>".repeat(100_000)
        );
        let list = opml(&nested);
        assert_eq!(list.listed.len(), 2);
        assert!(list.listed[0].topics.len() <= TOPICS_MAX);
        assert!(list.listed[1].topics.is_empty());
        let entities = "<!DOCTYPE opml [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\">]><opml><head><title>&b;</title></head><body/></opml>";
        assert_eq!(read(entities.as_bytes(), None).unwrap().title, "&b;");
        let many = (0..LISTED_MAX + 200)
            .map(|n| format!("<outline xmlUrl='https://a.example/{n}'/>"))
            .collect::<Vec<_>>()
            .concat();
        let list = opml(&many);
        assert_eq!(
            (list.listed.len(), list.warnings.len(), list.warnings_left_out),
            (LISTED_MAX, 100, 100)
        );
        let attributes = (0..100_000).map(|n| format!(" a{n}='x'")).collect::<Vec<_>>().concat();
        assert!(
            opml(&format!("<outline{attributes} xmlUrl='https://a.example/'/>"))
                .listed
                .is_empty()
        );
    }

    #[test]
    fn a_listed_feed_becomes_a_source_with_a_slug_of_its_own() {
        let listed = opml("<outline text='The Blog' xmlUrl='https://a.example/feed'/>")
            .listed
            .remove(0);
        let source = listed.declare(|slug| slug.as_str() == "the-blog").unwrap();
        assert_eq!((source.slug.as_str(), source.kind), ("the-blog-2", SourceKind::Feed));
    }

    proptest::proptest! {
        #[test]
        fn no_file_makes_the_reader_panic(pieces in "(<outline |<opml>|</outline>|/>|>|text='|xmlUrl='https://a.example/|' |<!--|-->|<!\\[CDATA\\[|]]>|&amp;|&#0;|&#x110000;|&|<\\?|\\PC){0,40}") {
            let _ = read(format!("<opml>{pieces}").as_bytes(), None);
        }
    }
}
