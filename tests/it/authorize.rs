//! The authorization endpoint: what it accepts, what it refuses, and where its answers go.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use portcullis::protocol::pkce::{CodeChallenge, CodeVerifier};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use url::form_urlencoded;

use crate::{
    browser::{Page, VERIFIER, authorize_uri, callback},
    database_roles::an_hour_later,
    server::{ISSUER, RECORDS, SPA_CALLBACK, Server, Tokens, WEB_CALLBACK, claims},
};

/// The request was refused on a page of ours: the browser goes nowhere (`page400` of the cases).
fn is_error_page(page: &Page) -> bool {
    page.answer.status == StatusCode::BAD_REQUEST
        && page.answer.header("location").is_empty()
        && page.has_form("error")
        && page.answer.header("content-type").starts_with("text/html")
}

/// The client got this error, with its state and our name, and no code (`redir(e)` of the cases).
fn is_refused(page: &Page, error: &str) -> bool {
    let answer = page.redirected();
    page.uri.starts_with(WEB_CALLBACK)
        && page.error() == error
        && answer.get("state").is_some_and(|state| state == "the-state")
        && answer.get("iss").is_some_and(|iss| iss == ISSUER)
        && !answer.contains_key("code")
}

#[sqlx::test]
async fn az_02_without_a_client_id_there_is_nowhere_to_go(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let without = authorize_uri(&[("client_id", "")]);

    for uri in [without.clone(), format!("{without}&client_id="), authorize_uri(&[("client_id", "nobody")])] {
        let page = server.browser().open(&uri).await;
        assert!(is_error_page(&page), "{uri} {}", page.uri);
    }
}

#[sqlx::test]
async fn az_04_az_06_az_14_az_15_a_wrong_parameter_is_named_to_the_client(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for (name, value, error) in [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("response_mode", "fragment.jwt", "invalid_request"),
        ("response_mode", "web_message", "invalid_request"),
        ("response_mode", "junk", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "create", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("max_age", "abc", "invalid_request"),
        ("max_age", "1e20", "invalid_request"),
        ("max_age", "100000000000000000000", "invalid_request"),
        ("scope", "", "invalid_scope"),
        ("scope", "a  b", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("resource", "https://unknown.example", "invalid_target"),
        ("request", "e30.e30.", "request_not_supported"),
        ("request_uri", "https://web.example/request", "request_uri_not_supported"),
        ("id_token_hint", "nonsense", "invalid_request"),
    ] {
        let page = server.browser().authorize(&[(name, value)]).await;
        assert!(is_refused(&page, error), "{name}={value}: {} {}", page.uri, page.answer.body);
    }
}

#[sqlx::test]
async fn az_05_a_repeated_parameter_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for name in ["scope", "code_challenge", "nonce", "response_type", "unheard_of"] {
        let page = server.browser().authorize(&[(name, "openid"), (name, "openid")]).await;
        assert!(is_refused(&page, "invalid_request"), "{name}: {}", page.uri);
    }
    let twice = server.browser().authorize(&[("state", "a"), ("state", "a")]).await;
    assert_eq!((twice.error().as_str(), twice.redirected().get("state")), ("invalid_request", None));
    for (name, value) in [("client_id", "web"), ("redirect_uri", WEB_CALLBACK)] {
        let page = server.browser().authorize(&[(name, value), (name, value)]).await;
        assert!(is_error_page(&page), "{name}: {}", page.uri);
    }
}

#[sqlx::test]
async fn az_07_what_the_request_says_is_never_executed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    const SCRIPT: &str = "\"><script>alert(1)</script>";

    for changes in [
        &[("state", SCRIPT), ("response_mode", "form_post"), ("prompt", "none")][..],
        &[("client_id", SCRIPT)],
        &[("redirect_uri", SCRIPT)],
        &[("login_hint", SCRIPT)],
    ] {
        let page = server.browser().authorize(changes).await;
        let body = &page.answer.body;
        assert!(!body.contains("<script>alert"), "{changes:?} {body}");
        assert!(page.answer.header("content-security-policy").starts_with("default-src 'none'"), "{changes:?}");
    }
    let posted =
        server.browser().authorize(&[("state", SCRIPT), ("response_mode", "form_post"), ("prompt", "none")]).await;
    assert!(posted.answer.body.contains("alert(1)"), "the state is there: {}", posted.answer.body);
}

