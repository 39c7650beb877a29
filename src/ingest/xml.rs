//! The little that sitemaps and OPML files need of XML: lenient events, no entity ever opened.

use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape_with};
use quick_xml::events::{BytesRef, BytesStart};

/// The most attributes of one tag looked at.
const ATTRIBUTES_MAX: usize = 64;

/// The longest attribute value taken, in bytes.
const VALUE_BYTES_MAX: usize = 16 << 10;

/// A reader that goes on where tags do not match and ampersands stand alone. It reads events and keeps no tree, so depth
/// costs nothing but the names of the open elements.
pub(super) fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

/// The characters that a reference in text stands for. References to declared entities stay as they are written.
pub(super) fn reference(reference: &BytesRef<'_>) -> String {
    let name: &str = reference;
    match reference.resolve_char_ref() {
        Ok(Some(character)) => character.to_string(),
        _ => resolve_predefined_entity(name).map_or_else(|| format!("&{name};"), str::to_owned),
    }
}

/// The value of the first attribute that is called `name` without regard to case, trimmed; `None` where it is empty.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.html_attributes();
    // The check for doubles compares each attribute with all before it.
    let value = attributes
        .with_checks(false)
        .take(ATTRIBUTES_MAX)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.as_ref().eq_ignore_ascii_case(name))?
        .value;
    if value.len() > VALUE_BYTES_MAX {
        return None;
    }
    // A bare ampersand is common in addresses; such a value is taken as it is written.
    let value = unescape_with(&value, resolve_predefined_entity).unwrap_or_else(|_| value.clone());
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}
