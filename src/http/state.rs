//! What every handler may reach.

use std::sync::Arc;

use crate::domain::time::Clock;
use crate::search::Index;
use crate::store::Store;

/// Handed to every handler.
#[derive(Clone)]
pub struct State {
    /// The store.
    pub store: Store,
    /// This program's own index.
    pub index: Arc<Index>,
    /// The time.
    pub clock: Clock,
}
