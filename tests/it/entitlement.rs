//! A token holds what its owner may have, at every door (decision D11): an API is in its audience only if a scope of the
//! API is held, what was lost since is not shown, and what an API demands cannot be walked around.

use crate::{
    browser::VERIFIER,
    server::{Answer, BILLING, ISSUER, RECORDS, Server, Tokens, admin, claims},
};
use portcullis::{
    accounts::users,
    model::registry::Role,
    protocol::{assurance::Level, scope::Scope},
    registry::{
        apis::{self, ApiSettings},
        roles,
    },
    store::users as stored_users,
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

const USERINFO: &str = "/oauth2/userinfo";

async fn change_api(server: &Server, identifier: &str, change: impl FnOnce(&mut ApiSettings)) {
    let api = server.snapshot().await.registry().api_identified(identifier).unwrap().clone();
    let mut settings = ApiSettings::from(&*api);
    change(&mut settings);
    apis::update(&server.app, &admin(), api.api_id, api.revision, &settings).await.unwrap();
}

/// What patients, alice among them, may do at APIs from now on. No grant is revoked by it.
async fn patients_may(server: &Server, scopes: &[&str]) {
    let before = server.snapshot().await.registry().role("patient").unwrap().clone();
    let scopes = scopes.iter().map(ToString::to_string).collect();
    roles::update(&server.app, &admin(), Role { scopes, ..before }).await.unwrap();
}

/// What alice grants the web client.
async fn granted(server: &Server, scope: &str) -> Tokens {
    let code = server.browser().obtain("alice", &[("scope", scope)]).await.code();
    Tokens::of(&server.redeem("web", &code).await)
}

async fn redeem(server: &Server, code: &str, resource: &str) -> Answer {
    let form =
        [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER), ("resource", resource)];
    server.token(Some("web"), &form).await
}

async fn refresh(server: &Server, token: &str, more: &[(&str, &str)]) -> Answer {
    let form = [&[("grant_type", "refresh_token"), ("refresh_token", token)], more].concat();
    server.token(Some("web"), &form).await
}

async fn introspect_as(server: &Server, client: &str, token: &str) -> Value {
    server.post("/oauth2/introspect", Some(client), &[("token", token)]).await.json()
}

/// What the API and the monitor are told of a token: its scope and audience. `null`: it does not work.
async fn seen(server: &Server, token: &str) -> [Value; 2] {
    let mut seen = Vec::new();
    for client in ["records-api", "monitor"] {
        let said = introspect_as(server, client, token).await;
        let active = said["active"].as_bool().unwrap();
        seen.push(if active { json!([said["scope"], said["aud"]]) } else { Value::Null });
    }
    seen.try_into().unwrap()
}

fn invalid_target() -> (u16, String) {
    (400, "invalid_target".into())
}

#[sqlx::test]
async fn no_door_gives_an_audience_without_a_scope(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    change_api(&server, RECORDS, |api| api.roles_in_token = true).await;
    for scopes in [&["openid", "offline_access"][..], &["openid", "offline_access", "records:read"]] {
        server.change_client("web", |web| web.scopes = Scope::from_names(scopes.iter().copied()).unwrap()).await;
        let only_openid = ("scope", "openid offline_access");
        let asked = server.browser().obtain("alice", &[only_openid, ("resource", RECORDS)]).await;
        assert_eq!(asked.error(), "invalid_target", "the authorization request: {}", asked.uri);

        let code = server.browser().obtain("alice", &[only_openid]).await.code();
        assert_eq!(redeem(&server, &code, RECORDS).await.refusal(), invalid_target(), "the code");
        let tokens = Tokens::of(&server.redeem("web", &code).await);
        let named = refresh(&server, &tokens.refresh, &[("resource", RECORDS)]).await;
        assert_eq!(named.refusal(), invalid_target(), "the refresh token");
        for access in [&tokens.access, &Tokens::of(&refresh(&server, &tokens.refresh, &[]).await).access] {
            let said = claims(access);
            assert_eq!((&said["aud"], said.get("roles")), (&json!(ISSUER), None));
            assert_eq!(seen(&server, access).await[0], Value::Null, "the API");
        }
    }
    let tokens = granted(&server, "openid offline_access records:read").await;
    let narrowed = refresh(&server, &tokens.refresh, &[("scope", "openid"), ("resource", RECORDS)]).await;
    assert_eq!(narrowed.refusal(), invalid_target(), "the refresh token with fewer scopes");
    let narrowed = Tokens::of(&refresh(&server, &tokens.refresh, &[("scope", "openid")]).await);
    assert_eq!(claims(&narrowed.access)["aud"], ISSUER);

    let form = [("grant_type", "client_credentials"), ("scope", "records:read"), ("resource", BILLING)];
    assert_eq!(server.token(Some("service"), &form).await.refusal(), invalid_target(), "the client itself");
}

