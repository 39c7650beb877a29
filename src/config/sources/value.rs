//! The values of `sources.toml`, each judged where it is read.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::Reader;
use super::mistake::shown;
use crate::config::span;
use crate::domain::link::Link;
use crate::domain::source::{Selectors, Slug, SourceKind};
use crate::domain::text::Language;

/// The longest text of one line, in characters.
const LINE_CHARS_MAX: usize = 300;

/// The longest list of terms, topics or selectors.
const LIST_ITEMS_MAX: usize = 200;

/// The longest selector, in bytes.
const SELECTOR_BYTES_MAX: usize = 1_000;

/// The largest number that any key takes.
const NUMBER_MAX: u32 = 100_000;

/// The shortest and the longest span that `every` takes.
const EVERY_SECONDS: std::ops::RangeInclusive<u64> = 1..=90 * 86_400;

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader {
    pub(super) fn slug(&mut self, key: &str, value: &Value<'_>) -> Option<Slug> {
        let text = self.text(key, value)?;
        let slug = Slug::parse(text);
        if slug.is_none() {
            let what = format!(
                "not an id (lower-case letters, digits and single hyphens, at most 64): {}",
                shown(text)
            );
            self.notes.note(&value.span(), key, what);
        }
        slug
    }

    /// A text of one line that is not empty. Control characters, which names that were decoded wrongly once are full of, are
    /// dropped: nobody can see them, and nobody could be told where they are.
    pub(super) fn line(&mut self, key: &str, value: &Value<'_>) -> Option<String> {
        let text: String = self.text(key, value)?.chars().filter(|c| !c.is_control()).collect();
        let text = text.trim();
        let wrong = if text.is_empty() {
            "empty".to_owned()
        } else if text.chars().count() > LINE_CHARS_MAX {
            format!("longer than {LINE_CHARS_MAX} characters")
        } else {
            return Some(text.to_owned());
        };
        self.notes.note(&value.span(), key, wrong);
        None
    }

    pub(super) fn lines(&mut self, key: &str, value: &Value<'_>) -> Vec<String> {
        self.each(key, value, Self::line)
    }

    pub(super) fn kind(&mut self, key: &str, value: &Value<'_>) -> Option<SourceKind> {
        let text = self.text(key, value)?;
        let kinds = [SourceKind::Feed, SourceKind::Page, SourceKind::Sitemap];
        let kind = kinds.into_iter().find(|kind| kind.as_str() == text);
        if kind.is_none() {
            let what = format!("unknown kind {}; known are feed, page, sitemap", shown(text));
            self.notes.note(&value.span(), key, what);
        }
        kind
    }

    pub(super) fn link(&mut self, key: &str, value: &Value<'_>) -> Option<Link> {
        let text = self.text(key, value)?;
        let link = Link::parse(text);
        if link.is_none() {
            self.notes.note(
                &value.span(),
                key,
                format!("not an http or https address: {}", shown(text)),
            );
        }
        link
    }

    pub(super) fn language(&mut self, key: &str, value: &Value<'_>) -> Option<Language> {
        let text = self.text(key, value)?;
        let language = Language::parse(text);
        if language.is_none() {
            self.notes.note(
                &value.span(),
                key,
                format!("not a language tag such as en or pt-BR: {}", shown(text)),
            );
        }
        language
    }

    pub(super) fn span(&mut self, key: &str, value: &Value<'_>) -> Option<Duration> {
        let text = self.text(key, value)?;
        match span::parse(text) {
            Ok(span) if EVERY_SECONDS.contains(&span.as_secs()) => Some(span),
            Ok(_) => {
                self.notes
                    .note(&value.span(), key, format!("not between 1s and 90d: {}", shown(text)));
                None
            }
            Err(what) => {
                self.notes.note(&value.span(), key, what);
                None
            }
        }
    }

    pub(super) fn number(&mut self, key: &str, value: &Value<'_>, least: u32) -> Option<u32> {
        let DeValue::Integer(digits) = value.get_ref() else {
            self.wrong_type(key, &value.span(), "a whole number", value.get_ref());
            return None;
        };
        let number = u32::from_str_radix(digits.as_str(), digits.radix()).ok();
        let number = number.filter(|number| (least..=NUMBER_MAX).contains(number));
        if number.is_none() {
            self.notes.note(
                &value.span(),
                key,
                format!("not between {least} and {NUMBER_MAX}: {}", digits.as_str()),
            );
        }
        number
    }

    pub(super) fn flag(&mut self, key: &str, value: &Value<'_>) -> Option<bool> {
        if let DeValue::Boolean(flag) = value.get_ref() {
            return Some(*flag);
        }
        self.wrong_type(key, &value.span(), "true or false", value.get_ref());
        None
    }

    pub(super) fn css_list(&mut self, key: &str, value: &Value<'_>) -> Vec<String> {
        self.each(key, value, |reader, key, value| {
            let text = reader.text(key, value)?.trim();
            reader.css(key, value, text).then(|| text.to_owned())
        })
    }

    pub(super) fn selectors(&mut self, key: &str, value: &Value<'_>) -> Option<Selectors> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(key, &value.span(), "a table", value.get_ref());
            return None;
        };
        let mut selectors = Selectors::default();
        for (part, value) in table {
            let name = part.get_ref().as_ref();
            let key = format!("{key}.{name}");
            match name {
                "item" => selectors.item = self.css_list(&key, value),
                "title" => selectors.title = self.parts(&key, value),
                "link" => selectors.link = self.parts(&key, value),
                "date" => selectors.date = self.parts(&key, value),
                "excerpt" => selectors.excerpt = self.parts(&key, value),
                "image" => selectors.image = self.parts(&key, value),
                _ => self.unknown(&key, &part.span(), &Selectors::default().parts().map(|(name, _)| name)),
            }
        }
        if super::find(table, "item").is_none() && !self.broken {
            self.notes
                .note(&value.span(), key, "item is missing: what each entry stands in");
        }
        Some(selectors)
    }

    /// Alternatives for a part of an entry: `CSS`, `CSS@attribute`, `@attribute`, or nothing for the item itself.
    fn parts(&mut self, key: &str, value: &Value<'_>) -> Vec<String> {
        self.each(key, value, |reader, key, value| {
            let text = reader.text(key, value)?.trim();
            let (css, _) = Selectors::split(text);
            (css.is_empty() || reader.css(key, value, css)).then(|| text.to_owned())
        })
    }

    fn css(&mut self, key: &str, value: &Value<'_>, css: &str) -> bool {
        let good = css.len() <= SELECTOR_BYTES_MAX && scraper::Selector::parse(css).is_ok();
        if !good {
            self.notes
                .note(&value.span(), key, format!("not a CSS selector: {}", shown(css)));
        }
        good
    }

    /// One value or a list of them, each read by `read`.
    fn each<T>(
        &mut self,
        key: &str,
        value: &Value<'_>,
        read: impl Fn(&mut Self, &str, &Value<'_>) -> Option<T>,
    ) -> Vec<T> {
        let DeValue::Array(array) = value.get_ref() else {
            return read(self, key, value).into_iter().collect();
        };
        if array.len() > LIST_ITEMS_MAX {
            self.notes
                .note(&value.span(), key, format!("more than {LIST_ITEMS_MAX} of them"));
            return Vec::new();
        }
        array.iter().filter_map(|value| read(self, key, value)).collect()
    }

    fn text<'v>(&mut self, key: &str, value: &'v Value<'_>) -> Option<&'v str> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(text);
        }
        self.wrong_type(key, &value.span(), "a text in quotes", value.get_ref());
        None
    }
}
