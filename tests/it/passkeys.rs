//! Passkeys: as a second factor and alone, and everything that an answer can have wrong.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis::authentication::passkey;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use crate::{
    authenticator::Authenticator,
    browser::{Browser, Page},
    factors::{between, with_password},
    pages::post,
    server::{ISSUER, Server, Tokens, claims},
};

/// What a page gives the browser to ask for a passkey with.
pub fn options(page: &Page) -> Value {
    let escaped = between(&page.answer.body, "data-options=\"", "\"");
    serde_json::from_str(&escaped.replace("&#34;", "\"").replace("&#38;", "&")).unwrap()
}

/// What a script gets to ask for a passkey with that signs in alone.
pub async fn challenge(browser: &mut Browser) -> Value {
    post(browser, "/sign-in/challenge", &[("sec-fetch-site", "same-origin")], "").await.json()
}

async fn add(browser: &mut Browser, key: &mut Authenticator) -> Page {
    let options = options(&browser.open("/account/factors/passkey").await);
    let credential = key.create(&options);
    browser.submit("/account/factors/passkey", &[("name", "Key"), ("credential", &credential)]).await
}

/// A person who has just added this passkey.
pub async fn with_passkey(server: &Server, username: &str, key: &mut Authenticator) -> Browser {
    let (mut browser, _) = with_password(server, username).await;
    assert_eq!(add(&mut browser, key).await.uri, "/account/factors?done=added");
    browser
}

/// Whether a browser that gives this gets in by a passkey alone.
pub async fn signs_in(browser: &mut Browser, credential: &str) -> bool {
    browser.submit("/sign-in?to=factors", &[("credential", credential)]).await.uri == "/account/factors"
}

/// Whether a browser whose person gave their password gets in by giving this.
async fn raises(browser: &mut Browser, credential: &str) -> bool {
    browser.submit("/second-factor?to=factors", &[("credential", credential)]).await.uri == "/account/factors"
}

async fn last_refusal(server: &Server) -> String {
    let newest = "select reason from audit_events where event = 'factor.used' and outcome = 'failure'
        order by event_id desc limit 1";
    sqlx::query_scalar(newest).fetch_one(&server.db).await.unwrap()
}

async fn acr(server: &Server) -> String {
    let newest =
        "select acr from sessions where ended_at is null order by authenticated_at desc, last_seen_at desc limit 1";
    sqlx::query_scalar(newest).fetch_one(&server.db).await.unwrap()
}

#[sqlx::test]
async fn a_passkey_is_a_second_factor_and_two_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut key = Authenticator::new();
    with_passkey(&server, "alice", &mut key).await;

    let (mut browser, page) = with_password(&server, "alice").await;
    assert!(page.has_form("passkey"), "{} {}", page.uri, page.answer.body);
    let credential = key.get(&self::options(&page));
    assert!(raises(&mut browser, &credential).await);
    let mut alone = server.browser();
    let credential = key.get(&challenge(&mut alone).await);
    assert!(signs_in(&mut alone, &credential).await);

    assert_eq!(acr(&server).await, "phr");
    let kept = "select aaguid::text || ' ' || attestation || ' ' || backup_eligible from passkeys";
    let kept: String = sqlx::query_scalar(kept).fetch_one(&server.db).await.unwrap();
    assert_eq!(kept, "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa none false");
}

/// LG-27
#[sqlx::test]
async fn lg_27_a_challenge_is_for_one_answer(_: PgPoolOptions, pool: PgConnectOptions) {
    let server = Server::start(pool).await;
    let mut key = Authenticator::new();
    with_passkey(&server, "alice", &mut key).await;
    let mut browser = server.browser();

    // Used, and used by a wrong answer.
    let asked = challenge(&mut browser).await;
    assert!(signs_in(&mut browser.clone(), &key.get(&asked)).await);
    assert!(!signs_in(&mut browser.clone(), &key.get(&asked)).await);
    let asked = challenge(&mut browser).await;
    key.origin = "https://evil.example".into();
    assert!(!signs_in(&mut browser.clone(), &key.get(&asked)).await);
    key.origin = ISSUER.into();
    assert!(!signs_in(&mut browser.clone(), &key.get(&asked)).await);

    // Of another browser, of nobody, and old.
    let asked = challenge(&mut server.browser()).await;
    assert!(!signs_in(&mut browser.clone(), &key.get(&asked)).await);
    let asked = challenge(&mut browser).await;
    key.challenge = Some("AAAA".into());
    assert!(!signs_in(&mut browser.clone(), &key.get(&asked)).await);
    key.challenge = None;
    let asked = challenge(&mut browser).await;
    server.clock.advance(Duration::minutes(5));
    assert!(!signs_in(&mut browser.clone(), &key.get(&asked)).await);

    // Of another ceremony.
    let (mut half, page) = with_password(&server, "alice").await;
    assert!(!signs_in(&mut half.clone(), &key.get(&options(&page))).await);
    let asked = challenge(&mut half).await;
    assert!(!raises(&mut half, &key.get(&asked)).await);
    let page = half.open("/second-factor?to=factors").await;
    key.ceremony = Some("webauthn.create");
    assert!(!raises(&mut half, &key.get(&options(&page))).await);
}

