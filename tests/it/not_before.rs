//! What a client had before it was disabled stays dead, even if it is enabled again (JW-22, AD-15).

use portcullis::{
    registry::{clients, revocation},
    store::clients as stored_clients,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    mail,
    server::{Server, Tokens, admin},
    tokens,
};

/// Disables a client and enables it again, at once: mostly within the second in which its tokens were made.
async fn off_and_on(server: &Server, client_id: &str) {
    for enabled in [false, true] {
        clients::set_enabled(&server.app, &admin(), client_id, enabled).await.unwrap();
    }
}

async fn is_active(server: &Server, token: &str) -> bool {
    server.post("/oauth2/introspect", Some("monitor"), &[("token", token)]).await.json()["active"] == true
}

#[sqlx::test]
async fn jw_22_a_client_that_is_enabled_again_gets_new_tokens_and_none_back(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    let second = server.second_node().await;
    let old = server.service_token().await;
    assert!(is_active(&server, &old).await);

    off_and_on(&server, "service").await;
    second.app.refresh().await.unwrap();

    for node in [&server, &second] {
        assert!(!is_active(node, &old).await);
        assert!(is_active(node, &node.service_token().await).await);
    }
    let between = server.service_token().await;
    off_and_on(&server, "service").await;
    assert!(!is_active(&server, &old).await && !is_active(&server, &between).await, "each time anew");
}

#[sqlx::test]
async fn jw_22_a_change_of_its_settings_gives_a_client_nothing_back(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let old = server.service_token().await;
    off_and_on(&server, "service").await;
    let client = stored_clients::find(&server.db, "service").await.unwrap().unwrap();

    clients::update(&server.app, &admin(), "service", client.revision, &client.metadata).await.unwrap();

    assert!(!is_active(&server, &old).await);
    assert!(is_active(&server, &server.service_token().await).await);
}

#[sqlx::test]
async fn jw_22_nor_has_a_client_what_people_allowed_it_before(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let code = server.browser().obtain_code().await;
    let old = Tokens::of(&tokens::redeem(&server, &server.browser().obtain_code().await).await);
    assert_eq!(server.get_with_token("/oauth2/userinfo", &old.access).await.status, 200);

    off_and_on(&server, "web").await;

    assert!(!is_active(&server, &old.access).await && !is_active(&server, &old.refresh).await);
    assert_eq!(server.get_with_token("/oauth2/userinfo", &old.access).await.status, 401);
    assert_eq!(tokens::refresh(&server, &old.refresh).await.refusal(), (400, "invalid_grant".into()));
    assert_eq!(tokens::redeem(&server, &code).await.refusal(), (400, "invalid_grant".into()));
    let new = Tokens::of(&tokens::redeem(&server, &server.browser().obtain_code().await).await);
    assert_eq!(server.get_with_token("/oauth2/userinfo", &new.access).await.status, 200);
}

/// Whoever changes a client last may have a clock that is behind.
#[sqlx::test]
async fn jw_22_a_clock_that_is_behind_brings_nothing_back(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    server.advance(Duration::seconds(60)).await;
    let old = server.service_token().await;
    clients::set_enabled(&server.app, &admin(), "service", false).await.unwrap();

    server.clock.advance(Duration::seconds(-60));
    clients::set_enabled(&server.app, &admin(), "service", true).await.unwrap();
    server.clock.advance(Duration::seconds(60));

    assert!(!is_active(&server, &old).await);
    assert!(is_active(&server, &server.service_token().await).await);
}

/// CR-08: a backup knows nothing of what was revoked after it was made.
#[sqlx::test]
async fn cr_08_after_a_restore_nothing_of_before_works(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let second = server.second_node().await;
    let (own, person) = (server.service_token().await, server.tokens("spa").await);
    let mut alice = server.browser();
    let page = alice.open("/account").await;
    alice.sign_in(&page, "alice").await;
    server.browser().submit("/recover", &[("username", "alice")]).await;
    let link = mail::link(&server, "alice@people.example").await;
    let code = server.browser().obtain_code().await;

    let revoked = revocation::revoke_all(&server.app, &admin()).await.unwrap();
    second.app.refresh().await.unwrap();

    assert!(revoked.sessions >= 2 && revoked.grants == 2, "{revoked:?}");
    for node in [&server, &second] {
        for token in [&own, &person.access, &person.refresh] {
            assert!(!is_active(node, token).await);
        }
        assert_eq!(node.refresh("spa", &person.refresh).await.refusal(), (400, "invalid_grant".into()));
        assert_eq!(node.redeem("web", &code).await.refusal(), (400, "invalid_grant".into()));
        assert_eq!(node.browser().open(&link).await.answer.status, 410);
    }
    assert!(alice.open("/account").await.uri.starts_with("/sign-in"));
    assert!(is_active(&second, &server.service_token().await).await, "and all may begin anew");
    assert!(is_active(&second, &server.tokens("spa").await.access).await);
}
