//! What people see of the access to their accounts, and how they end it.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    browser::{Browser, Page, callback},
    console,
    pages::post,
    server::{Server, Tokens, claims},
};

const WEB: (&str, &str) = ("client_id", "web");

async fn tokens(server: &Server, browser: &mut Browser, client: &str, scope: &str) -> Tokens {
    let request = [("client_id", client), ("redirect_uri", callback(client)), ("scope", scope)];
    let code = browser.obtain("alice", &request).await.code();
    Tokens::of(&server.redeem(client, &code).await)
}

/// Opens a page of alice's account, which asks her to sign in if she is not.
async fn account(browser: &mut Browser, path: &str) -> Page {
    let page = browser.open(path).await;
    let page = if page.has_form("sign-in") { browser.sign_in(&page, "alice").await } else { page };
    assert_eq!((page.uri.split('?').next(), page.answer.status.as_u16()), (Some(path), 200), "{}", page.uri);
    page
}

async fn active(server: &Server, tokens: &Tokens) -> bool {
    server.introspect(&tokens.access).await["active"] == true
}

#[sqlx::test]
async fn sh_13_a_person_ends_one_session_and_all_others(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let node = server.second_node().await;
    let [mut here, mut there, mut elsewhere] = [server.browser(), server.browser(), server.browser()];
    let kept = tokens(&server, &mut here, "web", "openid records:read").await;
    let ended = tokens(&server, &mut there, "web", "openid records:read").await;
    let offline = tokens(&server, &mut elsewhere, "web", "openid offline_access records:read").await;
    assert_eq!(account(&mut here, "/account/sessions").await.answer.body.matches("name=\"end\"").count(), 3);

    let session = claims(&ended.id)["sid"].as_str().unwrap().to_owned();
    let page = here.submit("/account/sessions", &[("end", &session)]).await;

    assert!(page.answer.body.contains("The session has ended."), "{}", page.answer.body);
    assert_eq!([active(&server, &kept).await, active(&server, &ended).await], [true, false]);
    assert!(there.authorize(&[]).await.has_form("sign-in"));

    here.submit("/account/sessions", &[("end", "others")]).await;

    assert!(elsewhere.authorize(&[]).await.has_form("sign-in"));
    assert!(here.authorize(&[("scope", "openid")]).await.uri.starts_with(callback("web")), "this one goes on");
    assert_eq!(server.refresh("web", &offline.refresh).await.status, 200, "offline access was to survive");
    node.app.refresh().await.unwrap();
    assert!(!active(&node, &ended).await, "on every node");
}

#[sqlx::test]
async fn sh_13_an_administrator_ends_all_sessions(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let [mut one, mut other] = [server.browser(), server.browser()];
    let given = [
        tokens(&server, &mut one, "web", "openid records:read").await,
        tokens(&server, &mut other, "spa", "openid records:read").await,
    ];
    let (mut admin, _) = console::signed_in(&server, "admin").await;
    let alice = format!("/admin/users/{}", server.user_id("alice").await);
    assert_eq!(admin.open(&alice).await.answer.body.matches("name=\"end\"").count(), 3);

    let page = admin.submit(&format!("{alice}/sessions"), &[("end", "all")]).await;

    assert!(page.answer.body.contains("The user is not signed in anywhere."), "{}", page.answer.body);
    for tokens in &given {
        assert!(!active(&server, tokens).await);
    }
    for browser in [&mut one, &mut other] {
        assert!(browser.open("/account/sessions").await.has_form("sign-in"));
    }
    let page = admin.submit(&format!("{alice}/consents"), &[("withdraw", "spa")]).await;
    assert_eq!(page.answer.body.matches("name=\"withdraw\"").count(), 1, "that of the web client stays");
}