/// LG-27: a challenge for adding a passkey signs nobody in, and the other way round.
#[sqlx::test]
async fn lg_27_a_registration_is_no_sign_in(_: PgPoolOptions, pool: PgConnectOptions) {
    let server = Server::start(pool).await;
    let mut key = Authenticator::new();
    let mut owner = with_passkey(&server, "alice", &mut key).await;
    let mut second = Authenticator::new();

    let to_sign_in = challenge(&mut owner).await;
    let to_register = options(&owner.open("/account/factors/passkey").await);
    second.challenge = to_sign_in["publicKey"]["challenge"].as_str().map(Into::into);
    let credential = second.create(&to_register);
    let refused = owner.submit("/account/factors/passkey", &[("name", "Key"), ("credential", &credential)]).await;
    assert_eq!(refused.answer.status, 422);
    assert!(!signs_in(&mut owner, &key.get(&to_register)).await);
}

/// LG-28
#[sqlx::test]
async fn lg_28_an_answer_comes_from_our_own_origin(_: PgPoolOptions, pool: PgConnectOptions) {
    let server = Server::start(pool).await;
    let mut key = Authenticator::new();
    with_passkey(&server, "alice", &mut key).await;
    let mut browser = server.browser();

    for origin in
        ["https://badidp.example", "https://id.example:8443", "http://id.example", "https://sub.id.example", "null"]
    {
        key.origin = origin.into();
        let credential = key.get(&challenge(&mut browser).await);
        assert!(!signs_in(&mut browser.clone(), &credential).await, "{origin}");
    }
    key.origin = ISSUER.into();
    key.rp_id = "example".into();
    let credential = key.get(&challenge(&mut browser).await);
    assert!(!signs_in(&mut browser.clone(), &credential).await);
    assert_eq!(last_refusal(&server).await, "passkey: InvalidRPIDHash");
    key.rp_id = "id.example".into();
    key.cross_origin = true;
    let credential = key.get(&challenge(&mut browser).await);
    assert!(!signs_in(&mut browser.clone(), &credential).await, "in a frame of another site");
    assert_eq!(last_refusal(&server).await, "passkey: it was given in a page of another site");
    let (mut half, page) = with_password(&server, "alice").await;
    assert!(!raises(&mut half, &key.get(&options(&page))).await, "the same as a second factor");
    key.cross_origin = false;

    let (mut bob, _) = with_password(&server, "bob").await;
    for wrong in [
        |key: &mut Authenticator| key.origin = "https://badidp.example".into(),
        |key: &mut Authenticator| key.origin = "https://id.example:8443".into(),
        |key: &mut Authenticator| key.rp_id = "example".into(),
        |key: &mut Authenticator| key.cross_origin = true,
        |key: &mut Authenticator| key.present = false,
    ] {
        let mut key = Authenticator::new();
        wrong(&mut key);
        assert_eq!(add(&mut bob, &mut key).await.answer.status, 422);
    }
    let credential = key.get(&challenge(&mut browser).await);
    assert!(signs_in(&mut browser, &credential).await, "the right one");
}

