//! The table `counts`: what all nodes counted, by the hour.

use sqlx::{PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};

use crate::policy::counted::Counted;

/// How long counts are kept: the longest that is plotted, and the day that has begun.
const KEEP: Duration = Duration::days(91);

/// How long they are told apart by the hour: a week is plotted in steps of six.
const KEEP_HOURS: Duration = Duration::days(8);

/// What was counted in one step of time.
#[derive(Debug)]
pub struct Count {
    /// When the step began.
    pub start: OffsetDateTime,
    /// [`Counted::as_str`]
    pub what: String,
    /// Of what it is told apart.
    pub which: String,
    /// How often.
    pub count: i64,
}

/// A client, with how often it got tokens.
#[derive(Debug)]
pub struct BusyClient {
    /// `client_id`.
    pub client_id: String,
    /// `client_name`.
    pub name: String,
    /// How often.
    pub count: i64,
}

/// Adds what a node counted since it last did, in this order.
///
/// # Errors
/// The database refused.
pub async fn add(db: impl PgExecutor<'_>, counted: &[(Counted, String, i64)], now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "
        insert into counts (hour, what, which, count)
        select date_trunc('hour', $4::timestamptz, 'UTC'), what, which, count
        from unnest($1::text[], $2::text[], $3::bigint[]) as it (what, which, count)
        on conflict (hour, what, which) do update set count = counts.count + excluded.count
        ",
        &counted.iter().map(|(what, ..)| what.as_str().to_owned()).collect::<Vec<_>>(),
        &counted.iter().map(|(_, which, _)| which.clone()).collect::<Vec<_>>(),
        &counted.iter().map(|(.., count)| *count).collect::<Vec<_>>(),
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// What was counted since then in steps of so much time, but for clients.
///
/// # Errors
/// The database cannot be asked.
pub async fn since(db: impl PgExecutor<'_>, since: OffsetDateTime, step: Duration) -> sqlx::Result<Vec<Count>> {
    let counts = sqlx::query_as!(
        Count,
        r#"
        select date_bin(make_interval(secs => $2), hour, $1) as "start!", what, which, sum(count)::bigint as "count!"
        from counts where hour >= $1 and what <> $3 group by 1, 2, 3
        "#,
        since,
        step.as_seconds_f64(),
        Counted::Clients.as_str(),
    );
    counts.fetch_all(db).await
}

/// The clients that got tokens most often since then. One that is gone is not among them.
///
/// # Errors
/// The database cannot be asked.
pub async fn busiest_clients(db: impl PgExecutor<'_>, since: OffsetDateTime) -> sqlx::Result<Vec<BusyClient>> {
    let clients = sqlx::query_as!(
        BusyClient,
        r#"
        with busiest as (
            select which, sum(count)::bigint as count from counts where hour >= $1 and what = $2 group by which
        )
        select client_id, name, count as "count!" from busiest join clients on client_id = which
        order by count desc, client_id limit 8
        "#,
        since,
        Counted::Clients.as_str(),
    );
    clients.fetch_all(db).await
}

/// Forgets what is older than anybody looks at, and keeps of what is older than anybody looks at by the hour the sums of days.
///
/// # Errors
/// The database refused.
pub async fn forget(db: &PgPool, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("delete from counts where hour < $1", now - KEEP).execute(db).await?;
    sqlx::query!(
        "
        with hours as (
            delete from counts where hour < date_trunc('day', $1::timestamptz, 'UTC') and hour <> date_trunc('day', hour, 'UTC')
            returning hour, what, which, count
        )
        insert into counts (hour, what, which, count)
        select date_trunc('day', hour, 'UTC'), what, which, sum(count) from hours group by 1, 2, 3
        on conflict (hour, what, which) do update set count = counts.count + excluded.count
        ",
        now - KEEP_HOURS,
    )
    .execute(db)
    .await
    .map(|_| ())
}
