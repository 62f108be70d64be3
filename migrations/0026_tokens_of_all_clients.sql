-- Access tokens of all clients that were made before this moment are worth nothing: one row, however many clients there are.
alter table registry_version add column tokens_not_before timestamptz;
