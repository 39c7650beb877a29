-- What is collected: sources, what they listed, the articles behind, the stories they tell.
-- Times are whole milliseconds since 1970, UTC. JSON is kept as text and read whole, never asked about.

-- One row a clock. 'revision' counts write transactions: whoever follows the store asks for what is greater than the
-- last it saw. 'claims' orders those who claim work. 'article' and 'story' give out ids in blocks.
create table counter (
    name text primary key,
    value bigint not null
);
insert into counter (name, value) values ('revision', 0), ('claims', 0), ('article', 0), ('story', 0);

-- Facts about this database itself: 'identity' tells an index whether it belongs here.
create table fact (
    name text primary key,
    value text not null
);

create table source (
    id integer primary key,
    slug text not null unique,
    name text not null,
    kind text not null,
    -- Where it is read, and where it was declared to be: another place after its server moved it for good.
    link text not null,
    declared_link text not null,
    host text not null,
    home text,
    language text,
    topics text not null,
    rules text not null,
    -- Whether sources.toml holds it; the file never touches the others.
    declared boolean not null,
    added_at bigint not null,
    paused boolean not null default false,
    retired_at bigint,
    gone_at bigint,
    -- What it remembers from poll to poll: validators, wishes of the server, redirects seen (JSON).
    memory text not null,
    -- When it is read next; and who is reading it now, until when.
    next_poll_at bigint not null,
    leased_by text,
    leased_until bigint not null default 0,
    failures bigint not null default 0,
    -- When an editor last asked for a poll, and when it was last polled.
    asked_at bigint,
    polled_at bigint,
    health text not null default 'new',
    health_since bigint,
    revision bigint not null
);
create index source_next_poll_at on source (next_poll_at);
create index source_host on source (host, leased_until);

create table attempt (
    id integer primary key,
    source_id bigint not null references source (id),
    at bigint not null,
    took_ms bigint not null,
    outcome text not null,
    status bigint,
    bytes bigint not null,
    listed bigint not null,
    fresh bigint not null,
    reason text,
    warnings text not null
);
create index attempt_source_id on attempt (source_id, id);

create table host (
    host text primary key,
    -- Asked by the server to stay away until then.
    hold_until bigint not null default 0,
    robots text,
    robots_at bigint
);

create table story (
    id bigint primary key,
    public_id text not null unique,
    lead_id bigint,
    found_at bigint not null,
    -- Joined into another; the row stays so that addresses and followers find it.
    merged_into bigint,
    gone_at bigint,
    revision bigint not null
);
create index story_revision on story (revision);
create index story_found_at on story (found_at, id);

create table article (
    id bigint primary key,
    story_id bigint not null references story (id),
    -- The source that listed it first: a change there is a change of the article.
    source_id bigint not null references source (id),
    -- Why it is in this story: the article it was matched with, and the reason in words.
    joined_with bigint,
    joined_because text,
    link text,
    title text not null,
    byline text,
    site_name text,
    published_at bigint,
    published_from text,
    updated_at bigint,
    language text,
    language_from text,
    image text,
    image_alt text,
    excerpt text not null,
    words bigint not null,
    agreement double precision,
    paywalled boolean not null default false,
    found_at bigint not null,
    changed_at bigint not null,
    gone_at bigint,
    -- The page behind it: 'none' wanted, 'due', 'done', 'failed', 'refused', 'gone'.
    page text not null,
    page_tries bigint not null default 0,
    page_reason text,
    features text not null,
    text text not null,
    html text not null
);
create index article_story_id on article (story_id);
create index article_found_at on article (found_at, id);
create index article_page_due on article (source_id, id) where page = 'due';

create table alias (
    name text primary key,
    article_id bigint not null references article (id)
);
create index alias_article_id on alias (article_id);

create table entry (
    id integer primary key,
    source_id bigint not null references source (id),
    article_id bigint not null references article (id),
    key text not null,
    link text,
    title text not null,
    author text,
    published_at bigint,
    updated_at bigint,
    found_at bigint not null,
    changed_at bigint not null,
    -- Of title and text: tells a changed entry from one that is only listed again.
    digest text not null,
    html text not null,
    unique (source_id, article_id)
);
create index entry_article_id on entry (article_id);
create index entry_source_id on entry (source_id, found_at);

-- What an editor said about two articles: that they tell the same news, or that they do not. Later runs obey.
create table correction (
    one_id bigint not null references article (id),
    other_id bigint not null references article (id),
    together boolean not null,
    made_at bigint not null,
    made_by text not null,
    primary key (one_id, other_id),
    check (one_id < other_id)
);
create index correction_other_id on correction (other_id);

-- Article pages as they came, compressed with zstd, so that changed rules can be run again.
create table page (
    article_id bigint primary key references article (id),
    link text not null,
    content_type text,
    body blob not null,
    fetched_at bigint not null
);
create index page_fetched_at on page (fetched_at);
