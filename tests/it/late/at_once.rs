//! Changes that are made at the same moment: what one of them was checked by is changed by the other.

use std::time::Duration;

use portcullis::accounts::users::{self, UserSettings};
use sqlx::{
    Executor, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    browser::Browser,
    console,
    factors::{with_app, with_password},
    server::{PASSWORD, Server, admin},
};

async fn count(server: &Server, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(&server.db).await.unwrap()
}

/// Sends a form that waits for what another transaction holds, ends that, and says the status and the path of the answer.
async fn behind(
    server: &Server,
    other: Transaction<'static, Postgres>,
    mut browser: Browser,
    (path, form): (&'static str, Vec<(&'static str, String)>),
) -> (u16, String) {
    let sending = tokio::spawn(async move {
        let form = form.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
        let page = browser.submit(path, &form).await;
        (page.answer.status.as_u16(), page.uri)
    });
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while !sending.is_finished() && count(server, waiting).await == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    other.commit().await.unwrap();
    sending.await.unwrap()
}

/// D10: what ends the right to make a change is being committed when the change wants to begin. It waits, and is not made.
#[sqlx::test]
async fn d10_a_change_waits_for_what_ends_the_right_to_make_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    console::make_administrator(&server, "bob").await;
    let new_user = || {
        let form = [("username", "late"), ("email", "late@people.example"), ("roles", "administrator")];
        ("/admin/users/new", form.map(|(name, value)| (name, value.to_owned())).to_vec())
    };
    for ends in [
        "update users set enabled = false where username = 'admin'",
        "update sessions set ended_at = now() where ended_at is null",
        "with held as (select user_id from users where username = 'admin' for no key update)
            delete from user_roles using held where user_roles.user_id = held.user_id",
    ] {
        let (browser, page) = console::signed_in(&server, "admin").await;
        assert_eq!(page.uri, "/admin", "{ends}");
        let mut other = server.db.begin().await.unwrap();
        other.execute(ends).await.unwrap();

        let (status, _) = behind(&server, other, browser, new_user()).await;

        assert_eq!(status, 403, "{ends}");
        assert_eq!(count(&server, "select count(*) from users where username = 'late'").await, 0, "{ends}");
        server.db.execute("update users set enabled = true").await.unwrap();
    }
}

/// D10: of two changes that began with the same password one is made. The thief's, who knows it too, undoes nothing.
#[sqlx::test]
async fn d10_of_two_password_changes_at_once_one_is_made(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut password = PASSWORD.to_owned();
    for round in 0..5 {
        let mut changing = JoinSet::new();
        for n in 0..3 {
            let mut browser = server.browser();
            browser.submit("/sign-in?to=password", &[("username", "alice"), ("password", &password)]).await;
            let (present, new) = (password.clone(), format!("brass lanterns {round} of {n} harbour"));
            changing.spawn(async move {
                let (is_made, status) = change_password(browser.clone(), &present, &new).await;
                (is_made, status, new, browser)
            });
        }
        let mut made = Vec::new();
        for (is_made, status, new, mut browser) in changing.join_all().await {
            let goes_on = browser.open("/account/sessions").await.uri == "/account/sessions";
            assert_eq!(goes_on, is_made, "who made it stays signed in, and nobody else");
            if is_made {
                made.push(new);
            } else {
                assert!([403, 422].contains(&status) || status == 200, "{status}");
            }
        }
        assert_eq!(made.len(), 1);
        password = made.remove(0);
    }
}

/// D10: the slower change of a password, begun before the faster one, does not end the owner's session.
#[sqlx::test]
async fn d10_a_password_change_does_not_undo_one_that_was_faster(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (thief, _) = with_password(&server, "alice").await;
    let mut faster = server.db.begin().await.unwrap();
    faster.execute("update users set password_hash = 'of another password' where username = 'alice'").await.unwrap();

    let form = [("current", PASSWORD), ("password", "ninety-two brass lanterns")];
    let form = form.map(|(name, value)| (name, value.to_owned())).to_vec();
    let (status, _) = behind(&server, faster, thief, ("/account/password", form)).await;

    assert_eq!(status, 403);
    let stays = "select count(*) from users where password_hash = 'of another password'";
    assert_eq!(count(&server, stays).await, 1);
}

/// D10: a short password stands beside a second factor. Chosen while the last one is removed, it never stands alone.
#[sqlx::test]
async fn d10_a_short_password_never_outlives_the_last_factor(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let hash = portcullis::authentication::password::hash(PASSWORD).await.unwrap();
    for round in 0..4 {
        let username = format!("person{round}");
        let settings = UserSettings { username: username.clone(), ..UserSettings::default() };
        users::create(&server.app, &admin(), &settings, Some(hash.clone())).await.unwrap();
        let (one, _) = with_app(&server, &username).await;
        let mut other = one.clone(); // the same session, in two tabs
        let factor = "select factor_id::text from totp_factors join users using (user_id) where username = $1";
        let factor: String = sqlx::query_scalar(factor).bind(&username).fetch_one(&server.db).await.unwrap();

        let changing = tokio::spawn(async move { change_password(one, PASSWORD, "Kiwi7rxq").await });
        let removing = tokio::spawn(async move {
            let page = other.submit(&format!("/account/factors/{factor}/remove"), &[]).await;
            (page.uri == "/account/factors?done=removed", page.answer.status.as_u16())
        });
        let (changed, removed) = (changing.await.unwrap(), removing.await.unwrap());

        assert!(changed.0 != removed.0, "one of the two is made: {changed:?} {removed:?}");
        let alone = "select count(*) from users where password_is_short and not exists (
            select from totp_factors where totp_factors.user_id = users.user_id and confirmed_at is not null)";
        assert_eq!(count(&server, alone).await, 0, "in round {round}");
    }
}

/// D10: the same, one after the other by a hair: whichever is committed first decides.
#[sqlx::test]
async fn d10_a_factor_and_a_short_password_see_each_other_go(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (browser, _) = with_app(&server, "alice").await;
    let factor = "select factor_id::text from totp_factors join users using (user_id) where username = 'alice'";
    let factor: String = sqlx::query_scalar(factor).fetch_one(&server.db).await.unwrap();
    let path = format!("/account/factors/{factor}/remove");

    let mut choosing = server.db.begin().await.unwrap();
    choosing.execute("update users set password_is_short = true where username = 'alice'").await.unwrap();
    let (kept, _) = behind(&server, choosing, browser.clone(), (path.leak(), Vec::new())).await;
    assert_eq!((kept, count(&server, "select count(*) from totp_factors").await), (422, 2), "the password needs it");

    server.db.execute("update users set password_is_short = false").await.unwrap();
    let mut removing = server.db.begin().await.unwrap();
    removing.execute("select from users where username = 'alice' for no key update").await.unwrap();
    let factor =
        "delete from totp_factors using users where totp_factors.user_id = users.user_id and username = 'alice'";
    removing.execute(factor).await.unwrap();
    let form = [("current", PASSWORD), ("password", "Kiwi7rxq")].map(|(name, value)| (name, value.to_owned()));
    let (refused, _) = behind(&server, removing, browser, ("/account/password", form.to_vec())).await;
    assert_eq!(refused, 422, "nothing stands beside it any more");
    assert_eq!(count(&server, "select count(*) from users where password_is_short").await, 0);
}

/// Whether the password was changed, and with which status.
async fn change_password(mut browser: Browser, present: &str, new: &str) -> (bool, u16) {
    let page = browser.submit("/account/password", &[("current", present), ("password", new)]).await;
    (page.uri == "/account/password?done=changed", page.answer.status.as_u16())
}
