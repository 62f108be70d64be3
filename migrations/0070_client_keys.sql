-- When a client last proved who it is by one of its keys. The keys themselves are part of its metadata, or stand at its jwks_uri.
create table client_key_uses (
    client_id    text not null references clients on delete cascade,
    key          text not null check (length(key) = 43), -- its thumbprint (RFC 7638)
    last_used_at timestamptz not null,
    primary key (client_id, key)
) with (fillfactor = 70);

-- Clients may prove who they are by a key (RFC 7523) or by a certificate (RFC 8705).
alter table clients
    drop constraint clients_values,
    add constraint clients_values check (
        type in ('web', 'browser', 'native', 'service')
        and metadata ->> 'token_endpoint_auth_method' in (
            'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth', 'none'
        )
        and metadata ->> 'required_acr' in ('aal1', 'aal2', 'phr')
        and metadata ->> 'id_token_signed_response_alg' in ('RS256', 'PS256', 'ES256', 'EdDSA')
        and metadata -> 'grant_types' <@ '["authorization_code", "client_credentials", "refresh_token"]'
    ),
    add constraint clients_with_a_key check (
        metadata ->> 'token_endpoint_auth_method' <> 'private_key_jwt'
        or coalesce(jsonb_typeof(metadata -> 'jwks'), '') = 'object' or metadata ->> 'jwks_uri' is not null
    );
