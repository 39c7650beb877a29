//! OPML 2.0: our sources as a list that other readers take in.

use crate::domain::source::{Declared, SourceKind};
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::xml::Xml;

/// Writes `sources` in their order under `title`. `changed` is when the list last changed, if that is known. Feeds are
/// outlines of type `rss`; pages and sitemaps, which other readers cannot poll, are of type `link`.
pub fn write(title: &str, changed: Option<Timestamp>, sources: &[Declared]) -> String {
    let mut xml = Xml::new();
    xml.around("opml", &[("version", "2.0")], |xml| {
        xml.around("head", &[], |xml| {
            xml.text("title", Line::new(title).as_str());
            let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
            let date = changed.and_then(|at| printer.timestamp_to_rfc9110_string(&at.to_jiff()).ok());
            if let Some(date) = date {
                xml.text("dateModified", &date);
            }
        });
        xml.around("body", &[], |xml| {
            for source in sources {
                outline(xml, source);
            }
        });
    });
    String::from_utf8(xml.into_bytes()).expect("it was written from texts")
}

fn outline(xml: &mut Xml, source: &Declared) {
    let name = Line::new(&source.name);
    let mut attributes = vec![("text", name.as_str())];
    match source.kind {
        SourceKind::Feed => attributes.extend([
            ("title", name.as_str()),
            ("type", "rss"),
            ("xmlUrl", source.link.as_str()),
        ]),
        SourceKind::Page | SourceKind::Sitemap | SourceKind::Tip => {
            attributes.extend([("type", "link"), ("url", source.link.as_str())]);
        }
    }
    attributes.extend(source.home.as_ref().map(|home| ("htmlUrl", home.as_str())));
    attributes.extend(source.language.as_ref().map(|language| ("language", language.as_str())));
    // Commas part categories and slashes their levels, so neither can stand in one.
    let topics: Vec<String> = source
        .topics
        .iter()
        .map(|topic| topic.replace([',', '/'], " "))
        .collect();
    let topics = topics.join(",");
    if !topics.is_empty() {
        attributes.push(("category", &topics));
    }
    xml.empty("outline", &attributes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::link::Link;
    use crate::domain::source::Slug;
    use crate::domain::text::Language;

    fn source(name: &str, kind: SourceKind, link: &str) -> Declared {
        Declared::new(
            Slug::parse("a").unwrap(),
            name.to_owned(),
            kind,
            Link::parse(link).unwrap(),
        )
    }

    #[test]
    fn a_list_is_written_escaped_and_in_order() {
        let feed = Declared {
            home: Link::parse("https://a.example/"),
            language: Language::parse("de"),
            topics: vec!["museums".to_owned(), "arts, crafts".to_owned()],
            ..source("A \"B\" <&> \u{7}C", SourceKind::Feed, "https://a.example/?x=1&y=2")
        };
        let page = source("Page", SourceKind::Page, "https://b.example/news");
        let changed = Timestamp::parse("2026-03-12T09:00:00Z");
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head>
    <title>What &lt;we&gt; read</title>
    <dateModified>Thu, 12 Mar 2026 09:00:00 GMT</dateModified>
  </head>
  <body>
    <outline text="A &quot;B&quot; &lt;&amp;&gt; C" title="A &quot;B&quot; &lt;&amp;&gt; C" type="rss" xmlUrl="https://a.example/?x=1&amp;y=2" htmlUrl="https://a.example/" language="de" category="museums,arts  crafts"/>
    <outline text="Page" type="link" url="https://b.example/news"/>
  </body>
</opml>
"#;
        assert_eq!(write("What <we> read", changed, &[feed, page]), expected);
    }

    #[test]
    fn an_empty_list_is_a_list() {
        assert!(write("", None, &[]).contains("<body>"));
    }
}
