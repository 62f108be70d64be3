//! The tables `users` and `user_roles`.

use sqlx::{PgConnection, PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    policy::user::{User, username_key},
    protocol::standard_claims::Profile,
};

struct Row {
    user_id: Uuid,
    username: String,
    email: Option<String>,
    email_verified: bool,
    profile: Json<Profile>,
    enabled: bool,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    revision: i32,
    roles: Vec<String>,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            user_id: row.user_id,
            username: row.username,
            email: row.email,
            email_verified: row.email_verified,
            profile: row.profile.0,
            enabled: row.enabled,
            roles: row.roles,
            created_at: row.created_at,
            updated_at: row.updated_at,
            revision: row.revision,
        }
    }
}

/// One person.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Option<User>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select user_id, username, email, email_verified, profile as "profile: Json<Profile>", enabled, created_at, updated_at,
            revision, array(select role from user_roles where user_roles.user_id = users.user_id order by 1) as "roles!"
        from users where user_id = $1
        "#,
        user_id,
    );
    Ok(row.fetch_optional(db).await?.map(User::from))
}

/// The person with this name, in whatever spelling.
///
/// # Errors
/// The database cannot be asked.
pub async fn find_named(db: impl PgExecutor<'_>, username: &str) -> sqlx::Result<Option<User>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select user_id, username, email, email_verified, profile as "profile: Json<Profile>", enabled, created_at, updated_at,
            revision, array(select role from user_roles where user_roles.user_id = users.user_id order by 1) as "roles!"
        from users where username_key = $1
        "#,
        username_key(username),
    );
    Ok(row.fetch_optional(db).await?.map(User::from))
}

/// What a sign-in needs: whose account this name is, and the hash of its password.
///
/// # Errors
/// The database cannot be asked.
pub async fn password_hash(
    db: impl PgExecutor<'_>,
    username: &str,
) -> sqlx::Result<Option<(Uuid, bool, Option<String>)>> {
    let row = sqlx::query!(
        "select user_id, enabled, password_hash from users where username_key = $1",
        username_key(username)
    );
    Ok(row.fetch_optional(db).await?.map(|row| (row.user_id, row.enabled, row.password_hash)))
}

/// A page of people in the order of their names: those after `after` whose name or e-mail address holds `search`.
///
/// # Errors
/// The database cannot be asked.
pub async fn page(
    db: impl PgExecutor<'_>,
    search: Option<&str>,
    after: Option<&str>,
    limit: i64,
) -> sqlx::Result<Vec<User>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select user_id, username, email, email_verified, profile as "profile: Json<Profile>", enabled, created_at, updated_at,
            revision, array(select role from user_roles where user_roles.user_id = users.user_id order by 1) as "roles!"
        from users
        where ($1::text is null or position(lower($1) in username_key) > 0 or position(lower($1) in lower(email)) > 0)
          and ($2::text is null or username_key > $2)
        order by username_key
        limit $3
        "#,
        search,
        after.map(username_key),
        limit,
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(User::from).collect())
}

/// Adds a person, without roles. `false`: the name is taken.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, user: &User, password_hash: Option<&str>) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "
        insert into users (user_id, username, username_key, email, email_verified, password_hash, profile, enabled, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) on conflict do nothing
        ",
        user.user_id, user.username, username_key(&user.username), user.email, user.email_verified, password_hash,
        Json(&user.profile) as _, user.enabled, user.created_at,
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

/// Writes a person's details, unless somebody else changed them since `user.revision` was read: then `false`.
///
/// # Errors
/// The database refused.
pub async fn update(db: impl PgExecutor<'_>, user: &User, now: OffsetDateTime) -> sqlx::Result<bool> {
    let updated = sqlx::query!(
        "
        update users set email = $3, email_verified = $4, profile = $5, enabled = $6, updated_at = $7, revision = revision + 1
        where user_id = $1 and revision = $2
        ",
        user.user_id, user.revision, user.email, user.email_verified, Json(&user.profile) as _, user.enabled, now,
    );
    Ok(updated.execute(db).await?.rows_affected() == 1)
}

/// Makes these the roles of a person.
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

/// How many enabled people have an administrative role, counted under a lock until the transaction ends, so that two
/// administrators cannot take it from each other at the same time (AD-12).
///
/// # Errors
/// The database cannot be asked.
pub async fn lock_and_count_administrators(db: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query!("select name from roles where administrative order by name for update").fetch_all(&mut *db).await?;
    sqlx::query_scalar!(
        r#"
        select count(distinct user_id) as "count!" from users
        join user_roles using (user_id) join roles on roles.name = role
        where administrative and enabled
        "#
    )
    .fetch_one(db)
    .await
}
