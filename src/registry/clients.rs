//! Changes to clients.

use serde_json::{Value, json};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    ChangeError, Principal, Problem, RecentPrincipal, begin, client_settings, client_settings::ClientSettings, commit,
};
use crate::{
    app::App,
    clock::time_ordered_id,
    model::registry::Registry,
    policy::{event::Event, feed::Part},
    protocol::client::{Client, ClientSecret},
    secret::{Secret, SecretKind, random_bytes},
    store::{
        apis, client_secrets, clients,
        grants::{self, GrantsOf},
    },
};

/// The longest time that an old secret works beside the new one.
pub const LONGEST_OVERLAP: Duration = Duration::days(30);

/// A client that was registered just now.
pub struct Created {
    /// What it is registered as.
    pub client: Client,
    /// Its secret, which is shown this once. `None`: a public client.
    pub secret: Option<Secret>,
}

/// Registers a client.
///
/// # Errors
/// [`ChangeError::Invalid`]: the settings break rules, or the client id is taken.
pub async fn create(app: &App, by: &RecentPrincipal, mut settings: ClientSettings) -> Result<Created, ChangeError> {
    let now = app.clock.now();
    let client_id = settings.client_id.take().unwrap_or_else(new_client_id);
    let mut tx = begin(app, by).await?;
    let client = validated(app, &mut tx, &settings, &client_id, now).await?;
    if !clients::insert(&mut *tx, &client).await? {
        return Err(Problem::new("client_id", "There is a client with this id already.").into());
    }
    let secret = match (client.is_public(), settings.client_secret) {
        (true, None) => None,
        (true, Some(_)) => return Err(Problem::new("client_secret", "A public client has no secret.").into()),
        (false, Some(brought)) => Some((brought, false)),
        (false, None) => Some((Secret::generate(SecretKind::ClientSecret), true)),
    };
    if let Some((secret, generated)) = &secret {
        add_secret(&mut tx, &client_id, &row(secret, *generated, now)).await?;
    }
    let event = app.event(Event::ClientCreated, by.actor(), now).of_client(&client_id);
    app.write_event(&mut tx, event.change(None, described(&client))).await?;
    commit(app, tx, Part::NewClient(client_id)).await?;
    Ok(Created { client, secret: secret.map(|(secret, _)| secret) })
}

/// Replaces the settings of a client, all but its type.
///
/// # Errors
/// [`ChangeError::Outdated`]: it has another revision than when the settings were read.
pub async fn update(
    app: &App,
    by: &Principal,
    client_id: &str,
    revision: i32,
    settings: &ClientSettings,
) -> Result<(), ChangeError> {
    let now = app.clock.now();
    let mut tx = begin(app, by).await?;
    let before = found(&mut tx, client_id).await?;
    if settings.client_type.is_some_and(|given| given != before.client_type) {
        return Err(Problem::new("type", "The type of a client does not change: register another client.").into());
    }
    let after = Client { revision, ..validated(app, &mut tx, settings, client_id, now).await? };
    if !clients::update(&mut *tx, &after, now).await? {
        return Err(ChangeError::Outdated);
    }
    let event = app.event(Event::ClientUpdated, by.actor(), now).of_client(client_id);
    app.write_event(&mut tx, event.change(described(&before), described(&after))).await?;
    commit(app, tx, Part::Client(client_id.to_owned())).await?;
    Ok(())
}

/// Switches a client on or off. Either way it loses every grant and token that it has: switched on again, it brings none
/// back, not even what another node issued in the second before it learned of the switch.
///
/// # Errors
/// [`ChangeError::Unknown`]
pub async fn set_enabled(app: &App, by: &Principal, client_id: &str, enabled: bool) -> Result<(), ChangeError> {
    let mut tx = begin(app, by).await?;
    let now = app.clock.now(); // after other changes, which may be of the same client
    let before = found(&mut tx, client_id).await?;
    if before.enabled == enabled {
        return Ok(());
    }
    let revoked = grants::revoke(&mut tx, GrantsOf::Client(client_id), now).await?;
    clients::switch(&mut *tx, client_id, enabled, now).await?;
    let event = app
        .event(if enabled { Event::ClientEnabled } else { Event::ClientDisabled }, by.actor(), now)
        .of_client(client_id);
    let after = json!({ "enabled": enabled, "revoked_grants": revoked.len() });
    app.write_event(&mut tx, event.change(Some(json!({ "enabled": !enabled })), Some(after))).await?;
    commit(app, tx, Part::Client(client_id.to_owned())).await?;
    app.add_revoked(&revoked);
    Ok(())
}

