//! The JWTs that we issue and accept, and the keys behind them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis::{
    app::{App, Settings},
    authentication::factors as library,
    keys::{KeySet, KeyState, MasterKey, SigningKey, Typ},
    protocol::signing_algorithm::SigningAlgorithm,
    registry::{
        self, ChangeError,
        apis::{self, ApiSettings},
        keys,
    },
    store::{
        audit_events::{self, Filter},
        signing_keys,
    },
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    factors, mail,
    server::{ISSUER, RECORDS, Server, Tokens, admin, master_key},
    tokens::{self, Forger},
};

/// Whether the two places that read our access tokens agree that this is one.
async fn is_accepted(server: &Server, token: &str) -> bool {
    let said = server.post("/oauth2/introspect", Some("monitor"), &[("token", token)]).await;
    let said = (said.status.as_u16(), said.json());
    let userinfo = server.get_with_token("/oauth2/userinfo", token).await.status.as_u16();
    let accepted = said.1["active"] == true;
    assert!(accepted || said == (200, json!({"active": false})), "{said:?}");
    assert_eq!(userinfo, if accepted { 200 } else { 401 });
    accepted
}

fn with(mut object: Value, name: &str, value: Value) -> String {
    object[name] = value;
    object.to_string()
}

fn without(mut object: Value, name: &str) -> String {
    object.as_object_mut().unwrap().remove(name);
    object.to_string()
}

/// JW-06, JW-07, JW-08, JW-09, JW-10: the signature is right each time.
#[sqlx::test]
async fn jw_07_a_right_signature_is_not_enough(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let forger = Forger::new(&server).await;
    let genuine = tokens::of_alice(&server).await["access_token"].as_str().unwrap().to_owned();
    let (header, payload) = (forger.header(), tokens::payload(&genuine));
    let (right_header, right_payload) = (header.to_string(), payload.to_string());
    assert!(is_accepted(&server, &forger.sign(&right_header, &right_payload)).await, "the forger is able to forge");

    for (why, header) in [
        ("JW-06", with(header.clone(), "crit", json!(["x"]))),
        ("JW-06", with(header.clone(), "crit", json!([]))),
        ("JW-06", with(header.clone(), "b64", json!(false))),
        ("JW-03", with(header.clone(), "typ", json!("JWT"))),
        ("JW-03", without(header.clone(), "typ")),
        ("JW-04", with(header.clone(), "alg", json!("none"))),
        ("JW-04", with(header.clone(), "alg", json!("HS256"))),
        ("JW-04", with(header.clone(), "alg", json!("ES384"))),
        ("JW-09", right_header.replacen('{', "{\"alg\":\"none\",", 1)),
        ("JW-10", without(header.clone(), "kid")),
        ("JW-10", with(header.clone(), "kid", json!("unknown"))),
        ("JW-10", with(header.clone(), "kid", json!("../../etc/passwd"))),
        ("JW-10", with(header.clone(), "kid", json!(["x"]))),
        ("JW-10", with(header.clone(), "kid", json!("k".repeat(20_000)))),
    ] {
        assert!(!is_accepted(&server, &forger.sign(&header, &right_payload)).await, "{why} {header}");
    }
    for (why, payload) in [
        ("JW-07", without(payload.clone(), "aud")),
        ("JW-07", without(payload.clone(), "exp")),
        ("JW-07", without(payload.clone(), "iss")),
        ("JW-07", without(payload.clone(), "sub")),
        ("JW-07", without(payload.clone(), "client_id")),
        ("JW-07", without(payload.clone(), "jti")),
        ("JW-07", with(payload.clone(), "exp", json!(1))),
        ("JW-07", with(payload.clone(), "exp", json!("4000000000"))),
        ("JW-07", with(payload.clone(), "exp", json!(1e300))),
        ("JW-07", with(payload.clone(), "exp", json!(u64::MAX))),
        ("JW-08", with(payload.clone(), "iss", json!(format!("{ISSUER}/")))),
        ("JW-08", with(payload.clone(), "iss", json!("https://ID.example"))),
        ("JW-08", with(payload.clone(), "iss", json!(["https://id.example"]))),
        ("JW-07", with(payload.clone(), "client_id", json!("unknown"))),
        ("JW-07", with(payload.clone(), "sub", json!("nobody"))),
        ("JW-09", right_payload.replacen('{', "{\"sub\":\"nobody\",", 1)),
        ("JW-09", "[]".to_owned()),
        ("JW-09", "null".to_owned()),
    ] {
        assert!(!is_accepted(&server, &forger.sign(&right_header, &payload)).await, "{why} {payload}");
    }
}

