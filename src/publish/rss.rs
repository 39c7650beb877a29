//! RSS 2.0, with the modules that readers know: Atom links, Dublin Core, content, Media RSS, and feed history (RFC 5005).

use crate::domain::channel::{Channel, Document, Format, Item};
use crate::domain::escape::text;
use crate::domain::link::Link;
use crate::domain::time::Timestamp;

use super::xml::Xml;
use super::{GENERATOR, address, content, plain};

/// How long readers may wait before they ask again, in minutes; the `Cache-Control` of feeds says the same.
const TTL_MINUTES: &str = "15";
const NAMESPACES: [(&str, &str); 7] = [
    ("version", "2.0"),
    ("xmlns:atom", "http://www.w3.org/2005/Atom"),
    ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:dcterms", "http://purl.org/dc/terms/"),
    ("xmlns:media", "http://search.yahoo.com/mrss/"),
    ("xmlns:fh", "http://purl.org/syndication/history/1.0"),
];

/// Writes `channel`.
pub fn write(channel: &Channel) -> Vec<u8> {
    let mut xml = Xml::new();
    xml.around("rss", &NAMESPACES, |xml| {
        xml.around("channel", &[], |xml| {
            head(xml, channel);
            for each in &channel.items {
                xml.around("item", &[], |xml| item(xml, each));
            }
        });
    });
    xml.into_bytes()
}

fn head(xml: &mut Xml, channel: &Channel) {
    let about = channel.about.as_str();
    xml.text("title", &plain::unmistakable(channel.title.as_str()));
    xml.text("link", &address::strict(&channel.page));
    link(xml, "self", &channel.address(Format::Rss));
    if let Some(hub) = channel.hub() {
        xml.empty("atom:link", &[("rel", "hub"), ("href", &address::strict(hub))]);
    }
    pages(xml, channel);
    let described = if about.is_empty() {
        channel.title.as_str()
    } else {
        about
    };
    xml.text("description", &text(described));
    if let Some(language) = &channel.language {
        xml.text("language", language.as_str());
    }
    xml.text("lastBuildDate", &date(channel.updated));
    xml.text("generator", GENERATOR);
    xml.text("ttl", TTL_MINUTES);
}

fn pages(xml: &mut Xml, channel: &Channel) {
    if channel.is_closed {
        xml.empty("fh:archive", &[]);
    }
    if channel.is_archive() {
        link(xml, "current", &channel.feed(Document::Current, Format::Rss));
    }
    for (relation, month) in [("prev-archive", channel.older), ("next-archive", channel.newer)] {
        if let Some(month) = month {
            link(xml, relation, &channel.feed(Document::Archive(month), Format::Rss));
        }
    }
}

fn link(xml: &mut Xml, relation: &str, to: &Link) {
    let attributes = [
        ("rel", relation),
        ("type", Format::Rss.media_type()),
        ("href", &address::strict(to)),
    ];
    xml.empty("atom:link", &attributes);
}

fn item(xml: &mut Xml, item: &Item) {
    xml.text("title", &plain::unmistakable(item.headline.as_str()));
    xml.text("link", &address::strict(item.target()));
    xml.text_with("guid", &[("isPermaLink", "false")], &item.id);
    xml.text("pubDate", &date(item.ordered));
    for (element, name) in [("dc:creator", &item.byline), ("dc:publisher", &item.outlet)] {
        if !name.is_empty() {
            xml.text(element, &plain::person(name));
        }
    }
    if let Some(dated) = item.dated {
        xml.text("dcterms:created", &dated.to_string());
    }
    for topic in item.topics.iter().filter(|topic| !topic.is_empty()) {
        xml.text("category", &plain::unmistakable(topic.as_str()));
    }
    xml.text("description", &content::short(item));
    xml.text("content:encoded", &content::full(item));
    if let Some(source) = &item.source {
        let name = plain::unmistakable(source.name.as_str());
        let name = if name.is_empty() {
            source.feed.host().into()
        } else {
            name
        };
        xml.text_with("source", &[("url", &address::strict(&source.feed))], &name);
    }
    super::media(xml, item);
}

/// RFC 822 with a four-digit year, always in GMT.
fn date(at: Timestamp) -> String {
    at.to_jiff().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
