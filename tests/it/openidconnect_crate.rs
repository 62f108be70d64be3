//! A client that others wrote: the crate `openidconnect`, from discovery to refresh.

use std::io;

use axum::{body::Body, http};
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl,
    Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
    core::{CoreClient, CoreProviderMetadata, CoreResponseType, CoreUserInfoClaims},
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{
    browser::callback,
    server::{ISSUER, Server, secret_of},
};

/// The crate's HTTP, by way of the router in this process.
async fn send(server: Server, request: HttpRequest) -> Result<HttpResponse, io::Error> {
    let answer = server.send(request.map(Body::from)).await;
    let mut response = http::Response::new(answer.body.into_bytes());
    (*response.status_mut(), *response.headers_mut()) = (answer.status, answer.headers);
    Ok(response)
}

#[sqlx::test]
async fn the_crate_openidconnect_signs_people_in(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let http = |request| send(server.clone(), request);
    let metadata = CoreProviderMetadata::discover_async(IssuerUrl::new(ISSUER.into()).unwrap(), &http).await.unwrap();

    for (client_id, secret) in [("web", Some(secret_of("web"))), ("spa", None)] {
        let secret = secret.map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(metadata.clone(), ClientId::new(client_id.into()), secret)
            .set_redirect_uri(RedirectUrl::new(callback(client_id).into()).unwrap());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let (url, state, nonce) = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(["profile", "offline_access"].map(|scope| Scope::new(scope.into())))
            .set_pkce_challenge(challenge)
            .url();

        let mut browser = server.browser();
        let asked = browser.open(url.as_str().strip_prefix(ISSUER).unwrap()).await;
        let asked = browser.sign_in(&asked, "alice").await;
        let answer = browser.consent(&asked, "allow").await;
        let code = AuthorizationCode::new(answer.code());
        let request = client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
        let tokens = request.request_async(&http).await.unwrap();

        assert_eq!(&answer.redirected()["state"], state.secret());
        let claims = tokens.id_token().unwrap().claims(&client.id_token_verifier(), &nonce).unwrap();
        assert_eq!(claims.subject().as_str(), server.user_id("alice").await.to_string());
        let info = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone())).unwrap();
        let info: CoreUserInfoClaims = info.request_async(&http).await.unwrap();
        assert_eq!(info.name().unwrap().get(None).unwrap().as_str(), "alice of Test");

        let request = client.exchange_refresh_token(tokens.refresh_token().unwrap()).unwrap();
        let refreshed = request.request_async(&http).await.unwrap();
        assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());
        let claims =
            refreshed.id_token().unwrap().claims(&client.id_token_verifier(), |_: Option<&Nonce>| Ok(())).unwrap();
        assert_eq!(claims.subject().as_str(), server.user_id("alice").await.to_string());
    }
}
