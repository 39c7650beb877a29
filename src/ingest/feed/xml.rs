//! RSS, RDF and Atom, read by one reader: what a name means depends on its vocabulary, not on the document's.

use super::draft::Draft;
use super::field::{self, Field};
use super::gather::{AUTHORS_MAX, Entries, TITLE_CHARS_MAX, TOPICS_MAX, authors_line, cut};
use super::namespace::Space;
use super::outline::{Element, Event, Outline, local};
use super::prose::{Gathering, Prose, Style};
use super::token::{Tag, Token, Tokens};
use super::{Feed, Format, Hints, ParseError, Warnings, date, rhythm};
use crate::domain::entry::Picture;
use crate::domain::link::Link;
use crate::domain::text::Language;

/// The longest text of an entry taken, as markup, in bytes.
const TEXT_BYTES_MAX: usize = 512 * 1024;

/// The longest other value taken, in bytes.
const VALUE_BYTES_MAX: usize = 256 * 1024;

/// The longest alternative text of a picture, in characters.
const ALT_CHARS_MAX: usize = 500;

/// Ends of names of pictures, for enclosures that do not say what they are.
const PICTURE_ENDS: &[&str] = &[".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"];

/// Reads a feed out of `document`, from its first `rss`, `RDF`, `feed`, `channel` or `entry` tag on.
pub fn read(document: &str, base: &Link) -> Result<Feed, ParseError> {
    let mut tokens = Tokens::new(document);
    let root = find_root(&mut tokens)?;
    let (format, unprefixed) = match local(root.name).to_ascii_lowercase().as_str() {
        "rdf" => (Format::Rdf, Space::Rss),
        "feed" | "entry" if is_atom_draft(&root) => (Format::Atom03, Space::Atom),
        "feed" | "entry" => (Format::Atom10, Space::Atom),
        _ => (Format::Rss, Space::Rss),
    };
    let outline = Outline::new(root, tokens, unprefixed, base);
    Reader::new(outline).read(format)
}

/// The first tag that a feed may begin with. Fails where a page, or another kind of list, begins before it.
fn find_root<'a>(tokens: &mut Tokens<'a>) -> Result<Tag<'a>, ParseError> {
    let mut what = "a text of another kind";
    for token in tokens {
        let Token::Start(tag) = token else { continue };
        what = match local(tag.name).to_ascii_lowercase().as_str() {
            "rss" | "rdf" | "feed" | "channel" | "entry" => return Ok(tag),
            "html" | "head" | "body" | "title" | "meta" => "a web page",
            "opml" => "a list of subscriptions (OPML)",
            "urlset" | "sitemapindex" => "a sitemap",
            _ => continue,
        };
        break;
    }
    Err(ParseError::NotAFeed { what })
}

fn is_atom_draft(root: &Tag<'_>) -> bool {
    let value = |name: &str| {
        root.attributes
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| *value)
    };
    value("version") == Some("0.3") || value("xmlns").is_some_and(|space| space.contains("purl.org/atom"))
}

/// What an open element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The feed, or a part of it whose elements tell about the feed.
    Feed,
    /// An entry.
    Entry,
    /// A part of an entry whose elements tell about the entry.
    Part,
    /// An element whose text is gathered.
    Text,
    /// Markup inside such a text.
    Markup,
    /// The one part of such an element that counts: the name of a person, the address of a picture.
    Name,
    /// Nothing that we know.
    Other,
}

/// The field whose text is gathered.
#[derive(Debug)]
struct Open {
    field: Field,
    rank: u8,
    gathering: Gathering,
    /// Whether the part that counts is complete.
    is_named: bool,
}

struct Reader<'a> {
    outline: Outline<'a>,
    roles: Vec<Role>,
    open: Option<Open>,
    entry: Option<Draft>,
    feed: Draft,
    hints: Hints,
    period: Option<String>,
    frequency: Option<u32>,
    entries: Entries,
    warnings: Warnings,
}

