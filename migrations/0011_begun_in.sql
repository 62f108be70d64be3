-- The session in which an app was begun. Its secret was shown there, so it is shown and confirmed nowhere else.

alter table totp_factors add column begun_in uuid;
