-- When a client was last switched on or off. No access token of it that was made before counts any more.
alter table clients add tokens_not_before timestamptz;

-- A client makes a challenge for one request. Who repeats it within a day is found by this.
create index authorization_codes_by_challenge on authorization_codes (code_challenge);
