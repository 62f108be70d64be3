//! Codes: redeemed once, by their client, within a minute, as long as everything behind them holds.

use std::time::Duration as StdDuration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis::{
    accounts::users,
    protocol::{assurance::Level, client::GrantType},
    registry::clients,
    server::{Limits, serve},
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use url::form_urlencoded;

use crate::{
    browser::VERIFIER,
    server::{Server, Tokens, WEB_CALLBACK, admin},
};

fn invalid_grant() -> (u16, String) {
    (400, "invalid_grant".into())
}

#[sqlx::test]
async fn d2_co_02_a_replay_revokes_what_the_first_use_issued(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let code = server.browser().obtain_code().await;
    let tokens = Tokens::of(&server.redeem("web", &code).await);
    assert_eq!(server.introspect(&tokens.access).await["active"], true);

    let replay = server.redeem("web", &code).await;

    assert_eq!(replay.refusal(), invalid_grant());
    assert_eq!(server.introspect(&tokens.access).await["active"], false);
    assert_eq!(server.refresh("web", &tokens.refresh).await.refusal(), invalid_grant());
    assert_eq!(server.get_with_token("/oauth2/userinfo", &tokens.access).await.status, 401);
}

#[sqlx::test]
async fn d2_a_code_lives_for_a_minute(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();

    let in_time = browser.obtain_code().await;
    server.advance(Duration::seconds(58)).await;
    assert!(server.redeem("web", &in_time).await.status.is_success());

    let late = browser.obtain_code().await;
    server.advance(Duration::seconds(60)).await;
    assert_eq!(server.redeem("web", &late).await.refusal(), invalid_grant());
}

#[sqlx::test]
async fn four_parallel_redemptions_have_one_winner(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();

    for round in 0..5 {
        let code = browser.obtain_code().await;
        let racers = (0..4).map(|_| {
            let (server, code) = (server.clone(), code.clone());
            tokio::spawn(async move { server.redeem("web", &code).await })
        });
        let racers = racers.collect::<Vec<_>>();
        let mut winners = 0;
        for racer in racers {
            let answer = racer.await.unwrap();
            winners += i32::from(answer.status.is_success());
            assert!(answer.status.is_success() || answer.refusal() == invalid_grant(), "{}", answer.body);
        }
        assert_eq!(winners, 1, "round {round}");
    }
}

#[sqlx::test]
async fn co_06_a_code_is_for_its_own_client(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for (owner, thief) in [("spa", "native"), ("native", "spa"), ("spa", "web"), ("web", "spa")] {
        let code = server.browser().obtain_code_for(owner).await;
        assert_eq!(server.redeem(thief, &code).await.refusal(), invalid_grant(), "{owner} {thief}");
    }
}

#[sqlx::test]
async fn co_07_a_redirect_uri_that_is_sent_must_be_the_one_of_the_request(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let other = "https://web.example/other";
    server.change_client("web", |web| web.redirect_uris.push(other.into())).await;
    let mut browser = server.browser();

    for (redirect_uri, is_redeemed) in
        [(WEB_CALLBACK, true), ("", true), (other, false), ("https://web.example", false)]
    {
        let code = browser.obtain_code().await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", redirect_uri),
        ];
        let answer = server.token(Some("web"), &form).await;
        assert_eq!(answer.status.is_success(), is_redeemed, "{redirect_uri} {}", answer.body);
        assert!(is_redeemed || answer.refusal() == invalid_grant());
    }
}

#[sqlx::test]
async fn co_09_nothing_else_is_a_code(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let code = browser.obtain_code().await;
    let session = browser.cookies.values().next().unwrap().clone();
    let tokens = server.tokens("web").await;
    let retyped = tokens.refresh.replace("ptc_rt_", "ptc_ac_");
    let other_secret = format!("{}{}", &code[..60], &"A".repeat(code.len() - 60));

    for text in [&tokens.refresh, &tokens.access, &tokens.id, &session, &retyped, &other_secret, "x", "ptc_ac_"] {
        assert_eq!(server.redeem("web", text).await.refusal(), invalid_grant(), "{text}");
    }
    assert!(server.redeem("web", &code).await.status.is_success(), "a guess does not burn the code");
}

#[sqlx::test]
async fn co_10_a_disabled_persons_code_is_worth_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let code = server.browser().obtain_code().await;
    users::set_enabled(&server.app, &admin(), server.user_id("alice").await, false).await.unwrap();

    let answer = server.redeem("web", &code).await;

    assert_eq!(answer.refusal(), invalid_grant());
}

