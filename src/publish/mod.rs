//! From lists and sources to the bytes that readers fetch, one writer per format.
//!
//! Knows the domain and the formats. Must not know the database, the clock, or who is asking: the same rows give the same
//! bytes.

mod address;
pub mod atom;
mod content;
pub mod embed;
pub mod insert;
pub mod json_feed;
pub mod linked_data;
pub mod matches;
pub mod opml;
mod plain;
pub mod reader;
pub mod rss;
pub mod sitemap;
mod xml;

pub use content::day;

use crate::domain::channel::{Channel, Format, Item};

use xml::Xml;

/// What feeds say that they were made by.
const GENERATOR: &str = "docent";

/// Writes `channel` in that format, in UTF-8.
pub fn feed(channel: &Channel, format: Format) -> Vec<u8> {
    match format {
        Format::Rss => rss::write(channel),
        Format::Atom => atom::write(channel),
        Format::Json => json_feed::write(channel),
    }
}

/// An item's picture, as Media RSS has it.
fn media(xml: &mut Xml, item: &Item) {
    let Some(picture) = &item.picture else { return };
    let link = address::strict(&picture.link);
    xml.around("media:content", &[("url", &link), ("medium", "image")], |xml| {
        if !picture.alt.is_empty() {
            xml.text_with("media:description", &[("type", "plain")], picture.alt.as_str());
        }
    });
    xml.empty("media:thumbnail", &[("url", &link)]);
}
