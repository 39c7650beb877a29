-- How the service calls itself and looks, and how each editor likes the desk.

-- One row a thing that an admin can set, as JSON; what is not here is as it comes.
create table setting (
    name text primary key,
    value text not null,
    set_at bigint not null
);

-- JSON; an editor without a row likes it as it comes.
create table preference (
    editor_id bigint primary key references editor (id),
    value text not null
);
