//! OPML 2.0: our sources as a list that other readers take in.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::domain::source::{Declared, SourceKind};
use crate::domain::time::Timestamp;

/// Writes `sources` in their order under `title`. `changed` is when the list last changed, if that is known. Feeds are
/// outlines of type `rss`; pages and sitemaps, which other readers cannot poll, are of type `link`.
pub fn write(title: &str, changed: Option<Timestamp>, sources: &[Declared]) -> String {
    let mut out = Out(Writer::new_with_indent(Vec::new(), b' ', 2));
    out.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    out.event(Event::Start(
        BytesStart::new("opml").with_attributes([("version", "2.0")]),
    ));
    out.event(Event::Start(BytesStart::new("head")));
    out.text("title", title);
    if let Some(changed) = changed {
        let rfc_2822 = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&changed.to_jiff());
        if let Ok(date) = rfc_2822 {
            out.text("dateModified", &date);
        }
    }
    out.event(Event::End(BytesEnd::new("head")));
    out.event(Event::Start(BytesStart::new("body")));
    for source in sources {
        out.event(Event::Empty(outline(source)));
    }
    out.event(Event::End(BytesEnd::new("body")));
    out.event(Event::End(BytesEnd::new("opml")));
    out.into_text()
}

fn outline(source: &Declared) -> BytesStart<'static> {
    let name = legal(&source.name);
    let mut tag = BytesStart::new("outline");
    tag.push_attribute(("text", name.as_str()));
    match source.kind {
        SourceKind::Feed => {
            tag.push_attribute(("title", name.as_str()));
            tag.push_attribute(("type", "rss"));
            tag.push_attribute(("xmlUrl", source.link.as_str()));
        }
        SourceKind::Page | SourceKind::Sitemap | SourceKind::Tip => {
            tag.push_attribute(("type", "link"));
            tag.push_attribute(("url", source.link.as_str()));
        }
    }
    if let Some(home) = &source.home {
        tag.push_attribute(("htmlUrl", home.as_str()));
    }
    if let Some(language) = &source.language {
        tag.push_attribute(("language", language.as_str()));
    }
    if !source.topics.is_empty() {
        // Commas part categories and slashes their levels, so neither can stand in one.
        let topics: Vec<String> = source
            .topics
            .iter()
            .map(|topic| legal(&topic.replace([',', '/'], " ")))
            .collect();
        tag.push_attribute(("category", topics.join(",").as_str()));
    }
    tag
}

/// `text` without the characters that XML cannot hold.
fn legal(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'))
        .collect()
}

struct Out(Writer<Vec<u8>>);

impl Out {
    fn event(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect("a Vec takes every write");
    }

    fn text(&mut self, name: &str, text: &str) {
        self.event(Event::Start(BytesStart::new(name)));
        self.event(Event::Text(BytesText::new(&legal(text))));
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn into_text(self) -> String {
        let mut bytes = self.0.into_inner();
        bytes.push(b'\n');
        String::from_utf8(bytes).expect("it was written from texts")
    }
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
