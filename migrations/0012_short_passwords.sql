-- A password that is too short to stand alone: whoever has one must have a second factor too.

alter table users add password_is_short boolean not null default false;

create or replace view users_with_roles as
select user_id, username, email, email_verified, profile, enabled, created_at, updated_at, revision,
    array(select role from user_roles where user_roles.user_id = users.user_id order by role) as roles,
    deleted_at, password_is_short
from users;
