//! The admin API as programs use it.

mod access;
mod accounts;
mod changes;
mod idempotency;
mod people;

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use portcullis::{
    admin_api::operations,
    policy::{change::Change, new_client::NewClient, permission::Permission},
    protocol::{client::ClientType, client_id_url::ClientIdUrl, client_metadata::ClientMetadata, scope::Scope},
    registry::{self, clients},
    store,
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::server::{Answer, Server, admin};

/// A service client with these permissions, and its token for our own API.
pub struct Machine {
    pub client_id: String,
    secret: String,
    pub token: String,
}

impl Machine {
    pub async fn new(server: &Server, permissions: impl IntoIterator<Item = Permission>) -> Self {
        let (client_id, secret) = Self::registered(server, permissions).await;
        let mut machine = Self { client_id, secret, token: String::new() };
        machine.token = machine.new_token(server).await;
        machine
    }

    /// Its id and its secret.
    pub async fn registered(server: &Server, permissions: impl IntoIterator<Item = Permission>) -> (String, String) {
        let scopes = Scope::from_names(permissions.into_iter().map(Permission::scope)).unwrap();
        let metadata =
            ClientMetadata { name: "A machine".into(), scopes, ..ClientMetadata::of_type(ClientType::Service) };
        let created = clients::create(&server.app, &admin(), NewClient::from(metadata)).await.unwrap();
        (created.client.client_id, created.secret.unwrap().expose().to_owned())
    }

    pub async fn new_token(&self, server: &Server) -> String {
        let basic = Some((self.client_id.as_str(), self.secret.as_str()));
        let form = [("grant_type", "client_credentials"), ("resource", "urn:portcullis:api")];
        let answer = server.post_with_secret("/oauth2/token", basic, &form).await;
        answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned()
    }

    /// A request with this token. `headers`: others than those that each request has.
    pub async fn call(&self, server: &Server, route: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let (method, path) = route.split_once(' ').unwrap();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        };
        server.send(request.body(body).unwrap()).await
    }

    pub async fn ask(&self, server: &Server, route: &str, body: Value) -> Answer {
        self.call(server, route, &[], body).await
    }
}

/// One that may do everything.
pub async fn mighty(server: &Server) -> Machine {
    Machine::new(server, Permission::ALL.iter().copied()).await
}

fn status(answer: &Answer) -> u16 {
    answer.status.as_u16()
}

pub fn problem(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.body);
    let json = answer.json();
    assert_eq!(json["status"], status(answer));
    assert_eq!(json["type"], format!("urn:portcullis:problem:{}", json["code"].as_str().unwrap()));
    (status(answer), json["code"].as_str().unwrap().to_owned())
}

fn a_service() -> Value {
    json!({ "client_name": "Nightly", "type": "service", "scope": "records:read" })
}

