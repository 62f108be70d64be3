//! The authorization endpoint ([RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).

mod code;
mod destination;
mod grounds;
mod sign_in_test;
mod signed;

use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, Method},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;

pub(super) use self::signed::signed;
use self::{code::Given, destination::Came};
use crate::{
    accounts::sign_in_test::Outcome,
    app::{Actor, App, AuditUnavailable, Snapshot},
    authentication::{cookies, presence::Presence},
    clock::time_ordered_id,
    keys::Typ,
    policy::{
        entitlement::{self, Holder},
        event::Event,
    },
    protocol::{
        authorization_request::{AuthorizationRequest, Destination},
        client::Client,
        error::{AuthorizationError, AuthorizationErrorCode as Code},
        interaction::{Consent, NextStep, next_step},
        parameters::Parameters,
    },
    server::request_id,
    store::{authorization_requests, consents},
    web::{
        authorization_answer,
        caller::Caller,
        client_address::ClientAddress,
        error_page::{ErrorPages, PageError},
        form::{FormKind, read_form, read_query},
        interaction::{Interaction, browser},
        language::Reader,
    },
};

/// Takes a request, by GET or POST, and goes on to what is missing.
///
/// A form posted from another site comes without our cookies, so its request waits for the browser that is sent on to
/// it by GET, which is the same one.
pub async fn authorize(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    request: Request,
) -> Response {
    match begin(&app, &caller, request).await {
        Ok(response) => response,
        Err(error) => pages.answer(error),
    }
}

