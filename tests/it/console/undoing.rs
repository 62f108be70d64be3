//! A change that was made is put back: its form holds what there was before, and whoever looks at it saves it.

use portcullis::{accounts::users, model::office::Office, registry::clients};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{revision, signed_in};
use crate::{
    browser::{Browser, Page},
    offices::at_console,
    server::{RECORDS, Server, admin},
};

/// Where a link of the page leads that says this.
fn link(page: &Page, words: &str) -> Option<String> {
    let (before, _) = page.answer.body.split_once(&format!("\">{words}</a>"))?;
    Some(before.rsplit_once("href=\"").unwrap().1.replace("&#38;", "&"))
}

/// What the form holds in a field of one line.
fn value<'a>(page: &'a Page, name: &str) -> &'a str {
    let (_, rest) = page.answer.body.split_once(&format!("name=\"{name}\"")).unwrap();
    rest.split_once("value=\"").unwrap().1.split('"').next().unwrap()
}

fn is_ticked(page: &Page, name: &str, value: &str) -> bool {
    let boxes = page.answer.body.split("<input").filter(|tag| tag.contains(&format!("name=\"{name}")));
    boxes
        .filter(|tag| tag.contains(&format!("value=\"{value}\"")))
        .any(|tag| tag.split('>').next().unwrap().contains("checked"))
}

async fn newest_event(server: &Server, event: &str) -> String {
    let newest = "select event_id::text from audit_events where event = $1 order by event_id desc limit 1";
    sqlx::query_scalar(newest).bind(event).fetch_one(&server.db).await.unwrap()
}

async fn put_back(browser: &mut Browser, page: &Page, words: &str) -> Page {
    let link = link(page, words).unwrap_or_else(|| panic!("no {words}: {}", page.answer.body));
    let form = browser.open(&link).await;
    assert!(form.answer.body.contains("id=\"put-back\""), "{link}: {}", form.answer.body);
    form
}

#[sqlx::test]
async fn a_client_is_as_it_was_but_for_what_others_changed_since(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    server.change_client("web", |client| client.scopes = "openid records:read".parse().unwrap()).await;
    let uri = "/admin/clients/web/edit";
    let seen = revision(&browser.open(uri).await);
    let edit = [("client_name", "Renamed"), ("scope", "openid"), ("revision", &seen), ("sure", "yes")];
    let saved = browser.submit(uri, &edit).await;
    assert!(link(&saved, "Undo").is_some(), "{}", saved.answer.body);
    server.change_client("web", |client| client.client_uri = Some("https://new.example/".into())).await;

    let form = put_back(&mut browser, &saved, "Undo").await;
    assert_eq!((value(&form, "client_name"), value(&form, "client_uri")), ("The web client", "https://new.example/"));
    assert!(is_ticked(&form, "scope", "records:read") && is_ticked(&form, "scope", "openid"), "{}", form.answer.body);
    assert_eq!(server.client("web").await.unwrap().name, "Renamed", "nothing is saved by looking");
    let reloaded = browser.open(&link(&saved, "Undo").unwrap()).await;
    assert_eq!(value(&reloaded, "client_name"), "The web client");

    let event = browser.open(&format!("/admin/audit/{}", newest_event(&server, "client.updated").await)).await;
    assert!(link(&event, "Change it back…").is_some(), "{}", event.answer.body);
    let later = browser.open("/admin/clients/web?done=saved").await;
    assert!(link(&later, "Undo").is_none(), "the newest change is somebody else's: {}", later.answer.body);
}

