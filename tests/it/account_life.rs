//! The life of an account: invitation, registration, recovery, change of address, end.

mod address;
mod takeover;
mod undo;

use axum::{body::Body, http::Request};
use portcullis::{
    accounts::{
        deletion, invitation,
        users::{self, UserSettings},
    },
    store,
};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    browser::Browser,
    console::signed_in as administrator,
    factors,
    mail::{link, waiting},
    server::{ISSUER, PASSWORD, Server, admin},
};

const ALICE: &str = "alice@people.example";
const NEW: &str = "ninety-two brass lanterns";

async fn recovery_link(server: &Server, typed: &str) -> String {
    let page = server.browser().submit("/recover", &[("username", typed)]).await;
    assert_eq!(page.uri, "/recover/sent");
    link(server, ALICE).await
}

/// A browser whose person has just signed in to a page of their account.
async fn at(server: &Server, page: &str, username: &str) -> Browser {
    let mut browser = server.browser();
    let sign_in = browser.open(page).await;
    let shown = browser.sign_in(&sign_in, username).await;
    assert_eq!(shown.uri, page, "{}", shown.answer.body);
    browser
}

async fn signs_in(server: &Server, username: &str, password: &str) -> bool {
    let form = [("username", username), ("password", password)];
    server.browser().submit("/sign-in", &form).await.uri.starts_with("/account")
}

/// LG-20, AD-14: whoever makes an account learns no password.
#[sqlx::test]
async fn ad_14_an_administrator_invites_and_never_sets_a_password(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut console, _) = administrator(&server, "admin").await;
    let form = console.open("/admin/users/new").await;
    assert!(!form.answer.body.contains("type=\"password\""));
    let given = [("username", "carol"), ("email", "carol@people.example"), ("password", PASSWORD)];
    let shown = console.submit("/admin/users/new", &given).await;
    assert!(shown.uri.contains("done=user-created"), "{}", shown.uri);
    assert!(!signs_in(&server, "carol", PASSWORD).await, "the field counts for nothing");

    let invitation = link(&server, "carol@people.example").await;
    let mut carol = server.browser();
    assert!(carol.open(&invitation).await.has_form("new-password"));
    let done = carol.submit(&invitation, &[("password", NEW)]).await;

    assert_eq!(done.uri, "/recover/done");
    assert!(signs_in(&server, "carol", NEW).await);
    let carol = store::users::find_named(&server.db, "carol").await.unwrap().unwrap();
    assert!(carol.email_verified, "the mail reached her");
    let path = format!("/admin/users/{}", carol.user_id);
    console.submit(&format!("{path}/link"), &[("link", "recovery")]).await;
    assert!(link(&server, "carol@people.example").await.starts_with("/recover/"));
    assert!(signs_in(&server, "carol", NEW).await, "the old one holds until then");
}

/// LG-21: used once, replaced by a newer one, for one purpose, for 20 minutes.
#[sqlx::test]
async fn lg_21_a_link_works_once_and_shortly(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let gone = async |path: &str| {
        let page = server.browser().submit(path, &[("password", NEW)]).await;
        page.answer.status == 410 && server.browser().open(path).await.answer.status == 410
    };
    let first = recovery_link(&server, "alice").await;
    let second = recovery_link(&server, "alice").await;
    assert!(gone(&first).await, "replaced");
    assert!(gone(&second.replace("/recover/", "/invitation/")).await, "another purpose");
    assert!(gone(&format!("{}AAAA", &second[..second.len() - 4])).await, "another secret");
    assert!(server.browser().open(&second).await.has_form("new-password"), "looking uses nothing up");

    let weak = server.browser().submit(&second, &[("password", "passwordpassword")]).await;
    assert_eq!(weak.answer.status, 422);
    assert_eq!(server.browser().submit(&second, &[("password", NEW)]).await.uri, "/recover/done");
    assert!(gone(&second).await, "used");

    let third = recovery_link(&server, "alice").await;
    server.advance(Duration::minutes(20)).await;
    assert!(gone(&third).await, "expired");
}

