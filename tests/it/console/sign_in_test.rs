//! Tests of a client's sign-in: what is shown is what the client would have got, and the client gets nothing.

use portcullis::{
    accounts::{self, users::UserSettings},
    model::office::Office,
    store::users,
};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use super::signed_in;
use crate::{
    browser::{Browser, Page},
    offices::at_console,
    server::{ISSUER, RECORDS, Server, Tokens, admin, claims},
};

const PAGE: &str = "/admin/sign-in-test";
/// Claims that a token has only once it is made, or that differ from one sign-in to the next.
const MADE_WITH_IT: [&str; 7] = ["jti", "grant_id", "sid", "iat", "exp", "auth_time", "nonce"];

/// Begins a test, and says where its link leads.
async fn begun(admin: &mut Browser, fields: &[(&str, &str)]) -> String {
    let page = admin.submit(PAGE, fields).await;
    assert_eq!(page.answer.status, 200, "{}", page.answer.body);
    link(&page).unwrap_or_else(|| panic!("no link: {}", page.answer.body))
}

fn link(page: &Page) -> Option<String> {
    let (_, rest) = page.answer.body.split_once(&format!("<code>{ISSUER}/oauth2/authorize/"))?;
    Some(format!("/oauth2/authorize/{}", rest.split_once('<').unwrap().0))
}

/// The claims that the page shows under this name.
fn shown(page: &Page, name: &str) -> Value {
    let block = page.answer.body.split_once(&format!("aria-label=\"{name}\"><code>"));
    let Some((_, rest)) = block else { return Value::Null };
    let json = rest.split_once("</code>").unwrap().0.replace("&#34;", "\"").replace("&#38;", "&");
    without_its_making(serde_json::from_str(&json).unwrap())
}

fn without_its_making(mut claims: Value) -> Value {
    claims.as_object_mut().unwrap().retain(|name, _| !MADE_WITH_IT.contains(&name.as_str()));
    claims
}

async fn signs_in(browser: &mut Browser, link: &str, username: &str) -> Page {
    let page = browser.open(link).await;
    if page.has_form("sign-in") { browser.sign_in(&page, username).await } else { page }
}

/// How much there is of what a sign-in leaves for a client.
async fn left(server: &Server) -> i64 {
    let left = "select (select count(*) from grants) + (select count(*) from consents) + (select count(*) from authorization_codes)";
    sqlx::query_scalar(left).fetch_one(&server.db).await.unwrap()
}

async fn events(server: &Server) -> Vec<String> {
    let said = "select event || ' ' || outcome || ' ' || coalesce(actor, '') from audit_events where event like 'sign_in_test.%' order by event_id";
    let events: Vec<String> = sqlx::query_scalar(said).fetch_all(&server.db).await.unwrap();
    let mut named = Vec::new();
    for event in events {
        let mut event = event;
        for username in ["admin", "alice", "bob"] {
            event = event.replace(&format!("user:{}", server.user_id(username).await), username);
        }
        named.push(event);
    }
    named
}

#[sqlx::test]
async fn what_is_shown_is_what_the_client_would_have_got(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut admin, _) = signed_in(&server, "admin").await;
    let client = admin.open("/admin/clients/web").await;
    assert!(client.answer.body.contains("/admin/sign-in-test?client=web"), "{}", client.answer.body);
    let form = admin.open("/admin/sign-in-test?client=web").await;
    assert!(form.has_form("sign-in-test") && link(&form).is_none(), "{}", form.answer.body);

    for (username, scope) in
        [("alice", "openid profile email offline_access records:read"), ("bob", "openid email records:read")]
    {
        let before = left(&server).await;
        let link = begun(&mut admin, &[("client", "web"), ("scope", scope)]).await;
        let mut browser = server.browser();
        let asked = signs_in(&mut browser, &link, username).await;
        let said = asked.answer.body.split_once("id=\"test\"").unwrap().1.split_once("</p>").unwrap().0;
        assert!(said.contains("This is a test") && said.contains("admin"), "{said}");
        let over = browser.consent(&asked, "allow").await;
        assert_eq!((over.uri.as_str(), over.answer.status.as_u16()), ("/sign-in-tested", 200), "{}", over.answer.body);
        assert!(!over.answer.body.contains("/admin"), "only whoever has the console open is led there");
        assert_eq!(left(&server).await, before, "{username}: the client got something, or a consent was kept");

        let result = admin.open(PAGE).await;
        assert!(result.answer.body.contains("would have got tokens"), "{}", result.answer.body);
        let mut real = server.browser();
        let asked = real.authorize(&[("scope", scope)]).await;
        let asked = real.sign_in(&asked, username).await;
        let code = real.consent(&asked, "allow").await.code();
        let tokens = Tokens::of(&server.redeem("web", &code).await);
        assert_eq!(shown(&result, "Access token"), without_its_making(claims(&tokens.access)), "{username}");
        assert_eq!(shown(&result, "ID token"), without_its_making(claims(&tokens.id)), "{username}");
        let userinfo = server.get_with_token("/oauth2/userinfo", &tokens.access).await.json();
        assert_eq!(shown(&result, "Userinfo"), userinfo, "{username}");
        let refresh = "A refresh token would have come with them.";
        assert_eq!(result.answer.body.contains(refresh), !tokens.refresh.is_empty(), "{username}");

        let reloaded = admin.open("/admin/sign-in-test?client=web").await;
        assert_eq!(shown(&reloaded, "ID token"), shown(&result, "ID token"));
        let (mut another, _) = signed_in(&server, "admin").await;
        let another = another.open("/admin/sign-in-test?client=web").await;
        assert_eq!(shown(&another, "ID token"), Value::Null, "another session sees nothing of it");
    }
    assert_eq!(
        events(&server).await,
        [
            "sign_in_test.begun success admin",
            "sign_in_test.ended success alice",
            "sign_in_test.begun success admin",
            "sign_in_test.ended success bob"
        ]
    );
    server.advance(Duration::hours(2)).await;
    let (mut admin, _) = signed_in(&server, "admin").await;
    assert_eq!(admin.open(PAGE).await.uri, "/admin/clients", "nothing waits any more");
}

