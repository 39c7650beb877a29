//! Which known article an entry is: an article is known by its aliases.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::digest::digest;
use super::entry::{EntryKey, Found};
use super::link::Link;
use super::reading::title_words;
use super::source::SourceId;
use super::time::Timestamp;

/// The longest text of an alias, in bytes, so that it can be indexed anywhere; longer ones are hashed.
const ALIAS_BYTES_MAX: usize = 240;
/// As many entries of one poll with different titles make their common link a page of its own, not theirs.
const TITLES_OF_A_SHARED_LINK: usize = 3;
/// Entries of a poll looked through for shared links.
const ENTRIES_MAX: usize = 10_000;
/// Dates further apart than this are those of two articles, whatever else they share.
const SAME_ARTICLE_APART_MAX: Duration = Duration::from_hours(72);

/// An article's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct ArticleId(pub i64);

/// A name by which an article is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Alias {
    /// What spellings of its link share ([`Link::identity`]).
    Link(String),
    /// A source's own name for it.
    Key {
        /// The source, within which the key is unique.
        source: SourceId,
        /// The source's key.
        key: EntryKey,
    },
}

/// The links to the page of one entry, as far as they are known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Links<'a> {
    /// As the source gives it.
    pub found: Option<&'a Link>,
    /// Where it led after all redirects.
    pub landed: Option<&'a Link>,
    /// What the page calls itself, where that may be trusted.
    pub canonical: Option<&'a Link>,
}

/// Identities of links that many entries of one poll share, and that name none of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SharedLinks(HashSet<String>);

/// An entry that is to be recognised.
#[derive(Debug, Clone, Copy)]
pub struct Sighting<'a> {
    /// Its names, from [`aliases`].
    pub aliases: &'a [Alias],
    /// The page it points to; the last known of its links.
    pub link: Option<&'a Link>,
    /// Its title; may be empty.
    pub title: &'a str,
    /// When its source says it was published.
    pub published: Option<Timestamp>,
}

/// A known article that bears one of the entry's names.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The name.
    pub alias: Alias,
    /// The article.
    pub article: ArticleId,
    /// Its link.
    pub link: Option<Link>,
    /// Its title.
    pub title: String,
    /// When it was published.
    pub published: Option<Timestamp>,
}

/// Which article an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognised {
    /// One that is known by a link or, where no link speaks, by the source's key.
    Known(ArticleId),
    /// One that is known by the source's key and now has another link on the same site.
    Moved(ArticleId),
    /// None that is known; a key of its that another article bears is used anew by the source.
    New,
    /// Its links belong to several articles, which are thereby one page.
    Conflict {
        /// The one to go on with: the oldest.
        article: ArticleId,
        /// The others, oldest first.
        others: Vec<ArticleId>,
    },
}

impl Alias {
    /// The alias as text for a unique column: at most [`ALIAS_BYTES_MAX`] bytes without control characters; the same text only for
    /// the same alias.
    pub fn to_text(&self) -> String {
        let (kind, text) = match self {
            Self::Link(identity) => ("link:", identity.clone()),
            Self::Key { source, key } => ("key:", format!("{}:{}", source.0, key.0)),
        };
        if kind.len() + text.len() <= ALIAS_BYTES_MAX && !text.chars().any(char::is_control) {
            return format!("{kind}{text}");
        }
        format!("hash:{kind}{}", digest(&[&text]))
    }
}

impl SharedLinks {
    /// Finds the links that many entries of a poll share.
    pub fn among(entries: &[Found]) -> Self {
        let mut titles: HashMap<String, HashSet<&str>> = HashMap::new();
        for entry in entries.iter().take(ENTRIES_MAX) {
            if let Some(link) = &entry.link {
                titles.entry(link.identity()).or_default().insert(&entry.title);
            }
        }
        titles.retain(|_, titles| titles.len() >= TITLES_OF_A_SHARED_LINK);
        Self(titles.into_keys().collect())
    }
}

/// The names an entry gives its article: its links but for front pages and shared ones, each once, and the source's key.
pub fn aliases(source: SourceId, key: &EntryKey, links: Links<'_>, shared: &SharedLinks) -> Vec<Alias> {
    let mut aliases: Vec<Alias> = Vec::with_capacity(4);
    for link in [links.canonical, links.landed, links.found].into_iter().flatten() {
        let identity = link.identity();
        if !link.is_front_page() && !shared.0.contains(&identity) && !aliases.contains(&Alias::Link(identity.clone())) {
            aliases.push(Alias::Link(identity));
        }
    }
    aliases.push(Alias::Key {
        source,
        key: key.clone(),
    });
    aliases
}

