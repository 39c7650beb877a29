//! Drafts into entries: cleaned, bounded, each with a key of its own.

use std::collections::{HashMap, HashSet, VecDeque};

use super::Warnings;
use super::draft::Draft;
use super::prose::Prose;
use crate::domain::digest::digest;
use crate::domain::entry::{EntryKey, Found};
use crate::domain::link::Link;
use crate::domain::text::{CleanHtml, Language};

/// Entries kept of one document.
pub const ENTRIES_MAX: usize = 2000;

/// The longest title, in characters.
pub const TITLE_CHARS_MAX: usize = 1000;

/// The longest list of authors, in characters.
const AUTHOR_CHARS_MAX: usize = 300;

/// Authors of one entry.
pub const AUTHORS_MAX: usize = 20;

/// The longest short text, in characters.
const SUMMARY_CHARS_MAX: usize = 2000;

/// How much of a markup is looked at to make a line of plain text, in bytes.
const LINE_SOURCE_BYTES_MAX: usize = 32 * 1024;

/// HTML kept of one document's entries together, in bytes; later entries go without.
const CONTENTS_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Topics of one entry.
pub const TOPICS_MAX: usize = 30;

/// The longest topic, in characters.
const TOPIC_CHARS_MAX: usize = 100;

/// The longest key that is kept as given, in bytes; databases refuse long ones in an index.
const KEY_BYTES_MAX: usize = 512;

/// The entries of a document while it is read.
#[derive(Debug, Default)]
pub struct Entries {
    kept: VecDeque<Named>,
    contents_bytes: usize,
    /// Those that the document holds, kept or not.
    pub seen: usize,
}

/// An entry, and what its key is made of.
#[derive(Debug)]
struct Named {
    found: Found,
    key_from: KeyFrom,
    /// A hash of title and text.
    mark: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyFrom {
    Id,
    Link,
    Text,
}

impl Entries {
    /// Takes an entry. One that says nothing is left out; of too many, those listed first are kept, or the last if the
    /// document lists its newest last.
    pub fn push(&mut self, draft: Draft, warnings: &mut Warnings) {
        self.seen = self.seen.saturating_add(1);
        if self.kept.len() >= ENTRIES_MAX {
            warnings.note("more entries than are taken: the oldest are left out");
            let date = draft.published.get().or(draft.updated.get());
            let first = self
                .kept
                .front()
                .and_then(|named| named.found.published.or(named.found.updated));
            if date.copied() <= first {
                return;
            }
            if let Some(oldest) = self.kept.pop_front() {
                let bytes = oldest.found.content.as_str().len();
                self.contents_bytes = self.contents_bytes.saturating_sub(bytes);
            }
        }
        match self.name(draft, warnings) {
            Some(named) => self.kept.push_back(named),
            None => warnings.note("an entry without id, link, title and text is left out"),
        }
    }

    /// The entries, in the document's order, each under a key that no other has. The same entry listed twice is one.
    pub fn finish(self, language: Option<&Language>, author: Option<&str>, warnings: &mut Warnings) -> Vec<Found> {
        let mut bearers: HashMap<EntryKey, HashSet<String>> = HashMap::new();
        for named in &self.kept {
            bearers
                .entry(named.found.key.clone())
                .or_default()
                .insert(named.distinction());
        }
        let mut known = HashSet::new();
        let mut entries = Vec::with_capacity(self.kept.len());
        for mut named in self.kept {
            if bearers.get(&named.found.key).is_some_and(|bearers| bearers.len() > 1) {
                warnings.note("an id stands on several entries: their links tell them apart");
                named.found.key = EntryKey(bounded(format!("{} {}", named.found.key.0, named.distinction())));
            }
            if !known.insert(named.found.key.clone()) {
                continue;
            }
            let mut found = named.found;
            found.language = found.language.or_else(|| language.cloned());
            found.author = found.author.or_else(|| author.map(str::to_owned));
            entries.push(found);
        }
        entries
    }

    fn name(&mut self, mut draft: Draft, warnings: &mut Warnings) -> Option<Named> {
        let id = std::mem::take(&mut draft.id).take();
        if let Some(page) = id.as_deref().filter(|_| draft.id_is_link).and_then(Link::parse) {
            draft.link.offer(u8::MAX, page);
        }
        let link = draft.link.get().cloned();
        let raw = |prose: Option<&Prose>| prose.map(|prose| prose.raw.trim().to_owned()).unwrap_or_default();
        let title = raw(draft.title.get());
        let text = raw(draft.content.get().or(draft.summary.get()));
        let mark = hash(&[&title, &text]);
        let (key, key_from) = match (id, &link) {
            (Some(id), _) => (id, KeyFrom::Id),
            (None, Some(link)) => (link.canonical().as_str().to_owned(), KeyFrom::Link),
            (None, None) if title.is_empty() && text.is_empty() => return None,
            // The feed's own title is left out: a source that changes its name does not make its old entries new.
            (None, None) => (mark.clone(), KeyFrom::Text),
        };
        let found = self.found(EntryKey(bounded(key)), link, draft, warnings);
        Some(Named { found, key_from, mark })
    }

