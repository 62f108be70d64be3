//! How well people are authenticated: what asks for more, what is then asked of them, and what tokens say of it.

mod half_way;
mod separation;

use portcullis::{
    model::registry::Role,
    protocol::assurance::Level,
    registry::{
        apis::{self, ApiSettings},
        roles,
    },
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    authenticator::Authenticator,
    browser::{Browser, Page, callback},
    factors::between,
    passkeys, privacy,
    server::{RECORDS, Server, Tokens, admin, claims, code_at},
};

/// An authenticator app that waits for its next code.
struct Phone(String);

impl Phone {
    fn code(&self, server: &Server) -> String {
        server.clock.advance(Duration::seconds(30));
        code_at(&self.0, server.clock.now().unix_timestamp())
    }
}

/// Adds an app on the way in. The page is the one with the recovery codes.
async fn enrol(browser: &mut Browser, page: &Page) -> (Phone, Page) {
    assert!(page.has_form("enrol-app"), "{} {}", page.uri, page.answer.body);
    let page = browser.submit(&page.uri, &[("begin", "totp")]).await;
    let secret = between(&page.answer.body, "<code id=\"secret\">", "</code>").replace(' ', "");
    privacy::note(&secret);
    let phone = Phone(secret);
    let code = phone.code(&browser.server);
    let page = browser.submit(&page.uri, &[("code", &code)]).await;
    assert!(page.has_form("recovery-codes"), "{} {}", page.uri, page.answer.body);
    between(&page.answer.body, "id=\"recovery-codes\"", "</ol>")
        .split("<code>")
        .skip(1)
        .for_each(|item| privacy::note(item.split('<').next().unwrap()));
    (phone, page)
}

/// Goes on from the page with the recovery codes.
async fn onward(browser: &mut Browser, page: &Page) -> Page {
    let action = between(&page.answer.body, "id=\"onward\" method=\"post\" action=\"", "\"").to_owned();
    browser.submit(&action, &[("stored", "true")]).await
}

/// A person who has an app, signed in with it.
async fn with_phone(server: &Server, username: &str) -> (Browser, Phone) {
    let mut browser = server.browser();
    let page = browser.authorize(&[("acr_values", "aal2")]).await;
    let page = browser.sign_in(&page, username).await;
    let (phone, page) = enrol(&mut browser, &page).await;
    onward(&mut browser, &page).await;
    (browser, phone)
}

/// The ID token's and the access token's claims, and the access token.
async fn told(server: &Server, page: &Page) -> (Value, Value, String) {
    let tokens = Tokens::of(&server.redeem("web", &page.code()).await);
    (claims(&tokens.id), claims(&tokens.access), tokens.access)
}

