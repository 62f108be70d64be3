//! A session of somebody who has given the password and not yet the rest is good for nothing but the next step.

use std::time::Duration as StdDuration;

use portcullis::accounts::users;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use tokio::time::sleep;

use super::{Phone, enrol, with_phone};
use crate::{
    console,
    factors::between,
    privacy,
    server::{PASSWORD, Server, admin},
};

async fn count(server: &Server, rows: &'static str) -> i64 {
    sqlx::query_scalar(rows).fetch_one(&server.db).await.unwrap()
}

/// LG-13, LG-20, AZ-26: every way in asks for the second factor, and no other page lets such a session past.
#[sqlx::test]
async fn lg_13_no_way_leads_around_the_second_factor(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    with_phone(&server, "alice").await;
    let mut browser = server.browser();
    let page = browser.authorize(&[("scope", "openid email")]).await;
    let page = browser.sign_in(&page, "alice").await;
    let id = page.uri.strip_prefix("/second-factor/").unwrap_or_else(|| panic!("{}", page.uri)).to_owned();

    for (uri, form, leads_to) in [
        (format!("/oauth2/authorize/{id}"), None, format!("/second-factor/{id}")),
        (format!("/consent/{id}"), None, format!("/second-factor/{id}")),
        (format!("/consent/{id}"), Some(&[("decision", "allow")][..]), format!("/second-factor/{id}")),
        (format!("/enrol/{id}"), None, format!("/second-factor/{id}")),
        (format!("/enrol/{id}"), Some(&[("begin", "totp")]), format!("/second-factor/{id}")),
        ("/account".into(), None, "/second-factor".into()),
        ("/account/factors".into(), None, "/second-factor?to=factors".into()),
        ("/account/factors/app".into(), Some(&[("name", "Mine")]), "/second-factor?to=factors".into()),
        ("/account/password".into(), Some(&[("password", PASSWORD)]), "/second-factor?to=password".into()),
        (
            "/sign-in?to=email".into(),
            Some(&[("username", "alice"), ("password", PASSWORD)]),
            "/second-factor?to=email".into(),
        ),
        ("/admin/clients".into(), None, "/admin/sign-in?to=%2Fadmin%2Fclients".into()),
    ] {
        let page = match form {
            Some(form) => browser.submit(&uri, form).await,
            None => browser.open(&uri).await,
        };
        assert_eq!(page.uri, leads_to, "{uri} {form:?}");
    }
    assert_eq!(count(&server, "select count(*) from totp_factors").await, 2, "the administrator's and alice's");
    assert_eq!(count(&server, "select count(*) from consents").await, 0);
}

/// LG-35: an empty answer is an answer that is wrong.
#[sqlx::test]
async fn lg_35_an_empty_answer_stays_at_its_step(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    with_phone(&server, "alice").await;
    let mut browser = server.browser();
    let page = browser.authorize(&[]).await;
    let second = browser.sign_in(&page, "alice").await;
    let page = server.browser().authorize(&[("acr_values", "aal2")]).await;
    let mut newcomer = server.browser();
    let page = newcomer.open(&page.uri).await;
    assert_eq!(page.answer.status, 400, "the request of another browser");
    let page = newcomer.authorize(&[("acr_values", "aal2")]).await;
    let enrolment = newcomer.sign_in(&page, "bob").await;
    assert!(enrolment.has_form("enrol-app"), "{}", enrolment.uri);

    for form in [
        &[][..],
        &[("code", "")],
        &[("credential", "")],
        &[("code", " "), ("credential", "{}")],
        &[("code", "000000"), ("code", "")],
    ] {
        for (browser, page) in [(&mut browser, &second), (&mut newcomer, &enrolment)] {
            let again = browser.submit(&page.uri, form).await;
            assert_eq!((again.answer.status.as_u16(), &again.uri), (422, &page.uri), "{form:?}");
        }
    }
}

/// LG-26: who is disabled between the steps is out.
#[sqlx::test]
async fn lg_26_who_is_disabled_half_way_does_not_arrive(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (_, phone) = with_phone(&server, "alice").await;
    let mut browser = server.browser();
    let page = browser.authorize(&[]).await;
    let page = browser.sign_in(&page, "alice").await;

    users::set_enabled(&server.app, &admin(), server.user_id("alice").await, false).await.unwrap();

    let code = phone.code(&server);
    assert!(browser.submit(&page.uri, &[("code", &code)]).await.has_form("sign-in"));
    assert!(browser.authorize(&[]).await.has_form("sign-in"));
    assert_eq!(count(&server, "select count(*) from sessions where ended_at is null").await, 0);
}