/// Removes a client, with everything that it was granted.
///
/// # Errors
/// [`ChangeError::Unknown`]
pub async fn delete(app: &App, by: &RecentPrincipal, client_id: &str) -> Result<(), ChangeError> {
    let now = app.clock.now();
    let mut tx = begin(app, by).await?;
    let before = found(&mut tx, client_id).await?;
    let revoked = grants::revoke(&mut tx, GrantsOf::Client(client_id), now).await?;
    clients::delete(&mut *tx, client_id).await?;
    let event = app.event(Event::ClientDeleted, by.actor(), now).of_client(client_id);
    app.write_event(&mut tx, event.change(described(&before), None)).await?;
    commit(app, tx, Part::Client(client_id.to_owned())).await?;
    app.add_revoked(&revoked);
    Ok(())
}

/// Gives a client a new secret. The one it had works for `overlap` more; older ones end now.
///
/// # Errors
/// [`ChangeError::Invalid`]: an overlap below zero or above [`LONGEST_OVERLAP`].
pub async fn rotate_secret(
    app: &App,
    by: &RecentPrincipal,
    client_id: &str,
    overlap: Duration,
) -> Result<Secret, ChangeError> {
    if overlap.is_negative() || overlap > LONGEST_OVERLAP {
        return Err(Problem::new("overlap", "Choose a time of at most 30 days.").into());
    }
    let now = app.clock.now();
    let mut tx = begin(app, by).await?;
    if found(&mut tx, client_id).await?.is_public() {
        return Err(ChangeError::NotPermitted("A public client has no secret.".into()));
    }
    let secret = Secret::generate(SecretKind::ClientSecret);
    let new = row(&secret, true, now);
    client_secrets::expire(&mut tx, client_id, now + overlap).await?;
    add_secret(&mut tx, client_id, &new).await?;
    let event = app.event(Event::ClientSecretRotated, by.actor(), now).of_client(client_id);
    let after = json!({ "secret_id": new.secret_id, "overlap_seconds": overlap.whole_seconds() });
    app.write_event(&mut tx, event.change(None, Some(after))).await?;
    commit(app, tx, Part::Client(client_id.to_owned())).await?;
    Ok(secret)
}

async fn found(tx: &mut PgConnection, client_id: &str) -> Result<Client, ChangeError> {
    clients::find(tx, client_id).await?.ok_or(ChangeError::Unknown)
}

async fn validated(
    app: &App,
    tx: &mut PgConnection,
    settings: &ClientSettings,
    id: &str,
    now: OffsetDateTime,
) -> Result<Client, ChangeError> {
    let apis = apis::concerned(tx, &settings.scopes, settings.introspects_api.as_deref()).await?;
    let (registry, outbound) = (Registry::new(apis, Vec::new()), &app.settings.outbound);
    client_settings::validate(settings, id, &registry, outbound, now).map_err(ChangeError::Invalid)
}

/// What the record says of a client: its settings, which hold no secret.
fn described(client: &Client) -> Option<Value> {
    serde_json::to_value(ClientSettings::from(client)).ok()
}

/// Adds a secret, which another client must not have.
async fn add_secret(tx: &mut PgConnection, client_id: &str, secret: &ClientSecret) -> Result<(), ChangeError> {
    let is_taken =
        |error: &sqlx::Error| error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation);
    client_secrets::insert(tx, client_id, secret).await.map_err(|error| {
        if is_taken(&error) {
            Problem::new("client_secret", "Another client has this secret: choose another.").into()
        } else {
            error.into()
        }
    })
}

fn row(secret: &Secret, generated: bool, now: OffsetDateTime) -> ClientSecret {
    ClientSecret {
        secret_id: time_ordered_id(now),
        hash: secret.hash(),
        last_four: secret.last_four().to_owned(),
        generated,
        created_at: now,
        expires_at: None,
    }
}

/// 100 random bits in letters and digits that are hard to confuse.
fn new_client_id() -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    random_bytes::<20>().iter().map(|byte| char::from(DIGITS[usize::from(byte & 31)])).collect()
}
