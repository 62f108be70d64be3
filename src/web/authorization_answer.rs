//! Answers of the authorization endpoint on their way through the browser.

use askama::Template;
use axum::{
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Redirect, Response},
};

use super::{error_page::PageError, interaction::Interaction, page::Shell, refusal::log_refusal};
use crate::{
    accounts::sign_in_test,
    app::{Actor, App},
    language::Language,
    policy::event::Event,
    protocol::{
        authorization_request::Destination,
        authorization_response::AuthorizationResponse,
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

/// Sends the browser back to the client with a code.
#[must_use]
pub fn code(app: &App, interaction: &Interaction, code: &Secret) -> Response {
    let response = AuthorizationResponse::success(&interaction.request.destination, app.issuer(), code);
    answer(app, interaction.language, &interaction.client, response)
}

/// Sends the browser back to the client with an error.
#[must_use]
pub fn error(
    app: &App,
    language: Language,
    client: &Client,
    destination: &Destination,
    error: &AuthorizationError,
) -> Response {
    request_id::note_client(&client.client_id);
    log_refusal(error);
    answer(app, language, client, AuthorizationResponse::failure(destination, app.issuer(), error))
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
    Ok(error(app, interaction.language, client, &interaction.request.destination, &denied))
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
