//! Which known article an entry is.

/// An article's key in the database; never shown outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct ArticleId(pub i64);

use super::entry::Found;
use super::link::Link;
use super::source::SourceId;

/// A name an article is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alias {
    /// An address.
    Link(String),
    /// A source's own name.
    Key(SourceId, String),
}
impl Alias {
    /// Text.
    pub fn to_text(&self) -> String {
        match self {
            Self::Link(l) => format!("l {l}"),
            Self::Key(s, k) => format!("k {} {k}", s.0),
        }
    }
}
/// Stub.
pub fn aliases(source: SourceId, found: &Found, canonical: Option<&Link>) -> Vec<Alias> {
    let mut a = Vec::new();
    a.extend(found.link.as_ref().map(|l| Alias::Link(l.identity())));
    a.extend(canonical.map(|l| Alias::Link(l.identity())));
    a.push(Alias::Key(source, found.key.0.clone()));
    a
}
/// Stub.
pub fn recognise(aliases: &[Alias], known: impl Fn(&Alias) -> Option<ArticleId>) -> Option<ArticleId> {
    aliases.iter().find_map(known)
}
