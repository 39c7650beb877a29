//! Our own pages for search engines, as sitemaps.org has it.

use crate::domain::link::Link;
use crate::domain::time::Timestamp;

use super::address;
use super::xml::Xml;

/// Addresses in one file at the most, by the protocol.
const ADDRESSES_MAX: usize = 50_000;

/// Writes the addresses in their order, each with its last change where that is known.
pub fn write(pages: &[(Link, Option<Timestamp>)]) -> Vec<u8> {
    let mut xml = Xml::new();
    let names = [("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9")];
    xml.around("urlset", &names, |xml| {
        for (link, changed) in pages.iter().take(ADDRESSES_MAX) {
            xml.around("url", &[], |xml| {
                xml.text("loc", &address::strict(link));
                if let Some(changed) = changed {
                    xml.text("lastmod", &changed.to_string());
                }
            });
        }
    });
    xml.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stands_with_its_last_change() {
        let link = Link::parse("https://a.example/topics/art%20&%20craft").unwrap();
        let changed = Timestamp::parse("2026-03-02T12:00:00Z");
        let written = String::from_utf8(write(&[(link, changed)])).unwrap();
        assert!(
            written.contains("<loc>https://a.example/topics/art%20&amp;%20craft</loc>"),
            "{written}"
        );
        assert!(written.contains("<lastmod>2026-03-02T12:00:00Z</lastmod>"), "{written}");
    }
}
