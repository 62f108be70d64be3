-- What a secret is for. Those of one name take turns; a client has at most five that work.
alter table client_secrets add column name text not null default '' check (length(name) <= 40);
