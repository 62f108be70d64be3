//! Every URL in one table, and the layers around it.

use axum::{
    Extension, Json, Router,
    extract::{FromRequestParts, Request, State},
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, get, post},
};
use ipnet::IpNet;
use serde_json::json;
use url::Url;

use crate::{
    accounts::link::Purpose,
    admin_api,
    app::App,
    console,
    endpoints::{
        authorize,
        cors::{Cors, allow_origins},
        end_session, introspect, jwks, metadata, par, revoke, token, userinfo,
    },
    pages::{
        accessibility,
        account::{self, factors},
        consent, enrol, home, mailed_link, outcome, recovery, registration, second_factor, sign_in, signed_out,
    },
    policy::event::Event,
    server::{headers::security_headers, json_error::json_error},
    web::{
        access_log::log_access,
        admin_api::AdminApi,
        assets, authorization_answer, branding,
        caller::Caller,
        client_address::{TrustedProxies, find_client_address},
        client_certificate::{CertificateHeader, find_client_certificate},
        error_page::{ErrorPages, PageError},
        language, metrics,
        origin::{KnownHosts, SameOrigin, require_known_host, require_same_origin},
        problem::Problem,
        rate_limit::{limit_requests, refuse_blocked},
        request_id::assign_request_id,
    },
};

/// Whom the outer layers trust.
#[derive(Default)]
pub struct Edge {
    /// Whose `X-Forwarded-For` and `X-Request-Id` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// What `Host` may say beside the issuer's authority.
    pub additional_hosts: Vec<String>,
    /// Whether the proxies say which certificates clients have shown to them.
    pub client_cert_header: bool,
}

/// Everything that the public listener serves. `more` is what only `portcullis dev` has.
///
/// # Errors
/// The issuer is not a URL.
pub fn router(app: &App, edge: Edge, more: Router) -> anyhow::Result<Router> {
    let issuer: Url = app.issuer().parse()?;
    let proxies = TrustedProxies::new(edge.trusted_proxies);
    let certificates = CertificateHeader::new(&proxies, edge.client_cert_header);
    let mtls_host = app.settings.mtls_url.as_ref().map(|url| url.authority().to_owned());
    let hosts = KnownHosts::new(&issuer, &edge.additional_hosts.into_iter().chain(mtls_host).collect::<Vec<_>>());

    let api = admin_api::router(app);
    let tried_out = AdminApi::new(api.clone().with_state(app.clone()));
    Ok(endpoints()
        .merge(api)
        .merge(pages(app).layer(Extension(tried_out)))
        .merge(branding::router())
        .fallback(not_found)
        .with_state(app.clone())
        .merge(assets::router())
        .merge(more)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(app.clone(), limit_requests))
        .merge(endpoints_for_scripts(app).with_state(app.clone()))
        .layer(from_fn_with_state(app.clone(), refuse_blocked))
        .layer(from_fn_with_state(hosts, require_known_host))
        .layer(from_fn(security_headers))
        .layer(from_fn(log_access))
        .layer(from_fn_with_state(certificates, find_client_certificate))
        .layer(from_fn_with_state(proxies.clone(), find_client_address))
        .layer(from_fn_with_state(proxies, assign_request_id)))
}

/// What clients, APIs and the browsers of users call.
fn endpoints() -> Router<App> {
    Router::new()
        .route("/.well-known/security.txt", get(metadata::security_txt))
        .route("/oauth2/authorize", get(authorize::authorize).post(authorize::authorize))
        .route("/oauth2/authorize/{request_id}", get(authorize::proceed))
        .route("/oauth2/introspect", post(introspect::introspect))
        .route("/oauth2/end-session", get(end_session::end_session).post(end_session::end_session))
}

/// What public clients call from browsers too: what they need, and nothing else. Here the limit of requests lies inside, so
/// that their scripts can read that they are refused by it, and until when.
fn endpoints_for_scripts(app: &App) -> Router<App> {
    let node = app.clone();
    let clients = Cors::origins(move |origin, from| {
        let node = node.clone();
        async move { node.is_client_origin(&origin, from).await }
    });
    let limited = from_fn_with_state(app.clone(), limit_requests);
    // The fallback is set before the layers, or preflights would not get through them.
    let with_cors = |route: MethodRouter<App>, cors: &Cors| {
        let route = route.fallback(method_not_allowed).layer(limited.clone());
        route.layer(from_fn_with_state(cors.clone(), allow_origins))
    };
    let document = || with_cors(get(metadata::document), &Cors::Anybody);

    Router::new()
        .route("/.well-known/openid-configuration", document())
        .route("/.well-known/oauth-authorization-server", document())
        .route("/oauth2/token", with_cors(post(token::token), &clients))
        .route("/oauth2/par", with_cors(post(par::push), &clients))
        .route("/oauth2/revoke", with_cors(post(revoke::revoke), &clients))
        .route("/oauth2/userinfo", with_cors(get(userinfo::userinfo).post(userinfo::userinfo), &clients))
        .route("/oauth2/jwks", with_cors(get(jwks::jwks), &Cors::Anybody))
        .route("/oauth2/jwks.pem", with_cors(get(jwks::pem), &Cors::Anybody))
}

