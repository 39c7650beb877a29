//! The search over everything: one field, what narrows it down, and rows as in triage, under the same keys.

use askama::Template;
use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use url::form_urlencoded;

use super::row::Row;
use super::triage::Numbered;
use super::{PickList, Place, Said, Shell, html, pick_lists};
use crate::domain::editor::Scope;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::find::{Finding, Found, find, read_cursor};
use crate::http::narrow::{month_name, month_term, quoted, toggled};
use crate::http::site::door::Visitor;
use crate::http::site::sentence;
use crate::http::state::State;
use crate::search::{Facets, Order, Query, language_name, read};

/// Where the page lies.
const PATH: &str = "/desk/search";
/// Stories on a page.
const STORIES_A_PAGE: u32 = 30;
/// Values of a facet that are shown at once; up to [`VALUES_MAX`] stand behind them, folded.
const VALUES_SHOWN: usize = 7;
/// Values of a facet that are shown at all.
const VALUES_MAX: usize = 40;

/// What somebody asks the page for. Unlike the API's questions a page's are forgiving: what is not known is passed over.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    words: String,
    sort: Option<Order>,
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/search.html", config = "src/askama.toml")]
struct Search {
    shell: Shell,
    words: String,
    sort: &'static str,
    notices: Vec<String>,
    read_as: String,
    count: String,
    orders: Vec<Choice>,
    rows: Vec<Row>,
    back: String,
    lists: Vec<Numbered>,
    may_decide: bool,
    is_first: bool,
    first: String,
    next: Option<String>,
    facets: Vec<Facet>,
    is_empty: bool,
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

/// Who looks, and when: what a row looks like depends on it.
struct Sight {
    may_decide: bool,
    now: Timestamp,
    lists: Vec<PickList>,
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
    let back = Asked::link(&asked.words, asked.sort, asked.cursor.as_deref());
    let said = Said::nothing(&state, caller.id, &back).await?;
    let shell = Shell::new(&state, &caller, Place::Search, said).await?;
    let lists = pick_lists(&state).await?;
    let sight = Sight {
        may_decide: caller.scope >= Scope::Edit,
        now: state.clock.now(),
        lists,
    };
    html(&Search::new(shell, &asked, found, notices, sight))
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

impl Search {
    fn new(shell: Shell, asked: &Asked, found: Finding, mut notices: Vec<String>, sight: Sight) -> Self {
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
            shell,
            back: Asked::link(words, sort, asked.cursor.as_deref()),
            may_decide: sight.may_decide,
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
            rows: found.hits.into_iter().map(|hit| sight.row(hit)).collect(),
            lists: Numbered::all(sight.lists),
            is_first,
            notices,
        }
    }
}

impl Sight {
    fn row(&self, hit: Found) -> Row {
        let row = Row::new(hit.story, &self.lists, self.may_decide, self.now);
        row.found(hit.title, hit.passage)
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
    fn an_address_carries_the_question() {
        assert_eq!(Asked::link("", None, None), "/desk/search");
        assert_eq!(
            Asked::link("a \"b&c\"", Some(Order::Newest), Some("d.e")),
            "/desk/search?q=a+%22b%26c%22&sort=newest&cursor=d.e"
        );
    }
}
