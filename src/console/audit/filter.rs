//! What the audit log is narrowed down to: read from the query, with what was typed kept for the form and for links.

use std::collections::BTreeSet;

use time::{Date, Duration, OffsetDateTime, Time, macros::format_description};
use uuid::Uuid;

use super::kinds;
use crate::{
    console::{form, session::Administrator},
    policy::{
        event::{Event, Outcome},
        permission::Permission,
    },
    protocol::parameters::Parameters,
    store::{
        audit_events::{Condition, Place, Search},
        clients, users,
    },
    web::{error_page::PageError, view::FormErrors},
};

/// The fields of the filter; links keep them.
pub const FIELDS: [&str; 12] =
    ["event", "q", "outcome", "actor", "subject", "client", "ip", "trace", "from", "from_time", "to", "to_time"];
/// The first year that a filter may name: long before there was any event.
const FIRST_YEAR: i32 = 2000;
/// An event is written after its request got its id, and no later than this.
const LONGEST_REQUEST: Duration = Duration::minutes(2);
/// Clocks of nodes differ by no more.
const CLOCKS_DIFFER: Duration = Duration::seconds(5);

/// What was typed into the filter; empty for everything.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the names are those of the fields")]
pub struct AuditFilter<'a> {
    pub q: &'a str,
    pub actor: &'a str,
    pub subject: &'a str,
    pub client: &'a str,
    pub ip: &'a str,
    pub trace: &'a str,
    pub from: &'a str,
    pub from_time: &'a str,
    pub to: &'a str,
    pub to_time: &'a str,
    /// Fields are filled in that do not stand in the first row.
    pub narrowed: bool,
}

impl<'a> AuditFilter<'a> {
    pub(super) fn typed(query: &'a Parameters) -> Self {
        let text = |name| form::text(query, name);
        Self {
            q: text("q"),
            actor: text("actor"),
            subject: text("subject"),
            client: text("client"),
            ip: text("ip"),
            trace: text("trace"),
            from: text("from"),
            from_time: text("from_time"),
            to: text("to"),
            to_time: text("to_time"),
            narrowed: FIELDS[2..].iter().any(|name| form::given(query, name).is_some()),
        }
    }
}

/// A link to the log with the same filter, and with these values.
pub(super) fn link<'a>(path: &str, query: &'a Parameters, more: &[(&'a str, &'a str)]) -> String {
    let mut pairs = FIELDS.map(|name| (name, form::text(query, name))).to_vec();
    pairs.extend(more);
    form::link(path, &pairs)
}

/// Reads the filter, with where the page begins. What names nobody is said beside its field.
pub(super) async fn search(
    admin: &Administrator,
    query: &Parameters,
    errors: &mut FormErrors,
) -> Result<Search, PageError> {
    let mut conditions = Vec::new();
    let given = |name: &str| form::given(query, name);
    conditions.extend(given("event").map(|kind| Condition::Event(names(kind))));
    conditions.extend(given("outcome").map(outcome).transpose()?.map(Condition::Outcome));
    conditions.extend(given("client").map(|id| Condition::Client(id.to_owned())));
    for (field, about) in [("subject", true), ("actor", false)] {
        let Some(typed) = given(field) else { continue };
        match named(admin, typed, about).await? {
            Some(thing) if about => conditions.push(Condition::Subject(thing)),
            Some(thing) => {
                // What a client does concerns that client, and by that it is found.
                let client = thing.strip_prefix("client:").filter(|_| given("client").is_none());
                conditions.extend(client.map(|id| Condition::Client(id.to_owned())));
                conditions.push(Condition::Actor(thing));
            }
            None => errors
                .add(field, format!("Nothing and nobody here is called “{typed}”. Write a name as it is, or an id.")),
        }
    }
    conditions.extend(given("ip").map(|ip| Condition::Address(ip.to_owned())));
    conditions.extend(given("q").map(|text| Condition::Text(text.to_owned())));
    let trace = given("trace");
    conditions.extend(trace.map(|id| Condition::Trace(id.to_owned())));

    let place = match (given("before"), given("after")) {
        (Some(id), _) => Place::OlderThan(form::id(id)?),
        (None, Some(id)) => Place::NewerThan(form::id(id)?),
        (None, None) => Place::Newest,
    };
    let mut from = moment(query, ["from", "from_time"], Time::MIDNIGHT)?;
    let mut until = moment(query, ["to", "to_time"], Time::MAX)?.and_then(|last| match given("to_time") {
        Some(_) => last.checked_add(Duration::minutes(1)), // the minute that was named is looked at too
        None => Some(last),
    });
    if let Some(at) = trace.and_then(time_of) {
        from = from.max(at.checked_sub(CLOCKS_DIFFER));
        until = at.checked_add(LONGEST_REQUEST).into_iter().chain(until).min();
    }
    Ok(Search { conditions, from, until, place })
}

