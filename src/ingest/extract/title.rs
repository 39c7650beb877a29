//! The headline of an article.

use std::collections::HashSet;
use std::sync::LazyLock;

use scraper::{Html, Selector};

use super::blocks::ratio;
use super::metadata::Metadata;
use super::vote::words_of;
use crate::ingest::clean;

/// The longest headline, in characters.
const TITLE_CHARS_MAX: usize = 400;
/// The most `h1` elements looked at.
const HEADINGS_MAX: usize = 50;
/// A lone `h1` that nothing confirms has at least so many words.
const LONE_WORDS_MIN: usize = 3;
/// What parts the headline from the site's name in a document's title, with blanks around it.
const SEPARATORS: &[&str] = &[
    " | ", " – ", " — ", " - ", " :: ", " » ", " · ", " • ", " / ", "｜", " : ",
];

static H1: LazyLock<Selector> =
    LazyLock::new(|| Selector::parse("h1").expect("a selector written here is well formed"));

/// Chooses the headline: the longest `h1` whose words occur in the page's names for itself; else a lone `h1`; else the
/// first of those names, without the name of the site.
pub(super) fn title_of(page: &Html, metadata: &Metadata, hint: Option<&str>) -> String {
    let site = metadata.site_name().unwrap_or_default();
    let site_words = words_of(&site);
    let headings: Vec<String> = page
        .select(&H1)
        .take(HEADINGS_MAX)
        .map(|heading| clean::line(&heading.text().collect::<Vec<_>>().concat()))
        .filter(|heading| {
            !heading.is_empty() && heading.chars().count() <= TITLE_CHARS_MAX && words_of(heading) != site_words
        })
        .collect();
    let names: Vec<String> = names_of(metadata, hint);
    let name_words: Vec<HashSet<u64>> = names.iter().map(|name| words_of(name).into_iter().collect()).collect();
    let confirmed = headings
        .iter()
        .filter(|heading| {
            let words = words_of(heading);
            let within = |name: &HashSet<u64>| words.iter().filter(|word| name.contains(word)).count();
            !words.is_empty() && name_words.iter().any(|name| ratio(within(name), words.len()) >= 0.99)
        })
        .max_by_key(|heading| heading.chars().count());
    let lone = || match headings.as_slice() {
        [heading] if words_of(heading).len() >= LONE_WORDS_MIN => Some(heading.clone()),
        _ => None,
    };
    let plain = || names.first().map(|name| without_site(name, &site_words));
    let title = confirmed.cloned().or_else(lone).or_else(plain).unwrap_or_default();
    title.chars().take(TITLE_CHARS_MAX).collect()
}

/// The page's names for its article, the best first.
pub(super) fn names_of(metadata: &Metadata, hint: Option<&str>) -> Vec<String> {
    metadata
        .meta(&["og:title"])
        .map(clean::text)
        .into_iter()
        .chain(metadata.headline())
        .chain(metadata.meta(&["twitter:title", "dc.title"]).map(clean::text))
        .chain(metadata.document_title.clone())
        .chain(hint.map(str::to_owned))
        .map(|name| clean::line(&name))
        .filter(|name| !name.is_empty())
        .collect()
}

/// `name` without the site's name at either end.
fn without_site(name: &str, site: &[u64]) -> String {
    if site.is_empty() {
        return name.to_owned();
    }
    for separator in SEPARATORS {
        let at_end = name
            .rsplit_once(separator)
            .filter(|(_, last)| words_of(last) == site)
            .map(|(title, _)| title);
        let at_start = name
            .split_once(separator)
            .filter(|(first, _)| words_of(first) == site)
            .map(|(_, title)| title);
        if let Some(title) = at_end.or(at_start) {
            return title.trim().to_owned();
        }
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headline_is_the_heading_that_the_page_names() {
        for (html, expected) in [
            (
                "<title>New wing opens | The Post</title><h1>The Post</h1><h1>New wing opens</h1>",
                "New wing opens",
            ),
            (
                "<meta property=og:site_name content='The Post'><title>New wing | The Post</title>",
                "New wing",
            ),
            (
                "<meta property=og:site_name content='The Post'><meta property=og:title content='The Post - New wing'>",
                "New wing",
            ),
            ("<title>x</title><h1>A new wing opens</h1>", "A new wing opens"),
            ("<title>Museum</title><h1>Menu</h1>", "Museum"),
            ("<meta property=og:title content='a &amp;amp; b'>", "a & b"),
            ("", ""),
        ] {
            let page = Html::parse_document(html);
            assert_eq!(title_of(&page, &Metadata::of(&page), None), expected, "{html}");
        }
    }
}
