-- The defence around sign-in: failures that are counted, devices that are known, and what an operator watches.

-- How often something failed. The rule is policy::throttle's; rows are locked in the order of their keys.
create table throttles (
    key           text primary key check (length(key) between 1 and 300),
    kind          text not null,
    user_id       uuid references users on delete cascade, -- with an account: kept until a success
    recent        integer not null check (recent >= 0),      -- failures since `since`
    consecutive   integer not null check (consecutive >= 0), -- failures since the last success
    since         timestamptz not null,
    last_at       timestamptz not null,
    blocked_until timestamptz                                -- far ahead: until a success
) with (fillfactor = 80);
-- Nodes poll which clients are refused where, so that a good client costs no statement.
create index throttles_blocked_clients on throttles (blocked_until) where kind = 'client' and blocked_until is not null;
create index throttles_by_user on throttles (user_id) where user_id is not null;

-- Browsers in which a person has signed in before. They still let that person in while others attack the account.
create table known_devices (
    secret_hash  bytea not null check (length(secret_hash) = 32), -- of the browser's cookie, which several people may share
    user_id      uuid not null references users on delete cascade,
    created_at   timestamptz not null,
    last_used_at timestamptz not null,
    primary key (secret_hash, user_id)
);
create index known_devices_by_user on known_devices (user_id);

-- Networks (IPv4 /16, IPv6 /32) from which a person has signed in before.
create table known_networks (
    user_id      uuid not null references users on delete cascade,
    network      text not null check (length(network) <= 50),
    last_used_at timestamptz not null,
    primary key (user_id, network)
);

-- What all nodes saw, by the minute: failures, refusals, unknown names.
create table defence_tallies (
    minute timestamptz not null,
    what   text not null check (length(what) between 1 and 60),
    count  bigint not null check (count > 0),
    primary key (minute, what)
) with (fillfactor = 80);

-- Address blocks (IPv4 /24, IPv6 /48) that were refused, by the hour.
create table refused_networks (
    hour    timestamptz not null,
    network text not null check (length(network) <= 50),
    count   bigint not null check (count > 0),
    primary key (hour, network)
) with (fillfactor = 80);

-- How tight the limits are, for all nodes: each step halves them.
create table defence_state (
    only_row   boolean primary key default true check (only_row),
    tightness  smallint not null check (tightness between 0 and 2),
    changed_at timestamptz not null
);
insert into defence_state (tightness, changed_at) values (0, now());
