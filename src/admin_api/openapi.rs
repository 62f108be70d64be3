//! The description of the admin API (`OpenAPI` 3.1), made of the tables that the program itself works by: operations,
//! permissions, fields of clients.

mod schemas;

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde_json::{Map, Value, json};

use super::operations::{self, Operation};
use crate::{app::App, model::registry::OUR_API, policy::permission::Permission};
use schemas::reference;

/// Lists that have one page.
const WHOLE: [&str; 5] = ["FactorList", "SessionList", "ConsentList", "KeyList", "BlockedNetworkList"];

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
            "schemas": schemas::all(),
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
    let mut scopes = operation.permission.iter().map(|permission| permission.scope()).collect::<Vec<_>>();
    scopes.extend(operation.recent.then(|| Permission::Unattended.scope()));
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.meaning,
        "parameters": parameters(operation),
        "security": [{ "oauth2": scopes }],
        "responses": { status.to_string(): done, "default": { "$ref": "#/components/responses/Problem" } },
    });
    if operation.deprecated.is_some() {
        described["deprecated"] = true.into();
    }
    match operation.body {
        "" => {}
        "Image" => {
            let image = json!({ "schema": { "type": "string", "format": "binary" } });
            described["requestBody"] = json!({ "required": true, "content": { "image/*": image } });
        }
        body => {
            let content = json!({ "application/json": { "schema": reference(body) } });
            described["requestBody"] = json!({ "required": true, "content": content });
        }
    }
    described
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let text = || json!({ "type": "string" });
    let one = |name: &str, place: &str, required: bool, schema: Value| json!({ "name": name, "in": place, "required": required, "schema": schema });
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut all = in_path.map(|name| one(name, "path", true, text())).collect::<Vec<_>>();
    if operation.lists() && !WHOLE.contains(&operation.answer.1) {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 });
        all.push(one("limit", "query", false, limit));
        all.push(one("after", "query", false, text()));
    }
    all.extend(operation.query.iter().map(|name| one(name, "query", false, text())));
    if operation.replaces() {
        all.push(one("If-Match", "header", true, text()));
    }
    if operation.method == "post" {
        all.push(one(
            "Idempotency-Key",
            "header",
            false,
            json!({ "type": "string", "minLength": 1, "maxLength": 255 }),
        ));
    }
    all
}
