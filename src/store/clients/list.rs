//! The list of clients: searched, filtered, ordered, a page at a time.

use std::collections::HashMap;

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Row;
use crate::{
    protocol::client::Client,
    store::{
        attention::MOST,
        pool::begin_planning_anew,
        sayable,
        span::{Order, Span, is_full, near},
        words::beginnings,
    },
};

/// Which clients are looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sought<'a> {
    /// Its name, id or redirect URIs have these words, or words that begin so.
    pub text: Option<&'a str>,
    /// It is of this type.
    pub client_type: Option<&'a str>,
    /// This user owns it.
    pub owner: Option<Uuid>,
    /// It is switched on, or off.
    pub enabled: Option<bool>,
    /// It may ask for one of these scopes.
    pub scopes: Option<&'a [String]>,
    /// It has secrets or keys, and none was made or used since then.
    pub unused_since: Option<OffsetDateTime>,
    /// It has secrets or keys, and none was ever used.
    pub never_used: bool,
}

impl Sought<'_> {
    /// All are.
    const fn is_everything(&self) -> bool {
        self.text.is_none()
            && self.client_type.is_none()
            && self.owner.is_none()
            && self.enabled.is_none()
            && self.scopes.is_none()
            && self.unused_since.is_none()
            && !self.never_used
    }
}

/// Hands the SQL for what a row of `clients` must be like to another macro, before its own arguments. $1 to $7 are those of [`Sought`].
macro_rules! sought {
    ($query:ident $(, $argument:tt)*) => {
        $query!(
            "
            ($1::text is null or lower($1)::tsquery @@ search_words(
                (metadata ->> 'client_name') || ' ' || client_id || ' ' || (metadata ->> 'redirect_uris')
            ))
            and ($2::text is null or type = $2)
            and ($3::bool is null or enabled = $3)
            and ($4::uuid is null or owner = $4)
            and ($5::text[] is null or scopes && $5)
            and ($6::timestamptz is null or created_at < $6 and not exists (
                select from client_secrets left join client_secret_uses using (secret_id)
                where client_secrets.client_id = clients.client_id
                    and greatest(client_secrets.created_at, last_used_at) >= $6
            ) and not exists (
                select from client_key_uses uses where uses.client_id = clients.client_id and last_used_at >= $6
            ))
            and (not $7 or not exists (
                select from client_secrets join client_secret_uses using (secret_id)
                where client_secrets.client_id = clients.client_id
                union all
                select from client_key_uses uses where uses.client_id = clients.client_id
            ))
            and ($6 is null and not $7 or metadata ->> 'token_endpoint_auth_method' = 'private_key_jwt' or exists (
                select from client_secrets where client_secrets.client_id = clients.client_id
            ))
            "
            $(, $argument)*
        )
    };
}

/// A page in one order. Where the filter lets most through, the next few rows of the order are enough. Otherwise whatever it
/// lets through is gathered first and then put in order: walking along the order to the next match may take the whole table.
///
/// After the row before the page, the SQL for what is behind it, and the SQL of the order.
macro_rules! page {
    ($sought_rows:tt, $tx:ident, $sought:ident, $span:ident, $after:ident, $behind:tt, $order:tt) => {{
        let (place, id) = $after.unzip();
        let words = $sought.text.map(beginnings);
        let near = near($span.limit, $sought.is_everything(), words.is_some());
        let rows = sqlx::query_as!(
            Row,
            r#"
            select client_id, metadata as "metadata: _", enabled, owner, tokens_not_before, created_at, updated_at, revision
            from (
                select client_id, metadata, enabled, owner, tokens_not_before, created_at, updated_at, revision, name, type, scopes
                from clients where "# + $behind + " order by " + $order + " limit $11
            ) clients
            where " + $sought_rows + " order by " + $order + " limit $10",
            words, $sought.client_type, $sought.enabled, $sought.owner, $sought.scopes, $sought.unused_since,
            $sought.never_used, place, id, $span.limit, near,
        );
        let rows = rows.fetch_all(&mut *$tx).await?;
        if $sought.is_everything() || is_full(&rows, &$span) {
            rows
        } else {
            let rows = sqlx::query_as!(
                Row,
                r#"
                select client_id, metadata as "metadata: _", enabled, owner, tokens_not_before, created_at, updated_at, revision
                from (
                    select client_id, metadata, enabled, owner, tokens_not_before, created_at, updated_at, revision, name
                    from clients where "# + $sought_rows + " offset 0 -- or it would be put in order first
                ) clients
                where " + $behind + " order by " + $order + " limit $10",
                words, $sought.client_type, $sought.enabled, $sought.owner, $sought.scopes, $sought.unused_since,
                $sought.never_used, place, id, $span.limit,
            );
            rows.fetch_all(&mut *$tx).await?
        }
    }};
}

