//! The console as an administrator uses it.

mod client_page;
mod exporting;
mod forms;
mod home;
mod impact;
mod import;
mod lists;
mod picking;
mod recent;
mod reference;
mod requests;
mod searching;
mod secrets;
mod selecting;
mod sessions;
mod sign_in_test;
mod undoing;
mod unsent;
mod user_page;
mod why;

use axum::http::StatusCode;
use portcullis::{
    accounts::users::{self, UserSettings},
    store::{
        self,
        audit_events::{self, Filter, RecordedEvent},
        clients::{self, Sought},
        span::Span,
    },
    web::page::GROUPS,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{
    browser::{Browser, Page, VERIFIER},
    server::{PASSWORD, Server, WEB_CALLBACK, admin},
};

pub async fn signed_in(server: &Server, username: &str) -> (Browser, Page) {
    let mut browser = server.browser();
    let form = [("username", username), ("password", PASSWORD)];
    let mut page = browser.submit("/admin/sign-in", &form).await;
    if page.has_form("second-factor") {
        page = browser.submit(&page.uri, &[("code", &server.code())]).await;
    }
    (browser, page)
}

/// Gives somebody the role that administers beside those that they have.
pub async fn make_administrator(server: &Server, username: &str) {
    let user = store::users::find_named(&server.db, username).await.unwrap().unwrap();
    let mut settings = UserSettings::from(&user);
    settings.roles.push("administrator".into());
    users::update(&server.app, &admin(), user.user_id, user.revision, &settings).await.unwrap();
}

/// What stands in the element with this id.
fn element<'a>(page: &'a Page, id: &str) -> &'a str {
    let (_, rest) = page.answer.body.split_once(&format!("id=\"{id}\">")).unwrap_or_default();
    rest.split('<').next().unwrap()
}