#[sqlx::test]
async fn az_09_state_and_nonce_come_back_whole(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (state, nonce) = (format!("{}-._~ +&=#é", "s".repeat(1000)), "n".repeat(384));

    let page = server.browser().obtain("alice", &[("state", &state), ("nonce", &nonce)]).await;

    assert_eq!(page.redirected()["state"], state);
    let tokens = Tokens::of(&server.redeem("web", &page.code()).await);
    assert_eq!(claims(&tokens.id)["nonce"], nonce);
}

#[sqlx::test]
async fn az_11_monstrous_scopes_are_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let many = (0..10_000).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");

    for scope in [&many, &"x".repeat(60_000), "openid é", "openid \"", "openid\u{a0}profile"] {
        let page = server.browser().authorize(&[("scope", scope)]).await;
        assert!(is_refused(&page, "invalid_scope"), "{scope:.20} {:.100}", page.uri);
    }
    for scope in ["openid\tprofile", "openid\0", "openid\u{1b}"] {
        let page = server.browser().authorize(&[("scope", scope)]).await;
        assert!(is_error_page(&page), "{scope:?} {}", page.uri);
    }
}

#[sqlx::test]
async fn az_12_prompt_none_shows_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();

    let nobody = browser.authorize(&[("prompt", "none")]).await;
    assert!(is_refused(&nobody, "login_required"), "{}", nobody.uri);

    let asked = browser.authorize(&[]).await;
    let asked = browser.sign_in(&asked, "alice").await;
    let unasked = browser.authorize(&[("prompt", "none")]).await;
    assert!(is_refused(&unasked, "consent_required"), "{}", unasked.uri);

    browser.consent(&asked, "allow").await;
    let allowed = browser.authorize(&[("prompt", "none")]).await;
    assert!(!allowed.code().is_empty());
}

#[sqlx::test]
async fn az_15_max_age_and_prompt_ask_for_a_newer_sign_in(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for (name, value) in [("max_age", "1"), ("max_age", "0"), ("prompt", "login"), ("prompt", "select_account")] {
        let mut browser = server.browser();
        let first = Tokens::of(&server.redeem("web", &browser.obtain_code().await).await);
        server.advance(Duration::seconds(5)).await;

        let asked = browser.authorize(&[(name, value)]).await;

        assert!(asked.has_form("sign-in"), "{name}={value} {}", asked.uri);
        let signed_in = browser.sign_in(&asked, "alice").await;
        let second = Tokens::of(&server.redeem("web", &signed_in.code()).await);
        let age = claims(&second.id)["auth_time"].as_i64().unwrap() - claims(&first.id)["auth_time"].as_i64().unwrap();
        assert!(age >= 5, "{name}={value} {age}");
    }
}

#[sqlx::test]
async fn a_sign_in_that_is_new_enough_counts(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let first = Tokens::of(&server.redeem("web", &browser.obtain_code().await).await);
    server.advance(Duration::seconds(5)).await;

    let page = browser.authorize(&[("max_age", "10000")]).await;

    let second = Tokens::of(&server.redeem("web", &page.code()).await);
    assert_eq!(claims(&second.id)["auth_time"], claims(&first.id)["auth_time"]);
}

#[sqlx::test]
async fn az_16_another_person_takes_the_browser_over_completely(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    browser.obtain_code().await;
    let before = browser.clone();

    let asked = browser.authorize(&[("prompt", "login")]).await;
    let signed_in = browser.sign_in(&asked, "bob").await;
    let page = browser.consent(&signed_in, "allow").await;

    let tokens = Tokens::of(&server.redeem("web", &page.code()).await);
    assert_eq!(claims(&tokens.id)["sub"], server.user_id("bob").await.to_string());
    let old = before.clone().authorize(&[("prompt", "none")]).await;
    assert!(is_refused(&old, "login_required"), "alice's session is dead: {}", old.uri);
}

#[sqlx::test]
async fn az_16_who_cancels_stays_signed_in(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    browser.obtain_code().await;
    let asked = browser.authorize(&[("prompt", "login")]).await;

    let cancelled = browser.submit(&asked.uri, &[("cancel", "")]).await;

    assert!(is_refused(&cancelled, "access_denied"), "{}", cancelled.uri);
    assert!(!browser.authorize(&[("prompt", "none")]).await.code().is_empty());
}

