//! What a page says of itself for machines: JSON-LD, `meta` and `link` elements.

use std::collections::HashMap;

use scraper::{Html, Selector};
use serde_json::Value;
use std::sync::LazyLock;

use crate::domain::entry::Picture;
use crate::domain::link::Link;
use crate::domain::text::Language;
use crate::ingest::clean;

/// The most JSON values of a page that are looked at.
const JSON_VALUES_MAX: usize = 20_000;
/// The most `meta` elements of a page that are looked at.
const METAS_MAX: usize = 2_000;
/// The longest name of a person or site, in characters.
const NAME_CHARS_MAX: usize = 200;
/// The most authors named.
const AUTHORS_MAX: usize = 8;

/// Types of JSON-LD objects that are articles, by the end of their names (`NewsArticle`, `BlogPosting`).
const ARTICLE_TYPES: &[&str] = &["Article", "BlogPosting", "Posting", "Report", "Review", "Story"];

/// What stands before an author's name, in some languages.
const BY: &[&str] = &[
    "By ", "by ", "BY ", "Von ", "Par ", "par ", "Por ", "por ", "Door ", "door ",
];

/// What a page says of itself.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    metas: HashMap<String, String>,
    /// The object that describes the article, the most telling one.
    article: Option<Value>,
    /// An object that describes the page.
    page: Option<Value>,
    canonical: Option<String>,
    html_lang: Option<String>,
    /// The text of `<title>`.
    pub document_title: Option<String>,
}

impl Metadata {
    /// Reads `page`.
    pub fn of(page: &Html) -> Self {
        let mut found = Self::default();
        for element in page.select(&SELECTORS.meta).take(METAS_MAX) {
            let name = element
                .attr("property")
                .or_else(|| element.attr("name"))
                .or_else(|| element.attr("itemprop"));
            let content = element
                .attr("content")
                .map(str::trim)
                .filter(|content| !content.is_empty());
            if let (Some(name), Some(content)) = (name, content) {
                let name = name.trim().to_ascii_lowercase();
                found.metas.entry(name).or_insert_with(|| content.to_owned());
            }
        }
        let mut budget = JSON_VALUES_MAX;
        for script in page.select(&SELECTORS.json_ld) {
            let text: String = script.text().collect();
            if let Ok(value) = serde_json::from_str(&text) {
                found.take_json(value, &mut budget);
            }
        }
        let first = |selector: &Selector, name: &str| {
            page.select(selector)
                .find_map(|element| element.attr(name))
                .map(str::to_owned)
        };
        found.canonical = first(&SELECTORS.canonical, "href");
        found.html_lang = first(&SELECTORS.html, "lang");
        found.document_title = page
            .select(&SELECTORS.title)
            .next()
            .map(|title| clean::line(&title.text().collect::<String>()))
            .filter(|title| !title.is_empty());
        found
    }

    fn take_json(&mut self, value: Value, budget: &mut usize) {
        let mut waiting = vec![value];
        while let Some(value) = waiting.pop() {
            let Some(left) = budget.checked_sub(1) else { return };
            *budget = left;
            match value {
                Value::Array(values) => waiting.extend(values.into_iter().rev()),
                Value::Object(object) => {
                    let types = strings(object.get("@type"));
                    let article = types
                        .iter()
                        .any(|kind| ARTICLE_TYPES.iter().any(|end| kind.ends_with(end)));
                    if article && self.article.is_none() {
                        self.article = Some(Value::Object(object));
                    } else if types.iter().any(|kind| kind.ends_with("Page")) && self.page.is_none() {
                        self.page = Some(Value::Object(object));
                    } else {
                        waiting.extend(
                            object
                                .into_iter()
                                .filter(|(name, _)| name == "@graph" || name == "mainEntity")
                                .map(|(_, value)| value),
                        );
                    }
                }
                _ => {}
            }
        }
    }