#[sqlx::test]
async fn apis_roles_and_users_are_put_back_too(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let records = server.snapshot().await.registry().apis().find(|api| api.identifier == RECORDS).unwrap().clone();
    let uri = format!("/admin/apis/{}/edit", records.api_id);
    let seen = revision(&browser.open(&uri).await);
    let saved =
        browser.submit(&uri, &[("name", "Renamed"), ("revision", &seen), ("access_token_lifetime", "120")]).await;
    let form = put_back(&mut browser, &saved, "Undo").await;
    assert_eq!((value(&form, "name"), value(&form, "access_token_lifetime")), (records.name.as_str(), ""));

    let seen = revision(&browser.open("/admin/roles/visitor").await);
    let edit = [("description", "Renamed"), ("scopes", "records:read"), ("revision", &seen), ("sure", "yes")];
    let before = server.snapshot().await.registry().role("visitor").unwrap().clone();
    let saved = browser.submit("/admin/roles/visitor", &edit).await;
    let form = put_back(&mut browser, &saved, "Undo").await;
    assert_eq!(value(&form, "description"), before.description);
    assert!(!is_ticked(&form, "scopes", "records:read"), "{}", form.answer.body);

    let alice = server.user_id("alice").await;
    let uri = format!("/admin/users/{alice}/edit");
    let page = browser.open(&uri).await;
    let (seen, email) = (revision(&page), value(&page, "email").to_owned());
    let saved = browser.submit(&uri, &[("email", &email), ("roles", "visitor"), ("revision", &seen)]).await;
    let form = put_back(&mut browser, &saved, "Undo").await;
    assert!(is_ticked(&form, "roles", "patient") && !is_ticked(&form, "roles", "visitor"), "{}", form.answer.body);
}

#[sqlx::test]
async fn only_a_change_of_the_thing_itself_is_put_back(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    server.change_client("web", |client| client.client_uri = Some("https://new.example/".into())).await;
    let event = newest_event(&server, "client.updated").await;

    let there = browser.open(&format!("/admin/clients/web/edit?undo={event}")).await;
    assert_eq!(value(&there, "client_uri"), "");
    for (uri, status) in [
        (format!("/admin/clients/spa/edit?undo={event}"), 404),
        (format!("/admin/roles/visitor?undo={event}"), 404),
        ("/admin/clients/web/edit?undo=00000000-0000-0000-0000-000000000000".to_owned(), 404),
        ("/admin/clients/web/edit?undo=x".to_owned(), 404),
    ] {
        assert_eq!(browser.open(&uri).await.answer.status, status, "{uri}");
    }
    clients::set_enabled(&server.app, &admin(), "web", false).await.unwrap();
    let page = browser.open(&format!("/admin/audit/{}", newest_event(&server, "client.disabled").await)).await;
    assert!(link(&page, "Change it back…").is_none(), "the page of the client switches it: {}", page.answer.body);
    let mut auditor = at_console(&server, Office::Auditor).await;
    let page = auditor.open(&format!("/admin/audit/{event}")).await;
    assert_eq!(page.answer.status, 200);
    assert!(link(&page, "Change it back…").is_none(), "{}", page.answer.body);
}

/// The page of a user says who gave each role, and when.
#[sqlx::test]
async fn a_role_says_who_gave_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let bob = server.user_id("bob").await;
    let uri = format!("/admin/users/{bob}/edit");
    let page = browser.open(&uri).await;
    let (seen, email) = (revision(&page), value(&page, "email").to_owned());
    browser.submit(&uri, &[("email", &email), ("roles", "visitor"), ("roles", "patient"), ("revision", &seen)]).await;

    let page = browser.open(&format!("/admin/users/{bob}")).await.answer.body;
    let row = page.split("<tr>").find(|row| row.contains("/admin/roles/patient")).unwrap();
    assert!(row.contains("by <bdi>admin</bdi>"), "{row}");
    let user = portcullis::store::users::find(&server.db, bob).await.unwrap().unwrap();
    let settings = users::UserSettings { roles: vec!["patient".into()], ..users::UserSettings::from(&user) };
    users::update(&server.app, &admin(), bob, user.revision, &settings).await.unwrap();
    let page = browser.open(&format!("/admin/users/{bob}")).await.answer.body;
    let row = page.split("<tr>").find(|row| row.contains("/admin/roles/patient")).unwrap();
    assert!(row.contains("by <bdi>admin</bdi>"), "who took another away did not give this one: {row}");
}
