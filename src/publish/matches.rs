//! The stories that a saved search finds, as Atom (RFC 4287).

use super::GENERATOR;
use super::address;
use super::xml::Xml;
use crate::domain::link::Link;
use crate::domain::text::{Line, Prose};
use crate::domain::time::Timestamp;

/// What a saved search finds, ready to be written. It holds no "now": the same stories give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matches {
    /// Its name for ever: a `tag:` URI.
    pub id: String,
    /// The name that it was saved under.
    pub title: Line,
    /// Where the feed lies, with its key.
    pub own: Link,
    /// The search on the desk.
    pub page: Link,
    /// Who saved it.
    pub author: Line,
    /// When it was saved, which tells of a change where nothing is found.
    pub saved: Timestamp,
    /// What it finds, the newest first.
    pub entries: Vec<Match>,
}

/// A story that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Its name for ever: a `tag:` URI.
    pub id: String,
    /// Its headline.
    pub title: Line,
    /// The article, or the story on the desk where it has no address.
    pub link: Link,
    /// Its first sentences.
    pub excerpt: Prose,
    /// Who published it.
    pub outlet: Line,
    /// When it was first found.
    pub found: Timestamp,
}

/// Writes `matches`.
pub fn write(matches: &Matches) -> Vec<u8> {
    let mut xml = Xml::new();
    xml.around("feed", &[("xmlns", "http://www.w3.org/2005/Atom")], |xml| {
        let newest = matches.entries.iter().map(|entry| entry.found).max();
        xml.text("id", &matches.id);
        xml.text_with("title", &[("type", "text")], matches.title.as_str());
        xml.text("updated", &newest.unwrap_or(matches.saved).to_string());
        xml.around("author", &[], |xml| xml.text("name", matches.author.as_str()));
        for (relation, to) in [("self", &matches.own), ("alternate", &matches.page)] {
            xml.empty("link", &[("rel", relation), ("href", &address::strict(to))]);
        }
        xml.text("generator", GENERATOR);
        for each in &matches.entries {
            xml.around("entry", &[], |xml| entry(xml, each));
        }
    });
    xml.into_bytes()
}

fn entry(xml: &mut Xml, entry: &Match) {
    xml.text("id", &entry.id);
    xml.text_with("title", &[("type", "text")], entry.title.as_str());
    xml.empty("link", &[("rel", "alternate"), ("href", &address::strict(&entry.link))]);
    xml.text("published", &entry.found.to_string());
    xml.text("updated", &entry.found.to_string());
    if !entry.outlet.is_empty() {
        xml.around("author", &[], |xml| xml.text("name", entry.outlet.as_str()));
    }
    xml.text_with("summary", &[("type", "text")], entry.excerpt.as_str());
}
