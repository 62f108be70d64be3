//! The search among all sessions that are alive, a page at a time.
//!
//! The sessions next in the order are looked at one by one: where many match, a few of them fill a page. If these are not
//! enough, the matches are gathered, up to one more than are counted. If that is all of them, the page is among them, and their
//! number is known by the way; if not, they are so many that the order leads to the next ones soon.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    SessionKind,
    list::{OpenSession, Proven, Sought, of, seen_after},
};
use crate::store::{
    attention::MOST,
    pool::begin_planning_anew,
    span::{Span, is_full},
    users,
    words::beginnings,
};

/// How many sessions are looked at one by one, from one end of the list: at first, if words are to be looked for in each, which
/// takes longer, and where it is known that more match than are counted.
const NEAR: i64 = 2000;
const NEAR_BY_WORDS: i64 = 1000;
const FAR: i64 = 20_000;
/// How many users are few enough to look for the sessions of each.
const FEW: i64 = 20_000;

/// What is asked of a session, as the statements have it.
struct Terms {
    now: OffsetDateTime,
    users_seen_after: OffsetDateTime,
    console_seen_after: OffsetDateTime,
    /// Words that too many users have to name them.
    words: Option<String>,
    /// The users who have the words.
    user_ids: Option<Vec<Uuid>>,
    address: Option<String>,
    kind: Option<&'static str>,
    proven: Option<&'static str>,
    second_factor: Option<bool>,
    last_seen_until: Option<OffsetDateTime>,
}

/// Hands the SQL for what a session must be like to be alive ($1 to $3), and to be sought ($4 to $10), and these values to
/// another macro, before its own arguments.
macro_rules! conditions {
    ($query:ident, $terms:ident $(, $argument:tt)*) => {
        $query!(
            "
            ended_at is null and expires_at > $1::timestamptz
            and last_seen_at > case kind when 'user' then $2::timestamptz else $3::timestamptz end
            ",
            "
            ($4::text is null or lower($4)::tsquery @@ search_words(
                username_key || ' ' || coalesce(email, '') || ' ' || coalesce(profile ->> 'name', '')
                || ' ' || coalesce(profile ->> 'given_name', '') || ' ' || coalesce(profile ->> 'family_name', '')
                || ' ' || coalesce(profile ->> 'nickname', '')
            ))
            and ($5::uuid[] is null or sessions.user_id = any($5))
            and ($6::text is null or ip = $6)
            and ($7::text is null or kind = $7)
            and ($8::text is null or case $8
                when 'password' then amr = '{pwd}'
                when 'code' then 'otp' = any(amr)
                when 'passkey' then amr && '{swk,hwk}'
            end)
            and ($9::bool is null or $9 = (acr <> 'aal1'))
            and ($10::timestamptz is null or last_seen_at <= $10)
            ",
            [
                $terms.now,
                $terms.users_seen_after,
                $terms.console_seen_after,
                $terms.words.as_deref(),
                $terms.user_ids.as_deref(),
                $terms.address.as_deref(),
                $terms.kind,
                $terms.proven,
                $terms.second_factor,
                $terms.last_seen_until
            ]
            $(, $argument)*
        )
    };
}

