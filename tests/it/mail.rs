//! Mail: written with what it tells of, sent later, to one recipient, encrypted.

use axum::{
    body::Body,
    http::{Request, header},
};
use portcullis::{
    accounts::link_request,
    mail::{
        self, Letter, Message, Recipient,
        delivery::deliver,
        smtp::{Post, Undelivered},
    },
    store::{outbox, pool, users},
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use tokio::task::JoinSet;

use crate::{
    browser::Browser,
    mail_server::{Delivered, MailServer, TAKES},
    privacy,
    server::{Answer, ISSUER, PASSWORD, Server},
    throttle::behind_proxy,
};

/// The mail that waits for an address, the newest first.
pub async fn waiting(server: &Server, address: &str) -> Vec<Letter> {
    link_request::answer_all(&server.app).await.unwrap();
    let waiting = outbox::waiting(&server.db, 100).await.unwrap();
    let letters = waiting.iter().map(|mail| mail::open(&server.app, mail).unwrap());
    letters.filter(|letter| letter.to == address).collect()
}

/// The path of the link in the newest mail for an address.
pub async fn link(server: &Server, address: &str) -> String {
    let letters = waiting(server, address).await;
    let letter = letters.first().unwrap_or_else(|| panic!("no mail for {address}"));
    let link = letter.text.lines().find_map(|line| line.strip_prefix(ISSUER)).expect("a link of ours");
    privacy::note(link.rsplit('/').next().unwrap());
    link.to_owned()
}

async fn write(server: &Server, message: Message<'_>) {
    let user = users::find_named(&server.db, "alice").await.unwrap().unwrap();
    let to = Recipient::of(&server.app, &user).unwrap();
    let mut tx = pool::begin(&server.db).await.unwrap();
    mail::send(&mut tx, &server.app, &to, message).await.unwrap();
    tx.commit().await.unwrap();
}

fn letter(to: &str) -> Letter {
    Letter { to: to.into(), subject: "S".into(), text: "T".into(), html: "<p>T</p>".into() }
}

#[sqlx::test]
async fn mail_is_sent_encrypted_once_and_then_forgotten(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for implicit in [true, false] {
        let mail_server = MailServer::start(implicit, true).await;
        let post = Post::new(&mail_server.settings(true)).unwrap();
        write(&server, Message::FactorAdded { name: "Blue key\r\nBcc: eve@evil.example" }).await;

        deliver(&server.app, &post).await.unwrap();
        deliver(&server.app, &post).await.unwrap();

        let taken = mail_server.taken();
        let [Delivered { recipients, text }] = taken.as_slice() else { panic!("{taken:?}") };
        assert_eq!(recipients, &["RCPT TO:<alice@people.example>"]);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("From: Test <no-reply@id.example>") && head.contains("To: alice@people.example"));
        assert!(!head.contains("evil") && body.contains("Blue key"), "{text}");
        assert!(text.contains("text/plain") && text.contains("text/html"));
    }
    let row = "select count(*) from outbox where sent_at is not null and content is null";
    assert_eq!(sqlx::query_scalar::<_, i64>(row).fetch_one(&server.db).await.unwrap(), 2);
}

/// What waits can be read by nobody who has only the database.
#[sqlx::test]
async fn mail_waits_sealed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    write(&server, Message::Recovery { link: "https://id.example/recover/the-link" }).await;

    assert_eq!(server.rows_with("the-link").await, 0);
    assert!(waiting(&server, "alice@people.example").await[0].text.contains("the-link"));
}

/// Who signs in by password alone, on a device or from a network that is new for them, is told so.
#[sqlx::test]
async fn a_sign_in_in_a_new_place_is_told_by_mail(_: PgPoolOptions, options: PgConnectOptions) {
    let server = behind_proxy(&Server::start(options).await);
    let told = async |username: &str| {
        let letters = waiting(&server, &format!("{username}@people.example")).await;
        letters.iter().filter(|letter| letter.subject.starts_with("A new sign-in")).count()
    };
    let mut browsers = [server.browser(), server.browser()];
    let [laptop, phone] = [0, 1];

    for (device, address, mails, why) in [
        (laptop, "198.51.100.7", 0, "the first sign-in of all is no news"),
        (laptop, "198.51.100.7", 0, "nothing is new"),
        (phone, "203.0.113.1", 1, "device and network are new"),
        (phone, "198.51.100.7", 1, "both are known"),
        (laptop, "192.0.2.1", 2, "the network is new"),
    ] {
        let page = sign_in_from(&mut browsers[device], address, "alice").await;
        assert_eq!((page.header("location"), told("alice").await), ("/account", mails), "{why}");
    }
    let newest = &waiting(&server, "alice@people.example").await[0].text;
    assert!(newest.contains("192.0.2.1") && newest.contains("Firefox"), "{newest}");

    for address in ["198.51.100.7", "203.0.113.1"] {
        let mut browser = server.browser();
        let page = sign_in_from(&mut browser, address, "admin").await;
        let page = browser.submit(page.header("location"), &[("code", &server.code())]).await;
        assert_eq!((page.uri.as_str(), told("admin").await), ("/account", 0), "a second factor was shown");
    }
}