/// JW-04: our public key is no secret, so it must not work as one.
#[sqlx::test]
async fn jw_04_no_public_key_signs_a_token(_: PgPoolOptions, options: PgConnectOptions) {
    use josekit::{jwk::Jwk, jws::HS256, jwt};
    let server = Server::start(options).await;
    let forger = Forger::new(&server).await;
    let genuine = tokens::of_alice(&server).await["access_token"].as_str().unwrap().to_owned();
    let jwk = Jwk::from_map(forger.public_jwk.as_object().unwrap().clone()).unwrap();
    let public = josekit::jws::ES256.verifier_from_jwk(&jwk).map(|_| jwk).unwrap();
    let point = ["x", "y"].map(|name| public.parameter(name).unwrap().as_str().unwrap().to_owned());
    let claims = jwt::JwtPayload::from_map(tokens::payload(&genuine).as_object().unwrap().clone()).unwrap();

    for secret in [forger.public_jwk.to_string(), point.concat(), format!("{}\n", forger.public_jwk), "0".repeat(64)] {
        let mut header = josekit::jws::JwsHeader::from_map(forger.header().as_object().unwrap().clone()).unwrap();
        header.set_algorithm("HS256");
        let signer = HS256.signer_from_bytes(secret.as_bytes()).unwrap();
        let token = jwt::encode_with_signer(&claims, &header, &signer).unwrap();
        assert!(!is_accepted(&server, &token).await, "{secret}");
    }
}

