-- Reading lists, what was picked for them, and what goes out together.

insert into counter (name, value) values ('pick', 0);

create table list (
    id integer primary key,
    slug text not null unique,
    name text not null,
    about text not null,
    language text,
    -- Length of excerpts, cadence, target count and the like (JSON).
    rules text not null,
    position bigint not null,
    made_at bigint not null,
    archived_at bigint,
    version bigint not null default 1,
    -- The last write that changed what readers see of it, and when that was; it never goes back, whatever the clock does.
    public_revision bigint not null default 0,
    public_at bigint not null
);

create table edition (
    id integer primary key,
    public_id text not null unique,
    list_id bigint not null references list (id),
    number bigint not null,
    title text not null,
    intro text not null,
    -- 'draft', 'scheduled', 'published', 'withdrawn'
    stage text not null,
    due_at bigint,
    published_at bigint,
    withdrawn_at bigint,
    made_at bigint not null,
    changed_at bigint not null,
    version bigint not null default 1,
    unique (list_id, number)
);
create index edition_due_at on edition (due_at) where stage = 'scheduled';

-- A story chosen for a list. What is printed is its own copy: whatever happens to the story, this stays.
create table pick (
    id bigint primary key,
    public_id text not null unique,
    list_id bigint not null references list (id),
    story_id bigint not null references story (id),
    edition_id bigint references edition (id),
    -- Its place among the picks of its edition, or among those of the list that are in none.
    position bigint not null,
    -- 'draft', 'scheduled', 'published', 'withdrawn', 'dropped'
    stage text not null,

    headline text not null,
    excerpt text not null,
    note text not null,
    image text,
    image_alt text,
    -- A JSON list.
    topics text not null,

    -- As the outlet had it, on the day of the pick.
    link text,
    original_title text not null,
    original_excerpt text not null,
    original_image text,
    original_image_alt text,
    outlet text not null,
    byline text,
    language text,
    source_published_at bigint,
    source_slug text,
    source_name text,
    source_link text,
    source_home text,
    -- The longest excerpt that the outlet allows to be printed, in words.
    excerpt_words_max bigint,

    made_at bigint not null,
    made_by bigint not null references editor (id),
    due_at bigint,
    published_at bigint,
    -- When it was taken back, or taken from the list before it went out.
    withdrawn_at bigint,
    -- When it was last changed after it had gone out, and what readers are told about it.
    corrected_at bigint,
    correction text not null default '',
    -- The last change that readers can see, and the write that made it: their index follows it.
    public_at bigint,
    public_revision bigint,
    version bigint not null default 1
);
create unique index pick_once on pick (list_id, story_id) where stage in ('draft', 'scheduled', 'published');
create index pick_story_id on pick (story_id);
create index pick_edition_id on pick (edition_id, position);
create index pick_list_id on pick (list_id, stage, id);
create index pick_published_at on pick (list_id, published_at, position, id) where stage = 'published';
create index pick_published_anywhere_at on pick (published_at, list_id, position, id) where stage = 'published';
create index pick_public_revision on pick (public_revision) where public_revision is not null;
-- Whether a story, or another version of it, ran before.
create index pick_link on pick (link);
create index pick_original_title on pick (original_title);
create index pick_due_at on pick (due_at) where stage = 'scheduled';

-- What stood in a pick after each change of it: for going back, and for showing what readers saw before a correction.
create table pick_version (
    pick_id bigint not null references pick (id),
    version bigint not null,
    at bigint not null,
    editor_id bigint not null references editor (id),
    headline text not null,
    excerpt text not null,
    note text not null,
    image text,
    image_alt text,
    topics text not null,
    correction text not null,
    -- When readers first saw it; none if they never did.
    shown_at bigint,
    primary key (pick_id, version)
);

-- The topics of picks once more, in lower case, for asking by topic.
create table pick_topic (
    topic text not null,
    pick_id bigint not null references pick (id),
    primary key (topic, pick_id)
);
create index pick_topic_pick_id on pick_topic (pick_id);
-- Stories that were joined into one are found by it.
create index story_merged_into on story (merged_into) where merged_into is not null;
