-- Signing out everywhere: where clients want to hear of it, and what they are still to be told.

alter table clients
    add backchannel_logout_uri               text,
    add backchannel_logout_session_required  boolean not null default false,
    add frontchannel_logout_uri              text,
    add frontchannel_logout_session_required boolean not null default false;

-- OpenID Connect Back-Channel Logout 1.0: the end of a session that a client has yet to be told of. The row goes when it
-- has been told, or after the last try. It outlives the session and the account.
create table logout_deliveries (
    delivery_id uuid primary key,
    client_id   text not null references clients on delete cascade,
    user_id     uuid not null,
    session_id  uuid not null,
    attempts    smallint not null default 0,
    due_at      timestamptz not null, -- the next try; moved on by whoever begins one, so that two nodes never do the same
    unique (session_id, client_id)
);

-- When the client last got a token by it. Coarse: written once an hour at most.
alter table consents add last_used_at timestamptz;
