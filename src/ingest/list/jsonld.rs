//! Entries of a list page by its JSON-LD (schema.org): `ItemList`, `Blog`, articles side by side, `@graph`.

use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

use super::{Gather, NAME_CHARS_MAX, Place, SUMMARY_CHARS_MAX, TITLE_CHARS_MAX, bare, date, picture, plain, summarise};
use crate::domain::entry::{Found, Picture};
use crate::domain::link::Link;
use crate::domain::text::Language;

/// The most scripts read on a page.
const SCRIPTS_MAX: usize = 50;

/// The longest script read, in bytes.
const SCRIPT_BYTES_MAX: usize = 2_000_000;

/// The most values looked at on a page.
const VALUES_MAX: usize = 20_000;

/// The most names of authors, and of topics, taken of an entry.
const NAMES_MAX: usize = 10;

/// Where lists keep what they list.
const MEMBERS: &[&str] = &[
    "@graph",
    "itemListElement",
    "item",
    "mainEntity",
    "hasPart",
    "blogPost",
    "blogPosts",
    "dataFeedElement",
    "itemReviewed",
];

/// Lists of a page's own furniture.
const FURNITURE: &[&str] = &["BreadcrumbList", "SiteNavigationElement", "WPHeader", "WPFooter"];

/// Reads all scripts of the page; gives the number of values that stand for an entry.
pub(super) fn read(page: &Html, place: &Place, gather: &mut Gather) -> usize {
    let scripts =
        Selector::parse(r#"script[type*="ld+json" i]"#).expect("the selector is a constant that the tests parse");
    let mut walk = Walk {
        place,
        gather,
        matched: 0,
        values_left: VALUES_MAX,
    };
    for script in page.select(&scripts).take(SCRIPTS_MAX) {
        match parse(script) {
            Some(value) => walk.visit(&value),
            None => walk.gather.warn("a JSON-LD script could not be read"),
        }
    }
    walk.matched
}

/// The value of a script. Pages wrap it in comments, and break lines inside texts.
fn parse(script: ElementRef<'_>) -> Option<Value> {
    let text: String = script.text().collect();
    if text.len() > SCRIPT_BYTES_MAX {
        return None;
    }
    let inner = text
        .split_once("<![CDATA[")
        .and_then(|(_, inner)| inner.rsplit_once("]]>"))
        .map_or(&*text, |(inner, _)| inner);
    let (start, end) = (inner.find(['{', '['])?, inner.rfind(['}', ']'])?);
    let inner = inner.get(start..=end)?;
    serde_json::from_str(inner)
        .or_else(|_| serde_json::from_str(&inner.replace(|c: char| c.is_control(), " ")))
        .ok()
}

struct Walk<'w> {
    place: &'w Place,
    gather: &'w mut Gather,
    matched: usize,
    values_left: usize,
}

impl Walk<'_> {
    /// Depth is bounded by serde_json, which reads no more than 128 levels.
    fn visit(&mut self, value: &Value) {
        let Some(left) = self.values_left.checked_sub(1) else {
            return;
        };
        self.values_left = left;
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.visit(value)),
            Value::Object(_) => self.object(value),
            _ => {}
        }
    }

    fn object(&mut self, value: &Value) {
        if types(value).any(|kind| FURNITURE.contains(&kind)) {
            return;
        }
        let listed = types(value).any(|kind| kind == "ListItem");
        let inner = value.get("item").filter(|item| item.is_object());
        if types(value).any(is_article) || (listed && inner.is_none()) || (listed && inner.is_some_and(is_untyped)) {
            self.entry(value, inner.filter(|_| listed));
            return;
        }
        for key in MEMBERS {
            if let Some(members) = value.get(key) {
                self.visit(members);
            }
        }
    }

    /// Takes `value` (else `inner`, which it wraps) as an entry, unless it is the page itself.
    fn entry(&mut self, value: &Value, inner: Option<&Value>) {
        let source = inner.unwrap_or(value);
        let Some(link) = link(source, &self.place.base).or_else(|| link(value, &self.place.base)) else {
            self.matched += 1;
            self.gather.warn("a JSON-LD entry has no address");
            return;
        };
        if link.identity() == self.place.page.identity() {
            return;
        }
        self.matched += 1;
        let mut found = read_entry(source, link, self.place);
        if found.title.is_empty() {
            found.title = title(value);
        }
        self.gather.add(found);
    }
}

fn read_entry(value: &Value, link: Link, place: &Place) -> Found {
    let language = text(value, "inLanguage").and_then(Language::parse);
    let mut found = bare(link, language.or_else(|| place.language.clone()));
    found.title = title(value);
    found.author = names(value.get("author"))
        .into_iter()
        .reduce(|all, name| format!("{all}, {name}"));
    found.published = text(value, "datePublished").and_then(date::read);
    found.updated = text(value, "dateModified").and_then(date::read);
    let summary = text(value, "description")
        .or_else(|| text(value, "abstract"))
        .unwrap_or_default();
    summarise(&mut found, &plain(summary, SUMMARY_CHARS_MAX), &place.base);
    found.image = ["image", "thumbnailUrl"]
        .iter()
        .find_map(|key| image(value.get(key)?, &place.base));
    found.topics = names(value.get("articleSection"));
    found
}

fn title(value: &Value) -> String {
    plain(
        text(value, "headline")
            .or_else(|| text(value, "name"))
            .unwrap_or_default(),
        TITLE_CHARS_MAX,
    )
}

fn link(value: &Value, base: &Link) -> Option<Link> {
    let of = |value: &Value| match value {
        Value::String(text) if !text.starts_with('#') && !text.is_empty() => base.join(text),
        Value::Object(_) => text(value, "@id")
            .or_else(|| text(value, "url"))
            .and_then(|text| base.join(text)),
        _ => None,
    };
    ["url", "mainEntityOfPage", "item", "@id"]
        .iter()
        .find_map(|key| of(value.get(key)?))
}

fn image(value: &Value, base: &Link) -> Option<Picture> {
    match value {
        Value::String(address) => picture(address, "", base),
        Value::Array(values) => values.first().and_then(|first| match first {
            Value::Array(_) => None,
            single => image(single, base),
        }),
        Value::Object(_) => {
            let address = text(value, "url")
                .or_else(|| text(value, "contentUrl"))
                .or_else(|| text(value, "@id"))?;
            picture(address, text(value, "caption").unwrap_or_default(), base)
        }
        _ => None,
    }
}

fn names(value: Option<&Value>) -> Vec<String> {
    let several = value
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |values| values.iter().collect());
    let single = value.filter(|value| !value.is_array());
    several
        .into_iter()
        .chain(single)
        .filter_map(|value| value.as_str().or_else(|| text(value, "name")))
        .map(|name| plain(name, NAME_CHARS_MAX))
        .filter(|name| !name.is_empty())
        .take(NAMES_MAX)
        .collect()
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

fn types(value: &Value) -> impl Iterator<Item = &str> {
    let kind = value.get("@type");
    let several = kind.and_then(Value::as_array).into_iter().flatten();
    several
        .chain(kind)
        .filter_map(Value::as_str)
        .map(|kind| kind.rsplit(['/', ':']).next().unwrap_or(kind))
}

fn is_untyped(value: &Value) -> bool {
    types(value).next().is_none() || types(value).any(|kind| matches!(kind, "WebPage" | "Thing" | "CreativeWork"))
}

fn is_article(kind: &str) -> bool {
    kind.ends_with("Article")
        || kind.ends_with("Posting") && kind != "JobPosting"
        || matches!(kind, "Report" | "Review")
}
