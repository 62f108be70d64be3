-- What keeps an account from being taken over by the address that mail about it goes to.

-- When somebody other than the person set the address. Null: the person did, or has confirmed it since while signed in.
-- Whoever has an account until now has the address that they chose.
alter table users add email_given_at timestamptz;
-- Since when nothing that sets a password is mailed or works: somebody at an earlier address said that the account is
-- being taken over. An administrator lifts it.
alter table users add held_at timestamptz;
create index users_held on users (held_at) where held_at is not null;

create or replace view users_with_roles as
select user_id, username, email, email_verified, profile, enabled, created_at, updated_at, revision,
    array(select role from user_roles where user_roles.user_id = users.user_id order by role) as roles,
    deleted_at, password_is_short, email_given_at, held_at
from users;

-- `hold`: to an address that an account had, to say that its person did not change it.
alter table links drop constraint links_purpose_check;
alter table links add constraint links_purpose_check
    check (purpose in ('invitation', 'recovery', 'registration', 'email', 'email_undo', 'hold'));

-- The session that a known browser signed in by last. What ends a person's other sessions forgets their browsers too.
alter table known_devices add session_id uuid;
