//! Clients that prove who they are by a key of their own (`private_key_jwt`).

use portcullis::{
    keys::{GeneratedKey, Signer, Typ, generate},
    protocol::{
        client::{AssertionAudience, AuthMethod},
        client_metadata::ClientMetadata,
        jwk_set::JwkSet,
        signing_algorithm::SigningAlgorithm,
    },
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use uuid::Uuid;

use crate::{
    publisher::Publisher,
    server::{Answer, ISSUER, SECRET, Server, claims},
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client's key pair.
pub struct ClientKey {
    pub key: GeneratedKey,
    pub signer: Signer,
}

impl ClientKey {
    pub fn new(algorithm: SigningAlgorithm) -> Self {
        let key = generate(algorithm).unwrap();
        let signer = Signer::new(&key.kid, algorithm, &key.private_key).unwrap();
        Self { key, signer }
    }

    pub fn public(&self) -> Value {
        self.key.public_jwk.clone()
    }

    /// What `service` would say now, with these members in place of its own; null leaves one out.
    fn assertion(&self, server: &Server, changes: &Value) -> String {
        let now = server.clock.now().unix_timestamp();
        let mut claims = json!({
            "iss": "service", "sub": "service", "aud": ISSUER, "jti": Uuid::new_v4(), "iat": now, "exp": now + 60,
        });
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.signer.sign(Typ::ClientAssertion, &claims).unwrap()
    }
}

/// A server whose client `service` has these keys.
async fn with_keys(options: PgConnectOptions, keys: &[&ClientKey]) -> Server {
    let server = Server::start(options).await;
    server.change_client("service", |client| hold(client, keys)).await;
    server
}

fn hold(client: &mut ClientMetadata, keys: &[&ClientKey]) {
    client.auth_method = AuthMethod::PrivateKeyJwt;
    client.jwks = Some(JwkSet { keys: keys.iter().map(|key| key.public()).collect() });
}

async fn asked(server: &Server, assertion: &str) -> Answer {
    let form =
        [("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
    server.token(None, &form).await
}

fn refused() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

#[sqlx::test]
async fn a_service_gets_a_token_by_its_key(_: PgPoolOptions, options: PgConnectOptions) {
    use SigningAlgorithm::{EdDsa, Es256, Ps256};
    let keys = [Es256, Ps256, EdDsa].map(ClientKey::new);
    let server = with_keys(options, &keys.each_ref()).await;

    for key in &keys {
        let answer = asked(&server, &key.assertion(&server, &json!({}))).await;
        assert_eq!(answer.status, 200, "{:?} {}", key.key.algorithm, answer.body);
        assert_eq!(claims(answer.json()["access_token"].as_str().unwrap())["sub"], "service");
    }
    let key = &keys[0];
    let form = [
        ("token", "none"),
        ("client_id", "service"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &key.assertion(&server, &json!({}))),
    ];
    assert_eq!(server.post("/oauth2/introspect", None, &form).await.json(), json!({"active": false}));
    let form = [form[0], form[1], form[2], ("client_assertion", &key.assertion(&server, &json!({})))];
    assert_eq!(server.post("/oauth2/revoke", None, &form).await.status, 200);
}

/// CA-13, also from one node to the other.
#[sqlx::test]
async fn ca_12_ca_13_an_assertion_counts_once_on_all_nodes(_: PgPoolOptions, options: PgConnectOptions) {
    let key = ClientKey::new(SigningAlgorithm::Es256);
    let server = with_keys(options, &[&key]).await;
    let other = server.second_node().await;

    let assertion = key.assertion(&server, &json!({}));
    assert_eq!(asked(&server, &assertion).await.status, 200);
    assert_eq!(asked(&other, &assertion).await.refusal(), refused());
    for _ in 0..5 {
        let assertion = key.assertion(&server, &json!({}));
        let tries = (0..8).map(|place| {
            let node = if place % 2 == 0 { server.clone() } else { other.clone() };
            let assertion = assertion.clone();
            tokio::spawn(async move { asked(&node, &assertion).await.status.as_u16() })
        });
        let mut winners = 0;
        for one in tries.collect::<Vec<_>>() {
            winners += usize::from(one.await.unwrap() == 200);
        }
        assert_eq!(winners, 1);
    }
}

/// CA-15, CA-20, D5 and conformance §9.3: what an assertion must say. Who is refused learns nothing of why.
#[sqlx::test]
async fn ca_15_ca_20_what_an_assertion_must_say(_: PgPoolOptions, options: PgConnectOptions) {
    let key = ClientKey::new(SigningAlgorithm::Ps256);
    let server = with_keys(options, &[&key]).await;
    let now = server.clock.now().unix_timestamp();
    let token_endpoint = format!("{ISSUER}/oauth2/token");
    for (changes, is_good) in [
        (json!({"iat": now + 8, "nbf": now + 8}), true),
        (json!({"iat": null}), true),
        (json!({"iss": "web"}), false),
        (json!({"sub": "web"}), false),
        (json!({"sub": null}), false),
        (json!({"iss": null}), false),
        (json!({"aud": null}), false),
        (json!({"aud": [ISSUER]}), false),
        (json!({"aud": [ISSUER, token_endpoint]}), false),
        (json!({"aud": token_endpoint}), false),
        (json!({"aud": format!("{ISSUER}/oauth2/par")}), false),
        (json!({"aud": "https://evil.example"}), false),
        (json!({"exp": null}), false),
        (json!({"exp": now - 300}), false),
        (json!({"exp": now + 3600}), false),
        (json!({"exp": 1e300}), false),
        (json!({"iat": now + 62, "nbf": now + 62, "exp": now + 122}), false),
        (json!({"nbf": now + 62}), false),
        (json!({"jti": null}), false),
        (json!({"jti": ""}), false),
        (json!({"jti": "x".repeat(300)}), false),
    ] {
        let answer = asked(&server, &key.assertion(&server, &changes)).await;
        let expected = if is_good { 200 } else { 401 };
        assert_eq!(answer.status, expected, "{changes}: {}", answer.body);
        assert!(is_good || !answer.body.contains("jti") && !answer.body.contains("exp"), "{}", answer.body);
    }
    server.change_client("service", |client| client.assertion_audience = AssertionAudience::TokenEndpoint).await;
    let old = key.assertion(&server, &json!({"aud": token_endpoint}));
    assert_eq!(asked(&server, &old).await.status, 200);
}

/// CA-05, CA-16, CA-17, CA-18, CA-23
#[sqlx::test]
async fn ca_05_ca_17_ca_23_nothing_but_the_registered_key_will_do(_: PgPoolOptions, options: PgConnectOptions) {
    let (key, stranger) = (ClientKey::new(SigningAlgorithm::Es256), ClientKey::new(SigningAlgorithm::Es256));
    let server = with_keys(options, &[&key]).await;
    let good = || key.assertion(&server, &json!({}));
    let (signed, signature) = good().rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let unsigned = |header: &str| {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let payload = good().split('.').nth(1).unwrap().to_owned();
        format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(header))
    };
    let cases = [
        stranger.assertion(&server, &json!({})),
        unsigned(r#"{"alg":"none"}"#),
        unsigned(&format!(r#"{{"alg":"HS256","kid":"{}"}}"#, key.key.kid)),
        format!("{signed}.{}", signature.replace(['A', 'B', 'C', 'D'], "x")),
        format!("{signed}.{signature}="),
        format!("{signed}.{signature}.x"),
        "...".repeat(10_000),
        "null".to_owned(),
        signed.clone(),
    ];
    for assertion in &cases {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "service"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion),
        ];
        assert_eq!(server.token(None, &form).await.refusal(), refused(), "{assertion:.60}");
    }
    // No method of another kind, and no two at once.
    let by_secret = server.token(Some("service"), &[("grant_type", "client_credentials")]).await;
    assert_eq!(by_secret.refusal(), refused());
    let nothing = server.token(None, &[("grant_type", "client_credentials"), ("client_id", "service")]).await;
    assert_eq!(nothing.refusal(), refused());
    let assertion = good();
    let form =
        [("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)];
    let both = server.token(Some("service"), &form).await;
    assert_eq!(both.refusal(), (400, "invalid_request".to_owned()));
    let in_body = [&form[..], &[("client_secret", SECRET)]].concat();
    assert_eq!(server.token(None, &in_body).await.refusal(), (400, "invalid_request".to_owned()));
    let other_type =
        [form[0], ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"), form[2]];
    assert_eq!(server.token(None, &other_type).await.refusal(), (400, "invalid_request".to_owned()));
    let as_another = [&form[..], &[("client_id", "web")]].concat();
    assert_eq!(server.token(None, &as_another).await.refusal(), refused());
    assert_eq!(asked(&server, &assertion).await.status, 200, "none of that used it up");
}

/// CA-21, SS-08: keys from a URL, a new one at its first use, and no more than a question a minute.
#[sqlx::test]
async fn ca_21_keys_are_found_at_their_url(_: PgPoolOptions, options: PgConnectOptions) {
    let publisher = Publisher::start().await;
    let server = Server::start_with(options, |settings| publisher.admit(settings, "openid")).await;
    let (old, new) = (ClientKey::new(SigningAlgorithm::Es256), ClientKey::new(SigningAlgorithm::Es256));
    let publish = |keys: &[&ClientKey]| {
        let keys =
            keys.iter().map(|key| key.public()).chain([json!({"kty": "EC", "crv": "P-521"})]).collect::<Vec<_>>();
        publisher.answer("/jwks.json", "200 OK", "application/json", &json!({ "keys": keys }).to_string());
    };
    publish(&[&old]);
    let url = publisher.url("/jwks.json");
    server
        .change_client("service", |client| {
            client.auth_method = AuthMethod::PrivateKeyJwt;
            client.jwks_uri = Some(url);
        })
        .await;

    for _ in 0..3 {
        assert_eq!(asked(&server, &old.assertion(&server, &json!({}))).await.status, 200);
    }
    assert_eq!(publisher.connections(), 1);
    publish(&[&new]);
    server.clock.advance(Duration::minutes(1));
    assert_eq!(
        asked(&server, &new.assertion(&server, &json!({}))).await.status,
        200,
        "a key is known at its first use"
    );
    assert_eq!(publisher.connections(), 2);
    assert_eq!(asked(&server, &old.assertion(&server, &json!({}))).await.refusal(), refused());
    for _ in 0..5 {
        let stranger = ClientKey::new(SigningAlgorithm::Es256);
        assert_eq!(asked(&server, &stranger.assertion(&server, &json!({}))).await.refusal(), refused());
    }
    assert_eq!(publisher.connections(), 2, "who makes up keys asks nobody");
    publisher.answer("/jwks.json", "500 Away", "text/plain", "");
    server.clock.advance(Duration::minutes(2));
    assert_eq!(asked(&server, &old.assertion(&server, &json!({}))).await.refusal(), refused());
    assert_eq!(asked(&server, &new.assertion(&server, &json!({}))).await.status, 200, "a failure takes no key away");
    server.clock.advance(Duration::minutes(5));
    assert_eq!(
        asked(&server, &new.assertion(&server, &json!({}))).await.refusal(),
        refused(),
        "nor keeps one for ever"
    );
}

/// When a key was last used is written, and shows which clients nobody uses.
#[sqlx::test]
async fn the_use_of_a_key_is_remembered(_: PgPoolOptions, options: PgConnectOptions) {
    let key = ClientKey::new(SigningAlgorithm::Es256);
    let server = with_keys(options, &[&key]).await;
    asked(&server, &key.assertion(&server, &json!({}))).await;

    server.app.write_uses().await.unwrap();

    let uses = portcullis::store::client_key_uses::of_client(&server.db, "service").await.unwrap();
    assert_eq!(uses.keys().collect::<Vec<_>>(), [&key.key.kid], "by its thumbprint");
}
