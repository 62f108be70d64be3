//! Authorization requests that their client signed (JAR, RFC 9101), pushed or with the browser, and answers that we sign (JARM).

use axum::http::StatusCode;
use portcullis::{
    keys::Typ,
    protocol::{jwk_set::JwkSet, signing_algorithm::SigningAlgorithm},
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{
    browser::{CHALLENGE, Page},
    client_keys::ClientKey,
    server::{Answer, ISSUER, SPA_CALLBACK, Server, WEB_CALLBACK, claims},
};

/// A server whose client `web` has this key.
async fn with_key(options: PgConnectOptions, key: &ClientKey) -> Server {
    let server = Server::start(options).await;
    let public = key.public();
    server.change_client("web", |web| web.jwks = Some(JwkSet { keys: vec![public] })).await;
    server
}

/// What `web` signs, with these members in place of its own; null leaves one out.
fn object(key: &ClientKey, server: &Server, changes: &Value) -> String {
    let now = server.clock.now().unix_timestamp();
    let mut members = json!({
        "iss": "web", "aud": ISSUER, "nbf": now, "exp": now + 300, "client_id": "web", "response_type": "code",
        "redirect_uri": WEB_CALLBACK, "scope": "openid profile", "state": "signed-state", "nonce": "signed-nonce",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    });
    members.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    members.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    key.signer.sign(Typ::RequestObject, &members).unwrap()
}

async fn pushed(server: &Server, object: &str) -> Answer {
    server.post("/oauth2/par", Some("web"), &[("request", object)]).await
}

async fn brought(server: &Server, query: &[(&str, &str)]) -> Page {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let mut browser = server.browser();
    let mut page = browser.open(&format!("/oauth2/authorize?{query}")).await;
    if page.has_form("sign-in") {
        page = browser.sign_in(&page, "alice").await;
    }
    if page.has_form("consent") {
        page = browser.consent(&page, "allow").await;
    }
    page
}

/// PR-11: what is signed counts, and nothing beside it.
#[sqlx::test]
async fn a_signed_request_is_taken_pushed_or_brought(_: PgPoolOptions, options: PgConnectOptions) {
    let key = ClientKey::new(SigningAlgorithm::Ps256);
    let server = with_key(options, &key).await;
    let signed = object(&key, &server, &json!({"aud": [ISSUER, "https://other.example"]}));

    let beside = [
        ("client_id", "web"),
        ("request", signed.as_str()),
        ("state", "other"),
        ("scope", "openid offline_access"),
        ("redirect_uri", "https://evil.example/cb"),
    ];
    let page = brought(&server, &beside).await;
    assert!(page.uri.starts_with(WEB_CALLBACK), "{} {}", page.uri, page.answer.body);
    assert_eq!(page.redirected()["state"], "signed-state");
    let tokens = crate::server::Tokens::of(&server.redeem("web", &page.code()).await);
    assert_eq!(tokens.scope, "openid profile");

    let answer = pushed(&server, &signed).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let uri = answer.json()["request_uri"].as_str().unwrap().to_owned();
    let page = brought(&server, &[("client_id", "web"), ("request_uri", &uri), ("state", "other")]).await;
    assert_eq!(page.redirected()["state"], "signed-state");
}

/// PR-10, and conformance §11
#[sqlx::test]
async fn pr_10_a_request_object_that_does_not_hold_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let (key, stranger) = (ClientKey::new(SigningAlgorithm::Ps256), ClientKey::new(SigningAlgorithm::Es256));
    let (rs256, server) = (ClientKey::new(SigningAlgorithm::Rs256), with_key(options, &key).await);
    let now = server.clock.now().unix_timestamp();
    let invalid = || (400, "invalid_request_object".to_owned());
    for changes in [
        json!({"exp": null}),
        json!({"nbf": null}),
        json!({"exp": now - 60}),
        json!({"exp": now + 4200}),
        json!({"nbf": now - 4200}),
        json!({"nbf": now + 60}),
        json!({"aud": "https://evil.example"}),
        json!({"iss": "spa"}),
        json!({"client_id": "spa"}),
        json!({"request_uri": "urn:ietf:params:oauth:request_uri:x"}),
        json!({"request": "e30.e30.e30"}),
        json!({"state": ["a", "b"]}),
    ] {
        assert_eq!(pushed(&server, &object(&key, &server, &changes)).await.refusal(), invalid(), "{changes}");
    }
    let good = object(&key, &server, &json!({}));
    let unsigned = {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), good.split('.').nth(1).unwrap())
    };
    for object in [
        object(&stranger, &server, &json!({})),
        object(&rs256, &server, &json!({})),
        unsigned,
        format!("{good}x"),
        good.rsplit_once('.').unwrap().0.to_owned(),
        "....".to_owned(),
        "e30".to_owned(),
    ] {
        assert_eq!(pushed(&server, &object).await.refusal(), invalid(), "{object:.60}");
        let page =
            brought(&server, &[("client_id", "web"), ("request", &object), ("redirect_uri", WEB_CALLBACK)]).await;
        assert!(
            page.answer.status == StatusCode::BAD_REQUEST && page.redirected().is_empty(),
            "nothing of it is trusted"
        );
    }
    // What is wrong with the request itself is said as ever.
    let no_challenge = object(&key, &server, &json!({"code_challenge": null, "code_challenge_method": null}));
    assert_eq!(pushed(&server, &no_challenge).await.refusal(), (400, "invalid_request".to_owned()));
    assert_eq!(pushed(&server, &good).await.status, StatusCode::CREATED);
}

