//! Sitemaps (sitemaps.org 0.9), news sitemaps, sitemap indexes and plain lists of addresses.

use std::io::Read;

use quick_xml::events::{BytesStart, Event};

use super::{
    ENTRIES_MAX, Gather, ListError, ListPage, NAME_CHARS_MAX, TITLE_CHARS_MAX, bare, date, one_line, picture, plain,
};
use crate::domain::link::Link;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;
use crate::ingest::{feed, xml};

/// The largest sitemap by its standard, in bytes unpacked.
const UNPACKED_BYTES_MAX: u64 = 50 << 20;

/// The most addresses in one sitemap by its standard; those behind are not read.
const ADDRESSES_MAX: usize = 50_000;

/// The most sitemaps taken out of an index: those changed last.
const CHILDREN_MAX: usize = 50;

/// The longest text of one element kept, in bytes.
const TEXT_BYTES_MAX: usize = 8 << 10;

/// What a sitemap holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sitemap {
    /// Entries, newest first, those without any date last. They have titles in news sitemaps only.
    Entries(ListPage),
    /// Further sitemaps, those changed last first.
    Index {
        /// The sitemaps.
        children: Vec<Child>,
        /// What was odd.
        warnings: Vec<String>,
    },
}

/// A sitemap that an index names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// Where it lies: on the index's own registrable domain.
    pub link: Link,
    /// When it last changed, by the index.
    pub changed: Option<Timestamp>,
}

/// Reads a sitemap that came from `base`, packed by gzip or not.
pub fn read_sitemap(bytes: &[u8], content_type: Option<&str>, base: &Link) -> Result<Sitemap, ListError> {
    let unpacked = unpack(bytes)?;
    let text = feed::decode(&unpacked, content_type);
    if text.trim_start().starts_with("http") {
        return Ok(Sitemap::Entries(entries(lines(&text), Gather::default(), base)));
    }
    let mut gather = Gather::default();
    let (root, nodes) = nodes(&text, &mut gather);
    match root.as_str() {
        "urlset" => Ok(Sitemap::Entries(entries(nodes, gather, base))),
        "sitemapindex" => Ok(index(nodes, gather, base)),
        _ => Err(ListError::NotSitemap {
            root: one_line(&root, NAME_CHARS_MAX),
        }),
    }
}

/// A `<url>` or `<sitemap>` as it is written.
#[derive(Debug, Default)]
struct Node {
    /// The namespace prefix of its element, by which its own `<loc>` is told from that of a picture.
    prefix: Option<String>,
    place: String,
    changed: String,
    published: String,
    title: String,
    language: String,
    picture: String,
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, ListError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes.to_vec());
    }
    let mut unpacked = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes)
        .take(UNPACKED_BYTES_MAX)
        .read_to_end(&mut unpacked);
    // What was unpacked before an archive broke off is still a list of addresses.
    if read.is_err() && unpacked.is_empty() {
        Err(ListError::Packed)
    } else {
        Ok(unpacked)
    }
}

fn lines(text: &str) -> Vec<Node> {
    text.lines()
        .take(ADDRESSES_MAX)
        .map(|line| Node {
            place: line.trim().chars().take(TEXT_BYTES_MAX).collect(),
            ..Node::default()
        })
        .filter(|node| !node.place.is_empty())
        .collect()
}

/// The name of the root element and what is listed under it.
fn nodes(text: &str, gather: &mut Gather) -> (String, Vec<Node>) {
    let mut reader = xml::reader(text);
    let mut root = String::new();
    let mut nodes: Vec<Node> = Vec::new();
    let mut open: Option<Node> = None;
    let mut words = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                words.clear();
                let name = tag.local_name().into_inner();
                if root.is_empty() {
                    name.clone_into(&mut root);
                } else if matches!(name, "url" | "sitemap") {
                    open = Some(Node {
                        prefix: prefix(&tag),
                        ..Node::default()
                    });
                }
            }
            Ok(Event::End(tag)) => {
                let name = tag.local_name().into_inner();
                if matches!(name, "url" | "sitemap") {
                    nodes.extend(open.take());
                } else if let Some(node) = &mut open {
                    let own = tag.name().prefix().map(|prefix| prefix.into_inner().to_owned()) == node.prefix;
                    node.take(name, own, &words);
                }
                words.clear();
                if nodes.len() >= ADDRESSES_MAX {
                    gather.warn(format!("read the first {ADDRESSES_MAX} addresses only"));
                    break;
                }
            }
            Ok(Event::Text(piece)) => push(&mut words, &piece),
            Ok(Event::CData(piece)) => push(&mut words, &piece),
            Ok(Event::GeneralRef(piece)) => push(&mut words, &xml::reference(&piece)),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                gather.warn(format!("read up to a mistake in the XML: {error}"));
                break;
            }
        }
    }
    (root, nodes)
}