#[sqlx::test]
async fn az_17_only_a_genuine_hint_is_believed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let tokens = Tokens::of(&server.redeem("web", &browser.obtain_code().await).await);
    let [head, body, signature] = tokens.id.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let of_spa = server.tokens("spa").await.id;
    server.advance(Duration::minutes(10)).await;

    let expired = browser.authorize(&[("prompt", "none"), ("id_token_hint", &tokens.id)]).await;
    assert!(!expired.code().is_empty(), "an expired one names its person all the same");
    for forged in [
        format!("eyJhbGciOiJub25lIn0.{body}."),
        format!("{head}.{body}."),
        format!("{head}.W10.{signature}"),
        format!("{head}.{body}.{}A", &signature[1..]),
        tokens.access.clone(),
        of_spa,
    ] {
        let page = browser.authorize(&[("prompt", "none"), ("id_token_hint", &forged)]).await;
        assert!(is_refused(&page, "invalid_request"), "{forged} {}", page.uri);
    }
}

#[sqlx::test]
async fn az_17_a_hint_for_another_person_is_not_met_by_who_is_there(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let of_alice = server.tokens("web").await.id;
    let mut browser = server.browser();
    browser.obtain("bob", &[]).await;

    let silent = browser.authorize(&[("prompt", "none"), ("id_token_hint", &of_alice)]).await;
    let shown = browser.authorize(&[("id_token_hint", &of_alice)]).await;

    assert!(is_refused(&silent, "login_required"), "{}", silent.uri);
    assert!(shown.has_form("sign-in"), "{}", shown.uri);
}

#[sqlx::test]
async fn az_19_a_request_may_be_posted_from_the_clients_site(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let query = authorize_uri(&[]).split_once('?').unwrap().1.to_owned();
    let form = form_urlencoded::parse(query.as_bytes()).into_owned().collect::<Vec<_>>();
    let form = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>();

    // Another site's form comes without our cookies.
    let posted = server.post("/oauth2/authorize", None, &form).await;
    let asked = browser.open(posted.header("location")).await;
    let signed_in = browser.sign_in(&asked, "alice").await;
    let page = browser.consent(&signed_in, "allow").await;

    assert_eq!(posted.status, StatusCode::SEE_OTHER);
    assert!(server.redeem("web", &page.code()).await.status.is_success());
}

#[sqlx::test]
async fn az_19_other_methods_are_not_allowed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for method in ["PUT", "DELETE", "PATCH"] {
        let request = Request::builder().method(method).uri(authorize_uri(&[])).body(Body::empty()).unwrap();
        let answer = server.send(request).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert!(answer.header("allow").contains("GET") && answer.header("allow").contains("POST"), "{method}");
    }
}

#[sqlx::test]
async fn az_21_malformed_claims_are_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let deep = format!("{{\"userinfo\":{}{}", "{\"a\":".repeat(2000), "}".repeat(2001));

    for text in [
        "{\"userinfo\":{\"\\u0000\":null}}",
        "{",
        "[]",
        "1",
        "{\"userinfo\":[]}",
        "{\"id_token\":{\"sub\":1}}",
        &deep,
        &"[".repeat(10_000),
    ] {
        let page = server.browser().authorize(&[("claims", text)]).await;
        assert!(is_refused(&page, "invalid_request"), "{text:.40} {:.100}", page.uri);
    }
    let harmless = server.browser().authorize(&[("claims", "{\"userinfo\":{\"__proto__\":null}}")]).await;
    assert!(harmless.has_form("sign-in"), "{}", harmless.uri);
}

/// IN-04: JSON that is deep, long or ambiguous. The first two texts are longer than the parameter may be.
#[sqlx::test]
async fn in_04_absurd_json_in_claims_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let with_value = |value: &str| format!("{{\"userinfo\":{{\"email\":{{\"value\":{value}}}}}}}");
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);

    for text in [
        &with_value(&nested(10_000)),
        &with_value(&"1".repeat(60_000)),
        &with_value(&nested(4_000)),
        &with_value(&"1".repeat(8_000)),
        &with_value("1e400"),
        "{\"userinfo\":{},\"userinfo\":{}}",
        "{\"userinfo\":{\"email\":{\"essential\":true,\"essential\":false}}}",
        "{\"userinfo\":{\"email\":null,\"email\":{\"essential\":true}}}",
        &with_value("{\"a\":1,\"a\":2}"),
        &format!("{{\"unheard\":{}}}", nested(4_000)),
    ] {
        let page = server.browser().authorize(&[("claims", text)]).await;
        assert!(is_refused(&page, "invalid_request"), "{text:.60} {:.100}", page.uri);
    }
    let put_right = server.browser().authorize(&[("claims", &with_value("1"))]).await;
    assert!(put_right.has_form("sign-in"), "{:.100}", put_right.uri);
}

