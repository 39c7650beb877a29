//! `sources.toml`: read into declared sources with every mistake named, and written in the house's form.

use std::collections::HashMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::domain::link::Link;
use crate::domain::source::{Declared, Rules, Slug, SourceKind};
use crate::domain::text::Language;

pub use file::{LoadError, load, save, text};
pub use mistake::{Mistake, Mistakes};
pub use write::{add, render};

use mistake::{Notes, shown};

mod file;
mod mistake;
mod value;
mod write;

/// The longest file read, in bytes.
const FILE_BYTES_MAX: usize = 16 << 20;

/// The most sources one file may declare.
const SOURCES_MAX: usize = 20_000;

/// The keys of `[[source]]`, in the order in which they are written.
const SOURCE_KEYS: &[&str] = &[
    "id",
    "name",
    "kind",
    "link",
    "home",
    "language",
    "topics",
    "every",
    "include",
    "exclude",
    "cap_per_day",
    "excerpt_words",
    "articles",
    "keep",
    "drop",
    "selectors",
];

/// The keys of `[defaults]`: what may be the same for many sources.
const DEFAULT_KEYS: &[&str] = &[
    "language",
    "topics",
    "every",
    "include",
    "exclude",
    "cap_per_day",
    "excerpt_words",
    "articles",
    "keep",
    "drop",
];

/// Reads the text of a `sources.toml`; `file` is its name in messages. What a source does not say is taken from
/// `[defaults]`. Fails with all mistakes of the file at once.
pub fn read(text: &str, file: &str) -> Result<Vec<Declared>, Mistakes> {
    let mut notes = Notes::on(text);
    if text.len() > FILE_BYTES_MAX {
        notes.note(&(0..0), "", format!("longer than {FILE_BYTES_MAX} bytes"));
        return notes.judge(file, Vec::new());
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        notes.note(
            &error.span().unwrap_or(0..0),
            "",
            format!("not TOML: {}", error.message().replace('\n', ", ")),
        );
    }
    let mut reader = Reader {
        notes,
        broken: !errors.is_empty(),
        slugs: HashMap::new(),
        identities: HashMap::new(),
    };
    let sources = reader.file(table.get_ref());
    reader.notes.judge(file, sources)
}

/// What is known of a source while its keys are read.
#[derive(Debug, Clone, Default)]
struct Draft {
    slug: Option<Slug>,
    name: Option<String>,
    kind: Option<SourceKind>,
    link: Option<Link>,
    home: Option<Link>,
    language: Option<Language>,
    topics: Vec<String>,
    rules: Rules,
}

#[derive(Debug)]
struct Reader {
    notes: Notes,
    /// Whether the file has mistakes of syntax, so that what is missing may only be hidden by one.
    broken: bool,
    /// The line on which each id was declared.
    slugs: HashMap<Slug, usize>,
    /// Who declared each address, and on which line.
    identities: HashMap<String, (Slug, usize)>,
}

