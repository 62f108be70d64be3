-- The least level of authentication (`acr`) that clients, APIs and roles demand of people.
alter table clients add required_acr text not null default 'aal1' check (required_acr in ('aal1', 'aal2', 'phr'));
alter table apis    add required_acr text not null default 'aal1' check (required_acr in ('aal1', 'aal2', 'phr'));
alter table roles   add required_acr text not null default 'aal1' check (required_acr in ('aal1', 'aal2', 'phr'));
