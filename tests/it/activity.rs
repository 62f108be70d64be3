//! What people see of what happened to their account: everything that concerns them.

use portcullis::{
    pages::account::activity::EVENTS,
    registry::{
        factors::reset,
        users::{self, UserSettings},
    },
    store,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{
    audit::event_names,
    server::{Server, admin},
};

/// Events about a person that they are deliberately not shown, each with why.
const NOT_SHOWN: [(&str, &str); 8] = [
    ("session.raised", "it belongs to a sign-in, which is shown"),
    ("factor.used", "the same; one that failed is shown"),
    ("code.issued", "what an application does with what it was given, which is shown"),
    ("code.redeemed", "the same"),
    ("token.refreshed", "the same"),
    ("pkce.challenge_reused", "for whoever develops the application"),
    ("logout.not_delivered", "for whoever runs the server"),
    ("user.erased", "nobody is left to see it"),
];

/// Events about something else than a person, or about one whom nobody knows yet.
const OF_OTHERS: [&str; 20] = [
    "api.",
    "authorization.refused",
    "branding.",
    "client.",
    "code.refused",
    "code.replayed",
    "consent.denied",
    "defence.",
    "everything.revoked",
    "form.",
    "key.",
    "master_key.",
    "recovery.requested",
    "redirect.",
    "refresh_token.",
    "registration.requested",
    "role.",
    "server.",
    "token.issued",
    "token.revoked",
];

/// A new event about people must be put into one of the lists, and one that is gone out of it.
#[test]
fn a_person_sees_every_event_that_concerns_them() {
    let written = event_names().into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    assert!(written.len() > 80, "{written:?}");
    let shown = |name: &str| EVENTS.iter().any(|(event, _)| event.split(':').next() == Some(name));
    let not_shown = |name: &str| NOT_SHOWN.iter().any(|(event, _)| *event == name);
    let of_others =
        |name: &str| OF_OTHERS.iter().any(|one| name == *one || one.ends_with('.') && name.starts_with(one));
    let forgotten = written.iter().filter(|name| !shown(name) && !not_shown(name) && !of_others(name));
    assert_eq!(forgotten.collect::<Vec<_>>(), [""; 0], "say in EVENTS how it is told, or here why not");

    let is_written = |name: &str| written.iter().any(|one| one == name) || ["sign_in", "sign_out"].contains(&name);
    let listed =
        EVENTS.iter().map(|(event, _)| event.split(':').next().unwrap()).chain(NOT_SHOWN.map(|(name, _)| name));
    assert_eq!(listed.filter(|name| !is_written(name)).collect::<Vec<_>>(), [""; 0], "nothing writes it");
    assert!(NOT_SHOWN.iter().all(|(name, _)| !EVENTS.iter().any(|(event, _)| event == name)), "in both lists");
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
