//! A sample API: it validates access tokens as an API of somebody else would ([RFC 9068 §4]), with nothing but our
//! published keys, and says where to get them ([RFC 9728]). Scripts of registered single-page apps may call it. Of a token that
//! is bound to a key it wants a proof ([RFC 9449 §7]), which it reads as our own endpoints do.
//!
//! [RFC 9068 §4]: https://www.rfc-editor.org/rfc/rfc9068#section-4
//! [RFC 9449 §7]: https://www.rfc-editor.org/rfc/rfc9449#section-7
//! [RFC 9728]: https://www.rfc-editor.org/rfc/rfc9728

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::{Extensions, HeaderMap, Method, StatusCode, header::WWW_AUTHENTICATE},
    middleware::from_fn_with_state,
    response::{AppendHeaders, IntoResponse, Response},
    routing::{MethodRouter, get},
};
use serde_json::{Value, json};
use time::Duration;
use tokio::sync::RwLock;

use super::{
    demo::{self, Demo},
    front_door::FrontDoor,
};
use crate::{
    app::App,
    endpoints::cors::{Cors, allow_origins},
    keys::{Typ, VerifyingKey, jwt::UnverifiedJwt},
    protocol::{
        access_token::AccessToken,
        confirmation::{Confirmation, Proven},
        dpop::ALGORITHMS,
        signing_algorithm::SigningAlgorithm,
        token_response::TokenType,
    },
    web::{
        client_certificate,
        presented_token::{PresentedToken, challenge},
    },
};

/// Where metadata of resources stands (RFC 9728 §3).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
const PATH: &str = "/sample-api/records";
const READ: &str = "records:read";
const WRITE: &str = "records:write";

#[derive(Clone)]
struct SampleApi {
    app: App,
    /// Where its metadata is.
    metadata: String,
    server: FrontDoor,
    keys: Arc<RwLock<HashMap<String, Arc<VerifyingKey>>>>,
}

pub(super) fn router(app: &App, _: &Demo, server: Router) -> Router {
    let api = SampleApi {
        app: app.clone(),
        metadata: app.settings.issuer.url(&format!("{WELL_KNOWN}{PATH}")),
        server: FrontDoor::new(server, app.settings.issuer.authority()),
        keys: Arc::default(),
    };
    let node = app.clone();
    let apps = Cors::origins(move |origin, from| {
        let node = node.clone();
        async move { node.is_client_origin(&origin, from).await }
    });
    // The fallback is set before the layer, or preflights would not get through it.
    let with_cors = |route: MethodRouter<SampleApi>, cors: Cors| {
        route.fallback(async || StatusCode::METHOD_NOT_ALLOWED).layer(from_fn_with_state(cors, allow_origins))
    };
    Router::new()
        .route(PATH, with_cors(get(read).post(write), apps))
        .route(WELL_KNOWN, with_cors(get(metadata), Cors::Anybody))
        .route(&format!("{WELL_KNOWN}{PATH}"), with_cors(get(metadata), Cors::Anybody))
        .with_state(api)
}

/// The metadata of RFC 9728 §2. The sample stands in for an API elsewhere, so `resource` is that API's identifier, which
/// tokens are asked for with. A client that must find the URL there that it called (§3.3) needs an API of its own.
async fn metadata(State(api): State<SampleApi>) -> Response {
    Json(json!({
        "resource": demo::API,
        "resource_name": "Sample API",
        "authorization_servers": [api.app.issuer()],
        "jwks_uri": api.app.settings.issuer.url("/oauth2/jwks"),
        "scopes_supported": [READ, WRITE],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": ALGORITHMS.map(SigningAlgorithm::as_str),
    }))
    .into_response()
}

async fn read(State(api): State<SampleApi>, method: Method, headers: HeaderMap, shown: Extensions) -> Response {
    match api.authorize(&method, &headers, &shown, READ).await {
        Ok(token) => Json(json!({
            "records": [
                {"date": "2026-03-02", "entry": "Influenza vaccination"},
                {"date": "2026-08-19", "entry": "Blood pressure 118/76"},
            ],
            "read_by": {"client_id": token.client_id, "sub": token.sub},
        }))
        .into_response(),
        Err(refusal) => refusal.answer(&api),
    }
}

