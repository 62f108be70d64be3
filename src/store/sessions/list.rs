//! The list of all sessions that are alive: searched, filtered, a page at a time.

use std::net::IpAddr;

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::SessionKind;
use crate::{
    clock::time_of,
    store::{
        attention::MOST,
        pool::begin_planning_anew,
        span::{Span, is_full},
        users,
        words::beginnings,
    },
};

/// How many sessions are looked at one by one, from one end of the list, before all that match are gathered; and how many if
/// words are to be looked for in each, which takes longer.
const NEAR: i64 = 2000;
const NEAR_BY_WORDS: i64 = 1000;
/// How many users are few enough to look for the sessions of each.
const FEW: i64 = 4000;

/// Which sessions are looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sought<'a> {
    /// An IP address that they come from; or words of the username, e-mail address or names of their user, or beginnings of
    /// such words.
    pub text: Option<&'a str>,
    /// Whose cookie it is.
    pub kind: Option<SessionKind>,
    /// What was proven.
    pub proven: Option<Proven>,
    /// Two factors were proven, or one.
    pub second_factor: Option<bool>,
    /// They were not used for so long.
    pub idle: Option<Duration>,
}

/// By what somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// A password and nothing else.
    PasswordAlone,
    /// Among others a code, of an app or one that was printed.
    Code,
    /// Among others a passkey.
    Passkey,
}

impl Proven {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::PasswordAlone, Self::Code, Self::Passkey];

    /// What queries call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordAlone => "password",
            Self::Code => "code",
            Self::Passkey => "passkey",
        }
    }
}

impl Sought<'_> {
    const fn is_everything(&self) -> bool {
        let is_any = self.kind.is_none() && self.proven.is_none() && self.second_factor.is_none();
        self.text.is_none() && is_any && self.idle.is_none()
    }

    /// The address that is typed into the search, in its usual spelling.
    fn address(&self) -> Option<String> {
        self.text.and_then(|text| text.trim().parse::<IpAddr>().ok()).map(|address| address.to_string())
    }
}

/// Whose sessions the words of a search are about: those who have them, if they are few, and else the words.
struct Named {
    words: Option<String>,
    ids: Option<Vec<Uuid>>,
}

/// Looks the words up among the users. To go from a few thousand users to their sessions is faster than from sessions to users.
async fn named(db: &mut PgConnection, sought: &Sought<'_>) -> sqlx::Result<Named> {
    let Some(text) = sought.text.filter(|_| sought.address().is_none()) else {
        return Ok(Named { words: None, ids: None });
    };
    let words = beginnings(text);
    let ids = users::with_words(db, &words, FEW + 1).await?;
    let few = usize::try_from(FEW).is_ok_and(|few| ids.len() <= few);
    Ok(if few { Named { words: None, ids: Some(ids) } } else { Named { words: Some(words), ids: None } })
}

/// A session that is alive, with its user.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct OpenSession {
    pub session_id: Uuid,
    pub user_id: Uuid,
    pub username: String,
    /// It is one of the console.
    pub administrates: bool,
    /// What was proven (RFC 8176), and the level that it reaches.
    pub amr: Vec<String>,
    pub acr: String,
    /// When it was last proven by all that it has.
    pub authenticated_at: OffsetDateTime,
    /// To the minute.
    pub last_seen_at: OffsetDateTime,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

impl OpenSession {
    /// When it began.
    #[must_use]
    pub fn started_at(&self) -> OffsetDateTime {
        time_of(self.session_id)
    }
}

/// The moments before which sessions of users, and of the console, were last seen that are alive no more.
fn seen_after(now: OffsetDateTime) -> [OffsetDateTime; 2] {
    [SessionKind::User, SessionKind::Administrator].map(|kind| now - kind.lifetimes().0)
}

/// Hands the SQL for what a session must be like to be alive ($1 to $3: now, and [`seen_after`]), and to be sought ($4 to $10:
/// those of [`Sought`] and the [`Named`]), to another macro, before its own arguments.
macro_rules! conditions {
    ($query:ident $(, $argument:tt)*) => {
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
            and ($5::text is null or ip = $5)
            and ($6::text is null or kind = $6)
            and ($7::text is null or case $7
                when 'password' then amr = '{pwd}'
                when 'code' then 'otp' = any(amr)
                when 'passkey' then amr && '{swk,hwk}'
            end)
            and ($8::bool is null or $8 = (acr <> 'aal1'))
            and ($9::timestamptz is null or last_seen_at <= $9)
            and ($10::uuid[] is null or sessions.user_id = any($10))
            "
            $(, $argument)*
        )
    };
}