fn prefix(tag: &BytesStart<'_>) -> Option<String> {
    tag.name().prefix().map(|prefix| prefix.into_inner().to_owned())
}

fn push(words: &mut String, piece: &str) {
    if words.len() < TEXT_BYTES_MAX {
        let room = piece.floor_char_boundary(TEXT_BYTES_MAX - words.len());
        words.push_str(piece.get(..room).unwrap_or_default());
    }
}

impl Node {
    /// Takes the words of the element `name` just closed; `own` says whether it has this node's prefix.
    fn take(&mut self, name: &str, own: bool, words: &str) {
        let field = match name {
            "loc" if own => &mut self.place,
            "loc" => &mut self.picture,
            "lastmod" => &mut self.changed,
            "publication_date" => &mut self.published,
            "title" if self.title.is_empty() => &mut self.title,
            "language" => &mut self.language,
            _ => return,
        };
        words.trim().clone_into(field);
    }
}

fn entries(nodes: Vec<Node>, mut gather: Gather, base: &Link) -> ListPage {
    let matched = nodes.len();
    let mut dated: Vec<_> = nodes
        .into_iter()
        .map(|node| {
            let (published, updated) = (date::read(&node.published), date::read(&node.changed));
            (published.or(updated), published, updated, node)
        })
        .collect();
    // A sitemap has no order of its own. Stable, so that what has no date stays in the order of the file.
    dated.sort_by_key(|(when, ..)| std::cmp::Reverse(*when));
    let mut refused = 0_usize;
    for (_, published, updated, node) in dated {
        let Some(link) = base.join(&node.place).filter(|_| !node.place.is_empty()) else {
            refused += 1;
            continue;
        };
        if gather.entries.len() >= ENTRIES_MAX {
            gather.left_out += 1;
            continue;
        }
        let mut found = bare(link, Language::parse(&node.language));
        found.title = plain(&node.title, TITLE_CHARS_MAX);
        (found.published, found.updated) = (published, updated);
        found.image = picture(&node.picture, "", base).filter(|_| !node.picture.is_empty());
        gather.add(found);
    }
    if refused > 0 {
        gather.warn(format!("{refused} of {matched} addresses are not http or https"));
    }
    gather.into_page(matched)
}