/// LG-11: the password was the right one when it was looked at, and is another one when the session would begin.
#[sqlx::test]
async fn lg_11_a_sign_in_in_flight_does_not_outlive_its_password(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut change = server.db.begin().await.unwrap();
    let set = "update users set password_hash = 'of another password' where username = 'alice'";
    sqlx::query(set).execute(&mut *change).await.unwrap();

    let mut browser = server.browser();
    let form = [("username", "alice"), ("password", PASSWORD)];
    let signing_in = tokio::spawn(async move { browser.submit("/sign-in", &form).await.answer.status });
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while !signing_in.is_finished() && count(&server, waiting).await == 0 {
        sleep(StdDuration::from_millis(10)).await;
    }
    change.commit().await.unwrap();

    assert_eq!(signing_in.await.unwrap(), 422);
    assert_eq!(count(&server, "select count(*) from sessions").await, 0);
}

/// LG-19: an old session adds no factor on the way to a client, whoever has got hold of it.
#[sqlx::test]
async fn lg_19_a_factor_is_added_after_a_recent_sign_in(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, phone) = with_phone(&server, "alice").await;
    server.clock.advance(Duration::seconds(301));

    let page = browser.authorize(&[("acr_values", "phr")]).await;
    let id = page.uri.strip_prefix("/sign-in/").unwrap_or_else(|| panic!("{}", page.uri)).to_owned();
    let enrolment = format!("/enrol/{id}");
    assert_eq!(browser.submit(&enrolment, &[("credential", "{}")]).await.uri, page.uri);

    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.uri, format!("/second-factor/{id}"), "a password alone is not enough");
    let code = phone.code(&server);
    assert_eq!(browser.submit(&page.uri, &[("code", &code)]).await.uri, enrolment);
    assert_eq!(browser.submit(&enrolment, &[("credential", "{}")]).await.answer.status, 422, "now it is looked at");
}

/// Whoever knows the password begins an app, and with it knows its secret: the person is shown another one.
#[sqlx::test]
async fn nobody_plants_the_secret_of_an_app(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut thief = server.browser();
    let page = thief.authorize(&[("acr_values", "aal2")]).await;
    let page = thief.sign_in(&page, "bob").await;
    let page = thief.submit(&page.uri, &[("begin", "totp")]).await;
    let planted = Phone(between(&page.answer.body, "<code id=\"secret\">", "</code>").replace(' ', ""));
    privacy::note(&planted.0);

    let mut bob = server.browser();
    let page = bob.authorize(&[("acr_values", "aal2")]).await;
    let page = bob.sign_in(&page, "bob").await;
    assert!(page.has_form("enrol-app") && !page.has_form("secret"), "{}", page.answer.body);
    let code = planted.code(&server);
    assert_eq!(bob.submit(&page.uri, &[("code", &code)]).await.answer.status, 422);

    enrol(&mut bob, &page).await;
    assert!(thief.authorize(&[]).await.has_form("sign-in"), "the thief is out");
}

/// AD-14: a password alone opens no page of the console, and does nothing there.
#[sqlx::test]
async fn the_console_always_wants_two_factors(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    console::make_administrator(&server, "bob").await;
    let (mut browser, page) = console::signed_in(&server, "bob").await;
    assert_eq!(page.path(), "/admin/enrol");

    assert_eq!(browser.open("/admin/clients").await.path(), "/admin/enrol");
    let form = [("name", "Mine"), ("type", "service")];
    assert_eq!(browser.submit("/admin/clients/new", &form).await.path(), "/admin/enrol");
    assert_eq!(count(&server, "select count(*) from clients where name = 'Mine'").await, 0);
    let half = browser.cookies["__Host-admin"].clone();

    let (_, _) = enrol(&mut browser, &page).await;

    assert_eq!(browser.open("/admin/clients").await.uri, "/admin/clients");
    assert_ne!(browser.cookies["__Host-admin"], half);
    browser.cookies.insert("__Host-admin".into(), half);
    assert_eq!(browser.open("/admin/clients").await.path(), "/admin/sign-in");
}

/// RU-19: where a sign-in leads to is one of our own pages, whatever the address says.
#[sqlx::test]
async fn ru_19_a_sign_in_leads_to_no_other_site(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let form = [("username", "alice"), ("password", PASSWORD)];

    for to in [
        "//evil.example",
        "/%5Cevil.example",
        "%2F%09%2Fevil.example",
        "https:evil.example",
        "/%2f%2fevil.example",
        "factors&to=email",
        "..%2F..%2Fadmin",
    ] {
        let page = server.browser().submit(&format!("/sign-in?to={to}"), &form).await;
        assert_eq!(page.uri, "/account", "{to}");
    }
    assert_eq!(server.browser().submit("/sign-in?to=factors", &form).await.uri, "/account/factors");
}
