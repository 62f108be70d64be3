//! Tokens that somebody signed in for: what counts is the scope of the token, what its client is registered for and what the
//! user's offices permit, at the moment of the change.

use axum::http::Request;
use portcullis::{
    accounts::{
        consents,
        users::{self, UserSettings},
    },
    model::{office::Office, registry::Role},
    policy::{new_client::NewClient, permission::Permission},
    protocol::{assurance::Level, client::ClientType, client_metadata::ClientMetadata},
    registry::{clients, roles},
    store,
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::Duration;

use super::{Machine, problem};
use crate::{
    browser::{Browser, Page, VERIFIER},
    console::make_administrator,
    late::in_halves,
    server::{Answer, Server, Tokens, admin, claims},
};

const CALLBACK: &str = "http://127.0.0.1/callback";
const ALL: &str = "openid offline_access portcullis:clients:read portcullis:clients:write portcullis:clients:own \
    portcullis:roles:read portcullis:roles:write portcullis:users:read portcullis:users:write portcullis:unattended";

/// A client of this name that people administer with.
async fn register(server: &Server, client_id: &str, scopes: &str) {
    let metadata = ClientMetadata {
        name: "Command line".into(),
        redirect_uris: vec![CALLBACK.parse().unwrap()],
        scopes: scopes.parse().unwrap(),
        ..ClientMetadata::of_type(ClientType::Native)
    };
    let new = NewClient { client_id: Some(client_id.into()), ..NewClient::from(metadata) };
    clients::create(&server.app, &admin(), new).await.unwrap();
}

/// Where `admin` comes to who wants to use a client, with all proofs.
async fn come(server: &Server, browser: &mut Browser, (client_id, scope): (&str, &str), more: &[(&str, &str)]) -> Page {
    let asked = [("client_id", client_id), ("redirect_uri", CALLBACK), ("scope", scope)];
    let mut page = browser.authorize(&[&asked, more].concat()).await;
    if page.has_form("sign-in") {
        page = browser.sign_in(&page, "admin").await;
    }
    if page.has_form("second-factor") {
        page = browser.submit(&page.uri, &[("code", &server.code())]).await;
    }
    if page.has_form("consent") {
        page = browser.consent(&page, "allow").await;
    }
    page
}

async fn redeem(server: &Server, form: &[(&str, &str)]) -> Tokens {
    let form = [&[("client_id", "cli"), ("resource", "urn:portcullis:api")], form].concat();
    Tokens::of(&server.token(None, &form).await)
}

/// What `admin` gets who signs in to the command line.
async fn tokens(server: &Server) -> Tokens {
    let page = come(server, &mut server.browser(), ("cli", ALL), &[]).await;
    let code = [("grant_type", "authorization_code"), ("code", &page.code()), ("code_verifier", VERIFIER)];
    redeem(server, &code).await
}

async fn signed_in(server: &Server) -> Machine {
    register(server, "cli", ALL).await;
    Machine { client_id: "cli".into(), secret: String::new(), token: tokens(server).await.access }
}

/// Gives `admin` this role in the place of the one that administers.
async fn demote(server: &Server, office: Office) {
    make_administrator(server, "bob").await;
    let role = Role {
        name: "lesser".into(),
        description: String::new(),
        office: Some(office),
        required_level: Level::Aal1,
        scopes: [].into(),
        revision: 1,
    };
    roles::create(&server.app, &admin(), role).await.unwrap();
    let user = store::users::find_named(&server.db, "admin").await.unwrap().unwrap();
    let settings = UserSettings { roles: vec!["lesser".into()], ..UserSettings::from(&user) };
    users::update(&server.app, &admin(), user.user_id, user.revision, &settings).await.unwrap();
}

fn a_role(name: &str) -> Value {
    json!({ "name": name, "description": "Nurses" })
}

fn asked(answer: &Answer) -> u16 {
    answer.status.as_u16()
}

#[sqlx::test]
async fn who_administers_does_so_through_a_client_that_does_nothing_else(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let person = signed_in(&server).await;
    let user_id = server.user_id("admin").await;

    assert!(!claims(&person.token)["scope"].as_str().unwrap().contains("unattended"), "people prove anew who they are");
    assert_eq!(asked(&person.ask(&server, "GET /clients", Value::Null).await), 200);
    let registered = person.ask(&server, "POST /clients", super::a_service()).await;
    assert_eq!((asked(&registered), &registered.json()["owner"]), (201, &json!(user_id)), "{}", registered.body);
    let actor = "select actor from audit_events where event = 'client.created' order by event_id desc limit 1";
    let actor: String = sqlx::query_scalar(actor).fetch_one(&server.db).await.unwrap();
    assert_eq!(actor, format!("user:{user_id}"));
    let beyond = person.ask(&server, "GET /keys", Value::Null).await;
    assert_eq!(
        (problem(&beyond), &beyond.json()["scope"]),
        ((403, "insufficient_scope".into()), &json!("portcullis:keys:read"))
    );
}

/// The separation of duties makes an exception for those clients, and for no session that came of one.
#[sqlx::test]
async fn other_applications_stay_closed_to_who_administers(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    register(&server, "cli", ALL).await;
    register(&server, "mixed", "openid records:read portcullis:clients:read").await;
    let mut browser = server.browser();
    assert!(come(&server, &mut browser, ("cli", ALL), &[]).await.uri.starts_with(CALLBACK));
    for client in ["web", "mixed"] {
        let redirect = if client == "web" { crate::server::WEB_CALLBACK } else { CALLBACK };
        let page = browser.authorize(&[("client_id", client), ("redirect_uri", redirect), ("scope", "openid")]).await;
        assert!(page.has_form("sign-in"), "{client}: {}", page.uri);
        let page = browser.sign_in(&page, "admin").await;
        assert_eq!((page.answer.status.as_u16(), page.has_form("sign-in")), (422, true), "{client}");
    }

    // A client that becomes an application loses what it had of them.
    let tokens = tokens(&server).await;
    server.change_client("cli", |metadata| metadata.scopes = format!("{ALL} records:read").parse().unwrap()).await;
    let refused = server.get_with_token("/api/v1/clients", &tokens.access).await;
    assert_eq!(problem(&refused), (401, "invalid_token".into()));
    let refreshed = [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh), ("client_id", "cli")];
    assert_eq!(server.token(None, &refreshed).await.refusal(), (400, "invalid_grant".into()));
}

