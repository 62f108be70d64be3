-- The API of Portcullis itself: its scopes are the permissions of offices. It is built in; nobody changes or deletes it. Its id
-- comes after all others, which tell the time.
insert into apis (api_id, identifier, name, created_at, required_acr)
values ('ffffffff-ffff-7fff-bfff-ffffffffffff', 'urn:portcullis:api', 'Administration of Portcullis', now(), 'aal2');
insert into scopes (name, api_id, description)
select 'portcullis:' || name, 'ffffffff-ffff-7fff-bfff-ffffffffffff', description
from (values
    ('clients:read', 'See every client.'),
    ('clients:write', 'Register, change, switch off and delete every client, give it secrets, and say who owns it.'),
    ('clients:own', 'Register clients, and see and change those that one owns.'),
    ('apis:read', 'See APIs and their scopes.'),
    ('apis:write', 'Register, change and delete APIs and their scopes.'),
    ('roles:read', 'See roles.'),
    ('roles:write', 'Add, change and delete roles.'),
    ('users:read', 'See users, how they prove who they are, and where they are signed in.'),
    ('users:write', 'Add, change, switch off and delete users, mail them links, and reset their factors.'),
    ('sessions:write', 'End sessions of users, and withdraw what they allowed clients.'),
    ('keys:read', 'See the signing keys, of which private parts are never shown.'),
    ('keys:write', 'Rotate and withdraw signing keys.'),
    ('settings:read', 'See how this installation shows itself.'),
    ('settings:write', 'Change how this installation shows itself.'),
    ('audit:read', 'Read the audit log, and who attacks.'),
    ('unattended', 'As a client, make by itself the changes for which people must have proven lately who they are.')
) permission (name, description);

-- Requests to our own API that may come again with the same key: what each was, and what was answered, without secrets.
create table idempotent_requests (
    client_id    text not null references clients on delete cascade,
    key_hash     bytea not null check (length(key_hash) = 32),
    request_hash bytea not null check (length(request_hash) = 32),
    began_at     timestamptz not null,
    status       smallint,                   -- null: it is under way, or was cut short
    headers      jsonb,
    answer       text,
    primary key (client_id, key_hash)
);
create index idempotent_requests_by_time on idempotent_requests (began_at);
