//! The description of the admin API (`OpenAPI` 3.1), made of the tables that the program itself works by: operations,
//! permissions, fields of clients.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde_json::{Map, Value, json};

use super::operations::{self, Operation};
use crate::{
    app::App,
    model::{office::Office, registry::OUR_API},
    policy::permission::Permission,
    protocol::{
        assurance::Level,
        client_metadata::{
            field::{Field, Kind},
            fields::FIELDS,
        },
        signing_algorithm::SigningAlgorithm,
    },
};

/// `GET /openapi.json`. It tells nothing of what is registered, so anybody may read it.
pub(super) async fn document(State(app): State<App>) -> Json<Value> {
    Json(of(app.issuer()))
}

fn of(issuer: &str) -> Value {
    let scopes = Permission::ALL.iter().map(|permission| (permission.scope(), permission.meaning()));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Administration of Portcullis",
            "version": "1",
            "description": format!(
                "Every change that the console makes, for programs. Access tokens are for the resource `{OUR_API}`, which \
                 clients of the type service get by client credentials."
            ),
        },
        "servers": [{ "url": issuer.trim_end_matches('/') }],
        "paths": paths(),
        "components": {
            "schemas": schemas(),
            "responses": {
                "Problem": {
                    "description": "Why it was not done: problem details (RFC 9457) with our codes.",
                    "content": { "application/problem+json": { "schema": reference("Problem") } },
                },
            },
            "securitySchemes": {
                "oauth2": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": format!("{}/oauth2/token", issuer.trim_end_matches('/')),
                            "scopes": scopes.collect::<BTreeMap<_, _>>(),
                        },
                    },
                },
            },
        },
    })
}

fn paths() -> Value {
    let mut paths = Map::new();
    for operation in operations::ALL {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = described(operation);
    }
    Value::Object(paths)
}

fn described(operation: &Operation) -> Value {
    let (status, answer) = operation.answer;
    let mut done = json!({ "description": "Done." });
    if !answer.is_empty() {
        done["content"] = json!({ "application/json": { "schema": reference(answer) } });
    }
    let mut scopes = vec![operation.permission.scope()];
    scopes.extend(operation.recent.then(|| Permission::Unattended.scope()));
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.meaning,
        "parameters": parameters(operation),
        "security": [{ "oauth2": scopes }],
        "responses": { status.to_string(): done, "default": { "$ref": "#/components/responses/Problem" } },
    });
    if !operation.body.is_empty() {
        let content = json!({ "application/json": { "schema": reference(operation.body) } });
        described["requestBody"] = json!({ "required": true, "content": content });
    }
    described
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let text = || json!({ "type": "string" });
    let one = |name: &str, place: &str, required: bool, schema: Value| json!({ "name": name, "in": place, "required": required, "schema": schema });
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut all = in_path.map(|name| one(name, "path", true, text())).collect::<Vec<_>>();
    if operation.answer.1.ends_with("List") {
        all.push(one(
            "limit",
            "query",
            false,
            json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 }),
        ));
        all.push(one("after", "query", false, text()));
    }
    let searched = match operation.id {
        "listClients" => &["q", "type"][..],
        "listUsers" => &["q"],
        _ => &[],
    };
    all.extend(searched.iter().map(|name| one(name, "query", false, text())));
    match operation.method {
        "put" => all.push(one("If-Match", "header", true, text())),
        "post" => all.push(one("Idempotency-Key", "header", false, json!({ "type": "string", "maxLength": 255 }))),
        _ => {}
    }
    all
}

