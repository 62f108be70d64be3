//! Clients that prove who they are by a certificate, and tokens that are bound to one (RFC 8705).

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Request, header},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use portcullis::{
    keys::{ClientAuthorities, certificate},
    protocol::{client::AuthMethod, client_metadata::ClientMetadata, jwk_set::JwkSet},
    server::ClientCertificate,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, PublicKeyData};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::macros::datetime;

use crate::{
    server::{Answer, Server, claims, secret_of},
    tls::Authority,
};

const SUBJECT: &str = "CN=service,O=Example";

/// What a good certificate of `service` says.
fn params() -> CertificateParams {
    let mut params = CertificateParams::new(vec!["service.example".to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Example");
    params.distinguished_name.push(DnType::CommonName, "service");
    params
}

fn vouched_for(authority: &Authority, params: &CertificateParams) -> ClientCertificate {
    let certificate = params.signed_by(&KeyPair::generate().unwrap(), &authority.issuer).unwrap();
    ClientCertificate::new(certificate.der().clone(), Vec::new())
}

fn of_itself(params: &CertificateParams) -> (ClientCertificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    (ClientCertificate::new(params.self_signed(&key).unwrap().der().clone(), Vec::new()), key)
}

/// The public key as a JWK: that of rcgen's default, P-256.
fn jwk(key: &KeyPair) -> Value {
    let point = key.der_bytes();
    let coordinate = |from: usize| URL_SAFE_NO_PAD.encode(&point[from..from + 32]);
    json!({"kty": "EC", "crv": "P-256", "x": coordinate(1), "y": coordinate(33)})
}

/// A server to which clients show certificates, and who vouches for them.
async fn asking(options: PgConnectOptions, name: &str) -> (Server, Authority) {
    let authority = Authority::new(name);
    let file = std::env::temp_dir().join(format!("portcullis-client-ca-{name}-{}.pem", std::process::id()));
    std::fs::write(&file, authority.issuer.pem()).unwrap();
    let authorities = ClientAuthorities::load(&file, None).unwrap();
    std::fs::remove_file(&file).unwrap();
    let server = Server::start_with(options, |settings| {
        settings.asks_for_certificates = true;
        settings.client_authorities = Some(Arc::new(authorities));
    });
    (server.await, authority)
}

async fn send(
    server: &Server,
    request: axum::http::request::Builder,
    body: String,
    shown: Option<&ClientCertificate>,
) -> Answer {
    let mut request = request.body(Body::from(body)).unwrap();
    if let Some(shown) = shown {
        request.extensions_mut().insert(shown.clone());
    }
    server.send(request).await
}

async fn token(server: &Server, form: &[(&str, &str)], shown: Option<&ClientCertificate>) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::post("/oauth2/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    send(server, request, body, shown).await
}

const SERVICE: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("client_id", "service")];

async fn status(server: &Server, shown: Option<&ClientCertificate>) -> (u16, String) {
    token(server, &SERVICE, shown).await.refusal()
}

fn taken() -> (u16, String) {
    (200, String::new())
}

fn refused() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

async fn become_known_by(server: &Server, change: impl FnOnce(&mut ClientMetadata)) {
    server
        .change_client("service", |client| {
            client.auth_method = AuthMethod::TlsClientAuth;
            client.tls_client_auth_subject_dn = None;
            change(client);
        })
        .await;
}

/// MT-03, MT-06, CA-05
#[sqlx::test]
async fn mt_03_mt_06_a_client_is_known_by_what_its_authority_says(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, authority) = asking(options, "vouched").await;
    become_known_by(&server, |client| client.tls_client_auth_subject_dn = Some(SUBJECT.to_owned())).await;

    assert_eq!(status(&server, Some(&vouched_for(&authority, &params()))).await, taken());
    let (mut expired, mut early, mut server_only, mut is_authority, mut other, mut more) =
        (params(), params(), params(), params(), params(), params());
    (expired.not_before, expired.not_after) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
    (early.not_before, early.not_after) = (datetime!(2100-01-01 0:00 UTC), datetime!(2101-01-01 0:00 UTC));
    server_only.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    is_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    other.distinguished_name.push(DnType::CommonName, "other");
    more.distinguished_name.push(DnType::OrganizationalUnitName, "more");
    for params in [expired, early, server_only, is_authority, other, more] {
        assert_eq!(status(&server, Some(&vouched_for(&authority, &params))).await, refused(), "{params:?}");
    }
    assert_eq!(status(&server, Some(&vouched_for(&Authority::new("stranger"), &params()))).await, refused());
    assert_eq!(status(&server, Some(&of_itself(&params()).0)).await, refused());
    assert_eq!(status(&server, None).await, refused());
    let secret = secret_of("service");
    let with_secret = [&SERVICE[..], &[("client_secret", secret.as_str())]].concat();
    let good = vouched_for(&authority, &params());
    assert_eq!(token(&server, &with_secret, Some(&good)).await.refusal(), refused(), "a method of another kind");

    type Change = fn(&mut ClientMetadata);
    let names = [
        ((|client| client.tls_client_auth_san_dns = Some("service.example".to_owned())) as Change, true),
        (|client| client.tls_client_auth_san_dns = Some("example".to_owned()), false),
        (|client| client.tls_client_auth_san_uri = Some("spiffe://example/service".to_owned()), false),
    ];
    for (name, is_its) in names {
        become_known_by(&server, |client| {
            (client.tls_client_auth_san_dns, client.tls_client_auth_san_uri) = (None, None);
            name(client);
        })
        .await;
        assert_eq!(status(&server, Some(&good)).await, if is_its { taken() } else { refused() });
    }
}