impl<'a> Reader<'a> {
    fn new(outline: Outline<'a>) -> Self {
        Self {
            outline,
            roles: Vec::new(),
            open: None,
            entry: None,
            feed: Draft::default(),
            hints: Hints::default(),
            period: None,
            frequency: None,
            entries: Entries::default(),
            warnings: Warnings::default(),
        }
    }

    fn read(mut self, format: Format) -> Result<Feed, ParseError> {
        while let Some(event) = self.outline.next() {
            match event {
                Event::Open(element) => {
                    let role = self.begin(&element);
                    self.roles.push(role);
                }
                Event::Text(text) => self.text(&text),
                Event::Close => self.end(),
            }
        }
        if self.outline.is_open() {
            self.warnings.note("the document ends before the feed does");
        }
        if self.entry.is_some() {
            self.entries.seen = self.entries.seen.saturating_add(1);
            self.warnings.note("an entry that is not complete is left out");
        }
        self.finish(format)
    }

    fn finish(mut self, format: Format) -> Result<Feed, ParseError> {
        let seen = self.entries.seen;
        let author = matches!(format, Format::Atom03 | Format::Atom10)
            .then(|| authors_line(&self.feed.authors))
            .flatten();
        let language = self.feed.language.take();
        let entries = self
            .entries
            .finish(language.as_ref(), author.as_deref(), &mut self.warnings);
        if entries.is_empty() && seen > 0 {
            let why = format!("it has {seen} entries, and none of them could be read");
            return Err(ParseError::Broken { why });
        }
        let title = self
            .feed
            .title
            .take()
            .map(|title| title.line(VALUE_BYTES_MAX))
            .unwrap_or_default();
        let period = self.period.as_deref();
        self.hints.update_period = period.and_then(|period| rhythm::period(period, self.frequency));
        Ok(Feed {
            format,
            title: cut(&title, TITLE_CHARS_MAX).0,
            language,
            home: self.feed.link.take(),
            entries,
            warnings: self.warnings.into_lines(),
            hints: self.hints,
        })
    }

    /// What the element is, and what its attributes tell.
    fn begin(&mut self, element: &Element<'_>) -> Role {
        match self.roles.last() {
            Some(Role::Text | Role::Markup | Role::Name) => return self.begin_inside(element),
            Some(Role::Other) => return Role::Other,
            None if &*element.local != "entry" => {
                self.feed.offer_language(1, self.outline.language());
                return Role::Feed;
            }
            Some(Role::Feed | Role::Entry | Role::Part) | None => {}
        }
        if matches!(&*element.local, "item" | "entry") && matches!(element.space, Space::Rss | Space::Atom) {
            return self.begin_entry(element);
        }
        if self.attributes(element) {
            return Role::Other;
        }
        if field::is_transparent(element) {
            return if self.entry.is_some() { Role::Part } else { Role::Feed };
        }
        let Some((field, rank)) = field::of(element, self.entry.is_some()) else {
            return Role::Other;
        };
        let Some(style) = field::style(field, element) else {
            return Role::Other;
        };
        if field == Field::Id && self.draft().id.get().is_none() {
            // The id of an Atom entry that gives no link is its address more often than not.
            let is_link = element
                .attribute("isPermaLink")
                .is_none_or(|value| !value.eq_ignore_ascii_case("false"));
            self.draft().id_is_link = is_link && matches!(element.space, Space::Rss | Space::Atom);
        }
        let is_text = matches!(field, Field::Summary | Field::Content);
        let bytes_max = if is_text { TEXT_BYTES_MAX } else { VALUE_BYTES_MAX };
        self.open = Some(Open {
            field,
            rank,
            gathering: Gathering::new(style, self.outline.base().clone(), bytes_max),
            is_named: false,
        });
        Role::Text
    }

