//! Who may call the admin API, and how far they reach.

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use portcullis::{
    admin_api::operations,
    policy::permission::Permission,
    protocol::{client_metadata::ClientMetadata, scope::Scope},
    registry::clients,
    store,
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{Machine, mighty, problem};
use crate::{
    imports,
    server::{Server, admin},
};

#[test]
fn each_route_is_an_operation() {
    let sources = imports::sources();
    let (_, _, router) = sources.iter().find(|(file, ..)| file == "admin_api.rs").unwrap();
    let lines = router.lines().filter(|line| line.contains("on(&op::"));
    let routes = lines.map(|line| {
        let method = ["get(", "post(", "put(", "delete("].into_iter().find(|call| line.contains(&format!(", {call}")));
        (line.split('"').nth(1).unwrap(), method.unwrap().trim_end_matches('('))
    });
    let known = operations::ALL.iter().map(|operation| (operation.path, operation.method));
    assert_eq!(routes.collect::<Vec<_>>(), known.collect::<Vec<_>>());
    let ids = operations::ALL.iter().map(|operation| operation.id).collect::<BTreeSet<_>>();
    assert_eq!(ids.len(), operations::ALL.len(), "each has a name of its own");
}

/// An operation about something that is not there.
fn route_of(operation: &operations::Operation) -> String {
    let nobody = "00000000-0000-0000-0000-000000000001";
    let path = operation.path.strip_prefix("/api/v1").unwrap();
    let path = ["{id}", "{name}", "{session_id}", "{client_id}", "{kid}"]
        .iter()
        .fold(path.to_owned(), |path, name| path.replace(name, nobody));
    format!("{} {path}", operation.method.to_uppercase())
}

/// Each operation is refused to whoever lacks what it asks for, and to nobody else for that reason.
#[sqlx::test]
async fn each_operation_asks_for_its_permission(_: PgPoolOptions, options: PgConnectOptions) {
    let generous = |settings: &mut portcullis::app::Settings| settings.defence.rates.api = 10_000;
    let server = Server::start_with(options, generous).await;
    let all = mighty(&server).await;
    for operation in operations::ALL {
        let Some(permission) = operation.permission else { continue };
        let lacking = Permission::ALL.iter().copied().filter(|one| *one != permission);
        let lacking = Machine::new(&server, lacking).await;
        let route = route_of(operation);
        let refused = lacking.ask(&server, &route, json!({})).await;
        assert_eq!(problem(&refused), (403, "insufficient_scope".into()), "{}", operation.id);
        assert_eq!(refused.json()["scope"], permission.scope(), "{}", operation.id);
        assert!(refused.header("www-authenticate").contains("insufficient_scope"));
        let let_in = all.ask(&server, &route, json!({})).await;
        assert!(![401, 403].contains(&let_in.status.as_u16()), "{}: {}", operation.id, let_in.body);
    }
}

#[sqlx::test]
async fn only_live_tokens_for_our_api_are_taken(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let machine = Machine::new(&server, [Permission::ClientsRead]).await;
    let list = "/api/v1/clients";
    let ask = async |token: &str| problem(&server.get_with_token(list, token).await);

    assert_eq!(problem(&server.get(list).await), (401, "no_token".into()));
    let two = Request::get(list).header("authorization", "Bearer a").header("authorization", "Bearer b");
    assert_eq!(problem(&server.send(two.body(Body::empty()).unwrap()).await), (401, "no_token".into()));
    assert_eq!(ask("nonsense").await, (401, "invalid_token".into()));
    assert_eq!(ask(&server.service_token().await).await, (401, "invalid_token".into()), "for another API");
    assert_eq!(ask(&server.tokens("web").await.access).await, (401, "invalid_token".into()), "for another API");
    assert_eq!(server.get_with_token(list, &machine.token).await.status, 200);

    clients::set_enabled(&server.app, &admin(), &machine.client_id, false).await.unwrap();
    assert_eq!(ask(&machine.token).await, (401, "invalid_token".into()), "its client is off");
    let machine = Machine::new(&server, [Permission::ClientsRead, Permission::ApisRead]).await;
    let narrowed = |metadata: &mut ClientMetadata| metadata.scopes = Permission::ApisRead.scope().parse().unwrap();
    server.change_client(&machine.client_id, narrowed).await;
    assert_eq!(ask(&machine.token).await, (403, "insufficient_scope".into()), "what counts is what is registered now");
    server.advance(time::Duration::minutes(6)).await;
    assert_eq!(ask(&machine.token).await, (401, "invalid_token".into()), "its time has passed");
}

/// A client cannot prove anew who it is: it needs to be let do without, by name.
#[sqlx::test]
async fn what_asks_people_for_a_proof_asks_clients_for_a_scope(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(options).await;
    let attended = Permission::ALL.iter().copied().filter(|one| *one != Permission::Unattended);
    let machine = Machine::new(&server, attended).await;
    for operation in operations::ALL {
        let route = route_of(operation);
        let answer = machine.ask(&server, &route, json!({})).await;
        let is_refused = answer.status == 403 && answer.json()["scope"] == Permission::Unattended.scope();
        assert_eq!(is_refused, operation.recent, "{}: {}", operation.id, answer.body);
    }
}

/// Nobody grants what they do not hold, nor takes it over.
#[sqlx::test]
async fn a_client_reaches_no_further_than_it_may(_: PgPoolOptions, options: PgConnectOptions) {
    use Permission::{ApisWrite, ClientsRead, ClientsWrite, RolesWrite, Unattended, UsersRead, UsersWrite};
    let server = Server::start(options).await;
    let machine =
        Machine::new(&server, [ClientsRead, ClientsWrite, UsersRead, UsersWrite, ApisWrite, RolesWrite, Unattended])
            .await;
    let powerful = mighty(&server).await;
    let root = store::users::find_named(&server.db, "admin").await.unwrap().unwrap();
    let alice = store::users::find_named(&server.db, "alice").await.unwrap().unwrap();
    let keys = Permission::KeysWrite.scope();

    let all_scopes = Permission::ALL.iter().copied().map(Permission::scope);
    let all_scopes = Scope::from_names(all_scopes).unwrap().to_string();
    for (route, body) in [
        ("POST /clients".to_owned(), json!({ "client_name": "Mine", "type": "service", "scope": keys })),
        (
            format!("PUT /clients/{}", powerful.client_id),
            json!({ "client_name": "Mine", "type": "service", "scope": all_scopes }),
        ),
        (
            format!("PUT /clients/{}", machine.client_id),
            json!({ "client_name": "Mine", "type": "service", "scope": keys }),
        ),
        (format!("POST /clients/{}/secrets", powerful.client_id), json!({})),
        (format!("POST /clients/{}/disable", powerful.client_id), Value::Null),
        (format!("DELETE /clients/{}", powerful.client_id), Value::Null),
        ("POST /roles".to_owned(), json!({ "name": "mine", "office": "operator" })),
        ("POST /roles".to_owned(), json!({ "name": "mine", "scopes": [keys] })),
        ("DELETE /roles/administrator".to_owned(), Value::Null),
        ("POST /users".to_owned(), json!({ "username": "me", "roles": ["administrator"] })),
        (format!("PUT /users/{}", alice.user_id), json!({ "username": "alice", "roles": ["administrator"] })),
        (format!("PUT /users/{}", root.user_id), json!({ "username": "admin", "email": "me@thief.example" })),
        (format!("POST /users/{}/disable", root.user_id), Value::Null),
        (format!("DELETE /users/{}", root.user_id), Value::Null),
    ] {
        let answer = machine.call(&server, &route, &[("if-match", "\"1\"")], body).await;
        assert_eq!(problem(&answer), (403, "insufficient_scope".into()), "{route}");
    }
    let ours =
        store::apis::all(&server.db).await.unwrap().into_iter().find(|api| api.identifier == "urn:portcullis:api");
    let ours = ours.unwrap().api_id;
    let mighty = mighty(&server).await;
    let settings = json!({ "identifier": "urn:portcullis:api", "name": "Mine" });
    let edited = mighty.call(&server, &format!("PUT /apis/{ours}"), &[("if-match", "\"1\"")], settings).await;
    assert_eq!(problem(&edited), (409, "protected".into()), "it is built in");
    assert_eq!(
        problem(&mighty.ask(&server, &format!("DELETE /apis/{ours}"), Value::Null).await),
        (409, "protected".into())
    );
    let other = json!({ "identifier": "urn:x", "name": "X", "scopes": { "portcullis:all": "All" } });
    assert_eq!(problem(&mighty.ask(&server, "POST /apis", other).await), (422, "invalid".into()));
}
