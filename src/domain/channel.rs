//! A list as seen from outside, ready to be written in some format.
//!
//! What stands in here has been cleaned for every format: texts are [`Line`] and [`Prose`], which hold no control characters.

use std::time::Duration;

use super::excerpt;
use super::link::Link;
use super::list::{ListRules, Original, PickText};
use super::month::Month;
use super::source::Slug;
use super::text::{Language, Line, Prose};
use super::time::Timestamp;

/// Before every name of ours that is to last (RFC 4151). It is no address, and stays as it is when the service moves.
const TAG: &str = "tag:docent.example,2026:";

/// Who publishes, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// The outer address of the service.
    pub home: Link,
    /// The WebSub hub that is told of changes.
    pub hub: Option<Link>,
    /// The name of this database, which no other has and which moves with it.
    pub identity: String,
}

/// How far apart the items of an edition are dated.
const SECOND: Duration = Duration::from_secs(1);

/// What a channel is about: one list or all of them, whole or one topic of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The list; all if none is named.
    pub list: Option<Slug>,
    /// The topic, in lower case; every one if none is named.
    pub topic: Option<String>,
}

/// Which document of a channel (RFC 5005).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Document {
    /// The newest items.
    Current,
    /// Everything that went out in a month.
    Archive(Month),
}

/// The formats of feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// RSS 2.0.
    Rss,
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// JSON Feed 1.1.
    Json,
}

/// A list, or a view of lists, ready to be written. The same rows give the same channel: it holds no "now".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its name for ever, wherever it lies: a `tag:` URI.
    pub id: String,
    /// What it is about.
    pub scope: Scope,
    /// Which document of it this is.
    pub document: Document,
    /// Its title.
    pub title: Line,
    /// What it says of itself; empty for nothing.
    pub about: Prose,
    /// The language it is written in.
    pub language: Option<Language>,
    /// The page for people.
    pub page: Link,
    /// Where it publishes.
    pub publisher: Publisher,
    /// The last change that readers can see.
    pub updated: Timestamp,
    /// The archive document that goes on with what is older.
    pub older: Option<Month>,
    /// The archive document of what is newer.
    pub newer: Option<Month>,
    /// Whether its month is past, so that it changes no more but by corrections.
    pub is_closed: bool,
    /// The items, the newest first.
    pub items: Vec<Item>,
}

/// One pick as readers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name for ever, wherever it lies: a `tag:` URI. Not the article's address, and not the source's own id.
    pub id: String,
    /// Its name in addresses.
    pub public_id: String,
    /// The list it was picked for.
    pub list: Line,
    /// The same, for addresses.
    pub list_slug: Slug,
    /// Our headline, never empty.
    pub headline: Line,
    /// Its language, where it is the article's own title; else it is ours.
    pub headline_language: Option<Language>,
    /// The article.
    pub link: Option<Link>,
    /// Our page that holds this item, now and later.
    pub page: Link,
    /// What is quoted of the article.
    pub excerpt: Prose,
    /// The language of the article.
    pub language: Option<Language>,
    /// The editor's note.
    pub note: Prose,
    /// The picture.
    pub picture: Option<Picture>,
    /// What it is about.
    pub topics: Vec<Line>,
    /// Who published the article.
    pub outlet: Line,
    /// Who wrote the article; empty where that is not known.
    pub byline: Line,
    /// Where it was found.
    pub source: Option<Origin>,
    /// When the article was published there.
    pub dated: Option<Timestamp>,
    /// When it went out here.
    pub published: Timestamp,
    /// The same, and a second earlier for each that stands before it in its edition: what went out at once is put in order by
    /// programs that sort by time.
    pub ordered: Timestamp,
    /// The last change that readers can see.
    pub updated: Timestamp,
    /// What was put right after it had gone out.
    pub correction: Option<Correction>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Where it lies.
    pub link: Link,
    /// What it shows; empty where nobody said.
    pub alt: Line,
}

/// A source, as it was on the day of the pick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its name for people.
    pub name: Line,
    /// Where it is read.
    pub feed: Link,
    /// The site people know it by.
    pub home: Option<Link>,
}

/// What was put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// When.
    pub at: Timestamp,
    /// What readers are told about it; empty if only that something was.
    pub text: Prose,
}

/// A pick as its row has it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Printed {
    /// Its name outside.
    pub public_id: String,
    /// Its list, for programs.
    pub list_slug: Slug,
    /// The same, for people.
    pub list_name: String,
    /// What holds for its picks.
    #[sqlx(try_from = "String")]
    pub list_rules: ListRules,
    /// What an editor wrote.
    #[sqlx(flatten)]
    pub text: PickText,
    /// What it was made of.
    #[sqlx(flatten)]
    pub original: Original,
    /// When it went out; for a draft, when it was made.
    pub published_at: Timestamp,
    /// When it was last changed after it had gone out.
    pub corrected_at: Option<Timestamp>,
    /// What readers are told about that.
    pub correction: String,
    /// The last change that readers can see.
    pub public_at: Option<Timestamp>,
    /// How many stand before it in its edition.
    #[sqlx(default)]
    pub behind: i64,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Rss, Self::Atom, Self::Json];

    /// What its files end with.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Atom => "atom",
            Self::Json => "json",
        }
    }

    /// Its media type, without parameters.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml",
            Self::Atom => "application/atom+xml",
            Self::Json => "application/feed+json",
        }
    }

    /// The format of files that end so.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == extension)
    }
}

