//! The table `audit_events`: the audit trail of every act, written in the transaction of the act.

mod by_id;
mod search;

use std::{collections::HashMap, ops::Range};

use serde::Serialize;
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub use by_id::{Borne, bearing};
pub use search::{CONSTANT, Condition, Found, Place, Search, search};

use super::{partitions::first_id, pool::begin_planning_anew};
use crate::policy::event::{Event, Outcome};

/// One act. Its fields are chosen so that no secret fits in.
///
/// Only an [`Event`] is written; what is read may be of another version of the program, which knows other events
/// ([`RecordedEvent`]).
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "the names say it")]
pub struct AuditEvent<E = Event> {
    pub event_id: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What was done, such as `client.created`.
    pub event: E,
    #[sqlx(try_from = "String")]
    pub outcome: Outcome,
    /// Who did it: `user:<id>`, `client:<id>`, `cli` or `system`.
    pub actor: Option<String>,
    /// To whom or what: `user:<id>`, `api:<id>`, `role:<name>`, `key:<kid>`.
    pub subject: Option<String>,
    pub client_id: Option<String>,
    /// The session's fingerprint.
    pub session_hash: Option<String>,
    pub request_id: Option<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    /// Why it failed, or what was said about it.
    pub reason: Option<String>,
    pub before: Option<Value>,
    pub after: Option<Value>,
    /// For how many it stands: 1, unless strangers could cause as many as they like.
    pub count: i32,
    pub node: String,
    pub version: String,
}

/// One act, as it was recorded.
pub type RecordedEvent = AuditEvent<String>;

impl RecordedEvent {
    /// What it was. `None`: another version of this program wrote it.
    #[must_use]
    pub fn known(&self) -> Option<Event> {
        Event::find(&self.event, self.outcome)
    }
}

/// Which events to list.
#[derive(Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Filter<'a> {
    pub event: Option<&'a str>,
    pub client_id: Option<&'a str>,
    pub subject: Option<&'a str>,
    pub actor: Option<&'a str>,
    /// To the millisecond, as all times here.
    pub from: Option<OffsetDateTime>,
    /// Not this time itself.
    pub until: Option<OffsetDateTime>,
    /// Only events older than this one.
    pub before: Option<Uuid>,
}

/// The first id of this moment, to the millisecond.
fn id_at(at: OffsetDateTime) -> Uuid {
    first_id(at.unix_timestamp() * 1000 + i64::from(at.millisecond()))
}

/// One event.
///
/// # Errors
/// The database cannot be asked.
pub async fn find(db: impl PgExecutor<'_>, event_id: Uuid) -> sqlx::Result<Option<RecordedEvent>> {
    sqlx::query_as!(
        RecordedEvent,
        "
        select event_id, at, event, outcome, actor, subject, client_id, session_hash, request_id, ip, user_agent, reason, before,
            after, count, node, version
        from audit_events where event_id = $1
        ",
        event_id,
    )
    .fetch_optional(db)
    .await
}

/// What those of these users and clients are called that there are: an erased user has no name any more.
///
/// # Errors
/// The database cannot be asked.
pub async fn names(
    db: impl PgExecutor<'_>,
    user_ids: &[Uuid],
    client_ids: &[String],
) -> sqlx::Result<HashMap<String, String>> {
    let rows = sqlx::query!(
        r#"
        select 'user:' || user_id as "thing!", username as "name!" from users where user_id = any($1)
        union all
        select 'client:' || client_id, name from clients where client_id = any($2)
        "#,
        user_ids,
        client_ids,
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.thing, row.name)).collect())
}

