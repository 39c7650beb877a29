//! The texts of the demonstration: outlets that do not exist, and what they write. Each is a file in `texts/`, to be read and
//! edited as it stands:
//!
//! ```text
//! name: The Harbour Lantern
//! language: en
//! topics: local news, harbour
//! about: Everything that fits between two tides.
//!
//! * A title
//! 2d 9h | Who wrote it | as: its-name-in-addresses | picture: what its picture shows
//!
//! A paragraph on one line.
//!
//! * copy of another-outlet/its-name-in-addresses
//! 1d 3h
//! ```
//!
//! The first word of the second line says how long before the start of the demonstration a story was published; `soon 3` is the
//! third that arrives while it runs.

use std::time::Duration;

use crate::domain::source::Slug;

/// How an outlet lists what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Rss,
    Rdf,
    Atom,
    Json,
    /// It has no feed: its front page is read by selectors.
    Page,
}

/// How an outlet's server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Steady,
    /// It is overloaded now and then.
    Unsteady,
    /// It says one day that it is gone for good.
    Closing,
}

/// An outlet and all that it ever wrote.
#[derive(Debug)]
pub struct Outlet {
    /// Its name for programs and in its address.
    pub slug: &'static str,
    pub form: Form,
    pub manner: Manner,
    pub name: &'static str,
    pub language: &'static str,
    pub topics: Vec<&'static str>,
    pub about: &'static str,
    /// In the order of the file.
    pub items: Vec<Item>,
}

/// One text of an outlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name in addresses, one of a kind in its outlet.
    pub slug: String,
    pub title: &'static str,
    pub when: When,
    pub byline: Option<&'static str>,
    /// What its picture shows, if it has one.
    pub picture: Option<&'static str>,
    pub paragraphs: Vec<&'static str>,
}

/// When a text is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// So long before the start.
    Before(Duration),
    /// While the demonstration runs, as the first, second, …
    Soon(usize),
}

/// Every outlet: name for programs, form, manner and text.
const OUTLETS: &[(&str, Form, Manner, &str)] = &[
    (
        "tidewater-wire",
        Form::Rss,
        Manner::Steady,
        include_str!("texts/tidewater-wire.txt"),
    ),
    (
        "coastline-daily",
        Form::Rss,
        Manner::Steady,
        include_str!("texts/coastline-daily.txt"),
    ),
    (
        "harbour-lantern",
        Form::Atom,
        Manner::Steady,
        include_str!("texts/harbour-lantern.txt"),
    ),
    (
        "fennick-courier",
        Form::Rss,
        Manner::Steady,
        include_str!("texts/fennick-courier.txt"),
    ),
    (
        "museum-of-rope",
        Form::Json,
        Manner::Steady,
        include_str!("texts/museum-of-rope.txt"),
    ),
    (
        "salt-museum",
        Form::Atom,
        Manner::Steady,
        include_str!("texts/salt-museum.txt"),
    ),
    (
        "the-long-label",
        Form::Rss,
        Manner::Steady,
        include_str!("texts/the-long-label.txt"),
    ),
    (
        "back-room",
        Form::Rdf,
        Manner::Steady,
        include_str!("texts/back-room.txt"),
    ),
    (
        "oarsley-notices",
        Form::Page,
        Manner::Steady,
        include_str!("texts/oarsley-notices.txt"),
    ),
    (
        "weathervane",
        Form::Rss,
        Manner::Unsteady,
        include_str!("texts/weathervane.txt"),
    ),
    (
        "ostrey-almanack",
        Form::Rss,
        Manner::Closing,
        include_str!("texts/ostrey-almanack.txt"),
    ),
    (
        "krummsieler-bote",
        Form::Rss,
        Manner::Steady,
        include_str!("texts/krummsieler-bote.txt"),
    ),
    (
        "museumsnotizen",
        Form::Atom,
        Manner::Steady,
        include_str!("texts/museumsnotizen.txt"),
    ),
    (
        "le-fil-des-musees",
        Form::Rss,
        Manner::Steady,
        include_str!("texts/le-fil-des-musees.txt"),
    ),
    (
        "echo-de-valbrume",
        Form::Atom,
        Manner::Steady,
        include_str!("texts/echo-de-valbrume.txt"),
    ),
    (
        "la-vitrina",
        Form::Json,
        Manner::Steady,
        include_str!("texts/la-vitrina.txt"),
    ),
    (
        "faro-de-almenar",
        Form::Rss,
        Manner::Steady,
        include_str!("texts/faro-de-almenar.txt"),
    ),
    (
        "akarigaoka-tsushin",
        Form::Rdf,
        Manner::Steady,
        include_str!("texts/akarigaoka-tsushin.txt"),
    ),
    (
        "minatomachi-art",
        Form::Rss,
        Manner::Steady,
        include_str!("texts/minatomachi-art.txt"),
    ),
];

/// What stands before the place that a copied text was first printed.
const COPY_OF: &str = "copy of ";

/// All outlets, with copies filled in.
pub fn outlets() -> Vec<Outlet> {
    let known = "a test reads every text that is compiled in";
    let read = OUTLETS
        .iter()
        .map(|(slug, form, manner, text)| Outlet::read(slug, *form, *manner, text).expect(known));
    let mut outlets: Vec<Outlet> = read.collect();
    let originals: Vec<(String, Item)> = outlets
        .iter()
        .flat_map(|outlet| {
            outlet
                .items
                .iter()
                .map(|item| (format!("{}/{}", outlet.slug, item.slug), item.clone()))
        })
        .collect();
    for item in outlets.iter_mut().flat_map(|outlet| &mut outlet.items) {
        if let Some(place) = item.title.strip_prefix(COPY_OF) {
            let (_, original) = originals.iter().find(|(own, _)| own == place).expect(known);
            *item = Item {
                when: item.when,
                ..original.clone()
            };
        }
    }
    outlets
}

