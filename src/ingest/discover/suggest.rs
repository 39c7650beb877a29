//! Selectors for a list page, suggested by what repeats on it.
//!
//! Each link that reads like a headline stands in some element that holds no other such link: its item. The items that
//! look most alike, and most like news, are the list.

use std::collections::{BTreeMap, HashMap, HashSet};

use scraper::ElementRef;

use super::NODES_MAX;
use crate::domain::link::Link;
use crate::domain::source::Selectors;
use crate::ingest::charset;
use crate::ingest::list::{self, tree};

/// The most links looked at.
const LINKS_MAX: usize = 2_000;

/// How many levels an item may lie above its link.
const CLIMB_LEVELS_MAX: usize = 10;

/// How many levels are looked through for the furniture of a page.
const ANCESTORS_MAX: usize = 40;

/// The fewest items that make a list.
const ITEMS_MIN: usize = 3;

/// The most nodes of an item looked at.
const ITEM_NODES_MAX: usize = 500;

/// The fewest characters of a headline; half as many in scripts that need few.
const HEADLINE_CHARS_MIN: usize = 14;

/// The fewest characters of an excerpt.
const EXCERPT_CHARS_MIN: usize = 40;

/// Elements whose links lead about the site and not to its news.
const FURNITURE: &[&str] = &["nav", "footer", "aside", "form", "dialog"];

const HEADINGS: &[&str] = &["h1", "h2", "h3", "h4", "h5", "h6"];

/// Selectors that read the page that came as `bytes` from `base` as a list, for a person to look over. `None` where
/// nothing repeats enough. What is suggested was tried on the page and gives at least three entries with titles.
pub fn suggest_selectors(bytes: &[u8], content_type: Option<&str>, base: &Link) -> Option<Selectors> {
    let page = tree::parse(&charset::decode(bytes, content_type, base), &mut Vec::new());
    let stories = stories(&page, &tree::base(&page, base), base);
    let mut groups: BTreeMap<String, Vec<Item<'_>>> = BTreeMap::new();
    for item in items(&stories) {
        groups.entry(item.shape()).or_default().push(item);
    }
    let large = groups.into_values().filter(|group| group.len() >= ITEMS_MIN);
    let wide = describe(&large.max_by_key(|group| worth(group))?)?;
    let count = |selectors: &Selectors| {
        let tried = list::read_page(bytes, content_type, base, selectors).unwrap_or_default();
        (
            tried.matched,
            tried.entries.iter().filter(|entry| !entry.title.is_empty()).count(),
        )
    };
    let (matched, titled) = count(&wide);
    let narrow = narrowed(&wide).filter(|narrow| matched > titled && count(narrow).1 == titled);
    (titled >= ITEMS_MIN).then(|| narrow.unwrap_or(wide))
}

/// The same for those items only that hold the link of an entry.
fn narrowed(wide: &Selectors) -> Option<Selectors> {
    let (anchor, _) = Selectors::split(wide.link.first()?);
    let item = format!("{}:has({anchor})", wide.item.first()?);
    (!anchor.is_empty()).then(|| Selectors {
        item: vec![item],
        ..wide.clone()
    })
}

/// A link that reads like a headline.
#[derive(Clone, Copy)]
struct Story<'p> {
    anchor: ElementRef<'p>,
    /// The same for links to the same page.
    number: usize,
}

/// What one entry of the list stands in.
#[derive(Clone, Copy)]
struct Item<'p> {
    element: ElementRef<'p>,
    anchor: ElementRef<'p>,
}

fn stories<'p>(page: &'p scraper::Html, base: &Link, own: &Link) -> Vec<Story<'p>> {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut stories = Vec::new();
    for anchor in page
        .tree
        .root()
        .descendants()
        .take(NODES_MAX)
        .filter_map(ElementRef::wrap)
    {
        if anchor.value().name() != "a" || stories.len() >= LINKS_MAX {
            continue;
        }
        let Some(link) = anchor
            .attr("href")
            .filter(|href| !href.starts_with('#'))
            .and_then(|href| base.join(href))
        else {
            continue;
        };
        let leads_on = link.registrable_domain() == own.registrable_domain() && link.identity() != own.identity();
        if leads_on && reads_like_headline(anchor) && !is_furniture(anchor) {
            let next = numbers.len();
            let number = *numbers.entry(link.identity()).or_insert(next);
            stories.push(Story { anchor, number });
        }
    }
    stories
}

fn reads_like_headline(anchor: ElementRef<'_>) -> bool {
    let words = tree::text(anchor, 4 * HEADLINE_CHARS_MIN);
    let dense = words.chars().filter(|c| *c >= '\u{3040}').count() >= HEADLINE_CHARS_MIN / 2;
    words.chars().count() >= HEADLINE_CHARS_MIN || dense
}

