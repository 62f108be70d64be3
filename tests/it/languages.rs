//! In which language people read: what the client asks for, what the browser asks for, what the installation speaks.

use axum::{
    body::Body,
    http::{Request, header::ACCEPT_LANGUAGE},
};
use portcullis::config::Language;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{
    browser::Browser,
    server::{Answer, Server},
    texts,
};

async fn open_in(browser: &mut Browser, accepted: &str, uri: &str) -> Answer {
    browser.request(Request::get(uri).header(ACCEPT_LANGUAGE, accepted).body(Body::empty()).unwrap()).await
}

fn assert_language(answer: &Answer, tag: &str, words: &str) {
    assert!(answer.body.contains(&format!("<html lang=\"{tag}\">")), "{tag}: {}", answer.body);
    assert!(answer.body.contains(words), "{tag} without {words}: {}", answer.body);
    for key in texts::keys() {
        assert!(!answer.body.contains(&format!(">{key}<")), "{tag}: {key} has no text");
    }
}

#[sqlx::test]
async fn every_page_speaks_the_language_that_the_browser_asks_for(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    for (accepted, tag, words) in [
        (
            "en-GB",
            "en",
            ["Sign in", "Accessibility", "There is no such page", "cannot be accepted", "You are signed out"],
        ),
        (
            "cy, en;q=0.8",
            "cy",
            ["Mewngofnodi", "Hygyrchedd", "Nid oes tudalen", "Ni ellir derbyn y cais", "Rydych wedi allgofnodi"],
        ),
        (
            "fr, mi-NZ;q=0.9, en;q=0.8",
            "mi",
            ["Takiuru", "Āheitanga", "Kāore he whārangi", "Kāore e taea te whakaae", "Kua takiputa"],
        ),
    ] {
        let pages = ["/sign-in", "/accessibility", "/nowhere", "/oauth2/authorize?client_id=nobody", "/sign-out"];
        for (uri, words) in pages.into_iter().zip(words) {
            assert_language(&open_in(&mut server.browser(), accepted, uri).await, tag, words);
        }
        assert_language(&open_in(&mut server.browser(), accepted, "/").await, tag, "/sign-in");
    }
}

/// Core §3.1.2.1: `ui_locales`
#[sqlx::test]
async fn the_client_speaks_first_then_the_browser_then_the_installation(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start_with(options, |settings| settings.language = Language::Cy).await;
    let mut browser = server.browser();

    let asked = browser.authorize(&[("ui_locales", "fr-CA mi-NZ en")]).await;
    assert_language(&asked.answer, "mi", "Takiuru");
    assert_language(&open_in(&mut browser, "en", &asked.uri).await, "mi", "Takiuru");

    let unknown = browser.authorize(&[("ui_locales", "fr de")]).await;
    assert_language(&unknown.answer, "cy", "Mewngofnodi");
    assert_language(&open_in(&mut browser, "en", &unknown.uri).await, "en", "Sign in");
    assert_language(&open_in(&mut browser, "fr", &unknown.uri).await, "cy", "Mewngofnodi");
}

/// What somebody chooses on a page goes before all of that, and stays.
#[sqlx::test]
async fn a_person_chooses_their_language_on_any_page(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let asked = browser.authorize(&[("ui_locales", "mi")]).await;
    for offered in ["Cymraeg", "English"] {
        assert!(asked.answer.body.contains(offered), "{}", asked.answer.body);
    }

    let chosen = browser.submit("/language", &[("language", "cy"), ("to", &asked.uri)]).await;

    assert_eq!(chosen.uri, asked.uri, "back to the page");
    assert_language(&chosen.answer, "cy", "Mewngofnodi");
    let consent = browser.sign_in(&chosen, "alice").await;
    assert_language(&consent.answer, "cy", "yn gofyn am fynediad");
    assert_language(&open_in(&mut browser, "mi", "/accessibility").await, "cy", "Hygyrchedd");
    let page = browser.submit("/language", &[("language", "en"), ("to", "/accessibility")]).await;
    assert_language(&page.answer, "en", "Accessibility");

    for (language, to) in [("fr", "/"), ("cy", "https://thief.example/"), ("cy", "//thief.example"), ("", "")] {
        let refused = browser.submit("/language", &[("language", language), ("to", to)]).await;
        assert_eq!(refused.answer.status, 400, "{language} {to}");
        assert_language(&refused.answer, "en", "error-id");
    }
}

#[sqlx::test]
async fn consent_and_the_way_back_speak_the_language_of_the_request(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();

    let sign_in = browser.authorize(&[("ui_locales", "cy"), ("response_mode", "form_post")]).await;
    let consent = browser.sign_in(&sign_in, "alice").await;
    assert_language(&consent.answer, "cy", "yn gofyn am fynediad i’ch cyfrif");
    assert!(consent.answer.body.contains("Darllen eich cyfeiriad e-bost"), "{}", consent.answer.body);

    let returning = browser.consent(&consent, "allow").await;
    assert_language(&returning.answer, "cy", "Dychwelyd i <bdi>");
}

#[sqlx::test]
async fn what_is_wrong_is_said_in_the_language_of_the_page(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let mut browser = server.browser();
    let page = browser.authorize(&[("ui_locales", "mi")]).await;

    let refused = browser.submit(&page.uri, &[("username", "alice"), ("password", "wrong")]).await;

    assert_language(&refused.answer, "mi", "He raruraru");
    assert!(refused.answer.body.contains("<title>Hapa: Takiuru"), "{}", refused.answer.body);
}

#[sqlx::test]
async fn discovery_names_the_languages(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    let document = server.get("/.well-known/openid-configuration").await.json();

    assert_eq!(document["ui_locales_supported"], serde_json::json!(["en", "cy", "mi"]));
}