/// JW-03, JW-05, JW-06: another spelling, another kind of token.
#[sqlx::test]
async fn jw_06_only_an_access_token_in_its_compact_form_is_one(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = tokens::of_alice(&server).await;
    let [access, id, refresh] =
        ["access_token", "id_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap());
    let [header, payload, signature] = access.split('.').collect::<Vec<_>>()[..] else { panic!("{access}") };
    assert!(is_accepted(&server, access).await);

    for token in [
        id.to_owned(),
        format!("{header}.{payload}."),
        format!("{header}.{payload}"),
        format!("{header}.{payload}.{signature}.{signature}.{signature}"),
        format!("{header}.{payload}.{}", "A".repeat(86)), // r = s = 0
        format!("{header}.{payload}.{signature}="),
        format!("{header}=.{payload}.{signature}"),
        json!({"payload": payload, "protected": header, "signature": signature}).to_string(),
        json!({"payload": payload, "signatures": [{"protected": header, "signature": signature}]}).to_string(),
    ] {
        assert!(!is_accepted(&server, &token).await, "{token}");
    }
    assert_eq!(server.get_with_token("/oauth2/userinfo", refresh).await.status, 401);
}

fn kids(jwks: &Value) -> Vec<String> {
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    let json = URL_SAFE_NO_PAD.decode(header).unwrap();
    serde_json::from_slice::<Value>(&json).unwrap()["kid"].as_str().unwrap().to_owned()
}

/// JW-13: the next key is published before it signs, and the last one until its tokens have ended.
#[sqlx::test]
async fn jw_13_a_rotation_breaks_no_token(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let second = server.second_node().await;
    let before = server.get("/oauth2/jwks").await;
    let old = tokens::of_alice(&server).await["access_token"].as_str().unwrap().to_owned();

    keys::rotate(&server.app, &admin(), Some(SigningAlgorithm::Es256)).await.unwrap();
    let new = tokens::of_alice(&server).await["access_token"].as_str().unwrap().to_owned();
    second.app.refresh().await.unwrap();

    assert_ne!(kid(&old), kid(&new));
    assert!(kids(&before.json()).contains(&kid(&new)), "the next key was published in advance");
    for node in [&server, &second] {
        let jwks = node.get("/oauth2/jwks").await;
        assert!(kids(&jwks.json()).contains(&kid(&old)) && kids(&jwks.json()).contains(&kid(&new)));
        assert_eq!(kids(&jwks.json()).len(), kids(&before.json()).len() + 1);
        assert_ne!(jwks.header("etag"), before.header("etag"));
        assert!(is_accepted(node, &old).await && is_accepted(node, &new).await);
    }

    server.advance(Duration::minutes(61)).await;
    server.run_job("retired_keys").await.unwrap();
    server.app.refresh().await.unwrap();
    assert!(!kids(&server.get("/oauth2/jwks").await.json()).contains(&kid(&old)), "it goes when nothing needs it");
}

/// JW-14: what a withdrawn key signed is no token on any node, whatever state the key is in, and all else goes on.
#[sqlx::test]
async fn jw_14_what_a_withdrawn_key_signed_stops_working(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let second = server.second_node().await;
    let retiring = server.tokens("spa").await;
    keys::rotate(&server.app, &admin(), Some(SigningAlgorithm::Es256)).await.unwrap();
    let active = Tokens::of(&server.refresh("spa", &retiring.refresh).await);
    let count = signing_keys::all(&server.db).await.unwrap().len();

    for token in [&retiring.access, &active.access] {
        assert!(is_accepted(&second, token).await);
        keys::withdraw(&server.app, &admin(), &kid(token)).await.unwrap();
        second.app.refresh().await.unwrap();
        for node in [&server, &second] {
            assert!(!is_accepted(node, token).await);
            assert!(!kids(&node.get("/oauth2/jwks").await.json()).contains(&kid(token)));
        }
    }
    let later = Tokens::of(&second.refresh("spa", &active.refresh).await);
    assert!(is_accepted(&server, &later.access).await, "the person need not sign in again");

    let next = next_kid(&server).await;
    keys::withdraw(&server.app, &admin(), &next).await.unwrap();
    assert!(is_accepted(&server, &later.access).await, "what is to be next has signed nothing");
    assert_ne!(next_kid(&server).await, next);
    let left = signing_keys::all(&server.db).await.unwrap();
    assert_eq!(left.len(), count - 1, "an active key and a next one are replaced, a retiring one is not");
    assert!(matches!(keys::withdraw(&server.app, &admin(), &next).await, Err(ChangeError::Unknown)));
    let withdrawn = Filter { event: Some("key.withdrawn"), ..Filter::default() };
    assert_eq!(audit_events::list(&server.db, &withdrawn, 10).await.unwrap().len(), 3);
}

async fn next_kid(server: &Server) -> String {
    let rows = signing_keys::all(&server.db).await.unwrap();
    rows.into_iter().find(|row| row.alg == SigningAlgorithm::Es256 && row.state == "next").unwrap().kid
}

/// JW-19: sessions and mailed links hang on no key that signs tokens.
#[sqlx::test]
async fn jw_19_sessions_and_links_outlive_every_signing_key(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut alice = server.browser();
    let sign_in = alice.open("/account").await;
    alice.sign_in(&sign_in, "alice").await;
    server.browser().submit("/recover", &[("username", "bob")]).await;
    let link = mail::link(&server, "bob@people.example").await;

    for row in signing_keys::all(&server.db).await.unwrap() {
        keys::withdraw(&server.app, &admin(), &row.kid).await.unwrap();
    }

    assert_eq!(alice.open("/account").await.uri, "/account");
    assert!(server.browser().open(&link).await.has_form("new-password"));
}

/// CR-04: one master key takes the place of another, while two nodes answer all the time, as docs/operations.md says.
#[sqlx::test]
async fn cr_04_the_master_key_is_changed_under_load(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let new = MasterKey::generate().unwrap().to_text();
    let new = || new.parse::<MasterKey>().unwrap();
    let (_, app) = factors::with_app(&server, "bob").await;
    server.browser().submit("/recover", &[("username", "alice")]).await;

    let (one, two) = (
        server.node_with_key(master_key().beside(Some(new()))).await,
        server.node_with_key(new().beside(Some(master_key()))).await,
    );
    keys::rotate(&two.app, &admin(), Some(SigningAlgorithm::Es256)).await.unwrap();
    one.app.refresh().await.unwrap();
    let load = [&one, &two].map(|node| {
        let node = node.clone();
        tokio::spawn(async move {
            for _ in 0..20 {
                assert_eq!(node.introspect(&node.service_token().await).await["active"], true);
            }
        })
    });
    let resealed = registry::master_key::reseal(&two.app, &admin()).await.unwrap();
    for node in load {
        node.await.unwrap();
    }

    assert!(resealed > 3, "signing keys, a second factor and mail");
    assert_eq!(registry::master_key::reseal(&two.app, &admin()).await.unwrap(), 0);
    let alone = server.node_with_key(new()).await;
    assert!(is_accepted(&alone, &alone.tokens("spa").await.access).await);
    server.advance(Duration::seconds(60)).await;
    let (bob, now) = (server.user_id("bob").await, server.clock.now());
    assert!(library::verify_code(&alone.app, bob, &app.code(now), admin().actor(), now).await.unwrap().is_some());
    assert!(mail::link(&alone, "alice@people.example").await.starts_with("/recover/"));
    let old = App::start(Settings::new(ISSUER.parse().unwrap()), server.db.clone(), server.clock.clone(), master_key());
    assert!(old.await.is_err(), "the old one opens nothing any more");
}

/// A rotation of all keys leaves one active and one next key for each algorithm.
#[sqlx::test]
async fn all_keys_rotate_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    keys::rotate(&server.app, &admin(), None).await.unwrap();

    let rows = signing_keys::all(&server.db).await.unwrap();
    for algorithm in SigningAlgorithm::ALL {
        let mut states =
            rows.iter().filter(|row| row.alg == algorithm).map(|row| row.state.as_str()).collect::<Vec<_>>();
        states.sort_unstable();
        assert_eq!(states, ["active", "next", "retiring"], "{algorithm:?}");
        let token = server.snapshot().await.keys().sign(algorithm, Typ::IdToken, &json!({})).unwrap();
        let active = rows.iter().find(|row| row.alg == algorithm && row.state == "active").unwrap();
        assert_eq!(kid(&token), active.kid);
    }
    assert!(rows.iter().all(|row| (row.state == "retiring") == row.private_key.is_none()), "a retired key is erased");
}

