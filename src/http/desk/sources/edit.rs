//! What editors change of a source of the desk, and what they do with it.

use axum::extract::{Path, State as Shared};
use axum::response::Response;

use super::add::{selector_fields, selectors};
use super::detail::page;
use crate::config::span;
use crate::domain::source::{Declared, Rules, Source, SourceKind};
use crate::domain::text::Language;
use crate::http::api::sources::change::{ask_for_poll, in_file, named, terms};
use crate::http::api::sources::find;
use crate::http::desk::back_to;
use crate::http::desk::fields::{Faults, Field, Fields};
use crate::http::error::Problem;
use crate::http::site::door::Editing;
use crate::http::state::State;

/// The longest span that an editor may set between two polls.
const EVERY_DAYS_MAX: u64 = 30;

/// The form of a source: each group of fields under its name.
pub struct Form {
    pub version: String,
    pub about: Vec<Field>,
    pub taking: Vec<Field>,
    pub limits: Vec<Field>,
    pub articles: Vec<Field>,
    /// Where entries stand on its page; empty for a source that is no page.
    pub selectors: Vec<Field>,
    /// What is wrong with all of it.
    pub fault: String,
    has_fault: bool,
}

/// Does one thing with a source.
pub async fn act(
    _: Editing,
    Shared(state): Shared<State>,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let source = find(&state, &slug).await?;
    let (slug, now) = (&source.declared.slug, state.clock.now());
    let act = fields.text("act").to_owned();
    let done = match act.as_str() {
        "poll" => ask_for_poll(&state, &source).await?.is_some(),
        "pause" | "resume" => state.store.pause_source(slug, act == "pause").await?,
        "retire" | "restore" if source.in_file => return Err(in_file()),
        "retire" => state.store.retire_source(slug, now).await?,
        "restore" => {
            let wanted = Source {
                retired_at: None,
                ..source.clone()
            };
            state.store.change_source(&source, &wanted).await?
        }
        "back" => state.store.move_source_back(slug, now).await?.is_some(),
        _ => return Err(Problem::bad_field("/act", "not an act on a source")),
    };
    Ok(back_to(&format!(
        "/desk/sources/{slug}?did={act}&to={}",
        u8::from(done)
    )))
}

/// Saves what was changed; what cannot be used is told beside its field, and nothing typed is lost.
pub async fn save(
    Editing(caller): Editing,
    Shared(state): Shared<State>,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let source = find(&state, &slug).await?;
    if source.in_file {
        return Err(in_file());
    }
    let mut faults = Faults::default();
    let declared = read(&fields, &source.declared, &mut faults);
    if faults.is_empty() {
        let wanted = Source {
            declared,
            ..source.clone()
        };
        let is_as_seen = fields.text("version") == source.version.to_string();
        if is_as_seen && state.store.change_source(&source, &wanted).await? {
            return Ok(back_to(&format!("/desk/sources/{slug}?did=saved")));
        }
        faults.note("version", "somebody else changed it meanwhile; what you typed stands here, what holds now is told above. Save again to let yours hold");
    }
    let form = Form::typed(&source, &fields, &faults);
    page(&state, &caller, source, &Fields::default(), (form, None)).await
}

/// `standing` with what the fields say; what cannot be used is noted.
pub fn read(fields: &Fields, standing: &Declared, faults: &mut Faults) -> Declared {
    let mut declared = standing.clone();
    let told = |problem: Problem| problem.first_fault().trim_end_matches('.').to_owned();
    if let Some(name) = faults.take("name", named(fields.text("name")).map_err(told)) {
        declared.name = name;
    }
    declared.language = match fields.text("language") {
        "" => None,
        tag => faults.take("language", Language::parse(tag).ok_or("a language code such as en")),
    };
    let topics: Vec<String> = fields
        .text("topics")
        .split(',')
        .map(|topic| topic.trim().to_owned())
        .filter(|topic| !topic.is_empty())
        .collect();
    declared.topics = faults
        .take("topics", terms("", &topics).map_err(told))
        .unwrap_or_default();
    declared.rules = rules(fields, standing, faults);
    declared
}

fn rules(fields: &Fields, standing: &Declared, faults: &mut Faults) -> Rules {
    let told = |problem: Problem| problem.first_fault().trim_end_matches('.').to_owned();
    let mut rules = standing.rules.clone();
    for (name, list) in [
        ("include", &mut rules.include),
        ("exclude", &mut rules.exclude),
        ("keep", &mut rules.keep),
        ("drop", &mut rules.drop),
    ] {
        *list = faults
            .take(name, terms("", &fields.lines(name)).map_err(told))
            .unwrap_or_default();
    }
    for (name, number) in [
        ("cap_per_day", &mut rules.cap_per_day),
        ("excerpt_words", &mut rules.excerpt_words),
    ] {
        *number = faults
            .take(name, fields.number(name).map_err(|()| "a whole number, or nothing"))
            .flatten();
    }
    rules.every = match fields.text("every") {
        "" => None,
        text => faults.take("every", span::parse(text)),
    };
    if rules
        .every
        .is_some_and(|every| every.as_secs() > EVERY_DAYS_MAX * 24 * 3600)
    {
        faults.note("every", "at most 30 days");
    }
    rules.articles = fields.has("articles");
    if standing.kind == SourceKind::Page && !fields.lines("item").is_empty() {
        let read = selectors(fields).rules();
        rules.selectors = faults.take("item", read.map_err(told)).and_then(|read| read.selectors);
    }
    rules
}