#[sqlx::test]
async fn a_client_lives_by_the_api(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;

    let registered = machine.ask(&server, "POST /clients", a_service()).await;
    let client = registered.json();
    let id = client["client_id"].as_str().unwrap();
    let secret = client["client_secret"].as_str().unwrap();
    assert_eq!((status(&registered), registered.header("etag")), (201, "\"1\""), "{}", registered.body);
    assert_eq!(registered.header("location"), format!("/api/v1/clients/{id}"));
    let by = |secret: &str| {
        let basic = (id.to_owned(), secret.to_owned());
        let server = server.clone();
        async move {
            let form = [("grant_type", "client_credentials")];
            server.post_with_secret("/oauth2/token", Some((&basic.0, &basic.1)), &form).await.status.as_u16()
        }
    };
    assert_eq!(by(secret).await, 200, "it works at once");

    let one = format!("/clients/{id}");
    let shown = machine.ask(&server, &format!("GET {one}"), Value::Null).await;
    assert!(!shown.body.contains(secret) && shown.json()["client_secret"].is_null());
    let mut edited = shown.json();
    edited["client_name"] = "Hourly".into();
    let unconditional = machine.ask(&server, &format!("PUT {one}"), edited.clone()).await;
    assert_eq!(problem(&unconditional), (428, "if_match_required".into()));
    let saved =
        machine.call(&server, &format!("PUT {one}"), &[("if-match", shown.header("etag"))], edited.clone()).await;
    assert_eq!((status(&saved), saved.header("etag")), (200, "\"2\""), "{}", saved.body);
    assert_eq!(saved.json()["client_name"], "Hourly");
    let late = machine.call(&server, &format!("PUT {one}"), &[("if-match", "\"1\"")], edited).await;
    assert_eq!(problem(&late), (412, "outdated".into()));
    assert_eq!(late.json()["changed"], json!(["client_name"]), "{}", late.body);
    assert_eq!(late.json()["changed_by"], format!("client:{}", machine.client_id));

    let rotated = machine.ask(&server, &format!("POST {one}/secrets"), json!({})).await.json();
    assert_eq!((by(secret).await, by(rotated["client_secret"].as_str().unwrap()).await), (401, 200));
    let named = machine.ask(&server, &format!("POST {one}/secrets"), json!({ "name": "night" })).await.json();
    let named = named["client_secret"].as_str().unwrap();
    assert_eq!((by(named).await, by(rotated["client_secret"].as_str().unwrap()).await), (200, 200), "side by side");
    let shown = machine.ask(&server, &format!("GET {one}"), Value::Null).await.json();
    let secrets = shown["secrets"].as_array().unwrap();
    let ends = secrets.iter().find(|secret| secret["name"] == "night").unwrap()["secret_id"].as_str().unwrap();
    let end = format!("DELETE {one}/secrets/{ends}");
    assert_eq!(status(&machine.ask(&server, &end, Value::Null).await), 204);
    assert_eq!((by(named).await, problem(&machine.ask(&server, &end, Value::Null).await).0), (401, 404));
    let disabled = machine.ask(&server, &format!("POST {one}/disable"), Value::Null).await;
    assert_eq!((status(&disabled), &disabled.json()["enabled"]), (200, &json!(false)));
    assert_eq!(status(&machine.ask(&server, &format!("POST {one}/enable"), Value::Null).await), 200);
    assert_eq!(status(&machine.ask(&server, &format!("DELETE {one}"), Value::Null).await), 204);
    assert_eq!(problem(&machine.ask(&server, &format!("GET {one}"), Value::Null).await), (404, "unknown".into()));
    let event = "select actor from audit_events where event = 'client.deleted' and client_id = $1";
    let actor: String = sqlx::query_scalar(event).bind(id).fetch_one(&server.db).await.unwrap();
    assert_eq!(actor, format!("client:{}", machine.client_id));
}

