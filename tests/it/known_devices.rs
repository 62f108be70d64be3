//! The cookie that makes a browser known lets its person in while others attack the account. It is worth nothing any more
//! as soon as somebody ends what the browser was signed in to, from elsewhere.

use portcullis::{
    accounts::{factors::reset, users},
    authentication::{device, presence::Presence},
    registry::revocation::revoke_all,
    store::sessions::SessionKind,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    browser::Browser,
    console::signed_in as administrator,
    server::{Server, admin},
};

/// A browser that alice has signed in in.
async fn signed_in(server: &Server) -> Browser {
    let mut browser = server.browser();
    let page = browser.open("/account/sessions").await;
    browser.sign_in(&page, "alice").await;
    browser
}

async fn is_known(browser: &Browser) -> bool {
    let alice = browser.server.user_id("alice").await;
    device::is_known(&browser.server.app, &browser.headers(), alice).await.unwrap()
}

/// What ends sessions from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    OthersByPerson,
    OneByPerson,
    AllByAdministrator,
    FactorReset,
    Disabling,
    NewRole,
    NewFactor,
    RevokeAll,
}

async fn end(server: &Server, how: End, alice: &mut Browser, other: &Browser) {
    let user_id = server.user_id("alice").await;
    match how {
        End::OthersByPerson => drop(alice.submit("/account/sessions", &[("end", "others")]).await),
        End::OneByPerson => {
            let of_other =
                Presence::find(&server.app, SessionKind::User, &other.headers()).await.unwrap().unwrap().session;
            alice.submit("/account/sessions", &[("end", &of_other.session_id.to_string())]).await;
        }
        End::AllByAdministrator => {
            let (mut console, _) = administrator(server, "admin").await;
            console.submit(&format!("/admin/users/{user_id}/sessions"), &[("end", "all")]).await;
        }
        End::FactorReset => reset(&server.app, &admin(), user_id).await.unwrap(),
        End::Disabling => users::set_enabled(&server.app, &admin(), user_id, false).await.unwrap(),
        End::NewRole => crate::console::make_administrator(server, "alice").await,
        End::NewFactor => {
            let app = crate::factors::App::of(&alice.submit("/account/factors/app", &[("name", "Phone")]).await);
            alice.submit("/account/factors/app", &[("code", &app.code(server.clock.now()))]).await;
        }
        End::RevokeAll => drop(revoke_all(&server.app, &admin()).await.unwrap()),
    }
}

#[sqlx::test]
async fn a_browser_is_a_stranger_once_its_session_was_ended_from_elsewhere(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    for (how, this_one_stays) in [
        (End::OthersByPerson, true),
        (End::OneByPerson, true),
        (End::AllByAdministrator, false),
        (End::FactorReset, false),
        (End::RevokeAll, false),
        (End::Disabling, false),
    ] {
        let mut browsers = (signed_in(&server).await, signed_in(&server).await);
        assert!(is_known(&browsers.0).await && is_known(&browsers.1).await, "{how:?}");

        end(&server, how, &mut browsers.0, &browsers.1).await;

        assert!(!is_known(&browsers.1).await, "{how:?}: the cookie survives");
        assert_eq!(is_known(&browsers.0).await, this_one_stays, "{how:?}: the browser that did it");
    }
    users::set_enabled(&server.app, &admin(), server.user_id("alice").await, true).await.unwrap();
    for (how, this_one_stays) in [(End::NewFactor, true), (End::NewRole, false)] {
        let mut browsers = (signed_in(&server).await, signed_in(&server).await);
        end(&server, how, &mut browsers.0, &browsers.1).await;
        assert_eq!((is_known(&browsers.0).await, is_known(&browsers.1).await), (this_one_stays, false), "{how:?}");
        reset(&server.app, &admin(), server.user_id("alice").await).await.unwrap();
    }
}

/// Also the cookie of a browser whose session is over by itself goes with "sign out everywhere".
#[sqlx::test]
async fn a_browser_is_a_stranger_though_its_session_had_expired(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let stolen = signed_in(&server).await;
    server.advance(Duration::hours(13)).await;
    let (mut console, _) = administrator(&server, "admin").await;
    assert!(is_known(&stolen).await);

    let path = format!("/admin/users/{}/sessions", server.user_id("alice").await);
    console.submit(&path, &[("end", "all")]).await;

    assert!(!is_known(&stolen).await);
}

/// A person's own signing out is no alarm: the browser stays known.
#[sqlx::test]
async fn a_browser_stays_known_after_its_person_signs_out_in_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut alice = signed_in(&server).await;

    alice.submit("/sign-out", &[]).await;

    assert!(alice.open("/account").await.has_form("sign-in") && is_known(&alice).await);
}

/// Whoever is about to become known while everything ends does not slip through.
#[sqlx::test]
async fn a_session_that_has_ended_makes_no_browser_known(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let thief = signed_in(&server).await;
    let session = Presence::find(&server.app, SessionKind::User, &thief.headers()).await.unwrap().unwrap().session;
    let mut alice = signed_in(&server).await;
    alice.submit("/account/sessions", &[("end", "others")]).await;

    let noted = device::note_sign_in(&server.app, &thief.headers(), &session, admin().actor()).await.unwrap();

    assert!(noted.is_none() && !is_known(&thief).await);
}