/// Says which article an entry is. `known` are the articles that bear any of its aliases.
///
/// A link speaks louder than a key: sources give one key to many pages, and new keys to old ones. A key alone is believed where
/// the entry has no link that names it, or where the article plainly moved: same site, like title, no other date.
pub fn recognise(entry: &Sighting<'_>, known: &[Match]) -> Recognised {
    let bears = |found: &&Match| entry.aliases.contains(&found.alias);
    let is_link = |found: &&Match| matches!(found.alias, Alias::Link(_));
    let mut by_link: Vec<ArticleId> = known
        .iter()
        .filter(bears)
        .filter(is_link)
        .map(|found| found.article)
        .collect();
    by_link.sort_unstable();
    by_link.dedup();
    match by_link.as_slice() {
        [] => {}
        [article] => return Recognised::Known(*article),
        [article, others @ ..] => {
            return Recognised::Conflict {
                article: *article,
                others: others.to_vec(),
            };
        }
    }
    let names_a_page = entry.aliases.iter().any(|alias| matches!(alias, Alias::Link(_)));
    let by_key = known
        .iter()
        .filter(bears)
        .filter(|found| is_same_text(entry, found))
        .min_by_key(|found| found.article);
    match by_key {
        Some(found) if !names_a_page => Recognised::Known(found.article),
        Some(found) if is_same_site(entry, found) => Recognised::Moved(found.article),
        _ => Recognised::New,
    }
}

/// Whether two titles are so like that one may be a correction of the other: the words of the shorter are mostly in the longer.
/// A title that is missing contradicts none.
pub fn are_like_titles(a: &str, b: &str) -> bool {
    let (a, b) = (title_words(a), title_words(b));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let common = short.iter().filter(|word| long.binary_search(word).is_ok()).count();
    short.is_empty() || common * 4 >= short.len() * 3 && short.len() * 3 >= long.len()
}

fn is_same_text(entry: &Sighting<'_>, found: &Match) -> bool {
    let apart = entry
        .published
        .zip(found.published)
        .map(|(a, b)| a.since(b).max(b.since(a)));
    are_like_titles(entry.title, &found.title) && apart.is_none_or(|apart| apart <= SAME_ARTICLE_APART_MAX)
}

