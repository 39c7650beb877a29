//! What an address that somebody gave may be read as: itself a feed, or a page that leads to one.
//!
//! Pure: looks at one fetched document and names what is worth trying, in order. Fetching and judging the candidates is
//! the worker's; that a page promises a feed proves nothing.

use std::collections::HashSet;

use scraper::{ElementRef, Html};

use super::list::tree;
use super::{charset, feed};
use crate::domain::link::Link;

pub use suggest::suggest_selectors;

mod suggest;

/// The most candidates that one page can cost us.
pub const CANDIDATES_MAX: usize = 20;

/// Of these, the most that a page advertises in its head.
const ADVERTISED_MAX: usize = 6;

/// The most taken from the page's own links.
const LINKED_MAX: usize = 3;

/// The most that are only guessed.
const GUESSED_MAX: usize = 9;

/// The most nodes of a page looked at.
const NODES_MAX: usize = 100_000;

/// How far into a document its root is looked for, in bytes.
const ROOT_BYTES_MAX: usize = 64 << 10;

/// The longest title of a candidate, and the longest words of a link, in characters.
const TITLE_CHARS_MAX: usize = 200;

/// The most lines read of a list of addresses.
const LINES_MAX: usize = 1_000;

/// What each root element makes of a document.
const ROOTS: &[(&str, Nature)] = &[
    ("<rss", Nature::Feed),
    ("<feed", Nature::Feed),
    ("<atom:feed", Nature::Feed),
    ("<rdf:rdf", Nature::Feed),
    ("<opml", Nature::Opml),
    ("<urlset", Nature::Sitemap),
    ("<sitemapindex", Nature::Sitemap),
    ("<!doctype html", Nature::Page),
    ("<html", Nature::Page),
    ("<head", Nature::Page),
    ("<body", Nature::Page),
];

/// The types under which feeds are advertised. Plain JSON and XML are so many other things that their address must say
/// more.
const FEED_TYPES: &[&str] = &[
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/rss",
    "application/atom",
];
const DOUBTFUL_TYPES: &[&str] = &["application/json", "application/xml", "text/xml"];

/// Where programs that make sites put their feeds.
const GUESSES: &[&str] = &[
    "/feed/",
    "/rss.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.xml",
    "/feed.json",
    "/rss",
    "/feeds/posts/default",
];

/// What a document is, or is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nature {
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A list of feeds.
    Opml,
    /// A sitemap or an index of sitemaps.
    Sitemap,
    /// A web page.
    Page,
    /// Anything else.
    Other,
}

/// Why something is a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It is the document that was fetched.
    Itself,
    /// The page's head names it.
    Advertised,
    /// A link of the page looks like it.
    Linked,
    /// Many sites have one there.
    Guessed,
}

/// Something worth trying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it lies.
    pub link: Link,
    /// What it should be.
    pub nature: Nature,
    /// Why we think so.
    pub reason: Reason,
    /// What the page calls it; empty where it does not.
    pub title: String,
}

/// Addresses as people paste them, one a line: with or without a scheme, as `feed:` address, blank lines between. Gives
/// the links, and the lines that are none.
pub fn addresses(text: &str) -> (Vec<Link>, Vec<String>) {
    let (mut links, mut refused) = (Vec::new(), Vec::new());
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(LINES_MAX)
    {
        match address(line) {
            Some(link) if links.contains(&link) => {}
            Some(link) => links.push(link),
            None => refused.push(line.chars().take(TITLE_CHARS_MAX).collect()),
        }
    }
    (links, refused)
}

/// One address as people write it; see [`addresses`].
pub fn address(text: &str) -> Option<Link> {
    let text = text.trim();
    let text = text
        .strip_prefix("feed:")
        .map_or(text, |rest| rest.trim_start_matches("//"));
    if text.contains("://") {
        return Link::parse(text);
    }
    let host = text.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let named =
        host.contains('.') && !host.starts_with('.') && !text.contains(char::is_whitespace) && !text.contains('@');
    if named {
        Link::parse(&format!("https://{text}"))
    } else {
        None
    }
}

/// What a document is, by its beginning and not by its label: feeds come as `text/html`, and error pages as feeds.
pub fn nature(bytes: &[u8], content_type: Option<&str>) -> Nature {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        // Servers unpack what they packed for the way; what is still packed here was packed by its author.
        return Nature::Sitemap;
    }
    let start = feed::decode(bytes.get(..ROOT_BYTES_MAX).unwrap_or(bytes), content_type).to_ascii_lowercase();
    let start = without_prolog(&start);
    if start.starts_with('{') {
        let feed = start.contains("jsonfeed.org/version") || start.contains(r"jsonfeed.org\/version");
        return if feed { Nature::Feed } else { Nature::Other };
    }
    let first = ROOTS
        .iter()
        .filter_map(|(root, nature)| Some((root_at(start, root)?, *nature)))
        .min_by_key(|(at, _)| *at);
    let labelled_page =
        content_type.is_some_and(|label| label.trim_start().to_ascii_lowercase().starts_with("text/html"));
    match first {
        Some((_, nature)) => nature,
        None if labelled_page => Nature::Page,
        None => Nature::Other,
    }
}

