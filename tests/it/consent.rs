//! Consent: asked for what is new, remembered, and never more than client and roles allow.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use portcullis::{
    registry::{
        apis::{self, ApiSettings},
        roles,
    },
    store::consents,
};
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    browser::{Page, authorize_uri, callback},
    server::{PASSWORD, RECORDS, Server, Tokens, admin, claims},
};

#[sqlx::test]
async fn the_page_says_in_words_what_is_asked(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[("scope", "openid email records:read")]).await;

    let page = browser.sign_in(&asked, "alice").await;

    for words in ["The web client", "alice", "Health records", "Use records:read", "Read your email address"] {
        assert!(page.answer.body.contains(words), "{words}: {}", page.answer.body);
    }
    assert!(!page.answer.body.contains("Read your postal address"));
}

#[sqlx::test]
async fn consent_is_remembered_and_grows(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    browser.obtain("alice", &[("scope", "openid")]).await.code();

    let again = browser.authorize(&[("scope", "openid")]).await;
    let more = browser.authorize(&[("scope", "openid profile")]).await;
    let allowed = browser.consent(&more, "allow").await;
    let other = browser.authorize(&[("scope", "email")]).await;
    browser.consent(&other, "allow").await;
    let all = browser.authorize(&[("scope", "openid profile email")]).await;
    let other_client = browser.authorize(&[("client_id", "spa"), ("redirect_uri", crate::server::SPA_CALLBACK)]).await;

    assert!(!again.code().is_empty() && !allowed.code().is_empty());
    assert_eq!(Tokens::of(&server.redeem("web", &all.code()).await).scope, "openid profile email");
    assert!(other_client.has_form("consent"), "it was given to one client: {}", other_client.uri);
}

#[sqlx::test]
async fn another_browser_of_the_same_person_is_not_asked_again(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.browser().obtain_code().await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[]).await;

    let page = browser.sign_in(&asked, "alice").await;

    assert!(!page.code().is_empty());
}

#[sqlx::test]
async fn prompt_consent_asks_again(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    browser.obtain_code().await;
    server.advance(Duration::seconds(1)).await;

    let asked = browser.authorize(&[("prompt", "consent")]).await;

    assert!(asked.has_form("consent"), "{}", asked.uri);
    assert!(!browser.consent(&asked, "allow").await.code().is_empty());
}

/// D12, RFC 8252 §8.6: any program on the device can pose as a native client, so a consent that is remembered is not
/// enough for it.
#[sqlx::test]
async fn a_native_client_gets_no_code_without_a_page(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let native = [("client_id", "native"), ("redirect_uri", callback("native"))];
    let silently = [&native[..], &[("prompt", "none")]].concat();
    let signed_out = browser.authorize(&silently).await;
    browser.obtain("alice", &native).await.code();

    let again = browser.authorize(&native).await;
    let silent = browser.authorize(&silently).await;
    let allowed = browser.consent(&again, "allow").await;
    let silent_after = browser.authorize(&silently).await;

    assert_eq!(signed_out.error(), "login_required");
    assert!(again.has_form("consent"), "{}", again.uri);
    for refused in [&silent, &silent_after] {
        assert!(refused.uri.starts_with(callback("native")), "{}", refused.uri);
        assert_eq!((refused.error().as_str(), &*refused.redirected()["state"]), ("interaction_required", "the-state"));
    }
    assert_eq!(allowed.redirected()["state"], "the-state");
    assert!(server.redeem("native", &allowed.code()).await.status.is_success());
}

/// The yes to one request is none to another that waits: not to one in another tab, and not to one that somebody else
/// sent ahead and brings into this browser afterwards.
#[sqlx::test]
async fn a_consent_that_is_asked_for_each_time_answers_one_request(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let prompted = [("prompt", "consent")];
    let native = [("client_id", "native"), ("redirect_uri", callback("native"))];
    for changes in [&native[..], &prompted] {
        let mut browser = server.browser();
        browser.obtain("alice", changes).await.code();
        let waiting = browser.authorize(changes).await;
        let sent_ahead = Request::post("/oauth2/authorize")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(authorize_uri(changes).split_once('?').unwrap().1.to_owned()));
        let sent_ahead = server.send(sent_ahead.unwrap()).await.header("location").to_owned();
        server.advance(Duration::seconds(1)).await;

        let other = browser.authorize(changes).await;
        assert!(!browser.consent(&other, "allow").await.code().is_empty());

        let asked_again = |page: &Page| assert!(page.has_form("consent"), "{changes:?} {}", page.uri);
        asked_again(&browser.open(&waiting.uri.replace("/consent/", "/oauth2/authorize/")).await);
        asked_again(&browser.open(&sent_ahead).await);
    }
}

