//! What all nodes saw of attacks: `defence_tallies`, `refused_networks`, and how tight the limits are: `defence_state`.

use sqlx::{PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};

use crate::policy::throttle::Tightness;

/// Over how long the rate of failures is taken.
const RATE_OVER: Duration = Duration::minutes(5);
/// How long tallies are kept.
const KEEP: Duration = Duration::days(8);

/// Adds what a node counted since it last did.
///
/// # Errors
/// The database refused.
pub async fn add_tallies(db: impl PgExecutor<'_>, tallies: &[(&str, i64)], now: OffsetDateTime) -> sqlx::Result<()> {
    let (what, counts): (Vec<_>, Vec<_>) = tallies.iter().map(|(what, count)| ((*what).to_owned(), *count)).unzip();
    sqlx::query!(
        "
        insert into defence_tallies (minute, what, count)
        select date_trunc('minute', $3::timestamptz), what, count from unnest($1::text[], $2::bigint[]) as it (what, count)
        order by what
        on conflict (minute, what) do update set count = defence_tallies.count + excluded.count
        ",
        &what,
        &counts,
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Adds which networks a node refused since it last did.
///
/// # Errors
/// The database refused.
pub async fn add_refused_networks(
    db: impl PgExecutor<'_>,
    refused: &[(String, i64)],
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    let (networks, counts): (Vec<_>, Vec<_>) = refused.iter().map(|(network, count)| (network.clone(), *count)).unzip();
    sqlx::query!(
        "
        insert into refused_networks (hour, network, count)
        select date_trunc('hour', $3::timestamptz), network, count from unnest($1::text[], $2::bigint[]) as it (network, count)
        order by network
        on conflict (hour, network) do update set count = refused_networks.count + excluded.count
        ",
        &networks,
        &counts,
        now,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// How tight the limits are, and how many sign-ins failed in a minute, taken over the last five.
///
/// # Errors
/// The database cannot be asked.
pub async fn state(db: &PgPool, now: OffsetDateTime) -> sqlx::Result<(Tightness, u32)> {
    let row = sqlx::query!(
        r#"
        select tightness, (
            select coalesce(sum(case when what like '%.attempts' then count else -count end), 0)::bigint from defence_tallies
            where minute > $1 and what in
                ('password.attempts', 'password.successes', 'second_factor.attempts', 'second_factor.successes')
        ) as "failures!"
        from defence_state
        "#,
        now - RATE_OVER,
    );
    let row = row.fetch_one(db).await?;
    let per_minute = row.failures.max(0) / RATE_OVER.whole_minutes();
    Ok((Tightness::from_steps(row.tightness), u32::try_from(per_minute).unwrap_or(u32::MAX)))
}

/// Changes how tight the limits are. `false`: another node did.
///
/// # Errors
/// The database refused.
pub async fn change_tightness(
    db: impl PgExecutor<'_>,
    from: Tightness,
    to: Tightness,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let changed = sqlx::query!(
        "update defence_state set tightness = $2, changed_at = $3 where tightness = $1",
        from as i16,
        to as i16,
        now
    );
    Ok(changed.execute(db).await?.rows_affected() == 1)
}

/// What was counted since then, in steps of so much time: the beginning of each step, what, and how often.
///
/// # Errors
/// The database cannot be asked.
pub async fn tallies(
    db: &PgPool,
    since: OffsetDateTime,
    step: Duration,
) -> sqlx::Result<Vec<(OffsetDateTime, String, i64)>> {
    let rows = sqlx::query!(
        r#"
        select date_bin(make_interval(secs => $2), minute, $1) as "start!", what, sum(count)::bigint as "count!"
        from defence_tallies where minute >= $1 group by 1, 2 order by 1, 2
        "#,
        since,
        step.as_seconds_f64(),
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.start, row.what, row.count)).collect())
}

/// The networks that were refused most since then.
///
/// # Errors
/// The database cannot be asked.
pub async fn most_refused(db: &PgPool, since: OffsetDateTime) -> sqlx::Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"
        select network, sum(count)::bigint as "count!" from refused_networks
        where hour >= date_trunc('hour', $1::timestamptz) group by network order by 2 desc, network limit 10
        "#,
        since
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.network, row.count)).collect())
}

/// Forgets what is older than anybody looks at.
///
/// # Errors
/// The database refused.
pub async fn forget(db: &PgPool, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!("delete from defence_tallies where minute < $1", now - KEEP).execute(db).await?;
    sqlx::query!("delete from refused_networks where hour < $1", now - KEEP).execute(db).await.map(|_| ())
}
