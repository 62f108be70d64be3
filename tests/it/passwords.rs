//! Which passwords are accepted, and what changing one ends.

use std::sync::{Arc, Mutex};

use portcullis::{
    accounts::factors::reset, authentication::device, outbound::OutboundSettings, server::waiting::Caller,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{
    browser::{Browser, Page},
    factors::{self, between},
    mail,
    server::{PASSWORD, Server, Tokens, admin},
};

/// What keeps zxcvbn busy for longest, over and over.
const HOSTILE: &str = "1i{|";
const NEW: &str = "ninety-two brass lanterns";
/// Long enough beside a second factor.
const SHORT: &str = "vK8#qz2!wL";
/// The SHA-1 of [`NEW`] in capitals is found by a list of stolen passwords below.
const NEW_SHA1: (&str, &str) = ("974DE", "69BEFD6C89EF31DB39D795771DF32D91026");

async fn at_password(server: &Server, username: &str) -> Browser {
    let mut browser = server.browser();
    let page = browser.open("/account/password").await;
    assert!(browser.sign_in(&page, username).await.has_form("password-change"));
    browser
}

async fn change(browser: &mut Browser, current: &str, new: &str) -> Page {
    browser.submit("/account/password", &[("current", current), ("password", new)]).await
}

/// LG-11, CO-11
#[sqlx::test]
async fn lg_11_a_new_password_ends_all_other_sign_ins(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = server.tokens("web").await;
    let code = server.browser().obtain_code().await;
    let mut other = at_password(&server, "alice").await;
    let mut alice = at_password(&server, "alice").await;

    let wrong = change(&mut alice, "not my password", NEW).await;
    let right = change(&mut alice, PASSWORD, NEW).await;

    assert_eq!(wrong.answer.status, 422);
    assert!(right.uri.ends_with("done=changed"), "{}", right.uri);
    assert_eq!(alice.open("/account").await.uri, "/account", "this one goes on");
    assert!(other.open("/account").await.has_form("sign-in"));
    assert_eq!(server.refresh("web", &tokens.refresh).await.refusal(), (400, "invalid_grant".into()));
    assert_eq!(server.redeem("web", &code).await.refusal(), (400, "invalid_grant".into()));
    let told = mail::waiting(&server, "alice@people.example").await;
    assert_eq!(told.iter().filter(|letter| letter.subject.contains("password")).count(), 1);
}

/// LG-09: common ones, the product's and the person's words; 15 characters alone and 8 beside a second factor.
#[sqlx::test]
async fn lg_09_a_weak_password_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut alice = at_password(&server, "alice").await;
    for weak in [
        "",
        "vK8#qz2!wLp0xT",
        "passwordpassword",
        "portcullisportcullis",
        "alice@people.example",
        "1234567890123456",
        &"é\u{301}".repeat(600),
    ] {
        assert_eq!(change(&mut alice, PASSWORD, weak).await.answer.status, 422, "{weak}");
    }

    let (mut alice, _) = factors::with_app(&server, "alice").await;
    assert_eq!(change(&mut alice, PASSWORD, "vK8#qz").await.answer.status, 422);
    let short = change(&mut alice, PASSWORD, SHORT).await;
    assert!(short.uri.ends_with("done=changed"), "{}", short.uri);
}

/// LG-09: a password that was chosen to stand beside a second factor does not become all there is.
#[sqlx::test]
async fn lg_09_a_short_password_never_stands_alone(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut alice, _) = factors::with_app(&server, "alice").await;
    let page = alice.open("/account/factors").await;
    let remove = format!("/account/factors/0{}/remove", between(&page.answer.body, "href=\"/account/factors/0", "\""));
    change(&mut alice, PASSWORD, SHORT).await;

    let refused = alice.submit(&remove, &[]).await;

    assert_eq!(refused.answer.status, 422);
    assert!(refused.answer.body.contains("Your password has fewer than 15 characters"), "{}", refused.answer.body);
    change(&mut alice, SHORT, NEW).await;
    assert_eq!(alice.submit(&remove, &[]).await.uri, "/account/factors?done=removed", "a long one may");
}