#[sqlx::test]
async fn apis_roles_and_users_live_by_it_too(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    let labs = json!({ "identifier": "urn:labs", "name": "Labs", "scopes": { "labs:read": "See results" } });
    let nurse = json!({ "name": "nurse", "description": "Nurses", "scopes": ["labs:read"] });
    let vera = json!({ "username": "vera", "email": "vera@people.example", "roles": ["nurse"] });

    for (list, new, change) in [
        ("/apis", labs, ("name", json!("Laboratories"))),
        ("/roles", nurse, ("description", json!("All nurses"))),
        ("/users", vera, ("email", json!("vera@other.example"))),
    ] {
        let added = machine.ask(&server, &format!("POST {list}"), new.clone()).await;
        assert_eq!((status(&added), added.header("etag")), (201, "\"1\""), "{}", added.body);
        let one = added.header("location").strip_prefix("/api/v1").unwrap().to_owned();
        let mut thing = machine.ask(&server, &format!("GET {one}"), Value::Null).await.json();
        thing[change.0] = change.1.clone();
        let saved = machine.call(&server, &format!("PUT {one}"), &[("if-match", "\"1\"")], thing.clone()).await;
        assert_eq!((status(&saved), &saved.json()[change.0]), (200, &change.1), "{}", saved.body);
        let late = machine.call(&server, &format!("PUT {one}"), &[("if-match", "\"1\"")], thing.clone()).await;
        assert_eq!(problem(&late), (412, "outdated".into()));
        thing["unheard_of"] = true.into();
        let odd = machine.call(&server, &format!("PUT {one}"), &[("if-match", "\"2\"")], thing).await;
        assert_eq!(problem(&odd), (400, "malformed".into()));
        let twice = machine.ask(&server, &format!("POST {list}"), new).await;
        assert_eq!(problem(&twice), (422, "invalid".into()));
        assert_eq!(twice.json()["errors"][0]["code"], "taken", "{}", twice.body);
        if list == "/users" {
            let disabled = machine.ask(&server, &format!("POST {one}/disable"), Value::Null).await;
            assert_eq!((status(&disabled), &disabled.json()["enabled"]), (200, &json!(false)));
            assert_eq!(status(&machine.ask(&server, &format!("POST {one}/enable"), Value::Null).await), 200);
            assert_eq!(status(&machine.ask(&server, &format!("DELETE {one}"), Value::Null).await), 204);
            let restored = machine.ask(&server, &format!("POST {one}/restore"), Value::Null).await;
            assert_eq!((status(&restored), &restored.json()["deleted_at"]), (200, &Value::Null), "{}", restored.body);
        }
    }
    for one in ["/roles/nurse", "/roles/none"] {
        machine.ask(&server, &format!("DELETE {one}"), Value::Null).await;
        assert_eq!(status(&machine.ask(&server, &format!("GET {one}"), Value::Null).await), 404);
    }
}

/// What is wrong is told by the names of the fields, all at once; what cannot be read is told too.
#[sqlx::test]
async fn what_is_wrong_is_told_by_its_field(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    let wrong = json!({ "client_name": "", "type": "web", "redirect_uris": ["nowhere"], "scope": "un:heard" });
    let answer = machine.ask(&server, "POST /clients", wrong).await;
    assert_eq!(problem(&answer), (422, "invalid".into()));
    let fields =
        answer.json()["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect::<Vec<_>>();
    assert!(fields.len() >= 3 && fields.contains(&json!("redirect_uris")), "{fields:?}");

    let raw = |content_type: &'static str, body: &'static str| {
        let request = Request::post("/api/v1/roles")
            .header("authorization", format!("Bearer {}", machine.token))
            .header("content-type", content_type);
        server.send(request.body(Body::from(body)).unwrap())
    };
    assert_eq!(problem(&raw("text/plain", "{}").await), (415, "not_json".into()));
    for body in ["", "[]", "{", "{\"name\":\"a\",\"name\":\"b\"}", "\u{0}", "{\"scopes\":1}"] {
        assert_eq!(problem(&raw("application/json", body).await), (400, "malformed".into()), "{body}");
    }
    for query in ["limit=0", "limit=201", "limit=x", "limit=1&limit=2", "other=1", "after=x", "q=%", "q=%00"] {
        let answer = machine.ask(&server, &format!("GET /clients?{query}"), Value::Null).await;
        assert_eq!(problem(&answer), (400, "malformed".into()), "{query}");
    }
    for path in
        ["/clients/%00", "/apis/no-uuid", "/users/no-uuid", "/roles/%00", "/nothing", "/clients/a/b/c", "/clients/%FF"]
    {
        let answer = machine.ask(&server, &format!("GET {path}"), Value::Null).await;
        assert_eq!(problem(&answer), (404, "unknown".into()), "{path}");
    }
    assert_eq!(problem(&machine.ask(&server, "PATCH /clients", Value::Null).await), (405, "no_such_method".into()));
}

#[sqlx::test]
async fn lists_come_in_pages_that_miss_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    for (list, id, table) in [
        ("/clients", "client_id", "clients"),
        ("/apis", "api_id", "apis"),
        ("/roles", "name", "roles"),
        ("/users", "user_id", "users"),
    ] {
        let (mut seen, mut path) = (BTreeSet::new(), format!("{list}?limit=2"));
        loop {
            let answer = machine.ask(&server, &format!("GET {path}"), Value::Null).await;
            let page = answer.json();
            let items = page["items"].as_array().unwrap_or_else(|| panic!("{}", answer.body));
            assert!((1..=2).contains(&items.len()), "{list}");
            for item in items {
                assert!(seen.insert(item[id].as_str().unwrap().to_owned()), "{list}: {item} comes twice");
            }
            let Some(next) = page["next"].as_str() else { break };
            assert_eq!(answer.header("link"), format!("<{next}>; rel=\"next\""));
            path = next.strip_prefix("/api/v1").unwrap().to_owned();
        }
        let count = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        let there: i64 = sqlx::query_scalar(count).fetch_one(&server.db).await.unwrap();
        assert_eq!(i64::try_from(seen.len()).unwrap(), there, "{list}");
    }
    let found = machine.ask(&server, "GET /users?q=ALI", Value::Null).await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
}

