//! What people see: forms that only our own pages can send, and sessions that end.

use axum::{
    body::Body,
    http::{Request, header},
};
use portcullis::accounts::users;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    browser::{Browser, Page},
    console,
    server::{Answer, ISSUER, PASSWORD, Server, admin},
    tokens,
};

/// Posts a form with these headers, which say where it comes from.
pub async fn post(browser: &mut Browser, uri: &str, origin: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::post(uri).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    for (name, value) in origin {
        request = request.header(*name, *value);
    }
    browser.request(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn administrator(server: &Server) -> Browser {
    let (browser, page) = console::signed_in(server, "admin").await;
    assert_eq!((page.uri.as_str(), page.answer.status.as_u16()), ("/admin", 200));
    browser
}

async fn user_id(server: &Server, username: &str) -> uuid::Uuid {
    let sql = "select user_id from users where username = $1";
    sqlx::query_scalar(sql).bind(username).fetch_one(&server.db).await.unwrap()
}

/// AZ-24, LG-34, AD-18: each form of people and administrators, from everywhere but our own pages.
#[sqlx::test]
async fn az_24_a_form_of_another_site_does_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let sign_in = browser.authorize(&[]).await;
    let consent = browser.sign_in(&sign_in, "alice").await;
    let mut anybody = server.browser();
    let waiting = anybody.authorize(&[]).await;
    let mut admin = administrator(&server).await;
    let password = format!("username=alice&password={}", PASSWORD.replace(' ', "+"));

    for origin in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "https://id.example.evil.example")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", ISSUER)],
        &[("sec-fetch-site", "none")],
    ] {
        for answer in [
            post(&mut anybody, &waiting.uri, origin, &password).await,
            post(&mut anybody, "/sign-in", origin, &password).await,
            post(&mut browser, &consent.uri, origin, "decision=allow").await,
            post(&mut browser, "/sign-out", origin, "").await,
            post(&mut admin, "/admin/sign-in", origin, &password).await,
            post(&mut admin, "/admin/keys/rotate", origin, "").await,
            post(&mut admin, "/admin/clients/web/secrets", origin, "overlap=0").await,
            post(&mut admin, "/admin/clients/web/delete", origin, "").await,
        ] {
            assert_eq!((answer.status.as_u16(), answer.header("location")), (403, ""), "{origin:?}");
            assert!(answer.body.contains("id=\"error\"") && answer.body.contains("id=\"error-id\""));
            assert!(answer.headers.get("set-cookie").is_none());
        }
    }
    let allowed = post(&mut browser, &consent.uri, &[("origin", ISSUER)], "decision=allow").await;
    assert!(allowed.status.is_redirection(), "the same form from our own page");
    assert!(browser.open(allowed.header("location")).await.redirected().contains_key("code"));
}

/// AZ-23, AZ-25: only the browser that began may go on, and with what was asked.
#[sqlx::test]
async fn az_25_a_consent_form_cannot_ask_for_more(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let page = browser.authorize(&[("scope", "openid email")]).await;
    let consent = browser.sign_in(&page, "alice").await;
    let mut other = server.browser();
    let elsewhere = other.submit(&consent.uri, &[("decision", "allow")]).await;
    assert_eq!(elsewhere.answer.status, 400);

    let more = [("decision", "allow"), ("scope", "openid email records:read"), ("claims", "{}")];
    let code = browser.submit(&consent.uri, &more).await.code();

    assert_eq!(tokens::redeem(&server, &code).await.json()["scope"], "openid email");
}

/// LG-35: nothing typed is no way on.
#[sqlx::test]
async fn lg_35_an_empty_form_stays_where_it_is(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let page = browser.authorize(&[]).await;

    for form in
        [&[][..], &[("username", "alice")], &[("username", "alice"), ("password", "")], &[("password", PASSWORD)]]
    {
        let again = browser.submit(&page.uri, form).await;
        assert!(again.answer.status == 422 && again.has_form("sign-in"), "{form:?}");
    }
    let consent = browser.sign_in(&page, "alice").await;
    for form in [&[][..], &[("decision", "")], &[("decision", "Allow")], &[("decision", "allow"), ("decision", "deny")]]
    {
        let again = browser.submit(&consent.uri, form).await;
        assert!(again.has_form("consent"), "{form:?} {}", again.uri);
    }
    let twice = [("username", "alice"), ("username", "bob"), ("password", PASSWORD)];
    assert!(server.browser().submit("/sign-in", &twice).await.has_form("sign-in"));
}

