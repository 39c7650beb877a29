//! The tables as a backup sees them: all of them, with all columns. A test holds this list against the database.

use super::statement::{Placeholders, rows_sql};

/// A table. Columns are named by their kinds, a space between two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: &'static str,
    /// The columns by which its rows are ordered: no row names one that comes behind it.
    pub(super) key: &'static str,
    /// Whether the database gives out its `id`.
    pub(super) gives_keys: bool,
    /// Whether a new database has rows in it, which those of a backup replace by their names.
    pub(super) replaced: bool,
    numbers: &'static str,
    texts: &'static str,
    flags: &'static str,
    reals: &'static str,
    bytes: &'static str,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `bigint`.
    Number,
    /// `text`.
    Text,
    /// `boolean`.
    Flag,
    /// `double precision`.
    Real,
    /// `blob` or `bytea`.
    Bytes,
}

impl Table {
    /// Its columns, in the order in which a backup has them.
    pub(super) fn columns(&self) -> Vec<(&'static str, Kind)> {
        let kinds = [
            (self.numbers, Kind::Number),
            (self.texts, Kind::Text),
            (self.flags, Kind::Flag),
            (self.reals, Kind::Real),
            (self.bytes, Kind::Bytes),
        ];
        let named = kinds
            .into_iter()
            .flat_map(|(names, kind)| names.split(' ').map(move |name| (name, kind)));
        named.filter(|(name, _)| !name.is_empty()).collect()
    }
}

const NONE: Table = Table {
    name: "",
    key: "",
    gives_keys: false,
    replaced: false,
    numbers: "",
    texts: "",
    flags: "",
    reals: "",
    bytes: "",
};

