//! What somebody searches for, and how we say that we read it.

use std::fmt::Write as _;

use super::languages;
use crate::domain::link::Link;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;

/// A search as it was read from text by [`super::read`]: wishes that a story has to fulfil, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub(super) clauses: Vec<Clause>,
    /// The order asked for by `sort:`; else [`Query::order`] decides.
    pub(super) sort: Option<Order>,
    pub(super) notes: Vec<String>,
}

/// In which order stories are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Those that fit the words best.
    Relevance,
    /// The youngest.
    Newest,
}

/// One wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// Whether it must not be so.
    pub(super) unwanted: bool,
    pub(super) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// Words of the story.
    Text(Text),
    /// One of these at least.
    Either(Vec<Text>),
    /// The slug of a source, or words of its name.
    Source(String),
    List(String),
    Topic(String),
    Language(Language),
    /// Dated then or later, with the date as it was typed.
    Since(Timestamp, String),
    /// Dated earlier, with the date as it was typed.
    Before(Timestamp, String),
    Picked(Picked),
    Link(Link),
}

/// Words and where to find them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) part: Part,
    pub(super) form: Form,
    pub(super) words: String,
}

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Anywhere,
    Title,
    By,
}

/// How a story's words have to be like those asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Of the same stem.
    Word,
    /// Beginning so.
    Prefix,
    /// The same, in the same order.
    Phrase,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Picked {
    Yes,
    No,
    /// From the first instant to before the second, with the time as it was typed.
    Within(Timestamp, Timestamp, String),
}

impl Query {
    /// The order of the answer: as asked for, else by relevance if there are words to judge it by, else newest first.
    pub fn order(&self) -> Order {
        let has_words = |clause: &Clause| !clause.unwanted && matches!(clause.what, What::Text(_) | What::Either(_));
        match self.sort {
            Some(order) => order,
            None if self.clauses.iter().any(has_words) => Order::Relevance,
            None => Order::Newest,
        }
    }

    /// The same search in another order, for a choice made beside the text.
    #[must_use]
    pub fn sorted(mut self, order: Order) -> Self {
        self.sort = Some(order);
        self
    }

    /// Whether it asks for nothing, and so for everything.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// How the search was read, as plain text without a full stop: `stories with the words “museum” and “roof”, from source
    /// alliance-blog, before 2026-03-01, newest first`.
    pub fn as_read(&self) -> String {
        let mut said = vec![self.subject()];
        said.extend(
            self.texts(Part::Title)
                .map(|texts| format!("with {texts} in the headline")),
        );
        said.extend(self.texts(Part::By).map(|texts| format!("by {texts}")));
        let each: [(&str, Pick<'_>); 6] = [
            ("from source", |what| match what {
                What::Source(source) => Some(source.as_str()),
                _ => None,
            }),
            ("in list", |what| match what {
                What::List(list) => Some(list.as_str()),
                _ => None,
            }),
            ("in", |what| match what {
                What::Language(language) => Some(languages::name(language)),
                _ => None,
            }),
            ("on", |what| match what {
                What::Topic(topic) => Some(topic.as_str()),
                _ => None,
            }),
            ("from", |what| match what {
                What::Since(_, date) => Some(date.as_str()),
                _ => None,
            }),
            ("before", |what| match what {
                What::Before(_, date) => Some(date.as_str()),
                _ => None,
            }),
        ];
        for (lead, pick) in each {
            for (unwanted, not) in [(false, ""), (true, "not ")] {
                let values: Vec<&str> = self.having(unwanted).filter_map(pick).collect();
                if !values.is_empty() {
                    let tail = if lead == "from" { " on" } else { "" };
                    said.push(format!("{not}{lead} {}{tail}", values.join(" or ")));
                }
            }
        }
        said.extend(self.clauses.iter().filter_map(Clause::as_read));
        let without: Vec<String> = self.having(true).filter_map(What::quoted).collect();
        if !without.is_empty() {
            said.push(format!("without {}", without.join(" or ")));
        }
        said.push(match self.order() {
            Order::Relevance => "best match first".to_owned(),
            Order::Newest => "newest first".to_owned(),
        });
        said.join(", ")
    }

    /// What of the text was not understood or was left out, a sentence each, as plain text without a full stop.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What must be so, or (`unwanted`) must not.
    pub(super) fn having(&self, unwanted: bool) -> impl Iterator<Item = &What> {
        let matching = self.clauses.iter().filter(move |clause| clause.unwanted == unwanted);
        matching.map(|clause| &clause.what)
    }

    fn subject(&self) -> String {
        if self.clauses.is_empty() {
            return "all stories".to_owned();
        }
        self.texts(Part::Anywhere)
            .map_or_else(|| "stories".to_owned(), |texts| format!("stories with {texts}"))
    }

    /// The words wanted in `part`, as said.
    fn texts(&self, part: Part) -> Option<String> {
        let of_part = |form: Form| -> Vec<String> {
            let of_form = self.having(false).filter_map(move |what| match what {
                What::Text(text) if text.part == part && text.form == form => Some(quote(&text.words)),
                _ => None,
            });
            of_form.collect()
        };
        let mut said = Vec::new();
        for (form, one, many) in [
            (Form::Word, "the word ", "the words "),
            (Form::Phrase, "the phrase ", "the phrases "),
            (Form::Prefix, "a word beginning with ", "words beginning with "),
        ] {
            let values = of_part(form);
            if values.is_empty() {
                continue;
            }
            let lead = match (part, form) {
                (Part::By, Form::Word | Form::Phrase) => "",
                _ if values.len() == 1 => one,
                _ => many,
            };
            said.push(format!("{lead}{}", values.join(" and ")));
        }
        if part == Part::Anywhere {
            let eithers = self.having(false).filter(|what| matches!(what, What::Either(_)));
            said.extend(eithers.filter_map(What::quoted));
        }
        (!said.is_empty()).then(|| said.join(" and "))
    }
}

type Pick<'a> = fn(&'a What) -> Option<&'a str>;

impl Clause {
    fn as_read(&self) -> Option<String> {
        let said = match &self.what {
            What::Picked(Picked::Yes) => "picked".to_owned(),
            What::Picked(Picked::No) => "not picked".to_owned(),
            What::Picked(Picked::Within(_, _, time)) => format!("picked in {time}"),
            What::Link(link) => format!("with the address {link}"),
            _ => return None,
        };
        Some(if self.unwanted { format!("not {said}") } else { said })
    }
}

impl What {
    /// The words of a wish for words, in quotation marks.
    fn quoted(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.quoted()),
            Self::Either(texts) => Some(texts.iter().map(Text::quoted).collect::<Vec<_>>().join(" or ")),
            _ => None,
        }
    }
}

impl Text {
    fn quoted(&self) -> String {
        let mut said = quote(&self.words);
        let place = match self.part {
            Part::Anywhere => "",
            Part::Title => " in the headline",
            Part::By => " as author",
        };
        if self.form == Form::Prefix {
            said = format!("a word beginning with {said}");
        }
        // Writing to a string cannot fail.
        let _ = write!(said, "{place}");
        said
    }
}

fn quote(text: &str) -> String {
    format!("“{text}”")
}
