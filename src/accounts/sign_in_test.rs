//! A test of a client's sign-in: an administrator begins it and passes its link on, or follows it; somebody signs in, in
//! whichever browser; and what the client would have got waits for the administrator. The client gets nothing, nothing is
//! issued, and no consent is kept.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use time::Duration;
use uuid::Uuid;

use super::waiting::{self, Reader};
use crate::{
    app::{Actor, App, InternalError},
    model::user::User,
    policy::{change::Deed, event::Event},
    protocol::{authorization_request::AuthorizationRequest, client::Client, error::AuthorizationError},
    registry::{ChangeError, Principal, begin_of_client},
    store::{
        self,
        authorization_requests::{self, LIFETIME},
    },
};

/// How long the outcome is shown.
const SHOWN: Duration = Duration::HOUR;

/// A test, as it waits for the administrator who began it.
#[derive(Serialize, Deserialize)]
pub struct SignInTest {
    /// Whose sign-in it is.
    pub client_id: String,
    /// The authorization request: the link leads to it.
    pub request_id: Uuid,
    /// The scopes that it asks for.
    pub scope: String,
    /// The APIs that it names.
    pub resources: Vec<String>,
    /// What came of it. `None`: nobody has come to the end of it.
    pub outcome: Option<Outcome>,
}

/// What the client would have got.
#[derive(Serialize, Deserialize)]
pub enum Outcome {
    /// Tokens.
    Tokens(Box<Tokens>),
    /// An error.
    Error {
        /// `error`
        error: String,
        /// `error_description`
        description: String,
        /// The user who had signed in, if somebody had: id and username.
        user: Option<(Uuid, String)>,
    },
}

/// What tokens would say, and userinfo.
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Tokens {
    pub user_id: Uuid,
    pub username: String,
    pub access_token: Value,
    pub id_token: Option<Value>,
    /// `None`: the access token does not open the userinfo endpoint.
    pub userinfo: Option<Map<String, Value>>,
    pub refresh_token: bool,
}

impl Outcome {
    /// An error that the client would have got, with the user who had signed in.
    #[must_use]
    pub fn of_error(refused: &AuthorizationError, user: Option<&User>) -> Self {
        Self::Error {
            error: refused.error.as_str().to_owned(),
            description: refused.error_description.to_string(),
            user: user.map(|user| (user.user_id, user.username.clone())),
        }
    }
}

impl SignInTest {
    fn of(request_id: Uuid, request: &AuthorizationRequest, outcome: Option<Outcome>) -> Self {
        let (scope, resources) = (request.all_asked().to_string(), request.resources.clone());
        Self { client_id: request.client_id.clone(), request_id, scope, resources, outcome }
    }
}

/// Begins a test, in place of the one before. The link works once, in the browser that opens it first.
///
/// # Errors
/// [`ChangeError::Lacks`]: who begins it may not change the client.
pub async fn begin(
    app: &App,
    by: &Principal,
    reader: &Reader<'_>,
    request_id: Uuid,
    request: &AuthorizationRequest,
) -> Result<(), ChangeError> {
    let Some(test_id) = request.destination.test() else { return Err(ChangeError::Unknown) };
    let mut tx = begin_of_client(app, by, Deed::TestSignIn, &request.client_id).await?;
    let event = app.event(Event::SignInTestBegun, by.actor(), request.received_at).of_client(&request.client_id);
    waiting::ask(app, &mut tx, reader, (test_id, &SignInTest::of(request_id, request, None)), LIFETIME).await?;
    authorization_requests::insert(&mut *tx, request_id, None, None, request).await?;
    app.write_event(&mut tx, event.change(None, Some(json!({ "scope": request.all_asked() })))).await?;
    tx.commit().await?;
    Ok(())
}

/// The username of whoever began a test. `None`: they wait for it no longer.
///
/// # Errors
/// The database cannot be asked.
pub async fn begun_by(app: &App, test_id: Uuid) -> Result<Option<String>, InternalError> {
    Ok(store::waiting::for_whom(&app.db, test_id, app.clock.now()).await?)
}

/// Shows the outcome to whoever began the test, and records it. The caller has completed the request in this transaction.
///
/// # Errors
/// The database refused.
pub async fn end(
    app: &App,
    tx: &mut PgConnection,
    caller: &Actor,
    client: &Client,
    (request_id, request): (Uuid, &AuthorizationRequest),
    outcome: Outcome,
) -> Result<(), InternalError> {
    let Some(test_id) = request.destination.test() else { return Ok(()) };
    let now = app.clock.now();
    let event = match &outcome {
        Outcome::Tokens(tokens) => {
            let event = app.event(Event::SignInTested, &caller.user(tokens.user_id), now).about_user(tokens.user_id);
            event.change(None, Some(json!({ "scope": tokens.access_token["scope"] })))
        }
        Outcome::Error { error, description, user } => {
            let event = app.event(Event::SignInTestFailed, caller, now).because(format!("{error}: {description}"));
            if let Some((user_id, _)) = user { event.about_user(*user_id) } else { event }
        }
    };
    waiting::answer(app, tx, (test_id, &SignInTest::of(request_id, request, Some(outcome))), SHOWN).await?;
    app.write_event(tx, event.of_client(&client.client_id)).await?;
    Ok(())
}
