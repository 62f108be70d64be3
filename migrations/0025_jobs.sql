-- What nodes do beside answering requests (src/jobs.rs): whose turn it was, and what became of it.

-- When a node last took the turn of a job that runs on one node at a time.
create table job_turns (
    job      text primary key,
    taken_at timestamptz not null
);

-- The last run of each job on each node that ran it, as the node reports it every few seconds.
create table job_runs (
    job           text not null,
    node          text not null,
    on_one_node   boolean not null,
    pause_seconds double precision not null check (pause_seconds > 0), -- between two runs
    began_at      timestamptz not null,
    took_seconds  double precision not null,
    failure       text, -- null: it was done
    reported_at   timestamptz not null,
    primary key (job, node)
) with (fillfactor = 50); -- with this room, a report changes rows where they stand