/// MT-04
#[sqlx::test]
async fn mt_04_a_client_is_known_by_what_it_registered_itself(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, authority) = asking(options, "itself").await;
    let (own, key) = of_itself(&params());
    let (stranger, _) = of_itself(&params());
    let mut expired = params();
    (expired.not_before, expired.not_after) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
    let expired = ClientCertificate::new(expired.self_signed(&key).unwrap().der().clone(), Vec::new());
    let renewed = ClientCertificate::new(params().self_signed(&key).unwrap().der().clone(), Vec::new());
    let mut with_certificate = jwk(&key);
    with_certificate["x5c"] = json!([STANDARD.encode(own.der())]);

    for (keys, renewed_is_taken) in [(jwk(&key), true), (with_certificate, false)] {
        server
            .change_client("service", |client| {
                client.auth_method = AuthMethod::SelfSignedTlsClientAuth;
                client.jwks = Some(JwkSet { keys: vec![keys] });
            })
            .await;
        assert_eq!(status(&server, Some(&own)).await, taken());
        assert_eq!(status(&server, Some(&renewed)).await, if renewed_is_taken { taken() } else { refused() });
        for other in [&stranger, &expired, &vouched_for(&authority, &params())] {
            assert_eq!(status(&server, Some(other)).await, refused());
        }
    }
}

/// MT-05: a token is of use with the certificate that it is bound to, and with no other.
#[sqlx::test]
async fn mt_05_a_token_is_bound_to_the_certificate(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, _) = asking(options, "bound").await;
    let ((own, _), (other, _)) = (of_itself(&params()), of_itself(&params()));
    server.change_client("spa", |spa| spa.tls_client_certificate_bound_access_tokens = true).await;
    let redeem = async |shown: Option<&ClientCertificate>| {
        let code = server.browser().obtain_code_for("spa").await;
        let verifier = crate::browser::VERIFIER;
        let form =
            [("grant_type", "authorization_code"), ("client_id", "spa"), ("code", &*code), ("code_verifier", verifier)];
        token(&server, &form, shown).await
    };
    let userinfo = async |scheme: &str, token: &str, shown: Option<&ClientCertificate>| {
        let request = Request::get("/oauth2/userinfo").header(header::AUTHORIZATION, format!("{scheme} {token}"));
        send(&server, request, String::new(), shown).await.status.as_u16()
    };

    assert_eq!(redeem(None).await.refusal(), (400, "invalid_request".to_owned()));
    let answer = redeem(Some(&own)).await.json();
    let access = answer["access_token"].as_str().unwrap();
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(claims(access)["cnf"], json!({"x5t#S256": certificate::thumbprint(own.der())}));

    assert_eq!(userinfo("bEaReR", access, Some(&own)).await, 200);
    assert_eq!(userinfo("Bearer", access, Some(&other)).await, 401);
    assert_eq!(userinfo("Bearer", access, None).await, 401);
    assert_eq!(userinfo("DPoP", access, Some(&own)).await, 401);
    let said = server.post("/oauth2/introspect", Some("monitor"), &[("token", access)]).await.json();
    assert_eq!((&said["active"], &said["cnf"]), (&json!(true), &claims(access)["cnf"]));
    // Whoever is not registered for it gets an ordinary token, whatever they show.
    let web = server.browser().obtain_code_for("web").await;
    let plain = server.redeem("web", &web).await.json();
    assert!(claims(plain["access_token"].as_str().unwrap()).get("cnf").is_none());
}

/// JW-21: the methods are published where somebody asks for certificates.
#[sqlx::test]
async fn jw_21_certificates_are_announced_where_they_are_taken(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, _) = asking(options, "announced").await;
    let document = server.get("/.well-known/openid-configuration").await.json();
    let methods = document["token_endpoint_auth_methods_supported"].as_array().unwrap();
    for method in ["tls_client_auth", "self_signed_tls_client_auth", "private_key_jwt"] {
        assert!(methods.contains(&json!(method)), "{method}");
    }
    assert_eq!(document["tls_client_certificate_bound_access_tokens"], true);
}
