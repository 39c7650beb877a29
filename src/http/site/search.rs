//! `/search`: what was published, by words. A page that is asked forgivingly: what is not known is passed over.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use url::form_urlencoded;

use super::cover::{Cover, Place, Subject, here, told_language};
use super::entry::Entry;
use super::sentence;
use crate::domain::channel::Publisher;
use crate::domain::site::Site;
use crate::domain::text::Language;
use crate::http::error::Problem;
use crate::http::find::{Finding, FoundPick, find_printed, read_cursor};
use crate::http::narrow::{month_name, month_term, quoted, toggled};
use crate::http::public::header;
use crate::http::state::State;
use crate::http::tag;
use crate::search::{Facets, Order, Query, Snippet, language_name, read};
use crate::store::lists::ReadingList;

/// What a reader may ask at once, in characters.
const WORDS_CHARS_MAX: usize = 200;
/// Items on a page.
const ITEMS_A_PAGE: u32 = 20;
/// Values of a facet that are shown.
const VALUES_MAX: usize = 12;
/// How long an answer may be kept.
const LIFETIME: &str = "public, max-age=60";

#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    words: String,
    is_cut: bool,
    sort: Option<Order>,
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "site/search.html", config = "src/askama.toml")]
struct SearchPage {
    cover: Cover,
    words: String,
    sort: &'static str,
    notices: Vec<String>,
    read_as: String,
    count: String,
    orders: Vec<Choice>,
    items: Vec<Hit>,
    facets: Vec<Facet>,
    first: Option<String>,
    next: Option<String>,
    chars_max: usize,
}

struct Hit {
    entry: Entry,
    title: Snippet,
    passage: Snippet,
}

struct Facet {
    name: &'static str,
    choices: Vec<Choice>,
}

struct Choice {
    label: String,
    link: String,
    count: u64,
    is_chosen: bool,
}

/// Answers with the page.
pub async fn show(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked::read(query.as_deref().unwrap_or_default());
    let site = state.store.site().await?;
    let mut notices = Vec::new();
    if asked.is_cut {
        notices.push(format!(
            "Only the first {WORDS_CHARS_MAX} characters were searched for."
        ));
    }
    let found = if state.has_printed_caught_up() {
        let query = asked.query();
        let after = asked
            .cursor
            .as_deref()
            .and_then(|cursor| read_cursor(&query, cursor).ok());
        Some(find_printed(&state, query, ITEMS_A_PAGE, after).await?)
    } else {
        notices.push("The index is being made; in a moment the search will answer.".to_owned());
        None
    };
    let lists = state.store.lists().await?;
    let page = SearchPage::new(&state, &asked, found, &site, (&lists, notices));
    let mut response = tag::bytes(&headers, "text/html; charset=utf-8", super::text(&page)?);
    response.headers_mut().insert(CACHE_CONTROL, header(LIFETIME));
    Ok(response)
}

impl Asked {
    fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "q" => {
                    asked.words = value.trim().chars().take(WORDS_CHARS_MAX).collect();
                    asked.is_cut = value.trim().chars().nth(WORDS_CHARS_MAX).is_some();
                }
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
}