fn index(nodes: Vec<Node>, mut gather: Gather, base: &Link) -> Sitemap {
    let listed = nodes.len();
    let mut children: Vec<Child> = Vec::new();
    for node in nodes {
        // An index may send us to its own site only, else anybody could aim us at anybody.
        let link = base
            .join(&node.place)
            .filter(|link| link.registrable_domain() == base.registrable_domain());
        if let Some(link) = link.filter(|_| !node.place.is_empty()) {
            children.push(Child {
                link,
                changed: date::read(&node.changed),
            });
        }
    }
    if children.len() < listed {
        gather.warn(format!(
            "{} of {listed} sitemaps lie on another site",
            listed - children.len()
        ));
    }
    children.sort_by_key(|child| std::cmp::Reverse(child.changed));
    if children.len() > CHILDREN_MAX {
        gather.warn(format!("took {CHILDREN_MAX} of {listed} sitemaps"));
        children.truncate(CHILDREN_MAX);
    }
    Sitemap::Index {
        children,
        warnings: gather.warnings,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(text: &str) -> Result<Sitemap, ListError> {
        let base = Link::parse("https://museum.example/sitemap.xml").unwrap();
        read_sitemap(text.as_bytes(), Some("application/xml"), &base)
    }

    fn page(text: &str) -> ListPage {
        match read(text) {
            Ok(Sitemap::Entries(page)) => page,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_newest_addresses_come_first_and_those_without_a_date_last() {
        let page = page(
            "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>\
             <url><loc>https://museum.example/c?a=1&amp;b=2</loc></url>\
             <url><loc> /b </loc><lastmod>2026-01-02</lastmod></url>\
             <url><loc><![CDATA[https://museum.example/a]]></loc><lastmod>2026-03-02T10:00:00+01:00</lastmod></url>\
             <url><loc>ftp://museum.example/d</loc></url></urlset>",
        );
        let links: Vec<_> = page.entries.iter().map(|entry| entry.key.0.as_str()).collect();
        assert_eq!(
            links,
            [
                "https://museum.example/a",
                "https://museum.example/b",
                "https://museum.example/c?a=1&b=2"
            ]
        );
        assert_eq!(page.matched, 4);
        assert_eq!(page.warnings, ["1 of 4 addresses are not http or https"]);
        assert_eq!(page.entries[0].updated, Timestamp::parse("2026-03-02T09:00:00Z"));
        assert_eq!(page.entries[0].published, None);
    }

    #[test]
    fn a_news_sitemap_tells_title_date_language_and_picture() {
        let page = page(
            "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='n' xmlns:image='i'>\
             <url><loc>https://museum.example/a</loc><image:image><image:loc>https://museum.example/a.jpg</image:loc></image:image>\
             <news:news><news:publication><news:name>Blatt</news:name><news:language>de</news:language></news:publication>\
             <news:publication_date>2026-03-02T10:00:00Z</news:publication_date><news:title>Bilder &amp;amp; R&#228;ume</news:title>\
             </news:news></url></urlset>",
        );
        let entry = &page.entries[0];
        assert_eq!(entry.title, "Bilder & Räume");
        assert_eq!(entry.language, Language::parse("de"));
        assert_eq!(entry.published, Timestamp::parse("2026-03-02T10:00:00Z"));
        assert_eq!(
            entry.image.as_ref().map(|picture| picture.link.as_str()),
            Some("https://museum.example/a.jpg")
        );
    }

    #[test]
    fn an_index_lists_sitemaps_of_its_own_site_only() {
        let Ok(Sitemap::Index { children, warnings }) = read(
            "<sm:sitemapindex xmlns:sm='x'><sm:sitemap><sm:loc>https://museum.example/old.xml</sm:loc></sm:sitemap>\
             <sm:sitemap><sm:loc>https://www.museum.example/new.xml</sm:loc><sm:lastmod>2026-01-02</sm:lastmod></sm:sitemap>\
             <sm:sitemap><sm:loc>https://victim.example/</sm:loc></sm:sitemap></sm:sitemapindex>",
        ) else {
            panic!("not an index")
        };
        let links: Vec<_> = children.iter().map(|child| child.link.as_str()).collect();
        assert_eq!(
            links,
            ["https://www.museum.example/new.xml", "https://museum.example/old.xml"]
        );
        assert_eq!(warnings, ["1 of 3 sitemaps lie on another site"]);
    }

    #[test]
    fn plain_lists_and_packed_sitemaps_are_read() {
        assert_eq!(
            page("https://museum.example/a\r\n\r\nhttps://museum.example/b\r\n")
                .entries
                .len(),
            2
        );
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed
            .write_all(b"<urlset><url><loc>https://museum.example/a</loc></url></urlset>")
            .unwrap();
        let packed = packed.finish().unwrap();
        let base = Link::parse("https://museum.example/").unwrap();
        assert!(matches!(read_sitemap(&packed, None, &base), Ok(Sitemap::Entries(page)) if page.entries.len() == 1));
        assert_eq!(read_sitemap(&[0x1f, 0x8b, 1, 2], None, &base), Err(ListError::Packed));
    }

    #[test]
    fn what_is_no_sitemap_is_refused_with_its_root() {
        for (text, root) in [
            ("<rss><channel/></rss>", "rss"),
            ("", ""),
            ("{}", ""),
            ("<html><body>", "html"),
        ] {
            assert_eq!(read(text), Err(ListError::NotSitemap { root: root.to_owned() }));
        }
    }

    #[test]
    fn a_broken_or_hostile_sitemap_gives_what_stands_before() {
        let good = "<urlset><url><loc>https://museum.example/a</loc></url>";
        for rest in [
            "<url><loc>https://museum.example/b",
            "<url",
            "</x></urlset>",
            "<!-- ",
            "&nope; <url><loc></loc></url>",
        ] {
            assert_eq!(page(&format!("{good}{rest}")).entries.len(), 1, "{rest}");
        }
        let deep = format!("{good}{}", "<a>".repeat(200_000));
        assert_eq!(page(&deep).entries.len(), 1);
        let bomb = format!(
            "<!DOCTYPE urlset [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;\">]>{good}<url><loc>/&b;</loc></url></urlset>",
            "a".repeat(100)
        );
        assert!(page(&bomb).entries.iter().all(|entry| entry.key.0.len() < 60));
    }

    #[test]
    fn a_large_sitemap_gives_its_newest_entries() {
        let urls = (0..60_000)
            .map(|n| format!("<url><loc>/{n}</loc></url>"))
            .collect::<Vec<_>>()
            .concat();
        let page = page(&format!("<urlset>{urls}</urlset>"));
        assert_eq!((page.matched, page.entries.len()), (ADDRESSES_MAX, ENTRIES_MAX));
        assert_eq!(page.warnings.len(), 2);
    }
}