/// A session's id is no key: only its person can end it.
#[sqlx::test]
async fn nobody_ends_the_session_of_another(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut alice, mut bob) = (server.browser(), server.browser());
    let of_alice = tokens(&server, &mut alice, "web", "openid records:read").await;
    let session = claims(&of_alice.id)["sid"].as_str().unwrap().to_owned();
    let page = bob.open("/account/sessions").await;
    bob.sign_in(&page, "bob").await;

    bob.submit("/account/sessions", &[("end", &session)]).await;
    bob.submit("/account/sessions", &[("end", "others")]).await;
    bob.submit("/account/applications", &[("withdraw", "web")]).await;
    let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    let refused = post(&mut alice, "/account/sessions", &foreign, &format!("end={session}")).await;

    assert_eq!(refused.status, 403);
    assert!(active(&server, &of_alice).await);
}

#[sqlx::test]
async fn co_11_withdrawn_consent_ends_codes_and_tokens(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let node = server.second_node().await;
    let mut alice = server.browser();
    let of_web = tokens(&server, &mut alice, "web", "openid offline_access records:read").await;
    let of_spa = tokens(&server, &mut alice, "spa", "openid records:read").await;
    let code = alice.obtain("alice", &[("scope", "openid records:read")]).await.code();
    let page = account(&mut alice, "/account/applications").await;
    assert!(page.answer.body.contains("The web client") && page.answer.body.contains("Use records:read"));

    let page = alice.submit("/account/applications", &[("withdraw", "web")]).await;

    assert!(!page.answer.body.contains("The web client") && page.answer.body.contains("The spa client"));
    assert!(!active(&server, &of_web).await && active(&server, &of_spa).await);
    assert_eq!(server.redeem("web", &code).await.refusal(), (400, "invalid_grant".into()));
    // RF-11
    assert_eq!(server.refresh("web", &of_web.refresh).await.refusal(), (400, "invalid_grant".into()));
    node.app.refresh().await.unwrap();
    assert_eq!(node.get_with_token("/oauth2/userinfo", &of_web.access).await.status, 401, "on every node");
    assert!(alice.authorize(&[WEB, ("scope", "openid records:read")]).await.has_form("consent"), "she is asked again");
}

#[sqlx::test]
async fn the_last_use_is_known_to_the_hour(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut alice = server.browser();
    let last_used = async || {
        server.app.write_uses().await.unwrap();
        let at = sqlx::query_scalar("select last_used_at from consents where client_id = 'web'");
        at.fetch_one(&server.db).await.unwrap()
    };
    let web = tokens(&server, &mut alice, "web", "openid offline_access").await;
    let first: time::OffsetDateTime = last_used().await;

    server.advance(Duration::minutes(50)).await;
    server.refresh("web", &web.refresh).await;
    assert_eq!(last_used().await, first, "not written for each token");

    server.advance(Duration::minutes(20)).await;
    server.refresh("web", &web.refresh).await;
    assert!(last_used().await - first > Duration::hours(1));
}

#[sqlx::test]
async fn what_happened_is_told_in_words(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut alice, mut bob) = (server.browser(), server.browser());
    tokens(&server, &mut alice, "web", "openid records:read").await;
    alice.submit("/account/applications", &[("withdraw", "web")]).await;
    bob.obtain("bob", &[("scope", "openid profile")]).await;

    let page = account(&mut alice, "/account/activity").await.answer.body;

    let told =
        ["You signed in.", "<bdi>The web client</bdi> was given access.", "The access of <bdi>The web client</bdi>"];
    let found = told.map(|text| page.find(text).unwrap_or_else(|| panic!("{text}: {page}")));
    assert!(found[2] < found[1] && found[1] < found[0], "the newest first");
    assert_eq!(page.matches("You signed in.").count(), 1, "her own only");

    server.advance(Duration::days(91)).await;
    let page = account(&mut alice, "/account/activity").await.answer.body;
    assert!(page.contains("You signed in.") && !page.contains("was given access"), "90 days: {page}");
}

#[sqlx::test]
async fn what_is_no_factor_has_no_page(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut alice = server.browser();
    account(&mut alice, "/account/factors").await;

    for page in [alice.open("/account/factors/abc").await, alice.submit("/account/factors/abc/remove", &[]).await] {
        assert_eq!(page.answer.status, 404);
        assert!(page.answer.body.contains("There is no such page"), "{}", page.answer.body);
    }
}
