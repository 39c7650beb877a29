//! Finding things by their words: indexes on disk that follow the store by revision. One holds the stories, for editors; another
//! holds what was printed, for readers, and was never told anything else.
//!
//! Knows the domain and Tantivy. Must not know the store, or who is asking: it is handed documents and changes, and answers
//! with keys. Deleting its folder is always safe, since everything in it is made of what the store has.
//!
//! A word is indexed as written (folded: case and diacritics gone) and, at the same place, by its stem in the story's
//! language; so a phrase is exact and a word is not. What is written without spaces is cut into words by ICU, and stands
//! once more as pairs of characters, so that a word is found where the cutter saw another.

mod ask;
mod collect;
mod fold;
mod index;
mod languages;
mod passage;
mod plan;
mod query;
mod read;
mod schema;
mod snippet;
mod tokens;

use std::io::ErrorKind;
use std::path::PathBuf;

use tantivy::TantivyError;
use tantivy::directory::error::OpenWriteError;

use crate::domain::link::Link;
use crate::domain::source::Slug;
use crate::domain::text::Language;
use crate::domain::time::Timestamp;

pub use ask::{Ask, Hit, Hits, Place};
pub use collect::Facets;
pub use index::{Cursor, Index};
pub use query::{Order, Query};
pub use read::read;
pub use schema::TEXT_BYTES_MAX;
pub use snippet::{Marker, Part, Snippet};

/// The English name of `language`, else its code.
pub fn language_name(language: &Language) -> &str {
    languages::name(language)
}

/// A story, or a printed pick, as it is to be found.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its key in the database.
    pub key: i64,
    /// Its headline.
    pub title: String,
    /// Who wrote it.
    pub byline: Option<String>,
    /// Its body as plain text; the first [`TEXT_BYTES_MAX`] bytes are indexed.
    pub text: String,
    /// What editors wrote about it beside; none where readers search.
    pub notes: String,
    /// Each source that listed it: its slug and its name for people.
    pub sources: Vec<(Slug, String)>,
    /// The language it is written in; without one its words are found as written only.
    pub language: Option<Language>,
    /// What it is about.
    pub topics: Vec<String>,
    /// The slugs of the lists that it was picked for.
    pub lists: Vec<String>,
    /// When it was picked, for each time.
    pub picked: Vec<Timestamp>,
    /// The names of the editors who decided on it; none where readers search.
    pub editors: Vec<String>,
    /// The address of its article, if it has one.
    pub link: Option<Link>,
    /// When it was published, by its source's word.
    pub published: Option<Timestamp>,
    /// When we first saw it. A story is dated by the earlier of the two, so that no source can write itself to the top.
    pub found: Timestamp,
}

/// One step of the index towards the store.
#[derive(Debug, Clone)]
pub enum Change {
    /// It is so now; what the index had under its key before goes.
    Put(Box<Document>),
    /// What had this key is gone.
    Drop(i64),
}

/// Why the index could not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Another process (or another [`Index`] of this one) writes to this folder. Never a reason to rebuild.
    #[error("the search index in {} is in use: docent runs on it already; stop that one first", .0.display())]
    InUse(PathBuf),
    /// There is none to be opened for reading.
    #[error("there is no search index in {}", .0.display())]
    Absent(PathBuf),
    /// The index is not one to be asked; whoever opens it for writing makes it anew.
    #[error("the search index in {} is of no use: {}", .0.display(), .1)]
    Unusable(PathBuf, &'static str),
    /// The folder cannot be made, read or emptied.
    #[error("cannot use the folder of the search index {}", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
    /// There is no space left where the index is written; it is as it was at its cursor.
    #[error("disk full: the search index cannot be written ({0}); free some space")]
    Full(TantivyError),
    /// Tantivy could not; the index is as it was at its cursor, and the change may be tried again.
    #[error("the search index failed")]
    Failed(#[source] TantivyError),
}

impl From<TantivyError> for SearchError {
    fn from(error: TantivyError) -> Self {
        let io = match &error {
            TantivyError::IoError(error)
            | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: error, .. }) => Some(error),
            _ => None,
        };
        match io.map(|error| error.kind()) {
            Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => Self::Full(error),
            _ => Self::Failed(error),
        }
    }
}