/// LG-29
#[sqlx::test]
async fn lg_29_an_answer_proves_presence_person_and_key(_: PgPoolOptions, pool: PgConnectOptions) {
    let server = Server::start(pool).await;
    let (mut of_alice, mut of_bob) = (Authenticator::new(), Authenticator::new());
    with_passkey(&server, "alice", &mut of_alice).await;
    with_passkey(&server, "bob", &mut of_bob).await;
    let mut browser = server.browser();

    of_alice.verifies = false;
    let credential = of_alice.get(&challenge(&mut browser).await);
    assert!(!signs_in(&mut browser.clone(), &credential).await, "the person was not verified");
    assert_eq!(last_refusal(&server).await, "passkey: UserNotVerified");
    of_alice.verifies = true;
    of_alice.present = false;
    let credential = of_alice.get(&challenge(&mut browser).await);
    assert!(!signs_in(&mut browser.clone(), &credential).await, "nobody was present");
    of_alice.present = true;
    of_alice.backup_eligible = true;
    let credential = of_alice.get(&challenge(&mut browser).await);
    assert!(!signs_in(&mut browser.clone(), &credential).await, "it was bound to its device");
    of_alice.backup_eligible = false;

    let credential = of_alice.get(&challenge(&mut browser).await);
    assert!(signs_in(&mut browser.clone(), &credential).await);
    of_alice.counter -= 1;
    let credential = of_alice.get(&challenge(&mut browser).await);
    assert!(!signs_in(&mut browser.clone(), &credential).await, "the counter stands still");
    assert_eq!(last_refusal(&server).await, "passkey: its counter went back: there is a copy of the key");

    let handle = of_alice.user_handle.clone();
    of_bob.user_handle.clone_from(&handle);
    let credential = of_bob.get(&challenge(&mut browser).await);
    assert!(!signs_in(&mut browser.clone(), &credential).await, "another's key");
    let id = std::mem::replace(&mut of_bob.credential_id, of_alice.credential_id.clone());
    let credential = of_bob.get(&challenge(&mut browser).await);
    assert!(!signs_in(&mut browser.clone(), &credential).await, "another's signature");
    of_bob.credential_id = id;
    let (mut half, page) = with_password(&server, "alice").await;
    let credential = of_bob.get(&options(&page));
    assert!(!raises(&mut half, &credential).await, "another's key as a second factor");
    of_alice.user_handle = None;
    let credential = of_alice.get(&challenge(&mut browser).await);
    assert!(!signs_in(&mut browser, &credential).await, "alone, a key must name its owner");
}

/// LG-29: what was not verified is one factor, beside the password.
#[sqlx::test]
async fn a_key_without_verification_is_a_second_factor_only(_: PgPoolOptions, pool: PgConnectOptions) {
    let server = Server::start(pool).await;
    let mut key = Authenticator::new();
    key.verifies = false;
    with_passkey(&server, "alice", &mut key).await;

    let (mut browser, page) = with_password(&server, "alice").await;
    assert!(raises(&mut browser, &key.get(&options(&page))).await);

    let mut alone = server.browser();
    let credential = key.get(&challenge(&mut alone).await);
    assert!(!signs_in(&mut alone, &credential).await);
}

/// Four answers of copies of one key at once, with the same counter: one gets in.
#[sqlx::test]
async fn of_copies_of_a_key_one_gets_in(_: PgPoolOptions, pool: PgConnectOptions) {
    let server = Server::start(pool).await;
    let mut key = Authenticator::new();
    with_passkey(&server, "alice", &mut key).await;
    let mut racing = tokio::task::JoinSet::new();
    let counter = key.counter;

    for _ in 0..4 {
        let mut browser = server.browser();
        key.counter = counter;
        let credential = key.get(&challenge(&mut browser).await);
        racing.spawn(async move { signs_in(&mut browser, &credential).await });
    }

    assert_eq!(racing.join_all().await.into_iter().filter(|is_in| *is_in).count(), 1);
}

/// IN-04: an answer that is deep, long or ambiguous, around what is signed or within. It is refused, and a right one still
/// counts.
#[sqlx::test]
async fn in_04_absurd_json_is_no_answer(_: PgPoolOptions, pool: PgConnectOptions) {
    let server = Server::start(pool).await;
    let mut key = Authenticator::new();
    let mut owner = with_passkey(&server, "alice", &mut key).await;
    let mut browser = server.browser();
    let nested = "[".repeat(10_000) + &"]".repeat(10_000);
    let (deep, long) = (format!("\"extensions\":{nested}"), format!("\"extensions\":{}", "1".repeat(40_000)));
    let malformed = "the answer is malformed";
    let unknown = "the challenge is unknown, of another browser or purpose, used, or old";

    for (change, member, reason) in [
        (with_member as fn(&str, &str) -> String, deep.as_str(), malformed),
        (with_member, &long, malformed),
        (with_member, "\"type\":\"public-key\"", malformed),
        (with_client_data, &deep, unknown),
        (with_client_data, &long, unknown),
        (with_client_data, "\"crossOrigin\":true", "ParseJSONFailure"),
    ] {
        let absurd = change(&key.get(&challenge(&mut browser).await), member);
        let page = browser.submit("/sign-in?to=factors", &[("credential", &absurd)]).await;
        assert_eq!(page.answer.status, 422, "{member:.40}");
        assert_eq!(last_refusal(&server).await, format!("passkey: {reason}"), "{member:.40}");

        let created = Authenticator::new().create(&options(&owner.open("/account/factors/passkey").await));
        let form = [("name", "Key"), ("credential", &change(&created, member))];
        assert_eq!(owner.submit("/account/factors/passkey", &form).await.answer.status, 422, "{member:.40}");
    }

    let unread = with_member(&key.get(&challenge(&mut browser).await), &format!("\"unheard\":{nested}"));
    assert!(signs_in(&mut browser.clone(), &unread).await, "it is skipped, not followed");
    let credential = key.get(&challenge(&mut browser).await);
    assert!(signs_in(&mut browser, &credential).await);
    assert_eq!(add(&mut owner, &mut Authenticator::new()).await.uri, "/account/factors?done=added");
}

