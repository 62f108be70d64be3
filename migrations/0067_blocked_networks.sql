-- Networks that administrators block for a while, and the two permissions for that: scopes of our own API.

create table blocked_networks (
    network    cidr primary key check (masklen(network) >= case family(network) when 4 then 16 else 32 end),
    reason     text not null check (length(reason) between 1 and 200),
    blocked_by text not null,          -- as the audit trail names them
    blocked_at timestamptz not null,
    ends_at    timestamptz not null check (ends_at > blocked_at)
);

insert into scopes (name, api_id, description)
select 'portcullis:' || name, 'ffffffff-ffff-7fff-bfff-ffffffffffff', description
from (values
    ('networks:read', 'See which networks are blocked, and why.'),
    ('networks:write', 'Block networks for a while, and let them in again.')
) permission (name, description);
