-- The image that pages show in the place of our mark, if administrators uploaded one.

create table logo (
    is_the_only_one boolean primary key default true check (is_the_only_one),
    image           bytea not null check (length(image) between 1 and 1048576),
    uploaded_at     timestamptz not null
);
