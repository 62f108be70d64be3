//! The tables `users` and `user_roles`, but for passwords.

mod addresses;
mod list;

use std::collections::HashSet;

use serde::Deserialize;
use sqlx::{PgConnection, PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

pub use addresses::{HeldUser, accept_email, held, hold, lift_hold, set_email, verify_email};
pub use list::{Sought, State, count, page, with_words};

use super::sayable;
use crate::{
    model::user::{User, username_key},
    protocol::standard_claims::Profile,
};

/// So many accounts may share an e-mail address and still all get mail by it.
const MOST_MEANT: i64 = 5;

/// A row of the view `users_with_roles`. It comes as JSON, so that statements about other tables can bring it along.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    user_id: Uuid,
    username: String,
    email: Option<String>,
    email_verified: bool,
    profile: Profile,
    enabled: bool,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    revision: i32,
    roles: Vec<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    deleted_at: Option<OffsetDateTime>,
    password_is_short: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    email_given_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    held_at: Option<OffsetDateTime>,
}

impl From<Json<Row>> for User {
    fn from(Json(row): Json<Row>) -> Self {
        Self {
            user_id: row.user_id,
            username: row.username,
            email: row.email,
            email_verified: row.email_verified,
            profile: row.profile,
            enabled: row.enabled,
            roles: row.roles,
            created_at: row.created_at,
            updated_at: row.updated_at,
            revision: row.revision,
            deleted_at: row.deleted_at,
            password_is_short: row.password_is_short,
            email_given_at: row.email_given_at,
            held_at: row.held_at,
        }
    }
}

/// One user.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Option<User>> {
    let row = sqlx::query_scalar!(
        r#"select to_jsonb(person) as "row!: Json<Row>" from users_with_roles person where user_id = $1"#,
        user_id,
    );
    Ok(row.fetch_optional(db).await?.map(User::from))
}

/// These users.
///
/// # Errors
/// The database cannot be asked.
pub async fn of(db: impl PgExecutor<'_>, user_ids: &[Uuid]) -> sqlx::Result<Vec<User>> {
    let rows = sqlx::query_scalar!(
        r#"select to_jsonb(person) as "row!: Json<Row>" from users_with_roles person where user_id = any($1)"#,
        user_ids,
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(User::from).collect())
}

/// One user, and whether the account is in use: it has a password or a factor.
///
/// # Errors
/// The database cannot be asked.
pub async fn find_with_use(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Option<(User, bool)>> {
    let found = sqlx::query!(
        r#"
        select to_jsonb(person) as "row!: Json<Row>",
            (select password_hash is not null from users where user_id = $1)
            or exists (select from totp_factors where user_id = $1 and confirmed_at is not null)
            or exists (select from passkeys where user_id = $1) as "in_use!"
        from users_with_roles person where user_id = $1
        "#,
        user_id,
    );
    Ok(found.fetch_optional(db).await?.map(|found| (User::from(found.row), found.in_use)))
}

/// The user with this name, in whatever spelling.
///
/// # Errors
/// The database cannot be asked.
pub async fn find_named(db: impl PgExecutor<'_>, username: &str) -> sqlx::Result<Option<User>> {
    let row = sqlx::query_scalar!(
        r#"
        select to_jsonb(person) as "row!: Json<Row>" from users_with_roles person
        where user_id = (select user_id from users where username_key = $1)
        "#,
        username_key(username),
    );
    Ok(row.fetch_optional(db).await?.map(User::from))
}

/// Adds a user, without roles. `false`: the name is taken, or the id was once another one's (JW-18).
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, user: &User, password_hash: Option<&str>) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "
        insert into users (user_id, username, username_key, email, email_verified, password_hash, profile, enabled, created_at, updated_at)
        select $1, $2, $3, $4, $5, $6, $7, $8, $9, $9
        where not exists (select from erased_users where user_id = $1) on conflict do nothing
        ",
        user.user_id, user.username, username_key(&user.username), user.email, user.email_verified, password_hash,
        Json(&user.profile) as _, user.enabled, user.created_at,
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

/// What users have already.
#[derive(Default)]
pub struct Taken {
    /// Ids, those of users who were erased too.
    pub ids: HashSet<Uuid>,
    /// Names, in the form by which accounts are found.
    pub names: HashSet<String>,
}

/// Which of these ids and names are taken.
///
/// # Errors
/// The database cannot be asked.
pub async fn taken(db: impl PgExecutor<'_>, ids: &[Uuid], names: &[&str]) -> sqlx::Result<Taken> {
    let rows = sqlx::query!(
        r#"
        select user_id as "user_id!", username_key from users where user_id = any($1) or username_key = any($2)
        union all
        select user_id, null from erased_users where user_id = any($1)
        "#,
        ids,
        &names.iter().map(|name| username_key(name)).collect::<Vec<_>>(),
    );
    let mut taken = Taken::default();
    for row in rows.fetch_all(db).await? {
        taken.ids.insert(row.user_id);
        taken.names.extend(row.username_key);
    }
    Ok(taken)
}