/// What is worth trying after `bytes` came from `link`, at most [`CANDIDATES_MAX`], the best first. A feed, an OPML file
/// and a sitemap are their own only candidate.
pub fn candidates(bytes: &[u8], content_type: Option<&str>, link: &Link) -> Vec<Candidate> {
    let nature = nature(bytes, content_type);
    let mut found = Candidates::default();
    match nature {
        Nature::Feed | Nature::Opml | Nature::Sitemap => found.add(link.clone(), nature, Reason::Itself, ""),
        Nature::Page => {
            let page = tree::parse(&charset::decode(bytes, content_type, link), &mut Vec::new());
            from_page(&page, link, &mut found);
        }
        Nature::Other => guess(link, &mut found),
    }
    found.list
}

#[derive(Debug, Default)]
struct Candidates {
    list: Vec<Candidate>,
    identities: HashSet<String>,
}

impl Candidates {
    fn add(&mut self, link: Link, nature: Nature, reason: Reason, title: &str) {
        if self.list.len() < CANDIDATES_MAX && self.identities.insert(link.identity()) {
            let title = title
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .chars()
                .take(TITLE_CHARS_MAX)
                .collect();
            self.list.push(Candidate {
                link,
                nature,
                reason,
                title,
            });
        }
    }

    fn add_some(&mut self, some: Vec<(Link, String)>, most: usize, nature: Nature, reason: Reason) {
        let before = self.list.len();
        for (link, title) in some {
            if self.list.len() - before >= most {
                break;
            }
            self.add(link, nature, reason, &title);
        }
    }
}

/// The order is that of trust: what the page says of itself, what it links to, what others have.
fn from_page(page: &Html, link: &Link, found: &mut Candidates) {
    let base = tree::base(page, link);
    let (mut advertised, mut linked, mut lists, mut sitemaps) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for element in page
        .tree
        .root()
        .descendants()
        .take(NODES_MAX)
        .filter_map(ElementRef::wrap)
    {
        let Some(target) = element
            .attr("href")
            .filter(|href| !href.trim().is_empty())
            .and_then(|href| base.join(href))
        else {
            continue;
        };
        match element.value().name() {
            "link" if is_advertised(element, &target) => {
                advertised.push((target, element.attr("title").unwrap_or_default().to_owned()));
            }
            "link" if has_rel(element, "sitemap") => sitemaps.push((target, String::new())),
            "a" => {
                let words = tree::text(element, TITLE_CHARS_MAX);
                if is_opml(&target) {
                    lists.push((target, words));
                } else if looks_like_feed(&target, &words, link) {
                    linked.push((target, words));
                }
            }
            _ => {}
        }
    }
    // The feed of a site's comments stands beside that of its posts and is never the one wanted first.
    advertised.sort_by_key(|(target, title)| is_of_comments(target, title));
    found.add_some(advertised, ADVERTISED_MAX, Nature::Feed, Reason::Advertised);
    found.add_some(linked, LINKED_MAX, Nature::Feed, Reason::Linked);
    guess(link, found);
    found.add_some(lists, 1, Nature::Opml, Reason::Linked);
    if sitemaps.is_empty() {
        found.add_some(
            link.join("/sitemap.xml")
                .map(|link| (link, String::new()))
                .into_iter()
                .collect(),
            1,
            Nature::Sitemap,
            Reason::Guessed,
        );
    }
    found.add_some(sitemaps, 1, Nature::Sitemap, Reason::Advertised);
}

fn guess(link: &Link, found: &mut Candidates) {
    // Blogs have a feed for each category, under its page.
    let path = link.url().path().trim_end_matches('/');
    let below = if path.is_empty() {
        None
    } else {
        link.join(&format!("{path}/feed/"))
    };
    let guesses = below
        .into_iter()
        .chain(GUESSES.iter().filter_map(|path| link.join(path)));
    found.add_some(
        guesses.map(|link| (link, String::new())).collect(),
        GUESSED_MAX,
        Nature::Feed,
        Reason::Guessed,
    );
}