/// D10: yes is an answer to what the page asked: to that person, for those scopes.
#[sqlx::test]
async fn yes_is_said_to_what_the_page_showed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let scopes = async |names: &[&str]| {
        let mut role = server.snapshot().await.registry().role("patient").unwrap().clone();
        role.scopes = names.iter().map(ToString::to_string).collect();
        roles::update(&server.app, &admin(), role).await.unwrap();
    };
    scopes(&["records:read"]).await;
    let mut browser = server.browser();
    let page = browser.authorize(&[("scope", "openid records:read records:write")]).await;
    let shown = browser.sign_in(&page, "alice").await;
    scopes(&["records:read", "records:write"]).await;

    let more = browser.consent(&shown, "allow").await;

    assert!(more.has_form("consent") && more.answer.body.contains("Use records:write"), "{}", more.answer.body);
    assert_eq!(Tokens::of(&server.redeem("web", &browser.consent(&more, "allow").await.code()).await).scope.len(), 33);

    let page = browser.authorize(&[("scope", "openid email"), ("prompt", "consent")]).await;
    browser.submit("/sign-in", &[("username", "bob"), ("password", PASSWORD)]).await; // in another tab
    let other = browser.consent(&page, "allow").await;
    assert!(other.has_form("consent") && other.answer.body.contains("bob"), "{}", other.answer.body);
    let bob = server.user_id("bob").await;
    assert!(consents::of_user(&server.db, bob).await.unwrap().is_empty(), "bob was not asked");
}

/// What was allowed at one API is not allowed at another that has a scope of the same name later.
#[sqlx::test]
async fn a_scope_of_another_api_is_asked_for_anew(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    browser.obtain("alice", &[("scope", "openid records:read")]).await.code();
    let records = server.snapshot().await.registry().api_identified(RECORDS).unwrap().api_id;

    apis::delete(&server.app, &admin(), records).await.unwrap();
    server.clock.advance(Duration::seconds(1));
    let settings = ApiSettings {
        identifier: "urn:other".into(),
        name: "Other".into(),
        scopes: [("records:read".into(), "Read other things".into())].into(),
        ..ApiSettings::default()
    };
    apis::create(&server.app, &admin(), &settings).await.unwrap();
    let mut role = server.snapshot().await.registry().role("patient").unwrap().clone();
    role.scopes = ["records:read".to_owned()].into();
    roles::update(&server.app, &admin(), role).await.unwrap();
    server.change_client("web", |client| client.scopes = client.scopes.union(&"records:read".parse().unwrap())).await;
    let alice = server.user_id("alice").await;
    assert_eq!(consents::of_user(&server.db, alice).await.unwrap()[0].scopes, ["openid"]);

    browser.authorize(&[("scope", "openid")]).await.code(); // still remembered
    let asked = browser.authorize(&[("scope", "openid records:read")]).await;
    assert!(asked.has_form("consent") && asked.answer.body.contains("Read other things"), "{}", asked.uri);
    browser.consent(&asked, "deny").await;
    let other = browser.authorize(&[("scope", "email")]).await;
    browser.consent(&other, "allow").await;
    let asked = browser.authorize(&[("scope", "openid records:read")]).await;
    assert!(asked.has_form("consent"), "another yes brings it not back: {}", asked.uri);
    browser.consent(&asked, "allow").await.code();
    browser.authorize(&[("scope", "openid records:read")]).await.code();
}

#[sqlx::test]
async fn who_says_no_gives_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[]).await;
    let asked = browser.sign_in(&asked, "alice").await;

    let denied = browser.consent(&asked, "deny").await;

    assert_eq!(denied.error(), "access_denied");
    assert_eq!(denied.redirected()["state"], "the-state");
    assert_eq!(browser.authorize(&[("prompt", "none")]).await.error(), "consent_required");
    let again = browser.submit(&asked.uri, &[("decision", "allow")]).await;
    assert_eq!(again.answer.status, StatusCode::BAD_REQUEST, "the request is over: {}", again.uri);
}