/// The users who may be meant by a name or an e-mail address that somebody typed: those who may sign in.
///
/// # Errors
/// The database cannot be asked.
pub async fn meant_by(db: impl PgExecutor<'_>, typed: &str) -> sqlx::Result<Vec<User>> {
    let rows = sqlx::query_scalar!(
        r#"
        select to_jsonb(person) as "row!: Json<Row>" from users_with_roles person
        where enabled
          and user_id in (select user_id from users where username_key = $1 or lower(email) = lower($2) limit $3)
        "#,
        username_key(typed),
        typed.trim(),
        MOST_MEANT,
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(User::from).collect())
}

/// Whether an account bears this name or e-mail address, be it disabled or deleted.
///
/// # Errors
/// The database cannot be asked.
pub async fn is_taken(db: impl PgExecutor<'_>, name: &str) -> sqlx::Result<bool> {
    let is_taken = sqlx::query_scalar!(
        r#"select exists(select from users where username_key = $1 or lower(email) = lower($2)) as "is_taken!""#,
        username_key(name),
        name.trim(),
    );
    is_taken.fetch_one(db).await
}

/// Makes changes of one user wait for each other, until the transaction ends.
///
/// # Errors
/// The database refused.
pub async fn lock(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<()> {
    let locked = sqlx::query!("select user_id from users where user_id = $1 for no key update", user_id);
    locked.fetch_optional(db).await.map(|_| ())
}

/// Writes a user's details, which the transaction holds.
///
/// # Errors
/// The database refused.
pub async fn update(db: impl PgExecutor<'_>, user: &User) -> sqlx::Result<()> {
    let updated = sqlx::query!(
        "
        update users set email = $3, email_verified = $4, profile = $5, enabled = $6, updated_at = $7, email_given_at = $8,
            deleted_at = $9, revision = $2
        where user_id = $1
        ",
        user.user_id, user.revision, user.email, user.email_verified, Json(&user.profile) as _, user.enabled,
        user.updated_at, user.email_given_at, user.deleted_at,
    );
    updated.execute(db).await.map(|_| ())
}

/// Enabled users who administer and have an address, those first who have been here longest: whoever makes new ones
/// does not displace them.
///
/// By the index of roles, and one by one from there: a plan that joins both would read every user. Nobody has a thousand
/// administrators; the number keeps the planner from thinking so.
///
/// # Errors
/// The database cannot be asked.
pub async fn administrators(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<User>> {
    let rows = sqlx::query_scalar!(
        r#"
        with members as materialized (
            select members.user_id
            from roles cross join lateral (select user_id from user_roles where role = name offset 0) members
            where administrative
        ), administrators as materialized (
            select distinct user_id from members limit 1000
        )
        select to_jsonb(person) as "row!: Json<Row>"
        from administrators cross join lateral (
            select * from users_with_roles where user_id = administrators.user_id offset 0
        ) person
        where enabled and email is not null
        order by created_at, person.user_id limit $1
        "#,
        limit,
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(User::from).collect())
}

/// Who has one of these roles, of those that give an office. They are few; the others of a role may be very many.
///
/// # Errors
/// The database cannot be asked.
pub async fn members_of_offices(db: impl PgExecutor<'_>, roles: &[String]) -> sqlx::Result<Vec<Uuid>> {
    if roles.is_empty() {
        return Ok(Vec::new());
    }
    let members = sqlx::query_scalar!(
        "
        select user_id from user_roles join roles on name = role
        where role = any($1) and (administrative or office is not null)
        ",
        &sayable(roles),
    );
    members.fetch_all(db).await
}

/// Makes these the roles of a user.
///
/// # Errors
/// The database refused, for example because there is no such role.
pub async fn set_roles(db: &mut PgConnection, user_id: Uuid, roles: &[String]) -> sqlx::Result<()> {
    sqlx::query!("delete from user_roles where user_id = $1 and role <> all($2)", user_id, roles)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "insert into user_roles (user_id, role) select $1, unnest($2::text[]) on conflict do nothing",
        user_id,
        roles,
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// How many enabled users are administrators, counted under a lock of every role with an office until the transaction
/// ends, so that two of them cannot take it from each other at the same time (AD-12).
///
/// # Errors
/// The database cannot be asked.
pub async fn lock_and_count_administrators(db: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query!("select name from roles where administrative or office is not null order by name for update")
        .fetch_all(&mut *db)
        .await?;
    sqlx::query_scalar!(
        r#"
        with members as materialized (
            select distinct members.user_id
            from roles cross join lateral (select user_id from user_roles where role = name offset 0) members
            where administrative -- only who may do everything does
        )
        select count(*) as "count!"
        from members cross join lateral (select enabled from users where user_id = members.user_id offset 0) member
        where enabled
        "#
    )
    .fetch_one(db)
    .await
}
