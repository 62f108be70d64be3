-- Who saves a role says which state of it they saw, so that nobody overwrites what they never saw.
alter table roles add column revision integer not null default 1;
