//! `/search`: what was published, by words.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;

use super::cover::{Cover, Place, Subject, here, told_language};
use super::entry::Entry;
use super::sentence;
use crate::domain::channel::Publisher;
use crate::domain::site::Site;
use crate::domain::text::Language;
use crate::http::error::Problem;
use crate::http::find::{Finding, FoundPick, find_printed, read_cursor};
use crate::http::public::header;
use crate::http::question::{Choice, Kind, Question, by, language, month_name, month_term};
use crate::http::state::State;
use crate::http::tag;
use crate::search::{Facets, Snippet};
use crate::store::lists::ReadingList;

/// What a reader may ask at once, in characters.
const WORDS_CHARS_MAX: usize = 200;
/// Items on a page.
const ITEMS_A_PAGE: u32 = 20;
/// Values of a facet that are shown.
const VALUES_MAX: usize = 12;
/// How long an answer may be kept.
const LIFETIME: &str = "public, max-age=60";

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

/// Answers with the page.
pub async fn show(
    Shared(state): Shared<State>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut asked = Question::read(query.as_deref().unwrap_or_default());
    let is_cut = cut(&mut asked.words);
    let site = state.store.site().await?;
    let mut notices = Vec::new();
    if is_cut {
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

impl SearchPage {
    fn new(
        state: &State,
        asked: &Question,
        found: Option<Finding<FoundPick>>,
        site: &Site,
        (lists, mut notices): (&[ReadingList], Vec<String>),
    ) -> Self {
        let publisher = &state.publishing.publisher;
        let words = asked.words.as_str();
        let path = here(&publisher.at(&["search"]));
        let order = found.as_ref().map(|found| found.query.order());
        let mut page = Self {
            cover: Cover::new(site, publisher, subject(words, publisher)),
            words: words.to_owned(),
            sort: asked.sort_name(),
            notices: Vec::new(),
            read_as: String::new(),
            count: String::new(),
            orders: asked.orders(&path, order),
            items: Vec::new(),
            facets: Vec::new(),
            first: asked.cursor.as_ref().map(|_| asked.from(None).link(&path)),
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
                .map(|cursor| asked.from(Some(cursor)).link(&path));
            let facets = found
                .facets
                .map(|facets| Facet::all(facets, found.total, lists, (asked, &path)));
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
    fn all(facets: Facets, total: u64, lists: &[ReadingList], (asked, path): (&Question, &str)) -> Vec<Self> {
        let list = |slug: &str| {
            let known = lists.iter().find(|list| list.slug.as_str() == slug);
            known.map_or_else(|| slug.to_owned(), |list| list.told.name.clone())
        };
        let of = |name, values, kind: &Kind| Self {
            name,
            choices: asked.narrower(path, (total, VALUES_MAX), values, kind),
        };
        let all = [
            of("List", facets.lists, &Kind::new(&list, &by("list"))),
            of("Topic", facets.topics, &Kind::new(&str::to_owned, &by("topic"))),
            of("Month", facets.months, &Kind::new(&month_name, &month_term)),
            of("Language", facets.languages, &Kind::new(&language, &by("lang"))),
        ];
        all.into_iter().filter(|facet| !facet.choices.is_empty()).collect()
    }
}

/// Cuts `words` to what a reader may ask; whether they were longer.
fn cut(words: &mut String) -> bool {
    let end = words.char_indices().nth(WORDS_CHARS_MAX).map(|(end, _)| end);
    if let Some(end) = end {
        words.truncate(end);
    }
    end.is_some()
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
    fn a_reader_asks_so_much_and_no_more() {
        for (count, expected) in [(WORDS_CHARS_MAX, false), (WORDS_CHARS_MAX + 1, true)] {
            let mut words = "é".repeat(count);
            assert_eq!((cut(&mut words), words.chars().count()), (expected, WORDS_CHARS_MAX));
        }
    }
}