impl Reader {
    fn file(&mut self, file: &DeTable<'_>) -> Vec<Declared> {
        let mut defaults = Draft::default();
        let mut listed = None;
        for (key, value) in file {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("defaults", DeValue::Table(table)) => self.fill(&mut defaults, table, DEFAULT_KEYS),
                ("source", DeValue::Array(array)) => listed = Some(array),
                ("defaults", other) => self.wrong_type("defaults", &value.span(), "a table", other),
                ("source", other) => self.wrong_type("source", &value.span(), "a list of tables: [[source]]", other),
                (other, _) => self.unknown(other, &key.span(), &["defaults", "source"]),
            }
        }
        let mut sources = Vec::new();
        for value in listed.into_iter().flatten() {
            if sources.len() >= SOURCES_MAX {
                self.notes
                    .note(&value.span(), "source", format!("more than {SOURCES_MAX} sources"));
                break;
            }
            match value.get_ref() {
                DeValue::Table(table) => sources.extend(self.source(&defaults, table, &value.span())),
                other => self.wrong_type("source", &value.span(), "a table", other),
            }
        }
        sources
    }

    fn source(&mut self, defaults: &Draft, table: &DeTable<'_>, span: &Range<usize>) -> Option<Declared> {
        let mut draft = defaults.clone();
        self.fill(&mut draft, table, SOURCE_KEYS);
        for required in ["id", "name", "link"] {
            if !self.broken && find(table, required).is_none() {
                self.notes.note(span, required, "missing");
            }
        }
        let kind = draft.kind.unwrap_or(SourceKind::Feed);
        if let Some(selectors) = find(table, "selectors").filter(|_| kind != SourceKind::Page) {
            self.notes.note(
                &selectors.span(),
                "selectors",
                "only a source of kind \"page\" has selectors",
            );
        }
        if let (Some(slug), Some(value)) = (&draft.slug, find(table, "id")) {
            self.claim_slug(slug, &value.span());
            if let (Some(link), Some(value)) = (&draft.link, find(table, "link")) {
                self.claim_link(slug, link, &value.span());
            }
        }
        Some(Declared {
            slug: draft.slug?,
            name: draft.name?,
            kind,
            link: draft.link?,
            home: draft.home,
            language: draft.language,
            topics: draft.topics,
            rules: draft.rules,
        })
    }

    /// Reads the keys of one table over what `draft` holds.
    fn fill(&mut self, draft: &mut Draft, table: &DeTable<'_>, known: &[&str]) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                self.unknown(name, &key.span(), known);
                continue;
            }
            let rules = &mut draft.rules;
            match name {
                "id" => draft.slug = self.slug(name, value),
                "name" => draft.name = self.line(name, value),
                "kind" => draft.kind = self.kind(name, value),
                "link" => draft.link = self.link(name, value),
                "home" => draft.home = self.link(name, value),
                "language" => draft.language = self.language(name, value),
                "topics" => draft.topics = self.lines(name, value),
                "every" => rules.every = self.span(name, value),
                "include" => rules.include = self.lines(name, value),
                "exclude" => rules.exclude = self.lines(name, value),
                "cap_per_day" => rules.cap_per_day = self.number(name, value, 1),
                "excerpt_words" => rules.excerpt_words = self.number(name, value, 0),
                "articles" => rules.articles = self.flag(name, value).unwrap_or(true),
                "keep" => rules.keep = self.css_list(name, value),
                "drop" => rules.drop = self.css_list(name, value),
                _ => rules.selectors = self.selectors(name, value),
            }
        }
    }

    fn claim_slug(&mut self, slug: &Slug, span: &Range<usize>) {
        let (line, _) = self.notes.place(span.start);
        if let Some(first) = self.slugs.get(slug) {
            let what = format!("{} is also the id of the source on line {first}", shown(slug.as_str()));
            self.notes.note(span, "id", what);
        } else {
            self.slugs.insert(slug.clone(), line);
        }
    }

    /// Two spellings of one address count as one.
    fn claim_link(&mut self, slug: &Slug, link: &Link, span: &Range<usize>) {
        let (here, _) = self.notes.place(span.start);
        let identity = link.identity();
        if let Some((first, line)) = self.identities.get(&identity) {
            let what = format!("the same address as that of {} on line {line}", shown(first.as_str()));
            self.notes.note(span, "link", what);
        } else {
            self.identities.insert(identity, (slug.clone(), here));
        }
    }

    fn unknown(&mut self, key: &str, span: &Range<usize>, known: &[&str]) {
        let shown_key: String = key.chars().take(64).collect();
        self.notes
            .note(span, &shown_key, format!("unknown key; known are {}", known.join(", ")));
    }

    fn wrong_type(&mut self, key: &str, span: &Range<usize>, wanted: &str, found: &DeValue<'_>) {
        self.notes
            .note(span, key, format!("wants {wanted}, not {}", article(found.type_str())));
    }
}

fn find<'t, 'i>(table: &'t DeTable<'i>, name: &str) -> Option<&'t Spanned<DeValue<'i>>> {
    table
        .iter()
        .find_map(|(key, value)| (key.get_ref() == name).then_some(value))
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}

#[cfg(test)]
mod tests;