/// LG-12, SH-02: a session id is new at each sign-in, and nobody can plant one.
#[sqlx::test]
async fn lg_12_each_sign_in_has_its_own_cookie(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let planted = "A".repeat(43);
    browser.cookies.insert("__Host-sid".into(), planted.clone());

    browser.obtain("alice", &[("scope", "openid")]).await;
    let first = browser.cookies["__Host-sid"].clone();
    browser.submit("/sign-in", &[("username", "alice"), ("password", PASSWORD)]).await;
    let second = browser.cookies["__Host-sid"].clone();

    assert!(first != planted && second != first);
    let is_signed_in = async |cookie: &str| {
        let request = Request::get("/sign-out").header(header::COOKIE, cookie);
        server.send(request.body(Body::empty()).unwrap()).await.body.contains("id=\"sign-out\"")
    };
    assert!(is_signed_in(&format!("__Host-sid={second}")).await);
    for cookie in [
        format!("__Host-sid={planted}"),
        format!("__Host-sid={first}"), // signing in again ended it
        format!("__Host-sid=\"{second}\""),
        format!("$Version=1,__Host-sid={second}"),
        format!("__host-sid={second}"),
        format!("__Host-sid={second}; __Host-sid={second}"),
        format!("__Host-sid={planted}; __Host-sid={second}"),
        format!("__Host-admin={second}"),
    ] {
        assert!(!is_signed_in(&cookie).await, "{cookie}");
    }
}

/// Cookies have the exact attributes of the security rules.
#[sqlx::test]
async fn cookies_stay_on_this_host_and_away_from_scripts(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let form = format!("username=admin&password={}", PASSWORD.replace(' ', "+"));
    let origin = [("sec-fetch-site", "same-origin")];

    for (uri, name, attributes) in [
        ("/sign-in", "__Host-sid", "Path=/; Secure; HttpOnly; SameSite=Lax"),
        ("/admin/sign-in", "__Host-admin", "Path=/; Secure; HttpOnly; SameSite=Strict"),
    ] {
        let answer = post(&mut server.browser(), uri, &origin, &form).await;
        let cookie = answer.header("set-cookie");
        let (pair, rest) = cookie.split_once("; ").unwrap();
        assert_eq!((pair.split('=').next().unwrap(), pair.len(), rest), (name, name.len() + 44, attributes));
    }
}

/// SH-12
#[sqlx::test]
async fn sh_12_a_session_ends_when_idle_and_at_last_in_any_case(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    for (kind, idle, steps) in [("user", 30, 26), ("administrator", 15, 35)] {
        let is_signed_in = async |browser: &mut Browser| match kind {
            "user" => browser.open("/sign-out").await.has_form("sign-out"),
            _ => browser.open("/admin/clients").await.uri == "/admin/clients",
        };
        let signed_in = async || match kind {
            "user" => {
                let mut browser = server.browser();
                browser.submit("/sign-in", &[("username", "alice"), ("password", PASSWORD)]).await;
                browser
            }
            _ => administrator(&server).await,
        };
        let mut idler = signed_in().await;
        server.advance(Duration::minutes(idle - 1)).await;
        assert!(is_signed_in(&mut idler).await, "{kind}");
        server.advance(Duration::minutes(idle)).await;
        assert!(!is_signed_in(&mut idler).await, "{kind}");

        let mut worker = signed_in().await;
        for _ in 0..steps - 2 {
            server.advance(Duration::minutes(idle - 2)).await;
            assert!(is_signed_in(&mut worker).await, "{kind}");
        }
        for _ in 0..4 {
            server.advance(Duration::minutes(idle - 2)).await;
            is_signed_in(&mut worker).await;
        }
        assert!(!is_signed_in(&mut worker).await, "{kind}");
    }
}

