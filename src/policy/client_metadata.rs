//! What a client may be registered as.
//!
//! What users give is [read] by the names of its fields, and what comes of it is [checked](check) against the
//! registry: by a page before it is sent on, and once more by the change itself, on rows that are locked.

mod each;
mod rules;

use serde_json::{Map, Value};

use super::refusal::{Fault, Refusal};
use crate::{
    model::registry::Registry,
    outbound::OutboundSettings,
    protocol::{
        client::ClientType,
        client_metadata::{
            ClientMetadata,
            field::{Editor, Field},
            fields::FIELDS,
        },
    },
};

/// What must be known of APIs to check a client: of those that it names, no others.
pub trait Apis {
    /// Whether one of them has this scope.
    fn has_scope(&self, name: &str) -> bool;

    /// The identifier of the one that has this identifier or this id.
    fn identifier(&self, named: &str) -> Option<&str>;
}

impl Apis for Registry {
    fn has_scope(&self, name: &str) -> bool {
        self.owner(name).is_some()
    }

    fn identifier(&self, named: &str) -> Option<&str> {
        let by_id = uuid::Uuid::try_parse(named).ok().and_then(|id| self.api(id));
        by_id.or_else(|| self.api_identified(named)).map(|api| api.identifier.as_str())
    }
}

/// Reads what users give: members by their JSON names. What is left out, or `null`, has the default of the client's type.
/// `existing`: the type of a client that there is, which need not be given.
///
/// # Errors
/// A member is unknown, or holds what its field cannot; or there is no type. Then everything that is wrong with the
/// fields, each by itself, is told.
pub fn read(given: Map<String, Value>, existing: Option<ClientType>) -> Result<ClientMetadata, Vec<Refusal>> {
    let (given, unknown) = given.into_iter().partition::<Map<_, _>, _>(|(name, _)| field(name).is_some());
    let unknown = unknown.keys().map(|name| format!("There is no field {}.", shown(name)));
    let mut refusals = unknown.map(|message| Refusal::new("metadata", Fault::Unknown, message)).collect::<Vec<_>>();

    let given = given.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>();
    let named = given.get("type").cloned().or_else(|| serde_json::to_value(existing).ok()).unwrap_or_default();
    let client_type = serde_json::from_value(named.clone()).ok();
    let mut members = ClientMetadata::of_type(client_type.unwrap_or(ClientType::Native)).members();
    members.extend(given);
    members.insert("type".to_owned(), named);
    let (normal, wrong) = each::checked(&members, client_type);
    // In its normal form, what was left empty is nothing. What is wrong with a field is said when all are checked.
    let members = if wrong.is_empty() { normal } else { members };
    if refusals.is_empty()
        && let Ok(metadata) = serde_json::from_value(Value::Object(members))
    {
        return Ok(metadata);
    }
    refusals.extend(wrong);
    Err(refusals)
}

/// Checks all of it: each field by itself, the fields together, and what they name in the registry. What passes comes back
/// in its normal form: without spaces around texts, each value once, APIs by their identifiers.
///
/// # Errors
/// Everything that is wrong, in the order of the form.
pub fn check(
    metadata: &ClientMetadata,
    apis: &impl Apis,
    outbound: &OutboundSettings,
) -> Result<ClientMetadata, Vec<Refusal>> {
    let (normal, mut refusals) = each::checked(&metadata.members(), Some(metadata.client_type));
    let mut normal = serde_json::from_value(Value::Object(normal)).unwrap_or_else(|_| metadata.clone());
    let together = rules::checked(&normal, apis, outbound);
    let is_fine = |field: &str| refusals.iter().all(|refusal| refusal.field != field);
    let together = together.into_iter().filter(|refusal| is_fine(refusal.field)).collect::<Vec<_>>();
    refusals.extend(together);
    if !refusals.is_empty() {
        refusals.sort_by_key(|refusal| FIELDS.iter().position(|field| field.name == refusal.field));
        return Err(refusals);
    }
    normal.introspects_api = normal.introspects_api.and_then(|named| apis.identifier(&named).map(str::to_owned));
    Ok(normal)
}

/// What is wrong with the fields, each by itself.
#[must_use]
pub fn faults(metadata: &ClientMetadata) -> Vec<Refusal> {
    each::checked(&metadata.members(), Some(metadata.client_type)).1
}

/// What may not be changed of a client that there is.
#[must_use]
pub fn check_edit(before: &ClientMetadata, after: &ClientMetadata) -> Vec<Refusal> {
    let (before, after) = (before.members(), after.members());
    let fixed = FIELDS.iter().filter(|field| field.editor == Editor::Nobody);
    let changed = fixed.filter(|field| before.get(field.name) != after.get(field.name));
    let refused = |field: &Field| {
        let what = field.label.to_lowercase();
        let message = format!("The {what} of a client does not change: register another client.");
        Refusal::new(field.name, Fault::Fixed, message)
    };
    changed.map(refused).collect()
}

fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

/// What somebody gave, cut to a length that a message has room for.
pub(super) fn shown(given: &str) -> String {
    let start = given.chars().take(80).collect::<String>();
    if start.len() < given.len() { start + "…" } else { start }
}

#[cfg(test)]
mod tests;
