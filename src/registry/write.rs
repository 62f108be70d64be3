//! Writes what a plan says: the rows, what ends by it, and the event.

use serde_json::{Value, json};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{ChangeError, NoneMade, Principal};
use crate::{
    app::App,
    model::{
        registry::{Api, Role},
        user::User,
    },
    policy::{
        change::{Change, Consequence, Plan, Thing, differences, taken},
        event::Event,
        feed::Part,
        refusal::Refusal,
    },
    protocol::client::{Client, ClientSecret},
    store::{
        apis,
        audit_events::AuditEvent,
        client_secrets, clients,
        grants::{self, GrantsOf},
        roles, sessions, users,
    },
};

/// What was written, beside what the plan says.
#[derive(Default)]
pub(super) struct Written {
    /// What nodes must read anew.
    pub touched: Vec<Part>,
    /// The grants that were revoked.
    pub revoked: Vec<Uuid>,
    /// What the audit trail is told.
    pub events: Vec<AuditEvent>,
    ended_sessions: usize,
}

/// Writes a plan.
///
/// # Errors
/// [`ChangeError::Invalid`]: somebody else took a name in the meantime.
pub(super) async fn plan(
    app: &App,
    tx: &mut PgConnection,
    by: &Principal,
    change: &Change,
    plan: &Plan,
    now: OffsetDateTime,
) -> Result<Written, ChangeError> {
    let mut written = Written::default();
    for consequence in &plan.consequences {
        written.end(&mut *tx, consequence, now).await?;
    }
    match (&plan.before, &plan.after) {
        (before, Some(Thing::Client(after))) => {
            let before = before.as_ref().and_then(Thing::as_client);
            write_client(&mut *tx, before, after).await?;
            let id = after.client_id.clone();
            written.touched.push(if before.is_none() { Part::NewClient(id) } else { Part::Client(id) });
        }
        (Some(Thing::Client(before)), None) => {
            clients::delete(&mut *tx, &before.client_id).await?;
            written.touched.push(Part::Client(before.client_id.clone()));
        }
        (before, Some(Thing::Api(after))) => {
            write_api(&mut *tx, before.is_none(), after, now).await?;
            written.touched.push(Part::Apis);
        }
        (Some(Thing::Api(before)), None) => {
            apis::delete(&mut *tx, before.api_id).await?;
            written.touched.push(Part::Apis);
        }
        (before, Some(Thing::Role(after))) => {
            write_role(&mut *tx, before.is_none(), after, now).await?;
            written.touched.push(Part::Roles);
        }
        (Some(Thing::Role(before)), None) => {
            roles::delete(&mut *tx, &before.name).await?;
            written.touched.push(Part::Roles);
        }
        (before, Some(Thing::User(after))) => write_user(&mut *tx, before.is_none(), after, change).await?,
        (Some(Thing::User(_)) | None, None) => {}
    }
    written.record(app, by, plan, now);
    Ok(written)
}

/// Writes the plans of clients that are registered together: a statement for the clients and one for their secrets,
/// however many there are. What the audit trail is told of them.
///
/// # Errors
/// Which of them could not be, by its place, and why.
pub(super) async fn registrations(
    app: &App,
    tx: &mut PgConnection,
    by: &Principal,
    plans: &[Plan],
    now: OffsetDateTime,
) -> Result<Vec<AuditEvent>, NoneMade> {
    let refused = |place: Option<usize>, refusal: Refusal| NoneMade { place, error: refusal.into() };
    let clients = plans.iter().filter_map(|plan| plan.after.as_ref()?.as_client()).collect::<Vec<_>>();
    let added = clients::insert(&mut *tx, &clients).await?;
    if let Some(place) = clients.iter().position(|client| !added.contains(&client.client_id)) {
        return Err(refused(Some(place), taken::client_id()));
    }
    let secrets = clients.iter().enumerate().flat_map(|(place, client)| {
        client.secrets.iter().map(move |secret| (place, (client.client_id.as_str(), secret)))
    });
    let (places, secrets): (Vec<_>, Vec<_>) = secrets.unzip();
    let added = client_secrets::insert(&mut *tx, &secrets).await?;
    if let Some(taken) = secrets.iter().position(|(_, secret)| !added.contains(&secret.secret_id)) {
        return Err(refused(places.get(taken).copied(), taken::client_secret()));
    }
    Ok(plans.iter().filter_map(|plan| event(app, by, plan, differences(plan), now)).collect())
}

/// The event of a change, with what it says of before and after.
fn event(
    app: &App,
    by: &Principal,
    plan: &Plan,
    (before, after): (Option<Value>, Option<Value>),
    now: OffsetDateTime,
) -> Option<AuditEvent> {
    let event = app.event(plan.event, by.actor(), now);
    let event = match plan.after.as_ref().or(plan.before.as_ref())? {
        Thing::Client(client) => event.of_client(&client.client_id),
        thing => event.about(thing.in_record()),
    };
    Some(event.change(before, after))
}