/// Every table, each behind those that its rows name.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "counter",
        key: "name",
        replaced: true,
        numbers: "value",
        texts: "name",
        ..NONE
    },
    Table {
        name: "fact",
        key: "name",
        replaced: true,
        texts: "name value",
        ..NONE
    },
    Table {
        name: "editor",
        key: "id",
        gives_keys: true,
        numbers: "id made_at seen_at disabled_at version",
        texts: "public_id name shown_name role password",
        ..NONE
    },
    Table {
        name: "source",
        key: "id",
        gives_keys: true,
        numbers: "id added_at retired_at gone_at next_poll_at leased_until failures asked_at polled_at \
            health_since revision",
        texts: "slug name kind link declared_link host home language topics rules memory leased_by health",
        flags: "declared paused",
        ..NONE
    },
    Table {
        name: "attempt",
        key: "id",
        gives_keys: true,
        numbers: "id source_id at took_ms status bytes listed fresh",
        texts: "outcome reason warnings",
        ..NONE
    },
    Table {
        name: "host",
        key: "host",
        numbers: "hold_until robots_at",
        texts: "host robots",
        ..NONE
    },
    Table {
        name: "story",
        key: "id",
        numbers: "id lead_id found_at merged_into gone_at revision version",
        texts: "public_id status",
        ..NONE
    },
    Table {
        name: "article",
        key: "id",
        numbers: "id story_id source_id joined_with published_at updated_at words found_at changed_at gone_at \
            page_tries",
        texts: "joined_because link title byline site_name published_from language language_from image \
            image_alt excerpt page page_reason features text html",
        flags: "paywalled",
        reals: "agreement",
        ..NONE
    },
    Table {
        name: "alias",
        key: "name",
        numbers: "article_id",
        texts: "name",
        ..NONE
    },
    Table {
        name: "entry",
        key: "id",
        gives_keys: true,
        numbers: "id source_id article_id published_at updated_at found_at changed_at",
        texts: "key link title author digest html",
        ..NONE
    },
    Table {
        name: "correction",
        key: "one_id, other_id",
        numbers: "one_id other_id made_at",
        texts: "made_by",
        flags: "together",
        ..NONE
    },
    Table {
        name: "page",
        key: "article_id",
        numbers: "article_id fetched_at",
        texts: "link content_type",
        bytes: "body",
        ..NONE
    },
    Table {
        name: "session",
        key: "digest",
        numbers: "editor_id made_at seen_at",
        texts: "digest public_id agent address",
        ..NONE
    },
    Table {
        name: "token",
        key: "id",
        gives_keys: true,
        numbers: "id editor_id made_at expires_at used_at revoked_at",
        texts: "public_id digest name scopes",
        ..NONE
    },
    Table {
        name: "invitation",
        key: "digest",
        numbers: "editor_id made_at expires_at used_at",
        texts: "digest",
        ..NONE
    },
    Table {
        name: "throttle",
        key: "key",
        numbers: "tries free_at tried_at",
        texts: "key",
        ..NONE
    },
    Table {
        name: "answered",
        key: "editor_id, key",
        numbers: "editor_id status at",
        texts: "key digest headers body",
        ..NONE
    },
    Table {
        name: "decision",
        key: "id",
        numbers: "id story_id other_id editor_id at beneath of_id revision",
        texts: "public_id cell act before after batch",
        ..NONE
    },
    Table {
        name: "standing",
        key: "story_id, cell",
        numbers: "story_id decision_id",
        texts: "cell value",
        ..NONE
    },
    Table {
        name: "seen",
        key: "editor_id, story_id",
        numbers: "editor_id story_id at",
        flags: "hidden",
        ..NONE
    },
    Table {
        name: "list",
        key: "id",
        gives_keys: true,
        numbers: "id position made_at archived_at version public_revision public_at",
        texts: "slug name about language rules",
        ..NONE
    },
    Table {
        name: "edition",
        key: "id",
        gives_keys: true,
        numbers: "id list_id number due_at published_at withdrawn_at made_at changed_at version",
        texts: "public_id title intro stage",
        ..NONE
    },
    Table {
        name: "pick",
        key: "id",
        numbers: "id list_id story_id edition_id position source_published_at excerpt_words_max made_at made_by \
            due_at published_at withdrawn_at corrected_at public_at public_revision version",
        texts: "public_id stage headline excerpt note image image_alt topics link original_title \
            original_excerpt original_image original_image_alt outlet byline language source_slug \
            source_name source_link source_home correction",
        ..NONE
    },
    Table {
        name: "pick_topic",
        key: "topic, pick_id",
        numbers: "pick_id",
        texts: "topic",
        ..NONE
    },
    Table {
        name: "pick_version",
        key: "pick_id, version",
        numbers: "pick_id version at editor_id shown_at",
        texts: "headline excerpt note image image_alt topics correction",
        ..NONE
    },
    Table {
        name: "setting",
        key: "name",
        numbers: "set_at",
        texts: "name value",
        ..NONE
    },
    Table {
        name: "preference",
        key: "editor_id",
        numbers: "editor_id",
        texts: "value",
        ..NONE
    },
    Table {
        name: "inquiry",
        key: "id",
        gives_keys: true,
        numbers: "id asked_at asked_by leased_until answered_at",
        texts: "public_id link rules answer",
        ..NONE
    },
    Table {
        name: "event",
        key: "id",
        numbers: "id at",
        texts: "public_id kind body",
        flags: "public",
        ..NONE
    },
    Table {
        name: "webhook",
        key: "id",
        gives_keys: true,
        numbers: "id made_at made_by disabled_at version",
        texts: "public_id name link secret kinds disabled_because",
        ..NONE
    },
    Table {
        name: "delivery",
        key: "id",
        gives_keys: true,
        numbers: "id event_id webhook_id tries tried_at next_at leased_until done_at failed_at status",
        texts: "reason",
        ..NONE
    },
    Table {
        name: "saved_search",
        key: "id",
        gives_keys: true,
        numbers: "id editor_id made_at key_made_at version",
        texts: "public_id name query key_digest",
        flags: "shared",
        ..NONE
    },
    Table {
        name: "run",
        key: "revision",
        numbers: "revision",
        texts: "name",
        ..NONE
    },
];

impl Table {
    /// Reads all its rows, in order.
    pub(super) fn select(&self) -> String {
        format!(
            "select {} from {} order by {}",
            names(&self.columns()),
            self.name,
            self.key
        )
    }

    /// Counts its rows.
    pub(super) fn count(&self) -> String {
        format!("select count(*) from {}", self.name)
    }

    /// Inserts `rows` rows of these columns. `overriding` stands where a database wants to hear that keys are given.
    pub(super) fn insert(&self, columns: &[(&'static str, Kind)], overriding: &'static str, rows: usize) -> String {
        let tail = if self.replaced {
            "on conflict (name) do update set value = excluded.value"
        } else {
            ""
        };
        let head = format!("insert into {} ({}) {overriding} values", self.name, names(columns));
        rows_sql(&head, (columns.len(), rows), tail, Placeholders::Numbered)
    }

    /// On PostgreSQL: gives out keys behind those that are there.
    pub(super) fn go_on_with_keys(&self) -> String {
        let name = self.name;
        format!(
            "select setval(pg_get_serial_sequence('{name}', 'id'), coalesce((select max(id) from {name}), 1), \
             exists (select 1 from {name}))"
        )
    }
}

fn names(columns: &[(&'static str, Kind)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}
