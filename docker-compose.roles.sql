-- Makes the role that serves. The owner of the tables, portcullis_owner, is there already: the image makes it.
\set password `cat /run/secrets/server_password`
create role portcullis_server login password :'password';
