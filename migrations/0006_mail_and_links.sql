-- Mail, the links in it, and the end of an account.

-- Mail that waits to be sent, written in the transaction of what it tells of. What it says is sealed by the master key,
-- because it may hold a link, and erased once it has been sent or given up.
create table outbox (
    mail_id         uuid primary key,          -- UUIDv7
    user_id         uuid references users on delete cascade,
    kind            text not null,             -- what it tells of
    content         bytea,                     -- sealed: address, subject, text, HTML
    attempts        integer not null default 0,
    next_attempt_at timestamptz not null,
    created_at      timestamptz not null,
    sent_at         timestamptz,
    failed_at       timestamptz,
    check (num_nonnulls(content, sent_at, failed_at) = 1)
);
create index outbox_waiting on outbox (mail_id) where content is not null;
create index outbox_by_user on outbox (user_id);

-- What was asked for by somebody who is not signed in: a link to set a new password, or to open an account. The same
-- row for known and unknown people; who they are is looked up later, by whatever sends the mail.
create table link_requests (
    request_id uuid primary key,               -- UUIDv7
    purpose    text not null check (purpose in ('recovery', 'registration')),
    content    bytea not null,                 -- sealed: what was typed, the language, who asked
    asked_at   timestamptz not null
);

-- One-time links. At most one of a purpose works for a person, or for an address that has no account yet.
create table links (
    link_id     uuid primary key,              -- UUIDv7
    secret_hash bytea not null check (length(secret_hash) = 32),
    purpose     text not null check (purpose in ('invitation', 'recovery', 'registration', 'email', 'email_undo')),
    user_id     uuid references users on delete cascade,
    address     text not null check (length(address) <= 254), -- where it was sent; of an undo link the address it brings back
    created_at  timestamptz not null,
    expires_at  timestamptz not null check (expires_at > created_at),
    ended_at    timestamptz,                   -- used, or replaced by a newer one
    check ((user_id is null) = (purpose = 'registration'))
);
create index links_by_user on links (user_id);
create index links_by_address on links (lower(address)) where user_id is null;

create index users_by_email on users (lower(email));
-- A deleted account can be restored until it is erased.
alter table users add deleted_at timestamptz check (deleted_at is null or not enabled);
create index users_deleted on users (deleted_at) where deleted_at is not null;

-- What is left of an erased account: its subject identifier, which nobody is ever given again.
create table erased_users (
    user_id   uuid primary key,
    erased_at timestamptz not null
);

create or replace view users_with_roles as
select user_id, username, email, email_verified, profile, enabled, created_at, updated_at, revision,
    array(select role from user_roles where user_roles.user_id = users.user_id order by role) as roles,
    deleted_at
from users;
