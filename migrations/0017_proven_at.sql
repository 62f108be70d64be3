-- When the last proof of a session was given: who changes what matters must have given one a few minutes ago. The default
-- is for nodes of the version before, which know nothing of it.
alter table sessions add column proven_at timestamptz not null default now();
update sessions set proven_at = authenticated_at;
