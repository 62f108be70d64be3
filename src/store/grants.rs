//! The table `grants`. Every code and token hangs on one, so that one update revokes them all.

use sqlx::{PgConnection, PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::protocol::{claims_request::ClaimsRequest, grant::Grant};

/// The grant in a row that has all columns of the table, `claims` as `claims_request`.
macro_rules! grant_of {
    ($row:ident) => {
        crate::protocol::grant::Grant {
            grant_id: $row.grant_id,
            client_id: $row.client_id,
            user_id: $row.user_id,
            session_id: $row.session_id,
            scope: crate::protocol::scope::Scope::from_names($row.scopes)
                .map_err(|_| crate::store::malformed("scopes"))?,
            resources: $row.resources,
            claims: $row.claims_request.0,
            nonce: $row.nonce,
            authenticated_at: $row.authenticated_at,
            amr: crate::protocol::assurance::kept($row.amr),
            acr: $row.acr,
            created_at: $row.created_at,
            expires_at: $row.expires_at,
            revoked: $row.revoked_at.is_some(),
        }
    };
}
pub(super) use grant_of;

/// Keeps a new grant. `false`: its session has ended or its consent was withdrawn in the meantime.
///
/// Both rows are held until the transaction ends, so that whatever ends one of them afterwards finds the grant.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, grant: &Grant) -> sqlx::Result<bool> {
    let inserted = sqlx::query!(
        "
        with session as (
            select from sessions where session_id = $4 and ended_at is null for share
        ), consent as (
            select from consents where user_id = $3 and client_id = $2 for share
        )
        insert into grants (grant_id, client_id, user_id, session_id, scopes, resources, claims, nonce, authenticated_at,
            amr, acr, created_at, expires_at)
        select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 from session, consent
        ",
        grant.grant_id, grant.client_id, grant.user_id, grant.session_id, grant.scope.as_slice(), &grant.resources,
        Json(&grant.claims) as _, grant.nonce, grant.authenticated_at, &grant.amr, grant.acr, grant.created_at, grant.expires_at,
    );
    Ok(inserted.execute(db).await?.rows_affected() == 1)
}

/// What a grant's request asked for claim by claim, for an answer of the userinfo endpoint. `None`: it has been revoked.
///
/// # Errors
/// The database cannot be asked.
pub async fn claims_request(db: impl PgExecutor<'_>, grant_id: Uuid) -> sqlx::Result<Option<ClaimsRequest>> {
    let row = sqlx::query_scalar!(
        r#"select claims as "claims: Json<ClaimsRequest>" from grants where grant_id = $1 and revoked_at is null"#,
        grant_id,
    );
    Ok(row.fetch_optional(db).await?.map(|claims| claims.0))
}

/// The clients that users signed in to by a session.
///
/// # Errors
/// The database cannot be asked.
pub async fn clients_of_session(db: impl PgExecutor<'_>, session_id: Uuid) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!("select distinct client_id from grants where session_id = $1 order by client_id", session_id)
        .fetch_all(db)
        .await
}

/// Whose grants are revoked.
#[derive(Clone, Copy)]
pub enum GrantsOf<'a> {
    /// This one.
    Grant(Uuid),
    /// Those of a user, for one client or for all.
    User(Uuid, Option<&'a str>),
    /// Those of a client.
    Client(&'a str),
    /// Those that these sessions gave and that end with them: all but offline ones.
    Sessions(&'a [Uuid]),
    /// Those of a user that any sign-in gave, but perhaps this one, offline ones too.
    OtherSessions(Uuid, Option<Uuid>),
}

/// Revokes grants, with every code and token that hangs on them, and tells the other nodes. Says which they were.
///
/// # Errors
/// The database refused.
pub async fn revoke(db: &mut PgConnection, grants: GrantsOf<'_>, now: OffsetDateTime) -> sqlx::Result<Vec<Uuid>> {
    let grant_ids = live(&mut *db, grants).await?;
    sqlx::query_scalar!(
        r#"
        with revoked as (
            update grants set revoked_at = $2 where grant_id = any($1) and revoked_at is null returning grant_id
        )
        insert into revocations (revoked_id, kind)
        select grant_id, 'grant' from revoked
        on conflict do nothing
        returning revoked_id
        "#,
        &grant_ids,
        now,
    )
    .fetch_all(db)
    .await
}

/// Holds a grant until the transaction ends. `false`: it is revoked, or gone.
///
/// # Errors
/// The database refused.
pub async fn hold(db: impl PgExecutor<'_>, grant_id: Uuid) -> sqlx::Result<bool> {
    let held =
        sqlx::query!("select grant_id from grants where grant_id = $1 and revoked_at is null for share", grant_id);
    Ok(held.fetch_optional(db).await?.is_some())
}

/// Revokes every grant there is, and says how many. The nodes are not told of each: see
/// [`end_all_tokens`](super::registry::end_all_tokens).
///
/// # Errors
/// The database refused.
pub async fn revoke_all(db: impl PgExecutor<'_>, now: OffsetDateTime) -> sqlx::Result<u64> {
    let revoked = sqlx::query!("update grants set revoked_at = $1 where revoked_at is null", now);
    Ok(revoked.execute(db).await?.rows_affected())
}

async fn live(db: impl PgExecutor<'_>, grants: GrantsOf<'_>) -> sqlx::Result<Vec<Uuid>> {
    match grants {
        GrantsOf::Grant(grant) => Ok(vec![grant]),
        GrantsOf::User(user, client) => {
            let of_user = sqlx::query_scalar!(
                "select grant_id from grants where user_id = $1 and client_id = coalesce($2, client_id) and revoked_at is null",
                user,
                client,
            );
            of_user.fetch_all(db).await
        }
        GrantsOf::Client(client) => {
            let of_client =
                sqlx::query_scalar!("select grant_id from grants where client_id = $1 and revoked_at is null", client);
            of_client.fetch_all(db).await
        }
        GrantsOf::Sessions(sessions) => {
            let of_sessions = sqlx::query_scalar!(
                "
                select grant_id from grants
                where session_id = any($1) and not 'offline_access' = any(scopes) and revoked_at is null
                ",
                sessions,
            );
            of_sessions.fetch_all(db).await
        }
        GrantsOf::OtherSessions(user, kept) => {
            let of_others = sqlx::query_scalar!(
                "select grant_id from grants where user_id = $1 and session_id is distinct from $2 and revoked_at is null",
                user,
                kept,
            );
            of_others.fetch_all(db).await
        }
    }
}
