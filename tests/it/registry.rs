//! What administrators change: with its record or not at all, on every node, and never into a state without a way back.

use crate::{
    server::{RECORDS, Server, admin, secret_of},
    tokens,
};
use portcullis::{
    accounts::users::{self, UserSettings},
    policy::new_client::NewClient,
    protocol::{client::ClientType, client_metadata::ClientMetadata},
    registry::{ChangeError, apis, clients},
    secret::Secret,
    store::{
        audit_events::{self, Filter, RecordedEvent},
        clients as stored_clients, users as stored_users,
    },
};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;
use uuid::Uuid;

/// A service as an administrator would register it, with the secret that a test client of this name has.
pub fn a_service(client_id: &str) -> NewClient {
    NewClient {
        client_id: Some(client_id.into()),
        client_secret: Some(Secret::presented(&secret_of(client_id))),
        ..NewClient::from(ClientMetadata {
            name: format!("The {client_id} client"),
            scopes: "records:read".parse().unwrap(),
            ..ClientMetadata::of_type(ClientType::Service)
        })
    }
}

async fn newest_event(server: &Server) -> RecordedEvent {
    audit_events::list(&server.db, &Filter::default(), 1).await.unwrap().remove(0)
}

async fn metadata(server: &Server, client_id: &str) -> (i32, ClientMetadata) {
    let client = stored_clients::find(&server.db, client_id).await.unwrap().unwrap();
    (client.revision, client.metadata)
}

async fn user_id(server: &Server, username: &str) -> Uuid {
    let sql = "select user_id from users where username = $1";
    sqlx::query_scalar(sql).bind(username).fetch_one(&server.db).await.unwrap()
}

async fn token_of(server: &Server, client: &str) -> (u16, String) {
    let answer = server.token(Some(client), &[("grant_type", "client_credentials")]).await;
    (answer.status.as_u16(), answer.json()["access_token"].as_str().unwrap_or_default().to_owned())
}

async fn is_active(server: &Server, token: &str) -> bool {
    server.post("/oauth2/introspect", Some("monitor"), &[("token", token)]).await.json()["active"] == true
}

#[sqlx::test]
async fn each_change_of_a_client_is_recorded_with_what_was_and_what_is(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let name =
        |value: &Option<Value>| value.as_ref().map(|value| value["client_name"].as_str().unwrap_or("-").to_owned());
    let recorded = async |server: &Server| {
        let event = newest_event(server).await;
        assert_eq!((event.client_id.as_deref(), event.actor.as_deref()), (Some("fresh"), Some("cli")));
        assert!(!format!("{event:?}").contains(&secret_of("fresh")));
        (event.event, name(&event.before), name(&event.after))
    };
    let text = |text: &str| Some(text.to_owned());

    clients::create(&server.app, &admin(), a_service("fresh")).await.unwrap();
    assert_eq!(recorded(&server).await, ("client.created".into(), None, text("The fresh client")));

    let (revision, mut changed) = metadata(&server, "fresh").await;
    changed.name = "Newer".into();
    clients::update(&server.app, &admin(), "fresh", revision, &changed).await.unwrap();
    assert_eq!(recorded(&server).await, ("client.updated".into(), text("The fresh client"), text("Newer")));

    clients::rotate_secret(&server.app, &admin(), "fresh", Duration::ZERO).await.unwrap();
    assert_eq!(recorded(&server).await, ("client.secret_rotated".into(), text("-"), text("-")));
    for (enabled, event) in [(false, "client.disabled"), (true, "client.enabled")] {
        clients::set_enabled(&server.app, &admin(), "fresh", enabled).await.unwrap();
        assert_eq!(recorded(&server).await, (event.into(), text("-"), text("-")));
    }
    clients::delete(&server.app, &admin(), "fresh").await.unwrap();
    assert_eq!(recorded(&server).await, ("client.deleted".into(), text("Newer"), None));
}

/// AD-16: the second of two administrators learns of the first.
#[sqlx::test]
async fn ad_16_a_change_of_what_has_changed_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (revision, client) = metadata(&server, "service").await;
    let alice = user_id(&server, "alice").await;
    let user = stored_users::find(&server.db, alice).await.unwrap().unwrap();

    clients::update(&server.app, &admin(), "service", revision, &client).await.unwrap();
    users::update(&server.app, &admin(), alice, user.revision, &UserSettings::from(&user)).await.unwrap();

    let second = clients::update(&server.app, &admin(), "service", revision, &client).await;
    assert!(matches!(second, Err(ChangeError::Outdated(_))), "{second:?}");
    let second = users::update(&server.app, &admin(), alice, user.revision, &UserSettings::from(&user)).await;
    assert!(matches!(second, Err(ChangeError::Outdated(_))), "{second:?}");
}

/// AD-16 as a race: of several at once, one changes it.
#[sqlx::test]
async fn ad_16_of_changes_at_once_one_wins(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let (revision, _) = metadata(&server, "service").await;

    let changes = (0..6).map(|n| {
        let server = server.clone();
        tokio::spawn(async move {
            let (_, mut changed) = metadata(&server, "service").await;
            changed.name = format!("Name {n}");
            clients::update(&server.app, &admin(), "service", revision, &changed).await.is_ok()
        })
    });
    let mut winners = 0;
    for change in changes.collect::<Vec<_>>() {
        winners += usize::from(change.await.unwrap());
    }

    assert_eq!(winners, 1);
}