#[sqlx::test]
async fn a_client_may_be_held_to_sign_its_requests(_: PgPoolOptions, options: PgConnectOptions) {
    let key = ClientKey::new(SigningAlgorithm::Es256);
    let server = with_key(options, &key).await;
    server.change_client("web", |web| web.require_signed_request_object = true).await;

    let plain = [
        ("response_type", "code"),
        ("redirect_uri", WEB_CALLBACK),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let refused = server.post("/oauth2/par", Some("web"), &plain).await.refusal();
    assert_eq!(refused, (400, "invalid_request".to_owned()));
    let page = brought(&server, &[&plain[..], &[("client_id", "web")]].concat()).await;
    assert!(page.answer.status == StatusCode::BAD_REQUEST && page.redirected().is_empty());
    let signed = object(&key, &server, &json!({}));
    assert!(brought(&server, &[("client_id", "web"), ("request", &signed)]).await.redirected().contains_key("code"));
    // Who has no key cannot.
    let of_spa = [("client_id", "spa"), ("redirect_uri", SPA_CALLBACK), ("request", signed.as_str())];
    let refused = server.post("/oauth2/par", None, &of_spa).await.refusal();
    assert_eq!(refused, (400, "request_not_supported".to_owned()));
}

/// JARM, and conformance §11: the answer is one JWT, and nothing stands beside it; errors too.
#[sqlx::test]
async fn an_answer_is_signed_if_the_request_wants_that(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server
        .change_client("web", |web| {
            web.authorization_signed_response_alg = SigningAlgorithm::Ps256;
            web.redirect_uris.push(format!("{WEB_CALLBACK}?dummy1=lorem&dummy2=ipsum"));
        })
        .await;
    let asking = |more: &[(&'static str, &'static str)]| {
        let plain = [
            ("client_id", "web"),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "the-state"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        [&plain[..], more].concat()
    };
    let signed = |page: &Page| {
        let token = page.redirected()["response"].clone();
        let verified = portcullis::keys::jwt::UnverifiedJwt::parse(&token).unwrap().alg().to_owned();
        assert_eq!(verified, "PS256");
        claims(&token)
    };
    let now = server.clock.now().unix_timestamp();

    let with_query = "https://web.example/callback?dummy1=lorem&dummy2=ipsum";
    let page = brought(&server, &asking(&[("response_mode", "jwt"), ("redirect_uri", with_query)])).await;
    assert_eq!(page.redirected().into_keys().collect::<Vec<_>>(), ["dummy1", "dummy2", "response"]);
    let answer = signed(&page);
    assert_eq!(
        (&answer["iss"], &answer["aud"], &answer["state"]),
        (&json!(ISSUER), &json!("web"), &json!("the-state"))
    );
    assert!((now + 300..=now + 660).contains(&answer["exp"].as_i64().unwrap()));
    let code = answer["code"].as_str().unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("code_verifier", crate::browser::VERIFIER),
        ("redirect_uri", with_query),
    ];
    assert_eq!(server.token(Some("web"), &form).await.status, 200);

    let none = [("response_mode", "query.jwt"), ("redirect_uri", WEB_CALLBACK), ("prompt", "none")];
    let error = signed(&brought(&server, &asking(&none)).await);
    assert_eq!((&error["error"], error.get("code")), (&json!("login_required"), None));
    let posted = brought(&server, &asking(&[("response_mode", "form_post.jwt"), ("redirect_uri", WEB_CALLBACK)])).await;
    let body = &posted.answer.body;
    assert!(
        body.contains("name=\"response\"") && !body.contains("name=\"code\"") && !body.contains("name=\"iss\""),
        "{body}"
    );
}
