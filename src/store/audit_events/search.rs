//! The search of the audit log: any conditions together, without reading all of it.
//!
//! Of the conditions that have an index, the one that the fewest events meet leads the search. What the others say is
//! looked at event by event, [`LOOKED_AT`] of them at most: the search then says how far it has looked, and the next one
//! goes on from there. So each costs about the same, however long the trail is.

use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{RecordedEvent, id_at};
use crate::{policy::event::Outcome, store::pool::begin_planning_anew};

/// How many events a search looks at, at most, if they lie side by side, in the order of time.
const LOOKED_AT: usize = 20_000;
/// How many if an index leads to them, each perhaps elsewhere on the disk.
const LED_TO: usize = 1_000;
/// Up to how many events are counted to find the condition that leads: then all of them are looked at.
const COUNTED: usize = LED_TO;
/// What clients do all the time. The indexes by event and by address leave it out, so that a token costs no more.
pub const CONSTANT: [&str; 4] = ["token.issued", "token.refreshed", "code.issued", "code.redeemed"];
const NOT_CONSTANT: &str = "event not in ('token.issued', 'token.refreshed', 'code.issued', 'code.redeemed')";
const COLUMNS: &str = "event_id, at, event, outcome, actor, subject, client_id, session_hash, request_id, ip, user_agent, \
                       reason, before, after, count, node, version";

/// One thing that is asked of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is one of these, by name.
    Event(Vec<String>),
    /// It was done, or it failed.
    Outcome(Outcome),
    /// It concerns this client.
    Client(String),
    /// It was done to this user, API, role or key, as the record names them.
    Subject(String),
    /// This user, client or tool did it.
    Actor(String),
    /// It came from this address. Alone it does not find what clients do all the time ([`CONSTANT`]).
    Address(String),
    /// This text stands in it, in any letter case.
    Text(String),
    /// The request with this id caused it, or the token with this `jti` came of it, or it has this id itself.
    Trace(String),
}

/// Where a page of the log begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// At the newest event.
    #[default]
    Newest,
    /// Behind this event, to older ones.
    OlderThan(Uuid),
    /// Before this event, to newer ones.
    NewerThan(Uuid),
}

/// What is searched for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// From this time on, to the millisecond.
    pub from: Option<OffsetDateTime>,
    /// Before this time.
    pub until: Option<OffsetDateTime>,
    /// Where to begin.
    pub place: Place,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The events, the newest first.
    pub events: Vec<RecordedEvent>,
    /// There are more in this direction.
    pub has_more: bool,
    /// The search ended here, before it had all that was wanted. It can go on.
    pub looked_to: Option<Uuid>,
}

impl Condition {
    /// Whether an index finds it, beside these others.
    fn is_indexed(&self, others: &[Self]) -> bool {
        match self {
            Self::Client(_) | Self::Subject(_) => true,
            Self::Actor(actor) => !actor.starts_with("client:"), // what clients did is found by their ids
            Self::Event(names) => !is_constant(names),
            Self::Address(_) => !others.iter().any(|other| matches!(other, Self::Event(names) if is_constant(names))),
            Self::Outcome(outcome) => *outcome == Outcome::Failure,
            Self::Text(_) | Self::Trace(_) => false,
        }
    }

    /// Writes it down as the index has it.
    fn push(&self, sql: &mut QueryBuilder<Postgres>, others: &[Self]) {
        match self {
            Self::Event(names) if is_constant(names) => sql.push("event = any(").push_bind(names.clone()).push(")"),
            Self::Event(names) => {
                sql.push(format_args!("{NOT_CONSTANT} and event = any(")).push_bind(names.clone()).push(")")
            }
            Self::Outcome(outcome) => sql.push(format_args!("outcome = '{}'", outcome.as_str())),
            Self::Client(id) => sql.push("client_id = ").push_bind(id.clone()),
            Self::Subject(subject) => sql.push("subject = ").push_bind(subject.clone()),
            Self::Actor(actor) => {
                if !actor.starts_with("client:") {
                    sql.push("actor not like 'client:%' and ");
                }
                sql.push("actor = ").push_bind(actor.clone())
            }
            Self::Address(address) => {
                if !others.iter().any(|other| matches!(other, Self::Event(_))) {
                    sql.push(format_args!("{NOT_CONSTANT} and "));
                }
                sql.push("ip = ").push_bind(address.clone())
            }
            Self::Text(text) => {
                let all = "concat_ws(' ', event, actor, subject, client_id, reason, ip, user_agent, before, after)";
                sql.push("strpos(lower(").push(all).push("), ").push_bind(text.to_lowercase()).push(") > 0")
            }
            Self::Trace(id) => {
                sql.push("(request_id = ").push_bind(id.clone()).push(" or after ->> 'jti' = ").push_bind(id.clone());
                sql.push(" or event_id::text = ").push_bind(id.clone()).push(")")
            }
        };
    }
}

fn is_constant(names: &[String]) -> bool {
    names.iter().any(|name| CONSTANT.contains(&name.as_str()))
}

