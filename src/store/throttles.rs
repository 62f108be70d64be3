//! The table `throttles`: how often something failed. Rows are always locked in the order of their keys.

use std::collections::HashMap;

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::policy::throttle::Counter;

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Names it.
    pub key: String,
    /// `account`, `address`, `block`, `client`, `application`
    pub kind: &'static str,
    /// Whose account it is, if there is one.
    pub user_id: Option<Uuid>,
}

/// Locks these counters until the transaction ends, and makes those that are not there yet.
///
/// # Errors
/// The database refused.
pub async fn lock(
    tx: &mut PgConnection,
    counted: &[Counted],
    now: OffsetDateTime,
) -> sqlx::Result<HashMap<String, Counter>> {
    let rows = sqlx::query!(
        "
        insert into throttles (key, kind, user_id, recent, consecutive, since, last_at)
        select key, kind, user_id, 0, 0, $4, $4 from unnest($1::text[], $2::text[], $3::uuid[]) as it (key, kind, user_id)
        order by key
        on conflict (key) do update set last_at = excluded.last_at
        returning key, recent, consecutive, since, blocked_until
        ",
        &counted.iter().map(|it| it.key.clone()).collect::<Vec<_>>(),
        &counted.iter().map(|it| it.kind.to_owned()).collect::<Vec<_>>(),
        &counted.iter().map(|it| it.user_id).collect::<Vec<_>>() as &Vec<Option<Uuid>>,
        now,
    );
    let counters = rows.fetch_all(tx).await?.into_iter().map(|row| {
        let (recent, consecutive) = (row.recent.unsigned_abs(), row.consecutive.unsigned_abs());
        (row.key, Counter { recent, consecutive, since: row.since, blocked_until: row.blocked_until })
    });
    Ok(counters.collect())
}

/// Writes counters that are locked.
///
/// # Errors
/// The database refused.
pub async fn write(tx: &mut PgConnection, counters: &[(&str, Counter)]) -> sqlx::Result<()> {
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let blocked = counters.iter().map(|(_, it)| it.blocked_until).collect::<Vec<_>>();
    sqlx::query!(
        "
        update throttles
        set recent = it.recent, consecutive = it.consecutive, since = it.since, blocked_until = it.blocked_until
        from unnest($1::text[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[])
            as it (key, recent, consecutive, since, blocked_until)
        where throttles.key = it.key
        ",
        &counters.iter().map(|(key, _)| (*key).to_owned()).collect::<Vec<_>>(),
        &counters.iter().map(|(_, it)| number(it.recent)).collect::<Vec<_>>(),
        &counters.iter().map(|(_, it)| number(it.consecutive)).collect::<Vec<_>>(),
        &counters.iter().map(|(_, it)| it.since).collect::<Vec<_>>(),
        &blocked as &Vec<Option<OffsetDateTime>>,
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// After a success: takes back one failure of each of these counters, if its window is still the one in which it was
/// counted, and everything of those whose window is not given.
///
/// # Errors
/// The database refused.
pub async fn give_back(db: impl PgExecutor<'_>, counted: &[(String, Option<OffsetDateTime>)]) -> sqlx::Result<()> {
    let (keys, windows): (Vec<_>, Vec<_>) = counted.iter().cloned().unzip();
    sqlx::query!(
        "
        with locked as materialized (select key from throttles where key = any($1) order by key for update)
        update throttles set
            recent = case when it.since is null then 0 else greatest(recent - 1, 0) end,
            consecutive = case when it.since is null then 0 else greatest(consecutive - 1, 0) end,
            blocked_until = null
        from locked join unnest($1::text[], $2::timestamptz[]) as it (key, since) using (key)
        where throttles.key = locked.key and (it.since is null or it.since = throttles.since)
        ",
        &keys,
        &windows as &Vec<Option<OffsetDateTime>>,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Until when a counter refuses, or refused last.
///
/// # Errors
/// The database cannot be asked.
pub async fn refuses_until(db: impl PgExecutor<'_>, key: &str) -> sqlx::Result<Option<OffsetDateTime>> {
    let until = sqlx::query_scalar!("select blocked_until from throttles where key = $1", key);
    Ok(until.fetch_optional(db).await?.flatten())
}

/// Pairs of a client and an address that are refused now, and until when.
///
/// # Errors
/// The database cannot be asked.
pub async fn blocked_clients(
    db: impl PgExecutor<'_>,
    now: OffsetDateTime,
) -> sqlx::Result<HashMap<String, OffsetDateTime>> {
    let rows = sqlx::query!(
        r#"
        select key, blocked_until as "until!" from throttles
        where kind = 'client' and blocked_until is not null and blocked_until > $1
        limit 10000
        "#,
        now
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.key, row.until)).collect())
}

/// How long it is remembered that something was tried, by its kind. Names without an account are kept for a month, so that
/// whoever tries a name now and then sees no difference.
const REMEMBERED: [(&str, Duration); 5] = [
    ("account", Duration::days(30)),
    ("address", Duration::days(1)),
    ("block", Duration::days(1)),
    ("client", Duration::days(1)),
    ("application", Duration::days(1)),
];
/// Counters that one statement forgets, so that none lasts long.
const STEP: u64 = 5_000;
/// Statements for each kind. What is left then is forgotten the next time.
const MOST_STEPS: usize = 10;

/// Deletes counters that have not moved for long. Two sorts stay: the counters of accounts, which only a success resets, and
/// counters that still refuse. So a name that is locked until a success stays locked, whether such an account exists or not.
///
/// # Errors
/// The database refused.
pub async fn forget(db: &PgPool, now: OffsetDateTime) -> sqlx::Result<()> {
    for (kind, age) in REMEMBERED {
        for _ in 0..MOST_STEPS {
            if forget_some(db, kind, now - age, now).await? < STEP {
                break;
            }
        }
    }
    Ok(())
}

/// Waits for nobody: a counter that is locked is being used.
async fn forget_some(
    db: &PgPool,
    kind: &str,
    untouched_since: OffsetDateTime,
    now: OffsetDateTime,
) -> sqlx::Result<u64> {
    let forgotten = sqlx::query!(
        "
        with due as (
            select key from throttles
            where user_id is null and kind = $1 and last_at < $2 and (blocked_until is null or blocked_until < $3)
            order by last_at limit $4
            for update skip locked
        )
        delete from throttles using due where throttles.key = due.key
        ",
        kind,
        untouched_since,
        now,
        STEP.cast_signed(),
    );
    Ok(forgotten.execute(db).await?.rows_affected())
}