/// RFC 9470: where the console asks for a recent sign-in, so does the API.
#[sqlx::test]
async fn what_asks_for_a_recent_proof_asks_people_to_sign_in_anew(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    register(&server, "cli", ALL).await;
    let first = tokens(&server).await;
    server.advance(Duration::minutes(6)).await;
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", first.refresh.as_str())];
    let token = redeem(&server, &refresh).await.access;
    let person = Machine { client_id: "cli".into(), secret: String::new(), token };

    assert_eq!(asked(&person.ask(&server, "GET /roles", Value::Null).await), 200);
    let disabled = person.ask(&server, "POST /clients/web/disable", Value::Null).await;
    assert_eq!(asked(&disabled), 200, "{}", disabled.body);
    for (route, body) in [
        ("POST /roles", a_role("nurse")),
        ("POST /changes", json!({ "changes": [{ "operation": "addRole", "body": a_role("nurse") }] })),
    ] {
        let refused = person.ask(&server, route, body).await;
        assert_eq!(problem(&refused), (401, "insufficient_user_authentication".into()), "{route}");
        let challenge = refused.header("www-authenticate");
        assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
        assert!(challenge.contains("max_age=\"300\""), "{challenge}");
        assert_eq!(refused.json()["max_age"], 300);
    }

    let page = come(&server, &mut server.browser(), ("cli", ALL), &[("max_age", "300")]).await;
    let code = [("grant_type", "authorization_code"), ("code", &page.code()), ("code_verifier", VERIFIER)];
    let person = Machine { token: redeem(&server, &code).await.access, ..person };
    assert_eq!(asked(&person.ask(&server, "POST /roles", a_role("nurse")).await), 201);
}

/// A token that was made before somebody lost an office does nothing that the office permitted, nor does a new one.
#[sqlx::test]
async fn an_office_that_is_taken_away_is_gone_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let person = signed_in(&server).await;

    demote(&server, Office::UserManager).await;

    let refused = person.ask(&server, "GET /roles", Value::Null).await;
    assert_eq!(problem(&refused), (401, "invalid_token".into()), "its grants were revoked");
    let person = Machine { token: tokens(&server).await.access, ..person };
    assert_eq!(asked(&person.ask(&server, "GET /roles", Value::Null).await), 200);
    let refused = person.ask(&server, "POST /roles", a_role("nurse")).await;
    assert_eq!(problem(&refused), (403, "insufficient_scope".into()), "user managers do not write roles");
    let root = server.user_id("bob").await;
    let refused = person.ask(&server, &format!("POST /users/{root}/disable"), Value::Null).await;
    assert_eq!(problem(&refused), (403, "insufficient_scope".into()), "nobody takes over who holds more");
}