fn is_same_site(entry: &Sighting<'_>, found: &Match) -> bool {
    match (entry.link, &found.link) {
        (Some(here), Some(there)) => here.registrable_domain() == there.registrable_domain(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::CleanHtml;

    fn link(text: &str) -> Link {
        Link::parse(text).unwrap()
    }

    fn key(text: &str) -> EntryKey {
        EntryKey(text.to_owned())
    }

    fn by_link(text: &str) -> Alias {
        Alias::Link(link(text).identity())
    }

    fn by_key(text: &str) -> Alias {
        Alias::Key {
            source: SourceId(1),
            key: key(text),
        }
    }

    fn found(title: &str, at: &str) -> Found {
        Found {
            key: key(title),
            link: Some(link(at)),
            title: title.to_owned(),
            author: None,
            published: None,
            updated: None,
            summary: String::new(),
            content: CleanHtml::default(),
            language: None,
            image: None,
            topics: Vec::new(),
        }
    }

    fn known(alias: Alias, article: i64, at: &str, title: &str, day: Option<i64>) -> Match {
        Match {
            alias,
            article: ArticleId(article),
            link: Some(link(at)),
            title: title.to_owned(),
            published: day.map(|day| Timestamp::from_millis(day * 86_400_000)),
        }
    }

    /// Recognises an entry of source 1 by its link, key, title and day.
    fn recognised(at: Option<&str>, own: &str, title: &str, day: Option<i64>, known: &[Match]) -> Recognised {
        let at = at.map(link);
        let links = Links {
            found: at.as_ref(),
            ..Links::default()
        };
        let entry = Sighting {
            aliases: &aliases(SourceId(1), &key(own), links, &SharedLinks::default()),
            link: at.as_ref(),
            title,
            published: day.map(|day| Timestamp::from_millis(day * 86_400_000)),
        };
        recognise(&entry, known)
    }

    #[test]
    fn an_entry_names_its_article_by_each_link_once_and_by_its_key() {
        let (given, landed, canonical) = (
            link("https://go.example/r/1"),
            link("https://www.example.org/a/?utm_source=rss"),
            link("http://example.org/a"),
        );
        let links = Links {
            found: Some(&given),
            landed: Some(&landed),
            canonical: Some(&canonical),
        };
        assert_eq!(
            aliases(SourceId(1), &key("k"), links, &SharedLinks::default()),
            [
                by_link("https://example.org/a"),
                by_link("https://go.example/r/1"),
                by_key("k")
            ]
        );
    }

    #[test]
    fn front_pages_name_no_article() {
        for (at, names) in [
            ("https://example.org/", false),
            ("https://example.org/index.html", false),
            ("https://example.org/en/", false),
            ("https://example.org/?utm_source=rss", false),
            ("https://example.org/?p=12", true),
            ("https://example.org/en/a", true),
            ("https://example.org/a", true),
        ] {
            let link = link(at);
            let links = Links {
                found: Some(&link),
                ..Links::default()
            };
            let aliases = aliases(SourceId(1), &key("k"), links, &SharedLinks::default());
            assert_eq!(aliases.len() == 2, names, "{at}");
        }
    }

    #[test]
    fn a_link_that_many_entries_of_a_poll_share_names_none_of_them() {
        let at = "https://example.org/news";
        let many = [
            found("One", at),
            found("Two", at),
            found("Three", at),
            found("Four", "https://example.org/4"),
        ];
        let shared = SharedLinks::among(&many);
        let link = link(at);
        let links = Links {
            found: Some(&link),
            ..Links::default()
        };
        assert_eq!(aliases(SourceId(1), &key("k"), links, &shared), [by_key("k")]);
        // Listed twice, or corrected once, it is still the one page.
        assert_eq!(SharedLinks::among(many.get(..2).unwrap()), SharedLinks::default());
    }

    const A: &str = "https://example.org/a";
    const B: &str = "https://example.org/b";
    const TITLE: &str = "Harbour museum opens its doors";
    const OTHER: &str = "Roof of the town hall leaks";

    #[test]
    fn a_link_speaks_louder_than_a_key() {
        let page = known(by_link(A), 7, A, TITLE, Some(10));
        let key_of_another = known(by_key("k"), 3, "https://example.org/c", TITLE, None);
        let unrelated = known(by_key("other"), 1, A, TITLE, None);
        let seven = Recognised::Known(ArticleId(7));
        for (what, own, title, known, expected) in [
            ("nothing known", "k", TITLE, vec![], Recognised::New),
            ("new key, old link", "new", OTHER, vec![page.clone()], seven.clone()),
            ("key of another", "k", TITLE, vec![page, key_of_another], seven),
            ("a name it does not bear", "k", TITLE, vec![unrelated], Recognised::New),
        ] {
            assert_eq!(recognised(Some(A), own, title, Some(99), &known), expected, "{what}");
        }
    }

    #[test]
    fn a_key_alone_is_believed_with_care() {
        let (known_seven, moved) = (Recognised::Known(ArticleId(7)), Recognised::Moved(ArticleId(7)));
        let corrected = "Harbour museum opens its doors (updated)";
        for (what, at, title, day, expected) in [
            ("moved", Some(B), TITLE, Some(10), &moved),
            (
                "moved and corrected",
                Some("https://new.example.org/b"),
                corrected,
                None,
                &moved,
            ),
            ("key used anew", Some(B), OTHER, None, &Recognised::New),
            ("key and title used anew", Some(B), TITLE, Some(17), &Recognised::New),
            (
                "on another site",
                Some("https://other.example/b"),
                TITLE,
                Some(10),
                &Recognised::New,
            ),
            ("no link", None, TITLE, None, &known_seven),
            (
                "front page for a link",
                Some("https://example.org/"),
                TITLE,
                None,
                &known_seven,
            ),
            ("no link, key used anew", None, OTHER, None, &Recognised::New),
        ] {
            let named = known(by_key("k"), 7, A, TITLE, Some(10));
            assert_eq!(recognised(at, "k", title, day, &[named]), *expected, "{what}");
        }
    }

    #[test]
    fn links_of_several_articles_are_a_conflict_that_the_oldest_wins() {
        let (given, landed) = (link("https://go.example/1"), link("https://example.org/a"));
        let links = Links {
            found: Some(&given),
            landed: Some(&landed),
            canonical: None,
        };
        let entry = Sighting {
            aliases: &aliases(SourceId(1), &key("k"), links, &SharedLinks::default()),
            link: Some(&landed),
            title: "",
            published: None,
        };
        let known = [
            known(by_link("https://go.example/1"), 9, "https://go.example/1", "", None),
            known(by_link("https://example.org/a"), 4, "https://example.org/a", "", None),
        ];
        let expected = Recognised::Conflict {
            article: ArticleId(4),
            others: vec![ArticleId(9)],
        };
        assert_eq!(recognise(&entry, &known), expected);
    }

    #[test]
    fn an_alias_as_text_is_bounded_and_its_own() {
        assert_eq!(by_link("https://www.example.org/a/").to_text(), "link:example.org/a");
        assert_eq!(by_key("tag:x").to_text(), "key:1:tag:x");
        let long = |end: &str| by_key(&format!("{}{end}", "x".repeat(4_000))).to_text();
        assert!(long("a").len() <= ALIAS_BYTES_MAX);
        assert_ne!(long("a"), long("b"));
        assert!(!by_key("a\0b").to_text().contains('\0'));
    }

    #[test]
    fn titles_are_alike_where_one_corrects_the_other() {
        for (a, b, alike) in [
            ("Harbour museum opens", "HARBOUR MUSEUM OPENS!", true),
            ("Harbour museum opens", "Harbour museum opens (updated)", true),
            ("", "Harbour museum opens", true),
            ("Harbour museum opens", "Harbour museum closes for good", false),
            ("Museum", "The museum of the year and all that it shows", false),
            ("美術館が新館を開館", "美術館が新館を開館（更新）", true),
            ("美術館が新館を開館", "市役所の屋根が雨漏り", false),
        ] {
            assert_eq!(are_like_titles(a, b), alike, "{a:?} {b:?}");
        }
    }
}