/// The id of a client that describes itself is a URL: one segment of the path.
#[sqlx::test]
async fn an_id_that_is_a_url_is_one_part_of_a_path(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    let id = "https://agent.example/client.json";
    let metadata = ClientMetadata {
        name: "Agent".into(),
        redirect_uris: vec!["http://127.0.0.1/callback".parse().unwrap()],
        ..ClientMetadata::of_type(ClientType::Native)
    };
    let described = Change::DescribeClient { url: ClientIdUrl::parse(id).unwrap(), metadata: Box::new(metadata) };
    registry::make(&server.app, &admin(), described).await.unwrap();
    let path = "/clients/https%3A%2F%2Fagent.example%2Fclient.json";

    let shown = machine.ask(&server, &format!("GET {path}"), Value::Null).await;
    let disabled = machine.ask(&server, &format!("POST {path}/disable"), Value::Null).await;
    let first = machine.ask(&server, "GET /clients?q=agent.example&limit=1", Value::Null).await;

    assert_eq!((shown.json()["client_id"].as_str(), status(&shown)), (Some(id), 200), "{}", shown.body);
    assert_eq!((status(&disabled), &disabled.json()["enabled"]), (200, &json!(false)), "{}", disabled.body);
    assert_eq!(first.json()["items"][0]["client_id"], id);
}

/// A client that may change what it may not list is told what it changed.
#[sqlx::test]
async fn who_may_only_write_sees_what_it_wrote(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let writer = Machine::new(&server, [Permission::ClientsWrite, Permission::Unattended]).await;
    let made = writer.ask(&server, "POST /clients", a_service()).await;
    let disable = format!("POST /clients/{}/disable", made.json()["client_id"].as_str().unwrap());
    let disabled = writer.ask(&server, &disable, Value::Null).await;
    assert_eq!((status(&made), status(&disabled)), (201, 200), "{}", disabled.body);
    assert_eq!(status(&writer.ask(&server, "GET /clients", Value::Null).await), 403);
}

/// The document, the table of operations and the scopes in the database are one.
#[sqlx::test]
async fn the_document_describes_what_there_is(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let document = server.get("/api/v1/openapi.json").await.json();

    assert_eq!(document["openapi"], "3.1.0");
    for operation in operations::ALL {
        let described = &document["paths"][operation.path][operation.method];
        assert_eq!(described["operationId"], operation.id);
        let scope = operation.permission.map(Permission::scope);
        assert_eq!(described["security"][0]["oauth2"][0].as_str(), scope.as_deref(), "{}", operation.id);
    }
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
    let api =
        store::apis::all(&server.db).await.unwrap().into_iter().find(|api| api.identifier == "urn:portcullis:api");
    let scopes = Permission::ALL.iter().map(|one| (one.scope(), one.meaning().to_owned())).collect();
    assert_eq!(api.unwrap().scopes, scopes);
}