/// What the file says of a source, for who may not change it here.
pub fn file_says(declared: &Declared) -> Vec<(&'static str, String)> {
    let rules = &declared.rules;
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let all = [
        (
            "Language",
            declared.language.as_ref().map(ToString::to_string).unwrap_or_default(),
        ),
        ("Topics", declared.topics.join(", ")),
        ("Takes only what has", rules.include.join(", ")),
        ("Leaves out what has", rules.exclude.join(", ")),
        ("New a day at most", number(rules.cap_per_day)),
        ("Words that may be printed", number(rules.excerpt_words)),
        (
            "Not more often than every",
            rules.every.map(span::write).unwrap_or_default(),
        ),
        ("Keeps of a page", rules.keep.join(", ")),
        ("Drops of a page", rules.drop.join(", ")),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

impl Form {
    /// The form of `source` as it stands.
    pub fn of(source: &Source, faults: &Faults) -> Self {
        let declared = &source.declared;
        let rules = &declared.rules;
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let selectors = match declared.kind {
            SourceKind::Page => selector_fields(rules.selectors.as_ref()),
            SourceKind::Feed | SourceKind::Sitemap | SourceKind::Tip => Vec::new(),
        };
        let values = [
            declared.name.clone(),
            declared.language.as_ref().map(ToString::to_string).unwrap_or_default(),
            declared.topics.join(", "),
            rules.include.join("\n"),
            rules.exclude.join("\n"),
            number(rules.cap_per_day),
            number(rules.excerpt_words),
            rules.every.map(span::write).unwrap_or_default(),
            rules.keep.join("\n"),
            rules.drop.join("\n"),
        ];
        Self::new(source, values, rules.articles, selectors, faults)
    }

    /// The form as it was filled in.
    pub fn typed(source: &Source, fields: &Fields, faults: &Faults) -> Self {
        let names = [
            "name",
            "language",
            "topics",
            "include",
            "exclude",
            "cap_per_day",
            "excerpt_words",
            "every",
            "keep",
            "drop",
        ];
        let mut selectors = match source.declared.kind {
            SourceKind::Page => selector_fields(None),
            SourceKind::Feed | SourceKind::Sitemap | SourceKind::Tip => Vec::new(),
        };
        for (name, _, value) in &mut selectors {
            fields.raw(name).clone_into(value);
        }
        let values = names.map(|name| fields.raw(name).to_owned());
        Self::new(source, values, fields.has("articles"), selectors, faults)
    }

    /// Whether something in it cannot be used.
    pub const fn has_fault(&self) -> bool {
        self.has_fault
    }

    fn new(
        source: &Source,
        values: [String; 10],
        articles: bool,
        selectors: Vec<(&'static str, &'static str, String)>,
        faults: &Faults,
    ) -> Self {
        let [name, language, topics, include, exclude, cap, words, every, keep, drop] = values;
        let told = |fields: Vec<Field>| fields.into_iter().map(|field| field.told(faults)).collect();
        let code = |name, label, value, hint| Field {
            is_code: true,
            rows: 1,
            hint,
            ..Field::lines(name, label, value)
        };
        Self {
            version: source.version.to_string(),
            about: told(vec![
                Field {
                    is_required: true,
                    most: 200,
                    ..Field::line("name", "Name", name)
                },
                Field {
                    most: 10,
                    hint: "A code such as en or pt; empty if it writes in several.",
                    ..Field::line("language", "Language", language)
                },
                Field {
                    hint: "Separated by commas.",
                    ..Field::line("topics", "Topics", topics)
                },
            ]),
            taking: told(vec![
                Field {
                    hint: "One term a line. If there are any, only entries with one of them are taken.",
                    ..Field::lines("include", "Take only what has", include)
                },
                Field {
                    hint: "One term a line.",
                    ..Field::lines("exclude", "Leave out what has", exclude)
                },
            ]),
            limits: told(vec![
                Field {
                    hint: "New entries in 24 hours; the rest waits.",
                    ..Field::number("cap_per_day", "At most a day", cap)
                },
                Field {
                    hint: "The longest excerpt that the outlet allows.",
                    ..Field::number("excerpt_words", "Words that may be printed", words)
                },
                Field {
                    most: 20,
                    hint: "A span such as 2h or 1d; empty lets its own rhythm decide.",
                    ..Field::line("every", "Not more often than every", every)
                },
            ]),
            articles: told(vec![
                Field::check("articles", "Fetch the page behind each entry", articles),
                code(
                    "keep",
                    "Keep of a page",
                    keep,
                    "CSS selectors, one a line; empty lets docent find the text.",
                ),
                code("drop", "Drop of a page", drop, "CSS selectors, one a line."),
            ]),
            selectors: told(
                selectors
                    .into_iter()
                    .map(|(name, label, value)| code(name, label, value, ""))
                    .collect(),
            ),
            fault: faults.of("version").to_owned(),
            has_fault: !faults.is_empty(),
        }
    }
}
