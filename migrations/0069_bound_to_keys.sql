-- Codes and refresh tokens that take a proof of a key (RFC 9449 §5, §10): the thumbprint of the key. Null: none is asked for.
alter table authorization_codes add column dpop_jkt text check (length(dpop_jkt) = 43);
alter table refresh_tokens add column dpop_jkt text check (length(dpop_jkt) = 43);
