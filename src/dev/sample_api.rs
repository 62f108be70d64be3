//! A sample API: it validates access tokens as an API of somebody else would ([RFC 9068 §4]), with nothing but our
//! published keys.
//!
//! [RFC 9068 §4]: https://www.rfc-editor.org/rfc/rfc9068#section-4

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
    routing::get,
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
    clock::Clock,
    keys::{Typ, VerifyingKey, jwt::UnverifiedJwt},
    protocol::access_token::AccessToken,
};

#[derive(Clone)]
struct SampleApi {
    issuer: String,
    server: FrontDoor,
    clock: Clock,
    keys: Arc<RwLock<HashMap<String, Arc<VerifyingKey>>>>,
}

pub(super) fn router(app: &App, _: &Demo, server: Router) -> Router {
    let api = SampleApi {
        issuer: app.issuer().to_owned(),
        server: FrontDoor::new(server, app.settings.issuer.authority()),
        clock: app.clock.clone(),
        keys: Arc::default(),
    };
    Router::new().route("/sample-api/records", get(read).post(write)).with_state(api)
}

async fn read(State(api): State<SampleApi>, headers: HeaderMap) -> Response {
    match api.authorize(&headers, "records:read").await {
        Ok(token) => Json(json!({
            "records": [
                {"date": "2026-03-02", "entry": "Influenza vaccination"},
                {"date": "2026-08-19", "entry": "Blood pressure 118/76"},
            ],
            "read_by": {"client_id": token.client_id, "sub": token.sub},
        }))
        .into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn write(State(api): State<SampleApi>, headers: HeaderMap) -> Response {
    match api.authorize(&headers, "records:write").await {
        Ok(token) => (StatusCode::CREATED, Json(json!({"written_by": token.sub}))).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// RFC 6750 §3
enum Refusal {
    NoToken,
    InvalidToken(String),
    InsufficientScope(&'static str),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, challenge, error) = match self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, "Bearer".to_owned(), "no access token".to_owned()),
            Self::InvalidToken(why) => (StatusCode::UNAUTHORIZED, "Bearer error=\"invalid_token\"".to_owned(), why),
            Self::InsufficientScope(scope) => {
                let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
                (StatusCode::FORBIDDEN, challenge, format!("the token lacks the scope {scope}"))
            }
        };
        (status, [(WWW_AUTHENTICATE, challenge)], Json(json!({"error": error}))).into_response()
    }
}

impl SampleApi {
    async fn authorize(&self, headers: &HeaderMap, scope: &'static str) -> Result<AccessToken, Refusal> {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token =
            header.and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"));
        let (_, token) = token.ok_or(Refusal::NoToken)?;
        let claims = self.validate(token).await.map_err(|error| Refusal::InvalidToken(error.to_string()))?;
        if claims.scope.contains(scope) { Ok(claims) } else { Err(Refusal::InsufficientScope(scope)) }
    }

    async fn validate(&self, token: &str) -> anyhow::Result<AccessToken> {
        let unverified = UnverifiedJwt::parse(token)?;
        let key = self.key(unverified.kid()).await?;
        let verified = unverified.verify(&key, Typ::AccessToken)?;
        verified.claims.check(&self.issuer, self.clock.now(), Duration::seconds(10))?;
        let claims = verified.read::<AccessToken>()?;
        anyhow::ensure!(claims.aud.names(demo::API), "the token is for another API");
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
