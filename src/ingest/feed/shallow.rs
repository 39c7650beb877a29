//! JSON values, no wider and no deeper than a feed needs: what lies beyond is read over, and costs no memory.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How deep values are kept: an item, its list, an object in the list, its values.
const DEPTH_MAX: usize = 4;

/// Members kept of one list or object.
const MEMBERS_MAX: usize = 100;

/// Reads a value, without what lies too deep (which becomes null) and what is too much.
#[derive(Debug, Clone, Copy)]
pub struct Shallow {
    depth: usize,
}

impl Shallow {
    /// For a value that may be an item of a feed.
    pub const fn new() -> Self {
        Self { depth: DEPTH_MAX }
    }

    const fn inner(self) -> Self {
        Self {
            depth: self.depth.saturating_sub(1),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Shallow {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        if self.depth > 0 {
            return source.deserialize_any(self);
        }
        source.deserialize_ignored_any(IgnoredAny)?;
        Ok(Value::Null)
    }
}

impl<'de> Visitor<'de> for Shallow {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Value, S::Error> {
        let mut kept = Vec::new();
        while kept.len() < MEMBERS_MAX {
            let Some(member) = list.next_element_seed(self.inner())? else {
                return Ok(Value::Array(kept));
            };
            kept.push(member);
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(kept))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Value, M::Error> {
        let mut kept = Map::new();
        while kept.len() < MEMBERS_MAX {
            let Some(name) = members.next_key::<String>()? else {
                return Ok(Value::Object(kept));
            };
            let value = members.next_value_seed(self.inner())?;
            kept.insert(name, value);
        }
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Object(kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Value {
        let mut source = serde_json::Deserializer::from_str(json);
        Shallow::new().deserialize(&mut source).expect("JSON")
    }

    #[test]
    fn what_a_feed_needs_is_kept_and_no_more() {
        let item = r#"{"id": 7, "tags": ["a", -1.5, null, true], "authors": [{"name": "A"}]}"#;
        assert_eq!(read(item), serde_json::from_str::<Value>(item).expect("JSON"));
        let deep = read(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
        assert_eq!(deep.to_string(), "[[[[null]]]]");
        let wide = read(&format!("[0{}]", ",0".repeat(100_000)));
        assert_eq!(wide.as_array().map(Vec::len), Some(MEMBERS_MAX));
    }
}