/// JW-12, RFC 7517 §4: whoever verifies needs the public half of each key, and gets no more.
#[sqlx::test]
async fn the_jwks_has_public_keys_only(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    let answer = server.get("/oauth2/jwks").await;

    let keys = answer.json()["keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 2 * SigningAlgorithm::ALL.len());
    for key in keys {
        let mut names = key.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>();
        names.sort_unstable();
        let expected: &[&str] = match key["kty"].as_str().unwrap() {
            "EC" => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            "OKP" => &["alg", "crv", "kid", "kty", "use", "x"],
            _ => &["alg", "e", "kid", "kty", "n", "use"],
        };
        assert_eq!(names, expected);
    }
    assert_eq!(answer.header("cache-control"), "public, max-age=900");
    let again = axum::http::Request::get("/oauth2/jwks").header("if-none-match", answer.header("etag"));
    let again = server.send(again.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""));
}

/// The same keys for programs that read no JWKS, `HAProxy` for one. Checked by a reader that is not ours.
#[sqlx::test]
async fn the_keys_are_there_as_pem_too(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let answer = server.get("/oauth2/jwks.pem").await;
    assert_eq!(answer.header("content-type"), "application/x-pem-file");
    assert_eq!(answer.header("cache-control"), "public, max-age=900");

    let blocks = answer.body.split("# kid: ").skip(1).map(|block| block.split_once('\n').unwrap());
    let blocks = blocks.collect::<std::collections::BTreeMap<_, _>>();
    let listed = kids(&server.get("/oauth2/jwks").await.json());
    assert_eq!(
        listed.iter().map(String::as_str).collect::<std::collections::BTreeSet<_>>(),
        blocks.keys().copied().collect()
    );

    let tokens = server.tokens("web").await;
    for token in [&tokens.access, &tokens.id] {
        let header = jsonwebtoken::decode_header(token).unwrap();
        let pem = blocks[header.kid.as_deref().unwrap()].as_bytes();
        let key = match header.alg {
            jsonwebtoken::Algorithm::ES256 => jsonwebtoken::DecodingKey::from_ec_pem(pem),
            _ => jsonwebtoken::DecodingKey::from_rsa_pem(pem),
        };
        let mut validation = jsonwebtoken::Validation::new(header.alg);
        validation.validate_aud = false;
        jsonwebtoken::decode::<Value>(token, &key.unwrap(), &validation).unwrap();
    }
    let again = axum::http::Request::get("/oauth2/jwks.pem").header("if-none-match", answer.header("etag"));
    assert_eq!(server.send(again.body(axum::body::Body::empty()).unwrap()).await.status, 304);
}

