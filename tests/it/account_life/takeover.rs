//! An account is not taken over by its address: whoever loses the address is told and can stop it, and an address that
//! somebody else set gets no link for a password at once.

use portcullis::{
    accounts::{
        hold, invitation,
        users::{self, UserSettings},
    },
    store,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use tokio::task::JoinSet;

use super::{
    ALICE, NEW,
    address::{changed, given, held},
    at, signs_in,
};
use crate::{
    console::{make_administrator, signed_in as administrator},
    factors,
    mail::{link, waiting},
    server::{PASSWORD, Server, admin},
};

const EVE: &str = "eve@evil.example";
const ADMIN: &str = "admin@people.example";
const REPORT: &str = "may be taking over";

/// The links in the newest mail for an address, the hold being the last.
async fn hold_link(server: &Server, address: &str) -> String {
    let newest = waiting(server, address).await.remove(0);
    let link =
        newest.text.lines().rfind(|line| line.contains("/hold-account/")).unwrap_or_else(|| panic!("{}", newest.text));
    link.strip_prefix(crate::server::ISSUER).unwrap().to_owned()
}

async fn ask_recovery(server: &Server) {
    let page = server.browser().submit("/recover", &[("username", "alice")]).await;
    assert_eq!(page.uri, "/recover/sent", "the answer is the same for everybody");
}

async fn recovery_mails(server: &Server, address: &str) -> usize {
    waiting(server, address).await.iter().filter(|letter| letter.text.contains("/recover/")).count()
}

/// The whole attack of an administrator, or of somebody in an administrator's browser: change the address, take the
/// factors away, send a link. The old address is told and stops it, and the person sees all of it.
#[sqlx::test]
async fn the_old_address_stops_a_takeover_by_an_administrator(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    factors::with_app(&server, "alice").await;
    let user = format!("/admin/users/{}", server.user_id("alice").await);
    let (mut eve, _) = administrator(&server, "admin").await;
    let form = eve.open(&format!("{user}/edit")).await;
    let revision = factors::between(&form.answer.body, "name=\"revision\" value=\"", "\"").to_owned();
    let sent = [("email", EVE), ("roles", "patient"), ("revision", &revision)];
    assert!(eve.submit(&format!("{user}/edit"), &sent).await.uri.ends_with("done=saved"));
    eve.submit(&format!("{user}/reset-mfa"), &[("confirmation", "alice")]).await;

    let told = &waiting(&server, ALICE).await[0];
    let words = ["an administrator changed or removed", "UTC", "/hold-account/"];
    assert!(words.iter().all(|word| told.text.contains(word)), "{}", told.text);
    let refused = eve.submit(&format!("{user}/link"), &[("link", "recovery")]).await;
    assert_eq!(refused.answer.status, 409);
    assert!(refused.answer.body.contains("A link for a new password can go there from"), "{}", refused.answer.body);
    ask_recovery(&server).await;
    assert_eq!(recovery_mails(&server, EVE).await, 0, "nor by herself");

    let hold = hold_link(&server, ALICE).await;
    let looked = server.browser().open(&hold).await;
    assert!(looked.has_form("email") && looked.answer.body.contains(ALICE), "{}", looked.answer.body);
    assert!(!eve.open(&user).await.has_form("lift-hold"), "a look changes nothing");
    assert_eq!(server.browser().submit(&hold, &[]).await.uri, "/hold-account/done");
    assert_eq!(server.browser().submit(&hold, &[]).await.answer.status, 410, "once");

    server.advance(Duration::hours(73)).await;
    ask_recovery(&server).await;
    let (mut console, _) = administrator(&server, "admin").await;
    for purpose in ["recovery", "invitation"] {
        let refused = console.submit(&format!("{user}/link"), &[("link", purpose)]).await;
        assert_eq!(refused.answer.status, 409, "{purpose}");
        assert!(refused.answer.body.contains("This account is held"), "{}", refused.answer.body);
    }
    assert_eq!(recovery_mails(&server, EVE).await, 0, "for good");
    assert!(waiting(&server, ADMIN).await[0].subject.contains(REPORT), "the administrators are told");
    assert!(console.open(&user).await.has_form("lift-hold"));
    let security = console.open("/admin/security").await.answer.body;
    assert!(security.contains("Accounts that may be being taken over") && security.contains("<bdi>alice</bdi>"));

    assert!(signs_in(&server, "alice", PASSWORD).await, "her password is her own");
    let seen = at(&server, "/account/activity", "alice").await.open("/account/activity").await.answer.body;
    for text in [
        "The email address was changed. An administrator did this.",
        "Every way to sign in but the password was taken away. An administrator did this.",
        "Somebody at an earlier email address held the account.",
    ] {
        assert!(seen.contains(text), "{text}: {seen}");
    }
}

/// An address that somebody else set gets no link for a password for 72 hours: not by the person's name, not by an
/// administrator, not as an invitation.
#[sqlx::test]
async fn an_address_that_somebody_else_set_waits_72_hours(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let user_id = server.user_id("alice").await;
    given(&server, EVE).await;
    let sends = async || {
        ask_recovery(&server).await;
        let by_herself = recovery_mails(&server, EVE).await > 0;
        let reset = invitation::send_reset(&server.app, &admin(), user_id).await.is_ok();
        (by_herself, reset, invitation::invite(&server.app, &admin(), user_id).await.is_ok())
    };

    assert_eq!(sends().await, (false, false, false));
    server.advance(Duration::hours(72) - Duration::minutes(10)).await;
    assert_eq!(sends().await, (false, false, false));
    let (mut console, _) = administrator(&server, "admin").await;
    let page = console.open(&format!("/admin/users/{user_id}")).await;
    assert!(!page.has_form("link") && page.answer.body.contains("has not confirmed it on their own account page"));
    server.advance(Duration::minutes(11)).await;
    assert_eq!(sends().await, (true, true, true));
}

/// The person's word counts, given in a session. That mail is read there does not: the reader may be anybody.
#[sqlx::test]
async fn an_address_that_somebody_else_set_counts_at_once_by_the_persons_word(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    given(&server, EVE).await;
    let mut alice = at(&server, "/account/email", "alice").await;
    alice.submit("/account/email", &[("verify", "1")]).await;
    server.browser().submit(&link(&server, EVE).await, &[]).await;
    assert_eq!(held(&server).await, (EVE.into(), true), "mail reaches somebody");
    ask_recovery(&server).await;
    assert_eq!(recovery_mails(&server, EVE).await, 0);

    let page = alice.open("/account/email").await;
    assert!(page.has_form("mine") && page.answer.body.contains("An administrator set this address"));
    alice.submit("/account/email", &[("mine", "another@people.example")]).await;
    ask_recovery(&server).await;
    assert_eq!(recovery_mails(&server, EVE).await, 0, "her word was for another address");
    let page = alice.submit("/account/email", &[("mine", EVE)]).await;

    assert!(page.uri.ends_with("done=accepted") && !page.has_form("mine"), "{}", page.uri);
    ask_recovery(&server).await;
    assert_eq!(recovery_mails(&server, EVE).await, 1);
}

/// LG-19: the word of an old session does not count.
#[sqlx::test]
async fn lg_19_an_address_is_confirmed_shortly_after_a_sign_in(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    given(&server, EVE).await;
    let mut alice = at(&server, "/account/email", "alice").await;
    server.advance(Duration::minutes(6)).await;

    let page = alice.submit("/account/email", &[("mine", EVE)]).await;

    assert!(page.has_form("sign-in"));
    assert!(invitation::send_reset(&server.app, &admin(), server.user_id("alice").await).await.is_err());
}

/// Nobody takes over what nobody uses: a new account's invitation goes out at once, also after its address was put right.
#[sqlx::test]
async fn a_new_account_is_invited_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let new =
        |email: &str| UserSettings { username: "carol".into(), email: Some(email.into()), ..UserSettings::default() };
    let carol = users::create(&server.app, &admin(), &new("corol@people.example"), None).await.unwrap();
    let mistyped = link(&server, "corol@people.example").await;
    users::update(&server.app, &admin(), carol.user_id, 1, &new("carol@people.example")).await.unwrap();
    assert_eq!(server.browser().open(&mistyped).await.answer.status, 410);

    invitation::invite(&server.app, &admin(), carol.user_id).await.unwrap();

    let invitation = link(&server, "carol@people.example").await;
    assert_eq!(server.browser().submit(&invitation, &[("password", NEW)]).await.uri, "/recover/done");
    assert!(signs_in(&server, "carol", NEW).await);
}

