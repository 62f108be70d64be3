-- What strangers cause: counted, bounded, and nowhere in a URL.

-- The first of its kind has a row at once; what follows within a minute shares one.
alter table audit_events add column count integer not null default 1 check (count > 0);

-- Whether we made the secret: 256 random bits, which nobody guesses. One that an administrator brought may be weak, and of
-- those that are there already nobody knows.
alter table client_secrets add column generated boolean not null default false;
alter table client_secrets alter column generated drop default;

-- Requests to sign out that clients post. They wait for the browser, which is sent on to them by GET.
create table logout_requests (
    request_id uuid primary key,
    request    jsonb not null,         -- protocol::end_session::LogoutRequest
    expires_at timestamptz not null
) partition by range (request_id);