fn revision(page: &Page) -> String {
    let (_, rest) = page.answer.body.split_once("name=\"revision\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// A client's settings as the form sends them.
fn client_form(name: &str) -> Vec<(&str, &str)> {
    vec![
        ("client_name", name),
        ("type", "service"),
        ("scope", "records:read"),
        ("token_endpoint_auth_method", "client_secret_basic"),
    ]
}

#[sqlx::test]
async fn only_administrators_come_in(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;

    assert_eq!(server.browser().open("/admin/clients").await.path(), "/admin/sign-in");
    let (mut alice, refused) = signed_in(&server, "alice").await;
    assert_eq!(refused.answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(alice.open("/admin/keys").await.path(), "/admin/sign-in");
    let (mut browser, page) = signed_in(&server, "admin").await;
    assert_eq!((page.uri.as_str(), page.answer.status), ("/admin", StatusCode::OK));
    assert_eq!(browser.submit("/admin/sign-out", &[]).await.path(), "/admin/sign-in");
    assert_eq!(browser.open("/admin/keys").await.path(), "/admin/sign-in");
}

/// AD-13
#[sqlx::test]
async fn who_loses_the_role_is_out_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    make_administrator(&server, "bob").await;
    let root = store::users::find_named(&server.db, "admin").await.unwrap().unwrap();
    let visitor = UserSettings { roles: vec!["visitor".into()], ..UserSettings::from(&root) };

    users::update(&server.app, &admin(), root.user_id, root.revision, &visitor).await.unwrap();

    assert_eq!(browser.open("/admin/clients").await.path(), "/admin/sign-in");
}

#[sqlx::test]
async fn every_screen_opens(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let api = server.snapshot().await.registry().apis().next().unwrap().api_id;
    let alice = store::users::find_named(&server.db, "alice").await.unwrap().unwrap().user_id;

    for path in [
        "/admin",
        "/admin/clients?q=web&type=web",
        "/admin/clients/new",
        "/admin/clients/web",
        "/admin/clients/service/edit",
        "/admin/clients/web/delete",
        "/admin/apis",
        "/admin/apis/new",
        &format!("/admin/apis/{api}"),
        &format!("/admin/apis/{api}/edit"),
        &format!("/admin/apis/{api}/delete"),
        "/admin/roles",
        "/admin/roles/new",
        "/admin/roles/patient",
        "/admin/roles/patient/delete",
        "/admin/users?q=ALI",
        "/admin/users/new",
        &format!("/admin/users/{alice}"),
        &format!("/admin/users/{alice}/edit"),
        &format!("/admin/users/{alice}/delete"),
        "/admin/search?q=alice",
        "/admin/sessions?q=admin&for=console&by=code&factor=some",
        "/admin/sessions?q=127.0.0.1&idle=10&sort=created",
        "/admin/networks",
        "/admin/networks?network=203.0.113.7",
        "/admin/security",
        "/admin/security?over=day",
        "/admin/branding",
        "/admin/keys",
        "/admin/audit?event=client&from=2020-01-01&to=2099-12-31",
    ] {
        let page = browser.open(path).await;
        assert_eq!(page.answer.status, StatusCode::OK, "{path}");
    }
    for path in ["/admin/clients/nobody", "/admin/apis/new2", "/admin/roles/nobody", "/admin/users/nobody"] {
        assert_eq!(browser.open(path).await.answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for malformed in ["from=yesterday", "from=-9999-01-01", "to=1999-12-31", "from=%"] {
        let page = browser.open(&format!("/admin/audit?{malformed}")).await;
        assert_eq!(page.answer.status, StatusCode::BAD_REQUEST, "{malformed}");
        assert!(page.answer.body.contains("<h1"), "{malformed}: {}", page.answer.body);
    }
    let shown = |over: &str| format!("<a href=\"/admin/security{over}\" aria-current=\"page\">");
    for over in ["", "?over=day"] {
        let page = browser.open(&format!("/admin/security{over}")).await;
        assert!(page.answer.body.contains(&shown(over)), "{over}: {}", page.answer.body);
    }
}

/// Where a link of the rail leads, the heading is what the link said, and the rail says that one is there.
#[sqlx::test]
async fn each_part_of_the_console_is_headed_as_its_link_says(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    for section in GROUPS.iter().flat_map(|group| group.sections) {
        let html = browser.open(section.path()).await.answer.body;

        assert!(html.contains(&format!("<h1>{}</h1>", section.name())), "{section:?}");
        assert!(html.contains(&format!("<a href=\"{}\" aria-current=\"true\">", section.path())), "{section:?}");
        assert!(html.contains(&format!("href=\"#icon-{}\"", section.icon())), "{section:?}");
    }
}

#[sqlx::test]
async fn a_user_is_deleted_and_restored(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let alice = server.user_id("alice").await;
    let path = format!("/admin/users/{alice}");
    let user = async || store::users::find(&server.db, alice).await.unwrap().unwrap();
    let sign_in = [("username", "alice"), ("password", PASSWORD)];

    let wrong = browser.submit(&format!("{path}/delete"), &[("confirmation", "bob")]).await;
    assert_eq!((wrong.answer.status.as_u16(), user().await.deleted_at), (422, None));

    let deleted = browser.submit(&format!("{path}/delete"), &[("confirmation", "alice")]).await;
    assert_eq!(deleted.uri, format!("{path}?done=user-deleted"));
    assert!(deleted.has_form("restore") && user().await.deleted_at.is_some());
    assert_eq!(server.browser().submit("/sign-in", &sign_in).await.answer.status, StatusCode::UNPROCESSABLE_ENTITY);

    let restored = browser.submit(&format!("{path}/restore"), &[]).await;
    assert_eq!(restored.uri, format!("{path}?done=restored"));
    let alice = user().await;
    assert_eq!((alice.deleted_at, alice.enabled), (None, false), "whoever brings them back decides when they come in");
}

#[sqlx::test]
async fn a_client_is_registered_and_its_secret_shown_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;

    let page = browser.submit("/admin/clients/new", &client_form("Nightly")).await;

    assert_eq!(page.answer.status, StatusCode::OK, "{}", page.answer.body);
    let secret = element(&page, "client-secret");
    let clients =
        clients::page(&server.db, Sought { text: Some("Nightly"), ..Sought::default() }, Span::by_name(None, 2))
            .await
            .unwrap();
    let [client] = &clients[..] else { panic!("one client is registered") };
    let form = [("grant_type", "client_credentials")];
    let token = server.post_with_secret("/oauth2/token", Some((&client.client_id, secret)), &form).await;
    assert_eq!(token.status, StatusCode::OK, "{}", token.body);
    let again = browser.submit("/admin/stored", &[("path", page.path())]).await;
    assert!(!again.answer.body.contains(secret));
    let events = audit_events::list(&server.db, &Filter::default(), 100).await.unwrap();
    assert!(!format!("{events:?}").contains(secret), "the record holds no secret");
    let of_client = |event: &&RecordedEvent| event.client_id.as_deref() == Some(&client.client_id);
    let created = events.iter().filter(of_client).find(|event| event.event == "client.created").unwrap();
    assert!(created.actor.as_deref().unwrap().starts_with("user:"));
}

#[sqlx::test]
async fn a_rotated_secret_works_beside_the_old_one(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let form = [("grant_type", "client_credentials")];

    let page = browser.submit("/admin/clients/service/secrets", &[("overlap", "3600")]).await;
    let new = element(&page, "client-secret");

    let with_new = async || server.post_with_secret("/oauth2/token", Some(("service", new)), &form).await.status;
    assert_eq!(with_new().await, StatusCode::OK);
    assert_eq!(server.token(Some("service"), &form).await.status, StatusCode::OK);
    server.advance(time::Duration::minutes(61)).await;
    assert_eq!(with_new().await, StatusCode::OK);
    assert_eq!(server.token(Some("service"), &form).await.status, StatusCode::UNAUTHORIZED);
}

#[sqlx::test]
async fn a_disabled_client_gets_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let form = [("grant_type", "client_credentials")];

    browser.submit("/admin/clients/service/enabled", &[("enabled", "false")]).await;
    assert_eq!(server.token(Some("service"), &form).await.status, StatusCode::UNAUTHORIZED);

    browser.submit("/admin/clients/service/enabled", &[("enabled", "true")]).await;
    assert_eq!(server.token(Some("service"), &form).await.status, StatusCode::OK);
}

#[sqlx::test]
async fn nothing_is_deleted_until_its_name_is_typed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let uri = "/admin/clients/service/delete";

    let wrong = browser.submit(uri, &[("confirmation", "service")]).await;
    assert_eq!(wrong.answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(server.client("service").await.is_some());

    let right = browser.submit(uri, &[("confirmation", "The service client")]).await;
    assert_eq!(right.uri, "/admin/clients?done=deleted");
    assert!(server.client("service").await.is_none());
}

#[sqlx::test]
async fn who_loses_a_role_loses_what_it_gave(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let code = server.browser().obtain_code().await;
    let redeemed = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", WEB_CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let tokens = server.token(Some("web"), &redeemed).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(server.introspect(token).await["active"], true);
    let alice = store::users::find_named(&server.db, "alice").await.unwrap().unwrap().user_id;
    let uri = format!("/admin/users/{alice}/edit");
    let seen = revision(&browser.open(&uri).await);

    let saved = browser.submit(&uri, &[("email", "alice@people.example"), ("revision", &seen)]).await;

    assert_eq!(saved.uri, format!("/admin/users/{alice}?done=saved"));
    assert_eq!(server.introspect(token).await["active"], false);
}

#[sqlx::test]
async fn the_last_administrator_stays(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let root = store::users::find_named(&server.db, "admin").await.unwrap().unwrap().user_id;

    let page = browser.submit(&format!("/admin/users/{root}/enabled"), &[("enabled", "false")]).await;

    assert_eq!(page.answer.status, StatusCode::CONFLICT);
    assert!(store::users::find(&server.db, root).await.unwrap().unwrap().enabled);
}

#[sqlx::test]
async fn keys_are_rotated_and_withdrawn(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (mut browser, _) = signed_in(&server, "admin").await;
    let old_token = server.service_token().await;
    let kids = async || {
        let all = store::signing_keys::all(&server.db).await.unwrap();
        let of = |state: &str| {
            let found = all.iter().find(|key| key.alg.as_str() == "ES256" && key.state == state);
            found.map(|key| key.kid.clone())
        };
        (of("next"), of("active"), of("retiring"))
    };
    let (next, active, _) = kids().await;

    let page = browser.submit("/admin/keys/rotate", &[("alg", "ES256")]).await;

    assert_eq!(page.answer.status, StatusCode::OK);
    let (newest, now_active, retiring) = kids().await;
    assert_eq!((now_active, retiring), (next.clone(), active));
    assert!(newest.is_some() && newest != next);
    assert_eq!(server.introspect(&old_token).await["active"], true, "what the old key signed still holds");
    assert_eq!(server.introspect(&server.service_token().await).await["active"], true);

    let path = format!("/admin/keys/{}/withdraw", next.unwrap());
    assert!(browser.open(&path).await.has_form("withdraw"));
    let token = server.service_token().await;
    assert_eq!(browser.submit(&path, &[("confirmation", "")]).await.answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(server.introspect(&token).await["active"], true);
    let page = browser.submit(&path, &[("confirmation", &path["/admin/keys/".len()..][..8])]).await;
    assert_eq!(page.uri, "/admin/keys?done=withdrawn");
    assert_eq!(server.introspect(&token).await["active"], false);
    assert_eq!(kids().await.1, newest);
}
