//! Declared sources in the form of `sources.toml`.

use toml_edit::{Array, InlineTable, Value};

use super::{Mistakes, read};
use crate::config::span;
use crate::domain::source::{Declared, SourceKind};

/// `text`, the content of a file called `file`, with `source` added at its end and all else byte for byte as it was.
///
/// Fails if the file as it would then be has a mistake: one it had before, or an id or address that it holds already.
/// What `source` leaves open the file's `[defaults]` decide.
pub fn add(text: &str, file: &str, source: &Declared) -> Result<String, Mistakes> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut added = text.to_owned();
    if !text.is_empty() {
        added.push_str(if text.ends_with('\n') { newline } else { "" });
        if !text.ends_with('\n') {
            added.push_str(newline);
            added.push_str(newline);
        }
    }
    added.push_str(&block(source).replace('\n', newline));
    read(&added, file)?;
    Ok(added)
}

/// A whole `sources.toml` that declares `sources` in their order.
pub fn render(sources: &[Declared]) -> String {
    sources.iter().map(block).collect::<Vec<_>>().join("\n")
}

fn block(source: &Declared) -> String {
    let rules = &source.rules;
    let mut lines = vec!["[[source]]".to_owned()];
    let mut put = |key: &str, value: Value| lines.push(format!("{key} = {}", value.to_string().trim()));
    put("id", source.slug.as_str().into());
    put("name", source.name.as_str().into());
    if source.kind != SourceKind::Feed {
        put("kind", source.kind.as_str().into());
    }
    put("link", source.link.as_str().into());
    if let Some(home) = &source.home {
        put("home", home.as_str().into());
    }
    if let Some(language) = &source.language {
        put("language", language.as_str().into());
    }
    if let Some(every) = rules.every {
        put("every", span::write(every).into());
    }
    for (key, list) in [
        ("topics", &source.topics),
        ("include", &rules.include),
        ("exclude", &rules.exclude),
        ("keep", &rules.keep),
        ("drop", &rules.drop),
    ] {
        if !list.is_empty() {
            put(key, array(list));
        }
    }
    for (key, number) in [
        ("cap_per_day", rules.cap_per_day),
        ("excerpt_words", rules.excerpt_words),
    ] {
        if let Some(number) = number {
            put(key, i64::from(number).into());
        }
    }
    if !rules.articles {
        put("articles", false.into());
    }
    if let Some(selectors) = &rules.selectors {
        let mut table = InlineTable::new();
        for (name, alternatives) in selectors.parts() {
            match alternatives {
                [] => {}
                [only] => drop(table.insert(name, only.as_str().into())),
                several => drop(table.insert(name, array(several))),
            }
        }
        put("selectors", table.into());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn array(texts: &[String]) -> Value {
    texts.iter().map(String::as_str).collect::<Array>().into()
}
