-- Authorization requests that clients push to us (RFC 9126). Each time a browser opens one, a row of authorization_requests is
-- made of it, and the first that is answered uses it up.
create table pushed_requests (
    request_id   uuid primary key,
    secret_hash  bytea not null check (length(secret_hash) = 32), -- of the request_uri
    client_id    text not null,
    request      jsonb not null,
    expires_at   timestamptz not null,
    completed_at timestamptz
) partition by range (request_id);

insert into partition_rules (table_name, width, ahead, keep) values ('pushed_requests', '10 minutes', 12, '20 minutes');

alter table authorization_requests add column pushed_id uuid;
