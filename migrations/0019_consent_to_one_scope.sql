-- Since when a scope is its API's. What people allowed before was another API's scope of the same name: it does not count.
alter table scopes add column registered_at timestamptz not null default '-infinity';
