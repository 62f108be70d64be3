//! Changes of clients.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Consequence, Denied, Event, Plan, Setting, State, Thing, taken};
use crate::{
    policy::{
        client_document, client_metadata, new_client,
        refusal::{Fault, Refusal},
        text,
    },
    protocol::{
        client::{Client, ClientSecret},
        client_id_url::ClientIdUrl,
        client_metadata::ClientMetadata,
    },
};

/// The longest time that an old secret works beside the new one.
pub const LONGEST_OVERLAP: Duration = Duration::days(30);

/// The most secrets of one client that work at a time.
pub const MOST_SECRETS: usize = 5;

/// Characters of the name of a secret.
const LONGEST_SECRET_NAME: usize = 40;

pub(super) fn register(
    state: &State,
    new: Client,
    secret: Option<&ClientSecret>,
    setting: &Setting<'_>,
) -> Result<Plan, Denied> {
    let client_id = &new.client_id;
    if state.client(client_id).is_some() {
        return Err(taken::client_id().into());
    }
    // Both can be the subject of a token (RFC 9700 §4.15), so none has another's.
    if Uuid::try_parse(client_id).is_ok_and(|id| state.user(id).is_some()) {
        return Err(taken::subject().into());
    }
    let metadata = client_metadata::check(&new.metadata, state, setting.outbound);
    let refusal = new_client::check_id(client_id).err();
    let metadata = match (metadata, refusal) {
        (Ok(metadata), None) => metadata,
        (metadata, refusal) => {
            return Err(refusal.into_iter().chain(metadata.err().unwrap_or_default()).collect::<Vec<_>>().into());
        }
    };
    let secrets = secret.cloned().into_iter().collect();
    let after = Client { metadata, secrets, owner: setting.author.owner(), ..new };
    match (after.uses_secret(), secret) {
        (false, Some(_)) => {
            let message = "A client that is public, or proves who it is by a key, has no secret.";
            Err(Refusal::new("client_secret", Fault::NotAllowed, message).into())
        }
        (true, None) => Err(Refusal::new("client_secret", Fault::Required, "This client needs a secret.").into()),
        _ => Ok(created(after)),
    }
}

/// What a document says holds as far as the rules for every client allow it; of the scopes those that there are.
pub(super) fn describe(
    state: &State,
    url: &ClientIdUrl,
    described: &ClientMetadata,
    setting: &Setting<'_>,
) -> Result<Option<Plan>, Denied> {
    let described = client_document::known_scopes(described, state);
    let metadata = client_metadata::check(&described, state, setting.outbound)?;
    if !metadata.is_public() {
        return Err(Denied::Protected("A client that a document describes has no secret."));
    }
    let Some(before) = state.client(url.as_str()) else {
        return Ok(Some(created(Client::new(url.as_str().to_owned(), metadata, setting.now))));
    };
    let metadata = with_order_of(metadata, before);
    let is_other = metadata != before.metadata;
    Ok(is_other.then(|| changed(Event::ClientUpdated, before, setting.now, |client| client.metadata = metadata)))
}

pub(super) fn edit(
    state: &State,
    client_id: &str,
    revision: i32,
    given: &ClientMetadata,
    setting: &Setting<'_>,
) -> Result<Plan, Denied> {
    let before = known(state, client_id)?;
    if before.document().is_some() {
        return Err(Denied::Protected("This client is described by its document, and changes with it."));
    }
    if before.revision != revision {
        return Err(Denied::Outdated);
    }
    let fixed = client_metadata::check_edit(before, given);
    if !fixed.is_empty() {
        return Err(fixed.into());
    }
    let metadata = with_order_of(client_metadata::check(given, state, setting.outbound)?, before);
    Ok(changed(Event::ClientUpdated, before, setting.now, |client| client.metadata = metadata))
}

pub(super) fn switch(
    state: &State,
    client_id: &str,
    enabled: bool,
    now: OffsetDateTime,
) -> Result<Option<Plan>, Denied> {
    let before = known(state, client_id)?;
    if before.enabled == enabled {
        return Ok(None);
    }
    let event = if enabled { Event::ClientEnabled } else { Event::ClientDisabled };
    let mut plan = changed(event, before, now, |client| {
        client.enabled = enabled;
        // No clock that is behind brings tokens back.
        client.tokens_not_before = client.tokens_not_before.max(Some(now));
    });
    plan.consequences.push(Consequence::GrantsOfClient(client_id.to_owned()));
    Ok(Some(plan))
}

