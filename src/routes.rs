//! Every URL in one table, and the layers around it.

use axum::{
    Json, Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use ipnet::IpNet;
use serde_json::json;
use url::Url;

use crate::{
    app::App,
    console,
    endpoints::{authorize, end_session, introspect, jwks, metadata, revoke, token, userinfo},
    pages::{consent, home, sign_in, signed_out},
    web::{
        access_log::log_access,
        assets,
        client_address::{TrustedProxies, find_client_address},
        cors::{Cors, allow_origins},
        error_page::{ErrorPages, PageError},
        headers::security_headers,
        json_error::json_error,
        origin::{KnownHosts, SameOrigin, require_known_host, require_same_origin},
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
}

/// Everything that the public listener serves. `more` is what only `portcullis dev` has.
///
/// # Errors
/// The issuer is not a URL.
pub fn router(app: &App, edge: Edge, more: Router) -> anyhow::Result<Router> {
    let issuer: Url = app.issuer().parse()?;
    let proxies = TrustedProxies::new(edge.trusted_proxies);
    let hosts = KnownHosts::new(&issuer, &edge.additional_hosts);

    Ok(endpoints(app)
        .merge(pages(app, &issuer))
        .fallback(not_found)
        .with_state(app.clone())
        .merge(assets::router())
        .merge(more)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(hosts, require_known_host))
        .layer(from_fn(security_headers))
        .layer(from_fn(log_access))
        .layer(from_fn_with_state(proxies.clone(), find_client_address))
        .layer(from_fn_with_state(proxies, assign_request_id)))
}

/// What clients and APIs call. Browsers of public clients may call what they need, and nothing else.
fn endpoints(app: &App) -> Router<App> {
    let registry = app.clone();
    let clients = Cors::origins(move |origin| registry.registry().is_client_origin(origin));
    // With a route of their own, because the router's fallback for other methods lies outside of this layer: preflights.
    let with_cors = |route: MethodRouter<App>, cors: &Cors| {
        route.options(method_not_allowed).layer(from_fn_with_state(cors.clone(), allow_origins))
    };
    let document = || with_cors(get(metadata::document), &Cors::Anybody);

    Router::new()
        .route("/.well-known/openid-configuration", document())
        .route("/.well-known/oauth-authorization-server", document())
        .route("/.well-known/security.txt", get(metadata::security_txt))
        .route("/oauth2/authorize", get(authorize::authorize).post(authorize::authorize))
        .route("/oauth2/authorize/{request_id}", get(authorize::proceed))
        .route("/oauth2/token", with_cors(post(token::token), &clients))
        .route("/oauth2/introspect", post(introspect::introspect))
        .route("/oauth2/revoke", with_cors(post(revoke::revoke), &clients))
        .route("/oauth2/userinfo", with_cors(get(userinfo::userinfo).post(userinfo::userinfo), &clients))
        .route("/oauth2/jwks", with_cors(get(jwks::jwks), &Cors::Anybody))
        .route("/oauth2/end-session", get(end_session::end_session).post(end_session::end_session))
}

/// What people and administrators see. Forms come from our own pages, or not at all.
fn pages(app: &App, issuer: &Url) -> Router<App> {
    let refused = app.clone();
    let same_origin = SameOrigin::new(issuer, move |request| {
        let what =
            "The form was sent from another site, or by a browser that does not say from where. Nothing was done.";
        let error = PageError::Person(StatusCode::FORBIDDEN, "This form cannot be accepted", what.into());
        ErrorPages::of(&refused, request).answer(error)
    });
    Router::new()
        .route("/", get(home::show))
        .route("/sign-in", get(sign_in::show_alone).post(sign_in::submit_alone))
        .route("/sign-in/{request_id}", get(sign_in::show).post(sign_in::submit))
        .route("/consent/{request_id}", get(consent::show).post(consent::submit))
        .route("/sign-out", get(signed_out::show).post(signed_out::submit))
        .merge(console::router())
        .layer(from_fn_with_state(same_origin, require_same_origin))
}

async fn not_found(State(app): State<App>, request: Request) -> Response {
    if request.uri().path().starts_with("/oauth2/") {
        return json_error(StatusCode::NOT_FOUND, "invalid_request", "there is no such endpoint");
    }
    let error =
        PageError::Person(StatusCode::NOT_FOUND, "There is no such page", "The address may be mistyped.".into());
    ErrorPages::of(&app, &request).answer(error)
}

async fn method_not_allowed() -> Response {
    json_error(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "this URL does not answer to that method")
}

/// What operators ask, on a listener of their own: is the process alive, can it serve?
pub fn operations(app: &App) -> Router {
    Router::new().route("/livez", get(async || "ok\n")).route("/readyz", get(ready)).with_state(app.clone())
}

async fn ready(State(app): State<App>) -> Response {
    match app.ensure_fresh().await {
        Ok(()) => Json(json!({"status": "ready"})).into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "unavailable", "reason": "database"})))
                .into_response()
        }
    }
}
