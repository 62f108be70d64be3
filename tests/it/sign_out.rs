//! Signing out at the wish of a client (OpenID Connect RP-Initiated Logout 1.0), in its safe form: we ask first.

use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{browser::Browser, database_roles::an_hour_later, pages::post, server::Server, tokens};

const BYE: &str = "https://web.example/bye";
/// What the conformance suite sends, and worse.
const STATE: &str = "%20{}\"'`<>&=#?/\\|^[];:@,+$!*() %41é☃";

async fn signed_in(server: &Server, username: &str) -> (Browser, Value) {
    let mut browser = server.browser();
    let code = browser.obtain(username, &[("scope", "openid records:read")]).await.code();
    (browser, tokens::redeem(server, &code).await.json())
}

fn end_session(parameters: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/oauth2/end-session?{query}")
}

/// OpenID Connect RP-Initiated Logout §2: we ask, then sign out, then lead back.
#[sqlx::test]
async fn a_client_may_ask_to_sign_out(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, tokens) = signed_in(&server, "alice").await;
    let parameters = [("client_id", "web"), ("post_logout_redirect_uri", BYE), ("state", "s t&a")];

    let question = browser.open(&end_session(&parameters)).await;
    assert!(question.has_form("sign-out") && question.answer.body.contains("The web client"));
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(server.introspect(access).await["active"], true, "asking does nothing");
    let answer = browser.submit("/sign-out", &parameters).await;

    assert_eq!(answer.uri.split('?').next(), Some(BYE));
    assert_eq!(answer.redirected()["state"], "s t&a");
    assert_eq!(answer.answer.header("clear-site-data"), "\"cache\"");
    assert_eq!(server.introspect(access).await["active"], false); // LO-06
    assert!(browser.authorize(&[]).await.has_form("sign-in"));
}

/// §2: the question may be left out where an ID token shows that the client speaks of this very sign-in. An expired one
/// does too.
#[sqlx::test]
async fn a_client_with_a_token_of_this_sign_in_is_not_doubted(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for (by_post, state) in [(false, Some(STATE)), (true, None)] {
        let (mut browser, tokens) = signed_in(&server, "alice").await;
        server.advance(Duration::minutes(10)).await;
        let hint = tokens["id_token"].as_str().unwrap();
        let mut parameters = vec![("id_token_hint", hint), ("post_logout_redirect_uri", BYE)];
        parameters.extend(state.map(|state| ("state", state)));

        let answer = if by_post {
            let body = end_session(&parameters);
            let body = body.split_once('?').unwrap().1;
            let redirect = post(&mut browser, "/oauth2/end-session", &[], body).await;
            browser.open(redirect.header("location")).await
        } else {
            browser.open(&end_session(&parameters)).await
        };

        assert_eq!(answer.uri.split('?').next(), Some(BYE), "{}", answer.answer.body);
        let expected = state.map(|state| ("state".to_owned(), state.to_owned()));
        assert_eq!(answer.redirected().into_iter().collect::<Vec<_>>(), Vec::from_iter(expected), "nothing else");
        assert!(!browser.cookies.contains_key("__Host-sid"));
        assert!(browser.authorize(&[("prompt", "none")]).await.error() == "login_required");
    }
    let (mut browser, tokens) = signed_in(&server, "alice").await;
    let page = browser.open(&end_session(&[("id_token_hint", tokens["id_token"].as_str().unwrap())])).await;
    assert!(page.has_form("signed-out"), "without a URI, our own page");
}

/// An ID token of an earlier sign-in says nothing of this one.
#[sqlx::test]
async fn lo_04_a_token_of_another_sign_in_asks(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (_, earlier) = signed_in(&server, "alice").await;
    let (mut browser, tokens) = signed_in(&server, "alice").await;
    let parameters = [("id_token_hint", earlier["id_token"].as_str().unwrap()), ("post_logout_redirect_uri", BYE)];

    assert!(browser.open(&end_session(&parameters)).await.has_form("sign-out"));
    assert_eq!(server.introspect(tokens["access_token"].as_str().unwrap()).await["active"], true);
}