/// What was mailed before a hold does not work under it, and nothing more is mailed, until an administrator lifts it.
#[sqlx::test]
async fn under_a_hold_no_link_sets_a_password(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let user_id = server.user_id("alice").await;
    let mut alice = at(&server, "/account/email", "alice").await;
    changed(&server, &mut alice, "alice@new.example").await;
    ask_recovery(&server).await;
    let recovery = link(&server, "alice@new.example").await;
    let hold = hold_link(&server, ALICE).await;
    assert_eq!(server.browser().submit(&hold, &[]).await.uri, "/hold-account/done");

    assert_eq!(server.browser().submit(&recovery, &[("password", NEW)]).await.answer.status, 410);
    ask_recovery(&server).await;
    assert_eq!(recovery_mails(&server, "alice@new.example").await, 1, "that from before");
    assert_eq!(alice.open("/account").await.uri, "/account", "who is signed in stays so");

    let (mut console, _) = administrator(&server, "admin").await;
    let page = console.submit(&format!("/admin/users/{user_id}/lift-hold"), &[]).await;
    assert!(page.uri.ends_with("done=lifted") && !page.has_form("lift-hold"), "{}", page.uri);
    assert!(hold::lift(&server.app, &admin(), user_id).await.is_err(), "once");
    assert_eq!(server.browser().submit(&recovery, &[("password", NEW)]).await.answer.status, 410, "it has ended");
    ask_recovery(&server).await;
    let recovery = link(&server, "alice@new.example").await;
    assert_eq!(server.browser().submit(&recovery, &[("password", NEW)]).await.uri, "/recover/done");
    let seen = at_activity(&server).await;
    assert!(seen.contains("The hold on the account was lifted. An administrator did this."), "{seen}");
}

