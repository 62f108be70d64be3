-- What administrators register: APIs with their scopes, roles, clients, users.
--
-- Every change here raises `registry_version` in the same transaction; each node polls that one row and then loads a
-- new snapshot, so a change holds on every node within a second.

create table registry_version (
    only_row boolean primary key default true check (only_row),
    version  bigint not null
);
insert into registry_version (version) values (1);

create table apis (
    api_id                uuid primary key,
    identifier            text not null unique check (length(identifier) between 1 and 512), -- the audience of its tokens
    name                  text not null check (length(name) between 1 and 100),
    access_token_lifetime integer check (access_token_lifetime between 30 and 1800),         -- seconds; null: the client's
    roles_in_token        boolean not null default false,
    created_at            timestamptz not null,
    revision              integer not null default 1
);

create table scopes (
    name        text primary key check (name ~ '^[!#-\[\]-~]{1,128}$'), -- RFC 6749 §3.3
    api_id      uuid not null references apis on delete cascade,
    description text not null check (length(description) between 1 and 300)
);
create index scopes_by_api on scopes (api_id);

create table roles (
    name           text primary key check (name ~ '^[a-z][a-z0-9_-]{0,62}$'),
    description    text not null check (length(description) <= 300),
    administrative boolean not null default false,
    created_at     timestamptz not null
);
create table role_scopes (
    role  text not null references roles on delete cascade on update cascade,
    scope text not null references scopes on delete cascade on update cascade,
    primary key (role, scope)
);
create index role_scopes_by_scope on role_scopes (scope);
insert into roles (name, description, administrative, created_at)
values ('administrator', 'Administers this installation in the console', true, now());

create table clients (
    client_id                    text primary key check (client_id ~ '^[A-Za-z0-9._~-]{1,128}$'),
    name                         text not null check (length(name) between 1 and 100),
    type                         text not null check (type in ('web', 'browser', 'native', 'service')),
    auth_method                  text not null check (auth_method in ('client_secret_basic', 'client_secret_post', 'none')),
    grant_types                  text[] not null,
    redirect_uris                text[] not null default '{}',
    post_logout_redirect_uris    text[] not null default '{}',
    scopes                       text[] not null default '{}',
    id_token_signed_response_alg text not null default 'RS256' check (id_token_signed_response_alg in ('RS256', 'PS256', 'ES256', 'EdDSA')),
    access_token_lifetime        integer not null default 300 check (access_token_lifetime between 30 and 1800),            -- seconds
    refresh_token_idle_lifetime  integer not null default 1209600 check (refresh_token_idle_lifetime between 300 and 7776000),
    refresh_token_lifetime       integer not null default 7776000 check (refresh_token_lifetime between 300 and 7776000),
    introspects_api              uuid references apis on delete set null, -- it acts for this API: may introspect its tokens
    introspects_all              boolean not null default false,          -- the explicit permission of decision D6
    contacts                     text[] not null default '{}',
    client_uri                   text,
    policy_uri                   text,
    tos_uri                      text,
    enabled                      boolean not null default true,
    created_at                   timestamptz not null,
    updated_at                   timestamptz not null,
    revision                     integer not null default 1,
    check (type <> 'service' or (auth_method <> 'none' and redirect_uris = '{}')),
    check (type in ('web', 'service') or auth_method = 'none')
);
create index clients_by_name on clients (lower(name), client_id);

create table client_secrets (
    secret_id    uuid primary key,
    client_id    text not null references clients on delete cascade,
    secret_hash  bytea not null unique check (length(secret_hash) = 32), -- SHA-256 of 256 random bits
    last_four    text not null check (length(last_four) = 4),
    created_at   timestamptz not null,
    expires_at   timestamptz
);
create index client_secrets_by_client on client_secrets (client_id);
-- Beside the secret, because it changes often: the secret's own row is what the snapshot of the registry is made of.
create table client_secret_uses (
    secret_id    uuid primary key references client_secrets on delete cascade,
    last_used_at timestamptz not null
) with (fillfactor = 70);

create table users (
    user_id        uuid primary key,             -- the subject identifier: never reused
    username       text not null check (length(username) between 1 and 100),
    username_key   text not null unique,         -- folded (NFKC, lower case): one account for all spellings
    email          text check (length(email) <= 254),
    email_verified boolean not null default false,
    password_hash  text,                         -- argon2id, PHC string
    profile        jsonb not null default '{}',  -- the other standard claims of OpenID Connect Core §5.1
    enabled        boolean not null default true,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    revision       integer not null default 1
);
create table user_roles (
    user_id uuid not null references users on delete cascade,
    role    text not null references roles on delete cascade on update cascade,
    primary key (user_id, role)
);
create index user_roles_by_role on user_roles (role);

create table signing_keys (
    kid          text primary key,               -- RFC 7638 thumbprint
    alg          text not null check (alg in ('ES256', 'RS256', 'PS256', 'EdDSA')),
    state        text not null check (state in ('next', 'active', 'retiring')),
    public_jwk   jsonb not null,
    private_key  bytea,                          -- PKCS #8 under AES-256-GCM; erased when the key retires
    created_at   timestamptz not null,
    activated_at timestamptz,
    retired_at   timestamptz,
    check ((state = 'retiring') = (private_key is null)),
    check ((state = 'retiring') = (retired_at is not null))
);
create unique index signing_keys_one_active on signing_keys (alg) where state = 'active';
create unique index signing_keys_one_next on signing_keys (alg) where state = 'next';
