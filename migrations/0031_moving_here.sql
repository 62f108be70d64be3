-- A secret that a client brings from elsewhere may be a word that somebody chose. So its hash lies sealed: whoever reads the
-- table can neither guess it nor see which clients share one. The hash of a secret that we made tells nothing.
alter table client_secrets alter column secret_hash drop not null;
alter table client_secrets add column sealed_hash bytea;
alter table client_secrets
    add constraint client_secrets_kept_once check (num_nonnulls(secret_hash, sealed_hash) = 1),
    add constraint client_secrets_generated_plain check (not generated or secret_hash is not null);

-- As long as anybody's password was hashed elsewhere, every sign-in takes as long as theirs (LG-02).
create index users_with_brought_password on users (user_id) where password_hash like '$brought$%';