#[sqlx::test]
async fn lg_21_of_racing_uses_one_wins(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let link = recovery_link(&server, "alice").await;
    let mut racers = JoinSet::new();
    for n in 0..4 {
        let (mut browser, link) = (server.browser(), link.clone());
        racers.spawn(async move { browser.submit(&link, &[("password", &format!("{NEW} {n}"))]).await.uri });
    }

    let ended = racers.join_all().await;

    assert_eq!(ended.iter().filter(|uri| *uri == "/recover/done").count(), 1, "{ended:?}");
}

/// LG-22, LG-11: recovery signs nobody in, and ends what there was.
#[sqlx::test]
async fn lg_22_after_recovery_the_second_factor_is_asked_for(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let before = server.tokens("web").await;
    let (mut alice, _) = factors::with_app(&server, "alice").await;
    let link = recovery_link(&server, "ALICE@people.example").await;
    let mut browser = server.browser();

    let done = browser.submit(&link, &[("password", NEW)]).await;

    assert!(done.answer.body.contains("You do not have to type it again."), "{}", done.answer.body);
    let page = browser.open("/account").await;
    assert!(page.has_form("second-factor"), "nobody is signed in by a password alone: {}", page.uri);
    let page = browser.authorize(&[]).await;
    assert!(page.has_form("second-factor"), "nor at a client: {}", page.uri);
    assert!(alice.open("/account").await.has_form("sign-in"), "the session has ended");
    assert_eq!(server.refresh("web", &before.refresh).await.refusal(), (400, "invalid_grant".into()));
    assert!(!signs_in(&server, "alice", PASSWORD).await);
    assert!(waiting(&server, ALICE).await[0].subject.contains("password"), "she is told");
}

/// Who came from a client is led back to it, and types the new password once.
#[sqlx::test]
async fn a_recovery_leads_back_to_the_client(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let waits = browser.authorize(&[]).await;
    let asked = browser.submit("/recover", &[("username", "alice")]).await;
    let back = format!("/oauth2/authorize/{}", waits.path().rsplit('/').next().unwrap());
    let way_back = format!("href=\"{back}\"");
    assert!(asked.answer.body.contains(&way_back), "{}", asked.answer.body);
    let link = link(&server, ALICE).await;

    let done = browser.submit(&link, &[("password", NEW)]).await;

    assert_eq!(done.uri, "/recover/done");
    assert!(done.answer.body.contains(&way_back), "{}", done.answer.body);
    let page = browser.open(&back).await;
    assert!(page.answer.body.contains("id=\"consent\""), "the client asks for consent next: {}", page.uri);
    let elsewhere = server.browser().open("/recover/sent").await;
    assert!(!elsewhere.answer.body.contains("/oauth2/authorize/"), "another browser is led nowhere");
}

/// LG-01, LG-23: the same answer for known and unknown, and links of the issuer only.
#[sqlx::test]
async fn lg_23_a_link_is_built_from_the_issuer(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut answers = Vec::new();
    for typed in ["alice", "nobody", ALICE, "nobody@people.example"] {
        let request = Request::post("/recover")
            .header("host", "id.example")
            .header("x-forwarded-host", "evil.example")
            .header("forwarded", "host=evil.example")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let body = format!("username={}", typed.replace('@', "%40"));
        let answer = server.send(request.body(Body::from(body)).unwrap()).await;
        answers.push((answer.status, answer.header("location").to_owned(), answer.body));
    }

    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let letters = waiting(&server, ALICE).await;
    assert_eq!(letters.len(), 2);
    for letter in letters {
        assert!(!letter.text.contains("evil.example") && letter.text.contains(&format!("{ISSUER}/recover/ptc_ln_")));
        assert!(letter.html.contains(&format!("href=\"{ISSUER}/recover/")));
    }
}

/// LG-25
#[sqlx::test]
async fn lg_25_a_fourth_mail_in_an_hour_is_not_sent(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for typed in ["alice", ALICE, "Alice", "alice@PEOPLE.example"] {
        let page = server.browser().submit("/recover", &[("username", typed)]).await;
        assert_eq!(page.uri, "/recover/sent");
    }
    assert_eq!(waiting(&server, ALICE).await.len(), 3);

    server.advance(Duration::minutes(61)).await;
    recovery_link(&server, "alice").await;

    assert_eq!(waiting(&server, ALICE).await.len(), 4);
}

