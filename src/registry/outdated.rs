//! What others changed since somebody read a thing, from the audit trail.

use std::{collections::BTreeSet, fmt};

use serde_json::{Map, Value};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    policy::change::Change,
    store::{audit_events, users},
};

/// What others changed since somebody read a thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// Who changed it last: the username, or as the audit trail names them.
    pub by: Option<String>,
    /// When that was.
    pub at: Option<OffsetDateTime>,
    /// What differs, by the names of the fields.
    pub fields: Vec<String>,
    /// What the audit trail knows of how that was before.
    pub before: Map<String, Value>,
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
pub(super) async fn since(db: &mut PgConnection, edit: &Change) -> sqlx::Result<Since> {
    let Some((revision, client_id, subject)) = edited(edit) else { return Ok(Since::default()) };
    let mut since = Since::default();
    let mut fields = BTreeSet::new();
    for event in audit_events::newest_changes(&mut *db, client_id, subject.as_deref()).await? {
        if event.after["revision"].as_i64() <= Some(revision.into()) {
            break;
        }
        if since.at.is_none() {
            (since.by, since.at) = (event.actor, Some(event.at));
        }
        let before = event.before.unwrap_or_default();
        let members = event.after.as_object().into_iter().flatten();
        fields.extend(members.filter(|(name, value)| before.get(name) != Some(value)).map(|(name, _)| name.clone()));
        // The events come from the newest to the oldest: what was before the oldest was before all of them.
        since
            .before
            .extend(before.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    }
    if let Some(user_id) = since.by.as_deref().and_then(|by| by.strip_prefix("user:")?.parse().ok())
        && let Some(user) = users::find(db, user_id).await?
    {
        since.by = Some(user.username);
    }
    fields.remove("revision");
    since.fields = fields.into_iter().collect();
    Ok(since)
}

/// The revision that an edit names, and how the audit trail names what it is about: a client, or a subject.
fn edited(edit: &Change) -> Option<(i32, Option<&str>, Option<String>)> {
    match edit {
        Change::EditClient { client_id, revision, .. } => Some((*revision, Some(client_id), None)),
        Change::EditApi { api_id, revision, .. } => Some((*revision, None, Some(format!("api:{api_id}")))),
        Change::EditRole { name, revision, .. } => Some((*revision, None, Some(format!("role:{name}")))),
        Change::EditUser { user_id, revision, .. } => Some((*revision, None, Some(format!("user:{user_id}")))),
        _ => None,
    }
}
