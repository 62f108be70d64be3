-- Who allowed this request on its own consent page. What was allowed at another request is remembered in consents; a
-- native client (RFC 8252 §8.6) and prompt=consent want an answer to this one. The row goes after ten minutes, so nothing
-- refers to the person.

alter table authorization_requests add column consented_by uuid;
