//! What a page of search is asked, and the ways on from there: another order, the next page, narrower by a facet.
//!
//! Unlike the API's questions a page's are forgiving: what is not known is passed over.

use url::form_urlencoded;

use crate::domain::text::Language;
use crate::search::{Order, Query, language_name, read};

/// A question.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The words as they were typed, without blanks around them.
    pub words: String,
    /// The order, if one was asked for.
    pub sort: Option<Order>,
    /// Where the page begins, if not at the beginning.
    pub cursor: Option<String>,
}

/// A way on that may be taken already.
pub struct Choice {
    /// What people call it.
    pub label: String,
    /// Where it leads; if it is taken, back.
    pub link: String,
    /// How many it leaves.
    pub count: u64,
    /// Whether it is taken.
    pub is_chosen: bool,
}

/// What the values of a facet are called, and the terms that find them.
pub struct Kind<'a> {
    label: &'a dyn Fn(&str) -> String,
    term: &'a dyn Fn(&str) -> String,
}

impl Question {
    /// Reads the query of an address.
    pub fn read(query: &str) -> Self {
        let mut question = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "q" => value.trim().clone_into(&mut question.words),
                "sort" if value == "newest" => question.sort = Some(Order::Newest),
                "sort" if value == "relevance" => question.sort = Some(Order::Relevance),
                "cursor" if !value.is_empty() => question.cursor = Some(value.into_owned()),
                _ => {}
            }
        }
        question
    }

    /// As the index is asked.
    pub fn query(&self) -> Query {
        let query = read(&self.words);
        match self.sort {
            Some(order) => query.sorted(order),
            None => query,
        }
    }

    /// The address below `path` that asks so.
    pub fn link(&self, path: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.words.is_empty() {
            query.append_pair("q", &self.words);
        }
        if let Some(order) = self.sort {
            query.append_pair("sort", order_name(order));
        }
        if let Some(cursor) = &self.cursor {
            query.append_pair("cursor", cursor);
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// The same question from `cursor` on; from the beginning without one.
    pub fn from(&self, cursor: Option<&str>) -> Self {
        Self {
            words: self.words.clone(),
            sort: self.sort,
            cursor: cursor.map(str::to_owned),
        }
    }

    /// The name of the order that was asked for, as addresses have it; empty if none was.
    pub fn sort_name(&self) -> &'static str {
        self.sort.map(order_name).unwrap_or_default()
    }

    /// The orders to choose from, `order` being taken; none where nothing was searched for.
    pub fn orders(&self, path: &str, order: Option<Order>) -> Vec<Choice> {
        if self.words.is_empty() {
            return Vec::new();
        }
        let choice = |(to, label): (Order, &str)| Choice {
            label: label.to_owned(),
            link: Self {
                sort: Some(to),
                ..self.from(None)
            }
            .link(path),
            count: 0,
            is_chosen: Some(to) == order,
        };
        [(Order::Relevance, "Best match"), (Order::Newest, "Newest first")]
            .map(choice)
            .into()
    }

    /// The first `most` of `values`, each with how many of `total` it leaves, as ways to ask narrower. What all have in common
    /// narrows nothing down and is left out.
    pub fn narrower(
        &self,
        path: &str,
        (total, most): (u64, usize),
        values: Vec<(String, u64)>,
        kind: &Kind,
    ) -> Vec<Choice> {
        let choices = values.into_iter().take(most).map(|(value, count)| {
            let (is_chosen, words) = toggled(&self.words, &(kind.term)(&value));
            Choice {
                label: (kind.label)(&value),
                link: Self {
                    words,
                    ..self.from(None)
                }
                .link(path),
                count,
                is_chosen,
            }
        });
        choices
            .filter(|choice| choice.is_chosen || choice.count < total)
            .collect()
    }
}

impl<'a> Kind<'a> {
    /// Values that `label` names and `term` finds.
    pub const fn new(label: &'a dyn Fn(&str) -> String, term: &'a dyn Fn(&str) -> String) -> Self {
        Self { label, term }
    }
}

/// The term that finds `value` by the operator `name`.
pub fn by(name: &'static str) -> impl Fn(&str) -> String {
    move |value| format!("{name}:{}", quoted(value))
}

/// What people call the language of this code.
pub fn language(code: &str) -> String {
    Language::parse(code).map_or_else(|| code.to_owned(), |language| language_name(&language).to_owned())
}

/// `words` with `term`, or without it if it is there already; and whether it is.
fn toggled(words: &str, term: &str) -> (bool, String) {
    let padded = format!(" {words} ");
    let wanted = format!(" {term} ");
    match padded.split_once(&wanted) {
        Some((before, after)) => (true, format!("{} {}", before.trim(), after.trim()).trim().to_owned()),
        None => (false, format!("{words} {term}").trim().to_owned()),
    }
}

/// `value` as a search has it: between quotes if it is more than a word.
fn quoted(value: &str) -> String {
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

const fn order_name(order: Order) -> &'static str {
    match order {
        Order::Relevance => "relevance",
        Order::Newest => "newest",
    }
}

fn first_of(month: &str) -> Option<jiff::civil::Date> {
    format!("{month}-01").parse().ok()
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
            ("q=+roof+&sort=loud&cursor=c", "roof", None, Some("c")),
        ] {
            let expected = Question {
                words: words.to_owned(),
                sort,
                cursor: cursor.map(str::to_owned),
            };
            assert_eq!(Question::read(query), expected, "{query}");
        }
    }

    #[test]
    fn an_address_carries_the_question_and_is_read_back() {
        assert_eq!(Question::default().link("/search"), "/search");
        let question = Question {
            words: "a \"b&c\"".to_owned(),
            sort: Some(Order::Newest),
            cursor: Some("d.e".to_owned()),
        };
        let link = question.link("/search");
        assert_eq!(link, "/search?q=a+%22b%26c%22&sort=newest&cursor=d.e");
        assert_eq!(Question::read(link.split_once('?').unwrap().1), question);
    }

    #[test]
    fn what_all_have_in_common_is_no_choice_unless_it_was_made() {
        let question = Question::read("q=roof+lang:fr&cursor=c");
        let values = vec![
            ("fr".to_owned(), 3),
            ("en".to_owned(), 3),
            ("de".to_owned(), 1),
            ("es".to_owned(), 1),
        ];
        let (name, term) = (language, by("lang"));
        let choices = question.narrower("/search", (3, 3), values, &Kind::new(&name, &term));
        let told: Vec<(&str, bool)> = choices
            .iter()
            .map(|choice| (choice.link.as_str(), choice.is_chosen))
            .collect();
        assert_eq!(
            told,
            [("/search?q=roof", true), ("/search?q=roof+lang%3Afr+lang%3Ade", false)]
        );
        assert_eq!(choices.first().unwrap().label, "French");
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
}
