-- What changed of the registry, for the nodes that keep parts of it in memory: one row for each commit that changes it.
--
-- `registry_version` hands out the versions, and is raised by the last statement before the commit: so versions are in the
-- order of the commits, and nobody waits for a long change before it ends. A node that knows a version reads the rows from
-- that one on. The first must be the one that it knows, by the token too: a database that was restored, or a replica that
-- went on from an earlier state, gives the same numbers to other changes.

create table registry_changes (
    version bigint primary key,
    token   uuid not null,          -- random: tells changes apart that bear the same number
    touched text[] not null,        -- what nodes drop: see `policy::feed`
    at      timestamptz not null default clock_timestamp()
);
create index registry_changes_by_time on registry_changes (at);
insert into registry_changes (version, token, touched) select version, gen_random_uuid(), '{}' from registry_version;

-- The origins of a browser client's pages: what may call us from a script. Written by the program.
alter table clients add column origins text[] not null default '{}';
update clients set origins = array(
    select distinct substring(uri from '^https?://[^/?#]+') from unnest(redirect_uris) uri where uri ~ '^https?://[^/?#]'
)
where type = 'browser';
create index clients_by_origin on clients using gin (origins);
create index clients_by_scope on clients using gin (scopes);
