//! Answers of the authorization endpoint on their way through the browser.

use askama::Template;
use axum::{
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Redirect, Response},
};

use serde_json::Map;

use super::{error_page::PageError, interaction::Interaction, page::Shell, refusal::log_refusal};
use crate::{
    accounts::sign_in_test,
    app::{Actor, App, InternalError, Snapshot},
    keys::Typ,
    language::Language,
    policy::event::Event,
    protocol::{
        authorization_request::Destination,
        authorization_response::{AuthorizationResponse, Parameters},
        client::Client,
        error::{AuthorizationError, AuthorizationErrorCode},
    },
    secret::Secret,
    server::request_id,
    store::{authorization_requests, pool},
};

/// Carries the answer to the client in a form, which a script sends at once, or a user without scripts by a button
/// (OAuth 2.0 Form Post Response Mode §2).
#[derive(Template)]
#[template(path = "form_post.html")]
pub struct FormPost<'a> {
    /// The frame, leading to the redirect URI.
    pub shell: &'a Shell,
    /// The client's name.
    pub application: &'a str,
    /// Where the form goes.
    pub redirect_uri: &'a str,
    /// The answer: names and values.
    pub parameters: Vec<(&'a str, String)>,
}

/// How long a signed answer is good for, in seconds. It is used at once (JARM §2.1 recommends ten minutes at most).
const GOOD_FOR: i64 = 600;

/// Sends the browser back to the client with a code.
///
/// # Errors
/// The answer is to be signed, and no key can.
pub fn code(interaction: &Interaction, code: &Secret) -> Result<Response, PageError> {
    let Interaction { client, snapshot, request, .. } = interaction;
    let issuer = snapshot.app.issuer();
    let sign = |parameters: &Parameters| sign(snapshot, client, parameters);
    let response = AuthorizationResponse::success(&request.destination, issuer, code, sign)?;
    Ok(answer(&snapshot.app, interaction.language, client, response))
}

/// Sends the browser back to the client with an error.
///
/// # Errors
/// The answer is to be signed, and no key can.
pub fn error(
    snapshot: &Snapshot,
    language: Language,
    client: &Client,
    destination: &Destination,
    error: &AuthorizationError,
) -> Result<Response, PageError> {
    request_id::note_client(&client.client_id);
    log_refusal(error);
    let sign = |parameters: &Parameters| sign(snapshot, client, parameters);
    let response = AuthorizationResponse::failure(destination, snapshot.app.issuer(), error, sign)?;
    Ok(answer(&snapshot.app, language, client, response))
}

/// An answer as the JWT that the client wants (JARM §2.1).
fn sign(snapshot: &Snapshot, client: &Client, parameters: &Parameters) -> Result<String, InternalError> {
    let mut claims =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect::<Map<_, _>>();
    claims.insert("aud".to_owned(), client.client_id.as_str().into());
    claims.insert("exp".to_owned(), (snapshot.now.unix_timestamp() + GOOD_FOR).into());
    let signed = snapshot.keys().sign(client.authorization_signed_response_alg, Typ::AuthorizationResponse, &claims);
    signed.map_err(|error| InternalError::Bug(error.into()))
}

/// Where the browser is led at the end of a test.
pub const TESTED: &str = "/sign-in-tested";

/// Ends a test: whoever began it sees what the client would have got. The request is over.
///
/// # Errors
/// The page to show instead.
pub async fn end_test(
    app: &App,
    caller: &Actor,
    interaction: &Interaction,
    outcome: sign_in_test::Outcome,
) -> Result<Response, PageError> {
    let Interaction { request_id, request, client, .. } = interaction;
    let mut tx = pool::begin(&app.db).await?;
    if !authorization_requests::complete(&mut *tx, *request_id, app.clock.now()).await? {
        return Err(PageError::gone());
    }
    sign_in_test::end(app, &mut tx, caller, client, (*request_id, request), outcome).await?;
    tx.commit().await?;
    Ok(Redirect::to(TESTED).into_response())
}

/// Sends the browser back because the user said no. The request is over.
///
/// # Errors
/// The page to show instead.
pub async fn deny(app: &App, caller: &Actor, interaction: &Interaction) -> Result<Response, PageError> {
    let denied = AuthorizationError::new(AuthorizationErrorCode::AccessDenied, "the user did not allow it");
    if interaction.request.destination.test().is_some() {
        return end_test(app, caller, interaction, sign_in_test::Outcome::of_error(&denied, None)).await;
    }
    let now = app.clock.now();
    let client = &interaction.client;
    let event = app.event(Event::ConsentDenied, caller, now).of_client(&client.client_id);

    let mut tx = pool::begin(&app.db).await?;
    if !authorization_requests::complete(&mut *tx, interaction.request_id, now).await? {
        return Err(PageError::gone());
    }
    app.write_event(&mut tx, event).await?;
    tx.commit().await?;
    error(&interaction.snapshot, interaction.language, client, &interaction.request.destination, &denied)
}

fn answer(app: &App, language: Language, client: &Client, response: AuthorizationResponse) -> Response {
    match response {
        AuthorizationResponse::Nothing => Redirect::to(TESTED).into_response(),
        AuthorizationResponse::Redirect(uri) => (StatusCode::SEE_OTHER, [(LOCATION, uri)]).into_response(),
        AuthorizationResponse::FormPost { redirect_uri, fields } => {
            let shell = Shell::for_people(app, &language, None).leading_to(&redirect_uri);
            shell
                .page(&FormPost {
                    shell: &shell,
                    application: &client.name,
                    redirect_uri: &redirect_uri,
                    parameters: fields,
                })
                .into_response()
        }
    }
}