/// The same when an administrator takes the factors away: a new one is added on the way in.
#[sqlx::test]
async fn lg_09_who_has_a_short_password_and_no_factor_adds_one(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut alice, _) = factors::with_app(&server, "alice").await;
    change(&mut alice, PASSWORD, SHORT).await;
    let user_id = server.user_id("alice").await;

    reset(&server.app, &admin(), user_id).await.unwrap();

    let mut alice = server.browser();
    let page = alice.submit("/sign-in", &[("username", "alice"), ("password", SHORT)]).await;
    assert!(page.has_form("enrol-app"), "{} {}", page.uri, page.answer.body);
    assert!(alice.open("/account/password").await.has_form("enrol-app"), "there is no way around it");
}

/// LG-11: the browser of somebody who knew the old password is a stranger from then on.
#[sqlx::test]
async fn lg_11_after_a_new_password_only_this_browser_is_known(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let user_id = server.user_id("alice").await;
    let (thief, mut alice) = (at_password(&server, "alice").await, at_password(&server, "alice").await);
    let known = async |browser: &Browser| device::is_known(&server.app, &browser.headers(), user_id).await.unwrap();
    assert_eq!([known(&thief).await, known(&alice).await], [true, true]);

    change(&mut alice, PASSWORD, NEW).await;

    assert_eq!([known(&thief).await, known(&alice).await], [false, true]);
}

/// Whoever guesses at the door does not keep the person from changing the password in a browser of theirs.
#[sqlx::test]
async fn lg_03_who_is_attacked_can_change_the_password(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut alice = at_password(&server, "alice").await;
    for _ in 0..10 {
        server.browser().submit("/sign-in", &[("username", "alice"), ("password", "not her password")]).await;
    }
    let outside = server.browser().submit("/sign-in", &[("username", "alice"), ("password", PASSWORD)]).await;
    assert_eq!(outside.answer.status, 429);

    let changed = change(&mut alice, PASSWORD, NEW).await;

    assert!(changed.uri.ends_with("done=changed"), "{}", changed.answer.body);
}

/// The present password is guessed no faster here than at the door.
#[sqlx::test]
async fn the_present_password_is_throttled(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut alice = at_password(&server, "alice").await;
    for _ in 0..10 {
        change(&mut alice, "not my password", NEW).await;
    }

    let right = change(&mut alice, PASSWORD, NEW).await;

    assert_eq!(right.answer.status, 422);
    assert!(right.answer.body.contains("too often"), "{}", right.answer.body);
}

/// LG-09: we send five digits of the hash; a list that is down keeps nobody out.
#[sqlx::test]
async fn lg_09_a_stolen_password_is_refused_if_the_list_answers(_: PgPoolOptions, options: PgConnectOptions) {
    let first = Server::start(options).await;
    let (prefix, rest) = NEW_SHA1;
    for (username, answer, accepted) in [
        ("alice", Some(format!("0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n{rest}:12\r\n")), false),
        ("alice", Some(format!("{rest}:0\r\n0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n")), true),
        ("bob", None, true),
    ] {
        let (port, asked) = list(answer.clone()).await;
        let server = first.second_node_with(|settings| {
            settings.breach_check_url = Some(format!("http://127.0.0.1:{port}/range").parse().unwrap());
            let allowed_networks = vec!["127.0.0.1/32".parse().unwrap()];
            settings.outbound = OutboundSettings { allowed_networks, ..OutboundSettings::default() };
        });
        let server = server.await;
        let mut browser = at_password(&server, username).await;

        let page = change(&mut browser, PASSWORD, NEW).await;

        assert_eq!(page.uri.ends_with("done=changed"), accepted, "{answer:?}");
        let asked = asked.lock().unwrap().to_lowercase();
        assert!(asked.starts_with(&format!("get /range/{} http", prefix.to_lowercase())), "{asked}");
        assert!(asked.contains("add-padding: true") && !asked.contains(&rest.to_lowercase()));
    }
}

/// A list of stolen passwords that gives one answer, or none at all; and what it was asked.
async fn list(answer: Option<String>) -> (u16, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::<Mutex<String>>::default();
    let heard = Arc::clone(&asked);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).await.unwrap();
        *heard.lock().unwrap() = String::from_utf8_lossy(&request[..length]).into_owned();
        let Some(body) = answer else { return std::future::pending().await };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).await.unwrap();
    });
    (port, asked)
}