/// The events that a kind covers. One that this version does not know is sought by its name.
fn names(kind: &str) -> Vec<String> {
    let known = Event::ALL.iter().filter(|event| kinds::covers(kind, **event)).map(|event| event.name().to_owned());
    let known = known.collect::<BTreeSet<_>>(); // one that was done and one that failed share a name
    if known.is_empty() { vec![kind.to_owned()] } else { known.into_iter().collect() }
}

fn outcome(text: &str) -> Result<Outcome, PageError> {
    let known = [Outcome::Success, Outcome::Failure].into_iter().find(|outcome| outcome.as_str() == text);
    known.ok_or_else(|| form::unreadable("“outcome” must be success or failure."))
}

/// What the record calls what somebody typed: who is called so, or what it is about. `None`: nothing is.
async fn named(admin: &Administrator, typed: &str, about: bool) -> Result<Option<String>, PageError> {
    const KINDS: [&str; 7] = ["user", "client", "api", "role", "key", "grant", "token"];
    let is_of_record = typed.split_once(':').is_some_and(|(kind, _)| KINDS.contains(&kind));
    if is_of_record || ["cli", "system", "branding"].contains(&typed) {
        return Ok(Some(typed.to_owned()));
    }
    if admin.may(Permission::UsersRead) {
        let db = &admin.app.db;
        let found = users::find_named(db, typed).await?.or(users::meant_by(db, typed).await?.into_iter().next());
        if let Some(user) = found {
            return Ok(Some(format!("user:{}", user.user_id)));
        }
        if let Ok(id) = typed.parse::<Uuid>() {
            return Ok(Some(format!("user:{id}")));
        }
    }
    let registry = admin.snapshot.registry();
    if about {
        let role = registry.role(typed).map(|role| format!("role:{}", role.name));
        let api = registry.apis().find(|api| api.name == typed || api.identifier == typed);
        return Ok(role.or_else(|| api.map(|api| format!("api:{}", api.api_id))));
    }
    Ok(clients::find(&admin.app.db, typed).await?.map(|client| format!("client:{}", client.client_id)))
}

fn moment(query: &Parameters, [date, time]: [&str; 2], otherwise: Time) -> Result<Option<OffsetDateTime>, PageError> {
    let hours = form::given(query, time).map(|text| {
        let read = Time::parse(text, format_description!("[hour]:[minute]"));
        read.map_err(|_| form::unreadable(&format!("“{time}” must be a time such as 14:05.")))
    });
    let hours = hours.transpose()?;
    let Some(text) = form::given(query, date) else {
        return match hours {
            None => Ok(None),
            Some(_) => Err(form::unreadable(&format!("“{time}” needs a date in “{date}”."))),
        };
    };
    let malformed = || form::unreadable(&format!("“{date}” must be a date such as 2026-11-21."));
    let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
    let day = day.filter(|day| day.year() >= FIRST_YEAR).ok_or_else(malformed)?;
    Ok(Some(day.with_time(hours.unwrap_or(otherwise)).assume_utc()))
}

/// When an id was made, if it holds its time: a UUIDv7, or one as our request ids are written.
fn time_of(id: &str) -> Option<OffsetDateTime> {
    let at = time_of_event(id.parse().ok().or_else(|| of_request(id))?)?;
    Some(at).filter(|at| (FIRST_YEAR..9000).contains(&at.year()))
}

/// The UUID that a request id of ours is, in Crockford's base 32.
fn of_request(id: &str) -> Option<Uuid> {
    const DIGITS: &str = "0123456789abcdefghjkmnpqrstvwxyz";
    let digit = |c: char| u128::try_from(DIGITS.find(c.to_ascii_lowercase())?).ok();
    let number = (id.len() == 26).then(|| id.chars().try_fold(0_u128, |sum, c| Some((sum << 5) | digit(c)?)))?;
    number.map(Uuid::from_u128).filter(|id| id.get_version_num() == 7)
}

/// When an event was written, by its id.
pub(super) fn time_of_event(id: Uuid) -> Option<OffsetDateTime> {
    let (seconds, _) = id.get_timestamp()?.to_unix();
    OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::request_id::RequestId;

    #[test]
    fn an_id_of_a_request_says_when_it_came() {
        let id = RequestId::generate().to_string();
        let at = time_of(&id).unwrap();
        assert!((2020..3000).contains(&at.year()), "{id}: {at}");
        for other in
            ["", "abc-DEF_12", "zzzzzzzzzzzzzzzzzzzzzzzzzz", "ä1m81fphs4ex0vfvs5594yx47", "u1m81fphs4ex0vfvs5594yx479"]
        {
            assert_eq!(time_of(other), None, "{other}");
        }
    }
}
