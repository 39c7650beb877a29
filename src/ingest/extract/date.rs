//! When an article was published. A date of change is never taken for it.

use std::sync::LazyLock;

use jiff::civil;
use jiff::tz::TimeZone;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

use super::metadata::Metadata;
use crate::domain::article::DateFrom;
use crate::domain::link::Link;
use crate::domain::time::Timestamp;

/// Dates before this year are mistakes: there was no web.
const YEAR_MIN: i16 = 1990;
/// Dates after this year are mistakes.
const YEAR_MAX: i16 = 2200;
/// The longest text read as a date, in bytes.
const DATE_BYTES_MAX: usize = 64;
/// The most `time` elements looked at.
const TIMES_MAX: usize = 100;

const PUBLISHED: &[&str] = &[
    "article:published_time",
    "article:published",
    "og:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "publish-date",
    "publish_date",
    "pubdate",
    "publication_date",
    "citation_publication_date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "date",
];
const UPDATED: &[&str] = &[
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "last-modified",
];

struct Selectors {
    microdata: Selector,
    time: Selector,
}

static SELECTORS: LazyLock<Selectors> = LazyLock::new(|| {
    let parse = |css| Selector::parse(css).expect("a selector written here is well formed");
    Selectors {
        microdata: parse("[itemprop~=datePublished]"),
        time: parse("time[datetime]"),
    }
});

/// When the article on `page` at `link` was first published.
pub(super) fn published(page: &Html, metadata: &Metadata, link: &Link) -> Option<(Timestamp, DateFrom)> {
    let json = || metadata.json("datePublished").and_then(Value::as_str).and_then(read);
    let meta = || PUBLISHED.iter().find_map(|name| metadata.meta(&[name]).and_then(read));
    let microdata = || page.select(&SELECTORS.microdata).take(TIMES_MAX).find_map(of_element);
    None.or_else(|| Some((json()?, DateFrom::JsonLd)))
        .or_else(|| Some((meta()?, DateFrom::Meta)))
        .or_else(|| Some((microdata()?, DateFrom::Microdata)))
        .or_else(|| Some((time_element(page)?, DateFrom::TimeElement)))
        .or_else(|| Some((in_address(link)?, DateFrom::Address)))
}

/// When it was last changed.
pub(super) fn updated(metadata: &Metadata) -> Option<Timestamp> {
    let json = metadata.json("dateModified").and_then(Value::as_str).and_then(read);
    json.or_else(|| UPDATED.iter().find_map(|name| metadata.meta(&[name]).and_then(read)))
}

/// Reads an instant as pages write it: RFC 3339 and its neighbours, RFC 2822, a date alone. Without a zone it is UTC.
fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > DATE_BYTES_MAX {
        return None;
    }
    let civil = |text: &str| text.parse::<civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    let instant = text
        .parse::<jiff::Timestamp>()
        .ok()
        .or_else(|| jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp()))
        .or_else(|| civil(text).map(|zoned| zoned.timestamp()))
        .or_else(|| civil(text.get(..10)?).map(|zoned| zoned.timestamp()))?;
    let year = instant.to_zoned(TimeZone::UTC).year();
    (YEAR_MIN..=YEAR_MAX).contains(&year).then(|| instant.into())
}

fn of_element(element: ElementRef<'_>) -> Option<Timestamp> {
    let given = element.attr("content").or_else(|| element.attr("datetime"));
    given
        .and_then(read)
        .or_else(|| read(element.text().collect::<String>().trim()))
}

/// The first `time` in the article; lists of other articles and comments have theirs further down.
fn time_element(page: &Html) -> Option<Timestamp> {
    let within = |element: &ElementRef<'_>, names: &[&str]| {
        element
            .ancestors()
            .filter_map(ElementRef::wrap)
            .any(|around| names.contains(&around.value().name()))
    };
    let times: Vec<ElementRef<'_>> = page.select(&SELECTORS.time).take(TIMES_MAX).collect();
    let change = |element: &ElementRef<'_>| {
        let names = [element.attr("class"), element.attr("itemprop")];
        names.into_iter().flatten().any(|name| {
            let name = name.to_ascii_lowercase();
            name.contains("modif") || name.contains("updat")
        })
    };
    let own = |element: &&ElementRef<'_>| !change(element) && !within(element, &["aside", "nav", "footer"]);
    let first = times
        .iter()
        .filter(own)
        .find(|element| within(element, &["article", "main"]));
    first
        .or_else(|| times.iter().find(own))
        .and_then(|element| read(element.attr("datetime")?))
}

/// A date in the path: `/2024/05/17/`, `/2024-05-17-title`, `/20240517/`.
fn in_address(link: &Link) -> Option<Timestamp> {
    let path = link.url().path();
    let numbers: Vec<&str> = path
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty())
        .collect();
    numbers.windows(3).find_map(|parts| match parts {
        [year, month, day] if year.len() == 4 && month.len() <= 2 && day.len() <= 2 => {
            let adjacent = ["/", "-", "_"]
                .iter()
                .any(|by| path.contains(&format!("{year}{by}{month}{by}{day}")));
            let date = civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
            adjacent.then_some(())?;
            read(&date.to_string())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_pages_write_them() {
        for (text, expected) in [
            ("2024-05-17T08:30:00+02:00", Some("2024-05-17T06:30:00Z")),
            ("2024-05-17T08:30:00+0200", Some("2024-05-17T06:30:00Z")),
            ("2024-05-17T08:30:00", Some("2024-05-17T08:30:00Z")),
            ("2024-05-17 08:30:00", Some("2024-05-17T08:30:00Z")),
            ("2024-05-17", Some("2024-05-17T00:00:00Z")),
            ("2024-05-17 at noon", Some("2024-05-17T00:00:00Z")),
            ("Fri, 17 May 2024 08:30:00 GMT", Some("2024-05-17T08:30:00Z")),
            ("0001-01-01T00:00:00Z", None),
            ("today", None),
            ("", None),
        ] {
            assert_eq!(read(text).map(|at| at.to_string()).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn the_most_trusted_place_decides_and_changes_do_not_count() {
        let link = Link::parse("https://example.org/2020/01/02/a").expect("an address");
        for (html, expected) in [
            (
                "<script type=application/ld+json>{\"@type\":\"NewsArticle\",\"datePublished\":\"2024-01-01\"}</script><meta property=article:published_time content=2024-02-02>",
                Some(DateFrom::JsonLd),
            ),
            (
                "<meta property=article:published_time content=2024-02-02>",
                Some(DateFrom::Meta),
            ),
            (
                "<span itemprop=datePublished content=2024-02-02>",
                Some(DateFrom::Microdata),
            ),
            (
                "<article><time datetime=2024-02-02>x</time></article>",
                Some(DateFrom::TimeElement),
            ),
            (
                "<meta property=article:modified_time content=2024-02-02><time class=updated datetime=2024-02-02>",
                Some(DateFrom::Address),
            ),
        ] {
            let page = Html::parse_document(html);
            let found = published(&page, &Metadata::of(&page), &link);
            assert_eq!(found.map(|(_, from)| from), expected, "{html}");
        }
        let undated = Link::parse("https://example.org/a-1-2-3").expect("an address");
        let page = Html::parse_document("<p>a");
        assert_eq!(published(&page, &Metadata::of(&page), &undated), None);
    }
}
