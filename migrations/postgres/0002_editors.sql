-- Who works here, and how they prove it. No secret is kept that could be used: digests only, in hex.

create table editor (
    id bigint generated always as identity primary key,
    public_id text not null unique,
    -- What they sign in with, lower case.
    name text not null unique,
    shown_name text not null,
    -- 'contributor', 'editor', 'admin'
    role text not null,
    -- Argon2id, in the form of the PHC; none until they chose one.
    password text,
    made_at bigint not null,
    seen_at bigint,
    disabled_at bigint,
    version bigint not null default 1
);

-- A browser that somebody signed in with. The digest is SHA-256 of what its cookie holds.
create table session (
    digest text primary key,
    public_id text not null unique,
    editor_id bigint not null references editor (id),
    made_at bigint not null,
    seen_at bigint not null,
    agent text not null,
    address text not null
);
create index session_editor_id on session (editor_id);

-- What a program signs in with.
create table token (
    id bigint generated always as identity primary key,
    public_id text not null unique,
    digest text not null unique,
    editor_id bigint not null references editor (id),
    name text not null,
    -- A JSON list of 'read', 'suggest', 'edit', 'admin'.
    scopes text not null,
    made_at bigint not null,
    expires_at bigint,
    used_at bigint,
    revoked_at bigint
);
create index token_editor_id on token (editor_id);

-- A link that works once: to choose a password, or to make the first editor, who does not exist yet.
create table invitation (
    digest text primary key,
    editor_id bigint references editor (id),
    made_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);

-- Who tried too often, by account and by network.
create table throttle (
    key text primary key,
    tries bigint not null,
    free_at bigint not null,
    tried_at bigint not null
);

-- Answers to requests that carried an Idempotency-Key, so that a repeated request is answered alike and does nothing.
create table answered (
    editor_id bigint not null references editor (id),
    key text not null,
    -- Of method, path and body: the key cannot be used for something else.
    digest text not null,
    status bigint not null,
    headers text not null,
    body text not null,
    at bigint not null,
    primary key (editor_id, key)
);
create index answered_at on answered (at);
