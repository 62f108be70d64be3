-- Access tokens of all clients that were made before this moment are worth nothing: one row, however many clients there are.
-- A server of the version before does not know it: stop those first, as docs/operations.md says of upgrades.
alter table registry_version add column tokens_not_before timestamptz;