/// What stands behind the mark, declaration, instructions and comments at a document's beginning.
fn without_prolog(start: &str) -> &str {
    let mut rest = start;
    loop {
        rest = rest.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
        let skipped = [("<?", "?>"), ("<!--", "-->")]
            .into_iter()
            .find_map(|(opened, closed)| rest.strip_prefix(opened)?.split_once(closed).map(|(_, behind)| behind));
        match skipped {
            Some(behind) => rest = behind,
            None => return rest,
        }
    }
}

/// Where `root` opens an element in `text`.
fn root_at(text: &str, root: &str) -> Option<usize> {
    text.match_indices(root).map(|(at, _)| at).find(|at| {
        let next = text.get(at + root.len()..).and_then(|rest| rest.chars().next());
        next.is_none_or(|c| c.is_whitespace() || matches!(c, '>' | '/'))
    })
}

fn is_advertised(element: ElementRef<'_>, target: &Link) -> bool {
    if !(has_rel(element, "alternate") || has_rel(element, "feed")) || has_rel(element, "stylesheet") {
        return false;
    }
    let label = element.attr("type").unwrap_or_default().to_ascii_lowercase();
    let kind = label.split(';').next().unwrap_or_default().trim();
    FEED_TYPES.contains(&kind)
        || ((DOUBTFUL_TYPES.contains(&kind) || kind.is_empty() && has_rel(element, "feed")) && has_feed_path(target))
}

fn has_rel(element: ElementRef<'_>, wanted: &str) -> bool {
    let rel = element.attr("rel").unwrap_or_default();
    rel.split_ascii_whitespace()
        .any(|word| word.eq_ignore_ascii_case(wanted))
}

/// A link to a feed on the page's own site (or on the one host that lends its name to feeds). Buttons that offer to
/// subscribe in some reader name the feed in their own address and lie elsewhere.
fn looks_like_feed(target: &Link, words: &str, page: &Link) -> bool {
    let own = target.registrable_domain() == page.registrable_domain() || target.host() == "feeds.feedburner.com";
    let named = matches!(
        words.to_lowercase().as_str(),
        "rss" | "rss feed" | "rss-feed" | "atom" | "feed" | "json feed"
    );
    own && (named || has_feed_path(target)) && target.identity() != page.identity()
}

fn has_feed_path(target: &Link) -> bool {
    let path = target.url().path().to_ascii_lowercase();
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let (stem, ending) = last.rsplit_once('.').unwrap_or((last, ""));
    let query = target.url().query().unwrap_or_default().to_ascii_lowercase();
    matches!(ending, "rss" | "atom" | "rdf")
        || matches!((stem, ending), ("feed" | "rss" | "atom" | "rss2", _))
        || (matches!(stem, "index") && matches!(ending, "xml"))
        || path.contains("/feeds/")
        || query.split('&').any(|pair| {
            matches!(
                pair,
                "format=feed" | "format=rss" | "feed=rss2" | "feed=atom" | "type=rss"
            )
        })
}

fn is_of_comments(target: &Link, title: &str) -> bool {
    let (path, title) = (target.url().path().to_lowercase(), title.to_lowercase());
    ["comment", "kommentar", "commentaire", "comentario", "commenti"]
        .iter()
        .any(|word| path.contains(word) || title.contains(word))
}

