//! Sign-out: the question, and that it is done.

mod request;

use std::net::IpAddr;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};

use request::Asked;
use uuid::Uuid;

use crate::{
    app::{Actor, App},
    authentication::{cookies, presence::Presence, session},
    language::Language,
    model::user::User,
    protocol::{interaction::SignedIn, logout_token, parameters::Parameters},
    store::{grants, logout_requests, sessions::SessionKind},
    web::{
        caller::Caller,
        client_address::ClientAddress,
        error_page::{ErrorPages, PageError},
        form::{PageForm, Query},
        language::Reader,
        logout_request,
        page::Shell,
    },
};

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
    pub parameters: Vec<(&'a str, &'a str)>,
}

/// Says that nobody is signed in any more, and lets clients know in frames (OpenID Connect Front-Channel Logout §3).
#[derive(Template)]
#[template(path = "signed_out.html")]
pub struct SignedOut<'a> {
    /// The frame, framing what is framed.
    pub shell: &'a Shell,
    /// Where to sign in again.
    pub again: &'a str,
    /// What the browser loads of clients.
    pub frames: Vec<String>,
    /// Where it goes when it has.
    pub next: Option<Next<'a>>,
}

/// The client that the browser goes back to.
pub struct Next<'a> {
    /// What it is called.
    pub application: &'a str,
    /// Its post-logout redirect URI, with `state`.
    pub uri: String,
}

/// Asks, or says that nobody is signed in. Nobody is asked about what a client asks for that shows an ID token of this
/// very sign-in.
pub async fn show(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    reader: Reader,
    headers: HeaderMap,
    ClientAddress(address): ClientAddress,
    Query(query): Query,
) -> Response {
    let work = async {
        let asked = asked(&app, &query, address).await?;
        answer_or_ask(&app, reader, &asked, &headers, &caller).await
    };
    work.await.unwrap_or_else(|error| pages.answer(error))
}

/// The same for a request that was posted by another site, and kept here meanwhile.
pub async fn show_kept(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    reader: Reader,
    headers: HeaderMap,
    Path(request_id): Path<String>,
) -> Response {
    let work = async {
        let request_id = request_id.parse().map_err(|_| PageError::gone())?;
        let mut snapshot = app.snapshot().await?;
        let kept = logout_requests::find(&app.db, request_id, snapshot.now).await?.ok_or_else(PageError::gone)?;
        answer_or_ask(&app, reader, &Asked::new(&mut snapshot, kept).await?, &headers, &caller).await
    };
    work.await.unwrap_or_else(|error| pages.answer(error))
}

/// Signs out, and leads on to the client if it registered where.
pub async fn submit(
    State(app): State<App>,
    pages: ErrorPages,
    Caller(caller): Caller,
    reader: Reader,
    headers: HeaderMap,
    ClientAddress(address): ClientAddress,
    PageForm(form): PageForm,
) -> Response {
    let work = async {
        let asked = asked(&app, &form, address).await?;
        let present = Presence::find(&app, SessionKind::User, &headers).await?;
        let session = present.as_ref().map(|present| &present.session);
        sign_out(&app, reader.with_locales(asked.languages()), &asked, session, &caller).await
    };
    work.await.unwrap_or_else(|error| pages.answer(error))
}

async fn asked(app: &App, parameters: &Parameters, from: IpAddr) -> Result<Asked, PageError> {
    let mut snapshot = app.snapshot().await?;
    let request = logout_request::read(&mut snapshot, parameters, from).await?;
    Ok(Asked::new(&mut snapshot, request).await?)
}

async fn answer_or_ask(
    app: &App,
    reader: Reader,
    request: &Asked,
    headers: &HeaderMap,
    caller: &Actor,
) -> Result<Response, PageError> {
    let language = reader.with_locales(request.languages());
    match Presence::find(app, SessionKind::User, headers).await? {
        None => Ok(answer(app, language, request, Vec::new())),
        Some(present) if request.speaks_for(&present.session) => {
            sign_out(app, language, request, Some(&present.session), caller).await
        }
        Some(present) => Ok(ask(app, language, request, &present.user)),
    }
}

fn ask(app: &App, language: Language, request: &Asked, user: &User) -> Response {
    let shell = Shell::for_people(app, &language, None);
    let shell = match request.post_logout_uri() {
        Some(uri) => shell.leading_to(uri),
        None => shell,
    };
    let content = SignOut {
        shell: &shell,
        action: "/sign-out",
        person: &user.username,
        application: request.client.as_ref().map(|client| client.name.as_str()),
        parameters: request.fields(),
    };
    shell.page(&content).into_response()
}

async fn sign_out(
    app: &App,
    language: Language,
    request: &Asked,
    signed_in: Option<&SignedIn>,
    caller: &Actor,
) -> Result<Response, PageError> {
    let frames = match signed_in {
        Some(signed_in) => {
            let clients = grants::clients_of_session(&app.db, signed_in.session_id).await?;
            session::end(app, signed_in, caller).await?;
            frames_of(app, &clients, signed_in.session_id).await?
        }
        None => Vec::new(),
    };
    // Not "*": the console's session is another.
    let clear = (HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));
    let answer = answer(app, language, request, frames);
    Ok((cookies::SESSION.delete(), cookies::LOGIN.delete(), [clear], answer).into_response())
}

/// What the browser loads of these clients, so that they hear of the end of a session.
async fn frames_of(app: &App, client_ids: &[String], session_id: Uuid) -> Result<Vec<String>, PageError> {
    let (mut snapshot, mut frames) = (app.snapshot().await?, Vec::new());
    for client_id in client_ids {
        let client = snapshot.client(client_id).await?;
        frames.extend(client.and_then(|it| logout_token::frontchannel_uri(&it, app.issuer(), session_id)));
    }
    Ok(frames)
}

/// The way back to the client, if the request shows whose it is and the URI is registered; else our own page. With
/// frames that is shown first.
fn answer(app: &App, language: Language, request: &Asked, frames: Vec<String>) -> Response {
    let next = match (request.destination(), &request.client) {
        (Some(uri), _) if frames.is_empty() => return (StatusCode::SEE_OTHER, [(LOCATION, uri)]).into_response(),
        (Some(uri), Some(client)) => Some(Next { application: &client.name, uri }),
        _ => None,
    };
    let shell = Shell::for_people(app, &language, None).framing(&frames);
    shell.page(&SignedOut { shell: &shell, again: "/sign-in", frames, next }).into_response()
}
