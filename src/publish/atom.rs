//! Atom 1.0 (RFC 4287), with feed history (RFC 5005) and Media RSS.

use std::collections::HashSet;
use std::time::Duration;

use crate::domain::channel::{Channel, Document, Format, Item, Origin};
use crate::domain::escape;
use crate::domain::link::Link;
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::xml::Xml;
use super::{GENERATOR, address, content, plain};

const NAMESPACES: [(&str, &str); 4] = [
    ("xmlns", "http://www.w3.org/2005/Atom"),
    ("xmlns:dcterms", "http://purl.org/dc/terms/"),
    ("xmlns:media", "http://search.yahoo.com/mrss/"),
    ("xmlns:fh", "http://purl.org/syndication/history/1.0"),
];

/// Writes `channel`.
pub fn write(channel: &Channel) -> Vec<u8> {
    let mut attributes = NAMESPACES.to_vec();
    attributes.extend(
        channel
            .language
            .as_ref()
            .map(|language| ("xml:lang", language.as_str())),
    );
    let mut xml = Xml::new();
    xml.around("feed", &attributes, |xml| {
        head(xml, channel);
        for (each, updated) in channel.items.iter().zip(instants(&channel.items)) {
            xml.around("entry", &[], |xml| entry(xml, each, updated));
        }
    });
    xml.into_bytes()
}

/// When each item was last changed, no two in one second: readers that sort by it keep the order of the list, and checkers
/// ask for it. Of items of one instant each is a second younger than the one below it.
fn instants(items: &[Item]) -> Vec<Timestamp> {
    let mut taken = HashSet::new();
    let mut instants: Vec<Timestamp> = items
        .iter()
        .rev()
        .map(|item| {
            let mut at = item.updated;
            while !taken.insert(at.millis().div_euclid(1000)) {
                at = at.plus(Duration::from_secs(1));
            }
            at
        })
        .collect();
    instants.reverse();
    instants
}

fn head(xml: &mut Xml, channel: &Channel) {
    xml.text("id", &channel.id);
    text(xml, "title", channel.title.as_str());
    if !channel.about.is_empty() {
        text(xml, "subtitle", channel.about.as_str());
    }
    xml.text("updated", &channel.updated.to_string());
    author(xml, &channel.title);
    link(xml, "self", Some(Format::Atom), &channel.address(Format::Atom));
    link(xml, "alternate", None, &channel.page);
    if let Some(hub) = channel.hub() {
        link(xml, "hub", None, hub);
    }
    if channel.is_closed {
        xml.empty("fh:archive", &[]);
    }
    if channel.is_archive() {
        let current = channel.feed(Document::Current, Format::Atom);
        link(xml, "current", Some(Format::Atom), &current);
    }
    for (relation, month) in [("prev-archive", channel.older), ("next-archive", channel.newer)] {
        if let Some(month) = month {
            let there = channel.feed(Document::Archive(month), Format::Atom);
            link(xml, relation, Some(Format::Atom), &there);
        }
    }
    xml.text("generator", GENERATOR);
}

fn entry(xml: &mut Xml, item: &Item, updated: Timestamp) {
    xml.text("id", &item.id);
    text(xml, "title", item.headline.as_str());
    link(xml, "alternate", None, item.target());
    if let Some(source) = &item.source {
        link(xml, "via", None, source.home.as_ref().unwrap_or(&source.feed));
    }
    xml.text("published", &item.ordered.to_string());
    xml.text("updated", &updated.to_string());
    let named = [&item.byline, &item.outlet];
    if let Some(name) = named.into_iter().find(|name| !name.is_empty()) {
        author(xml, name);
    }
    for topic in item.topics.iter().filter(|topic| !topic.is_empty()) {
        xml.empty("category", &[("term", topic.as_str())]);
    }
    xml.text_with("summary", &[("type", "html")], &content::short(item));
    xml.text_with("content", &[("type", "html")], &content::full(item));
    if let Some(source) = &item.source {
        xml.around("source", &[], |xml| origin(xml, source, item));
    }
    if let Some(dated) = item.dated {
        xml.text("dcterms:created", &dated.to_string());
    }
    super::media(xml, item);
}

/// The source's feed as far as it is known here: its address is its name, and its last change that of the article.
fn origin(xml: &mut Xml, source: &Origin, item: &Item) {
    xml.text("id", &address::name(&source.feed));
    let name = source.name.as_str();
    text(xml, "title", if name.is_empty() { source.feed.host() } else { name });
    xml.text("updated", &item.dated.unwrap_or(item.published).to_string());
    link(xml, "self", None, &source.feed);
    if let Some(home) = &source.home {
        link(xml, "alternate", None, home);
    }
}

fn author(xml: &mut Xml, name: &Line) {
    xml.around("author", &[], |xml| xml.text("name", &plain::person(name)));
}

/// A text construct. What could pass for markup says that it is HTML, in which it is escaped; so nobody can mistake it.
fn text(xml: &mut Xml, element: &str, plain: &str) {
    if plain::looks_like_markup(plain) {
        xml.text_with(element, &[("type", "html")], &escape::text(plain));
    } else {
        xml.text(element, plain);
    }
}

fn link(xml: &mut Xml, relation: &str, format: Option<Format>, to: &Link) {
    let href = address::strict(to);
    let mut attributes = vec![("rel", relation)];
    attributes.extend(format.map(|format| ("type", format.media_type())));
    attributes.push(("href", &href));
    xml.empty("link", &attributes);
}