fn schemas() -> Value {
    let client = FIELDS.iter().map(|field| (field.name, of_field(field))).collect::<BTreeMap<_, _>>();
    let state = json!({
        "client_id": { "type": "string" }, "client_id_issued_at": seconds(), "enabled": flag(),
        "owner": { "type": ["string", "null"], "format": "uuid" }, "revision": number(), "updated_at": seconds(),
        "secrets": { "type": "array", "items": { "type": "object" } },
    });
    let with_state = json!({ "allOf": [reference("ClientMetadata"), object(&[], state)] });
    let secret = json!({ "client_secret": text(), "client_secret_expires_at": seconds() });
    let lists = [("ClientList", "Client"), ("ApiList", "Api"), ("RoleList", "Role"), ("UserList", "User")];
    let mut all = json!({
        "ClientMetadata": object(&["client_name", "type"], json!(client)),
        "NewClient": { "allOf": [reference("ClientMetadata"), object(&[], json!({ "client_id": text() }))] },
        "Client": with_state,
        "ClientWithSecret": { "allOf": [reference("Client"), object(&[], secret.clone())] },
        "Rotation": object(&[], json!({ "overlap": { "type": "integer", "minimum": 0, "maximum": 2_592_000 } })),
        "NewSecret": object(&["client_id", "client_secret"], json!({
            "client_id": text(), "client_secret": text(), "client_secret_expires_at": seconds(),
        })),
        "Problem": object(&["type", "title", "status", "code", "detail"], json!({
            "type": text(), "title": text(), "status": number(), "code": text(), "detail": text(),
            "errors": { "type": "array", "items": object(&["field", "code", "message"], json!({
                "field": text(), "code": text(), "message": text(),
            })) },
        })),
    });
    add_others(&mut all);
    for (list, item) in lists {
        let items = json!({ "type": "array", "items": reference(item) });
        all[list] = object(&["items", "next"], json!({ "items": items, "next": { "type": ["string", "null"] } }));
    }
    all
}

fn add_others(all: &mut Value) {
    let level = || json!({ "type": "string", "enum": Level::ALL.map(Level::as_str) });
    let texts = || json!({ "type": "array", "items": text() });
    let offices = Office::ALL.iter().map(|office| json!(office.as_str())).chain([Value::Null]).collect::<Vec<_>>();
    all["ApiSettings"] = object(
        &["identifier", "name"],
        json!({
            "identifier": { "type": "string", "format": "uri" }, "name": text(),
            "access_token_lifetime": { "type": ["integer", "null"], "minimum": 30, "maximum": 1800 },
            "roles_in_token": flag(),
            "access_token_signing_alg": { "type": "string", "enum": SigningAlgorithm::ALL.map(SigningAlgorithm::as_str) },
            "required_acr": level(),
            "scopes": { "type": "object", "additionalProperties": text() },
        }),
    );
    all["Api"] =
        with(reference("ApiSettings"), json!({ "api_id": uuid(), "revision": number(), "created_at": seconds() }));
    all["RoleSettings"] = object(&[], json!({ "description": text(), "required_acr": level(), "scopes": texts() }));
    let office = json!({ "enum": offices });
    all["NewRole"] = with(reference("RoleSettings"), json!({ "name": text(), "office": office }));
    all["Role"] = with(reference("NewRole"), json!({ "revision": number() }));
    all["UserSettings"] = object(
        &["username"],
        json!({
            "username": text(), "email": { "type": ["string", "null"] }, "email_verified": flag(),
            "profile": { "type": "object", "description": "The standard claims of OpenID Connect Core §5.1." },
            "roles": texts(),
        }),
    );
    all["User"] = with(
        reference("UserSettings"),
        json!({
            "user_id": uuid(), "enabled": flag(), "deleted_at": { "type": ["integer", "null"] }, "revision": number(),
            "created_at": seconds(), "updated_at": seconds(),
        }),
    );
}

fn of_field(field: &Field) -> Value {
    let mut schema = match field.kind {
        Kind::Text { most } => json!({ "type": "string", "maxLength": most }),
        Kind::Link => json!({ "type": ["string", "null"], "format": "uri" }),
        Kind::RedirectUris { most } | Kind::Emails { most } => {
            json!({ "type": "array", "maxItems": most, "items": text() })
        }
        Kind::One(all) => json!({ "type": "string", "enum": all.iter().map(|one| one.value).collect::<Vec<_>>() }),
        Kind::Several(all) => {
            let values = all.iter().map(|one| one.value).collect::<Vec<_>>();
            json!({ "type": "array", "items": { "type": "string", "enum": values } })
        }
        Kind::Flag => flag(),
        Kind::Seconds { .. } => number(),
        _ => json!({ "type": ["string", "null"] }),
    };
    schema["description"] = field.meaning.into();
    schema
}

fn with(base: Value, members: Value) -> Value {
    Value::from_iter([("allOf", Value::Array(vec![base, object(&[], members)]))])
}

fn object(required: &[&str], properties: Value) -> Value {
    Value::from_iter([("type", "object".into()), ("required", json!(required)), ("properties", properties)])
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn number() -> Value {
    json!({ "type": "integer" })
}

fn seconds() -> Value {
    json!({ "type": "integer", "description": "Seconds since 1970." })
}
