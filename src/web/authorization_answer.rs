//! Answers of the authorization endpoint on their way through the browser.

use askama::Template;
use axum::{
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};

use super::{error_page::PageError, interaction::Interaction, page::Shell, refusal::log_refusal};
use crate::{
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

/// Sends the browser back because the user said no. The request is over.
///
/// # Errors
/// The page to show instead.
pub async fn deny(app: &App, caller: &Actor, interaction: &Interaction) -> Result<Response, PageError> {
    let now = app.clock.now();
    let client = &interaction.client;
    let event = app.event(Event::ConsentDenied, caller, now).of_client(&client.client_id);

    let mut tx = pool::begin(&app.db).await?;
    if !authorization_requests::complete(&mut *tx, interaction.request_id, now).await? {
        return Err(PageError::gone());
    }
    app.write_event(&mut tx, event).await?;
    tx.commit().await?;
    let denied = AuthorizationError::new(AuthorizationErrorCode::AccessDenied, "the user did not allow it");
    Ok(error(app, interaction.language, client, &interaction.request.destination, &denied))
}

fn answer(app: &App, language: Language, client: &Client, response: AuthorizationResponse) -> Response {
    match response {
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
