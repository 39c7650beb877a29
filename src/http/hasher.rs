//! Where passwords are hashed: beside the threads that answer requests, and never too many at once, since each takes 19 MiB
//! and tens of milliseconds.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::Semaphore;

use super::error::Problem;
use crate::domain::password::{Offered, Password, PasswordHash, Verdict};
use crate::domain::secret::Secret;

/// Passwords hashed at once.
const AT_ONCE: usize = 2;
/// Requests that hash or wait for it, at the most; the next is sent away.
const WAITING_MAX: usize = 64;

/// Hashes passwords. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hasher {
    waiting: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Hasher {
    /// Hashes `password` with `salt`.
    pub async fn hash(&self, password: Password, salt: Secret) -> Result<PasswordHash, Problem> {
        self.run(move || password.hash(&salt)).await
    }

    /// Whether `offered` is the password that `kept` was made of.
    pub async fn verify(&self, offered: Offered, kept: Option<PasswordHash>) -> Result<Verdict, Problem> {
        self.run(move || offered.verify(kept.as_ref())).await
    }

    /// Hashes `offered`, which is right, with the figures of now.
    pub async fn hash_again(&self, offered: Offered, salt: Secret) -> Result<PasswordHash, Problem> {
        self.run(move || offered.hash_again(&salt)).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let busy = || {
            let detail = "too many sign in just now; try again".to_owned();
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, Some(detail))
        };
        let _place = self.waiting.try_acquire().map_err(|_| busy())?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| busy())?;
        // The turn goes with the work: a client that goes away ends the wait and not the work.
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await
            .map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None))
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            waiting: Arc::new(Semaphore::new(WAITING_MAX)),
            running: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}