#[sqlx::test]
async fn az_23_a_sign_in_stays_in_the_browser_that_began_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut victim, mut attacker) = (server.browser(), server.browser());
    let began = attacker.authorize(&[]).await;
    let id = began.uri.rsplit_once('/').unwrap().1.to_owned();
    victim.obtain_code().await;

    for uri in [&began.uri, &format!("/oauth2/authorize/{id}"), &format!("/consent/{id}")] {
        let opened = victim.open(uri).await;
        assert!(is_error_page(&opened), "{uri} {}", opened.uri);
    }
    for (uri, form) in [(&began.uri, ("username", "alice")), (&format!("/consent/{id}"), ("decision", "allow"))] {
        let posted = victim.submit(uri, &[form, ("password", crate::server::PASSWORD)]).await;
        assert!(is_error_page(&posted), "{uri} {}", posted.uri);
    }
    assert!(attacker.open(&format!("/oauth2/authorize/{id}")).await.has_form("sign-in"), "nothing has happened");
}

#[sqlx::test]
async fn az_24_consent_counts_only_from_our_own_page(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[]).await;
    let asked = browser.sign_in(&asked, "alice").await;

    for (name, value) in [
        ("x-nothing", "at-all"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let request = Request::post(&asked.uri)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value);
        let answer = browser.request(request.body(Body::from("decision=allow")).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert_eq!(answer.header("location"), "", "{name}: {value}");
    }
    let unasked = browser.authorize(&[("prompt", "none")]).await;
    assert_eq!(unasked.error(), "consent_required");
}

#[sqlx::test]
async fn az_25_a_form_cannot_add_scopes(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[("scope", "openid")]).await;
    let asked = browser.sign_in(&asked, "alice").await;

    let form =
        [("decision", "allow"), ("scope", "openid records:write"), ("claims", "{\"id_token\":{\"email\":null}}")];
    let page = browser.submit(&asked.uri, &form).await;

    let tokens = Tokens::of(&server.redeem("web", &page.code()).await);
    assert_eq!(tokens.scope, "openid");
    assert!(claims(&tokens.id).get("email").is_none());
}

#[sqlx::test]
async fn az_28_az_29_every_answer_names_us_and_ends_with_an_empty_fragment(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(options).await;
    let metadata = server.get("/.well-known/openid-configuration").await.json();

    let success = server.browser().obtain("alice", &[]).await;
    let failure = server.browser().authorize(&[("prompt", "none")]).await;

    for page in [&success, &failure] {
        let answer = page.redirected();
        assert_eq!((answer["iss"].as_str(), answer["state"].as_str()), (ISSUER, "the-state"), "{}", page.uri);
        assert!(page.uri.ends_with('#'), "{}", page.uri);
    }
    assert_eq!(success.redirected().keys().collect::<Vec<_>>(), ["code", "iss", "state"]);
    assert_eq!(failure.redirected().keys().collect::<Vec<_>>(), ["error", "error_description", "iss", "state"]);
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
}

#[sqlx::test]
async fn az_30_the_query_of_a_registered_uri_stays(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let uri = format!("{WEB_CALLBACK}?tenant=1");
    server.change_client("web", |client| client.redirect_uris.push(uri.clone())).await;

    let page = server.browser().obtain("alice", &[("redirect_uri", &uri)]).await;

    assert!(page.uri.starts_with(&format!("{uri}&code=")), "{}", page.uri);
}

#[sqlx::test]
async fn az_31_two_tabs_do_not_mix(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let other_verifier: CodeVerifier = "v".repeat(43).parse().ok().unwrap();
    let other_challenge = CodeChallenge::of(&other_verifier);
    let first = browser.authorize(&[("nonce", "first")]).await;
    let spa = [
        ("client_id", "spa"),
        ("redirect_uri", SPA_CALLBACK),
        ("nonce", "second"),
        ("state", "second"),
        ("code_challenge", other_challenge.as_str()),
    ];
    let second = browser.authorize(&spa).await;

    let second = browser.sign_in(&second, "alice").await;
    let second = browser.consent(&second, "allow").await;
    let first = browser.open(&first.uri.replace("/sign-in/", "/oauth2/authorize/")).await;
    let first = browser.consent(&first, "allow").await;

    assert!(first.uri.starts_with(WEB_CALLBACK) && second.uri.starts_with(SPA_CALLBACK));
    assert_eq!((&first.redirected()["state"], &second.redirected()["state"]), (&"the-state".into(), &"second".into()));
    for (client, page, nonce, verifier) in
        [("web", first, "first", VERIFIER), ("spa", second, "second", &"v".repeat(43))]
    {
        let form = [("grant_type", "authorization_code"), ("code", &page.code()), ("code_verifier", verifier)];
        let tokens = Tokens::of(&server.token_as(client, &form).await);
        assert_eq!(
            (claims(&tokens.id)["nonce"].as_str(), claims(&tokens.id)["aud"].as_str()),
            (Some(nonce), Some(client))
        );
    }
}

