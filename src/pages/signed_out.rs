//! Sign-out: the question, and that it is done.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};

use crate::{
    app::{Actor, App},
    authentication::session,
    keys::Typ,
    protocol::{client::Client, parameters::Parameters, redirect_uri},
    store::{sessions::SessionKind, users},
    web::{
        authorization_answer::people_shell,
        caller::Caller,
        cookies,
        error_page::{ErrorPages, PageError},
        form::{PageForm, Query},
        page::Shell,
    },
};

/// The parameters of the client's request that the answer needs.
const KEPT: [&str; 4] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"];

/// Asks before signing out, so that no other site can do it to somebody.
#[derive(Template)]
#[template(path = "sign_out.html")]
pub struct SignOut<'a> {
    /// The frame; with a `post_logout_redirect_uri`, leading there.
    pub shell: &'a Shell,
    /// Where the answer is posted to.
    pub action: &'a str,
    /// Who is signed in.
    pub person: &'a str,
    /// The name of the client that asks for it.
    pub application: Option<&'a str>,
    /// What the answer needs of the request (OpenID Connect RP-Initiated Logout 1.0 §2): names and values.
    pub parameters: Vec<(&'a str, String)>,
}

/// Says that nobody is signed in any more.
#[derive(Template)]
#[template(path = "signed_out.html")]
pub struct SignedOut<'a> {
    /// The frame.
    pub shell: &'a Shell,
    /// Where to sign in again.
    pub again: &'a str,
}

/// Asks, or says that nobody is signed in.
pub async fn show(State(app): State<App>, pages: ErrorPages, headers: HeaderMap, Query(query): Query) -> Response {
    match ask(&app, &headers, &query).await {
        Ok(response) => response,
        Err(error) => pages.answer(error),
    }
}

/// Signs out, and leads on to the client if it registered where.
pub async fn submit(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    headers: HeaderMap,
    PageForm(form): PageForm,
) -> Response {
    match sign_out(&app, &caller, &headers, &form).await {
        Ok(response) => response,
        Err(error) => pages.answer(error),
    }
}

async fn ask(app: &App, headers: &HeaderMap, query: &Parameters) -> Result<Response, PageError> {
    let Some(signed_in) = session::current(app, SessionKind::User, headers).await? else {
        return Ok(answer(app, query));
    };
    let user = users::find(&app.db, signed_in.user_id).await?;
    let shell = people_shell(app, None, post_logout_uri(app, query).unwrap_or_default());
    let kept = KEPT.into_iter().filter_map(|name| Some((name, query.one(name).ok()??.to_owned())));
    let client = client(app, query);
    let content = SignOut {
        shell: &shell,
        action: "/sign-out",
        person: user.as_ref().map_or("", |user| user.username.as_str()),
        application: client.as_ref().map(|client| client.name.as_str()),
        parameters: kept.collect(),
    };
    Ok(shell.page(&content).into_response())
}

async fn sign_out(app: &App, caller: &Actor, headers: &HeaderMap, form: &Parameters) -> Result<Response, PageError> {
    if let Some(signed_in) = session::current(app, SessionKind::User, headers).await? {
        session::end(app, &signed_in, caller).await?;
    }
    // Not "*": the console's session is another.
    let clear = (HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));
    Ok((cookies::SESSION.delete(), cookies::LOGIN.delete(), [clear], answer(app, form)).into_response())
}

/// The way back to the client, if the request shows whose it is and the URI is registered; else our own page.
fn answer(app: &App, parameters: &Parameters) -> Response {
    let Some(uri) = post_logout_uri(app, parameters) else {
        let shell = Shell::for_people(&app.settings.name, None);
        return shell.page(&SignedOut { shell: &shell, again: "/sign-in" }).into_response();
    };
    let location = match parameters.one("state") {
        Ok(Some(state)) => redirect_uri::with_parameters(uri, [("state", state)]),
        _ => uri.to_owned(),
    };
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

fn post_logout_uri<'a>(app: &App, parameters: &'a Parameters) -> Option<&'a str> {
    let uri = parameters.one("post_logout_redirect_uri").ok()??;
    client(app, parameters)?.post_logout_redirect_uris.iter().any(|registered| registered == uri).then_some(uri)
}

/// The client that asks: by its ID token, which may have expired but must be ours, or by its id. If both are there they
/// must agree, and a hint that is not ours names nobody (RP-Initiated Logout §2).
fn client(app: &App, parameters: &Parameters) -> Option<Arc<Client>> {
    let client_id = parameters.one("client_id").ok()?;
    let hinted = match parameters.one("id_token_hint").ok()? {
        Some(hint) => {
            let token = app.keys().verify(hint, Typ::IdToken).ok()?;
            (token.claims.iss == app.issuer()).then_some(())?;
            Some(token.claims.aud.into_iter().next()?)
        }
        None => None,
    };
    let named = match (hinted.as_deref(), client_id) {
        (Some(hinted), Some(named)) if hinted != named => None,
        (hinted, named) => hinted.or(named),
    };
    app.registry().client(named?)
}
