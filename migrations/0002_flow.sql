-- What happens: sign-ins, requests, grants, codes, refresh tokens, revocations, and the record of it all.
--
-- What expires has a time-ordered id (UUIDv7) and is partitioned by it: it goes by dropping a partition. No index stands
-- on a column that changes.

create table sessions (
    session_id       uuid not null,
    secret_hash      bytea not null check (length(secret_hash) = 32),
    kind             text not null check (kind in ('user', 'administrator')), -- two cookies that know nothing of each other
    user_id          uuid not null references users on delete cascade,
    authenticated_at timestamptz not null,
    amr              text[] not null,
    acr              text not null,
    last_seen_at     timestamptz not null,
    expires_at       timestamptz not null,
    ended_at         timestamptz,
    ip               text,
    user_agent       text,
    primary key (session_id)
) partition by range (session_id);
create index sessions_by_secret on sessions (secret_hash);
create index sessions_by_user on sessions (user_id);

create table authorization_requests (
    request_id   uuid primary key,
    browser_hash bytea check (length(browser_hash) = 32), -- the browser that began it; null until it first shows itself
    request      jsonb not null,                          -- what protocol::authorization_request parsed
    received_at  timestamptz not null,
    expires_at   timestamptz not null,
    completed_at timestamptz
) partition by range (request_id);

-- What a person allowed a client, remembered until it grows or is withdrawn.
create table consents (
    user_id   uuid not null references users on delete cascade,
    client_id text not null references clients on delete cascade,
    scopes    text[] not null,
    given_at  timestamptz not null,
    primary key (user_id, client_id)
);

-- One run of the flow. Codes and tokens hang on it, so that one update revokes them all.
create table grants (
    grant_id         uuid primary key,
    client_id        text not null references clients on delete cascade,
    user_id          uuid not null references users on delete cascade,
    session_id       uuid not null,
    scopes           text[] not null,
    resources        text[] not null default '{}',
    claims           jsonb not null default '{}', -- the `claims` parameter, OpenID Connect Core §5.5
    nonce            text,
    authenticated_at timestamptz not null,
    amr              text[] not null,
    acr              text not null,
    created_at       timestamptz not null,
    expires_at       timestamptz not null,        -- the absolute end of its refresh tokens
    revoked_at       timestamptz
) partition by range (grant_id);
create index grants_by_user on grants (user_id, client_id);
create index grants_by_client on grants (client_id);
create index grants_by_session on grants (session_id);

-- RFC 6749 §4.1.2: short-lived, single-use, bound to a client and a redirection URI.
create table authorization_codes (
    code_id        uuid primary key,
    secret_hash    bytea not null check (length(secret_hash) = 32),
    grant_id       uuid not null,
    client_id      text not null,
    redirect_uri   text not null,
    code_challenge text not null check (length(code_challenge) = 43), -- S256 only
    issued_at      timestamptz not null,
    expires_at     timestamptz not null check (expires_at > issued_at),
    redeemed_at    timestamptz
) partition by range (code_id);

create table refresh_tokens (
    token_id    uuid primary key,
    secret_hash bytea not null check (length(secret_hash) = 32),
    grant_id    uuid not null,
    parent_id   uuid,                      -- the token it replaced
    issued_at   timestamptz not null,
    expires_at  timestamptz not null,      -- idle: moved on by use
    rotated_at  timestamptz,
    child_id    uuid,                      -- the token that replaced it last
    killed_at   timestamptz                -- a successor whose answer was lost
) partition by range (token_id);

-- What must stop working before it expires: whole grants, and single access tokens by `jti`. Nodes read the newest rows
-- every half second, by the database's clock. Rows go when the last token they concern has expired.
create table revocations (
    revoked_id  uuid primary key,
    kind        text not null check (kind in ('grant', 'access_token')),
    recorded_at timestamptz not null default clock_timestamp()
);
create index revocations_by_time on revocations (recorded_at);

create table audit_events (
    event_id     uuid primary key,
    at           timestamptz not null,
    event        text not null,
    outcome      text not null check (outcome in ('success', 'failure')),
    actor        text,          -- user:<id>, client:<id>, cli or system
    subject      text,
    client_id    text,
    session_hash text,
    request_id   text,
    ip           text,
    user_agent   text,
    reason       text,
    before       jsonb,
    after        jsonb,
    node         text not null,
    version      text not null
) partition by range (event_id);
create index audit_events_by_client on audit_events (client_id, event_id);
create index audit_events_by_subject on audit_events (subject, event_id);