#[sqlx::test]
async fn neither_yes_nor_no_changes_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[]).await;
    let asked = browser.sign_in(&asked, "alice").await;

    for form in [&[][..], &[("decision", "maybe")], &[("decision", "allow"), ("decision", "deny")]] {
        let page = browser.submit(&asked.uri, form).await;
        assert!(page.has_form("consent"), "{form:?} {}", page.uri);
    }
}

#[sqlx::test]
async fn roles_cut_what_a_person_can_grant(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[("scope", "openid records:read")]).await;

    let page = browser.sign_in(&asked, "bob").await;
    let page = browser.consent(&page, "allow").await;

    let tokens = Tokens::of(&server.redeem("web", &page.code()).await);
    assert_eq!(tokens.scope, "openid");
    assert_eq!(claims(&tokens.access)["aud"], crate::server::ISSUER);
    let nothing_left = browser.authorize(&[("scope", "records:read")]).await;
    assert_eq!(nothing_left.error(), "invalid_scope");
}

#[sqlx::test]
async fn the_registration_cuts_what_a_client_can_get(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.change_client("web", |web| web.scopes = "openid records:read".parse().unwrap()).await;

    let code = server.browser().obtain("alice", &[("scope", "openid email records:read records:write")]).await.code();

    assert_eq!(Tokens::of(&server.redeem("web", &code).await).scope, "openid records:read");
}

/// `OpenID` Connect Core §5.5: what the client is not registered for, it cannot get claim by claim either.
#[sqlx::test]
async fn claims_outside_the_registration_are_neither_asked_about_nor_told(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.change_client("web", |web| web.scopes = "openid".parse().unwrap()).await;
    let wanted = json!({"userinfo": {"email": {"essential": true}, "name": null}, "id_token": {"email": null}});
    let mut browser = server.browser();

    let asked = browser.authorize(&[("scope", "openid"), ("claims", &wanted.to_string())]).await;
    let asked = browser.sign_in(&asked, "alice").await;
    let page = browser.consent(&asked, "allow").await;

    assert!(!asked.answer.body.contains("Read your email address"), "{}", asked.answer.body);
    let tokens = Tokens::of(&server.redeem("web", &page.code()).await);
    let id = claims(&tokens.id);
    assert_eq!(id.get("email"), None);
    let info = server.get_with_token("/oauth2/userinfo", &tokens.access).await.json();
    assert_eq!(info, json!({"sub": id["sub"]}));
}

/// `OpenID` Connect Core §5.5: a single claim is allowed like the scope that would bring it, which is not given for that.
#[sqlx::test]
async fn single_claims_are_asked_about_and_remembered(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    browser.obtain("alice", &[("scope", "openid")]).await.code();
    let wanted = json!({"userinfo": {"email": null}}).to_string();
    let request = [("scope", "openid"), ("claims", &*wanted)];
    let silently = [&request[..], &[("prompt", "none")]].concat();

    let too_early = browser.authorize(&silently).await;
    let asked = browser.authorize(&request).await;
    let allowed = browser.consent(&asked, "allow").await;
    let again = browser.authorize(&silently).await;

    assert_eq!(too_early.error(), "consent_required");
    assert!(asked.answer.body.contains("Read your email address"), "{}", asked.answer.body);
    for code in [allowed.code(), again.code()] {
        let tokens = Tokens::of(&server.redeem("web", &code).await);
        assert_eq!(tokens.scope, "openid");
        let info = server.get_with_token("/oauth2/userinfo", &tokens.access).await.json();
        assert_eq!(info, json!({"sub": claims(&tokens.id)["sub"], "email": "alice@people.example"}));
    }
}

#[sqlx::test]
async fn single_claims_end_with_the_registration(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let wanted = json!({"userinfo": {"email": null}, "id_token": {"email": null}}).to_string();
    let asked = [("scope", "openid offline_access"), ("claims", &*wanted)];
    let code = server.browser().obtain("alice", &asked).await.code();
    let before = Tokens::of(&server.redeem("web", &code).await);

    server.change_client("web", |web| web.scopes = web.scopes.filtered(|scope| scope != "email")).await;
    let after = Tokens::of(&server.refresh("web", &before.refresh).await);

    assert_eq!(claims(&before.id)["email"], "alice@people.example");
    assert_eq!(claims(&after.id).get("email"), None);
    for token in [before.access, after.access] {
        let info = server.get_with_token("/oauth2/userinfo", &token).await.json();
        assert_eq!(info, json!({"sub": claims(&before.id)["sub"]}));
    }
}
