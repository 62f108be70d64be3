-- A role says which office it gives: what its users may do in the administration of this installation. A role that
-- administered may do everything, as before.
--
-- `administrative` stays for nodes of the version before, which know no other office than that of an administrator: to them
-- every other office is none. What they add has no office in its column; it is an administrator's, if it administers.
alter table roles add column office text
    check (office in ('administrator', 'client_manager', 'client_owner', 'user_manager', 'auditor', 'operator'));
alter table roles add check (office is null or administrative = (office = 'administrator'));
update roles set office = 'administrator' where administrative;

-- Who may change a client if they may not change every one.
alter table clients add column owner uuid references users on delete set null;
create index clients_by_owner on clients (owner) where owner is not null;