#[sqlx::test]
async fn form_post_carries_success_and_failure_in_a_form(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();

    let failure = browser.authorize(&[("response_mode", "form_post"), ("prompt", "none")]).await;
    let success = browser.obtain("alice", &[("response_mode", "form_post")]).await;

    for (page, fields) in [(&failure, ["error", "state", "iss"]), (&success, ["code", "state", "iss"])] {
        let body = &page.answer.body;
        assert_eq!(page.answer.status, StatusCode::OK);
        assert!(body.contains(&format!("action=\"{WEB_CALLBACK}\"")), "{body}");
        assert!(fields.iter().all(|name| body.contains(&format!("name=\"{name}\""))), "{body}");
        let policy = page.answer.header("content-security-policy");
        assert!(policy.contains("form-action 'self' https://web.example"), "{policy}");
    }
    let code = success.answer.body.split("name=\"code\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(server.redeem("web", code).await.status.is_success());
}

#[sqlx::test]
async fn every_type_of_client_gets_through_the_whole_flow(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for (client, redirect_uri) in [
        ("web", callback("web")),
        ("spa", callback("spa")),
        ("native", callback("native")),
        ("native", "http://127.0.0.1:51004/callback"),
    ] {
        let page = server.browser().obtain("alice", &[("client_id", client), ("redirect_uri", redirect_uri)]).await;
        assert!(page.uri.starts_with(redirect_uri), "{}", page.uri);
        let answer = server.redeem(client, &page.code()).await;
        let tokens = Tokens::of(&answer);
        let access = claims(&tokens.access);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(tokens.scope, "openid profile email offline_access records:read");
        assert_eq!((&access["client_id"], &access["aud"][0]), (&client.into(), &RECORDS.into()));
        assert_eq!(server.introspect(&tokens.access).await["username"], "alice");
        let info = server.get_with_token("/oauth2/userinfo", &tokens.access).await.json();
        assert_eq!((&info["sub"], &info["email"]), (&access["sub"], &"alice@people.example".into()));
        assert!(server.refresh(client, &tokens.refresh).await.status.is_success());
    }
    assert!(server.introspect(&server.service_token().await).await["active"].as_bool().unwrap());
}

#[sqlx::test]
async fn a_request_ends_after_ten_minutes(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[]).await;

    server.advance(Duration::minutes(10)).await;
    let late = browser.open(&asked.uri).await;

    assert!(is_error_page(&late), "{}", late.uri);
}

#[sqlx::test]
async fn a_request_is_answered_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[]).await;
    let asked = browser.sign_in(&asked, "alice").await;
    let id = asked.uri.rsplit_once('/').unwrap().1.to_owned();
    browser.consent(&asked, "allow").await;

    let again = browser.open(&format!("/oauth2/authorize/{id}")).await;

    assert!(is_error_page(&again), "{}", again.uri);
}

#[sqlx::test]
async fn lg_32_a_disabled_person_is_not_signed_in(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    browser.obtain_code().await;
    let alice = server.user_id("alice").await;
    portcullis::accounts::users::set_enabled(&server.app, &crate::server::admin(), alice, false).await.unwrap();

    let page = browser.authorize(&[("prompt", "none")]).await;

    assert!(is_refused(&page, "login_required"), "{}", page.uri);
}

#[sqlx::test]
async fn do_06_requests_of_nobody_leave_one_row_each_and_go(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let rows = async || {
        let count = sqlx::query_scalar::<_, i64>("select count(*) from authorization_requests");
        count.fetch_one(&server.db).await.unwrap()
    };
    for _ in 0..50 {
        server.browser().authorize(&[]).await;
    }

    assert_eq!(rows().await, 50);
    an_hour_later(&server, "authorization_requests").await;
    assert_eq!(rows().await, 0);
}