    /// The first of these `meta` elements that there is.
    pub fn meta(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.metas.get(*name)).map(String::as_str)
    }

    /// A property of the article, else of the page, in JSON-LD.
    pub fn json(&self, name: &str) -> Option<&Value> {
        [&self.article, &self.page]
            .into_iter()
            .flatten()
            .find_map(|object| object.get(name))
            .filter(|value| !value.is_null())
    }

    /// The headline in JSON-LD.
    pub fn headline(&self) -> Option<String> {
        let headline = self.article.as_ref()?.get("headline")?.as_str()?;
        Some(clean::text(headline)).filter(|headline| !headline.is_empty())
    }

    /// The whole text in JSON-LD, where a publisher gives it.
    pub fn body(&self) -> Option<String> {
        let body = self.article.as_ref()?.get("articleBody")?.as_str()?;
        Some(clean::text(body))
    }

    /// Who wrote it.
    pub fn byline(&self) -> Option<String> {
        let authors = self
            .article
            .as_ref()
            .and_then(|article| article.get("author"))
            .map(names_of)
            .unwrap_or_default();
        let names: Vec<String> = authors
            .iter()
            .take(AUTHORS_MAX)
            .filter_map(|author| name(author))
            .collect();
        if !names.is_empty() {
            return Some(names.join(", "));
        }
        self.meta(&[
            "author",
            "article:author",
            "dc.creator",
            "parsely-author",
            "sailthru.author",
        ])
        .and_then(name)
    }

    /// The name of the outlet.
    pub fn site_name(&self) -> Option<String> {
        let publisher = || {
            self.json("publisher")
                .map(names_of)
                .unwrap_or_default()
                .into_iter()
                .next()
        };
        self.meta(&["og:site_name"])
            .map(str::to_owned)
            .or_else(publisher)
            .or_else(|| self.meta(&["application-name", "al:ios:app_name"]).map(str::to_owned))
            .and_then(|site| name(&site))
    }

    /// The language that the page says it is in.
    pub fn language(&self) -> Option<Language> {
        let json = self.json("inLanguage").map(names_of).unwrap_or_default();
        self.html_lang
            .as_deref()
            .into_iter()
            .chain(json.first().map(String::as_str))
            .chain(self.meta(&["og:locale"]))
            .chain(self.meta(&["content-language", "dc.language", "language"]))
            .find_map(Language::parse)
    }

    /// The address that the page says it has.
    pub fn canonical(&self, base: &Link) -> Option<Link> {
        let json = || {
            let value = self.json("mainEntityOfPage").or_else(|| self.json("url"))?;
            value.as_str().or_else(|| value.get("@id")?.as_str())
        };
        [self.canonical.as_deref(), self.meta(&["og:url"]), json()]
            .into_iter()
            .flatten()
            .find_map(|link| base.join(link))
    }

    /// The lead picture.
    pub fn image(&self, base: &Link) -> Option<Picture> {
        let alt = self
            .meta(&["og:image:alt", "twitter:image:alt"])
            .map(clean::text)
            .unwrap_or_default();
        let meta = self.meta(&[
            "og:image:secure_url",
            "og:image",
            "og:image:url",
            "twitter:image",
            "twitter:image:src",
        ]);
        let json = self.json("image").map(addresses_of).unwrap_or_default();
        meta.into_iter()
            .chain(json.iter().map(String::as_str))
            .find_map(|link| base.join(link))
            .map(|link| Picture { link, alt })
    }

    /// What the page says it is about, in a sentence or two.
    pub fn description(&self) -> Option<String> {
        self.meta(&["og:description", "description", "twitter:description"])
            .map(clean::text)
            .or_else(|| self.json("description")?.as_str().map(clean::text))
            .filter(|text| !text.is_empty())
    }

    /// Whether the publisher says that it is not free to read.
    pub fn is_paywalled(&self) -> bool {
        match self.json("isAccessibleForFree") {
            Some(Value::Bool(free)) => !free,
            Some(Value::String(free)) => free.eq_ignore_ascii_case("false"),
            _ => self
                .meta(&["article:content_tier"])
                .is_some_and(|tier| tier.eq_ignore_ascii_case("locked")),
        }
    }
}

/// A person's or an outlet's name, if `text` can be one; without the word before it that says that it is an author's.
pub(super) fn name(text: &str) -> Option<String> {
    let text = clean::line(&clean::text(text));
    let bare = BY.iter().find_map(|by| text.strip_prefix(by)).map(str::to_owned);
    let text = bare.unwrap_or(text);
    let address = text.contains("://") || text.starts_with('@') || text.starts_with("www.");
    let fits = !text.is_empty() && text.chars().count() <= NAME_CHARS_MAX && text.chars().any(char::is_alphabetic);
    (fits && !address).then_some(text)
}

struct Selectors {
    meta: Selector,
    json_ld: Selector,
    canonical: Selector,
    html: Selector,
    title: Selector,
}

static SELECTORS: LazyLock<Selectors> = LazyLock::new(|| {
    let parse = |css| Selector::parse(css).expect("a selector written here is well formed");
    Selectors {
        meta: parse("meta[content]"),
        json_ld: parse("script"),
        canonical: parse("link[rel~=canonical][href]"),
        html: parse("html[lang]"),
        title: parse("title"),
    }
});

fn strings(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The names in a value that is a name, a thing with a name, or a list of them.
fn names_of(value: &Value) -> Vec<String> {
    listed(value)
        .iter()
        .filter_map(|value| value.as_str().or_else(|| value.get("name")?.as_str()))
        .map(str::to_owned)
        .collect()
}

/// The addresses in a value that is an address, a thing with one, or a list of them.
fn addresses_of(value: &Value) -> Vec<String> {
    listed(value)
        .iter()
        .filter_map(|value| {
            value
                .as_str()
                .or_else(|| value.get("url").or_else(|| value.get("contentUrl"))?.as_str())
        })
        .map(str::to_owned)
        .collect()
}

fn listed(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        value => std::slice::from_ref(value),
    }
}