fn is_opml(target: &Link) -> bool {
    target.url().path().to_ascii_lowercase().ends_with(".opml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Link {
        Link::parse("https://museum.example/blog/").unwrap()
    }

    fn found(html: &str) -> Vec<(String, Reason)> {
        let list = candidates(html.as_bytes(), Some("text/html"), &home());
        list.into_iter()
            .map(|candidate| (candidate.link.to_string(), candidate.reason))
            .collect()
    }

    #[test]
    fn a_document_is_told_by_its_root() {
        for (text, content_type, expected) in [
            (
                "<?xml version='1.0'?>\n<!-- <html> is not here -->\n<rss version='2.0'>",
                "text/html",
                Nature::Feed,
            ),
            ("<?xml version='1.0'?><rss version='2.0'>", "text/html", Nature::Feed),
            (
                "\u{feff}<feed xmlns='http://www.w3.org/2005/Atom'>",
                "text/plain",
                Nature::Feed,
            ),
            ("<rdf:RDF xmlns:rdf='x'>", "application/xml", Nature::Feed),
            ("junk\n<rss>", "", Nature::Feed),
            (
                r#"{"version": "https://jsonfeed.org/version/1.1"}"#,
                "application/json",
                Nature::Feed,
            ),
            (
                r#"{"version": "https:\/\/jsonfeed.org\/version\/1"}"#,
                "application/json",
                Nature::Feed,
            ),
            (r#"{"a": 1}"#, "application/json", Nature::Other),
            ("<opml version='2.0'>", "text/xml", Nature::Opml),
            ("<urlset>", "text/xml", Nature::Sitemap),
            ("<sitemapindex xmlns='x'>", "text/xml", Nature::Sitemap),
            ("<!DOCTYPE html><title>x</title>", "application/rss+xml", Nature::Page),
            ("<feedback>", "text/xml", Nature::Other),
            ("<p>Hello", "text/html; charset=utf-8", Nature::Page),
            ("", "", Nature::Other),
        ] {
            assert_eq!(nature(text.as_bytes(), Some(content_type)), expected, "{text}");
        }
    }

    #[test]
    fn a_feed_is_its_own_only_candidate() {
        let list = candidates(b"<rss/>", None, &home());
        assert_eq!(list.len(), 1);
        assert_eq!(
            (list[0].nature, list[0].reason, &list[0].link),
            (Nature::Feed, Reason::Itself, &home())
        );
    }

    #[test]
    fn what_a_page_advertises_comes_first_and_comments_last() {
        let told = found(
            "<!doctype html><base href=/x/><link rel=alternate type=application/rss+xml title='Museum » Comments' href=/comments/feed/>\
             <link rel='ALTERNATE home' type='application/atom+xml; charset=utf-8' href=atom>\
             <link rel=alternate type=application/json href=/wp-json/wp/v2/pages/2>\
             <link rel=alternate type=application/json href=/feed.json>\
             <link rel=alternate hreflang=de href=/de/><link rel=alternate type=application/rss+xml href=javascript:x>\
             <a href=/blog/rss.xml>Subscribe</a><a href='https://feedly.example/i/https://museum.example/feed/'>RSS</a>\
             <a href=/list.opml>Our sources</a>",
        );
        let advertised: Vec<_> = told
            .iter()
            .filter(|(_, reason)| *reason == Reason::Advertised)
            .map(|(link, _)| link.as_str())
            .collect();
        assert_eq!(
            advertised,
            [
                "https://museum.example/x/atom",
                "https://museum.example/feed.json",
                "https://museum.example/comments/feed/"
            ]
        );
        let linked: Vec<_> = told
            .iter()
            .filter(|(_, reason)| *reason == Reason::Linked)
            .map(|(link, _)| link.as_str())
            .collect();
        assert_eq!(
            linked,
            [
                "https://museum.example/blog/rss.xml",
                "https://museum.example/list.opml"
            ]
        );
        assert_eq!(told[4].0, "https://museum.example/blog/feed/");
        assert_eq!(
            told.last().map(|(link, _)| link.as_str()),
            Some("https://museum.example/sitemap.xml")
        );
    }

    #[test]
    fn a_page_that_advertises_thousands_of_feeds_costs_few_tries() {
        let many = (0..2_000)
            .map(|n| format!("<link rel=alternate type=application/rss+xml href=/{n}><a href=/{n}.rss>RSS</a>"))
            .collect::<Vec<_>>()
            .concat();
        let told = found(&format!("<html>{many}"));
        assert!(told.len() <= CANDIDATES_MAX);
        assert!(told.contains(&("https://museum.example/feed/".to_owned(), Reason::Guessed)));
    }

    #[test]
    fn addresses_are_taken_as_people_write_them() {
        for (text, expected) in [
            ("museum.example", Some("https://museum.example/")),
            (" museum.example/news?x=1 ", Some("https://museum.example/news?x=1")),
            ("museum.example:8080/feed", Some("https://museum.example:8080/feed")),
            ("feed://museum.example/rss", Some("https://museum.example/rss")),
            ("feed:https://museum.example/rss", Some("https://museum.example/rss")),
            ("http://museum.example", Some("http://museum.example/")),
            ("museum", None),
            ("the museum.example", None),
            ("a@museum.example", None),
            ("javascript:alert(1.0)", None),
            ("ftp://museum.example", None),
            ("", None),
        ] {
            assert_eq!(address(text).as_ref().map(Link::as_str), expected, "{text:?}");
        }
        let (links, refused) = addresses("museum.example\n\n  nothing\nhttps://museum.example/\n");
        assert_eq!((links.len(), refused), (1, vec!["nothing".to_owned()]));
    }

    proptest::proptest! {
        #[test]
        fn no_page_makes_us_panic_or_costs_more_than_its_share(pieces in "(<link rel=alternate type=application/rss\\+xml href='|<a href='/|<a href=|'>|>|</a>|<h2>|<li class='a b1'>|<time datetime='|</li>|<base href='|<!--|<nav>|<p>|The headline of a story|\\PC){0,60}") {
            proptest::prop_assert!(candidates(pieces.as_bytes(), Some("text/html"), &home()).len() <= CANDIDATES_MAX);
            let _ = suggest_selectors(pieces.as_bytes(), None, &home());
        }
    }
}
