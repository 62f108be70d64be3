-- One row for all refresh tokens of a grant, however often they rotate (RF-21), and one id for a grant, its code and its
-- tokens, so that a statement finds all of them in the partitions of one time. What was issued before ends here: nothing
-- has been released yet.

drop table authorization_codes, refresh_tokens;

-- RFC 6749 §4.1.2: short-lived, single-use, bound to a client and a redirection URI.
create table authorization_codes (
    grant_id       uuid primary key,
    secret_hash    bytea not null check (length(secret_hash) = 32),
    client_id      text not null,
    redirect_uri   text not null,
    code_challenge text not null check (length(code_challenge) = 43), -- S256 only
    issued_at      timestamptz not null,
    expires_at     timestamptz not null check (expires_at > issued_at),
    redeemed_at    timestamptz
) partition by range (grant_id);
create index authorization_codes_by_challenge on authorization_codes (code_challenge);

create table refresh_tokens (
    grant_id      uuid primary key,
    mark_hash     bytea not null check (length(mark_hash) = 32),     -- of what every token of the grant carries
    secret_hash   bytea not null check (length(secret_hash) = 32),   -- of the one that is alive
    previous_hash bytea check (length(previous_hash) = 32),          -- of the one that it took the place of
    rotated_at    timestamptz,                                       -- when that one was used first
    issued_at     timestamptz not null,
    expires_at    timestamptz not null,                              -- idle: moved on by use
    check ((previous_hash is null) = (rotated_at is null))
) partition by range (grant_id);
