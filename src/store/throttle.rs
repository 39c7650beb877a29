//! Who tried too often.

use std::time::Duration;

use super::{Store, StoreError};
use crate::domain::throttle::{Charge, Tries};
use crate::domain::time::Timestamp;

/// Tries are forgotten after so long without one: by then every wait is over.
const KEPT_HOURS: u64 = 24;

impl Store {
    /// Charges one try to each of `charges`, which stand in the order of their keys, so that two callers never wait for each
    /// other. If one of them is not free, nothing is charged, and when all will be is told.
    pub async fn charge(&self, charges: &[Charge], now: Timestamp) -> Result<Result<(), Timestamp>, StoreError> {
        let mut write = self.db.begin().await?;
        let mut free_at = now;
        for Charge { key, pace, .. } in charges {
            let (count, free, tried_at): (i64, Timestamp, Timestamp) = write.one(HOLD, (key.clone(), now)).await?;
            let tries = Tries {
                count,
                free_at: free,
                tried_at,
            };
            match pace.one_more(tries, now) {
                Ok(tries) => {
                    let parameters = (key.clone(), tries.count, tries.free_at, tries.tried_at);
                    write.run(CHARGE, parameters).await?;
                }
                Err(when) => free_at = free_at.max(when),
            }
        }
        if free_at > now {
            return Ok(Err(free_at));
        }
        write.commit().await?;
        Ok(Ok(()))
    }

    /// Forgets what was charged to `key`: whoever tried was right.
    pub async fn forgive(&self, key: &str) -> Result<(), StoreError> {
        self.db.run(FORGIVE, (key.to_owned(),)).await?;
        Ok(())
    }

    /// Forgets tries that nothing follows from any more.
    pub async fn forget_tries(&self, now: Timestamp) -> Result<u64, StoreError> {
        let before = now.minus(Duration::from_hours(KEPT_HOURS));
        self.db.run(FORGET, (before,)).await
    }
}

/// Locks the row, which is there afterwards: the first statement of its transaction, and one that writes.
const HOLD: &str = "\
insert into throttle (key, tries, free_at, tried_at) values ($1, 0, $2, $2)
on conflict (key) do update set key = excluded.key
returning tries, free_at, tried_at";

const CHARGE: &str = "update throttle set tries = $2, free_at = $3, tried_at = $4 where key = $1";

const FORGIVE: &str = "delete from throttle where key = $1";

const FORGET: &str = "delete from throttle where tried_at < $1 and free_at < $1";
