-- What people prove themselves by, beside or in place of a password. They may have several of each kind.

-- Authenticator apps (RFC 6238). One that is not confirmed yet counts for nothing; a person has at most one such.
create table totp_factors (
    factor_id    uuid primary key,
    user_id      uuid not null references users on delete cascade,
    name         text not null check (length(name) between 1 and 100),
    secret       bytea not null,              -- 160 bits under AES-256-GCM, bound to this row
    created_at   timestamptz not null,
    confirmed_at timestamptz,
    last_step    bigint not null default -1,  -- the newest time step whose code was used: none is used twice
    last_used_at timestamptz
);
create index totp_factors_by_user on totp_factors (user_id);
create unique index totp_factors_one_begun on totp_factors (user_id) where confirmed_at is null;

-- Passkeys (WebAuthn Level 3 §4, "credential record").
create table passkeys (
    passkey_id      uuid primary key,
    user_id         uuid not null references users on delete cascade,
    credential_id   bytea not null unique check (length(credential_id) between 1 and 1023),
    name            text not null check (length(name) between 1 and 100),
    credential      jsonb not null,           -- as it was registered: public key, flags, attestation
    counter         bigint not null,
    backup_eligible boolean not null,         -- it can leave its device
    backed_up       boolean not null,         -- it has
    aaguid          uuid not null,            -- the make of the authenticator, as it says itself; zeros: not said
    attestation     text not null,            -- the format of the statement about it; "none": there is none
    created_at      timestamptz not null,
    last_used_at    timestamptz
);
create index passkeys_by_user on passkeys (user_id);

-- Ceremonies that wait for the browser's answer: used once, in the browser and for the purpose they were made for.
create table passkey_ceremonies (
    challenge_hash bytea primary key check (length(challenge_hash) = 32),
    browser_hash   bytea not null check (length(browser_hash) = 32),
    purpose        text not null check (purpose in ('register', 'second_factor', 'sign_in')),
    user_id        uuid references users on delete cascade,
    state          jsonb not null,
    expires_at     timestamptz not null,
    check ((purpose = 'sign_in') = (user_id is null))
);
create index passkey_ceremonies_by_end on passkey_ceremonies (expires_at);

-- Codes for the day when every other factor is lost. A new set replaces the old one.
create table recovery_codes (
    user_id   uuid not null references users on delete cascade,
    code_hash bytea not null check (length(code_hash) = 32), -- SHA-256 of the person's id and the code
    made_at   timestamptz not null,
    used_at   timestamptz,
    primary key (user_id, code_hash)
);