    fn begin_entry(&mut self, element: &Element<'_>) -> Role {
        let mut draft = Draft::default();
        if let Some(about) = element.attribute("about").filter(|about| !about.is_empty()) {
            draft.id.offer(1, about.to_owned());
            // RSS 1.0 wants both to be the same.
            draft.id_is_link = true;
        }
        draft.offer_language(1, self.outline.language());
        self.entry = Some(draft);
        Role::Entry
    }

    /// An element inside one whose text is gathered: markup, or a part of a person.
    fn begin_inside(&mut self, element: &Element<'_>) -> Role {
        let Some(open) = self.open.as_mut() else {
            return Role::Other;
        };
        let role = match open.field {
            Field::Author if &*element.local == "name" => Role::Name,
            Field::Image if &*element.local == "url" => Role::Name,
            Field::Title | Field::Summary | Field::Content => {
                open.gathering.open(element);
                Role::Markup
            }
            _ => Role::Other,
        };
        if role == Role::Name {
            open.gathering.clear();
        }
        role
    }

    fn text(&mut self, text: &str) {
        let Some(open) = self.open.as_mut() else { return };
        let wanted = match self.roles.last() {
            Some(Role::Text) => !open.is_named,
            Some(Role::Markup | Role::Name) => true,
            _ => false,
        };
        if wanted {
            open.gathering.text(text);
        }
    }

    fn end(&mut self) {
        match self.roles.pop() {
            Some(Role::Markup) => {
                if let Some(open) = self.open.as_mut() {
                    open.gathering.close();
                }
            }
            Some(Role::Name) => {
                if let Some(open) = self.open.as_mut() {
                    open.is_named = true;
                }
            }
            Some(Role::Text) => self.end_field(),
            Some(Role::Entry) => {
                if let Some(draft) = self.entry.take() {
                    self.entries.push(draft, &mut self.warnings);
                }
            }
            _ => {}
        }
    }

    fn end_field(&mut self) {
        let Some(Open {
            field, rank, gathering, ..
        }) = self.open.take()
        else {
            return;
        };
        if gathering.is_cut {
            self.warnings.note("a text is too long and is cut");
        }
        let prose = gathering.finish();
        if !prose.raw.trim().is_empty() {
            self.fill(field, rank, prose);
        }
    }

    fn fill(&mut self, field: Field, rank: u8, prose: Prose) {
        let value = prose.raw.trim().to_owned();
        match field {
            Field::Title => self.draft().title.offer(rank, prose),
            Field::Link => self.offer_link(rank, &value, &prose.base),
            Field::Id => self.draft().id.offer(rank, value),
            Field::Published | Field::Updated => self.fill_date(field, rank, &value),
            Field::Author if self.draft().authors.len() < AUTHORS_MAX => self.draft().authors.push((rank, prose)),
            Field::Summary => self.draft().summary.offer(rank, prose),
            Field::Content => self.draft().content.offer(rank, prose),
            Field::Topic if self.draft().topics.len() < TOPICS_MAX => self.draft().topics.push(prose),
            Field::Language => self.draft().offer_language(rank, Language::parse(&value).as_ref()),
            Field::Image => self.offer_image(rank, &value, ""),
            Field::Ttl => self.hints.ttl = rhythm::ttl(&value),
            Field::Period => self.period = Some(value),
            Field::Frequency => self.frequency = value.parse().ok(),
            Field::Hour => add(&mut self.hints.skip_hours, rhythm::hour(&value)),
            Field::Day => add(&mut self.hints.skip_days, rhythm::day(&value)),
            Field::Author | Field::Topic => {}
        }
    }

    fn fill_date(&mut self, field: Field, rank: u8, value: &str) {
        let Some(time) = date::parse(value) else {
            self.warnings.note("a date cannot be read");
            return;
        };
        match field {
            Field::Updated => self.draft().updated.offer(rank, time),
            _ => self.draft().published.offer(rank, time),
        }
    }

