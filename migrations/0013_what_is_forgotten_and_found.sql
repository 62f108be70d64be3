-- What is forgotten, and what is found, without reading a whole table.

-- Maintenance forgets the counters that nobody has touched for long. With an account they stay, and with an index on
-- `last_at` a failure costs one entry more, which is little beside the password that was hashed for it.
create index throttles_forgettable on throttles (kind, last_at) where user_id is null;

-- What people, operators and the system itself did. What clients did, which is most of the log, is found by their ids
-- (audit_events_by_client): issuing a token writes nothing here.
create index audit_events_by_actor on audit_events (actor, event_id) where actor not like 'client:%';