/// What users and administrators see.
fn pages(app: &App) -> Router<App> {
    Router::new()
        .route("/", get(home::show))
        .route("/accessibility", get(accessibility::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-in/challenge", post(sign_in::challenge))
        .route("/sign-in/{request_id}", get(sign_in::show).post(sign_in::submit))
        .route("/admin/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/second-factor", get(second_factor::show).post(second_factor::submit))
        .route("/second-factor/{request_id}", get(second_factor::show).post(second_factor::submit))
        .route("/admin/second-factor", get(second_factor::show).post(second_factor::submit))
        .route("/enrol", get(enrol::show).post(enrol::submit))
        .route("/enrol/{request_id}", get(enrol::show).post(enrol::submit))
        .route("/admin/enrol", get(enrol::show).post(enrol::submit))
        .route("/account", get(account::show))
        .route("/account/sessions", get(account::sessions::show).post(account::sessions::submit))
        .route("/account/applications", get(account::applications::show).post(account::applications::submit))
        .route("/account/activity", get(account::activity::show))
        .route("/account/factors", get(factors::list))
        .route("/account/factors/app", get(factors::app::show).post(factors::app::submit))
        .route("/account/factors/passkey", get(factors::passkey::show).post(factors::passkey::submit))
        .route("/account/factors/codes", get(factors::codes::show).post(factors::codes::make))
        .route("/account/factors/codes/stored", post(factors::codes::stored))
        .route("/account/factors/codes/file", post(factors::codes::file))
        .route("/account/factors/{id}", get(factors::show).post(factors::rename))
        .route("/account/factors/{id}/remove", post(factors::remove))
        .route("/account/details", get(account::details::show).post(account::details::submit))
        .route("/account/password", get(account::password::show).post(account::password::submit))
        .route("/account/email", get(account::email::show).post(account::email::submit))
        .route("/account/delete", get(account::deletion::show).post(account::deletion::submit))
        .route("/account-deleted", get(account::deletion::done))
        .route("/.well-known/change-password", get(async || Redirect::to("/account/password")))
        .route("/invitation/{link}", mailed_link::page(Purpose::Invitation))
        .route("/recover", get(recovery::ask).post(recovery::submit))
        .route("/recover/sent", get(recovery::sent))
        .route("/recover/done", mailed_link::done(Purpose::Recovery))
        .route("/recover/{link}", mailed_link::page(Purpose::Recovery))
        .route("/register", get(registration::ask).post(registration::submit))
        .route("/register/sent", get(registration::sent))
        .route("/register/done", mailed_link::done(Purpose::Registration))
        .route("/register/{link}", mailed_link::page(Purpose::Registration))
        .route("/verify-email/done", mailed_link::done(Purpose::Email))
        .route("/verify-email/{link}", mailed_link::page(Purpose::Email))
        .route("/undo-email/done", mailed_link::done(Purpose::EmailUndo))
        .route("/undo-email/{link}", mailed_link::page(Purpose::EmailUndo))
        .route("/hold-account/done", mailed_link::done(Purpose::Hold))
        .route("/hold-account/{link}", mailed_link::page(Purpose::Hold))
        .route("/consent/{request_id}", get(consent::show).post(consent::submit))
        .route(authorization_answer::TESTED, get(outcome::tested))
        .route("/sign-out", get(signed_out::show).post(signed_out::submit))
        .route("/sign-out/{request_id}", get(signed_out::show_kept))
        .route("/language", post(language::choose))
        .layer(from_fn(language::note_page))
        .merge(console::router(app))
        .method_not_allowed_fallback(no_page)
        .layer(from_fn_with_state(own_forms_only(app), require_same_origin))
}

/// Forms come from our own pages, or not at all.
#[must_use]
pub fn own_forms_only(app: &App) -> SameOrigin {
    let refusing = app.clone();
    SameOrigin::new(&app.settings.issuer, move |request| refuse_form(refusing.clone(), request))
}

async fn refuse_form(app: App, request: Request) -> Response {
    let pages = ErrorPages::of(&app, &request);
    let reason = "the form comes from another site, or hides where it comes from";
    tracing::info!(target: "refusal", reason);
    let (mut parts, _) = request.into_parts();
    let Ok(Caller(caller)) = Caller::from_request_parts(&mut parts, &app).await;
    let event = app.event(Event::FormRefused, &caller, app.clock.now()).because(reason);
    pages.answer(match app.record(event).await {
        Ok(()) => PageError::Person(StatusCode::FORBIDDEN, "error-foreign-form", "error-foreign-form-what"),
        Err(error) => error.into(),
    })
}

async fn not_found(State(app): State<App>, request: Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        return Problem::unknown().into_response();
    }
    if request.uri().path().starts_with("/oauth2/") {
        return json_error(StatusCode::NOT_FOUND, "invalid_request", "there is no such endpoint");
    }
    let error = PageError::Person(StatusCode::NOT_FOUND, "error-no-page", "error-no-page-what");
    ErrorPages::of(&app, &request).answer(error)
}

/// Somebody opened an address that only a form is sent to.
async fn no_page(State(app): State<App>, request: Request) -> Response {
    let error = PageError::Person(StatusCode::METHOD_NOT_ALLOWED, "error-no-page", "error-no-page-what");
    ErrorPages::of(&app, &request).answer(error)
}

async fn method_not_allowed() -> Response {
    json_error(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "this URL does not answer to that method")
}

/// What operators ask, on a listener of their own: is the process alive, can it serve, and how is it?
///
/// # Errors
/// Nothing can be counted.
pub fn operations(app: &App) -> anyhow::Result<Router> {
    let figures = Router::new().route("/metrics", get(metrics::show)).with_state(metrics::start(app)?);
    let probes = Router::new().route("/livez", get(async || "ok\n")).route("/readyz", get(ready));
    Ok(probes.with_state(app.clone()).merge(figures))
}

async fn ready(State(app): State<App>) -> Response {
    match app.snapshot().await {
        Ok(_) => Json(json!({"status": "ready"})).into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "unavailable", "reason": "database"})))
                .into_response()
        }
    }
}