impl Publisher {
    /// The outer address with a slash at its end, so that relative paths lie below it.
    pub fn root(&self) -> Link {
        self.at(&[""])
    }

    /// The address of `path`, whose parts are percent-encoded here.
    pub fn at(&self, path: &[&str]) -> Link {
        let mut url = self.home.url().clone();
        url.set_query(None);
        url.set_fragment(None);
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(path);
        }
        Link::from_url(url).unwrap_or_else(|| self.home.clone())
    }

    /// A name for ever, of what lies at `path`: a `tag:` URI (RFC 4151).
    pub fn name(&self, path: &str) -> String {
        format!("{TAG}{}/{path}", self.identity)
    }
}

impl Scope {
    /// Its name for ever.
    pub fn id(&self, publisher: &Publisher) -> String {
        let list = self
            .list
            .as_ref()
            .map_or_else(|| "lists".to_owned(), |slug| format!("lists/{slug}"));
        match &self.topic {
            Some(topic) => publisher.name(&format!("{list}/topics/{}", encoded(topic))),
            None => publisher.name(&list),
        }
    }

    /// The page for people.
    pub fn page(&self, publisher: &Publisher) -> Link {
        let path = self.path();
        publisher.at(if path.is_empty() { &["lists"] } else { &path })
    }

    /// Where one of its feeds lies.
    pub fn feed(&self, publisher: &Publisher, document: Document, format: Format) -> Link {
        let extension = format.extension();
        match document {
            Document::Current => self.below(publisher, &[&format!("feed.{extension}")]),
            Document::Archive(month) => self.below(publisher, &["archive", &format!("{month}.{extension}")]),
        }
    }

    /// The page of a month.
    pub fn month(&self, publisher: &Publisher, month: Month) -> Link {
        self.below(publisher, &["archive", &month.to_string()])
    }

    /// The feeds that read otherwise when something of `list` goes out: paths below the outer address.
    pub fn feeds_of(list: &Slug) -> Vec<String> {
        let files = || {
            Format::ALL
                .into_iter()
                .map(|format| format!("feed.{}", format.extension()))
        };
        files()
            .map(|file| format!("lists/{list}/{file}"))
            .chain(files())
            .collect()
    }

    fn below(&self, publisher: &Publisher, rest: &[&str]) -> Link {
        let mut path = self.path();
        path.extend(rest);
        publisher.at(&path)
    }

    fn path(&self) -> Vec<&str> {
        let mut path = Vec::new();
        if let Some(slug) = &self.list {
            path.extend(["lists", slug.as_str()]);
        }
        if let Some(topic) = &self.topic {
            path.extend(["topics", topic.as_str()]);
        }
        path
    }
}

impl Channel {
    /// Where this document lies in that format.
    pub fn address(&self, format: Format) -> Link {
        self.feed(self.document, format)
    }

    /// Where another document of this channel lies.
    pub fn feed(&self, document: Document, format: Format) -> Link {
        self.scope.feed(&self.publisher, document, format)
    }

    /// The hub that is told of changes of this document: of lists as they are now, not of what is past, and not of topics, which
    /// are too many.
    pub fn hub(&self) -> Option<&Link> {
        let told = self.document == Document::Current && self.scope.topic.is_none();
        self.publisher.hub.as_ref().filter(|_| told)
    }

    /// Whether this is a document of a month.
    pub const fn is_archive(&self) -> bool {
        matches!(self.document, Document::Archive(_))
    }
}

impl Picture {
    /// Whether pages of `publisher` may load it: by https from anywhere, else only from where they lie themselves.
    pub fn can_be_shown(&self, publisher: &Publisher) -> bool {
        self.link.url().scheme() == "https" || self.link.origin() == publisher.home.origin()
    }
}

impl Printed {
    /// The headline as it is printed, never empty.
    pub fn headline(&self) -> Line {
        let written = [&self.text.headline, &self.original.original_title].into_iter();
        let headline = written.map(|text| Line::new(text)).find(|line| !line.is_empty());
        headline.unwrap_or_else(|| Line::new(self.original.link.as_ref().map_or("–", Link::as_str)))
    }

    /// The excerpt as it is printed: as long as its list and the outlet allow.
    pub fn excerpt(&self) -> Prose {
        let words = self.list_rules.excerpt_words_for(self.original.words_allowed());
        Prose::new(&excerpt::shorten(&self.text.excerpt, words))
    }