#[sqlx::test]
async fn the_question_is_in_the_language_that_is_asked_for(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "alice").await;

    let page = browser.open(&end_session(&[("ui_locales", "fr cy")])).await.answer.body;

    assert!(page.contains("lang=\"cy\"") && page.contains("Ydych chi am allgofnodi?"), "{page}");
}

/// LO-03, LO-04: nobody is led where the request does not prove a client registered, and no session ends by a link.
#[sqlx::test]
async fn lo_03_an_unproven_request_ends_on_our_own_page(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (_, of_bob) = signed_in(&server, "bob").await;
    let (mut alice, tokens) = signed_in(&server, "alice").await;
    let hint = tokens["id_token"].as_str().unwrap();
    let tampered = format!("{}AAAA", &hint[..hint.len() - 4]);
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", hint.split('.').nth(1).unwrap());
    let access = tokens["access_token"].as_str().unwrap();

    for parameters in [
        &[("post_logout_redirect_uri", BYE)][..],
        &[("post_logout_redirect_uri", BYE), ("id_token_hint", &tampered)],
        &[("post_logout_redirect_uri", BYE), ("id_token_hint", &unsigned)],
        &[("post_logout_redirect_uri", BYE), ("id_token_hint", access)],
        &[("post_logout_redirect_uri", BYE), ("id_token_hint", &tampered), ("client_id", "web")],
        &[("post_logout_redirect_uri", BYE), ("id_token_hint", hint), ("client_id", "spa")],
        &[("post_logout_redirect_uri", BYE), ("client_id", "spa")],
        &[("post_logout_redirect_uri", "https://web.example/bye/"), ("id_token_hint", hint)],
        &[("post_logout_redirect_uri", "https://web.example/callback"), ("id_token_hint", hint)],
        &[("post_logout_redirect_uri", "//web.example/bye"), ("id_token_hint", hint)],
        &[("post_logout_redirect_uri", "javascript:alert(1)"), ("id_token_hint", hint)],
    ] {
        let question = alice.open(&end_session(parameters)).await;
        assert!(question.has_form("sign-out"), "{parameters:?}: {}", question.uri);
        let policy = question.answer.header("content-security-policy");
        assert!(policy.contains("form-action 'self';"), "{parameters:?}: {policy}");
        let mut copy = alice.clone();
        copy.cookies.remove("__Host-sid");
        let answer = copy.submit("/sign-out", parameters).await;
        assert!(answer.uri == "/sign-out" && answer.has_form("signed-out"), "{parameters:?}: {}", answer.uri);
    }
    let of_another = of_bob["id_token"].as_str().unwrap();
    assert!(alice.open(&end_session(&[("id_token_hint", of_another)])).await.has_form("sign-out"));
    alice.submit("/sign-out", &[("id_token_hint", of_another)]).await;
    let bob = of_bob["access_token"].as_str().unwrap();
    assert_eq!(server.get_with_token("/oauth2/userinfo", bob).await.status, 200, "another one's session lives");
    assert_eq!(server.get_with_token("/oauth2/userinfo", access).await.status, 401);
}

/// LO-11
#[sqlx::test]
async fn lo_11_the_question_shows_markup_as_text(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut alice, _) = signed_in(&server, "alice").await;
    let script = "\"><script>alert(1)</script>{{7*7}}";

    for (name, is_passed_on) in
        [("state", true), ("post_logout_redirect_uri", true), ("client_id", false), ("id_token_hint", false)]
    {
        let page = alice.open(&end_session(&[(name, script)])).await;
        assert!(page.has_form("sign-out"));
        assert!(!page.answer.body.contains("<script>alert"), "{name}: {}", page.answer.body);
        assert_eq!(
            page.answer.body.contains("&#60;script&#62;alert(1)"),
            is_passed_on,
            "{name}: what is not believed goes"
        );
    }
    let twice = format!("{}&state=b", end_session(&[("state", "a")]));
    assert_eq!(alice.open(&twice).await.answer.status, 400);
}

