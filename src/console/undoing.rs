//! A change is put back: the form of a thing opens as it was before the change, to be looked at and saved. So nothing is undone
//! that the rules or the reader's permissions would not allow, and what others changed since stays.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{form, session::Administrator};
use crate::{
    language::Moment,
    policy::{event::Event, permission::Permission},
    protocol::parameters::Parameters,
    registry::ChangeError,
    store::audit_events::{self, RecordedEvent},
    web::{
        error_page::PageError,
        view::{Notice, Unsent},
    },
};

/// The field of a query that names the change, by its event in the audit log.
const UNDO: &str = "undo";

/// A thing that has a form, as the audit trail names it: `client:portal`, `role:nurse`.
pub(super) struct Editable {
    /// The name.
    pub name: String,
    /// Where its form is.
    form: String,
    /// What it takes to change it.
    needs: Permission,
}

impl Editable {
    /// A client.
    pub fn client(client_id: &str) -> Self {
        let form = format!("{}/edit", form::client_path(client_id));
        Self { name: format!("client:{client_id}"), form, needs: Permission::ClientsWrite }
    }

    /// An API.
    pub fn api(api_id: Uuid) -> Self {
        let form = format!("/admin/apis/{api_id}/edit");
        Self { name: format!("api:{api_id}"), form, needs: Permission::ApisWrite }
    }

    /// A role.
    pub fn role(name: &str) -> Self {
        Self { name: format!("role:{name}"), form: format!("/admin/roles/{name}"), needs: Permission::RolesWrite }
    }

    /// A user.
    pub fn user(user_id: Uuid) -> Self {
        let form = format!("/admin/users/{user_id}/edit");
        Self { name: format!("user:{user_id}"), form, needs: Permission::UsersWrite }
    }

    /// The thing that an event changed, if that was a change of what its form holds.
    fn changed_by(event: &RecordedEvent) -> Option<Self> {
        let id = || event.subject.as_deref()?.split_once(':').map(|(_, id)| id);
        match event.known()? {
            Event::ClientUpdated => event.client_id.as_deref().map(Self::client),
            Event::ApiUpdated => Some(Self::api(id()?.parse().ok()?)),
            Event::RoleUpdated => Some(Self::role(id()?)),
            Event::UserUpdated => Some(Self::user(id()?.parse().ok()?)),
            _ => None,
        }
    }

    /// Of users the record keeps nothing but the roles.
    fn keeps(&self, field: &str) -> bool {
        if self.name.starts_with("user:") { field == "roles" } else { field != "revision" }
    }
}

/// Where the change of this event can be put back, for a reader who may do so.
pub(super) fn link(admin: &Administrator, event: &RecordedEvent) -> Option<String> {
    let thing = Editable::changed_by(event).filter(|thing| admin.may_for_own(thing.needs))?;
    let has_something = !put_back_fields(&thing, event).is_empty();
    has_something.then(|| form::link(&thing.form, &[(UNDO, &event.event_id.to_string())]))
}

/// The notices of a page that says a change was saved, with a way to put it back if the reader made it.
pub(super) async fn offered(
    admin: &Administrator,
    query: &Parameters,
    thing: Option<Editable>,
    mut notices: Vec<Notice>,
) -> Result<Vec<Notice>, PageError> {
    if let ("saved", Some(thing), Some(notice)) = (form::text(query, "done"), thing, notices.first_mut()) {
        let client_id = thing.name.strip_prefix("client:");
        let subject = client_id.is_none().then_some(thing.name.as_str());
        let newest = audit_events::newest_changes(&admin.app.db, client_id, subject).await?.into_iter().next();
        let own = format!("user:{}", admin.user.user_id);
        if let Some(newest) = newest.filter(|newest| newest.actor.as_deref() == Some(own.as_str()))
            && let Some(event) = audit_events::find(&admin.app.db, newest.event_id).await?
        {
            notice.more = link(admin, &event).map(|url| (url, "Undo"));
        }
    }
    Ok(notices)
}

/// What a thing's form holds with the change put back that the query names. `None`: it names none.
pub(super) async fn put_back(
    admin: &Administrator,
    query: &Parameters,
    thing: &Editable,
    mut members: Map<String, Value>,
) -> Result<Option<(Map<String, Value>, Unsent)>, PageError> {
    let Some(event_id) = form::given(query, UNDO) else { return Ok(None) };
    let event = audit_events::find(&admin.app.db, form::id(event_id)?).await?;
    let is_of_it =
        |event: &RecordedEvent| Editable::changed_by(event).is_some_and(|changed| changed.name == thing.name);
    let event = event.filter(is_of_it).ok_or(ChangeError::Unknown)?;
    for (field, before) in put_back_fields(thing, &event) {
        match before {
            Some(value) => members.insert(field, value),
            None => members.remove(&field),
        };
    }
    Ok(Some((members, Unsent::PutBack { changed: Moment::new(event.at, admin.now) })))
}

/// Settings of these members. An earlier version may have recorded them in a way that this one does not know.
pub(super) fn read<S: DeserializeOwned>(members: Map<String, Value>) -> Result<S, PageError> {
    let what = "Another version of this program recorded this change. It cannot be put back here.";
    serde_json::from_value(members.into()).map_err(|_| ChangeError::NotPermitted(what.to_owned()).into())
}

/// The fields that an event changed, each as it was before. `None`: it held nothing.
fn put_back_fields(thing: &Editable, event: &RecordedEvent) -> Vec<(String, Option<Value>)> {
    let (Some(Value::Object(before)), Some(Value::Object(after))) = (&event.before, &event.after) else {
        return Vec::new();
    };
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let changed = names.filter(|name| thing.keeps(name) && before.get(*name) != after.get(*name));
    changed.map(|name| (name.clone(), before.get(name).filter(|value| !value.is_null()).cloned())).collect()
}