fn is_furniture(anchor: ElementRef<'_>) -> bool {
    let names = anchor
        .ancestors()
        .take(ANCESTORS_MAX)
        .filter_map(|node| node.value().as_element());
    names.into_iter().any(|element| FURNITURE.contains(&element.name()))
}

/// For each story, once, the highest element that holds no other story.
fn items<'p>(stories: &[Story<'p>]) -> Vec<Item<'p>> {
    let mut holds = HashMap::new();
    for story in stories {
        for node in story.anchor.ancestors().take(CLIMB_LEVELS_MAX) {
            let only = holds.entry(node.id()).or_insert(Some(story.number));
            if *only != Some(story.number) {
                *only = None;
            }
        }
    }
    let mut seen = HashSet::new();
    let mut items = Vec::new();
    for story in stories.iter().filter(|story| seen.insert(story.number)) {
        let alone = story
            .anchor
            .ancestors()
            .take(CLIMB_LEVELS_MAX)
            .take_while(|node| holds.get(&node.id()) == Some(&Some(story.number)))
            .filter_map(ElementRef::wrap)
            .take_while(|element| !matches!(element.value().name(), "body" | "html" | "main"));
        items.push(Item {
            element: alone.last().unwrap_or(story.anchor),
            anchor: story.anchor,
        });
    }
    items
}

impl Item<'_> {
    /// What the items of one list have in common: their element, and what they stand in.
    fn shape(&self) -> String {
        format!(
            "{} {}",
            self.element.value().name(),
            parent(self.element)
                .map(|parent| named(parent, &classes(parent)))
                .unwrap_or_default()
        )
    }

    fn heading(&self) -> Option<ElementRef<'_>> {
        tree::within(self.element, ITEM_NODES_MAX).find(|element| HEADINGS.contains(&element.value().name()))
    }

    fn has(&self, wanted: impl Fn(ElementRef<'_>) -> bool) -> bool {
        tree::within(self.element, ITEM_NODES_MAX).any(wanted)
    }
}

