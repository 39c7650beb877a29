//! The page at `/desk/search`: a search, and the newest stories.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use url::form_urlencoded;

use super::door::Visitor;
use super::{page, sentence, style};
use crate::domain::text::Language;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::find::{Finding, Found, find, read_cursor};
use crate::http::state::State;
use crate::search::{Facets, Order, Query, Snippet, language_name, read};

/// Where the page lies.
const PATH: &str = "/desk/search";
/// Stories on a page.
const STORIES_A_PAGE: u32 = 30;
/// Sources named of a story; of more, their number is told.
const SOURCES_NAMED: usize = 3;
/// Values of a facet that are shown at once; up to [`VALUES_MAX`] stand behind them, folded.
const VALUES_SHOWN: usize = 7;
/// Values of a facet that are shown at all.
const VALUES_MAX: usize = 40;
/// The language of the page itself.
const OWN_LANGUAGE: &str = "en";

/// What somebody asks the page for. Unlike the API's questions a page's are forgiving: what is not known is passed over.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    words: String,
    sort: Option<Order>,
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "site/home.html", config = "src/askama.toml")]
struct Home {
    style: String,
    who: String,
    words: String,
    sort: &'static str,
    notices: Vec<String>,
    read_as: String,
    count: String,
    orders: Vec<Choice>,
    stories: Vec<Story>,
    is_first: bool,
    first: String,
    next: Option<String>,
    facets: Vec<Facet>,
    is_empty: bool,
}

struct Story {
    link: Option<String>,
    language: String,
    title: Snippet,
    passage: Snippet,
    sources: String,
    day: String,
    time: String,
    foreign: Option<String>,
    articles: Option<u32>,
}

struct Facet {
    name: &'static str,
    shown: Vec<Choice>,
    folded: Vec<Choice>,
}

struct Choice {
    label: String,
    link: String,
    count: u64,
    is_chosen: bool,
}

/// Shows it.
pub async fn show(
    Visitor(caller): Visitor,
    Shared(state): Shared<State>,
    RawQuery(asked): RawQuery,
) -> Result<Response, Problem> {
    let mut asked = Asked::read(asked.as_deref().unwrap_or_default());
    let mut notices = Vec::new();
    if !state.has_caught_up() {
        notices.push("The stories are being indexed; not all of them are here yet.".to_owned());
    }
    let query = asked.query();
    let place = asked
        .cursor
        .as_deref()
        .map(|cursor| read_cursor(&query, cursor))
        .transpose();
    let place = place.unwrap_or_else(|_| {
        notices.push("That address leads nowhere any more; this is the first page.".to_owned());
        asked.cursor = None;
        None
    });
    let found = find(&state.store, &state.index, query, STORIES_A_PAGE, place).await?;
    page(&Home::new(&asked, found, notices, caller.shown_name.into()))
}

impl Asked {
    fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "q" => value.trim().clone_into(&mut asked.words),
                "sort" if value == "newest" => asked.sort = Some(Order::Newest),
                "sort" if value == "relevance" => asked.sort = Some(Order::Relevance),
                "cursor" if !value.is_empty() => asked.cursor = Some(value.into_owned()),
                _ => {}
            }
        }
        asked
    }

    fn query(&self) -> Query {
        let query = read(&self.words);
        match self.sort {
            Some(order) => query.sorted(order),
            None => query,
        }
    }

    /// The address that asks so.
    fn link(words: &str, sort: Option<Order>, cursor: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !words.is_empty() {
            query.append_pair("q", words);
        }
        if let Some(order) = sort {
            query.append_pair("sort", order_name(order));
        }
        if let Some(cursor) = cursor {
            query.append_pair("cursor", cursor);
        }
        match query.finish() {
            query if query.is_empty() => PATH.to_owned(),
            query => format!("{PATH}?{query}"),
        }
    }
}

