-- Which run of a program wrote from which revision on. After a backup was restored another run goes on, under numbers that
-- the lost writes had, too: whoever had followed those learns here that they are not what the database tells now.
create table run (
    name text primary key,
    revision bigint not null unique
);
