//! Whichever address an account loses is told, and how long the old one can take it back.

use portcullis::accounts::users::{self, UserSettings};
use portcullis::store;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use super::{
    ALICE, NEW,
    address::{changed, given, held},
    at,
};
use crate::{
    browser::Browser,
    factors,
    mail::{link, waiting},
    server::{PASSWORD, Server, admin},
};

const MOVED: &str = "alice@new.example";

async fn undoes(server: &Server, link: &str) -> bool {
    server.browser().submit(link, &[]).await.uri == "/undo-email/done"
}

async fn new_password(alice: &mut Browser) {
    let page = alice.submit("/account/password", &[("current", PASSWORD), ("password", NEW)]).await;
    assert!(page.uri.ends_with("done=changed"), "{} {}", page.uri, page.answer.body);
}

/// By whom and how, verified or not: mail to the address that goes says so.
#[sqlx::test]
async fn whichever_address_goes_is_told(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let told = async |address: &str, words: &str| {
        let newest = waiting(&server, address).await.remove(0);
        assert!(newest.subject.contains("was changed") && newest.text.contains(words), "{}", newest.text);
        assert!(newest.text.contains("/hold-account/") && newest.text.contains(" UTC"), "{}", newest.text);
        newest.text.contains("/undo-email/")
    };
    let mut alice = at(&server, "/account/email", "alice").await;
    changed(&server, &mut alice, MOVED).await;
    assert!(told(ALICE, "somebody who was signed in").await, "her own address can be taken back");
    assert!(undoes(&server, &link(&server, ALICE).await).await);
    assert!(!told(MOVED, "was put back").await, "the address that was undone");

    given(&server, "alice@work.example").await;
    assert!(!told(ALICE, "an administrator changed or removed").await);
    given(&server, "alice@other.example").await;
    assert!(!told("alice@work.example", "an administrator changed or removed").await, "one that was never verified");

    let mut alice = at(&server, "/account/email", "alice").await;
    changed(&server, &mut alice, MOVED).await;
    assert!(!told("alice@other.example", "somebody who was signed in").await, "one that never was hers");

    let user = store::users::find_named(&server.db, "alice").await.unwrap().unwrap();
    let settings = UserSettings { email: None, ..UserSettings::from(&user) };
    users::update(&server.app, &admin(), user.user_id, user.revision, &settings).await.unwrap();
    assert!(!told(MOVED, "an administrator changed or removed").await, "removed");

    let letters = waiting(&server, MOVED).await.len();
    given(&server, "ALICE@new.example").await;
    given(&server, MOVED).await;
    assert_eq!(waiting(&server, MOVED).await.len(), letters, "the same mailbox in other letters is no change");
}

/// The owner moved away from a mailbox that others read, and proved to be the owner by a factor from long before: the
/// readers cannot take the address back.
#[sqlx::test]
async fn the_link_that_undoes_ends_with_a_change_proven_by_a_factor_from_before(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    let (_, app) = factors::with_app(&server, "alice").await;
    server.advance(Duration::days(7)).await;
    let mut alice = with_factor(&server, &app).await;
    changed(&server, &mut alice, MOVED).await;
    let undo = link(&server, ALICE).await;
    let works = async || server.browser().open(&undo).await.has_form("email");
    assert!(works().await);

    let factor = "select factor_id::text from totp_factors join users using (user_id) where username = 'alice'";
    let factor: String = sqlx::query_scalar(factor).fetch_one(&server.db).await.unwrap();
    let renamed = alice.submit(&format!("/account/factors/{factor}"), &[("name", "Another name")]).await;
    assert_eq!(renamed.uri, "/account/factors?done=renamed");
    assert!(works().await, "whoever has got hold of a session from before the change proves nothing by it");
    server.advance(Duration::minutes(1)).await;
    new_password(&mut with_factor(&server, &app).await).await;

    assert!(!works().await && !undoes(&server, &undo).await);
    assert_eq!(held(&server).await.0, MOVED);
    let last = waiting(&server, ALICE).await.remove(0);
    let hold = last.text.lines().find_map(|line| line.split_once("/hold-account/")).unwrap().1.to_owned();
    let page = server.browser().submit(&format!("/hold-account/{hold}"), &[]).await;
    assert_eq!(page.uri, "/hold-account/done", "they can still say so");
}

/// A thief has the password, and may have added a factor: neither ends the link by which the owner takes the address back.
#[sqlx::test]
async fn the_link_that_undoes_survives_a_thief(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut thief = at(&server, "/account/email", "alice").await;
    changed(&server, &mut thief, MOVED).await;
    let undo = link(&server, ALICE).await;
    new_password(&mut thief).await;
    assert!(undoes(&server, &undo).await, "the password alone proves nothing");

    for after in [Duration::ZERO, Duration::days(6)] {
        let server = &server;
        server.advance(Duration::hours(1)).await;
        let page = server.browser().submit("/recover", &[("username", "alice")]).await;
        assert_eq!(page.uri, "/recover/sent");
        let recovery = link(server, ALICE).await;
        server.browser().submit(&recovery, &[("password", PASSWORD)]).await;
        let user_id = server.user_id("alice").await;
        portcullis::accounts::factors::reset(&server.app, &admin(), user_id).await.unwrap();

        let (_, app) = factors::with_app(server, "alice").await;
        server.advance(after).await;
        let mut thief = with_factor(server, &app).await;
        changed(server, &mut thief, MOVED).await;
        let undo = link(server, ALICE).await;
        new_password(&mut thief).await;
        assert!(undoes(server, &undo).await, "the factor was added {after} before");
    }
}

/// A browser in which alice has just given her password and a code.
async fn with_factor(server: &Server, app: &factors::App) -> Browser {
    let mut alice = server.browser();
    let page = alice.submit("/sign-in?to=email", &[("username", "alice"), ("password", PASSWORD)]).await;
    let page = alice.submit(&page.uri, &[("code", &app.code(server.clock.now()))]).await;
    assert!(page.has_form("email-change"), "{} {}", page.uri, page.answer.body);
    alice
}
