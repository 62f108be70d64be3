//! What we publish about ourselves, and what errors look like.

use axum::{
    body::Body,
    http::{Request, header},
};
use portcullis::{
    protocol::{client::AuthMethod, client_metadata::ClientMetadata, signing_algorithm::SigningAlgorithm},
    registry::clients,
    store::clients as stored_clients,
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{
    server::{Answer, ISSUER, SECRET, Server, WEB_CALLBACK, admin},
    tokens,
};

const DISCOVERY: [&str; 2] = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

async fn send(server: &Server, method: &str, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

/// RFC 8414 §3, OpenID Connect Discovery §4
#[sqlx::test]
async fn the_discovery_document_says_what_there_is(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    let [one, other] = [server.get(DISCOVERY[0]).await, server.get(DISCOVERY[1]).await];

    assert_eq!((one.status.as_u16(), one.header("cache-control")), (200, "public, max-age=900"));
    assert_eq!(one.body, other.body);
    insta::assert_json_snapshot!("discovery", one.json());
}

/// JW-20: no header makes us call ourselves something else.
#[sqlx::test]
async fn jw_20_the_issuer_is_what_was_configured(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let expected = server.get(DISCOVERY[0]).await.body;

    for uri in DISCOVERY {
        for headers in [
            &[("x-forwarded-host", "evil.example")][..],
            &[("x-forwarded-proto", "http"), ("x-forwarded-port", "80")],
            &[("forwarded", "host=evil.example;proto=http")],
            &[("x-original-host", "evil.example"), ("x-rewrite-url", "/evil")],
        ] {
            assert_eq!(send(&server, "GET", uri, headers).await.body, expected, "{headers:?}");
        }
        for host in ["evil.example", "id.example.evil.example", "id.example:8443", "evil.example@id.example"] {
            assert_eq!(send(&server, "GET", uri, &[("host", host)]).await.status, 421, "{host}");
        }
    }
}

fn listed<'a>(document: &'a Value, name: &str) -> Vec<&'a str> {
    document[name].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

/// JW-21: each endpoint is there, each algorithm signs, each method authenticates.
#[sqlx::test]
async fn jw_21_what_is_advertised_works(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let document = server.get(DISCOVERY[0]).await.json();

    for (name, value) in document.as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            let path = value.as_str().unwrap().strip_prefix(ISSUER).unwrap();
            assert_ne!(server.get(path).await.status, 404, "{name}");
        }
    }
    for algorithm in listed(&document, "id_token_signing_alg_values_supported") {
        change(&server, "web", |web| web.id_token_signed_response_alg = algorithm.parse().unwrap()).await;
        let token = tokens::of_person(&server, "alice", "openid").await["id_token"].as_str().unwrap().to_owned();
        let verified = server.snapshot().await.keys().verify(&token, portcullis::keys::Typ::IdToken).unwrap();
        assert_eq!(verified.algorithm.as_str(), algorithm);
    }
    assert_eq!(SigningAlgorithm::ALL.len(), listed(&document, "id_token_signing_alg_values_supported").len());

    assert_eq!(
        listed(&document, "token_endpoint_auth_methods_supported"),
        ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
    );
    change(&server, "service", |service| service.auth_method = AuthMethod::ClientSecretPost).await;
    let form = [("grant_type", "client_credentials"), ("client_id", "service"), ("client_secret", SECRET)];
    assert_eq!(server.token(None, &form).await.status, 200);

    assert_eq!(
        listed(&document, "grant_types_supported"),
        ["authorization_code", "client_credentials", "refresh_token"]
    );
    let tokens = tokens::of_alice(&server).await;
    assert_eq!(tokens::refresh(&server, tokens["refresh_token"].as_str().unwrap()).await.status, 200);
    assert_eq!(server.token(None, &[("grant_type", "password"), ("client_id", "spa")]).await.refusal().0, 400);
}

async fn change(server: &Server, client_id: &str, change: impl FnOnce(&mut ClientMetadata)) {
    let client = stored_clients::find(&server.db, client_id).await.unwrap().unwrap();
    let mut metadata = client.metadata.clone();
    change(&mut metadata);
    clients::update(&server.app, &admin(), client_id, client.revision, &metadata).await.unwrap();
}

