//! Telling clients, server to server, that a session has ended ([OpenID Connect Back-Channel Logout 1.0]).
//!
//! What is to be told stands in a table since the transaction that ended the session; every node works it off. So nobody
//! waits for a client, and a client that is down for a moment hears of it later.
//!
//! [OpenID Connect Back-Channel Logout 1.0]: https://openid.net/specs/openid-connect-backchannel-1_0.html

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{
    app::{Actor, App, Stale},
    keys::{SignError, Typ},
    outbound::OutboundError,
    policy::event::Event,
    protocol::logout_token::LogoutToken,
    secret::random_bytes,
    store::{
        logout_deliveries::{self, LogoutDelivery},
        pool,
    },
};

/// How long a client may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
const MOST_TRIES: i16 = 3;
/// How many are told at once by one node, so that some who hang do not hold up the others.
const AT_ONCE: usize = 64;

/// Why a client has not heard of it.
#[derive(Debug, thiserror::Error)]
enum NotTold {
    #[error(transparent)]
    Stale(#[from] Stale),
    #[error("the logout token cannot be signed: {0}")]
    Unsigned(#[from] SignError),
    #[error("the client does not answer: {0}")]
    Unanswered(#[from] OutboundError),
    #[error("the client answered with status {0}")]
    Refused(u16),
}

/// What one node tells now.
#[derive(Clone)]
pub struct Deliveries(Arc<Semaphore>);

impl Default for Deliveries {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Deliveries {
    /// Begins to tell what is due, as far as there is room, and waits for none of the answers.
    ///
    /// # Errors
    /// The database cannot be asked what is due.
    pub async fn begin_due(&self, app: &App) -> sqlx::Result<()> {
        let mut places = Vec::new();
        while let Ok(place) = Arc::clone(&self.0).try_acquire_owned() {
            places.push(place);
        }
        let room = i64::try_from(places.len()).unwrap_or_default();
        let due = logout_deliveries::take_due(&app.db, room, app.clock.now()).await?;
        for (delivery, place) in due.into_iter().zip(places) {
            let app = app.clone();
            tokio::spawn(async move {
                deliver(app, delivery).await;
                drop(place);
            });
        }
        Ok(())
    }
}

/// One try.
async fn deliver(app: App, delivery: LogoutDelivery) {
    let settled = match tell(&app, &delivery).await {
        Ok(()) => logout_deliveries::remove(&app.db, delivery.delivery_id).await,
        Err(why) if delivery.attempts >= MOST_TRIES => give_up(&app, &delivery, &why).await,
        Err(why) => {
            tracing::info!(client_id = delivery.client_id, error = %why, "a client has not heard of a sign-out yet");
            Ok(())
        }
    };
    if let Err(error) = settled {
        tracing::warn!(%error, "that a client was told of a sign-out could not be noted: it is told again");
    }
}

/// Posts a logout token (§2.5). A client that is gone, is switched off, or wants to hear no more has nothing to hear.
async fn tell(app: &App, delivery: &LogoutDelivery) -> Result<(), NotTold> {
    let mut snapshot = app.snapshot().await?;
    let client = snapshot.client(&delivery.client_id).await?.filter(|client| client.enabled);
    let Some(client) = client else { return Ok(()) };
    let Some(uri) = &client.backchannel_logout_uri else { return Ok(()) };
    let about = (delivery.user_id, delivery.session_id);
    let jti = Uuid::from_bytes(random_bytes());
    let claims = LogoutToken::new(app.issuer(), &client.client_id, about, jti, snapshot.now);
    let token = snapshot.keys().sign(client.id_token_signed_response_alg, Typ::LogoutToken, &claims)?;

    let answer = app.outbound.post_form(uri, &[("logout_token", &token)], PATIENCE).await?;
    // §2.8 asks for 200; frameworks make a 204 of an empty answer.
    if matches!(answer.status, 200 | 204) { Ok(()) } else { Err(NotTold::Refused(answer.status)) }
}

/// Nobody tries any more, which is for the audit trail: that client may still think that the user is signed in.
async fn give_up(app: &App, delivery: &LogoutDelivery, why: &NotTold) -> sqlx::Result<()> {
    let actor = Actor::system();
    let event = app.event(Event::LogoutNotDelivered, &actor, app.clock.now()).of_client(&delivery.client_id);
    let event = event.about_user(delivery.user_id).because(why.to_string());
    let mut tx = pool::begin(&app.db).await?;
    logout_deliveries::remove(&mut *tx, delivery.delivery_id).await?;
    app.write_event(&mut tx, event).await?;
    tx.commit().await
}
