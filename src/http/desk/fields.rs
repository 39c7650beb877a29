//! What a form of the desk holds, by the names of its fields.

use std::collections::HashMap;

use url::form_urlencoded;

/// Fields that one form may have; what is beyond is passed over.
const FIELDS_MAX: usize = 64;

/// The fields of a form; of two with one name, the last.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fields(HashMap<String, String>);

impl Fields {
    /// Reads a body as browsers send it.
    pub fn read(body: &str) -> Self {
        let pairs = form_urlencoded::parse(body.as_bytes()).take(FIELDS_MAX);
        Self(
            pairs
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// What stands in a field; nothing if it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The same without blanks around it, if anything stands in it.
    pub fn filled(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|text| !text.is_empty())
    }

    /// Whether there is such a field, whatever stands in it: a box that is ticked, a button that was pressed.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_send_it() {
        let fields = Fields::read("a=1&b=+x+y%0A&a=2&c=&d");
        assert_eq!(
            (fields.get("a"), fields.filled("b"), fields.filled("c")),
            ("2", Some("x y"), None)
        );
        assert_eq!(
            (fields.has("c"), fields.has("d"), fields.has("e"), fields.get("e")),
            (true, true, false, "")
        );
    }
}
