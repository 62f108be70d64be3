//! What others changed since somebody read a thing, from the record.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    policy::change::Change,
    store::audit_events::{self, Filter},
};

/// So many of the newest changes are looked at.
const MOST_CHANGES: i64 = 50;

/// What others changed since somebody read a thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// Who changed it last, as the record names them.
    pub by: Option<String>,
    /// When that was.
    pub at: Option<OffsetDateTime>,
    /// What differs, by the names of the fields.
    pub fields: Vec<String>,
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = self.by.as_deref().unwrap_or("somebody else");
        match self.fields.as_slice() {
            [] => write!(f, "{who} changed it in the meantime"),
            fields => write!(f, "{who} changed {} in the meantime", fields.join(", ")),
        }
    }
}

/// What was changed of the thing that this edit is about, since it had the revision that the edit names.
///
/// # Errors
/// The database cannot be asked.
pub(super) async fn since(db: &sqlx::PgPool, edit: &Change) -> sqlx::Result<Since> {
    let Some((revision, client_id, subject)) = edited(edit) else { return Ok(Since::default()) };
    let filter = Filter { client_id, subject: subject.as_deref(), ..Filter::default() };
    let mut since = Since::default();
    let mut fields = BTreeSet::new();
    for event in audit_events::list(db, &filter, MOST_CHANGES).await? {
        let Some(after) = event.after.as_ref().filter(|after| after["revision"].is_number()) else { continue };
        if after["revision"].as_i64() <= Some(revision.into()) {
            break;
        }
        if since.at.is_none() {
            (since.by, since.at) = (event.actor.clone(), Some(event.at));
        }
        let members = [event.before.as_ref(), event.after.as_ref()].into_iter().flatten().filter_map(Value::as_object);
        fields.extend(members.flat_map(|members| members.keys().cloned()));
    }
    fields.remove("revision");
    since.fields = fields.into_iter().collect();
    Ok(since)
}

/// The revision that an edit names, and how the record names what it is about: a client, or a subject.
fn edited(edit: &Change) -> Option<(i32, Option<&str>, Option<String>)> {
    match edit {
        Change::EditClient { client_id, revision, .. } => Some((*revision, Some(client_id), None)),
        Change::EditApi { api_id, revision, .. } => Some((*revision, None, Some(format!("api:{api_id}")))),
        Change::EditRole { name, revision, .. } => Some((*revision, None, Some(format!("role:{name}")))),
        Change::EditUser { user_id, revision, .. } | Change::EditProfile { user_id, revision, .. } => {
            Some((*revision, None, Some(format!("user:{user_id}"))))
        }
        _ => None,
    }
}
