-- What the nodes counted, by the hour and after a week by the day (UTC), for the plots of the console's home. Each node adds to it once a minute.
create table counts (
    hour  timestamptz not null check (date_trunc('hour', hour, 'UTC') = hour),
    what  text not null check (length(what) between 1 and 20),  -- what happened: policy/counted.rs
    which text not null check (length(which) between 1 and 500), -- of that: the grant type, the outcome, the client …
    count bigint not null check (count > 0),
    primary key (hour, what, which)
) with (fillfactor = 80);

-- What home asks of the registry: a few rows of many, whatever its size.
create index client_secrets_by_end on client_secrets (expires_at) where expires_at is not null;
create index clients_without_contacts on clients (client_id)
    where coalesce(metadata -> 'contacts', '[]') = '[]';
create index outbox_failed on outbox (failed_at) where failed_at is not null;
