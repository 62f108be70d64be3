-- JWTs that count once on all nodes together: client assertions and DPoP proofs. The id is a time that the JWT itself names,
-- then a part of the hash of what must not come twice, so that the same one always falls on the same row of the same
-- partition. Rows go with their partition, when nothing of its time could be accepted any more.
create table seen_jwts (
    id uuid primary key
) partition by range (id);

insert into partition_rules (table_name, width, ahead, keep) values ('seen_jwts', '10 minutes', 12, '10 minutes');