impl Written {
    async fn end(&mut self, tx: &mut PgConnection, consequence: &Consequence, now: OffsetDateTime) -> sqlx::Result<()> {
        match consequence {
            Consequence::GrantsOfClient(id) => self.revoke(tx, GrantsOf::Client(id), now).await,
            Consequence::GrantsOfUser(id) => self.revoke(tx, GrantsOf::User(*id, None), now).await,
            Consequence::SessionsOfUser(id) => {
                let ended = sessions::end_all_of_user(&mut *tx, *id, None, now).await?;
                self.ended_sessions += ended.len();
                self.revoke(tx, GrantsOf::Sessions(&ended), now).await
            }
            Consequence::SessionsByRole(role) => {
                let ended = sessions::end_all_who_administer_by(&mut *tx, role, now).await?;
                self.ended_sessions += ended.len();
                self.revoke(tx, GrantsOf::Sessions(&ended), now).await
            }
            Consequence::Scopes(names) => {
                // Roles lose them too, by the foreign key: who edits such a role must have seen that.
                roles::raise_revisions(&mut *tx, names).await?;
                let clients = clients::forget_scopes(tx, names).await?;
                self.touched.extend(clients.into_iter().map(Part::Client).chain([Part::Roles]));
                Ok(())
            }
            Consequence::Introspection(identifier) => {
                let clients = clients::forget_introspection(tx, identifier).await?;
                self.touched.extend(clients.into_iter().map(Part::Client));
                Ok(())
            }
        }
    }

    async fn revoke(&mut self, tx: &mut PgConnection, of: GrantsOf<'_>, now: OffsetDateTime) -> sqlx::Result<()> {
        self.revoked.extend(grants::revoke(tx, of, now).await?);
        Ok(())
    }

    /// Notes the event: what differs, and what ended by it. For a user that is an event of its own, which they see.
    fn record(&mut self, app: &App, by: &Principal, plan: &Plan, now: OffsetDateTime) {
        let Some(thing) = plan.after.as_ref().or(plan.before.as_ref()) else { return };
        let (before, mut after) = differences(plan);
        let has_ended = self.ended_sessions > 0 || !self.revoked.is_empty();
        let (sessions, revoked) = (self.ended_sessions, self.revoked.len());
        if has_ended && let Thing::User(_) = thing {
            let event = app.event(Event::SessionEnded, by.actor(), now).about(thing.in_record());
            let ended = json!({ "sessions": sessions, "revoked_grants": revoked });
            self.events.push(event.change(None, Some(ended)));
        } else if has_ended {
            let members = after.get_or_insert_with(|| json!({}));
            members["ended_sessions"] = sessions.into();
            members["revoked_grants"] = revoked.into();
        }
        self.events.extend(event(app, by, plan, (before, after), now));
    }
}

async fn write_client(tx: &mut PgConnection, before: Option<&Client>, after: &Client) -> Result<(), ChangeError> {
    let id = &after.client_id;
    if before.is_none() {
        if clients::insert(&mut *tx, &[after]).await?.is_empty() {
            return Err(taken::client_id().into());
        }
    } else {
        clients::update(&mut *tx, after).await?;
    }
    let known = before.map_or(&[][..], |before| &before.secrets);
    let is_kept = |known: &ClientSecret| after.secrets.iter().any(|kept| kept.secret_id == known.secret_id);
    for gone in known.iter().filter(|known| !is_kept(known)) {
        client_secrets::delete(&mut *tx, gone.secret_id).await?;
    }
    for kept in &after.secrets {
        match known.iter().find(|known| known.secret_id == kept.secret_id) {
            Some(known) if known.expires_at == kept.expires_at => {}
            Some(_) => client_secrets::expire(&mut *tx, kept.secret_id, kept.expires_at).await?,
            None if !client_secrets::insert(&mut *tx, &[(id, kept)]).await?.is_empty() => {}
            None => return Err(taken::client_secret().into()),
        }
    }
    Ok(())
}

async fn write_api(tx: &mut PgConnection, is_new: bool, api: &Api, now: OffsetDateTime) -> Result<(), ChangeError> {
    if !is_new {
        apis::update(&mut *tx, api).await?;
    } else if !apis::insert(&mut *tx, api).await? {
        return Err(taken::identifier().into());
    }
    apis::set_scopes(tx, api.api_id, &api.scopes, now).await?.map_err(|name| taken::scope(&name).into())
}

async fn write_role(tx: &mut PgConnection, is_new: bool, role: &Role, now: OffsetDateTime) -> Result<(), ChangeError> {
    if !is_new {
        roles::update(&mut *tx, role).await?;
    } else if !roles::insert(&mut *tx, role, now).await? {
        return Err(taken::role().into());
    }
    Ok(roles::set_scopes(tx, role).await?)
}

async fn write_user(tx: &mut PgConnection, is_new: bool, user: &User, change: &Change) -> Result<(), ChangeError> {
    let password_hash = match change {
        Change::AddUser { password_hash, .. } => password_hash.as_deref(),
        _ => None,
    };
    if !is_new {
        users::update(&mut *tx, user).await?;
    } else if !users::insert(&mut *tx, user, password_hash).await? {
        return Err(taken::username().into());
    }
    Ok(users::set_roles(tx, user.user_id, &user.roles).await?)
}
