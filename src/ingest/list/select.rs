//! Entries of a list page by the source's selectors.

use scraper::{ElementRef, Html, Selector};

use super::{
    Gather, ListError, NAME_CHARS_MAX, Place, SUMMARY_CHARS_MAX, TITLE_CHARS_MAX, bare, date, one_line, picture,
    summarise, tree,
};
use crate::domain::entry::{Found, Picture};
use crate::domain::link::Link;
use crate::domain::source::Selectors;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;

/// Items beyond so many are counted and not read.
const ITEMS_MAX: usize = 400;

/// An item of more nodes than this is no line of a list; it is not read.
const ITEM_NODES_MAX: usize = 2_000;

/// So many matches of one alternative are tried before the next alternative.
const MATCHES_MAX: usize = 5;

/// Attributes in which pages put the address of a picture, the plain one last since it may be a placeholder.
const PICTURE_ATTRIBUTES: &[&str] = &["data-src", "data-lazy-src", "data-original", "src"];

/// Selectors that look at all the siblings before an element are not used where more stand side by side: the time that they take
/// grows with the square.
const SIBLINGS_MAX: usize = 2_000;

/// The selectors of a source, ready to be used.
#[derive(Debug)]
pub(super) struct Plan {
    item: Vec<Selector>,
    title: Part,
    link: Part,
    date: Part,
    excerpt: Part,
    image: Part,
    looks_at_siblings: bool,
}

/// The alternatives for one part of an entry.
#[derive(Debug)]
struct Part(Vec<Alternative>);

#[derive(Debug)]
struct Alternative {
    /// `None` is the item itself.
    place: Option<Selector>,
    attribute: Option<String>,
}

impl Plan {
    /// `None` where `selectors` name no item.
    pub(super) fn compile(selectors: &Selectors) -> Result<Option<Self>, ListError> {
        if selectors.item.is_empty() {
            return Ok(None);
        }
        let item = selectors
            .item
            .iter()
            .map(|css| parse("item", css))
            .collect::<Result<_, _>>()?;
        Ok(Some(Self {
            item,
            title: Part::compile("title", &selectors.title)?,
            link: Part::compile("link", &selectors.link)?,
            date: Part::compile("date", &selectors.date)?,
            excerpt: Part::compile("excerpt", &selectors.excerpt)?,
            image: Part::compile("image", &selectors.image)?,
            looks_at_siblings: selectors
                .parts()
                .iter()
                .any(|(_, all)| all.iter().any(|css| looks_at_siblings(css))),
        }))
    }
}

/// Reads what `plan` finds on `page`; gives the number of items matched.
pub(super) fn read(page: &Html, plan: &Plan, place: &Place, gather: &mut Gather) -> usize {
    if plan.looks_at_siblings && is_crowded(page) {
        gather.warn(format!(
            "more than {SIBLINGS_MAX} elements stand side by side; selectors with ~ are not used there"
        ));
        return 0;
    }
    let Some(item) = plan.item.iter().find(|item| page.select(item).next().is_some()) else {
        return 0;
    };
    let mut matched = 0;
    let (mut large, mut linkless) = (0_usize, 0_usize);
    for element in page.select(item) {
        matched += 1;
        if matched > ITEMS_MAX {
            continue;
        }
        if element.descendants().take(ITEM_NODES_MAX + 1).count() > ITEM_NODES_MAX {
            large += 1;
        } else if let Some(found) = entry(element, plan, place) {
            gather.add(found);
        } else {
            linkless += 1;
        }
    }
    if large > 0 {
        gather.warn(format!("{large} of {matched} items are too large for an entry"));
    }
    if linkless > 0 {
        gather.warn(format!("{linkless} of {matched} items have no link"));
    }
    if matched > ITEMS_MAX {
        gather.warn(format!("read {ITEMS_MAX} of {matched} items"));
    }
    if !plan.date.0.is_empty()
        && !gather.entries.is_empty()
        && gather.entries.iter().all(|entry| entry.published.is_none())
    {
        gather.warn("no item has a date that can be read");
    }
    matched
}

fn entry(item: ElementRef<'_>, plan: &Plan, place: &Place) -> Option<Found> {
    let (link, anchor) = plan
        .link
        .first(item, |element, attribute| address(element, attribute, &place.base))
        .or_else(|| usual_link(item, plan, &place.base))?;
    let mut found = bare(link, language(item).or_else(|| place.language.clone()));
    found.title = plan
        .title
        .first(item, |element, attribute| words(element, attribute, TITLE_CHARS_MAX))
        .or_else(|| usual_title(item, anchor))
        .unwrap_or_default();
    found.published = if plan.date.0.is_empty() {
        usual_date(item)
    } else {
        plan.date.first(item, time)
    };
    let excerpt = plan
        .excerpt
        .first(item, |element, attribute| words(element, attribute, SUMMARY_CHARS_MAX));
    summarise(&mut found, &excerpt.unwrap_or_default(), &place.base);
    found.image = plan
        .image
        .first(item, |element, attribute| image(element, attribute, &place.base));
    Some(found)
}

impl Part {
    fn compile(part: &'static str, alternatives: &[String]) -> Result<Self, ListError> {
        let compile = |text: &String| {
            let (css, attribute) = Selectors::split(text);
            let place = if css.is_empty() { None } else { Some(parse(part, css)?) };
            Ok(Alternative {
                place,
                attribute: attribute.map(str::to_ascii_lowercase),
            })
        };
        alternatives.iter().map(compile).collect::<Result<_, _>>().map(Self)
    }