/// The hash is made anew when somebody signs in after the parameters have risen.
#[sqlx::test]
async fn cr_01_an_old_hash_is_made_anew_at_sign_in(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    // From the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32 -e
    let old = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let set = "update users set password_hash = $1 where username = 'alice'";
    sqlx::query(set).bind(old).execute(&server.db).await.unwrap();
    server.advance(Duration::minutes(1)).await;

    server.browser().submit("/sign-in", &[("username", "alice"), ("password", "password")]).await;

    let held = "select password_hash from users where username = 'alice'";
    let held: String = sqlx::query_scalar(held).fetch_one(&server.db).await.unwrap();
    assert!(held.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{held}");
    let again = server.browser().submit("/sign-in", &[("username", "alice"), ("password", "password")]).await;
    assert!(again.uri.starts_with("/account"));
}

async fn recovery_link(server: &Server) -> String {
    server.browser().submit("/recover", &[("username", "alice")]).await;
    mail::link(server, "alice@people.example").await
}

/// DO-03, M8: new passwords are judged a few at a time, each once, and everybody else is served meanwhile.
#[sqlx::test]
async fn do_03_hostile_passwords_side_by_side_cost_one_judgement_each(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let link = recovery_link(&server).await;
    let mut all = tokio::task::JoinSet::new();
    for n in 0..40 {
        let (mut browser, link, password) = (server.browser(), link.clone(), format!("{}{n}", HOSTILE.repeat(24)));
        all.spawn(async move { browser.submit(&link, &[("password", &password)]).await.answer.status.as_u16() });
    }

    let tokens = [server.tokens("web").await, server.tokens("web").await];
    for Tokens { refresh, .. } in tokens {
        assert_eq!(server.refresh("web", &refresh).await.status, 200);
    }
    let statuses = all.join_all().await;

    assert!(statuses.iter().all(|status| [422, 503].contains(status)), "{statuses:?}");
    let judged = i64::try_from(statuses.iter().filter(|status| **status == 422).count()).unwrap();
    let counted = "select coalesce(sum(count), 0)::bigint from defence_tallies where what = 'new_passwords.judgements'";
    let all_are_counted = async {
        while sqlx::query_scalar::<_, i64>(counted).fetch_one(&server.db).await.unwrap() != judged {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), all_are_counted).await.expect("one judgement for each");
    let done = server.browser().submit(&link, &[("password", NEW)]).await;
    assert_eq!(done.uri, "/recover/done", "the link is as good as before");
}

/// D13: on every way to a new password. Nothing is lost, used up or counted.
#[sqlx::test]
async fn d13_a_password_that_nobody_waits_for_is_not_judged(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start_with(options, |settings| settings.registration = true).await;
    let recovery = recovery_link(&server).await;
    server.browser().submit("/register", &[("email", "new@people.example")]).await;
    let registration = mail::link(&server, "new@people.example").await;
    let alice = at_password(&server, "alice").await;

    for (mut browser, page, field) in [
        (server.browser(), &recovery[..], ("name", "")),
        (server.browser(), &registration, ("name", "Newcomer")),
        (alice.clone(), "/account/password", ("current", PASSWORD)),
    ] {
        let caller = Caller::default();
        let form = [field, ("password", NEW)];
        let submitted = caller.wait_for(browser.submit(page, &form));
        drop(caller);

        let Page { answer, .. } = submitted.await;

        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "2"), "{page}");
        assert!(answer.body.contains("Many passwords are being checked right now"), "{page}: {}", answer.body);
        assert!(field.0 != "name" || answer.body.contains(field.1), "{page}: what was typed is there");
    }

    let mut alice = alice;
    for _ in 0..12 {
        let caller = Caller::default();
        let submitted = caller.wait_for(change(&mut alice, "not my password", NEW));
        drop(caller);
        assert_eq!(submitted.await.answer.status, 503);
    }
    let changed = change(&mut alice, PASSWORD, NEW).await;
    assert!(changed.uri.ends_with("done=changed"), "no attempt was counted: {}", changed.answer.body);
    let opened = server.browser().submit(&registration, &[("name", "Newcomer"), ("password", NEW)]).await;
    assert_eq!(opened.uri, "/register/done", "the link is as good as before");
}
