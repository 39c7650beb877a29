//! How the service presents itself to readers, and how an editor likes the desk.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::link::Link;

/// The longest name of a site, in characters.
const NAME_CHARS_MAX: usize = 80;
/// The longest text about a site, in characters.
const ABOUT_CHARS_MAX: usize = 4_000;
/// Keys that an editor may set, more than there are.
const KEYS_MAX: usize = 100;
/// The longest sequence of keys, in bytes.
const KEY_BYTES_MAX: usize = 16;

/// What readers see of the service itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Site {
    /// What it is called.
    pub name: String,
    /// One sentence under the name.
    pub tagline: String,
    /// Who publishes it and how stories are chosen, in paragraphs of plain text.
    pub about: String,
    /// The publisher's own site.
    pub home: Option<Link>,
    /// The colour of links and buttons.
    pub accent: Option<Colour>,
    /// The zone in which its days begin and end: an IANA name.
    pub time_zone: TimeZone,
    /// The language of its own words.
    pub language: String,
}

/// A colour as `#rrggbb`, lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour(String);

/// The IANA name of a time zone that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(String);

/// How an editor likes the desk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    /// Light or dark.
    pub theme: Theme,
    /// Whether rows stand close together.
    pub dense: bool,
    /// Whether keys do anything.
    pub keys_off: bool,
    /// Keys that were changed, by what they do; an empty one does nothing.
    pub keys: BTreeMap<String, String>,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the machine has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            name: "docent".to_owned(),
            tagline: String::new(),
            about: String::new(),
            home: None,
            accent: None,
            time_zone: TimeZone::utc(),
            language: "en".to_owned(),
        }
    }
}

impl Site {
    /// What is wrong with it, as a field and a sentence.
    pub fn faults(&self) -> Vec<(&'static str, &'static str)> {
        let too_long = |text: &str, most: usize| text.chars().count() > most;
        let mut faults = Vec::new();
        if self.name.trim().is_empty() || too_long(&self.name, NAME_CHARS_MAX) {
            faults.push(("name", "1 to 80 characters"));
        }
        if too_long(&self.tagline, NAME_CHARS_MAX * 2) {
            faults.push(("tagline", "at most 160 characters"));
        }
        if too_long(&self.about, ABOUT_CHARS_MAX) {
            faults.push(("about", "at most 4000 characters"));
        }
        faults
    }
}

impl Colour {
    /// Takes `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let fits = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then(|| Self(text.to_ascii_lowercase()))
    }

    /// `#rrggbb`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TimeZone {
    /// Takes a name that the time zone database knows.
    pub fn parse(name: &str) -> Option<Self> {
        jiff::tz::TimeZone::get(name).ok().map(|_| Self(name.to_owned()))
    }

    /// The names of places that can be chosen from, in their order.
    pub fn names() -> Vec<String> {
        let places = jiff::tz::db().available().map(|name| name.to_string());
        let mut names: Vec<String> = places.filter(|name| is_of_a_place(name)).collect();
        names.push("UTC".to_owned());
        names.sort();
        names.dedup();
        names
    }

    /// The one that all others are told by.
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its rules.
    pub fn rules(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.0).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}

/// Whether a zone is called after a place, and not by an old or technical name.
fn is_of_a_place(name: &str) -> bool {
    let others = [
        "Etc/", "SystemV/", "US/", "posix/", "right/", "Brazil/", "Canada/", "Chile/", "Mexico/",
    ];
    name.contains('/') && !others.iter().any(|other| name.starts_with(other))
}

impl Preferences {
    /// Whether they can be kept: few keys, and short ones.
    pub fn is_bounded(&self) -> bool {
        self.keys.len() <= KEYS_MAX
            && self
                .keys
                .iter()
                .all(|(name, key)| name.len() <= 64 && key.len() <= KEY_BYTES_MAX)
    }
}

impl Theme {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads [`Theme::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::System, Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.as_str() == word)
    }
}

impl TryFrom<String> for Colour {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a colour such as #8c2f14")
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.0
    }
}

impl TryFrom<String> for TimeZone {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name).ok_or("not a time zone such as Europe/London")
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_has_six_digits() {
        for (text, taken) in [
            ("#8C2f14", Some("#8c2f14")),
            ("8c2f14", None),
            ("#8c2f1", None),
            ("#8c2f1g", None),
            ("#8c2f14;}", None),
        ] {
            assert_eq!(Colour::parse(text).as_ref().map(Colour::as_str), taken, "{text}");
        }
    }

    #[test]
    fn a_time_zone_is_one_that_is_known() {
        assert!(TimeZone::parse("Europe/London").is_some());
        assert!(TimeZone::parse("Europe/Atlantis").is_none());
        let names = TimeZone::names();
        assert!(names.len() > 300 && names.iter().all(|name| TimeZone::parse(name).is_some()));
    }

    #[test]
    fn a_site_that_nobody_set_has_no_fault_and_is_read_back() {
        let site = Site::default();
        assert_eq!(site.faults(), []);
        let text = serde_json::to_string(&site).unwrap();
        assert_eq!(serde_json::from_str::<Site>(&text).unwrap(), site);
        assert_eq!(serde_json::from_str::<Site>("{}").unwrap(), site);
    }
}