/// Records events, all in one statement.
///
/// # Errors
/// The database refused.
pub async fn insert(db: impl PgExecutor<'_>, events: &[AuditEvent]) -> sqlx::Result<()> {
    macro_rules! column {
        ($field:ident) => {
            &events.iter().map(|event| event.$field.clone()).collect::<Vec<_>>()
        };
    }
    sqlx::query!(
        "
        insert into audit_events (event_id, at, event, outcome, actor, subject, client_id, session_hash, request_id, ip,
            user_agent, reason, before, after, count, node, version)
        select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::jsonb[], $14::jsonb[], $15::int[],
            $16::text[], $17::text[])
        ",
        column!(event_id),
        column!(at),
        &events.iter().map(|event| event.event.name().to_owned()).collect::<Vec<_>>(),
        &events.iter().map(|event| event.outcome.as_str().to_owned()).collect::<Vec<_>>(),
        column!(actor) as &Vec<Option<String>>,
        column!(subject) as &Vec<Option<String>>,
        column!(client_id) as &Vec<Option<String>>,
        column!(session_hash) as &Vec<Option<String>>,
        column!(request_id) as &Vec<Option<String>>,
        column!(ip) as &Vec<Option<String>>,
        column!(user_agent) as &Vec<Option<String>>,
        column!(reason) as &Vec<Option<String>>,
        column!(before) as &Vec<Option<Value>>,
        column!(after) as &Vec<Option<Value>>,
        column!(count),
        column!(node),
        column!(version),
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Events, the newest first.
///
/// Times are sought by the ids, which are ordered by time as the partitions are, so that no partition is read in vain.
///
/// # Errors
/// The database cannot be asked.
pub async fn list(db: &PgPool, filter: &Filter<'_>, limit: i64) -> sqlx::Result<Vec<RecordedEvent>> {
    // What a client does concerns that client, and by that it is found: the index by actors has no clients.
    let client_id = filter.client_id.or_else(|| filter.actor?.strip_prefix("client:"));
    let events = sqlx::query_as!(
        RecordedEvent,
        "
        select event_id, at, event, outcome, actor, subject, client_id, session_hash, request_id, ip, user_agent, reason, before,
            after, count, node, version
        from audit_events
        where ($1::text is null or event = $1 or starts_with(event, $1 || '.'))
          and ($2::text is null or client_id = $2)
          and ($3::text is null or subject = $3)
          and ($4::text is null or actor = $4)
          and ($4::text is null or $4 like 'client:%' or actor not like 'client:%') -- as the index says
          and ($5::uuid is null or event_id >= $5)
          and ($6::uuid is null or event_id < $6)
        order by event_id desc
        limit $7
        ",
        filter.event,
        client_id,
        filter.subject,
        filter.actor,
        filter.from.map(id_at),
        filter.until.map(id_at).into_iter().chain(filter.before).min(),
        limit,
    );
    events.fetch_all(&mut *begin_planning_anew(db).await?).await
}

/// A change as the audit trail has it: who made it, when, and what differs.
#[expect(missing_docs, reason = "the names are those of the event")]
pub struct RecordedChange {
    pub event_id: Uuid,
    pub actor: Option<String>,
    pub at: OffsetDateTime,
    pub before: Option<Value>,
    pub after: Value,
}

/// The newest changes of a client or of a subject that gave it another revision, the newest first. Only so many events are
/// looked at: a client in use gets tokens all the time.
///
/// # Errors
/// The database cannot be asked.
pub async fn newest_changes(
    db: impl PgExecutor<'_>,
    client_id: Option<&str>,
    subject: Option<&str>,
) -> sqlx::Result<Vec<RecordedChange>> {
    // Each half uses its own index, and PostgreSQL skips the half whose parameter is null.
    sqlx::query_as!(
        RecordedChange,
        r#"
        select event_id as "event_id!", actor as "actor?", at as "at!", before as "before?", after as "after!" from (
            (
                select event_id, actor, at, before, after from audit_events
                where $1::text is not null and client_id = $1 order by event_id desc limit 2000
            )
            union all
            (
                select event_id, actor, at, before, after from audit_events
                where $2::text is not null and subject = $2 order by event_id desc limit 2000
            )
        ) newest
        where after ? 'revision' order by event_id desc limit 50
        "#,
        client_id,
        subject,
    )
    .fetch_all(db)
    .await
}

/// What happened to one user, the newest first: of these events, between two ids.
///
/// # Errors
/// The database cannot be asked.
pub async fn of_person(
    db: impl PgExecutor<'_>,
    subject: &str,
    events: &[Event],
    between: Range<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<RecordedEvent>> {
    let names = events.iter().map(|event| event.name().to_owned()).collect::<Vec<_>>();
    let outcomes = events.iter().map(|event| event.outcome().as_str().to_owned()).collect::<Vec<_>>();
    sqlx::query_as!(
        RecordedEvent,
        "
        select event_id, at, event, outcome, actor, subject, client_id, session_hash, request_id, ip, user_agent, reason, before,
            after, count, node, version
        from audit_events
        where subject = $1 and event_id > $2 and event_id < $3
          and (event, outcome) in (select * from unnest($4::text[], $5::text[]))
        order by event_id desc
        limit $6
        ",
        subject,
        between.start,
        between.end,
        &names,
        &outcomes,
        limit,
    )
    .fetch_all(db)
    .await
}
