//! Separation of duties: who administers stays out of client applications, and the other way around.

use axum::http::StatusCode;
use portcullis::{
    accounts::users,
    model::{office::Office, registry::Role},
    protocol::assurance::Level,
    registry::roles,
    store,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{enrol, onward};
use crate::{
    console,
    server::{PASSWORD, Server, Tokens, admin},
};

async fn live_sessions(server: &Server, username: &str) -> i64 {
    let live = "select count(*) from sessions join users using (user_id) where username = $1 and ended_at is null";
    sqlx::query_scalar(live).bind(username).fetch_one(&server.db).await.unwrap()
}

/// Neither by signing in there nor by a sign-in elsewhere.
#[sqlx::test]
async fn an_administrator_gets_into_no_application(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let page = browser.authorize(&[]).await;
    let refused = browser.sign_in(&page, "admin").await;
    assert_eq!(refused.answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.has_form("sign-in") && !browser.cookies.contains_key("__Host-sid"));

    let page = browser.submit("/sign-in", &[("username", "admin"), ("password", PASSWORD)]).await;
    let page = browser.submit(&page.uri, &[("code", &server.code())]).await;
    assert_eq!(page.uri, "/account");
    assert!(browser.authorize(&[]).await.has_form("sign-in"));
    assert_eq!(browser.authorize(&[("prompt", "none")]).await.error(), "login_required");
    let (mut at_console, _) = console::signed_in(&server, "admin").await;
    assert!(at_console.authorize(&[]).await.has_form("sign-in"));
}

/// Whoever becomes an administrator leaves everything behind that they had as a user.
#[sqlx::test]
async fn who_becomes_an_administrator_begins_anew(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let tokens = Tokens::of(&server.redeem("web", &browser.obtain_code().await).await);
    let unredeemed = browser.obtain_code().await;

    console::make_administrator(&server, "alice").await;

    assert_eq!(live_sessions(&server, "alice").await, 0);
    assert_eq!(server.introspect(&tokens.access).await["active"], false);
    assert_eq!(server.refresh("web", &tokens.refresh).await.refusal(), (400, "invalid_grant".into()));
    assert_eq!(server.redeem("web", &unredeemed).await.refusal(), (400, "invalid_grant".into()));
    let told = "select (after->>'sessions')::bigint from audit_events where event = 'session.ended'";
    assert_eq!(sqlx::query_scalar::<_, i64>(told).fetch_one(&server.db).await.unwrap(), 1);
}

/// Where duties are not kept apart, the same person does both; but with two factors, and each in a session of its own.
#[sqlx::test]
async fn one_person_may_do_both_where_that_is_set(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start_with(options, |settings| settings.separation_of_duties = false).await;
    let mut browser = server.browser();
    let tokens = Tokens::of(&server.redeem("web", &browser.obtain_code().await).await);

    console::make_administrator(&server, "alice").await;

    assert_eq!(live_sessions(&server, "alice").await, 0);
    let refused = server.refresh("web", &tokens.refresh).await.refusal();
    assert_eq!(refused, (400, "invalid_grant".into()), "what a password alone opened is too weak now");
    let page = browser.authorize(&[]).await;
    let page = browser.sign_in(&page, "alice").await;
    let (_, page) = enrol(&mut browser, &page).await;
    assert!(!onward(&mut browser, &page).await.code().is_empty());
    assert_eq!(browser.open("/admin/clients").await.path(), "/admin/sign-in");
}

/// A role that goes takes the sessions of those along who administered by it alone.
#[sqlx::test]
async fn a_removed_role_ends_what_it_opened(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let keeper = Role {
        name: "keeper".into(),
        description: String::new(),
        office: Some(Office::Auditor),
        required_level: Level::Aal1,
        scopes: [].into(),
        revision: 1,
    };
    roles::create(&server.app, &admin(), keeper).await.unwrap();
    for (username, given) in [("bob", &["keeper"][..]), ("admin", &["keeper", "administrator"])] {
        let user = store::users::find_named(&server.db, username).await.unwrap().unwrap();
        let roles = given.iter().map(ToString::to_string).collect();
        let settings = users::UserSettings { roles, ..users::UserSettings::from(&user) };
        users::update(&server.app, &admin(), user.user_id, user.revision, &settings).await.unwrap();
    }
    let (mut bob, page) = console::signed_in(&server, "bob").await;
    enrol(&mut bob, &page).await;
    let (mut root, _) = console::signed_in(&server, "admin").await;
    assert_eq!(bob.open("/admin/keys").await.uri, "/admin/keys");

    roles::delete(&server.app, &admin(), "keeper").await.unwrap();

    assert_eq!(live_sessions(&server, "bob").await, 0);
    assert_eq!(bob.open("/admin/keys").await.path(), "/admin/sign-in");
    assert_eq!(root.open("/admin/keys").await.uri, "/admin/keys");
}