#[sqlx::test]
async fn co_10_enabling_a_person_again_does_not_bring_the_code_back(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (code, alice) = (server.browser().obtain_code().await, server.user_id("alice").await);
    users::set_enabled(&server.app, &admin(), alice, false).await.unwrap();
    users::set_enabled(&server.app, &admin(), alice, true).await.unwrap();

    let answer = server.redeem("web", &code).await;

    assert_eq!(answer.refusal(), invalid_grant());
}

#[sqlx::test]
async fn co_11_signing_out_ends_codes_even_of_offline_grants(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for scope in ["openid", "openid offline_access"] {
        let mut browser = server.browser();
        let code = browser.obtain("alice", &[("scope", scope)]).await.code();
        browser.submit("/sign-out", &[]).await;
        assert_eq!(server.redeem("web", &code).await.refusal(), invalid_grant(), "{scope}");
    }
}

#[sqlx::test]
async fn co_12_a_disabled_client_redeems_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let code = server.browser().obtain_code().await;

    clients::set_enabled(&server.app, &admin(), "web", false).await.unwrap();
    assert_eq!(server.redeem("web", &code).await.refusal(), (401, "invalid_client".into()));

    clients::set_enabled(&server.app, &admin(), "web", true).await.unwrap();
    assert_eq!(server.redeem("web", &code).await.refusal(), invalid_grant());
}

#[sqlx::test]
async fn co_12_a_client_that_lost_the_grant_type_redeems_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let code = server.browser().obtain_code().await;
    server.change_client("web", |web| web.grant_types = vec![GrantType::ClientCredentials]).await;

    let answer = server.redeem("web", &code).await;

    assert_eq!(answer.refusal(), (400, "unauthorized_client".into()));
}

/// A level that is raised in the minute between sign-in and redemption holds at once.
#[sqlx::test]
async fn a_code_of_a_sign_in_that_is_too_weak_now_is_spent(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let code = server.browser().obtain_code().await;

    server.change_client("web", |web| web.required_level = Level::Aal2).await;
    let refused = server.redeem("web", &code).await;
    assert_eq!(refused.refusal(), invalid_grant());
    assert!(refused.body.contains("authenticated better"), "{}", refused.body);

    server.change_client("web", |web| web.required_level = Level::Aal1).await;
    assert_eq!(server.redeem("web", &code).await.refusal(), invalid_grant());
}

/// CO-15: the connection is reset in the midst of the redemption. Who tries again finds the code used, and what nobody
/// received is worth nothing.
#[sqlx::test]
async fn co_15_a_lost_connection_leaves_no_live_token_behind(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let code = server.browser().obtain_code_for("spa").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, server.router.clone(), Limits::default(), Vec::new(), std::future::pending()));
    let count = async |query: &'static str| sqlx::query_scalar::<_, i64>(query).fetch_one(&server.db).await.unwrap();
    let mut holder = server.db.begin().await.unwrap();
    sqlx::query("select from authorization_codes for update").execute(&mut *holder).await.unwrap();

    let form =
        [("grant_type", "authorization_code"), ("client_id", "spa"), ("code", &code), ("code_verifier", VERIFIER)];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let head = format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}", body.len());
    let request = format!("POST /oauth2/token HTTP/1.1\r\nHost: id.example\r\n{head}\r\n\r\n{body}");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let held = async {
        while count(waiting).await == 0 {
            sleep(StdDuration::from_millis(5)).await;
        }
    };
    timeout(StdDuration::from_secs(20), held).await.expect("the redemption waits for the code");
    stream.set_zero_linger().unwrap(); // so that it is reset, not closed
    drop(stream);
    sleep(StdDuration::from_millis(100)).await; // so that the server has noticed
    holder.rollback().await.unwrap();
    let retry = server.redeem("spa", &code).await;

    assert_eq!(retry.refusal(), invalid_grant());
    assert_eq!(count("select count(*) from refresh_tokens").await, 1, "the first redemption went through");
    let live = "select count(*) from refresh_tokens join grants using (grant_id) where revoked_at is null";
    assert_eq!(count(live).await, 0);
}

#[sqlx::test]
async fn co_13_the_database_does_not_know_codes(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let code = server.browser().obtain_code().await;

    let bytes = URL_SAFE_NO_PAD.decode(code.strip_prefix("ptc_ac_").unwrap()).unwrap();
    let secret = bytes[16..].iter().map(|byte| format!("{byte:02x}")).collect::<String>();

    assert_eq!(secret.len(), 64, "256 bits beside the id");
    for text in [&code[..], &code[7..], &code[30..], &secret] {
        assert_eq!(server.rows_with(text).await, 0);
    }
    assert!(server.rows_with("code.issued").await > 0, "the search finds what is there");
}
