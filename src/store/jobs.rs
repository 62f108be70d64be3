//! The tables `job_turns` and `job_runs`: whose turn it is, and how jobs ran.

use std::time::Duration;

use sqlx::PgExecutor;
use time::OffsetDateTime;

/// How long a node that reports nothing still counts as serving.
const SILENCE: time::Duration = time::Duration::minutes(2);
/// How long the run of a node that is gone is kept: for a job that runs on one node at a time, it may be the last.
const KEEP: time::Duration = time::Duration::days(1);

/// The last run of a job on this node.
#[derive(Clone, Debug)]
pub struct Run {
    /// Which job.
    pub job: &'static str,
    /// Whether it runs on one node at a time.
    pub on_one_node: bool,
    /// Between two runs.
    pub pause: Duration,
    /// When it began.
    pub began_at: OffsetDateTime,
    /// How long it took.
    pub took: Duration,
    /// Why it was not done.
    pub failure: Option<String>,
}

/// How a job runs: by its last run on each node that serves, or on any, if it runs on one at a time.
#[derive(Debug)]
pub struct JobState {
    /// Which job.
    pub job: String,
    /// Whether it runs on one node at a time.
    pub on_one_node: bool,
    /// On how many nodes it ran.
    pub nodes: i64,
    /// When the last run began.
    pub last_at: OffsetDateTime,
    /// How long the longest of these runs took.
    pub longest_seconds: f64,
    /// On which node it was not done, and why.
    pub failure: Option<String>,
    /// It should have run again long ago, on one of these nodes.
    pub is_late: bool,
}

/// Takes the turn of a job, unless a node took it within `pause`. Of nodes that ask at once, one gets it, and with it the time
/// at which it was taken, which [`give_back`] needs.
///
/// # Errors
/// The database refused.
pub async fn take_turn(db: impl PgExecutor<'_>, job: &str, pause: Duration) -> sqlx::Result<Option<OffsetDateTime>> {
    let taken = sqlx::query_scalar!(
        "
        insert into job_turns (job, taken_at) values ($1, clock_timestamp())
        on conflict (job) do update set taken_at = clock_timestamp()
        where job_turns.taken_at <= clock_timestamp() - make_interval(secs => $2)
        returning taken_at
        ",
        job,
        pause.as_secs_f64(),
    );
    taken.fetch_optional(db).await
}

/// Gives a turn back: the next node that asks gets it. Not if another node has taken it since.
///
/// # Errors
/// The database refused.
pub async fn give_back(db: impl PgExecutor<'_>, job: &str, taken_at: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("delete from job_turns where job = $1 and taken_at = $2", job, taken_at).execute(db).await.map(|_| ())
}

/// Reports the last runs on a node, and forgets nodes that are long gone.
///
/// # Errors
/// The database refused.
pub async fn report(db: impl PgExecutor<'_> + Copy, node: &str, runs: &[Run], now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "
        insert into job_runs (job, node, on_one_node, pause_seconds, began_at, took_seconds, failure, reported_at)
        select job, $1, on_one_node, pause_seconds, began_at, took_seconds, failure, $2
        from unnest($3::text[], $4::boolean[], $5::float8[], $6::timestamptz[], $7::float8[], $8::text[])
            as runs (job, on_one_node, pause_seconds, began_at, took_seconds, failure)
        on conflict (job, node) do update set on_one_node = excluded.on_one_node,
            pause_seconds = excluded.pause_seconds, began_at = excluded.began_at, took_seconds = excluded.took_seconds,
            failure = excluded.failure, reported_at = excluded.reported_at
        ",
        node,
        now,
        &runs.iter().map(|run| run.job.to_owned()).collect::<Vec<_>>(),
        &runs.iter().map(|run| run.on_one_node).collect::<Vec<_>>(),
        &runs.iter().map(|run| run.pause.as_secs_f64()).collect::<Vec<_>>(),
        &runs.iter().map(|run| run.began_at).collect::<Vec<_>>(),
        &runs.iter().map(|run| run.took.as_secs_f64()).collect::<Vec<_>>(),
        &runs.iter().map(|run| run.failure.clone()).collect::<Vec<_>>() as &[Option<String>],
    )
    .execute(db)
    .await?;
    sqlx::query!("delete from job_runs where reported_at < $1", now - KEEP).execute(db).await?;
    Ok(())
}

/// How each job runs. A job is late if it should have run three times since, and three minutes more.
///
/// # Errors
/// The database cannot be asked.
pub async fn states(db: impl PgExecutor<'_>, now: OffsetDateTime) -> sqlx::Result<Vec<JobState>> {
    sqlx::query_as!(
        JobState,
        r#"
        with runs as (
            select *, row_number() over (partition by job order by began_at desc) as age,
                began_at + make_interval(secs => took_seconds + 3 * pause_seconds + 180) < $1 as is_late
            from job_runs where on_one_node or reported_at > $2
        )
        select job, bool_or(on_one_node) as "on_one_node!", count(*) as "nodes!", max(began_at) as "last_at!",
            max(took_seconds) as "longest_seconds!", bool_or(is_late) as "is_late!",
            min(node || ': ' || failure) as failure
        from runs where age = 1 or not on_one_node
        group by job order by job
        "#,
        now,
        now - SILENCE,
    )
    .fetch_all(db)
    .await
}

/// The nodes that serve, by name: those that reported lately how their jobs ran.
///
/// # Errors
/// The database cannot be asked.
pub async fn nodes(db: impl PgExecutor<'_>, now: OffsetDateTime) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!("select distinct node from job_runs where reported_at > $1 order by node", now - SILENCE)
        .fetch_all(db)
        .await
}