/// A consent that was given before does not count: whoever is asked knows who is about to see their answer.
#[sqlx::test]
async fn whoever_signs_in_is_asked_and_may_say_no(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut admin, _) = signed_in(&server, "admin").await;
    let mut alice = server.browser();
    alice.obtain("alice", &[("scope", "openid")]).await.code();

    let link = begun(&mut admin, &[("client", "web"), ("scope", "openid")]).await;
    let asked = signs_in(&mut alice, &link, "alice").await;
    let over = alice.consent(&asked, "deny").await;

    assert_eq!(over.uri, "/sign-in-tested");
    let result = admin.open(PAGE).await.answer.body;
    assert!(result.contains("<code>access_denied</code>"), "{result}");
    assert_eq!(alice.open(&link).await.answer.status, 400, "the test is over");
    assert_eq!(events(&server).await[1..], ["sign_in_test.ended failure "]);
    assert!(
        !alice.authorize(&[("scope", "openid")]).await.code().is_empty(),
        "what was allowed before is allowed still"
    );
}

#[sqlx::test]
async fn an_error_is_shown_as_the_client_would_have_got_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut admin, _) = signed_in(&server, "admin").await;

    let link = begun(&mut admin, &[("client", "web"), ("scope", "records:write"), ("resource", RECORDS)]).await;
    let mut bob = server.browser();
    let over = signs_in(&mut bob, &link, "bob").await;
    assert_eq!(over.uri, "/sign-in-tested", "{}", over.answer.body);
    let result = admin.open(PAGE).await.answer.body;
    let real = server.browser().obtain("bob", &[("scope", "records:write"), ("resource", RECORDS)]).await;
    assert!(result.contains(&format!("<code>{}</code>", real.error())), "{}: {result}", real.error());
    assert!(result.contains("/admin/why?client=web&#38;user="), "{result}");
}

#[sqlx::test]
async fn what_cannot_be_tested_is_said_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut admin, _) = signed_in(&server, "admin").await;
    for (fields, says) in [
        (&[("client", "web"), ("scope", "unheard:of")][..], "id=\"scope-error\""),
        (&[("client", "web"), ("scope", "a\"b")], "id=\"scope-error\""),
        (&[("client", "web"), ("resource", "urn:nothing")], "id=\"resource-error\""),
        (&[("client", "web"), ("scope", "records:read billing:read")], "id=\"resource-error\""),
        (&[("client", "service")], "Nobody signs in to this client"),
    ] {
        let page = admin.submit(PAGE, fields).await;
        assert_eq!(page.answer.status, 422, "{fields:?}: {}", page.answer.body);
        assert!(page.answer.body.contains(says) && link(&page).is_none(), "{fields:?}: {}", page.answer.body);
    }
    assert_eq!(admin.submit(PAGE, &[("client", "nothing")]).await.answer.status, 404);
    admin.submit("/admin/clients/web/enabled", &[("enabled", "false")]).await;
    let disabled = admin.submit(PAGE, &[("client", "web")]).await.answer.body;
    assert!(disabled.contains("This client is disabled"), "{disabled}");
    assert_eq!(events(&server).await, [""; 0]);
}

