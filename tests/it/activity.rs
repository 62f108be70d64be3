//! What users see of what happened to their account.

use std::{collections::BTreeSet, fs};

use crate::server::{Server, admin};
use portcullis::{
    accounts::{
        factors::reset,
        users::{self, UserSettings},
    },
    config::Language,
    policy::event::Event,
    store,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// Every event that users see has its words in every language, and there are no others.
#[test]
fn the_words_of_events_are_those_of_the_events_that_users_see() {
    let needed = Event::ALL.iter().filter_map(|event| event.words()).collect::<BTreeSet<_>>();
    assert!(needed.len() > 25, "{needed:?}");
    for language in Language::ALL {
        let path = format!("{}/locales/{}/events.ftl", env!("CARGO_MANIFEST_DIR"), language.tag());
        let texts = fs::read_to_string(path).unwrap();
        let keys = texts.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect::<BTreeSet<_>>();
        assert_eq!(keys, needed, "{}", language.tag());
    }
}

/// What administrators did to an account is told as what it is.
#[sqlx::test]
async fn what_administrators_do_is_told_in_words(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let of = async |name: &str| {
        let mut browser = server.browser();
        let page = browser.open("/account/activity").await;
        browser.sign_in(&page, name).await.answer.body
    };
    let bob = store::users::find_named(&server.db, "bob").await.unwrap().unwrap();
    let both = UserSettings { email: Some("bob@work.example".into()), roles: vec![], ..UserSettings::from(&bob) };
    let details = UserSettings { email_verified: true, ..both.clone() };
    for (n, settings) in [&both, &details].into_iter().enumerate() {
        let revision = bob.revision + i32::try_from(n).unwrap();
        users::update(&server.app, &admin(), bob.user_id, revision, settings).await.unwrap();
    }
    reset(&server.app, &admin(), bob.user_id).await.unwrap();

    let told = of("bob").await;

    for what in [
        "The email address was changed. Your roles were changed.",
        "The account was changed.",
        "Every way to sign in but the password was taken away.",
    ] {
        assert!(told.contains(&format!("{what} An administrator did this.")), "{what}: {told}");
    }
    assert!(!of("alice").await.contains("Your roles were changed."), "his own only");
}
