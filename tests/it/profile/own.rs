//! What users change of themselves.

use portcullis::config::{EditableClaim, EditableClaims};
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{alice, fields, filled, send, userinfo};
use crate::{browser::Browser, server::Server};

const URI: &str = "/account/details";

/// A server that lets users change these claims, and alice at the page of her details.
async fn with(options: PgConnectOptions, claims: &[&str]) -> (Server, Browser) {
    let claims = claims.iter().map(|claim| claim.parse::<EditableClaim>().unwrap());
    let claims = EditableClaims::new(claims);
    let server = Server::start_with(options, |settings| settings.editable_claims = claims).await;
    let mut browser = server.browser();
    let page = browser.open(URI).await;
    assert_eq!(browser.sign_in(&page, "alice").await.uri, URI);
    (server, browser)
}

#[sqlx::test]
async fn users_see_all_of_it_and_change_what_the_installation_lets_them(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, mut browser) = with(options, &["phone_number", "address", "birthdate"]).await;
    let form = browser.open(URI).await.answer.body;
    let shown = fields(&form, "details").into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ");
    let parts = "street_address postal_code locality region country formatted".replace(' ', " address.");
    assert_eq!(shown, format!("revision phone_number address.{parts} birthdate"));
    assert!(form.contains("alice of Test") && form.contains("the people who run <bdi>Test</bdi>"), "{form}");
    assert!(form.contains("type=\"tel\"") && form.contains("autocomplete=\"address-level2\""), "{form}");

    let wrong = [("phone_number", "0215550100"), ("address.country", "Wales"), ("birthdate", "1987-02-30")];
    let refused = send(&mut browser, URI, &filled(&form, "details", &wrong)).await.answer;
    assert_eq!(refused.status, 422);
    for text in ["id=\"phone_number-error\"", "id=\"birthdate-error\"", "value=\"Wales\"", "Enter a date as 1987-04-12"]
    {
        assert!(refused.body.contains(text), "{text}: {}", refused.body);
    }
    let right = [("phone_number", "+64 21 555 0100"), ("birthdate", "0000-02-29")];
    let saved = send(&mut browser, URI, &filled(&refused.body, "details", &right)).await;

    assert!(saved.uri.ends_with("done=saved"), "{}", saved.answer.body);
    let told = userinfo(&server, "openid profile phone address").await;
    assert_eq!((&told["phone_number"], &told["phone_number_verified"]), (&"+64215550100".into(), &false.into()));
    assert_eq!((&told["address"], &told["birthdate"]), (&json!({"country": "Wales"}), &"0000-02-29".into()));
    assert_eq!(told["name"], "alice of Test");
}

#[sqlx::test]
async fn what_users_may_not_change_is_refused_however_it_is_sent(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, mut browser) = with(options, &["nickname", "phone_number"]).await;
    let before = alice(&server).await;
    let number = ("phone_number", "+64215550100");

    for (claim, sent) in [
        ("name", &[("name", "Admin of Test"), ("nickname", "Al")][..]),
        ("address.country", &[("address.country", "Wales")]),
        ("phone_number_verified", &[("phone_number_verified", "true"), number]),
        ("phone_number_verified", &[("phone_number_verified", "true")]),
    ] {
        let form = browser.open(URI).await.answer.body;
        let answer = send(&mut browser, URI, &filled(&form, "details", sent)).await.answer;
        assert_eq!(answer.status, 422, "{sent:?}");
        assert!(answer.body.contains(&format!("You cannot change this here: {claim}")), "{}", answer.body);
    }
    let after = alice(&server).await;
    assert_eq!((after.profile, after.revision), (before.profile, before.revision));
    for (unknown, text) in [("email", "eve@evil.example"), ("email_verified", "true"), ("username", "admin")] {
        let form = browser.open(URI).await.answer.body;
        send(&mut browser, URI, &filled(&form, "details", &[(unknown, text)])).await;
        let after = alice(&server).await;
        assert_eq!((after.email, after.email_verified, after.username), (before.email.clone(), true, "alice".into()));
    }
}

#[sqlx::test]
async fn a_verified_number_is_so_until_its_user_changes_it(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, mut browser) = with(options, &["phone_number", "nickname"]).await;
    let stored = json!({"phone_number": "+64215550100", "phone_number_verified": true});
    sqlx::query("update users set profile = $1 where username = 'alice'")
        .bind(stored)
        .execute(&server.db)
        .await
        .unwrap();

    for (typed, expected) in [
        (("nickname", "Al"), Some(true)),
        (("phone_number", "+64 21-5550-100"), Some(true)),
        (("phone_number", "+442079460000"), Some(false)),
        (("phone_number", "+64215550100"), Some(false)),
        (("phone_number", ""), None),
    ] {
        let form = browser.open(URI).await.answer.body;
        let saved = send(&mut browser, URI, &filled(&form, "details", &[typed])).await;
        assert!(saved.uri.ends_with("done=saved"), "{}", saved.answer.body);
        assert_eq!(alice(&server).await.profile.phone_number_verified, expected, "{typed:?}");
    }
}

/// What an administrator said more exactly than our pages can is not lost by saving something else.
#[sqlx::test]
async fn a_language_that_we_do_not_have_stays(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, mut browser) = with(options, &["locale", "nickname"]).await;
    for locale in ["en-NZ", "fr-CA", "cy"] {
        let stored = json!({"locale": locale});
        sqlx::query("update users set profile = $1 where username = 'alice'")
            .bind(stored)
            .execute(&server.db)
            .await
            .unwrap();
        let form = browser.open(URI).await.answer.body;

        send(&mut browser, URI, &filled(&form, "details", &[("nickname", "Al")])).await;

        assert_eq!(alice(&server).await.profile.locale.as_deref(), Some(locale));
    }
    let form = browser.open(URI).await.answer.body;
    send(&mut browser, URI, &filled(&form, "details", &[("locale", "mi")])).await;
    assert_eq!(alice(&server).await.profile.locale.as_deref(), Some("mi"));
}

/// Two windows: what was typed in the second is kept, and saved if its user wants that.
#[sqlx::test]
async fn the_second_of_two_windows_is_told(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, mut browser) = with(options, &["nickname", "gender"]).await;
    let form = browser.open(URI).await.answer.body;
    send(&mut browser, URI, &filled(&form, "details", &[("gender", "female")])).await;

    let late =
        send(&mut browser, URI, &filled(&form, "details", &[("nickname", "Al"), ("gender", "woman")])).await.answer;

    assert_eq!(late.status, 422);
    assert!(late.body.contains("What you typed is still here"), "{}", late.body);
    assert_eq!(alice(&server).await.profile.gender.as_deref(), Some("female"));
    send(&mut browser, URI, &fields(&late.body, "details")).await;
    let profile = alice(&server).await.profile;
    assert_eq!((profile.nickname.as_deref(), profile.gender.as_deref()), (Some("Al"), Some("woman")));
}

#[sqlx::test]
async fn where_users_change_nothing_there_is_no_form(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, mut browser) = with(options, &[]).await;
    let page = browser.open(URI).await;
    assert!(!page.has_form("details") && page.answer.body.contains("alice of Test"), "{}", page.answer.body);
    let revision = alice(&server).await.revision.to_string();
    let refused = browser.submit(URI, &[("name", "Al"), ("revision", &revision)]).await.answer;
    assert_eq!((refused.status.as_u16(), refused.body.contains("You cannot change this here: name")), (422, true));
}