/// The link is used up by the browser that opens it first, and ends when another test begins or the client is changed.
#[sqlx::test]
async fn a_link_works_in_one_browser_for_the_newest_test(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut admin, _) = signed_in(&server, "admin").await;
    let link = begun(&mut admin, &[("client", "web"), ("resource", RECORDS)]).await;
    let mut first = server.browser();
    assert!(first.open(&link).await.has_form("sign-in"));
    assert_eq!(server.browser().open(&link).await.answer.status, 400, "it belongs to the first");

    let newer = begun(&mut admin, &[("client", "web"), ("scope", "openid")]).await;
    let outdated = signs_in(&mut first, &link, "alice").await;
    assert_eq!(outdated.answer.status, 400, "nobody waits for it: {}", outdated.answer.body);

    let mut second = server.browser();
    let asked = signs_in(&mut second, &newer, "alice").await;
    admin.submit("/admin/sign-out", &[]).await;
    let over = second.consent(&asked, "allow").await;
    assert_eq!(over.uri, "/sign-in-tested", "{}", over.answer.body);
    let (mut admin, _) = signed_in(&server, "admin").await;
    assert_eq!(admin.open(PAGE).await.uri, "/admin/clients", "it was for that session");

    let late = begun(&mut admin, &[("client", "web"), ("resource", RECORDS)]).await;
    server.advance(Duration::minutes(11)).await;
    assert_eq!(server.browser().open(&late).await.answer.status, 400);
}

/// One of several that come to the end at once ends the test.
#[sqlx::test]
async fn a_test_ends_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut admin, _) = signed_in(&server, "admin").await;
    let link = begun(&mut admin, &[("client", "web"), ("scope", "openid")]).await;
    let mut alice = server.browser();
    let asked = signs_in(&mut alice, &link, "alice").await;
    let mut tabs = [alice.clone(), alice.clone(), alice.clone(), alice];
    let [one, two, three, four] = &mut tabs;
    tokio::join!(
        one.consent(&asked, "allow"),
        two.consent(&asked, "deny"),
        three.open(&link),
        four.consent(&asked, "allow")
    );

    let ended = events(&server).await.into_iter().filter(|event| event.starts_with("sign_in_test.ended")).count();
    assert_eq!((ended, left(&server).await), (1, 0));
}

/// Somebody who is refused was never told that it is a test. Who may not see users does not learn by a link who opened it.
#[sqlx::test]
async fn who_signed_in_is_named_to_those_alone_who_may_see_users(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let alice = users::find_named(&server.db, "alice").await.unwrap().unwrap();
    let without = UserSettings { roles: Vec::new(), ..UserSettings::from(&alice) };
    accounts::users::update(&server.app, &admin(), alice.user_id, alice.revision, &without).await.unwrap();
    for sees_users in [true, false] {
        let mut reader = if sees_users {
            signed_in(&server, "admin").await.0
        } else {
            at_console(&server, Office::ClientManager).await
        };
        let fields = [("client", "web"), ("scope", "records:write"), ("resource", RECORDS)];
        let link = begun(&mut reader, &fields).await;
        let over = signs_in(&mut server.browser(), &link, "alice").await;
        assert_eq!(over.uri, "/sign-in-tested", "{}", over.answer.body);
        let result = reader.open(PAGE).await.answer.body;
        assert!(result.contains("would have got an error"), "{result}");
        let names = result.contains("alice") || result.contains(&alice.user_id.to_string());
        assert_eq!(names, sees_users, "{result}");
    }
}

/// Who tests a client sees what it would learn: they must be able to change it, and hold what it holds.
#[sqlx::test]
async fn only_who_may_change_a_client_tests_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut owner = at_console(&server, Office::ClientOwner).await;
    assert_eq!(owner.open("/admin/sign-in-test?client=web").await.answer.status, 404);
    assert_eq!(owner.submit(PAGE, &[("client", "web")]).await.answer.status, 404);
    let mut manager = at_console(&server, Office::ClientManager).await;
    assert!(!begun(&mut manager, &[("client", "web"), ("scope", "openid")]).await.is_empty());
    server.change_client("web", |client| client.scopes = "portcullis:users:write openid".parse().unwrap()).await;
    let refused = manager.submit(PAGE, &[("client", "web"), ("scope", "openid")]).await;
    assert_eq!(refused.answer.status, 403, "it holds what they do not: {}", refused.answer.body);
    assert_eq!(manager.open(PAGE).await.answer.status, 403, "nor do they see what came of the test that they began");
}