    /// Excerpt and note: what a reader of it has read, beside the headline.
    pub fn body(&self) -> String {
        let note = Prose::new(&self.text.note);
        let parts = [self.excerpt().as_str().to_owned(), note.as_str().to_owned()];
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Item {
    /// A pick as readers of `scope` see it. An item of all lists is another item than that of its list: readers take two of
    /// one name for one.
    pub fn new(printed: Printed, scope: &Scope, publisher: &Publisher) -> Self {
        let (headline, excerpt) = (printed.headline(), printed.excerpt());
        let Printed { text, original, .. } = printed;
        let name = if scope.list.is_some() { "picks" } else { "lists/picks" };
        let own = Scope {
            list: Some(printed.list_slug.clone()),
            topic: None,
        };
        let is_own_title = headline == Line::new(&original.original_title);
        let published = printed.published_at;
        Self {
            id: publisher.name(&format!("{name}/{}", printed.public_id)),
            page: anchored(&own.month(publisher, Month::of(published)), &printed.public_id),
            list: Line::new(&printed.list_name),
            public_id: printed.public_id,
            list_slug: printed.list_slug,
            headline,
            headline_language: original.language.clone().filter(|_| is_own_title),
            link: original.link,
            excerpt,
            language: original.language,
            note: Prose::new(&text.note),
            picture: text.image.map(|link| Picture {
                link,
                alt: Line::new(text.image_alt.as_deref().unwrap_or_default()),
            }),
            topics: text.topics.as_slice().iter().map(|topic| Line::new(topic)).collect(),
            outlet: Line::new(&original.outlet),
            byline: Line::new(original.byline.as_deref().unwrap_or_default()),
            source: original.source_link.filter(leads_somewhere).map(|feed| Origin {
                name: Line::new(original.source_name.as_deref().unwrap_or(&original.outlet)),
                feed,
                home: original.source_home,
            }),
            dated: original.source_published_at,
            ordered: published.minus(SECOND * u32::try_from(printed.behind).unwrap_or(0)),
            published,
            updated: printed.public_at.map_or(published, |at| at.max(published)),
            correction: printed.corrected_at.map(|at| Correction {
                at,
                text: Prose::new(&printed.correction),
            }),
        }
    }

    /// Where its headline leads: to the article, or to our page where the article has no address.
    pub fn target(&self) -> &Link {
        self.link.as_ref().unwrap_or(&self.page)
    }

    /// The name of who published the article: the outlet's, else the source's, else none.
    pub fn attributed_to(&self) -> Option<&Line> {
        let source = self.source.as_ref().map(|source| &source.name);
        [Some(&self.outlet), source]
            .into_iter()
            .flatten()
            .find(|name| !name.is_empty())
    }
}

/// Articles that editors add by their address have a source that is none; its name is one of those that lead nowhere (RFC 2606).
fn leads_somewhere(link: &Link) -> bool {
    !link.host().ends_with(".invalid")
}

fn anchored(page: &Link, anchor: &str) -> Link {
    let mut url = page.url().clone();
    url.set_fragment(Some(anchor));
    Link::from_url(url).unwrap_or_else(|| page.clone())
}

/// `text` with everything percent-encoded that RFC 3986 does not call unreserved.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publisher(home: &str) -> Publisher {
        Publisher {
            home: Link::parse(home).unwrap(),
            hub: None,
            identity: "0198".to_owned(),
        }
    }

    fn scope(list: Option<&str>, topic: Option<&str>) -> Scope {
        Scope {
            list: list.and_then(Slug::parse),
            topic: topic.map(str::to_owned),
        }
    }

    #[test]
    fn addresses_lie_below_the_outer_address() {
        let month = Document::Archive(Month::parse("2026-11").unwrap());
        for (home, of, document, expected) in [
            (
                "https://a.example",
                scope(None, None),
                Document::Current,
                "https://a.example/feed.atom",
            ),
            (
                "https://a.example/read/",
                scope(Some("reading"), None),
                Document::Current,
                "https://a.example/read/lists/reading/feed.atom",
            ),
            (
                "https://a.example/read?x#y",
                scope(Some("reading"), Some("art & craft/ü")),
                month,
                "https://a.example/read/lists/reading/topics/art%20&%20craft%2F%C3%BC/archive/2026-11.atom",
            ),
        ] {
            assert_eq!(of.feed(&publisher(home), document, Format::Atom).as_str(), expected);
        }
    }

    #[test]
    fn a_name_says_nothing_of_where_it_lies() {
        let of = scope(Some("reading"), Some("a b"));
        let here = of.id(&publisher("https://a.example"));
        assert_eq!(here, of.id(&publisher("https://b.example/x/")));
        assert_eq!(here, "tag:docent.example,2026:0198/lists/reading/topics/a%20b");
    }

    #[test]
    fn the_page_of_all_lists_is_where_the_lists_are() {
        assert_eq!(
            scope(None, None).page(&publisher("https://a.example")).as_str(),
            "https://a.example/lists"
        );
        assert_eq!(
            scope(Some("x"), None).page(&publisher("https://a.example")).as_str(),
            "https://a.example/lists/x"
        );
    }
}
