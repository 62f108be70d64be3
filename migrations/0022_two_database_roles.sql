-- Two database roles: one that owns the tables and migrates, and one that serves. The latter can neither change nor delete
-- what is recorded, nor alter a table. Partitions it makes and drops by the two functions here, which run with the rights of
-- the owner and do nothing else. `portcullis migrate` gives it its privileges (store/privileges.rs), none of them on a
-- partition: those of the table are enough, and with its own it could be changed past the table.

-- How each table is partitioned whose rows expire. The owner may change `keep`; with another width partitions would overlap.
create table partition_rules (
    table_name text primary key,
    width      interval not null check (width >= '1 minute'), -- how much time one partition covers
    ahead      integer not null check (ahead > 0),            -- how many are made ahead
    keep       interval not null check (keep >= '0')          -- how long rows are kept after their partition is full
);
insert into partition_rules (table_name, width, ahead, keep) values
    ('authorization_requests', '10 minutes', 12, '10 minutes'),
    ('logout_requests', '10 minutes', 12, '10 minutes'),
    ('authorization_codes', '6 hours', 4, '24 hours'), -- to notice who uses a challenge again (pkce::REUSE_WINDOW)
    ('sessions', '1 day', 3, '1 day'),
    -- To the absolute end of a grant: until then its refresh tokens work, and used ones that come back end it.
    ('grants', '7 days', 2, '91 days'),
    ('refresh_tokens', '7 days', 2, '91 days'),
    ('audit_events', '28 days', 2, '400 days');

-- The smallest UUIDv7 of a second (since 1970).
create function first_id(seconds bigint) returns uuid
language sql immutable strict
return (lpad(to_hex(seconds * 1000), 12, '0') || repeat('0', 20))::uuid;

-- Makes the partitions of a table that are not there: that of this moment, the one before and those ahead.
create function make_partitions(of_table text, moment timestamptz) returns void
language plpgsql strict security definer set timezone = 'UTC' as $$
declare
    rule partition_rules;
    seconds bigint;
    start bigint;
begin
    perform pg_advisory_xact_lock(hashtext('portcullis partitions')); -- one node at a time
    select * into strict rule from partition_rules where table_name = of_table;
    seconds := extract(epoch from rule.width);
    for start in
        select wanted from (
            select (floor(extract(epoch from moment) / seconds)::bigint + n) * seconds as wanted
            from generate_series(-1, rule.ahead) n
        ) candidates
        where not exists (
            select from pg_inherits join pg_class on pg_class.oid = inhrelid
            where inhparent = rule.table_name::regclass and relname = rule.table_name || '_' || wanted
        )
    loop
        -- Rows change once and no index stands on what changes, so with some room a change stays on its page.
        execute format(
            'create table %I partition of %I for values from (%L) to (%L) with (fillfactor = 80)',
            rule.table_name || '_' || start, rule.table_name, first_id(start), first_id(start + seconds)
        );
    end loop;
end $$;

-- Drops the partitions of a table whose rows need not be kept any more, by the clock of the database, which no caller sets.
create function drop_partitions(of_table text) returns void
language plpgsql strict security definer set timezone = 'UTC' as $$
declare
    rule partition_rules;
    name text;
begin
    perform pg_advisory_xact_lock(hashtext('portcullis partitions'));
    select * into strict rule from partition_rules where table_name = of_table;
    for name in
        select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = rule.table_name::regclass
          and to_timestamp(substring(relname from '[0-9]+$')::bigint) + rule.width + rule.keep < clock_timestamp()
    loop
        execute format('drop table %I', name);
    end loop;
end $$;

-- What runs with the rights of the owner finds nothing but what is the owner's, and is called by those alone who may.
do $$ begin
    execute format('alter function make_partitions set search_path = %I, pg_temp', current_schema());
    execute format('alter function drop_partitions set search_path = %I, pg_temp', current_schema());
end $$;
revoke execute on function make_partitions, drop_partitions from public;
