//! Browsers that a user has used to sign in before: they let that user in while others attack the account (LG-03,
//! DO-10), and a new one is worth a mail.

use axum::http::HeaderMap;
use uuid::Uuid;

use super::cookies;
use crate::{
    app::{Actor, App},
    mail::{self, Message, Recipient},
    model::user::User,
    network,
    policy::{event::Event, user_agent::Device},
    protocol::{assurance::Level, interaction::SignedIn},
    secret::{Secret, SecretKind},
    store::{known_devices, pool, users},
};

/// Whether this user has signed in in this browser before.
///
/// # Errors
/// The database cannot be asked.
pub async fn is_known(app: &App, headers: &HeaderMap, user_id: Uuid) -> sqlx::Result<bool> {
    match presented(headers) {
        Some(device) => known_devices::is_known(&app.db, &device.hash(), user_id, app.clock.now()).await,
        None => Ok(false),
    }
}

/// Notes that a user has signed in in full, and tells them by mail if nothing but a password stands behind it and it
/// comes from a device or a network that is new for them. Gives the secret for the cookie `DEVICE`, whose year begins
/// anew. `None`: the session has ended in the meantime, so this browser is to stay a stranger.
///
/// # Errors
/// The database refused.
pub async fn note_sign_in(
    app: &App,
    headers: &HeaderMap,
    signed_in: &SignedIn,
    actor: &Actor,
) -> sqlx::Result<Option<Secret>> {
    let (now, user_id) = (app.clock.now(), signed_in.user_id);
    let mut tx = pool::begin(&app.db).await?;
    let secret = match presented(headers) {
        Some(secret) if known_devices::is_ours(&mut *tx, &secret.hash()).await? => secret,
        _ => Secret::generate(SecretKind::Browser),
    };
    let noted = known_devices::note(&mut tx, &secret.hash(), signed_in, now).await?;
    let Some(mut is_news) = noted else { return Ok(None) };
    if let Some(address) = actor.ip.as_deref().and_then(|ip| ip.parse().ok()) {
        let network = network::provider_of(address).to_string();
        is_news |= known_devices::note_network(&mut tx, &network, user_id, now).await?;
    }
    if is_news && signed_in.proof.level == Level::Aal1 {
        let user = users::find(&mut *tx, user_id).await?;
        let actor = actor.user(user_id);
        app.write_event(&mut tx, app.event(Event::DeviceNew, &actor, now).about_user(user_id)).await?;
        if let Some(to) = user.as_ref().and_then(|user: &User| Recipient::of(app, user)) {
            let device = actor.user_agent.as_deref().map(|text| Device::of(text).to_string());
            let device = device
                .filter(|device| !device.is_empty())
                .unwrap_or_else(|| to.language.text("device-unknown").into_owned());
            let place = actor.ip.as_deref().unwrap_or_default();
            mail::send(&mut tx, app, &to, Message::NewDevice { device: &device, place }).await?;
        }
    }
    tx.commit().await?;
    Ok(Some(secret))
}

fn presented(headers: &HeaderMap) -> Option<Secret> {
    cookies::secret_cookie(headers, cookies::DEVICE.name).map(|text| Secret::presented(&text))
}
