//! What an admin set for the site, and what each editor likes.

use super::{Store, StoreError, json, to_json};
use crate::domain::editor::EditorId;
use crate::domain::site::{Preferences, Site};
use crate::domain::time::Timestamp;

/// The name under which [`Site`] is kept.
const SITE_SETTING: &str = "site";

impl Store {
    /// How the site presents itself.
    pub async fn site(&self) -> Result<Site, StoreError> {
        let row: Option<(String,)> = self.db.maybe(FIND, (SITE_SETTING,)).await?;
        row.map_or_else(|| Ok(Site::default()), |(value,)| json(&value, "setting.value"))
    }

    /// Lets the site present itself so from now on. Pages name the site, so this is a change that readers see: the time that is
    /// kept of it is another each time, whatever the clock does.
    pub async fn set_site(&self, site: &Site, now: Timestamp) -> Result<(), StoreError> {
        let (mut write, _) = self.write().await?;
        write.run(SET, (SITE_SETTING, to_json(site), now)).await?;
        write.commit().await
    }

    /// How an editor likes the desk.
    pub async fn preferences(&self, editor: EditorId) -> Result<Preferences, StoreError> {
        let row: Option<(String,)> = self.db.maybe(PREFERENCES, (editor,)).await?;
        row.map_or_else(
            || Ok(Preferences::default()),
            |(value,)| json(&value, "preference.value"),
        )
    }

    /// Remembers how an editor likes the desk.
    pub async fn prefer(&self, editor: EditorId, preferences: &Preferences) -> Result<(), StoreError> {
        self.db.run(PREFER, (editor, to_json(preferences))).await?;
        Ok(())
    }
}

const FIND: &str = "select value from setting where name = $1";

const SET: &str = "\
insert into setting (name, value, set_at) values ($1, $2, $3)
on conflict (name) do update set value = excluded.value,
    set_at = case when excluded.set_at > setting.set_at then excluded.set_at else setting.set_at + 1 end";

const PREFERENCES: &str = "select value from preference where editor_id = $1";

const PREFER: &str = "\
insert into preference (editor_id, value) values ($1, $2)
on conflict (editor_id) do update set value = excluded.value";