/// Who sees only clients of their own sees no others, and may change these.
#[sqlx::test]
async fn an_owner_of_clients_sees_these(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let person = signed_in(&server).await;
    demote(&server, Office::ClientOwner).await;
    let person = Machine { token: tokens(&server).await.access, ..person };
    let registered = person
        .ask(&server, "POST /clients", json!({ "client_name": "Mine", "type": "service", "scope": "records:read" }))
        .await;
    assert_eq!(asked(&registered), 201, "{}", registered.body);

    let list = person.ask(&server, "GET /clients", Value::Null).await.json();
    let names = list["items"].as_array().unwrap().iter().map(|client| &client["client_name"]).collect::<Vec<_>>();
    assert_eq!(names, ["Mine"]);
    assert_eq!(problem(&person.ask(&server, "GET /clients/web", Value::Null).await), (404, "unknown".into()));
    let disable = |id: &str| format!("POST /clients/{id}/disable");
    let own = registered.json()["client_id"].as_str().unwrap().to_owned();
    assert_eq!(asked(&person.ask(&server, &disable(&own), Value::Null).await), 200);
    assert_eq!(problem(&person.ask(&server, &disable("web"), Value::Null).await), (404, "unknown".into()));
}

/// Whatever a token rests on may end between the head of a request and its body.
#[sqlx::test]
async fn what_ends_in_between_ends_the_change(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    register(&server, "cli", ALL).await;
    let user_id = server.user_id("admin").await;
    let endings: [(&str, u16); 4] = [("the grant", 403), ("the client", 403), ("the scope", 403), ("the office", 403)];
    for (what, status) in endings {
        let token = tokens(&server).await.access;
        let ending = async {
            match what {
                "the grant" => consents::withdraw(&server.app, &admin(), user_id, "cli").await.unwrap(),
                "the client" => {
                    clients::set_enabled(&server.app, &admin(), "cli", false).await.unwrap();
                    clients::set_enabled(&server.app, &admin(), "cli", true).await.unwrap();
                }
                "the scope" => {
                    let gone = Permission::RolesWrite.scope();
                    let without = ALL.split_whitespace().filter(|one| *one != gone).collect::<Vec<_>>().join(" ");
                    server.change_client("cli", |metadata| metadata.scopes = without.parse().unwrap()).await;
                }
                _ => demote(&server, Office::UserManager).await,
            }
        };
        let other = server.clone();
        let send = |body| async move {
            let request = Request::post("/api/v1/roles").header("authorization", format!("Bearer {token}"));
            other.send(request.header("content-type", "application/json").body(body).unwrap()).await
        };
        let answer = in_halves("/api/v1/roles", a_role("nurse").to_string(), send, ending).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.body);
        assert!(store::roles::find(&server.db, "nurse").await.unwrap().is_none(), "{what}");
        if what == "the scope" {
            server.change_client("cli", |metadata| metadata.scopes = ALL.parse().unwrap()).await;
        }
    }
}

/// What keeps people to their networks at the console does so here; programs by themselves may come from elsewhere.
#[sqlx::test]
async fn people_come_from_the_networks_of_the_console(_: PgPoolOptions, options: PgConnectOptions) {
    let narrow = |settings: &mut portcullis::app::Settings| {
        settings.defence.console_networks = vec!["192.0.2.0/24".parse().unwrap()];
    };
    let server = Server::start_with(options, narrow).await;
    let person = signed_in(&server).await;
    let program = Machine::new(&server, [Permission::ClientsRead]).await;

    let refused = person.ask(&server, "GET /clients", Value::Null).await;

    assert_eq!(problem(&refused), (403, "network_refused".into()));
    assert_eq!(asked(&program.ask(&server, "GET /clients", Value::Null).await), 200);
}

/// Requests of each caller are counted by themselves.
#[sqlx::test]
async fn each_caller_has_a_limit_of_its_own(_: PgPoolOptions, options: PgConnectOptions) {
    let slow = |settings: &mut portcullis::app::Settings| settings.defence.rates.api = 1;
    let server = Server::start_with(options, slow).await;
    let [one, other] = [Machine::new(&server, [Permission::ClientsRead]).await, signed_in(&server).await];
    let mut last = one.ask(&server, "GET /clients", Value::Null).await;
    for _ in 0..100 {
        if asked(&last) != 200 {
            break;
        }
        last = one.ask(&server, "GET /clients", Value::Null).await;
    }
    assert_eq!(problem(&last), (429, "too_many_requests".into()));
    assert!(!last.header("retry-after").is_empty());
    assert_eq!(asked(&other.ask(&server, "GET /clients", Value::Null).await), 200);
}