/// OpenID Connect RP-Initiated Logout §2: by POST too, which comes without cookies from another site.
#[sqlx::test]
async fn a_logout_by_post_asks_too(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut alice, tokens) = signed_in(&server, "alice").await;
    let body = format!("client_id=web&post_logout_redirect_uri={BYE}");

    let answer = post(&mut server.browser(), "/oauth2/end-session", &[("origin", "https://web.example")], &body).await;

    assert_eq!(answer.status, 303);
    assert!(alice.open(answer.header("location")).await.has_form("sign-out"));
    assert_eq!(server.introspect(tokens["access_token"].as_str().unwrap()).await["active"], true);
}

/// LP-06: a URL is written into histories and logs, ours and those of proxies. What a client posts stays out of all.
#[sqlx::test]
async fn lp_06_what_a_client_posts_stands_in_no_url(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut alice, tokens) = signed_in(&server, "alice").await;
    let hint = tokens["id_token"].as_str().unwrap();
    let parameters = [
        ("id_token_hint", hint),
        ("client_id", "web"),
        ("post_logout_redirect_uri", "https://web.example/elsewhere"),
        ("state", "a state of its own"),
        ("ui_locales", "cy"),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();

    let answer = post(&mut server.browser(), "/oauth2/end-session", &[("origin", "https://web.example")], &body).await;

    let location = answer.header("location").to_owned();
    let id = location.strip_prefix("/sign-out/").expect("a page of ours");
    assert!(id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'), "{location}");
    let question = alice.open(&location).await;
    assert!(question.has_form("sign-out") && question.answer.body.contains("lang=\"cy\""));
    assert!(question.answer.body.contains("The web client"), "who asks was in the request");
    let signature = hint.rsplit('.').next().unwrap();
    assert!(!question.answer.body.contains(signature), "the answer of a person needs no token");
    assert_eq!(server.rows_with(signature).await, 0, "and none is kept");

    let other = post(
        &mut alice,
        "/oauth2/end-session",
        &[],
        &format!("id_token_hint={hint}&post_logout_redirect_uri={BYE}&state=s"),
    )
    .await;
    server.advance(Duration::minutes(10)).await;
    for late in [location.as_str(), other.header("location"), "/sign-out/x"] {
        let page = alice.open(late).await;
        assert!(page.answer.status == 400 && page.has_form("error"), "{late}");
    }
    assert_eq!(server.introspect(tokens["access_token"].as_str().unwrap()).await["active"], false, "expired meanwhile");
    assert!(!alice.open("/sign-out").await.has_form("signed-out"), "alice is still signed in");
}

/// Anybody may post to it, so what is kept of it has an end, in bytes and in time.
#[sqlx::test]
async fn do_06_what_is_kept_of_a_posted_request_is_bounded(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let rows = async || -> (i64, i32) {
        let sql = "select count(*), coalesce(max(octet_length(request::text)), 0) from logout_requests";
        sqlx::query_as(sql).fetch_one(&server.db).await.unwrap()
    };
    let long = "s".repeat(4097);
    for name in ["client_id", "post_logout_redirect_uri", "state", "ui_locales"] {
        let answer = post(&mut server.browser(), "/oauth2/end-session", &[], &format!("{name}={long}")).await;
        assert_eq!(answer.status, 400, "{name}");
    }
    assert_eq!(rows().await.0, 0, "what is refused is not kept");
    let absurd = "t".repeat(60_000);
    let answer =
        post(&mut server.browser(), "/oauth2/end-session", &[], &format!("id_token_hint={absurd}&x={long}")).await;
    assert_eq!(answer.status, 303);
    let (count, bytes) = rows().await;
    assert!(count == 1 && bytes < 500, "{count} {bytes}");

    an_hour_later(&server, "logout_requests").await;
    assert_eq!(rows().await.0, 0, "its partition is gone");
}