async fn sign_in_from(browser: &mut Browser, address: &str, username: &str) -> Answer {
    let form = format!("username={username}&password={}", PASSWORD.replace(' ', "+"));
    let request = Request::post("/sign-in")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
        .header("sec-fetch-site", "same-origin")
        .header("x-forwarded-for", address);
    browser.request(request.body(Body::from(form)).unwrap()).await
}

/// OP-25: nothing depends on the mail server, and what waits is sent when it is back.
#[sqlx::test]
async fn op_25_mail_waits_for_a_server_that_is_down(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mail_server = MailServer::start(true, true).await;
    let post = Post::new(&mail_server.settings(true)).unwrap();
    mail_server.answer("451 try later alice@people.example");
    let page = server.browser().submit("/recover", &[("username", "alice")]).await;
    assert_eq!(page.uri, "/recover/sent");
    link_request::answer_all(&server.app).await.unwrap();

    deliver(&server.app, &post).await.unwrap();
    server.advance(Duration::seconds(29)).await;
    mail_server.answer(TAKES);
    deliver(&server.app, &post).await.unwrap();
    assert!(mail_server.taken().is_empty(), "it is too early");
    server.advance(Duration::seconds(1)).await;
    deliver(&server.app, &post).await.unwrap();

    assert_eq!(mail_server.taken().len(), 1);
    assert!(server.tokens("web").await.access.starts_with("ey"), "sign-in needs no mail");
}

#[sqlx::test]
async fn mail_is_given_up_when_it_is_refused_for_good_or_after_a_day(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mail_server = MailServer::start(true, true).await;
    let post = Post::new(&mail_server.settings(true)).unwrap();
    let given_up = async || {
        let count = sqlx::query_scalar::<_, i64>("select count(*) from outbox where failed_at is not null");
        count.fetch_one(&server.db).await.unwrap()
    };
    mail_server.answer("550 no such mailbox");
    write(&server, Message::PasswordChanged).await;
    deliver(&server.app, &post).await.unwrap();
    assert_eq!(given_up().await, 1);

    mail_server.answer("450 busy");
    write(&server, Message::PasswordChanged).await;
    let began = server.clock.now();
    while given_up().await == 1 {
        deliver(&server.app, &post).await.unwrap();
        server.clock.advance(Duration::minutes(20));
    }

    let hours = (server.clock.now() - began).whole_hours();
    assert!((24..48).contains(&hours), "{hours}");
}

#[sqlx::test]
async fn mail_is_not_sent_in_clear_or_to_a_stranger(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (plain, stranger) = (MailServer::start(false, false).await, MailServer::start(true, true).await);
    for settings in [plain.settings(true), stranger.settings(false)] {
        let sent = Post::new(&settings).unwrap().send(letter("alice@people.example")).await;
        assert!(matches!(sent, Err(Undelivered::Later(_))), "{sent:?}");
    }
    assert!(plain.taken().is_empty() && stranger.taken().is_empty());
    drop(server);
}

/// LG-24
#[sqlx::test]
async fn lg_24_mail_has_one_recipient(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mail_server = MailServer::start(true, true).await;
    let post = Post::new(&mail_server.settings(true)).unwrap();
    for bad in [
        "alice@people.example,eve@evil.example",
        "alice@people.example\r\nBcc: eve@evil.example",
        "alice\u{ff20}people.example",
        "Alice <alice@people.example>",
        "alice@people.example@evil.example",
    ] {
        assert!(matches!(post.send(letter(bad)).await, Err(Undelivered::Refused(_))), "{bad:?}");
        let mut browser = server.browser();
        let page = browser.open("/account/email").await;
        browser.sign_in(&page, "alice").await;
        let page = browser.submit("/account/email", &[("email", bad)]).await;
        assert_eq!(page.answer.status, 422, "{bad:?}");
    }
    assert!(mail_server.taken().is_empty());
}

#[sqlx::test]
async fn of_nodes_that_send_side_by_side_one_sends(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mail_server = MailServer::start(true, true).await;
    for _ in 0..3 {
        write(&server, Message::PasswordChanged).await;
    }
    let mut nodes = JoinSet::new();
    for _ in 0..4 {
        let (app, settings) = (server.app.clone(), mail_server.settings(true));
        nodes.spawn(async move { deliver(&app, &Post::new(&settings).unwrap()).await.unwrap() });
    }
    nodes.join_all().await;

    assert_eq!(mail_server.taken().len(), 3);
}
