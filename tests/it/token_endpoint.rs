//! The token endpoint, apart from the grants of people.

use axum::{
    body::Body,
    http::{Request, header},
};
use portcullis::{
    policy::new_client::NewClient,
    protocol::{client::ClientType, client_metadata::ClientMetadata},
    registry::{ChangeError, clients},
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{
    browser::VERIFIER,
    server::{Answer, BILLING, ISSUER, RECORDS, Server, Tokens, admin, claims},
};

/// Posts a body as it is, as the service.
async fn raw(server: &Server, content_type: &str, body: &str) -> Answer {
    let request = Request::post("/oauth2/token").header(header::CONTENT_TYPE, content_type);
    server.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[sqlx::test]
async fn tk_02_tk_12_only_well_formed_forms_are_read(_: PgPoolOptions, options: PgConnectOptions) {
    const FORM: &str = "application/x-www-form-urlencoded";
    let server = Server::start(options).await;
    let good = "grant_type=client_credentials&client_id=service";

    for (content_type, body) in [
        ("application/json", "{\"grant_type\":\"client_credentials\"}"),
        ("multipart/form-data; boundary=x", good),
        ("text/plain", good),
        ("", good),
        (FORM, "grant_type=client_credentials&client_id=service&x=%zz"),
        (FORM, "grant_type=client_credentials&client_id=service&x=%ff"),
        (FORM, "grant_type=client_credentials&client_id=service&x=%"),
        (FORM, "grant_type=client_credentials&client_id=service&x=%ED%A0%80"),
    ] {
        let answer = raw(&server, content_type, body).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{content_type} {body}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[sqlx::test]
async fn tk_04_tk_06_tk_08_a_grant_must_be_known_and_allowed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for (client, grant_type, error) in [
        ("service", "", "invalid_request"),
        ("service", "password", "unsupported_grant_type"),
        ("service", "CLIENT_CREDENTIALS", "unsupported_grant_type"),
        ("service", "authorization_code", "unauthorized_client"),
        ("service", "refresh_token", "unauthorized_client"),
        ("web", "client_credentials", "unauthorized_client"),
        ("spa", "client_credentials", "unauthorized_client"),
        ("native", "client_credentials", "unauthorized_client"),
        ("web", "authorization_code", "invalid_request"),
        ("web", "refresh_token", "invalid_request"),
    ] {
        let answer = server.token_as(client, &[("grant_type", grant_type), ("scope", "records:read")]).await;
        assert_eq!(answer.refusal(), (400, error.into()), "{client} {grant_type}");
    }
    let missing = server.token(Some("service"), &[("scope", "records:read")]).await;
    assert_eq!(missing.refusal(), (400, "invalid_request".into()));
}

#[sqlx::test]
async fn tk_05_a_repeated_parameter_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let good =
        [("grant_type", "client_credentials"), ("scope", "records:read"), ("client_id", "service"), ("code", "x")];

    for repeated in good {
        let form = [&good[..], &[repeated]].concat();
        let answer = server.token(Some("service"), &form).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{repeated:?}");
    }
    assert!(server.token(Some("service"), &good).await.status.is_success());
}

#[sqlx::test]
async fn tk_10_a_client_gets_its_own_scopes_and_no_others(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for (scope, granted) in [
        ("records:read", Some("records:read")),
        ("", Some("records:read records:write")),
        ("records:read billing:read", Some("records:read")),
        ("billing:read", None),
        ("openid", None),
        ("unheard:of", None),
    ] {
        let answer = server.token(Some("service"), &[("grant_type", "client_credentials"), ("scope", scope)]).await;
        match granted {
            Some(granted) => {
                let tokens = Tokens::of(&answer);
                assert_eq!(tokens.scope, granted, "{scope}");
                assert_eq!(claims(&tokens.access)["scope"], granted, "{scope}");
                assert_eq!((tokens.refresh.as_str(), tokens.id.as_str()), ("", ""), "{scope}");
            }
            None => assert_eq!(answer.refusal(), (400, "invalid_scope".into()), "{scope}"),
        }
    }
}

#[sqlx::test]
async fn tk_11_no_client_can_be_taken_for_a_person(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let alice = server.user_id("alice").await.to_string();
    let of_service = claims(&server.service_token().await);
    let named = |id: &str| NewClient {
        client_id: Some(id.into()),
        client_secret: None,
        ..NewClient::from(ClientMetadata { name: "A double".into(), ..ClientMetadata::of_type(ClientType::Service) })
    };

    for id in [alice.clone(), alice.to_uppercase(), alice.replace('-', "")] {
        let created = clients::create(&server.app, &admin(), named(&id)).await;
        assert!(matches!(created, Err(ChangeError::Invalid(_))), "{id}");
    }
    assert_eq!((&of_service["sub"], &of_service["client_id"]), (&"service".into(), &"service".into()));
}

#[sqlx::test]
async fn tk_13_unknown_parameters_are_ignored(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    let form = [("grant_type", "client_credentials"), ("extra", "foobar"), ("redirect_uri", "https://evil.example")];
    let answer = server.token(Some("service"), &form).await;

    assert!(answer.status.is_success(), "{}", answer.body);
}

#[sqlx::test]
async fn tk_15_a_resource_must_be_an_api_that_the_client_may_use(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for resources in [
        &[BILLING][..],
        &["https://unknown.example"],
        &["https://records.example/api#x"],
        &["https://records.example/API"],
        &["records"],
        &[ISSUER],
        &[RECORDS, BILLING],
    ] {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(resources.iter().map(|resource| ("resource", *resource)));
        let answer = server.token(Some("service"), &form).await;
        assert_eq!(answer.refusal(), (400, "invalid_target".into()), "{resources:?}");
    }
    let answer = server.token(Some("service"), &[("grant_type", "client_credentials"), ("resource", RECORDS)]).await;
    assert_eq!(claims(&Tokens::of(&answer).access)["aud"], RECORDS);
}

#[sqlx::test]
async fn tk_17_only_the_parameters_of_the_named_grant_count(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let tokens = Tokens::of(&server.redeem("web", &browser.obtain_code().await).await);
    let code = browser.obtain_code().await;

    for (name, value, error) in [("refresh_token", "x", "invalid_grant"), ("refresh_token", "", "invalid_request")] {
        let form = [("grant_type", "refresh_token"), (name, value), ("code", &code), ("code_verifier", VERIFIER)];
        let answer = server.token(Some("web"), &form).await;
        assert_eq!(answer.refusal(), (400, error.into()));
    }
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh), ("code", "x"), ("code_verifier", "x")];
    assert!(server.token(Some("web"), &form).await.status.is_success());
    assert!(server.redeem("web", &code).await.status.is_success(), "the code was not touched");
}

#[sqlx::test]
async fn tk_18_strange_text_is_refused_and_nothing_leaks(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let good = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("code_verifier", VERIFIER),
        ("redirect_uri", "x"),
        ("client_id", "spa"),
        ("resource", RECORDS),
        ("scope", "openid"),
        ("refresh_token", "x"),
    ];

    for (name, _) in good {
        for text in ["'", "' or 1=1 --", "\0", "\u{1f600}", "\u{fffd}", "{{7*7}}", "../../etc/passwd"] {
            let form = good.map(|(own, value)| if own == name { (own, text) } else { (own, value) });
            let answer = server.token(None, &form).await;
            assert!(answer.status.is_client_error(), "{name}={text:?}: {}", answer.status);
            assert!(!answer.json()["error"].as_str().unwrap().is_empty());
            for leak in ["sql", "postgres", "src/", "panick", "etc/passwd"] {
                assert!(!answer.body.to_lowercase().contains(leak), "{name}={text:?}: {}", answer.body);
            }
        }
    }
}
