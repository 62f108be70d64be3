-- Before something goes, the console says what hangs on it; and a client that is deleted takes its consents along.
create index consents_by_scope on consents using gin (scopes);
create index consents_by_client on consents (client_id);