/// RFC 9068 §2.1: a library that knows RS256 alone verifies what an API's tokens are signed with.
#[sqlx::test]
async fn an_api_has_its_tokens_signed_as_it_can_verify_them(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for algorithm in SigningAlgorithm::ALL {
        let records = server.snapshot().await.registry().api_identified(RECORDS).unwrap().clone();
        let settings = ApiSettings { access_token_signing_alg: algorithm, ..ApiSettings::from(&*records) };
        apis::update(&server.app, &admin(), records.api_id, records.revision, &settings).await.unwrap();

        let (own, tokens) = (server.service_token().await, server.tokens("web").await);
        for token in [&own, &tokens.access] {
            let header = token.split('.').next().unwrap();
            let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
            assert_eq!((&header["alg"], &header["typ"]), (&algorithm.as_str().into(), &"at+jwt".into()));
            assert_eq!(server.introspect(token).await["active"], true);
        }
        assert_eq!(server.get_with_token("/oauth2/userinfo", &tokens.access).await.status, 200);
        let code = server.browser().obtain("alice", &[("scope", "openid")]).await.code();
        let for_userinfo = Tokens::of(&server.redeem("web", &code).await).access;
        let header = jsonwebtoken::decode_header(&for_userinfo).unwrap();
        assert_eq!(header.alg, jsonwebtoken::Algorithm::ES256, "of no API");
    }
}

/// CR-03: a ciphertext opens in its own row only, so exchanging two is noticed.
#[sqlx::test]
async fn cr_03_exchanged_ciphertexts_do_not_open(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let rows = signing_keys::all(&server.db).await.unwrap();
    let mut stored = rows.into_iter().filter(|row| row.alg == SigningAlgorithm::Es256).map(|row| SigningKey {
        kid: row.kid,
        algorithm: row.alg,
        state: if row.state == "active" { KeyState::Active } else { KeyState::Next },
        public_jwk: row.public_jwk,
        private_key: row.private_key,
        created_at: row.created_at,
        activated_at: row.activated_at,
        retired_at: row.retired_at,
    });
    let (mut one, mut two) = (stored.next().unwrap(), stored.next().unwrap());
    assert!(KeySet::new(&[one.clone(), two.clone()], &master_key()).is_ok());

    std::mem::swap(&mut one.private_key, &mut two.private_key);

    assert!(KeySet::new(&[one, two], &master_key()).is_err());
}
