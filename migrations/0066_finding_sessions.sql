-- The list of all sessions finds those of one address, and those few of the console, without reading the others.
--
-- A session gets its address and its kind when it begins, and another address only with another secret, which has an index
-- too: what is noted each minute while it goes on changes neither index.
create index sessions_by_address on sessions (ip);
create index sessions_of_console on sessions (session_id) where kind = 'administrator';