/// A client asks for more than the session has: the person adds a factor on the way, and no code is given before.
#[sqlx::test]
async fn a_factor_is_added_on_the_way(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let (before, ..) = told(&server, &browser.obtain("alice", &[]).await).await;
    assert_eq!((&before["acr"], &before["amr"]), (&json!("aal1"), &json!(["pwd"])));
    let mut thief = browser.clone();

    let page = browser.authorize(&[("acr_values", "aal2")]).await;
    let (_, page) = enrol(&mut browser, &page).await;
    assert_eq!(page.answer.body.matches("<li><code>").count(), 10);
    let (after, access, token) = told(&server, &onward(&mut browser, &page).await).await;

    assert_eq!((&after["acr"], &after["amr"]), (&json!("aal2"), &json!(["pwd", "otp", "mfa"])));
    for name in ["sid", "auth_time", "sub"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    for name in ["acr", "amr", "auth_time"] {
        assert_eq!(access[name], after[name], "{name}");
        assert_eq!(server.introspect(&token).await[name], after[name], "{name}");
    }
    // LG-12: the session goes on under another secret, and the old one is worth nothing.
    assert_ne!(thief.cookies["__Host-sid"], browser.cookies["__Host-sid"]);
    assert!(thief.authorize(&[]).await.has_form("sign-in"));
}

/// Client, API, role and request can each ask for two factors; the first that does suffices.
#[sqlx::test]
async fn each_may_ask_for_two_factors(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let essential = json!({"id_token": {"acr": {"essential": true, "values": ["aal2", "phr"]}}}).to_string();
    let spa = [("client_id", "spa"), ("redirect_uri", callback("spa"))];
    let first_step = async |username: &str, changes: &[(&str, &str)]| {
        let mut browser = server.browser();
        let page = browser.authorize(changes).await;
        let page = browser.sign_in(&page, username).await;
        page.uri.split('/').nth(1).unwrap().to_owned()
    };

    assert_eq!(first_step("alice", &[]).await, "consent");
    assert_eq!(first_step("alice", &[("acr_values", "urn:unknown aal1 aal2")]).await, "consent");
    assert_eq!(first_step("alice", &[("acr_values", "phr aal2")]).await, "enrol");
    assert_eq!(first_step("alice", &[("claims", &essential)]).await, "enrol");

    server.change_client("spa", |spa| spa.required_level = Level::Aal2).await;
    assert_eq!(first_step("alice", &spa).await, "enrol");
    assert_eq!(first_step("alice", &[]).await, "consent");

    let records = server.snapshot().await.registry().apis().find(|api| api.identifier == RECORDS).unwrap().clone();
    let settings = ApiSettings { required_level: Level::Aal2, ..ApiSettings::from(&*records) };
    apis::update(&server.app, &admin(), records.api_id, records.revision, &settings).await.unwrap();
    assert_eq!(first_step("alice", &[]).await, "enrol");
    assert_eq!(first_step("alice", &[("scope", "openid")]).await, "consent");

    let visitor =
        Role { required_level: Level::Aal2, ..server.snapshot().await.registry().role("visitor").unwrap().clone() };
    roles::update(&server.app, &admin(), visitor).await.unwrap();
    assert_eq!(first_step("bob", &[("scope", "openid")]).await, "enrol");
    assert_eq!(first_step("alice", &[("scope", "openid")]).await, "consent");
}

/// `OpenID` Connect Core §5.5.1.1: the ID token answers what was asked for. Access tokens tell what was done.
#[sqlx::test]
async fn acr_is_told_as_it_was_asked_for(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = with_phone(&server, "alice").await;
    let claim = |acr: Value| json!({"id_token": {"acr": acr}}).to_string();
    browser.obtain("alice", &[]).await;

    for (acr_values, claims, told_to_client) in [
        ("", String::new(), "aal2"),
        ("aal1", String::new(), "aal1"),
        ("phr aal1 aal2", String::new(), "aal2"),
        ("urn:unknown", String::new(), "aal2"),
        ("aal2", claim(json!({"essential": true, "value": "aal1"})), "aal1"),
        ("", claim(json!({"values": ["aal1", "phr"]})), "aal1"),
    ] {
        let asked = [("acr_values", acr_values), ("claims", claims.as_str()), ("prompt", "none")];
        let (id, access, _) = told(&server, &browser.authorize(&asked).await).await;
        assert_eq!((&id["acr"], &access["acr"]), (&json!(told_to_client), &json!("aal2")), "{acr_values} {claims}");
    }
}

/// Without a window to ask in, whatever is missing is an error.
#[sqlx::test]
async fn nothing_is_asked_silently(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    browser.obtain("alice", &[]).await;
    let silently = |acr| [("prompt", "none"), ("acr_values", acr)];

    assert!(!browser.authorize(&silently("aal1")).await.code().is_empty());
    assert_eq!(browser.authorize(&silently("aal2")).await.error(), "login_required");

    let (_, phone) = with_phone(&server, "alice").await;
    let mut half = server.browser();
    let page = half.authorize(&[]).await;
    let page = half.sign_in(&page, "alice").await;
    assert_eq!(half.authorize(&[("prompt", "none")]).await.error(), "login_required");
    let code = phone.code(&server);
    half.submit(&page.uri, &[("code", &code)]).await;
    assert!(!half.authorize(&[("prompt", "none")]).await.code().is_empty());
}

/// A code can be read out on the telephone, so it is no proof where only a passkey is; and nobody adds a passkey by a
/// password alone who has an app.
#[sqlx::test]
async fn only_a_passkey_resists_phishing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (_, phone) = with_phone(&server, "alice").await;
    let mut browser = server.browser();
    let page = browser.authorize(&[("acr_values", "phr")]).await;
    let page = browser.sign_in(&page, "alice").await;
    assert!(page.has_form("second-factor"), "{}", page.uri);
    let code = phone.code(&server);
    let page = browser.submit(&page.uri, &[("code", &code)]).await;
    assert!(page.uri.starts_with("/enrol/") && !page.has_form("enrol-app"), "{} {}", page.uri, page.answer.body);

    let code = phone.code(&server);
    for form in [("begin", "totp"), ("code", &code)] {
        let again = browser.submit(&page.uri, &[form]).await;
        assert_eq!((again.answer.status.as_u16(), &again.uri), (422, &page.uri), "{form:?}");
    }
    let page = browser.open(&page.uri).await;
    let credential = Authenticator::new().create(&passkeys::options(&page));
    let page = browser.submit(&page.uri, &[("credential", &credential)]).await;
    let consent = onward(&mut browser, &page).await;
    let (id, ..) = told(&server, &browser.consent(&consent, "allow").await).await;
    assert_eq!((&id["acr"], &id["amr"]), (&json!("phr"), &json!(["pwd", "otp", "mfa", "swk", "user"])));
}

/// RFC 9470: a token says how well its person was authenticated when it was made, and more may be demanded since.
#[sqlx::test]
async fn userinfo_tells_the_client_to_ask_for_more(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let (_, _, token) = told(&server, &browser.obtain("alice", &[]).await).await;
    assert_eq!(server.get_with_token("/oauth2/userinfo", &token).await.status, 200);

    server.change_client("web", |web| web.required_level = Level::Aal2).await;

    let refused = server.get_with_token("/oauth2/userinfo", &token).await;
    let challenge = refused.header("www-authenticate");
    assert_eq!(refused.status, 401);
    assert!(
        challenge.contains("error=\"insufficient_user_authentication\"") && challenge.contains("acr_values=\"aal2\""),
        "{challenge}"
    );
    let page = browser.authorize(&[("acr_values", "aal2")]).await;
    let (_, page) = enrol(&mut browser, &page).await;
    let (_, _, token) = told(&server, &onward(&mut browser, &page).await).await;
    assert_eq!(server.get_with_token("/oauth2/userinfo", &token).await.status, 200);
    let (_, _, token) = told(&server, &browser.authorize(&[("acr_values", "aal1")]).await).await;
    assert_eq!(server.get_with_token("/oauth2/userinfo", &token).await.status, 200, "asking for less changes nothing");
}
