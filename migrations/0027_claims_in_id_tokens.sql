-- Clients that are registered already find the claims about users where they did: at the userinfo endpoint.
update clients set metadata = metadata || '{"id_token_claims": "userinfo"}' where not metadata ? 'id_token_claims';
alter table clients
    add constraint clients_id_token_claims check (metadata ->> 'id_token_claims' in ('userinfo', 'both'));
