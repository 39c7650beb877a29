//! References (`&amp;`, `&#8217;`, `&eacute;`) into the characters they stand for.

use std::borrow::Cow;
use std::collections::HashMap;

use html5ever::data::NAMED_ENTITIES;

/// Entities taken from a document's own declarations.
const ENTITIES_MAX: usize = 300;

/// The longest declared entity taken, in bytes: longer ones are not abbreviations.
const ENTITY_BYTES_MAX: usize = 512;

/// Text that a document's own entities may add to it, in bytes.
const EXPANSION_BYTES_MAX: usize = 1024 * 1024;

/// The longest name of a reference, in bytes (HTML's longest has 32).
const NAME_BYTES_MAX: usize = 40;

/// Entities that a document declares for itself: short internal ones, never opened inside one another, never fetched.
#[derive(Debug, Default)]
pub struct Declared {
    texts: HashMap<String, String>,
    expanded_bytes: usize,
}

impl Declared {
    /// Takes the entities out of `body`, which follows `<!`, and gives what stands behind the declaration.
    pub fn read_doctype<'a>(&mut self, body: &'a str) -> &'a str {
        let head = body.find(['[', '>']).and_then(|at| body.split_at_checked(at));
        let Some((_, subset)) = head else { return "" };
        let Some(mut rest) = subset.strip_prefix('[') else {
            return subset.get(1..).unwrap_or_default();
        };
        while let Some((_, found)) = rest.find(['<', ']']).and_then(|at| rest.split_at_checked(at)) {
            if let Some(after) = found.strip_prefix(']') {
                return after.split_once('>').map_or("", |(_, rest)| rest);
            }
            if !found.starts_with("<!") && !found.starts_with("<?") {
                // The declarations lack their end, and the document has begun.
                return found;
            }
            rest = if let Some(entity) = found.strip_prefix("<!ENTITY") {
                self.read_entity(entity)
            } else if let Some(comment) = found.strip_prefix("<!--") {
                comment.split_once("-->").map_or("", |(_, rest)| rest)
            } else {
                found.split_once('>').map_or("", |(_, rest)| rest)
            };
        }
        ""
    }

    fn read_entity<'a>(&mut self, entity: &'a str) -> &'a str {
        let entity = entity.trim_start();
        let Some((name, value)) = entity.split_once(|c: char| c.is_ascii_whitespace()) else {
            return "";
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let quoted = quote.and_then(|quote| value.get(1..)?.split_once(quote));
        let Some((value, rest)) = quoted else {
            // An external or a parameter entity.
            return entity.split_once('>').map_or("", |(_, rest)| rest);
        };
        let fits = name.len() <= NAME_BYTES_MAX && value.len() <= ENTITY_BYTES_MAX && self.texts.len() < ENTITIES_MAX;
        if fits {
            let text = resolve(value, &mut Self::default()).into_owned();
            self.texts.entry(name.to_owned()).or_insert(text);
        }
        rest.split_once('>').map_or("", |(_, rest)| rest)
    }

    /// The text of the entity `name`, until all entities together have grown too long.
    fn expand(&mut self, name: &str) -> Option<&str> {
        let text = self.texts.get(name)?;
        self.expanded_bytes = self.expanded_bytes.saturating_add(text.len());
        (self.expanded_bytes <= EXPANSION_BYTES_MAX).then_some(text)
    }
}

/// Resolves the references in `raw` once, and drops characters that XML 1.0 forbids. An unknown reference stays as it is.
pub fn resolve<'a>(raw: &'a str, declared: &mut Declared) -> Cow<'a, str> {
    if !raw.contains(|c| c == '&' || !is_allowed(c)) {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        push_allowed(&mut text, before);
        rest = after;
        // Looked for in what may be a name only: a document may be made of ampersands.
        let near = after
            .get(..after.floor_char_boundary(NAME_BYTES_MAX + 1))
            .unwrap_or(after);
        let name = near.split_once(';').map(|(name, _)| name).filter(|name| is_name(name));
        match name {
            Some(name) if push_reference(&mut text, name, declared) => {
                rest = after.get(name.len() + 1..).unwrap_or_default();
            }
            _ => text.push('&'),
        }
    }
    push_allowed(&mut text, rest);
    Cow::Owned(text)
}