impl Home {
    fn new(asked: &Asked, found: Finding, mut notices: Vec<String>, who: String) -> Self {
        let (words, sort) = (asked.words.as_str(), asked.sort);
        notices.extend(found.query.notes().iter().map(|note| sentence(note)));
        if found.some_words {
            notices.push("No story has all of these words; these have at least half of them.".to_owned());
        }
        let order = found.query.order();
        let choice = |to: Order, label: &str| Choice {
            label: label.to_owned(),
            link: Asked::link(words, Some(to), None),
            count: 0,
            is_chosen: to == order,
        };
        let orders = vec![
            choice(Order::Relevance, "Best match"),
            choice(Order::Newest, "Newest first"),
        ];
        let next = found.next_cursor.as_deref();
        let is_first = asked.cursor.is_none();
        Self {
            style: style::path(),
            who,
            words: words.to_owned(),
            sort: sort.map(order_name).unwrap_or_default(),
            read_as: sentence(&found.query.as_read()),
            count: counted(found.total),
            orders: if words.is_empty() { Vec::new() } else { orders },
            next: next.map(|cursor| Asked::link(words, sort, Some(cursor))),
            first: Asked::link(words, sort, None),
            facets: found
                .facets
                .map(|facets| Facet::all(facets, found.total, words, sort, &found.hits))
                .unwrap_or_default(),
            is_empty: words.is_empty() && is_first && found.total == 0 && notices.is_empty(),
            stories: found.hits.into_iter().map(Story::new).collect(),
            is_first,
            notices,
        }
    }
}

impl Story {
    fn new(hit: Found) -> Self {
        let story = hit.story;
        let at = story
            .lead
            .published_at
            .map_or(story.found_at, |at| at.min(story.found_at));
        let language = story.lead.language.as_ref();
        let foreign = language.filter(|language| language.as_str() != OWN_LANGUAGE);
        let mut names: Vec<&str> = story.sources.iter().map(|source| source.name.as_str()).collect();
        let more = names.len().saturating_sub(SOURCES_NAMED);
        names.truncate(SOURCES_NAMED);
        let listed = names.join(", ");
        Self {
            link: story.lead.link.as_ref().map(ToString::to_string),
            language: language.map(ToString::to_string).unwrap_or_default(),
            title: hit.title,
            passage: hit.passage,
            sources: if more > 0 {
                format!("{listed} and {more} more")
            } else {
                listed
            },
            day: day(at),
            time: at.to_string(),
            foreign: foreign.map(|language| language_name(language).to_owned()),
            articles: Some(story.articles).filter(|articles| *articles > 1),
        }
    }
}

impl Facet {
    fn all(facets: Facets, total: u64, words: &str, sort: Option<Order>, hits: &[Found]) -> Vec<Self> {
        let name_of = |slug: &str| {
            let mut sources = hits.iter().flat_map(|hit| &hit.story.sources);
            let known = sources.find(|source| source.slug.as_str() == slug);
            known.map_or_else(|| slug.to_owned(), |source| source.name.clone())
        };
        let named = |code: &str| {
            Language::parse(code).map_or_else(|| code.to_owned(), |language| language_name(&language).to_owned())
        };
        let plain = |name: &'static str| move |value: &str| format!("{name}:{}", quoted(value));
        let of = |name, values: Vec<(String, u64)>, label: &dyn Fn(&str) -> String, term: &dyn Fn(&str) -> String| {
            let choices = values.into_iter().take(VALUES_MAX).map(|(value, count)| {
                let (is_chosen, with) = toggled(words, &term(&value));
                Choice {
                    label: label(&value),
                    link: Asked::link(&with, sort, None),
                    count,
                    is_chosen,
                }
            });
            // What all stories have in common narrows nothing down.
            let mut shown: Vec<Choice> = choices
                .filter(|choice| choice.is_chosen || choice.count < total)
                .collect();
            let folded = shown.split_off(VALUES_SHOWN.min(shown.len()));
            Self { name, shown, folded }
        };
        let all = [
            of("Month", facets.months, &month_name, &month_term),
            of("Source", facets.sources, &name_of, &plain("source")),
            of("Language", facets.languages, &named, &plain("lang")),
            of("Topic", facets.topics, &str::to_owned, &plain("topic")),
            of("List", facets.lists, &str::to_owned, &plain("list")),
        ];
        all.into_iter().filter(|facet| !facet.shown.is_empty()).collect()
    }
}