pub(super) fn add_secret(
    state: &State,
    client_id: &str,
    added: &ClientSecret,
    overlap: Option<Duration>,
    now: OffsetDateTime,
) -> Result<Plan, Denied> {
    let before = known(state, client_id)?;
    if overlap.is_some_and(|overlap| overlap.is_negative() || overlap > LONGEST_OVERLAP) {
        return Err(Refusal::new("overlap", Fault::OutOfBounds, "Choose a time of at most 30 days.").into());
    }
    if !before.uses_secret() {
        return Err(Denied::Protected("A client that is public, or proves who it is by a key, has no secret."));
    }
    if !added.name.is_empty() {
        text::sentence("name", &added.name, LONGEST_SECRET_NAME)?;
    }
    let works = before.secrets.iter().filter(|one| one.works(now)).cloned();
    let (same, mut secrets): (Vec<_>, Vec<_>) = works.partition(|one| one.name == added.name);
    if overlap.is_none() && !same.is_empty() {
        let rule = "The client has a secret of this name. Rotate it, or choose another name.";
        return Err(Refusal::new("name", Fault::Taken, rule).into());
    }
    let end = now + overlap.unwrap_or_default();
    // The one in use has no end yet, whatever the clocks of those who made them said.
    let in_use = |secret: &ClientSecret| (secret.expires_at.is_none(), secret.created_at, secret.secret_id);
    let newest = same.into_iter().max_by_key(in_use);
    let shortened = newest
        .map(|newest| ClientSecret { expires_at: Some(newest.expires_at.map_or(end, |at| at.min(end))), ..newest });
    secrets.extend(shortened.into_iter().chain([added.clone()]));
    if secrets.len() > MOST_SECRETS {
        let rule = format!("A client has at most {MOST_SECRETS} secrets at a time. End one of them first.");
        return Err(Refusal::new("name", Fault::NotAllowed, rule).into());
    }
    Ok(changed(Event::ClientSecretRotated, before, now, |client| client.secrets = secrets))
}

pub(super) fn end_secret(state: &State, client_id: &str, secret_id: Uuid, now: OffsetDateTime) -> Result<Plan, Denied> {
    let before = known(state, client_id)?;
    let (ended, others): (Vec<_>, Vec<_>) = before.secrets.iter().cloned().partition(|one| secret_id == one.secret_id);
    if ended.is_empty() {
        return Err(Denied::Unknown);
    }
    if !others.iter().any(|one| one.works(now)) {
        return Err(Denied::Protected(
            "This is the last secret of the client that works. Rotate it, or disable the client.",
        ));
    }
    Ok(changed(Event::ClientSecretEnded, before, now, |client| client.secrets = others))
}

pub(super) fn give(
    state: &State,
    client_id: &str,
    owner: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<Option<Plan>, Denied> {
    let before = known(state, client_id)?;
    let is_there = |user_id| state.user(user_id).is_some_and(|user| user.deleted_at.is_none());
    if owner.is_some_and(|user_id| !is_there(user_id)) {
        return Err(Refusal::new("owner", Fault::Unknown, "There is no such user.").into());
    }
    let is_other = before.owner != owner;
    Ok(is_other.then(|| changed(Event::ClientOwnerChanged, before, now, |client| client.owner = owner)))
}

pub(super) fn delete(state: &State, client_id: &str) -> Result<Plan, Denied> {
    let before = known(state, client_id)?;
    Ok(Plan {
        event: Event::ClientDeleted,
        before: Some(Thing::Client(Box::new(before.clone()))),
        after: None,
        consequences: vec![Consequence::GrantsOfClient(client_id.to_owned())],
    })
}

/// The order of scopes says nothing, so another order is no change.
fn with_order_of(mut metadata: ClientMetadata, before: &Client) -> ClientMetadata {
    if metadata.scopes.covers(&before.scopes) && before.scopes.covers(&metadata.scopes) {
        metadata.scopes.clone_from(&before.scopes);
    }
    metadata
}

fn known<'a>(state: &'a State, client_id: &str) -> Result<&'a Client, Denied> {
    state.client(client_id).ok_or(Denied::Unknown)
}

fn created(after: Client) -> Plan {
    Plan {
        event: Event::ClientCreated,
        before: None,
        after: Some(Thing::Client(Box::new(after))),
        consequences: Vec::new(),
    }
}

fn changed(event: Event, before: &Client, now: OffsetDateTime, change: impl FnOnce(&mut Client)) -> Plan {
    let mut after = before.clone();
    change(&mut after);
    (after.revision, after.updated_at) = (before.revision + 1, now);
    Plan {
        event,
        before: Some(Thing::Client(Box::new(before.clone()))),
        after: Some(Thing::Client(Box::new(after))),
        consequences: Vec::new(),
    }
}