macro_rules! counted {
    ($sought_rows:tt, $tx:ident, $sought:ident) => {
        sqlx::query_scalar!(
            r#"select count(*) as "count!" from (select from clients where "# + $sought_rows + " limit $8) found",
            $sought.text.map(beginnings),
            $sought.client_type,
            $sought.enabled,
            $sought.owner,
            $sought.scopes,
            $sought.unused_since,
            $sought.never_used,
            MOST + 1,
        )
        .fetch_one(&mut *$tx)
        .await
    };
}

/// Those of these clients that the span holds, without their secrets.
///
/// # Errors
/// The database cannot be asked.
pub async fn page(db: &PgPool, sought: Sought<'_>, span: Span<'_, &str>) -> sqlx::Result<Vec<Client>> {
    let mut tx = begin_planning_anew(db).await?;
    #[rustfmt::skip]
    let rows = match (span.order, span.descending) {
        (Order::Name(after), false) => sought!(
            page, tx, sought, span, after,
            "($8::text is null or (lower(name), client_id) > (lower($8), $9))", "lower(name), client_id"
        ),
        (Order::Name(after), true) => sought!(
            page, tx, sought, span, after,
            "($8::text is null or (lower(name), client_id) < (lower($8), $9))", "lower(name) desc, client_id desc"
        ),
        (Order::Time(after), false) => sought!(
            page, tx, sought, span, after,
            "($8::timestamptz is null or (created_at, client_id) > ($8, $9))", "created_at, client_id"
        ),
        (Order::Time(after), true) => sought!(
            page, tx, sought, span, after,
            "($8::timestamptz is null or (created_at, client_id) < ($8, $9))", "created_at desc, client_id desc"
        ),
    };
    rows.into_iter().map(Client::try_from).collect()
}

/// How many clients are sought: [`MOST`] and one at most.
///
/// # Errors
/// The database cannot be asked.
pub async fn count(db: &PgPool, sought: Sought<'_>) -> sqlx::Result<i64> {
    let mut tx = begin_planning_anew(db).await?;
    sought!(counted, tx, sought)
}

/// When each of these clients last proved who it is by a secret or a key, if it ever did.
///
/// # Errors
/// The database cannot be asked.
pub async fn last_uses(
    db: impl PgExecutor<'_>,
    client_ids: &[String],
) -> sqlx::Result<HashMap<String, OffsetDateTime>> {
    let rows = sqlx::query!(
        r#"
        select client_id as "client_id!", max(last_used_at) as "last_used_at!"
        from (
            select client_id, last_used_at from client_secrets join client_secret_uses using (secret_id)
            where client_id = any($1)
            union all
            select client_id, last_used_at from client_key_uses where client_id = any($1)
        ) uses
        group by client_id
        "#,
        client_ids,
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.client_id, row.last_used_at)).collect())
}

/// Those of these clients that a user owns.
///
/// # Errors
/// The database cannot be asked.
pub async fn owned(db: impl PgExecutor<'_>, client_ids: &[String], owner: Uuid) -> sqlx::Result<Vec<String>> {
    let found = sqlx::query_scalar!(
        "select client_id from clients where owner = $1 and client_id = any($2)",
        owner,
        &sayable(client_ids),
    );
    found.fetch_all(db).await
}
