-- What waits for somebody who is signed in, sealed by the master key: secrets that a page shows again until they are stored,
-- and what was typed into a form and not sent.
create table waiting (
    waiting_id uuid primary key,
    user_id    uuid not null references users on delete cascade,
    kind       text not null check (kind in ('secrets', 'draft')),
    path       text not null check (length(path) between 1 and 2000), -- of the page
    session_id uuid check ((session_id is not null) = (kind = 'secrets')), -- secrets are shown in no other session
    content    bytea not null,
    saved_at   timestamptz not null,
    expires_at timestamptz not null,
    unique (user_id, kind, path)
);
create index waiting_by_end on waiting (expires_at);
