//! The page of a user, and what they are told of what is done there.

use portcullis::{
    accounts::users::{self, UserSettings},
    store,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::signed_in;
use crate::{
    mail,
    server::{Server, admin},
};

const ADDRESS: &str = "bob@people.example";

async fn with_address(server: &Server) -> String {
    let bob = store::users::find_named(&server.db, "bob").await.unwrap().unwrap();
    let settings = UserSettings { email: Some(ADDRESS.into()), email_verified: true, ..UserSettings::from(&bob) };
    users::update(&server.app, &admin(), bob.user_id, bob.revision, &settings).await.unwrap();
    format!("/admin/users/{}", bob.user_id)
}

/// Both sides know: the user by mail and in their recent activity, the administrator by the page.
#[sqlx::test]
async fn a_user_is_told_what_an_administrator_did(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let path = with_address(&server).await;
    let mut theirs = server.browser();
    let page = theirs.open("/account/activity").await;
    theirs.sign_in(&page, "bob").await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let told = async || {
        let mails = mail::waiting(&server, ADDRESS).await;
        mails.into_iter().map(|mail| mail.text).collect::<Vec<_>>()
    };
    assert!(!told().await.iter().any(|text| text.contains("An administrator")), "a new address is no act of theirs");

    for (form, field, mail) in [
        ("sessions", ("end", "all"), "An administrator ended sign-ins to your account"),
        ("enabled", ("enabled", "false"), "An administrator disabled your account"),
        ("enabled", ("enabled", "true"), "An administrator enabled your account"),
    ] {
        let page = browser.submit(&format!("{path}/{form}"), &[field]).await;
        assert!(page.answer.body.contains("The user is told by mail."), "{form}: {}", page.answer.body);
        let mails = told().await;
        assert_eq!(mails.iter().filter(|text| text.contains(mail)).count(), 1, "{mail}: {mails:?}");
    }
    browser.submit(&format!("{path}/enabled"), &[("enabled", "true")]).await;
    let again = told().await.iter().filter(|text| text.contains("enabled your account")).count();
    assert_eq!(again, 1, "nothing changed, so there is nothing to tell");

    let bob = store::users::find_named(&server.db, "bob").await.unwrap().unwrap();
    let settings = UserSettings { roles: vec![], ..UserSettings::from(&bob) };
    users::update(&server.app, &admin(), bob.user_id, bob.revision, &settings).await.unwrap();
    assert!(told().await.iter().any(|text| text.contains("changed the roles of your account")), "roles");
    users::delete(&server.app, &admin(), bob.user_id).await.unwrap();
    users::restore(&server.app, &admin(), bob.user_id).await.unwrap();
    assert!(told().await.iter().any(|text| text.contains("restored your account")), "restored");
}

/// Who ends their own sessions need not be told.
#[sqlx::test]
async fn nobody_is_mailed_what_they_did_themselves(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    with_address(&server).await;
    let mut theirs = server.browser();
    let page = theirs.open("/account/sessions").await;
    theirs.sign_in(&page, "bob").await;

    theirs.submit("/account/sessions", &[("end", "others")]).await;

    let mails = mail::waiting(&server, ADDRESS).await;
    assert!(!mails.iter().any(|mail| mail.text.contains("An administrator")));
}

#[sqlx::test]
async fn the_page_of_a_user_says_when_they_came_and_what_their_roles_give(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let path = format!("/admin/users/{}", server.user_id("alice").await);
    let before = browser.open(&path).await.answer.body;
    assert!(before.contains("None that is on record"), "{before}");
    server.browser().obtain_code().await;

    let page = browser.open(&path).await.answer.body;

    assert!(!page.contains("None that is on record"), "{page}");
    let registry = server.snapshot().await;
    let alice = store::users::find_named(&server.db, "alice").await.unwrap().unwrap();
    for name in &alice.roles {
        assert!(page.contains(&format!("<a href=\"/admin/roles/{name}\">{name}</a>")), "{name}: {page}");
        let api = registry.registry().apis().find(|api| !api.scopes.is_empty()).unwrap();
        assert!(page.contains(&format!("at {}", api.name)), "{page}");
    }
    assert!(page.contains(">alice</bdi></a> signed in"), "{page}");
}
