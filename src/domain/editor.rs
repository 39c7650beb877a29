//! An editor: who works at the desk, and what they may do.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Bytes of what an editor signs in with, at the least and at the most.
const NAME_BYTES: std::ops::RangeInclusive<usize> = 2..=64;
/// Characters of a name that people read, at the most.
const SHOWN_NAME_CHARS_MAX: usize = 80;

/// An editor's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct EditorId(pub i64);

/// What an editor signs in with: a word such as `ada`, or a mail address. In lower case, however it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(try_from = "String", into = "String")]
#[sqlx(transparent)]
pub struct EditorName(String);

/// A name as people read it, on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(try_from = "String", into = "String")]
#[sqlx(transparent)]
pub struct ShownName(String);

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotAName {
    /// Not what somebody signs in with.
    #[error("a name to sign in with is 2 to 64 of the letters a to z, digits, and . _ - + @")]
    ToSignIn,
    /// Not what people read.
    #[error("a shown name is 1 to 80 characters on one line")]
    Shown,
}

/// What an editor may do. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Role {
    /// Reads everything and suggests stories.
    Contributor,
    /// Decides, picks and publishes.
    Editor,
    /// Sets up sources, lists and people.
    Admin,
}

/// What a token may be used for. Each allows what those before it allow; nobody's token allows more than their role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To read stories, decisions and lists.
    Read,
    /// To suggest stories.
    Suggest,
    /// To decide, pick and publish.
    Edit,
    /// To set up sources, lists and people.
    Admin,
}

/// The policy: how far somebody of this role reaches who came with a token of these scopes, or with none, as browsers do.
/// `None` for a token that allows nothing.
pub fn reach(role: Role, token: Option<&[Scope]>) -> Option<Scope> {
    match token {
        None => Some(role.scope()),
        Some(scopes) => scopes.iter().copied().max().map(|widest| widest.min(role.scope())),
    }
}

impl Role {
    /// The widest that somebody of this role may do.
    pub const fn scope(self) -> Scope {
        match self {
            Self::Contributor => Scope::Suggest,
            Self::Editor => Scope::Edit,
            Self::Admin => Scope::Admin,
        }
    }

    /// Its name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contributor => "contributor",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

impl Scope {
    /// Its name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Suggest => "suggest",
            Self::Edit => "edit",
            Self::Admin => "admin",
        }
    }
}

impl EditorName {
    /// Reads a name to sign in with.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let name = text.trim().to_ascii_lowercase();
        let may = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-+@".contains(&byte);
        if NAME_BYTES.contains(&name.len()) && name.bytes().all(may) {
            Ok(Self(name))
        } else {
            Err(NotAName::ToSignIn)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ShownName {
    /// Reads a name for people.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let name = text.trim();
        let is_short = !name.is_empty() && name.chars().count() <= SHOWN_NAME_CHARS_MAX;
        if is_short && !name.contains(char::is_control) {
            Ok(Self(name.to_owned()))
        } else {
            Err(NotAName::Shown)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&EditorName> for ShownName {
    /// Until somebody tells another: every name to sign in with can be shown.
    fn from(name: &EditorName) -> Self {
        Self(name.0.clone())
    }
}

impl TryFrom<String> for EditorName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        Self::parse(&text)
    }
}

impl TryFrom<String> for ShownName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        Self::parse(&text)
    }
}

impl From<EditorName> for String {
    fn from(name: EditorName) -> Self {
        name.0
    }
}

impl From<ShownName> for String {
    fn from(name: ShownName) -> Self {
        name.0
    }
}

impl fmt::Display for EditorName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for ShownName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_reaches_further_than_role_and_token() {
        use Role::{Admin, Contributor, Editor};
        for (role, token, expected) in [
            (Contributor, None, Some(Scope::Suggest)),
            (Editor, None, Some(Scope::Edit)),
            (Admin, None, Some(Scope::Admin)),
            (Contributor, Some(&[Scope::Read][..]), Some(Scope::Read)),
            (Contributor, Some(&[Scope::Admin]), Some(Scope::Suggest)),
            (Editor, Some(&[Scope::Read]), Some(Scope::Read)),
            (Editor, Some(&[Scope::Edit, Scope::Read]), Some(Scope::Edit)),
            (Editor, Some(&[Scope::Admin]), Some(Scope::Edit)),
            (Admin, Some(&[Scope::Suggest, Scope::Read]), Some(Scope::Suggest)),
            (Admin, Some(&[Scope::Admin]), Some(Scope::Admin)),
            (Admin, Some(&[]), None),
        ] {
            assert_eq!(reach(role, token), expected, "{role:?} {token:?}");
        }
    }

    #[test]
    fn a_name_to_sign_in_with_is_a_word_or_a_mail_address() {
        for (text, expected) in [
            ("ada", Some("ada")),
            (" Ada ", Some("ada")),
            ("ada@museum.example", Some("ada@museum.example")),
            ("a_b-c.d+e", Some("a_b-c.d+e")),
            ("a", None),
            ("", None),
            ("ada lovelace", None),
            ("adä", None),
            ("ada\0", None),
            ("ada/../x", None),
        ] {
            assert_eq!(
                EditorName::parse(text).ok().as_ref().map(EditorName::as_str),
                expected,
                "{text:?}"
            );
        }
        assert!(EditorName::parse(&"a".repeat(64)).is_ok() && EditorName::parse(&"a".repeat(65)).is_err());
    }

    #[test]
    fn a_shown_name_is_one_short_line() {
        for (text, expected) in [
            ("Ada Lovelace", Some("Ada Lovelace")),
            (" عادة ", Some("عادة")),
            ("", None),
            ("  ", None),
            ("Ada\nLovelace", None),
            ("Ada\0", None),
        ] {
            assert_eq!(
                ShownName::parse(text).ok().as_ref().map(ShownName::as_str),
                expected,
                "{text:?}"
            );
        }
        assert!(ShownName::parse(&"é".repeat(80)).is_ok() && ShownName::parse(&"é".repeat(81)).is_err());
    }
}