impl Outlet {
    fn read(slug: &'static str, form: Form, manner: Manner, text: &'static str) -> Option<Self> {
        let (head, rest) = text.split_once("\n\n* ")?;
        let told = |key: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find_map(|(own, value)| (own == key).then_some(value))
        };
        let items: Option<Vec<Item>> = rest.split("\n\n* ").map(Item::read).collect();
        let mut items = items?;
        // Texts whose titles give no address are numbered from the oldest on, so that a new one on top changes none.
        for (number, item) in items.iter_mut().rev().enumerate() {
            if item.slug.is_empty() {
                item.slug = format!("no-{}", number + 1);
            }
        }
        Some(Self {
            slug,
            form,
            manner,
            name: told("name")?,
            language: told("language")?,
            topics: told("topics")?.split(", ").collect(),
            about: told("about")?,
            items,
        })
    }

    /// Where it lists what it writes, on its own host.
    pub const fn listing(&self) -> &'static str {
        match self.form {
            Form::Rss => "/feed.xml",
            Form::Rdf => "/index.rdf",
            Form::Atom => "/feed.atom",
            Form::Json => "/feed.json",
            Form::Page => "/",
        }
    }
}

impl Item {
    fn read(text: &'static str) -> Option<Self> {
        let (title, rest) = text.split_once('\n')?;
        let (line, body) = rest.split_once("\n\n").unwrap_or((rest, ""));
        let mut fields = line.trim().split(" | ");
        let when = When::read(fields.next()?)?;
        let mut item = Self {
            slug: Slug::from_name(title).map_or_else(String::new, |slug| slug.as_str().to_owned()),
            title,
            when,
            byline: None,
            picture: None,
            paragraphs: body
                .split("\n\n")
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .collect(),
        };
        if !title.chars().any(|c| c.is_ascii_alphabetic()) {
            item.slug = String::new();
        }
        for field in fields {
            match field.split_once(": ") {
                Some(("as", slug)) => slug.clone_into(&mut item.slug),
                Some(("picture", shown)) => item.picture = Some(shown),
                _ => item.byline = Some(field),
            }
        }
        Some(item)
    }
}

impl When {
    fn read(text: &str) -> Option<Self> {
        if let Some(number) = text.strip_prefix("soon ") {
            return number.parse().ok().map(Self::Soon);
        }
        let (days, hours) = text.split_once(' ')?;
        let days: u64 = days.strip_suffix('d')?.parse().ok()?;
        let hours: u64 = hours.strip_suffix('h')?.parse().ok()?;
        Some(Self::Before(Duration::from_hours(days * 24 + hours)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use super::*;
    use crate::domain::text::Language;

    /// Words below which a page counts as empty; Japanese is counted by characters.
    const CHARACTERS_MIN: usize = 60;

    #[test]
    fn there_are_many_texts_in_five_languages() {
        let mut texts: BTreeMap<&str, usize> = BTreeMap::new();
        for outlet in outlets() {
            assert!(Language::parse(outlet.language).is_some(), "{}", outlet.slug);
            assert!(Slug::parse(outlet.slug).is_some(), "{}", outlet.slug);
            *texts.entry(outlet.language).or_default() += outlet.items.len();
        }
        assert_eq!(texts.len(), 5, "{texts:?}");
        assert!(texts.values().all(|count| *count >= 20), "{texts:?}");
        assert!(texts.values().sum::<usize>() >= 260, "{texts:?}");
    }

    #[test]
    fn each_text_has_a_name_of_its_own_a_body_and_a_day_within_five_weeks() {
        for outlet in outlets() {
            let mut names = HashSet::new();
            assert!(!outlet.items.is_empty(), "{}", outlet.slug);
            for item in &outlet.items {
                let told = format!("{}/{}", outlet.slug, item.slug);
                assert!(Slug::parse(&item.slug).is_some(), "{told}");
                assert!(names.insert(&item.slug), "{told} is there twice");
                assert!(!item.title.is_empty() && !item.title.starts_with(COPY_OF), "{told}");
                let characters: usize = item.paragraphs.iter().map(|text| text.chars().count()).sum();
                assert!(characters >= CHARACTERS_MIN, "{told} has {characters} characters");
                if let When::Before(span) = item.when {
                    assert!(span < Duration::from_hours(35 * 24), "{told}");
                }
            }
        }
    }

    #[test]
    fn what_arrives_later_comes_one_by_one() {
        let outlets = outlets();
        let items = outlets.iter().flat_map(|outlet| &outlet.items);
        let mut numbers: Vec<usize> = items
            .filter_map(|item| match item.when {
                When::Soon(number) => Some(number),
                When::Before(_) => None,
            })
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>());
    }

    #[test]
    fn a_copy_keeps_words_and_picture_and_has_a_day_of_its_own() {
        let outlets = outlets();
        let find = |outlet: &str| {
            let outlet = outlets.iter().find(|own| own.slug == outlet).unwrap();
            outlet.items.iter().find(|item| item.slug == "brass-whale").unwrap()
        };
        let (original, copy) = (find("tidewater-wire"), find("coastline-daily"));
        assert_eq!(
            (&original.paragraphs, original.picture),
            (&copy.paragraphs, copy.picture)
        );
        assert_ne!(original.when, copy.when);
    }
}