impl Search {
    fn ascends(&self) -> bool {
        matches!(self.place, Place::NewerThan(_))
    }

    fn direction(&self) -> &'static str {
        if self.ascends() { "asc" } else { "desc" }
    }

    /// The part of the trail that is left, as conditions on the ids, by which it is partitioned.
    fn push_range(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("true");
        if let Some(from) = self.from {
            sql.push(" and event_id >= ").push_bind(id_at(from));
        }
        if let Some(until) = self.until {
            sql.push(" and event_id < ").push_bind(id_at(until));
        }
        match self.place {
            Place::Newest => sql,
            Place::OlderThan(id) => sql.push(" and event_id < ").push_bind(id),
            Place::NewerThan(id) => sql.push(" and event_id > ").push_bind(id),
        };
    }

    /// The condition that the fewest events meet, of those that have an index. `None`: none has.
    async fn leading(&self, db: &mut PgConnection) -> sqlx::Result<Option<usize>> {
        let all = &self.conditions;
        let indexed = (0..all.len()).filter(|place| all[*place].is_indexed(all)).collect::<Vec<_>>();
        if indexed.len() < 2 {
            return Ok(indexed.first().copied());
        }
        let mut sql = QueryBuilder::new("select array[");
        for (n, place) in indexed.iter().enumerate() {
            sql.push(if n > 0 { ", (" } else { "(" }).push("select count(*) from (select from audit_events where ");
            all[*place].push(&mut sql, all);
            sql.push(" and ");
            self.push_range(&mut sql);
            sql.push(format_args!(" limit {COUNTED}) few)"));
        }
        let counts: Vec<i64> = sql.push("]").build_query_scalar().persistent(false).fetch_one(db).await?;
        Ok(indexed.into_iter().zip(counts).min_by_key(|(_, count)| *count).map(|(place, _)| place))
    }

    /// What the leading condition finds, in order: these columns of at most so many events, for each name that it has.
    fn push_led(&self, sql: &mut QueryBuilder<Postgres>, leading: Option<usize>, (columns, limit): (&str, &str)) {
        let order = self.direction();
        let condition = leading.map(|place| &self.conditions[place]);
        if let Some(Condition::Event(names)) = condition {
            sql.push("unnest(").push_bind(names.clone()).push("::text[]) wanted (name) cross join lateral (");
            sql.push(format_args!(
                "select {columns} from audit_events where {NOT_CONSTANT} and event = wanted.name and "
            ));
        } else {
            sql.push(format_args!("(select {columns} from audit_events where "));
            if let Some(condition) = condition {
                condition.push(sql, &self.conditions);
                sql.push(" and ");
            }
        }
        self.push_range(sql);
        sql.push(format_args!(" order by event_id {order} {limit}) led"));
    }
}

/// Searches for up to so many events.
///
/// # Errors
/// The database cannot be asked.
pub async fn search(db: &PgPool, search: &Search, limit: usize) -> sqlx::Result<Found> {
    let mut tx = begin_planning_anew(db).await?;
    let leading = search.leading(&mut tx).await?;
    let others = (0..search.conditions.len()).filter(|place| Some(*place) != leading).collect::<Vec<_>>();
    let names = match leading.map(|place| &search.conditions[place]) {
        Some(Condition::Event(names)) => names.len().max(1),
        _ => 1,
    };
    let looked_at = match leading {
        _ if others.is_empty() => limit + 1,
        Some(_) => LED_TO,
        None => LOOKED_AT,
    };
    let mut sql = QueryBuilder::new(format!("select {COLUMNS} from "));
    search.push_led(&mut sql, leading, (COLUMNS, &format!("limit {looked_at}")));
    for (n, place) in others.iter().enumerate() {
        sql.push(if n == 0 { " where " } else { " and " });
        search.conditions[*place].push(&mut sql, &search.conditions);
    }
    sql.push(format_args!(" order by event_id {} limit {}", search.direction(), limit + 1));
    let mut events: Vec<RecordedEvent> = sql.build_query_as().persistent(false).fetch_all(&mut *tx).await?;

    let mut looked_to = None;
    if !others.is_empty() && (events.len() <= limit || names > 1) {
        let mut sql = QueryBuilder::new("select event_id from ");
        search.push_led(&mut sql, leading, ("event_id", &format!("offset {} limit 1", looked_at - 1)));
        sql.push(format_args!(" order by event_id {} limit 1", search.direction()));
        looked_to = sql.build_query_scalar().persistent(false).fetch_optional(&mut *tx).await?;
    }
    // Beyond the place where the first of several names came to its limit, events of that name may be missing.
    if let Some(edge) = looked_to {
        events.retain(|event| if search.ascends() { event.event_id <= edge } else { event.event_id >= edge });
    }
    let has_more = events.len() > limit;
    events.truncate(limit);
    if search.ascends() {
        events.reverse();
    }
    Ok(Found { events, has_more, looked_to: looked_to.filter(|_| !has_more) })
}