#[sqlx::test]
async fn an_account_is_opened_by_who_has_the_address(_: PgPoolOptions, options: PgConnectOptions) {
    let closed = Server::start(options.clone()).await;
    assert_eq!(closed.browser().open("/register").await.answer.status, 404);
    assert_eq!(closed.browser().submit("/register", &[("email", "dora@people.example")]).await.answer.status, 404);
    let server = closed.second_node_with(|settings| settings.registration = true).await;

    for email in ["dora@people.example", ALICE] {
        assert_eq!(server.browser().submit("/register", &[("email", email)]).await.uri, "/register/sent");
    }
    let told = waiting(&server, ALICE).await;
    assert!(told.len() == 1 && !told[0].text.contains("/register/"), "she has an account");
    let link = link(&server, "dora@people.example").await;
    let mut dora = server.browser();
    assert!(dora.open(&link).await.has_form("registration"));
    let hidden = dora.submit(&link, &[("name", "Do\u{202e}ra"), ("password", NEW)]).await;
    assert_eq!(hidden.answer.status, 422);
    let mine = dora.submit(&link, &[("name", "Dora Doe"), ("password", "dora@people.example")]).await;
    assert_eq!(mine.answer.status, 422, "her address is no password");
    assert_eq!(dora.submit(&link, &[("name", "Dora Doe"), ("password", NEW)]).await.uri, "/register/done");

    assert!(signs_in(&server, "dora@people.example", NEW).await);
    assert_eq!(dora.submit(&link, &[("name", "Dora Doe"), ("password", NEW)]).await.answer.status, 410);
}

/// LG-19: a sign-in of more than five minutes ago changes nothing.
#[sqlx::test]
async fn lg_19_changes_need_a_recent_sign_in(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut alice = at(&server, "/account/details", "alice").await;
    server.advance(Duration::minutes(6)).await;

    for (page, form) in [
        ("/account/password", [("current", PASSWORD), ("password", NEW)]),
        ("/account/email", [("email", "eve@evil.example"), ("", "")]),
        ("/account/delete", [("confirmation", "alice"), ("", "")]),
    ] {
        assert!(alice.open(page).await.has_form("sign-in"), "{page}");
        assert!(alice.submit(page, &form).await.has_form("sign-in"), "{page}");
    }
    assert!(signs_in(&server, "alice", PASSWORD).await);
    assert_eq!(alice.open("/account/details").await.uri, "/account/details");
}

#[sqlx::test]
async fn a_person_says_who_they_are(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut alice = at(&server, "/account/details", "alice").await;
    let revision = |page: &str| factors::between(page, "name=\"revision\" value=\"", "\"").to_owned();
    let shown = alice.open("/account/details").await.answer.body;
    let seen = revision(&shown);
    let form = |name| [("name", name), ("nickname", "Al"), ("locale", "cy"), ("revision", seen.as_str())];

    let bad = alice.submit("/account/details", &form("A\u{200b}lice")).await;
    assert_eq!(bad.answer.status, 422);
    let saved = alice.submit("/account/details", &form("Alice Liddell")).await;
    assert!(saved.uri.ends_with("done=saved"));
    let stale = alice.submit("/account/details", &form("Somebody else")).await;
    assert_eq!(stale.answer.status, 422);

    let user = store::users::find_named(&server.db, "alice").await.unwrap().unwrap();
    assert_eq!(user.profile.name.as_deref(), Some("Alice Liddell"));
    recovery_link(&server, "alice").await;
    assert_eq!(server.get("/.well-known/change-password").await.header("location"), "/account/password");
}