/// A JSON object with one more member, before all others.
fn with_member(object: &str, member: &str) -> String {
    object.replacen('{', &format!("{{{member},"), 1)
}

/// A credential with one more member of its client data (WebAuthn §5.8.1).
fn with_client_data(credential: &str, member: &str) -> String {
    let mut credential: Value = serde_json::from_str(credential).unwrap();
    let data = URL_SAFE_NO_PAD.decode(credential["response"]["clientDataJSON"].as_str().unwrap()).unwrap();
    let data = with_member(str::from_utf8(&data).unwrap(), member);
    credential["response"]["clientDataJSON"] = URL_SAFE_NO_PAD.encode(data).into();
    credential.to_string()
}

#[sqlx::test]
async fn a_key_is_registered_once(_: PgPoolOptions, pool: PgConnectOptions) {
    let server = Server::start(pool).await;
    let mut key = Authenticator::new();
    with_passkey(&server, "alice", &mut key).await;
    let (mut bob, _) = with_password(&server, "bob").await;

    let refused = add(&mut bob, &mut key).await;

    assert_eq!(refused.answer.status, 422);
    assert!(refused.answer.body.contains("This passkey is registered already."));
}

/// What an authenticator says of itself is no proof: of a key that says that it stays on its device, no token and no page
/// says that hardware holds it.
#[sqlx::test]
async fn nobody_is_told_that_hardware_holds_a_key_because_it_says_so(_: PgPoolOptions, pool: PgConnectOptions) {
    let server = Server::start(pool).await;
    let (mut browser, _) = with_password(&server, "alice").await;
    for backup_eligible in [false, true] {
        let mut key = Authenticator::new();
        key.backup_eligible = backup_eligible;
        assert_eq!(add(&mut browser, &mut key).await.uri, "/account/factors?done=added");

        let mut elsewhere = server.browser();
        let credential = key.get(&challenge(&mut elsewhere).await);
        assert!(signs_in(&mut elsewhere, &credential).await);
        let code = elsewhere.obtain_code().await;
        let tokens = Tokens::of(&server.redeem("web", &code).await);

        assert_eq!(claims(&tokens.id)["amr"], json!(["swk", "user", "mfa"]), "{backup_eligible}");
    }
    let page = browser.open("/account/factors").await.answer.body;
    assert!(
        page.contains("<td data-name=\"What it is\">Passkey</td>") && !page.contains("stays on its device"),
        "{page}"
    );
}

/// Passkeys need a host name; an installation at an address has none, and says so.
#[sqlx::test]
async fn at_an_address_there_are_no_passkeys(_: PgPoolOptions, pool: PgConnectOptions) {
    let server = Server::start_with(pool, |settings| settings.issuer = "http://127.0.0.1:8080".parse().unwrap()).await;
    let browser = portcullis::secret::Secret::presented("browser").hash();

    let offered = passkey::challenge(&server.app, &browser, None, server.clock.now()).await.unwrap();

    assert!(offered.is_none());
}

/// A disabled person's passkey opens nothing.
#[sqlx::test]
async fn lg_26_a_disabled_person_does_not_get_in(_: PgPoolOptions, pool: PgConnectOptions) {
    let server = Server::start(pool).await;
    let mut key = Authenticator::new();
    with_passkey(&server, "alice", &mut key).await;
    let mut browser = server.browser();
    let credential = key.get(&challenge(&mut browser).await);
    let user_id = server.user_id("alice").await;

    portcullis::accounts::users::set_enabled(&server.app, &crate::server::admin(), user_id, false).await.unwrap();

    assert!(!signs_in(&mut browser, &credential).await);
}
