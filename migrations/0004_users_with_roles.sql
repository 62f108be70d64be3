-- What the server knows of a person, in one row: everything but the password.

create view users_with_roles as
select user_id, username, email, email_verified, profile, enabled, created_at, updated_at, revision,
    array(select role from user_roles where user_roles.user_id = users.user_id order by role) as roles
from users;
