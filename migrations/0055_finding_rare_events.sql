-- What the audit log finds by its kind, its address or its failure without reading all of it. Tokens and codes, which are
-- nearly all of it, are found by client, user and time: issuing one writes nothing here (store/audit_events/search.rs).
create index audit_events_by_event on audit_events (event, event_id)
    where event not in ('token.issued', 'token.refreshed', 'code.issued', 'code.redeemed');
create index audit_events_by_address on audit_events (ip, event_id)
    where event not in ('token.issued', 'token.refreshed', 'code.issued', 'code.redeemed');
create index audit_events_failed on audit_events (event_id) where outcome = 'failure';