    /// What `read` makes of the first match, alternative by alternative, of which it makes anything.
    fn first<'p, T>(
        &self,
        item: ElementRef<'p>,
        read: impl Fn(ElementRef<'p>, Option<&str>) -> Option<T>,
    ) -> Option<T> {
        self.0.iter().find_map(|alternative| {
            let attribute = alternative.attribute.as_deref();
            match &alternative.place {
                None => read(item, attribute),
                Some(place) => item
                    .select(place)
                    .take(MATCHES_MAX)
                    .find_map(|element| read(element, attribute)),
            }
        })
    }
}

/// Whether it has the combinator `~`, which `~=` in an attribute is not.
fn looks_at_siblings(css: &str) -> bool {
    css.replace("~=", "").contains('~')
}

fn is_crowded(page: &Html) -> bool {
    let mut nodes = page.tree.nodes();
    nodes.any(|node| {
        node.children()
            .filter(|child| child.value().is_element())
            .nth(SIBLINGS_MAX)
            .is_some()
    })
}

fn parse(part: &'static str, css: &str) -> Result<Selector, ListError> {
    Selector::parse(css).map_err(|_| ListError::Selector {
        part,
        css: css.to_owned(),
    })
}

fn words(element: ElementRef<'_>, attribute: Option<&str>, chars: usize) -> Option<String> {
    let words = match attribute {
        Some(name) => one_line(element.attr(name)?, chars),
        None => tree::text(element, chars),
    };
    (!words.is_empty()).then_some(words)
}

/// The address in the attribute asked for, else in the element's `href`, else in that of the first anchor in it.
fn address<'p>(element: ElementRef<'p>, attribute: Option<&str>, base: &Link) -> Option<(Link, ElementRef<'p>)> {
    if let Some(name) = attribute {
        return Some((page_address(element.attr(name)?, base)?, element));
    }
    tree::within(element, ITEM_NODES_MAX)
        .find_map(|element| Some((page_address(element.attr("href")?, base)?, element)))
}

/// The address of a page of its own; a jump within this page is none.
fn page_address(href: &str, base: &Link) -> Option<Link> {
    if href.trim().is_empty() || href.trim_start().starts_with('#') {
        return None;
    }
    base.join(href)
}

/// Where the source names no link: that of the title, else the first in the item.
fn usual_link<'p>(item: ElementRef<'p>, plan: &Plan, base: &Link) -> Option<(Link, ElementRef<'p>)> {
    if !plan.link.0.is_empty() {
        return None;
    }
    let of_title = plan.title.first(item, |element, _| address(element, None, base));
    let of_heading = || heading(item).and_then(|heading| address(heading, None, base));
    of_title.or_else(of_heading).or_else(|| address(item, None, base))
}

/// Where no title was found: the first heading, else the words of the link.
fn usual_title(item: ElementRef<'_>, anchor: ElementRef<'_>) -> Option<String> {
    heading(item)
        .and_then(|heading| words(heading, None, TITLE_CHARS_MAX))
        .or_else(|| words(anchor, None, TITLE_CHARS_MAX))
        .or_else(|| words(anchor, Some("aria-label"), TITLE_CHARS_MAX))
        .or_else(|| words(anchor, Some("title"), TITLE_CHARS_MAX))
}

/// Where the source names no date: the first `<time>`.
fn usual_date(item: ElementRef<'_>) -> Option<Timestamp> {
    tree::within(item, ITEM_NODES_MAX)
        .filter(|element| element.value().name() == "time")
        .find_map(|element| time(element, None))
}

fn heading(item: ElementRef<'_>) -> Option<ElementRef<'_>> {
    tree::within(item, ITEM_NODES_MAX)
        .find(|element| matches!(element.value().name(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6"))
}

/// A date in the attribute asked for, else in `datetime` or `content`, else in the words.
fn time(element: ElementRef<'_>, attribute: Option<&str>) -> Option<Timestamp> {
    if let Some(name) = attribute {
        return date::read(element.attr(name)?);
    }
    ["datetime", "content"]
        .into_iter()
        .find_map(|name| date::read(element.attr(name)?))
        .or_else(|| date::read(&tree::text(element, NAME_CHARS_MAX)))
}

fn image(element: ElementRef<'_>, attribute: Option<&str>, base: &Link) -> Option<Picture> {
    if let Some(name) = attribute {
        return picture(
            source(name, element.attr(name)?),
            element.attr("alt").unwrap_or_default(),
            base,
        );
    }
    let image = tree::within(element, ITEM_NODES_MAX).find(|element| element.value().name() == "img")?;
    let alt = image.attr("alt").unwrap_or_default();
    PICTURE_ATTRIBUTES
        .iter()
        .chain(&["srcset"])
        .find_map(|name| picture(source(name, image.attr(name)?), alt, base))
}

/// The first address of a `srcset`; the whole of any other attribute.
fn source<'a>(attribute: &str, value: &'a str) -> &'a str {
    let first = || {
        value
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .trim_end_matches(',')
    };
    if attribute.ends_with("srcset") { first() } else { value }
}

fn language(item: ElementRef<'_>) -> Option<Language> {
    item.attr("lang").and_then(Language::parse)
}