    fn found(&mut self, key: EntryKey, link: Option<Link>, draft: Draft, warnings: &mut Warnings) -> Found {
        let author = authors_line(&draft.authors);
        let (summary, content) = (draft.summary.take(), draft.content.take());
        let short = summary.as_ref().or(content.as_ref());
        let summary_line = short.map(|prose| prose.line(LINE_SOURCE_BYTES_MAX)).unwrap_or_default();
        let content_html = self.content(content.as_ref().or(summary.as_ref()), warnings);
        let title = draft
            .title
            .take()
            .map(|prose| prose.line(LINE_SOURCE_BYTES_MAX))
            .unwrap_or_default();
        let (title, is_cut) = cut(&title, TITLE_CHARS_MAX);
        if is_cut {
            warnings.note("a title is too long and is cut");
        }
        let mut topics: Vec<String> = Vec::new();
        for topic in draft.topics.iter().take(TOPICS_MAX) {
            let (topic, _) = cut(&topic.line(LINE_SOURCE_BYTES_MAX), TOPIC_CHARS_MAX);
            if !topic.is_empty() && !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        Found {
            key,
            link,
            title,
            author,
            published: draft.published.take(),
            updated: draft.updated.take(),
            summary: cut(&summary_line, SUMMARY_CHARS_MAX).0,
            content: content_html,
            language: draft.language.take(),
            image: draft.image.take(),
            topics,
        }
    }

    fn content(&mut self, prose: Option<&Prose>, warnings: &mut Warnings) -> CleanHtml {
        if self.contents_bytes >= CONTENTS_BYTES_MAX {
            warnings.note("the document holds too much text: some entries go without");
            return CleanHtml::default();
        }
        let html = prose
            .filter(|prose| !prose.raw.trim().is_empty())
            .map(Prose::html)
            .unwrap_or_default();
        self.contents_bytes = self.contents_bytes.saturating_add(html.as_str().len());
        html
    }
}

impl Named {
    /// What tells it from others of the same key.
    fn distinction(&self) -> String {
        match (&self.found.link, self.key_from) {
            (Some(link), KeyFrom::Id) => link.canonical().as_str().to_owned(),
            _ => self.mark.clone(),
        }
    }
}

/// The authors of the best rank, as one line.
pub fn authors_line(authors: &[(u8, Prose)]) -> Option<String> {
    let best = authors.iter().map(|(rank, _)| *rank).min()?;
    let mut names: Vec<String> = Vec::new();
    for (_, prose) in authors.iter().filter(|(rank, _)| *rank == best).take(AUTHORS_MAX) {
        let name = person(&prose.line(LINE_SOURCE_BYTES_MAX));
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    let (line, _) = cut(&names.join(", "), AUTHOR_CHARS_MAX);
    (!line.is_empty()).then_some(line)
}

/// A person's name out of `name <address>` and `address (name)`.
fn person(text: &str) -> String {
    if let Some((before, rest)) = text.split_once('(')
        && before.contains('@')
        && let Some((name, _)) = rest.rsplit_once(')')
        && !name.trim().is_empty()
    {
        return name.trim().to_owned();
    }
    if let Some((name, address)) = text.split_once('<')
        && address.contains('@')
        && !name.trim().is_empty()
    {
        return name.trim().trim_matches('"').to_owned();
    }
    text.trim().to_owned()
}

/// `text` with at most `chars_max` characters, cut behind a word if there is one near the end; and whether it was cut.
pub fn cut(text: &str, chars_max: usize) -> (String, bool) {
    let Some((end, _)) = text.char_indices().nth(chars_max) else {
        return (text.to_owned(), false);
    };
    let head = text.get(..end).unwrap_or(text);
    let word = head.rfind(' ').filter(|at| at.saturating_mul(2) > end);
    let head = word.and_then(|at| head.get(..at)).unwrap_or(head);
    (head.trim_end().to_owned(), true)
}

/// `key` as it is, or the hash of a longer one.
fn bounded(key: String) -> String {
    if key.len() <= KEY_BYTES_MAX { key } else { hash(&[&key]) }
}

/// A short name for `parts` that stays the same wherever and whenever it is made.
fn hash(parts: &[&str]) -> String {
    format!("sha256:{}", digest(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_behind_a_word() {
        for (text, chars_max, expected) in [
            ("short", 10, ("short", false)),
            ("one two three", 9, ("one two", true)),
            ("ééééé", 3, ("ééé", true)),
            ("a bcdefghij", 5, ("a bcd", true)),
        ] {
            let (text, is_cut) = cut(text, chars_max);
            assert_eq!((text.as_str(), is_cut), expected);
        }
    }

    #[test]
    fn a_persons_name_stands_without_its_address() {
        for (text, expected) in [
            ("Ann", "Ann"),
            ("ann@example.org (Ann)", "Ann"),
            ("Ann <ann@example.org>", "Ann"),
            ("名前（user@example.com）", "名前（user@example.com）"),
            ("ann@example.org", "ann@example.org"),
        ] {
            assert_eq!(person(text), expected);
        }
    }
}
