//! Several changes in one request: all of them, or none.

use portcullis::policy::permission::Permission;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{Machine, mighty, problem};
use crate::{
    mail,
    server::{Answer, Server},
};

async fn make(server: &Server, machine: &Machine, changes: Value) -> Answer {
    machine.ask(server, "POST /changes", json!({ "changes": changes })).await
}

async fn count(server: &Server, what: &'static str) -> i64 {
    sqlx::query_scalar(what).fetch_one(&server.db).await.unwrap()
}

/// An API, a role with its scope, a client with its scope, and a user with the role.
fn a_department() -> Vec<Value> {
    vec![
        json!({ "operation": "registerApi", "body": {
            "identifier": "urn:labs", "name": "Labs", "scopes": { "labs:read": "See results" },
        } }),
        json!({ "operation": "addRole", "body": { "name": "nurse", "description": "Nurses", "scopes": ["labs:read"] } }),
        json!({ "operation": "registerClient", "body": {
            "client_id": "labs", "client_name": "Laboratory", "type": "service", "scope": "labs:read",
        } }),
        json!({ "operation": "addUser", "body": {
            "username": "vera", "email": "vera@people.example", "roles": ["nurse"],
        } }),
    ]
}

#[sqlx::test]
async fn several_changes_are_made_together(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    let version = "select version from registry_version";
    let before = count(&server, version).await;

    let made = make(&server, &machine, a_department().into()).await;

    assert_eq!(made.status, 200, "{}", made.body);
    let answers = made.json()["answers"].clone();
    assert_eq!(answers[0]["identifier"], "urn:labs");
    assert_eq!(answers[1]["scopes"], json!(["labs:read"]));
    assert_eq!((&answers[3]["username"], &answers[3]["revision"]), (&json!("vera"), &json!(1)));
    assert_eq!(count(&server, version).await, before + 1, "in one transaction");
    let basic = Some(("labs", answers[2]["client_secret"].as_str().unwrap()));
    let form = [("grant_type", "client_credentials")];
    assert_eq!(server.post_with_secret("/oauth2/token", basic, &form).await.status, 200, "it works at once");
    assert!(mail::link(&server, "vera@people.example").await.starts_with("/invitation/"), "the mails go with it");

    let edited = json!([
        { "operation": "replaceClient", "id": "labs", "revision": 1, "body": {
            "client_name": "Lab", "type": "service", "scope": "labs:read",
        } },
        { "operation": "disableClient", "id": "labs" },
        { "operation": "replaceRole", "id": "nurse", "revision": 1, "body": { "description": "None" } },
        { "operation": "giveClient", "id": "labs", "body": { "owner": answers[3]["user_id"] } },
        { "operation": "deleteRole", "id": "nurse" },
        { "operation": "deleteUser", "id": answers[3]["user_id"] },
    ]);
    let made = make(&server, &machine, edited).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let answers = made.json()["answers"].clone();
    assert_eq!((&answers[0]["client_name"], &answers[1]["enabled"]), (&json!("Lab"), &json!(false)));
    assert_eq!([&answers[2], &answers[4], &answers[5]], [&Value::Null; 3], "what is gone is shown as nothing");
}

/// What is wrong with one of them is told with its place and field, and nothing is left of the others.
#[sqlx::test]
async fn if_one_is_refused_none_is_made(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    let events = "select count(*) from audit_events where actor like 'client:%' and event <> 'token.issued'";
    let before = count(&server, events).await;
    for (wrong, status, code, field) in [
        (json!({ "operation": "addRole", "body": { "name": "nurse" } }), 422, "invalid", "name"),
        (
            json!({ "operation": "registerClient", "body": { "client_name": "", "type": "service" } }),
            422,
            "invalid",
            "client_name",
        ),
        (json!({ "operation": "deleteRole", "id": "none" }), 404, "unknown", ""),
        (json!({ "operation": "replaceRole", "id": "patient", "body": {} }), 422, "invalid", "revision"),
        (json!({ "operation": "replaceRole", "id": "patient", "revision": 99, "body": {} }), 412, "outdated", ""),
        (json!({ "operation": "rotateSecret", "id": "web" }), 422, "invalid", "operation"),
        (json!({ "operation": "listClients" }), 422, "invalid", "operation"),
        (json!({ "operation": "giveClient", "id": "labs", "body": {} }), 422, "invalid", "owner"),
        (json!({ "operation": "disableUser", "id": "nobody" }), 404, "unknown", ""),
        (json!({ "operation": "addRole", "body": {}, "other": 1 }), 400, "malformed", ""),
        (json!({ "id": "x" }), 400, "malformed", ""),
    ] {
        let mut changes = a_department();
        changes.push(wrong.clone());
        let refused = make(&server, &machine, changes.into()).await;
        assert_eq!(problem(&refused), (status, code.into()), "{wrong}: {}", refused.body);
        assert_eq!(refused.json()["change"], 4, "{wrong}");
        assert_eq!(refused.json()["errors"][0]["field"].as_str().unwrap_or_default(), field, "{wrong}");
        assert_eq!(count(&server, "select count(*) from apis where identifier = 'urn:labs'").await, 0, "{wrong}");
    }
    assert_eq!(count(&server, events).await, before);
    assert!(mail::waiting(&server, "vera@people.example").await.is_empty());
}

#[sqlx::test]
async fn each_change_asks_for_its_own_permission(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let all = Permission::ALL.iter().copied();
    let machine = Machine::new(&server, all.clone().filter(|one| *one != Permission::RolesWrite)).await;
    let refused = make(&server, &machine, a_department().into()).await;
    assert_eq!(problem(&refused), (403, "insufficient_scope".into()));
    assert_eq!((&refused.json()["scope"], &refused.json()["change"]), (&json!("portcullis:roles:write"), &json!(1)));
    let machine = Machine::new(&server, all.filter(|one| *one != Permission::Unattended)).await;
    let refused = make(&server, &machine, a_department().into()).await;
    assert_eq!(refused.json()["scope"], Permission::Unattended.scope());
}

#[sqlx::test]
async fn a_hundred_changes_are_the_most(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    let clients = |number: usize| {
        // A hundred of them are larger than other bodies may be.
        let uris = (0..10).map(|n| format!("https://app.example/{n}/{}", "x".repeat(80))).collect::<Vec<_>>();
        let body = json!({ "client_name": "App", "type": "web", "redirect_uris": uris, "scope": "openid" });
        (0..number).map(|_| json!({ "operation": "registerClient", "body": body })).collect::<Value>()
    };
    for number in [0, 101] {
        let refused = make(&server, &machine, clients(number)).await;
        assert_eq!(
            (problem(&refused), &refused.json()["errors"][0]["field"]),
            ((422, "invalid".into()), &json!("changes"))
        );
    }
    assert_eq!(make(&server, &machine, clients(100)).await.status, 200);
    let vast = json!({ "changes": [], "other": "x".repeat(2_000_000) });
    assert_eq!(machine.ask(&server, "POST /changes", vast).await.status, 413);
}

#[sqlx::test]
async fn several_changes_that_come_again_are_made_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = mighty(&server).await;
    let body = json!({ "changes": a_department() });
    let key = [("idempotency-key", "department")];
    let first = machine.call(&server, "POST /changes", &key, body.clone()).await;
    let again = machine.call(&server, "POST /changes", &key, body).await;

    let secret = first.json()["answers"][2]["client_secret"].as_str().unwrap().to_owned();
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (200, "true"));
    assert_eq!(again.json()["answers"][2]["client_id"], "labs");
    assert!(!again.body.contains(&secret));
    assert_eq!(server.rows_with(&secret).await, 0);
}
