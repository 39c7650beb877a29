-- Addresses that somebody asked about: what could be read there? The worker goes and looks; nobody waits on a click.

create table inquiry (
    id bigint generated always as identity primary key,
    public_id text not null unique,
    link text not null,
    -- How it is to be read, if the asker says so (JSON); else every way is tried.
    rules text,
    asked_at bigint not null,
    asked_by bigint not null references editor (id),
    leased_until bigint not null default 0,
    answered_at bigint,
    -- What was tried, and what was found (JSON).
    answer text
);
create index inquiry_waiting on inquiry (id) where answered_at is null;
