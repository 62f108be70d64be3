-- A client may be described by a document that it publishes (client ID metadata documents): the document's URL is its id.
-- No other client has such an id. It is public, and users sign in to it.
alter table clients
    drop constraint clients_client_id_check,
    add constraint clients_client_id_check check (
        client_id ~ '^[A-Za-z0-9._~-]{1,128}$'
        or length(client_id) <= 500 and client_id ~ '^https://[a-z0-9.-]+(:[0-9]+)?/[!-~]*$'
    ),
    -- Whose document it is. Null: an administrator registered it.
    add document_host text generated always as (substring(client_id from '^https://([a-z0-9.-]+)')) stored,
    add constraint clients_of_documents check (
        document_host is null or type in ('native', 'browser') and metadata ->> 'token_endpoint_auth_method' = 'none'
    );
create index clients_by_document_host on clients (document_host) where document_host is not null;