/// The first matches among so many sessions of the order; among all if that is null.
macro_rules! walk {
    ($alive:tt, $sought:tt, [$($term:expr),*], $tx:ident, $span:ident, $near:ident, $behind:tt, $order:tt) => {
        sqlx::query_as!(
            OpenSession,
            r#"
            select session_id, user_id, username, kind = 'administrator' as "administrates!", amr, acr, authenticated_at,
                last_seen_at, ip, user_agent
            from (select * from sessions where "#
                + $alive
                + " and "
                + $behind
                + " order by "
                + $order
                + " limit $13) sessions join users using (user_id) where "
                + $sought
                + " order by "
                + $order
                + " limit $12",
            $($term,)*
            $span.id(),
            $span.limit,
            $near,
        )
        .fetch_all(&mut *$tx)
        .await
    };
}

/// Which sessions match, in no order: so many of them.
macro_rules! matching {
    ($alive:tt, $sought:tt, [$($term:expr),*], $tx:ident) => {
        sqlx::query_scalar!(
            "select session_id from sessions join users using (user_id) where "
                + $alive
                + " and "
                + $sought
                + " limit $11",
            $($term,)*
            MOST + 1,
        )
        .fetch_all(&mut *$tx)
        .await
    };
}

/// Those of the sessions sought that the span holds, of which the first began first; and how many there are, [`MOST`] and one at
/// most.
///
/// # Errors
/// The database cannot be asked.
pub async fn search(
    db: &PgPool,
    sought: Sought<'_>,
    span: Span<'_, Uuid>,
    now: OffsetDateTime,
) -> sqlx::Result<(Vec<OpenSession>, i64)> {
    let mut tx = begin_planning_anew(db).await?;
    let terms = terms(&mut tx, sought, now).await?;
    let near = match (sought.is_everything(), &terms.words) {
        (true, _) => span.limit,
        (false, Some(_)) => NEAR_BY_WORDS,
        (false, None) => NEAR,
    };
    let first = walk(&mut tx, &terms, &span, Some(near)).await?;
    let is_enough = sought.is_everything() || is_full(&first, &span);
    let matching = matching(&mut tx, &terms).await?;
    let count = i64::try_from(matching.len()).unwrap_or(i64::MAX);
    if is_enough {
        return Ok((first, count));
    }
    if count <= MOST {
        return Ok((among(&mut tx, matching, &span, now).await?, count));
    }
    let far = walk(&mut tx, &terms, &span, Some(FAR)).await?;
    let found = if is_full(&far, &span) { far } else { walk(&mut tx, &terms, &span, None).await? };
    Ok((found, count))
}

/// What is asked. Words are looked up among the users: from some thousands of them it is not far to their sessions.
async fn terms(tx: &mut PgConnection, sought: Sought<'_>, now: OffsetDateTime) -> sqlx::Result<Terms> {
    let [users_seen_after, console_seen_after] = seen_after(now);
    let address = sought.address();
    let (mut words, mut user_ids) = (sought.text.filter(|_| address.is_none()).map(beginnings), None);
    if let Some(typed) = &words {
        let named = users::with_words(&mut *tx, typed, FEW + 1).await?;
        if usize::try_from(FEW).is_ok_and(|few| named.len() <= few) {
            (words, user_ids) = (None, Some(named));
        }
    }
    Ok(Terms {
        now,
        users_seen_after,
        console_seen_after,
        words,
        user_ids,
        address,
        kind: sought.kind.map(SessionKind::as_str),
        proven: sought.proven.map(Proven::as_str),
        second_factor: sought.second_factor,
        last_seen_until: sought.idle.map(|idle| now - idle),
    })
}

async fn walk(
    tx: &mut PgConnection,
    terms: &Terms,
    span: &Span<'_, Uuid>,
    near: Option<i64>,
) -> sqlx::Result<Vec<OpenSession>> {
    if span.descending {
        conditions!(walk, terms, tx, span, near, "($11::uuid is null or session_id < $11)", "session_id desc")
    } else {
        conditions!(walk, terms, tx, span, near, "($11::uuid is null or session_id > $11)", "session_id")
    }
}

async fn matching(tx: &mut PgConnection, terms: &Terms) -> sqlx::Result<Vec<Uuid>> {
    conditions!(matching, terms, tx)
}

/// The span of these sessions, which are all that match.
async fn among(
    tx: &mut PgConnection,
    mut ids: Vec<Uuid>,
    span: &Span<'_, Uuid>,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<OpenSession>> {
    ids.sort_unstable();
    if span.descending {
        ids.reverse();
    }
    let behind = |id: &Uuid| span.id().is_none_or(|after| if span.descending { *id < after } else { *id > after });
    ids.retain(behind);
    ids.truncate(usize::try_from(span.limit).unwrap_or(usize::MAX));
    let mut found = of(tx, &ids, now).await?;
    found.sort_unstable_by_key(|session| session.session_id);
    if span.descending {
        found.reverse();
    }
    Ok(found)
}