/// Goes on with a request after a page has changed what is true.
pub async fn proceed(
    State(app): State<App>,
    pages: ErrorPages,
    reader: Reader,
    Caller(caller): Caller,
    headers: HeaderMap,
    Path(request_id): Path<String>,
) -> Response {
    let Ok(request_id) = request_id.parse() else { return pages.answer(PageError::gone()) };
    let browser = browser(&headers);
    let bound = authorization_requests::bind(&app.db, request_id, &browser.hash()).await.map_err(PageError::from);
    let response = match bound {
        Ok(()) => match Interaction::find(&app, request_id, Some(&browser), reader).await {
            Ok(interaction) => next(&app, &caller, &headers, interaction).await,
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    match response {
        Ok(response) => (cookies::LOGIN.set(browser.expose()), response).into_response(),
        Err(error) => pages.answer(error),
    }
}

async fn begin(app: &App, caller: &Actor, request: Request) -> Result<Response, PageError> {
    let is_post = request.method() == Method::POST;
    let ClientAddress(address) = ClientAddress::of(request.extensions());
    let (parts, body) = request.into_parts();
    let headers = parts.headers.clone();
    let parameters = if is_post {
        read_form(Request::from_parts(parts, body), FormKind::Protocol).await?
    } else {
        read_query(&parts)?
    };
    let reader = Reader::of(app, &headers);
    let mut snapshot = app.snapshot().await?;
    let now = snapshot.now;
    let (client, came) = match destination::find(&mut snapshot, &parameters, address).await? {
        Ok(found) => found,
        Err(refused) => return Err(destination::refuse(app, caller, refused, now).await?),
    };
    request_id::note_client(&client.client_id);

    let (pushed_id, request) = match came {
        Came::Pushed(pushed_id, request) => (Some(pushed_id), *request),
        Came::Here(destination, signed) => {
            let parameters = signed.as_ref().unwrap_or(&parameters);
            match read(&snapshot, parameters, &client, destination.clone()) {
                Ok(request) => (None, request),
                Err(error) => {
                    record_refusal(&snapshot, &client, parameters, caller, &error).await?;
                    return authorization_answer::error(&snapshot, reader.language(), &client, &destination, &error);
                }
            }
        }
    };
    let request_id = time_ordered_id(now);
    if is_post {
        authorization_requests::insert(&app.db, request_id, None, pushed_id, &request).await?;
        return Ok(Redirect::to(&format!("/oauth2/authorize/{request_id}")).into_response());
    }
    let browser = browser(&headers);
    authorization_requests::insert(&app.db, request_id, Some(&browser.hash()), pushed_id, &request).await?;
    let language = reader.with_locales(&request.ui_locales);
    let interaction = Interaction { request_id, request, consented_by: None, client, language, snapshot };
    let response = next(app, caller, &headers, interaction).await?;
    Ok((cookies::LOGIN.set(browser.expose()), response).into_response())
}

/// Records why a request was refused before anybody saw a page of it.
pub(super) async fn record_refusal(
    snapshot: &Snapshot,
    client: &Client,
    parameters: &Parameters,
    caller: &Actor,
    error: &AuthorizationError,
) -> Result<(), AuditUnavailable> {
    let event = snapshot.app.event(Event::AuthorizationRefused, caller, snapshot.now).of_client(&client.client_id);
    let told = grounds::of_refused(snapshot, client, parameters);
    snapshot.app.record(event.because(error.to_string()).change(None, told)).await
}

/// Reads a request, whichever way it came, as far as it can be granted to anybody.
///
/// # Errors
/// What the client is told.
pub(super) fn read(
    snapshot: &Snapshot,
    parameters: &Parameters,
    client: &Client,
    destination: Destination,
) -> Result<AuthorizationRequest, AuthorizationError> {
    let hint = parameters.one("id_token_hint").ok().flatten();
    let subject = hint.map(|hint| hinted_subject(snapshot, hint, client)).transpose()?;
    let resources = parameters.all("resource").collect::<Vec<_>>();
    let at_resources = entitlement::registered_at(client, &resources, snapshot.registry());
    let request = AuthorizationRequest::parse(parameters, client, destination, subject, at_resources, snapshot.now)?;
    let held = entitlement::of_request(&request, client, Holder::Anybody, snapshot.registry())?;
    Ok(request.narrowed(held.scope))
}

/// Whom a hint names. It may have expired, but it must be ours and for this client.
fn hinted_subject(snapshot: &Snapshot, hint: &str, client: &Client) -> Result<String, AuthorizationError> {
    let ours = snapshot.keys().verify(hint, Typ::IdToken).ok().map(|token| token.claims);
    let ours = ours.filter(|claims| claims.iss == snapshot.app.issuer() && claims.aud.contains(&client.client_id));
    let refused = || {
        AuthorizationError::new(Code::InvalidRequest, "id_token_hint is not an ID token that we issued to this client")
    };
    ours.map(|claims| claims.sub).ok_or_else(refused)
}

async fn next(app: &App, caller: &Actor, headers: &HeaderMap, interaction: Interaction) -> Result<Response, PageError> {
    let Interaction { request, client, snapshot, .. } = &interaction;
    let request_id = interaction.request_id;
    let found = Presence::at_application(snapshot, headers, request, client).await?;
    let is_test = request.destination.test().is_some();
    let consent = match &found {
        // Of a test no consent is kept, and none that was kept counts: who is asked knows who is about to see their answer.
        Some((Presence { user, .. }, _)) if is_test => {
            let given_here = interaction.consented_by == Some(user.user_id);
            given_here.then(|| Consent { scope: request.consent_scope(&request.scope), given_here })
        }
        Some((Presence { user, .. }, _)) => {
            let scope = consents::find(&app.db, user.user_id, &client.client_id).await?;
            scope.map(|scope| Consent { scope, given_here: interaction.consented_by == Some(user.user_id) })
        }
        None => None,
    };
    let holder = found.as_ref().map_or(Holder::Anybody, |(present, _)| Holder::Person(&present.user));
    let held = entitlement::of_request(request, client, holder, snapshot.registry()).map_err(AuthorizationError::from);
    let grantable = held.as_ref().map(|held| &held.scope).map_err(|refused| refused.error);
    let signed_in = found.as_ref().map(|(present, missing)| (&present.session, *missing));
    let left_out = || grounds::of_request(snapshot, client, holder, request);

    match next_step(request, client, signed_in, consent.as_ref(), grantable) {
        NextStep::SignIn => Ok(Redirect::to(&format!("/sign-in/{request_id}")).into_response()),
        NextStep::SecondFactor => Ok(Redirect::to(&format!("/second-factor/{request_id}")).into_response()),
        NextStep::Enrol => Ok(Redirect::to(&format!("/enrol/{request_id}")).into_response()),
        NextStep::AskConsent => Ok(Redirect::to(&format!("/consent/{request_id}")).into_response()),
        NextStep::IssueCode(signed_in, scope) => {
            let given = Given { signed_in, scope, left_out: left_out() };
            match &found {
                Some((present, _)) if is_test => {
                    sign_in_test::end(app, caller, &interaction, &given, &present.user).await
                }
                _ => code::issue(app, caller, &interaction, given).await,
            }
        }
        NextStep::Refuse(code) => {
            let refused = held.err().filter(|refused| refused.error == code);
            let error = refused.unwrap_or_else(|| AuthorizationError::new(code, explanation(code)));
            if is_test {
                let outcome = Outcome::of_error(&error, found.as_ref().map(|(present, _)| &present.user));
                return authorization_answer::end_test(app, caller, &interaction, outcome).await;
            }
            let now = snapshot.now;
            let event = app.event(Event::AuthorizationRefused, caller, now).of_client(&client.client_id);
            let told = left_out().map(|left_out| json!({ "left_out": left_out }));
            app.record(event.because(error.to_string()).change(None, told)).await?;
            if !authorization_requests::complete(&app.db, request_id, now).await? {
                return Err(PageError::gone());
            }
            authorization_answer::error(snapshot, interaction.language, client, &request.destination, &error)
        }
    }
}

const fn explanation(code: Code) -> &'static str {
    match code {
        Code::LoginRequired => "nobody is signed in, or not as this request wants it",
        Code::InteractionRequired => {
            "a native client, or one that a document describes, never gets a code without a page that the user sees"
        }
        Code::ConsentRequired => "the user must be asked for consent",
        Code::UnmetAuthenticationRequirements => {
            "the user cannot be authenticated in the essential way that claims asks for"
        }
        _ => "the request was refused",
    }
}