    /// Takes what stands in attributes. Whether that is all that the element tells.
    fn attributes(&mut self, element: &Element<'_>) -> bool {
        let base = self.outline.base().clone();
        let kind = element.attribute("type").unwrap_or_default();
        let alt = element
            .attribute("alt")
            .or(element.attribute("title"))
            .unwrap_or_default();
        match (element.space, &*element.local) {
            (Space::Rss | Space::Atom, "link") => {
                let Some(href) = element.attribute("href") else {
                    return false;
                };
                self.link(href, element.attribute("rel").unwrap_or("alternate"), kind, &base);
                true
            }
            (Space::Rss, "enclosure") => {
                let url = element.attribute("url").unwrap_or_default();
                if is_picture(kind, "", url) {
                    self.offer_image(3, url, alt);
                }
                true
            }
            (Space::Media, "thumbnail") => {
                self.offer_image(0, element.attribute("url").unwrap_or_default(), alt);
                true
            }
            (Space::Media, "content") => {
                let url = element.attribute("url").unwrap_or_default();
                if is_picture(kind, element.attribute("medium").unwrap_or_default(), url) {
                    self.offer_image(1, url, alt);
                }
                false
            }
            (Space::Itunes, "image") => {
                self.offer_image(2, element.attribute("href").unwrap_or_default(), alt);
                true
            }
            (Space::Rss | Space::Atom, "category") => {
                let term = element
                    .attribute("label")
                    .or(element.attribute("term"))
                    .filter(|term| !term.is_empty());
                let Some(term) = term else { return false };
                let mut gathering = Gathering::new(Style::Plain, base, VALUE_BYTES_MAX);
                gathering.text(term);
                self.fill(Field::Topic, 0, gathering.finish());
                true
            }
            (Space::Atom, "content") => {
                let Some(source) = element.attribute("src") else {
                    return false;
                };
                self.offer_link(3, source, &base);
                false
            }
            _ => false,
        }
    }

    fn link(&mut self, href: &str, relation: &str, kind: &str, base: &Link) {
        let is_page = kind.is_empty() || kind.contains("html");
        match relation.to_ascii_lowercase().as_str() {
            "" | "alternate" => self.offer_link(if is_page { 0 } else { 2 }, href, base),
            "enclosure" if is_picture(kind, "", href) => self.offer_image(3, href, ""),
            "hub" if self.entry.is_none() => self.hints.hub = self.hints.hub.take().or_else(|| base.join(href)),
            "next" if self.entry.is_none() => self.hints.next = base.join(href),
            _ => {}
        }
    }

    fn offer_link(&mut self, rank: u8, address: &str, base: &Link) {
        if let Some(link) = join(base, address) {
            self.draft().link.offer(rank, link);
        } else if self.entry.is_some() {
            self.warnings
                .note("an address that is too long, or not http or https, is left out");
        }
    }

    fn offer_image(&mut self, rank: u8, address: &str, alt: &str) {
        if let Some(link) = join(self.outline.base(), address) {
            let alt = cut(alt, ALT_CHARS_MAX).0;
            self.draft().image.offer(rank, Picture { link, alt });
        }
    }

    /// The entry that is read, else the feed.
    fn draft(&mut self) -> &mut Draft {
        self.entry.as_mut().unwrap_or(&mut self.feed)
    }
}

/// Adds a value that is there and was not there before.
fn add<T: PartialEq>(known: &mut Vec<T>, value: Option<T>) {
    known.extend(value.filter(|value| !known.contains(value)));
}

/// The address as it stands in a document; none is not the document's own.
pub fn join(base: &Link, address: &str) -> Option<Link> {
    let address = address.trim();
    if address.is_empty() { None } else { base.join(address) }
}

/// Whether a file is a picture, by its type, its medium, or its name where it has neither.
pub fn is_picture(kind: &str, medium: &str, address: &str) -> bool {
    if !kind.is_empty() || !medium.is_empty() {
        return kind.starts_with("image/") || medium == "image";
    }
    let path = address
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    PICTURE_ENDS.iter().any(|end| path.ends_with(end))
}
