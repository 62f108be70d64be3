//! Tokens that are bound to a key (DPoP, RFC 9449), from end to end.

mod binding;
mod nonces;
mod proofs;
mod pushed;
mod resources;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use axum::{
    body::Body,
    http::{Request, header},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use portcullis::{
    keys::{generate, jwk::thumbprint},
    protocol::signing_algorithm::SigningAlgorithm,
    secret::Secret,
};
use serde_json::{Map, Value, json};
use url::form_urlencoded;
use uuid::Uuid;

use crate::{
    browser::VERIFIER,
    server::{Answer, ISSUER, Server, secret_of},
};

const TOKEN: &str = "/oauth2/token";
const USERINFO: &str = "/oauth2/userinfo";

/// A client's key, with which it proves its requests.
struct Key {
    pair: EcdsaKeyPair,
    jwk: Value,
}

impl Key {
    fn new() -> Self {
        let key = generate(SigningAlgorithm::Es256).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.private_key).unwrap();
        let (x, y) = (&key.public_jwk["x"], &key.public_jwk["y"]);
        Self { pair, jwk: json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}) }
    }

    fn thumbprint(&self) -> String {
        thumbprint(&self.jwk).unwrap()
    }

    fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk})
    }

    /// Any JWT that this key signs.
    fn sign(&self, header: &Value, payload: &Value) -> String {
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(header), encode(payload));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A proof for a request of now, with these claims in place of its own; `null` leaves one out.
    fn proof(&self, server: &Server, route: &str, token: Option<&str>, changes: &Value) -> String {
        let (method, path) = route.split_once(' ').unwrap();
        let hash = token.map(|token| URL_SAFE_NO_PAD.encode(Secret::presented(token).hash().as_bytes()));
        let mut claims = json!({
            "jti": Uuid::now_v7(), "htm": method, "htu": format!("{ISSUER}{path}"), "ath": hash,
            "iat": server.clock.now().unix_timestamp(),
        });
        let claims = claims.as_object_mut().unwrap();
        claims.extend(changes.as_object().cloned().unwrap_or_default());
        let claims = claims.iter().filter(|(_, value)| !value.is_null());
        let claims = claims.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>();
        self.sign(&self.header(), &claims.into())
    }

    /// The proof of an ordinary token request.
    fn token_proof(&self, server: &Server) -> String {
        self.proof(server, "POST /oauth2/token", None, &Value::Null)
    }

    /// Asks userinfo with a token of this key.
    async fn userinfo(&self, server: &Server, token: &str) -> Answer {
        let proof = self.proof(server, "GET /oauth2/userinfo", Some(token), &Value::Null);
        get(server, USERINFO, &format!("DPoP {token}"), &[&proof]).await
    }

    /// Signs alice in, and gets tokens that are bound to this key.
    async fn tokens(&self, server: &Server, client: &str) -> Value {
        let code = server.browser().obtain_code_for(client).await;
        let answer = redeem(server, client, &code, &[&self.token_proof(server)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// A token of the service, for itself.
    async fn service_token(&self, server: &Server) -> Answer {
        token(server, "service", &SERVICE, &[&self.token_proof(server)]).await
    }
}

const SERVICE: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "records:read")];

/// A token request of one of the fixed clients, with these headers `DPoP`.
async fn token(server: &Server, client: &str, form: &[(&str, &str)], proofs: &[&str]) -> Answer {
    let is_public = matches!(client, "spa" | "native");
    let id = is_public.then_some(("client_id", client));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).extend_pairs(id).finish();
    let mut request = Request::post(TOKEN).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if !is_public {
        let pair = STANDARD.encode(format!("{client}:{}", secret_of(client)));
        request = request.header(header::AUTHORIZATION, format!("Basic {pair}"));
    }
    for proof in proofs {
        request = request.header("DPoP", *proof);
    }
    server.send(request.body(Body::from(body)).unwrap()).await
}

async fn redeem(server: &Server, client: &str, code: &str, proofs: &[&str]) -> Answer {
    let form = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)];
    token(server, client, &form, proofs).await
}

async fn refresh(server: &Server, client: &str, refresh_token: &str, proofs: &[&str]) -> Answer {
    token(server, client, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)], proofs).await
}

async fn get(server: &Server, path: &str, authorization: &str, proofs: &[&str]) -> Answer {
    let mut request = Request::get(path).header(header::AUTHORIZATION, authorization);
    for proof in proofs {
        request = request.header("DPoP", *proof);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn invalid_proof() -> (u16, String) {
    (400, "invalid_dpop_proof".into())
}
