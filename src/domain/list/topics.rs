//! Topics of a pick, as readers and feeds are told.

use serde::{Deserialize, Serialize};

/// Topics of one pick at the most.
pub const TOPICS_MAX: usize = 12;
/// The longest topic, in characters.
pub const TOPIC_CHARS_MAX: usize = 60;

/// Topics in the order given: plain words on one line each, none twice in whatever case, at most [`TOPICS_MAX`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<String>", try_from = "Vec<String>")]
pub struct Topics(Vec<String>);

/// Why what was given are no topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("topics are at most {TOPICS_MAX} words or phrases of at most {TOPIC_CHARS_MAX} characters, none of them empty")]
pub struct NoTopics;

impl Topics {
    /// Tidies `given`: blanks are joined, what is empty, too long or there already is left out, and what is beyond the limit.
    pub fn tidy<'a>(given: impl IntoIterator<Item = &'a str>) -> Self {
        let mut topics: Vec<String> = Vec::new();
        for topic in given {
            let topic = topic.split_whitespace().collect::<Vec<_>>().join(" ");
            let fits = !topic.is_empty() && topic.chars().count() <= TOPIC_CHARS_MAX;
            let plain = !topic.chars().any(char::is_control);
            let known = topics.iter().any(|own| own.to_lowercase() == topic.to_lowercase());
            if fits && plain && !known && topics.len() < TOPICS_MAX {
                topics.push(topic);
            }
        }
        Self(topics)
    }

    /// The topics.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// In lower case, as they are compared.
    pub fn keys(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|topic| topic.to_lowercase())
    }
}

/// Takes what an editor gave, and nothing is left out but what is there already.
impl TryFrom<Vec<String>> for Topics {
    type Error = NoTopics;

    fn try_from(given: Vec<String>) -> Result<Self, NoTopics> {
        let fits = |topic: &String| !Self::tidy([topic.as_str()]).0.is_empty();
        if given.len() > TOPICS_MAX || !given.iter().all(fits) {
            return Err(NoTopics);
        }
        Ok(Self::tidy(given.iter().map(String::as_str)))
    }
}

impl From<Topics> for Vec<String> {
    fn from(topics: Topics) -> Self {
        topics.0
    }
}

/// Reads the JSON list that a column holds.
impl TryFrom<String> for Topics {
    type Error = serde_json::Error;

    fn try_from(json: String) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&json).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_tidied() {
        let long = "x".repeat(TOPIC_CHARS_MAX + 1);
        let given = [
            " Museums  and\tschools ",
            "museums and schools",
            "",
            "art",
            "a\u{0}b",
            &long,
        ];
        assert_eq!(Topics::tidy(given).as_slice(), ["Museums and schools", "art"]);
        let many: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        assert_eq!(
            Topics::tidy(many.iter().map(String::as_str)).as_slice().len(),
            TOPICS_MAX
        );
    }
}