async fn write(State(api): State<SampleApi>, method: Method, headers: HeaderMap, shown: Extensions) -> Response {
    match api.authorize(&method, &headers, &shown, WRITE).await {
        Ok(token) => (StatusCode::CREATED, Json(json!({"written_by": token.sub}))).into_response(),
        Err(refusal) => refusal.answer(&api),
    }
}

/// RFC 6750 §3, RFC 9449 §7.1
enum Refusal {
    NoToken(&'static str),
    InvalidToken(String),
    InsufficientScope(&'static str),
}

impl Refusal {
    /// The answer, with the way to the metadata (RFC 9728 §5.1).
    fn answer(self, api: &SampleApi) -> Response {
        let (status, said, error) = match self {
            Self::NoToken(scope) => (StatusCode::UNAUTHORIZED, vec![("scope", scope)], "no access token".to_owned()),
            Self::InvalidToken(why) => (StatusCode::UNAUTHORIZED, vec![("error", "invalid_token")], why),
            Self::InsufficientScope(scope) => {
                let said = vec![("error", "insufficient_scope"), ("scope", scope)];
                (StatusCode::FORBIDDEN, said, format!("the token lacks the scope {scope}"))
            }
        };
        let said = [&[("resource_metadata", api.metadata.as_str())], &said[..]].concat();
        let schemes = [TokenType::Bearer, TokenType::Dpop].map(|scheme| (WWW_AUTHENTICATE, challenge(scheme, &said)));
        (status, AppendHeaders(schemes), Json(json!({"error": error}))).into_response()
    }
}

impl SampleApi {
    async fn authorize(
        &self,
        method: &Method,
        headers: &HeaderMap,
        shown: &Extensions,
        scope: &'static str,
    ) -> Result<AccessToken, Refusal> {
        let Ok(Some(presented)) = PresentedToken::in_header(headers) else { return Err(Refusal::NoToken(scope)) };
        let claims = self.validate(method, headers, shown, &presented).await;
        let claims = claims.map_err(|error| Refusal::InvalidToken(error.to_string()))?;
        if claims.scope.contains(scope) { Ok(claims) } else { Err(Refusal::InsufficientScope(scope)) }
    }

    async fn validate(
        &self,
        method: &Method,
        headers: &HeaderMap,
        shown: &Extensions,
        presented: &PresentedToken,
    ) -> anyhow::Result<AccessToken> {
        let snapshot = self.app.snapshot().await?;
        let proof = presented.proof(&snapshot, headers, method, PATH)?;
        let unverified = UnverifiedJwt::parse(&presented.token)?;
        let key = self.key(unverified.kid().unwrap_or_default()).await?;
        let verified = unverified.verify(&key, Typ::AccessToken)?;
        verified.claims.check(self.app.issuer(), snapshot.now, Duration::seconds(10))?;
        let claims = verified.read::<AccessToken>()?;
        anyhow::ensure!(claims.aud.names(demo::API), "the token is for another API");
        let key = proof.as_ref().and_then(|proof| proof.proven.key.clone());
        let proven = Proven { key, certificate: client_certificate::shown(shown) };
        Confirmation::check(claims.cnf.as_ref(), &proven)?;
        if let Some(proof) = proof {
            proof.count(&snapshot).await?;
        }
        Ok(claims)
    }

    /// The key of this name, from the published set. Fetched again when a name is new, as after a rotation.
    async fn key(&self, kid: &str) -> anyhow::Result<Arc<VerifyingKey>> {
        if let Some(key) = self.keys.read().await.get(kid) {
            return Ok(Arc::clone(key));
        }
        let set = self.server.get("/oauth2/jwks", None).await?;
        let set: Value = serde_json::from_str(&set.body)?;
        let mut known = self.keys.write().await;
        for jwk in set["keys"].as_array().into_iter().flatten() {
            if let (Some(kid), Some(Ok(algorithm))) = (jwk["kid"].as_str(), jwk["alg"].as_str().map(str::parse)) {
                known.insert(kid.to_owned(), Arc::new(VerifyingKey::from_jwk(jwk, algorithm)?));
            }
        }
        known.get(kid).cloned().ok_or_else(|| anyhow::anyhow!("no published key has the token's kid"))
    }
}
