-- What is told to others, written in the transaction that it tells of.

insert into counter (name, value) values ('event', 0);

create table event (
    id bigint primary key,
    public_id text not null unique,
    kind text not null,
    at bigint not null,
    -- JSON.
    body text not null,
    -- Whether everybody may know; the rest is for editors.
    public boolean not null
);
create index event_at on event (at);

create table webhook (
    id integer primary key,
    public_id text not null unique,
    name text not null,
    link text not null,
    -- As Standard Webhooks spells it: 'whsec_' and base64.
    secret text not null,
    -- A JSON list; empty for all.
    kinds text not null,
    made_at bigint not null,
    made_by bigint not null references editor (id),
    disabled_at bigint,
    -- Why, in words for people.
    disabled_because text,
    version bigint not null default 1
);

-- One event on its way to one webhook, or to the WebSub hub (then there is no webhook).
create table delivery (
    id integer primary key,
    event_id bigint not null references event (id),
    webhook_id bigint references webhook (id),
    -- Tries that were begun, and when the last one was.
    tries bigint not null default 0,
    tried_at bigint,
    next_at bigint not null,
    -- Until when somebody sends it now; tells one try from the next.
    leased_until bigint not null default 0,
    done_at bigint,
    failed_at bigint,
    -- How the last try went: the answer's status, and why it is no success.
    status bigint,
    reason text
);
create unique index delivery_once on delivery (event_id, webhook_id) where webhook_id is not null;
create unique index delivery_once_to_hub on delivery (event_id) where webhook_id is null;
create index delivery_next_at on delivery (next_at) where done_at is null and failed_at is null;
create index delivery_webhook_id on delivery (webhook_id, id);

create table saved_search (
    id integer primary key,
    public_id text not null unique,
    editor_id bigint not null references editor (id),
    name text not null,
    query text not null,
    -- Whether other editors see it too.
    shared boolean not null,
    -- SHA-256 of the key in its feed's address; a new key makes the old address worthless.
    key_digest text not null unique,
    made_at bigint not null,
    key_made_at bigint not null,
    version bigint not null default 1
);
create index saved_search_editor_id on saved_search (editor_id);