/// CO-10, JW-18, LP-07: deleted at once, erased within 30 days, the subject never given again.
#[sqlx::test]
async fn jw_18_an_erased_subject_is_never_used_again(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let sub = server.user_id("alice").await;
    let tokens = server.tokens("web").await;
    let code = server.browser().obtain_code().await;
    let mut alice = at(&server, "/account/delete", "alice").await;
    let wrong = alice.submit("/account/delete", &[("confirmation", "bob")]).await;
    assert_eq!(wrong.answer.status, 422);

    let done = alice.submit("/account/delete", &[("confirmation", "alice")]).await;

    assert_eq!(done.uri, "/account-deleted");
    assert_eq!(server.redeem("web", &code).await.refusal(), (400, "invalid_grant".into()));
    assert_eq!(server.refresh("web", &tokens.refresh).await.refusal(), (400, "invalid_grant".into()));
    assert_eq!(server.introspect(&tokens.access).await["active"], false);
    assert!(!signs_in(&server, "alice", PASSWORD).await);
    assert!(users::set_enabled(&server.app, &admin(), sub, true).await.is_err(), "restoring is another thing");
    users::restore(&server.app, &admin(), sub).await.unwrap();
    assert!(!signs_in(&server, "alice", PASSWORD).await, "she may have been disabled before");
    users::set_enabled(&server.app, &admin(), sub, true).await.unwrap();
    assert!(signs_in(&server, "alice", PASSWORD).await);

    users::delete(&server.app, &admin(), sub).await.unwrap();
    let same = UserSettings { username: "alice".into(), email: Some(ALICE.into()), ..UserSettings::default() };
    assert!(users::create(&server.app, &admin(), &same, None).await.is_err(), "the name is taken until then");
    server.advance(Duration::days(28)).await;
    deletion::erase_due(&server.app).await.unwrap();
    assert_ne!(server.rows_with(ALICE).await, 0);
    server.advance(Duration::days(2)).await;
    deletion::erase_due(&server.app).await.unwrap();

    assert_eq!(server.rows_with(ALICE).await, 0, "LP-07");
    assert_eq!(server.rows_with("alice of Test").await, 0, "LP-07");
    assert!(server.rows_with(&format!("user:{sub}")).await > 0, "the record keeps a pseudonym");
    assert!(users::restore(&server.app, &admin(), sub).await.is_err());
    let second = users::create(&server.app, &admin(), &same, None).await.unwrap();
    assert_ne!(second.user_id, sub);
    let again = portcullis::model::user::User { user_id: sub, username: "a second alice".into(), ..second };
    assert!(!store::users::insert(&server.db, &again, None).await.unwrap(), "not even by hand");
}

#[sqlx::test]
async fn the_last_administrator_cannot_go(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let refused = users::delete(&server.app, &admin(), server.user_id("admin").await).await;
    assert!(refused.is_err());
    assert!(users::delete(&server.app, &admin(), Uuid::nil()).await.is_err());
    let disabled = server.user_id("alice").await;
    users::set_enabled(&server.app, &admin(), disabled, false).await.unwrap();
    assert!(invitation::send_reset(&server.app, &admin(), disabled).await.is_err());
}

/// §6: what is asked and done about accounts is on record, without names and addresses.
#[sqlx::test]
async fn lp_07_the_record_names_nobody(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let link = recovery_link(&server, ALICE).await;
    server.browser().submit(&link, &[("password", NEW)]).await;
    server.browser().submit("/recover", &[("username", "nobody@people.example")]).await;
    let mut alice = server.browser();
    alice.submit("/sign-in", &[("username", "alice"), ("password", NEW)]).await;
    alice.submit("/account/email", &[("email", "alice@new.example")]).await;

    let events = "select to_jsonb(e) from audit_events e";
    let events: Vec<Value> = sqlx::query_scalar(events).fetch_all(&server.db).await.unwrap();
    let named = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!([named("recovery.requested"), named("recovery.mailed")], [2, 1]);
    assert_eq!([named("password.reset"), named("email.requested"), named("user.created")], [1, 1, 3]);
    for event in &events {
        let text = event.to_string();
        assert!(!text.contains("people.example") && !text.contains("new.example"), "{text}");
        assert!(!text.contains("of Test"), "{text}");
    }
}

/// CO-11
#[sqlx::test]
async fn co_11_a_code_from_before_a_new_password_is_worth_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let code = server.browser().obtain_code().await;
    let link = recovery_link(&server, "alice").await;

    server.browser().submit(&link, &[("password", NEW)]).await;

    assert_eq!(server.redeem("web", &code).await.refusal(), (400, "invalid_grant".into()));
}