/// Clients of MCP send none: what the client is registered for at the APIs that are named, and what consent shows.
#[sqlx::test]
async fn a_resource_without_a_scope_stands_for_the_clients_scopes_there(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let no_scope = ("scope", "");

    let mut browser = server.browser();
    let page = browser.authorize(&[no_scope, ("resource", RECORDS)]).await;
    let consent = browser.sign_in(&page, "alice").await;
    assert!(consent.answer.body.contains("Use records:write") && !consent.answer.body.contains("Use billing:read"));
    let code = browser.consent(&consent, "allow").await.code();
    let tokens = Tokens::of(&server.redeem("web", &code).await);
    assert_eq!((tokens.scope.as_str(), tokens.id.as_str()), ("records:read records:write", ""));
    assert_eq!(claims(&tokens.access)["aud"], RECORDS);

    let unknown = browser.authorize(&[no_scope, ("resource", "https://unknown.example")]).await;
    assert_eq!(unknown.error(), "invalid_target");
    assert_eq!(browser.authorize(&[no_scope]).await.error(), "invalid_scope");
    let form = [("grant_type", "client_credentials"), ("resource", RECORDS)];
    let answer = server.token(Some("service"), &form).await.json();
    assert_eq!((&answer["scope"], answer["access_token"].is_string()), (&"records:read records:write".into(), true));
}

#[sqlx::test]
async fn a_person_without_a_role_at_the_resource_is_refused_once_known(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let page = browser.authorize(&[("scope", "openid records:read"), ("resource", RECORDS)]).await;

    let refused = browser.sign_in(&page, "bob").await;

    assert_eq!((refused.error().as_str(), &*refused.redirected()["state"]), ("invalid_target", "the-state"));
    let without = browser.obtain("bob", &[("scope", "openid records:read")]).await.code();
    assert_eq!(Tokens::of(&server.redeem("web", &without).await).scope, "openid");
}

#[sqlx::test]
async fn of_several_resources_those_without_a_scope_are_left_out(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    patients_may(&server, &["records:read"]).await;
    let asked = [("scope", "openid records:read billing:read"), ("resource", RECORDS), ("resource", BILLING)];
    let code = server.browser().obtain("alice", &asked).await.code();

    patients_may(&server, &["records:read", "billing:read"]).await;
    let billing = redeem(&server, &code, BILLING).await;
    let tokens = Tokens::of(&server.redeem("web", &code).await);

    assert_eq!(billing.refusal(), invalid_target());
    assert_eq!(
        (tokens.scope.as_str(), &claims(&tokens.access)["aud"]),
        ("openid records:read", &json!([RECORDS, ISSUER]))
    );
}

