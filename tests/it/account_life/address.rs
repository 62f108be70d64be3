//! The address of an account: proven before it counts, taken back by the old one, and the end of links that went there.

use portcullis::{
    accounts::users::{self, UserSettings},
    authentication::device,
    store,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use uuid::Uuid;

use super::{ALICE, NEW, at, recovery_link, signs_in};
use crate::{
    browser::Browser,
    mail::{link, waiting},
    server::{PASSWORD, Server, admin},
};

/// Alice's address, and whether it is verified.
pub async fn held(server: &Server) -> (String, bool) {
    let user = store::users::find_named(&server.db, "alice").await.unwrap().unwrap();
    (user.email.unwrap(), user.email_verified)
}

/// Gives alice an address as an administrator does.
pub async fn given(server: &Server, email: &str) {
    let user = store::users::find_named(&server.db, "alice").await.unwrap().unwrap();
    let settings = UserSettings { email: Some(email.into()), email_verified: false, ..UserSettings::from(&user) };
    users::update(&server.app, &admin(), user.user_id, user.revision, &settings).await.unwrap();
}

/// Gives alice an address as she does herself.
pub async fn changed(server: &Server, alice: &mut Browser, email: &str) {
    alice.submit("/account/email", &[("email", email)]).await;
    let confirm = link(server, email).await;
    assert_eq!(server.browser().submit(&confirm, &[]).await.uri, "/verify-email/done");
}

async fn is_known(browser: &Browser, user_id: Uuid) -> bool {
    device::is_known(&browser.server.app, &browser.headers(), user_id).await.unwrap()
}

/// UI-07: an address counts when it was shown to be the person's; the old one can take it back.
#[sqlx::test]
async fn ui_07_an_address_is_proven_before_it_counts(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let user = server.user_id("alice").await;
    let mut alice = at(&server, "/account/email", "alice").await;
    let page = alice.submit("/account/email", &[("email", "alice@new.example")]).await;
    assert!(page.uri.ends_with("done=asked"), "{}", page.uri);
    assert_eq!(held(&server).await, (ALICE.into(), true), "nothing has changed yet");

    let confirm = link(&server, "alice@new.example").await;
    assert!(server.browser().open(&confirm).await.has_form("email"));
    assert_eq!(held(&server).await, (ALICE.into(), true), "a look changes nothing");
    assert_eq!(server.browser().submit(&confirm, &[]).await.uri, "/verify-email/done");
    assert_eq!(held(&server).await, ("alice@new.example".into(), true));

    changed(&server, &mut alice, "alice@newer.example").await;
    server.advance(Duration::days(6)).await;
    let undo = link(&server, ALICE).await;
    assert!(is_known(&alice, user).await);
    assert_eq!(server.browser().submit(&undo, &[]).await.uri, "/undo-email/done", "a second change does not hinder it");
    assert_eq!(held(&server).await, (ALICE.into(), true));
    assert!(alice.open("/account").await.has_form("sign-in"), "whoever did it is out");
    assert!(!is_known(&alice, user).await, "and a stranger");
    assert_eq!(server.browser().submit(&undo, &[]).await.answer.status, 410);

    given(&server, "alice@work.example").await;
    let mut alice = at(&server, "/account/email", "alice").await;
    alice.submit("/account/email", &[("verify", "1")]).await;
    assert_eq!(held(&server).await, ("alice@work.example".into(), false));
    let confirm = link(&server, "alice@work.example").await;
    server.browser().submit(&confirm, &[]).await;
    assert_eq!(held(&server).await, ("alice@work.example".into(), true));
}

/// Who reads the mail may be somebody else than who asked for it: mail and page say which account it is about.
#[sqlx::test]
async fn a_link_says_whose_account_gets_the_address(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut bob = at(&server, "/account/email", "bob").await;

    bob.submit("/account/email", &[("email", "alice@new.example")]).await;

    let letter = &waiting(&server, "alice@new.example").await[0];
    assert!(letter.text.contains("of the account bob at Test"), "{}", letter.text);
    let page = server.browser().open(&link(&server, "alice@new.example").await).await;
    let asked = "Make <bdi>alice@new.example</bdi> the email address of the account <bdi>bob</bdi>?";
    assert!(page.answer.body.contains(asked), "{}", page.answer.body);
}

/// Whoever reads mail at an address that an account had once cannot set its password.
#[sqlx::test]
async fn a_link_for_a_password_ends_with_the_address_it_went_to(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let is_gone = async |link: &str| {
        let looked = server.browser().open(link).await.answer.status;
        let used = server.browser().submit(link, &[("password", NEW)]).await.answer.status;
        [looked, used] == [410, 410]
    };
    let waits = recovery_link(&server, "alice").await;
    given(&server, "alice@work.example").await;
    assert!(is_gone(&waits).await, "an administrator gave her another");

    given(&server, ALICE).await;
    assert!(is_gone(&waits).await, "nor when she has the old one again");
    server.advance(Duration::hours(72)).await;
    let ended = recovery_link(&server, "alice").await;
    let mut alice = at(&server, "/account/email", "alice").await;
    changed(&server, &mut alice, "alice@new.example").await;
    assert!(is_gone(&ended).await, "she has another");
    given(&server, ALICE).await;
    assert!(is_gone(&ended).await, "and so it stays");
    assert!(signs_in(&server, "alice", PASSWORD).await);
}
