-- A client is its id, its metadata and its state. The metadata is one JSON object by the names of RFC 7591 §2, so that a
-- field more is no column more; what statements search by is a column that follows from it, and the checks repeat what
-- `policy/client_metadata` says.

alter table clients add metadata jsonb;
update clients set metadata = jsonb_build_object(
    'client_name', name,
    'type', type,
    'redirect_uris', to_jsonb(redirect_uris),
    'scope', array_to_string(scopes, ' '),
    'required_acr', required_acr,
    'token_endpoint_auth_method', auth_method,
    'grant_types', to_jsonb(grant_types),
    'access_token_lifetime', access_token_lifetime,
    'refresh_token_idle_lifetime', refresh_token_idle_lifetime,
    'refresh_token_lifetime', refresh_token_lifetime,
    'id_token_signed_response_alg', id_token_signed_response_alg,
    'introspects_api', (select identifier from apis where api_id = introspects_api),
    'introspects_all', introspects_all,
    'post_logout_redirect_uris', to_jsonb(post_logout_redirect_uris),
    'backchannel_logout_uri', backchannel_logout_uri,
    'backchannel_logout_session_required', backchannel_logout_session_required,
    'frontchannel_logout_uri', frontchannel_logout_uri,
    'frontchannel_logout_session_required', frontchannel_logout_session_required,
    'contacts', to_jsonb(contacts),
    'client_uri', client_uri,
    'policy_uri', policy_uri,
    'tos_uri', tos_uri
);

alter table clients
    alter metadata set not null,
    drop name, drop type, drop redirect_uris, drop scopes, drop required_acr, drop auth_method, drop grant_types,
    drop access_token_lifetime, drop refresh_token_idle_lifetime, drop refresh_token_lifetime,
    drop id_token_signed_response_alg, drop introspects_api, drop introspects_all, drop post_logout_redirect_uris,
    drop backchannel_logout_uri, drop backchannel_logout_session_required,
    drop frontchannel_logout_uri, drop frontchannel_logout_session_required,
    drop contacts, drop client_uri, drop policy_uri, drop tos_uri;

alter table clients
    add name            text not null generated always as (metadata ->> 'client_name') stored,
    add type            text not null generated always as (metadata ->> 'type') stored,
    add scopes          text[] not null generated always as (string_to_array(metadata ->> 'scope', ' ')) stored,
    add introspects_api text generated always as (metadata ->> 'introspects_api') stored references apis (identifier);

create index clients_by_name on clients (lower(name), client_id);
create index clients_by_scope on clients using gin (scopes);
create index clients_by_introspected_api on clients (introspects_api) where introspects_api is not null;

-- A check passes what is null, so the members that they speak of must be there.
alter table clients
    add constraint clients_complete check (metadata ?& array[
        'redirect_uris', 'required_acr', 'token_endpoint_auth_method', 'grant_types', 'access_token_lifetime',
        'refresh_token_idle_lifetime', 'refresh_token_lifetime', 'id_token_signed_response_alg', 'introspects_all'
    ]),
    add constraint clients_name check (length(name) between 1 and 100),
    add constraint clients_values check (
        type in ('web', 'browser', 'native', 'service')
        and metadata ->> 'token_endpoint_auth_method' in ('client_secret_basic', 'client_secret_post', 'none')
        and metadata ->> 'required_acr' in ('aal1', 'aal2', 'phr')
        and metadata ->> 'id_token_signed_response_alg' in ('RS256', 'PS256', 'ES256', 'EdDSA')
        and metadata -> 'grant_types' <@ '["authorization_code", "client_credentials", "refresh_token"]'
    ),
    add constraint clients_lifetimes check ( -- seconds
        (metadata ->> 'access_token_lifetime')::integer between 30 and 1800
        and (metadata ->> 'refresh_token_idle_lifetime')::integer between 300 and 7776000
        and (metadata ->> 'refresh_token_lifetime')::integer between 300 and 7776000
    ),
    add constraint clients_of_their_type check (
        case type
            when 'service' then
                metadata ->> 'token_endpoint_auth_method' <> 'none'
                and metadata -> 'redirect_uris' = '[]'
                and metadata -> 'grant_types' <@ '["client_credentials"]'
            when 'web' then true
            else
                metadata ->> 'token_endpoint_auth_method' = 'none'
                and not metadata -> 'grant_types' ? 'client_credentials'
        end
    ),
    -- Only who authenticates may introspect, and what all tokens are good for is an explicit permission (decision D6).
    add constraint clients_that_introspect check (
        metadata ->> 'token_endpoint_auth_method' <> 'none'
        or introspects_api is null and metadata -> 'introspects_all' = 'false'
    );
