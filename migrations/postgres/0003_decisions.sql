-- What editors decided, written once and never changed; and what follows from it, which can be computed again.

insert into counter (name, value) values ('decision', 0);

-- One act on one cell of one story. A cell is a thing that can be decided: 'status', 'note', 'topics', 'lead', 'articles',
-- 'list:' and a list's key. A cell holds a stack: each decision lies on the one that stood there before it. Undoing takes
-- the top away, redoing puts it back; both are acts of their own, and name what they are about.
create table decision (
    id bigint primary key,
    public_id text not null unique,
    story_id bigint not null references story (id),
    -- The story that it was merged into, or split off.
    other_id bigint references story (id),
    cell text not null,
    act text not null,
    editor_id bigint not null references editor (id),
    at bigint not null,
    -- What the cell held before and holds after (JSON).
    before text not null,
    after text not null,
    -- The decision that stood there before.
    beneath bigint references decision (id),
    -- What an undo or a redo is about.
    of_id bigint references decision (id),
    -- Acts of one request, undone together.
    batch text not null,
    revision bigint not null
);
create index decision_story_id on decision (story_id, id);
create index decision_other_id on decision (other_id) where other_id is not null;
create index decision_editor_id on decision (editor_id, id);
create index decision_batch on decision (batch);
create index decision_of_id on decision (of_id);

-- What stands in each cell that was ever decided, and which decision put it there; none once all are undone.
create table standing (
    story_id bigint not null references story (id),
    cell text not null,
    decision_id bigint references decision (id),
    value text not null,
    primary key (story_id, cell)
);

-- What stands in the cell 'status', for lists: 'new', 'suggested', 'held', 'dismissed'. And how many decisions there were.
alter table story add column status text not null default 'new';
alter table story add column version bigint not null default 0;
create index story_status on story (status, found_at, id) where gone_at is null and merged_into is null;

-- What one editor has seen, or does not want to see again; nobody else's business.
create table seen (
    editor_id bigint not null references editor (id),
    story_id bigint not null references story (id),
    at bigint not null,
    hidden boolean not null default false,
    primary key (editor_id, story_id)
);
create index seen_story_id on seen (story_id);