/// Like [`resolve`], for text whose document declared nothing.
pub fn resolve_plain(raw: &str) -> Cow<'_, str> {
    resolve(raw, &mut Declared::default())
}

/// `text` without the characters that XML 1.0 forbids.
pub fn allowed(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_allowed) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    push_allowed(&mut kept, text);
    Cow::Owned(kept)
}

/// Adds what `name` stands for; `false` if nobody knows.
fn push_reference(text: &mut String, name: &str, declared: &mut Declared) -> bool {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        // A number that is no character stands for nothing.
        if let Some(c) = code.ok().and_then(character).filter(|c| is_allowed(*c)) {
            text.push(c);
        }
        return true;
    }
    if let Some(meant) = declared.expand(name) {
        text.push_str(meant);
        return true;
    }
    // The table holds beginnings of names too, as zeros.
    let Some((first, second)) = NAMED_ENTITIES.get(&format!("{name};")).filter(|(first, _)| *first > 0) else {
        return false;
    };
    text.extend(
        [*first, *second]
            .into_iter()
            .filter(|code| *code > 0)
            .filter_map(char::from_u32),
    );
    true
}

/// The character with this number; numbers of C1 controls mean windows-1252, as in HTML.
fn character(code: u32) -> Option<char> {
    if let Some(byte) = u8::try_from(code).ok().filter(|byte| (0x80..0xA0).contains(byte)) {
        let bytes = [byte];
        let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
        return text.chars().next();
    }
    char::from_u32(code)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'#' | b'_' | b'-' | b'.') || b >= 0x80)
}

fn push_allowed(text: &mut String, part: &str) {
    text.extend(part.chars().filter(|c| is_allowed(*c)));
}

/// Whether XML 1.0 allows `c` in a document.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{FFFE}' | '\u{FFFF}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_resolved_once() {
        for (raw, expected) in [
            ("a", "a"),
            ("a &amp;amp; b", "a &amp; b"),
            ("caf&eacute; &#8212; &#x2014; &alpha;&rang;", "café — — α⟩"),
            ("it&#146;s", "it’s"),
            ("a&#0;b&#xD800;c&#99999999999;d", "abcd"),
            ("A & B &co x=1&y=2", "A & B &co x=1&y=2"),
            ("a &nosuch; b", "a &nosuch; b"),
            ("a\u{0}\u{8}b\u{FFFF}", "ab"),
        ] {
            assert_eq!(resolve_plain(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn declared_entities_are_short_internal_and_never_nested() {
        let mut declared = Declared::default();
        let doctype = "DOCTYPE rss [<!ENTITY co 'ACME &amp; Co'><!ENTITY twice '&co;&co;'><!-- ' -->\
                       <!ENTITY x SYSTEM \"file:///etc/passwd\"><!ENTITY % p SYSTEM 'p.dtd'>%p;]><rss>";
        assert_eq!(declared.read_doctype(doctype), "<rss>");
        assert_eq!(resolve("&co; &twice; &x;", &mut declared), "ACME & Co &co;&co; &x;");
    }

    #[test]
    fn declared_entities_cannot_make_a_document_big() {
        let mut declared = Declared::default();
        declared.read_doctype(&format!(
            "DOCTYPE rss [<!ENTITY a '{}'>]>",
            "a".repeat(ENTITY_BYTES_MAX)
        ));
        let text = resolve(&"&a;".repeat(20_000), &mut declared).into_owned();
        assert!(text.len() < EXPANSION_BYTES_MAX + 20_000 * 3);
    }
}