/// SH-13, AD-13: who is disabled, or administers no more, is out at the next click.
#[sqlx::test]
async fn sh_13_who_is_disabled_is_out_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let settings =
        users::UserSettings { username: "second".into(), roles: vec!["administrator".into()], ..Default::default() };
    users::create(&server.app, &admin(), &settings, None).await.unwrap();
    let mut administrator = administrator(&server).await;
    let mut alice = server.browser();
    alice.submit("/sign-in", &[("username", "alice"), ("password", PASSWORD)]).await;
    let second_node = server.second_node().await;

    users::set_enabled(&server.app, &admin(), user_id(&server, "alice").await, false).await.unwrap();
    let demoted = users::UserSettings { username: "admin".into(), ..Default::default() };
    users::update(&server.app, &admin(), user_id(&server, "admin").await, 1, &demoted).await.unwrap();

    for node in [server, second_node] {
        (alice.server, administrator.server) = (node.clone(), node);
        assert!(!alice.open("/sign-out").await.has_form("sign-out"));
        assert_eq!(administrator.open("/admin/clients").await.path(), "/admin/sign-in");
    }
    assert!(alice.submit("/sign-in", &[("username", "alice"), ("password", PASSWORD)]).await.has_form("sign-in"));
}

/// SH-06, SH-09, CSP of every kind of page that a person can open.
#[sqlx::test]
async fn sh_06_each_load_has_its_own_strict_policy(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut administrator = administrator(&server).await;
    let mut alice = server.browser();
    let sign_in = alice.authorize(&[]).await;
    let consent = alice.sign_in(&sign_in, "alice").await;

    let mut loads = Vec::<(String, Page, Page)>::new();
    for uri in
        ["/admin/clients", "/admin/clients/web", "/admin/clients/new", "/admin/keys", "/admin/audit", "/admin/users"]
    {
        loads.push((uri.into(), administrator.open(uri).await, administrator.open(uri).await));
    }
    for uri in ["/", "/sign-in", "/sign-out", "/nowhere", "/oauth2/authorize", &sign_in.uri, &consent.uri] {
        loads.push((uri.into(), alice.open(uri).await, alice.open(uri).await));
    }
    for (uri, one, other) in &loads {
        let [one, other] = [one, other].map(|page| {
            let policy = page.answer.header("content-security-policy").to_owned();
            let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
            assert!(nonce.len() >= 22, "{uri}");
            assert_eq!(page.answer.header("cache-control"), "no-store", "{uri}");
            assert_eq!(page.answer.header("x-frame-options"), "DENY", "{uri}");
            assert!(page.answer.body.contains(&format!("nonce=\"{nonce}\"")) || !page.answer.body.contains("<script"));
            (policy.replace(&nonce, "…"), nonce)
        });
        let target = if [&sign_in.uri, &consent.uri].contains(&uri) { " https://web.example" } else { "" };
        let expected = format!(
            "default-src 'none'; script-src 'nonce-…'; style-src 'self'; img-src 'self'; font-src 'self'; \
             connect-src 'self'; form-action 'self'{target}; base-uri 'none'; object-src 'none'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        );
        assert_eq!((one.0.as_str(), other.0), (expected.as_str(), expected.clone()), "{uri}");
        assert_ne!(one.1, other.1, "{uri}: the nonce is used twice");
    }
}

/// CR-01
#[sqlx::test]
async fn cr_01_a_password_is_kept_as_argon2id(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    let sql = "select password_hash from users where password_hash is not null";
    let hashes: Vec<String> = sqlx::query_scalar(sql).fetch_all(&server.db).await.unwrap();

    assert_eq!(hashes.len(), 3);
    for hash in hashes {
        let cost = hash.strip_prefix("$argon2id$v=19$m=").unwrap().split('$').next().unwrap();
        let [memory, passes, lanes] =
            cost.split(['=', ',']).filter_map(|part| part.parse::<u32>().ok()).collect::<Vec<_>>()[..]
        else {
            panic!("{hash}")
        };
        assert!(memory >= 19_456 && passes >= 2 && lanes == 1, "{hash}");
    }
}

/// What a browser sends wrongly is answered by a page, as everything that a person asks for.
#[sqlx::test]
async fn a_person_is_told_by_a_page_what_cannot_be_read(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    browser.obtain_code().await;
    let ours = [("sec-fetch-site", "same-origin")];

    let query = browser.open("/account/factors?x=%").await.answer;
    let large = post(&mut browser, "/account/details", &ours, &format!("name={}", "a".repeat(65 * 1024))).await;
    let broken = post(&mut browser, "/account/details", &ours, "name=%zz").await;

    for (answer, status) in [(query, 400), (large, 413), (broken, 400)] {
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{}", answer.body);
        assert!(answer.body.contains("<h1"), "{}", answer.body);
    }
}