async fn at_activity(server: &Server) -> String {
    let mut alice = server.browser();
    alice.submit("/sign-in", &[("username", "alice"), ("password", NEW)]).await;
    alice.open("/account/activity").await.answer.body
}

/// A link of an account that is disabled holds it too: it may be enabled again.
#[sqlx::test]
async fn a_disabled_account_is_held_too(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let user_id = server.user_id("alice").await;
    given(&server, EVE).await;
    users::set_enabled(&server.app, &admin(), user_id, false).await.unwrap();
    let hold = hold_link(&server, ALICE).await;
    server.advance(Duration::days(6)).await;

    assert_eq!(server.browser().submit(&hold, &[]).await.uri, "/hold-account/done");

    users::set_enabled(&server.app, &admin(), user_id, true).await.unwrap();
    assert!(invitation::send_reset(&server.app, &admin(), user_id).await.is_err());
    given(&server, "eve@more-evil.example").await;
    server.advance(Duration::days(8)).await;
    let late = hold_link(&server, EVE).await;
    assert_eq!(server.browser().submit(&late, &[]).await.answer.status, 410, "after 7 days");
}

/// Who holds and who recovers at the same moment: the hold stays, and no link works after it.
#[sqlx::test]
async fn a_hold_that_races_with_recovery_stays(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut alice = at(&server, "/account/email", "alice").await;
    changed(&server, &mut alice, "alice@new.example").await;
    let hold = hold_link(&server, ALICE).await;
    ask_recovery(&server).await;
    let recovery = link(&server, "alice@new.example").await;
    let mut racing = JoinSet::new();
    for n in 0..4 {
        let (mut browser, hold, recovery) = (server.browser(), hold.clone(), recovery.clone());
        let password = format!("{NEW} {n}");
        racing.spawn(async move {
            let page = if n % 2 == 0 {
                browser.submit(&hold, &[]).await
            } else {
                browser.submit(&recovery, &[("password", &password)]).await
            };
            (page.uri, page.answer.status.as_u16())
        });
    }

    let ended = racing.join_all().await;

    let count = |uri: &str| ended.iter().filter(|(ended, _)| ended == uri).count();
    assert_eq!(count("/hold-account/done"), 1, "{ended:?}");
    assert!(count("/recover/done") <= 1 && ended.iter().all(|(_, status)| *status < 500), "{ended:?}");
    let user = store::users::find_named(&server.db, "alice").await.unwrap().unwrap();
    assert!(user.held_at.is_some());
    assert!(invitation::send_reset(&server.app, &admin(), user.user_id).await.is_err());
    assert_eq!(server.browser().submit(&recovery, &[("password", NEW)]).await.answer.status, 410);
}

/// Whoever has many links cannot fill the administrators' mailboxes, and whoever makes administrators displaces none.
#[sqlx::test]
async fn administrators_are_told_of_an_account_once_an_hour(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for n in 0..25 {
        let name = format!("admin-{n}");
        let settings = UserSettings {
            username: name.clone(),
            email: Some(format!("{name}@people.example")),
            ..UserSettings::default()
        };
        server.advance(Duration::seconds(1)).await;
        users::create(&server.app, &admin(), &settings, None).await.unwrap();
        make_administrator(&server, &name).await;
    }
    users::set_enabled(&server.app, &admin(), server.user_id("admin-0").await, false).await.unwrap();
    let report = async |email: &str, old: &str| {
        given(&server, email).await;
        let hold = hold_link(&server, old).await;
        assert_eq!(server.browser().submit(&hold, &[]).await.uri, "/hold-account/done");
    };
    let told = async |name: &str| {
        let letters = waiting(&server, &format!("{name}@people.example")).await;
        letters.iter().filter(|letter| letter.subject.contains(REPORT)).count()
    };

    report(EVE, ALICE).await;
    report("eve@more-evil.example", EVE).await;
    let once = (told("admin").await, told("admin-0").await, told("admin-19").await, told("admin-20").await);
    assert_eq!(once, (1, 0, 1, 0), "the 20 who have been here longest and are enabled");
    server.advance(Duration::minutes(61)).await;
    report("eve@most-evil.example", "eve@more-evil.example").await;
    assert_eq!(told("admin").await, 2);
}

/// Whoever had a password is told that it is another one, whatever the link was called that set it.
#[sqlx::test]
async fn lg_11_a_password_that_an_invitation_replaces_is_told(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    invitation::invite(&server.app, &admin(), server.user_id("alice").await).await.unwrap();
    let invitation = link(&server, ALICE).await;

    assert_eq!(server.browser().submit(&invitation, &[("password", NEW)]).await.uri, "/recover/done");

    let newest = &waiting(&server, ALICE).await[0];
    assert!(newest.subject.contains("password") && newest.subject.contains("was changed"), "{}", newest.subject);
    assert!(!signs_in(&server, "alice", PASSWORD).await);
}