/// How much a group looks like a list of news: its size, more where items have headings and dates.
fn worth(group: &[Item<'_>]) -> usize {
    let headed = group.iter().filter(|item| item.heading().is_some()).count();
    let dated = group
        .iter()
        .filter(|item| item.has(|element| element.value().name() == "time"))
        .count();
    group.len() + headed + 2 * dated
}

fn describe(group: &[Item<'_>]) -> Option<Selectors> {
    let most = |wanted: &dyn Fn(&Item<'_>) -> bool| 2 * group.iter().filter(|item| wanted(item)).count() >= group.len();
    let heading = HEADINGS
        .iter()
        .find(|name| most(&|item| item.heading().is_some_and(|heading| heading.value().name() == **name)));
    let anchor = anchor_css(group, heading.copied())?;
    let dates = ["time@datetime", "time"].into_iter().find(|css| {
        let attribute = Selectors::split(css).1;
        most(&|item| {
            item.has(|element| {
                element.value().name() == "time" && attribute.is_none_or(|name| element.attr(name).is_some())
            })
        })
    });
    let excerpted = most(&|item| {
        item.has(|element| {
            element.value().name() == "p"
                && tree::text(element, 2 * EXCERPT_CHARS_MIN).chars().count() >= EXCERPT_CHARS_MIN
        })
    });
    let pictured = most(&|item| item.has(|element| element.value().name() == "img"));
    let list = |css: Option<&str>| css.map(str::to_owned).into_iter().collect();
    Some(Selectors {
        item: vec![item_css(group)?],
        title: list(Some(heading.copied().unwrap_or(&anchor))),
        link: vec![format!("{anchor}@href")],
        date: list(dates),
        excerpt: list(excerpted.then_some("p")),
        image: list(pictured.then_some("img")),
    })
}

/// The items by the classes that all have, else by their parent's.
fn item_css(group: &[Item<'_>]) -> Option<String> {
    let first = group.first()?.element;
    let mut common = classes(first);
    common.retain(|class| group.iter().all(|item| classes(item.element).contains(class)));
    if !common.is_empty() {
        return Some(named(first, &common));
    }
    let parent = parent(first)?;
    Some(format!(
        "{} > {}",
        named(parent, &classes(parent)),
        first.value().name()
    ))
}

/// The link of an item: under its heading, the item itself, or the first link that has the class of all.
fn anchor_css(group: &[Item<'_>], heading: Option<&str>) -> Option<String> {
    let first = group.first()?;
    if first.element == first.anchor {
        return Some(String::new());
    }
    let under = |name: &str| {
        let inside = |item: &&Item<'_>| {
            item.anchor
                .ancestors()
                .take(CLIMB_LEVELS_MAX)
                .any(|node| node.value().as_element().is_some_and(|element| element.name() == name))
        };
        2 * group.iter().filter(inside).count() >= group.len()
    };
    if let Some(name) = heading.filter(|name| under(name)) {
        return Some(format!("{name} a"));
    }
    let mut common = classes(first.anchor);
    common.retain(|class| group.iter().all(|item| classes(item.anchor).contains(class)));
    Some(named(first.anchor, &common))
}

fn parent(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    element.parent().and_then(ElementRef::wrap)
}

/// The classes of an element that name its kind: plain words, not numbered ones such as `post-123`.
fn classes<'p>(element: ElementRef<'p>) -> Vec<&'p str> {
    let plain = |class: &&'p str| {
        class.starts_with(|c: char| c.is_ascii_alphabetic())
            && class
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            && class.bytes().filter(u8::is_ascii_digit).count() < 2
            && class.len() <= 40
    };
    element.value().classes().filter(plain).take(20).collect()
}

/// The element's name with the first two of `classes`, as CSS.
fn named(element: ElementRef<'_>, classes: &[&str]) -> String {
    let chosen = std::iter::once(element.value().name()).chain(classes.iter().take(2).copied());
    chosen.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(html: &str) -> Option<Selectors> {
        suggest_selectors(
            html.as_bytes(),
            None,
            &Link::parse("https://museum.example/news/").unwrap(),
        )
    }

    fn first(list: &[String]) -> &str {
        list.first().map_or("", String::as_str)
    }

    #[test]
    fn cards_with_headings_are_found_among_menus() {
        let found = suggested(include_str!("../../../tests/fixtures/pages/suggest-cards.html")).unwrap();
        assert_eq!(first(&found.item), "article.teaser");
        assert_eq!(first(&found.title), "h2");
        assert_eq!(first(&found.link), "h2 a@href");
        assert_eq!(first(&found.date), "time@datetime");
        assert_eq!(first(&found.excerpt), "p");
        assert_eq!(first(&found.image), "img");
    }

    #[test]
    fn bare_lists_are_found_by_what_they_stand_in() {
        let lines = (1..6)
            .map(|n| format!("<li class='post-{n}99'><a href=/news/{n}>The headline number {n}</a>"))
            .collect::<Vec<_>>()
            .concat();
        let found = suggested(&format!(
            "<nav><a href=/about>About this museum</a></nav><ul class=latest>{lines}</ul>"
        ))
        .unwrap();
        assert_eq!(first(&found.item), "ul.latest > li");
        assert_eq!(first(&found.link), "a@href");
        let anchors = (1..6)
            .map(|n| format!("<a class=row href=/news/{n}><h4>The headline number {n}</h4></a>"))
            .collect::<Vec<_>>()
            .concat();
        let found = suggested(&format!("<div>{anchors}</div>")).unwrap();
        assert_eq!(
            (first(&found.item), first(&found.title), first(&found.link)),
            ("a.row", "h4", "@href")
        );
    }

    #[test]
    fn items_that_hold_no_entry_are_left_aside() {
        let lines = (1..5).map(|n| {
            format!(
                "<div class=block><h3><a href=/{n}>The headline number {n}</a></h3></div><div class=block>Words</div>"
            )
        });
        let found = suggested(&lines.collect::<Vec<_>>().concat()).unwrap();
        assert_eq!(first(&found.item), "div.block:has(h3 a)");
    }

    #[test]
    fn where_nothing_repeats_nothing_is_suggested() {
        for html in [
            "",
            "<p>Words without any link",
            "<a href=/one>The headline number one</a><p><a href=/two>The headline number two</a>",
            "<ul><li><a href=https://elsewhere.test/1>The headline number one</a><li><a href=https://elsewhere.test/2>The headline number two</a>\
             <li><a href=https://elsewhere.test/3>The headline number three</a></ul>",
            "<ul><li><a href=/1>one</a><li><a href=/2>two</a><li><a href=/3>three</a></ul>",
        ] {
            assert_eq!(suggested(html), None, "{html}");
        }
    }

    #[test]
    fn a_page_without_end_is_suggested_for_in_bounded_work() {
        let deep = format!("{}{}", "<div>".repeat(3_000), "<a href=/1>The headline number one</a>");
        assert_eq!(suggested(&deep), None);
        let many = (0..20_000)
            .map(|n| format!("<li><a href=/{n}>The headline number {n}</a>"))
            .collect::<Vec<_>>()
            .concat();
        assert!(suggested(&format!("<ul>{many}</ul>")).is_some());
    }
}
