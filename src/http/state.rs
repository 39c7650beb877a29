//! What every handler may reach.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::followers::Followers;
use super::hasher::Hasher;
use super::public::Publishing;
use crate::domain::secret::Secret;
use crate::domain::time::Clock;
use crate::ingest::fetch::Fetcher;
use crate::search::Index;
use crate::store::{Revision, Store};

/// Handed to every handler.
#[derive(Clone)]
pub struct State {
    /// The store.
    pub store: Store,
    /// This program's own index of stories.
    pub index: Arc<Index>,
    /// The last change of a story when this program started: the index that has come so far has caught up.
    pub caught_up_at: Revision,
    /// This program's own index of what was printed: all that readers may search.
    pub printed: Arc<Index>,
    /// The last change of what readers see when this program started.
    pub printed_caught_up_at: Revision,
    /// The host under which readers reach this service, where the operator named one.
    pub public_host: Option<String>,
    /// Who publishes, and what was made for readers.
    pub publishing: Arc<Publishing>,
    /// What is other in a demonstration; none where docent is used in earnest.
    pub demo: Option<Demo>,
    /// The address under which this service is reached, without a slash at its end: what links in mails and feeds begin with.
    pub outside: String,
    /// Where passwords are hashed.
    pub hasher: Hasher,
    /// The one way out: it judges addresses before they are taken.
    pub fetcher: Fetcher,
    /// Who follows the stream of events.
    pub followers: Followers,
    /// Told when the program stops.
    pub stop: CancellationToken,
    /// The time.
    pub clock: Clock,
    /// Names that nothing else has.
    pub fresh_id: fn() -> String,
    /// What nobody can guess.
    pub fresh_secret: fn() -> Secret,
}

/// A demonstration, as far as pages know of it.
#[derive(Debug, Clone)]
pub struct Demo {
    /// Where the pictures of its sample outlets are, as a content policy names it: no https stands before them.
    pub pictures: String,
}

impl State {
    /// Whether the index of stories holds everything that there was when this program started.
    pub fn has_caught_up(&self) -> bool {
        self.index.cursor().revision >= self.caught_up_at.0
    }

    /// The same of the index of what was printed.
    pub fn has_printed_caught_up(&self) -> bool {
        self.printed.cursor().revision >= self.printed_caught_up_at.0
    }

    /// `path`, which begins with a slash, as seen from outside.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.outside)
    }
}