/// An API that wants a passkey: no door leads there by a password, with a scope or without.
#[sqlx::test]
async fn an_api_that_demands_phr_is_not_reached_with_aal1(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let before = granted(&server, "openid offline_access records:read").await;
    let code = server.browser().obtain("alice", &[("scope", "openid records:read")]).await.code();
    change_api(&server, RECORDS, |api| api.required_level = Level::Phr).await;

    let mut browser = server.browser();
    let page = browser.authorize(&[("scope", "openid records:read"), ("resource", RECORDS)]).await;
    let page = browser.sign_in(&page, "alice").await;
    assert!(page.uri.starts_with("/enrol/"), "{}", page.uri);
    let bare = server.browser().obtain("alice", &[("scope", "openid offline_access")]).await.code();
    assert_eq!(redeem(&server, &bare, RECORDS).await.refusal(), invalid_target());
    let bare = Tokens::of(&server.redeem("web", &bare).await);
    assert_eq!(claims(&bare.access)["acr"], "aal1");
    assert_eq!(refresh(&server, &bare.refresh, &[("resource", RECORDS)]).await.refusal(), invalid_target());
    let narrowed = refresh(&server, &before.refresh, &[("scope", "openid"), ("resource", RECORDS)]).await;
    assert_eq!(narrowed.refusal(), invalid_target());
    assert_eq!(refresh(&server, &before.refresh, &[]).await.refusal(), (400, "invalid_grant".into()));
    assert_eq!(redeem(&server, &code, RECORDS).await.refusal(), (400, "invalid_grant".into()));
}

#[sqlx::test]
async fn introspection_shows_what_a_role_still_gives(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = granted(&server, "openid offline_access records:read records:write").await;
    let all = json!(["openid offline_access records:read records:write", [RECORDS, ISSUER]]);
    let less = json!(["openid offline_access records:read", [RECORDS, ISSUER]]);
    assert_eq!(seen(&server, &tokens.access).await, [all.clone(), all.clone()]);

    patients_may(&server, &["records:read"]).await;
    assert_eq!(seen(&server, &tokens.access).await, [less.clone(), less]);
    assert_eq!(introspect_as(&server, "monitor", &tokens.refresh).await["scope"], "openid offline_access records:read");

    patients_may(&server, &[]).await;
    let left = json!(["openid offline_access", ISSUER]);
    assert_eq!(seen(&server, &tokens.access).await, [Value::Null, left.clone()]);
    assert_eq!(introspect_as(&server, "monitor", &tokens.refresh).await["scope"], left[0]);
    assert_eq!(server.get_with_token(USERINFO, &tokens.access).await.status, 200);

    patients_may(&server, &["records:read", "records:write"]).await;
    assert_eq!(seen(&server, &tokens.access).await, [all.clone(), all], "it holds no more than it was given");
    roles::delete(&server.app, &admin(), "patient").await.unwrap();
    assert_eq!(seen(&server, &tokens.access).await, [Value::Null, left]);
}

#[sqlx::test]
async fn introspection_shows_what_a_client_is_still_registered_for(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (tokens, service) = (granted(&server, "openid email records:read").await, server.service_token().await);
    let only_records = granted(&server, "records:read").await;

    server.change_client("web", |web| web.scopes = web.scopes.filtered(|scope| scope != "openid")).await;
    let left = json!(["email records:read", RECORDS]);
    assert_eq!(seen(&server, &tokens.access).await, [left.clone(), left]);
    assert_eq!(server.get_with_token(USERINFO, &tokens.access).await.refusal(), (403, "insufficient_scope".into()));

    server.change_client("web", |web| web.scopes = "openid".parse().unwrap()).await;
    assert_eq!(seen(&server, &tokens.access).await, [Value::Null, json!(["openid", ISSUER])]);
    assert_eq!(seen(&server, &only_records.access).await, [Value::Null, Value::Null]);
    let info = server.get_with_token(USERINFO, &tokens.access).await.json();
    assert_eq!(info, json!({"sub": claims(&tokens.access)["sub"]}), "the client lost email");

    assert_eq!(seen(&server, &service).await[0], json!(["records:read", RECORDS]));
    server.change_client("service", |service| service.scopes = "records:write".parse().unwrap()).await;
    assert_eq!(seen(&server, &service).await, [Value::Null, Value::Null]);
}