/// AD-12: whatever they do at once, somebody can still administer.
#[sqlx::test]
async fn ad_12_the_last_administrator_stays(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let first = user_id(&server, "admin").await;
    let alone = users::set_enabled(&server.app, &admin(), first, false).await;
    assert!(matches!(alone, Err(ChangeError::NotPermitted(_))), "{alone:?}");
    let demoted = UserSettings { username: "admin".into(), ..UserSettings::default() };
    let alone = users::update(&server.app, &admin(), first, 1, &demoted).await;
    assert!(matches!(alone, Err(ChangeError::NotPermitted(_))), "{alone:?}");
    let settings =
        UserSettings { username: "second".into(), roles: vec!["administrator".into()], ..UserSettings::default() };
    let second = users::create(&server.app, &admin(), &settings, None).await.unwrap().user_id;

    for _ in 0..10 {
        let disable = |id| {
            let server = server.clone();
            tokio::spawn(async move { users::set_enabled(&server.app, &admin(), id, false).await.is_ok() })
        };
        let (one, other) = (disable(first), disable(second));
        let disabled = [one.await.unwrap(), other.await.unwrap()];
        assert_ne!(disabled, [true, true]);
        for id in [first, second] {
            users::set_enabled(&server.app, &admin(), id, true).await.unwrap();
        }
    }
}

#[sqlx::test]
async fn a_disabled_client_is_dead_on_every_node(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let second = server.second_node().await;
    let of_service = server.service_token().await;
    let of_alice = tokens::of_alice(&server).await;
    let access = of_alice["access_token"].as_str().unwrap();
    let mut browser = server.browser();
    let code = browser.obtain_code().await;

    for client in ["service", "web"] {
        clients::set_enabled(&server.app, &admin(), client, false).await.unwrap();
    }
    second.app.refresh().await.unwrap();

    for node in [&server, &second] {
        assert_eq!(token_of(node, "service").await.0, 401);
        assert!(!is_active(node, &of_service).await && !is_active(node, access).await);
        assert_eq!(node.get_with_token("/oauth2/userinfo", access).await.status, 401);
        assert_eq!(tokens::redeem(node, &code).await.refusal(), (401, "invalid_client".into())); // CO-12
        assert_eq!(tokens::refresh(node, of_alice["refresh_token"].as_str().unwrap()).await.status, 401);
        assert_eq!(node.browser().authorize(&[]).await.answer.status, 400);
    }
}

/// Enabling a client again does not bring back what it had.
#[sqlx::test]
async fn what_was_disabled_stays_dead(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let of_alice = tokens::of_alice(&server).await;
    let code = server.browser().obtain_code().await;

    for enabled in [false, true] {
        clients::set_enabled(&server.app, &admin(), "web", enabled).await.unwrap();
    }

    assert!(!is_active(&server, of_alice["access_token"].as_str().unwrap()).await);
    assert!(!is_active(&server, of_alice["refresh_token"].as_str().unwrap()).await);
    assert_eq!(tokens::redeem(&server, &code).await.refusal(), (400, "invalid_grant".into()));
    assert_eq!(tokens::of_person(&server, "alice", "openid").await["token_type"], "Bearer", "new ones work");
}

/// AD-15: the name of a client that was deleted gives its successor nothing.
#[sqlx::test]
async fn ad_15_a_client_with_an_old_name_is_a_new_client(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    clients::create(&server.app, &admin(), a_service("reborn")).await.unwrap();
    let (_, old) = token_of(&server, "reborn").await;
    let of_alice = tokens::of_alice(&server).await;
    let code = server.browser().obtain_code().await;
    let (_, web) = metadata(&server, "web").await;
    server.advance(Duration::seconds(20)).await;

    clients::delete(&server.app, &admin(), "reborn").await.unwrap();
    assert!(!is_active(&server, &old).await);
    clients::create(&server.app, &admin(), a_service("reborn")).await.unwrap();
    clients::delete(&server.app, &admin(), "web").await.unwrap();
    let web = NewClient {
        client_secret: Some(Secret::presented(&secret_of("web"))),
        client_id: Some("web".into()),
        ..web.into()
    };
    clients::create(&server.app, &admin(), web).await.unwrap();

    assert!(!is_active(&server, &old).await, "an old token of the old client");
    assert!(is_active(&server, &token_of(&server, "reborn").await.1).await);
    for name in ["access_token", "refresh_token"] {
        assert!(!is_active(&server, of_alice[name].as_str().unwrap()).await, "{name}");
    }
    assert_eq!(tokens::redeem(&server, &code).await.refusal(), (400, "invalid_grant".into()));
    assert!(server.browser().obtain("alice", &[("scope", "openid")]).await.redirected().contains_key("code"));
}

/// RF-11, RF-12: a refresh gives what may be given now.
#[sqlx::test]
async fn a_client_that_lost_a_scope_gets_it_no_more(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let tokens = tokens::of_alice(&server).await;
    let (revision, mut web) = metadata(&server, "web").await;
    web.scopes = web.scopes.filtered(|scope| scope != "records:read");

    clients::update(&server.app, &admin(), "web", revision, &web).await.unwrap();

    let refreshed = tokens::refresh(&server, tokens["refresh_token"].as_str().unwrap()).await.json();
    assert!(!refreshed["scope"].as_str().unwrap().contains("records:read"), "{refreshed}");
}

/// An API that is removed takes its scopes with it, and who spoke for it learns nothing more.
#[sqlx::test]
async fn a_removed_api_has_no_tokens(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let token = server.service_token().await;
    let records = server.snapshot().await.registry().apis().find(|api| api.identifier == RECORDS).unwrap().api_id;

    apis::delete(&server.app, &admin(), records).await.unwrap();

    assert_eq!(newest_event(&server).await.event, "api.deleted");
    let answer = server.token(Some("service"), &[("grant_type", "client_credentials")]).await;
    assert_eq!(answer.refusal(), (400, "invalid_scope".into()));
    assert_eq!(server.introspect(&token).await["active"], false);
}
