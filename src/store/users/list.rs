//! The list of users: searched, filtered, ordered, a page at a time.

use sqlx::{PgExecutor, PgPool, types::Json};
use uuid::Uuid;

use super::Row;
use crate::{
    model::user::{User, username_key},
    store::{
        attention::MOST,
        pool::begin_planning_anew,
        span::{Order, Span, is_full, near},
        words::beginnings,
    },
};

/// Which users are looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sought<'a> {
    /// Their username, e-mail address or names have these words, or words that begin so.
    pub text: Option<&'a str>,
    /// What has become of the account.
    pub state: Option<State>,
    /// They have this role.
    pub role: Option<&'a str>,
    /// They have a factor beside the password, or none.
    pub second_factor: Option<bool>,
}

/// What has become of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its user may sign in.
    Enabled,
    /// It is switched off.
    Disabled,
    /// It may be being taken over, so that nothing that sets a password is mailed.
    Held,
    /// It is deleted, and not yet erased.
    Deleted,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Enabled, Self::Disabled, Self::Held, Self::Deleted];

    /// What queries call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Held => "held",
            Self::Deleted => "deleted",
        }
    }
}

impl Sought<'_> {
    /// All are.
    const fn is_everything(&self) -> bool {
        self.text.is_none() && self.state.is_none() && self.role.is_none() && self.second_factor.is_none()
    }
}

/// Hands the SQL for what a row of `users` must be like to another macro, before its own arguments. $1 to $4 are those of
/// [`Sought`].
macro_rules! sought {
    ($query:ident $(, $argument:tt)*) => {
        $query!(
            "
            ($1::text is null or lower($1)::tsquery @@ search_words(
                username_key || ' ' || coalesce(email, '') || ' ' || coalesce(profile ->> 'name', '')
                || ' ' || coalesce(profile ->> 'given_name', '') || ' ' || coalesce(profile ->> 'family_name', '')
                || ' ' || coalesce(profile ->> 'nickname', '')
            ))
            and ($2::text is null or case $2
                when 'enabled' then enabled
                when 'disabled' then not enabled and deleted_at is null
                when 'held' then held_at is not null
                when 'deleted' then deleted_at is not null
            end)
            and ($3::text is null or exists (
                select from user_roles where user_roles.user_id = users.user_id and role = $3
            ))
            and ($4::bool is null or $4 = (
                exists (select from totp_factors where totp_factors.user_id = users.user_id and confirmed_at is not null)
                or exists (select from passkeys where passkeys.user_id = users.user_id)
            ))
            "
            $(, $argument)*
        )
    };
}

/// A page in one order, as for clients: the next few rows of the order if they are enough, otherwise whatever is sought, put
/// in order.
///
/// After the row before the page, the SQL for what is behind it, that of the order, and that of the order of what was found.
macro_rules! page {
    ($sought_rows:tt, $tx:ident, $sought:ident, $span:ident, $after:ident, $behind:tt, $order:tt, $found_order:tt) => {{
        let (place, id) = $after.unzip();
        let words = $sought.text.map(beginnings);
        let near = near($span.limit, $sought.is_everything(), words.is_some());
        let state = $sought.state.map(State::as_str);
        let rows = sqlx::query_scalar!(
            r#"
            select to_jsonb(person) as "row!: Json<Row>"
            from (
                select user_id, username_key, created_at
                from (
                    select user_id, username_key, email, profile, enabled, created_at, deleted_at, held_at
                    from users where "#
                + $behind
                + " order by "
                + $order
                + " limit $8
                ) users
                where "
                + $sought_rows
                + " order by "
                + $order
                + " limit $7
            ) found join users_with_roles person using (user_id)
            order by "
                + $found_order,
            words,
            state,
            $sought.role,
            $sought.second_factor,
            place,
            id,
            $span.limit,
            near,
        );
        let rows = rows.fetch_all(&mut *$tx).await?;
        if $sought.is_everything() || is_full(&rows, &$span) {
            rows
        } else {
            let rows = sqlx::query_scalar!(
                r#"
                select to_jsonb(person) as "row!: Json<Row>"
                from (
                    select user_id, username_key, created_at
                    from (
                        select user_id, username_key, created_at
                        from users where "#
                    + $sought_rows
                    + " offset 0 -- or it would be put in order first
                    ) users
                    where "
                    + $behind
                    + " order by "
                    + $order
                    + " limit $7
                ) found join users_with_roles person using (user_id)
                order by "
                    + $found_order,
                words,
                state,
                $sought.role,
                $sought.second_factor,
                place,
                id,
                $span.limit,
            );
            rows.fetch_all(&mut *$tx).await?
        }
    }};
}

macro_rules! counted {
    ($sought_rows:tt, $tx:ident, $sought:ident) => {
        sqlx::query_scalar!(
            r#"select count(*) as "count!" from (select from users where "# + $sought_rows + " limit $5) found",
            $sought.text.map(beginnings),
            $sought.state.map(State::as_str),
            $sought.role,
            $sought.second_factor,
            MOST + 1,
        )
        .fetch_one(&mut *$tx)
        .await
    };
}

/// Those of these users that the span holds.
///
/// # Errors
/// The database cannot be asked.
pub async fn page(db: &PgPool, sought: Sought<'_>, span: Span<'_, Uuid>) -> sqlx::Result<Vec<User>> {
    let mut tx = begin_planning_anew(db).await?;
    let by_key = |after: Option<(&str, Uuid)>| after.map(|(username, id)| (username_key(username), id));
    #[rustfmt::skip]
    let rows = match (span.order, span.descending) {
        (Order::Name(after), false) => {
            let after = by_key(after);
            sought!(
                page, tx, sought, span, after, "($5::text is null or (username_key, user_id) > ($5, $6))",
                "username_key, user_id", "found.username_key, user_id"
            )
        }
        (Order::Name(after), true) => {
            let after = by_key(after);
            sought!(
                page, tx, sought, span, after, "($5::text is null or (username_key, user_id) < ($5, $6))",
                "username_key desc, user_id desc", "found.username_key desc, user_id desc"
            )
        }
        (Order::Time(after), false) => sought!(
            page, tx, sought, span, after, "($5::timestamptz is null or (created_at, user_id) > ($5, $6))",
            "created_at, user_id", "found.created_at, user_id"
        ),
        (Order::Time(after), true) => sought!(
            page, tx, sought, span, after, "($5::timestamptz is null or (created_at, user_id) < ($5, $6))",
            "created_at desc, user_id desc", "found.created_at desc, user_id desc"
        ),
    };
    Ok(rows.into_iter().map(User::from).collect())
}

/// How many users are sought: [`MOST`] and one at most.
///
/// # Errors
/// The database cannot be asked.
pub async fn count(db: &PgPool, sought: Sought<'_>) -> sqlx::Result<i64> {
    let mut tx = begin_planning_anew(db).await?;
    sought!(counted, tx, sought)
}

/// The ids of users whose username, e-mail address or names have these words (a `tsquery`): so many at most.
///
/// # Errors
/// The database cannot be asked.
pub async fn with_words(db: impl PgExecutor<'_>, words: &str, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "
        select user_id from users
        where lower($1)::tsquery @@ search_words(
            username_key || ' ' || coalesce(email, '') || ' ' || coalesce(profile ->> 'name', '')
            || ' ' || coalesce(profile ->> 'given_name', '') || ' ' || coalesce(profile ->> 'family_name', '')
            || ' ' || coalesce(profile ->> 'nickname', '')
        )
        limit $2
        ",
        words,
        limit,
    )
    .fetch_all(db)
    .await
}