/// TK-16, AZ-20: scripts of public clients may call what they need, under their exact origin and without cookies.
#[sqlx::test]
async fn tk_16_only_scripts_of_registered_origins_may_read(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let allowed = |answer: &Answer| answer.header("access-control-allow-origin").to_owned();

    for uri in ["/oauth2/token", "/oauth2/par", "/oauth2/revoke", "/oauth2/userinfo"] {
        for (origin, expected) in [
            ("https://spa.example", "https://spa.example"),
            ("https://spa.example:444", ""),
            ("http://spa.example", ""),
            ("https://SPA.example", ""),
            ("https://spa.example/", ""),
            ("https://spa.example.evil.example", ""),
            ("https://evil.example", ""),
            ("https://web.example", ""), // a confidential client has a server that asks
            ("null", ""),
        ] {
            let preflight = [("origin", origin), ("access-control-request-method", "POST")];
            for (method, headers) in [("OPTIONS", &preflight[..]), ("POST", &preflight[..1])] {
                let answer = send(&server, method, uri, headers).await;
                assert_eq!(allowed(&answer), expected, "{method} {uri} {origin}");
                assert_eq!(answer.header("vary"), "Origin");
                assert!(answer.headers.get("access-control-allow-credentials").is_none());
            }
        }
    }
    for uri in ["/oauth2/introspect", "/oauth2/authorize", "/sign-in", "/sign-out", "/admin/clients"] {
        let headers = [("origin", "https://spa.example"), ("access-control-request-method", "POST")];
        for method in ["OPTIONS", "POST"] {
            assert_eq!(allowed(&send(&server, method, uri, &headers).await), "", "{method} {uri}");
        }
    }
    for uri in [DISCOVERY[0], DISCOVERY[1], "/oauth2/jwks"] {
        assert_eq!(allowed(&send(&server, "GET", uri, &[("origin", "https://anybody.example")]).await), "*");
    }
}

/// RFC 6749 §5.2, RFC 6750 §3, RFC 7009 §2.2.1, RFC 7662 §2.3: the texts that developers read.
#[sqlx::test]
async fn errors_say_what_is_wrong_and_no_more(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let code = [("grant_type", "authorization_code"), ("code", "ptc_ac_x"), ("redirect_uri", WEB_CALLBACK)];
    let with_verifier = [&code[..], &[("code_verifier", crate::browser::VERIFIER)]].concat();
    let credentials = |more: &[(&'static str, &'static str)]| [&[("grant_type", "client_credentials")], more].concat();
    let mut shown = serde_json::Map::new();

    for (name, uri, client, form) in [
        ("token: no grant type", "/oauth2/token", Some("service"), vec![]),
        ("token: unknown grant type", "/oauth2/token", Some("service"), vec![("grant_type", "password")]),
        ("token: grant not registered", "/oauth2/token", Some("service"), with_verifier.clone()),
        ("token: unknown code", "/oauth2/token", Some("web"), with_verifier),
        ("token: no verifier", "/oauth2/token", Some("web"), code.to_vec()),
        ("token: unknown scope", "/oauth2/token", Some("service"), credentials(&[("scope", "admin")])),
        ("token: malformed scope", "/oauth2/token", Some("service"), credentials(&[("scope", "a\"b")])),
        (
            "token: unknown resource",
            "/oauth2/token",
            Some("service"),
            credentials(&[("resource", "https://a.example")]),
        ),
        ("token: repeated", "/oauth2/token", Some("service"), credentials(&[("scope", "a"), ("scope", "b")])),
        ("token: nobody", "/oauth2/token", None, credentials(&[])),
        ("token: public client", "/oauth2/token", None, credentials(&[("client_id", "spa")])),
        ("token: unknown client", "/oauth2/token", None, credentials(&[("client_id", "nobody")])),
        ("introspect: no token", "/oauth2/introspect", Some("monitor"), vec![]),
        ("revoke: no token", "/oauth2/revoke", Some("web"), vec![]),
        ("userinfo: junk", "/oauth2/userinfo", None, vec![("access_token", "junk")]),
        ("no such endpoint", "/oauth2/nothing", None, vec![]),
    ] {
        let answer = server.post(uri, client, &form).await;
        assert_eq!(answer.header("content-type"), "application/json", "{name}");
        assert_eq!(answer.header("cache-control"), "no-store", "{name}");
        let challenge = answer.header("www-authenticate");
        shown.insert(
            name.into(),
            json!({"status": answer.status.as_u16(), "challenge": challenge, "body": answer.json()}),
        );
    }
    insta::assert_json_snapshot!("errors", Value::Object(shown));
}

/// TK-02 at every endpoint that takes a form.
#[sqlx::test]
async fn only_forms_are_understood(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for uri in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"] {
        for content_type in ["application/json", "multipart/form-data; boundary=x", "text/plain", ""] {
            let request = Request::post(uri).header(header::CONTENT_TYPE, content_type);
            let answer = server.send(request.body(Body::from("{\"token\":\"x\"}")).unwrap()).await;
            assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()), "{uri} {content_type}");
        }
    }
}

/// RFC 9116
#[sqlx::test]
async fn finders_of_a_hole_learn_whom_to_tell(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    let answer = server.get("/.well-known/security.txt").await;

    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert!(answer.body.starts_with("Contact: mailto:security@id.example\nExpires: 20"), "{}", answer.body);
    assert_eq!(server.second_node().await.get("/.well-known/security.txt").await.status, 404, "nobody is configured");
}