/// A page in one order. First the sessions next in the order are looked at, one by one; if these are not enough, all that match
/// are gathered, through the index of what is sought, and put in order.
macro_rules! page {
    ($alive:tt, $sought_rows:tt, $tx:ident, $sought:ident, $span:ident, $now:ident, $behind:tt, $order:tt) => {{
        let [users, console] = seen_after($now);
        let (Named { words, ids }, address) = (named(&mut $tx, &$sought).await?, $sought.address());
        let near = match ($sought.is_everything(), words.is_some()) {
            (true, _) => $span.limit,
            (false, true) => NEAR_BY_WORDS,
            (false, false) => NEAR,
        };
        let (kind, proven) = ($sought.kind.map(SessionKind::as_str), $sought.proven.map(Proven::as_str));
        let idle = $sought.idle.map(|idle| $now - idle);
        let rows = sqlx::query_as!(
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
                + $sought_rows
                + " order by "
                + $order
                + " limit $12",
            $now, users, console, words, address, kind, proven, $sought.second_factor, idle, ids.as_deref(), $span.id(), $span.limit, near,
        );
        let rows = rows.fetch_all(&mut *$tx).await?;
        if $sought.is_everything() || is_full(&rows, &$span) {
            return Ok(rows);
        }
        let rows = sqlx::query_as!(
            OpenSession,
            r#"
            select session_id, user_id, username, kind = 'administrator' as "administrates!", amr, acr, authenticated_at,
                last_seen_at, ip, user_agent
            from (
                select sessions.*, username from sessions join users using (user_id) where "#
                + $alive
                + " and "
                + $sought_rows
                + " offset 0 -- or they would be put in order first
            ) sessions where "
                + $behind
                + " order by "
                + $order
                + " limit $12",
            $now, users, console, words, address, kind, proven, $sought.second_factor, idle, ids.as_deref(), $span.id(), $span.limit,
        );
        rows.fetch_all(&mut *$tx).await
    }};
}

macro_rules! counted {
    ($alive:tt, $sought_rows:tt, $tx:ident, $sought:ident, $now:ident) => {{
        let [users, console] = seen_after($now);
        let (Named { words, ids }, address) = (named(&mut $tx, &$sought).await?, $sought.address());
        let (kind, proven) = ($sought.kind.map(SessionKind::as_str), $sought.proven.map(Proven::as_str));
        let idle = $sought.idle.map(|idle| $now - idle);
        sqlx::query_scalar!(
            r#"select count(*) as "count!" from (select from sessions join users using (user_id) where "#
                + $alive
                + " and "
                + $sought_rows
                + " limit $11) found",
            $now,
            users,
            console,
            words,
            address,
            kind,
            proven,
            $sought.second_factor,
            idle,
            ids.as_deref(),
            MOST + 1,
        )
        .fetch_one(&mut *$tx)
        .await
    }};
}

/// Those of these sessions that the span holds: the first one began first.
///
/// # Errors
/// The database cannot be asked.
pub async fn page(
    db: &PgPool,
    sought: Sought<'_>,
    span: Span<'_, Uuid>,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<OpenSession>> {
    let mut tx = begin_planning_anew(db).await?;
    if span.descending {
        conditions!(page, tx, sought, span, now, "($11::uuid is null or session_id < $11)", "session_id desc")
    } else {
        conditions!(page, tx, sought, span, now, "($11::uuid is null or session_id > $11)", "session_id")
    }
}

/// How many sessions are sought: [`MOST`] and one at most.
///
/// # Errors
/// The database cannot be asked.
pub async fn count(db: &PgPool, sought: Sought<'_>, now: OffsetDateTime) -> sqlx::Result<i64> {
    let mut tx = begin_planning_anew(db).await?;
    conditions!(counted, tx, sought, now)
}

/// Those of these sessions that are alive.
///
/// # Errors
/// The database cannot be asked.
pub async fn of(db: impl PgExecutor<'_>, session_ids: &[Uuid], now: OffsetDateTime) -> sqlx::Result<Vec<OpenSession>> {
    let [users, console] = seen_after(now);
    sqlx::query_as!(
        OpenSession,
        r#"
        select session_id, user_id, (select username from users where users.user_id = sessions.user_id) as "username!",
            kind = 'administrator' as "administrates!", amr, acr, authenticated_at, last_seen_at, ip, user_agent
        from sessions
        where session_id = any($1) and ended_at is null and expires_at > $2
          and last_seen_at > case kind when 'user' then $3::timestamptz else $4 end
        "#,
        session_ids,
        now,
        users,
        console,
    )
    .fetch_all(db)
    .await
}
