//! Tokens as clients get them, and tokens as attackers make them.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis::{keys::SigningKey, protocol::signing_algorithm::SigningAlgorithm, store::signing_keys};
use serde_json::Value;

use crate::{
    browser::VERIFIER,
    server::{Answer, Server, WEB_CALLBACK, master_key},
};

/// Exchanges a code of the web client.
pub async fn redeem(server: &Server, code: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", WEB_CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    server.token(Some("web"), &form).await
}

pub async fn refresh(server: &Server, refresh_token: &str) -> Answer {
    server.token(Some("web"), &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
}

/// The tokens of a person at the web client, in a browser of their own, with these scopes; `""`: the usual ones.
pub async fn of_person(server: &Server, username: &str, scope: &str) -> Value {
    let changes = if scope.is_empty() { vec![] } else { vec![("scope", scope)] };
    let code = server.browser().obtain(username, &changes).await.code();
    let answer = redeem(server, &code).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

pub async fn of_alice(server: &Server) -> Value {
    of_person(server, "alice", "").await
}

/// What a token says, without a check.
pub fn payload(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// A thief who holds our own active key for access tokens: only what a token says can betray it.
pub struct Forger {
    pub kid: String,
    pub public_jwk: Value,
    key: EcdsaKeyPair,
}

impl Forger {
    pub async fn new(server: &Server) -> Self {
        let rows = signing_keys::all(&server.db).await.unwrap();
        let row = rows.into_iter().find(|row| row.alg == SigningAlgorithm::Es256 && row.state == "active").unwrap();
        let sealed = row.private_key.unwrap();
        let pkcs8 = master_key().open(&SigningKey::seal_context(&row.kid), &sealed).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).unwrap();
        Self { kid: row.kid, public_jwk: row.public_jwk, key }
    }

    pub fn header(&self) -> Value {
        serde_json::json!({"alg": "ES256", "typ": "at+jwt", "kid": self.kid})
    }

    pub fn sign(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
