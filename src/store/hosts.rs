//! Hosts: how long they are left alone, and what they ask of robots.

use super::{Store, StoreError};
use crate::domain::time::Timestamp;

impl Store {
    /// Until when nothing is asked of `host`, if its server asked for that.
    pub async fn held_until(&self, host: &str) -> Result<Option<Timestamp>, StoreError> {
        let row: Option<(Timestamp,)> = self.db.maybe(HELD_UNTIL, (host.to_owned(),)).await?;
        Ok(row.map(|(until,)| until))
    }

    /// Asks nothing of `host` before `until`; a longer wish stands.
    pub async fn hold_host(&self, host: &str, until: Timestamp) -> Result<(), StoreError> {
        self.db.run(HOLD_HOST, (host.to_owned(), until)).await?;
        Ok(())
    }

    /// The robots.txt kept of `origin`, and when it was fetched.
    pub async fn robots(&self, origin: &str) -> Result<Option<(String, Timestamp)>, StoreError> {
        self.db.maybe(ROBOTS, (origin.to_owned(),)).await
    }

    /// Keeps the robots.txt of `origin`.
    pub async fn keep_robots(&self, origin: &str, text: &str, now: Timestamp) -> Result<(), StoreError> {
        self.db
            .run(KEEP_ROBOTS, (origin.to_owned(), text.to_owned(), now))
            .await?;
        Ok(())
    }
}

const HELD_UNTIL: &str = "select hold_until from host where host = $1 and hold_until > 0";

const HOLD_HOST: &str = "\
insert into host (host, hold_until) values ($1, $2)
on conflict (host) do update set hold_until = excluded.hold_until where host.hold_until < excluded.hold_until";

const ROBOTS: &str = "select robots, robots_at from host where host = $1 and robots is not null";

const KEEP_ROBOTS: &str = "\
insert into host (host, robots, robots_at) values ($1, $2, $3)
on conflict (host) do update set robots = excluded.robots, robots_at = excluded.robots_at";