impl SearchPage {
    fn new(
        state: &State,
        asked: &Asked,
        found: Option<Finding<FoundPick>>,
        site: &Site,
        (lists, mut notices): (&[ReadingList], Vec<String>),
    ) -> Self {
        let publisher = &state.publishing.publisher;
        let words = asked.words.as_str();
        let path = here(&publisher.at(&["search"]));
        let link = |words: &str, sort: Option<Order>, cursor: Option<&str>| address(&path, words, sort, cursor);
        let order = found.as_ref().map(|found| found.query.order());
        let orders = [(Order::Relevance, "Best match"), (Order::Newest, "Newest first")].map(|(to, label)| Choice {
            label: label.to_owned(),
            link: link(words, Some(to), None),
            count: 0,
            is_chosen: Some(to) == order,
        });
        let mut page = Self {
            cover: Cover::new(site, publisher, subject(words, publisher)),
            words: words.to_owned(),
            sort: asked.sort.map(order_name).unwrap_or_default(),
            notices: Vec::new(),
            read_as: String::new(),
            count: String::new(),
            orders: if words.is_empty() { Vec::new() } else { orders.into() },
            items: Vec::new(),
            facets: Vec::new(),
            first: asked.cursor.as_ref().map(|_| link(words, asked.sort, None)),
            next: None,
            chars_max: WORDS_CHARS_MAX,
        };
        if let Some(found) = found {
            notices.extend(found.query.notes().iter().map(|note| sentence(note)));
            if found.some_words {
                notices.push("Nothing has all of these words; these have at least half of them.".to_owned());
            }
            page.read_as = sentence(&found.query.as_read());
            page.count = counted(found.total);
            page.next = found
                .next_cursor
                .as_deref()
                .map(|cursor| link(words, asked.sort, Some(cursor)));
            let facets = found.facets.map(|facets| {
                Facet::all(facets, found.total, lists, |term| {
                    let (is_chosen, with) = toggled(words, term);
                    (is_chosen, link(&with, asked.sort, None))
                })
            });
            page.facets = facets.unwrap_or_default();
            let zone = site.time_zone.rules();
            let entries = found.hits.into_iter().map(|hit| {
                let list = lists.iter().find(|list| list.slug == hit.list);
                let language = list.and_then(|list| list.told.language.as_ref());
                let own = told_language(language.map_or(&site.language, Language::as_str));
                Hit {
                    entry: Entry::new(&hit.item, publisher, &zone, &own),
                    title: hit.title,
                    passage: hit.passage,
                }
            });
            page.items = entries.collect();
        }
        page.notices = notices;
        page
    }
}

impl Facet {
    fn all(facets: Facets, total: u64, lists: &[ReadingList], toggle: impl Fn(&str) -> (bool, String)) -> Vec<Self> {
        let list_name = |slug: &str| {
            let known = lists.iter().find(|list| list.slug.as_str() == slug);
            known.map_or_else(|| slug.to_owned(), |list| list.told.name.clone())
        };
        let language = |code: &str| {
            Language::parse(code).map_or_else(|| code.to_owned(), |language| language_name(&language).to_owned())
        };
        let plain = |name: &'static str| move |value: &str| format!("{name}:{}", quoted(value));
        let of = |name, values: Vec<(String, u64)>, label: &dyn Fn(&str) -> String, term: &dyn Fn(&str) -> String| {
            let choices = values.into_iter().take(VALUES_MAX).map(|(value, count)| {
                let (is_chosen, link) = toggle(&term(&value));
                Choice {
                    label: label(&value),
                    link,
                    count,
                    is_chosen,
                }
            });
            // What all have in common narrows nothing down.
            let choices = choices
                .filter(|choice| choice.is_chosen || choice.count < total)
                .collect();
            Self { name, choices }
        };
        let all = [
            of("List", facets.lists, &list_name, &plain("list")),
            of("Topic", facets.topics, &str::to_owned, &plain("topic")),
            of("Month", facets.months, &month_name, &month_term),
            of("Language", facets.languages, &language, &plain("lang")),
        ];
        all.into_iter().filter(|facet| !facet.choices.is_empty()).collect()
    }
}

fn subject(words: &str, publisher: &Publisher) -> Subject {
    Subject {
        title: if words.is_empty() {
            "Search".to_owned()
        } else {
            format!("{words}: search")
        },
        about: String::new(),
        page: publisher.at(&["search"]),
        picture: None,
        feeds: None,
        data: String::new(),
        place: Place::Search,
    }
}

/// The address that asks so.
fn address(path: &str, words: &str, sort: Option<Order>, cursor: Option<&str>) -> String {
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
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

fn order_name(order: Order) -> &'static str {
    match order {
        Order::Relevance => "relevance",
        Order::Newest => "newest",
    }
}

fn counted(total: u64) -> String {
    match total {
        0 => "Nothing found".to_owned(),
        1 => "1 item".to_owned(),
        many => format!("{many} items"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_asks_is_read_forgivingly() {
        let long = format!("q={}", "é".repeat(WORDS_CHARS_MAX + 1));
        assert!(Asked::read(&long).is_cut);
        let asked = Asked::read("q=+roof+&sort=newest&cursor=&utm_source=x");
        let expected = Asked {
            words: "roof".to_owned(),
            sort: Some(Order::Newest),
            ..Asked::default()
        };
        assert_eq!(asked, expected);
        assert_eq!(address("/search", "", None, None), "/search");
        assert_eq!(
            address("/search", "a \"b&c\"", Some(Order::Newest), Some("d.e")),
            "/search?q=a+%22b%26c%22&sort=newest&cursor=d.e"
        );
    }
}