fn order_name(order: Order) -> &'static str {
    match order {
        Order::Relevance => "relevance",
        Order::Newest => "newest",
    }
}

/// `words` with `term`, or without it if it is there already; and whether it is.
pub fn toggled(words: &str, term: &str) -> (bool, String) {
    let padded = format!(" {words} ");
    let wanted = format!(" {term} ");
    match padded.split_once(&wanted) {
        Some((before, after)) => (true, format!("{} {}", before.trim(), after.trim()).trim().to_owned()),
        None => (false, format!("{words} {term}").trim().to_owned()),
    }
}

/// `value` as a search has it: between quotes if it is more than a word.
pub fn quoted(value: &str) -> String {
    if value.contains(char::is_whitespace) {
        format!("\"{}\"", value.replace('"', ""))
    } else {
        value.to_owned()
    }
}

/// What finds the stories of a month such as `2026-03`.
pub fn month_term(month: &str) -> String {
    match first_of(month).and_then(|first| first.checked_add(jiff::Span::new().months(1)).ok()) {
        Some(next) => format!("after:{month} before:{}", next.strftime("%Y-%m")),
        None => format!("after:{month}"),
    }
}

/// A month such as `2026-03`, for people.
pub fn month_name(month: &str) -> String {
    first_of(month).map_or_else(|| month.to_owned(), |first| first.strftime("%B %Y").to_string())
}

fn first_of(month: &str) -> Option<jiff::civil::Date> {
    format!("{month}-01").parse().ok()
}

fn day(at: Timestamp) -> String {
    at.to_jiff().strftime("%-d %B %Y").to_string()
}

fn counted(total: u64) -> String {
    match total {
        0 => "No stories".to_owned(),
        1 => "1 story".to_owned(),
        many => format!("{many} stories"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_is_asked_is_read_forgivingly() {
        for (query, words, sort, cursor) in [
            ("", "", None, None),
            ("q=museum+roof", "museum roof", None, None),
            ("q=a&q=b&utm_source=x", "b", None, None),
            ("q=%ff&sort=newest&cursor=", "\u{fffd}", Some(Order::Newest), None),
            ("sort=loud&cursor=c", "", None, Some("c")),
        ] {
            let asked = Asked::read(query);
            assert_eq!(
                (asked.words.as_str(), asked.sort, asked.cursor.as_deref()),
                (words, sort, cursor),
                "{query}"
            );
        }
    }

    #[test]
    fn a_facet_is_added_and_taken_away_again() {
        for (words, term, chosen, link) in [
            ("", "lang:fr", false, "lang:fr"),
            ("roof", "lang:fr", false, "roof lang:fr"),
            ("roof lang:fr", "lang:fr", true, "roof"),
            ("lang:fr roof", "lang:fr", true, "roof"),
            ("roof lang:fra", "lang:fr", false, "roof lang:fra lang:fr"),
            (
                "a after:2026-12 before:2027-01 b",
                "after:2026-12 before:2027-01",
                true,
                "a b",
            ),
        ] {
            assert_eq!(toggled(words, term), (chosen, link.to_owned()), "{words} {term}");
        }
    }

    #[test]
    fn a_month_is_named_and_found() {
        assert_eq!(month_name("2026-12"), "December 2026");
        assert_eq!(month_term("2026-12"), "after:2026-12 before:2027-01");
        assert_eq!(month_name("once"), "once");
    }

    #[test]
    fn an_address_carries_the_question() {
        assert_eq!(Asked::link("", None, None), "/desk/search");
        assert_eq!(
            Asked::link("a \"b&c\"", Some(Order::Newest), Some("d.e")),
            "/desk/search?q=a+%22b%26c%22&sort=newest&cursor=d.e"
        );
    }
}