#[sqlx::test]
async fn introspection_shows_what_an_api_still_has(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = granted(&server, "openid records:read records:write").await;
    let service = server.service_token().await;

    change_api(&server, RECORDS, |api| api.scopes.retain(|name, _| name == "records:write")).await;
    let left = json!(["openid records:write", [RECORDS, ISSUER]]);
    assert_eq!(seen(&server, &tokens.access).await, [left.clone(), left]);
    assert_eq!(seen(&server, &service).await, [Value::Null, Value::Null]);

    let records = server.snapshot().await.registry().api_identified(RECORDS).unwrap().api_id;
    apis::delete(&server.app, &admin(), records).await.unwrap();
    assert_eq!(seen(&server, &tokens.access).await, [Value::Null, json!(["openid", ISSUER])]);
}

/// Roles and levels are those of now: the same as at a refresh.
#[sqlx::test]
async fn introspection_shows_the_roles_and_holds_the_level_of_now(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    change_api(&server, RECORDS, |api| api.roles_in_token = true).await;
    let tokens = granted(&server, "openid offline_access records:read").await;
    let elsewhere = granted(&server, "openid").await;
    let alice = stored_users::find_named(&server.db, "alice").await.unwrap().unwrap();
    let roles = vec!["patient".into(), "visitor".into()];
    let settings = users::UserSettings { roles, ..users::UserSettings::from(&alice) };
    users::update(&server.app, &admin(), alice.user_id, alice.revision, &settings).await.unwrap();

    assert_eq!(claims(&tokens.access)["roles"], json!(["patient"]));
    assert_eq!(introspect_as(&server, "records-api", &tokens.access).await["roles"], json!(["patient", "visitor"]));
    change_api(&server, RECORDS, |api| api.roles_in_token = false).await;
    assert_eq!(introspect_as(&server, "records-api", &tokens.access).await.get("roles"), None);

    let active = async |token: &str| introspect_as(&server, "monitor", token).await["active"].clone();
    for (level, works) in [(Level::Aal2, false), (Level::Aal1, true)] {
        change_api(&server, RECORDS, |api| api.required_level = level).await;
        assert_eq!(introspect_as(&server, "records-api", &tokens.access).await["active"], works, "{level:?}");
        for token in [&tokens.access, &tokens.refresh] {
            assert_eq!(active(token).await, works, "{level:?}");
        }
        assert_eq!(refresh(&server, &tokens.refresh, &[]).await.status.is_success(), works, "{level:?}");
        assert_eq!(server.get_with_token(USERINFO, &tokens.access).await.status.is_success(), works, "{level:?}");
        assert_eq!(active(&elsewhere.access).await, true, "what is not for this API is not concerned");
    }
}

/// A grant is for the APIs whose scopes were allowed, whatever is named like them later.
#[sqlx::test]
async fn a_scope_that_moves_to_another_api_is_not_taken_along(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = granted(&server, "openid offline_access records:read").await;
    change_api(&server, RECORDS, |api| api.scopes.retain(|name, _| name != "records:read")).await;
    change_api(&server, BILLING, |api| {
        api.scopes.insert("records:read".into(), "Use it elsewhere".into());
    })
    .await;
    patients_may(&server, &["records:read"]).await;
    server.change_client("web", |web| web.scopes = web.scopes.union(&"records:read".parse().unwrap())).await;

    let refreshed = Tokens::of(&refresh(&server, &tokens.refresh, &[]).await);

    assert_eq!(
        (refreshed.scope.as_str(), &claims(&refreshed.access)["aud"]),
        ("openid offline_access", &json!(ISSUER))
    );
    assert_eq!(refresh(&server, &tokens.refresh, &[("resource", BILLING)]).await.refusal(), invalid_target());
    assert_eq!(seen(&server, &tokens.access).await, [Value::Null, json!(["openid offline_access", ISSUER])]);
}
